//! What can be wrong with a program as a whole: one constructor a code.

use jiff::civil::Date;

use super::credits::Shortfall;
use super::never_falls::Fall;
use crate::diagnostic::{Code, Diagnostic, Severity, Witness};
use crate::hir::{Always, Origin, Program, Statement, Target, TargetKind};
use crate::period::{BEGINNING, Days, HORIZON};
use crate::quantity::Exact;
use crate::source::Place;

pub(super) fn missing_rate(place: Place, kind: TargetKind, name: &str) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::MissingRate,
        place,
        format!("the {} `{name}` has no rate", kind.word()),
    );
    match kind {
        TargetKind::Product => diagnostic.help("indent `rate N` below it; `rate 0` if it is free"),
        TargetKind::License => diagnostic.help(
            "say what it entitles to, `grants N UNIT of PRODUCT`, or indent `rate N` below it",
        ),
    }
}

pub(super) fn rate_gap(
    place: Place,
    name: &str,
    days: Days,
    before: Option<Place>,
    witness: Witness,
) -> Diagnostic {
    let when = if days == Days::ALWAYS {
        "on some lines".to_owned()
    } else if days.from == BEGINNING {
        format!("on some lines until {}", days.to)
    } else if days.to == HORIZON {
        format!("from {} on", days.from)
    } else {
        format!("from {} to {}", days.from, days.to)
    };
    let diagnostic = Diagnostic::new(Code::RateGap, place, format!("`{name}` has no rate {when}"))
        .witness(witness)
        .help("give these days and lines a rate, or say that it is `withdrawn`");
    match before {
        Some(before) => diagnostic.label(before, "the rate before the gap"),
        None => diagnostic,
    }
}

pub(super) fn table_gap(place: Place, witness: Witness) -> Diagnostic {
    Diagnostic::new(Code::TableGap, place, "some lines are covered by no row of this table")
        .witness(witness)
        .help("add a row for it, or end the table with `| otherwise | … |`")
}

pub(super) fn table_overlap(place: Place, other: Place, witness: Witness) -> Diagnostic {
    Diagnostic::new(Code::TableOverlap, place, "two rows of this table cover the same line")
        .label(other, "the other row")
        .witness(witness)
        .help("narrow one of them: the order of rows decides nothing")
}

pub(super) fn exception_conflict(place: Place, other: Place, witness: Witness) -> Diagnostic {
    Diagnostic::new(
        Code::ExceptionConflict,
        place,
        "two exceptions can hold on one line, and neither implies the other",
    )
    .label(other, "the other exception")
    .witness(witness)
    .help("narrow one of them until they cannot hold together: there are no priorities")
}

pub(super) fn not_decided(place: Place, property: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::NotDecided, place, format!("whether {property} was not decided: {why}"))
}

/// A property given up at the work limit.
pub(super) fn too_much_work(place: Place, property: &str) -> Diagnostic {
    not_decided(place, property, "it takes more steps than the work limit allows")
        .help("give a rate for the rest: a plain `rate N` below exceptions, `| otherwise | … |` in a table")
}

pub(super) fn falling_rate(
    fall: &Fall,
    (name, unit): (&str, &str),
    witness: Option<Witness>,
) -> Diagnostic {
    let message = format!("`{name}` gives fewer credits for more units");
    let Fall { fewer, more, .. } = fall;
    let mend = if fall.is_across {
        "raise this rate, or write `rate graduated` tiers instead of conditions on `quantity`"
    } else {
        "raise this tier, or write `rate graduated`, which charges each unit by its own tier"
    };
    let mut diagnostic = Diagnostic::new(Code::FallingRate, fall.place, message)
        .here(format!("{} {unit} give {} credits, {} give {}", fewer.0, fewer.1, more.0, more.1))
        .help(mend)
        .help("accept it with `allow falling because \"…\"`");
    diagnostic.witness = witness;
    diagnostic
}

pub(super) fn value_lost(
    program: &Program,
    target: &Target,
    loss: &Shortfall,
    witness: Witness,
) -> Diagnostic {
    let unit = target.declared_unit().and_then(|unit| program.unit(unit));
    let unit = unit.map_or("", |unit| unit.name.as_str());
    let name = &target.name;
    let Shortfall { lines, credits, other } = loss;
    let given: Vec<String> = lines.iter().map(Exact::text).collect();
    let message = if lines.len() == 1 {
        format!("`{name}` converts to fewer credits than its grants cost")
    } else {
        format!("split over several lines, `{name}` converts to fewer credits than its grants cost")
    };
    let here =
        format!("{} {unit} give {credits} credits, their grants cost {other}", given.join(" and "));
    let diagnostic =
        Diagnostic::new(Code::ValueLost, target.place, message).here(here).witness(witness);
    let diagnostic = if lines.len() == 1 {
        diagnostic.help("raise its rate, or leave it out: then it converts to what its grants cost")
    } else {
        diagnostic.help("give it a rate per unit that no grant exceeds: a unit must not cost more the more there are")
    };
    diagnostic.help("accept it with `allow loss because \"…\"`")
}

