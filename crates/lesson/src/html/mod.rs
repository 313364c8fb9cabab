//! The HTML that authors may write, and that leaves here.

mod tag;

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;

use crate::{Severity, link::is_image};
use tag::Tag;

/// What a piece of an author's HTML comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// What is shown, escaped.
    Text(String),
    /// A tag that begins something, as it is written here.
    Open(&'static str, String),
    /// A tag that ends something.
    Close(&'static str),
    /// What is left out, how bad that is, and where it was.
    Dropped(Severity, String, usize),
}

/// The tags that authors may write.
const TAGS: [&str; 11] = [
    "details", "summary", "kbd", "br", "img", "table", "thead", "tbody", "tr", "td", "th",
];

/// What is between such tags is no text.
const RAW: [&str; 3] = ["script", "style", "iframe"];

/// Reads HTML that an author wrote.
pub(crate) fn tokens(html: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(found) = html[at..].find('<') {
        text(&html[at..at + found], &mut tokens);
        at += found;
        at += tag(&html[at..], at, &mut tokens);
    }
    text(&html[at..], &mut tokens);
    tokens
}

fn text(text: &str, tokens: &mut Vec<Token>) {
    if !text.is_empty() {
        tokens.push(Token::Text(text.replace('<', "&lt;").replace('>', "&gt;")));
    }
}

/// Reads what is at a `<`, and says how many bytes it takes.
fn tag(html: &str, at: usize, tokens: &mut Vec<Token>) -> usize {
    if let Some(comment) = html.strip_prefix("<!--") {
        return comment
            .find("-->")
            .map_or(html.len(), |end| end + "<!---->".len());
    }
    let Some(tag) = Tag::parse(html) else {
        text("<", tokens);
        return 1;
    };
    let known = TAGS
        .into_iter()
        .find(|it| tag.name.eq_ignore_ascii_case(it));
    if let Some(dropped) = tag.complaint(known.is_some()) {
        tokens.push(Token::Dropped(dropped.0, dropped.1, at));
    }
    match known {
        Some(name) if tag.closes => tokens.push(Token::Close(name)),
        Some(name) => tokens.push(Token::Open(name, tag.written(name))),
        None => return tag.length + raw(&tag, &html[tag.length..]),
    }
    tag.length
}

/// How long what a dropped tag is around is, if that is no text.
fn raw(tag: &Tag<'_>, rest: &str) -> usize {
    let Some(name) = RAW.into_iter().find(|it| tag.name.eq_ignore_ascii_case(it)) else {
        return 0;
    };
    if tag.closes {
        return 0;
    }
    let ends = |found: &usize| {
        let word = rest.get(found + 2..found + 2 + name.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    let mut found = rest.match_indices("</").map(|(at, _)| at);
    found.find(ends).unwrap_or(rest.len())
}

/// Text as HTML shows it.
pub(crate) fn escape(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('"', "&quot;")
}

/// All that a page gets to see, whatever was made above.
const CLEAN: [&str; 33] = [
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "details",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
    "dl",
    "dt",
    "dd",
];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let of = |keys: &[&'static str]| keys.iter().copied().collect::<HashSet<_>>();
    let mut builder = Builder::default();
    builder
        .tags(of(&CLEAN))
        .clean_content_tags(of(&["script", "style"]))
        .generic_attributes(HashSet::new())
        .tag_attributes(HashMap::from([
            ("a", of(&["href"])),
            ("img", of(&["src", "alt"])),
            ("ol", of(&["start"])),
            ("code", of(&["data-command"])),
            ("span", of(&["data-spotlight"])),
        ]))
        .url_schemes(of(&["http", "https", "mailto", "dashboard"]))
        .attribute_filter(|element, attribute, value| match (element, attribute) {
            // here alone it is as browsers read it, without entities
            ("img", "src") => is_image(&bare(value)).then(|| bare(value).into()),
            _ => Some(value.into()),
        });
    builder
});

/// An address without what browsers leave out of it (<https://url.spec.whatwg.org/#url-parsing>).
fn bare(address: &str) -> String {
    let is_left_out = |letter: &char| *letter <= ' ';
    address.chars().filter(|it| !is_left_out(it)).collect()
}

/// The last word on HTML.
pub(crate) fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Severity, Token, tokens};

    fn seen(html: &str) -> String {
        let show = |token: Token| match token {
            Token::Text(text) | Token::Open(_, text) => text,
            Token::Close(name) => format!("</{name}>"),
            Token::Dropped(Severity::Error, message, _) => format!("[E {message}]"),
            Token::Dropped(Severity::Warning, message, _) => format!("[W {message}]"),
        };
        tokens(html).into_iter().map(show).collect()
    }

    #[test]
    fn an_image_is_of_the_folder_however_its_address_is_written() {
        for (html, expected) in [
            ("<img src=\"a b.png\">", "<img src=\"ab.png\">"),
            ("<img src=\"&#47;&#47;evil.com/x.png\">", "<img>"),
            ("<img src=\"https&colon;//evil.com/y.png\">", "<img>"),
            ("<img src=\"&#9;//evil.com/a.png\">", "<img>"),
            ("<img src=\"\\\\evil.com/a.png\">", "<img>"),
        ] {
            assert_eq!(super::clean(html), expected, "{html}");
        }
    }

    #[test]
    fn tags_of_the_list_are_written_anew_and_others_are_dropped() {
        for (html, expected) in [
            ("<kbd>a</kbd>", "<kbd>a</kbd>"),
            ("<DETAILS><Br/>", "<details><br>"),
            (
                "<img src='a.png' alt=\"b\">",
                "<img src=\"a.png\" alt=\"b\">",
            ),
            (
                "<img src=a.png alt='\"><i>'>",
                "<img src=\"a.png\" alt=\"&quot;&gt;&lt;i&gt;\">",
            ),
            ("<img src=//x/a.png>", "[W src=… of <img> is left out]<img>"),
            ("<b>x</b>", "[W <b> is left out]x"),
            ("<!-- <script> -->x", "x"),
            ("<!-- never closed", ""),
            ("a < b > c", "a &lt; b &gt; c"),
            (
                "<script>alert('<b>')</script>x",
                "[E <script> is left out]x",
            ),
            ("<script>never closed", "[E <script> is left out]"),
            ("<iframe src=x></iframe>", "[E <iframe> is left out]"),
            ("<kbd onclick=x>", "[E onclick=… of <kbd> is left out]<kbd>"),
            ("<kbd/onclick=x>", "[E onclick=… of <kbd> is left out]<kbd>"),
            (
                "<a href=' java\nscript:x'>",
                "[E <a> with a javascript: link is left out]",
            ),
            (
                "<td data-command=0>",
                "[W data-command=… of <td> is left out]<td>",
            ),
            ("<!DOCTYPE html>", "[W <!doctype> is left out]"),
            ("<kbd a=\"", "&lt;kbd a=\""),
        ] {
            assert_eq!(seen(html), expected, "{html}");
        }
    }
}
