//! What a ruleset says that no line needs to be converted: labels, and the limits of a plan in words.

use std::collections::BTreeMap;

use crate::hir::Program;
use crate::period::{BEGINNING, Claim};
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

/// What the limits of each name demand, in one form for equal demands.
pub(super) fn limits<'a>(
    plan: &'a Plan,
    name: &impl Fn(TargetId) -> String,
) -> BTreeMap<&'a str, Vec<String>> {
    let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for limit in &plan.limits {
        all.entry(&limit.name).or_default().push(text(limit, name));
    }
    all.values_mut().for_each(|demands| demands.sort());
    all
}

fn text(limit: &Limit, name: &impl Fn(TargetId) -> String) -> String {
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
        LimitBody::InSteps(id, step) => format!("{} in steps of {step} base units", name(*id)),
        LimitBody::Compare(left, comparison, right, none) => {
            compared(left, *comparison, right, none.map(name), name)
        }
    };
    let days = match limit.origin.claim {
        Claim::Undated => String::new(),
        Claim::From(day) if day == BEGINNING => String::new(),
        Claim::From(day) => format!("from {day} "),
        Claim::Window(days) => format!("from {} to {} ", days.from, days.to),
    };
    let level = if limit.warn { " (warn)" } else { "" };
    format!("{days}{body}{level}")
}

/// Everything on the left, in one order, beside the number on the right.
fn compared(
    left: &[LimitTerm],
    comparison: Comparison,
    right: &[LimitTerm],
    none: Option<String>,
    name: &impl Fn(TargetId) -> String,
) -> String {
    let mut terms: BTreeMap<String, Exact> = BTreeMap::new();
    let mut number = Exact::zero();
    let signed = left.iter().map(|term| (term, false)).chain(right.iter().map(|term| (term, true)));
    for (term, negative) in signed {
        let factor = if negative { -term.factor.clone() } else { term.factor.clone() };
        let of = match term.measure {
            LimitMeasure::Constant => {
                number = number - factor;
                continue;
            }
            LimitMeasure::Units(id) => name(id),
            LimitMeasure::CreditsOf(id) => format!("credits of {}", name(id)),
            LimitMeasure::Allocated => "allocated".to_owned(),
            LimitMeasure::Valid => "valid".to_owned(),
        };
        let sum = terms.entry(of).or_insert_with(Exact::zero);
        *sum = &*sum + &factor;
    }
    terms.retain(|_, factor| !factor.is_zero());
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
    let none = none.map_or_else(String::new, |_| " or none".to_owned());
    format!("{text} {} {number}{none}", words(comparison))
}

fn words(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtMost => "at most",
        Comparison::AtLeast => "at least",
        Comparison::Exactly => "exactly",
    }
}
