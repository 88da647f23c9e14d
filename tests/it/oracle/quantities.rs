//! Small rulesets whose conditions look at the quantity: every line of a fine grid says whether
//! credits fall.

use std::cell::Cell;

use num_rational::BigRational as Ratio;
use num_traits::Signed as _;
use proptest::collection::vec;
use proptest::prelude::any;

use credit_rules::check::verdict::{Property, Status};
use credit_rules::diagnostic::{Code, Severity};

use super::calendar::{Day, day};
use super::draw::Draw;
use super::falls::{credits, pairs};
use super::lines::special_quantities;
use super::model::{
    Amount, Body, Claim, Clause, Condition, Field, Input, Kind, Line, Mode, Number, Per, Rate,
    Region, Round, Ruleset, Table, Target, Tiers, Unit, Value, whole,
};
use super::verdicts::{day_of, value_in};
use super::{analyze, for_all, print, shown};

const SEGMENT: Field = Field::Declared(0);
const TRIAL: Field = Field::Declared(1);
const EACH: [(i128, u32); 7] = [(2, 0), (1, 0), (3, 0), (15, 1), (9, 1), (0, 0), (25, 2)];
const FLAT: [(i128, u32); 4] = [(5, 0), (2, 0), (1, 1), (10, 0)];
const ENDS: [(i128, u32); 7] = [(3, 0), (1, 0), (2, 0), (25, 1), (5, 0), (4, 0), (0, 0)];
const BOUNDS: [(i128, u32); 5] = [(1, 0), (15, 1), (2, 0), (4, 0), (6, 0)];

fn words(kind: &Kind) -> Vec<String> {
    match kind {
        Kind::Choice(words) => words.clone(),
        _ => ["yes", "no"].map(str::to_owned).to_vec(),
    }
}

fn amount(draw: &mut Draw<'_>) -> Amount {
    let (each, flat) = (draw.number(&EACH), draw.number(&FLAT));
    match draw.below(9) {
        8 => Amount::Refused,
        6 | 7 => Amount::Credits { each: None, flat: Some(flat) },
        5 => Amount::Credits { each: Some(each), flat: Some(flat) },
        _ => Amount::Credits { each: Some(each), flat: None },
    }
}

/// Pieces of the quantity that cover each number once.
fn pieces(draw: &mut Draw<'_>) -> Vec<Region> {
    let mut ends: Vec<Number> = (0..=draw.below(3)).map(|_| draw.number(&ENDS)).collect();
    ends.sort_by_key(|end| end.ratio());
    ends.dedup();
    if draw.one_in(5) {
        return vec![Region::Numbers(ends.clone()), Region::NotNumbers(ends)];
    }
    let (mut low, mut pieces) = (None, Vec::new());
    for end in ends {
        let closed = draw.coin() || end.digits == 0;
        pieces.push(Region::Range { low, high: Some((end, closed)) });
        low = Some((end, !closed));
    }
    pieces.push(Region::Range { low, high: None });
    pieces
}

/// Pieces of any field.
fn split(draw: &mut Draw<'_>, inputs: &[Input], field: Field) -> Vec<Region> {
    let Field::Declared(at) = field else { return pieces(draw) };
    let all = words(&inputs[at].kind);
    let word = |word: &String| Region::Words { these: vec![word.clone()], all: all.clone() };
    all.iter().map(word).collect()
}

fn rate(draw: &mut Draw<'_>, inputs: &[Input], used: &[Field]) -> Rate {
    match draw.below(6) {
        2 | 3 => {
            let mut bounds: Vec<Number> =
                (0..=draw.below(2)).map(|_| draw.number(&BOUNDS)).collect();
            bounds.sort_by_key(|bound| bound.ratio());
            bounds.dedup();
            let tiers = Tiers {
                below: draw.coin(),
                bounded: bounds.into_iter().map(|bound| (bound, amount(draw))).collect(),
                beyond: amount(draw),
            };
            if draw.one_in(4) { Rate::Graduated(tiers) } else { Rate::Volume(tiers) }
        }
        4 | 5 => {
            let fields = [Field::Quantity, SEGMENT, TRIAL];
            let mut columns: Vec<Field> =
                fields.into_iter().filter(|field| !used.contains(field)).collect();
            draw.shuffle(&mut columns);
            columns.truncate(2);
            let mut rows: Vec<Vec<Option<Region>>> = vec![Vec::new()];
            for column in &columns {
                let cells = |draw: &mut Draw<'_>| {
                    if draw.one_in(4) {
                        vec![None]
                    } else {
                        split(draw, inputs, *column).into_iter().map(Some).collect()
                    }
                };
                rows = rows
                    .into_iter()
                    .flat_map(|row| {
                        let longer = |cell| [row.as_slice(), &[cell]].concat();
                        cells(draw).into_iter().map(longer).collect::<Vec<_>>()
                    })
                    .collect();
            }
            let otherwise = (rows.len() > 1 && draw.one_in(3)).then(|| {
                rows.truncate(1 + draw.below(2));
                amount(draw)
            });
            let rows = rows.into_iter().map(|row| (row, amount(draw))).collect();
            Rate::Table(Table { columns, rows, otherwise })
        }
        _ => Rate::Plain(amount(draw)),
    }
}

