//! Rates and count expressions.

use super::draw::Draw;
use super::model::{Amount, Expression, Field, Kind, Number, Rate, Tiers};
use super::regions::{THRESHOLDS, World};

const EACH: [(i128, u32); 12] = [
    (20, 0),
    (5, 0),
    (1, 0),
    (80, 2),
    (45, 2),
    (125, 1),
    (333, 3),
    (0, 0),
    (1_000, 0),
    (7, 2),
    (1, 6),
    (2_500, 0),
];
const FLAT: [(i128, u32); 5] = [(100, 0), (1_000, 0), (5, 1), (3, 2), (12_345_678, 4)];
/// Bounds of tiers.
const BOUNDS: [(i128, u32); 8] =
    [(1, 1), (1, 0), (225, 2), (5, 0), (10, 0), (100, 0), (500, 0), (150_075, 2)];
const FACTORS: [(i128, u32); 6] = [(2, 0), (5, 1), (3, 0), (12, 0), (1, 1), (7, 0)];

/// Any amount.
pub(crate) fn amount(draw: &mut Draw<'_>) -> Amount {
    match draw.below(16) {
        15 => Amount::Refused,
        11 | 12 => Amount::Credits { each: None, flat: Some(draw.number(&FLAT)) },
        13 | 14 => {
            Amount::Credits { each: Some(draw.number(&EACH)), flat: Some(draw.number(&FLAT)) }
        }
        _ => Amount::Credits { each: Some(draw.number(&EACH)), flat: None },
    }
}

/// A plain number of credits.
pub(crate) fn each(draw: &mut Draw<'_>) -> Number {
    draw.number(&EACH)
}

/// Any rate; `without` are fields that its table does not look at.
pub(crate) fn rate(world: &World<'_>, draw: &mut Draw<'_>, without: &[Field]) -> Rate {
    match draw.below(8) {
        3 | 4 => Rate::Graduated(tiers(draw)),
        5 => Rate::Volume(tiers(draw)),
        6 | 7 => match world.table(draw, without) {
            Some(table) => Rate::Table(table),
            None => Rate::Plain(amount(draw)),
        },
        _ => Rate::Plain(amount(draw)),
    }
}

fn tiers(draw: &mut Draw<'_>) -> Tiers {
    let mut bounds: Vec<usize> =
        (0..draw.pick(&[1, 2, 3, 2, 0])).map(|_| draw.below(BOUNDS.len())).collect();
    bounds.sort_unstable();
    bounds.dedup();
    let bounds = bounds.into_iter().map(|at| Number::new(BOUNDS[at].0, BOUNDS[at].1));
    Tiers {
        below: draw.coin(),
        bounded: bounds.map(|bound| (bound, amount(draw))).collect(),
        beyond: if draw.one_in(5) { Amount::Refused } else { amount(draw) },
    }
}

/// A count: `quantity` with a few operations around it.
pub(crate) fn count(world: &World<'_>, draw: &mut Draw<'_>, depth: usize) -> Expression {
    if depth == 0 {
        return leaf(world, draw);
    }
    let inner = |draw: &mut Draw<'_>| Box::new(count(world, draw, depth - 1));
    match draw.below(10) {
        0 => leaf(world, draw),
        1 => Expression::Product(vec![*inner(draw), Expression::Number(draw.number(&FACTORS))]),
        2 => {
            let first = inner(draw);
            let mut terms = vec![(false, *first), (draw.coin(), leaf(world, draw))];
            if draw.coin() {
                terms.push((false, Expression::Number(draw.number(&FACTORS))));
            }
            Expression::Sum(terms)
        }
        3 => Expression::Quotient(inner(draw), draw.number(&FACTORS)),
        4 => Expression::Min(vec![*inner(draw), leaf(world, draw)]),
        5 => Expression::Max(vec![Expression::Number(draw.number(&FACTORS)), *inner(draw)]),
        6 => Expression::Ceil(inner(draw)),
        7 => Expression::Floor(inner(draw)),
        8 => Expression::Product(vec![*inner(draw), leaf(world, draw)]),
        _ => {
            let mut branches = vec![(world.condition(draw, &[]), *inner(draw))];
            if draw.one_in(3) {
                branches.push((world.condition(draw, &[]), leaf(world, draw)));
            }
            Expression::If(branches, inner(draw))
        }
    }
}

fn leaf(world: &World<'_>, draw: &mut Draw<'_>) -> Expression {
    let numbers = |field: &Field| world.kind(*field) == Kind::Number;
    match draw.below(4) {
        0 | 1 => Expression::Field(Field::Quantity),
        2 => {
            let fields: Vec<Field> = world.fields(&[]).into_iter().filter(numbers).collect();
            Expression::Field(draw.pick(&fields))
        }
        _ => Expression::Number(draw.number(&THRESHOLDS)),
    }
}
