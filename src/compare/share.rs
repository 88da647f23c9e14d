//! How large a difference is beside what was there before.

use num_integer::Integer;

use super::cell::{Cell, End, Span, cut};
use super::form::{Along, Atom, Form};
use crate::quantity::Exact;

/// Most stretches between steps that are looked at one by one.
const MOST_STRETCHES: usize = 64;

/// The smallest and the largest share of the credits before; both may be below 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The smallest.
    pub low: Exact,
    /// The largest.
    pub high: Exact,
    /// Whether shares come as near to both as one likes; else they lie between them.
    pub exact: bool,
}

impl Share {
    fn of(share: Exact) -> Self {
        Self { low: share.clone(), high: share, exact: true }
    }

    /// That of no difference.
    pub(super) fn none() -> Self {
        Self::of(Exact::zero())
    }

    /// What holds both.
    #[must_use]
    pub fn with(self, other: &Self) -> Self {
        let is_exact = |own: &Exact, its: &Exact, at: &Exact| {
            (self.exact && own == at) || (other.exact && its == at)
        };
        let low = self.low.clone().min(other.low.clone());
        let high = self.high.clone().max(other.high.clone());
        let exact =
            is_exact(&self.low, &other.low, &low) && is_exact(&self.high, &other.high, &high);
        Self { low, high, exact }
    }

    /// The larger of both without its sign.
    pub fn most(&self) -> Exact {
        let size = |share: &Exact| if share.is_negative() { -share.clone() } else { share.clone() };
        size(&self.low).max(size(&self.high))
    }
}

/// The share on the lines of a cell; `None` where it has no bound, or none is known.
pub(super) fn share(cell: &Cell, old: &Form, difference: &Form) -> Option<Share> {
    let (old, difference) = without_common(old, difference);
    let mut found: Option<Share> = None;
    let mut join = |share: Share| {
        found = Some(match found.take() {
            Some(own) => own.with(&share),
            None => share,
        });
    };
    // From step to step of begun forms, as long as there are few.
    let mut rest = cell.clone();
    let again = Again::of(cell, &old, &difference);
    for _ in 0..MOST_STRETCHES {
        let (own, by) = (rest.settled(&old), rest.settled(&difference));
        if let Ok(share) = straight(&rest, &own, &by) {
            join(share?);
            return found;
        }
        let steps = [&own, &by].into_iter().flat_map(Form::atoms).filter_map(|atom| {
            let axis = Form::of(atom.clone());
            let low = matches!(atom, Atom::Ceil(_)).then(|| rest.range(&axis).low)??;
            Some(cut(&axis, End { at: low.at, closed: true }))
        });
        let parts =
            steps.map(|(axis, end)| rest.parted(&axis, end)).filter(|[one, _]| !one.is_empty());
        // The step that ends first.
        let Some([one, other]) = parts.min_by_key(|[one, _]| one.spans.clone()) else { break };
        let (own, by) = (one.settled(&old), one.settled(&difference));
        // Nothing of nothing is no share.
        if !(own.is_zero() && by.is_zero()) {
            match straight(&one, &own, &by) {
                Ok(share) => join(share?),
                Err(Crooked) => break,
            }
        }
        if other.is_empty() {
            return found;
        }
        rest = other;
        if let Some(again) = &again
            && rest.range(&again.axis).low.is_some_and(|low| low.at >= again.from)
        {
            join(again.share.clone());
            return found;
        }
    }
    let (own, by) = (rest.settled(&old), rest.settled(&difference));
    join(between(&rest, &own, &by)?);
    found
}

/// Where the steps of begun forms come again and again.
struct Again {
    axis: Form,
    /// All steps have come once.
    from: Exact,
    /// The share of what is added each time: all shares to come lie between it and those so far.
    share: Share,
}

impl Again {
    fn of(cell: &Cell, old: &Form, difference: &Form) -> Option<Self> {
        let ([low, _], [down, _]) = (old.loosened()?, difference.loosened()?);
        let axis = low.along().or_else(|| down.along())?.axis;
        let (own, by) = (Line::of(&low, &axis)?, Line::of(&down, &axis)?);
        let mut length: Option<Exact> = None;
        for atom in old.atoms().chain(difference.atoms()) {
            let Atom::Ceil(inner) = atom else { continue };
            let along = inner.along().filter(|along| along.axis == axis)?;
            let step = Exact::one() / along.factor;
            let step = if step.is_negative() { -step } else { step };
            length = Some(length.map_or(step.clone(), |own| common_multiple(&own, &step)));
        }
        // Where what was there before falls, or stays, shares to come lie anywhere.
        if own.factor.is_zero() || own.factor.is_negative() {
            return None;
        }
        let range = cell.range(&axis);
        let share = Share { exact: range.high.is_none(), ..Share::of(by.factor / own.factor) };
        Some(Self { from: range.low?.at + length?, axis, share })
    }
}

