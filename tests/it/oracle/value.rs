//! Licenses of which the checker says that they keep the value of their grants, and those of which
//! it shows that they do not.

use std::cell::Cell;

use num_rational::BigRational as Ratio;
use num_traits::Zero as _;

use credit_rules::check::verdict::{Property, Status, Verdict};
use credit_rules::diagnostic::{Witness, WitnessExample, WitnessLine};
use credit_rules::selftest;

use super::generate::{self, Tapes};
use super::lines::{NUDGES, line, special_quantities};
use super::model::{Answer, Body, Line, Number, Round, Ruleset, Target, whole};
use super::verdicts::number;
use super::{analyze, compile, evaluate, for_all, print, shown};

/// Rulesets whose credits depend neither on a term nor on counted inputs: else most is not decided.
fn drawn(tapes: &Tapes) -> Ruleset {
    let mut ruleset = generate::ruleset(tapes);
    for target in &mut ruleset.targets {
        target.per.term = None;
        target.clauses.retain(|clause| !matches!(clause.body, Body::Count(_)));
        for clause in &mut target.clauses {
            if let Body::Per(per) = &mut clause.body {
                per.term = None;
            }
        }
    }
    ruleset
}

/// The same ruleset in which a license has no rate of its own.
fn without_own_rate(ruleset: &Ruleset, name: &str) -> Ruleset {
    let mut twin = ruleset.clone();
    for target in twin.targets.iter_mut().filter(|target| target.name == name) {
        target.clauses.retain(|clause| !matches!(clause.body, Body::Rate(_) | Body::When { .. }));
    }
    twin
}

fn credits(
    (ruleset, excludes): (&Ruleset, &[usize]),
    line: &Line,
    quantity: Number,
) -> Option<Ratio> {
    match evaluate::convert(ruleset, excludes, &Line { quantity, ..line.clone() }) {
        Answer::Credits(credits) => Some(credits),
        _ => None,
    }
}

/// What rounding several grants, or several lines, apart may lose: a step each.
fn slack(ruleset: &Ruleset, target: &Target, lines: i64) -> Ratio {
    let own = |target: &Target| -> Vec<Round> {
        let round = |body: &Body| if let Body::Round(round) = body { Some(*round) } else { None };
        target.clauses.iter().filter_map(|clause| round(&clause.body)).collect()
    };
    let all = ruleset.targets.iter().flat_map(own).chain([ruleset.round]);
    let step = all.map(|round| round.step.ratio()).max().unwrap();
    let grants = granted(target);
    if grants == 1 && lines == 1 { Ratio::zero() } else { step * whole(grants + lines) }
}

/// Grants, dated ones too.
fn granted(target: &Target) -> i64 {
    let grants = target.clauses.iter().filter(|clause| matches!(clause.body, Body::Grants { .. }));
    i64::try_from(grants.count()).unwrap()
}

fn quantities(ruleset: &Ruleset, target: &Target) -> Vec<Number> {
    let mut found = vec![whole(0), whole(1), whole(7), whole(1_000_000)];
    for end in special_quantities(ruleset, target) {
        let nudges = NUDGES.map(|(digits, decimals)| Number::new(digits, decimals).ratio());
        for nudge in nudges.into_iter().chain([whole(0)]) {
            found.extend([&end + &nudge, &end - &nudge]);
        }
    }
    found.retain(|quantity| *quantity >= Ratio::zero());
    found.sort();
    found.dedup();
    found.iter().filter_map(Number::of).collect()
}