/// Exceptions, of which any two are nested or apart.
fn exceptions(draw: &mut Draw<'_>, inputs: &[Input]) -> Vec<(usize, Condition)> {
    let mut fields = vec![Field::Quantity, SEGMENT, TRIAL];
    if draw.one_in(3) {
        draw.shuffle(&mut fields);
    }
    let mut found = Vec::new();
    for piece in split(draw, inputs, fields[0]) {
        if draw.one_in(3) {
            continue;
        }
        let wide = vec![(fields[0], piece)];
        found.push((0, wide.clone()));
        if draw.coin() {
            continue;
        }
        for piece in split(draw, inputs, fields[1]) {
            if draw.coin() {
                found.push((1, [wide.as_slice(), &[(fields[1], piece)]].concat()));
            }
        }
    }
    found
}

fn per(draw: &mut Draw<'_>) -> Per {
    let blocks = [None, Some(Number::new(2, 0)), Some(Number::new(15, 1)), Some(Number::new(1, 0))];
    let block = draw.pick(&blocks);
    Per { started: block.is_some() && draw.coin(), block, unit: draw.below(2), term: None }
}

fn later() -> Day {
    day(2025, 7, 1)
}

fn ruleset(tape: &[u16]) -> Ruleset {
    let draw = &mut Draw::new(tape);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let input = |name: &str, kind| Input { name: name.to_owned(), kind, default: None };
    let inputs =
        vec![input("segment", Kind::Choice(names(&["a", "b"]))), input("trial", Kind::YesNo)];
    let modes = [Mode::HalfUp, Mode::HalfEven, Mode::HalfDown, Mode::Up, Mode::Down];
    let step = draw.number(&[(1, 2), (1, 0), (2, 0), (5, 1)]);
    let round = Round { mode: draw.pick(&modes), step };
    let mut clauses = Vec::new();
    let mut add = |claim, body| clauses.push(Clause { claim, body });
    let head = per(draw);
    add(Claim::Always, Body::Rate(rate(draw, &inputs, &[])));
    for (slot, (depth, condition)) in exceptions(draw, &inputs).into_iter().enumerate() {
        let claim = if draw.one_in(5) { Claim::From(later()) } else { Claim::Always };
        let used: Vec<Field> = condition.iter().map(|(field, _)| *field).collect();
        let rate = rate(draw, &inputs, &used);
        add(claim, Body::When { slot, depth, condition, rate });
    }
    if draw.one_in(4) {
        add(Claim::Always, Body::AtLeast(draw.number(&[(3, 0), (5, 1), (10, 0)])));
    }
    if draw.one_in(4) {
        add(Claim::Always, Body::AtMost(draw.number(&[(8, 0), (4, 0), (55, 1)])));
    }
    if draw.one_in(4) {
        add(Claim::Always, Body::ZeroCharged);
    }
    if draw.one_in(6) {
        add(Claim::From(later()), Body::Per(per(draw)));
    }
    let mut excludes = Vec::new();
    if draw.one_in(3) {
        let mut fields = vec![Field::Quantity, TRIAL];
        fields.truncate(1 + draw.below(2));
        let condition = fields.into_iter().map(|field| {
            let pieces = split(draw, &inputs, field);
            (field, draw.pick(&pieces))
        });
        excludes.push(condition.collect());
    }
    let target = Target { license: false, name: "product_0".to_owned(), per: head, clauses };
    Ruleset {
        round,
        units: vec![
            Unit { names: names(&["seat"]), of: None },
            Unit { names: names(&["box"]), of: Some((Number::new(3, 0), 0)) },
        ],
        inputs,
        targets: vec![target],
        excludes,
        togethers: Vec::new(),
        anchors: vec![later()],
    }
}