pub(super) fn statement_fails(
    program: &Program,
    always: &Always,
    target: &Target,
    shortfall: &Shortfall,
    witness: Witness,
) -> Diagnostic {
    let unit = target.declared_unit().and_then(|unit| program.unit(unit));
    let unit = unit.map_or("", |unit| unit.name.as_str());
    let Shortfall { lines, credits, other } = shortfall;
    let units = lines.first().map_or_else(String::new, Exact::text);
    let held = match &always.statement {
        Statement::PerUnit(..) => format!("the stated bound is {other}"),
        _ => format!("as many of the other give {other}"),
    };
    Diagnostic::new(Code::StatementFails, always.place, "what is stated here does not hold")
        .here(format!("{units} {unit} give {credits} credits, {held}"))
        .label(target.place, "declared here")
        .witness(witness)
        .help("mend the rate, or state what is promised")
}

pub(super) fn overflow(target: &Target, witness: Witness) -> Diagnostic {
    let message = format!("`{}` gives credits of more digits than a number may have", target.name);
    Diagnostic::new(Code::Overflow, target.place, message)
        .witness(witness)
        .help("lower the rate, or round to a coarser step: for quantities up to 10¹², credits must fit 28 digits")
}

/// A finding against what `always` states: an error, accepted or not.
pub(super) fn against_statement(mut diagnostic: Diagnostic, stated: Place) -> Diagnostic {
    diagnostic.severity = Severity::Error;
    diagnostic.help.pop();
    diagnostic.label(stated, "stated here")
}

/// A finding that the rules accept: a note with their reason.
pub(super) fn accepted(mut diagnostic: Diagnostic, allow: &Origin) -> Diagnostic {
    diagnostic.severity = Severity::Note;
    diagnostic.help.clear();
    let because = allow.because.as_deref().unwrap_or_default();
    diagnostic.accepted = Some(because.to_owned());
    diagnostic.label(allow.place, format!("accepted: {because}"))
}

/// The first day, where it is not always so.
fn since(day: Date) -> String {
    if day == BEGINNING { String::new() } else { format!(" on {day}") }
}

pub(super) fn impossible_limit(place: Place, name: &str, day: Date) -> Diagnostic {
    let message = format!("no allocation keeps the limit `{name}`{}", since(day));
    Diagnostic::new(Code::ImpossibleLimits, place, message)
        .help("widen it, or date it: a limit that nothing can keep refuses every allocation")
}

pub(super) fn impossible_limits(
    place: Place,
    name: &str,
    others: &[Place],
    by_default: bool,
    day: Date,
) -> Diagnostic {
    let message = format!("no allocation keeps `{name}` and these other limits{}", since(day));
    let mut diagnostic = Diagnostic::new(Code::ImpossibleLimits, place, message);
    for other in others {
        diagnostic = diagnostic.label(*other, "together with this limit");
    }
    if by_default {
        diagnostic = diagnostic.help(
            "where no limit is called `balance`, no more may be allocated than is valid: that is one of them",
        );
    }
    diagnostic.help("widen one of them: without any one of them, the others can be kept")
}

pub(super) fn limit_never_binds(place: Place, name: &str, others: &[Place]) -> Diagnostic {
    let message = if others.is_empty() {
        format!("no allocation can break the limit `{name}`")
    } else {
        format!("no allocation that keeps the other limits can break `{name}`")
    };
    let mut diagnostic = Diagnostic::new(Code::LimitNeverBinds, place, message);
    let one = others.len() == 1;
    for other in others {
        let what = if one { "this limit implies it" } else { "implied together with this limit" };
        diagnostic = diagnostic.label(*other, what);
    }
    diagnostic.help("remove it, or narrow it until it forbids something")
}

pub(super) fn needless_allow(place: Place, what: &str, why: &str) -> Diagnostic {
    Diagnostic::new(Code::NeedlessAllow, place, format!("nothing needs `allow {what}`: it {why}"))
        .help("remove it")
}

pub(super) fn no_effect_without_rate(place: Place, clause: &str) -> Diagnostic {
    let message = format!("`{clause}` has no effect on a license without a rate of its own");
    Diagnostic::new(Code::UselessClause, place, message)
        .help("its credits are what its grants cost, by their own clauses: remove it, or give the license a rate")
}

pub(super) fn needless_otherwise(place: Place) -> Diagnostic {
    Diagnostic::new(
        Code::UselessClause,
        place,
        "the rows above cover everything: `otherwise` is never reached",
    )
    .help("remove it")
}

pub(super) fn together_differs(place: Place, own: &str, first: &str, form: Place) -> Diagnostic {
    let message = format!("these products are charged {first} and {own}");
    Diagnostic::new(Code::UnitMismatch, place, message).label(form, format!("{own} here")).help(
        "products that cost less together are counted in one unit and have one term, on every day",
    )
}
