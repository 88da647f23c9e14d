//! An oracle for the engine: random rulesets and lines, evaluated by a second, deliberately plain
//! interpreter of the language that shares nothing with the crate.
//!
//! `CREDIT_RULES_CASES` sets how many rulesets each test draws; the draws are always the same.

#![expect(
    clippy::indexing_slicing,
    reason = "declarations refer to each other by position, and the generator made those"
)]

pub(crate) mod calendar;
pub(crate) mod charge;
pub(crate) mod columns;
mod corners;
pub(crate) mod dates;
mod differ;
mod draw;
pub(crate) mod evaluate;
mod falls;
pub(crate) mod generate;
mod inverse;
mod limits_oracle;
mod lines;
pub(crate) mod model;
pub(crate) mod print;
mod quantities;
mod rates;
mod regions;
mod told;
mod unused;
mod value;
mod verdicts;
mod words;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;

use num_bigint::BigInt;
use num_rational::BigRational as Ratio;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use credit_rules::diagnostic::Severity;
use credit_rules::evaluate::{self as engine, Observer, Outcome, Silent};
use credit_rules::input::Schema;
use credit_rules::project::{self, Compiled};
use credit_rules::report::refusal;
use credit_rules::source::{Source, Sources};

use generate::Tapes;
use model::{Answer, Line, Ruleset, Written};
use print::Printed;

/// Runs a property over so many random values, or over as many as the environment says.
pub(crate) fn for_all<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), String>,
) where
    S::Value: Debug,
{
    let wanted = std::env::var("CREDIT_RULES_CASES").ok();
    run(name, wanted.map_or(cases, |cases| cases.parse().unwrap()), strategy, property);
}

/// The values are the same on every run, and nothing is kept of a failure.
fn run<S: Strategy>(
    name: &str,
    cases: u32,
    strategy: &S,
    property: impl Fn(S::Value) -> Result<(), String>,
) where
    S::Value: Debug,
{
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut seed = [0; 32];
    seed.iter_mut().zip(name.bytes()).for_each(|(byte, letter)| *byte = letter);
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let done = runner.run(strategy, |value| property(value).map_err(TestCaseError::fail));
    match done {
        Ok(()) => {}
        // The reason tells the case in words; the tapes that it was drawn from tell nothing.
        Err(TestError::Fail(reason, _) | TestError::Abort(reason)) => panic!("{name}: {reason}"),
    }
}

/// The analysis of printed files.
pub(crate) fn analyze(files: &[(String, String)]) -> project::Ruleset {
    let sources = files.iter().map(|(name, text)| Source::new(name.as_str(), text.as_str()));
    project::analyze(Sources::new(sources.collect()))
}

/// A ruleset that must be without an error; of random clauses some are of no use.
pub(crate) fn compile(files: &[(String, String)]) -> Result<Compiled, String> {
    let analysis = analyze(files);
    let found = analysis.diagnostics.iter().find(|found| found.severity == Severity::Error);
    if let Some(found) = found {
        let place = analysis.sources.file_and_line(found.primary.place);
        return Err(format!("{place}: {}: {}\n{}", found.code, found.message, shown(files)));
    }
    analysis.compile().map_err(|_| "it does not compile".to_owned())
}

/// The texts of files, for a failure.
pub(crate) fn shown(files: &[(String, String)]) -> String {
    let shown: Vec<String> =
        files.iter().map(|(name, text)| format!("── {name}\n{text}")).collect();
    shown.concat()
}

/// The columns of a line and their texts.
pub(crate) fn texts(ruleset: &Ruleset, line: &Line) -> Vec<(String, String)> {
    let mut texts =
        vec![("sku".to_owned(), line.sku.clone()), ("quantity".to_owned(), line.quantity.text())];
    let mut put = |name: &str, text: Option<String>| {
        texts.extend(text.map(|text| (name.to_owned(), text)));
    };
    put("unit", line.unit.as_ref().map(|(_, name)| name.clone()));
    put("start", line.start.map(calendar::text));
    put("end", line.end.map(calendar::text));
    put("account", line.account.clone());
    for (input, value) in ruleset.inputs.iter().zip(&line.inputs) {
        put(
            &input.name,
            value.as_ref().map(|value| match value {
                model::Value::Word(text) | model::Value::Text(text) => text.clone(),
                model::Value::Number(number) => number.text(),
                model::Value::Day(day) => calendar::text(*day),
            }),
        );
    }
    if let Some((column, text, _)) = &line.spoiled {
        texts.retain(|(name, _)| name != column);
        texts.push((column.clone(), (*text).to_owned()));
    }
    texts
}

