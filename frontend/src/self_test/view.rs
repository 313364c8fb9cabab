//! What a self-test found, and what to do about it: no browser needed.

use shared::{Hop, HopName, HopState};

/// A line of the test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From where to where.
    pub hop: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is being tried.
    Running(String),
    /// It is well; what was measured.
    Well(String),
    /// It can't be tried, or is off; why.
    Off(String),
    /// It fails; what to do.
    Fails(String),
}

/// When the words of a socket came, in milliseconds since it was opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words(pub Vec<f64>);

impl Words {
    /// Whether something between held them back to bring them together.
    ///
    /// They are said one each `every_ms`; half of the time between the first and the last must be left.
    pub fn are_held_back(&self, every_ms: f64) -> bool {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else {
            return false;
        };
        let said_over = every_ms * (self.0.len().saturating_sub(1)) as f64;
        last - first < said_over / 2.0
    }
}

/// Whether the name that the server was asked by is the one in the browser.
pub fn host(seen: &str, here: &str) -> Outcome {
    if seen.eq_ignore_ascii_case(here) {
        return Outcome::Well(format!("asked by {seen}"));
    }
    Outcome::Fails(format!(
        "The browser asks for {here}, and the server is asked for {seen}: the proxy between must leave Host as \
         it is (nginx: proxy_set_header Host $http_host), or no terminal opens."
    ))
}

/// Whether the server and the browser agree below which path the page is.
pub fn base_path(told: &str, path: &str) -> Outcome {
    let below = path.strip_suffix("/self-test").unwrap_or(path);
    if told == below {
        let shown = if told.is_empty() { "/" } else { told };
        return Outcome::Well(format!("below {shown}"));
    }
    Outcome::Fails(format!(
        "The page is at {path}, and the server takes itself to be below \"{told}\": start it with a --public-url \
         that ends in the path that people use."
    ))
}

/// What a websocket's opening came to.
pub fn socket(opened_ms: Option<f64>) -> Outcome {
    match opened_ms {
        Some(ms) => Outcome::Well(milliseconds(ms)),
        None => Outcome::Fails(
            "A websocket does not open: the proxy must pass Upgrade and Connection on (nginx: \
             proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade, Connection \"upgrade\"), and leave \
             Host and Origin as they are."
                .to_owned(),
        ),
    }
}

/// What the words of a socket say.
pub fn held_back(words: &Words, expected: usize, every_ms: f64) -> Outcome {
    if words.0.len() < expected {
        return Outcome::Fails(format!(
            "Only {} of {expected} messages came: something between ends the connection.",
            words.0.len()
        ));
    }
    match words.are_held_back(every_ms) {
        false => Outcome::Well("each as it is sent".to_owned()),
        true => Outcome::Fails(
            "Messages came together that were sent one by one: the proxy must not hold back what passes \
             (nginx: proxy_buffering off)."
                .to_owned(),
        ),
    }
}

/// What came back of a message as large as they get.
pub fn large(is_whole: Option<bool>) -> Outcome {
    match is_whole {
        Some(true) => Outcome::Well("256 KiB there and back, whole".to_owned()),
        Some(false) => Outcome::Fails(
            "A message of 256 KiB came back changed: something between rewrites what passes."
                .to_owned(),
        ),
        None => Outcome::Fails(
            "A message of 256 KiB did not come back: something between allows smaller ones alone."
                .to_owned(),
        ),
    }
}

/// What became of a connection on which the page sent nothing.
pub fn idle(lived_s: f64, whole_s: f64, is_open: bool) -> Outcome {
    if is_open && lived_s >= whole_s {
        return Outcome::Well(format!("still open after {whole_s:.0} s"));
    }
    if is_open {
        return Outcome::Running(format!("{lived_s:.0} of {whole_s:.0} s"));
    }
    Outcome::Fails(format!(
        "The connection was ended after {lived_s:.0} s: let idle ones be for longer (nginx: proxy_read_timeout; \
         haproxy: timeout tunnel), or have the server ask more often (--ping-seconds)."
    ))
}

