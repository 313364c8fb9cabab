//! The real `mac` against a real server, from a machine outside: its commands run here.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use shared::{DeploymentKind, DeploymentState};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use crate::{
    server::{Guest, TestServer},
    shell::PATIENCE,
};

/// A machine outside: a home folder of its own.
pub struct Machine {
    pub home: TempDir,
    url: String,
}

/// What a command line came to.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.out);
        parsed.unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Machine {
    /// One that is signed in by the guest's token, piped in.
    pub async fn signed_in(server: &TestServer, guest: &Guest) -> Self {
        let machine = Self::new(server);
        let token = guest.client.token().unwrap();
        let words = format!("{}\n{token}\n", guest.account.name);
        let ran = machine.typed(&["login"], &words).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        machine
    }

    fn new(server: &TestServer) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            url: server.url("/api/v1/"),
        }
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    /// Where `mac` is.
    pub fn mac() -> PathBuf {
        Path::new(env!("CARGO_BIN_EXE_manageacloud")).with_file_name("mac")
    }

    pub fn command(&self, words: &[&str]) -> Command {
        self.program(&Self::mac(), words)
    }

    /// Another program, in the same surroundings.
    pub fn program(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("MAC_BASE_URL", &self.url)
            .env_remove("MAC_TERMINAL")
            .env_remove("MAC_APIKEY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub async fn run(&self, line: &str) -> Ran {
        self.typed(&line.split(' ').skip(1).collect::<Vec<_>>(), "")
            .await
    }

    async fn typed(&self, words: &[&str], typed: &str) -> Ran {
        let mut child = self.command(words).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(typed.as_bytes()).await.unwrap();
        drop(stdin);
        let ended = tokio::time::timeout(PATIENCE, child.wait_with_output());
        let ended = ended.await.unwrap().unwrap();
        Ran {
            code: ended.status.code(),
            out: String::from_utf8(ended.stdout).unwrap(),
            err: String::from_utf8(ended.stderr).unwrap(),
        }
    }
}

/// One resource that leaves a mark in the macfile's folder, and prints JSON.
const MARK: &str = r#"
mac: 1.0.8
name: mark
version: '{VERSION}'
description: a mark in the folder
infrastructures:
  mark_01:
    resource: mark
resources:
  mark:
    create bash: |
      touch made-{VERSION} && echo '{"Zone": [{"Id": "z-1"}], "é": 1}'
    destroy bash: rm made-{VERSION}
"#;

async fn guest_machine() -> (TestServer, Guest, Machine) {
    let server = TestServer::new().await;
    let guest = server.guest().await;
    let machine = Machine::signed_in(&server, &guest).await;
    (server, guest, machine)
}

#[tokio::test]
async fn somebody_signs_in_by_a_pipe_and_the_token_is_for_its_owner_alone() {
    let (server, guest, machine) = guest_machine().await;
    let file = machine.home.path().join(".manageacloud");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let token = guest.client.token().unwrap();
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains(&format!("apikey = {token}")), "{kept}");
    let stranger = Machine::new(&server);
    let ran = stranger.typed(&["login", "--token", "-"], "wrong").await;
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let ran = stranger
        .typed(&["login"], &format!("nobody\n{token}\n"))
        .await;
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(!format!("{ran:?}").contains(token), "{ran:?}");
    let ran = stranger.typed(&["login", "--token", "-"], token).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(machine.run("mac logout").await.code, Some(0));
    assert_eq!(machine.run("mac infrastructure list").await.code, Some(2));
}

#[tokio::test]
async fn a_macfile_is_carried_out_here_and_the_server_keeps_the_journal() {
    let (_server, guest, machine) = guest_machine().await;
    machine.write("macfile", MARK);
    let ran = machine
        .run("mac -s infrastructure macfile -p VERSION=1.10")
        .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Infrastructure created successfully."));
    assert!(machine.home.path().join("made-1.10").exists());
    // the file was wanted by name, and the version is there already
    let again = machine
        .run("mac infrastructure macfile macfile -p VERSION=1.10")
        .await;
    assert_eq!(again.code, Some(7), "{again:?}");
    let listed = machine.run("mac infrastructure list").await;
    assert_eq!(
        listed.out,
        "+---------------------+---------+\n\
         | Infrastructure name | version |\n\
         +---------------------+---------+\n\
         |         mark        |   1.10  |\n\
         +---------------------+---------+\n"
    );
    let history = client::deployments::list(&guest.client).await.unwrap();
    assert_eq!(history.items[0].kind, DeploymentKind::Create);
    assert_eq!(history.items[0].state, DeploymentState::Succeeded);
}

