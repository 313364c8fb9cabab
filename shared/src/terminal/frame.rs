//! The frames of a terminal's websocket.

use serde::{Deserialize, Serialize};

/// What a page may do with a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Watch it.
    View,
    /// Type into it too, and give it its size.
    Write,
}

/// Frames from the terminal's host to the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostFrame<'a> {
    /// `0`: output; `seq` is the offset of its first byte.
    Output {
        /// The offset of the first byte.
        seq: u64,
        /// What the shell wrote.
        bytes: &'a [u8],
    },
    /// `1`: the answer to [`PageFrame::Attach`].
    Attached {
        /// Changes when offsets begin anew.
        epoch: u64,
        /// The offset that output goes on from.
        seq: u64,
        /// What was written before this offset was written before this page came: who asked the
        /// terminal something in it, does not wait for this page's answer.
        live: u64,
        /// The number of the last input of this client's that was applied.
        input: u32,
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
        /// What this page may do.
        role: Role,
    },
    /// `2`: the screen in place of bytes that are no longer kept: reset, then write `bytes`.
    Snapshot {
        /// The offset that output goes on from.
        seq: u64,
        /// What draws the screen.
        bytes: &'a [u8],
    },
    /// `3`: the shell ended.
    Exit {
        /// Its exit code, or 128 plus the signal's number.
        code: i32,
    },
    /// `4`: a sentence for the person, in UTF-8.
    Notice {
        /// The sentence.
        text: &'a str,
    },
    /// `5`: the answer to a ping.
    Pong,
    /// `6`: the terminal has this size now, which may be another page's.
    Size {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
}

/// Frames from the page to the terminal's host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageFrame<'a> {
    /// `0`: what was typed. A client's numbers go up by one; one already applied is ignored.
    Input {
        /// Its number, from 1.
        number: u32,
        /// What was typed.
        bytes: &'a [u8],
    },
    /// `1`: the first frame: where the page's screen is.
    Attach {
        /// The epoch that the page knows, or 0.
        epoch: u64,
        /// The offset after the last byte that the page has, or 0.
        have: u64,
        /// A number that the page has chosen for itself, by which its input is told from others'.
        client: u64,
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// `2`: the page has room for another size, which the terminal takes when this page was the
    /// last to type.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// `3`: everything before `seq` is on the screen.
    Ack {
        /// The offset.
        seq: u64,
    },
    /// `4`: end the shell.
    End,
    /// `5`: answer with a pong.
    Ping,
}

/// A frame that is too short, or of a type that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed terminal frame")]
pub struct Malformed;

impl<'a> HostFrame<'a> {
    /// The frame's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.size_bytes());
        match *self {
            Self::Output { seq, bytes } => {
                out.push(0);
                out.extend(seq.to_le_bytes());
                out.extend(bytes);
            }
            Self::Attached {
                epoch,
                seq,
                live,
                input,
                cols,
                rows,
                role,
            } => {
                out.push(1);
                out.extend(epoch.to_le_bytes());
                out.extend(seq.to_le_bytes());
                out.extend(live.to_le_bytes());
                out.extend(input.to_le_bytes());
                out.extend(cols.to_le_bytes());
                out.extend(rows.to_le_bytes());
                out.push(u8::from(role == Role::Write));
            }
            Self::Snapshot { seq, bytes } => {
                out.push(2);
                out.extend(seq.to_le_bytes());
                out.extend(bytes);
            }
            Self::Exit { code } => {
                out.push(3);
                out.extend(code.to_le_bytes());
            }
            Self::Notice { text } => {
                out.push(4);
                out.extend(text.as_bytes());
            }
            Self::Pong => out.push(5),
            Self::Size { cols, rows } => {
                out.push(6);
                out.extend(cols.to_le_bytes());
                out.extend(rows.to_le_bytes());
            }
        }
        out
    }

    fn size_bytes(&self) -> usize {
        match self {
            Self::Output { bytes, .. } | Self::Snapshot { bytes, .. } => 9 + bytes.len(),
            Self::Notice { text } => 1 + text.len(),
            Self::Attached { .. } => 34,
            Self::Exit { .. } | Self::Size { .. } => 5,
            Self::Pong => 1,
        }
    }

    /// Reads a frame.
    pub fn decode(frame: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(frame);
        Ok(match fields.u8()? {
            0 => Self::Output {
                seq: fields.u64()?,
                bytes: fields.rest(),
            },
            1 => Self::Attached {
                epoch: fields.u64()?,
                seq: fields.u64()?,
                live: fields.u64()?,
                input: fields.u32()?,
                cols: fields.u16()?,
                rows: fields.u16()?,
                role: match fields.u8()? {
                    0 => Role::View,
                    1 => Role::Write,
                    _ => return Err(Malformed),
                },
            },
            2 => Self::Snapshot {
                seq: fields.u64()?,
                bytes: fields.rest(),
            },
            3 => Self::Exit {
                code: fields.u32()?.cast_signed(),
            },
            4 => Self::Notice {
                text: str::from_utf8(fields.rest()).map_err(|_| Malformed)?,
            },
            5 => Self::Pong,
            6 => Self::Size {
                cols: fields.u16()?,
                rows: fields.u16()?,
            },
            _ => return Err(Malformed),
        })
    }
}

