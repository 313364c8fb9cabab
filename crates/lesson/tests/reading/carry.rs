//! Tutorials carried over from other platforms, and to them.

use std::collections::BTreeSet;
use std::path::Path;

use lesson::{Carried, Files, Format, Lesson};
use proptest::prelude::*;
use shared::tutorial::{Action, Block, Command};

use super::folder;

/// The folder that is written.
fn written(files: &Files, carried: &Carried) -> Files {
    let copied = carried.copied.iter();
    let copied = copied.filter_map(|(to, from)| Some((to.clone(), files.get(from)?.clone())));
    carried.texts.clone().into_iter().chain(copied).collect()
}

fn imported(files: &Files) -> (Files, Vec<String>) {
    let names: BTreeSet<String> = files.keys().cloned().collect();
    let carried = lesson::import(files, &names).unwrap();
    let told = carried.complaints.iter().map(ToString::to_string);
    (written(files, &carried), told.collect())
}

/// What a step has that others must have too: its title, its commands, and the scripts of its tasks.
type Essence = (String, Vec<Command>, Vec<String>);

fn essence(lesson: &Lesson) -> Vec<Essence> {
    let steps = lesson.original.steps.iter();
    let each = steps.map(|step| {
        let mut commands = step.commands.clone();
        for command in &mut commands {
            // other platforms do not know it
            if let Action::Run { fails, .. } = &mut command.action {
                *fails = false;
            }
        }
        let scripts = tasks(&step.blocks).into_iter();
        let scripts = scripts.filter_map(|task| lesson.checks[&task].run.clone());
        (step.title.clone(), commands, scripts.collect())
    });
    each.collect()
}

fn tasks(blocks: &[Block]) -> Vec<String> {
    let each = blocks.iter().flat_map(|block| match block {
        Block::Task { task } => vec![task.clone()],
        Block::Hint { blocks } | Block::Solution { blocks } | Block::Note { blocks } => {
            tasks(blocks)
        }
        Block::Prose { .. }
        | Block::Command { .. }
        | Block::Form { .. }
        | Block::Quiz { .. }
        | Block::Edit { .. } => {
            vec![]
        }
    });
    each.collect()
}

/// Importing what was exported gives the same steps, commands and tasks.
fn comes_back(files: &Files) {
    let original = lesson::read("sample", files).lesson.unwrap();
    let exported = lesson::export("sample", files, Format::Killercoda);
    let elsewhere = written(files, &exported);
    let (back, _) = imported(&elsewhere);
    let again = lesson::read("sample", &back).lesson.unwrap();
    let (before, after) = (essence(&original), essence(&again));
    let what = || format!("{elsewhere:#?}\n{}", back["lesson.md"]);
    assert_eq!(before.len(), after.len(), "{}", what());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.0, after.0, "{}", what());
        assert_eq!(before.1, after.1, "{}", what());
        // several are checked together there
        assert_eq!(before.2.len().min(1), after.2.len(), "{}", what());
        if let ([script], [again]) = (&before.2[..], &after.2[..]) {
            assert!(again.ends_with(script), "{again}");
        }
    }
}

