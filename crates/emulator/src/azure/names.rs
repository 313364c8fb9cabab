//! Names of services, deployments and machines.

use super::Fault;

/// The longest of them, as it is a part of a host name
/// ([RFC 1035](https://www.rfc-editor.org/rfc/rfc1035), 2.3.1).
pub(crate) const LONGEST_NAME: usize = 63;

/// Whether a name is made of letters, digits and hyphens, with no hyphen at either end.
pub(crate) fn is_name(name: &str, longest: usize) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let has_hyphen = name.starts_with('-') || name.ends_with('-');
    (1..=longest).contains(&name.len()) && name.bytes().all(is_allowed) && !has_hyphen
}

/// Refuses a name that is none.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Fault> {
    if is_name(name, LONGEST_NAME) {
        return Ok(());
    }
    let why = format!("The name of the {what} is not valid: letters, digits and hyphens.");
    Err(Fault::BadRequest(why))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_NAME, is_name};

    #[test]
    fn a_name_is_made_of_letters_digits_and_hyphens_inside() {
        for good in ["a", "mac-demo", "Vm_1", &"x".repeat(LONGEST_NAME)] {
            assert!(is_name(good, LONGEST_NAME), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a/b",
            "a b",
            "\u{e9}",
            "<a>",
            &"x".repeat(LONGEST_NAME + 1),
        ] {
            assert!(!is_name(bad, LONGEST_NAME), "{bad}");
        }
    }
}
