//! Translations that are no longer of what they translate.

use super::{complaints, read};

const ORIGINAL: &str = "---
title: T
languages: [en, de]
tasks: {a: {run: x}}
---
## One {#one}
`ls`{{exec}} `pwd`{{copy}}
::task{#a}

## Two
::quiz{answer=1}
? (1) a (2) b
::
";

fn told(german: &str) -> String {
    let reading = read(&[("lesson.md", ORIGINAL), ("lesson.de.md", german)]);
    assert!(reading.lesson.unwrap().translations.is_empty());
    let lines = reading.complaints.iter().map(ToString::to_string);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn other_commands_steps_tasks_and_quizzes_are_told_with_their_lines() {
    let one = "## Eins\n`ls`{{exec}} `pwd`{{copy}}\n::task{#a}\n";
    let two = "## Zwei\n::quiz\n? (1) a (2) b\n::\n";
    for (german, expected) in [
        (
            one.to_owned(),
            "lesson.de.md:1:1: error: the original has 2 steps, and this 1",
        ),
        (
            format!("{one}{two}## Drei\nx\n"),
            "lesson.de.md:8:1: error: the original has 2 steps, and this 3",
        ),
        (
            format!("{}{two}", one.replace("`ls`", "`ll`")),
            "lesson.de.md:2:1: error: the command `ls` stands here in the original",
        ),
        (
            format!("{}{two}", one.replace("{{exec}}", "{{copy}}")),
            "lesson.de.md:2:1: error: the command `ls` stands here in the original",
        ),
        (
            format!("{}{two}", one.replace(" `pwd`{{copy}}", "")),
            "lesson.de.md:3:1: error: the command `pwd` stands here in the original",
        ),
        (
            format!("{}{two}", one.replace("::task{#a}", "")),
            "lesson.de.md:2:14: error: the task \"a\" is missing after this",
        ),
        (
            format!("{one}{}", two.replace("(2) b", "(2) b (3) c")),
            "lesson.de.md:5:1: error: a quiz of 2 choices stands here in the original",
        ),
        (
            format!("{one}{}", two.replace("::quiz", "::quiz{answer=2}")),
            "lesson.de.md:5:1: error: a quiz of 2 choices stands here in the original",
        ),
        (
            format!("{one}{two}`x`{{{{exec}}}}\n"),
            "lesson.de.md:8:1: error: the command `x` is not in the original",
        ),
        (
            format!("{}{two}", one.replace("Eins", "Eins {#eins}")),
            "lesson.de.md:1:1: error: the original's id is \"one\", not \"eins\"",
        ),
        (
            format!("---\nlayout: right\n---\n{one}{two}"),
            "lesson.de.md:2:1: error: there is no field \"layout\" (one of title, description, tasks)",
        ),
    ] {
        assert_eq!(told(&german), expected, "{german}");
    }
}

#[test]
fn languages_and_files_have_to_name_each_other() {
    let reading = read(&[("lesson.md", ORIGINAL)]);
    assert_eq!(
        complaints(&reading),
        "lesson.md:3:17: error: there is no lesson.de.md"
    );
    let text = "---\ntitle: T\n---\n## One\nx\n";
    let reading = read(&[("lesson.md", text), ("lesson.fr.md", "## Un\ny\n")]);
    let told = "lesson.fr.md:1:1: warning: the languages of lesson.md don't name \"fr\"";
    assert_eq!(complaints(&reading), told);
    let lesson = reading.lesson.unwrap();
    assert_eq!(lesson.original.tutorial.languages, ["en", "fr"]);
    assert_eq!(lesson.in_language("fr").steps[0].title, "Un");
}
