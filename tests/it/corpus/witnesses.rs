//! Lines that show findings, confirmed by the row evaluator. It runs no rules with errors: each
//! finding is mended so that the line tells of it.

use std::collections::BTreeSet;

use crate::oracle::columns;
use credit_rules::diagnostic::{Code, Diagnostic, Witness};
use credit_rules::evaluate::{Outcome, Refusal, Silent, evaluate};
use credit_rules::input::Schema;
use credit_rules::project::{self, Compiled, Ruleset};
use credit_rules::report::refusal;
use credit_rules::selftest;
use credit_rules::source::{Place, Source, Sources};

/// What a line becomes: credits or a code, and the number of the line that decides.
type Answer = (String, Option<usize>);

pub(super) fn analyze(text: &str) -> Ruleset {
    project::analyze(Sources::new(vec![Source::new("corpus.rules", text.to_owned())]))
}

/// Why a line that shows a finding does not, if it does not.
pub(super) fn confirm(
    text: &str,
    ruleset: &Ruleset,
    found: &Diagnostic,
    witness: &Witness,
) -> Result<(), String> {
    let of = |column: &str| witness.values.iter().find(|seen| seen.column == column);
    let subject = of("sku").ok_or("it is no whole line")?.value.clone();
    let line = |place: Place| ruleset.sources.get(place.source).unwrap().line(place.span.start);
    let here = line(found.primary.place);
    let rules = Rules::about(text, &subject);
    let head = rules.head(&subject);
    match found.code {
        Code::TableGap | Code::RateGap => {
            let (mended, at) = match found.code {
                Code::TableGap => rules.with_otherwise(here),
                _ => (rules.with(head, "  rate refused"), head + 1),
            };
            let examples = pasted(witness, "refused no-rate", "refused rate-refused");
            runs(&mended, &examples?)?;
            is(&mended, witness, &("rate-refused".to_owned(), Some(at)))
        }
        Code::TableOverlap | Code::ExceptionConflict => {
            let other = line(found.labels.first().ok_or("no other")?.place);
            for (gone, stays) in [(here, other), (other, here)] {
                let rules = rules.without(gone);
                let rules = match found.code {
                    Code::TableOverlap => rules.with_otherwise(here.min(other)).0,
                    _ => rules,
                };
                let (_, by) = answer(&rules, witness)?;
                if by != Some(stays) {
                    return Err(format!("without line {gone}, line {by:?} decides"));
                }
            }
            Ok(())
        }
        code => {
            let mended = match code {
                // Of units that are counted from inputs nothing is proved, and the rules run.
                Code::Overflow => rules
                    .with(head, "  count quantity * shown")
                    .with(head - 1, "input shown number, default 1"),
                Code::ValueLost => rules.with(head, "  allow loss because \"shown\""),
                _ => rules,
            };
            runs(&mended, &witness.examples("shown").concat())?;
            // The line is the last of those that stand alone in an example.
            let alone = witness.examples.iter().rfind(|example| example.given.len() == 1);
            let Some(alone) = alone else { return Ok(()) };
            let expected = alone.expect.trim_start_matches("refused ").to_owned();
            let (came, _) = answer(&mended, witness)?;
            if came == expected { Ok(()) } else { Err(format!("{came} instead of {expected}")) }
        }
    }
}

/// The examples of a witness with another expectation.
fn pasted(witness: &Witness, expect: &str, instead: &str) -> Result<String, String> {
    let text = witness.examples("shown").concat();
    if text.matches(expect).count() == 1 {
        Ok(text.replace(expect, instead))
    } else {
        Err(format!("no example expects `{expect}`: {text}"))
    }
}

/// The lines of a rule file, those that are left out empty.
struct Rules(Vec<String>);

