//! `check`: everything that is wrong with a ruleset, and what was proved of it.

use std::io::Write;

use serde::Serialize;

use super::failure::Failure;
use super::output::{Output, complain};
use super::{Check, CheckFormat, colored, rules};
use crate::diagnostic::machine::{Finding, Summary};
use crate::diagnostic::sarif::Log;
use crate::diagnostic::{Code, nearest};
use crate::files::Rules;
use crate::project::{self, Analysis};
use crate::report::boundaries::{self, Boundary};
use crate::report::check::{Bound, Proof, Report};
use crate::report::proofs;

/// Whether the ruleset passed.
pub(super) fn run(options: &Check) -> Result<bool, Failure> {
    if let Some(word) = &options.explain {
        return explain(word);
    }
    let Some(path) = &options.rules else { return Err(Failure::new("expected a ruleset")) };
    if options.format == CheckFormat::Sarif && (options.proofs || options.boundaries) {
        let message = "sarif holds findings alone: use `--proofs` and `--boundaries` with `--format text` or `json`";
        return Err(Failure::new(message));
    }
    let Rules { sources, folder } = rules::read(path)?;
    let mut analysis = project::analyze(sources);
    let Summary { errors, warnings, .. } = analysis.summary;
    match options.format {
        CheckFormat::Text => {
            rules::show(&analysis, &folder, &analysis.diagnostics);
            text(options, &mut analysis, &folder)?;
            complain(&format!("{}\n", analysis.summary.text()));
        }
        CheckFormat::Json => json(&report(options, &mut analysis))?,
        CheckFormat::Sarif => json(&Log::new(&analysis.diagnostics, &analysis.sources, &folder))?,
    }
    Ok(errors == 0 && (warnings == 0 || options.deny.is_none()))
}

/// Prints the lists that were asked for.
fn text(options: &Check, analysis: &mut Analysis, folder: &str) -> Result<(), Failure> {
    let color = colored();
    let mut lists = Vec::new();
    if options.proofs {
        lists.push(proofs::text(&analysis.verdicts, &analysis.sources, folder, color));
    }
    if options.boundaries {
        match bounds(analysis) {
            Some(found) => {
                lists.push(boundaries::table::text(&found, &analysis.sources, folder, color));
            }
            None => complain("no boundaries while the rules have errors\n"),
        }
    }
    lists.retain(|list| !list.is_empty());
    if lists.is_empty() {
        return Ok(());
    }
    print(lists.join("\n").trim_end())
}

fn report(options: &Check, analysis: &mut Analysis) -> Report {
    let bounds = options.boundaries.then(|| bounds(analysis));
    let sources = &analysis.sources;
    let proof = |verdict| Proof::new(verdict, sources);
    let bound = |boundary: &Boundary| Bound::new(boundary, sources);
    Report {
        findings: analysis.diagnostics.iter().map(|found| Finding::new(found, sources)).collect(),
        proofs: options.proofs.then(|| analysis.verdicts.iter().map(proof).collect()),
        boundaries: bounds.map(|found| Some(found?.iter().map(bound).collect())),
        summary: analysis.summary,
    }
}

/// The bounds of the tiers; `None` where the rules have errors.
fn bounds(analysis: &mut Analysis) -> Option<Vec<Boundary>> {
    analysis.plan().map(|plan| boundaries::boundaries(&plan))
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

fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?;
    print(&text)
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::open(None)?;
    writeln!(output, "{text}").map_err(|error| Failure::stream(&error))?;
    output.finish()
}