/// Halves up to 20, and what lies at and beside every end.
fn grid(ruleset: &Ruleset) -> Vec<Number> {
    let target = &ruleset.targets[0];
    let mut found: Vec<Ratio> = (0..=40).map(|halves| whole(halves) / whole(2)).collect();
    for end in special_quantities(ruleset, target) {
        // Ends of tiers are in either unit.
        for end in [end.clone(), &end * whole(3), end / whole(3)] {
            let near = (end * whole(1_000_000_000_000)).floor() / whole(1_000_000_000_000);
            for nudge in [(0, 0), (1, 12), (2, 12), (1, 2), (25, 2)] {
                let nudge = Number::new(nudge.0, nudge.1).ratio();
                found.extend([&near + &nudge, &near - &nudge]);
            }
        }
    }
    found.retain(|quantity| !quantity.is_negative());
    found.sort();
    found.dedup();
    found.iter().filter_map(Number::of).collect()
}

/// Two quantities of a line of which the larger gives fewer credits.
fn fall(ruleset: &Ruleset, order: &[usize], grid: &[Number], line: &Line) -> Option<String> {
    let mut highest: Option<(Number, Ratio)> = None;
    for quantity in grid {
        let Some(credits) = credits((ruleset, order), line, *quantity) else { continue };
        if let Some((fewer, most)) = highest.as_ref().filter(|(_, most)| *most > credits) {
            let (fewer, more) = (fewer.text(), quantity.text());
            return Some(format!("{fewer} give {most} and {more} give {credits}: {line:?}"));
        }
        highest = Some((*quantity, credits));
    }
    None
}

fn judge(tape: &[u16], counts: [&Cell<usize>; 2]) -> Result<(), String> {
    let ruleset = ruleset(tape);
    let printed = print::print(&ruleset, 0, &[]);
    let analysis = analyze(&printed.files);
    let fail = |what: String| Err(format!("{what}\n{}", shown(&printed.files)));
    if let Some(error) = analysis.diagnostics.iter().find(|f| f.severity == Severity::Error) {
        return fail(format!("{error:?}"));
    }
    let line = |start, inputs| Line {
        sku: "product_0".to_owned(),
        quantity: Number::new(0, 0),
        unit: None,
        start: Some(start),
        end: None,
        account: None,
        inputs,
        spoiled: None,
    };
    let order = &printed.excludes;
    let verdict = analysis.verdicts.iter().find(|verdict| verdict.property == Property::NeverFalls);
    if verdict.is_none_or(|verdict| verdict.status == Status::NotDecided) {
        return fail(format!("not decided: {verdict:?}"));
    }
    if let Some(found) = analysis.diagnostics.iter().find(|f| f.code == Code::FallingRate) {
        counts[0].set(counts[0].get() + 1);
        let witness = found.witness.as_ref().ok_or("no witness")?;
        let start = witness.values.iter().find(|seen| seen.column == "start");
        let start = start.map_or(later(), |seen| day_of(&seen.value));
        let inputs = ruleset.inputs.iter().map(|input| value_in(witness, input)).collect();
        let line = line(start, inputs);
        let [fewer, more] = pairs(found);
        let is_fall = fewer.0.ratio() < more.0.ratio() && fewer.1 > more.1;
        let gives = |(quantity, told): &(Number, Ratio)| {
            credits((&ruleset, order), &line, *quantity).as_ref() == Some(told)
        };
        if !is_fall || !gives(&fewer) || !gives(&more) {
            return fail(format!("is said to fall: {} {line:?}", found.primary.message));
        }
        return Ok(());
    }
    counts[1].set(counts[1].get() + 1);
    let grid = grid(&ruleset);
    for start in [later() - 1, later()] {
        for segment in ["a", "b"] {
            for trial in ["yes", "no"] {
                let inputs = [segment, trial].map(|word| Some(Value::Word(word.to_owned())));
                if let Some(fall) = fall(&ruleset, order, &grid, &line(start, inputs.to_vec())) {
                    return fail(format!("is not said to fall, but {fall}"));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn conditions_on_the_quantity_are_judged_as_brute_force_judges_them() {
    let (fell, rose) = (Cell::new(0), Cell::new(0));
    for_all("quantities", 1_500, &vec(any::<u16>(), 96), |tape| judge(&tape, [&fell, &rose]));
    assert!(fell.get() > 300 && rose.get() > 150, "{} fell, {} rose", fell.get(), rose.get());
}
