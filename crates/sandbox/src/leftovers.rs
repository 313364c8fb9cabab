//! What a launcher that was killed left in its folder.

use std::{fs, path::Path};

/// Removes control sockets and trials of processes that have ended.
pub(crate) fn remove(run_dir: &Path) {
    for entry in fs::read_dir(run_dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = maker(&name.to_string_lossy());
        if maker.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            let removed = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
                Ok(_) | Err(_) => fs::remove_file(entry.path()),
            };
            removed.ok(); // another launcher was faster
        }
    }
}

/// The process that made `sPID-NUMBER` or `probe-PID`.
fn maker(name: &str) -> Option<u32> {
    let probe = name.strip_prefix("probe-");
    let socket = || Some(name.strip_prefix('s')?.split_once('-')?.0);
    probe.or_else(socket)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{fs, process};

    use super::remove;

    #[test]
    fn what_a_dead_process_left_goes_and_what_a_living_one_has_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (us, nobody) = (process::id(), u32::MAX);
        for (name, is_folder) in [
            (format!("s{us}-3"), false),
            (format!("probe-{us}"), true),
            (format!("s{nobody}-3"), false),
            (format!("probe-{nobody}"), true),
            ("other.sock".to_owned(), false),
        ] {
            let path = folder.path().join(name);
            if is_folder {
                fs::create_dir_all(path.join("home")).unwrap();
            } else {
                fs::write(path, "").unwrap();
            }
        }
        remove(folder.path());
        let left = fs::read_dir(folder.path()).unwrap();
        let mut left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(
            left,
            ["other.sock", &format!("probe-{us}"), &format!("s{us}-3")]
        );
    }
}
