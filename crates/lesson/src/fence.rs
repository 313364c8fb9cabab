//! The first and last lines of fenced code.

use std::collections::BTreeMap;

use shared::tutorial::Action;

use crate::directive::{self, Directive};
use crate::source::Source;

/// What a click does as a fence's first line says, or as its language is for.
pub(crate) fn default(info: &str) -> Option<Directive> {
    said(info).or_else(|| is_shell(info).then(|| Action::Copy.into()))
}

/// What a fence's first line says a click does.
pub(crate) fn said(info: &str) -> Option<Directive> {
    words(info).find_map(|word| match word {
        "run" => Some(Directive::run(1)),
        "copy" => Some(Action::Copy.into()),
        "nocopy" => Some(Action::Show.into()),
        _ => match word.strip_prefix(".term")?.as_bytes() {
            [digit @ b'1'..=b'9'] => Some(Directive::run(digit - b'0')),
            _ => None,
        },
    })
}

/// Whether a fence's first line says what a click does.
pub(crate) fn says(info: &str) -> bool {
    said(info).is_some()
}

/// Whether a fence begins with the name of a language and what belongs to it, or with nothing.
pub(crate) fn is_word(info: &str) -> bool {
    let is_plain =
        |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '+' | '#' | ',' | '.');
    info.chars().all(is_plain) || info.contains('{')
}

/// Whether what a shell reads is in it.
fn is_shell(info: &str) -> bool {
    let language = info.split([',', ' ', '{']).next();
    language.is_some_and(|it| matches!(it, "bash" | "sh" | "shell" | "console"))
}

/// The words behind the language; `.term1` has none before it.
fn words(info: &str) -> impl Iterator<Item = &str> {
    let cut = |letter: char| matches!(letter, ',' | '{' | '}') || letter.is_whitespace();
    let skipped = usize::from(!info.starts_with('.'));
    info.split(cut)
        .skip(skipped)
        .filter(|word| !word.is_empty())
}

/// The directives on the last lines of fences, by line from 0.
pub(crate) type Tails = BTreeMap<usize, Tail>;

/// A directive on the last line of a fence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tail {
    pub text: String,
    /// Whether the fence ends behind code, where Markdown knows no end.
    pub is_in_line: bool,
}

/// Takes the directives off the last lines of fences, as Markdown knows no such last line.
///
/// Spaces are left for them, so that every place stays what it was.
pub(crate) fn take_tails(source: &mut Source, from: usize) -> Tails {
    take_all(source, from).0
}

/// The same, and the line that would end a fence which the text does not end.
pub(crate) fn take_all(source: &mut Source, from: usize) -> (Tails, Option<String>) {
    let mut tails = Tails::new();
    let mut blanks = Vec::new();
    let mut open: Option<Fence> = None;
    for (range, line) in source.lines(from) {
        let inner = line.trim_start_matches([' ', '\t', '>']);
        let Some(fence) = &open else {
            open = Fence::begin(inner.trim_start_matches(list_marker));
            continue;
        };
        let (tail, is_in_line) = match (fence.tail(inner), fence.tail_in_line(inner)) {
            (Some(tail), _) => (tail, false),
            (None, Some(tail)) => (tail, true),
            (None, None) => continue,
        };
        let ticks = fence.length;
        open = None;
        if !tail.is_empty() {
            let end = range.start + line.trim_end().len();
            let begin = if is_in_line {
                line_end(line)
            } else {
                tail.len()
            };
            blanks.push((end - begin..end, is_in_line.then_some(ticks)));
            let text = tail.to_owned();
            tails.insert(source.line_at(range.start), Tail { text, is_in_line });
        }
    }
    for (range, ticks) in blanks {
        let mut text = match ticks {
            // the place of a line stays what it was, as nobody counts lines anew
            Some(ticks) => format!("\n{}", "`".repeat(ticks)),
            None => String::new(),
        };
        text.push_str(&" ".repeat(range.len() - text.len()));
        source.text.replace_range(range, &text);
    }
    let end = open.map(|it| char::from(it.letter).to_string().repeat(it.length));
    (tails, end)
}

/// How many bytes the end of a fence behind code takes, with its directive.
fn line_end(line: &str) -> usize {
    let line = line.trim_end();
    let code = line.rfind("{{").map_or(line, |at| &line[..at]).trim_end();
    line.len() - code.trim_end_matches('`').len()
}

