//! moto's own back door, which resets everything for everybody: whether a path leads there.

/// What else of moto's own is at a path of its own: what instances would be told of themselves.
const OTHERS: [&str; 3] = ["latest/meta-data/", "latest/api/", "favicon.ico"];

/// Whether moto would take a path for its own API.
///
/// moto decides after it has decoded the path and dropped slashes in front, so that a look at the
/// path as it was sent would let `/%6Doto-api/reset` and `//moto-api/reset` in.
pub(crate) fn is_back_door(path: &str) -> bool {
    // what the prefix is decoded from holds neither `&` nor `=`, so it is in the first name
    let mut names = form_urlencoded::parse(path.as_bytes());
    let decoded = names.next().map(|(name, _)| name).unwrap_or_default();
    let path = decoded.trim_start_matches('/');
    path.starts_with("moto-api") || OTHERS.iter().any(|other| path.starts_with(other))
}

#[cfg(test)]
mod tests {
    use super::is_back_door;

    #[test]
    fn every_spelling_of_the_back_door_is_known() {
        for path in [
            "/moto-api",
            "/moto-api/reset",
            "//moto-api/reset",
            "/%6Doto-api/reset",
            "/%6d%6f%74%6f%2dapi%2Freset",
            "/%2Fmoto-api/reset",
            "///%2f/moto-api/reset?a=b",
            "/latest/meta-data/iam/",
            "/lat%65st/api/token",
        ] {
            assert!(is_back_door(path), "{path}");
        }
    }

    #[test]
    fn what_has_its_name_elsewhere_is_let_through() {
        for path in ["/", "/bucket/moto-api/reset", "/a=moto-api", "/mot%6F"] {
            assert!(!is_back_door(path), "{path}");
        }
    }
}
