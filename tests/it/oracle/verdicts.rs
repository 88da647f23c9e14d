//! The checker's verdicts on small tables, exceptions and histories against brute force: every
//! value of a grid, every day of a few months.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::any;

use credit_rules::diagnostic::{Code, Diagnostic, Witness};
use credit_rules::project::Ruleset as Checked;

use super::calendar::{Day, day};
use super::dates::{collide, holder};
use super::draw::Draw;
use super::model::{
    Amount, Body, Claim, Clause, Condition, Field, Input, Kind, Mode, Number, Per, Rate, Region,
    Round, Ruleset, Table, Target, Unit, Value,
};
use super::{analyze, calendar, for_all, print, shown};

const FIRST: Day = 739_000;

/// Three inputs, and one product with these clauses.
fn ruleset(clauses: Vec<Clause>) -> Ruleset {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let input = |name: &str, kind| Input { name: name.to_owned(), kind, default: None };
    Ruleset {
        round: Round { mode: Mode::HalfUp, step: Number::new(1, 0) },
        units: vec![Unit { names: vec!["endpoint".to_owned()], of: None }],
        inputs: vec![
            input("segment", Kind::Choice(words(&["commercial", "government", "education"]))),
            input("users", Kind::Number),
            input("trial", Kind::YesNo),
            input("region", Kind::Text),
            input("since", Kind::Date),
        ],
        targets: vec![Target {
            license: false,
            name: "product_0".to_owned(),
            per: Per { started: false, block: None, unit: 0, term: None },
            clauses,
        }],
        excludes: Vec::new(),
        togethers: Vec::new(),
        anchors: Vec::new(),
    }
}

/// Every value that could make a difference.
fn grid(kind: &Kind) -> Vec<Value> {
    match kind {
        Kind::Choice(words) => words.iter().cloned().map(Value::Word).collect(),
        Kind::YesNo => ["yes", "no"].map(|word| Value::Word(word.to_owned())).to_vec(),
        Kind::Number => (0..=24).map(|halves| Value::Number(Number::new(halves * 5, 1))).collect(),
        Kind::Text => ["a", "b", "c", "d"].map(|text| Value::Text(text.to_owned())).to_vec(),
        Kind::Date => (-2..8).map(|shift| Value::Day(FIRST + shift)).collect(),
    }
}

/// Any region that is not empty, with ends on the grid.
fn region(draw: &mut Draw<'_>, kind: &Kind) -> Region {
    match kind {
        Kind::Choice(all) => words(draw, all),
        Kind::YesNo => words(draw, &["yes", "no"].map(str::to_owned)),
        Kind::Text => {
            let texts = draw.some_of(&["a", "b", "c"].map(str::to_owned));
            if draw.coin() { Region::NotTexts(texts) } else { Region::Texts(texts) }
        }
        Kind::Number => {
            let mut ends = vec![i128::from(draw.days(11)), i128::from(draw.days(11))];
            ends.sort_unstable();
            ends.dedup();
            let end = |at: usize| Number::new(ends[at % ends.len()], 0);
            let (low, high) = ((end(0), draw.coin()), (end(1), draw.coin()));
            match draw.below(5) {
                // Nothing is below 0.
                0 => {
                    Region::Range { low: None, high: Some((high.0, high.1 || high.0.digits == 0)) }
                }
                1 => Region::Range { low: Some(low), high: None },
                2 if ends.len() > 1 => Region::Range { low: Some(low), high: Some(high) },
                3 => Region::NotNumbers(vec![end(0)]),
                _ => Region::Numbers(ends.iter().map(|end| Number::new(*end, 0)).collect()),
            }
        }
        Kind::Date => {
            let mut ends = [FIRST + draw.days(6), FIRST + draw.days(6)];
            ends.sort_unstable();
            match draw.below(3) {
                0 => Region::Days { from: None, to: Some(ends[0]) },
                1 => Region::Days { from: Some(ends[0]), to: None },
                _ => Region::Days { from: Some(ends[0]), to: Some(ends[1]) },
            }
        }
    }
}

