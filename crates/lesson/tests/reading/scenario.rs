//! Scenarios that were written for others.

use shared::tutorial::{Action, Block, Difficulty};

use super::{complaints, htmls, lesson, read};

const KILLERCODA: &str = r#"{
  "title": "Hello pods",
  "description": "A first pod",
  "difficulty": "Intermediate",
  "time": "5-10 minutes",
  "details": {
    "intro": {"text": "intro.md", "background": "background.sh", "foreground": "foreground.sh"},
    "steps": [
      {"title": "Make a pod", "text": "step1/text.md", "verify": "step1/verify.sh"},
      {"title": "Make a pod", "text": "step2.md", "foreground": "step2.sh"}
    ],
    "finish": {"title": "The end", "text": "finish.md"},
    "assets": {"host01": [{"file": "pod.yaml", "target": "/root", "chmod": "+r"}]}
  },
  "backend": {"imageid": "kubernetes-kubeadm-1node"},
  "interface": {"layout": "terminal-terminal"}
}"#;

#[test]
fn a_scenario_of_killercoda_becomes_a_lesson() {
    let reading = read(&[
        ("index.json", KILLERCODA),
        ("intro.md", "# Welcome\n\nHello.\n"),
        ("background.sh", "sleep 1\r\n"),
        ("foreground.sh", "echo wait\n"),
        (
            "step1/text.md",
            "## Here\n\nRun\n\n```plain\nkubectl run a\n```{{exec}}\n\n<br>\n",
        ),
        ("step1/verify.sh", "kubectl get pod a\n"),
        ("step2.md", "Type `kubectl get pods`{{exec interrupt}}\n"),
        ("step2.sh", "true\n"),
        ("finish.md", "Done.\n"),
    ]);
    let told =
        "index.json:10:65: warning: step2.sh is not run: a lesson has one setup, at its beginning";
    assert_eq!(complaints(&reading), told);
    let lesson = reading.lesson.unwrap();
    let tutorial = &lesson.original.tutorial;
    assert_eq!(
        (tutorial.title.as_str(), tutorial.minutes, tutorial.steps),
        ("Hello pods", 10, 4)
    );
    assert_eq!(tutorial.difficulty, Difficulty::Medium);
    let steps = &lesson.original.steps;
    let titles: Vec<_> = steps
        .iter()
        .map(|it| (it.id.as_str(), it.title.as_str()))
        .collect();
    let expected = [
        ("introduction", "Introduction"),
        ("make-a-pod", "Make a pod"),
        ("make-a-pod-2", "Make a pod"),
        ("the-end", "The end"),
    ];
    assert_eq!(titles, expected);
    let task = Block::Task {
        task: "make_a_pod".to_owned(),
    };
    assert_eq!(steps[1].blocks.last(), Some(&task));
    assert!(htmls(&steps[1].blocks)[0].starts_with("<h2>Here</h2>"));
    let check = &lesson.checks["make_a_pod"];
    assert_eq!(check.run.as_deref(), Some("kubectl get pod a\n"));
    let setup = lesson.setup.unwrap();
    assert_eq!(setup.background.as_deref(), Some("sleep 1\n"));
    assert_eq!(setup.foreground.as_deref(), Some("echo wait\n"));
    assert_eq!(lesson.assets[0].target, "/root");
    assert_eq!(lesson.original.terminals, ["main", "terminal 2"]);
}

#[test]
fn a_scenario_of_katacoda_becomes_a_lesson() {
    let index = r#"{"title": "Two hosts", "difficulty": "beginner", "time": "1 hour", "details": {
        "steps": [{"text": "step1.md", "answer": "x"}],
        "intro": {"text": "intro.md", "code": "set-env.sh", "credits": ""}},
        "files": [], "environment": {"uilayout": "terminal", "showdashboard": true}}"#;
    let lesson = lesson(&[
        ("index.json", index),
        ("intro.md", "Hello."),
        ("set-env.sh", "clear"),
        (
            "step1.md",
            "# First\n`ls`{{execute}} `top`{{execute T2}} `^C`{{execute ctrl-seq HOST3}} `a.txt`{{open}}\n\n\
            ```\nx\n```\n{{copy}}\n\nhttps://[[HOST_SUBDOMAIN]]-80",
        ),
    ]);
    let step = &lesson.original.steps[1];
    assert_eq!(step.title, "First");
    let run = |terminal, enters| Action::Run {
        terminal,
        interrupts: false,
        enters,
        fails: false,
    };
    let actions: Vec<_> = step.commands.iter().map(|it| it.action.clone()).collect();
    let expected = [
        run(1, true),
        run(2, true),
        run(3, false),
        Action::Show,
        Action::Copy,
    ];
    assert_eq!(actions, expected);
    assert_eq!(lesson.original.terminals.len(), 3);
    assert_eq!(lesson.original.tutorial.minutes, 60);
    assert_eq!(lesson.setup.unwrap().foreground.as_deref(), Some("clear"));
}

#[test]
fn what_is_missing_or_of_another_kind_is_told_or_left_out() {
    let index = "{\"title\": 5, \"time\": [], \"details\": {\n\"intro\": [],\n\
        \"steps\": [{\"text\": \"stp.md\", \"verify\": {}}, 7, {\"text\": \"step.md\", \"verify\": \"no.sh\"}],\n\
        \"assets\": {\"host01\": 3}}}";
    let reading = read(&[("index.json", index), ("step.md", "x")]);
    let told = "index.json:3:20: error: there is no file stp.md (did you mean \"step.md\"?)\n\
        index.json:3:78: error: there is no file no.sh";
    assert_eq!(complaints(&reading), told);
    let lesson = reading.lesson.unwrap();
    assert_eq!(lesson.original.tutorial.title, "sample");
    assert_eq!(lesson.original.steps[0].title, "Step 1");
    for (text, told) in [
        (
            "{",
            "index.json:1:1: error: this is not JSON: EOF while parsing an object",
        ),
        ("[]", "index.json:1:1: error: there is no step"),
    ] {
        let reading = read(&[("index.json", text)]);
        assert!(reading.lesson.is_none());
        assert_eq!(complaints(&reading), told);
    }
}

#[test]
fn an_answer_is_a_solution_and_a_hint_helps_with_the_check() {
    let index = r#"{"title": "T", "environment": {"uilayout": "editor-terminal-terminal"}, "details": {"steps": [
        {"title": "A", "text": "a.md", "answer": "b.md", "verify": "c.sh", "hint": "d.sh"}]}}"#;
    let lesson = lesson(&[
        ("index.json", index),
        ("a.md", "`one`{{execute}}"),
        (
            "b.md",
            "# No title\n\n`two`{{execute}}\n\n```\nthree\n```{{copy}}",
        ),
        ("c.sh", "true"),
        ("d.sh", "echo help"),
    ]);
    let step = &lesson.original.steps[0];
    let texts: Vec<_> = step.commands.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let Block::Solution { blocks } = &step.blocks[1] else {
        panic!("{:?}", step.blocks)
    };
    assert!(htmls(blocks)[0].contains("<code data-command=\"1\">two</code>"));
    assert_eq!(blocks[1], Block::Command { command: 2 });
    assert_eq!(lesson.checks["a"].hintcheck.as_deref(), Some("echo help"));
    assert_eq!(lesson.original.terminals.len(), 2);
    assert_eq!(lesson.original.layout, shared::tutorial::Layout::Bottom);
}
