//! A lesson with everything.

use lesson::{Asset, Check, EventKind, ProductEvent, Setup};
use shared::tutorial::{Action, Block, Change, Difficulty, Task};

use super::{lesson, read};

const LESSON: &str = include_str!("whole/lesson.md");
const SPANISH: &str = include_str!("whole/lesson.es.md");

const FILES: &[(&str, &str)] = &[
    ("lesson.md", LESSON),
    ("lesson.es.md", SPANISH),
    ("setup.sh", "touch ~/.ready\n"),
    ("solve.sh", "mac build\n"),
    ("demo.macfile", "mac: 1\n"),
];

fn prose(html: &str) -> Block {
    Block::Prose {
        html: html.to_owned(),
    }
}

#[test]
fn all_that_the_front_matter_says_is_read() {
    let lesson = lesson(FILES);
    let tutorial = &lesson.original.tutorial;
    assert_eq!(tutorial.name, "sample");
    assert_eq!(tutorial.title, "Blue-green with two Tomcats");
    assert_eq!(
        tutorial.description,
        "Build 7, build 8, promote, roll back."
    );
    assert_eq!(tutorial.difficulty, Difficulty::Medium);
    assert_eq!((tutorial.minutes, lesson.limit_minutes), (20, Some(60)));
    assert_eq!(tutorial.tags, ["blue-green", "aws"]);
    assert_eq!(tutorial.languages, ["en", "es"]);
    assert_eq!(tutorial.steps, 2);
    assert_eq!(lesson.original.terminals, ["main", "watch"]);
    let asset = Asset {
        file: "demo.macfile".to_owned(),
        target: "~/".to_owned(),
        chmod: Some("0644".to_owned()),
    };
    assert_eq!(lesson.assets, [asset]);
    let setup = Setup {
        background: Some("touch ~/.ready\n".to_owned()),
        foreground: Some("echo ready".to_owned()),
        ready: Some("test -f ~/.ready".to_owned()),
        timeout_s: 40,
    };
    assert_eq!(lesson.setup, Some(setup));
}

#[test]
fn tasks_keep_their_order_and_have_their_checks() {
    let lesson = lesson(FILES);
    let task = |name: &str, title: &str, needs: &[&str], can_be_solved| Task {
        name: name.to_owned(),
        title: title.to_owned(),
        needs: needs.iter().map(|it| (*it).to_owned()).collect(),
        can_be_solved,
    };
    let expected = [
        task("promoted", "Version 8 is live", &["built_blue"], false),
        task("built_blue", "Built blue", &[], true),
    ];
    assert_eq!(lesson.original.tasks, expected);
    let event = ProductEvent {
        kind: EventKind::DeploymentPromoted,
        app: Some("demo".to_owned()),
        version: Some("8-jre8".to_owned()),
    };
    let promoted = Check {
        run: None,
        event: Some(event),
        hintcheck: None,
        failcheck: Some("mac app show demo --json | jq -e .live".to_owned()),
        solve: None,
        timeout_s: 15,
    };
    assert_eq!(lesson.checks["promoted"], promoted);
    let built = &lesson.checks["built_blue"];
    let run = "mac infrastructure list |\n  grep -q '7-jre8'\n";
    assert_eq!(built.run.as_deref(), Some(run));
    assert_eq!(built.solve.as_deref(), Some("mac build\n"));
    assert_eq!(built.timeout_s, 30);
}

