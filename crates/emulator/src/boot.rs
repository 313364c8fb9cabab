//! A boot, from what an instance was told at its launch to its end.

use std::{sync::Arc, time::Duration, time::SystemTime};

use anyhow::Context as _;
use bytes::Bytes;
use sandbox::{Job, Machine, Outcome, Spec};
use tokio::time;

use crate::{
    books::BookedInstance,
    console::Console,
    instances::{self, Place},
    metadata::Facts,
    realm::Realm,
    ssh,
    user_data::{self, Boot, FOLDER, Occasion},
    vitals::{Progress, Vital},
};

/// How long the last lines of what ended are waited for: what it left running may write for good.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What ended without a code of its own, in a shell's words.
const NOT_STARTED: i32 = 126;

/// A boot that is laid out and may begin.
struct Prepared {
    /// What the instance is called inside.
    hostname: String,
    /// Where it speaks.
    console: Console,
    id: String,
    has_work: bool,
}

/// Boots an instance: what it was told to do has begun when this returns.
///
/// # Errors
/// The books do not answer, or its sandbox does not start, which the status check tells.
pub(crate) async fn boot(realm: &Realm, instance: &BookedInstance) -> anyhow::Result<Arc<Machine>> {
    let place = realm.place(&instance.id);
    let moto = &realm.ground.moto;
    let user_data = moto.user_data(&realm.account, &instance.id).await?;
    place.tell(user_data.as_deref())?;
    place.make(realm.account.tenant)?;
    let facts = Facts {
        instance: instance.clone(),
        user_data: place.told()?.map(Bytes::from),
    };
    let vital = realm.vitals.begin(&instance.id, facts, SystemTime::now());
    let started = start(realm, &place, instance).await;
    let (prepared, machine) =
        started.inspect_err(|_| vital.comes_to(Progress::Dead, SystemTime::now()))?;
    place.count_boot()?;
    tokio::spawn(prepared.carry_out(machine.clone(), vital));
    Ok(machine)
}

async fn start(
    realm: &Realm,
    place: &Place,
    instance: &BookedInstance,
) -> anyhow::Result<(Prepared, Arc<Machine>)> {
    let prepared = prepare(place, instance).await?;
    let (hostname, console) = (prepared.hostname.clone(), &prepared.console);
    let tenant = realm.account.tenant;
    let address = instance.private_address.parse();
    let outbound = realm.outbound(address.context("it has no address")?);
    let machine = instances::boot(&realm.ground, place, tenant, hostname, outbound, console)
        .await
        .inspect_err(|_| console.say("[boot] its sandbox does not start, and is tried again"))?;
    Ok((prepared, machine))
}

/// Decides what a boot does, lays it out where the instance sees it, and says so on the console.
async fn prepare(place: &Place, instance: &BookedInstance) -> anyhow::Result<Prepared> {
    let told = place.told().context("read the user-data")?;
    let told = told.unwrap_or_default();
    // inflating and parsing may take a moment
    let read = tokio::task::spawn_blocking(move || user_data::read(&told)).await;
    let boot = read.unwrap_or_else(|_| Boot::unreadable());
    let count = place.boots_so_far() + 1;
    let occasion = if count == 1 {
        Occasion::First
    } else {
        Occasion::Later
    };
    let has_work = place.lay_out(&boot, occasion).context("lay the boot out")?;
    let hostname = boot.hostname.clone();
    let hostname = hostname.unwrap_or_else(|| instances::hostname(&instance.private_address));
    let console = place.open_console()?;
    console.say(&banner(instance, &hostname, count));
    let known_by = ssh::fingerprint(&place.host_key()?);
    console.say(&format!("[boot] its SSH host key is {known_by} (ED25519)"));
    for note in &boot.notes {
        console.say(&format!("[boot] {note}"));
    }
    Ok(Prepared {
        hostname,
        console,
        id: instance.id.clone(),
        has_work,
    })
}

fn banner(instance: &BookedInstance, hostname: &str, count: u64) -> String {
    let (id, details) = (&instance.id, &instance.details);
    let (kind, image, zone) = (&details.instance_type, &details.image, &details.zone);
    let now = jiff::Timestamp::now();
    format!(
        "[boot] {id}, a {kind} of {image} in {zone}, boots for time {count} at {now:.0}\n\
         [boot] its name is {hostname}, its address {}",
        instance.private_address
    )
}

impl Prepared {
    /// Runs what the boot does, to its end; what is to be known of that is in the vital.
    async fn carry_out(self, machine: Arc<Machine>, vital: Arc<Vital>) {
        let begun = time::Instant::now();
        let ended = match self.has_work {
            true => self.run(&machine).await,
            false => Some(0),
        };
        let Some(code) = ended else {
            return; // the sandbox has ended, on purpose or not: whoever sees that says so
        };
        vital.comes_to(Progress::Ended(code), SystemTime::now());
        let seconds = begun.elapsed().as_secs_f64();
        if self.has_work {
            self.console.say(&format!("user-data ended with {code}"));
        }
        self.console
            .say(&format!("[boot] it is up, after {seconds:.1} s"));
    }

    /// How it ends; none when its sandbox does.
    async fn run(&self, machine: &Machine) -> Option<i32> {
        let mut task = match machine.run(job(&self.id)).await {
            Ok(task) => task,
            Err(error) => {
                self.console
                    .say(&format!("[boot] user-data cannot be run: {error}"));
                return None;
            }
        };
        let streams = (task.stdout.take(), task.stderr.take());
        let console = self.console.clone();
        let mut said = tokio::spawn(async move {
            let other = console.clone();
            let out = async {
                if let Some(out) = streams.0 {
                    console.take(out).await
                }
            };
            let errors = async {
                if let Some(errors) = streams.1 {
                    other.take(errors).await
                }
            };
            tokio::join!(out, errors);
        });
        let outcome = task.wait().await.ok()?;
        time::timeout(LAST_WORDS, &mut said).await.ok(); // it goes on by itself
        Some(match outcome {
            Outcome::Exited(code) => code,
            Outcome::Signalled(signal) => 128 + signal,
            Outcome::NotStarted(why) => {
                self.console
                    .say(&format!("[boot] user-data cannot be run: {why}"));
                NOT_STARTED
            }
        })
    }
}

/// The boot's script in a session of its own, as what it leaves running stays.
fn job(id: &str) -> Job {
    let plain = Spec::new([""; 0], "", 0);
    let mut env = plain.env;
    // cloud-init tells its scripts so
    env.push(("INSTANCE_ID".to_owned(), id.to_owned()));
    let script = format!("exec {FOLDER}/boot 2>&1");
    let argv = ["/usr/bin/setsid", "--wait", "/bin/sh", "-c", &script];
    Job {
        argv: argv.map(str::to_owned).to_vec(),
        env,
        cwd: plain.cwd,
    }
}
