//! A terminal as a client sees it: keys go in, output comes out.

/// What the size of every terminal here is.
pub const SIZE: (u16, u16) = (80, 24);
/// What a prompt ends with, here and in a new home.
pub const PROMPT: &str = "$ ";
/// Says to the page that a prompt is over and what is typed begins (OSC 133).
const PROMPT_MARK: &[u8] = b"\x1b]133;B\x07";
/// How much of the end of what was read is looked at.
const TAIL_BYTES: usize = 256;

/// A terminal, whatever is between it and the client.
pub trait Line {
    /// Types.
    fn type_(&mut self, keys: &[u8]) -> anyhow::Result<()>;

    /// Waits for output, and returns what came.
    fn read(&mut self) -> anyhow::Result<&[u8]>;

    /// What was read is on the screen, of which the other end is told when enough has come.
    fn drawn(&mut self) -> anyhow::Result<()>;
}

/// Reads until the words came, which nothing may follow but a prompt.
pub fn until(line: &mut dyn Line, words: &str) -> anyhow::Result<()> {
    let mut tail = Tail::default();
    while !tail.has(words) {
        tail.push(line.read()?);
        line.drawn()?;
    }
    Ok(())
}

/// The end of what was read; looking at no more costs little beside the reading.
#[derive(Debug, Default)]
pub struct Tail(Vec<u8>);

impl Tail {
    /// Adds what was read.
    pub fn push(&mut self, part: &[u8]) {
        let last = part.len().saturating_sub(TAIL_BYTES);
        self.0.extend_from_slice(&part[last..]);
        let excess = self.0.len().saturating_sub(TAIL_BYTES);
        self.0.drain(..excess);
    }

    /// Whether it has the words.
    pub fn has(&self, words: &str) -> bool {
        let mut places = self.0.windows(words.len());
        places.any(|place| place == words.as_bytes())
    }

    /// Whether a prompt is the last that came, with the mark behind it that a new home's has.
    pub fn is_at_prompt(&self) -> bool {
        let all = self.0.as_slice();
        let prompt = all.strip_suffix(PROMPT_MARK).unwrap_or(all);
        prompt.ends_with(PROMPT.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{PROMPT_MARK, Tail};

    #[test]
    fn words_are_found_across_parts_and_a_prompt_at_the_end_alone() {
        let mut tail = Tail::default();
        tail.push(&[b'x'; 1000]);
        tail.push(b"en");
        tail.push(b"d=0\r\n~ $ ");
        assert!(tail.has("end=0") && tail.is_at_prompt());
        tail.push(PROMPT_MARK);
        assert!(tail.is_at_prompt());
        tail.push(b"y\r\n");
        assert!(!tail.is_at_prompt());
        tail.push(&[b'x'; 256]);
        assert!(!tail.has("end=0"));
    }
}
