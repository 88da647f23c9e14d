//! Regions of inputs: boxes cut into classes of values that no rule tells apart, so that questions
//! about all inputs become questions about small sets of bits.

use std::collections::BTreeSet;
use std::ops::Range;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::hir::set::{Interval, Set};
use crate::hir::{Condition, InputId, InputKind, Program, Value};
use crate::period::{Days, next_day, parse_date, previous_day};
use crate::quantity::{Exact, MAX_DECIMALS};

/// Most steps that one question may take; a step looks at one class of one column.
pub const WORK_LIMIT: usize = 2_000_000;

/// Most columns of a search, which goes one level deeper for each.
const MAX_COLUMNS: usize = 128;

/// The work limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exhausted;

/// A set of small numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Bits(Vec<u64>);

impl Bits {
    fn none(length: usize) -> Self {
        Self(vec![0; length.div_ceil(64)])
    }

    fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn count(&self) -> u128 {
        self.0.iter().map(|word| u128::from(word.count_ones())).sum()
    }

    fn first(&self) -> Option<usize> {
        let (at, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        Some(at * 64 + word.trailing_zeros() as usize)
    }
}

/// Boxes over the same columns, cut into classes.
pub struct Boxes {
    columns: Vec<Column>,
    /// For each box and column, the classes it admits.
    boxes: Vec<Vec<Bits>>,
}

/// One input, its values cut into classes.
struct Column {
    input: InputId,
    /// The first value of each class, rising.
    classes: Vec<Value>,
}

impl Boxes {
    /// Boxes given by a set a column, `None` for every value.
    pub fn new(program: &Program, inputs: &[InputId], rows: &[Vec<Option<&Set>>]) -> Self {
        let mut columns = Vec::with_capacity(inputs.len());
        let mut boxes = vec![Vec::with_capacity(inputs.len()); rows.len()];
        for (index, input) in inputs.iter().enumerate() {
            let kind = program.input(*input).map_or(&InputKind::Number, |input| &input.kind);
            let sets: Vec<Option<&Set>> =
                rows.iter().map(|row| row.get(index).copied().flatten()).collect();
            let distinct: BTreeSet<&Set> = sets.iter().copied().flatten().collect();
            let classes = classes(kind, &distinct);
            for (admitted, set) in boxes.iter_mut().zip(&sets) {
                admitted.push(members(&classes, *set));
            }
            columns.push(Column { input: *input, classes });
        }
        Self { columns, boxes }
    }

    /// Boxes given by conditions; the columns are the inputs that any of them names.
    pub fn of_conditions(program: &Program, conditions: &[&Condition]) -> Self {
        let inputs: BTreeSet<InputId> =
            conditions.iter().flat_map(|condition| condition.sets.keys().copied()).collect();
        // By name, so that the order of declarations decides nothing.
        let mut inputs: Vec<InputId> = inputs.into_iter().collect();
        inputs.sort_by_key(|input| program.input(*input).map(|input| &input.name));
        let rows: Vec<Vec<Option<&Set>>> = conditions
            .iter()
            .map(|condition| inputs.iter().map(|input| condition.sets.get(input)).collect())
            .collect();
        Self::new(program, &inputs, &rows)
    }

    /// The first values that two boxes share, if they share any.
    pub fn overlap(&self, a: usize, b: usize) -> Option<Point> {
        let (a, b) = (self.boxes.get(a)?, self.boxes.get(b)?);
        let mut shared = Vec::with_capacity(self.columns.len());
        for (a, b) in a.iter().zip(b) {
            shared.push(a.and(b).first()?);
        }
        Some(self.values(&shared))
    }

    /// The first values that no box covers, of boxes of which no two overlap: they cover
    /// everything if they hold as many combinations of classes as there are, and where they do not,
    /// the first class whose boxes hold too few leads to the gap. `None` where the numbers grow
    /// past what can be counted.
    pub fn gap_between_disjoint(&self) -> Option<Option<Point>> {
        let sizes: Vec<u128> =
            self.columns.iter().map(|column| column.classes.len() as u128).collect();
        let everything = products(&sizes)?;
        let mut held = Vec::with_capacity(self.boxes.len());
        for admitted in &self.boxes {
            let sizes: Vec<u128> = admitted.iter().map(Bits::count).collect();
            held.push((admitted, products(&sizes)?));
        }
        let sum = |held: &[(&Vec<Bits>, Vec<u128>)], from: usize| {
            held.iter().filter_map(|(_, sizes)| sizes.get(from)).sum::<u128>()
        };
        if sum(&held, 0) == *everything.first()? {
            return Some(None);
        }
        let mut path = Vec::with_capacity(self.columns.len());
        for (at, column) in self.columns.iter().enumerate() {
            let wanted = *everything.get(at + 1)?;
            let in_class = |class: usize| {
                let admits = |admitted: &Vec<Bits>| {
                    admitted.get(at).is_some_and(|bits| bits.contains(class))
                };
                held.iter().filter(|(admitted, _)| admits(admitted)).cloned().collect::<Vec<_>>()
            };
            let (class, left) = (0..column.classes.len())
                .map(|class| (class, in_class(class)))
                .find(|(_, left)| sum(left, at + 1) < wanted)?;
            path.push(class);
            held = left;
        }
        Some(Some(self.values(&path)))
    }