/// What a fence is made of.
struct Fence {
    letter: u8,
    length: usize,
}

impl Fence {
    /// The fence that a line begins, if it does.
    fn begin(line: &str) -> Option<Self> {
        let letter = *line.as_bytes().first()?;
        let length = line.bytes().take_while(|it| *it == letter).count();
        let is_fence = matches!(letter, b'`' | b'~') && length >= 3;
        // code in a line may have as many ticks
        let is_span = is_fence && letter == b'`' && line[length..].contains('`');
        (is_fence && !is_span).then_some(Self { letter, length })
    }

    /// What stands behind the end of the fence, if a line is its end.
    fn tail<'l>(&self, line: &'l str) -> Option<&'l str> {
        let length = line.bytes().take_while(|it| *it == self.letter).count();
        let rest = line[length..].trim();
        let is_tail = rest.is_empty() || (rest.starts_with("{{") && rest.ends_with("}}"));
        (length >= self.length && is_tail).then_some(rest)
    }

    /// The directive behind the end of the fence, if a line of code ends with both.
    fn tail_in_line<'l>(&self, line: &'l str) -> Option<&'l str> {
        let line = line.trim_end();
        let tail = line.ends_with("}}").then(|| line.rfind("{{")).flatten()?;
        let code = line[..tail].trim_end();
        let bare = code.trim_end_matches('`');
        let is_end = self.letter == b'`' && code.len() - bare.len() == self.length;
        // a code span on a line of the fence is no end of it
        let is_alone = !bare.is_empty() && !bare.contains('`');
        (is_end && is_alone && directive::is_meant(&line[tail..])).then(|| &line[tail..])
    }
}

fn list_marker(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '-' | '*' | '+' | '.' | ')' | ' ')
}

#[cfg(test)]
mod tests {
    use shared::tutorial::Action;

    use super::{Source, is_shell, said, take_tails};

    #[test]
    fn the_first_line_of_a_fence_says_what_a_click_does() {
        let run = |terminal| Action::Run {
            terminal,
            interrupts: false,
            enters: true,
            fails: false,
        };
        for (info, action) in [
            ("bash,run", Some(run(1))),
            ("bash, run", Some(run(1))),
            ("bash,copy", Some(Action::Copy)),
            ("yaml,nocopy", Some(Action::Show)),
            ("bash,nocopy,line-numbers", Some(Action::Show)),
            (".term1", Some(run(1))),
            (".term2", Some(run(2))),
            ("bash {.term3}", Some(run(3))),
            (".term0", None),
            ("bash", None),
            ("run", None),
            ("", None),
        ] {
            assert_eq!(said(info).map(|it| it.action), action, "{info}");
        }
        assert!(is_shell("bash,run") && is_shell("console") && !is_shell("bashful"));
    }

    #[test]
    fn a_fence_may_end_behind_code_where_a_directive_follows() {
        let text = "```\na\nb```{{execute}}\nc\n```\n`x```{{no}}\n```\n";
        let mut source = Source::new("a.md", text);
        let tails = take_tails(&mut source, 0);
        let tail = super::Tail {
            text: "{{execute}}".to_owned(),
            is_in_line: true,
        };
        assert_eq!(tails.into_iter().collect::<Vec<_>>(), [(2, tail)]);
        let blank = " ".repeat(10);
        let expected = format!("```\na\nb\n```{blank}\nc\n```\n`x```{{{{no}}}}\n```\n");
        assert_eq!(source.text, expected);
    }

    #[test]
    fn directives_leave_the_last_lines_of_fences_and_no_others() {
        let text = "```\na\n```{{exec}}\n~~~~\n```\n```{{exec}}\n~~~~ {{copy}}\n- ```\n  a\n  ``` {{T2}}\n";
        let mut source = Source::new("a.md", text);
        let tails = take_tails(&mut source, 0);
        let found: Vec<_> = tails
            .iter()
            .map(|(line, tail)| (*line, tail.text.as_str()))
            .collect();
        assert_eq!(found, [(2, "{{exec}}"), (6, "{{copy}}"), (9, "{{T2}}")]);
        assert_eq!(source.text.len(), text.len());
        assert_eq!(source.text.matches("{{exec}}").count(), 1);
    }
}
