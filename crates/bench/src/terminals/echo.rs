//! From a key to its echo, alone and beside a terminal that floods.
//!
//! Keys are typed back to back into a program that reads one and writes it at once.

use std::time::Duration;

use super::{
    client::{Client, Job, Read},
    ground::{Ground, Way},
};
use crate::{
    figure::{Table, Target, number},
    spread::{Spread, median},
};

/// How often keys are typed each way, in turn.
const ROUNDS: usize = 5;
/// How many keys each time.
const KEYS: usize = 2000;

/// What the other terminal does.
#[derive(Debug, Clone, Copy)]
enum Neighbour {
    /// There is none.
    Absent,
    /// It floods, and its reader reads 10 MB each second.
    Throttled,
    /// It floods, and its reader reads all that comes.
    Full,
}

/// The most that p50 and p99 may be, in microseconds.
struct Most(Target, Target);

/// The medians over all rounds.
#[derive(Debug, Default)]
struct Rounds {
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// What the neighbour's reader read each second.
    flood: Vec<f64>,
}

/// Measures with each neighbour.
pub async fn measure(ground: &Ground<'_>, table: &mut Table) -> anyhow::Result<()> {
    let at_most = |p50, p99| Most(Target::AtMost(p50), Target::AtMost(p99));
    let most = [at_most(220.0, 1000.0), at_most(280.0, 1500.0)];
    beside(ground, Neighbour::Absent, most, table).await?;
    let most = [at_most(350.0, 3600.0), at_most(430.0, 4200.0)];
    beside(ground, Neighbour::Throttled, most, table).await?;
    let most = [(); 2].map(|()| Most(Target::None, Target::AtMost(4500.0)));
    beside(ground, Neighbour::Full, most, table).await
}

async fn beside(
    ground: &Ground<'_>,
    neighbour: Neighbour,
    most: [Most; 2],
    table: &mut Table,
) -> anyhow::Result<()> {
    let (mut frames, mut ways) = (Rounds::default(), [(); 3].map(|()| Rounds::default()));
    for _ in 0..ROUNDS {
        if let Neighbour::Absent = neighbour {
            frames.add(bare_frames().await?);
        }
        for (way, rounds) in [Way::Bare, Way::Direct, Way::Served].iter().zip(&mut ways) {
            let times = typed(ground, *way, neighbour, &mut rounds.flood).await?;
            rounds.add(times);
        }
    }
    let [bare, direct, served] = &ways;
    for (way, ours, Most(p50, p99)) in [("direct", direct, &most[0]), ("served", served, &most[1])]
    {
        let mut row = |percent, target, of: fn(&Rounds) -> f64| {
            let what = format!("terminals: echo, {}, {way}, {percent}", neighbour.shown());
            let limits = neighbour.limits(of(bare), of(&frames), ours);
            table.add(&what, target, of(ours), "µs", &limits);
        };
        row("p50", *p50, |rounds| median(rounds.p50.clone()));
        row("p99", *p99, |rounds| median(rounds.p99.clone()));
    }
    Ok(())
}

/// The times of keys on a terminal of its own, beside another that is reached the same way.
async fn typed(
    ground: &Ground<'_>,
    way: Way,
    neighbour: Neighbour,
    flood: &mut Vec<f64>,
) -> anyhow::Result<Vec<Duration>> {
    let bytes_per_second = match neighbour {
        Neighbour::Absent => return echoes(ground, way).await,
        Neighbour::Throttled => Some(10e6),
        Neighbour::Full => None,
    };
    let opened = ground.open(way).await?;
    let mut reader = Client::start(&Job::Flood {
        place: ground.place(&opened),
        bytes_per_second,
    })
    .await?;
    reader.said::<()>().await?;
    let times = echoes(ground, way).await;
    let read: Read = reader.end().await?;
    ground.end(opened).await?;
    flood.push(read.megabytes_per_second());
    times
}

async fn echoes(ground: &Ground<'_>, way: Way) -> anyhow::Result<Vec<Duration>> {
    let keys = KEYS;
    ground.run(way, |place| Job::Echo { place, keys }).await
}

/// The times of frames of one byte to a bare websocket server and back.
async fn bare_frames() -> anyhow::Result<Vec<Duration>> {
    let mut server = Client::start(&Job::FrameServer).await?;
    let address = server.said().await?;
    super::client::run(&Job::Frames {
        address,
        count: KEYS,
    })
    .await
}

impl Neighbour {
    fn shown(self) -> &'static str {
        match self {
            Self::Absent => "idle",
            Self::Throttled => "neighbour at 10 MB/s",
            Self::Full => "neighbour at full speed",
        }
    }

    /// A bare PTY beside a bare one that floods as well; a bare websocket alone.
    fn limits(self, bare: f64, frames: f64, ours: &Rounds) -> String {
        let bare = format!("bare PTY: {} µs", number(bare));
        match self {
            Self::Absent => format!("{bare}; bare websocket: {} µs", number(frames)),
            Self::Throttled | Self::Full => {
                let read = number(median(ours.flood.clone()));
                format!("{bare}; the neighbour's reader: {read} MB/s")
            }
        }
    }
}

impl Rounds {
    fn add(&mut self, times: Vec<Duration>) {
        let spread = Spread::of(times);
        self.p50.push(spread.ms(50) * 1000.0);
        self.p99.push(spread.ms(99) * 1000.0);
    }
}
