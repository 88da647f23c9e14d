//! Quantities found for credits, against the evaluator at their ends, beside them and elsewhere.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use num_rational::BigRational as Ratio;
use rust_decimal::Decimal;

use credit_rules::evaluate::{License, Outcome, Refusal, Silent, evaluate};
use credit_rules::input::Schema;
use credit_rules::invert::{Inverse, Sought, Unknown, invert};
use credit_rules::plan::{Plan, Stretch};
use credit_rules::quantity::Exact;

use super::generate::{self, Tapes};
use super::lines::special_quantities;
use super::{case, columns, compile, for_all, shown, texts};

const LARGEST: i64 = 1_000_000_000_000;

fn holds(stretches: &[Stretch], quantity: &Exact) -> bool {
    stretches.iter().any(|Stretch { low, high }| {
        let from = *quantity > low.at || (!low.behind && *quantity == low.at);
        from && (*quantity < high.at || (high.behind && *quantity == high.at))
    })
}

/// The quantities at a number and next to it that can be written.
fn beside(number: &Exact) -> Vec<Decimal> {
    let finest = Exact::power_of_ten(12);
    let below = (number * &finest).floor();
    let near = (-1..=2).map(|step| (&below + &Exact::from(step)) / finest.clone());
    near.filter(|near| !near.is_negative() && *near <= Exact::from(LARGEST))
        .filter_map(|near| near.to_decimal())
        .collect()
}

fn exact(ratio: &Ratio) -> Option<Exact> {
    let part = |number: &num_bigint::BigInt| i128::try_from(number).ok().map(Exact::whole);
    Some(part(ratio.numer())? / part(ratio.denom())?)
}

/// What the evaluator says of a quantity, and whether the answer says the same.
fn agrees(
    plan: &Plan,
    license: &License,
    (sought, credits): (Sought, &Exact),
    inverse: &Inverse,
    quantity: Decimal,
) -> Result<(), String> {
    let own = evaluate(plan, &License { quantity, ..license.clone() }, &mut Silent);
    let number = Exact::from(quantity);
    let found = holds(&inverse.found, &number);
    let refused: Vec<&Refusal> = inverse
        .refused
        .iter()
        .filter(|(_, stretches)| holds(stretches, &number))
        .map(|(refusal, _)| refusal)
        .collect();
    let excluded = inverse.excluded.iter().filter(|(_, stretches)| holds(stretches, &number));
    let excluded: Vec<_> = excluded.map(|(origin, _)| origin.place).collect();
    let same = match &own {
        Ok(Outcome::Converted { credits: own, .. }) => {
            let own = Exact::from(*own);
            let wanted = match sought {
                Sought::AtMost => own <= *credits,
                Sought::AtLeast => own >= *credits,
                Sought::Exactly => own == *credits,
            };
            found == wanted && refused.is_empty() && excluded.is_empty()
        }
        Ok(Outcome::Excluded { place, .. }) => !found && refused.is_empty() && excluded == [*place],
        Err(Refusal::Overflow) => !found && refused.is_empty() && excluded.is_empty(),
        Err(refusal) => !found && refused == [refusal] && excluded.is_empty(),
    };
    if same {
        return Ok(());
    }
    Err(format!("{sought:?} {credits}, quantity {quantity}: {own:?}\n{inverse:#?}"))
}

fn inverts(tapes: &Tapes, counts: &RefCell<BTreeMap<&str, usize>>) -> Result<(), String> {
    let (ruleset, printed, lines) = case(tapes);
    let compiled = compile(&printed.files)?;
    let plan = &compiled.plan;
    let schema = Schema::new(plan, &[], None).unwrap();
    let count = |what| *counts.borrow_mut().entry(what).or_default() += 1;
    for (number, line) in lines.iter().enumerate() {
        let texts = texts(&ruleset, line);
        let block = columns::block(&schema, std::slice::from_ref(&texts));
        let Ok(license) = schema.license(plan, block.record(0)) else { continue };
        let mut quantities: BTreeSet<Decimal> = BTreeSet::new();
        let target = ruleset.targets.iter().find(|target| target.name == license.sku);
        for special in target.iter().flat_map(|target| special_quantities(&ruleset, target)) {
            quantities.extend(exact(&special).iter().flat_map(beside));
        }
        quantities.extend(lines.iter().flat_map(|line| {
            exact(&line.quantity.ratio()).into_iter().flat_map(|own| beside(&own))
        }));
        let own = quantities.iter().filter_map(|quantity| {
            let line = License { quantity: *quantity, ..license.clone() };
            match evaluate(plan, &line, &mut Silent) {
                Ok(Outcome::Converted { credits, .. }) => Some(Exact::from(credits)),
                _ => None,
            }
        });
        let own: BTreeSet<Exact> = own.collect();
        let some = own.iter().step_by((own.len() / 3).max(1));
        let half = Exact::one() / Exact::from(2);
        let wanted: BTreeSet<Exact> =
            some.flat_map(|credits| [credits.clone(), credits + &half]).collect();
        let kinds = [Sought::AtMost, Sought::AtLeast, Sought::Exactly];
        for (at, credits) in wanted.iter().chain([&Exact::from(1_000)]).enumerate() {
            let sought = kinds[(at + number) % kinds.len()];
            let fail = |why: String| Err(format!("{texts:?}\n{why}\n{}", shown(&printed.files)));
            let inverse = match invert(plan, &license, (sought, credits), &Exact::from(LARGEST)) {
                Ok(inverse) => inverse,
                Err(Unknown::Work) => {
                    count("work");
                    continue;
                }
                Err(Unknown::Digits) => {
                    count("digits");
                    continue;
                }
                Err(Unknown::Power(_)) => {
                    count("power");
                    continue;
                }
            };
            count(match inverse.found.len() {
                0 => "none",
                1 => "one",
                _ => "several",
            });
            let groups = inverse.refused.iter().map(|(_, stretches)| stretches);
            let groups = groups.chain(inverse.excluded.iter().map(|(_, stretches)| stretches));
            let stretches = groups.flatten().chain(&inverse.found);
            let ends = stretches.flat_map(|stretch| {
                [stretch.low.at.clone(), stretch.inside(), stretch.high.at.clone()]
            });
            let near: BTreeSet<Decimal> = ends.flat_map(|end| beside(&end)).collect();
            for quantity in near.union(&quantities) {
                let same = agrees(plan, &license, (sought, credits), &inverse, *quantity);
                if let Err(why) = same {
                    return fail(why);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn quantities_give_the_credits_sought() {
    let counts = RefCell::new(BTreeMap::new());
    for_all("inverse", 300, &generate::tapes(4), |tapes| inverts(&tapes, &counts));
    let counts = counts.into_inner();
    let count = |what| counts.get(what).copied().unwrap_or(0);
    let told = count("none") + count("one") + count("several");
    assert!(count("several") * 20 > told && count("one") * 4 > told, "{counts:?}");
    assert!((count("power") + count("work")) * 20 < told, "{counts:?}");
}