/// What the engine answers, watched by an observer.
pub(crate) fn ask(
    compiled: &Compiled,
    texts: &[(String, String)],
    observer: &mut impl Observer,
) -> Answer {
    ask_why(compiled, texts, observer).0
}

/// What the engine answers, and the place of the rule that it gives for it.
fn ask_why(
    compiled: &Compiled,
    texts: &[(String, String)],
    observer: &mut impl Observer,
) -> (Answer, String) {
    let refused = |code| (Answer::Refused(vec![code]), String::new());
    let Compiled { plan, sources, .. } = compiled;
    let schema = Schema::new(plan, &[], None).unwrap();
    let block = columns::block(&schema, &[texts.to_vec()]);
    let license = match schema.license(plan, block.record(0)) {
        Ok(license) => license,
        Err(fault) => return refused(refusal::of_fault(fault).code),
    };
    match engine::evaluate(plan, &license, observer) {
        Ok(Outcome::Converted { credits, place, .. }) => {
            (Answer::Credits(ratio(credits)), sources.file_and_line(place))
        }
        Ok(Outcome::Excluded { place, .. }) => {
            let text = sources.get(place.source).unwrap().slice(place.span);
            let number = text.split("\"exclude ").nth(1).unwrap().split('"').next().unwrap();
            (Answer::Excluded(number.parse().unwrap()), sources.file_and_line(place))
        }
        Err(why) => refused(refusal::of_refusal(plan, sources, &why, &license.sku, false).code),
    }
}

/// A decimal as a ratio, without the crate's own conversion.
pub(crate) fn ratio(number: rust_decimal::Decimal) -> Ratio {
    Ratio::new(number.mantissa().into(), BigInt::from(10).pow(number.scale()))
}

/// A ruleset, its files, and its lines.
pub(crate) fn case(tapes: &Tapes) -> (Ruleset, Printed, Vec<Line>) {
    let ruleset = generate::ruleset(tapes);
    let printed = print::print(&ruleset, tapes.layout, &[]);
    let lines = tapes.lines.iter().map(|tape| lines::line(&ruleset, tape)).collect();
    (ruleset, printed, lines)
}

fn agrees(tapes: &Tapes) -> Result<(), String> {
    let (ruleset, printed, lines) = case(tapes);
    let compiled = compile(&printed.files)?;
    for line in &lines {
        let texts = texts(&ruleset, line);
        let expected = evaluate::convert(&ruleset, &printed.excludes, line);
        let (found, place) = ask_why(&compiled, &texts, &mut Silent);
        let deciding = match expected {
            Answer::Credits(_) => evaluate::deciding(&ruleset, line),
            Answer::Excluded(exclude) => vec![Written::Exclude(exclude)],
            Answer::Refused(_) => Vec::new(),
        };
        // Of several grants the first in the file decides.
        let first = deciding.iter().map(|line| &printed.places[line]).min();
        let by = first.map(|(file, line)| format!("{file}:{line}")).unwrap_or_default();
        if !expected.admits(&found) || place != by {
            return Err(format!(
                "{texts:?}\nexpected {expected:?} by {by}\nfound    {found:?} by {place}\n{}",
                shown(&printed.files)
            ));
        }
    }
    Ok(())
}

#[test]
fn the_engine_agrees_with_the_oracle() {
    for_all("oracle", 2_000, &generate::tapes(20), |tapes| agrees(&tapes));
}

/// What random lines become, counted: a property over lines that are all refused proves little.
#[test]
fn lines_of_every_kind_are_drawn() {
    let counts = RefCell::new(BTreeMap::<&str, usize>::new());
    run("kinds", 500, &generate::tapes(20), |tapes| {
        let (ruleset, printed, lines) = case(&tapes);
        for line in &lines {
            let word = match evaluate::convert(&ruleset, &printed.excludes, line) {
                Answer::Credits(credits) if credits == model::whole(0) => "nothing",
                Answer::Credits(_) => "credits",
                Answer::Excluded(_) => "excluded",
                Answer::Refused(codes) => codes[0],
            };
            *counts.borrow_mut().entry(word).or_default() += 1;
        }
        Ok(())
    });
    let counts = counts.into_inner();
    let total: usize = counts.values().sum();
    assert!(counts["credits"] * 3 > total, "{counts:?}");
    // What only a whole file can have is none of a line's.
    let of_files = ["ragged-row", "invalid-utf8", "duplicate-key", "bad-record", "bad-cell"];
    for code in refusal::CODES.iter().filter(|code| !of_files.contains(code)) {
        assert!(counts.get(code).is_some_and(|count| *count > 4), "{code}: {counts:?}");
    }
}
