//! What a boot does as files, which the instance reads: one script that a person can follow, and
//! beside it what that runs and writes.

use super::{Boot, Stage, WriteFile, commands::quoted};
use crate::instances::WRITABLE;

/// Where the files are inside.
pub(crate) const FOLDER: &str = "/opt/instance";

/// Which boot of an instance it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The first, with an empty disk.
    First,
    /// A later one: what was written on the disk is there.
    Later,
}

/// A file that the instance finds in its folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Laid {
    /// Its name there.
    pub name: String,
    /// What is in it.
    pub text: Vec<u8>,
    /// Its permissions, as of `chmod(2)`.
    pub mode: u32,
}

const HEAD: &str = "#!/bin/sh\n# What this instance does when it boots, made from its user-data.\n";
/// The functions that the script is written in.
const FUNCTIONS: &str = r#"
failed=0

# run NAME: runs a program, and says when it did not end well.
run() {
    /opt/instance/"$1"
    code=$?
    [ "$code" = 0 ] && return
    echo "[boot] $1 ended with $code"
    failed=$code
}

# put FILE MODE TARGET: writes a file, in folders that are made; add: at its end.
put() {
    why=$( { mkdir -p "$(dirname "$3")" && cat "/opt/instance/$1" >"$3" && chmod "$2" "$3"; } 2>&1 ) ||
        unwritten "$3" "$why"
}
add() {
    why=$( { mkdir -p "$(dirname "$3")" && cat "/opt/instance/$1" >>"$3" && chmod "$2" "$3"; } 2>&1 ) ||
        unwritten "$3" "$why"
}
unwritten() {
    echo "[boot] write_files: $1 is not written ($2):" \
        "only /home/user, /etc, /opt, /srv, /tmp and /var can be written here"
    failed=1
}

"#;

/// The files of a boot, the script `boot` first; nothing if there is nothing to do.
///
/// What is on the disk is written at the first boot alone, as cloud-init writes it; the rest of
/// the file system is made anew each time.
pub(crate) fn laid_out(boot: &Boot, occasion: Occasion) -> Vec<Laid> {
    let is_due = |file: &WriteFile| occasion == Occasion::First || !is_on_disk(&file.path);
    let files: Vec<&WriteFile> = boot.files.iter().filter(|file| is_due(file)).collect();
    if boot.steps.is_empty() && files.is_empty() {
        return Vec::new();
    }
    let mut laid = Vec::new();
    let mut script = format!("{HEAD}{FUNCTIONS}");
    for step in boot.steps.iter().filter(|step| step.stage == Stage::Early) {
        script += &format!("run {}\n", step.name);
    }
    for (index, file) in files.iter().enumerate() {
        let name = format!("file-{}", index + 1);
        script += &line_for(&name, file);
        laid.push(Laid {
            name,
            text: file.content.clone(),
            mode: 0o644,
        });
    }
    for step in boot.steps.iter().filter(|step| step.stage == Stage::Final) {
        script += &format!("run {}\n", step.name);
    }
    script += "exit $failed\n";
    if let ([only], true) = (boot.steps.as_slice(), files.is_empty()) {
        script = format!("{HEAD}{FOLDER}/{}\n", only.name);
    }
    laid.extend(boot.steps.iter().map(|step| Laid {
        name: step.name.clone(),
        text: step.text.clone(),
        mode: 0o755,
    }));
    laid.insert(
        0,
        Laid {
            name: "boot".to_owned(),
            text: script.into_bytes(),
            mode: 0o755,
        },
    );
    laid
}

fn line_for(name: &str, file: &WriteFile) -> String {
    let how = if file.is_appended { "add" } else { "put" };
    format!("{how} {name} {:04o} {}\n", file.mode, quoted(&file.path))
}

/// Whether a path is on the instance's disk, which outlives its stops.
fn is_on_disk(path: &str) -> bool {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match part {
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let is_temporary = parts.starts_with(&["var", "tmp"]);
    let is_system = parts.first().is_some_and(|first| WRITABLE.contains(first));
    parts.starts_with(&["home", "user"]) || is_system && !is_temporary
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

    use super::{Boot, Occasion, laid_out};
    use crate::user_data::read;

    /// Runs the script that was laid out, in a folder of its own in place of the instance's root.
    fn run(boot: &Boot, occasion: Occasion, root: &std::path::Path) -> (Option<i32>, String) {
        let folder = root.join("opt");
        fs::create_dir_all(&folder).unwrap();
        let laid = laid_out(boot, occasion);
        for file in &laid {
            let text = String::from_utf8_lossy(&file.text);
            let text = text.replace("/opt/instance", folder.to_str().unwrap());
            let text = text.replace("'/home", &format!("'{}/home", root.display()));
            fs::write(folder.join(&file.name), text).unwrap();
            let mode = fs::Permissions::from_mode(file.mode);
            fs::set_permissions(folder.join(&file.name), mode).unwrap();
        }
        let output = Command::new("/bin/sh")
            .arg(folder.join("boot"))
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    }

    #[test]
    fn the_script_writes_and_runs_everything_and_says_what_failed() {
        let boot = read(
        b"#cloud-config\nwrite_files:\n- path: \"/home/user/a b/it's $HOME\"\n  content: hello\n  \
          permissions: '0600'\n- path: /home/user/a b\n  content: x\nruncmd:\n- echo ran\n\
          - exit 3\nbootcmd: [[echo, early]]\n",
    );
        let root = tempfile::tempdir().unwrap();
        let (code, said) = run(&boot, Occasion::First, root.path());
        assert_eq!(code, Some(3), "{said}");
        assert!(said.starts_with("early\n[boot] write_files: "), "{said}");
        assert!(said.contains("/home/user/a b is not written"), "{said}");
        assert!(
            said.ends_with("ran\n[boot] runcmd ended with 3\n"),
            "{said}"
        );
        let file = root.path().join("home/user/a b/it's $HOME");
        assert_eq!(fs::read_to_string(&file).unwrap(), "hello");
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn what_is_on_the_disk_is_written_once_and_what_is_not_each_time() {
        let boot = read(
            b"#cloud-config\nruncmd: [echo]\nbootcmd: [echo]\nwrite_files:\n\
          - {path: \"/home/user/it's\", permissions: '0750'}\n- {path: /home/user/../../tmp/a}\n\
          - {path: /home//user/./b}\n- {path: /usr/motd, append: true}\n",
        );
        let script =
            |occasion| String::from_utf8(laid_out(&boot, occasion)[0].text.clone()).unwrap();
        let (first, later) = (script(Occasion::First), script(Occasion::Later));
        assert!(
            first.contains("put file-1 0750 '/home/user/it'\\''s'\n"),
            "{first}"
        );
        assert!(first.contains("add file-4 0644 '/usr/motd'\n"), "{first}");
        assert!(
            later.contains("put file-1 0644 '/home/user/../../tmp/a'\n"),
            "{later}"
        );
        assert!(!later.contains("it'"), "{later}");
        assert!(!later.contains("/b'"), "{later}");
        assert!(
            later.contains("run bootcmd\n") && later.contains("run runcmd\n"),
            "{later}"
        );
        assert!(laid_out(&Boot::default(), Occasion::First).is_empty());
    }
}
