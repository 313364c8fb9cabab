//! An emulated cloud with a folder of its own, and what its users do.

use std::{path::PathBuf, process::Output, time::Duration};

use emulator::{Config, Credentials, Emulator};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::{io::AsyncReadExt as _, net::UnixStream, process::Command, time};
use tokio_util::sync::{CancellationToken, DropGuard};

const PATIENCE: Duration = Duration::from_secs(60);

/// An emulated cloud with a folder of its own.
pub struct Cloud {
    pub emulator: Emulator,
    toolbox: PathBuf,
    folder: TempDir,
    shutdown: CancellationToken,
    _ends: DropGuard,
}

/// Where the toolbox is.
pub fn toolbox() -> PathBuf {
    let toolbox = std::env::var_os("MANAGEACLOUD_TOOLBOX")
        .map_or_else(|| PathBuf::from("/opt/manageacloud/toolbox"), PathBuf::from);
    assert!(
        toolbox.join("stamp").exists(),
        "run `cargo xtask toolbox` first"
    );
    toolbox
}

impl Cloud {
    pub async fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap()).await
    }

    /// Ends it, and starts another one in its folder.
    pub async fn again(self) -> Self {
        self.stop().await;
        Self::over(self.folder).await
    }

    /// Ends all of it but its folder.
    pub async fn stop(&self) {
        self.shutdown.cancel();
        let stopped = async {
            while !self.sandboxes("").is_empty() || self.emulator.health().await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        time::timeout(PATIENCE, stopped).await.unwrap();
    }

    async fn over(folder: TempDir) -> Self {
        let toolbox = toolbox();
        let control = folder.path().join("run/emulator.sock");
        let config = Config {
            control: control.clone(),
            data: folder.path().join("data"),
            run_dir: folder.path().join("run/emu"),
            helper: env!("CARGO_BIN_EXE_emulator-helper").into(),
            toolbox: toolbox.clone(),
            alone_for: Duration::from_secs(600),
            server: None,
        };
        let shutdown = CancellationToken::new();
        let emulator = Emulator::new(control);
        let started = async {
            let mut run = tokio::spawn(emulator::run(config.clone(), shutdown.clone()));
            while emulator.health().await.is_err() {
                if run.is_finished() {
                    // sockets of the one before it may be open for a moment longer
                    run = tokio::spawn(emulator::run(config.clone(), shutdown.clone()));
                }
                tokio::task::yield_now().await;
            }
        };
        time::timeout(PATIENCE, started).await.unwrap();
        Self {
            emulator,
            toolbox,
            folder,
            _ends: shutdown.clone().drop_guard(),
            shutdown,
        }
    }

    /// The processes of this cloud's sandboxes whose command lines have a word in them.
    pub fn sandboxes(&self, word: &str) -> Vec<i32> {
        let folder = self.folder.path().to_str().unwrap();
        let ids = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let at = entry.ok()?.path();
            let id: i32 = at.file_name()?.to_str()?.parse().ok()?;
            let mounts = std::fs::read_to_string(at.join("mountinfo")).ok()?;
            let line = std::fs::read(at.join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line);
            (mounts.contains(folder) && line.contains(word)).then_some(id)
        });
        ids.collect()
    }

    /// Where the books are.
    pub fn books(&self) -> PathBuf {
        self.folder.path().join("data/moto/home/books")
    }

    pub async fn account(&self, id: &str, tenant: u32) -> Credentials {
        self.emulator.account(id, tenant).await.unwrap()
    }

    /// Runs the genuine command line as somebody.
    pub async fn aws(&self, who: &Credentials, line: &str) -> Output {
        let arguments: Vec<&str> = line.split(' ').collect();
        let mut command = Command::new(self.toolbox.join("bin/aws"));
        let command = self.as_somebody(&mut command, who).args(arguments);
        command.output().await.unwrap()
    }

    /// Runs one of the Python programs beside this file as somebody, with moto's interpreter, which
    /// has boto3; what it is told comes as JSON in `TOLD`.
    pub async fn python(&self, who: &Credentials, program: &str, told: &str) -> Output {
        let mut command = Command::new(self.toolbox.join("moto/bin/python"));
        let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cloud");
        let command = self
            .as_somebody(&mut command, who)
            .arg(format!("{tests}/{program}"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("TOLD", told);
        command.output().await.unwrap()
    }

    /// A folder for what is sent and received.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn as_somebody<'a>(&self, command: &'a mut Command, who: &Credentials) -> &'a mut Command {
        command
            .kill_on_drop(true)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", &who.endpoint)
            .env("AWS_ACCESS_KEY_ID", &who.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &who.secret_access_key)
            .env("AWS_DEFAULT_REGION", "ap-southeast-2")
            .env("AWS_DEFAULT_OUTPUT", "text")
            .env("AWS_MAX_ATTEMPTS", "1")
    }

    pub async fn ok(&self, who: &Credentials, line: &str) -> String {
        let output = self.aws(who, line).await;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub async fn refused(&self, who: &Credentials, line: &str) -> String {
        let output = self.aws(who, line).await;
        assert!(!output.status.success(), "{line} was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs a line of shell in a terminal of somebody's, and returns what it writes.
    pub async fn terminal(&self, who: &Credentials, line: &str) -> String {
        let home = self.folder.path().join("home");
        std::fs::create_dir_all(&home).unwrap();
        let helper = env!("CARGO_BIN_EXE_emulator-helper");
        let launcher = sandbox::Launcher::new(helper, self.folder.path().join("box"));
        let mut spec = sandbox::Spec::new(["/bin/bash", "-c", line], home, 7);
        spec.outbound = who.outbound.clone();
        let mut running = launcher.await.unwrap().spawn(spec).await.unwrap();
        let mut said = String::new();
        let mut stdout = running.stdout.take().unwrap();
        stdout.read_to_string(&mut said).await.unwrap();
        said.trim().to_owned()
    }

    /// Runs a line of shell on an instance, and returns what it writes.
    pub async fn on(&self, account: &str, instance: &str, line: &str) -> String {
        let ran = self.emulator.command(account, instance, line).await;
        ran.map_or_else(
            |error| error.to_string(),
            |ran| ran.stdout.trim().to_owned(),
        )
    }

    /// Launches an instance that serves its own name on port 8080.
    pub async fn launch(&self, who: &Credentials, name: &str) -> String {
        let script = format!(
            "#!/bin/bash\necho serving {name}\nmkdir -p www && cd www && echo page-{name} >index.html\n\
             exec python3 -m http.server 8080\n"
        );
        self.launch_script(who, &script).await
    }

    /// Launches an instance that runs a script.
    pub async fn launch_script(&self, who: &Credentials, script: &str) -> String {
        self.ok(who, &self.run_instances(script)).await
    }

    /// The line that launches an instance with user data, and says its id.
    pub fn run_instances(&self, user_data: impl AsRef<[u8]>) -> String {
        format!(
            "ec2 run-instances --image-id ami-69631053 --count 1 --instance-type t2.micro \
             --security-groups default --region ap-southeast-2 \
             --user-data fileb://{} --query Instances[0].InstanceId",
            self.file("user-data", user_data)
        )
    }

    /// A file for the command line to read, by its path.
    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Where an instance keeps what it has.
    pub fn place(&self, who: &Credentials, id: &str) -> PathBuf {
        let instances = self.folder.path().join("data/instances");
        instances.join(&who.account_number).join(id)
    }

    /// Asks until the answer is as wanted.
    pub async fn until_said(&self, who: &Credentials, line: &str, wanted: impl Fn(&str) -> bool) {
        let said = async {
            while !wanted(&self.ok(who, line).await) {
                tokio::task::yield_now().await;
            }
        };
        if time::timeout(PATIENCE, said).await.is_err() {
            panic!("{line} says {}", self.ok(who, line).await);
        }
    }

    /// Waits until so many instances run.
    pub async fn until_running(&self, count: usize) {
        let running = async {
            while self.emulator.health().await.unwrap().instances != count {
                tokio::task::yield_now().await;
            }
        };
        if time::timeout(PATIENCE, running).await.is_err() {
            panic!("{:?}", self.emulator.health().await);
        }
    }

    /// A load balancer called `web` with an instance.
    pub async fn balance(&self, who: &Credentials, instance: &str) {
        let create = "elb create-load-balancer --load-balancer-name web --listeners \
                      Protocol=HTTP,LoadBalancerPort=80,InstanceProtocol=HTTP,InstancePort=8080 \
                      --availability-zones ap-southeast-2a";
        self.ok(who, create).await;
        let register = format!(
            "elb register-instances-with-load-balancer --load-balancer-name web \
             --instances {instance}"
        );
        self.ok(who, &register).await;
    }
}

/// What a balancer answers.
pub struct Page {
    pub status: u16,
    pub body: String,
    headers: hyper::HeaderMap,
}

impl Page {
    /// A cookie as it is sent back.
    pub fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all("set-cookie").iter();
        let mut set = set.filter_map(|value| value.to_str().unwrap().split(';').next());
        let is_it = |pair: &&str| pair.starts_with(&format!("{name}="));
        set.find(is_it).expect(name).to_owned()
    }
}

/// Asks a balancer for a page, under a name that may have a port.
pub async fn visit(who: &Credentials, host: &str, path: &str, headers: &[(&str, &str)]) -> Page {
    let stream = UnixStream::connect(&who.web_socket).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let mut request = hyper::Request::get(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Page {
        status: head.status.as_u16(),
        body: String::from_utf8_lossy(&body).into_owned(),
        headers: head.headers,
    }
}

async fn get(who: &Credentials, host: &str) -> (u16, String) {
    let page = visit(who, host, "/", &[]).await;
    (page.status, page.body)
}

pub async fn until(who: &Credentials, host: &str, wanted: impl Fn(u16, &str) -> bool) {
    let seen = async {
        loop {
            let (status, body) = get(who, host).await;
            if wanted(status, &body) {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    if time::timeout(PATIENCE, seen).await.is_err() {
        panic!("{host} answers {:?}", get(who, host).await);
    }
}
