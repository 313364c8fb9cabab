//! Recordings as they are written and read.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use shared::recording::{MomentKind, time_at};
use tempfile::TempDir;

use super::{
    Cast, Event, Recorder, Recording, What, Writer, recorder::WAITING_BYTES, screen_at, search,
};
use crate::{history::History, screen::Screen};

const PATIENCE: Duration = Duration::from_secs(30);
/// Nothing is left out below that.
const ALL: u64 = 64 << 20;

/// A terminal that is recorded, without a program.
struct Terminal {
    history: History,
    recorder: Option<Recorder>,
    written: Vec<u8>,
    begun_at: u64,
    folder: PathBuf,
    _writer: Writer,
}

impl Terminal {
    fn begin(folder: &Path, most: u64, before: &[u8]) -> Self {
        let writer = Writer::start().unwrap();
        let folder = folder.join("recording");
        let tape = Writer::prepare(folder.clone(), most, "name".into()).unwrap();
        let mut history = History::default();
        history.resize((80, 24));
        history.push(before);
        let at = history.end();
        let recorder = writer.begin(tape, at, (80, 24), history.snapshot());
        Self {
            history,
            recorder: Some(recorder),
            written: Vec::new(),
            begun_at: at,
            folder,
            _writer: writer,
        }
    }

    /// As a shell does it.
    fn write(&mut self, bytes: &[u8]) {
        let recorder = self.recorder.as_mut().unwrap();
        let at = self.history.end();
        if recorder.wants_screen() {
            recorder.screen(at, self.history.snapshot());
        }
        recorder.output(at, bytes);
        self.history.push(bytes);
        self.written.extend(bytes);
    }

    /// Until all that was handed over is written.
    fn settle(&self) {
        let begun = Instant::now();
        let waiting = &self.recorder.as_ref().unwrap().waiting;
        while waiting.load(Ordering::Relaxed) > 0 {
            assert!(begun.elapsed() < PATIENCE, "it is not written");
            std::thread::yield_now();
        }
    }

    fn resize(&mut self, size: (u16, u16)) {
        self.recorder.as_mut().unwrap().resize(size);
        self.history.resize(size);
    }

    fn end(&mut self) -> Recording {
        let recorder = self.recorder.take().unwrap();
        let progress = recorder.progress().clone();
        drop(recorder);
        let begun = Instant::now();
        while !progress.done.is_cancelled() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::yield_now();
        }
        Recording::open(&self.folder).unwrap()
    }

    fn of(&self, from: u64, to: u64) -> &[u8] {
        let at = |offset: u64| usize::try_from(offset - self.begun_at).unwrap();
        &self.written[at(from)..at(to)]
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn output(recording: &Recording) -> Vec<u8> {
    let mut all = Vec::new();
    let mut at = recording.start();
    loop {
        let (begin, bytes) = recording.read(at, 10_000).unwrap();
        if bytes.is_empty() {
            return all;
        }
        at = begin + bytes.len() as u64;
        all.extend(bytes);
    }
}

fn lines(from: u32, to: u32) -> Vec<u8> {
    let lines = (from..to).map(|n| format!("\x1b[3{}mline {n} ünïcödé\x1b[m\r\n", n % 8));
    lines.collect::<String>().into_bytes()
}

fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).unwrap();
    all.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn what_was_written_is_read_byte_by_byte_from_many_parts() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), 4 << 20, b"what was before");
    for number in 0..600 {
        terminal.write(&lines(number * 50, number * 50 + 50));
        terminal.settle();
    }
    let recording = terminal.end();
    assert!(output(&recording) == terminal.written, "other bytes");
    assert_eq!(recording.missing(), []);
    let all = names(&terminal.folder);
    let packed = all.iter().filter(|name| name.ends_with(".zst")).count();
    assert!(
        packed > 1 && !all.iter().any(|name| name.ends_with(".raw")),
        "{all:?}"
    );
    assert!(
        recording.stored_bytes * 3 < terminal.written.len() as u64,
        "{}",
        recording.stored_bytes
    );
    let is_sorted = recording
        .moments
        .is_sorted_by_key(|moment| (moment.at_ms, moment.offset));
    assert!(is_sorted, "{:?}", recording.moments);
    assert!(recording.has_ended());
}

