//! What a sandbox without namespaces keeps out.
//!
//! Each attempt is made by the same user outside first, where it has to work: a refusal inside is
//! the sandbox's then.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{
    fs,
    net::TcpListener,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            fs::PermissionsExt as _,
            net::{SocketAddr, UnixDatagram, UnixListener},
        },
    },
    process::Child,
};

use crate::{
    attempts::{all_refused, as_tenant, inside, program},
    contained::{TENANT, contained},
};

#[test]
fn files_of_others_and_of_the_machine_are_closed() {
    contained(
        "escapes::files_of_others_and_of_the_machine_are_closed",
        async |ground| {
            let diary = ground.home(TENANT + 1).join("diary");
            let secret = ground.folder.path().join("secret");
            for file in [&diary, &secret] {
                fs::write(file, "open to all users").unwrap();
                fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap();
            }
            let (diary, secret) = (diary.display(), secret.display());
            let made = ground.folder.path().join("shared");
            fs::create_dir(&made).unwrap();
            fs::set_permissions(&made, fs::Permissions::from_mode(0o777)).unwrap();
            let made = made.display();
            let attempts = [
                format!("open('{diary}').read()"),
                format!("open('{secret}').read()"),
                format!("open('{secret}', 'a').write('x')"),
                format!("open(f'{made}/{{os.getpid()}}', 'w')"),
                format!("os.truncate('{secret}', 1)"),
                format!("os.link('{secret}', '{made}/link') or os.unlink('{made}/link')"),
                "os.listdir('/tmp')".to_owned(),
                "os.listdir('/proc')".to_owned(),
                "open('/proc/1/cmdline').read()".to_owned(),
                "open(f'/proc/{os.getppid()}/cmdline').read()".to_owned(),
                "os.listdir('/dev/pts')".to_owned(),
                "open('/dev/shm/manageacloud-test', 'w'); os.unlink('/dev/shm/manageacloud-test')"
                    .to_owned(),
                "os.listdir('/sys')".to_owned(),
                "os.listdir('/etc')".to_owned(),
            ];
            let attempts: Vec<_> = attempts
                .iter()
                .map(|one| (one.as_str(), "EACCES"))
                .collect();
            all_refused(&ground, &attempts).await;
        },
    );
}

#[test]
fn the_machines_network_is_closed() {
    contained("escapes::the_machines_network_is_closed", async |ground| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = format!("('127.0.0.1', {port})");
        let stream = "socket.socket(socket.AF_INET, socket.SOCK_STREAM";
        all_refused(
            &ground,
            &[
                (&format!("socket.create_connection({address})"), "EACCES"),
                (
                    &format!("{stream}).sendto(b'x', socket.MSG_FASTOPEN, {address})"),
                    "EPERM",
                ),
                (
                    &format!("{stream}).sendmsg([b'x'], [], socket.MSG_FASTOPEN, {address})"),
                    "EPERM",
                ),
                (&format!("{stream}).bind(('127.0.0.1', 0))"), "EACCES"),
                (&format!("{stream}).listen()"), "EPERM"),
                ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "EPERM"),
                ("socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)", "EPERM"),
                (
                    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
                    "EAFNOSUPPORT",
                ),
            ],
        )
        .await;
        // what this machine may not have: the answer tells who gave it
        for (attempt, error) in [
            (
                "socket.create_connection(('169.254.169.254', 80), 5)",
                "EACCES",
            ),
            (
                "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)",
                "EPERM",
            ), // MPTCP
            (
                "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)",
                "EAFNOSUPPORT",
            ),
        ] {
            assert_eq!(inside(&ground, attempt).await, error, "{attempt}");
        }
    });
}

