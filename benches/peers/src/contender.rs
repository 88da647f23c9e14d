//! What is measured inside this process: one contender a process, so that each has its own peak
//! memory and none warms the caches of another.

use std::hint::black_box;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, floor};
use crate::clock::{peak_memory, timed};
use crate::decimal::DecimalRates;
use crate::engine::{Compiled, Record};
use crate::lines::{ACCOUNTS, Lines};
use crate::oracle;
use crate::search::Search;
use crate::text::{Keys, Numbering, price as price_texts};
use crate::workload::{Product, scaled, w1};

/// Runs of each in one process, after one that does not count; the median counts.
const RUNS: usize = 5;

/// How large a workload is; without it, it is W1.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Size {
    pub products: usize,
    pub dates: usize,
    pub tiers: usize,
    /// All kinds in turn, as in W1, or graduated rates alone.
    pub mixed: bool,
}

impl FromStr for Size {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Figures {
    /// Nanoseconds of CPU time for all lines.
    pub cpu: i64,
    /// Nanoseconds on the clock.
    pub wall: i64,
    /// KiB.
    pub peak: i64,
    /// `None` where there is nothing to check.
    pub wrong: Option<Wrong>,
}

/// How many results are not those of the oracle.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Wrong {
    pub lines: usize,
    /// Totals of accounts.
    pub totals: usize,
}

/// Measures a contender by its name; `None` where this build cannot run it.
pub fn measure(name: &str, count: usize, size: Option<Size>, threads: usize) -> Option<Figures> {
    let products = size.map_or_else(w1, scaled);
    let lines = Lines::new(count, &products);
    let mut credits = vec![0; count];
    let mut totals = None;
    let (cpu, wall) = match name {
        "floor" => timed(RUNS, || {
            floor(&lines, &mut credits);
            black_box(&mut credits);
        }),
        "baseline" => {
            let baseline = Baseline::new(&products);
            timed(RUNS, || baseline.price(&lines, &mut credits, None).expect("it fits"))
        }
        "baseline-totals" => {
            let baseline = Baseline::new(&products);
            let totals = totals.insert(vec![0; ACCOUNTS as usize]);
            timed(RUNS, || {
                totals.fill(0);
                if threads == 1 {
                    baseline.price(&lines, &mut credits, Some(totals)).expect("it fits");
                } else {
                    let run = baseline.price_by_threads(&lines, &mut credits, totals, threads);
                    run.expect("it fits");
                }
            })
        }
        "baseline-keys" => {
            let baseline = Baseline::new(&products);
            let keys = Keys::new(&lines, &products);
            let mut last = (Numbering::default(), Vec::new());
            let times = timed(RUNS, || {
                last = price_texts(&baseline, &products, &keys, &lines, &mut credits)
                    .expect("it fits");
            });
            totals = Some(by_account(&last.0, &last.1));
            times
        }
        "search" => {
            let search = Search::new(&products);
            timed(RUNS, || search.price(&lines, &mut credits))
        }
        "engine" => {
            let engine = Compiled::new(&products, &lines, threads);
            let totals = totals.insert(vec![0; ACCOUNTS as usize]);
            timed(RUNS, || {
                totals.fill(0);
                engine.price(&lines, &mut credits, totals);
            })
        }
        "engine-keys" => {
            let engine = Compiled::new(&products, &lines, threads);
            let keys = Keys::new(&lines, &products);
            let mut last = Vec::new();
            let times = timed(RUNS, || last = engine.price_keys(&keys, &lines, &mut credits));
            let totals = totals.insert(vec![0; ACCOUNTS as usize]);
            last.into_iter().for_each(|(account, total)| totals[account as usize] = total);
            times
        }
        "engine-record" => {
            let engine = Compiled::new(&products, &lines, threads);
            let records = Record::all(&products, &lines);
            timed(RUNS, || engine.price_records(&records, &mut credits))
        }
        "rust_decimal" => {
            let rates = DecimalRates::new(&products);
            let totals = totals.insert(vec![0; ACCOUNTS as usize]);
            timed(RUNS, || {
                totals.fill(0);
                rates.price(&lines, &mut credits, totals);
            })
        }
        #[cfg(feature = "expressions")]
        "zen-expression" => {
            let rates = crate::zen::Expressions::new(&products);
            timed(RUNS, || rates.price(&products, &lines, &mut credits))
        }
        #[cfg(feature = "expressions")]
        "zen-expression-reused" => {
            let rates = crate::zen::Expressions::new(&products);
            timed(RUNS, || rates.price_reusing(&products, &lines, &mut credits))
        }
        #[cfg(feature = "decision-table")]
        "zen-table" => {
            let rates = crate::zen_table::Table::new(&products);
            timed(1, || rates.price(&products, &lines, &mut credits))
        }
        _ => return None,
    };
    let peak = peak_memory();
    let wrong = (name != "floor").then(|| wrong(&products, &lines, &credits, totals));
    Some(Figures { cpu, wall, peak, wrong })
}

fn by_account(accounts: &Numbering, totals: &[i64]) -> Vec<i64> {
    let mut sorted = vec![0; ACCOUNTS as usize];
    for (number, &total) in totals.iter().enumerate() {
        let text = std::str::from_utf8(accounts.text(number)).expect("made as text");
        let account: usize = text.trim_start_matches("ACC-").parse().expect("made of a number");
        sorted[account] = total;
    }
    sorted
}

fn wrong(products: &[Product], lines: &Lines, credits: &[i64], totals: Option<Vec<i64>>) -> Wrong {
    let expected = oracle::credits(products, lines);
    let differ = |found: &[i64], expected: &[i64]| {
        found.iter().zip(expected).filter(|(found, expected)| found != expected).count()
    };
    let by_account = oracle::totals(ACCOUNTS as usize, lines, &expected);
    Wrong {
        lines: differ(credits, &expected),
        totals: totals.map_or(0, |totals| differ(&totals, &by_account)),
    }
}

/// One pass of a kernel alone, for an instruction counter: the lines are made before it, and
/// nothing is checked behind it.
pub fn pass_once(name: &str, count: usize) -> bool {
    let products = w1();
    let lines = Lines::new(count, &products);
    let (mut credits, mut totals) = (vec![0; count], vec![0; ACCOUNTS as usize]);
    match name {
        "baseline" => {
            let baseline = Baseline::new(&products);
            counted_kernel(&mut || {
                baseline.price(&lines, &mut credits, Some(&mut totals)).expect("it fits");
            });
        }
        "engine" => {
            let engine = Compiled::new(&products, &lines, 1);
            // Tables are made when they are first asked for, which is not a matter of lines.
            engine.price_counted(&lines, &mut credits, &mut totals);
            counted_kernel(&mut || engine.price_counted(&lines, &mut credits, &mut totals));
        }
        _ => return false,
    }
    black_box((credits, totals));
    true
}

/// The counter is on inside this function alone.
#[inline(never)]
fn counted_kernel(run: &mut dyn FnMut()) {
    run();
}
