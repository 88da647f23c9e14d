//! Rates of which the checker says that they never fall, and those of which it shows that they do.

use std::cell::Cell;

use num_rational::BigRational as Ratio;
use num_traits::Signed as _;

use credit_rules::check::verdict::{Property, Status};
use credit_rules::diagnostic::{Code, Diagnostic, WitnessValue};

use super::calendar::day;
use super::generate::{self, rate_of};
use super::lines::{NUDGES, line, special_quantities};
use super::model::{Answer, Body, Clause, Field, Line, Number, Rate, Ruleset, Target, whole};
use super::verdicts::{day_of, number, value_in};
use super::{analyze, evaluate, for_all, print, shown};

/// Whether credits are those of rates over the quantity itself.
fn is_plain(target: &Target) -> bool {
    let is_rated = target.clauses.iter().any(|clause| rate_of(&clause.body).is_some());
    let counts = |clause: &Clause| matches!(clause.body, Body::Count(_) | Body::Grants { .. });
    is_rated && !target.clauses.iter().any(counts)
}

/// Whether a condition on the quantity chooses between rates.
fn asks_quantity(target: &Target) -> bool {
    target.clauses.iter().any(|clause| {
        let by_quantity = match rate_of(&clause.body) {
            Some(Rate::Table(table)) => table.columns.contains(&Field::Quantity),
            _ => false,
        };
        let when = match &clause.body {
            Body::When { condition, .. } => condition.as_slice(),
            _ => &[],
        };
        by_quantity || when.iter().any(|(field, _)| *field == Field::Quantity)
    })
}

/// Only `volume` tiers fall: all tiers are made such.
fn with_volumes(mut ruleset: Ruleset) -> Ruleset {
    for clause in ruleset.targets.iter_mut().flat_map(|target| &mut target.clauses) {
        if let Body::Rate(rate) | Body::When { rate, .. } = &mut clause.body
            && let Rate::Graduated(tiers) = rate
        {
            *rate = Rate::Volume(tiers.clone());
        }
    }
    ruleset
}

/// Quantities around every bound, rising.
fn quantities(ruleset: &Ruleset, target: &Target) -> Vec<Number> {
    let mut found = vec![whole(0), whole(1), whole(1_000_000)];
    for end in special_quantities(ruleset, target) {
        let nudges = NUDGES.map(|(digits, decimals)| Number::new(digits, decimals).ratio());
        for nudge in nudges.into_iter().chain([whole(0)]) {
            found.extend([&end + &nudge, &end - &nudge]);
        }
    }
    found.retain(|quantity| !quantity.is_negative());
    found.sort();
    found.dedup();
    found.iter().filter_map(Number::of).collect()
}

pub(super) fn credits(
    (ruleset, excludes): (&Ruleset, &[usize]),
    line: &Line,
    quantity: Number,
) -> Option<Ratio> {
    let line = Line { quantity, ..line.clone() };
    match evaluate::convert(ruleset, excludes, &line) {
        Answer::Credits(credits) => Some(credits),
        _ => None,
    }
}

/// The two pairs of units and credits in the words of a finding.
pub(super) fn pairs(finding: &Diagnostic) -> [(Number, Ratio); 2] {
    let numbers: Vec<Number> = finding
        .primary
        .message
        .split(' ')
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(number)
        .collect();
    [(numbers[0], numbers[1].ratio()), (numbers[2], numbers[3].ratio())]
}

