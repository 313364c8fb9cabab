//! Which terminals stand beside each other, and how wide each is.

use shared::TerminalId;

use crate::routes;

/// So many terminals fit beside each other.
pub const MOST: usize = 4;
/// None is narrower than this part of all.
const NARROWEST: f64 = 0.1;

/// Which terminals stand beside each other, and which of them is used.
///
/// The address says it all: its path names the one that is used, its query the others in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    panes: Vec<TerminalId>,
    active: TerminalId,
}

impl Layout {
    /// Reads an address; the one that is used is first unless the query has its place.
    pub fn of(active: TerminalId, with: Option<&str>) -> Self {
        let mut panes = Vec::new();
        let named = with.unwrap_or_default().split(',');
        for id in named.filter_map(|id| id.parse::<TerminalId>().ok()) {
            if !panes.contains(&id) {
                panes.push(id);
            }
        }
        if !panes.contains(&active) {
            panes.insert(0, active);
        }
        while panes.len() > MOST {
            let last = panes.iter().rposition(|id| *id != active);
            panes.remove(last.unwrap_or(0));
        }
        Self { panes, active }
    }

    /// The address.
    pub fn url(&self) -> String {
        let path = routes::terminal(self.active);
        let is_first = self.panes.first() == Some(&self.active);
        let named = self.panes.iter().skip(usize::from(is_first));
        let named: Vec<String> = named.map(ToString::to_string).collect();
        match named.is_empty() {
            true => path,
            false => format!("{path}?with={}", named.join(",")),
        }
    }

    /// From left to right.
    pub fn panes(&self) -> &[TerminalId] {
        &self.panes
    }

    /// The one that is used.
    pub fn active(&self) -> TerminalId {
        self.active
    }

    /// Whether another would fit.
    pub fn has_room(&self) -> bool {
        self.panes.len() < MOST
    }

    /// Only those that there are; none when the one that is used is none of them.
    pub fn only(mut self, is_there: impl Fn(TerminalId) -> bool) -> Option<Self> {
        self.panes.retain(|id| is_there(*id));
        is_there(self.active).then_some(self)
    }

    /// Uses this one, in the place of the one that was used unless it has a place.
    pub fn show(mut self, id: TerminalId) -> Self {
        if !self.panes.contains(&id) {
            let place = self.place();
            self.panes[place] = id;
        }
        self.active = id;
        self
    }

    /// Uses this one, right of the one that was used.
    pub fn split(mut self, id: TerminalId) -> Self {
        if !self.panes.contains(&id) && self.has_room() {
            self.panes.insert(self.place() + 1, id);
        }
        self.show(id)
    }

    /// Without this one; none when it was the only one.
    pub fn without(mut self, id: TerminalId) -> Option<Self> {
        let place = self.panes.iter().position(|pane| *pane == id);
        let Some(place) = place else {
            return Some(self);
        };
        self.panes.remove(place);
        if self.active == id {
            self.active = *self.panes.get(place).or(self.panes.last())?;
        }
        Some(self)
    }

    /// Uses the one so many places to the right, around the end.
    pub fn step(mut self, by: isize) -> Self {
        let count = self.panes.len();
        let to = self.place().cast_signed() + by;
        self.active = self.panes[to.rem_euclid(count.cast_signed()).cast_unsigned()];
        self
    }

    fn place(&self) -> usize {
        let place = self.panes.iter().position(|id| *id == self.active);
        place.expect("the one that is used is one of them")
    }
}

/// How wide each of so many is, as parts of all.
pub fn even(count: usize) -> Vec<f64> {
    vec![1.0 / count.max(1) as f64; count]
}

