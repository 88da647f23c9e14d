//! What is never used, and why.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::reach::{Cause, Causes, Lines, place};
use crate::check::diagnostics::not_decided;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Target;
use crate::period::{BEGINNING, HORIZON};
use crate::quantity::plain;
use crate::source::Place;

/// Of many clauses that keep lines out together, so many are shown.
const MOST_SHOWN: usize = 3;

/// What no line reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Rate,
    Exception,
    Row,
    Otherwise,
    Tier,
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Rate => "this rate",
            Self::Exception => "this exception",
            Self::Row => "this row",
            Self::Otherwise => "`otherwise`",
            Self::Tier => "this tier",
        }
    }
}

/// A clause that no line reaches.
pub(super) fn unused(lines: &Lines<'_>, what: What, at: Place, causes: &Causes) -> Diagnostic {
    let why = why(lines.target, what, causes);
    let found = labelled(useless(at, format!("{} is never used: {why}", what.words())), causes);
    found.help(help(lines.target, what, causes))
}

fn help(target: &Target, what: What, causes: &Causes) -> &'static str {
    if any(causes, is_withdrawn) {
        return if off_for_good(target) {
            "`withdrawn` cannot be lifted: where sale resumes, write `from DATE to DATE withdrawn`"
        } else {
            "remove it, or mend its dates"
        };
    }
    if any(causes, |cause| matches!(cause, Cause::Blocks(_))) {
        return "give it bounds with whole blocks between them, or remove it";
    }
    if causes.contains(&Cause::NoUnits) {
        return "remove it, or write `zero charged`";
    }
    match what {
        What::Rate if !any(causes, is_exclude) => "remove it, or narrow an exception",
        What::Rate => {
            "write `rate refused` for lines that never come, or narrow what stands before it"
        }
        What::Exception => "remove it, or narrow what stands before it",
        What::Row | What::Otherwise => {
            "a table covers these lines too: add them to another row, or write `refused` for lines that never come"
        }
        What::Tier => "remove it; the last tier may be `beyond refused` for units that never come",
    }
}

/// An `exclude` whose lines earlier ones take.
pub(super) fn unused_exclude(at: Place, causes: &Causes) -> Diagnostic {
    let why = if causes.len() == 1 {
        "an earlier one holds on all its lines, and the first gives the reason"
    } else {
        "earlier ones hold on all its lines, and the first gives the reason"
    };
    labelled(useless(at, format!("this `exclude` is never used: {why}")), causes)
        .help("remove it, or let it stand before them")
}

/// Whether any cause is of this kind.
fn any(causes: &Causes, is: fn(&Cause) -> bool) -> bool {
    causes.iter().any(is)
}

fn is_withdrawn(cause: &Cause) -> bool {
    matches!(cause, Cause::Withdrawn(_))
}

fn is_exclude(cause: &Cause) -> bool {
    matches!(cause, Cause::Exclude(_))
}

fn off_for_good(target: &Target) -> bool {
    target.withdrawn.layout.last().is_some_and(|(days, _)| days.to == HORIZON)
}

fn why(target: &Target, what: What, causes: &Causes) -> String {
    let mut parts: Vec<String> = Vec::new();
    if any(causes, is_withdrawn) {
        let last = target.withdrawn.layout.last().filter(|(days, _)| days.to == HORIZON);
        let kind = target.kind.word();
        parts.push(match last {
            Some((days, _)) if causes.len() == 1 && days.from == BEGINNING => {
                format!("its {kind} is withdrawn")
            }
            Some((days, _)) if causes.len() == 1 => {
                format!("its {kind} is withdrawn from {} on", days.from)
            }
            _ if causes.iter().all(is_withdrawn) => {
                format!("its {kind} is withdrawn on all its days")
            }
            _ => format!("its {kind} is withdrawn"),
        });
    }
    if any(causes, is_exclude) {
        parts.push("all its lines are excluded".to_owned());
    }
    let them = |parts: &[String]| if parts.is_empty() { "all its lines" } else { "them" };
    if any(causes, |cause| matches!(cause, Cause::Exception(_))) {
        let word = if what == What::Exception { "narrower exceptions" } else { "exceptions" };
        parts.push(format!("{word} hold on {}", them(&parts)));
    }
    if any(causes, |cause| matches!(cause, Cause::Row(_))) {
        parts.push(format!("the rows above cover {}", them(&parts)));
    } else if any(causes, |cause| matches!(cause, Cause::Condition(_))) {
        parts.push(format!("the condition above keeps out {}", them(&parts)));
    }
    for cause in causes {
        parts.push(match cause {
            Cause::Count(_) => "`count` never gives such a number of units".to_owned(),
            Cause::Blocks(_) => {
                "started blocks are charged whole, and no whole number of them lies in it"
                    .to_owned()
            }
            Cause::Refused(_) => "lines with so many units are refused".to_owned(),
            Cause::NoUnits => "0 units cost 0".to_owned(),
            _ => continue,
        });
    }
    parts.dedup();
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{}, or {last}", before.join(", ")),
        None => "nothing leads to it".to_owned(),
    }
}

