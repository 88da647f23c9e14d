//! Lines for a ruleset: quantities at the ends of tiers and conditions, days around every change.

use num_rational::BigRational as Ratio;

use super::calendar::{Day, day, months_later};
use super::draw::Draw;
use super::generate::rate_of;
use super::model::{
    Body, Claim, Condition, Field, Kind, Line, Number, Rate, Region, Ruleset, Target, Value, whole,
};
use super::regions::{TEXTS, THRESHOLDS};

/// Quantities that no rule is about.
const QUANTITIES: [(i128, u32); 12] = [
    (1, 0),
    (0, 0),
    (10, 0),
    (7, 0),
    (15, 1),
    (333, 0),
    (5_000, 0),
    (123_456_789, 6),
    (1, 12),
    (999_999_999, 3),
    (1_000_000_000_000, 0),
    (9_999_999_999_999_999_999_999_999_999, 0),
];
/// The smallest steps to both sides of an end.
pub(super) const NUDGES: [(i128, u32); 4] = [(1, 12), (1, 2), (1, 0), (1, 6)];

/// Columns with texts that cannot be read, and what refuses them.
const SPOILED: [(&str, &str, &str); 9] = [
    ("quantity", "1e3", "bad-quantity"),
    ("quantity", "1,000", "bad-quantity"),
    ("quantity", "0.1234567890123", "bad-quantity"),
    ("quantity", "-1", "negative-quantity"),
    ("quantity", "", "missing-value"),
    ("sku", "", "missing-value"),
    ("start", "2025-02-29", "bad-date"),
    ("end", "2025-1-1", "bad-date"),
    ("unit", "furlong", "unknown-unit"),
];

/// The line that a tape describes.
pub(crate) fn line(ruleset: &Ruleset, tape: &[u16]) -> Line {
    let mut draw = Draw::new(tape);
    let draw = &mut draw;
    let target = &ruleset.targets[draw.below(ruleset.targets.len())];
    let unit = unit(ruleset, draw, target.per.unit);
    let quantity = quantity(ruleset, draw, target, unit.as_ref().map(|(unit, _)| *unit));
    let start = start(ruleset, draw, target);
    let mut inputs = Vec::with_capacity(ruleset.inputs.len());
    for input in &ruleset.inputs {
        let absent = draw.one_in(if input.default.is_some() { 3 } else { 12 });
        inputs.push((!absent).then(|| value(ruleset, draw, &input.kind)));
    }
    let mut codes = vec![target.name.clone()];
    for clause in &target.clauses {
        if let Body::Sku(own) = &clause.body {
            codes.extend(own.iter().cloned());
        }
    }
    let sku = if draw.one_in(40) { "product".to_owned() } else { draw.pick(&codes) };
    let account = draw.one_in(3).then(|| draw.pick(&TEXTS).to_owned());
    let spoiled = draw.one_in(60).then(|| spoiled(ruleset, draw));
    Line { sku, quantity, unit, start, end: end(draw, start), account, inputs, spoiled }
}

fn spoiled(ruleset: &Ruleset, draw: &mut Draw<'_>) -> (String, &'static str, &'static str) {
    for input in &ruleset.inputs {
        let text = match input.kind {
            Kind::Choice(_) | Kind::YesNo => "perhaps",
            Kind::Number => "1.",
            Kind::Date => return (input.name.clone(), "tomorrow", "bad-date"),
            Kind::Text => continue,
        };
        if draw.coin() {
            return (input.name.clone(), text, "bad-value");
        }
    }
    let (column, text, code) = draw.pick(&SPOILED);
    (column.to_owned(), text, code)
}

/// No unit, one of the same dimension, or rarely one of another.
fn unit(ruleset: &Ruleset, draw: &mut Draw<'_>, declared: usize) -> Option<(usize, String)> {
    let choice = draw.below(40);
    if choice < 20 {
        return None;
    }
    let fits = |unit: &usize| choice == 39 || ruleset.base(*unit).0 == ruleset.base(declared).0;
    let units: Vec<usize> = (0..ruleset.units.len()).filter(fits).collect();
    let unit = draw.pick(&units);
    Some((unit, draw.pick(&ruleset.units[unit].names)))
}

fn quantity(
    ruleset: &Ruleset,
    draw: &mut Draw<'_>,
    target: &Target,
    unit: Option<usize>,
) -> Number {
    let special = special_quantities(ruleset, target);
    if special.is_empty() || draw.one_in(3) {
        return draw.number(&QUANTITIES);
    }
    // All in the declared unit; the line may be in another.
    let factor = |unit: usize| ruleset.base(unit).1;
    let own = unit.map_or_else(|| factor(target.per.unit), factor);
    let mut wanted = draw.pick(&special) * factor(target.per.unit) / own;
    match draw.below(3) {
        1 => wanted += draw.number(&NUDGES).ratio(),
        2 => wanted -= draw.number(&NUDGES).ratio(),
        _ => {}
    }
    Number::of(&wanted).unwrap_or_else(|| draw.number(&QUANTITIES))
}