#[test]
fn rates_fall_where_the_checker_says_so_and_nowhere_else() {
    let (fell, rose, by_quantity) = (Cell::new(0), Cell::new(0), Cell::new((0, 0)));
    for_all("falls", 1_500, &generate::tapes(4), |tapes| {
        let ruleset = with_volumes(generate::ruleset(&tapes));
        let printed = print::print(&ruleset, tapes.layout, &[]);
        let lines: Vec<Line> = tapes.lines.iter().map(|tape| line(&ruleset, tape)).collect();
        let analysis = analyze(&printed.files);
        // What cannot hold on any line that is not excluded is no fall.
        let order: Vec<usize> = printed.excludes.clone();
        for target in ruleset.targets.iter().filter(|target| is_plain(target)) {
            let fail =
                |what: String| Err(format!("{}: {what}\n{}", target.name, shown(&printed.files)));
            let finding = analysis.diagnostics.iter().find(|found| {
                let names = |seen: &WitnessValue| seen.column == "sku" && seen.value == target.name;
                found.code == Code::FallingRate
                    && found
                        .witness
                        .as_ref()
                        .is_some_and(|witness| witness.values.iter().any(names))
            });
            let sku = target.name.clone();
            let bare = Line { sku, unit: None, spoiled: None, ..lines[0].clone() };
            let terms =
                |clause: &Clause| matches!(&clause.body, Body::Per(per) if per.term.is_some());
            let has_term = target.per.term.is_some() || target.clauses.iter().any(terms);
            let asks = usize::from(asks_quantity(target));
            let (fell_so, rose_so) = by_quantity.get();
            if let Some(finding) = finding {
                fell.set(fell.get() + 1);
                by_quantity.set((fell_so + asks, rose_so));
                let witness = finding.witness.as_ref().unwrap();
                let seen = |name: &str| {
                    let seen = witness.values.iter().find(|seen| seen.column == name);
                    seen.map(|seen| day_of(&seen.value))
                };
                let start = seen("start").or(Some(day(2_000, 1, 1)));
                let inputs = ruleset.inputs.iter().map(|input| value_in(witness, input)).collect();
                let account = witness.values.iter().find(|seen| seen.column == "account");
                let account = account.map(|seen| seen.value.clone());
                let line = Line { start, end: seen("end"), inputs, account, ..bare };
                let [fewer, more] = pairs(finding);
                let is_fall = fewer.0.ratio() < more.0.ratio() && fewer.1 > more.1;
                let of = |pair: &(Number, Ratio)| {
                    credits((&ruleset, &order), &line, pair.0) == Some(pair.1.clone())
                };
                if !is_fall || !of(&fewer) || !of(&more) {
                    return fail(format!("is said to fall: {}", finding.primary.message));
                }
                continue;
            }
            // A fall that no term was found for is not decided.
            let undecided = analysis.verdicts.iter().any(|verdict| {
                verdict.subject == target.name
                    && verdict.property == Property::NeverFalls
                    && verdict.status == Status::NotDecided
            });
            if undecided && has_term {
                continue;
            }
            if undecided {
                return fail("is not decided".to_owned());
            }
            rose.set(rose.get() + 1);
            by_quantity.set((fell_so, rose_so + asks));
            let quantities = quantities(&ruleset, target);
            for line in &lines {
                let line = Line {
                    start: line.start,
                    end: line.end,
                    account: line.account.clone(),
                    inputs: line.inputs.clone(),
                    ..bare.clone()
                };
                let mut highest: Option<(Number, Ratio)> = None;
                for quantity in quantities.iter().copied() {
                    let Some(credits) = credits((&ruleset, &order), &line, quantity) else {
                        continue;
                    };
                    if let Some((fewer, most)) =
                        highest.as_ref().filter(|(_, most)| *most > credits)
                    {
                        let (fewer, more) = (fewer.text(), quantity.text());
                        return fail(format!(
                            "is not said to fall, but {fewer} give {most} and {more} give {credits}: {line:?}"
                        ));
                    }
                    highest = Some((quantity, credits));
                }
            }
        }
        Ok(())
    });
    let (fell_so, rose_so) = by_quantity.get();
    assert!(fell.get() > 20 && rose.get() > 200, "{} fell, {} rose", fell.get(), rose.get());
    assert!(fell_so > 20 && rose_so > 20, "by quantity {fell_so} fell, {rose_so} rose");
}