/// Some words, rarely all of them.
fn words(draw: &mut Draw<'_>, all: &[String]) -> Region {
    let these = if draw.one_in(8) { all.to_vec() } else { draw.some_of(all) };
    Region::Words { these, all: all.to_vec() }
}

/// Two regions that cover every value once.
fn halves(draw: &mut Draw<'_>, kind: &Kind) -> [Region; 2] {
    match kind {
        Kind::Choice(_) | Kind::YesNo => {
            let all = match kind {
                Kind::Choice(all) => all.clone(),
                _ => ["yes", "no"].map(str::to_owned).to_vec(),
            };
            let these = draw.some_of(&all);
            let others = all.iter().filter(|word| !these.contains(word)).cloned().collect();
            [Region::Words { these, all: all.clone() }, Region::Words { these: others, all }]
        }
        Kind::Number => {
            let (end, closed) = (Number::new(1 + i128::from(draw.days(10)), 0), draw.coin());
            if draw.one_in(4) {
                return [Region::Numbers(vec![end]), Region::NotNumbers(vec![end])];
            }
            [
                Region::Range { low: None, high: Some((end, closed)) },
                Region::Range { low: Some((end, !closed)), high: None },
            ]
        }
        Kind::Text => {
            let texts = draw.some_of(&["a", "b", "c"].map(str::to_owned));
            [Region::Texts(texts.clone()), Region::NotTexts(texts)]
        }
        Kind::Date => {
            let end = FIRST + draw.days(6);
            [
                Region::Days { from: None, to: Some(end) },
                Region::Days { from: Some(end + 1), to: None },
            ]
        }
    }
}

type Cells = Vec<Option<Region>>;

/// Rows that cover every line once, or a few rows at random.
fn rows(draw: &mut Draw<'_>, kinds: &[Kind]) -> Vec<Cells> {
    if draw.coin() {
        let cell = |draw: &mut Draw<'_>, kind: &Kind| (!draw.one_in(3)).then(|| region(draw, kind));
        let row = |draw: &mut Draw<'_>| kinds.iter().map(|kind| cell(draw, kind)).collect();
        return (0..=draw.below(5)).map(|_| row(draw)).collect();
    }
    let mut rows: Vec<Cells> = vec![Vec::new()];
    for kind in kinds {
        let mut longer = Vec::new();
        for row in rows {
            let pieces =
                if draw.one_in(3) { vec![None] } else { halves(draw, kind).map(Some).to_vec() };
            for piece in pieces {
                let mut row = row.clone();
                row.push(piece);
                longer.push(row);
            }
        }
        rows = longer;
    }
    // One of them may be missing, or reach too far or not far enough.
    let at = draw.below(rows.len());
    match draw.below(4) {
        0 if rows.len() > 1 => {
            rows.remove(at);
        }
        1 => {
            let column = draw.below(kinds.len());
            rows[at][column] = draw.coin().then(|| region(draw, &kinds[column]));
        }
        _ => {}
    }
    draw.shuffle(&mut rows);
    rows
}

/// Every combination of values of some inputs.
fn points(ruleset: &Ruleset, inputs: &[usize]) -> Vec<Vec<Value>> {
    let mut points = vec![Vec::new()];
    for input in inputs {
        let values = grid(&ruleset.inputs[*input].kind);
        let longer = points.iter().flat_map(|point: &Vec<Value>| {
            values.iter().map(|value| {
                let mut point = point.clone();
                point.push(value.clone());
                point
            })
        });
        points = longer.collect();
    }
    points
}

/// The values of a witness for some inputs; what it does not name may be anything.
fn witnessed(ruleset: &Ruleset, witness: &Witness, inputs: &[usize]) -> Vec<Vec<Value>> {
    let named = |input: &usize| {
        let input = &ruleset.inputs[*input];
        value_in(witness, input).map_or_else(|| grid(&input.kind), |value| vec![value])
    };
    let mut points = vec![Vec::new()];
    for values in inputs.iter().map(named) {
        let longer = points.iter().flat_map(|point: &Vec<Value>| {
            values.iter().map(|value| [point.as_slice(), std::slice::from_ref(value)].concat())
        });
        points = longer.collect();
    }
    points
}