/// The least common multiple of two fractions.
fn common_multiple(one: &Exact, other: &Exact) -> Exact {
    let above = one.numerator().lcm(&other.numerator());
    Exact::big(above) / Exact::big(one.denominator().gcd(&other.denominator()))
}

/// Both without the figures that all their products have: what multiplies both does not count.
fn without_common(old: &Form, difference: &Form) -> (Form, Form) {
    let (mut old, mut difference) = (old.clone(), difference.clone());
    while let Some(atom) = old.common(&difference) {
        (old, difference) = (old.without(&atom), difference.without(&atom));
    }
    (old, difference)
}

/// Both do not rise or fall straight along one axis.
struct Crooked;

/// The share where both rise or fall straight along one axis; `None` where it has no bound.
fn straight(cell: &Cell, old: &Form, difference: &Form) -> Result<Option<Share>, Crooked> {
    if let Some(share) = proportion(old, difference) {
        return Ok(Some(Share::of(share)));
    }
    let along = old.along().or_else(|| difference.along());
    let Some(Along { axis, .. }) = along else {
        let old = old.base();
        return Ok((!old.is_zero()).then(|| Share::of(difference.base() / old)));
    };
    let line = |form| Line::of(form, &axis).ok_or(Crooked);
    Ok(quotients(&line(difference)?, &line(old)?, &cell.range(&axis)))
}

/// How many times one is the other.
fn proportion(old: &Form, difference: &Form) -> Option<Exact> {
    let (own, along) = (old.along()?, difference.along()?);
    let share = along.factor / own.factor;
    (old.scaled(&share) == *difference).then_some(share)
}

/// What holds the share where begun forms are as much as they can be.
fn between(cell: &Cell, old: &Form, difference: &Form) -> Option<Share> {
    let ([low, high], [down, up]) = (old.loosened()?, difference.loosened()?);
    let forms = [&low, &high, &down, &up];
    let axis = forms.iter().find_map(|form| form.along())?.axis;
    let range = cell.range(&axis);
    let [low, high, down, up] = forms.map(|form| Line::of(form, &axis));
    let (old, by) = ([low?, high?], [down?, up?]);
    let [least, _] = &old;
    let first = least.at(&range.low.as_ref()?.at);
    // What may be nothing has no share.
    if first.is_zero() || first.is_negative() {
        return None;
    }
    let mut found: Option<Share> = None;
    for old in &old {
        for by in &by {
            let share = quotients(by, old, &range)?;
            found = Some(match found {
                Some(own) => own.with(&share),
                None => share,
            });
        }
    }
    found.map(|share| Share { exact: false, ..share })
}

/// `base + factor × axis`
struct Line {
    base: Exact,
    factor: Exact,
}

impl Line {
    fn of(form: &Form, axis: &Form) -> Option<Self> {
        let Some(along) = form.along() else {
            return Some(Self { base: form.base(), factor: Exact::zero() });
        };
        (along.axis == *axis).then_some(Self { base: along.base, factor: along.factor })
    }

    fn at(&self, number: &Exact) -> Exact {
        &self.base + &(&self.factor * number)
    }
}

