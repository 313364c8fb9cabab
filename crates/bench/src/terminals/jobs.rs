//! What a client does, in its own process.

use std::{
    io::{self, BufRead as _, Read as _, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::bail;
use serde::Serialize;

use super::{
    asking,
    bare::{self, Bare},
    client::{Job, Place, Read, Stop},
    line::{Line, PROMPT, Tail, until},
    page::{Address, LARGE_BUFFER, Page, SMALL_BUFFER},
    reading::{Count, Pace},
};

/// Lines of 80 columns, without end.
pub const FLOOD: &str = "yes $(printf %079d 0)";
/// Programs that take and let go 400 MB each, of which there is not enough for all; a fork bomb; and
/// lines without end by what needs no process of its own any more.
const NOISE: &str = "for i in 1 2 3 4; do (python3 -c 'while True: x = bytes([7]) * (400 << 20); del x' 2>/dev/null &); done; \
    b() { b | b & }; (b 2>/dev/null &); exec yes 00000000000000000000000000000000000000000000000000000000000000000000000000000";
/// How much of a flood is read before it counts as one.
const FLOODING_BYTES: u64 = 4 << 20;
/// Keys before those that count.
const WARM_UP: usize = 200;
/// A program that reads keys and writes them back at once, as editors do; written in two parts,
/// so that the echo of what is typed is not taken for its answer.
const WRITE_BACK: &[u8] = b"stty raw -echo; echo rea''dy; exec cat\r";
/// How long nothing comes before nothing more will.
const SILENCE: Duration = Duration::from_secs(1);
/// For how long nothing is read, or Ctrl-C is not pressed.
const A_WHILE: Duration = Duration::from_secs(1);

/// Does the job that the first line of input says.
pub fn run() -> anyhow::Result<()> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    match serde_json::from_str(&line)? {
        Job::Output { place, file } => say(&output(&mut *opened(&place, LARGE_BUFFER)?, &file)?),
        Job::Echo { place, keys } => say(&echo(&mut *opened(&place, SMALL_BUFFER)?, keys)?),
        Job::Flood {
            place,
            bytes_per_second,
        } => flood(&mut *opened(&place, LARGE_BUFFER)?, FLOOD, bytes_per_second),
        Job::Noise { place } => flood(&mut *opened(&place, LARGE_BUFFER)?, NOISE, None),
        Job::Stop { address, stop } => say(&stopped(&address, stop)?),
        Job::Interrupt {
            place,
            program,
            bytes_per_second,
            times,
        } => {
            let mut line = opened(&place, LARGE_BUFFER)?;
            let each = (0..times).map(|_| interrupt(&mut *line, &program, bytes_per_second));
            say(&each.collect::<anyhow::Result<Vec<_>>>()?)
        }
        Job::Ask { doors, rounds } => {
            asking::ask(doors, rounds, say)?;
            say(&())
        }
        Job::FrameServer => {
            let runtime = tokio::runtime::Runtime::new()?;
            runtime.block_on(bare::echo_frames(|address| say(&address)))
        }
        Job::Frames { address, count } => {
            let times = bare::time_frames(address, WARM_UP + count)?;
            say(&times[WARM_UP..])
        }
    }
}

fn say(what: &(impl Serialize + ?Sized)) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, what)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// A terminal at its first prompt.
fn opened(place: &Place, buffer: usize) -> anyhow::Result<Box<dyn Line>> {
    let mut line: Box<dyn Line> = match place {
        Place::Bare => Box::new(Bare::open()?),
        Place::Page(address) => Box::new(Page::open(address, buffer)?),
    };
    until(&mut *line, PROMPT)?;
    Ok(line)
}

/// Bytes are counted as they come: each end of a line is two of them.
fn output(line: &mut dyn Line, file: &Path) -> anyhow::Result<Read> {
    let mut count = Count::begin();
    // written in two parts, so that the echo of what is typed is not taken for the end
    let typed = format!("cat {}; echo en''d=$?\r", file.display());
    line.type_(typed.as_bytes())?;
    let mut tail = Tail::default();
    while !(tail.is_at_prompt() && tail.has("end=")) {
        let part = line.read()?;
        count.add(part.len());
        tail.push(part);
        line.drawn()?;
    }
    if !tail.has("end=0") {
        bail!("{typed:?} failed");
    }
    Ok(count.end())
}

fn echo(line: &mut dyn Line, keys: usize) -> anyhow::Result<Vec<Duration>> {
    line.type_(WRITE_BACK)?;
    until(line, "ready\n")?;
    let mut times = Vec::with_capacity(keys);
    for number in 0..WARM_UP + keys {
        let key = [b'a', b'b'][number % 2];
        let begun = Instant::now();
        line.type_(&[key])?;
        while !line.read()?.contains(&key) {}
        let took = begun.elapsed();
        line.drawn()?;
        if number >= WARM_UP {
            times.push(took);
        }
    }
    Ok(times)
}

fn flood(line: &mut dyn Line, program: &str, bytes_per_second: Option<f64>) -> anyhow::Result<()> {
    let end = told_to_end();
    let mut pace = Pace::of(bytes_per_second);
    line.type_(format!("{program}\r").as_bytes())?;
    let mut before = 0;
    while before < FLOODING_BYTES {
        before += pace.drawn(line)? as u64;
    }
    say(&())?;
    let mut count = Count::begin();
    while !end.load(Ordering::Relaxed) {
        count.add(pace.drawn(line)?);
    }
    say(&count.end())
}

/// Rings once nobody holds the other end of our input.
fn told_to_end() -> Arc<AtomicBool> {
    let end = Arc::new(AtomicBool::new(false));
    let rung = end.clone();
    thread::spawn(move || {
        io::stdin().lock().read_to_end(&mut Vec::new()).ok(); // broken is ended too
        rung.store(true, Ordering::Relaxed);
    });
    end
}

/// Counts from the last acknowledgement, which was of all that had come: the most that a host may
/// have under way.
fn stopped(address: &Address, stop: Stop) -> anyhow::Result<u64> {
    let mut page = Page::open(address, LARGE_BUFFER)?;
    until(&mut page, PROMPT)?;
    page.type_(format!("{FLOOD}\r").as_bytes())?;
    let begun = page.at();
    while page.at() < begun + FLOODING_BYTES {
        page.read()?;
        page.drawn()?;
    }
    page.acknowledge()?;
    let stopped = page.at();
    match stop {
        Stop::Acknowledging => {}
        Stop::Reading => thread::sleep(A_WHILE),
    }
    page.read_to_silence(SILENCE)?;
    Ok(page.at() - stopped)
}

fn interrupt(
    line: &mut dyn Line,
    program: &str,
    bytes_per_second: f64,
) -> anyhow::Result<Duration> {
    let mut pace = Pace::of(Some(bytes_per_second));
    line.type_(format!("{program}\r").as_bytes())?;
    let begun = Instant::now();
    while begun.elapsed() < A_WHILE {
        pace.drawn(line)?;
    }
    let pressed = Instant::now();
    line.type_(b"\x03")?;
    let mut tail = Tail::default();
    while !tail.is_at_prompt() {
        let part = line.read()?;
        tail.push(part);
        pace.wait(part.len());
        line.drawn()?;
    }
    Ok(pressed.elapsed())
}
