//! What a linter says.

use super::{complaints, read};

#[test]
fn every_mistake_is_told_with_its_line() {
    let text = r#"---
title: Wrong
time: 20
terminals: [main]
assets: [{file: demo.macfil, target: "~/"}]
tasks:
  built:
    run: chek.sh
    timeout: 2m
  Bad-Name:
    run: "true"
  both:
    run: "true"
    event: {type: deployment.promoted}
  unknown_need:
    needs: [bilt]
    run: "true"
  egg: {needs: [hen], run: "true"}
  hen: {needs: [egg], run: "true"}
---
## One {#same}
Type `ls`{{exce}} or `pwd`{{exec T2}} or `x`{{ .Values.name }}.

::task{#buit}
::task
::task{#built} and more
::task{#built}

## Two {#same}
::hnit
[a](ftp://x) [b](javascript:x) ![c](https://x/c.png) <b>bold</b>
::spotlight{}

<script>
alert(1)
</script>
<kbd onclick="x()">K</kbd>

## Three {#Not An Id}
::quiz{answer=3}
Which? (1) a (2) b
::
::quiz
Which?
- a
- b
::
::quiz{answer=1}
None.
::
::edit{file="../x"}
```
a
```
::
::edit{file="x"}
no fence
::
```bash
ls
```{{exec T99}}
::
::hint
never closed
"#;
    let files = [("lesson.md", text), ("check.sh", ""), ("demo.macfile", "")];
    let reading = read(&files);
    assert!(reading.lesson.is_some());
    insta::assert_snapshot!(complaints(&reading), @r###"
    lesson.md:3:7: error: "20" is no time (write 90s, 20m or 1h)
    lesson.md:5:10: warning: no text file of the folder is called demo.macfil (did you mean "demo.macfile"?)
    lesson.md:8:10: error: there is no file chek.sh (did you mean "check.sh"?)
    lesson.md:9:14: warning: a check takes 60s at most: it is ended then
    lesson.md:10:3: error: "Bad-Name" is no name of a task (use small letters, digits and _)
    lesson.md:10:3: warning: no step shows the task "Bad-Name"
    lesson.md:12:3: error: the task "both" has to have either run or event
    lesson.md:12:3: warning: no step shows the task "both"
    lesson.md:15:3: warning: no step shows the task "unknown_need"
    lesson.md:16:13: error: there is no task "bilt" (did you mean "built"?)
    lesson.md:18:3: error: the task "egg" needs itself in the end
    lesson.md:18:3: warning: no step shows the task "egg"
    lesson.md:19:3: warning: no step shows the task "hen"
    lesson.md:22:10: warning: {{exce}} says nothing that is known: it is shown (did you mean "exec"?)
    lesson.md:22:22: error: there is no terminal 2 (name more of them in the front matter's terminals)
    lesson.md:22:45: warning: {{.Values.name}} says nothing that is known: it is shown
    lesson.md:24:1: error: there is no task "buit" (did you mean "built"?)
    lesson.md:25:1: error: ::task{#name} says which task it shows
    lesson.md:26:1: error: ::task stands on a line of its own: the rest of the line is left out
    lesson.md:27:1: warning: the task "built" is shown twice
    lesson.md:29:1: error: another step has the id "same"
    lesson.md:30:1: warning: there is no ::hnit (did you mean "hint"?)
    lesson.md:31:1: warning: this link is left out (links are https:, http:, mailto:, dashboard: or relative)
    lesson.md:31:14: error: this link runs something: it is left out
    lesson.md:31:32: warning: this image is left out: images are png, jpg, gif, webp or svg files of the folder
    lesson.md:31:54: warning: <b> is left out
    lesson.md:32:1: error: ::spotlight{target="name"} says what it shows
    lesson.md:34:1: error: <script> is left out
    lesson.md:37:1: error: onclick=… of <kbd> is left out
    lesson.md:39:1: error: "Not An Id" is no id (use small letters, digits and -)
    lesson.md:40:1: error: "3" is none of the 2 answers (answers count from 1: answer=1,3)
    lesson.md:43:1: error: ::quiz{answer=2} says which answer is right
    lesson.md:48:1: error: a quiz has two choices at least (write (1) one (2) other, or a list)
    lesson.md:51:1: error: "../x" is not below the home
    lesson.md:56:1: error: an edit holds one fence with the new text (put the new text between lines of ```)
    lesson.md:59:1: warning: {{exec T99}} says nothing that is known: it is shown
    lesson.md:62:1: warning: :: closes nothing
    lesson.md:63:1: error: ::hint is never closed (close it with :: on a line of its own)
    "###);
}

#[test]
fn front_matter_that_cannot_be_read_is_told_and_the_text_is_looked_at() {
    for (front, told) in [
        (
            "titel: T",
            "2:1: error: there is no field \"titel\" (did you mean \"title\"?)",
        ),
        (
            "title: T\nkind: lessen",
            "3:7: error: \"lessen\" is not known here (did you mean \"lesson\"?)",
        ),
        (
            "description: T",
            "2:1: error: the field \"title\" is missing",
        ),
        (
            "title: T\ntitle: U",
            "3:1: error: duplicate mapping key `title` is not allowed here",
        ),
        ("title: [", "2:8: error: expected string scalar"),
        (
            "title: T\ntasks:\n  a:\n    rnu: x",
            "5:5: error: there is no field \"rnu\" (one of title, needs, run, event, hintcheck, failcheck, solve, timeout)",
        ),
        (
            "title: T\ntasks:\n  a:\n    event: {type: deployment.promotd}",
            "5:19: error: \"deployment.promotd\" is not known here (did you mean \"deployment.promoted\"?)",
        ),
        ("", "1:1: error: the field \"title\" is missing"),
    ] {
        let text = format!("---\n{front}\n---\n## A\n`x`{{{{exce}}}}\n\n::task{{#a}}\n");
        let reading = read(&[("lesson.md", &text)]);
        assert!(reading.lesson.is_none());
        let told_all = complaints(&reading);
        assert!(
            told_all.starts_with(&format!("lesson.md:{told}\n")),
            "{told_all}"
        );
        assert!(told_all.contains("{{exce}}"), "{told_all}");
        assert!(!told_all.contains("no task"), "{told_all}");
    }
}

#[test]
fn what_is_no_lesson_is_told() {
    let huge = "x".repeat(1 << 20);
    for (files, told) in [
        (&[][..], "there is neither a lesson.md nor an index.json"),
        (
            &[("lesson.md", "")][..],
            "there is no front matter (begin the file with a line ---, title: …, and a line ---)",
        ),
        (
            &[("lesson.md", "## A\ntext")][..],
            "there is no front matter (begin the file with a line ---, title: …, and a line ---)",
        ),
        (
            &[("lesson.md", "---\ntitle: T\n")][..],
            "the front matter never ends (end it with a line ---)",
        ),
        (
            &[("lesson.md", "---\ntitle: T\n---")][..],
            "there is no step (begin one with ## and its title)",
        ),
        (
            &[("lesson.md", "---\ntitle: T\n---\n\n \n")][..],
            "there is no step (begin one with ## and its title)",
        ),
        (
            &[("lesson.md", huge.as_str())][..],
            "a text may have up to 256 KiB",
        ),
        (
            &[("leson.md", "")][..],
            "there is neither a lesson.md nor an index.json (did you mean \"leson.md\"?)",
        ),
    ] {
        let reading = read(files);
        assert!(reading.lesson.is_none());
        assert_eq!(
            complaints(&reading),
            format!("lesson.md:1:1: error: {told}")
        );
    }
}

#[test]
fn text_without_a_heading_is_one_step_with_a_warning() {
    let reading = read(&[("lesson.md", "---\ntitle: T\n---\nonly text\n")]);
    assert_eq!(
        reading.lesson.as_ref().unwrap().original.steps[0].title,
        "T"
    );
    let told = "lesson.md:4:1: warning: this step has no title: begin it with ## and one";
    assert_eq!(complaints(&reading), told);
}

#[test]
fn tasks_that_wait_for_themselves_wait_for_nothing() {
    let text = "---\ntitle: T\ntasks:\n  a: {needs: [b], run: x}\n  b: {needs: [a], run: x}\n---\n\
        ## S\n::task{#a}\n::task{#b}\n";
    let reading = read(&[("lesson.md", text)]);
    let tasks = &reading.lesson.as_ref().unwrap().original.tasks;
    assert!(tasks[0].needs.is_empty());
    assert_eq!(tasks[1].needs, ["a"]);
    let told = "lesson.md:4:3: error: the task \"a\" needs itself in the end";
    assert_eq!(complaints(&reading), told);
}

#[test]
fn files_go_to_no_place_that_is_the_readers_own() {
    let text = "---\ntitle: T\nassets:\n  - {file: a.sh, target: ~/../a}\n  - {file: a.sh, target: ~/.bashrc}\n  \
        - {file: a.sh, target: /etc/a}\n  - {file: a.sh, target: ~/a}\n---\n## S\n";
    let reading = read(&[("lesson.md", text), ("a.sh", "true")]);
    insta::assert_snapshot!(complaints(&reading), @r"
    lesson.md:4:5: error: ~/../a is no place for a file (files go to ~/, and to no hidden place in it)
    lesson.md:5:5: error: ~/.bashrc is no place for a file (files go to ~/, and to no hidden place in it)
    lesson.md:6:5: error: /etc/a is no place for a file (files go to ~/, and to no hidden place in it)
    ");
    assert_eq!(reading.lesson.unwrap().assets.len(), 1);
}

#[test]
fn thousands_of_assets_terminals_and_equal_titles_are_no_more_than_some() {
    let assets = "  - {file: '*', target: ~/}\n".repeat(5000);
    let names = "t,".repeat(60_000);
    let titles = "## a\n".repeat(20_000);
    let text = format!("---\ntitle: T\nassets:\n{assets}terminals: [{names}]\n---\n{titles}");
    let lesson = read(&[("lesson.md", &text)]).lesson;
    // one of so many letters is none
    assert!(lesson.is_none());
    let text = format!(
        "---\ntitle: T\nterminals: [{}]\n---\n{titles}",
        "t,".repeat(100)
    );
    let lesson = read(&[("lesson.md", &text)]).lesson.unwrap();
    assert_eq!(lesson.original.terminals.len(), 9);
    let steps = &lesson.original.steps;
    assert_eq!(
        (steps[0].id.as_str(), steps[19_999].id.as_str()),
        ("a", "a-20000")
    );
    let text = format!("---\ntitle: T\nassets:\n{assets}---\n## S\n");
    let lesson = read(&[("lesson.md", &text)]).lesson.unwrap();
    assert_eq!(lesson.assets.len(), 100);
}
