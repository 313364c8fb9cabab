//! Where links may lead, and which files images are.

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// One that may stay.
    Kept,
    /// One that leads where pages don't.
    Dropped,
    /// One that runs something.
    Script,
}

/// Says where a link leads.
pub(crate) fn target(address: &str) -> Target {
    // browsers skip these, so `java\nscript:` is a scheme too
    let bare: String = address.chars().filter(|it| *it > ' ').collect();
    if bare.starts_with("{{TRAFFIC_") {
        return Target::Kept;
    }
    let end = bare.find(['/', '?', '#']).unwrap_or(bare.len());
    let Some((scheme, _)) = bare[..end].split_once(':') else {
        return Target::Kept;
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" | "mailto" | "dashboard" => Target::Kept,
        "javascript" | "vbscript" | "data" => Target::Script,
        _ => Target::Dropped,
    }
}

/// Whether an address is one that images get here.
pub(crate) fn is_image(address: &str) -> bool {
    let is_outside = address.starts_with(['/', '\\']) || address.contains(':');
    !is_outside && !address.split('/').any(|part| part == "..") && !address.trim().is_empty()
}

/// The file that an image's address names in a text, by its path in the folder; none if it is outside of
/// it, hidden or no image.
pub(crate) fn image(address: &str, text: &str) -> Option<String> {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let address = decoded(&address[..end])?;
    let is_odd = |it: char| it.is_control() || matches!(it, '\\' | ':');
    if address.starts_with('/') || address.contains(is_odd) {
        return None;
    }
    let folder = text.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(address.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            hidden if hidden.starts_with('.') => return None,
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    image_type(&path).is_some().then_some(path)
}

/// What an image is sent as, by the name of its file; nothing for what is shown by no page.
pub fn image_type(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next()?;
    let (_, kind) = name.rsplit_once('.')?;
    match kind.to_ascii_lowercase().as_str() {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// `%20` as what it stands for.
fn decoded(address: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let value = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        match value.filter(|_| *first == b'%') {
            Some(value) => {
                bytes.push(value);
                rest = &after[2..];
            }
            None => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// A path as addresses have it.
pub(crate) fn encoded(path: &str) -> String {
    let each = path.bytes().map(|byte| match byte {
        b'/' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{Target, encoded, image, is_image, target};

    #[test]
    fn links_lead_to_pages_and_run_nothing() {
        for (address, expected) in [
            ("https://example.com/a:b", Target::Kept),
            ("HTTP://example.com", Target::Kept),
            ("mailto:a@example.com", Target::Kept),
            ("#step", Target::Kept),
            ("other/page?a:b", Target::Kept),
            ("/tutorials", Target::Kept),
            ("dashboard:app/demo#promote", Target::Kept),
            ("{{TRAFFIC_HOST1_80}}/a", Target::Kept),
            ("{{TRAFFIC_SELECTOR}}", Target::Kept),
            ("javascript:alert(1)", Target::Script),
            (" Java\tScript:alert(1)", Target::Script),
            ("data:text/html,x", Target::Script),
            ("ftp://example.com", Target::Dropped),
            ("file:///etc/passwd", Target::Dropped),
        ] {
            assert_eq!(target(address), expected, "{address}");
        }
    }

    #[test]
    fn images_are_of_the_folder() {
        for (address, expected) in [
            ("a.png", true),
            ("./assets/a.png", true),
            ("/a.png", false),
            ("//x/a.png", false),
            ("https://x/a.png", false),
            ("../a.png", false),
            ("", false),
        ] {
            assert_eq!(is_image(address), expected, "{address}");
        }
    }
    #[test]
    fn an_image_is_a_file_of_the_folder_seen_from_its_text() {
        for (address, text, expected) in [
            ("a.png", "lesson.md", Some("a.png")),
            (
                "./assets/a%20b.JPG?x#y",
                "lesson.md",
                Some("assets/a b.JPG"),
            ),
            ("b.svg", "step2/text.md", Some("step2/b.svg")),
            ("../b.webp", "step2/text.md", Some("b.webp")),
            ("../../b.webp", "step2/text.md", None),
            ("..%2Fb.gif", "lesson.md", None),
            ("/a.png", "lesson.md", None),
            ("%2Fa.png", "lesson.md", None),
            ("https%3A//x/a.png", "lesson.md", None),
            ("a\\b.png", "lesson.md", None),
            (".hidden.png", "lesson.md", None),
            (".git/a.png", "lesson.md", None),
            ("setup.sh", "lesson.md", None),
            ("a%ff.png", "lesson.md", None),
            ("png", "lesson.md", None),
            ("", "lesson.md", None),
        ] {
            assert_eq!(image(address, text).as_deref(), expected, "{address}");
        }
        assert_eq!(encoded("a/b c%é.png"), "a/b%20c%25%C3%A9.png");
    }
}
