//! What a ruleset says that no line needs to be converted: labels, and the limits of a plan in words.

use std::collections::{BTreeMap, BTreeSet};

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

use crate::hir::Program;
use crate::period::{BEGINNING, Claim, Days, HORIZON, lay_out, next_day};
use crate::plan::{Comparison, Limit, LimitBody, LimitMeasure, LimitTerm, Plan, TargetId};
use crate::quantity::{Exact, plain};

/// What a ruleset says besides its plan.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Labels of products and licenses.
    pub labels: Vec<Option<String>>,
}

impl Facts {
    /// Those of a program.
    pub fn of(program: &Program) -> Self {
        Self { labels: program.targets.iter().map(|target| target.label.clone()).collect() }
    }

    /// The label of a product or license.
    pub fn label(&self, id: TargetId) -> Option<&str> {
        self.labels.get(id.0 as usize).and_then(Option::as_deref)
    }
}

/// What the units of products are told in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum In {
    /// Base units, which are the same whatever unit a product is declared in.
    Base,
    /// Each product's declared unit.
    Declared,
}

/// What the limits of each name demand, in one form for equal demands.
pub(super) fn limits(
    plan: &Plan,
    name: &impl Fn(TargetId) -> String,
    units: In,
) -> BTreeMap<String, String> {
    let mut named: BTreeMap<&str, Vec<&Limit>> = BTreeMap::new();
    for limit in &plan.limits {
        named.entry(&limit.name).or_default().push(limit);
    }
    let demands = |limits: Vec<&Limit>| {
        // What each demands on which days, those that touch as one.
        let mut all: BTreeMap<String, Vec<Days>> = BTreeMap::new();
        let claims: Vec<Claim> = limits.iter().map(|limit| limit.origin.claim).collect();
        for (days, at) in lay_out(&claims).0 {
            let limit = limits.get(at).map(|limit| text(plan, limit, name, units));
            all.entry(limit.unwrap_or_default()).or_default().push(days);
        }
        let mut texts = Vec::new();
        for (demand, mut days) in all {
            days.sort();
            days.dedup_by(|later, first| {
                let touches = next_day(first.to).is_none_or(|next| later.from <= next);
                if touches {
                    first.to = first.to.max(later.to);
                }
                touches
            });
            texts.extend(days.into_iter().map(|days| {
                match (days.from == BEGINNING, days.to == HORIZON) {
                    (true, true) => demand.clone(),
                    (false, true) => format!("from {} {demand}", days.from),
                    (_, false) => format!("from {} to {} {demand}", days.from, days.to),
                }
            }));
        }
        texts.join("; ")
    };
    named.into_iter().map(|(name, limits)| (name.to_owned(), demands(limits))).collect()
}

fn text(plan: &Plan, limit: &Limit, name: &impl Fn(TargetId) -> String, units: In) -> String {
    let list = |ids: &[TargetId], word: &str| {
        let mut names: Vec<String> = ids.iter().map(|id| name(*id)).collect();
        names.sort();
        names.join(word)
    };
    let body = match &limit.body {
        LimitBody::CountOf(comparison, number, ids) => {
            format!("{} {} of {}", words(*comparison), plain(*number), list(ids, ", "))
        }
        LimitBody::Needs(id, others) => format!("{} needs {}", name(*id), list(others, " or ")),
        LimitBody::UnitForUnit(id, other) => {
            format!("{} needs {} unit for unit", name(*id), name(*other))
        }
        LimitBody::InSteps(id, step) => {
            let (factor, unit) = unit_of(plan, *id, units);
            format!("{} in steps of {} {unit}", name(*id), step.clone() / factor)
        }
        LimitBody::Compare(left, comparison, right, none) => {
            let or_none = if none.is_some() { " or none" } else { "" };
            format!(
                "{}{or_none}",
                compared((left, right), *comparison, name, &|id| unit_of(plan, id, units))
            )
        }
    };
    let level = if limit.warn { " (warn)" } else { "" };
    format!("{body}{level}")
}

