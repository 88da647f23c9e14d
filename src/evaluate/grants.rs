//! A license without a rate of its own: what its grants cost on the day, `together` applied.

use super::{Dated, Line, Observer, Refusal, Step};
use crate::plan::{TargetId, Timeline};
use crate::quantity::Exact;
use crate::source::Place;

/// A granted product with the units that are still to be charged.
struct Granted<'a> {
    dated: Dated<'a>,
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
        let mut first = license.rule.place;
        for (position, (origin, product, each)) in grants.enumerate() {
            if position == 0 {
                first = origin.place;
            }
            let rule = self.plan.rule(*product).ok_or(Refusal::NoRate { rule: *product })?;
            let base = units * each;
            observer.record(|| Step::Granted {
                origin: origin.clone(),
                product: *product,
                quantity: self.in_unit(&base, rule.unit),
            });
            let dated = self.dated(*product, rule, &base, observer)?;
            let units = self.count(&dated, observer)?;
            granted.push(Granted { dated, units, reduced: false });
        }
        let mut credits = self.together(&mut granted, observer)?;
        for Granted { dated, units, reduced } in &granted {
            if *reduced && units.is_zero() {
                continue;
            }
            let applied = self.own_rate(dated).ok_or(Refusal::NoRate { rule: dated.id })?;
            observer.record(|| Step::Matched { rule: dated.id, is_code: false });
            let (own, _) = self.charge(dated, units, applied, observer)?;
            credits = credits + own;
        }
        observer.record(|| Step::Summed { credits: credits.clone() });
        Ok((credits, first))
    }

    /// Charges products together for as many units as all have, and takes those units off them.
    fn together(
        self,
        granted: &mut [Granted<'a>],
        observer: &mut impl Observer,
    ) -> Result<Exact, Refusal> {
        let mut credits = Exact::zero();
        for (position, together) in self.plan.togethers.iter().enumerate() {
            let held = |id: &TargetId| granted.iter().position(|one| one.dated.id == *id);
            let Some(members) = together.members.iter().map(held).collect::<Option<Vec<usize>>>()
            else {
                continue;
            };
            let Some((origin, rate)) =
                self.together_rate(&together.rate, together.members.first())?
            else {
                continue;
            };
            let units =
                members.iter().filter_map(|at| granted.get(*at)).map(|one| self.in_base(one)).min();
            let (Some(base), Some(first)) =
                (units, members.first().and_then(|at| granted.get(*at)))
            else {
                continue;
            };
            if base.is_zero() {
                continue;
            }
            let units = self.in_unit(&base, first.dated.unit());
            let exact = self.prorated(&first.dated, &units * &rate, observer)?;
            let own = self.plan.rounding.round(&exact);
            observer.record(|| Step::Together {
                together: position,
                origin,
                units,
                rate,
                credits: own.clone(),
            });
            credits = credits + own;
            for at in members {
                if let Some(one) = granted.get_mut(at) {
                    one.units = &one.units - &self.in_unit(&base, one.dated.unit());
                    one.reduced = true;
                }
            }
        }
        Ok(credits)
    }

    /// Units of a granted product in base units, so that those of others compare.
    fn in_base(self, granted: &Granted<'a>) -> Exact {
        match self.plan.unit(granted.dated.unit()) {
            Some(unit) => &granted.units * &unit.factor,
            None => granted.units.clone(),
        }
    }

    fn together_rate(
        self,
        rate: &Timeline<rust_decimal::Decimal>,
        member: Option<&TargetId>,
    ) -> Result<Option<(crate::plan::Origin, Exact)>, Refusal> {
        let held = match (self.license.start, rate.forms.as_slice()) {
            (Some(day), _) => rate.on(day),
            (None, [only]) if only.0.claim == crate::period::Claim::Undated => Some(only),
            (None, _) => {
                return Err(Refusal::MissingStart { rule: member.copied().unwrap_or(TargetId(0)) });
            }
        };
        Ok(held.map(|(origin, each)| (origin.clone(), Exact::from(*each))))
    }
}