/// A hop behind the server.
pub fn behind(hop: &Hop) -> Line {
    let name = match hop.name {
        HopName::Database => "Server \u{2192} database",
        HopName::Terminals => "Server \u{2192} terminals",
        HopName::Machine => "Server \u{2192} another machine\u{2019}s terminals",
        HopName::EmulatedCloud => "Server \u{2192} emulated cloud",
    };
    let reason = hop.reason.clone().unwrap_or_default();
    let outcome = match hop.state {
        HopState::Answers => {
            let ms = hop.took_us.unwrap_or_default() as f64 / 1000.0;
            Outcome::Well(milliseconds(ms))
        }
        HopState::Off => Outcome::Off(reason),
        HopState::Fails => Outcome::Fails(reason),
    };
    Line {
        hop: name.to_owned(),
        outcome,
    }
}

/// A time as people read it.
pub fn milliseconds(ms: f64) -> String {
    match ms {
        short if short < 10.0 => format!("{short:.1} ms"),
        ms => format!("{ms:.0} ms"),
    }
}

/// All of it in a sentence: the first hop that fails.
pub fn summary(lines: &[Line]) -> String {
    let failed = lines
        .iter()
        .find(|line| matches!(line.outcome, Outcome::Fails(_)));
    if let Some(line) = failed {
        return format!("It fails here: {}.", line.hop);
    }
    let runs = |line: &&Line| matches!(line.outcome, Outcome::Running(_));
    match lines.iter().find(runs) {
        Some(_) => "Trying each hop\u{2026}".to_owned(),
        None => "Every hop answers.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use shared::{Hop, HopName, HopState};

    use super::{Line, Outcome, Words, base_path, behind, held_back, host, idle, summary};

    fn fails(outcome: &Outcome) -> bool {
        matches!(outcome, Outcome::Fails(_))
    }

    #[test]
    fn a_changed_host_is_said_with_what_to_write_into_the_proxy() {
        assert!(!fails(&host("example.com", "example.com")));
        let Outcome::Fails(text) = host("127.0.0.1:8080", "example.com") else {
            panic!("it does not fail");
        };
        assert!(text.contains("proxy_set_header Host $http_host"), "{text}");
    }

    #[test]
    fn the_path_is_compared_with_where_the_page_is() {
        assert!(!fails(&base_path("", "/self-test")));
        assert!(!fails(&base_path("/mac", "/mac/self-test")));
        assert!(fails(&base_path("", "/mac/self-test")));
        assert!(fails(&base_path("/mac", "/self-test")));
    }

    #[test]
    fn words_that_come_together_were_held_back() {
        let one_by_one = Words((0..8).map(|n| f64::from(n) * 100.0 + 3.0).collect());
        assert!(!fails(&held_back(&one_by_one, 8, 100.0)));
        let together = Words(vec![703.0; 8]);
        assert!(fails(&held_back(&together, 8, 100.0)));
        assert!(fails(&held_back(&Words(vec![1.0]), 8, 100.0)), "cut off");
    }

    #[test]
    fn an_idle_connection_runs_until_it_is_long_enough_or_cut() {
        assert!(matches!(idle(12.0, 70.0, true), Outcome::Running(_)));
        assert!(matches!(idle(70.1, 70.0, true), Outcome::Well(_)));
        assert!(fails(&idle(60.0, 70.0, false)));
    }

    #[test]
    fn the_first_hop_that_fails_is_named() {
        let line = |hop: &str, outcome| Line {
            hop: hop.into(),
            outcome,
        };
        let well = || Outcome::Well(String::new());
        let mut lines = vec![
            line("a", well()),
            line("b", Outcome::Running(String::new())),
        ];
        assert_eq!(summary(&lines), "Trying each hop\u{2026}");
        lines[1].outcome = well();
        assert_eq!(summary(&lines), "Every hop answers.");
        lines.push(line("c", Outcome::Fails(String::new())));
        assert_eq!(summary(&lines), "It fails here: c.");
    }

    #[test]
    fn what_is_off_is_no_failure() {
        let hop = Hop {
            name: HopName::EmulatedCloud,
            state: HopState::Off,
            took_us: None,
            reason: Some("without --toolbox".into()),
        };
        let line = behind(&hop);
        assert_eq!(line.outcome, Outcome::Off("without --toolbox".into()));
    }
}
