//! The arguments of `allocate` and `balance`.

use std::num::NonZero;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::super::{DataFormat, threads};

/// Hold allocations of credits against the limits, or keep what licenses stand for.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Allocate {
    Verify(Verify),
    Retain(Retain),
    Plan(Plan),
    Most(Most),
}

/// Find the allocation that meets wishes with the fewest and smallest changes, or tell why none does.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules allocate plan rules/trend_vision_one --licenses licenses.csv --allocations allocations.csv --as-of 2026-01-15 --account \"Northwind Traders\" --want endpoint_pro=+20"
)]
pub(in crate::cli) struct Plan {
    #[command(flatten)]
    pub accounts: AccountOptions,
    #[command(flatten)]
    pub allocations: AllocationOptions,
    /// Units of a product that are wished for, in all, or more or fewer than today; the most
    /// important wish first.
    #[arg(long = "want", value_name = "PRODUCT=[+|-]UNITS", allow_hyphen_values = true)]
    pub wants: Vec<String>,
    /// A list of wishes: columns `account`, `product`, `units`, and `priority`, of which a smaller
    /// number goes first.
    #[arg(long, value_name = "FILE", conflicts_with = "wants")]
    pub wishes: Option<PathBuf>,
    /// Let the plan breach limits that only warn; without it, those that are kept today stay kept.
    #[arg(long)]
    pub allow_warnings: bool,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Tell how many units of a product fit, with nothing given up and at all.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules allocate most endpoint_pro rules/trend_vision_one --licenses licenses.csv --allocations allocations.csv --as-of 2026-01-15 --account \"Northwind Traders\""
)]
pub(in crate::cli) struct Most {
    /// The product.
    #[arg(value_name = "PRODUCT")]
    pub product: String,
    #[command(flatten)]
    pub accounts: AccountOptions,
    #[command(flatten)]
    pub allocations: AllocationOptions,
    /// Let limits be breached that only warn; without it, those that are kept today stay kept.
    #[arg(long)]
    pub allow_warnings: bool,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Tell every limit that an allocation breaches.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules allocate verify rules/trend_vision_one --licenses licenses.csv --allocations allocations.csv --as-of 2026-01-15"
)]
pub(in crate::cli) struct Verify {
    #[command(flatten)]
    pub accounts: AccountOptions,
    #[command(flatten)]
    pub allocations: AllocationOptions,
    /// Tell limits that are kept, too, each with its room.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Tell the allocation that licenses stand for, what it costs, and which credits cover it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules allocate retain rules/trend_vision_one --licenses licenses.csv --as-of 2026-01-15 --account \"Northwind Traders\""
)]
pub(in crate::cli) struct Retain {
    #[command(flatten)]
    pub accounts: AccountOptions,
    /// Tell limits that are kept, too, each with its room.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// Tell what is left of valid credits, and what becomes of them.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules balance rules/trend_vision_one --licenses licenses.csv --allocations allocations.csv --as-of 2026-01-15 --history"
)]
pub(in crate::cli) struct Balance {
    #[command(flatten)]
    pub accounts: AccountOptions,
    #[command(flatten)]
    pub allocations: AllocationOptions,
    /// Tell valid and allocated credits at the ends of the last twelve months, too; the allocation
    /// is the given one, by the rates of each day.
    #[arg(long)]
    pub history: bool,
    /// Units that are wanted on top of the allocation: tell how many credits to buy.
    #[arg(long = "require", value_name = "PRODUCT=UNITS")]
    pub required: Vec<String>,
    /// How it is printed; csv holds the distribution, or the history if it is asked for;
    /// xlsx holds both and more, a sheet for each.
    #[arg(long, value_enum)]
    pub format: Option<BalanceFormat>,
    /// Where the output goes; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Whose licenses, and on which day.
#[derive(Debug, Args)]
pub(in crate::cli) struct AccountOptions {
    /// A `.rules` file, or a folder with them.
    pub rules: PathBuf,
    /// The license list, as `eval` reads it; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub licenses: PathBuf,
    /// The format of the license list, where its extension does not tell.
    #[arg(long, value_enum)]
    pub input_format: Option<DataFormat>,
    /// The sheet of an xlsx license list; without it, the first one.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// A column of floats in a parquet or arrow list: read by the shortest text that gives each back.
    #[arg(long = "allow-float", value_name = "COLUMN")]
    pub allow_floats: Vec<String>,
    /// The column of the license list that holds what is called NAME here.
    #[arg(long = "map", value_name = "NAME=COLUMN")]
    pub maps: Vec<String>,
    /// The day of licenses without `start`.
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// The day on which everything is looked at.
    #[arg(long, value_name = "DATE")]
    pub as_of: String,
    /// This account alone.
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Succeed although license lines were refused.
    #[arg(long)]
    pub allow_refused: bool,
    /// How many threads work; every number gives the same output.
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<NonZero<usize>>,
}

/// What is allocated.
#[derive(Debug, Args)]
pub(in crate::cli) struct AllocationOptions {
    /// The allocations: columns `account`, `product`, `units`, and `unit` where it is not the
    /// product's own.
    #[arg(long, value_name = "FILE")]
    pub allocations: PathBuf,
    /// The column of the allocations that holds what is called NAME here.
    #[arg(long = "map-allocations", value_name = "NAME=COLUMN")]
    pub map_allocations: Vec<String>,
}

/// How and where to.
#[derive(Debug, Args)]
pub(in crate::cli) struct OutputOptions {
    /// How it is printed; without it, by the extension of FILE, else as text.
    #[arg(long, value_enum)]
    pub format: Option<AllocateFormat>,
    /// Where the output goes; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AllocateFormat {
    Text,
    Json,
    Csv,
    Ndjson,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BalanceFormat {
    Text,
    Json,
    Csv,
    Ndjson,
    Xlsx,
}
