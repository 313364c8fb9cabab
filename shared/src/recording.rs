//! Recordings: what a terminal's shell wrote, and when.
//!
//! Output alone is recorded, never what is typed. An offset is the same as on the terminal's
//! websocket: it counts the bytes that the shell has written since it started.

use serde::{Deserialize, Serialize};

use crate::{DeploymentId, Id, Instant, TerminalId};

/// The id of a recording.
pub type RecordingId = Id<Recording>;

/// What a terminal's shell wrote from one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// The terminal that it is of, which may be gone.
    pub terminal_id: TerminalId,
    /// What that was called when the recording began.
    pub terminal: String,
    /// Where it stands.
    pub state: RecordingState,
    /// When it began.
    pub started_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// When it is removed by itself.
    pub kept_until: Option<Instant>,
    /// How long it is, in milliseconds.
    pub duration_ms: u64,
    /// Columns at its beginning.
    pub cols: u16,
    /// Rows at its beginning.
    pub rows: u16,
    /// How much the shell wrote.
    pub bytes: u64,
    /// How much it takes on the disk.
    pub stored_bytes: u64,
    /// How much of what the shell wrote is not kept.
    pub missing_bytes: u64,
    /// What there is to say of it, as a sentence.
    pub reason: Option<String>,
    /// The deployments that were begun in it, the first first.
    pub deployments: Vec<RecordedDeployment>,
    /// Where the text is that was asked for.
    #[serde(default)]
    pub hits: Vec<RecordingHit>,
}

/// Where a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordingState {
    /// What the terminal writes is added to it.
    Recording,
    /// It was stopped, or its terminal ended.
    Ended,
    /// The process that held the terminal is gone: it has what came before that.
    Interrupted,
}

/// A deployment that was begun in a terminal that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedDeployment {
    /// Which one.
    pub id: DeploymentId,
    /// What it does, for example `promote docker_tomcat 7-jre8`.
    pub title: String,
    /// When it was begun, in milliseconds of the recording.
    pub at_ms: u64,
    /// The offset that the terminal was at then.
    pub offset: u64,
}

/// A line of a recording that has a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordingHit {
    /// When it was written, in milliseconds of the recording.
    pub at_ms: u64,
    /// The offset after the text's last byte.
    pub offset: u64,
    /// The line, without escape sequences; of a long one what is around the text.
    pub line: String,
}

/// What happened at a time and an offset of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// When, in milliseconds since the recording began.
    pub at_ms: u64,
    /// The offset that the terminal was at.
    pub offset: u64,
    /// What happened.
    pub kind: MomentKind,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentKind {
    /// What comes from the offset on was written.
    Output,
    /// The terminal has this size from now on.
    Size {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// Something began that has this id, a UUID's bytes.
    Mark([u8; 16]),
    /// The recording ended.
    End {
        /// The shell's exit code, if it ended then.
        exit: Option<i32>,
    },
}

impl Moment {
    /// How long one is in bytes.
    pub const BYTES: usize = 40;

    /// As it is stored and sent: time and offset in eight bytes each, little-endian; the kind in
    /// one, three of nothing; two numbers of two bytes; sixteen bytes.
    pub fn encode(&self) -> [u8; Self::BYTES] {
        let (kind, cols, rows, label) = match self.kind {
            MomentKind::Output => (1, 0, 0, [0; 16]),
            MomentKind::Size { cols, rows } => (2, cols, rows, [0; 16]),
            MomentKind::Mark(label) => (3, 0, 0, label),
            MomentKind::End { exit: None } => (4, 0, 0, [0; 16]),
            MomentKind::End { exit: Some(code) } => {
                let mut label = [0; 16];
                label[..4].copy_from_slice(&code.to_le_bytes());
                (4, 1, 0, label)
            }
        };
        let mut out = [0; Self::BYTES];
        out[..8].copy_from_slice(&self.at_ms.to_le_bytes());
        out[8..16].copy_from_slice(&self.offset.to_le_bytes());
        out[16] = kind;
        out[20..22].copy_from_slice(&cols.to_le_bytes());
        out[22..24].copy_from_slice(&rows.to_le_bytes());
        out[24..].copy_from_slice(&label);
        out
    }

    /// Reads one; nothing if it is of a kind that is not known.
    pub fn decode(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        let long = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
        let short = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let label: [u8; 16] = bytes.get(24..)?.try_into().ok()?;
        let code = || Some(i32::from_le_bytes(label.get(..4)?.try_into().ok()?));
        let kind = match bytes.get(16)? {
            1 => MomentKind::Output,
            2 => MomentKind::Size {
                cols: short(20)?,
                rows: short(22)?,
            },
            3 => MomentKind::Mark(label),
            4 => MomentKind::End {
                exit: if short(20)? == 1 { code() } else { None },
            },
            _ => return None,
        };
        Some(Self {
            at_ms: long(0)?,
            offset: long(8)?,
            kind,
        })
    }

    /// Reads all that are there in whole.
    pub fn decode_all(bytes: &[u8]) -> Vec<Self> {
        let (whole, _) = bytes.as_chunks();
        whole.iter().filter_map(Self::decode).collect()
    }
}

/// When what is at an offset was written, in milliseconds of the recording.
pub fn time_at(moments: &[Moment], offset: u64) -> u64 {
    let after = moments.partition_point(|moment| moment.offset <= offset);
    let before = moments.get(..after).unwrap_or_default();
    // what only happened there, as a mark, may have been long after it was written
    let written = before.iter().rev().find(|moment| match moment.kind {
        MomentKind::Output => true,
        MomentKind::Size { .. } | MomentKind::Mark(_) | MomentKind::End { .. } => false,
    });
    written.map_or(0, |moment| moment.at_ms)
}

#[cfg(test)]
mod tests {
    use super::{Moment, MomentKind, time_at};

    fn moment(at_ms: u64, offset: u64, kind: MomentKind) -> Moment {
        Moment {
            at_ms,
            offset,
            kind,
        }
    }

    #[test]
    fn moments_are_read_as_they_were_written_and_half_of_one_is_left() {
        let all = [
            moment(0, 7, MomentKind::Size { cols: 80, rows: 24 }),
            moment(40, 7, MomentKind::Output),
            moment(90, 1 << 40, MomentKind::Mark([9; 16])),
            moment(91, 1 << 40, MomentKind::End { exit: None }),
            moment(u64::MAX, 1 << 40, MomentKind::End { exit: Some(-3) }),
        ];
        let mut bytes: Vec<u8> = all.iter().flat_map(Moment::encode).collect();
        bytes.extend([1; 39]);
        assert_eq!(Moment::decode_all(&bytes), all);
    }

    #[test]
    fn what_is_written_has_the_time_of_the_moment_before_it() {
        let all = [
            moment(0, 10, MomentKind::Size { cols: 80, rows: 24 }),
            moment(5, 10, MomentKind::Output),
            moment(900, 20, MomentKind::Output),
            moment(2000, 30, MomentKind::Mark([0; 16])),
        ];
        assert_eq!(
            [9, 10, 19, 20, 30, 99].map(|at| time_at(&all, at)),
            [0, 5, 5, 900, 900, 900]
        );
    }
}
