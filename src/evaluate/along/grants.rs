//! What grants cost along a stretch, `together` applied.

use super::{Stop, Walk};
use crate::evaluate::grants::held_together;
use crate::evaluate::rate::Applied;
use crate::evaluate::{Dated, Refusal, Silent};
use crate::plan::{Gathered, Stepped, TargetId};
use crate::quantity::Exact;

/// A granted product with the units that are still to be charged.
struct Granted<'a> {
    dated: Dated<'a>,
    applied: Applied<'a>,
    units: Stepped,
    reduced: bool,
}

impl<'a> Walk<'a> {
    /// The sum of what the grants cost.
    pub(super) fn grants(&self, license: &Dated<'a>, units: &Stepped) -> Result<Stepped, Stop> {
        let day = self.line.license.start;
        let grants = license.clauses.grants.iter().filter_map(|at| license.rule.grants.get(*at));
        let mut granted = Vec::new();
        for (_, product, each) in grants {
            let none = || Refusal::NoRate { rule: *product, day };
            let rule = self.line.plan.rule(*product).ok_or_else(none)?;
            let unit = self.line.plan.unit(rule.unit);
            let factor = unit.map_or_else(Exact::one, |unit| unit.factor.clone());
            let quantity = units.times(&(each.clone() / factor));
            let dated = self.dated(*product, rule, &quantity)?;
            let own = self.units(&dated, &quantity)?;
            let applied = self.own_rate(&dated, &quantity)?.ok_or_else(none)?;
            if let Err(refusal) = self.line.admit(&dated, applied)
                && !self.is_none(&own)?
            {
                return Err(refusal.into());
            }
            granted.push(Granted { dated, applied, units: own, reduced: false });
        }
        let mut credits = self.together(&mut granted)?;
        for Granted { dated, applied, units, reduced } in &granted {
            if *reduced && self.is_none(units)? {
                continue;
            }
            credits = credits.plus(&self.charge(dated, units, *applied)?, &Exact::one());
        }
        Ok(credits)
    }

    fn together(&self, granted: &mut [Granted<'a>]) -> Result<Stepped, Stop> {
        let mut credits = Stepped::constant(Exact::zero());
        for together in &self.line.plan.togethers {
            let position = |id: &TargetId| granted.iter().position(|one| one.dated.id == *id);
            let Some(members) = held_together(together, position) else { continue };
            let rate = self.line.together_rate(&together.rate, together.members.first())?;
            let Some((_, rate)) = rate else { continue };
            let mut least: Option<Stepped> = None;
            let held = || members.iter().filter_map(|at| granted.get(*at));
            for one in held() {
                least = Some(match least {
                    None => one.units.clone(),
                    Some(other) => {
                        let apart = other.plus(&one.units, &Exact::from(-1));
                        let less = self.is_below(&apart, &Exact::zero(), true)?;
                        if less { other } else { one.units.clone() }
                    }
                });
            }
            let (Some(units), Some(first)) = (least, held().next()) else { continue };
            if self.is_none(&units)? {
                continue;
            }
            let periods = self.line.prorated(&first.dated, Exact::one(), &mut Silent)?;
            let rounding = self.line.plan.rounding.1;
            let by = Gathered::Credits { at_most: None, at_least: None, rounding };
            credits = credits.plus(&units.times(&(rate * periods)).gathered(by), &Exact::one());
            for at in members {
                if let Some(one) = granted.get_mut(at) {
                    one.units = one.units.plus(&units, &Exact::from(-1));
                    one.reduced = true;
                }
            }
        }
        Ok(credits)
    }

    /// Whether a count of units is 0 on all of the stretch.
    fn is_none(&self, units: &Stepped) -> Result<bool, Stop> {
        self.is_below(units, &Exact::zero(), true)
    }
}
