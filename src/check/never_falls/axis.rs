//! The quantities of a product on a day, cut wherever another rate or another piece of a rate
//! begins.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::check::credits::Why;
use crate::check::credits::cases::{Form, MOST_CASES, forms};
use crate::check::credits::part::{Part, is_quantity, part};
use crate::check::region::{self, Point};
use crate::hir::set::{Interval, Set};
use crate::hir::{Condition, Program, QUANTITY, Target};
use crate::quantity::Exact;
use crate::source::Place;

/// Most rates of all stretches of the quantity.
const MOST_CHOICES: usize = 250_000;

/// Units, and whether they belong to what they end.
pub(super) type End = (Exact, bool);

/// Rates over units.
pub(super) struct Axis<'a> {
    program: &'a Program,
    target: &'a Target,
    day: Date,
    forms: Vec<Form<'a>>,
    /// The parts of the rates, each for one period.
    pub parts: Vec<Option<Part>>,
    /// Between the bounds of all conditions on the quantity: on one, the other inputs alone choose
    /// the rate.
    stretches: Vec<Interval>,
    choices: Vec<Choice>,
    pub spans: Vec<Span>,
    /// Whether excludes look at the quantity, and units are not the quantity.
    pub is_excluded_apart: bool,
    /// Whether some lines may be charged what its grants cost.
    pub is_granted: bool,
}

/// A rate on a stretch of the quantity.
struct Choice {
    stretch: usize,
    form: usize,
    /// Where it may apply, the quantity apart.
    inside: Condition,
}

/// Units on which credits follow one piece of one rate: there, they never fall.
#[derive(Debug, Clone)]
pub(super) struct Span {
    choice: usize,
    stretch: usize,
    /// Which of the parts charges it.
    pub part: usize,
    pub low: End,
    pub high: Option<End>,
    /// The line that charges it.
    pub place: Place,
}

impl Span {
    /// Whether units lie on it.
    pub(super) fn holds(&self, units: &Exact) -> bool {
        let (low, closed) = &self.low;
        let from = units > low || (*closed && units == low);
        from && self
            .high
            .as_ref()
            .is_none_or(|(high, closed)| units < high || (*closed && units == high))
    }
}

impl<'a> Axis<'a> {
    /// The rates of a day; why they cannot be told apart, where they cannot.
    pub(super) fn new(program: &'a Program, target: &'a Target, day: Date) -> Result<Self, Why> {
        let forms = forms(target, day);
        let plain = target.count.on(day).is_none_or(|(_, count)| is_quantity(count));
        let by_quantity = forms.iter().any(Form::on_quantity);
        if by_quantity && !plain {
            return Err(
                "a condition on the quantity chooses between its rates, and its units are counted from inputs",
            );
        }
        let is_granted = target.grants.iter().any(|grant| grant.units.on(day).is_some())
            && forms.iter().any(|form| form.curve.is_none());
        if by_quantity && is_granted {
            return Err(
                "a condition on the quantity chooses between a rate and what its grants cost",
            );
        }
        if by_quantity && forms.len() > MOST_CASES {
            return Err("it has more exceptions and rows than the work limit allows");
        }
        let part = |form: &Form<'_>| part(program, target, form.curve.as_ref()?, Exact::one(), day);
        let parts = forms.iter().map(part).collect();
        let is_excluded_apart =
            !plain && excludes(program).any(|exclude| on_quantity(exclude).is_some());
        let mut axis = Self {
            program,
            target,
            day,
            forms,
            parts,
            stretches: vec![Interval::ALL],
            choices: Vec::new(),
            spans: Vec::new(),
            is_excluded_apart,
            is_granted,
        };
        axis.cut(plain)?;
        Ok(axis)
    }

    fn cut(&mut self, plain: bool) -> Result<(), Why> {
        let inside: Vec<Vec<Condition>> = self.forms.iter().map(Form::inside).collect();
        if plain {
            self.stretches = stretches(inside.iter().flatten().chain(excludes(self.program)));
        }
        if self.stretches.len().saturating_mul(inside.len()) > MOST_CHOICES {
            return Err("it takes more steps than the work limit allows");
        }
        let pieces: Vec<_> =
            self.parts.iter().map(|part| part.as_ref().map_or_else(Vec::new, pieces)).collect();
        for (stretch, units) in self.stretches.iter().enumerate() {
            for (form, (inside, pieces)) in inside.iter().zip(&pieces).enumerate() {
                let Some(inside) = all_on(inside, units) else { continue };
                let choice = self.choices.len();
                self.choices.push(Choice { stretch, form, inside });
                let spans = pieces.iter().filter_map(|(low, high, place)| {
                    let (low, high) = within(low.clone(), high.clone(), units)?;
                    Some(Span { choice, stretch, part: form, low, high, place: *place })
                });
                self.spans.extend(spans);
            }
        }
        // Rising; of spans that begin alike, the rate that stands first comes first.
        self.spans
            .sort_by(|a, b| (a.stretch, &a.low.0, !a.low.1).cmp(&(b.stretch, &b.low.0, !b.low.1)));
        Ok(())
    }

    /// Whether some line may be charged by one span, and by a later one with more units.
    pub(super) fn may_follow(&self, earlier: &Span, later: &Span) -> bool {
        if earlier.stretch == later.stretch {
            return earlier.choice == later.choice;
        }
        match (self.choices.get(earlier.choice), self.choices.get(later.choice)) {
            (Some(earlier), Some(later)) => earlier.inside.meets(&later.inside),
            _ => false,
        }
    }

