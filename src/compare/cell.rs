//! Lines that the rules do not tell apart so far: values of inputs, and ends of forms. A question
//! that a cell cannot answer says along what it is to be split.

use std::collections::BTreeMap;

use super::form::{Along, Atom, Form};
use super::world::{Var, World};
use crate::period::Proration;
use crate::plan::Set;
use crate::quantity::Exact;

/// An end, and whether it belongs to what it ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// The number.
    pub at: Exact,
    /// Whether it belongs to it.
    pub closed: bool,
}

/// Numbers between two ends, without one where there is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// The lower end.
    pub low: Option<End>,
    /// The upper end.
    pub high: Option<End>,
}

impl Span {
    /// Every number from 0.
    pub fn from_zero() -> Self {
        Self { low: Some(End { at: Exact::zero(), closed: true }), high: None }
    }

    /// One number.
    pub fn point(number: Exact) -> Self {
        let end = Some(End { at: number, closed: true });
        Self { low: end.clone(), high: end }
    }

    /// The only number in it.
    pub fn as_point(&self) -> Option<&Exact> {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) if low.closed && high.closed && low.at == high.at => {
                Some(&low.at)
            }
            _ => None,
        }
    }

    /// Whether a number lies in it.
    pub fn contains(&self, number: &Exact) -> bool {
        let above = |low: &End| *number > low.at || (low.closed && *number == low.at);
        let below = |high: &End| *number < high.at || (high.closed && *number == high.at);
        self.low.as_ref().is_none_or(above) && self.high.as_ref().is_none_or(below)
    }

    fn intersect(&self, other: &Self) -> Self {
        let low = match (&self.low, &other.low) {
            (Some(a), Some(b)) => {
                // At one number, the open end is the narrower.
                let first = (&a.at, !a.closed) >= (&b.at, !b.closed);
                Some(if first { a.clone() } else { b.clone() })
            }
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        let high = match (&self.high, &other.high) {
            (Some(a), Some(b)) => Some(a.min(b).clone()),
            (a, b) => a.clone().or_else(|| b.clone()),
        };
        Self { low, high }
    }

    fn is_empty(&self) -> bool {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => {
                low.at > high.at || (low.at == high.at && !(low.closed && high.closed))
            }
            _ => false,
        }
    }

    fn scaled(&self, factor: &Exact) -> Self {
        let end = |end: &Option<End>| {
            end.as_ref().map(|end| End { at: &end.at * factor, closed: end.closed })
        };
        let (low, high) = (end(&self.low), end(&self.high));
        if factor.is_negative() { Self { low: high, high: low } } else { Self { low, high } }
    }

    fn plus(&self, other: &Self) -> Self {
        let sum = |a: &Option<End>, b: &Option<End>| {
            let (a, b) = (a.as_ref()?, b.as_ref()?);
            Some(End { at: &a.at + &b.at, closed: a.closed && b.closed })
        };
        Self { low: sum(&self.low, &other.low), high: sum(&self.high, &other.high) }
    }

    /// Of numbers from 0.
    fn times(&self, other: &Self) -> Self {
        let negative = |span: &Self| span.low.as_ref().is_none_or(|low| low.at.is_negative());
        if negative(self) || negative(other) {
            return Self::default();
        }
        let product = |a: &Option<End>, b: &Option<End>| {
            let (a, b) = (a.as_ref()?, b.as_ref()?);
            let zero = (a.at.is_zero() && a.closed) || (b.at.is_zero() && b.closed);
            Some(End { at: &a.at * &b.at, closed: zero || (a.closed && b.closed) })
        };
        Self { low: product(&self.low, &other.low), high: product(&self.high, &other.high) }
    }

    fn ceil(&self) -> Self {
        let low =
            |end: &End| if end.closed { end.at.ceil() } else { end.at.floor() + Exact::one() };
        let whole = |at: Exact| End { at, closed: true };
        Self {
            low: self.low.as_ref().map(low).map(whole),
            high: self.high.as_ref().map(|end| end.at.ceil()).map(whole),
        }
    }
}

