//! The `credit-rules` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    credit_rules::cli::run(std::env::args_os())
}
