//! Measures everything in one run: in every round each contender has its turn once, so that a busy
//! minute of the machine falls on all of them.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Failure;
use crate::contender::{Figures, Size, Wrong};
use crate::lines::{ACCOUNTS, Lines};
use crate::results::{Entry, Group, Results};
use crate::workload::w1;
use crate::{oracle, report, ruleset, tables};

#[derive(clap::Args)]
pub struct Plan {
    /// Where lines are made and results are written.
    folder: PathBuf,
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    #[arg(long, default_value_t = 1_000_000)]
    lines: usize,
    /// The longer list, for the curve over lines; 0 leaves it out.
    #[arg(long, default_value_t = 10_000_000)]
    long: usize,
    /// The program of this project.
    #[arg(long)]
    program: PathBuf,
    /// A Python with the packages of the peers; without it they are left out.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Only contenders whose group or label holds this text.
    #[arg(long, default_value = "")]
    only: String,
}

enum Way {
    /// In a process of this program.
    Contender(&'static str),
    /// A pass over csv by this program.
    Table(&'static str),
    /// The command line of this project.
    Program,
    /// A script, by its engine and way.
    Python(&'static str, &'static str),
}

struct Turn {
    group: Group,
    label: &'static str,
    way: Way,
    lines: usize,
    threads: usize,
    size: Option<Size>,
    found: Vec<Found>,
}

#[derive(Clone, Copy)]
struct Found {
    cpu: i64,
    wall: i64,
    startup: i64,
    peak: i64,
    wrong: Option<Wrong>,
}

/// Writes the list, its columns, the rates, the ruleset and what the oracle says.
pub fn prepare(folder: &Path, count: usize) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let products = w1();
    fs::write(folder.join("rates.json"), serde_json::to_vec(&products)?)?;
    fs::write(folder.join("w1.rules"), ruleset::text("w1", "Workload W1", &products))?;
    let list = folder.join(format!("lines-{count}.csv"));
    if list.exists() {
        return Ok(());
    }
    let lines = Lines::new(count, &products);
    let column =
        |name: &str, bytes: Vec<u8>| fs::write(folder.join(format!("lines-{count}.{name}")), bytes);
    column("account", lines.account.iter().flat_map(|number| number.to_le_bytes()).collect())?;
    column("product", lines.product.iter().flat_map(|number| number.to_le_bytes()).collect())?;
    column("quantity", lines.quantity.iter().flat_map(|number| number.to_le_bytes()).collect())?;
    column("start", lines.start.iter().flat_map(|number| number.to_le_bytes()).collect())?;
    // Last and under another name at first: a list that is there is whole.
    let unfinished = list.with_extension("part");
    let mut file = BufWriter::new(File::create(&unfinished)?);
    lines.write_csv(&products, &mut file)?;
    file.flush()?;
    Ok(fs::rename(unfinished, list)?)
}

pub fn run(plan: &Plan) -> Result<(), Failure> {
    prepare(&plan.folder, plan.lines)?;
    if plan.long > 0 {
        prepare(&plan.folder, plan.long)?;
    }
    let mut turns = turns(plan);
    let mut oracle = Oracle::default();
    for round in 1..=plan.rounds {
        for turn in &mut turns {
            if round > 1 && turn.group == Group::Lines {
                // Memory does not vary, and a long list takes its time.
                continue;
            }
            eprint!("\rround {round} of {}: {:<60}", plan.rounds, turn.label);
            if let Some(found) = turn.take(plan, &mut oracle)? {
                turn.found.push(found);
            }
        }
    }
    eprintln!();
    let entries = turns.iter().filter(|turn| !turn.found.is_empty()).map(Turn::entry).collect();
    let (processor, cores) = processor()?;
    let results = Results { processor, cores, rounds: plan.rounds, entries };
    fs::write(plan.folder.join("results.json"), serde_json::to_vec_pretty(&results)?)?;
    println!("{}", report::text(&results));
    Ok(())
}

fn turns(plan: &Plan) -> Vec<Turn> {
    use Way::{Contender, Program, Python, Table};
    let mut turns = Vec::new();
    let mut add = |group, label, way| {
        let (lines, threads, size) = (plan.lines, 1, None);
        turns.push(Turn { group, label, way, lines, threads, size, found: Vec::new() });
    };
    add(Group::Columns, "columns read, 8 bytes written", Contender("floor"));
    add(Group::Columns, "hand-written, no totals", Contender("baseline"));
    add(Group::Columns, "hand-written, totals", Contender("baseline-totals"));
    add(Group::Columns, "credit-rules", Contender("engine"));
    add(Group::Columns, "rust_decimal by index", Contender("rust_decimal"));
    add(Group::Columns, "DataFusion", Python("datafusion", "columns"));
    add(Group::Columns, "DuckDB", Python("duckdb", "columns"));
    add(Group::Columns, "DuckDB, 38 digits", Python("duckdb", "wide-columns"));
    add(Group::Columns, "Polars", Python("polars", "columns"));
    add(Group::Columns, "Polars, floats", Python("polars", "floats"));
    add(Group::Keys, "hand-written", Contender("baseline-keys"));
    add(Group::Keys, "credit-rules", Contender("engine-keys"));
    add(Group::Keys, "DataFusion", Python("datafusion", "keys"));
    add(Group::Keys, "DuckDB", Python("duckdb", "keys"));
    add(Group::Keys, "DuckDB, 38 digits", Python("duckdb", "wide-keys"));
    add(Group::Keys, "Polars", Python("polars", "keys"));
    add(Group::Records, "credit-rules", Contender("engine-record"));
    add(Group::Records, "zen-expression", Contender("zen-expression"));
    add(Group::Records, "zen-expression, context reused", Contender("zen-expression-reused"));
    add(Group::Records, "zen-engine, decision table", Contender("zen-table"));
    add(Group::Csv, "csv read only", Table("csv-read"));
    add(Group::Csv, "csv pass-through", Table("csv-pass"));
    add(Group::Csv, "simd-csv read only", Table("simd-csv-read"));
    add(Group::Csv, "simd-csv pass-through", Table("simd-csv-pass"));
    add(Group::Csv, "simd-csv, hand-written, totals", Table("baseline"));
    add(Group::Csv, "credit-rules eval", Program);
    add(Group::Csv, "DataFusion", Python("datafusion", "csv"));
    add(Group::Csv, "DuckDB", Python("duckdb", "csv"));
    add(Group::Csv, "DuckDB, 38 digits", Python("duckdb", "wide-csv"));
    add(Group::Csv, "Polars", Python("polars", "csv"));
    for turn in &mut turns {
        if matches!(
            turn.way,
            Contender("zen-table" | "zen-expression" | "zen-expression-reused" | "engine-record")
        ) {
            turn.lines = plan.lines / 10;
        }
    }
    turns.extend(curves(plan));
    let wanted = plan.only.to_lowercase();
    turns.retain(|turn| {
        let group = format!("{:?}: {}", turn.group, turn.label).to_lowercase();
        group.contains(&wanted) && (plan.python.is_some() || !matches!(turn.way, Python(..)))
    });
    turns
}

fn curves(plan: &Plan) -> Vec<Turn> {
    use Way::{Contender, Program, Table};
    let turn = |group, label, way| Turn {
        group,
        label,
        way,
        lines: plan.lines,
        threads: 1,
        size: None,
        found: Vec::new(),
    };
    let mut turns = Vec::new();
    for (label, name) in [("hand-written, by search", "search"), ("credit-rules", "engine")] {
        for products in [40, 200, 1_000, 4_000, 10_000] {
            let size = Some(Size { products, dates: 12, tiers: 4, mixed: true });
            turns.push(Turn { size, ..turn(Group::Products, label, Contender(name)) });
        }
        for dates in [1, 3, 12, 48, 192] {
            let size = Some(Size { products: 40, dates, tiers: 4, mixed: true });
            turns.push(Turn { size, ..turn(Group::Dates, label, Contender(name)) });
        }
        for tiers in [4, 16, 64, 256, 1_024] {
            let size = Some(Size { products: 1, dates: 1, tiers, mixed: false });
            turns.push(Turn { size, ..turn(Group::Tiers, label, Contender(name)) });
        }
    }
    for (label, name) in [("hand-written", "baseline-totals"), ("credit-rules", "engine")] {
        for threads in [1, 2] {
            turns.push(Turn { threads, ..turn(Group::Threads, label, Contender(name)) });
        }
    }
    for threads in [1, 2] {
        let label = "credit-rules eval";
        turns.push(Turn { threads, ..turn(Group::TableThreads, label, Program) });
    }
    for lines in [plan.lines, plan.long].into_iter().filter(|&lines| lines > 0) {
        let of = |label, way| Turn { lines, ..turn(Group::Lines, label, way) };
        turns.push(of("csv pass-through", Table("csv-pass")));
        turns.push(of("simd-csv, hand-written, totals", Table("baseline")));
        turns.push(of("credit-rules eval", Program));
    }
    turns
}

impl Turn {
    fn take(&self, plan: &Plan, oracle: &mut Oracle) -> Result<Option<Found>, Failure> {
        let folder = &plan.folder;
        let input = folder.join(format!("lines-{}.csv", self.lines));
        let (output, totals) = (folder.join("out.csv"), folder.join("totals.csv"));
        for left in [&output, &totals] {
            fs::remove_file(left).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
        }
        let this = std::env::current_exe()?;
        match self.way {
            Way::Contender(name) => {
                let mut command = Command::new(this);
                command.args(["contender", name, "--lines", &self.lines.to_string()]);
                command.args(["--threads", &self.threads.to_string()]);
                if let Some(size) = self.size {
                    command.arg("--size").arg(serde_json::to_string(&size)?);
                }
                let figures: Option<Figures> = serde_json::from_slice(&answer(&mut command)?)?;
                Ok(figures.map(|Figures { cpu, wall, peak, wrong }| Found {
                    cpu,
                    wall,
                    peak,
                    startup: 0,
                    wrong,
                }))
            }
            Way::Table(name) => {
                let mut command = measured()?;
                command.arg(this.with_file_name("copy")).arg(name).args([&input, &output, &totals]);
                let mut found = whole_process(&mut command)?;
                if name == "baseline" {
                    found.wrong =
                        Some(oracle.wrong_in_tables(self.lines, &output, Some(&totals))?);
                }
                Ok(Some(found))
            }
            Way::Program => {
                let mut command = measured()?;
                command.arg(&plan.program).arg("eval").arg(folder.join("w1.rules")).arg(&input);
                for map in ["account=account_id", "start=start_date", "end=end_date"] {
                    command.args(["--map", map]);
                }
                command.args(["--threads", &self.threads.to_string(), "--append", "-o"]);
                if self.group == Group::TableThreads {
                    // Until the disk has it, a file takes the same time for any number of threads.
                    return Ok(Some(whole_process(command.arg("/dev/null"))?));
                }
                let mut found = whole_process(command.arg(&output))?;
                found.wrong = Some(oracle.wrong_in_tables(self.lines, &output, None)?);
                Ok(Some(found))
            }
            Way::Python(engine, way) => {
                let Some(python) = &plan.python else { return Ok(None) };
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/main.py");
                let mut command = measured()?;
                command.arg(python).arg(script).args([engine, way]);
                command.arg(folder).arg(self.lines.to_string());
                let mut found = whole_process(&mut command)?;
                let own: Value = serde_json::from_slice(&fs::read(folder.join("figures.json"))?)?;
                found.startup = own["startup"].as_i64().ok_or("no startup in the figures")?;
                if way.ends_with("csv") {
                    let wrong = oracle.wrong_in_tables(self.lines, &output, Some(&totals))?;
                    found.wrong = Some(wrong);
                } else {
                    found.cpu = own["cpu"].as_i64().ok_or("no time in the figures")?;
                    found.wall = own["wall"].as_i64().ok_or("no time in the figures")?;
                    found.startup = 0;
                    found.wrong = Some(oracle.wrong_in_columns(self.lines, folder)?);
                }
                Ok(Some(found))
            }
        }
    }