/// The first defect of the original: on Python 3 this command could not run at all.
#[tokio::test]
async fn a_resources_output_is_printed_whole_and_in_parts() {
    let (_server, _guest, machine) = guest_machine().await;
    machine.write("macfile", MARK);
    let made = machine.run("mac infra macfile -p VERSION=1").await;
    assert_eq!(made.code, Some(0), "{made:?}");
    for (key, printed) in [
        ("", "{\"Zone\": [{\"Id\": \"z-1\"}], \"é\": 1}\n"),
        (" json.Zone.0.Id", "z-1"),
        (" json.Zone.0", "{\n    \"Id\": \"z-1\"\n}"),
        (" text.regex(z-.)", "['z-1']\n"),
        (" text.regex(Z-(.))[0]", "1"),
    ] {
        let ran = machine
            .run(&format!("mac resource get_stdout mark 1 mark_01{key}"))
            .await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(0), printed), "{key}");
    }
    let none = machine
        .run("mac resource get_stdout mark 1 mark_01 json.None")
        .await;
    assert_eq!(none.code, Some(3));
    assert!(none.err.contains("Key 'None' not found"), "{none:?}");
}

/// The second defect of the original: a macfile at a URL could not be read on Python 3.
#[tokio::test]
async fn a_macfile_at_a_url_is_carried_out() {
    let (_server, _guest, machine) = guest_machine().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mark.macfile", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            assert!(stream.read(&mut [0; 2048]).await.unwrap() > 0);
            let length = MARK.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{MARK}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let line = format!("mac infrastructure macfile {url} -p VERSION=2");
    let refused = machine.run(&line).await;
    assert_eq!(refused.code, Some(3), "a private address: {refused:?}");
    let lint = format!("mac macfile lint {url} -p VERSION=2");
    let refused = machine.run(&lint).await;
    assert_eq!(refused.code, Some(3), "a private address: {refused:?}");
    let linted = machine.run(&format!("{lint} --allow-private-urls")).await;
    assert_eq!(linted.code, Some(0), "{linted:?}");
    let ran = machine.run(&format!("{line} --allow-private-urls")).await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(machine.home.path().join("made-2").exists());
}

#[tokio::test]
async fn a_failed_command_and_a_leaked_resource_are_told_by_exit_codes() {
    let (_server, _guest, machine) = guest_machine().await;
    machine.write(
        "bad.macfile",
        &MARK.replace("touch made", "false; exit 4; touch made"),
    );
    let failed = machine.run("mac infrastructure macfile -p VERSION=1").await;
    assert_eq!(failed.code, Some(12), "{failed:?}");
    machine.write("bad.macfile", &MARK.replace("touch made-{VERSION} && ", ""));
    let resumed = machine.run("mac infrastructure macfile -p VERSION=3").await;
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    // its destroy command has no file to remove; where it runs, it fails
    let destroyed = machine.run("mac infrastructure destroy mark 3").await;
    assert_ne!(destroyed.code, Some(0), "{destroyed:?}");
    let items = machine.run("mac infrastructure items -n mark -v 3").await;
    assert!(items.out.contains("Leaked"), "{items:?}");
    machine.write("bad.macfile", "mac: 1\n");
    let wrong = machine.run("mac infrastructure macfile").await;
    assert_eq!(wrong.code, Some(11), "{wrong:?}");
}

#[tokio::test]
async fn ten_megabytes_of_output_neither_hang_nor_get_lost() {
    let (_server, guest, machine) = guest_machine().await;
    let much = "yes 0123456789abcdef | head -c 10000000; yes error | head -c 1000000 >&2; echo end";
    machine.write(
        "much.macfile",
        &MARK.replace("touch made-{VERSION} && ", &format!("{much}; ")),
    );
    let ran = machine
        .run("mac -q infrastructure macfile -p VERSION=1")
        .await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.out.contains("0123456789abcdef"), "results alone");
    // the server keeps the beginning, and the log has the last words
    let resource = client::infrastructures::resource(&guest.client, "mark", "1", "mark_01")
        .await
        .unwrap();
    assert_eq!(resource.stdout.len(), 1 << 20);
    let id = client::deployments::list(&guest.client)
        .await
        .unwrap()
        .items[0]
        .id;
    let log = machine.run(&format!("mac deployment log {id}")).await;
    assert!(
        log.out.contains("{\"Zone\": [{\"Id\": \"z-1\"}]"),
        "the end is there"
    );
}

/// A `mac` whose command runs on its own machine and takes its time.
struct Long {
    child: Child,
    command: Pid,
}

