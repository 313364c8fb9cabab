//! Which files of a folder are laid into a reader's home, and where.

use crate::{Asset, Files, Lesson};

/// Where other platforms have the home, so that their lessons find theirs.
const HOMES: [&str; 3] = ["~", "/root", "/home/user"];
/// Where scenarios of Katacoda have what they lay.
const ASSETS: &str = "assets/";

/// A file that is laid into a reader's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid {
    /// Its path below the home.
    pub path: String,
    /// What it holds.
    pub text: String,
    /// The mode that it gets, as `chmod` takes it.
    pub chmod: Option<String>,
}

/// Whether a file of a folder is one that an asset names.
pub(crate) fn is_meant(pattern: &str, path: &str) -> bool {
    let name = path.strip_prefix(ASSETS).unwrap_or(path);
    matches(pattern, path) || matches(pattern, name)
}

impl Lesson {
    /// The paths of the files of its folder that a reader gets.
    pub(crate) fn laid_paths(&self, files: &Files) -> Vec<String> {
        let is_laid = |path: &&String| self.assets.iter().any(|asset| is_meant(&asset.file, path));
        files.keys().filter(is_laid).cloned().collect()
    }

    /// The files of its folder that a reader gets; a target that is not in the home gets nothing.
    pub fn laid(&self, files: &Files) -> Vec<Laid> {
        let each = self.assets.iter().flat_map(|asset| {
            let found = files.iter().filter_map(|(path, text)| {
                let name = path.strip_prefix(ASSETS).unwrap_or(path);
                is_meant(&asset.file, path).then_some((name, text))
            });
            found.filter_map(|(name, text)| {
                Some(Laid {
                    path: target(asset, name)?,
                    text: text.clone(),
                    chmod: asset.chmod.clone(),
                })
            })
        });
        each.collect()
    }
}

/// Whether a name is a pattern's, in which one `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name
            .strip_prefix(before)
            .is_some_and(|rest| rest.ends_with(after)),
    }
}

/// Where below the home a file goes; nowhere if that is not in it, or hidden: what begins with a dot is the
/// reader's own.
pub(crate) fn target(asset: &Asset, name: &str) -> Option<String> {
    let target = asset.target.as_str();
    let below = HOMES.iter().find_map(|home| {
        let rest = target.strip_prefix(home)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/'))
    });
    let below = below.or_else(|| (!target.starts_with('/')).then_some(target))?;
    let base = name.rsplit('/').next().unwrap_or(name);
    let is_plain = |part: &str| !part.starts_with('.');
    if !below.split('/').all(is_plain) || !is_plain(base) {
        return None;
    }
    // several can't have one name
    let is_folder = below.is_empty() || below.ends_with('/') || asset.file.contains('*');
    Some(match (is_folder, below.trim_end_matches('/')) {
        (true, "") => base.to_owned(),
        (true, folder) => format!("{folder}/{base}"),
        (false, path) => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::target;
    use crate::{Asset, Files, Laid};

    fn asset(file: &str, target: &str) -> Asset {
        Asset {
            file: file.into(),
            target: target.into(),
            chmod: None,
        }
    }

    #[test]
    fn a_target_is_a_folder_or_a_name_in_the_home() {
        for (file, to, path) in [
            ("a.sh", "~/", Some("a.sh")),
            ("a.sh", "~", Some("a.sh")),
            ("x/a.sh", "~/bin/", Some("bin/a.sh")),
            ("a.sh", "~/b.sh", Some("b.sh")),
            ("a.sh", "/root/b.sh", Some("b.sh")),
            ("a.sh", "demo/", Some("demo/a.sh")),
            ("*.sh", "~/bin", Some("bin/a.sh")),
            ("a.sh", "/etc/passwd", None),
            ("a.sh", "/rooted/a", None),
            ("a.sh", "~/../a", None),
            ("a.sh", "~/.ssh/config", None),
            ("a.sh", "~/x/./a", None),
        ] {
            assert_eq!(
                target(&asset(file, to), "a.sh").as_deref(),
                path,
                "{file} {to}"
            );
        }
    }

    #[test]
    fn files_are_found_by_their_names_and_by_patterns() {
        let text = "---\ntitle: T\nassets: [{file: a.txt, target: ~/}, {file: \"*.sh\", target: ~/bin, chmod: \"+x\"}]\n---\n## S\n";
        let files: Files = [
            ("lesson.md", text),
            ("a.txt", "one"),
            ("assets/b.sh", "two"),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
        .into();
        let lesson = crate::read("t", &files).lesson.unwrap();
        let laid = |path: &str, text: &str, chmod: Option<&str>| Laid {
            path: path.into(),
            text: text.into(),
            chmod: chmod.map(str::to_owned),
        };
        let wanted = [
            laid("a.txt", "one", None),
            laid("bin/b.sh", "two", Some("+x")),
        ];
        assert_eq!(lesson.laid(&files), wanted);
    }
}
