//! What stands in braces behind a block's name: `{#built_blue target="promote"}`.

/// The attributes of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// What is written with a `#`.
    pub id: Option<String>,
    /// The others in their order.
    pub pairs: Vec<(String, String)>,
}

impl Attributes {
    pub fn get(&self, key: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }
}

/// Reads attributes in braces at the start of a text, and how many bytes they take.
///
/// Without a brace there are none; what is not closed or has no value is not read.
pub(crate) fn parse(text: &str) -> Option<(Attributes, usize)> {
    let mut attributes = Attributes::default();
    let Some(mut rest) = text.strip_prefix('{') else {
        return Some((attributes, 0));
    };
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if let Some(after) = rest.strip_prefix('}') {
            return Some((attributes, text.len() - after.len()));
        }
        if let Some(after) = rest.strip_prefix('#') {
            let (id, after) = bare(after)?;
            attributes.id = Some(id);
            rest = after;
            continue;
        }
        let (key, value) = rest.split_once('=')?;
        let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
        if key.is_empty() || !key.chars().all(is_word) {
            return None;
        }
        let (value, after) = quoted(value).or_else(|| bare(value))?;
        attributes.pairs.push((key.to_owned(), value));
        rest = after;
    }
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    let (value, after) = text[1..].split_once(quote)?;
    (!value.contains('\n')).then(|| (value.to_owned(), after))
}

fn bare(text: &str) -> Option<(String, &str)> {
    let end = text.find([' ', '\t', '\n', '}', '"', '\''])?;
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn ids_and_pairs_are_read_quoted_or_bare() {
        let text = "{#built_blue file=\"a b\" match='x=\"1\"' answer=1,3} rest";
        let (attributes, length) = parse(text).unwrap();
        assert_eq!(attributes.id.as_deref(), Some("built_blue"));
        assert_eq!(attributes.get("file"), Some("a b"));
        assert_eq!(attributes.get("match"), Some("x=\"1\""));
        assert_eq!(attributes.get("answer"), Some("1,3"));
        assert_eq!(&text[length..], " rest");
    }

    #[test]
    fn what_is_not_whole_is_not_read() {
        for text in [
            "{", "{#", "{#}", "{a}", "{a=}", "{a=\"b}", "{=b}", "{#a", "{a b=c}",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("no brace").unwrap().1, 0);
    }
}
