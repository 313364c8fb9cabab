//! Scenarios by the hundred, written as authors elsewhere write them.
//!
//! The spellings are those seen in public repositories: grafana/killercoda, killercoda/scenario-examples,
//! chadmcrowell/killercoda-scenarios, katacoda/scenario-examples and others whose names have katacoda or
//! killercoda in them. In 397 scenarios of the first four stand 3,460 directives; 12 of these are
//! `{{open}}`, and 2 are words that no platform knows.

use std::collections::BTreeMap;

use lesson::Files;
use shared::tutorial::{Action, Block};

use super::{folder, htmls};

/// So many directives were counted; among them some that open a file, and some that nobody knows.
const COUNTED: u64 = 3460;
const OPENS: u64 = 12;
const UNKNOWN: u64 = 2;
/// What is written here.
const SCENARIOS: u64 = 400;

/// What authors write behind code.
const SPELLINGS: &[&str] = &[
    "{{exec}}",
    "{{execute}}",
    "{{ exec }}",
    "{{ execute }}",
    "{{exec interrupt}}",
    "{{execute interrupt}}",
    "{{execute T1}}",
    "{{execute T2}}",
    "{{execute T4}}",
    "{{ execute T1 }}",
    "{{execute T1 interrupt}}",
    "{{execute HOST1}}",
    "{{execute HOST2}}",
    "{{execute ctrl-seq}}",
    "{{execute no-newline}}",
    "{{copy}}",
    "{{ copy }}",
    "{{}}",
];

/// Where they write it: `C` stands for the code, `D` for the directive.
const PLACES: &[&str] = &[
    "Run `C`D to see.",
    "`C`D",
    "`C`D  ",
    "`C` D",
    "$ `C`D.",
    "`C `D",
    "``C``D",
    "```C```D ",
    "**`C`D**",
    "* one `C`D\n* two",
    "1. one\n   `C`D\n2. two",
    "> see `C`D",
    "| a | b |\n|---|---|\n| `C`D | x |",
    "## About `C`D",
    "`C \\\n   --more`D",
    "```\nC\n```D",
    "```\nC\n```D    ",
    "```\nC\n``` D",
    "```\nC\n```\nD",
    "```plain\nC\n```D",
    "```bash\n# why\nC\n\nC\n```D",
    "```yaml\na: 1\nb: C\n```D",
    "```\nC```D\n\nmore",
    "```C (a)\nb```D\n\nmore",
    "1. first\n   ```\n   C\n   ```D\n\n2. second",
    "- first\n\n  ```bash\n  C\n  ```D\n",
    "<details><summary>Solution</summary>\n<br>\n\n```plain\nC\n```D\n\n</details>",
    "<br>\n\n### Title\n```\nC\n```D",
    "Hold <kbd>Ctrl</kbd>+<kbd>C</kbd>, or `C`D, and then\nmore.",
];

/// What they write beside it.
const OTHERS: &[&str] = &[
    "<br>\n",
    "# A heading\n",
    "---\n",
    "![Scan results](./image.png)\n",
    "<img src=\"./image.png\" style=\"width: 50px\">\n",
    "[ACCESS NGINX]({{TRAFFIC_HOST1_80}}) and {{TRAFFIC_SELECTOR}}\n",
    "https://[[HOST_SUBDOMAIN]]-80-[[KATACODA_HOST]].environments.katacoda.com/\n",
    "<pre class=\"file\" data-target=\"clipboard\">\na: 1\n</pre>\n",
    "[//]: # (a comment)\n",
    "{{ .Values.name }} stays\n",
    "```\noutput `with` ticks\n```\n",
    "`not for a click`\n",
    "<script>alert(1)</script>\n",
    "✅ 世界\n",
    "> [!NOTE]\n> a note\n",
    "<a href=\"https://example.com\" target=\"_blank\">there</a>\n",
];

/// Numbers that are the same in every run (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn is(&mut self, of_ten: u64) -> bool {
        self.below(10) < of_ten
    }
}

/// A scenario, and the directives in it by their code.
struct Written {
    files: Files,
    directives: BTreeMap<String, &'static str>,
}

fn page(dice: &mut Dice, written: &mut Written) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(8) {
        if dice.is(3) {
            text += dice.one(OTHERS);
            text += "\n";
        }
        let code = format!("cmd{}", written.directives.len());
        let directive = match dice.below(COUNTED) {
            known if known < UNKNOWN => dice.one(&["{{excute}}", "{{run it}}"]),
            known if known < UNKNOWN + OPENS => "{{open}}",
            _ => dice.one(SPELLINGS),
        };
        let place = dice.one(PLACES).replace('C', &code).replace('D', directive);
        // words of the place's own
        let place = place
            .replace(&format!("{code}trl"), "Ctrl")
            .replace(&format!(">{code}<"), ">C<");
        text += &format!("{place}\n\n");
        written.directives.insert(code, directive);
    }
    if dice.is(1) {
        text.replace('\n', "\r\n")
    } else {
        text
    }
}