    /// The first values that no box covers, found by search.
    pub fn gap(&self) -> Result<Option<Point>, Exhausted> {
        let found = self.search(0..0, 0..self.boxes.len())?;
        Ok(found.map(|path| self.values(&path)))
    }

    /// The first classes that all boxes of one range admit and no box of the other covers.
    fn search(
        &self,
        inside: Range<usize>,
        outside: Range<usize>,
    ) -> Result<Option<Vec<usize>>, Exhausted> {
        if self.columns.len() > MAX_COLUMNS {
            return Err(Exhausted);
        }
        let mut all = Bits::none(self.boxes.len());
        outside.for_each(|index| all.insert(index));
        let inside = self.boxes.get(inside).unwrap_or_default();
        let admitted = |at: usize, class: usize| {
            inside.iter().all(|bits| bits.get(at).is_some_and(|bits| bits.contains(class)))
        };
        let open = |(at, column): (usize, &Column)| -> Vec<(usize, Bits)> {
            let covering = self.covering(at, column).into_iter().enumerate();
            covering.filter(|(class, _)| admitted(at, *class)).collect()
        };
        let covering: Vec<Vec<(usize, Bits)>> = self.columns.iter().enumerate().map(open).collect();
        if covering.iter().any(Vec::is_empty) {
            return Ok(None);
        }
        let mut search =
            Search { covering: &covering, covered: BTreeSet::new(), steps: 0, path: Vec::new() };
        let found = search.gap(0, &all)?;
        Ok(found.then(|| {
            let rest = covering.iter().skip(search.path.len());
            let rest: Vec<usize> =
                rest.filter_map(|open| open.first()).map(|(class, _)| *class).collect();
            search.path.into_iter().chain(rest).collect()
        }))
    }

    /// For each class of a column, the boxes that admit it.
    fn covering(&self, at: usize, column: &Column) -> Vec<Bits> {
        let mut covering = vec![Bits::none(self.boxes.len()); column.classes.len()];
        for (index, admitted) in self.boxes.iter().enumerate() {
            let Some(admitted) = admitted.get(at) else { continue };
            for (class, boxes) in covering.iter_mut().enumerate() {
                if admitted.contains(class) {
                    boxes.insert(index);
                }
            }
        }
        covering
    }

    fn values(&self, classes: &[usize]) -> Point {
        let value = |(column, class): (&Column, &usize)| {
            Some((column.input, column.classes.get(*class)?.clone()))
        };
        self.columns.iter().zip(classes).filter_map(value).collect()
    }
}

/// A value for each of some inputs.
pub type Point = Vec<(InputId, Value)>;

/// The first values that all conditions of one list hold on and none of the other; `None` where
/// there are none. Values of all inputs that any of them names are given.
pub fn point(
    program: &Program,
    inside: &[&Condition],
    outside: &[&Condition],
) -> Result<Option<Point>, Exhausted> {
    let boxes = Boxes::of_conditions(program, &[inside, outside].concat());
    let found = boxes.search(0..inside.len(), inside.len()..inside.len() + outside.len())?;
    Ok(found.map(|path| boxes.values(&path)))
}

/// For each position the product of the numbers from there on, and 1 behind the last; `None` where
/// one grows too large for sums of them.
fn products(numbers: &[u128]) -> Option<Vec<u128>> {
    let mut products = vec![1u128];
    for number in numbers.iter().rev() {
        let last = products.last().copied().unwrap_or(1);
        products.push(last.checked_mul(*number).filter(|product| *product < 1 << 100)?);
    }
    products.reverse();
    Some(products)
}

/// The search for values that no box covers: column by column, with the boxes still possible.
/// Depth is the number of columns.
struct Search<'a> {
    /// For each column its open classes with the boxes that admit them.
    covering: &'a [Vec<(usize, Bits)>],
    /// Columns and boxes left for which everything is known to be covered.
    covered: BTreeSet<(usize, Bits)>,
    steps: usize,
    path: Vec<usize>,
}

