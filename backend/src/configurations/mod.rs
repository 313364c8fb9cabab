//! Server configurations that a role or an instance may name in place of a script of its own.

pub mod routes;

/// A configuration that is ready to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Configuration {
    /// The name that macfiles use.
    pub tag: &'static str,
    /// Its title.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// The script that does it.
    pub script: &'static str,
}

/// All of them, by tag.
pub const ALL: &[Configuration] = &[
    Configuration {
        tag: "basic",
        name: "Nothing but the system",
        summary: "A server as its image has it, with nothing installed",
        script: "#!/bin/sh\necho \"nothing to configure on $(hostname)\"\n",
    },
    Configuration {
        tag: "web_server",
        name: "Web server on port 8080",
        summary: "Serves a page with the server's name, by Python's own web server",
        script: include_str!("web_server.sh"),
    },
];

/// The configuration of a tag.
pub fn by_tag(tag: &str) -> Option<&'static Configuration> {
    ALL.iter().find(|known| known.tag == tag)
}

impl Configuration {
    /// Whether each of the words, in lower case, is somewhere in what is said of it.
    pub fn has(&self, words: &[String]) -> bool {
        let said = format!("{} {} {}", self.tag, self.name, self.summary).to_lowercase();
        words.iter().all(|word| said.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::{ALL, by_tag};

    #[test]
    fn each_is_found_by_its_tag_and_runs_as_a_script() {
        for known in ALL {
            assert_eq!(by_tag(known.tag), Some(known));
            assert!(known.script.starts_with("#!"), "{}", known.tag);
        }
        assert_eq!(by_tag("nothing"), None);
    }

    #[test]
    fn words_are_looked_for_in_all_that_is_said() {
        let found = |word: &str| {
            ALL.iter()
                .filter(|known| known.has(&[word.to_owned()]))
                .count()
        };
        assert_eq!(
            (found("8080"), found("python"), found("nowhere")),
            (1, 1, 0)
        );
    }
}