#[test]
fn the_tutorials_that_the_product_comes_with_come_back_as_they_went() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tutorials");
    let mut count = 0;
    for entry in std::fs::read_dir(all).unwrap() {
        let files = lesson::files(&entry.unwrap().path()).unwrap_or_default();
        if files.contains_key("lesson.md") {
            comes_back(&files);
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn a_scenario_is_carried_over_and_what_is_not_is_told_by_its_line() {
    let index = "{\"type\": \"challenge@0.8\", \"title\": \"Pods\", \"description\": \"The first\", \"time\": \"10 minutes\",\n\
        \"details\": {\"intro\": {\"text\": \"intro.md\", \"courseData\": \"set up.sh\"},\n\
        \"steps\": [{\"title\": \"A *pod*\", \"text\": \"one/text.md\", \"verify\": \"one/verify.sh\", \"hint\": \"hint.sh\",\n\
        \"answer\": \"answer.md\", \"foreground\": \"fg.sh\"}],\n\
        \"finish\": {\"text\": \"finish.md\"},\n\
        \"assets\": {\"host01\": [{\"file\": \"a.txt\", \"target\": \"/root\"},\n\
        {\"file\": \"b.txt\", \"target\": \"/opt\"}]}}}";
    let files = folder(&[
        ("index.json", index),
        ("intro.md", "The first\n"),
        ("set up.sh", "true"),
        (
            "one/text.md",
            "# A pod\n\nSee\n---\n\n![p](../../logo.png) ![q](q.png)\n\n`ls`{{execute}} `a`{{exce}}\n",
        ),
        ("one/verify.sh", "true"),
        ("hint.sh", "echo hint"),
        ("answer.md", "`two`{{execute}}"),
        ("finish.md", "Well done.\n"),
        ("assets/a.txt", "a"),
        ("fg.sh", "x"),
    ]);
    let (new, told) = imported(&files);
    insta::assert_snapshot!(new["lesson.md"], @r##"
    ---
    title: "Pods"
    description: "The first"
    kind: challenge
    difficulty: easy
    time: 10m
    terminals: ["main"]
    assets:
      - {file: "a.txt", target: "/root"}
    setup:
      background: "set-up-sh.sh"
    tasks:
      a_pod:
        title: "A *pod*"
        run: "one/verify.sh"
        hintcheck: "hint.sh"
    ---
    ## A \*pod\*

    # A pod

    ### See

    ![p](../../logo.png) ![q](one/q.png)

    `ls`{{execute}} `a`{{exce}}

    ::solution
    `two`{{execute}}
    ::

    ::task{#a_pod}

    ## Finish

    Well done.
    "##);
    insta::assert_snapshot!(told.join("\n"), @r##"
    index.json:4:38: warning: fg.sh is not run: a lesson has one setup, at its beginning
    index.json:7:10: warning: b.txt is not laid: /opt is not in the home
    one/text.md:6:1: warning: this image is left out: images are png, jpg, gif, webp or svg files of the folder
    one/text.md:8:20: warning: {{exce}} says nothing that is known: it is shown (did you mean "exec"?)
    "##);
    let reading = lesson::read("sample", &new);
    let scripts: Vec<_> = new.keys().collect();
    assert_eq!(
        scripts,
        [
            "assets/a.txt",
            "hint.sh",
            "lesson.md",
            "one/verify.sh",
            "set-up-sh.sh"
        ]
    );
    assert_eq!(reading.lesson.unwrap().original.steps.len(), 2);
}

#[test]
fn a_track_is_carried_over_and_what_is_not_is_told_by_its_line() {
    let files = folder(&[
        (
            "track.yml",
            "slug: t\ntitle: A track\nteaser: What one learns\nlevel: intermediate\ntags: [linux]\nowner: somebody\n",
        ),
        ("track_scripts/setup-host", "#!/bin/bash\ntouch ready\n"),
        ("track_scripts/setup-other", "true\n"),
        (
            "01-first/assignment.md",
            "---\nslug: first\nid: x1\ntype: challenge\ntitle: The first\nnotes:\n- type: text\n  contents: |-\n    # Wait\n    A *note*\n\
             - type: video\n  url: https://example.com\ntabs:\n- title: Shell\n  type: terminal\n  hostname: host\n- title: Web\n  type: service\n  port: 80\n\
             difficulty: basic\ntimelimit: 600\n---\n## Begin\n\nGo to [button label=\"Shell\" variant=\"x\"](tab-0) and\n\n```bash,run\nls\n```\n\n\
             ![p](../assets/p.png)\n\n[[ Instruqt-Var key=\"K\" hostname=\"h\" ]]\n",
        ),
        ("01-first/check-host", "fail-message no; exit 1\n"),
        ("01-first/solve-host", "touch done\n"),
        ("01-first/setup-host", "true\n"),
        ("01-first/cleanup-host", "true\n"),
        ("assets/p.png", "p"),
        (
            "02-quiz/assignment.md",
            "---\nslug: quiz\ntype: quiz\ntitle: A quiz\nanswers:\n- one\n- two\nsolution:\n- 1\n---\nWhich?\n",
        ),
    ]);
    let (new, told) = imported(&files);
    insta::assert_snapshot!(new["lesson.md"], @r##"
    ---
    title: "A track"
    description: "What one learns"
    difficulty: medium
    terminals: ["Shell"]
    tags: ["linux"]
    setup:
      background: "track-scripts-setup-host.sh"
    tasks:
      the_first:
        title: "The first"
        run: "01-first-check-host.sh"
        solve: "01-first-solve-host.sh"
    ---
    ## The first

    ::note
    # Wait
    A *note*
    ::

    ### Begin

    Go to **Shell** and

    ```bash,run
    ls
    ```

    ![p](assets/p.png)

    [[ Instruqt-Var key="K" hostname="h" ]]

    ::task{#the_first}

    ## A quiz

    Which?

    ::quiz{answer=2}

    - one
    - two
    ::
    "##);
    insta::assert_snapshot!(told.join("\n"), @r##"
    01-first/assignment.md:17:1: warning: the tab "Web" is no terminal: it is not carried over
    01-first/assignment.md:33:1: warning: what Instruqt fills in here is nothing here
    01-first/cleanup-host:1:1: warning: this cleanup is not run: a lesson has one setup, at its beginning
    01-first/setup-host:1:1: warning: this setup is not run: a lesson has one setup, at its beginning
    track_scripts/setup-other:1:1: warning: only one host's setup is carried over, and this is another
    "##);
    let reading = lesson::read("sample", &new);
    assert_eq!(reading.complaints, []);
    let lesson = reading.lesson.unwrap();
    let check = &lesson.checks["the_first"];
    assert_eq!(check.solve.as_deref(), Some("touch done\n"));
    let Some(Block::Quiz { answers, .. }) = lesson.original.steps[1].blocks.last() else {
        panic!("{:?}", lesson.original.steps[1])
    };
    assert_eq!(answers, &[1]);
}

#[test]
fn a_lesson_is_markdown_that_everybody_reads() {
    let text = "---\ntitle: A lesson\ntasks: {one: {title: Make it, run: x}}\n---\nBefore.\n\n## First {#id}\n\nType `ls` {{exec}}.\n\n\
        ```bash,run\npwd\n```\n\n```\nx\n```{{copy}}\n\n::task{#one}\n\n::hint\nTry.\n::\n\n![p](a%20b.png)\n";
    let exported = lesson::export("t", &folder(&[("lesson.md", text)]), Format::Markdown);
    assert_eq!(exported.complaints, []);
    assert_eq!(exported.copied["a b.png"], "a b.png");
    insta::assert_snapshot!(exported.texts["README.md"], @r##"
    # A lesson

    ## First

    Before.

    Type `ls`.

    ```bash
    pwd
    ```

    ```
    x
    ```

    **Task:** Make it

    <details><summary>Hint</summary>

    Try.

    </details>

    ![p](a%20b.png)
    "##);
}

/// What authors write into a step.
const PARTS: &[&str] = &[
    "Some *words* with `code` and `ls -l`{{exec}}, then `top`{{execute T2}} more.",
    "``echo `date` ``{{exec interrupt}} and `a b`{{copy}} `shown`{{}} `x` {{exec}}",
    "`one \\\n  two`{{exec}}",
    "```bash\nls\npwd\n```{{exec}}",
    "```bash\nls\n```\n{{copy}}",
    "```bash\nonly copied\n```",
    "```yaml\na: 1\n```",
    "```bash,run\nls\n```",
    "```yaml,copy\na: 1\n```",
    "```bash,nocopy\nshown\n```",
    "```.term2\nls\n```",
    "```\nlast\nline```{{execute}}",
    "~~~~md\n## no step\n```bash\nls\n```{{exec}}\n::hint\n~~~~",
    "1. one\n   ```bash\n   in a list\n   ```{{exec no-newline}}\n2. `two`{{exec}}",
    "- a\n\n  b `c`{{exec}}\n\n      indented\n",
    "> quoted `ls`{{exec}}\n> ```\n> pwd\n> ```{{exec T2}}",
    "`^C`{{exec ctrl-seq}} and `false`{{exec fails}}",
    "### A heading\n\ntext",
    "Text\n===\n\nmore",
    "| a | b |\n|---|---|\n| `ls`{{exec}} | 2 |",
    "![what it *shows*](./pictures/a%20b.png) <img src=\"c.svg\" alt=\"c\">",
    "[a link](https://example.com/a_(b)) and [`ls`{{exec}} there](dashboard:app/a#b) ::spotlight{target=\"promote\"}",
    "[by reference][there] and [the step](#next)\n\n[there]: https://example.com",
    "[used elsewhere][there]",
    "<details><summary>More</summary>\n\n`inside`{{exec}}\n\n</details>",
    "<!-- nobody sees `this`{{exec}} -->",
    "::hint\nTry `ls`{{exec}}.\n\n```bash\npwd\n```{{exec}}\n::",
    "::note\n- a `b`{{exec}}\n\n::solution\n`c`{{copy}}\n::\n\nend\n::",
    "::quiz{answer=2}\nWhich? (1) `ls`{{exec}} (2) other\n::",
    "::quiz{answer=1,2}\nWhich?\n\n- one\n- two\n::",
    "::edit{file=\"a_b.txt\" match=\"x*\"}\n```bash\ny\n```\n::",
    "::form\n```\naws ec2 stop-instances --instance-ids i-1\n```\n::",
    "::edit{file=\"c.txt\"}\n```\nz\n```\n::",
    "Unknown `a`{{exce}} and {{ .Values }}\n\n```\nb\n```{{exce}}",
    "***",
    "a\\\nb  \nc &amp; &lt;kbd> <kbd>Ctrl</kbd>",
    "    indented code\n\n`x`{{exec}}",
    "::unknown{a=b}\n\n:: \n\nend",
    "<pre>\nalso `not`{{exec}}\n</pre>",
];

/// What a page of a scenario may end with.
const ENDS: &[&str] = &[
    "end",
    "```bash\nnever closed",
    "~~~~\n```\nnever closed",
    "<pre>\nnever closed",
    "<pre>\n```bash\nnever closed",
    "<!-- never\n\nclosed",
    "Under\n---",
];

const TITLES: &[&str] = &[
    "A step",
    "Use `ls` *now*",
    "A_b_c & <d>",
    "A {#own-id}",
    "5. Five",
    "世界",
    "C# #",
    "a \\* b",
    "Make: it [so](x)",
    "\"q\" 'r'",
];

const TASKS: &[&str] = &[
    "",
    "::task{#one}",
    "::task{#two}",
    "::task{#one}\n\n::task{#two}",
    "::task{#seen}",
];

fn matter() -> &'static str {
    "---\ntitle: \"A: *title*\"\ndescription: What one *learns*, in `short`.\nterminals: [a, b]\nsetup: {background: b.sh, ready: test -f x}\n\
     assets: [{file: data.txt, target: ~/}]\ntasks:\n  one: {run: test -f a, hintcheck: echo h, solve: touch a}\n  \
     two:\n    run: |\n      fail-message no\n      exit 1\n  seen: {event: {type: deployment.promoted}}\n---\n"
}

proptest! {
    #[test]
    fn any_lesson_comes_back_as_it_went(
        preface in prop::collection::vec(prop::sample::select(PARTS), 0..2),
        steps in prop::collection::vec(
            (
                prop::sample::select(TITLES),
                prop::collection::vec(prop::sample::select(PARTS), 0..6),
                prop::sample::select(TASKS),
            ),
            1..5,
        ),
    ) {
        let mut text = format!("{}{}\n\n", matter(), preface.join("\n\n"));
        for (title, parts, task) in steps {
            text += &format!("## {title}\n\n{}\n\n{task}\n\n", parts.join("\n\n"));
        }
        let files = folder(&[
            ("lesson.md", &text),
            ("b.sh", "echo b\n"),
            ("data.txt", "data"),
        ]);
        comes_back(&files);
    }

    #[test]
    fn any_scenario_is_carried_over_with_all_its_commands(
        pages in prop::collection::vec(
            (prop::collection::vec(prop::sample::select(PARTS), 1..6), prop::sample::select(ENDS)),
            1..4,
        ),
    ) {
        let mut files = Files::new();
        let mut steps = Vec::new();
        for ((page, end), number) in pages.iter().zip(1..) {
            let text = format!("step{number}/text.md");
            steps.push(format!("{{\"title\": \"Step {number}\", \"text\": \"{text}\"}}"));
            files.insert(text, format!("## Heading\n\n{}\n\n{end}\n", page.join("\n\n")));
        }
        let index = format!("{{\"details\": {{\"steps\": [{}]}}}}", steps.join(", "));
        files.insert("index.json".to_owned(), index);
        let original = lesson::read("sample", &files).lesson.unwrap();
        let (back, _) = imported(&files);
        let again = lesson::read("sample", &back).lesson.unwrap();
        let commands = |lesson: &Lesson| -> Vec<(String, Vec<Command>)> {
            let steps = lesson.original.steps.iter();
            steps.map(|it| (it.title.clone(), it.commands.clone())).collect()
        };
        prop_assert_eq!(commands(&original), commands(&again), "{}", &back["lesson.md"]);
    }
}