/// The value of an input in a witness.
pub(super) fn value_in(witness: &Witness, input: &Input) -> Option<Value> {
    let text = &witness.values.iter().find(|seen| seen.column == input.name)?.value;
    Some(match input.kind {
        Kind::Number => Value::Number(number(text)),
        Kind::Date => Value::Day(day_of(text)),
        Kind::Text => Value::Text(text.clone()),
        Kind::Choice(_) | Kind::YesNo => Value::Word(text.clone()),
    })
}

pub(super) fn number(text: &str) -> Number {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Number::new(
        format!("{whole}{fraction}").parse().unwrap(),
        u32::try_from(fraction.len()).unwrap(),
    )
}

pub(super) fn day_of(text: &str) -> Day {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().unwrap()).collect();
    day(parts[0], parts[1], parts[2])
}

/// The findings of a kind, each with the numbers of the lines that it points at, counted among
/// the lines that hold a word.
fn findings<'a>(
    analysis: &'a Checked,
    code: Code,
    word: &str,
) -> Vec<(&'a Diagnostic, Vec<usize>)> {
    let number = |place: credit_rules::source::Place| {
        let source = analysis.sources.get(place.source).unwrap();
        let before = source.text().lines().take(source.line(place.span.start) - 1);
        before.filter(|line| line.contains(word)).count()
    };
    let of_code = analysis.diagnostics.iter().filter(|found| found.code == code);
    of_code
        .map(|found| {
            let labels = found.labels.iter().map(|label| label.place);
            let places = std::iter::once(found.primary.place).chain(labels);
            (found, places.map(number).collect())
        })
        .collect()
}

/// The brute-force verdict on a table against the checker's.
fn table_verdict(tape: &[u16]) -> Result<(), String> {
    let mut draw = Draw::new(tape);
    let mut inputs: Vec<usize> = (0..5).collect();
    draw.shuffle(&mut inputs);
    inputs.truncate(1 + draw.below(3));
    let plain = ruleset(Vec::new());
    let kinds: Vec<Kind> = inputs.iter().map(|input| plain.inputs[*input].kind.clone()).collect();
    let rows = rows(&mut draw, &kinds);
    let amount = Amount::Credits { each: Some(Number::new(1, 0)), flat: None };
    let otherwise = draw.one_in(4).then_some(amount);
    let columns = inputs.iter().copied().map(Field::Declared).collect();
    let with_amounts = rows.iter().cloned().map(|cells| (cells, amount)).collect();
    let rate = Rate::Table(Table { columns, rows: with_amounts, otherwise });
    let ruleset = ruleset(vec![Clause { claim: Claim::Always, body: Body::Rate(rate) }]);
    let printed = print::print(&ruleset, u32::from(draw.coin()), &[]);
    let analysis = analyze(&printed.files);
    let fail =
        |what: &str| Err(format!("{what}\n{:#?}\n{}", analysis.diagnostics, shown(&printed.files)));

    let covers = |row: &[Option<Region>], point: &[Value]| {
        row.iter()
            .zip(point)
            .all(|(cell, value)| cell.as_ref().is_none_or(|region| region.holds(value)))
    };
    let all = points(&ruleset, &inputs);
    let complete = all.iter().all(|point| rows.iter().any(|row| covers(row, point)));
    let gaps = findings(&analysis, Code::TableGap, "|");
    if gaps.is_empty() != (complete || otherwise.is_some()) {
        return fail("gap");
    }
    for (found, _) in gaps {
        let points = witnessed(&ruleset, found.witness.as_ref().unwrap(), &inputs);
        if points.iter().any(|point| rows.iter().any(|row| covers(row, point))) {
            return fail("a witness of a gap is covered");
        }
    }
    let needless = findings(&analysis, Code::UselessClause, "|");
    if needless.is_empty() == (complete && otherwise.is_some()) {
        return fail("needless otherwise");
    }
    let meets = |a: usize, b: usize| {
        all.iter().any(|point| covers(&rows[a], point) && covers(&rows[b], point))
    };
    // Each row is told against the first earlier one that it meets.
    let expected: Vec<Vec<usize>> = (0..rows.len())
        .filter_map(|row| (0..row).find(|other| meets(*other, row)).map(|other| vec![row, other]))
        .collect();
    let mut found = Vec::new();
    for (overlap, rows_at) in findings(&analysis, Code::TableOverlap, "|") {
        for point in witnessed(&ruleset, overlap.witness.as_ref().unwrap(), &inputs) {
            if !rows_at.iter().all(|row| covers(&rows[*row], &point)) {
                return fail("a witness of an overlap is not covered twice");
            }
        }
        found.push(rows_at);
    }
    if found != expected {
        return fail(&format!("overlaps: expected {expected:?}, found {found:?}"));
    }
    Ok(())
}

