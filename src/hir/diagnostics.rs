//! What can be wrong with names, units, values and dates: one constructor a code, shared forms
//! apart.

use jiff::civil::Date;

use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::quantity::plain;
use crate::source::Place;
use rust_decimal::Decimal;

pub(super) fn missing_ruleset(place: Place) -> Diagnostic {
    Diagnostic::new(Code::MissingRuleset, place, "no file says `ruleset NAME \"label\"`")
        .help("write it once, as the first line of one of the files")
}

pub(super) fn missing_rounding(place: Place) -> Diagnostic {
    Diagnostic::new(
        Code::MissingRounding,
        place,
        "no file says how the credits of a line are rounded",
    )
    .help("write it once, as in `credits round half up to 1`")
}

pub(super) fn duplicate_name(place: Place, kind: &str, name: &str, first: Place) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, place, format!("the {kind} `{name}` is declared twice"))
        .label(first, "first declared here")
        .help("remove one of them, or give it another name")
}

pub(super) fn only_once(place: Place, words: &str, first: Place) -> Diagnostic {
    Diagnostic::new(Code::DuplicateName, place, format!("a ruleset has one `{words}`"))
        .label(first, "it stands here already")
        .help("remove one of them")
}

pub(super) fn named_like_a_unit(place: Place, name: &str, unit: Place) -> Diagnostic {
    let message = format!("`{name}` is called like a unit");
    Diagnostic::new(Code::DuplicateName, place, message)
        .label(unit, "the unit")
        .help("give the product or license another name: behind a number, a name is a unit")
}

pub(super) fn duplicate_sku(place: Place, code: &str, first: Place) -> Diagnostic {
    Diagnostic::new(Code::DuplicateSku, place, format!("the code `{code}` has an owner already"))
        .label(first, "it belongs here")
        .help(
            "a code belongs to one declaration, and is no other's name: remove it from one of them",
        )
}

pub(super) fn duplicate_clause(place: Place, clause: &str, first: Place) -> Diagnostic {
    Diagnostic::new(Code::DuplicateClause, place, format!("`{clause}` stands twice without a date"))
        .label(first, "first here")
        .help("remove one of them, or say from which day on the second holds: `from DATE …`")
}

pub(super) fn duplicate_value(place: Place, value: &str) -> Diagnostic {
    Diagnostic::new(Code::DuplicateValue, place, format!("`{value}` is listed twice"))
        .help("remove one of them")
}

pub(super) fn reserved_column(place: Place, name: &str) -> Diagnostic {
    Diagnostic::new(Code::ReservedColumn, place, format!("`{name}` is a column of every input"))
        .help("rules look at `quantity` and `account` without a declaration; name other inputs otherwise")
}

/// A name that is not declared, with the nearest one that is.
fn unknown<'a>(
    code: Code,
    place: Place,
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a String>,
    way_out: &str,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(code, place, format!("there is no {kind} `{name}`"));
    match nearest(name, known.map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(way_out),
    }
}

pub(super) fn unknown_unit<'a>(
    place: Place,
    name: &str,
    known: impl Iterator<Item = &'a String>,
) -> Diagnostic {
    unknown(Code::UnknownUnit, place, "unit", name, known, &format!("declare it: `unit {name}`"))
}

pub(super) fn unknown_input<'a>(
    place: Place,
    name: &str,
    known: impl Iterator<Item = &'a String>,
) -> Diagnostic {
    let way_out = format!("declare it, as in `input {name} number` or `input {name} one of a, b`");
    unknown(Code::UnknownInput, place, "input", name, known, &way_out)
}

pub(super) fn unknown_name<'a>(
    place: Place,
    kind: &str,
    name: &str,
    known: impl Iterator<Item = &'a String>,
) -> Diagnostic {
    let way_out = format!("declare it, as in `product {name} per UNIT`");
    unknown(Code::UnknownName, place, kind, name, known, &way_out)
}

pub(super) fn unknown_code(place: Place, code: &str, known: &[String]) -> Diagnostic {
    let way_out = format!("give it to a product or license: `sku \"{code}\"`");
    unknown(Code::UnknownName, place, "code", code, known.iter(), &way_out)
}

pub(super) fn unknown_limit<'a>(
    place: Place,
    name: &str,
    known: impl Iterator<Item = &'a String>,
) -> Diagnostic {
    unknown(Code::UnknownLimit, place, "limit", name, known, "declare it: `limit NAME …`")
}

pub(super) fn unknown_value(
    place: Place,
    input: &str,
    value: &str,
    known: &[String],
) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code::UnknownValue,
        place,
        format!("`{value}` is not a value of `{input}`"),
    );
    match nearest(value, known.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("its values are {}", listed(known))),
    }
}

