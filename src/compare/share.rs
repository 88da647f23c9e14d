//! How large a difference is beside what was there before.

use super::cell::{Cell, End};
use super::form::Form;
use crate::quantity::Exact;

/// The smallest and the largest share of the credits before; both may be below 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The smallest.
    pub low: Exact,
    /// The largest.
    pub high: Exact,
}

impl Share {
    fn of(share: Exact) -> Self {
        Self { low: share.clone(), high: share }
    }

    /// What holds both.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        Self {
            low: self.low.clone().min(other.low.clone()),
            high: self.high.clone().max(other.high.clone()),
        }
    }

    /// The larger of both without its sign.
    pub fn most(&self) -> Exact {
        let size = |share: &Exact| if share.is_negative() { -share.clone() } else { share.clone() };
        size(&self.low).max(size(&self.high))
    }
}

/// The share on the lines of a cell; `None` where it has no bound, or no closed form.
pub(super) fn share(cell: &Cell, old: &Form, difference: &Form) -> Option<Share> {
    let Some(before) = old.along() else {
        let old = old.base();
        let by = |difference: Exact| (!old.is_zero()).then(|| difference / old.clone());
        return match difference.along() {
            None => by(difference.base()).map(Share::of),
            Some(after) => {
                // Without an upper end the difference outgrows what was there before.
                let span = cell.spans.get(&after.axis)?;
                let at = |end: &Option<End>| {
                    let at = end.as_ref()?.at.clone();
                    by(after.base.clone() + after.factor.clone() * at)
                };
                Some(Share::of(at(&span.low)?).with(&Share::of(at(&span.high)?)))
            }
        };
    };
    // Proportional wherever it is.
    let factor = difference.along().filter(|after| after.axis == before.axis);
    if let Some(after) = &factor {
        let share = after.factor.clone() / before.factor.clone();
        if old.scaled(&share) == *difference {
            return Some(Share::of(share));
        }
    } else if difference.along().is_some() {
        return None;
    }
    // A quotient of two straight lines rises or falls all along: its ends are its extremes.
    let at = |number: &Exact| {
        let old = &before.base + &(&before.factor * number);
        let own = match &factor {
            Some(after) => &after.base + &(&after.factor * number),
            None => difference.base(),
        };
        (!old.is_zero()).then(|| Share::of(own / old))
    };
    let span = cell.spans.get(&before.axis);
    let known = span.and_then(|span| span.low.as_ref()).map(|low| low.at.clone());
    let low = known.or_else(|| before.axis.as_atom().map(|_| Exact::zero()))?;
    let far = match span.and_then(|span| span.high.as_ref()) {
        Some(high) => at(&high.at)?,
        None => Share::of(
            factor
                .as_ref()
                .map_or_else(Exact::zero, |after| after.factor.clone() / before.factor.clone()),
        ),
    };
    Some(at(&low)?.with(&far))
}
