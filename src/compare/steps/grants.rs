//! A license without a rate of its own: what its grants cost on the day, `together` applied.

use super::{Dated, Parts, Run, Stop, Why};
use crate::compare::form::Form;
use crate::plan::{Rate, TargetId};
use crate::quantity::Exact;
use crate::source::Place;

/// A granted product with the units that are still to be charged.
struct Granted<'a> {
    dated: Dated<'a>,
    rate: (Place, &'a Rate),
    units: Form,
    /// Whether `together` has charged some of them.
    reduced: bool,
}

impl<'a> Run<'a> {
    /// The sum of what the grants cost.
    pub(super) fn grants(
        self,
        license: &Dated<'a>,
        units: &Form,
        parts: &mut Parts,
    ) -> Result<(), Stop> {
        let grants = license.clauses.grants.iter().filter_map(|at| license.rule.grants.get(*at));
        parts.place = grants.clone().map(|(origin, ..)| origin.place).min();
        let mut granted = Vec::new();
        for (_, product, each) in grants {
            granted.push(self.granted(*product, &units.scaled(each))?);
        }
        self.together(&mut granted, parts)?;
        for Granted { dated, rate, units, reduced } in &granted {
            if *reduced && self.cell.ends(units, &Exact::zero(), true)? {
                continue;
            }
            self.charge(dated, units, *rate, parts)?;
        }
        Ok(())
    }

    fn granted(self, product: TargetId, base: &Form) -> Result<Granted<'a>, Stop> {
        let missing = || Stop::Refused(Why::NoRate);
        let rule = self.plan.rule(product).ok_or_else(missing)?;
        let unit = self.plan.unit(rule.unit).ok_or_else(missing)?;
        let quantity = base.scaled(&(Exact::one() / unit.factor.clone()));
        let dated = self.dated(product, quantity)?;
        let units = self.count(&dated)?;
        let rate = self.own_rate(&dated)?.ok_or_else(missing)?;
        let refused = match rate.1 {
            Rate::Curve(curve) => {
                curve.mode.is_none() && curve.pieces.first().is_some_and(|piece| piece.refused)
            }
            Rate::Table(table) => {
                self.row(table, &dated.quantity)?.is_some_and(|piece| piece.refused)
            }
        };
        if refused && !self.cell.ends(&units, &Exact::zero(), true)? {
            return Err(Stop::Refused(Why::Rate));
        }
        Ok(Granted { dated, rate, units, reduced: false })
    }

    /// Charges products together for as many units as all have, and takes those units off them.
    fn together(self, granted: &mut [Granted<'a>], parts: &mut Parts) -> Result<(), Stop> {
        for together in &self.plan.togethers {
            let position = |id: &TargetId| granted.iter().position(|one| one.dated.id == *id);
            let Some(members) = together.members.iter().map(position).collect::<Option<Vec<_>>>()
            else {
                continue;
            };
            if self.day.is_none() && together.rate.is_dated() {
                return Err(Stop::Refused(Why::NoStart));
            }
            let Some((_, rate)) = together.rate.on_or_always(self.day) else { continue };
            let held = || members.iter().filter_map(|at| granted.get(*at));
            let units = self.smallest(held().map(|one| Ok(one.units.clone())), false)?;
            if self.cell.ends(&units, &Exact::zero(), true)? {
                continue;
            }
            let first = held().next().map(|one| &one.dated);
            let per = first.and_then(|one| one.rule.pers.get(one.clauses.per?));
            let mut credits = units.scaled(&Exact::from(*rate));
            if let Some(term) = per.and_then(|(_, per)| per.term) {
                credits = self.prorated(&credits, term, parts)?;
            }
            parts.add(credits, self.plan.rounding.1);
            for at in members {
                if let Some(one) = granted.get_mut(at) {
                    one.units = one.units.minus(&units);
                    one.reduced = true;
                }
            }
        }
        Ok(())
    }
}
