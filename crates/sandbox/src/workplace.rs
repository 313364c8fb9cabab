//! A sandbox in which commands are run, one after the other or beside each other.

use std::fs::File;

use tokio::io::AsyncRead;

use crate::{
    Job, Launcher, Machine, Outcome, Result, Running, Spec, Task, error::Doing as _,
    landlocked::Paths, launcher::Confinement, wire::Way,
};

/// A sandbox in which commands are run; all that is left in it ends when this is dropped.
///
/// A sandbox takes tens of milliseconds to start, and a command in one that is there one or two.
#[derive(Debug)]
pub struct Workplace {
    spec: Spec,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// One sandbox for all commands; with its paths, where those are the machine's own.
    Sandboxed(Box<Machine>, Option<Paths>),
    /// Nothing is kept apart.
    Unconfined(Launcher),
}

/// A command that runs in a workplace; it ends when this is dropped.
#[derive(Debug)]
pub enum Command {
    /// In a sandbox.
    Sandboxed(Task),
    /// Without one.
    Unconfined(Box<Running>),
}

/// One of a command's streams.
pub type Stream = Box<dyn AsyncRead + Send + Unpin>;

impl Workplace {
    /// Opens a workplace like `spec`, whose program and folder each command replaces.
    pub(crate) async fn open(launcher: &Launcher, mut spec: Spec) -> Result<Self> {
        if launcher.confinement() == Confinement::Unconfined {
            let kind = Kind::Unconfined(launcher.clone());
            return Ok(Self { spec, kind });
        }
        let program = ["/bin/sleep", "infinity"];
        spec.argv = program.map(str::to_owned).to_vec();
        let nowhere = File::options().write(true).open("/dev/null");
        let machine = launcher
            .boot_agent(spec.clone(), nowhere.doing("open /dev/null")?)
            .await?;
        let paths = (launcher.way() == Way::Landlock).then(|| Paths::of(&spec));
        let kind = Kind::Sandboxed(Box::new(machine), paths);
        Ok(Self { spec, kind })
    }

    /// Runs a program with its arguments in a folder, as seen inside.
    pub async fn run(&self, argv: &[&str], cwd: &str) -> Result<Command> {
        let argv = argv.iter().map(|&word| word.to_owned()).collect();
        let (env, cwd) = (self.spec.env.clone(), cwd.to_owned());
        match &self.kind {
            Kind::Sandboxed(machine, paths) => {
                let job = Job { argv, env, cwd };
                let job = match paths {
                    Some(paths) => paths.job(&job),
                    None => job,
                };
                let task = machine.run(job).await?;
                Ok(Command::Sandboxed(task))
            }
            Kind::Unconfined(launcher) => {
                let spec = Spec {
                    argv,
                    cwd,
                    ..self.spec.clone()
                };
                let running = launcher.spawn(spec).await?;
                Ok(Command::Unconfined(Box::new(running)))
            }
        }
    }
}

impl Command {
    /// Its standard output and standard error, once.
    pub fn streams(&mut self) -> (Stream, Stream) {
        match self {
            Self::Sandboxed(task) => (stream(task.stdout.take()), stream(task.stderr.take())),
            Self::Unconfined(running) => {
                (stream(running.stdout.take()), stream(running.stderr.take()))
            }
        }
    }

    /// Waits for its end. Read what it writes meanwhile, else it may wait for you.
    pub async fn wait(&mut self) -> Result<Outcome> {
        match self {
            Self::Sandboxed(task) => task.wait().await,
            Self::Unconfined(running) => Ok(crate::agent::outcome(running.wait().await?)),
        }
    }
}

fn stream(stream: Option<impl AsyncRead + Send + Unpin + 'static>) -> Stream {
    match stream {
        Some(stream) => Box::new(stream),
        None => Box::new(tokio::io::empty()),
    }
}
