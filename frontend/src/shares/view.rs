//! What is said of links and of who came by them.

use shared::{Instant, Share, Sharing, Watcher, terminal::Role};

/// How long a link may be made to last: in seconds, and in words.
pub const LASTS: [(u32, &str); 5] = [
    (5 * 60, "5 minutes"),
    (30 * 60, "30 minutes"),
    (3600, "1 hour"),
    (4 * 3600, "4 hours"),
    (24 * 3600, "24 hours"),
];
/// How long one lasts unless another is chosen, in seconds.
pub const USUAL_S: u32 = 3600;

/// How much time is left until an instant.
pub fn left(until: Instant, now: Instant) -> String {
    let seconds = (until.unix_ms() - now.unix_ms()).max(0) / 1000;
    match seconds {
        0 => "no time left".to_owned(),
        1..60 => format!("{seconds} s left"),
        60..3600 => format!("{} min left", seconds / 60),
        _ if seconds % 3600 < 60 => format!("{} h left", seconds / 3600),
        _ => format!("{} h {} min left", seconds / 3600, seconds % 3600 / 60),
    }
}

/// What a link lets people do.
pub fn may(role: Role) -> &'static str {
    match role {
        Role::View => "to watch only",
        Role::Write => "to watch and type",
    }
}

/// A link in words.
pub fn called(share: &Share) -> String {
    let may = may(share.role);
    match &share.label {
        Some(label) => format!("Link for {label}, {may}"),
        None => format!("Link {may}"),
    }
}

/// How many are there by links; nothing when nobody is.
pub fn watching(sharing: &Sharing) -> Option<String> {
    match sharing.visitors() {
        0 => None,
        count => Some(format!("{count} watching")),
    }
}

/// Those who came by a link, or for none the account's own pages.
pub fn by<'a>(
    sharing: &'a Sharing,
    share: Option<&Share>,
) -> impl Iterator<Item = &'a Watcher> + use<'a> {
    let id = share.map(|share| share.id);
    let all = sharing.watching.iter();
    all.filter(move |watcher| watcher.share == id)
}

#[cfg(test)]
mod tests {
    use shared::{Instant, Share, ShareId, Sharing, TerminalId, Watcher, terminal::Role};

    use super::{by, called, left, watching};

    fn at(seconds: i64) -> Instant {
        Instant::from_unix_ms(seconds * 1000)
    }

    #[test]
    fn time_left_is_told_in_fitting_units() {
        for (seconds, words) in [
            (-3, "no time left"),
            (42, "42 s left"),
            (119, "1 min left"),
            (3600, "1 h left"),
            (3659, "1 h left"),
            (86_399, "23 h 59 min left"),
        ] {
            assert_eq!(left(at(seconds), at(0)), words);
        }
    }

    #[test]
    fn a_link_and_who_came_by_it_are_told_apart_from_the_accounts_own_pages() {
        let share = Share {
            id: ShareId::new(),
            role: Role::View,
            label: Some("Ann".into()),
            created_at: at(0),
            expires_at: at(9),
        };
        assert_eq!(called(&share), "Link for Ann, to watch only");
        let watcher = |name: &str, share| Watcher {
            name: name.into(),
            role: Role::View,
            share,
            since: at(0),
        };
        let mut sharing = Sharing {
            terminal: TerminalId::new(),
            shares: vec![share.clone()],
            watching: vec![watcher("guest-1", None)],
        };
        assert_eq!(watching(&sharing), None);
        sharing.watching.push(watcher("Ann", Some(share.id)));
        assert_eq!(watching(&sharing).as_deref(), Some("1 watching"));
        let names = |share| {
            by(&sharing, share)
                .map(|w| w.name.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(Some(&share)), ["Ann"]);
        assert_eq!(names(None), ["guest-1"]);
    }
}
