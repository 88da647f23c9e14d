//! The command line: arguments, files, streams and exit codes.

mod check;
mod eval;
mod failure;
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
    Test(Test),
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
    #[arg(long, conflicts_with_all = ["coverage", "mutate", "format"])]
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
    /// Where the examples go as JUnit XML.
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
        Command::Test(options) => test::run(&options),
    };
    match done {
        Ok(true) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            output::complain(&format!("error: {failure}\n"));
            ExitCode::from(2)
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