fn labelled(mut found: Diagnostic, causes: &Causes) -> Diagnostic {
    let primary = found.primary.place;
    let places: BTreeSet<(Place, &str)> = causes
        .iter()
        // The rows stand above it for all to see.
        .filter(|cause| !matches!(cause, Cause::Row(_)))
        .filter_map(|cause| {
            let label = match cause {
                Cause::Withdrawn(_) => "withdrawn here",
                Cause::Exclude(_) | Cause::Exception(_) if causes.len() == 1 => {
                    "holds on all of them"
                }
                Cause::Exclude(_) | Cause::Exception(_) => "holds on some of them",
                Cause::Condition(_) => "the condition",
                Cause::Count(_) => "counted here",
                Cause::Blocks(_) => "the block",
                Cause::Refused(_) => "refused from here on",
                Cause::Row(_) | Cause::NoUnits => "",
            };
            Some((place(*cause)?, label))
        })
        .filter(|(place, _)| *place != primary)
        .collect();
    for (place, label) in places.into_iter().take(MOST_SHOWN) {
        found = found.label(place, label);
    }
    found
}

fn useless(at: Place, message: String) -> Diagnostic {
    Diagnostic::new(Code::UselessClause, at, message)
}

/// A dated form that windows hide.
pub(super) fn hidden(at: Place, clause: &str, windows: BTreeSet<Place>) -> Diagnostic {
    let message =
        format!("this `{clause}` never holds: dated ones stand before it on all its days");
    let found = useless(at, message).help("remove it, or mend its date");
    windows
        .into_iter()
        .take(MOST_SHOWN)
        .fold(found, |found, place| found.label(place, "stands before it on these days"))
}

/// A dated form that holds only on days on which nothing is charged.
pub(super) fn idle(at: Place, withdrawn: BTreeSet<Place>) -> Diagnostic {
    let why = if withdrawn.is_empty() {
        "no rate holds on any of its days"
    } else {
        "nothing is sold on any of its days"
    };
    let found = useless(at, format!("this clause is never used: {why}"))
        .help("remove it, or mend its dates");
    withdrawn
        .into_iter()
        .take(MOST_SHOWN)
        .fold(found, |found, place| found.label(place, "withdrawn here"))
}

/// `at most` that `at least` lifts again.
pub(super) fn at_most_lifted(at: Place, other: Place, least: Decimal) -> Diagnostic {
    let least = plain(least);
    let message = format!(
        "this bound never decides: `at least` lies above it, so that any units cost {least} credits"
    );
    useless(at, message)
        .label(other, "applied last")
        .help("let `at most` lie above `at least`, or write the amount as `rate N flat`")
}

/// `at least 0`.
pub(super) fn at_least_nothing(at: Place) -> Diagnostic {
    useless(at, "this bound never decides: no credits lie below 0".to_owned()).help("remove it")
}

/// `zero charged` where 0 units cost 0 with it too.
pub(super) fn zero_costs_nothing(at: Place) -> Diagnostic {
    let message =
        "this clause changes nothing: without a flat amount or `at least`, 0 units cost 0 anyway";
    useless(at, message.to_owned()).help("remove it")
}

/// Tiers of which no line was found that reaches them.
pub(super) fn count_undecided(at: Place) -> Diagnostic {
    not_decided(at, "every tier is used", "no line was found whose `count` gives such units")
}

/// Clauses given up at the work limit.
pub(super) fn too_many_clauses(at: Place, name: &str) -> Diagnostic {
    let property = format!("every clause of `{name}` is used");
    not_decided(at, &property, "it takes more steps than the work limit allows")
}