    /// Inputs of a line that is charged by both spans and not excluded on either.
    pub(super) fn inputs(
        &self,
        earlier: &Span,
        later: &Span,
    ) -> Result<Option<Point>, region::Exhausted> {
        let choices = [earlier, later].map(|span| self.choices.get(span.choice));
        let mut inside: Vec<&Condition> = Vec::new();
        let mut outside: Vec<Condition> = Vec::new();
        for choice in choices.into_iter().flatten() {
            inside.push(&choice.inside);
            let Some((units, form)) =
                self.stretches.get(choice.stretch).zip(self.forms.get(choice.form))
            else {
                continue;
            };
            let others = form.outside(self.target, self.day);
            let others = others.iter().chain(
                excludes(self.program)
                    .filter(|exclude| !self.is_excluded_apart || on_quantity(exclude).is_none()),
            );
            outside.extend(others.filter_map(|other| on(other, units)));
        }
        let outside: Vec<&Condition> = outside.iter().collect();
        region::point(self.program, &inside, &outside)
    }
}

fn excludes(program: &Program) -> impl Iterator<Item = &Condition> {
    program.excludes.iter().map(|exclude| &exclude.condition)
}

fn on_quantity(condition: &Condition) -> Option<&[Interval]> {
    match condition.sets.get(&QUANTITY) {
        Some(Set::Number(intervals)) => Some(intervals),
        _ => None,
    }
}

/// The stretches of the quantity that no condition tells apart, rising.
fn stretches<'a>(conditions: impl Iterator<Item = &'a Condition>) -> Vec<Interval> {
    // A cut lies before a number, or behind it.
    let mut cuts: BTreeSet<(Decimal, bool)> = BTreeSet::new();
    for Interval { low, high } in conditions.filter_map(on_quantity).flatten() {
        cuts.insert((low.0, !low.1));
        cuts.extend(high.map(|(high, closed)| (high, closed)));
    }
    let mut low = Interval::ALL.low;
    let mut found = Vec::with_capacity(cuts.len() + 1);
    for (number, behind) in cuts {
        found.push(Interval { low, high: Some((number, behind)) });
        low = (number, !behind);
    }
    found.push(Interval { low, high: None });
    found.retain(|stretch| !stretch.is_empty());
    found
}

/// What a condition asks of the other inputs, on a stretch that it does not cut; `None` where it
/// does not hold there.
fn on(condition: &Condition, stretch: &Interval) -> Option<Condition> {
    if let Some(quantity) = condition.sets.get(&QUANTITY)
        && quantity.intersect(&Set::Number(vec![*stretch])).is_empty()
    {
        return None;
    }
    let others = condition.sets.iter().filter(|(input, _)| **input != QUANTITY);
    Some(Condition { sets: others.map(|(input, set)| (*input, set.clone())).collect() })
}

/// What several conditions ask together; `None` where no line meets all of them.
fn all_on(conditions: &[Condition], stretch: &Interval) -> Option<Condition> {
    let mut all = Condition::default();
    for condition in conditions {
        for (input, set) in on(condition, stretch)?.sets {
            let both = all.sets.get(&input).map_or(set.clone(), |other| other.intersect(&set));
            if both.is_empty() {
                return None;
            }
            all.sets.insert(input, both);
        }
    }
    Some(all)
}

/// The units that each piece of a rate charges.
fn pieces(part: &Part) -> Vec<(End, Option<End>, Place)> {
    let (curve, block) = (&part.curve, Exact::one() / part.scale.clone());
    let mut found = Vec::with_capacity(curve.pieces.len());
    let mut low = (Exact::zero(), true);
    for piece in &curve.pieces {
        // With started blocks a piece ends at the last whole block it holds.
        let high = piece.upper.as_ref().map(|upper| match (part.started, curve.inclusive) {
            (false, inclusive) => (upper.clone(), inclusive),
            (true, true) => (upper.floor(), true),
            (true, false) => (upper.ceil() - Exact::one(), true),
        });
        let high = high.map(|(blocks, closed)| (blocks * block.clone(), closed));
        if is_empty(&low, high.as_ref()) {
            continue;
        }
        let next = high.clone().map(|(end, closed)| (end, !closed));
        found.push((low.clone(), high, piece.place));
        match next {
            Some(next) => low = next,
            None => break,
        }
    }
    found
}

/// The units between two ends that lie on a stretch of the quantity, if any do.
fn within(low: End, high: Option<End>, stretch: &Interval) -> Option<(End, Option<End>)> {
    let other = (Exact::from(stretch.low.0), stretch.low.1);
    // At the same units, the end that leaves them out is the narrower.
    let low = if (&low.0, !low.1) >= (&other.0, !other.1) { low } else { other };
    let other = stretch.high.map(|(end, closed)| (Exact::from(end), closed));
    let high = match (high, other) {
        (Some(high), Some(other)) => Some(high.min(other)),
        (high, other) => high.or(other),
    };
    (!is_empty(&low, high.as_ref())).then_some((low, high))
}

fn is_empty(low: &End, high: Option<&End>) -> bool {
    high.is_some_and(|high| low.0 > high.0 || (low.0 == high.0 && !(low.1 && high.1)))
}
