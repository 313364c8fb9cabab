//! Who looks at a terminal: whose pace it keeps, whose size it has, and what each has typed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use shared::terminal::Role;
use tokio_util::sync::CancellationToken;

use crate::history::Size;

/// How much one who has stopped drawing is sent at most.
pub(crate) const UNDRAWN_BYTES: u64 = 512 << 10;
/// Stop reading the shell when the one who types has this much yet to draw: one read more is within
/// that.
const PAUSE_BYTES: u64 = UNDRAWN_BYTES - crate::shell::FRAME_BYTES as u64;
/// Go on when it has less than this.
const RESUME_BYTES: u64 = 128 << 10;
/// Of how many pages it is remembered what they have typed.
const REMEMBERED: usize = 64;

/// A page that looks at a terminal.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// By which login it is shown, as the server calls it.
    pub(crate) login: Arc<str>,
    /// The number that the page chose for itself.
    pub(crate) client: u64,
    /// What it may do.
    pub(crate) role: Role,
    /// The size that it has room for.
    pub(crate) room: Size,
    /// The offset of what it has drawn.
    pub(crate) drawn: u64,
    /// Rings when its login counts no longer; of its connection, however often that attaches.
    pub(crate) dismissed: CancellationToken,
    /// When it attached.
    pub(crate) since: Instant,
}

/// Who looks at a terminal.
#[derive(Debug)]
pub(crate) struct Viewers {
    known: BTreeMap<u64, Viewer>,
    next: u64,
    /// The last that typed, or the first that may.
    leader: Option<u64>,
    is_paused: bool,
    /// When the last of them went.
    alone_since: Option<Instant>,
}

impl Default for Viewers {
    fn default() -> Self {
        Self {
            known: BTreeMap::new(),
            next: 0,
            leader: None,
            is_paused: false,
            alone_since: Some(Instant::now()),
        }
    }
}

impl Viewers {
    /// Since when there is none.
    pub(crate) fn alone_since(&self) -> Option<Instant> {
        self.alone_since
    }

    /// One of them.
    pub(crate) fn get(&self, id: u64) -> Option<&Viewer> {
        self.known.get(&id)
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Viewer> {
        self.known.values()
    }

    /// Lets none stay whose login counts no longer.
    pub(crate) fn dismiss(&self, login: &str) {
        for viewer in self.all().filter(|viewer| &*viewer.login == login) {
            viewer.dismissed.cancel();
        }
    }

    /// Adds one, and says its number.
    pub(crate) fn add(&mut self, viewer: Viewer) -> u64 {
        self.next += 1;
        let can_write = viewer.role == Role::Write;
        self.known.insert(self.next, viewer);
        self.alone_since = None;
        if self.leader.is_none() && can_write {
            self.leader = Some(self.next);
        }
        self.next
    }

    /// Forgets one, whose pace and size no longer matter.
    pub(crate) fn remove(&mut self, id: u64) {
        self.known.remove(&id);
        if self.known.is_empty() {
            self.alone_since = Some(Instant::now());
        }
        if self.leader == Some(id) {
            let mut writers = self.known.iter().rev();
            let newest = writers.find(|(_, viewer)| viewer.role == Role::Write);
            self.leader = newest.map(|(id, _)| *id);
        }
    }

    /// Notes that one typed, which leads from now on.
    pub(crate) fn typed(&mut self, id: u64) {
        self.leader = Some(id);
    }

    /// Notes the size that one has room for.
    pub(crate) fn set_room(&mut self, id: u64, room: Size) {
        if let Some(viewer) = self.known.get_mut(&id) {
            viewer.room = room;
        }
    }

    /// Notes what one has drawn, of `end` bytes; never less than before.
    pub(crate) fn acknowledge(&mut self, id: u64, seq: u64, end: u64) {
        if let Some(viewer) = self.known.get_mut(&id) {
            viewer.drawn = seq.clamp(viewer.drawn, end.max(viewer.drawn));
        }
    }

    /// The size that the terminal should have.
    pub(crate) fn size(&self) -> Option<Size> {
        let leader = self.known.get(&self.leader?)?;
        Some(leader.room)
    }

    /// Whether the shell should wait until the leader has drawn more of `end` bytes.
    pub(crate) fn must_pause(&mut self, end: u64) -> bool {
        let leader = self.leader.and_then(|id| self.known.get(&id));
        let behind = leader.map_or(0, |leader| end.saturating_sub(leader.drawn));
        let limit = if self.is_paused {
            RESUME_BYTES
        } else {
            PAUSE_BYTES
        };
        self.is_paused = behind > limit;
        self.is_paused
    }
}

/// The number of the last input of each page, so that nothing is typed twice.
#[derive(Debug, Default)]
pub(crate) struct Inputs(VecDeque<(u64, u32)>);

impl Inputs {
    /// The number of the last input of a page's that was applied, or 0.
    pub(crate) fn last(&self, client: u64) -> u32 {
        let mut all = self.0.iter();
        let known = all.find(|(known, _)| *known == client);
        known.map_or(0, |(_, number)| *number)
    }

