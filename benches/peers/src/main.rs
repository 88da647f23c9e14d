//! The engine beside a hand-written kernel and the engines that others offer, on one workload.
//!
//! `run` starts it all; `driver.rs` says what is compared with what.

use std::fs;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use peers::contender::Size;
use peers::{Failure, contender, driver, report, ruleset, workload};

#[derive(Parser)]
#[command(about = "The engine beside other engines, on one workload")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the ruleset of W1.
    Ruleset,
    /// Write lines, their columns, the rates and what the oracle says of them.
    Prepare { folder: PathBuf, lines: usize },
    /// Measure one contender in this process and print its figures as JSON.
    Contender {
        name: String,
        #[arg(long, default_value_t = 1_000_000)]
        lines: usize,
        #[arg(long, default_value_t = 1)]
        threads: usize,
        /// The size of the workload as JSON; without it the rates are those of W1.
        #[arg(long)]
        size: Option<Size>,
    },
    /// Measure everything in turn and write the results.
    Run(driver::Plan),
    /// Put the tables and the curves of a run into a page.
    Report { results: PathBuf, page: PathBuf },
}

fn main() -> Result<(), Failure> {
    match Arguments::parse().command {
        Command::Ruleset => print!("{}", ruleset::text("w1", "Workload W1", &workload::w1())),
        Command::Prepare { folder, lines } => driver::prepare(&folder, lines)?,
        Command::Contender { name, lines, threads, size } => {
            let figures = contender::measure(&name, lines, size, threads);
            println!("{}", serde_json::to_string(&figures)?);
        }
        Command::Run(plan) => driver::run(&plan)?,
        Command::Report { results, page } => {
            let results = serde_json::from_slice(&fs::read(results)?)?;
            report::write(&results, &page)?;
        }
    }
    Ok(())
}