#[test]
fn tables_are_judged_as_brute_force_judges_them() {
    for_all("tables", 3_000, &vec(any::<u16>(), 48), |tape| table_verdict(&tape));
}

fn claims(draw: &mut Draw<'_>) -> Vec<Claim> {
    let mut claims: Vec<Claim> = Vec::new();
    for _ in 0..=draw.below(3) {
        let (a, b) = (FIRST + draw.days(9), FIRST + draw.days(9));
        let claim = match draw.below(4) {
            0 | 3 => Claim::Always,
            1 => Claim::From(a),
            _ => Claim::Window(a.min(b), a.max(b)),
        };
        if claims.iter().all(|other| !collide(*other, claim)) {
            claims.push(claim);
        }
    }
    claims
}

/// Days on all of which something could change, and one on each side.
fn days() -> std::ops::Range<Day> {
    FIRST - 1..FIRST + 11
}

fn plain_rate() -> Rate {
    Rate::Plain(Amount::Credits { each: Some(Number::new(1, 0)), flat: None })
}

/// A few exceptions with their dated forms, no two of them the same set.
fn exceptions(draw: &mut Draw<'_>, inputs: &[usize]) -> (Ruleset, Vec<(Condition, Vec<Claim>)>) {
    let plain = ruleset(Vec::new());
    let mut drawn: Vec<(Condition, Vec<Claim>)> = Vec::new();
    let all = points(&plain, inputs);
    let set = |condition: &Condition| -> Vec<bool> {
        all.iter().map(|point| holds(condition, inputs, point)).collect()
    };
    for _ in 0..=draw.below(4) {
        let mut condition = Condition::new();
        for input in inputs {
            if !draw.one_in(3) {
                let region = region(draw, &plain.inputs[*input].kind);
                condition.push((Field::Declared(*input), region));
            }
        }
        let fresh = drawn.iter().all(|(other, _)| set(other) != set(&condition));
        if !condition.is_empty() && fresh {
            drawn.push((condition, claims(draw)));
        }
    }
    let mut clauses = Vec::new();
    for (slot, (condition, claims)) in drawn.iter().enumerate() {
        for claim in claims {
            let (condition, rate) = (condition.clone(), plain_rate());
            let body = Body::When { slot, depth: 0, condition, rate };
            clauses.push(Clause { claim: *claim, body });
        }
    }
    (ruleset(clauses), drawn)
}

fn holds(condition: &Condition, inputs: &[usize], point: &[Value]) -> bool {
    condition.iter().all(|(field, region)| {
        let at = inputs.iter().position(|input| Field::Declared(*input) == *field).unwrap();
        region.holds(&point[at])
    })
}

