//! A recording as an asciicast of version 3, which other players show.
//!
//! The format: <https://docs.asciinema.org/manual/asciicast/v3/>.

use std::io;

use serde_json::json;

use super::{
    play::{Event, Play, What},
    reader::Recording,
};
use crate::screen::cut_character;

/// What resets a terminal, where something is missing.
const RESET: &str = "\x1bc";

/// The lines of an asciicast, one after the other.
pub struct Cast<'a, N> {
    play: Play<'a>,
    head: Option<String>,
    /// What to call what a mark is of.
    name: N,
    at_ms: u64,
    /// The first bytes of a character that has not come in whole.
    partial: Vec<u8>,
    is_first: bool,
}

impl<'a, N: Fn([u8; 16]) -> String> Cast<'a, N> {
    /// That of a recording, with a title; `name` says what the marks are called.
    pub fn of(recording: &'a Recording, title: &str, name: N) -> Self {
        let (cols, rows) = recording.size_at(recording.start());
        let head = json!({
            "version": 3,
            "term": {"cols": cols, "rows": rows, "type": "xterm-256color"},
            "timestamp": recording.started_unix_ms / 1000,
            "title": title,
        });
        Self {
            play: recording.play(),
            head: Some(format!("{head}\n")),
            name,
            at_ms: 0,
            partial: Vec::new(),
            is_first: true,
        }
    }

    fn line(&mut self, at_ms: u64, code: &str, data: &str) -> String {
        let since = at_ms.saturating_sub(self.at_ms);
        self.at_ms = self.at_ms.max(at_ms);
        let data = serde_json::Value::from(data);
        format!(
            "[{}.{:03}, \"{code}\", {data}]\n",
            since / 1000,
            since % 1000
        )
    }

    fn text(&mut self, bytes: &[u8]) -> String {
        let mut bytes = [self.partial.as_slice(), bytes].concat();
        self.partial = bytes.split_off(bytes.len() - cut_character(&bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn lines(&mut self, event: Event) -> String {
        let at_ms = event.at_ms;
        let is_first = std::mem::take(&mut self.is_first);
        match event.what {
            What::Screen { bytes, missing } => {
                self.partial.clear();
                let screen = self.text(&bytes);
                if missing == 0 {
                    return self.line(at_ms, "o", &screen);
                }
                let said = format!("{missing} bytes are missing");
                let mark = self.line(at_ms, "m", &said);
                mark + &self.line(at_ms, "o", &format!("{RESET}{screen}"))
            }
            What::Output(bytes) => match self.text(&bytes) {
                text if text.is_empty() => String::new(),
                text => self.line(at_ms, "o", &text),
            },
            // the head has the first
            What::Size(..) if is_first => String::new(),
            What::Size(cols, rows) => self.line(at_ms, "r", &format!("{cols}x{rows}")),
            What::Mark(label) => {
                let name = (self.name)(label);
                self.line(at_ms, "m", &name)
            }
            What::End(code) => {
                let rest = std::mem::take(&mut self.partial);
                let rest = match String::from_utf8_lossy(&rest) {
                    rest if rest.is_empty() => String::new(),
                    rest => self.line(at_ms, "o", &rest),
                };
                match code {
                    Some(code) => rest + &self.line(at_ms, "x", &code.to_string()),
                    None => rest,
                }
            }
        }
    }
}

impl<N: Fn([u8; 16]) -> String> Iterator for Cast<'_, N> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(head) = self.head.take() {
            return Some(Ok(head));
        }
        loop {
            match self.play.next()? {
                Ok(event) => {
                    let lines = self.lines(event);
                    if !lines.is_empty() {
                        return Some(Ok(lines));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
