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
            complain(&format!("{}\n", summary(&analysis.summary)));
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

/// `checked 42 products, 18 licenses, 9 limits in 3 files: 0 errors, 2 warnings; …`
pub(super) fn summary(summary: &Summary) -> String {
    let count = |number: usize, word: &str| {
        let plural = if number == 1 { "" } else { "s" };
        format!("{number} {word}{plural}")
    };
    format!(
        "checked {}, {}, {} in {}: {}, {}; {} proved, {} not decided",
        count(summary.products, "product"),
        count(summary.licenses, "license"),
        count(summary.limits, "limit"),
        count(summary.files, "file"),
        count(summary.errors, "error"),
        count(summary.warnings, "warning"),
        match summary.proved {
            1 => "1 property".to_owned(),
            number => format!("{number} properties"),
        },
        summary.not_decided,
    )
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
