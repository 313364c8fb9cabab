//! Where one websocket frame ends and the next begins (RFC 6455, section 5.2).

/// The longest header: two bytes, eight of length, four of mask.
const LONGEST_HEADER: usize = 14;

/// How far a stream of frames has come; it keeps nothing of what they say.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    header: [u8; LONGEST_HEADER],
    known: usize,
    left: u64,
}

impl Frames {
    /// Whether another frame could be put in here.
    pub(crate) fn is_between(&self) -> bool {
        self.known == 0 && self.left == 0
    }

    /// Follows all of the bytes.
    pub(crate) fn follow(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = self.until_between(rest);
            rest = rest.get(count..).unwrap_or_default();
        }
    }

    /// Follows the bytes up to the end of a frame, or all of them; says how many those are.
    pub(crate) fn until_between(&mut self, bytes: &[u8]) -> usize {
        for (place, &byte) in bytes.iter().enumerate() {
            if self.left > 0 {
                let there = u64::try_from(bytes.len() - place).unwrap_or(u64::MAX);
                let taken = self.left.min(there);
                self.left -= taken;
                let taken = usize::try_from(taken).unwrap_or(bytes.len());
                return match self.left {
                    0 => place + taken,
                    _ => bytes.len(),
                };
            }
            self.take_header(byte);
            if self.is_between() {
                return place + 1;
            }
        }
        bytes.len()
    }

    fn take_header(&mut self, byte: u8) {
        if let Some(place) = self.header.get_mut(self.known) {
            *place = byte;
        }
        self.known += 1;
        if self.known < 2 {
            return;
        }
        let (short, mask) = (self.header[1] & 0x7f, self.header[1] & 0x80);
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let length = 2 + extended + if mask == 0 { 0 } else { 4 };
        if self.known < length {
            return;
        }
        let words = self.header.iter().skip(2).take(extended);
        let long = words.fold(0_u64, |sum, &byte| (sum << 8) | u64::from(byte));
        self.left = if extended == 0 { short.into() } else { long };
        self.known = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    /// Frames of all three kinds of length, one of them masked, and where each ends.
    fn stream() -> (Vec<u8>, Vec<usize>) {
        let mut bytes = vec![0x81, 3, b'a', b'b', b'c'];
        let mut ends = vec![bytes.len()];
        bytes.extend([0x89, 0]); // a ping that says nothing
        ends.push(bytes.len());
        bytes.extend([0x82, 126, 1, 0]);
        bytes.extend([7; 256]);
        ends.push(bytes.len());
        bytes.extend([0x02, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        bytes.extend([0xff; 65536]);
        ends.push(bytes.len());
        bytes.extend([0x80, 0x82, 1, 2, 3, 4, 5, 6]);
        ends.push(bytes.len());
        (bytes, ends)
    }

    #[test]
    fn ends_of_frames_are_found_however_the_bytes_are_cut() {
        let (bytes, ends) = stream();
        for size in [1, 2, 3, 7, 100, 4096, bytes.len()] {
            let (mut frames, mut at, mut found) = (Frames::default(), 0, Vec::new());
            for part in bytes.chunks(size) {
                let mut rest = part;
                while !rest.is_empty() {
                    let count = frames.until_between(rest);
                    at += count;
                    if frames.is_between() {
                        found.push(at);
                    }
                    rest = &rest[count..];
                }
            }
            assert_eq!(found, ends, "in parts of {size}");
        }
    }

    #[test]
    fn a_stream_that_ends_within_a_frame_is_not_between_two() {
        let (bytes, ends) = stream();
        for end in 1..ends[2] {
            let mut frames = Frames::default();
            frames.follow(&bytes[..end]);
            assert_eq!(frames.is_between(), ends.contains(&end), "{end}");
        }
    }
}
