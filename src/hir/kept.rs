//! Whether an allocation keeps a limit: evaluated plainly, without inequalities.

use super::{Comparison, LimitBody, LimitMeasure, LimitTerm, TargetId};
use crate::quantity::Exact;

/// What limits measure of an allocation.
pub trait Measured {
    /// Units of a product, in base units.
    fn units(&self, product: TargetId) -> Exact;
    /// Credits of a product's units.
    fn credits_of(&self, product: TargetId) -> Exact;
    /// Credits of the whole allocation.
    fn allocated(&self) -> Exact;
    /// Total valid credits.
    fn valid(&self) -> Exact;
}

/// What became of a limit on an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whether it is kept.
    pub kept: bool,
    /// What is compared: a sum, units of a product, or how many products have any.
    pub left: Exact,
    /// With what: a sum, units of others, the step of units, or a number of products.
    pub right: Exact,
}

impl LimitBody {
    /// The limit of a ruleset that declares no `balance`: allocated at most valid.
    pub fn balance() -> Self {
        let sum = |measure| vec![LimitTerm { factor: Exact::one(), measure }];
        Self::Compare(
            sum(LimitMeasure::Allocated),
            Comparison::AtMost,
            sum(LimitMeasure::Valid),
            None,
        )
    }

    /// Both sides of the limit on an allocation, and whether it is kept.
    pub fn on(&self, allocation: &impl Measured) -> Kept {
        let has = |id: &TargetId| !allocation.units(*id).is_zero();
        let sum = |terms: &[LimitTerm]| {
            terms.iter().fold(Exact::zero(), |sum, term| {
                sum + measured(allocation, term.measure) * term.factor.clone()
            })
        };
        match self {
            Self::CountOf(comparison, number, products) => {
                let count = products.iter().filter(|id| has(id)).count();
                let left = i64::try_from(count).map_or_else(|_| Exact::zero(), Exact::from);
                let right = Exact::from(*number);
                Kept { kept: comparison.holds(&left, &right), left, right }
            }
            Self::Needs(id, others) => {
                let left = allocation.units(*id);
                let right =
                    others.iter().fold(Exact::zero(), |sum, other| sum + allocation.units(*other));
                Kept { kept: left.is_zero() || !right.is_zero(), left, right }
            }
            Self::UnitForUnit(id, other) => {
                let (left, right) = (allocation.units(*id), allocation.units(*other));
                Kept { kept: left <= right, left, right }
            }
            Self::InSteps(id, step) => {
                let left = allocation.units(*id);
                let steps = left.clone() / step.clone();
                Kept { kept: steps.floor() == steps, left, right: step.clone() }
            }
            Self::Compare(left, comparison, right, or_none) => {
                let (left, right) = (sum(left), sum(right));
                let none = or_none.is_some_and(|id| !has(&id));
                Kept { kept: none || comparison.holds(&left, &right), left, right }
            }
        }
    }
}

impl Comparison {
    /// Whether two numbers compare like this.
    pub fn holds(self, left: &Exact, right: &Exact) -> bool {
        match self {
            Self::AtMost => left <= right,
            Self::AtLeast => left >= right,
            Self::Exactly => left == right,
        }
    }
}

fn measured(allocation: &impl Measured, measure: LimitMeasure) -> Exact {
    match measure {
        LimitMeasure::Constant => Exact::one(),
        LimitMeasure::Units(id) => allocation.units(id),
        LimitMeasure::CreditsOf(id) => allocation.credits_of(id),
        LimitMeasure::Allocated => allocation.allocated(),
        LimitMeasure::Valid => allocation.valid(),
    }
}