#[test]
fn a_step_is_read_to_its_detail() {
    let lesson = lesson(FILES);
    let step = &lesson.original.steps[0];
    assert_eq!(
        (step.id.as_str(), step.title.as_str()),
        ("build", "Build version 7")
    );
    let edit = |file: &str, change| Block::Edit {
        file: file.to_owned(),
        change,
    };
    let replace = Change::Replace {
        from: "7-jre8".to_owned(),
        to: "8-jre8".to_owned(),
    };
    let append = Change::Append {
        text: "one\n".to_owned(),
    };
    let create = "<p>Create it: <code data-command=\"0\">mac infrastructure macfile demo.macfile\
        </code> or <code data-command=\"1\">^C</code></p>";
    let expected = [
        prose("<p>Welcome.</p>"),
        prose(create),
        Block::Command { command: 2 },
        Block::Task {
            task: "built_blue".to_owned(),
        },
        edit("demo.macfile", replace),
        edit("notes/a.txt", append),
    ];
    assert_eq!(step.blocks, expected);
    let texts: Vec<_> = step.commands.iter().map(|it| it.text.as_str()).collect();
    let lines = "mac infrastructure list\nmac resource list";
    assert_eq!(
        texts,
        ["mac infrastructure macfile demo.macfile", "\u{3}", lines]
    );
    let second = Action::Run {
        terminal: 2,
        interrupts: true,
        enters: true,
        fails: false,
    };
    assert_eq!(step.commands[2].action, second);
}

#[test]
fn blocks_in_blocks_count_the_commands_of_their_step() {
    let lesson = lesson(FILES);
    let step = &lesson.original.steps[1];
    assert_eq!(step.id, "promote");
    let press = "<p>Press <a href=\"dashboard:app/demo#promote\" rel=\"noopener noreferrer\">Promote\
        </a> <span data-spotlight=\"promote\"></span>.\nOpen <a href=\"{{TRAFFIC_HOST1_80}}/index\" \
        rel=\"noopener noreferrer\">the site</a>.</p>";
    let note = "<p>It is <strong>blue</strong>: <code data-command=\"0\">ls</code></p>";
    let note = Block::Note {
        blocks: vec![prose(note)],
    };
    let expected = [
        prose(press),
        Block::Hint {
            blocks: vec![prose("<p>Look at the left lane.</p>"), note],
        },
        Block::Solution {
            blocks: vec![Block::Command { command: 1 }],
        },
        Block::Quiz {
            html: "<p>Which version is <em>live</em>?</p>".to_owned(),
            choices: vec!["7".to_owned(), "8".to_owned()],
            answers: vec![1],
        },
        Block::Task {
            task: "promoted".to_owned(),
        },
        prose("<pre><code>plain: true\n</code></pre>"),
    ];
    assert_eq!(step.blocks, expected);
    assert_eq!(step.commands[0].action, Action::Copy);
    assert_eq!(step.commands[1].action, Action::Copy);
}

#[test]
fn a_translation_shares_commands_tasks_edits_and_answers() {
    let lesson = lesson(FILES);
    let spanish = lesson.in_language("es-MX");
    assert_eq!(
        (spanish.language.as_str(), spanish.tutorial.title.as_str()),
        ("es", "Azul y verde")
    );
    assert_eq!(
        spanish.tutorial.description,
        lesson.original.tutorial.description
    );
    assert_eq!(spanish.tutorial.languages, ["en", "es"]);
    assert_eq!(spanish.tasks[0].title, "La versión 8 está viva");
    assert_eq!(spanish.tasks[1].title, "Built blue");
    for (theirs, ours) in lesson.original.steps.iter().zip(&spanish.steps) {
        assert_eq!((&theirs.id, &theirs.commands), (&ours.id, &ours.commands));
    }
    assert_eq!(spanish.steps[1].title, "Promover");
    assert_eq!(
        spanish.steps[0].blocks[5],
        lesson.original.steps[0].blocks[5]
    );
    let quiz = Block::Quiz {
        html: "<p>¿Qué versión?</p>".to_owned(),
        choices: vec!["7".to_owned(), "8".to_owned()],
        answers: vec![1],
    };
    assert_eq!(spanish.steps[1].blocks[3], quiz);
}

#[test]
fn a_language_that_is_not_there_is_the_original() {
    let lesson = lesson(FILES);
    for (wanted, found) in [
        ("es", "es"),
        ("ES", "es"),
        ("de-AT", "en"),
        ("en-GB", "en"),
        ("", "en"),
    ] {
        assert_eq!(lesson.in_language(wanted).language, found, "{wanted}");
    }
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let text = format!("\u{feff}{}", LESSON.replace('\n', "\r\n"));
    let mut files = FILES.to_vec();
    files[0].1 = &text;
    assert_eq!(read(&files), read(FILES));
}
