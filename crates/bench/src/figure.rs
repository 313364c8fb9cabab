//! Figures in a table: what, target, measured, peer or limit in the same run.

use std::fmt;

/// What a figure must keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Below this.
    Below(f64),
    /// This, or less.
    AtMost(f64),
    /// This, or more.
    AtLeast(f64),
    /// This, exactly.
    Exactly(f64),
    /// Nothing: it is measured to be known.
    None,
}

impl Target {
    fn is_met_by(self, measured: f64) -> bool {
        match self {
            Self::Below(limit) => measured < limit,
            Self::AtMost(limit) => measured <= limit,
            Self::AtLeast(limit) => measured >= limit,
            Self::Exactly(wanted) => (measured - wanted).abs() < f64::EPSILON,
            Self::None => true,
        }
    }

    fn shown(self, unit: &str) -> String {
        match self {
            Self::Below(limit) => format!("< {}", with_unit(limit, unit)),
            Self::AtMost(limit) => format!("≤ {}", with_unit(limit, unit)),
            Self::AtLeast(limit) => format!("≥ {}", with_unit(limit, unit)),
            Self::Exactly(wanted) => format!("= {}", with_unit(wanted, unit)),
            Self::None => "—".to_owned(),
        }
    }
}

/// The figures of a run.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<[String; 4]>,
    short: Vec<String>,
}

impl Table {
    /// Adds a figure; `beside` is its peer or limit, in words, or nothing.
    pub fn add(&mut self, what: &str, target: Target, measured: f64, unit: &str, beside: &str) {
        let verdict = if target.is_met_by(measured) {
            ""
        } else {
            self.short.push(what.to_owned());
            "  ← short"
        };
        self.rows.push([
            what.to_owned(),
            target.shown(unit),
            format!("{}{verdict}", with_unit(measured, unit)),
            beside.to_owned(),
        ]);
    }

    /// The figures that fall short.
    pub fn short(&self) -> &[String] {
        &self.short
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["what", "target", "measured", "peer or limit"].map(str::to_owned);
        let all = || std::iter::once(&heads).chain(&self.rows);
        let width = |column: usize| all().map(|row| row[column].chars().count()).max();
        let [what, target, measured] = [0, 1, 2].map(|column| width(column).unwrap_or_default());
        for [a, b, c, d] in all() {
            let line = format!("{a:what$}  {b:target$}  {c:measured$}  {d}");
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    format!("{} {unit}", number(value)).trim_end().to_owned()
}

/// Three digits are as many as a run of this kind knows.
pub fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, Target};

    #[test]
    fn a_figure_that_falls_short_is_named_and_marked() {
        let mut table = Table::default();
        table.add("prompt", Target::Below(300.0), 120.25, "ms", "bare: 20 ms");
        table.add("failed", Target::Exactly(0.0), 2.0, "requests", "");
        table.add("size", Target::None, 1.5, "MB", "");
        table.add("speed", Target::AtLeast(0.6), 0.6, "", "");
        table.add("slow", Target::AtLeast(0.6), 0.59, "", "");
        table.add("held", Target::AtMost(64.0), 64.0, "KiB", "");
        table.add("large", Target::AtMost(64.0), 64.1, "KiB", "");
        assert_eq!(table.short(), ["failed", "slow", "large"]);
        let shown = table.to_string();
        assert!(shown.contains("prompt  < 300 ms"), "{shown}");
        assert!(shown.contains("2 requests  ← short"), "{shown}");
        assert!(shown.contains("1.50 MB"), "{shown}");
        assert!(shown.contains("≥ 0.60"), "{shown}");
        assert!(shown.contains("≤ 64 KiB"), "{shown}");
    }
}