#[test]
fn what_is_not_compressed_yet_is_read_while_it_is_written_and_after_a_crash() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, b"");
    terminal.write(b"one");
    terminal.write(b" two");
    terminal.settle();
    let recording = Recording::open(&terminal.folder).unwrap();
    assert_eq!(output(&recording), b"one two");
    assert!(!recording.has_ended());
    // a crash may leave half of a record, and what no record speaks of yet
    let crashed = place.path().join("crashed");
    fs::create_dir(&crashed).unwrap();
    for name in names(&terminal.folder) {
        let mut bytes = fs::read(terminal.folder.join(&name)).unwrap();
        if name == "index" {
            bytes.truncate(bytes.len() - 7);
        }
        fs::write(crashed.join(name), bytes).unwrap();
    }
    fs::write(crashed.join("0000000000000000-00000007.zst.new"), b"half").unwrap();
    let recording = Recording::open(&crashed).unwrap();
    assert_eq!(output(&recording), b"one two");
    assert_eq!(recording.end(), 7);
}

#[test]
fn of_what_is_too_long_the_first_and_the_last_is_kept_and_what_is_missing_is_told() {
    let place = folder();
    let most = 64 << 10;
    let mut terminal = Terminal::begin(place.path(), most, b"");
    for number in 0..2000 {
        terminal.write(&lines(number * 10, number * 10 + 10));
        terminal.settle();
    }
    let recording = terminal.end();
    let missing = recording.missing();
    assert_eq!(missing.len(), 1, "{missing:?}");
    let gap = missing[0].clone();
    let end = terminal.history.end();
    let kept = gap.start + (end - gap.end);
    assert!(kept <= most && kept > most / 2, "{kept} of {most}: {gap:?}");
    assert!(
        gap.start >= most / 4 && end - gap.end >= most / 4,
        "{gap:?}"
    );
    let whole = [terminal.of(0, gap.start), terminal.of(gap.end, end)].concat();
    assert!(output(&recording) == whole);
    // and after it there is a screen to go on from
    let gaps = recording.play().map(Result::unwrap);
    let gaps: Vec<Event> = gaps
        .filter(|event| matches!(event.what, What::Screen { missing, .. } if missing > 0))
        .collect();
    let [
        Event {
            what: What::Screen { bytes, missing },
            ..
        },
    ] = gaps.as_slice()
    else {
        panic!("{gaps:?}");
    };
    assert_eq!(*missing, gap.end - gap.start);
    assert!(!bytes.is_empty());
}

#[test]
fn a_terminal_never_waits_for_a_disk_that_is_slow_and_the_gap_is_told() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, b"");
    terminal.write(b"before ");
    terminal.settle();
    let waiting = terminal.recorder.as_ref().unwrap().waiting.clone();
    waiting.fetch_add(WAITING_BYTES, Ordering::Relaxed);
    terminal.write(b"lost");
    waiting.fetch_sub(WAITING_BYTES, Ordering::Relaxed);
    terminal.settle();
    terminal.write(b" after");
    terminal.settle();
    let progress = terminal.recorder.as_ref().unwrap().progress().clone();
    let counts = progress.counts().clone();
    assert_eq!((counts.kept_bytes, counts.missing_bytes), (13, 4));
    let recording = terminal.end();
    assert_eq!(output(&recording), b"before  after");
    assert_eq!(recording.missing(), vec![Range { start: 7, end: 11 }]);
    let screens = recording
        .play()
        .filter_map(|event| match event.unwrap().what {
            What::Screen { bytes, missing: 4 } => Some(String::from_utf8(bytes).unwrap()),
            _ => None,
        });
    let screens: Vec<String> = screens.collect();
    assert!(
        screens.len() == 1 && screens[0].contains("before lost"),
        "{screens:?}"
    );
}

