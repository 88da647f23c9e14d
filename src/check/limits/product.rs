//! What a product costs on one day, as far as an allocation knows it.
//!
//! An allocation has no inputs: each row of a table and each exception may be the one that applies,
//! and a term may be of any length.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::curve::{Curve, Piece};
use crate::hir::{Program, Rate, Target, TargetId, TargetKind};
use crate::quantity::{Exact, Rounding, RoundingMode};

/// A product on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// Base units of a block.
    pub block: Exact,
    /// Whether a begun block counts whole.
    pub started: bool,
    /// Whether credits depend on a term.
    pub term: bool,
    /// The rates, one of which applies; none where it is not sold.
    pub curves: Vec<Curve>,
    /// Bounds of its credits.
    pub at_least: Option<Exact>,
    pub at_most: Option<Exact>,
    pub rounding: Rounding,
    /// The products of each group in which it costs less together.
    pub togethers: Vec<Vec<TargetId>>,
}

impl Product {
    /// The product on a day, if it is sold.
    pub(super) fn on(program: &Program, id: TargetId, day: Date) -> Option<Self> {
        let target = program.target(id)?;
        if target.kind == TargetKind::License || target.withdrawn.on(day).is_some() {
            return None;
        }
        let (_, per) = target.per.on(day)?;
        let bound = |timeline: &crate::hir::timeline::Timeline<rust_decimal::Decimal>| {
            timeline.on(day).map(|(_, bound)| Exact::from(*bound))
        };
        let groups = program.togethers.iter().filter(|group| group.rate.on(day).is_some());
        let own = groups.filter(|group| group.members.contains(&id));
        Some(Self {
            block: &Exact::from(per.block) * &program.unit(per.unit)?.factor,
            started: per.started,
            term: per.term.is_some(),
            curves: curves(target, day),
            at_least: bound(&target.at_least),
            at_most: bound(&target.at_most),
            rounding: target.rounding.on(day).map_or(program.rounding, |(_, own)| *own),
            togethers: own.map(|group| group.members.clone()).collect(),
        })
        .filter(|product| product.pieces().any(|piece| !piece.refused))
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.curves.iter().flat_map(|curve| &curve.pieces)
    }

    /// Whether some units of it cannot be allocated.
    pub(super) fn refuses(&self) -> bool {
        self.pieces().any(|piece| piece.refused)
    }

    /// Whether it can cost anything.
    pub(super) fn costs(&self) -> bool {
        self.at_least.as_ref().is_some_and(|least| !least.is_zero())
            || self.pieces().any(|piece| !piece.slope.is_zero() || !piece.base.is_zero())
    }

    /// Credits of a block, where there is nothing else to them.
    pub(super) fn each(&self) -> Option<&Exact> {
        let bare = !self.term && self.togethers.is_empty();
        let [curve] = self.curves.as_slice() else { return None };
        let [piece] = curve.pieces.as_slice() else { return None };
        let straight = piece.base.is_zero() && !piece.refused;
        (bare && straight && self.at_least.is_none() && self.at_most.is_none())
            .then_some(&piece.slope)
    }

    /// Whether every multiple of the step that it is rounded to is the price of some units.
    pub(super) fn costs_anything(&self) -> bool {
        !self.started && self.each().is_some_and(|each| !each.is_zero())
    }

    /// Every number of credits that so many base units, above 0, may cost; `None` among them where
    /// that depends on a term.
    pub(super) fn credits(&self, units: &Exact) -> Vec<Option<Exact>> {
        let blocks = units.clone() / self.block.clone();
        let charged = if self.started { blocks.ceil() } else { blocks };
        let pieces = self.curves.iter().filter_map(|curve| curve.piece(&charged));
        let paid = pieces.filter(|(_, piece)| !piece.refused);
        paid.map(|(_, piece)| {
            let depends = self.term && !(piece.slope.is_zero() && piece.base.is_zero());
            (!depends).then(|| self.rounding.round(&self.bounded(piece.credits(&charged))))
        })
        .collect()
    }

    fn bounded(&self, credits: Exact) -> Exact {
        let most = self.at_most.clone().map_or(credits.clone(), |most| credits.min(most));
        self.at_least.clone().map_or(most.clone(), |least| most.max(least))
    }

    /// What credits of a term of some length may be.
    pub(super) fn may_cost(&self, credits: &Exact) -> bool {
        self.rounding.round(credits) == *credits
            && self.rounding.round(&self.bounded(credits.clone())) == *credits
            && self.costs()
            && !(credits.is_zero() && self.rounding.mode == RoundingMode::Up)
    }
}

/// The rates of which one applies on a day.
fn curves(target: &Target, day: Date) -> Vec<Curve> {
    let exceptions = target.exceptions.iter().filter_map(|exception| exception.rate.on(day));
    let mut curves: Vec<Curve> = Vec::new();
    for (origin, rate) in target.rate.on(day).into_iter().chain(exceptions) {
        match rate {
            Rate::Table { rows, .. } => {
                curves.extend(rows.iter().map(|row| Curve::plain(row.amount, row.place)));
            }
            rate => curves.extend(Curve::of(origin, rate)),
        }
    }
    let mut seen = BTreeSet::new();
    // Contract rates are many, and few of them differ.
    curves.retain(|curve| {
        let pieces = curve.pieces.iter();
        let key = pieces
            .map(|piece| {
                (piece.upper.clone(), piece.base.clone(), piece.slope.clone(), piece.refused)
            })
            .collect::<Vec<_>>();
        seen.insert((key, curve.inclusive))
    });
    curves
}

/// Credits of all products that no limit names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    /// What they are multiples of, where that is one number.
    pub step: Option<Exact>,
    /// Whether one of them alone can cost every multiple.
    pub is_exact: bool,
}

impl Pool {
    /// The products beside these on a day, if they can cost anything.
    pub(super) fn on(program: &Program, named: &BTreeSet<TargetId>, day: Date) -> Option<Self> {
        let ids = (0..).map(TargetId).zip(&program.targets).map(|(id, _)| id);
        let others = ids.filter(|id| !named.contains(id));
        let costly = others.filter_map(|id| Product::on(program, id, day)).filter(Product::costs);
        let (mut step, mut same, mut is_exact) = (None, true, false);
        for product in costly {
            let own = Exact::from(product.rounding.step);
            same &= step.as_ref().is_none_or(|step| *step == own) && product.togethers.is_empty();
            is_exact |= product.costs_anything();
            step = Some(own);
            // With one step everywhere nothing more is to be learnt from the rest.
            if is_exact && same && program.targets.iter().all(|other| other.rounding.is_empty()) {
                break;
            }
        }
        step.map(|step| Self { step: Some(step).filter(|_| same), is_exact: is_exact && same })
    }
}