/// A quotient of two straight lines rises or falls all along, as long as what divides has one sign:
/// its ends are its extremes.
fn quotients(by: &Line, old: &Line, range: &Span) -> Option<Share> {
    let quotient = |by: Exact, old: Exact| (!old.is_zero()).then(|| Share::of(by / old));
    let low = range.low.as_ref()?;
    let first = old.at(&low.at);
    let near = quotient(by.at(&low.at), first.clone())?;
    let far = match &range.high {
        Some(high) => {
            let last = old.at(&high.at);
            if last.is_negative() != first.is_negative() {
                return None;
            }
            quotient(by.at(&high.at), last)?
        }
        None if old.factor.is_zero() && by.factor.is_zero() => near.clone(),
        None if !old.factor.is_zero() && old.factor.is_negative() == first.is_negative() => {
            quotient(by.factor.clone(), old.factor.clone())?
        }
        None => return None,
    };
    Some(near.with(&far))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::form::tests::{number, quantity};
    use crate::period::{Proration, Term, TermUnit};

    fn begun(size: i64) -> Form {
        quantity().scaled(&(Exact::one() / number(size))).ceil()
    }

    /// What was there before falls to nothing, or beside what rises.
    #[test]
    fn falling_credits_have_no_share_beyond_the_cell() {
        let ten = Form::constant(number(10));
        let fewer = ten.minus(&begun(4));
        let new = quantity().scaled(&(Exact::one() / number(4)));
        assert_eq!(told(&cell(0, Some(40)), &fewer, &new), None);
        assert_eq!(told(&cell(0, Some(4)), &fewer, &new), Some((-100, -89, true)));
        let whole = ten.minus(&quantity()).scaled(&(Exact::one() / number(10))).ceil();
        let (old, new) = (ten.plus(&whole), ten.plus(&begun(10)));
        assert_eq!(told(&cell(0, Some(9)), &old, &new), Some((0, 0, true)));
    }

    /// Above one number, up to another where there is one.
    fn cell(low: i64, high: Option<i64>) -> Cell {
        let mut cell = Cell::default();
        let span = Span {
            low: Some(End { at: number(low), closed: false }),
            high: high.map(|high| End { at: number(high), closed: true }),
        };
        cell.spans.insert(quantity(), span);
        cell
    }

    /// In percent.
    fn told(cell: &Cell, old: &Form, new: &Form) -> Option<(i64, i64, bool)> {
        let share = share(cell, old, &new.minus(old))?;
        let percent = |share: &Exact| {
            let percent = (share * &number(100)).floor();
            percent.text().parse().unwrap()
        };
        Some((percent(&share.low), percent(&share.high), share.exact))
    }

    #[test]
    fn what_multiplies_both_does_not_count() {
        let years =
            Form::of(Atom::Periods(Term { unit: TermUnit::Year, proration: Proration::ByDay }));
        let old = quantity().plus(&Form::constant(number(10)));
        let new = quantity().scaled(&number(2)).plus(&Form::constant(number(10)));
        let cell = cell(10, None);
        assert_eq!(told(&cell, &old, &new), Some((50, 100, true)));
        assert_eq!(told(&cell, &old.times(&years), &new.times(&years)), Some((50, 100, true)));
    }

    #[test]
    fn begun_blocks_have_shares() {
        // One more block: twice as much for the first, and ever less.
        let old = begun(10);
        let new = old.plus(&Form::constant(number(1)));
        assert_eq!(told(&cell(0, Some(25)), &old, &new), Some((33, 100, true)));
        assert_eq!(told(&cell(10, Some(20)), &old, &new), Some((50, 50, true)));
        // No units cost nothing in both.
        assert_eq!(told(&Cell::default(), &old, &begun(5)), Some((0, 100, true)));
        assert_eq!(told(&cell(0, None), &old, &new), Some((0, 100, true)));
        // Up to 20 in blocks of 10 and of 9: above 9 and up to 10 there is one more.
        assert_eq!(told(&cell(0, Some(20)), &old, &begun(9)), Some((0, 100, true)));
        // The steps come again after 90.
        assert_eq!(told(&cell(0, None), &old, &begun(9)), Some((0, 100, true)));
        assert_eq!(told(&cell(0, None), &begun(9), &old), Some((-50, 0, true)));
        // Too many steps to look at each: what lies between may not be reached.
        // More steps than are looked at: what lies between may not be reached.
        let (low, high, exact) = told(&cell(5_000, None), &begun(101), &begun(100)).unwrap();
        assert!(low <= 0 && high < 4 && !exact, "{low} {high} {exact}");
        // Beside a straight rate: least at the end of a block.
        let by_unit = quantity().scaled(&(Exact::one() / number(10)));
        assert_eq!(told(&cell(10, Some(40)), &by_unit, &old), Some((0, 100, true)));
        assert_eq!(told(&cell(0, None), &by_unit, &old), None);
    }

    #[test]
    fn what_passes_through_nothing_has_no_share() {
        let old = quantity().minus(&Form::constant(number(5)));
        assert_eq!(told(&cell(0, Some(10)), &old, &quantity()), None);
        assert_eq!(told(&cell(0, None), &Form::constant(number(5)), &quantity()), None);
        let flat = Form::constant(number(5));
        assert_eq!(told(&cell(5, Some(10)), &flat, &quantity()), Some((0, 100, true)));
    }
}
