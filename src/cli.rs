//! The command line: arguments, files, streams and exit codes.

mod allocate;
mod balance;
mod check;
mod diff;
mod eval;
mod explain;
mod failure;
mod invert;
mod line;
mod output;
mod progress;
mod rules;
mod test;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diagnostic::render::Style;
use allocate::options::{Allocate, Balance};
use failure::Failure;

/// Turns software licenses into credits, exactly, by rules that are checked.
#[derive(Debug, Parser)]
#[command(name = "credit-rules", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(Check),
    Eval(Eval),
    Explain(Explain),
    Invert(Invert),
    Test(Test),
    Diff(Diff),
    #[command(subcommand)]
    Allocate(Allocate),
    Balance(Balance),
}

/// Report everything that is wrong with a ruleset.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  credit-rules check rules/trend_vision_one")]
struct Check {
    /// A `.rules` file, or a folder with them.
    #[arg(required_unless_present = "explain")]
    rules: Option<PathBuf>,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    format: CheckFormat,
    /// Let warnings fail the check, too.
    #[arg(long, value_name = "WHAT", value_parser = ["warnings"])]
    deny: Option<String>,
    /// List every property with whether it is proved.
    #[arg(long, conflicts_with = "explain")]
    proofs: bool,
    /// List the credits at every bound of a tier and just past it.
    #[arg(long, conflicts_with = "explain")]
    boundaries: bool,
    /// Print the page of a code, such as `rate-gap`, and stop.
    #[arg(long, value_name = "CODE")]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CheckFormat {
    Text,
    Json,
    Sarif,
}

/// Convert a list of licenses into credits.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules eval rules/trend_vision_one licenses.csv --rejects rejects.csv -o credits.csv"
)]
struct Eval {
    /// A `.rules` file, or a folder with them.
    rules: PathBuf,
    /// The license list; `-` is standard input.
    input: PathBuf,
    /// The format of the input, where its extension does not tell.
    #[arg(long, value_enum)]
    input_format: Option<DataFormat>,
    /// The sheet of an xlsx input; without it, the first one.
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
    /// A column of floats in a parquet or arrow input: read by the shortest text that gives each back.
    #[arg(long = "allow-float", value_name = "COLUMN")]
    allow_floats: Vec<String>,
    /// The column of the input that holds what is called NAME here.
    #[arg(long = "map", value_name = "NAME=COLUMN")]
    maps: Vec<String>,
    /// The day of lines without `start`.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Add up by these columns instead of listing lines.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN[,COLUMN]")]
    by: Vec<String>,
    /// The columns of the output, in their order.
    #[arg(long, value_delimiter = ',', value_name = "COLUMN[,COLUMN]", conflicts_with_all = ["by", "append"])]
    columns: Vec<String>,
    /// Give every column of the input as it stands, and `credits` behind them.
    #[arg(long, conflicts_with = "by")]
    append: bool,
    /// Where refused lines go, in the format of its extension, else csv; without it the first 20 are
    /// shown.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Succeed although lines were refused.
    #[arg(long)]
    allow_refused: bool,
    /// Refuse an input with columns that nothing asks for.
    #[arg(long)]
    strict: bool,
    /// Add the steps of the conversion to each record (json, ndjson).
    #[arg(long, conflicts_with_all = ["by", "append"])]
    explain: bool,
    /// How many threads convert; without it, as many as there are cores. Every number gives the
    /// same output.
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<std::num::NonZero<usize>>,
    /// The format of the output; without it, by the extension of FILE, else csv.
    #[arg(long, value_enum)]
    format: Option<DataFormat>,
    /// Where the output goes; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DataFormat {
    Csv,
    Tsv,
    Json,
    Ndjson,
    Xlsx,
    Parquet,
    Arrow,
}

/// Show how one line becomes credits, step by step, and why other rates do not apply.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules explain rules/trend_vision_one --license endpoint_pro --quantity 400 --on 2025-11-12"
)]
struct Explain {
    /// A `.rules` file, or a folder with them.
    rules: PathBuf,
    #[command(flatten)]
    line: LineOptions,
    /// How many.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    quantity: String,
    /// How the steps are printed.
    #[arg(long, value_enum, default_value_t = TreeFormat::Text)]
    format: TreeFormat,
}

/// Tell which quantities give so many credits, exactly.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  credit-rules invert rules/trend_vision_one --license endpoint_pro --credits 10000 --on 2025-11-12"
)]
struct Invert {
    /// A `.rules` file, or a folder with them.
    rules: PathBuf,
    #[command(flatten)]
    line: LineOptions,
    /// How many credits.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    credits: String,
    /// So many credits or fewer; this is what is told where nothing is asked for.
    #[arg(long, conflicts_with_all = ["at_least", "exactly"])]
    at_most: bool,
    /// So many credits or more.
    #[arg(long, conflicts_with = "exactly")]
    at_least: bool,
    /// So many credits, neither more nor fewer.
    #[arg(long)]
    exactly: bool,
    /// The largest quantity that is looked at.
    #[arg(long, value_name = "Q", default_value = "1000000000000", allow_hyphen_values = true)]
    max_quantity: String,
    /// How the quantities are printed.
    #[arg(long, value_enum, default_value_t = TreeFormat::Text)]
    format: TreeFormat,
}