pub(super) fn unknown_function(place: Place, name: &str) -> Diagnostic {
    let known = ["min", "max", "ceil", "floor"];
    let diagnostic =
        Diagnostic::new(Code::UnknownFunction, place, format!("there is no function `{name}`"));
    match nearest(name, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("there are `min(…)`, `max(…)`, `ceil(x)` and `floor(x)`"),
    }
}

pub(super) fn wrong_arguments(place: Place, name: &str, found: usize) -> Diagnostic {
    let message = format!("`{name}` takes one expression, found {found}");
    Diagnostic::new(Code::UnknownFunction, place, message).help("`min` and `max` take several")
}

pub(super) fn unknown_refusal(place: Place, code: &str, known: &[&str]) -> Diagnostic {
    let message = format!("no line is ever refused with the code `{code}`");
    let diagnostic = Diagnostic::new(Code::UnknownRefusal, place, message);
    match nearest(code, known.iter().copied()) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("the codes are {}", known.join(", "))),
    }
}

pub(super) fn wrong_kind(place: Place, name: &str, wanted: &str, declared: Place) -> Diagnostic {
    Diagnostic::new(Code::WrongKind, place, format!("`{name}` is not a {wanted}"))
        .label(declared, "declared here")
        .help(format!("name a {wanted}: products are what credits are allocated to, licenses what a customer holds"))
}

pub(super) fn unit_cycle(place: Place, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnitCycle, place, format!("the unit `{name}` converts into itself"))
        .help("let the chain end at a unit that is not made of others: `unit NAME`")
}

pub(super) fn unit_mismatch(
    place: Place,
    from: &str,
    to: &str,
    declared: Option<Place>,
) -> Diagnostic {
    let message = format!("`{from}` does not convert to `{to}`");
    let diagnostic = Diagnostic::new(Code::UnitMismatch, place, message).help(format!(
        "write a number of `{to}`, or declare how they convert: `unit {from} = N {to}`"
    ));
    match declared {
        Some(declared) => diagnostic.label(declared, format!("counted in `{to}` here")),
        None => diagnostic,
    }
}

pub(super) fn credits_against_units(place: Place) -> Diagnostic {
    Diagnostic::new(Code::UnitMismatch, place, "credits and units do not add up or compare").help(
        "compare units with units, and `credits of PRODUCT`, `allocated` and `valid` with credits",
    )
}

pub(super) fn type_mismatch(place: Place, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, place, message).help(help)
}

pub(super) fn bad_amount(place: Place, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadAmount, place, message).help(help)
}

pub(super) fn bad_division(place: Place) -> Diagnostic {
    Diagnostic::new(Code::BadDivision, place, "only a constant other than 0 may divide")
        .help("divide by a number, as in `quantity / 6`")
}

pub(super) fn date_conflict(place: Place, clause: &str, day: Date, first: Place) -> Diagnostic {
    Diagnostic::new(Code::DateConflict, place, format!("two forms of `{clause}` claim {day}"))
        .label(first, "the other one")
        .help("let one end before the other begins, or begin on another day")
}

pub(super) fn was_differs(
    place: Place,
    was: Decimal,
    day: Date,
    held: &str,
    held_at: Option<Place>,
) -> Diagnostic {
    let message = format!("the rate in force on {day} is {held}, not {}", plain(was));
    let diagnostic = Diagnostic::new(Code::WasDiffers, place, message)
        .help("write the rate that is replaced, or correct the history above");
    match held_at {
        Some(held_at) => diagnostic.label(held_at, format!("in force on {day}")),
        None => diagnostic,
    }
}

pub(super) fn condition_never_holds(place: Place) -> Diagnostic {
    Diagnostic::new(Code::ConditionNeverHolds, place, "no line can meet this condition")
        .help("the parts of a condition must all hold at once; for alternatives write `is one of a, b`, or a second `when`")
}

pub(super) fn useless(place: Place, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::UselessClause, place, message).help(help)
}

/// `a`, `b` and `c` in backticks.
fn listed(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().take(12).map(|value| format!("`{value}`")).collect();
    let more = if values.len() > 12 { ", …" } else { "" };
    format!("{}{more}", quoted.join(", "))
}

pub(super) fn missing_together_rate(place: Place, name: &str) -> Diagnostic {
    Diagnostic::new(Code::MissingRate, place, format!("`together {name}` has no rate"))
        .help("indent `rate N` below it: credits for one unit of each")
}

pub(super) fn product_behind_number(place: Place, name: &str) -> Diagnostic {
    Diagnostic::new(Code::UnknownUnit, place, format!("there is no unit `{name}`: it is a product"))
        .help(format!(
            "directly behind a number stands a unit: write `N * {name}`, or `N% of {name}`"
        ))
}
