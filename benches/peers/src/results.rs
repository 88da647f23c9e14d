//! What a run found, as it is kept between measuring and reporting.

use serde::{Deserialize, Serialize};

use crate::contender::{Size, Wrong};

#[derive(Deserialize, Serialize)]
pub struct Results {
    /// The model of the processor, and how many of its cores there are.
    pub processor: String,
    pub cores: usize,
    pub rounds: usize,
    pub entries: Vec<Entry>,
}

/// One contender, by the medians over the rounds.
#[derive(Deserialize, Serialize)]
pub struct Entry {
    pub group: Group,
    pub label: String,
    pub lines: usize,
    pub threads: usize,
    pub size: Option<Size>,
    /// Nanoseconds a line.
    pub cpu: f64,
    /// The fastest on the clock, where other work may share the machine.
    pub wall: f64,
    /// Milliseconds of CPU time that an interpreter took to start, part of `cpu`.
    pub startup: f64,
    /// MiB.
    pub peak: f64,
    /// The most that any round had wrong, `None` where there is nothing to check.
    pub wrong: Option<Wrong>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// In memory, products and accounts as numbers.
    Columns,
    /// In memory, products and accounts as texts.
    Keys,
    /// One record at a time.
    Records,
    /// From csv to csv.
    Csv,
    Products,
    Dates,
    Tiers,
    Threads,
    /// From csv to csv by several threads.
    TableThreads,
    Lines,
}

impl Group {
    pub const TABLES: [Self; 4] = [Self::Columns, Self::Keys, Self::Records, Self::Csv];

    pub fn title(self) -> &'static str {
        match self {
            Self::Columns => "In memory, numbers as keys, totals by account",
            Self::Keys => "In memory, texts as keys, totals by account",
            Self::Records => "One record at a time, SKU as text",
            Self::Csv => "From csv to csv, whole process",
            Self::Products => "Growing rulesets",
            Self::Dates => "Growing history",
            Self::Tiers => "Growing rates",
            Self::Threads => "Threads, in memory",
            Self::TableThreads => "Threads, from csv to csv",
            Self::Lines => "Growing lists",
        }
    }

    /// The contender that ratios are taken against.
    pub fn measure(self) -> &'static str {
        match self {
            Self::Columns => "hand-written, totals",
            Self::Keys => "hand-written",
            Self::Records => "zen-expression",
            Self::Csv => "csv pass-through",
            Self::Products
            | Self::Dates
            | Self::Tiers
            | Self::Threads
            | Self::TableThreads
            | Self::Lines => "",
        }
    }
}
