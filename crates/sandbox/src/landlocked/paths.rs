//! Where things that a sandbox calls by its own paths are on the machine.

use std::path::{Path, PathBuf};

use crate::{Job, Mount, Spec};

/// Where a home is in a sandbox with namespaces.
const HOME: &str = "/home/user";

/// The paths of one sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// The longest targets first.
    places: Vec<Mount>,
    /// Programs that are alone in their folder, as links below the home.
    links: Vec<Link>,
    temporary: PathBuf,
    programs: PathBuf,
}

/// A link to a program, and the folder that the program is in inside.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    folder: PathBuf,
    mount: Mount,
}

impl Paths {
    pub(crate) fn of(spec: &Spec) -> Self {
        let home = Mount {
            source: spec.home.clone(),
            target: HOME.into(),
        };
        let mut places = spec.mounts.clone();
        places.extend(spec.folders.iter().cloned().chain([home]));
        places.sort_by_key(|place| std::cmp::Reverse(place.target.components().count()));
        let temporary = spec.home.join(".tmp");
        let programs = temporary.join("bin");
        Self {
            links: links(spec, &programs),
            places,
            temporary,
            programs,
        }
    }

    /// What stands for `/tmp`.
    pub(crate) fn temporary(&self) -> &Path {
        &self.temporary
    }

    /// Where the links are.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// Each link: where it leads, and where it is.
    pub(crate) fn links(&self) -> impl Iterator<Item = &Mount> {
        self.links.iter().map(|link| &link.mount)
    }

    /// The same program with the machine's own paths.
    pub(crate) fn translate(&self, spec: &Spec) -> Spec {
        Spec {
            argv: self.words(&spec.argv),
            env: self.environment(&spec.env),
            cwd: self.here(&spec.cwd),
            ..spec.clone()
        }
    }

    /// The same command with the machine's own paths.
    pub(crate) fn job(&self, job: &Job) -> Job {
        Job {
            argv: self.words(&job.argv),
            env: self.environment(&job.env),
            cwd: self.here(&job.cwd),
        }
    }

    /// Words that are paths as a whole.
    fn words(&self, words: &[String]) -> Vec<String> {
        words.iter().map(|word| self.here(word)).collect()
    }

    /// Variables, with a folder for what is temporary.
    fn environment(&self, env: &[(String, String)]) -> Vec<(String, String)> {
        let known = env.iter().filter(|(name, _)| name != "TMPDIR");
        let here = known.map(|(name, value)| match name.as_str() {
            "PATH" => (name.clone(), self.search(value)),
            _ => (name.clone(), self.here(value)),
        });
        let temporary = self.temporary.display().to_string();
        here.chain([("TMPDIR".to_owned(), temporary)]).collect()
    }

    /// A path of the machine's, or the same words when they name nothing of the sandbox's.
    fn here(&self, inside: &str) -> String {
        let found = self.places.iter().find_map(|place| {
            let rest = Path::new(inside).strip_prefix(&place.target).ok()?;
            // joining nothing would add a slash
            let is_all = rest.as_os_str().is_empty();
            Some(if is_all {
                place.source.clone()
            } else {
                place.source.join(rest)
            })
        });
        found.map_or_else(|| inside.to_owned(), |path| path.display().to_string())
    }

    fn search(&self, path: &str) -> String {
        let folders = path.split(':').map(|folder| {
            let has_links = self
                .links
                .iter()
                .any(|link| link.folder == Path::new(folder));
            match has_links {
                true => self.programs.display().to_string(),
                false => self.here(folder),
            }
        });
        folders.collect::<Vec<_>>().join(":")
    }
}

/// A link for each program that is searched for in a folder which the machine does not have.
fn links(spec: &Spec, programs: &Path) -> Vec<Link> {
    let path = spec.env.iter().find(|(name, _)| name == "PATH");
    let searched: Vec<&Path> = path
        .iter()
        .flat_map(|(_, value)| value.split(':').map(Path::new))
        .collect();
    let elsewhere = spec
        .mounts
        .iter()
        .filter(|mount| mount.source != mount.target);
    let links = elsewhere.filter_map(|mount| {
        let folder = mount.target.parent().filter(|at| searched.contains(at))?;
        let target = programs.join(mount.target.file_name()?);
        let source = mount.source.clone();
        Some(Link {
            folder: folder.to_owned(),
            mount: Mount { source, target },
        })
    });
    links.collect()
}

#[cfg(test)]
mod tests {
    use super::Paths;
    use crate::{Mount, Spec};

    fn spec() -> Spec {
        let mut spec = Spec::new(
            ["/opt/ours/bin/mac", "/home/user/a", "of /home/user"],
            "/srv/1",
            1,
        );
        let mount = |source: &str, target: &str| Mount {
            source: source.into(),
            target: target.into(),
        };
        spec.mounts = vec![
            mount("/x/mac", "/opt/ours/bin/mac"),
            mount("/opt/toolbox", "/opt/toolbox"),
            mount("/srv/key", "/home/user/.key"),
        ];
        spec.set(
            "PATH",
            "/opt/ours/bin:/opt/toolbox/bin:/home/user/bin:/usr/bin".to_owned(),
        );
        spec.set("TMPDIR", "/tmp".to_owned());
        spec.set("CONFIG", "/home/user/.config/x".to_owned());
        spec.set("KEY", "/home/user/.key".to_owned());
        spec.set("NEAR", "/home/user2".to_owned());
        spec
    }

    #[test]
    fn what_a_sandbox_calls_its_own_is_named_as_the_machine_has_it() {
        let found = Paths::of(&spec()).translate(&spec());
        assert_eq!(found.argv, ["/x/mac", "/srv/1/a", "of /home/user"]);
        assert_eq!(found.cwd, "/srv/1");
        let variable = |name: &str| {
            let mut all = found.env.iter().filter(|(known, _)| known == name);
            let value = all.next().map(|(_, value)| value.as_str());
            assert_eq!(all.next(), None, "{name} twice");
            value.unwrap()
        };
        assert_eq!(variable("HOME"), "/srv/1");
        assert_eq!(variable("CONFIG"), "/srv/1/.config/x");
        assert_eq!(variable("KEY"), "/srv/key");
        assert_eq!(variable("NEAR"), "/home/user2");
        assert_eq!(variable("TMPDIR"), "/srv/1/.tmp");
        let path = "/srv/1/.tmp/bin:/opt/toolbox/bin:/srv/1/bin:/usr/bin";
        assert_eq!(variable("PATH"), path);
    }

    #[test]
    fn a_program_that_is_alone_in_its_folder_is_linked_to() {
        let paths = Paths::of(&spec());
        let links: Vec<_> = paths.links().cloned().collect();
        let mac = Mount {
            source: "/x/mac".into(),
            target: "/srv/1/.tmp/bin/mac".into(),
        };
        assert_eq!(links, [mac]);
    }
}
