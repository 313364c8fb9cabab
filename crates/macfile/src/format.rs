//! The canonical form of a macfile's text: its sections in the usual order, one empty line between
//! them, no trailing spaces. Comments, scalars and everything below the sections stay as they are.

use crate::Problem;
use crate::document::{Node, Value, load, plain};

/// The usual order; other keys keep theirs, behind.
const ORDER: [&str; 11] = [
    "mac",
    "name",
    "version",
    "description",
    "parents",
    "defaults",
    "roles",
    "actions",
    "resources",
    "infrastructures",
    "",
];
/// The first ones stand together, without an empty line between.
const HEAD: usize = 4;

/// The text in its canonical form, which means the same; formatting it again changes nothing.
pub fn format(text: &str) -> Result<String, Vec<Problem>> {
    let before = load(text, None).map_err(|problem| vec![problem])?;
    let Value::Map(members) = &before.value else {
        let problem = before.problem("the macfile must have keys and values", None);
        return Err(vec![problem]);
    };
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = members.iter().map(|(key, _)| key.line - 1).collect();
    // a flow map on one line, or keys that share a line, are not sections of lines
    let is_plain = members.iter().all(|(key, _)| key.column == 1)
        && starts.windows(2).all(|pair| pair[0] < pair[1]);
    if !is_plain {
        return Ok(text.to_owned());
    }
    let sections = cut(&lines, members, &starts);
    let formatted = join(sections);
    let keeps_its_meaning =
        load(&formatted, None).is_ok_and(|after| means_the_same(&before, &after));
    Ok(if keeps_its_meaning {
        formatted
    } else {
        text.to_owned()
    })
}

/// A section: its key, and its lines with the comments above it.
struct Section {
    rank: usize,
    lines: Vec<String>,
}

fn cut(lines: &[&str], members: &[(Node, Node)], starts: &[usize]) -> Vec<Section> {
    let begins: Vec<usize> = starts
        .iter()
        .map(|start| comments_above(lines, *start))
        .collect();
    let mut sections = Vec::new();
    // what stands above the first key introduces the file
    let first = starts.first().copied().unwrap_or_default();
    let head = written(&lines[..first]);
    if !head.is_empty() {
        sections.push(Section {
            rank: 0,
            lines: head,
        });
    }
    for (place, (key, _)) in members.iter().enumerate() {
        let start = starts[place];
        let end = begins.get(place + 1).copied().unwrap_or(lines.len());
        let mut own = match place {
            0 => Vec::new(),
            _ => written(&lines[begins[place]..start]),
        };
        own.extend(whole(&lines[start..end]));
        let name = key.text().unwrap_or_default();
        let rank = ORDER.iter().position(|known| *known == name);
        sections.push(Section {
            rank: rank.unwrap_or(ORDER.len()) + 1,
            lines: own,
        });
    }
    let foot = written(&lines[comments_above(lines, lines.len())..]);
    if !foot.is_empty() {
        sections.push(Section {
            rank: usize::MAX,
            lines: foot,
        });
    }
    sections.sort_by_key(|section| section.rank);
    sections
}

/// Where the comments begin that stand above a key and below what is before it.
fn comments_above(lines: &[&str], start: usize) -> usize {
    let above = lines[..start].iter().rev();
    start - above.take_while(|line| is_comment(line)).count()
}

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// Comments without the empty lines between them.
fn written(lines: &[&str]) -> Vec<String> {
    let lines = lines.iter().filter(|line| !line.trim().is_empty());
    lines.map(|line| (*line).to_owned()).collect()
}

/// A section as it is, without the comments at its end.
fn whole(lines: &[&str]) -> Vec<String> {
    let end = comments_above(lines, lines.len());
    lines[..end].iter().map(|line| (*line).to_owned()).collect()
}

fn join(sections: Vec<Section>) -> String {
    let mut text = String::new();
    let mut last = None;
    for section in sections {
        let in_head = |rank: usize| (1..=HEAD).contains(&rank);
        // what introduces the file stands right above its first key
        let close = last.is_none_or(|last| last == 0 || (in_head(last) && in_head(section.rank)));
        if !close {
            text.push('\n');
        }
        last = Some(section.rank);
        for line in section.lines {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// The order of the sections apart.
fn means_the_same(before: &Node, after: &Node) -> bool {
    let (Value::Map(before), Value::Map(after)) = (&before.value, &after.value) else {
        return false;
    };
    let sorted = |members: &[(Node, Node)]| {
        let pair = |(key, value): &(Node, Node)| {
            (
                key.text().unwrap_or_default().to_owned(),
                plain(value).to_string(),
            )
        };
        let mut pairs: Vec<_> = members.iter().map(pair).collect();
        pairs.sort();
        pairs
    };
    sorted(before) == sorted(after)
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn sections_get_the_usual_order_and_keep_their_comments() {
        let text = "# what this is\nname: demo\nmac: 1\n\n\n# the steps\ninfrastructures:\n  a: {resource: a}\n\
            resources:\n  a:\n    create bash: |\n      one  \n\n      two\nversion: 1.10\n";
        let formatted = format(text).unwrap();
        assert_eq!(
            formatted,
            "# what this is\nmac: 1\nname: demo\nversion: 1.10\n\nresources:\n  a:\n    create bash: |\n      \
             one  \n\n      two\n\n# the steps\ninfrastructures:\n  a: {resource: a}\n"
        );
        assert_eq!(format(&formatted).unwrap(), formatted);
    }

    #[test]
    fn what_is_no_macfile_at_all_is_told() {
        assert!(format("- a\n- b\n").is_err());
        assert!(format("a: [").is_err());
        assert_eq!(format("{a: 1, b: 2}").unwrap(), "{a: 1, b: 2}");
    }
}