fn scenario(dice: &mut Dice) -> Written {
    let mut written = Written {
        files: folder(&[("setup.sh", "true"), ("a.txt", "a"), ("assets/b.sh", "b")]),
        directives: BTreeMap::new(),
    };
    let is_katacoda = dice.is(5);
    let mut steps = Vec::new();
    for number in 1..=1 + dice.below(6) {
        let file = if dice.is(5) {
            format!("step{number}.md")
        } else {
            format!("step{number}/text.md")
        };
        let text = page(dice, &mut written);
        let text = if dice.is(1) {
            format!("\u{feff}{text}")
        } else {
            text
        };
        written.files.insert(file.clone(), text);
        let mut step = format!("\"text\": \"{file}\"");
        if dice.is(8) {
            step += &format!(", \"title\": \"Step {number} - Do it\"");
        }
        if dice.is(3) {
            step += &format!(", \"verify\": \"verify{number}.sh\"");
            written
                .files
                .insert(format!("verify{number}.sh"), "true\n".to_owned());
        }
        if dice.is(1) {
            step += ", \"foreground\": \"setup.sh\"";
        }
        steps.push(format!("{{{step}}}"));
    }
    let mut details = format!("\"steps\": [{}]", steps.join(",\n"));
    if dice.is(7) {
        let script = if is_katacoda {
            "courseData"
        } else {
            "background"
        };
        details += &format!(
            ", \"intro\": {{\"text\": \"intro.md\", \"{script}\": \"setup.sh\", \"credits\": \"\"}}"
        );
        let text = page(dice, &mut written);
        written.files.insert("intro.md".to_owned(), text);
    }
    if dice.is(5) {
        details += ", \"finish\": {\"text\": \"finish.md\"}";
        written
            .files
            .insert("finish.md".to_owned(), "Well done.".to_owned());
    }
    if dice.is(3) {
        details += ", \"assets\": {\"host01\": [{\"file\": \"*\", \"target\": \"/root\", \"chmod\": \"+x\"},\
            {\"file\": \"a.txt\", \"target\": \"/opt/x\"}]}";
    }
    let around = match is_katacoda {
        true => {
            "\"environment\": {\"uilayout\": \"editor-terminal\", \"showdashboard\": true}, \"files\": [\"a\"]"
        }
        false => "\"interface\": {\"layout\": \"ide\"}",
    };
    let index = format!(
        "{{\"title\": \"A scenario\", \"description\": \"\", \"difficulty\": \"Beginner\", \"time\": \"5-10 minutes\",\n\
         \"details\": {{{details}}},\n{around}, \"backend\": {{\"imageid\": \"ubuntu\"}}}}"
    );
    written.files.insert("index.json".to_owned(), index);
    written
}

/// Whether a command does what a directive says.
fn is_meant(action: &Action, directive: &str) -> bool {
    let says = |word: &str| directive.contains(word);
    match action {
        Action::Run {
            terminal,
            interrupts,
            enters,
            fails,
        } => {
            let named = [2, 4].into_iter().find(|it| says(&format!("T{it}")));
            says("exec")
                && *terminal == named.unwrap_or(1)
                && *interrupts == says("interrupt")
                && *enters == (!says("no-newline") && !says("ctrl-seq"))
                && !fails
        }
        Action::Copy => says("copy"),
        Action::Show => says("open") || directive == "{{}}",
    }
}

/// The code that a command's text is about.
fn code_of(text: &str) -> Option<String> {
    let at = text.find("cmd")?;
    let end = text[at + 3..].find(|it: char| !it.is_ascii_digit());
    Some(text[at..end.map_or(text.len(), |end| at + 3 + end)].to_owned())
}

#[test]
fn scenarios_by_the_hundred_are_read_and_their_directives_understood() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut all, mut understood, mut told) = (0_usize, 0_usize, 0_usize);
    for _ in 0..SCENARIOS {
        let Written { files, directives } = scenario(&mut dice);
        let reading = lesson::read("sample", &files);
        let lesson = reading.lesson.unwrap();
        lesson.laid(&files);
        let steps = &lesson.original.steps;
        let commands = steps.iter().flat_map(|step| &step.commands);
        let mut found = BTreeMap::new();
        for command in commands {
            found.extend(code_of(&command.text).map(|code| (code, &command.action)));
        }
        for (code, directive) in &directives {
            let is_understood = found
                .get(code)
                .is_some_and(|action| is_meant(action, directive));
            all += 1;
            understood += usize::from(is_understood);
            if !is_understood {
                // it is shown as it is written, and told of
                let shown: String = steps.iter().flat_map(|step| htmls(&step.blocks)).collect();
                assert!(shown.contains(directive), "{code}{directive} in {files:#?}");
                let words = directive.trim_matches(['{', '}', ' ']);
                let is_told = reading
                    .complaints
                    .iter()
                    .any(|it| it.message.contains(words));
                assert!(is_told, "{code}{directive} in {files:#?}");
                told += 1;
            }
        }
        assert!(
            steps
                .iter()
                .all(|step| no_task_is_lost(&step.blocks, &lesson))
        );
        let names = files.keys().cloned().collect();
        assert!(
            lesson::import(&files, &names)
                .unwrap()
                .texts
                .contains_key("lesson.md")
        );
    }
    assert!(all > 5_000, "{all}");
    assert_eq!(understood + told, all);
    assert!(understood * 100 >= all * 99, "{understood} of {all}");
    // those of nobody's are all that is not understood
    assert!(told <= all / 200, "{told} of {all}");
}

fn no_task_is_lost(blocks: &[Block], lesson: &lesson::Lesson) -> bool {
    blocks.iter().all(|block| match block {
        Block::Task { task } => lesson.checks.contains_key(task),
        _ => true,
    })
}