impl Search<'_> {
    fn gap(&mut self, column: usize, possible: &Bits) -> Result<bool, Exhausted> {
        if possible.is_empty() {
            return Ok(true);
        }
        let Some(classes) = self.covering.get(column) else { return Ok(false) };
        if self.covered.contains(&(column, possible.clone())) {
            return Ok(false);
        }
        let mut tried: BTreeSet<Bits> = BTreeSet::new();
        for (class, boxes) in classes {
            self.steps += 1;
            if self.steps > WORK_LIMIT {
                return Err(Exhausted);
            }
            let left = possible.and(boxes);
            if tried.contains(&left) {
                continue;
            }
            self.path.push(*class);
            if self.gap(column + 1, &left)? {
                return Ok(true);
            }
            self.path.pop();
            tried.insert(left);
        }
        self.covered.insert((column, possible.clone()));
        Ok(false)
    }
}

/// The first value of each class of values that no set tells apart, rising.
fn classes(kind: &InputKind, sets: &BTreeSet<&Set>) -> Vec<Value> {
    match kind {
        // Where no set asks, all values are alike.
        InputKind::Choice(_) if sets.is_empty() => vec![Value::Choice(0)],
        InputKind::Number if sets.is_empty() => vec![Value::Number(Decimal::ZERO)],
        InputKind::Choice(names) => (0..names.len()).map(Value::Choice).collect(),
        InputKind::Number => number_classes(sets),
        InputKind::Date => day_classes(sets),
        InputKind::Text => {
            let listed: BTreeSet<&String> = sets
                .iter()
                .filter_map(
                    |set| if let Set::Text { listed, .. } = set { Some(listed) } else { None },
                )
                .flatten()
                .collect();
            let mut other = String::from("other");
            while listed.contains(&other) {
                other.push('_');
            }
            let named = listed.into_iter().cloned();
            named.chain(std::iter::once(other)).map(Value::Text).collect()
        }
    }
}

fn number_classes(sets: &BTreeSet<&Set>) -> Vec<Value> {
    let mut ends: BTreeSet<Decimal> = BTreeSet::from([Decimal::ZERO]);
    for set in sets {
        let Set::Number(intervals) = set else { continue };
        for interval in intervals {
            ends.insert(interval.low.0);
            ends.extend(interval.high.map(|(high, _)| high));
        }
    }
    let mut classes = Vec::with_capacity(ends.len() * 2);
    let mut ends = ends.into_iter().peekable();
    while let Some(end) = ends.next() {
        classes.push(Value::Number(end));
        classes.extend(between(end, ends.peek().copied()).map(Value::Number));
    }
    classes
}

/// The number with the fewest decimals between two ends, the smallest of those; `None` where no
/// number that can be written lies there.
pub(super) fn between(low: Decimal, high: Option<Decimal>) -> Option<Decimal> {
    let (low, high) = (Exact::from(low), high.map(Exact::from));
    let mut scale = Exact::one();
    for _ in 0..=MAX_DECIMALS {
        let next = ((&low * &scale).floor() + Exact::one()) / scale.clone();
        if high.as_ref().is_none_or(|high| next < *high) {
            return next.to_decimal();
        }
        scale = scale * Exact::from(10);
    }
    None
}

fn day_classes(sets: &BTreeSet<&Set>) -> Vec<Value> {
    let mut starts: BTreeSet<Date> = BTreeSet::new();
    for set in sets {
        let Set::Date(stretches) = set else { continue };
        for Days { from, to } in stretches {
            starts.insert(*from);
            starts.extend(next_day(*to));
        }
    }
    starts.remove(&crate::period::BEGINNING);
    // The days before every named one: the last of them is the one to show.
    let early = starts.first().copied().map_or_else(|| parse_date("2000-01-01"), previous_day);
    early.into_iter().chain(starts).map(Value::Date).collect()
}

/// Which classes a set admits.
fn members(classes: &[Value], set: Option<&Set>) -> Bits {
    let mut bits = Bits::none(classes.len());
    match set {
        None => (0..classes.len()).for_each(|index| bits.insert(index)),
        Some(Set::Number(intervals)) => {
            let number = |value: &Value| {
                if let Value::Number(number) = value { *number } else { Decimal::ZERO }
            };
            for Interval { low, high } in intervals {
                let from = classes.partition_point(|class| {
                    let class = number(class);
                    if low.1 { class < low.0 } else { class <= low.0 }
                });
                let to = high.map_or(classes.len(), |(high, closed)| {
                    classes.partition_point(|class| {
                        let class = number(class);
                        if closed { class <= high } else { class < high }
                    })
                });
                (from..to).for_each(|index| bits.insert(index));
            }
        }
        Some(set) => {
            for (index, class) in classes.iter().enumerate() {
                if set.contains(class) {
                    bits.insert(index);
                }
            }
        }
    }
    bits
}