impl<'a> PageFrame<'a> {
    /// The frame's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match *self {
            Self::Input { number, bytes } => {
                out.push(0);
                out.extend(number.to_le_bytes());
                out.extend(bytes);
            }
            Self::Attach {
                epoch,
                have,
                client,
                cols,
                rows,
            } => {
                out.push(1);
                out.extend(epoch.to_le_bytes());
                out.extend(have.to_le_bytes());
                out.extend(client.to_le_bytes());
                out.extend(cols.to_le_bytes());
                out.extend(rows.to_le_bytes());
            }
            Self::Resize { cols, rows } => {
                out.push(2);
                out.extend(cols.to_le_bytes());
                out.extend(rows.to_le_bytes());
            }
            Self::Ack { seq } => {
                out.push(3);
                out.extend(seq.to_le_bytes());
            }
            Self::End => out.push(4),
            Self::Ping => out.push(5),
        }
        out
    }

    /// Reads a frame.
    pub fn decode(frame: &'a [u8]) -> Result<Self, Malformed> {
        let mut fields = Fields::of(frame);
        Ok(match fields.u8()? {
            0 => Self::Input {
                number: fields.u32()?,
                bytes: fields.rest(),
            },
            1 => Self::Attach {
                epoch: fields.u64()?,
                have: fields.u64()?,
                client: fields.u64()?,
                cols: fields.u16()?,
                rows: fields.u16()?,
            },
            2 => Self::Resize {
                cols: fields.u16()?,
                rows: fields.u16()?,
            },
            3 => Self::Ack { seq: fields.u64()? },
            4 => Self::End,
            5 => Self::Ping,
            _ => return Err(Malformed),
        })
    }
}

/// Reads little-endian fields from the front of a frame.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn of(frame: &'a [u8]) -> Self {
        Self(frame)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn u8(&mut self) -> Result<u8, Malformed> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn u16(&mut self) -> Result<u16, Malformed> {
        self.take().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        self.take().map(u64::from_le_bytes)
    }

    fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{HostFrame, Malformed, PageFrame, Role};

    #[test]
    fn every_host_frame_reads_back() {
        for frame in [
            HostFrame::Output {
                seq: 1 << 40,
                bytes: b"\xff\x00ok",
            },
            HostFrame::Attached {
                epoch: 7,
                seq: 9,
                live: 8,
                input: 3,
                cols: 80,
                rows: 24,
                role: Role::View,
            },
            HostFrame::Snapshot {
                seq: 5,
                bytes: b"\x1b[2J",
            },
            HostFrame::Exit { code: -1 },
            HostFrame::Notice {
                text: "2 minutes left",
            },
            HostFrame::Pong,
            HostFrame::Size { cols: 7, rows: 3 },
        ] {
            assert_eq!(HostFrame::decode(&frame.encode()), Ok(frame));
        }
    }

    #[test]
    fn every_page_frame_reads_back() {
        for frame in [
            PageFrame::Input {
                number: 1,
                bytes: b"ls\r",
            },
            PageFrame::Attach {
                epoch: 7,
                have: 9,
                client: 1 << 60,
                cols: 80,
                rows: 24,
            },
            PageFrame::Resize {
                cols: 120,
                rows: 40,
            },
            PageFrame::Ack { seq: 11 },
            PageFrame::End,
            PageFrame::Ping,
        ] {
            assert_eq!(PageFrame::decode(&frame.encode()), Ok(frame));
        }
    }

    #[test]
    fn a_short_or_unknown_frame_is_malformed() {
        for frame in [
            &b""[..],
            b"\x09",
            b"\x00\x01",
            b"\x01\x00\x00",
            b"\x03\x01\x02",
        ] {
            assert_eq!(HostFrame::decode(frame), Err(Malformed));
        }
        assert_eq!(PageFrame::decode(b"\x01\x00"), Err(Malformed));
    }
}
