//! What a part of user data is, by what it begins with or what its sender said.

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but white space.
    Nothing,
    /// Something packed (RFC 1952).
    Gzip,
    /// Parts (RFC 2046, 5.1).
    Multipart,
    /// A program with its interpreter in the first line.
    Script,
    /// A script that runs early.
    Boothook,
    /// cloud-init's own YAML.
    CloudConfig,
    /// What cloud-init knows and is not carried out here, with why.
    Refused(&'static str),
    /// What cloud-init would not know either.
    Unknown,
}

const NO_NETWORK: &str = "#include needs a network to fetch from, and there is none here";
const NO_HANDLERS: &str = "#part-handler needs cloud-init itself, and it is not here";
const NO_TEMPLATES: &str = "a jinja template needs cloud-init itself, and it is not here";
const NO_ARCHIVES: &str = "#cloud-config-archive is not read here; send its parts as multipart";
const NO_WINDOWS: &str = "scripts for Windows do not run on Linux";
const NO_UPSTART: &str = "there is no upstart here to give a job to";

/// How a part begins, and what it is then; the longer one first.
const BEGINNINGS: [(&[u8], Kind); 12] = [
    (b"\x1f\x8b", Kind::Gzip),
    (b"#!", Kind::Script),
    (b"#cloud-config-archive", Kind::Refused(NO_ARCHIVES)),
    (b"#cloud-config-jsonp", Kind::Refused(NO_ARCHIVES)),
    (b"#cloud-config", Kind::CloudConfig),
    (b"#cloud-boothook", Kind::Boothook),
    (b"#include", Kind::Refused(NO_NETWORK)),
    (b"#part-handler", Kind::Refused(NO_HANDLERS)),
    (b"#upstart-job", Kind::Refused(NO_UPSTART)),
    (b"## template: jinja", Kind::Refused(NO_TEMPLATES)),
    (b"<script>", Kind::Refused(NO_WINDOWS)),
    (b"<powershell>", Kind::Refused(NO_WINDOWS)),
];

impl Kind {
    /// What a part is: what its sender said, if cloud-init knows that, else as it begins.
    pub fn of(bytes: &[u8], said: Option<&str>) -> Self {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Self::Nothing;
        }
        match (Self::shown(bytes), said.and_then(Self::said)) {
            (Some(Self::Gzip), _) => Self::Gzip,
            (_, Some(said)) => said,
            (shown, None) => shown.unwrap_or(Self::Unknown),
        }
    }

    fn shown(bytes: &[u8]) -> Option<Self> {
        let begins =
            |(beginning, kind): &(&[u8], Self)| bytes.starts_with(beginning).then_some(*kind);
        let shown = BEGINNINGS.iter().find_map(begins);
        shown.or_else(|| is_message(bytes).then_some(Self::Multipart))
    }

    fn said(kind: &str) -> Option<Self> {
        Some(match kind {
            "text/x-shellscript" => Self::Script,
            "text/cloud-config" => Self::CloudConfig,
            "text/cloud-boothook" => Self::Boothook,
            "text/x-include-url" | "text/x-include-once-url" => Self::Refused(NO_NETWORK),
            "text/part-handler" => Self::Refused(NO_HANDLERS),
            "text/cloud-config-archive" => Self::Refused(NO_ARCHIVES),
            "text/jinja2" => Self::Refused(NO_TEMPLATES),
            "text/upstart-job" => Self::Refused(NO_UPSTART),
            kind if kind.starts_with("multipart/") => Self::Multipart,
            _ => return None,
        })
    }
}

/// Whether it begins with the headers of a message (RFC 2045, 3).
fn is_message(bytes: &[u8]) -> bool {
    [&b"content-type:"[..], b"mime-version:"]
        .iter()
        .any(|header| {
            bytes
                .get(..header.len())
                .is_some_and(|first| first.eq_ignore_ascii_case(header))
        })
}

/// The script of a boothook, whose first line may say that it is one.
pub(super) fn hook(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"#cloud-boothook") {
        return bytes.to_vec();
    }
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or_else(Vec::new, |end| bytes[end + 1..].to_vec())
}