/// Why a difference has no closed form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unclear {
    /// A form grows too long.
    LongForm,
    /// There are too many cases.
    Work,
    /// An input takes values of another kind.
    Kind(Var),
}

/// Along what a cell is to be split.
#[derive(Debug, Clone)]
pub enum Split {
    /// The values of a set, and the others.
    Set(Var, Set),
    /// Lines without an input, and those with one.
    Absent(Var),
    /// Up to a number along a form, which belongs to the lower part or not; and the rest.
    Along(Form, End),
    /// Nowhere: what its lines become has no closed form.
    Nowhere(Unclear),
}

/// Lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cell {
    /// Values of inputs that are no numbers; every one where none is named.
    pub sets: BTreeMap<Var, Set>,
    /// Inputs that all lines lack, or none does.
    pub absent: BTreeMap<Var, bool>,
    /// What lies between two ends.
    pub spans: BTreeMap<Form, Span>,
}

impl Cell {
    /// Both parts.
    pub fn split(&self, world: &World, split: Split) -> [Self; 2] {
        let (mut one, mut other) = (self.clone(), self.clone());
        match split {
            Split::Absent(var) => {
                one.absent.insert(var, true);
                other.absent.insert(var, false);
            }
            Split::Set(var, set) => {
                let own = self.set(world, var);
                one.sets.insert(var, own.intersect(&set));
                other.sets.insert(var, own.without(&set));
            }
            Split::Nowhere(_) => {}
            Split::Along(axis, end) => return self.parted(&axis, end),
        }
        [one, other]
    }

    /// Up to an end along a form, and the rest.
    pub(super) fn parted(&self, axis: &Form, end: End) -> [Self; 2] {
        let own = self.spans.get(axis).cloned().unwrap_or_else(|| whole(axis));
        let above = Some(End { at: end.at.clone(), closed: !end.closed });
        let halves = [Span { low: None, high: Some(end) }, Span { low: above, high: None }];
        halves.map(|half| {
            let mut part = self.clone();
            part.spans.insert(axis.clone(), own.intersect(&half));
            part
        })
    }

    /// Whether it is known that no line lies here, as some form cannot lie between its ends where
    /// the inputs that it is made of lie between theirs.
    pub(super) fn is_empty(&self) -> bool {
        self.spans.keys().any(|form| self.range(form).is_empty())
    }

    /// Whether some line may lie in both.
    pub(super) fn meets(&self, world: &World, other: &Self) -> bool {
        let absent = |(var, own): (&Var, &bool)| other.absent.get(var).is_none_or(|it| it == own);
        let sets =
            self.sets.iter().all(|(var, own)| !own.intersect(&other.set(world, *var)).is_empty());
        let spans = self.spans.iter().all(|(form, own)| {
            other.spans.get(form).is_none_or(|other| !own.intersect(other).is_empty())
        });
        self.absent.iter().all(absent) && sets && spans
    }

    /// The values of an input that lines here have.
    pub fn set(&self, world: &World, var: Var) -> Set {
        self.sets.get(&var).cloned().unwrap_or_else(|| world.known(var))
    }

    /// The form with the numbers that inputs have on all lines here.
    pub(super) fn known(&self, form: &Form) -> Form {
        form.with(&|atom| match atom {
            Atom::Input(_) => self.number(atom),
            _ => None,
        })
    }

    fn number(&self, atom: &Atom) -> Option<Form> {
        self.range_of(atom).as_point().map(|number| Form::constant(number.clone()))
    }

    /// The form with the numbers that all its figures, and it itself, have on all lines here: the
    /// plainest for a single cell, while cells side by side share one that is less plain.
    pub(super) fn settled(&self, form: &Form) -> Form {
        let mut form = form.with(&|atom| self.number(atom));
        for (axis, span) in &self.spans {
            // Where inputs are tied to each other, one is told by the others.
            if let Some(number) = span.as_point()
                && let Some((tied, by)) = axis.solved(number)
            {
                form = form.with(&|atom| (*atom == tied).then(|| by.clone()));
            }
        }
        let form = form.with(&|atom| self.number(atom));
        match self.range(&form).as_point() {
            Some(number) => Form::constant(number.clone()),
            None => form,
        }
    }

