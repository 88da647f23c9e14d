//! Intervals of units, and between which numbers a `count` lies.

use super::reach::both;
use crate::hir::set::Set;
use crate::hir::{Condition, Expression, QUANTITY};
use crate::quantity::Exact;

/// An interval of charged units; each end with whether it belongs to it.
#[derive(Debug, Clone)]
pub(super) struct Units {
    pub(super) low: (Exact, bool),
    pub(super) high: Option<(Exact, bool)>,
}

impl Units {
    pub(super) fn is_empty(&self) -> bool {
        let (low, low_in) = &self.low;
        self.high
            .as_ref()
            .is_some_and(|(high, high_in)| high < low || (high == low && !(*low_in && *high_in)))
    }

    /// The whole numbers in it, both ends included; `None` where there are none.
    pub(super) fn whole(&self) -> Option<Self> {
        let (low, closed) = &self.low;
        let low = if *closed { low.ceil() } else { low.floor() + Exact::one() };
        let high = self
            .high
            .as_ref()
            .map(|(high, closed)| if *closed { high.floor() } else { high.ceil() - Exact::one() });
        let whole = Self { low: (low, true), high: high.map(|high| (high, true)) };
        (!whole.is_empty()).then_some(whole)
    }

    /// Where a number lies: below, in or above it.
    pub(super) fn compare(&self, number: &Exact) -> std::cmp::Ordering {
        let (low, closed) = &self.low;
        if number < low || (number == low && !closed) {
            return std::cmp::Ordering::Less;
        }
        let above = |(high, closed): &(Exact, bool)| number > high || (number == high && !closed);
        if self.high.as_ref().is_some_and(above) {
            return std::cmp::Ordering::Greater;
        }
        std::cmp::Ordering::Equal
    }
}

/// By how much an expression multiplies the quantity, if that is all it does.
pub(super) fn multiple_of_quantity(expression: &Expression) -> Option<Exact> {
    match expression {
        Expression::Input(input) => (*input == QUANTITY).then(Exact::one),
        Expression::Quotient(value, divisor) => {
            Some(multiple_of_quantity(value)? / divisor.clone())
        }
        Expression::Product(factors) => {
            let (mut product, mut seen) = (Exact::one(), false);
            for factor in factors {
                match factor {
                    Expression::Number(number) => product = product * Exact::from(*number),
                    other if !seen => {
                        product = product * multiple_of_quantity(other)?;
                        seen = true;
                    }
                    _ => return None,
                }
            }
            seen.then_some(product)
        }
        _ => None,
    }
}

/// Numbers between two ends, `None` for no end; rather too many than too few.
#[derive(Debug, Clone)]
pub(super) struct Span {
    low: Option<Exact>,
    high: Option<Exact>,
    /// Whether they are whole numbers alone.
    whole: bool,
}

impl Span {
    fn point(number: Exact) -> Self {
        let whole = number.floor() == number;
        Self { low: Some(number.clone()), high: Some(number), whole }
    }

    fn or(self, other: Self) -> Self {
        let pick = |a: Option<Exact>, b: Option<Exact>, larger: bool| {
            let (a, b) = (a?, b?);
            Some(if (a > b) == larger { a } else { b })
        };
        Self {
            low: pick(self.low, other.low, false),
            high: pick(self.high, other.high, true),
            whole: self.whole && other.whole,
        }
    }

    fn plus(self, other: Self) -> Self {
        let add = |a: Option<Exact>, b: Option<Exact>| Some(a? + b?);
        Self {
            low: add(self.low, other.low),
            high: add(self.high, other.high),
            whole: self.whole && other.whole,
        }
    }

    fn negated(self) -> Self {
        Self { low: self.high.map(|end| -end), high: self.low.map(|end| -end), whole: self.whole }
    }

    /// Times a number.
    pub(super) fn times(self, number: &Exact) -> Self {
        if number.is_negative() {
            return self.negated().times(&-number.clone());
        }
        if number.is_zero() {
            return Self::point(Exact::zero());
        }
        Self {
            low: self.low.map(|end| end * number.clone()),
            high: self.high.map(|end| end * number.clone()),
            whole: self.whole && number.floor() == *number,
        }
    }

    fn product(self, other: Self) -> Self {
        for (a, b) in [(&self, &other), (&other, &self)] {
            if let (Some(low), Some(high)) = (&a.low, &a.high)
                && low == high
            {
                return b.clone().times(low);
            }
        }
        let whole = self.whole && other.whole;
        let (Some(a), Some(b)) = (self.low, other.low) else {
            return Self { low: None, high: None, whole };
        };
        if a.is_negative() || b.is_negative() {
            let (Some(c), Some(d)) = (self.high, other.high) else {
                return Self { low: None, high: None, whole };
            };
            let corners = [&a * &b, &a * &d, &c * &b, &c * &d];
            return Self {
                low: corners.iter().min().cloned(),
                high: corners.iter().max().cloned(),
                whole,
            };
        }
        let high = self.high.zip(other.high).map(|(c, d)| c * d);
        Self { low: Some(a * b), high, whole }
    }

