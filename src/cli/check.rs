//! `check`: everything that is wrong with a ruleset.

use std::io::Write;

use super::failure::Failure;
use super::output::{Output, complain};
use super::{Check, CheckFormat, rules};
use crate::diagnostic::machine::{Finding, Report, Summary};
use crate::diagnostic::{Code, nearest};
use crate::project;

/// Whether the ruleset passed.
pub(super) fn run(options: &Check) -> Result<bool, Failure> {
    if let Some(word) = &options.explain {
        return explain(word);
    }
    let Some(path) = &options.rules else { return Err(Failure::new("expected a ruleset")) };
    let rules::Rules { sources, folder } = rules::read(path)?;
    let analysis = project::analyze(sources);
    match options.format {
        CheckFormat::Text => {
            rules::show(&analysis, &folder, &analysis.diagnostics);
            complain(&format!("{}\n", analysis.summary.text()));
        }
        CheckFormat::Json => {
            let findings = analysis
                .diagnostics
                .iter()
                .map(|found| Finding::new(found, &analysis.sources))
                .collect();
            let report = Report { findings, summary: analysis.summary };
            let text = serde_json::to_string_pretty(&report)
                .map_err(|error| Failure::new(error.to_string()))?;
            print(&text)?;
        }
    }
    let Summary { errors, warnings, .. } = analysis.summary;
    Ok(errors == 0 && (warnings == 0 || options.deny.is_none()))
}

/// Prints the page of a code.
fn explain(word: &str) -> Result<bool, Failure> {
    let Some(code) = Code::from_word(word) else {
        let near = nearest(word, Code::ALL.iter().map(|code| code.word()));
        let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure::new(format!("there is no code `{word}`{help}")));
    };
    print(code.page().trim_end())?;
    Ok(true)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::open(None)?;
    writeln!(output, "{text}").map_err(|error| Failure::stream(&error))?;
    output.finish()
}
