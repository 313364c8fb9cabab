//! `bootcmd` and `runcmd`: lists of commands, which become one script as with cloud-init, so that
//! a `cd` counts for the commands after it.

use super::{node::Node, shown};

/// The script that a list of commands stands for; what is no command is said and left out.
pub(super) fn script(key: &str, value: &Node, notes: &mut Vec<String>) -> Option<Vec<u8>> {
    let Node::List(items) = value else {
        if !value.is_nothing() {
            notes.push(format!(
                "{key}: this is {}, not a list: it is not run",
                value.kind()
            ));
        }
        return None;
    };
    let mut text = "#!/bin/sh\n".to_owned();
    for (index, item) in items.iter().enumerate() {
        match line(item) {
            Ok(line) => text += &format!("{line}\n"),
            Err(why) => notes.push(format!("{key}: item {}: {why}: it is not run", index + 1)),
        }
    }
    Some(text.into_bytes())
}

/// A text is a line of shell; a list is a program and its arguments, whatever is in them.
fn line(item: &Node) -> Result<String, String> {
    let line = match item {
        Node::List(words) => {
            let words: Option<Vec<&str>> = words.iter().map(Node::text).collect();
            let words = words.ok_or("not all of its words are texts")?;
            let quoted: Vec<String> = words.into_iter().map(quoted).collect();
            quoted.join(" ")
        }
        Node::Map(members) => {
            let first = members.first().map_or("", |(key, _)| key.as_str());
            return Err(format!(
                "this is a map, not a text or a list; quote the whole of {}, which has a colon",
                shown(&format!("{first}: …"))
            ));
        }
        Node::Text { .. } => item.text().ok_or("there is nothing")?.to_owned(),
    };
    if line.contains('\0') {
        return Err("no program takes a byte of zero".to_owned());
    }
    Ok(line)
}

/// One word of shell, whatever is in it.
pub(super) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::script;
    use crate::user_data::yaml::load;

    fn read(text: &str) -> (Option<String>, Vec<String>) {
        let (node, mut notes) = (load(text).unwrap().unwrap(), Vec::new());
        let script = script("runcmd", &node, &mut notes);
        (
            script.map(|script| String::from_utf8(script).unwrap()),
            notes,
        )
    }

    #[test]
    fn texts_are_shell_and_lists_are_words_in_one_script() {
        let (script, notes) = read("- cd /tmp && ls $HOME\n- [echo, \"it's $HOME\", 3]\n- 'a'");
        let wanted = "#!/bin/sh\ncd /tmp && ls $HOME\n'echo' 'it'\\''s $HOME' '3'\na\n";
        assert_eq!((script.as_deref(), notes.len()), (Some(wanted), 0));
    }

    #[test]
    fn what_is_no_command_is_said_with_its_number_and_the_rest_runs() {
        let (script, notes) = read("- echo note: this\n- echo b\n- [[c]]\n-\n- \"\\0\"");
        assert_eq!(script.unwrap(), "#!/bin/sh\necho b\n");
        assert_eq!(notes.len(), 4);
        assert!(
            notes[0].starts_with("runcmd: item 1: this is a map"),
            "{}",
            notes[0]
        );
        assert!(notes[0].contains("\"echo note: …\""), "{}", notes[0]);
        let (script, notes) = read("echo a");
        assert_eq!(script, None);
        assert_eq!(notes, ["runcmd: this is a text, not a list: it is not run"]);
    }
}
