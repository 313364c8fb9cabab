//! Forms beside commands.

use shared::tutorial::{Action, Block};

use super::step;

#[test]
fn a_form_is_named_by_the_command_that_fills_it_in() {
    let (read, told) = step(
        "::form\n```\naws ec2 stop-instances \\\n  --instance-ids i-1\n```\n::\nThen `ls`{{exec}}\n",
    );
    assert_eq!(told, "");
    assert_eq!(read.blocks[0], Block::Form { command: 0 });
    assert_eq!(
        read.commands[0].text,
        "aws ec2 stop-instances \\\n  --instance-ids i-1"
    );
    assert!(matches!(
        read.commands[0].action,
        Action::Run {
            terminal: 1,
            enters: true,
            ..
        }
    ));
    assert_eq!(read.commands[1].text, "ls");
}

#[test]
fn what_fills_no_form_is_left_out_and_told() {
    for (text, why) in [
        (
            "::form\n```\naws s3 ls\n```\n::",
            "lesson.md:5:1: error: this fills no form: no form here does what aws s3 ls does",
        ),
        (
            "::form\n```\nls\n```\n::",
            "lesson.md:5:1: error: this fills no form: a command of aws begins with aws",
        ),
        (
            "::form\naws ec2 help\n::",
            "lesson.md:5:1: error: a form holds one fence with its command (put a command of aws between lines of ```)",
        ),
    ] {
        let (read, told) = step(text);
        assert_eq!(told, why);
        assert_eq!(read.blocks, []);
    }
}
