//! Commands where authors put them.

use shared::tutorial::{Action, Block};

use super::{htmls, lesson, step};

fn run(terminal: u8) -> Action {
    Action::Run {
        terminal,
        interrupts: false,
        enters: true,
        fails: false,
    }
}

#[test]
fn a_fence_takes_its_directive_from_its_end_its_beginning_or_its_language() {
    for (text, action) in [
        ("```bash\nls\n```{{exec}}", Some(run(1))),
        ("```\nls\n``` {{exec T2}}\nafter", Some(run(2))),
        ("```bash\nls\n```\n{{exec}}", Some(run(1))),
        ("```bash\nls\n```\n{{copy}}\nafter", Some(Action::Copy)),
        ("~~~\nls\n~~~{{}}", Some(Action::Show)),
        ("```bash,run\nls\n```", Some(run(1))),
        ("```yaml,copy\nls\n```", Some(Action::Copy)),
        ("```bash,nocopy\nls\n```", Some(Action::Show)),
        ("```.term2\nls\n```", Some(run(2))),
        ("```bash,nocopy\nls\n```{{exec}}", Some(run(1))),
        ("```bash\nls\n```", Some(Action::Copy)),
        ("```sh\nls\n```", Some(Action::Copy)),
        ("```console\nls\n```\n\n{{exec}}", Some(Action::Copy)),
        ("```yaml\nls\n```", None),
        ("```\nls\n```", None),
        ("    ls", None),
    ] {
        let (step, _) = step(text);
        assert_eq!(
            step.commands.first().map(|it| it.action.clone()),
            action,
            "{text}"
        );
        assert!(step.commands.iter().all(|it| it.text == "ls"), "{text}");
        let is_block = matches!(step.blocks[0], Block::Command { command: 0 });
        assert_eq!(is_block, action.is_some(), "{text}");
        let shown = htmls(&step.blocks).concat();
        assert!(!shown.contains("{{") || text.contains("\n\n{{"), "{shown}");
        assert_eq!(shown.contains("after"), text.contains("after"), "{shown}");
    }
}

#[test]
fn a_fence_within_a_list_a_quote_or_details_stays_there() {
    for text in [
        "1. one\n   ```bash\n   ls\n   ```{{exec}}\n2. two\n",
        "- one\n\n  ```bash\n  ls\n  ```\n  {{exec}}\n- two\n",
        "> one\n> ```bash\n> ls\n> ```{{exec}}\n> two\n",
        "<details><summary>one</summary>\n\n```bash\nls\n```{{exec}}\n\n</details>\n\ntwo\n",
    ] {
        let (step, told) = step(text);
        assert_eq!(told, "", "{text}");
        assert_eq!(
            (step.commands.len(), step.commands[0].text.as_str()),
            (1, "ls"),
            "{text}"
        );
        assert_eq!(step.commands[0].action, run(1), "{text}");
        let htmls = htmls(&step.blocks);
        assert_eq!(htmls.len(), 1, "{htmls:?}");
        let command = "<pre><code data-command=\"0\">ls</code></pre>";
        assert!(
            htmls[0].contains(command) && htmls[0].contains("two"),
            "{htmls:?}"
        );
        assert!(!htmls[0].contains("{{"), "{htmls:?}");
    }
}

#[test]
fn what_stands_in_code_is_shown_as_it_is() {
    let text = "~~~~md\n## no step\n::task{#no}\n::hint\n```bash\nls\n```{{exec}}\n<b>&amp;\n~~~~\n\
        `` `ls`{{exec}} ::spotlight{target=x} <script> ``";
    let (step, told) = step(text);
    assert_eq!(told, "");
    assert!(step.commands.is_empty());
    let expected = "<pre><code>## no step\n::task{#no}\n::hint\n```bash\nls\n```{{exec}}\n\
        &lt;b&gt;&amp;amp;\n</code></pre>\n<p><code>`ls`{{exec}} ::spotlight{target=x} \
        &lt;script&gt;</code></p>";
    assert_eq!(htmls(&step.blocks), [expected]);
}

#[test]
fn commands_keep_what_html_would_take() {
    let (step, _) = step("`a </code><script>x</script> & \"b\"`{{exec}}");
    assert_eq!(step.commands[0].text, "a </code><script>x</script> & \"b\"");
    let shown = htmls(&step.blocks).concat();
    let expected = "<p><code data-command=\"0\">a &lt;/code&gt;&lt;script&gt;x&lt;/script&gt; \
        &amp; \"b\"</code></p>";
    assert_eq!(shown, expected);
}