/// Moves the line right of the given one, by a part of all.
pub fn moved(widths: &[f64], line: usize, by: f64) -> Vec<f64> {
    let mut widths = widths.to_vec();
    if let Some([left, right]) = widths.get_mut(line..line + 2) {
        let by = by.clamp((NARROWEST - *left).min(0.0), (*right - NARROWEST).max(0.0));
        *left += by;
        *right -= by;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::{Layout, even, moved};
    use shared::TerminalId;

    fn ids() -> Vec<TerminalId> {
        let id = |n| format!("01890a5d-ac96-774b-bcce-b302099a805{n}");
        (0..6).map(|n| id(n).parse().unwrap()).collect()
    }

    fn with(ids: &[TerminalId]) -> String {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        ids.join(",")
    }

    #[test]
    fn an_address_reads_back_whichever_is_used() {
        let ids = ids();
        let alone = Layout::of(ids[0], None);
        assert_eq!(alone.url(), format!("/terminals/{}", ids[0]));
        let mut layout = alone.split(ids[1]).split(ids[2]);
        for _ in 0..3 {
            let url = layout.url();
            let query = url.split_once("?with=").map(|(_, query)| query);
            assert_eq!(Layout::of(layout.active(), query), layout);
            layout = layout.step(1);
        }
    }

    #[test]
    fn nonsense_in_an_address_is_passed_over_and_four_fit() {
        let ids = ids();
        let odd = format!("x,{},{},,", ids[1], ids[1]);
        assert_eq!(Layout::of(ids[0], Some(&odd)).panes(), [ids[0], ids[1]]);
        let many = Layout::of(ids[5], Some(&with(&ids)));
        assert_eq!(many.panes(), [ids[0], ids[1], ids[2], ids[5]]);
    }

    #[test]
    fn a_split_stands_right_of_the_one_that_is_used() {
        let ids = ids();
        let layout = Layout::of(ids[0], Some(&with(&ids[1..2]))).split(ids[2]);
        assert_eq!(layout.panes(), [ids[0], ids[2], ids[1]]);
        assert_eq!(layout.active(), ids[2]);
    }

    #[test]
    fn a_tab_takes_the_place_of_the_one_that_is_used() {
        let ids = ids();
        let layout = Layout::of(ids[0], Some(&with(&ids[1..2])));
        assert_eq!(layout.clone().show(ids[2]).panes(), [ids[2], ids[1]]);
        let other = layout.show(ids[1]);
        assert_eq!((other.panes(), other.active()), (&ids[..2], ids[1]));
    }

    #[test]
    fn closing_uses_the_neighbour_and_the_last_is_none() {
        let ids = ids();
        let layout = Layout::of(ids[0], Some(&with(&ids[1..2])));
        let left = layout.without(ids[0]).unwrap();
        assert_eq!((left.panes(), left.active()), (&ids[1..2], ids[1]));
        assert_eq!(left.without(ids[1]), None);
    }

    #[test]
    fn stepping_goes_around_the_end() {
        let ids = ids();
        let layout = Layout::of(ids[0], Some(&with(&ids[1..3])));
        assert_eq!(layout.clone().step(-1).active(), ids[2]);
        assert_eq!(layout.step(1).active(), ids[1]);
    }

    #[test]
    fn what_is_over_leaves_the_layout() {
        let ids = ids();
        let layout = Layout::of(ids[0], Some(&with(&ids[1..2])));
        let only = layout.clone().only(|id| id == ids[0]).unwrap();
        assert_eq!(only.panes(), [ids[0]]);
        assert_eq!(layout.only(|id| id == ids[1]), None);
    }

    #[test]
    fn a_line_moves_between_its_neighbours() {
        let widths = moved(&even(4), 1, 0.1);
        assert!((widths[1] - 0.35).abs() < 1e-9 && (widths[2] - 0.15).abs() < 1e-9);
        let least = moved(&even(2), 0, -5.0);
        assert!((least[0] - 0.1).abs() < 1e-9 && (least[1] - 0.9).abs() < 1e-9);
        assert_eq!(moved(&even(2), 1, 0.2), even(2));
    }
}
