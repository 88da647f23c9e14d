//! What units of products cost: each goes through its own steps, `together` applied, as what one
//! line grants does.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::grants::{Entered, Joint};
use super::{License, Line, Refusal, Silent, base_units};
use crate::plan::{ACCOUNT, Plan, TargetId, TargetKind, Value};
use crate::quantity::Exact;

/// What units of products cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Costs {
    /// Credits of each product by its own rate, without the units that are charged together.
    pub own: BTreeMap<TargetId, Exact>,
    /// Credits of products together.
    pub together: Vec<Together>,
}

/// What products cost together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Together {
    /// Position in [`Plan::togethers`].
    pub together: usize,
    /// Units that all have.
    pub units: Exact,
    /// Credits.
    pub credits: Exact,
    /// What of them is each product's: in proportion to what the units would cost by the products'
    /// own rates before rounding; equal parts where that is nothing.
    pub shares: Vec<(TargetId, Exact)>,
}

/// What base units of products cost on a day for an account. Inputs have their defaults, and there
/// is no last day.
pub fn allocated(
    plan: &Plan,
    account: &str,
    day: Date,
    units: &BTreeMap<TargetId, &Exact>,
) -> Result<Costs, Vec<(TargetId, Refusal)>> {
    let mut license = License::new(plan, "", Decimal::ZERO);
    license.start = Some(day);
    license.set(ACCOUNT, Value::Text(account.to_owned()));
    let line = Line { plan, license: &license };
    let mut refused = Vec::new();
    let mut entered = Vec::with_capacity(units.len());
    for (product, base) in units {
        match line.entered(*product, base, &mut Silent) {
            Ok(one) => entered.push(one),
            Err(refusal) => refused.push((*product, refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let joint = line.together(&mut entered, &mut Silent).map_err(|refusal| {
        let first = || entered.first().map(|one| one.dated.id);
        let product = match refusal {
            Refusal::MissingEnd { rule } => Some(rule),
            _ => first(),
        };
        product.map(|product| (product, refusal)).into_iter().collect::<Vec<_>>()
    })?;
    let mut costs = Costs::default();
    for one in &entered {
        match line.own(one, &mut Silent) {
            Ok(Some(credits)) => {
                costs.own.insert(one.dated.id, credits);
            }
            Ok(None) => {}
            Err(refusal) => refused.push((one.dated.id, refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    costs.together = joint.into_iter().map(|joint| line.shared(&entered, joint)).collect();
    Ok(costs)
}

/// The base units of products that a line stands for: of a product those that it names, of a license
/// what it grants. An excluded line stands for none.
pub fn entitled(plan: &Plan, license: &License) -> Result<Vec<(TargetId, Exact)>, Refusal> {
    let owner = *plan.owners.get(&license.sku).ok_or(Refusal::UnknownSku)?;
    let rule = plan.rule(owner.rule).ok_or(Refusal::UnknownSku)?;
    let line = Line { plan, license };
    let base = base_units(plan, license, rule)?;
    if line.excluded(rule, Some(&base))?.is_some() {
        return Ok(Vec::new());
    }
    if rule.kind == TargetKind::Product {
        return Ok(vec![(owner.rule, base)]);
    }
    let dated = line.dated(owner.rule, rule, &base, &mut Silent)?;
    let units = line.count(&dated, &mut Silent)?;
    let grants = dated.clauses.grants.iter().filter_map(|at| rule.grants.get(*at));
    Ok(grants.map(|(_, product, each)| (*product, &units * each)).collect())
}

impl<'a> Line<'a> {
    fn shared(self, entered: &[Entered<'a>], joint: Joint) -> Together {
        let members = joint.members.iter().filter_map(|at| entered.get(*at));
        let alone: Vec<(TargetId, Exact)> = members
            .map(|one| {
                let cost = self.unrounded(&one.dated, &joint.units, one.applied, &mut Silent);
                // A tier that is refused for these units alone says nothing of their cost.
                (one.dated.id, cost.map_or_else(|_| Exact::zero(), |(credits, _)| credits))
            })
            .collect();
        let whole = alone.iter().fold(Exact::zero(), |sum, (_, cost)| &sum + cost);
        let count = Exact::whole(i128::try_from(alone.len().max(1)).unwrap_or(1));
        let share = |cost: Exact| {
            if whole.is_zero() {
                joint.credits.clone() / count.clone()
            } else {
                &joint.credits * &cost / whole.clone()
            }
        };
        let shares = alone.into_iter().map(|(id, cost)| (id, share(cost))).collect();
        let Joint { together, units, credits, .. } = joint;
        Together { together, units, credits, shares }
    }
}
