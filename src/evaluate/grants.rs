//! A license without a rate of its own: what its grants cost on the day, `together` applied.

use super::rate::Applied;
use super::{Dated, Line, Observer, Refusal, Step};
use crate::plan::{TargetId, Timeline, Together};
use crate::quantity::Exact;
use crate::source::Place;

/// A product with the units that are still to be charged.
pub(super) struct Entered<'a> {
    pub(super) dated: Dated<'a>,
    pub(super) applied: Applied<'a>,
    units: Exact,
    /// Whether `together` has charged some of them.
    reduced: bool,
}

/// What products are charged together.
pub(super) struct Joint {
    /// Position in [`crate::plan::Plan::togethers`].
    pub(super) together: usize,
    /// Units that all have.
    pub(super) units: Exact,
    /// Credits.
    pub(super) credits: Exact,
    /// Positions of the products.
    pub(super) members: Vec<usize>,
}

impl<'a> Line<'a> {
    /// The sum of what the grants cost; each product goes through its own steps.
    pub(super) fn grants(
        self,
        license: &Dated<'a>,
        units: &Exact,
        observer: &mut impl Observer,
    ) -> Result<(Exact, Place), Refusal> {
        let grants = license.clauses.grants.iter().filter_map(|at| license.rule.grants.get(*at));
        let mut granted = Vec::new();
        let first = grants.clone().map(|(origin, ..)| origin.place).min();
        for (origin, product, each) in grants {
            let base = units * each;
            if let Some(rule) = self.plan.rule(*product) {
                observer.record(|| Step::Granted {
                    origin: origin.clone(),
                    product: *product,
                    quantity: self.in_unit(&base, rule.unit),
                });
            }
            granted.push(self.entered(*product, &base, observer)?);
        }
        let joint = self.together(&mut granted, observer)?;
        let mut credits = joint.iter().fold(Exact::zero(), |sum, joint| &sum + &joint.credits);
        for one in &granted {
            if let Some(own) = self.own(one, observer)? {
                credits = credits + own;
            }
        }
        observer.record(|| Step::Summed { credits: credits.clone() });
        Ok((credits, first.unwrap_or(license.rule.place)))
    }

    /// Steps 2 and 3 of so many base units of a product, and the rate that applies to them.
    pub(super) fn entered(
        self,
        product: TargetId,
        base: &Exact,
        observer: &mut impl Observer,
    ) -> Result<Entered<'a>, Refusal> {
        let no_rate = Refusal::NoRate { rule: product, day: self.license.start };
        let rule = self.plan.rule(product).ok_or_else(|| no_rate.clone())?;
        let dated = self.dated(product, rule, base, observer)?;
        let units = self.count(&dated, observer)?;
        let applied = self.own_rate(&dated);
        let admitted = match applied {
            None => Err(no_rate),
            Some(applied) if !units.is_zero() => self.admit(&dated, applied).map(|()| applied),
            Some(applied) => Ok(applied),
        };
        if admitted.is_err() {
            let applied = applied.map(|applied| (applied, &units));
            self.unused(&dated, applied, observer);
        }
        Ok(Entered { applied: admitted?, dated, units, reduced: false })
    }

    /// What a product is charged by its own rate; `None` where all its units are charged together
    /// with others.
    pub(super) fn own(
        self,
        one: &Entered<'a>,
        observer: &mut impl Observer,
    ) -> Result<Option<Exact>, Refusal> {
        let Entered { dated, applied, units, reduced } = one;
        if *reduced && units.is_zero() {
            return Ok(None);
        }
        observer.record(|| Step::Charged { product: dated.id, units: units.clone() });
        self.charge(dated, units, *applied, observer).map(|(credits, _)| Some(credits))
    }

    /// Charges products together for as many units as all have, and takes those units off them. The
    /// checker has proved that the members are counted in one unit and have one term.
    pub(super) fn together(
        self,
        entered: &mut [Entered<'a>],
        observer: &mut impl Observer,
    ) -> Result<Vec<Joint>, Refusal> {
        let mut all = Vec::new();
        for (position, together) in self.plan.togethers.iter().enumerate() {
            let held = |id: &TargetId| entered.iter().position(|one| one.dated.id == *id);
            let Some(members) = held_together(together, held) else { continue };
            let rate = self.together_rate(&together.rate, together.members.first())?;
            let Some((origin, rate)) = rate else {
                self.unused_together(&together.rate, observer);
                continue;
            };
            let held = || members.iter().filter_map(|at| entered.get(*at));
            let (Some(units), Some(first)) =
                (held().map(|one| one.units.clone()).min(), held().next())
            else {
                continue;
            };
            if units.is_zero() {
                continue;
            }
            let exact = &units * &rate;
            observer.record(|| Step::Together {
                together: position,
                origin,
                units: units.clone(),
                rate,
                credits: exact.clone(),
            });
            let exact = self.prorated(&first.dated, exact, observer)?;
            let (origin, rounding) = &self.plan.rounding;
            let credits = rounding.round(&exact);
            observer.record(|| Step::Rounded {
                origin: origin.clone(),
                rounding: *rounding,
                credits: credits.clone(),
            });
            self.unused_together(&together.rate, observer);
            for at in &members {
                if let Some(one) = entered.get_mut(*at) {
                    one.units = &one.units - &units;
                    one.reduced = true;
                }
            }
            all.push(Joint { together: position, units, credits, members });
        }
        Ok(all)
    }

    pub(super) fn together_rate(
        self,
        rate: &Timeline<rust_decimal::Decimal>,
        member: Option<&TargetId>,
    ) -> Result<Option<(crate::plan::Origin, Exact)>, Refusal> {
        if self.license.start.is_none() && rate.is_dated() {
            return Err(Refusal::MissingStart { rule: member.copied().unwrap_or(TargetId(0)) });
        }
        let held = rate.on_or_always(self.license.start);
        Ok(held.map(|(origin, each)| (origin.clone(), Exact::from(*each))))
    }
}

/// The positions of all members of a `together`, if all are there.
pub(super) fn held_together(
    together: &Together,
    position: impl Fn(&TargetId) -> Option<usize>,
) -> Option<Vec<usize>> {
    together.members.iter().map(position).collect()
}
