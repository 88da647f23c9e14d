//! `check`: everything that is wrong with a ruleset, and what was proved of it.

use serde::Serialize;

use super::failure::Failure;
use super::output::{complain, print};
use super::{Check, CheckFormat, colored, rules};
use crate::diagnostic::machine::{Finding, Summary};
use crate::diagnostic::sarif::Log;
use crate::diagnostic::{Code, instead};
use crate::files::Rules;
use crate::project::{self, Ruleset};
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
    let mut ruleset = project::analyze(sources);
    let Summary { errors, warnings, .. } = ruleset.summary;
    match options.format {
        CheckFormat::Text => {
            rules::show(&ruleset, &folder, &ruleset.diagnostics);
            text(options, &mut ruleset, &folder)?;
            complain(&format!("{}\n", ruleset.summary.text()));
        }
        CheckFormat::Json => json(&report(options, &mut ruleset))?,
        CheckFormat::Sarif => json(&Log::new(&ruleset.diagnostics, &ruleset.sources, &folder))?,
    }
    Ok(errors == 0 && (warnings == 0 || options.deny.is_none()))
}

/// Prints the lists that were asked for.
fn text(options: &Check, ruleset: &mut Ruleset, folder: &str) -> Result<(), Failure> {
    let color = colored();
    let mut lists = Vec::new();
    if options.proofs {
        lists.push(proofs::text(&ruleset.verdicts, &ruleset.sources, folder, color));
    }
    if options.boundaries {
        match bounds(ruleset) {
            Some(found) => {
                lists.push(boundaries::table::text(&found, &ruleset.sources, folder, color));
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

fn report(options: &Check, ruleset: &mut Ruleset) -> Report {
    let bounds = options.boundaries.then(|| bounds(ruleset));
    let sources = &ruleset.sources;
    let proof = |verdict| Proof::new(verdict, sources);
    let bound = |boundary: &Boundary| Bound::new(boundary, sources);
    Report {
        findings: ruleset.diagnostics.iter().map(|found| Finding::new(found, sources)).collect(),
        proofs: options.proofs.then(|| ruleset.verdicts.iter().map(proof).collect()),
        boundaries: bounds.map(|found| Some(found?.iter().map(bound).collect())),
        summary: ruleset.summary,
    }
}

/// The bounds of the tiers; `None` where the rules have errors.
fn bounds(ruleset: &mut Ruleset) -> Option<Vec<Boundary>> {
    ruleset.plan().map(|plan| boundaries::boundaries(&plan))
}

/// Prints the page of a code.
fn explain(word: &str) -> Result<bool, Failure> {
    let Some(code) = Code::from_word(word) else {
        let help = instead(word, Code::ALL.iter().map(|code| code.word()));
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
