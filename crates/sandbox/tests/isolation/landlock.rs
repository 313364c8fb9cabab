//! What works in a sandbox without namespaces.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    time::Duration,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use sandbox::{Inlet, InletTarget, Mount, Outcome};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

use crate::{
    contained::{TENANT, contained},
    launch::{ended, set_mode},
};

#[test]
fn a_program_has_its_arguments_its_environment_its_home_and_a_folder_for_what_is_temporary() {
    contained(
        "landlock::a_program_has_its_arguments_its_environment_its_home_and_a_folder_for_what_is_temporary",
        async |ground| {
            let script = "echo $WORD; pwd; echo $HOME; id -u; cat $CONFIG; echo x > kept; \
                          stat -c %a $TMPDIR; mktemp; python3 -c 'print(6 * 7)'; exit 7";
            let mut spec = ground.bash(TENANT, script);
            fs::write(ground.home(TENANT).join("config"), "read\n").unwrap();
            spec.set("WORD", "a secret".to_owned());
            spec.set("CONFIG", "/home/user/config".to_owned());
            let ended = ground.run(spec).await;
            let home = ground.home(TENANT).display().to_string();
            let user = sandbox::owner(TENANT).unwrap();
            let start = format!("a secret\n{home}\n{home}\n{user}\nread\n700\n{home}/.tmp/tmp.");
            assert!(
                ended.stdout.starts_with(&start),
                "{}{}",
                ended.stdout,
                ended.stderr
            );
            assert!(
                ended.stdout.ends_with("\n42\n"),
                "{}{}",
                ended.stdout,
                ended.stderr
            );
            assert_eq!(ended.code, Some(7));
            assert_eq!(
                fs::read_to_string(ground.home(TENANT).join("kept")).unwrap(),
                "x\n"
            );
        },
    );
}

#[test]
fn a_shell_has_a_terminal_that_it_opens_by_name_and_signals_of_its_keys() {
    contained(
        "landlock::a_shell_has_a_terminal_that_it_opens_by_name_and_signals_of_its_keys",
        async |ground| {
            let ours =
                openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
            grantpt(&ours).unwrap();
            unlockpt(&ours).unwrap();
            let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
            let options = fs::File::options().read(true).write(true).open(&name);
            let mut spec = ground.bash(TENANT, "");
            spec.argv = ["/bin/bash", "--norc", "-i"].map(str::to_owned).to_vec();
            let mut running = ground
                .launcher
                .spawn_on(spec, options.unwrap().into())
                .await
                .unwrap();
            let mut keyboard = fs::File::from(ours);
            let mut screen = read(keyboard.try_clone().unwrap());
            for (keys, words) in [
                ("echo by-$((1+1)) > $(tty)\n", "by-2"),
                ("echo on-$((1+2)) > /dev/tty\n", "on-3"),
                ("sh -c 'echo $((2+2))-begins; exec sleep 60'\n", "4-begins"),
                ("\x03", "^C"),
                ("echo code-$?-$((2+3))\n", "code-130-5"),
            ] {
                keyboard.write_all(keys.as_bytes()).unwrap();
                read_until(&mut screen, words).await;
            }
            keyboard.write_all(b"exit 5\n").unwrap();
            assert_eq!(running.wait().await.unwrap().code(), Some(5));
        },
    );
}

/// Hands on what is written on a terminal.
fn read(mut terminal: fs::File) -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        let mut some = [0; 1024];
        while let Ok(count @ 1..) = terminal.read(&mut some) {
            let text = String::from_utf8_lossy(&some[..count]).into_owned();
            sender.send(text).ok(); // the test has ended
        }
    });
    receiver
}

async fn read_until(screen: &mut UnboundedReceiver<String>, words: &str) {
    let mut seen = String::new();
    while !seen.contains(words) {
        let some = timeout(Duration::from_secs(20), screen.recv()).await;
        let some = some.ok().flatten();
        seen += &some.unwrap_or_else(|| panic!("no {words:?} in {seen:?}"));
    }
}

#[test]
fn the_port_of_an_inlet_that_needs_none_is_open() {
    contained(
        "landlock::the_port_of_an_inlet_that_needs_none_is_open",
        async |ground| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            let script = format!(
                "echo > /dev/tcp/127.0.0.1/{} && echo through",
                address.port()
            );
            let mut spec = ground.bash(TENANT, &script);
            let closed = ground.run(spec.clone()).await;
            assert!(
                closed.stderr.contains("Permission denied"),
                "{}",
                closed.stderr
            );
            spec.inlets.push(Inlet {
                listen: address,
                target: InletTarget::Tcp(address),
            });
            let open = ground.run(spec).await;
            assert_eq!(open.stdout, "through\n", "{}", open.stderr);
        },
    );
}

#[test]
fn a_mounted_program_is_found_where_the_machine_has_it() {
    contained(
        "landlock::a_mounted_program_is_found_where_the_machine_has_it",
        async |ground| {
            let tools = ground.folder.path().join("tools");
            fs::create_dir(&tools).unwrap();
            let source = tools.join("greet-here");
            fs::write(&source, "#!/bin/sh\necho hello $1\n").unwrap();
            set_mode(&source, 0o755);
            let mut spec = ground.bash(
                TENANT,
                "greet you; echo x >> $(readlink -f $(command -v greet))",
            );
            spec.set("PATH", "/opt/ours/bin:/usr/bin:/bin".to_owned());
            let unmounted = ground.run(spec.clone()).await;
            assert!(
                unmounted.stderr.contains("greet: command not found"),
                "{}",
                unmounted.stderr
            );
            let target = "/opt/ours/bin/greet".into();
            spec.mounts.push(Mount { source, target });
            let ended = ground.run(spec).await;
            assert_eq!(ended.stdout, "hello you\n", "{}", ended.stderr);
            assert!(
                ended.stderr.contains("Permission denied"),
                "{}",
                ended.stderr
            );
        },
    );
}

#[test]
fn a_workplace_runs_commands_that_are_kept_in_as_well() {
    contained(
        "landlock::a_workplace_runs_commands_that_are_kept_in_as_well",
        async |ground| {
            let secret = ground.folder.path().join("secret");
            fs::write(&secret, "secret").unwrap();
            fs::create_dir_all(ground.home(TENANT).join("demo")).unwrap();
            let place = ground
                .launcher
                .workplace(ground.bash(TENANT, ""))
                .await
                .unwrap();
            let script = format!(
                "pwd; echo $TMPDIR; cat {}; echo x > made; exit 3",
                secret.display()
            );
            let command = place
                .run(&["/bin/bash", "-c", &script], "/home/user/demo")
                .await;
            let (out, err, outcome) = ended(command.unwrap()).await;
            let home = ground.home(TENANT).display().to_string();
            assert_eq!(out, format!("{home}/demo\n{home}/.tmp\n"));
            assert!(err.contains("Permission denied"), "{err}");
            assert_eq!(outcome, Outcome::Exited(3));
            assert!(ground.home(TENANT).join("demo/made").exists());
        },
    );
}