impl Long {
    async fn begin(machine: &Machine) -> Self {
        let long = "echo $$ > leader; sleep 600 & wait; ";
        machine.write(
            "long.macfile",
            &MARK.replace("touch made-{VERSION} && ", long),
        );
        let words = ["infrastructure", "macfile", "-p", "VERSION=1"];
        let child = machine.command(&words).spawn().unwrap();
        let leader = machine.home.path().join("leader");
        let begun = async {
            loop {
                let text = std::fs::read_to_string(&leader).unwrap_or_default();
                if let Some(id) = text.strip_suffix('\n') {
                    return id.parse().unwrap();
                }
                tokio::task::yield_now().await;
            }
        };
        let id = tokio::time::timeout(PATIENCE, begun).await.unwrap();
        let command = Pid::from_raw(id).unwrap();
        Self { child, command }
    }

    fn interrupt(&self) {
        let id = Pid::from_raw(self.child.id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, Signal::INT).unwrap();
    }

    /// Its exit code, once nothing of its command is left.
    async fn ends(mut self) -> Option<i32> {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        // what was killed counts until somebody has waited for it
        let gone = async {
            while rustix::process::test_kill_process_group(self.command).is_ok() {
                tokio::task::yield_now().await;
            }
        };
        let gone = tokio::time::timeout(PATIENCE, gone).await;
        assert!(gone.is_ok(), "something of it is left");
        ended.unwrap().unwrap().code()
    }
}

#[tokio::test]
async fn ctrl_c_cancels_what_runs_here() {
    let (_server, guest, machine) = guest_machine().await;
    let long = Long::begin(&machine).await;
    long.interrupt();
    assert_eq!(long.ends().await, Some(12));
    let history = client::deployments::list(&guest.client).await.unwrap();
    assert_eq!(history.items[0].state, DeploymentState::Cancelled);
}

#[tokio::test]
async fn what_runs_here_ends_when_its_deployment_is_cancelled_elsewhere() {
    let (_server, guest, machine) = guest_machine().await;
    let long = Long::begin(&machine).await;
    let history = client::deployments::list(&guest.client).await.unwrap();
    client::deployments::cancel(&guest.client, history.items[0].id)
        .await
        .unwrap();
    assert_eq!(long.ends().await, Some(12));
}

#[tokio::test]
async fn a_second_ctrl_c_leaves_a_server_that_does_not_answer() {
    let (server, _guest, machine) = guest_machine().await;
    let mut long = Long::begin(&machine).await;
    drop(server);
    long.interrupt();
    let stderr = long.child.stderr.take().unwrap();
    let mut told = BufReader::new(stderr).lines();
    let asked = async {
        while let Some(line) = told.next_line().await.unwrap() {
            if line.starts_with("ending it") {
                return;
            }
        }
        panic!("it ended");
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap();
    long.interrupt();
    assert_eq!(long.ends().await, Some(130));
}

#[tokio::test]
async fn every_list_is_one_json_document_where_that_is_asked_for() {
    let (_server, _guest, machine) = guest_machine().await;
    machine.write("macfile", MARK);
    let made = machine
        .run("mac --json infrastructure macfile -p VERSION=1")
        .await;
    assert_eq!(made.json()["infrastructure"]["name"], "mark");
    for line in [
        "infrastructure list",
        "infrastructure items",
        "instance list",
        "resource list",
        "configuration list",
        "configuration search -k web",
        "provider list",
        "app list",
        "app show mark",
        "deployment list",
        "history mark",
        "terminal list",
        "tutorial",
        "macfile lint -p VERSION=1",
        "macfile plan -p VERSION=1",
        "infrastructure macfile --plan -p VERSION=1",
        "resource get_stdout mark 1 mark_01",
    ] {
        let ran = machine.run(&format!("mac --json {line}")).await;
        assert_eq!(ran.code, Some(0), "{line}: {ran:?}");
        assert!(!ran.json().is_null(), "{line}");
    }
    let history = machine.run("mac --json history mark").await.json();
    let id = history[0]["id"].as_str().unwrap().to_owned();
    for verb in ["show", "log"] {
        let ran = machine
            .run(&format!("mac --json deployment {verb} {id}"))
            .await;
        assert_eq!(ran.code, Some(0), "{verb}: {ran:?}");
        assert!(!ran.json().is_null(), "{verb}");
    }
}

/// The tenth defect of the original: secrets were arguments, and printed.
#[tokio::test]
async fn a_secret_is_told_to_nobody() {
    let (_server, _guest, machine) = guest_machine().await;
    let words = [
        "-v",
        "--debug",
        "provider",
        "credential",
        "amazon",
        "AKIA",
        "-",
    ];
    let ran = machine.typed(&words, "s3cret\n").await;
    assert_ne!(ran.code, Some(0), "nobody accepts it: {ran:?}");
    assert!(!format!("{ran:?}").contains("s3cret"), "{ran:?}");
    assert!(ran.err.contains("asking"), "{ran:?}");
}