    /// The smaller of a number of each.
    fn min(self, other: Self) -> Self {
        let low = self.low.zip(other.low).map(|(a, b)| a.min(b));
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self { low, high, whole: self.whole && other.whole }
    }

    /// Rounded up to whole numbers.
    pub(super) fn started(self) -> Self {
        Self {
            low: self.low.map(|end| end.ceil()),
            high: self.high.map(|end| end.ceil()),
            whole: true,
        }
    }

    fn floor(self) -> Self {
        Self {
            low: self.low.map(|end| end.floor()),
            high: self.high.map(|end| end.floor()),
            whole: true,
        }
    }

    /// Whether it has a number among some units; with `fewer`, or one above.
    pub(super) fn meets(&self, units: &Units, fewer: bool) -> bool {
        let mut both = units.clone();
        if fewer {
            both.high = None;
        }
        if let Some(low) = &self.low
            && *low > both.low.0
            && !fewer
        {
            both.low = (low.clone(), true);
        }
        if let Some(high) = &self.high
            && both.high.as_ref().is_none_or(|(end, _)| high < end)
        {
            both.high = Some((high.clone(), true));
        }
        if self.whole && !fewer { both.whole().is_some() } else { !both.is_empty() }
    }
}

/// Whether some line of a condition that meets none of others is reached.
pub(super) type Open<'a> = &'a dyn Fn(&Condition, &[&Condition]) -> bool;

/// Most spans of an expression; more are put together.
const MOST_SPANS: usize = 32;

/// Between which numbers an expression lies on the lines of a condition, of which some are `open`:
/// in one of these spans. Recursion follows nesting, which the parser bounds.
pub(super) fn spans(expression: &Expression, inside: &Condition, open: Open<'_>) -> Vec<Span> {
    let each = |expression: &Expression| spans(expression, inside, open);
    let map = |expression: &Expression, change: &dyn Fn(Span) -> Span| {
        each(expression).into_iter().map(change).collect::<Vec<_>>()
    };
    match expression {
        Expression::Number(number) => vec![Span::point(Exact::from(*number))],
        Expression::Input(input) => vec![match inside.sets.get(input) {
            Some(Set::Number(intervals)) => Span {
                low: intervals.first().map(|first| Exact::from(first.low.0)),
                high: intervals.last().and_then(|last| last.high).map(|(end, _)| Exact::from(end)),
                whole: false,
            },
            _ => Span { low: Some(Exact::zero()), high: None, whole: false },
        }],
        Expression::Sum(terms) => {
            let terms =
                terms.iter().map(
                    |(negative, term)| {
                        if *negative { map(term, &Span::negated) } else { each(term) }
                    },
                );
            terms.reduce(|a, b| pairs(&a, &b, Span::plus)).unwrap_or_default()
        }
        Expression::Product(factors) => {
            let factors = factors.iter().map(each);
            factors.reduce(|a, b| pairs(&a, &b, Span::product)).unwrap_or_default()
        }
        Expression::Quotient(value, divisor) => {
            map(value, &|span| span.times(&(Exact::one() / divisor.clone())))
        }
        Expression::Min(values) => {
            values.iter().map(each).reduce(|a, b| pairs(&a, &b, Span::min)).unwrap_or_default()
        }
        Expression::Max(values) => {
            let negated = values.iter().map(|value| map(value, &Span::negated));
            let least = negated.reduce(|a, b| pairs(&a, &b, Span::min)).unwrap_or_default();
            least.into_iter().map(Span::negated).collect()
        }
        Expression::Ceil(value) => map(value, &Span::started),
        Expression::Floor(value) => map(value, &Span::floor),
        Expression::Choice(branches, otherwise) => {
            let mut all = Vec::new();
            let mut above: Vec<&Condition> = Vec::new();
            for (condition, value) in branches {
                if let Some(both) = both(inside, condition).filter(|both| open(both, &above)) {
                    all.extend(spans(value, &both, open));
                }
                above.push(condition);
            }
            if open(inside, &above) {
                all.extend(each(otherwise));
            }
            few(all)
        }
    }
}

/// Every span of one expression with every one of another.
fn pairs(a: &[Span], b: &[Span], both: fn(Span, Span) -> Span) -> Vec<Span> {
    few(a.iter().flat_map(|a| b.iter().map(|b| both(a.clone(), b.clone()))).collect())
}

fn few(spans: Vec<Span>) -> Vec<Span> {
    if spans.len() <= MOST_SPANS {
        return spans;
    }
    spans.into_iter().reduce(Span::or).into_iter().collect()
}
