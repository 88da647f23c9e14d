//! A license without a rate of its own: what its grants cost on the day, `together` applied.

use super::rate::Applied;
use super::{Dated, Line, Observer, Refusal, Step};
use crate::plan::{TargetId, Timeline, Together};
use crate::quantity::Exact;
use crate::source::Place;

/// A granted product with the units that are still to be charged.
struct Granted<'a> {
    dated: Dated<'a>,
    applied: Applied<'a>,
    units: Exact,
    /// Whether `together` has charged some of them.
    reduced: bool,
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
            let rule = self
                .plan
                .rule(*product)
                .ok_or(Refusal::NoRate { rule: *product, day: self.license.start })?;
            let base = units * each;
            observer.record(|| Step::Granted {
                origin: origin.clone(),
                product: *product,
                quantity: self.in_unit(&base, rule.unit),
            });
            let dated = self.dated(*product, rule, &base, observer)?;
            let units = self.count(&dated, observer)?;
            let applied = self.own_rate(&dated);
            let refused = match applied {
                None => Err(Refusal::NoRate { rule: dated.id, day: self.license.start }),
                Some(applied) if !units.is_zero() => self.admit(&dated, applied),
                Some(_) => Ok(()),
            };
            if refused.is_err() {
                let applied = applied.map(|applied| (applied, &units));
                self.unused(&dated, applied, observer);
            }
            refused?;
            let Some(applied) = applied else { continue };
            granted.push(Granted { dated, applied, units, reduced: false });
        }
        let mut credits = self.together(&mut granted, observer)?;
        for Granted { dated, applied, units, reduced } in &granted {
            if *reduced && units.is_zero() {
                continue;
            }
            observer.record(|| Step::Charged { product: dated.id, units: units.clone() });
            let (own, _) = self.charge(dated, units, *applied, observer)?;
            credits = credits + own;
        }
        observer.record(|| Step::Summed { credits: credits.clone() });
        Ok((credits, first.unwrap_or(license.rule.place)))
    }

    /// Charges products together for as many units as all have, and takes those units off them. The
    /// checker has proved that the members are counted in one unit and have one term.
    fn together(
        self,
        granted: &mut [Granted<'a>],
        observer: &mut impl Observer,
    ) -> Result<Exact, Refusal> {
        let mut credits = Exact::zero();
        for (position, together) in self.plan.togethers.iter().enumerate() {
            let held = |id: &TargetId| granted.iter().position(|one| one.dated.id == *id);
            let Some(members) = held_together(together, held) else { continue };
            let rate = self.together_rate(&together.rate, together.members.first())?;
            let Some((origin, rate)) = rate else {
                self.unused_together(&together.rate, observer);
                continue;
            };
            let held = || members.iter().filter_map(|at| granted.get(*at));
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
            let own = rounding.round(&exact);
            observer.record(|| Step::Rounded {
                origin: origin.clone(),
                rounding: *rounding,
                credits: own.clone(),
            });
            self.unused_together(&together.rate, observer);
            credits = credits + own;
            for at in members {
                if let Some(one) = granted.get_mut(at) {
                    one.units = &one.units - &units;
                    one.reduced = true;
                }
            }
        }
        Ok(credits)
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
