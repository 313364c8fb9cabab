//! What a program in a terminal asks of the page (OSC 7717): no more than to ask the person.

/// A longer path is none.
const LONGEST_BYTES: usize = 3 * 4096;

/// What a program wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// That the person downloads what a shell calls so.
    Download {
        /// An absolute path.
        path: String,
        /// Whether the person has just done something in this terminal, which may have been to ask for it.
        is_meant: bool,
    },
    /// That the person uploads something into what a shell calls so.
    Upload {
        /// An absolute path.
        folder: String,
    },
}

impl Wish {
    /// Reads what follows `7717;`.
    pub fn of(osc: &str, is_meant: bool) -> Option<Self> {
        let (what, path) = osc.split_once(';')?;
        let path = decoded(path)?;
        match what {
            "download" => Some(Self::Download { path, is_meant }),
            "upload" => Some(Self::Upload { folder: path }),
            _ => None,
        }
    }
}

/// An absolute path that was percent-encoded, if it is one and is clean.
fn decoded(text: &str) -> Option<String> {
    if text.len() > LONGEST_BYTES {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    let path = String::from_utf8(bytes).ok()?;
    let is_clean = path.starts_with('/') && !path.contains(char::is_control);
    is_clean.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::Wish;

    #[test]
    fn a_wish_is_for_a_clean_absolute_path() {
        let download = |path: &str| {
            let path = path.to_owned();
            Some(Wish::Download {
                path,
                is_meant: false,
            })
        };
        assert_eq!(
            Wish::of("download;/home/user/a", false),
            download("/home/user/a")
        );
        assert_eq!(
            Wish::of("download;/a%20b%C3%A9%3B", false),
            download("/a bé;")
        );
        let folder = "/home/user".to_owned();
        assert_eq!(
            Wish::of("upload;/home/user", true),
            Some(Wish::Upload { folder })
        );
        let long = format!("download;/{}", "x".repeat(20_000));
        for refused in [
            "",
            "download",
            "download;",
            "download;a",
            "download;/a%1b",
            "download;/a%0",
            "download;/a%zz",
            "download;/%ff",
            "remove;/home/user",
            &long,
        ] {
            assert_eq!(Wish::of(refused, true), None, "{refused}");
        }
    }
}
