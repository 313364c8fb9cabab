//! Whatever somebody writes, nothing falls over and nothing gets into a page.

use proptest::prelude::*;
use shared::tutorial::TutorialDetail;

use super::{complaints, htmls, read, step};

/// Whether some tag of an HTML that is well written runs something or comes from an author.
fn is_harmful(html: &str) -> bool {
    let mut rest = html;
    while let Some(found) = rest.find('<') {
        rest = &rest[found + 1..];
        let Some(end) = rest.find('>') else {
            return true;
        };
        let (tag, after) = rest.split_at(end);
        let outside: String = tag.split('"').step_by(2).collect::<String>().to_lowercase();
        let is_bad_link = tag.split('"').any(|it| {
            let bare: String = it.chars().filter(|it| *it > ' ').collect();
            bare.to_lowercase().starts_with("javascript:")
        });
        let is_handler = outside.split_whitespace().any(|it| it.starts_with("on"));
        if is_bad_link
            || is_handler
            || outside.starts_with("script")
            || outside.starts_with("iframe")
        {
            return true;
        }
        rest = after;
    }
    html.to_lowercase().contains("<script")
}

fn look_over(detail: &TutorialDetail) {
    for step in &detail.steps {
        for html in htmls(&step.blocks) {
            assert!(!is_harmful(&html), "{html}");
            for part in html.split("<code data-command=\"").skip(1) {
                let number: usize = part.split('"').next().unwrap().parse().unwrap();
                assert!(number < step.commands.len(), "{html}");
            }
        }
    }
}

const WORDS: &[&str] = &[
    "\n",
    "\n\n",
    "## ",
    "# ",
    "::hint",
    "::\n",
    "\n::quiz{answer=1}\n",
    "\n::edit{file=\"a\"}\n",
    "\n::task{#a}\n",
    "(1)",
    " (2) ",
    "```",
    "~~~",
    "```bash,run\n",
    "{{exec}}",
    "{{copy T2}}",
    "`ls`",
    "`",
    "<script>",
    "</script>",
    "<kbd onclick=x>",
    "<details>",
    "</details>",
    "<img src=x onerror=y>",
    "<a href=\"javascript:x\">",
    "</a>",
    "[a](javascript:x)",
    "[a]: javascript:x\n",
    "[a]",
    "![a](b)",
    "<code data-command=\"9\">",
    "</code>",
    "<!--",
    "-->",
    "- ",
    "  ",
    "1. ",
    "> ",
    "*",
    "|",
    "|---|",
    "é",
    "世",
    "\u{feff}",
    "\r\n",
    "\0",
    "\\",
    "&lt;",
    "&#60;script>",
    "---\n",
    "title: T\n",
    "::spotlight{target=\"a\"}",
    "<",
    ">",
    "\"",
    "'",
    "=",
    "\t",
    "{#a}",
    "tasks: {a: {run: x}}\n",
];

proptest! {
    #[test]
    fn any_text_is_read_and_comes_out_clean(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_markup_is_read_and_comes_out_clean(words in prop::collection::vec(prop::sample::select(WORDS), 0..40)) {
        check(&words.concat());
    }
}

fn check(text: &str) {
    let whole = format!("---\ntitle: T\ntasks: {{a: {{run: x}}}}\n---\n{text}");
    let index = "{\"details\": {\"steps\": [{\"text\": \"step.md\"}]}}";
    for files in [
        &[("lesson.md", text)][..],
        &[("lesson.md", whole.as_str())][..],
        &[("lesson.md", whole.as_str()), ("lesson.de.md", text)][..],
        &[("index.json", index), ("step.md", text)][..],
        &[("index.json", text)][..],
    ] {
        let reading = read(files);
        if let Some(lesson) = reading.lesson {
            look_over(&lesson.original);
            lesson.translations.iter().for_each(look_over);
        }
    }
}

#[test]
fn a_million_open_hints_are_refused_for_their_size_and_fewer_for_their_depth() {
    let text = format!("---\ntitle: T\n---\n## S\n{}", "::hint\n".repeat(1_000_000));
    let reading = read(&[("lesson.md", &text)]);
    assert!(reading.lesson.is_none());
    assert_eq!(
        complaints(&reading),
        "lesson.md:1:1: error: a text may have up to 256 KiB"
    );
    let (_, told) = step(&"::hint\n".repeat(30_000));
    assert!(
        told.contains("lesson.md:9:1: error: blocks may be 4 deep"),
        "{told}"
    );
    assert!(told.lines().count() < 12, "{told}");
}

#[test]
fn what_is_nested_without_end_takes_no_time_without_end() {
    for word in [
        "> ",
        "*a ",
        "- ",
        "<details>",
        "<kbd>\n\n",
        "[",
        "![",
        "<",
        "`",
        "::hint\n\n",
        "x\n{{",
        "(1) ",
        "<details ",
        "<details b='",
        "<script></script>",
        "<SCRIPT",
        "::spotlight{",
        "::spotlight{a=b ",
        "`a`{{x}}",
        "[a](x:)",
    ] {
        let begun = std::time::Instant::now();
        let (step, _) = step(&word.repeat(200_000 / word.len()));
        assert!(step.blocks.len() < 10, "{word}");
        assert!(
            begun.elapsed().as_secs() < 20,
            "{word} {:?}",
            begun.elapsed()
        );
    }
}