    fn entry(&self) -> Entry {
        let lines = self.lines as f64;
        let median = |of: fn(&Found) -> i64| {
            let mut figures: Vec<i64> = self.found.iter().map(of).collect();
            figures.sort_unstable();
            figures[figures.len() / 2] as f64
        };
        Entry {
            group: self.group,
            label: self.label.into(),
            lines: self.lines,
            threads: self.threads,
            size: self.size,
            cpu: median(|found| found.cpu) / lines,
            wall: self.found.iter().map(|found| found.wall).min().unwrap_or_default() as f64
                / lines,
            startup: median(|found| found.startup) / 1e6,
            peak: median(|found| found.peak) / 1_024.0,
            wrong: self.found.iter().filter_map(|found| found.wrong).max(),
        }
    }
}

/// `measure`, which stands beside this program.
fn measured() -> Result<Command, Failure> {
    Ok(Command::new(std::env::current_exe()?.with_file_name("measure")))
}

fn answer(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output = command.stderr(Stdio::piped()).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!("{command:?} fails: {}", String::from_utf8_lossy(&output.stderr)).into())
}

fn whole_process(command: &mut Command) -> Result<Found, Failure> {
    let output = command.stderr(Stdio::piped()).output()?;
    let figures = String::from_utf8(output.stdout)?;
    let figures: Result<Vec<i64>, _> = figures.split_whitespace().map(str::parse).collect();
    match figures?[..] {
        [cpu, wall, peak, 0] => Ok(Found { cpu, wall, peak, startup: 0, wrong: None }),
        _ => Err(format!("{command:?} fails: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// What lists of W1 are worth, computed once for each length.
#[derive(Default)]
struct Oracle {
    lists: Vec<(usize, Vec<i64>, Vec<i64>)>,
}

impl Oracle {
    fn of(&mut self, count: usize) -> (&[i64], &[i64]) {
        let known = self.lists.iter().position(|(lines, ..)| *lines == count);
        let at = known.unwrap_or_else(|| {
            let products = w1();
            let lines = Lines::new(count, &products);
            let credits = oracle::credits(&products, &lines);
            let totals = oracle::totals(ACCOUNTS as usize, &lines, &credits);
            self.lists.push((count, credits, totals));
            self.lists.len() - 1
        });
        let (_, credits, totals) = &self.lists[at];
        (credits, totals)
    }

    fn wrong_in_tables(
        &mut self,
        lines: usize,
        output: &Path,
        totals: Option<&Path>,
    ) -> Result<Wrong, Failure> {
        let (credits, expected) = self.of(lines);
        let mut wrong =
            Wrong { lines: different(&tables::credits_of(output)?, credits), totals: 0 };
        if let Some(totals) = totals {
            wrong.totals = different(&tables::totals_of(totals, ACCOUNTS as usize)?, expected);
        }
        Ok(wrong)
    }

    /// Columns of 64 bits, as a script has written them.
    fn wrong_in_columns(&mut self, lines: usize, folder: &Path) -> Result<Wrong, Failure> {
        let read = |name: &str| -> Result<Vec<Option<i64>>, Failure> {
            let bytes = fs::read(folder.join(name))?;
            let numbers = bytes.as_chunks::<8>().0.iter();
            Ok(numbers.map(|&number| Some(i64::from_le_bytes(number))).collect())
        };
        let (credits, totals) = self.of(lines);
        Ok(Wrong {
            lines: different(&read("credits.i64")?, credits),
            totals: different(&read("totals.i64")?, totals),
        })
    }
}

/// How many differ; what is missing or too much counts.
fn different(found: &[Option<i64>], expected: &[i64]) -> usize {
    let pairs = found.iter().zip(expected);
    pairs.filter(|(found, expected)| **found != Some(**expected)).count()
        + found.len().abs_diff(expected.len())
}

/// The model of the processor and the number of its cores.
fn processor() -> Result<(String, usize), Failure> {
    let text = fs::read_to_string("/proc/cpuinfo")?;
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = std::thread::available_parallelism()?.get();
    Ok((model.map_or("unknown", |(_, model)| model).to_owned(), cores))
}