#[test]
fn unix_sockets_of_the_machine_are_closed() {
    contained(
        "escapes::unix_sockets_of_the_machine_are_closed",
        async |ground| {
            let path = ground.folder.path().join("socket");
            let datagrams = ground.folder.path().join("datagrams");
            let name = ground.folder.path().display().to_string();
            let _listeners = (
                UnixListener::bind(&path).unwrap(),
                UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
                UnixDatagram::bind(&datagrams).unwrap(),
            );
            for file in [&path, &datagrams] {
                fs::set_permissions(file, fs::Permissions::from_mode(0o666)).unwrap();
            }
            let (path, datagrams) = (path.display(), datagrams.display());
            let connect = "socket.socket(socket.AF_UNIX).connect";
            let pair = "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)";
            all_refused(
                &ground,
                &[
                    (&format!("{connect}('{path}')"), "EAFNOSUPPORT"),
                    (&format!("{connect}('\\0{name}')"), "EAFNOSUPPORT"),
                    (&format!("{pair}[0].sendto(b'x', '{datagrams}')"), "EPERM"),
                ],
            )
            .await;
            let pair = "a, b = socket.socketpair(); a.send(b'x')";
            assert_eq!(inside(&ground, pair).await, "worked");
        },
    );
}

/// A process of the tenant's user, outside of any sandbox.
struct Bystander(Child);

impl Drop for Bystander {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn processes_of_the_same_user_are_out_of_reach() {
    contained(
        "escapes::processes_of_the_same_user_are_out_of_reach",
        async |ground| {
            // it says that it has become the user, before which nobody but root may reach it
            let program = "print('begun', flush=True); import time; time.sleep(600)";
            let mut command = as_tenant(&["/usr/bin/python3", "-c", program]);
            let started = command.stdout(std::process::Stdio::piped()).spawn();
            let mut bystander = Bystander(started.unwrap());
            let stdout = bystander.0.stdout.as_mut().unwrap();
            std::io::Read::read_exact(stdout, &mut [0; 5]).unwrap();
            let id = bystander.0.id();
            // ptrace(PTRACE_SEIZE), pidfd_getfd(2), and kill(2) of one and of the user's own group
            all_refused(
                &ground,
                &[
                    (&format!("os.kill({id}, 0)"), "EPERM"),
                    (
                        &format!("signal.pidfd_send_signal(os.pidfd_open({id}), signal.SIGCONT)"),
                        "EPERM",
                    ),
                    (&format!("call('ptrace', 0x4206, {id}, 0, 0)"), "EPERM"),
                    (
                        &format!("call('syscall', 438, os.pidfd_open({id}), 0, 0)"),
                        "EPERM",
                    ),
                    (
                        "call('semctl', ctypes.CDLL(None).semget(0, 1, 0o600), 0, 0)",
                        "EPERM",
                    ),
                ],
            )
            .await;
            // it says that this worked, whomever it reached
            inside(&ground, "os.kill(-1, signal.SIGKILL)").await;
            assert!(bystander.0.try_wait().unwrap().is_none(), "it was killed");
        },
    );
}

#[test]
fn nothing_is_gained_by_programs_and_namespaces() {
    contained(
        "escapes::nothing_is_gained_by_programs_and_namespaces",
        async |ground| {
            for (attempt, error) in [
                ("os.setuid(0)", "EPERM"),
                ("os.setgroups([0])", "EPERM"),
                ("open('/usr/escape', 'w')", "EACCES"),
                ("os.unshare(os.CLONE_NEWUSER)", "EPERM"),
            ] {
                let program = program(attempt);
                let program = match attempt.starts_with("os.unshare") {
                    // of later versions
                    true => program.replace(attempt, "call('unshare', 0x10000000)"),
                    false => program,
                };
                let mut spec = ground.bash(TENANT, "");
                spec.argv = vec!["/usr/bin/python3".into(), "-c".into(), program];
                let ended = ground.run(spec).await;
                assert_eq!(ended.stdout.trim(), error, "{attempt}: {}", ended.stderr);
            }
            let script = "grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status";
            let mut spec = ground.bash(TENANT, "");
            spec.argv = ["/bin/sh", "-c", &format!("exec {script}")]
                .map(str::to_owned)
                .to_vec();
            let ended = ground.run(spec).await;
            for line in ended.stdout.lines().filter(|line| line.starts_with("Cap")) {
                assert!(line.ends_with("0000000000000000"), "{line}");
            }
            assert!(ended.stdout.contains("CapBnd"), "{}", ended.stderr);
            assert!(ended.stdout.contains("NoNewPrivs:\t1"), "{}", ended.stdout);
            assert!(ended.stdout.contains("Groups:\t \n"), "{}", ended.stdout);
        },
    );
}
