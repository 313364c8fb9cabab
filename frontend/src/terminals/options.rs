//! How a person wants terminals; kept in this browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

const KEY: &str = "terminals";
/// The sizes that letters may have, in pixels.
pub const SIZES: std::ops::RangeInclusive<u8> = 8..=32;

/// How a person wants terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The size of letters, in pixels.
    pub font_size: u8,
    /// Whether selecting copies.
    pub copies_on_select: bool,
    /// Whether a screen reader is served.
    pub serves_screen_reader: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            font_size: 14,
            copies_on_select: false,
            serves_screen_reader: false,
        }
    }
}

impl Options {
    /// Reads what was kept; nonsense is as if nothing was.
    fn of(kept: &str) -> Self {
        let kept: Self = serde_json::from_str(kept).unwrap_or_default();
        kept.resized(0)
    }

    /// With letters that much larger or smaller, as far as they may be.
    pub fn resized(self, by: i8) -> Self {
        let size = self.font_size.saturating_add_signed(by);
        Self {
            font_size: size.clamp(*SIZES.start(), *SIZES.end()),
            ..self
        }
    }
}

/// The options, shared by all terminals of a page and kept when they change.
pub fn kept() -> RwSignal<Options> {
    let storage = || window().local_storage().ok().flatten();
    let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let options = RwSignal::new(text.map_or_else(Options::default, |text| Options::of(&text)));
    Effect::new(move |was: Option<()>| {
        let text = options.with(serde_json::to_string);
        if let (Some(()), Some(storage), Ok(text)) = (was, storage(), text) {
            // A full or closed storage only means that they are not remembered.
            storage.set_item(KEY, &text).ok();
        }
    });
    options
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn what_was_kept_is_read_back_and_nonsense_is_not() {
        let options = Options {
            font_size: 20,
            copies_on_select: true,
            serves_screen_reader: true,
        };
        let text = serde_json::to_string(&options).unwrap();
        assert_eq!(Options::of(&text), options);
        assert_eq!(Options::of("{"), Options::default());
        assert_eq!(Options::of(r#"{"font_size": 16}"#).font_size, 16);
        assert_eq!(Options::of(r#"{"font_size": 200}"#).font_size, 32);
    }

    #[test]
    fn letters_stay_readable_and_on_the_screen() {
        let options = Options::default();
        assert_eq!(options.resized(1).font_size, 15);
        assert_eq!(options.resized(-100).font_size, 8);
        assert_eq!(options.resized(100).font_size, 32);
    }
}
