//! Files of an account's home.

use serde::{Deserialize, Serialize};

use crate::Instant;

/// A folder of the home, with what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Folder {
    /// Where it is, from the home on, without a slash at either end; empty for the home itself.
    pub path: String,
    /// What shells call the home, for example `/home/user`.
    pub home: String,
    /// What is in it: folders first, then by name.
    pub entries: Vec<FileEntry>,
    /// Whether there is more in it than is listed.
    pub is_cut: bool,
    /// What the home holds.
    pub usage: HomeUsage,
}

/// Something in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FileEntry {
    /// Its name; where that is not UTF-8, with replacement characters.
    pub name: String,
    /// What it is; of a link, what it leads to.
    pub kind: FileKind,
    /// Whether it is a symbolic link.
    pub is_link: bool,
    /// Whether it can be asked for by its name, which may not be UTF-8 or have control characters.
    pub has_plain_name: bool,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// When it was changed last.
    pub modified_at: Instant,
}

/// What something in a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A pipe, a socket, a link that leads nowhere or out of the home: nothing to download.
    Other,
}

/// What a home holds, and how much it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HomeUsage {
    /// What it takes on the disk.
    pub used_bytes: u64,
    /// What it may take; none when there is no limit.
    pub quota_bytes: Option<u64>,
    /// What follows.
    pub state: HomeState,
}

/// How a home stands to its quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HomeState {
    /// There is room.
    Fits,
    /// Nothing more is to be written: uploads are refused, and new shells write small files only.
    Full,
    /// It holds twice as much as it may, or what can't be measured: its shells are ended.
    Over,
}

/// Asks for a new folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MakeFolder {
    /// Where, from the home on; folders above it are made too.
    pub path: String,
}
