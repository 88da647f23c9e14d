//! What is asked of an allocation that lots are to cover.

use super::Frame;
use crate::allocate::solve::model::{Constraint, Term};
use crate::allocate::solve::number::Number;
use crate::quantity::Exact;

impl<N: Number> Frame<N> {
    /// Whether a limit lets no more be allocated than credits that are valid and bought.
    pub fn is_within(&self, limit: usize, valid: &Exact, bought: &Exact) -> bool {
        let whole = &(valid + bought) * &Exact::big(self.scale.clone());
        self.constraints.iter().filter(|own| own.limit == limit).any(|own| {
            let Constraint::Sum(sum) = &own.constraint else { return false };
            let rises = sum.total.is_positive() && sum.or_none.is_none();
            let falls = |term: &Term<N>| term.units.is_negative() || term.credits.is_negative();
            if !rises || sum.terms.iter().any(falls) {
                return false;
            }
            let number = |own: &N| Exact::big(own.clone().into());
            let most = &number(&sum.most) + &(bought * &Exact::big(own.scale.clone()));
            most <= &number(&sum.total) * &whole
        })
    }

    /// Credits in small units, whole ones; more than any allocation costs is as good as all of them.
    pub fn small(&self, credits: &Exact, up: bool) -> N {
        let small = credits * &Exact::big(self.scale.clone());
        let small = if up { small.ceil() } else { small.floor() };
        let small = N::try_from(small.numerator());
        small.map_or_else(|_| self.most.clone(), |own| own.min(self.most.clone()))
    }
}