    /// Notes an input; those who have not typed for the longest are forgotten.
    pub(crate) fn note(&mut self, client: u64, number: u32) {
        self.0.retain(|(known, _)| *known != client);
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((client, number));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use shared::terminal::Role;
    use tokio_util::sync::CancellationToken;

    use super::{Inputs, PAUSE_BYTES, RESUME_BYTES, Viewer, Viewers};

    fn viewer(role: Role, cols: u16) -> Viewer {
        Viewer {
            login: "a".into(),
            client: 1,
            dismissed: CancellationToken::new(),
            role,
            room: (cols, 24),
            drawn: 0,
            since: Instant::now(),
        }
    }

    #[test]
    fn the_size_is_of_the_last_who_typed() {
        let mut viewers = Viewers::default();
        assert_eq!(viewers.size(), None);
        viewers.add(viewer(Role::View, 10));
        assert_eq!(viewers.size(), None);
        let first = viewers.add(viewer(Role::Write, 20));
        let second = viewers.add(viewer(Role::Write, 30));
        assert_eq!(viewers.size(), Some((20, 24)));
        viewers.typed(second);
        assert_eq!(viewers.size(), Some((30, 24)));
        viewers.set_room(second, (33, 24));
        assert_eq!(viewers.size(), Some((33, 24)));
        viewers.remove(second);
        assert_eq!(viewers.size(), Some((20, 24)));
        viewers.remove(first);
        assert_eq!(viewers.size(), None);
    }

    #[test]
    fn the_shell_waits_for_the_leader_and_for_nobody_else() {
        let mut viewers = Viewers::default();
        viewers.add(viewer(Role::View, 10));
        assert!(!viewers.must_pause(10 * PAUSE_BYTES));
        let first = viewers.add(viewer(Role::Write, 10));
        assert!(!viewers.must_pause(PAUSE_BYTES));
        assert!(viewers.must_pause(PAUSE_BYTES + 1));
        viewers.acknowledge(first, PAUSE_BYTES - RESUME_BYTES, PAUSE_BYTES + 1);
        assert!(viewers.must_pause(PAUSE_BYTES + 1));
        viewers.acknowledge(first, PAUSE_BYTES - RESUME_BYTES + 1, PAUSE_BYTES + 1);
        assert!(!viewers.must_pause(PAUSE_BYTES + 1));
        // neither what was never written nor less than before can be acknowledged
        viewers.acknowledge(first, u64::MAX, PAUSE_BYTES + 1);
        viewers.acknowledge(first, 0, PAUSE_BYTES + 1);
        assert_eq!(viewers.get(first).unwrap().drawn, PAUSE_BYTES + 1);
        viewers.remove(first);
        assert!(!viewers.must_pause(u64::MAX));
    }

    #[test]
    fn what_each_page_typed_is_remembered_apart() {
        let mut inputs = Inputs::default();
        inputs.note(1, 5);
        inputs.note(2, 1);
        inputs.note(1, 6);
        assert_eq!((inputs.last(1), inputs.last(2), inputs.last(3)), (6, 1, 0));
        for client in 10..200 {
            inputs.note(client, 1);
            inputs.note(1, 7);
        }
        assert_eq!((inputs.last(1), inputs.last(2)), (7, 0));
        assert!(inputs.0.len() <= super::REMEMBERED);
    }
}
