//! Distributions by the names that the original client has for them, as Amazon's images.
//!
//! Who publishes them, and under which names:
//! <https://documentation.ubuntu.com/aws/en/latest/aws-how-to/instances/find-ubuntu-images/>,
//! <https://wiki.debian.org/Cloud/AmazonEC2Image>,
//! <https://docs.aws.amazon.com/linux/al2023/ug/naming-and-versioning.html>.

use crate::{Error, Result};

/// Where an image is found.
#[derive(Debug, PartialEq, Eq)]
pub struct Published {
    /// The account that publishes it.
    pub owner: &'static str,
    /// Its name, with `*` for any text.
    pub name: String,
}

const CANONICAL: &str = "099720109477";
const DEBIAN: &str = "136693071363";
/// The releases of Debian that are published there, by name and number.
const DEBIANS: [(&str, &str); 5] = [
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
];
/// What is meant when any will do.
const ANY: &str = "debian:bookworm";

/// The image of a distribution, with or without a version or a name of it: `ubuntu`,
/// `ubuntu:trusty`, `debian:12`, `amazon`, `any`.
pub fn find(release: &str) -> Result<Published> {
    let release = match release {
        "" | "any" => ANY,
        other => other,
    };
    let (distribution, version) = match release.split_once(':') {
        Some((distribution, version)) => (distribution, Some(version)),
        None => (release, None),
    };
    let found = match distribution {
        "ubuntu" => ubuntu(version.unwrap_or("24.04")),
        "debian" => debian(version.unwrap_or("12")),
        "amazon" if version.is_none() => Some(Published {
            owner: "amazon",
            name: "al2023-ami-2023.*-x86_64".into(),
        }),
        _ => None,
    };
    found.ok_or_else(|| {
        let what = "known are ubuntu and debian, each with or without a version as ubuntu:trusty \
                    or debian:12, amazon, and images by their id (ami-…)";
        Error::Invalid(format!("there is no image of {release}"), Some(what.into()))
    })
}

/// By its number or by its name, for both are in the image's name.
fn ubuntu(version: &str) -> Option<Published> {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.';
    let is_version = !version.is_empty() && version.bytes().all(is_word);
    is_version.then(|| Published {
        owner: CANONICAL,
        name: format!("ubuntu/images/hvm-ssd*/ubuntu-*{version}*-amd64-server-*"),
    })
}

fn debian(version: &str) -> Option<Published> {
    let known = DEBIANS
        .iter()
        .find(|(name, number)| version == *name || version == *number);
    known.map(|(name, number)| Published {
        owner: DEBIAN,
        name: match *name {
            // published before images were named by number
            "stretch" => "debian-stretch-hvm-x86_64-*".into(),
            _ => format!("debian-{number}-amd64-*"),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn distributions_are_found_by_name_and_by_number() {
        for (release, name) in [
            (
                "ubuntu:trusty",
                "ubuntu/images/hvm-ssd*/ubuntu-*trusty*-amd64-server-*",
            ),
            (
                "ubuntu",
                "ubuntu/images/hvm-ssd*/ubuntu-*24.04*-amd64-server-*",
            ),
            ("debian:bookworm", "debian-12-amd64-*"),
            ("debian:11", "debian-11-amd64-*"),
            ("any", "debian-12-amd64-*"),
            ("amazon", "al2023-ami-2023.*-x86_64"),
        ] {
            assert_eq!(find(release).unwrap().name, name, "{release}");
        }
    }

    #[test]
    fn what_nobody_publishes_is_refused_with_what_there_is() {
        for release in ["centos", "debian:potato", "ubuntu:*", "ubuntu:", "windows"] {
            let problem = find(release).unwrap_err().problem();
            assert!(problem.title.contains(release), "{problem:?}");
            assert!(problem.detail.unwrap().contains("ubuntu:trusty"));
        }
    }
}