/// No line of a grid, and no two, lose value.
fn keeps(
    (ruleset, excludes): (&Ruleset, &[usize]),
    target: &Target,
    lines: &[Line],
) -> Result<(), String> {
    let twin = without_own_rate(ruleset, &target.name);
    let (ruled, twin) = ((ruleset, excludes), (&twin, excludes));
    let quantities = quantities(ruleset, target);
    let (alone, apart) = (slack(ruleset, target, 1), slack(ruleset, target, 3));
    for line in lines {
        let line = Line { sku: target.name.clone(), unit: None, spoiled: None, ..line.clone() };
        let own: Vec<(Number, Ratio)> = quantities
            .iter()
            .filter_map(|quantity| Some((*quantity, credits(ruled, &line, *quantity)?)))
            .collect();
        // Where every unit is refused, a line of none is no conversion that could lose anything.
        if own.iter().all(|(quantity, _)| quantity.ratio().is_zero()) {
            continue;
        }
        for (quantity, own) in &own {
            let cost = credits(twin, &line, *quantity);
            if let Some(cost) = cost.filter(|cost| own + &alone < *cost) {
                let units = quantity.text();
                return Err(format!("{units} give {own}, cost {cost}: {line:?}"));
            }
        }
        for (a, first) in &own {
            for (b, second) in own.iter().rev().step_by(5) {
                let both = Number::of(&(a.ratio() + b.ratio()));
                let cost = both.and_then(|both| credits(twin, &line, both));
                if let Some(cost) = cost.filter(|cost| first + second + &apart < *cost) {
                    let (a, b) = (a.text(), b.text());
                    return Err(format!(
                        "{a} and {b} give {first} and {second}, cost {cost}: {line:?}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The lines shown convert to the credits told, and their grants cost more.
fn loses(ruleset: &Ruleset, name: &str, layout: u32, verdict: &Verdict) -> Result<(), String> {
    let (_, witness) = verdict.found.as_ref().unwrap();
    let witness = witness.as_ref().ok_or("nothing shows it")?;
    let [example] = witness.examples.as_slice() else { return Err("one example".to_owned()) };
    let total = example.given.iter().map(|line| number(&line.quantity).ratio());
    let total = Number::of(&total.fold(Ratio::zero(), |sum, units| sum + units)).unwrap();
    let given = WitnessLine { quantity: total.text(), ..example.given[0].clone() };
    // What grants cost is no line of a license list: no exclude keeps it away.
    let mut grants = without_own_rate(ruleset, name);
    grants.excludes.clear();
    let costly = WitnessExample { given: vec![given], ..example.clone() };
    let own = credits_of(ruleset, layout, example)?;
    let cost = credits_of(&grants, layout, &costly)?;
    if own.is_some() || cost.is_none() {
        return Err(format!("{own:?} {cost:?} {example:?}"));
    }
    let cost = cost.unwrap();
    if !cost.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(format!("the grants are {cost}: {example:?}"));
    }
    let (told, cost) = (number(&example.expect).ratio(), number(&cost).ratio());
    if told < cost { Ok(()) } else { Err(format!("{told} is no less than {cost}: {example:?}")) }
}

/// What an example gives where it is not what it expects.
fn credits_of(
    ruleset: &Ruleset,
    layout: u32,
    example: &WitnessExample,
) -> Result<Option<String>, String> {
    let mut files = print::print(ruleset, layout, &[]).files;
    let witness = Witness { values: Vec::new(), examples: vec![example.clone()] };
    files.push(("z.rules".to_owned(), witness.examples("shown").concat()));
    let compiled = compile(&files)?;
    let ran = selftest::run(&compiled.plan, &compiled.sources, &compiled.examples[0]);
    Ok(match ran.verdict {
        selftest::Verdict::Failed(failures) => Some(failures[0].found.clone()),
        selftest::Verdict::Passed => None,
    })
}

#[test]
fn value_is_kept_where_the_checker_says_so_and_nowhere_else() {
    let (kept, lost) = (Cell::new(0), Cell::new(0));
    for_all("value", 1_000, &generate::tapes(4), |tapes| {
        let ruleset = drawn(&tapes);
        let printed = print::print(&ruleset, tapes.layout, &[]);
        let lines: Vec<Line> = tapes.lines.iter().map(|tape| line(&ruleset, tape)).collect();
        let analysis = analyze(&printed.files);
        for verdict in analysis.verdicts.iter().filter(|v| v.property == Property::ValueKept) {
            let target = ruleset.targets.iter().find(|t| t.name == verdict.subject).unwrap();
            let judged = match verdict.status {
                Status::Proved => {
                    kept.set(kept.get() + 1);
                    keeps((&ruleset, &printed.excludes), target, &lines)
                }
                Status::Refuted { .. } => {
                    lost.set(lost.get() + 1);
                    loses(&ruleset, &target.name, tapes.layout, verdict)
                }
                Status::NotDecided => Ok(()),
            };
            judged.map_err(|why| {
                format!(
                    "{} {}: {why}\n{}",
                    target.name,
                    verdict.status.word(),
                    shown(&printed.files)
                )
            })?;
        }
        Ok(())
    });
    assert!(kept.get() > 100 && lost.get() > 100, "{} kept, {} lost", kept.get(), lost.get());
}