/// A disk of a megabyte, gone when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// Mounts it, if that is allowed here.
    fn mount() -> Option<Self> {
        let place = folder();
        let size = Some(c"size=1m");
        match mount(c"tmpfs", place.path(), c"tmpfs", MountFlags::empty(), size) {
            Ok(()) => Some(Self(place)),
            Err(error) => {
                eprintln!("SKIPPED: no disk can be mounted here: {error}");
                None
            }
        }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        unmount(self.0.path(), UnmountFlags::DETACH).unwrap();
    }
}

#[test]
fn a_full_disk_ends_nothing_but_what_it_has_no_room_for() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let mut terminal = Terminal::begin(disk.0.path(), ALL, b"");
    terminal.write(b"the beginning\r\n");
    terminal.settle();
    fs::write(disk.0.path().join("ballast"), vec![0; 600 << 10]).unwrap();
    let random: Vec<u8> = (0..40_000_u32)
        .flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    for piece in random.chunks(10_000).cycle().take(100) {
        terminal.write(piece);
        terminal.settle();
    }
    let progress = terminal.recorder.as_ref().unwrap().progress().clone();
    assert_eq!(
        progress.counts().trouble.as_deref(),
        Some("The disk was full.")
    );
    assert!(
        progress.counts().missing_bytes > 400_000,
        "{:?}",
        progress.counts()
    );
    fs::remove_file(disk.0.path().join("ballast")).unwrap();
    let begun = Instant::now();
    let mut after = Vec::new();
    while !after.ends_with(b"the end") {
        assert!(begun.elapsed() < PATIENCE, "it is not taken up again");
        terminal.write(b"the end");
        terminal.settle();
        let (_, bytes) = Recording::open(&terminal.folder)
            .unwrap()
            .read(terminal.history.end() - 7, 7)
            .unwrap();
        after = bytes;
        std::thread::sleep(Duration::from_millis(20));
    }
    let recording = terminal.end();
    let all = output(&recording);
    assert!(all.starts_with(b"the beginning\r\n") && all.ends_with(b"the end"));
    assert!(!recording.missing().is_empty());
    let told: u64 = recording
        .missing()
        .iter()
        .map(|gap| gap.end - gap.start)
        .sum();
    assert_eq!(told + all.len() as u64, terminal.history.end());
}

#[test]
fn the_screen_at_an_offset_is_the_one_that_was_seen_then() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), 2 << 20, b"\x1b[1mbefore\x1b[m\r\n");
    let mut screen = Screen::new(80, 24);
    screen.feed(b"\x1b[1mbefore\x1b[m\r\n");
    let mut seen = Vec::new();
    for number in 0..300 {
        if number == 150 {
            terminal.resize((60, 20));
            screen.resize(60, 20);
        }
        let bytes = lines(number * 40, number * 40 + 40);
        terminal.write(&bytes);
        terminal.settle();
        screen.feed(&bytes);
        if number % 37 == 0 {
            seen.push((terminal.history.end(), screen.draw()));
        }
    }
    let recording = terminal.end();
    for (offset, wanted) in seen {
        let drawing = screen_at(&recording, offset).unwrap();
        assert_eq!(drawing.offset, offset);
        // lines above may be fewer: they are those since the part began, and of its screen
        let last = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            text.split("\x1b[H").last().unwrap_or_default().to_owned()
        };
        assert_eq!(last(&drawing.bytes), last(&wanted));
    }
    assert_eq!(recording.size_at(recording.end()), (60, 20));
}

/// What an asciicast's lines say: the head, and each event.
fn cast(recording: &Recording) -> (serde_json::Value, Vec<(f64, String, String)>) {
    let text: String = Cast::of(recording, "A title", |label| format!("{label:?}"))
        .map(Result::unwrap)
        .collect();
    let mut lines = text.lines();
    let head = serde_json::from_str(lines.next().unwrap()).unwrap();
    let events = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (head, events)
}