/// Quantities in the declared unit at which something changes.
pub(super) fn special_quantities(ruleset: &Ruleset, target: &Target) -> Vec<Ratio> {
    let mut found = Vec::new();
    for exclude in &ruleset.excludes {
        ends(exclude, &mut found);
    }
    let mut blocks = vec![target.per.block];
    for clause in &target.clauses {
        match &clause.body {
            Body::Per(per) => blocks.push(per.block),
            Body::When { condition, .. } => ends(condition, &mut found),
            Body::Grants { number, unit, product } => {
                // One unit of the license is so many of the product's.
                let product = &ruleset.targets[*product];
                let each =
                    number.ratio() * ruleset.base(*unit).1 / ruleset.base(product.per.unit).1;
                let inner = special_quantities(ruleset, product);
                found.extend(inner.into_iter().map(|quantity| quantity / &each));
            }
            _ => {}
        }
        match rate_of(&clause.body) {
            Some(Rate::Graduated(tiers) | Rate::Volume(tiers)) => {
                for (bound, _) in &tiers.bounded {
                    for block in &blocks {
                        let block = block.map_or_else(|| whole(1), Number::ratio);
                        found.push(bound.ratio() * block);
                    }
                }
            }
            Some(Rate::Table(table)) => {
                for (cells, _) in &table.rows {
                    let cells = table.columns.iter().copied().zip(cells);
                    let tests: Condition =
                        cells.filter_map(|(field, cell)| Some((field, cell.clone()?))).collect();
                    ends(&tests, &mut found);
                }
            }
            _ => {}
        }
    }
    found.extend(blocks.into_iter().flatten().map(Number::ratio));
    found
}

fn ends(condition: &Condition, found: &mut Vec<Ratio>) {
    for (field, region) in condition {
        if *field != Field::Quantity {
            continue;
        }
        match region {
            Region::Range { low, high } => {
                found.extend([low, high].into_iter().flatten().map(|(end, _)| end.ratio()));
            }
            Region::Numbers(points) | Region::NotNumbers(points) => {
                found.extend(points.iter().map(|point| point.ratio()));
            }
            _ => {}
        }
    }
}

fn start(ruleset: &Ruleset, draw: &mut Draw<'_>, target: &Target) -> Option<Day> {
    let mut days = vec![day(2025, 6, 1)];
    for clause in &target.clauses {
        match clause.claim {
            Claim::Always => {}
            Claim::From(from) => days.extend([from, from - 1]),
            Claim::Window(from, to) => days.extend([from, from - 1, to, to + 1]),
        }
    }
    days.extend(ruleset.anchors.iter().flat_map(|day| [*day, day + 1, day - 1]));
    if draw.one_in(16) {
        return None;
    }
    let near = if draw.coin() { days.len() } else { days.len().min(6) };
    Some(days[draw.below(near)] + draw.pick(&[0, 0, 0, 0, 200]))
}

fn end(draw: &mut Draw<'_>, start: Option<Day>) -> Option<Day> {
    if draw.one_in(6) {
        return None;
    }
    let start = start.unwrap_or(day(2025, 6, 1));
    let shift = draw.pick(&[-1, -1, 0, -2, 1, 17]);
    let months = draw.pick(&[12, 1, 0, 36, 7, 13, 24, 2]);
    let end = months_later(start, months) + shift;
    // Only now and then is a term turned around.
    if end < start && !draw.one_in(4) { Some(start) } else { Some(end) }
}

fn value(ruleset: &Ruleset, draw: &mut Draw<'_>, kind: &Kind) -> Value {
    match kind {
        Kind::Choice(words) => Value::Word(draw.pick(words)),
        Kind::YesNo => Value::Word(draw.pick(&["yes", "no"]).to_owned()),
        Kind::Text => Value::Text(draw.pick(&[TEXTS[0], TEXTS[1], TEXTS[2], "other"]).to_owned()),
        Kind::Date => {
            let near = draw.pick(&ruleset.anchors) + draw.pick(&[0, -1, 1, 29, 31]);
            Value::Day(near)
        }
        Kind::Number => {
            let number = draw.number(&THRESHOLDS);
            let wanted = match draw.below(4) {
                1 => number.ratio() + draw.number(&NUDGES).ratio(),
                2 => number.ratio() - draw.number(&NUDGES).ratio(),
                3 => whole(0),
                _ => number.ratio(),
            };
            Value::Number(Number::of(&wanted).unwrap_or(number))
        }
    }
}