#[test]
fn unknown_directives_are_shown_and_those_of_traffic_are_left_to_the_page() {
    let (step, told) = step("`a`{{exce}} `b`{{TRAFFIC_HOST1_80}} {{ .free }} `c` {{ .exec }}");
    let warning = "lesson.md:5:4: warning: {{exce}} says nothing that is known: it is shown \
        (did you mean \"exec\"?)";
    assert_eq!(told, warning);
    assert!(step.commands.is_empty());
    let shown = htmls(&step.blocks).concat();
    assert!(
        shown.contains("{{exce}}") && shown.contains("{{TRAFFIC_HOST1_80}}"),
        "{shown}"
    );
}

#[test]
fn references_reach_over_blocks_and_tables_hold_commands() {
    let (step, told) = step(
        "| a | b |\n|---|---|\n| `ls`{{exec}} | [x] |\n\n::hint\n[x]\n::\n\n[x]: https://e.org\n",
    );
    assert_eq!(told, "");
    let shown = htmls(&step.blocks);
    assert!(
        shown[0].contains("<td><code data-command=\"0\">ls</code></td>"),
        "{shown:?}"
    );
    assert!(
        shown.iter().all(|it| it.contains("href=\"https://e.org\"")),
        "{shown:?}"
    );
}

#[test]
fn instruqt_and_play_with_docker_texts_are_understood() {
    let text = "---\ntitle: T\nterminals: [one, two]\n---\n## S\n\n```bash,run\nkubectl get pods\n```\n\n\
        ```yaml,nocopy\na: 1\n```\n\n```.term2\ndocker ps\n```\n";
    let step = &lesson(&[("lesson.md", text)]).original.steps[0];
    let found: Vec<_> = step
        .commands
        .iter()
        .map(|it| (it.text.as_str(), it.action.clone()))
        .collect();
    let expected = [
        ("kubectl get pods", run(1)),
        ("a: 1", Action::Show),
        ("docker ps", run(2)),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_fence_ends_with_and_nobody_knows_is_shown_below_it() {
    let (step, told) = step("```bash\nls\n```{{exce}}\n");
    let warning = "lesson.md:5:1: warning: {{exce}} says nothing that is known: it is shown \
        (did you mean \"exec\"?)";
    assert_eq!(told, warning);
    assert_eq!(step.commands[0].action, Action::Copy);
    assert_eq!(htmls(&step.blocks), ["<p>{{exce}}</p>"]);
}

#[test]
fn comments_hold_no_blocks_and_lists_are_cut_by_them() {
    let text = "<!--\n::task{#no}\n## no step\n-->\n1. one\n   ::note\n   a\n   ::\n2. two\n";
    let (step, told) = step(text);
    assert_eq!(told, "");
    assert_eq!(step.blocks.len(), 3);
    let Block::Note { blocks } = &step.blocks[1] else {
        panic!()
    };
    assert_eq!(htmls(blocks), ["<p>a</p>"]);
    assert_eq!(
        htmls(&step.blocks)[2],
        "<ol start=\"2\">\n<li>two</li>\n</ol>"
    );
}

#[test]
fn other_platforms_spellings_are_understood() {
    for (text, command) in [
        ("`ls` {{execute}} it", "ls"),
        ("``ls``{{execute T1}}", "ls"),
        ("``` ls```{{execute}} ", "ls"),
        ("`\nls -l \\\n  /tmp\n`{{execute}}", "ls -l \\\n  /tmp"),
        ("> `ls \\\n> /tmp`{{exec}}", "ls \\\n/tmp"),
        ("```\nls\npwd```{{execute}}\n\nafter", "ls\npwd"),
        ("```ls (a)\npwd```{{execute}}\n\nafter", "ls (a)\npwd"),
        ("```bash\nls``` {{exec}}\n\nafter", "ls"),
        ("**`ls`{{open}}**", "ls"),
    ] {
        let (step, told) = step(text);
        assert_eq!(told, "", "{text}");
        let found: Vec<_> = step.commands.iter().map(|it| it.text.trim()).collect();
        assert_eq!(found, [command], "{text}");
        let shown = htmls(&step.blocks).concat();
        assert!(!shown.contains("{{"), "{shown}");
        assert_eq!(shown.contains("after"), text.contains("after"), "{shown}");
    }
}
