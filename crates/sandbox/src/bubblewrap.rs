//! The arguments of bubblewrap, which it reads from memory and not from its command line.

use std::{
    convert::Infallible,
    ffi::OsString,
    fs::File,
    io::{Seek as _, Write as _},
    os::{fd::AsRawFd as _, unix::ffi::OsStringExt as _, unix::process::CommandExt as _},
    process::Command,
};

use anyhow::{Context as _, anyhow};
use rustix::{
    fs::{MemfdFlags, memfd_create},
    io::{FdFlags, fcntl_setfd},
};

use crate::{Spec, seccomp, stage::Sources};

/// Where the first program is inside.
const INIT: &str = "/run/manageacloud/init";
/// Where the control socket is inside; it answers the first program only.
const CONTROL: &str = "/run/manageacloud/control";
/// The sandbox's user, the same in every sandbox.
const PASSWD: &str = "root:x:0:0:root:/root:/usr/sbin/nologin\n\
    user:x:1000:1000:user:/home/user:/bin/bash\n\
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n";
/// Of the host's settings only these are visible.
pub(crate) const ETC: &[&str] = &[
    "/etc/alternatives",
    "/etc/bash.bashrc",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/profile",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl",
    "/etc/terminfo",
];
/// Options that need no value from the spec.
const NAMESPACES: &str = "--unshare-user --disable-userns --unshare-pid --unshare-ipc \
    --unshare-uts --unshare-cgroup-try --uid 1000 --gid 1000 --cap-drop ALL --die-with-parent";
/// The host's programs, without its settings, users and data.
const PROGRAMS: &str = "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin \
    --symlink usr/lib /lib --symlink usr/lib64 /lib64";
/// Memory-backed folders: a size is valid for the next one only, hence the repetition.
const FOLDERS: &str = "--proc /proc --dev /dev --size 33554432 --perms 1777 --tmpfs /dev/shm \
    --remount-ro /dev --size 67108864 --perms 1777 --tmpfs /tmp --size 8388608 --tmpfs /run \
    --size 8388608 --perms 1777 --tmpfs /var/tmp --size 65536 --tmpfs /home";

/// Becomes bubblewrap, whose first program inside is this one as `sandbox-init`.
pub(crate) fn exec(spec: &Spec, sources: &Sources) -> anyhow::Result<Infallible> {
    let mut arguments = Arguments::default();
    arguments.words(NAMESPACES).words(PROGRAMS);
    for folder in &sources.folders {
        arguments.bind("--bind", &folder.source, &folder.target);
    }
    arguments.words(FOLDERS);
    arguments.add(["--hostname", &spec.hostname]);
    arguments.settings(spec)?;
    for program in seccomp::programs()? {
        arguments.memory("--add-seccomp-fd", &program)?;
    }
    arguments.bind("--bind", &sources.home, "/home/user");
    arguments.words("--remount-ro /home");
    for mount in &sources.mounts {
        arguments.bind("--ro-bind", &mount.source, &mount.target);
    }
    arguments.bind("--ro-bind", &sources.helper, INIT);
    arguments.bind("--bind", &sources.control, CONTROL);
    arguments.words("--remount-ro /run --remount-ro / --chdir /");
    arguments.exec()
}

/// Arguments that grow, and the memory files that they name.
#[derive(Default)]
struct Arguments {
    bytes: Vec<u8>,
    files: Vec<File>,
}

impl Arguments {
    fn words(&mut self, words: &str) -> &mut Self {
        self.add(words.split_whitespace())
    }

    fn add<A: Into<OsString>>(&mut self, arguments: impl IntoIterator<Item = A>) -> &mut Self {
        for argument in arguments {
            self.bytes.extend(argument.into().into_vec());
            self.bytes.push(0);
        }
        self
    }

    fn bind(&mut self, how: &str, source: impl Into<OsString>, target: impl Into<OsString>) {
        self.add([how.into(), source.into(), target.into()]);
    }

    /// Adds an option whose value is a descriptor of a file with these bytes.
    fn memory(&mut self, option: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let file = memory_file(bytes)?;
        self.add([option.to_owned(), file.as_raw_fd().to_string()]);
        self.files.push(file);
        Ok(())
    }

    fn settings(&mut self, spec: &Spec) -> anyhow::Result<()> {
        let hosts = format!("127.0.0.1 localhost {}\n", spec.hostname);
        for (path, text) in [
            ("/etc/passwd", PASSWD),
            ("/etc/group", GROUP),
            ("/etc/hosts", hosts.as_str()),
            ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
            (
                "/etc/nsswitch.conf",
                "passwd: files\ngroup: files\nhosts: files dns\n",
            ),
        ] {
            self.words("--perms 0444");
            self.memory("--ro-bind-data", text.as_bytes())?;
            self.add([path]);
        }
        for path in ETC {
            self.bind("--ro-bind-try", path, path);
        }
        Ok(())
    }

    fn exec(self) -> anyhow::Result<Infallible> {
        let arguments = memory_file(&self.bytes)?;
        let error = Command::new("bwrap")
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .arg("--args")
            .arg(arguments.as_raw_fd().to_string())
            .args(["--", INIT, "sandbox-init", CONTROL])
            .exec();
        Err(anyhow!(error)).context("start bubblewrap")
    }
}

/// A file in memory that survives `exec`.
fn memory_file(bytes: &[u8]) -> anyhow::Result<File> {
    let mut file = File::from(memfd_create("sandbox", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    fcntl_setfd(&file, FdFlags::empty())?;
    Ok(file)
}
