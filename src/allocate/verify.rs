//! Whether an allocation keeps to the limits: read from the rules as they stand, and nothing else.

use jiff::civil::Date;

use super::{Credits, Holding, Refused, Split, credits, split, valid};
use crate::hir::BALANCE;
use crate::plan::{Comparison, Kept, Limit, LimitBody, LimitMeasure, Measured, Plan, TargetId};
use crate::quantity::Exact;

/// What is known of an allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it costs.
    pub credits: Credits,
    /// Total valid credits.
    pub valid: Exact,
    /// Every limit in force on the day, in file order.
    pub lines: Vec<LimitLine>,
    /// Which credits cover which product.
    pub split: Split,
    /// Credits that are uncovered although others are left: those are for other products only.
    pub stranded: Exact,
}

/// What became of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitLine {
    /// Its position in [`Plan::limits`].
    pub limit: usize,
    /// Whether it is kept.
    pub kept: bool,
    /// What is compared.
    pub left: Exact,
    /// With what.
    pub right: Exact,
    /// What both sides are measured in.
    pub measure: Measure,
    /// How much is missing where it is breached, and how much room there is where it is kept;
    /// `None` where no amount says it.
    pub apart: Option<Exact>,
}

/// What the sides of a limit are measured in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Credits.
    Credits,
    /// Base units of what this product is counted in.
    Units(TargetId),
    /// How many products have any units.
    Products,
}

impl Verified {
    /// Valid minus allocated credits.
    pub fn balance(&self) -> Exact {
        &self.valid - &self.credits.total
    }

    /// Breached limits.
    pub fn breaches(&self) -> impl Iterator<Item = &LimitLine> {
        self.lines.iter().filter(|line| !line.kept)
    }

    /// Whether no limit is breached that refuses.
    pub fn is_accepted(&self, plan: &Plan) -> bool {
        let warns = |line: &LimitLine| plan.limits.get(line.limit).is_some_and(|own| own.warn);
        self.breaches().all(warns)
    }
}

/// Holds an allocation against every limit in force on its day; every product that cannot be
/// allocated is told instead.
pub fn verify(plan: &Plan, holding: &Holding) -> Result<Verified, Vec<Refused>> {
    let Holding { account, day, lots, units } = holding;
    let credits = credits(plan, account, *day, units)?;
    let valid = valid(holding);
    let split = split(lots, *day, &credits.products);
    let stranded = stranded(&split, &credits, &valid);
    let allocation = Allocation { holding, credits: &credits, valid: &valid, stranded: &stranded };
    let lines = in_force(plan, *day).map(|(at, limit)| allocation.line(at, limit)).collect();
    Ok(Verified { credits, valid, lines, split, stranded })
}

/// Those of some limits that an allocation breaches which costs so much.
pub fn breached(plan: &Plan, holding: &Holding, credits: &Credits, limits: &[usize]) -> Vec<usize> {
    let valid = valid(holding);
    let stranded = if holding.lots.iter().any(|lot| lot.only.is_some()) {
        stranded(&split(&holding.lots, holding.day, &credits.products), credits, &valid)
    } else {
        Exact::zero()
    };
    let allocation = Allocation { holding, credits, valid: &valid, stranded: &stranded };
    let lines = limits.iter().filter_map(|at| Some(allocation.line(*at, plan.limits.get(*at)?)));
    lines.filter(|line| !line.kept).map(|line| line.limit).collect()
}

/// Credits that are uncovered although others are left; what no restriction could have covered is
/// not its fault.
fn stranded(split: &Split, credits: &Credits, valid: &Exact) -> Exact {
    let short = (&credits.total - valid).max(Exact::zero());
    &split.missing() - &short
}

/// The limits in force on a day, with their positions.
pub fn in_force(plan: &Plan, day: Date) -> impl Iterator<Item = (usize, &Limit)> {
    plan.limits.iter().enumerate().filter(move |(_, limit)| limit.is_in_force(day))
}

fn held_against(limit: usize, body: &LimitBody, allocation: &Allocation<'_>) -> LimitLine {
    let Kept { kept, left, right } = body.on(allocation);
    let distance = || (&left - &right).max(&right - &left);
    let (measure, apart) = match body {
        LimitBody::CountOf(..) => (Measure::Products, Some(distance())),
        LimitBody::Needs(id, _) => (Measure::Units(*id), None),
        LimitBody::UnitForUnit(id, _) => (Measure::Units(*id), Some(distance())),
        LimitBody::InSteps(id, step) => {
            let steps = (left.clone() / step.clone()).ceil();
            (Measure::Units(*id), (!kept).then(|| &(&steps * step) - &left))
        }
        LimitBody::Compare(one, comparison, other, _) => {
            let mut units = one.iter().chain(other).filter_map(|term| match term.measure {
                LimitMeasure::Units(id) => Some(Measure::Units(id)),
                _ => None,
            });
            // Where no units at all are kept, too, there is no room to speak of.
            let spoken = !kept || comparison.holds(&left, &right);
            let room = spoken && !(kept && *comparison == Comparison::Exactly);
            (units.next().unwrap_or(Measure::Credits), room.then(distance))
        }
    };
    LimitLine { limit, kept, left, right, measure, apart }
}

/// What limits measure.
struct Allocation<'a> {
    holding: &'a Holding,
    credits: &'a Credits,
    valid: &'a Exact,
    stranded: &'a Exact,
}

impl Allocation<'_> {
    fn line(&self, at: usize, limit: &Limit) -> LimitLine {
        let mut line = held_against(at, &limit.body, self);
        if limit.name == BALANCE && !self.stranded.is_zero() {
            let missing = line.apart.filter(|_| !line.kept).unwrap_or_else(Exact::zero);
            (line.kept, line.apart) = (false, Some(&missing + self.stranded));
        }
        line
    }
}

impl Measured for Allocation<'_> {
    fn units(&self, product: TargetId) -> Exact {
        self.holding.units.get(&product).cloned().unwrap_or_else(Exact::zero)
    }

    fn credits_of(&self, product: TargetId) -> Exact {
        self.credits.of(product)
    }

    fn allocated(&self) -> Exact {
        self.credits.total.clone()
    }

    fn valid(&self) -> Exact {
        self.valid.clone()
    }
}