/// What one line says besides its quantity.
#[derive(Debug, Args)]
struct LineOptions {
    /// The code, or the name of a license or product.
    #[arg(long, value_name = "NAME")]
    license: String,
    /// The unit of the quantity; without it, the declared unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// The first day.
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// The last day.
    #[arg(long, value_name = "DATE")]
    end: Option<String>,
    /// The account.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The value of a declared input.
    #[arg(long = "with", value_name = "INPUT=VALUE")]
    inputs: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TreeFormat {
    Text,
    Json,
}

/// Run the examples of a ruleset, and tell what they look at and what they notice.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  credit-rules test rules/trend_vision_one --mutate")]
struct Test {
    /// A `.rules` file, or a folder with them.
    rules: PathBuf,
    /// List what of the rules no example touches.
    #[arg(long)]
    coverage: bool,
    /// Print examples, with today's answers, for what no example touches.
    #[arg(long, conflicts_with = "mutate")]
    missing: bool,
    /// Change the rules in small ways, and list the changes that no example notices.
    #[arg(long)]
    mutate: bool,
    /// Write what comes out into the rule files, where an example expects something else.
    #[arg(long, conflicts_with_all = ["coverage", "missing", "mutate", "watch", "format"])]
    bless: bool,
    /// With `--coverage`: the rules, each line with the examples that touch it, as a page.
    #[arg(long, value_name = "FILE", requires = "coverage")]
    html: Option<PathBuf>,
    /// Where the examples go as XML in the form of `JUnit`.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Run again whenever a rule file changes, until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    format: TestFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TestFormat {
    Text,
    Json,
}

/// Tell what two rulesets say differently.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  credit-rules diff main:rules/trend_vision_one rules/trend_vision_one\n  credit-rules diff old.rules new.rules --book licenses.csv --html report.html"
)]
struct Diff {
    /// The ruleset before: a `.rules` file, a folder, or either of a git revision, as REVISION:PATH.
    old: PathBuf,
    /// The ruleset after, named alike.
    new: PathBuf,
    /// A license list: tell what becomes of it, too.
    #[arg(long, value_name = "INPUT")]
    book: Option<PathBuf>,
    /// The format of the list, where its extension does not tell.
    #[arg(long, value_enum, requires = "book")]
    input_format: Option<DataFormat>,
    /// The sheet of an xlsx list; without it, the first one.
    #[arg(long, value_name = "NAME", requires = "book")]
    sheet: Option<String>,
    /// A column of floats in a parquet or arrow list: read by the shortest text that gives each back.
    #[arg(long = "allow-float", value_name = "COLUMN", requires = "book")]
    allow_floats: Vec<String>,
    /// The column of the list that holds what is called NAME here.
    #[arg(long = "map", value_name = "NAME=COLUMN", requires = "book")]
    maps: Vec<String>,
    /// The day of lines without `start`.
    #[arg(long, value_name = "DATE", requires = "book")]
    on: Option<String>,
    /// How many threads convert; every number gives the same output.
    #[arg(long, value_name = "N", value_parser = threads, requires = "book")]
    threads: Option<std::num::NonZero<usize>>,
    /// Who approves which change: lines `owner "WHO" of PRODUCT, …` and `review above 10%`.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// The approvals that were given: succeed if the policy asks for no other.
    #[arg(long, value_name = "WHO[,WHO]", value_delimiter = ',', num_args = 0..=1, requires = "policy")]
    require_approval: Option<Vec<String>>,
    /// How the differences are printed; without it, by the extension of FILE, else as text. Csv and
    /// xlsx hold the sums of a book, where there is one.
    #[arg(long, value_enum)]
    format: Option<DiffFormat>,
    /// Write a page with everything, too.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Where the output goes; it appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    Text,
    Json,
    Csv,
    Xlsx,
}

/// Runs the program with these arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Clap writes help to standard output and mistakes to standard error; if that stream
            // is gone, nobody is there to be told.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = match arguments.command {
        Command::Check(options) => check::run(&options),
        Command::Eval(options) => eval::run(&options),
        Command::Explain(options) => explain::run(&options),
        Command::Invert(options) => invert::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Allocate(command) => allocate::run(&command),
        Command::Balance(options) => balance::run(&options),
    };
    match done {
        Ok(true) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            output::complain(&format!("error: {failure}\n"));
            ExitCode::from(if matches!(failure, Failure::Unconfirmed(_)) { 3 } else { 2 })
        }
    }
}

/// How findings are drawn on standard error.
fn style() -> Style {
    let terminal = std::io::stderr().is_terminal();
    let columns = wanted("COLUMNS").and_then(|columns| columns.parse().ok());
    let width = if terminal { columns.unwrap_or(100usize).clamp(40, 120) } else { 100 };
    Style { color: terminal && wanted("NO_COLOR").is_none(), width }
}

/// Whether lists on standard output are colored.
fn colored() -> bool {
    std::io::stdout().is_terminal() && wanted("NO_COLOR").is_none()
}

/// A variable of the environment that is set to something.
fn wanted(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the command line honours the user's environment"
    )]
    let value = std::env::var(name).ok();
    value.filter(|value| !value.is_empty())
}

/// A number of threads.
fn threads(text: &str) -> Result<std::num::NonZero<usize>, String> {
    text.parse().map_err(|_| "expected a whole number from 1 up, as in `--threads 2`".to_owned())
}