/// The brute-force verdict on exceptions, and on days without a rate, against the checker's.
fn exception_verdict(tape: &[u16]) -> Result<(), String> {
    let mut draw = Draw::new(tape);
    let mut inputs: Vec<usize> = (0..5).collect();
    draw.shuffle(&mut inputs);
    inputs.truncate(1 + draw.below(2));
    let (mut ruleset, drawn) = exceptions(&mut draw, &inputs);
    let rates = if draw.coin() { claims(&mut draw) } else { Vec::new() };
    let withdrawn = if draw.one_in(3) { claims(&mut draw) } else { Vec::new() };
    let clauses = &mut ruleset.targets[0].clauses;
    let undrawn = rates.iter().map(|claim| (*claim, Body::Rate(plain_rate())));
    let undrawn = undrawn.chain(withdrawn.iter().map(|claim| (*claim, Body::Withdrawn)));
    clauses.extend(undrawn.map(|(claim, body)| Clause { claim, body }));
    // Conditions are found again by their lines, which a plain layout leaves in order.
    let printed = print::print(&ruleset, 0, &[]);
    let analysis = analyze(&printed.files);
    let fail =
        |what: &str| Err(format!("{what}\n{:#?}\n{}", analysis.diagnostics, shown(&printed.files)));

    let all = points(&ruleset, &inputs);
    let holding = |at: usize, point: &[Value]| holds(&drawn[at].0, &inputs, point);
    let implies = |a, b| all.iter().all(|point| !holding(a, point) || holding(b, point));
    let slot_of: Vec<usize> =
        drawn.iter().enumerate().flat_map(|(slot, (_, claims))| vec![slot; claims.len()]).collect();
    let in_force = |at: usize, day: Day| holder(&drawn[at].1, day).is_some();
    let mut expected = BTreeSet::new();
    for b in 0..drawn.len() {
        for a in 0..b {
            let meets = all.iter().any(|point| holding(a, point) && holding(b, point));
            let at_once = days().any(|day| in_force(a, day) && in_force(b, day));
            if meets && at_once && !implies(a, b) && !implies(b, a) {
                expected.insert((a, b));
            }
        }
    }
    let mut found = BTreeSet::new();
    for (conflict, lines) in findings(&analysis, Code::ExceptionConflict, "when ") {
        let (b, a) = (slot_of[lines[0]], slot_of[lines[1]]);
        let witness = conflict.witness.as_ref().unwrap();
        let day = witness.values.iter().find(|seen| seen.column == "start");
        let day = day.map_or(FIRST - 1, |seen| day_of(&seen.value));
        let points = witnessed(&ruleset, witness, &inputs);
        let both = points.iter().all(|point| holding(a, point) && holding(b, point));
        if !both || !in_force(a, day) || !in_force(b, day) {
            return fail("a witness of a conflict is not one");
        }
        found.insert((a.min(b), a.max(b)));
    }
    // One conflict an exception is told: none that is not one, and one where there are any.
    if !found.is_subset(&expected) || found.is_empty() != expected.is_empty() {
        return fail(&format!("conflicts: expected some of {expected:?}, found {found:?}"));
    }
    // A rate on every day from the first on which there is any.
    let rated = |point: &[Value], day: Day| {
        holder(&rates, day).is_some()
            || (0..drawn.len()).any(|at| holding(at, point) && in_force(at, day))
    };
    let any_on =
        |day: &Day| holder(&rates, *day).is_some() || (0..drawn.len()).any(|at| in_force(at, *day));
    let first = days().find(any_on);
    let is_gap = |point: &[Value], day: Day| {
        first.is_some_and(|first| day >= first)
            && !rated(point, day)
            && holder(&withdrawn, day).is_none()
    };
    let gap = days().any(|day| all.iter().any(|point| is_gap(point, day)));
    let gaps = findings(&analysis, Code::RateGap, "when ");
    if gaps.is_empty() == gap || (first.is_none() && !has(&analysis, Code::MissingRate)) {
        return fail("days without a rate");
    }
    for (found, _) in gaps {
        let witness = found.witness.as_ref().unwrap();
        let day = witness.values.iter().find(|seen| seen.column == "start");
        let day = day.map_or(FIRST - 1, |seen| day_of(&seen.value));
        if !witnessed(&ruleset, witness, &inputs).iter().all(|point| is_gap(point, day)) {
            return fail("a witness of a gap has a rate");
        }
    }
    Ok(())
}

fn has(analysis: &Checked, code: Code) -> bool {
    analysis.diagnostics.iter().any(|found| found.code == code)
}

#[test]
fn exceptions_and_histories_are_judged_as_brute_force_judges_them() {
    for_all("exceptions", 3_000, &vec(any::<u16>(), 64), |tape| exception_verdict(&tape));
}

#[test]
fn days_are_counted_from_the_first() {
    assert_eq!(calendar::text(FIRST), "2024-04-25");
    assert_eq!(day(2024, 4, 25), FIRST);
    assert_eq!(calendar::text(day(1, 1, 1)), "0001-01-01");
    assert_eq!(calendar::text(day(1, 1, 1) + 3_652_058), "9999-12-31");
}
