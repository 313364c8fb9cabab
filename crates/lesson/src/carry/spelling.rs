//! How things are written so that they are read again as what they are.

use shared::tutorial::Action;

use crate::directive::Directive;

/// A directive as every platform of this kind reads it.
pub(super) fn directive(directive: &Directive) -> String {
    let Action::Run {
        terminal,
        interrupts,
        enters,
        ..
    } = directive.action
    else {
        let is_copy = directive.action == Action::Copy;
        return if is_copy { "{{copy}}" } else { "{{}}" }.to_owned();
    };
    let mut words = "exec".to_owned();
    if terminal > 1 {
        words += &format!(" T{terminal}");
    }
    if interrupts {
        words += " interrupt";
    }
    if directive.is_control {
        words += " ctrl-seq";
    } else if !enters {
        words += " no-newline";
    }
    format!("{{{{{words}}}}}")
}

/// Text that Markdown shows as it is, on one line.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in one_line(text).chars() {
        if letter.is_ascii_punctuation()
            && !matches!(
                letter,
                '.' | ',' | '?' | '/' | '\'' | '"' | ':' | '(' | ')' | '-'
            )
        {
            plain.push('\\');
        }
        plain.push(letter);
    }
    plain
}

/// The line that begins a step.
pub(super) fn heading(title: &str) -> String {
    let title = one_line(title);
    // what looks like an id would be taken for one
    let id = if title.ends_with('}') && title.contains("{#") {
        format!(" {{#{}}}", crate::slug::slug(&title))
    } else {
        String::new()
    };
    format!("## {}{id}\n\n", plain(&title))
}

/// A text as YAML has it, and JSON too.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(shown(text)).to_string()
}

/// A text on one line.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|it: char| it.is_whitespace() || it.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A text without what nobody sees.
fn shown(text: &str) -> String {
    let is_shown = |it: &char| *it == '\n' || !it.is_control();
    text.chars().filter(is_shown).collect()
}

#[cfg(test)]
mod tests {
    use super::{directive, heading, plain, quoted};
    use crate::directive::{Found, find};

    #[test]
    fn a_directive_is_written_in_one_way() {
        for (text, written) in [
            ("{{execute}}", "{{exec}}"),
            ("{{T2 execute interrupt}}", "{{exec T2 interrupt}}"),
            ("{{exec HOST3 no-newline}}", "{{exec T3 no-newline}}"),
            ("{{execute ctrl-seq}}", "{{exec ctrl-seq}}"),
            ("{{exec fails}}", "{{exec}}"),
            ("{{copy}}", "{{copy}}"),
            ("{{open}}", "{{}}"),
        ] {
            let Found::Directive(found, _) = find(text) else {
                panic!("{text}")
            };
            assert_eq!(directive(&found), written, "{text}");
        }
    }

    #[test]
    fn a_title_stays_what_it_is() {
        assert_eq!(plain("a_b *c*\n`d` <e>"), "a\\_b \\*c\\* \\`d\\` \\<e\\>");
        assert_eq!(heading("A {#b}"), "## A \\{\\#b\\} {#a-b}\n\n");
        assert_eq!(quoted("a: \"b\"\u{1}\nc"), "\"a: \\\"b\\\"\\nc\"");
    }
}
