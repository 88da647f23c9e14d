//! How long a check takes, by size, beside the least that any reader of the text must do: cut it
//! into words and read its numbers.
//!
//! `cargo bench --bench check`

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a bench measures time, reads the system's figures and prints"
)]

mod generator;

use std::hint::black_box;
use std::time::{Duration, Instant};

use credit_rules::project;
use credit_rules::source::{Source, Sources};

/// Runs of each, in turn; the median counts.
const RUNS: usize = 5;

fn main() {
    println!(
        "{:>9} {:>8} {:>10} {:>12} {:>7} {:>14}",
        "products", "lines", "check", "words alone", "ratio", "per 1000 lines"
    );
    for products in [1_000, 3_000, 10_000] {
        let text = generator::ruleset(products, 12);
        let lines = text.lines().count();
        let (mut check, mut words) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            check.push(timed(|| {
                let sources = Sources::new(vec![Source::new("generated.rules", text.clone())]);
                let ruleset = project::analyze(sources);
                assert!(ruleset.diagnostics.is_empty(), "the generated ruleset is not clean");
            }));
            words.push(timed(|| {
                black_box(read_words(&text));
            }));
        }
        let (check, words) = (median(check), median(words));
        let ratio = check.as_secs_f64() / words.as_secs_f64();
        println!(
            "{products:>9} {lines:>8} {:>7.0} ms {:>9.1} ms {ratio:>7.1} {:>11.2} ms",
            millis(check),
            millis(words),
            millis(check) * 1_000.0 / lines as f64,
        );
    }
    println!("peak memory {}", peak_memory());
}

/// Words of the text, and the sum of those that are whole numbers.
fn read_words(text: &str) -> (usize, u64) {
    let words = text.lines().flat_map(str::split_whitespace);
    words.fold((0, 0), |(count, sum), word| (count + 1, sum + word.parse::<u64>().unwrap_or(0)))
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().expect("there is at least one run")
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The largest memory of this process, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |figure| figure.trim().to_owned())
}