/// Everything on the left, in one order, beside the number on the right: the first factor is above
/// 0, and all are whole and as small as can be.
fn compared(
    (left, right): (&[LimitTerm], &[LimitTerm]),
    comparison: Comparison,
    name: &impl Fn(TargetId) -> String,
    unit_of: &impl Fn(TargetId) -> (Exact, String),
) -> String {
    let mut units: BTreeSet<String> = BTreeSet::new();
    let mut terms: BTreeMap<String, Exact> = BTreeMap::new();
    let mut number = Exact::zero();
    let signed = left.iter().map(|term| (term, false)).chain(right.iter().map(|term| (term, true)));
    for (term, negative) in signed {
        let factor = if negative { -term.factor.clone() } else { term.factor.clone() };
        let mut factor = factor;
        let of = match term.measure {
            LimitMeasure::Constant => {
                number = number - factor;
                continue;
            }
            LimitMeasure::Units(id) => {
                let (size, unit) = unit_of(id);
                factor = factor * size;
                units.insert(unit);
                name(id)
            }
            LimitMeasure::CreditsOf(id) => format!("credits of {}", name(id)),
            LimitMeasure::Allocated => "allocated".to_owned(),
            LimitMeasure::Valid => "valid".to_owned(),
        };
        let sum = terms.entry(of).or_insert_with(Exact::zero);
        *sum = &*sum + &factor;
    }
    terms.retain(|_, factor| !factor.is_zero());
    let comparison = brought(&mut terms, &mut number, comparison);
    let mut text = String::new();
    // Those with a plus stand first.
    let (plus, minus): (Vec<_>, Vec<_>) =
        terms.into_iter().partition(|(_, factor)| !factor.is_negative());
    for (of, factor) in plus.into_iter().chain(minus) {
        let negative = factor.is_negative();
        let size = if negative { -factor } else { factor };
        text.push_str(match (text.is_empty(), negative) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        });
        if !size.is_one() {
            text.push_str(&format!("{size} * "));
        }
        text.push_str(&of);
    }
    // A number is one of a unit where all that is measured is in it.
    let unit = match units.first() {
        Some(unit) if units.len() == 1 => format!(" {unit}"),
        _ => String::new(),
    };
    format!("{text} {} {number}{unit}", words(comparison))
}

/// How much one of the units is of which products are told, and its name.
fn unit_of(plan: &Plan, id: TargetId, units: In) -> (Exact, String) {
    let own = plan.rule(id).and_then(|rule| plan.unit(rule.unit));
    let told = match units {
        In::Base => own.and_then(|own| plan.unit(own.base)),
        In::Declared => own,
    };
    told.map_or_else(
        || (Exact::one(), String::new()),
        |unit| (unit.factor.clone(), unit.name.clone()),
    )
}

/// Multiplies all by what makes the factors whole, as small as can be, and the first above 0.
fn brought(
    terms: &mut BTreeMap<String, Exact>,
    number: &mut Exact,
    comparison: Comparison,
) -> Comparison {
    let Some(first) = terms.values().next() else { return comparison };
    let turned = first.is_negative();
    let (mut parts, mut whole) = (BigInt::one(), BigInt::zero());
    for factor in terms.values() {
        parts = parts.lcm(&factor.denominator());
    }
    for factor in terms.values() {
        whole = whole.gcd(&(factor.numerator() * &parts / factor.denominator()));
    }
    let by = Exact::big(parts) / Exact::big(whole);
    let by = if turned { -by } else { by };
    terms.values_mut().for_each(|factor| *factor = &*factor * &by);
    *number = &*number * &by;
    match comparison {
        Comparison::AtMost if turned => Comparison::AtLeast,
        Comparison::AtLeast if turned => Comparison::AtMost,
        comparison => comparison,
    }
}

fn words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtMost => "at most",
        Comparison::AtLeast => "at least",
        Comparison::Exactly => "exactly",
    }
}
