//! Waits for a change are shortened, and no others.

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

use crate::home::additions;

/// As Azure's libraries wait, twice; beside another wait of the same length.
const WAITS: &str = "const other = setTimeout(() => console.log('other'), 30000); \
     const pollOperation = (then) => setTimeout(then, 30000, 'argument'); \
     pollOperation((first) => pollOperation((second) => { \
     console.log('polled', first, second); clearTimeout(other); }));";

const SAID: &str = "azure: waits between polls are shortened from 30 s to 0.3 s here";

fn ran(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

#[test]
fn a_wait_for_a_change_is_short_and_another_one_is_not() {
    let polls = additions().join("polls.cjs");
    let begun = Instant::now();
    let output = ran("node", &["--require", polls.to_str().unwrap(), "-e", WAITS]);
    assert!(begun.elapsed() < Duration::from_secs(25));
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said, "polled argument argument\n");
    assert!(
        output.stderr.is_empty(),
        "scripts read no more than before: {output:?}"
    );
}

#[test]
fn people_at_a_terminal_are_told_once() {
    let polls = additions().join("polls.cjs");
    let line = format!("node --require {} -e \"{WAITS}\"", polls.display());
    let output = ran("script", &["-qec", &line, "/dev/null"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.matches(SAID).count(), 1, "{said}");
    assert!(said.contains("polled argument argument"), "{said}");
}
