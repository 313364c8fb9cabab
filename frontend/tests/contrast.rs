//! Every pair of colours that the page puts on each other can be read (WCAG 2, level AA).

use std::collections::BTreeMap;

const TEXT: f64 = 4.5;
const MARK: f64 = 3.0;

/// What lies on what, and the contrast that it needs.
const PAIRS: &[(&str, &str, f64)] = &[
    ("text", "bg", TEXT),
    ("text", "bg-raised", TEXT),
    ("text", "bg-hover", TEXT),
    ("text", "bg-pressed", TEXT),
    ("text-muted", "bg", TEXT),
    ("text-muted", "bg-raised", TEXT),
    ("text-muted", "bg-hover", TEXT),
    ("text-muted", "bg-pressed", TEXT),
    ("bg", "text", TEXT),
    ("accent", "bg", TEXT),
    ("accent", "bg-raised", TEXT),
    ("accent", "bg-hover", TEXT),
    ("red-mark", "bg-raised", TEXT),
    ("blue-text", "blue-tint", TEXT),
    ("green-text", "green-tint", TEXT),
    ("amber-text", "amber-tint", TEXT),
    ("red-text", "red-tint", TEXT),
    ("iris-text", "iris-tint", TEXT),
    ("blue-mark", "blue-tint", MARK),
    ("green-mark", "green-tint", MARK),
    ("amber-mark", "amber-tint", MARK),
    ("red-mark", "red-tint", MARK),
    ("iris-mark", "iris-tint", MARK),
    ("blue-mark", "bg-raised", MARK),
    ("green-mark", "bg-raised", MARK),
    ("line-control", "bg", MARK),
    ("red-line", "bg", MARK),
    ("term-red", "bg-raised", TEXT),
    ("term-green", "bg-raised", TEXT),
    ("term-yellow", "bg-raised", TEXT),
    ("term-blue", "bg-raised", TEXT),
    ("term-magenta", "bg-raised", TEXT),
    ("term-cyan", "bg-raised", TEXT),
    ("term-bright-black", "bg-raised", TEXT),
    ("term-bright-red", "bg-raised", TEXT),
    ("term-bright-green", "bg-raised", TEXT),
    ("term-bright-yellow", "bg-raised", TEXT),
    ("term-bright-blue", "bg-raised", TEXT),
    ("term-bright-magenta", "bg-raised", TEXT),
    ("term-bright-cyan", "bg-raised", TEXT),
    ("text", "term-selection", TEXT),
    ("text", "term-match", TEXT),
    ("text", "term-match-active", TEXT),
];

#[test]
fn every_pair_of_colours_can_be_read_in_light_and_dark() {
    let tokens = tokens(include_str!("../styles/tokens.css"));
    for (front, back, needed) in PAIRS {
        for theme in [0, 1] {
            let contrast = contrast(tokens[*front][theme], tokens[*back][theme]);
            assert!(
                contrast >= *needed,
                "{front} on {back} has {contrast:.2} in theme {theme}"
            );
        }
    }
}

/// The colours in lines like `--name: light-dark(#aabbcc, #ddeeff);`, as luminances.
fn tokens(css: &str) -> BTreeMap<&str, [f64; 2]> {
    css.lines().filter_map(token).collect()
}

fn token(line: &str) -> Option<(&str, [f64; 2])> {
    let (name, value) = line
        .trim()
        .strip_prefix("--")?
        .split_once(": light-dark(")?;
    let (light, dark) = value.strip_suffix(");")?.split_once(", ")?;
    Some((name, [luminance(light), luminance(dark)]))
}

fn luminance(hex: &str) -> f64 {
    let channel = |at: usize| {
        let value = u8::from_str_radix(&hex[at..at + 2], 16).expect("two hexadecimal digits");
        match f64::from(value) / 255.0 {
            low @ ..=0.040_45 => low / 12.92,
            high => ((high + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(one: f64, other: f64) -> f64 {
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}
