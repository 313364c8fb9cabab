//! Where links may lead, and where images may come from.

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

/// Whether an image is one of the folder.
pub(crate) fn is_image(address: &str) -> bool {
    let is_outside = address.starts_with(['/', '\\']) || address.contains(':');
    !is_outside && !address.split('/').any(|part| part == "..") && !address.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Target, is_image, target};

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
}
