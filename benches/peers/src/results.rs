//! What a run found, as it is kept between measuring and reporting.

use serde::{Deserialize, Serialize};

use crate::contender::Size;

#[derive(Deserialize, Serialize)]
pub(crate) struct Results {
    /// The model of the processor, and how many of its cores there are.
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) rounds: usize,
    pub(crate) entries: Vec<Entry>,
}

/// One contender, by the medians over the rounds.
#[derive(Deserialize, Serialize)]
pub(crate) struct Entry {
    pub(crate) group: Group,
    pub(crate) label: String,
    pub(crate) lines: usize,
    pub(crate) threads: usize,
    pub(crate) size: Option<Size>,
    /// Nanoseconds a line.
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
    /// Milliseconds of CPU time that an interpreter took to start, part of `cpu`.
    pub(crate) startup: f64,
    /// MiB.
    pub(crate) peak: f64,
    /// The most that any round had wrong, `None` where there is nothing to check.
    pub(crate) wrong: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    /// In memory, products and accounts as numbers.
    Columns,
    /// In memory, products and accounts as texts.
    Keys,
    /// One record at a time.
    Records,
    /// From csv to csv.
    Csv,
    Products,
    Tiers,
    Threads,
    Lines,
}

impl Group {
    pub(crate) const TABLES: [Self; 4] = [Self::Columns, Self::Keys, Self::Records, Self::Csv];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Columns => "In memory, numbers as keys, totals by account",
            Self::Keys => "In memory, texts as keys, totals by account",
            Self::Records => "One record at a time, SKU as text",
            Self::Csv => "From csv to csv, whole process",
            Self::Products => "Growing rulesets",
            Self::Tiers => "Growing rates",
            Self::Threads => "Threads",
            Self::Lines => "Growing lists",
        }
    }

    /// The contender that ratios are taken against.
    pub(crate) fn measure(self) -> &'static str {
        match self {
            Self::Columns => "hand-written, totals",
            Self::Keys => "hand-written",
            Self::Records => "zen-expression",
            Self::Csv => "csv pass-through",
            Self::Products | Self::Tiers | Self::Threads | Self::Lines => "",
        }
    }
}
