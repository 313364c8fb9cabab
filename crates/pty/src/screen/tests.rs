use proptest::prelude::*;

use super::{LINES_ABOVE, Screen};

/// What the screen shows, with the lines above it and where the cursor is.
fn shown(screen: &Screen) -> (Vec<String>, Option<(usize, usize)>, String) {
    let lines = screen.terminal.screen().all_lines();
    let mut lines: Vec<String> = lines.map(|l| l.text().trim_end().to_owned()).collect();
    let (_, rows) = screen.terminal.size();
    let excess = lines.len().saturating_sub(rows + LINES_ABOVE);
    lines.drain(..excess);
    let dump = screen.terminal.dump();
    (lines, screen.terminal.cursor().position(), dump)
}

fn again(screen: &Screen, cols: u16, rows: u16) -> Screen {
    let mut again = Screen::new(cols, rows);
    again.feed(&screen.draw());
    again
}

fn fed(bytes: &[u8]) -> Screen {
    let mut screen = Screen::new(20, 5);
    screen.feed(bytes);
    screen
}

#[test]
fn a_screen_is_drawn_again_with_the_lines_above_it() {
    let lines: String = (1..=12).map(|n| format!("line {n}\r\n")).collect();
    let screen = fed(format!("{lines}\x1b[31mred\x1b[1;2H").as_bytes());
    assert_eq!(shown(&again(&screen, 20, 5)), shown(&screen));
    assert_eq!(shown(&screen).0.len(), 13);
}

#[test]
fn an_editor_is_drawn_again_and_what_is_behind_it_too() {
    let mut screen = fed(b"$ vim\r\n\x1b[?1049h\x1b[2;4r\x1b[?2004h\x1b[1;1Htext\x1b[7mbar\x1b(0");
    let mut other = again(&screen, 20, 5);
    assert_eq!(shown(&other), shown(&screen));
    for screen in [&mut screen, &mut other] {
        screen.feed(b"qqq\x1b[?1049lback");
    }
    assert_eq!(shown(&other), shown(&screen));
    assert!(
        String::from_utf8(other.draw())
            .unwrap()
            .contains("\x1b[?2004h")
    );
}

#[test]
fn a_character_or_a_sequence_that_is_under_way_goes_on() {
    let whole = "aé€🙂\x1b[35mx\x1b]2;title\x07y".as_bytes();
    for cut in 0..whole.len() {
        let (head, tail) = whole.split_at(cut);
        let first = fed(head);
        let mut second = again(&first, 20, 5);
        second.feed(tail);
        assert_eq!(shown(&second).0[0], "aé€🙂xy", "{cut}");
    }
}

#[test]
fn what_is_no_character_is_drawn_as_one_that_says_so() {
    let screen = fed(b"a\xff\xc3\x28b\xe2\x82");
    assert_eq!(shown(&screen).0[0], "a\u{fffd}\u{fffd}(b");
}

#[test]
fn a_flood_that_was_skimmed_looks_as_if_all_of_it_was_drawn() {
    let lines = |from: usize, to: usize| -> String {
        let line = |n| format!("\x1b[3{}mline {n} is{:>9}\x1b[0;4m x\r\n", n % 8, "wide");
        (from..to).map(line).collect()
    };
    let (before, flood) = (lines(0, 9), lines(9, 3000) + "\x1b[1mend");
    let mut whole = fed(before.as_bytes());
    whole.feed(flood.as_bytes());
    let mut skimmed = fed(before.as_bytes());
    let passed = skimmed.skim(flood.as_bytes());
    assert!(passed > flood.len() / 2, "{passed} of {}", flood.len());
    skimmed.feed(&flood.as_bytes()[passed..]);
    assert_eq!(shown(&skimmed), shown(&whole));
}

#[test]
fn what_is_more_than_lines_is_not_skimmed() {
    let lines = "some text\r\n".repeat(3000);
    let cases: [(&[u8], String); 8] = [
        (b"\x1b[2;4r", lines.clone()),
        (b"\x1b[?1049h", lines.clone()),
        (b"\x1b]2;", lines.clone()),
        (b"\xc3", lines.clone()),
        (b"", format!("\x1b[2J{lines}")),
        (b"", format!("\u{9b}5H{lines}")),
        (b"", format!("\x0e{lines}")),
        (b"", lines.replace("\r\n", "\n")),
    ];
    for (before, flood) in cases {
        let mut screen = fed(before);
        assert_eq!(screen.skim(flood.as_bytes()), 0, "{before:?}");
    }
}

proptest! {
    /// Whatever is written, and wherever the page comes in, both go on to look alike.
    #[test]
    fn any_screen_is_drawn_again(
        parts in prop::collection::vec(part(), 0..60),
        rest in prop::collection::vec(part(), 0..20),
    ) {
        let mut screen = fed(parts.concat().as_bytes());
        let mut other = again(&screen, 20, 5);
        prop_assert_eq!(shown(&other), shown(&screen));
        for part in &rest {
            screen.feed(part.as_bytes());
            other.feed(part.as_bytes());
        }
        prop_assert_eq!(shown(&other).2, shown(&screen).2);
    }
}

fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z é漢]{0,12}",
        4 => Just("\r\n".to_owned()),
        1 => (0_u8..50).prop_map(|n| format!("\x1b[{n}m")),
        1 => (1_u8..7, 1_u8..22).prop_map(|(row, col)| format!("\x1b[{row};{col}H")),
        1 => "[0-3]".prop_map(|n| format!("\x1b[{n}J")),
        1 => "[0-2]".prop_map(|n| format!("\x1b[{n}K")),
        1 => "\x1b\\[[1-3][ABCDLMPSTX@]",
        1 => Just("\x1b[2;4r".to_owned()),
        1 => Just("\x1b[r".to_owned()),
        1 => Just("\x1b[?1049h".to_owned()),
        1 => Just("\x1b[?1049l".to_owned()),
        1 => Just("\x1b7".to_owned()),
        1 => Just("\x1b8".to_owned()),
        1 => Just("\x1bM".to_owned()),
        1 => Just("\x1b[?7l".to_owned()),
        1 => Just("\x1b(0".to_owned()),
        1 => Just("\t".to_owned()),
    ]
}