    /// Whether lines here leave an input out, where that makes a difference.
    pub fn leaves_out(&self, world: &World, var: Var) -> Result<bool, Split> {
        if world.variable(var).is_none_or(|own| !own.may_lack) {
            return Ok(false);
        }
        self.absent.get(&var).copied().ok_or(Split::Absent(var))
    }

    /// Whether the values here belong to a set.
    pub fn admits(&self, world: &World, var: Var, set: &Set) -> Result<bool, Split> {
        let own = self.set(world, var);
        let both = own.intersect(set);
        if both.is_empty() {
            return Ok(false);
        }
        if both == own { Ok(true) } else { Err(Split::Set(var, set.clone())) }
    }

    /// Whether a form is up to a number, or below it.
    pub fn ends(&self, form: &Form, number: &Exact, closed: bool) -> Result<bool, Split> {
        let range = self.range(form);
        if let Some(high) = &range.high
            && (high.at < *number || (high.at == *number && (closed || !high.closed)))
        {
            return Ok(true);
        }
        if let Some(low) = &range.low
            && (low.at > *number || (low.at == *number && (!closed || !low.closed)))
        {
            return Ok(false);
        }
        let (axis, end) = cut(form, End { at: number.clone(), closed });
        Err(Split::Along(axis, end))
    }

    /// Ends that a form keeps to.
    pub(super) fn range(&self, form: &Form) -> Span {
        let Some(Along { axis, base, factor }) = form.along() else {
            return Span::point(form.base());
        };
        let mut sum = Span::point(Exact::zero());
        for (product, factor) in axis.terms() {
            let mut own = Span::point(Exact::one());
            for (at, atom) in product.iter().enumerate() {
                let range = self.range_of(atom);
                own = if at == 0 { range } else { own.times(&range) };
            }
            sum = sum.plus(&own.scaled(factor));
        }
        let known = self.spans.get(&axis);
        let range = known.map_or(sum.clone(), |known| known.intersect(&sum));
        range.scaled(&factor).plus(&Span::point(base))
    }

    fn range_of(&self, atom: &Atom) -> Span {
        match atom {
            Atom::Ceil(form) => self.range(form).ceil(),
            atom => {
                let known = self.spans.get(&Form::of(atom.clone()));
                let own = natural(atom);
                known.map_or_else(|| own.clone(), |known| known.intersect(&own))
            }
        }
    }
}

/// Every number that a figure may have by itself: a term has one day at least, and has begun one
/// period then.
fn natural(atom: &Atom) -> Span {
    let from = |at: Exact, closed| Span { low: Some(End { at, closed }), high: None };
    match atom {
        Atom::Periods(term) => match term.proration {
            Proration::ByStartedPeriod => from(Exact::one(), true),
            Proration::ByDay | Proration::ByDayOf365 => from(Exact::zero(), false),
            // Between two 31sts there are 0 of 30 days, and 0 periods are whole.
            Proration::ByDayOf360 | Proration::ByWholePeriod => Span::from_zero(),
        },
        _ => Span::from_zero(),
    }
}

/// Every value that a form may have: inputs and periods are at least 0.
pub(super) fn whole(form: &Form) -> Span {
    match form.as_atom() {
        Some(Atom::Input(_) | Atom::Periods(_)) => Span::from_zero(),
        _ => Span::default(),
    }
}

/// Where a form is cut at a number: along what it is made of.
pub(super) fn cut(form: &Form, end: End) -> (Form, End) {
    let (mut form, mut end) = (form.clone(), end);
    // Each turn takes off one begun form.
    while let Some(Along { axis, base, factor }) = form.along() {
        let at = (end.at - base) / factor.clone();
        // Where the form falls, its lower part is the upper part of the axis.
        let closed = end.closed != factor.is_negative();
        let Some(Atom::Ceil(inner)) = axis.as_atom() else {
            return (axis, End { at, closed });
        };
        let at = if closed { at.floor() } else { at.ceil() - Exact::one() };
        (form, end) = ((**inner).clone(), End { at, closed: true });
    }
    (form, end)
}
