//! Values of YAML, as texts.

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// A text or what may be one: `3`, `true`.
    Text {
        /// What is written, without quotes.
        text: String,
        /// How it is meant.
        how: How,
    },
    /// A list.
    List(Vec<Node>),
    /// Values with keys; of those with one key the last counts, as in Python.
    Map(Vec<(String, Node)>),
}

/// How a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It has no quotes, so that it may be a number, a boolean or nothing.
    Plain,
    /// A text and nothing else.
    Quoted,
    /// Base64, tagged `!!binary`.
    Binary,
}

impl Node {
    /// The text, if it is one and not nothing.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } if !self.is_nothing() => Some(text),
            Self::Text { .. } | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Whether there is nothing, as of a key without a value.
    pub fn is_nothing(&self) -> bool {
        let Self::Text { text, how } = self else {
            return false;
        };
        *how == How::Plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// The truth of a boolean, in the words of YAML 1.1, which Python reads.
    pub fn truth(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        }
    }

    /// What it is, in a word for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            nothing if nothing.is_nothing() => "nothing",
            Self::Text { .. } => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}