#[test]
fn a_cast_has_whole_characters_sizes_marks_and_the_end() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, "déjà ".as_bytes());
    let snow = "☃".as_bytes();
    terminal.write(&snow[..1]);
    std::thread::sleep(Duration::from_millis(60));
    terminal.write(&snow[1..]);
    terminal.resize((100, 30));
    terminal.write("\x1b[1m\"ü\"\u{7}".as_bytes());
    let (at_ms, offset) = terminal.recorder.as_mut().unwrap().mark([7; 16]);
    let progress = terminal.recorder.as_ref().unwrap().progress().clone();
    terminal.recorder.take().unwrap().end_with(3);
    while !progress.done.is_cancelled() {
        std::thread::yield_now();
    }
    let recording = Recording::open(&terminal.folder).unwrap();
    assert_eq!(offset, recording.end());
    let marks = recording
        .moments
        .iter()
        .find(|m| m.kind == MomentKind::Mark([7; 16]));
    assert_eq!(marks.unwrap().at_ms, at_ms);
    let (head, events) = cast(&recording);
    assert_eq!(head["version"], 3);
    assert_eq!(head["term"]["cols"], 80);
    assert_eq!(head["title"], "A title");
    let codes: String = events.iter().map(|(_, code, _)| code.as_str()).collect();
    assert!(
        codes.starts_with('o') && codes.ends_with("mx"),
        "{events:?}"
    );
    let screen = &events[0].2;
    assert!(screen.contains("déjà"), "{screen:?}");
    let text: String = events[1..]
        .iter()
        .filter(|(_, code, _)| code == "o")
        .map(|(_, _, data)| data.as_str())
        .collect();
    assert_eq!(text.as_bytes(), terminal.written);
    assert!(
        events
            .iter()
            .any(|(_, code, data)| code == "r" && data == "100x30")
    );
    assert_eq!(events.last().unwrap().2, "3");
    let total: f64 = events.iter().map(|(interval, ..)| interval).sum();
    assert!(
        (total * 1000.0 - recording.duration_ms() as f64).abs() < 1.0,
        "{total}"
    );
}

#[test]
fn a_text_is_found_as_it_was_seen_with_its_time() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, b"from before\r\n");
    terminal.write(b"$ \x1b[1mdep\x1b[0m\x1b[32mloy");
    std::thread::sleep(Duration::from_millis(60));
    terminal.write(b"ed\x1b]0;deployed too\x07 w\xc3\xb6ll\r\nmistaek\x08\x08ke\r\n");
    terminal.write(b"\x1b[5;5Hone\x1b[9;9Htwo");
    let recording = terminal.end();
    let find = |text: &str| search(&recording, text, 10).unwrap();
    let found = find("DEPLOYED W\u{d6}LL");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].line, "$ deployed wöll");
    assert!(found[0].at_ms >= 60, "{found:?}");
    assert_eq!(
        time_at(&recording.moments, found[0].offset - 1),
        found[0].at_ms
    );
    let drawn = screen_at(&recording, found[0].offset).unwrap().bytes;
    assert!(String::from_utf8(drawn).unwrap().contains("wöll"));
    assert_eq!(find("mistake").len(), 1);
    assert_eq!(find("from before")[0].at_ms, 0);
    for not in ["deployed too", "onetwo", "", "[32m", "mistaek"] {
        assert_eq!(find(not), [], "{not}");
    }
}

#[test]
fn a_storm_of_sizes_and_small_writes_makes_no_long_index() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, b"");
    for number in 0..3000 {
        terminal.resize((number % 7 + 1, 5));
    }
    let begun = Instant::now();
    for _ in 0..20_000 {
        terminal.write(b"x");
    }
    let frames = begun.elapsed().as_millis() / 40 + 10;
    let recording = terminal.end();
    assert!(
        (recording.moments.len() as u128) < frames,
        "{}",
        recording.moments.len()
    );
}

#[test]
fn a_recording_in_which_nothing_was_written_shows_the_screen() {
    let place = folder();
    let mut terminal = Terminal::begin(place.path(), ALL, b"what was before");
    let recording = terminal.end();
    assert_eq!(
        (output(&recording), recording.missing()),
        (Vec::new(), Vec::new())
    );
    let drawn = screen_at(&recording, u64::MAX).unwrap().bytes;
    assert!(
        String::from_utf8(drawn)
            .unwrap()
            .contains("what was before")
    );
}
