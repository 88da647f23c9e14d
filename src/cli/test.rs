//! `test`: the examples of a ruleset, what they look at and what they notice.

mod bless;
mod watch;

use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::failure::Failure;
use super::output::{Output, complain};
use super::progress::Progress;
use super::{Test, TestFormat, rules};
use crate::mutate::{self, Mutation};
use crate::project::Compiled;
use crate::selftest::coverage::{self, Coverage};
use crate::selftest::text::{Counts, failure};
use crate::selftest::wire::{Covered, Example, Report};
use crate::selftest::{self, Ran, Verdict, junit, missing, page};

/// Whether every example that was run passed, and every mutant was noticed.
pub(super) fn run(options: &Test) -> Result<bool, Failure> {
    if options.bless && super::wanted("CI").is_some() {
        return Err(Failure::new(
            "`--bless` is refused where `CI` is set: bless at your desk, and look at the diff",
        ));
    }
    if options.watch { watch::run(options) } else { once(options) }
}

/// One run.
fn once(options: &Test) -> Result<bool, Failure> {
    let Some((ruleset, folder)) = rules::compile_in(&options.rules)? else { return Ok(false) };
    let ran = selftest::run_all(&ruleset.plan, &ruleset.sources, &ruleset.examples);
    let counts = Counts::of(&ran);
    if let Some(path) = &options.junit {
        let xml = junit::junit(&ruleset.plan, &ruleset.sources, &ran)
            .map_err(|error| Failure::new(error.to_string()))?;
        write_file(path, &xml)?;
    }
    if options.bless {
        return bless::run(options, &ruleset, &folder, &ran);
    }
    let coverage =
        (options.coverage || options.missing).then(|| Coverage::new(&ruleset.plan, &ran));
    if let (Some(path), Some(coverage)) = (&options.html, &coverage) {
        let html = page::page(&ruleset.plan, &ruleset.sources, coverage, &ran);
        write_file(path, html.as_bytes())?;
    }
    // An example that fails already notices nothing.
    let mutation = (options.mutate && counts.failed == 0).then(|| mutated(&ruleset));
    match options.format {
        TestFormat::Json => json(options, &ruleset, &ran, coverage.as_ref(), mutation.as_ref())?,
        TestFormat::Text => {
            text(options, &ruleset, &folder, &ran, coverage.as_ref(), mutation.as_ref())?;
        }
    }
    if options.mutate && counts.failed > 0 {
        complain("no mutants are tried while examples fail\n");
    }
    let survived = mutation.map_or(0, |mutation| mutation.score().survived);
    Ok(counts.failed == 0 && survived == 0)
}

fn mutated(ruleset: &Compiled) -> Mutation {
    let mutants = mutate::mutants(&ruleset.sources);
    let mut progress = Progress::new(false);
    progress.mutants(mutants.len() as u64);
    let progress = Mutex::new(progress);
    let tick = || progress.lock().unwrap_or_else(PoisonError::into_inner).step(1);
    mutate::run(ruleset, mutants, &tick)
}

fn text(
    options: &Test,
    ruleset: &Compiled,
    folder: &str,
    ran: &[Ran<'_>],
    coverage: Option<&Coverage>,
    mutation: Option<&Mutation>,
) -> Result<(), Failure> {
    let Compiled { plan, sources, .. } = ruleset;
    let summary = format!("{}\n", Counts::of(ran).text());
    let failed = ran.iter().filter(|one| matches!(one.verdict, Verdict::Failed(_)));
    let mut told: String = failed.map(|one| failure(plan, sources, one)).collect();
    told.push_str(&summary);
    let mut lists = String::new();
    if let Some(coverage) = coverage {
        if options.coverage {
            told.push_str(&coverage::text::text(coverage, sources, folder));
        }
        if options.missing {
            // What is printed can be pasted: the rest goes elsewhere.
            complain(&told);
            told.clear();
            lists.push_str(&missing::missing(plan, sources, coverage).text());
        }
    }
    if let Some(mutation) = mutation {
        lists.push_str(&mutate::text::text(mutation, sources, folder));
    }
    print(&(told + &lists))
}

fn json(
    options: &Test,
    ruleset: &Compiled,
    ran: &[Ran<'_>],
    coverage: Option<&Coverage>,
    mutation: Option<&Mutation>,
) -> Result<(), Failure> {
    let Compiled { plan, sources, .. } = ruleset;
    let missing = coverage.filter(|_| options.missing);
    let report = Report {
        examples: ran.iter().map(|one| Example::new(one, sources)).collect(),
        missing: missing.map(|coverage| missing::missing(plan, sources, coverage).into()),
        coverage: coverage
            .filter(|_| options.coverage)
            .map(|coverage| Covered::new(coverage, ran, sources)),
        mutation: mutation.map(|mutation| mutate::wire::Report::new(mutation, sources)),
        summary: Counts::of(ran).into(),
    };
    let text =
        serde_json::to_string_pretty(&report).map_err(|error| Failure::new(error.to_string()))?;
    print(&format!("{text}\n"))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = Output::open(None)?;
    output.write_all(text.as_bytes()).map_err(|error| Failure::stream(&error))?;
    output.finish()
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut output = Output::open(Some(path))?;
    output.write_all(bytes).map_err(|error| Failure::file("write", path, &error))?;
    output.finish()
}