impl Rules {
    /// A product or license with what it grants, and what holds for every line.
    fn about(text: &str, subject: &str) -> Self {
        let word = |line: &str, at: usize| line.split_whitespace().nth(at).unwrap_or("").to_owned();
        let heads = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
        let mut needed = BTreeSet::from([subject.to_owned()]);
        let mut inside = false;
        for line in text.lines() {
            if heads(line) {
                inside = word(line, 1) == subject;
            } else if inside && let Some((_, granted)) = line.split_once(" of ") {
                needed.insert(word(granted, 0));
            }
        }
        let mut kept = false;
        let lines = text.lines().map(|line| {
            if heads(line) {
                kept = match word(line, 0).as_str() {
                    "ruleset" | "credits" | "unit" | "input" | "exclude" => true,
                    "product" | "license" => needed.contains(&word(line, 1)),
                    "together" => line.split_once(" of ").is_some_and(|(_, members)| {
                        members.split(", ").all(|member| needed.contains(member.trim()))
                    }),
                    _ => false,
                };
            }
            if kept && !line.starts_with('#') { line.to_owned() } else { String::new() }
        });
        let mut rules = Self(lines.collect());
        // What the rules accept already is accepted once more.
        rules.0.iter_mut().filter(|line| line.contains("  allow loss ")).for_each(String::clear);
        rules
    }

    /// The number of a declaration's first line.
    fn head(&self, name: &str) -> usize {
        let is_head = |line: &String| {
            let mut words = line.split(' ');
            matches!(words.next(), Some("product" | "license")) && words.next() == Some(name)
        };
        self.0.iter().position(is_head).unwrap() + 1
    }

    /// With a line behind the one of this number.
    fn with(&self, number: usize, line: &str) -> Self {
        let mut lines = self.0.clone();
        lines.insert(number, line.to_owned());
        Self(lines)
    }

    fn without(&self, number: usize) -> Self {
        let mut lines = self.0.clone();
        lines.get_mut(number - 1).unwrap().clear();
        Self(lines)
    }

    /// With a last row for the rest in the table that a line belongs to, and its number.
    fn with_otherwise(&self, number: usize) -> (Self, usize) {
        let is_row = |line: &String| line.trim_start().starts_with('|');
        let rows = self.0.iter().enumerate().skip(number);
        let last = rows.take_while(|(_, line)| line.is_empty() || is_row(line));
        let last = last.filter(|(_, line)| is_row(line)).last().map_or(number, |(at, _)| at + 1);
        if self.0.get(last - 1).unwrap().contains("| otherwise ") {
            return (Self(self.0.clone()), last);
        }
        (self.with(last, "    | otherwise | refused |"), last + 1)
    }

    fn compile(&self, more: &str) -> Result<Compiled, String> {
        let text = self.0.join("\n") + "\n" + more;
        let failed = |ruleset: Box<Ruleset>| format!("{:#?}\n{text}", ruleset.diagnostics);
        analyze(&text).compile().map_err(failed)
    }
}

/// Runs examples.
fn runs(rules: &Rules, examples: &str) -> Result<(), String> {
    let ruleset = rules.compile(examples)?;
    if ruleset.examples.is_empty() {
        return Err("no example".to_owned());
    }
    for example in &ruleset.examples {
        let ran = selftest::run(&ruleset.plan, &ruleset.sources, example);
        if !matches!(ran.verdict, selftest::Verdict::Passed) {
            return Err(format!("{:?}\n{examples}", ran.verdict));
        }
    }
    Ok(())
}

/// What the rules make of a witness as a line of a license list.
fn answer(rules: &Rules, witness: &Witness) -> Result<Answer, String> {
    let Compiled { plan, sources, .. } = rules.compile("")?;
    let schema = Schema::new(&plan, &[], None).unwrap();
    let mut texts = Vec::new();
    for seen in &witness.values {
        schema.slot(&seen.column).ok_or("no such column")?;
        texts.push((seen.column.clone(), seen.value.clone()));
    }
    let block = columns::block(&schema, &[texts]);
    let license = schema.license(&plan, block.record(0)).map_err(|fault| format!("{fault:?}"))?;
    let line = |place: Place| Some(sources.get(place.source).unwrap().line(place.span.start));
    Ok(match evaluate(&plan, &license, &mut Silent) {
        Ok(Outcome::Converted { credits, place, .. }) => {
            (credits.normalize().to_string(), line(place))
        }
        Ok(Outcome::Excluded { place, .. }) => ("excluded".to_owned(), line(place)),
        Err(why) => {
            let code = refusal::of_refusal(&plan, &sources, &why, &license.sku, false).code;
            let place = match why {
                Refusal::RateRefused { place, .. } => line(place),
                _ => None,
            };
            (code.to_owned(), place)
        }
    })
}

fn is(rules: &Rules, witness: &Witness, expected: &Answer) -> Result<(), String> {
    let came = answer(rules, witness)?;
    if came == *expected { Ok(()) } else { Err(format!("{came:?} instead of {expected:?}")) }
}
