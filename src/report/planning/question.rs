//! The answers to a question, checked and put into words.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Clash, Member, Named, Question, Unconfirmed, Way, Wished, signed};
use crate::allocate::conflict::{Conflict, How};
use crate::allocate::plan::{Given, Nearest};
use crate::allocate::verify::breached;
use crate::allocate::{Ask, Credits, Holding, LimitLine, Verified, Wish, credits, verify};
use crate::plan::{LimitBody, LimitMeasure, TargetId};
use crate::quantity::Exact;
use crate::report::holding::NotAllocated;
use crate::report::verification;

/// The limits that a plan keeps, by what they speak of.
struct AskedOf {
    products: BTreeMap<TargetId, Vec<usize>>,
    /// Those that speak of credits that are allocated: of any product.
    credits: Vec<usize>,
}

impl AskedOf {
    fn new(question: Question<'_>) -> Self {
        let mut own = Self { products: BTreeMap::new(), credits: Vec::new() };
        for at in question.kept {
            let Some(limit) = question.rules.plan.limits.get(*at) else { continue };
            let is_of_credits =
                |measure| matches!(measure, LimitMeasure::Allocated | LimitMeasure::CreditsOf(_));
            if limit.body.measures().any(is_of_credits) {
                own.credits.push(*at);
                continue;
            }
            for id in limit.body.named() {
                own.products.entry(id).or_default().push(*at);
            }
        }
        own
    }

    /// Those that may change with a product, in file order.
    fn of(&self, id: TargetId) -> Vec<usize> {
        let own = self.products.get(&id).into_iter().flatten();
        let mut all: Vec<usize> = own.chain(&self.credits).copied().collect();
        all.sort_unstable();
        all
    }
}

impl Question<'_> {
    /// What the checker says of a plan that keeps all that it was to keep.
    pub(super) fn confirmed(self, then: &Holding) -> Result<Verified, Unconfirmed> {
        let Question { rules, kept, .. } = self;
        let account = &then.account;
        let wrong = |what: &str| {
            Unconfirmed(format!("the plan for the account `{account}` is wrong: {what}"))
        };
        let verified = verify(rules.plan, then).map_err(|refused| {
            let names: Vec<&str> = refused.iter().map(|own| rules.name(own.product)).collect();
            wrong(&format!("it has units of {}", names.join(", ")))
        })?;
        let breached = |line: &&LimitLine| kept.contains(&line.limit);
        if let Some(line) = verified.breaches().find(breached) {
            let name = rules.plan.limits.get(line.limit).map_or("", |limit| &limit.name);
            return Err(wrong(&format!("it breaches `{name}`")));
        }
        Ok(verified)
    }

    pub(super) fn products(
        self,
        found: &Nearest,
        today: Option<&Credits>,
        credits: &Credits,
    ) -> Vec<Change> {
        let Question { rules, holding, wishes, .. } = self;
        let ids: BTreeSet<TargetId> =
            holding.units.keys().chain(found.units.keys()).copied().collect();
        let units =
            |all: &BTreeMap<TargetId, Exact>, id| all.get(&id).cloned().unwrap_or_else(Exact::zero);
        let asked = AskedOf::new(self);
        let then = Holding { units: found.units.clone(), ..holding.clone() };
        let product = |id: TargetId| {
            let (before, after) = (units(&holding.units, id), units(&found.units, id));
            let changed = before != after;
            let wished = wishes.iter().any(|wish| wish.product == id);
            let is_refused = |own: &&Credits| !before.is_zero() && !own.products.contains_key(&id);
            let was = today.filter(|own| !is_refused(own)).map(|today| today.of(id));
            let is = credits.of(id);
            let difference = was.as_ref().filter(|_| changed).map(|was| signed(&(&is - was)));
            let (before_in, unit) = rules.in_unit(id, &before);
            Change {
                product: rules.name(id).to_owned(),
                unit: unit.to_owned(),
                before: before_in.text(),
                after: rules.in_unit(id, &after).0.text(),
                changed,
                credits_before: was.map(|was| was.text()),
                credits_after: is.text(),
                difference,
                wished,
                for_limits: if changed && !wished {
                    self.limits_for((&then, credits), &asked.of(id), id)
                } else {
                    Vec::new()
                },
            }
        };
        ids.into_iter()
            .map(product)
            .filter(|own| own.changed || own.before != "0" || own.after != "0")
            .collect()
    }

    /// The limits that would be breached if a product kept its units of today.
    fn limits_for(self, then: (&Holding, &Credits), asked: &[usize], id: TargetId) -> Vec<Named> {
        let Question { rules, holding, .. } = self;
        let (then, credits) = then;
        let mut then = then.clone();
        match holding.units.get(&id) {
            Some(before) => drop(then.units.insert(id, before.clone())),
            None => drop(then.units.remove(&id)),
        }
        let credits = credits.with(rules.plan, (&then.account, then.day), &then.units, id);
        let Some(credits) = credits else { return Vec::new() };
        let breached = breached(rules.plan, &then, &credits, asked);
        breached.into_iter().filter_map(|limit| self.named(limit)).collect()
    }

    pub(super) fn named(self, limit: usize) -> Option<Named> {
        let own = self.rules.plan.limits.get(limit)?;
        let rule = (!own.by_default).then(|| self.rules.sources.file_and_line(own.origin.place));
        Some(Named { limit: own.name.clone(), rule })
    }

    /// Why products that get fewer units than are wished for cannot have so many.
    pub(super) fn refused_wishes(self, found: &Nearest) -> impl Iterator<Item = NotAllocated> {
        let Question { rules, holding, wishes, .. } = self;
        let missed = wishes.iter().zip(&found.wishes).filter(|(wish, own)| wish.units > own.units);
        missed.filter_map(move |(wish, _)| {
            let mut units = found.units.clone();
            units.insert(wish.product, wish.units.clone());
            let refused = credits(rules.plan, &holding.account, holding.day, &units).err()?;
            let own = refused.iter().find(|own| own.product == wish.product)?;
            Some(rules.refused(own))
        })
    }

    pub(super) fn wished(self, wish: &Wish, given: &Given, all: &[Given]) -> Wished {
        let rules = self.rules;
        let units = |own: &Exact| rules.in_unit(wish.product, own).0.text();
        let missed = (&wish.units - &given.units).max(&given.units - &wish.units);
        Wished {
            product: rules.name(wish.product).to_owned(),
            unit: rules.in_unit(wish.product, &wish.units).1.to_owned(),
            wanted: units(&wish.units),
            given: units(&given.units),
            missed: units(&missed),
            proved: given.proved,
            conflict: given.conflict.as_ref().map(|conflict| self.clash(conflict, Some(wish), all)),
        }
    }

    pub(super) fn member(self, ask: Ask, missed: Option<&Wish>, all: &[Given]) -> Option<Member> {
        let rules = self.rules;
        Some(match ask {
            Ask::Limit(at) => {
                let limit = rules.plan.limits.get(at)?;
                let Named { limit: name, rule } = self.named(at)?;
                let level = if limit.warn { "warn" } else { "refuse" };
                let demand = verification::demand(rules, limit);
                Member::Limit { limit: name, rule, demand, level }
            }
            Ask::Wish(at) => {
                let wish = self.wishes.get(at)?;
                let given = all.get(at).filter(|_| missed != Some(wish)).map(|own| &own.units);
                let (units, unit) = rules.in_unit(wish.product, given.unwrap_or(&wish.units));
                Member::Wish {
                    wish: rules.name(wish.product).to_owned(),
                    units: units.text(),
                    unit: unit.to_owned(),
                }
            }
        })
    }

    pub(super) fn clash(self, conflict: &Conflict, missed: Option<&Wish>, all: &[Given]) -> Clash {
        let ways = conflict.relaxations.iter().filter_map(|own| {
            let of = self.member(own.ask, missed, all)?;
            let (how, amount, unit) = match &own.how {
                How::Without => ("without", None, None),
                How::By(more) => {
                    let Ask::Limit(at) = own.ask else { return None };
                    let (amount, unit) = self.in_limit(at, more)?;
                    ("by", Some(amount), Some(unit))
                }
                How::Units(units) => {
                    let Ask::Wish(at) = own.ask else { return None };
                    let product = self.wishes.get(at)?.product;
                    let (units, unit) = self.rules.in_unit(product, units);
                    ("to", Some(units.text()), Some(unit.to_owned()))
                }
            };
            Some(Way { of, how, amount, unit, proved: own.least })
        });
        Clash {
            members: conflict
                .members
                .iter()
                .filter_map(|ask| self.member(*ask, missed, all))
                .collect(),
            minimal: conflict.minimal,
            any_one_of: ways.collect(),
        }
    }

    /// An amount in what a limit measures.
    pub(super) fn in_limit(self, at: usize, amount: &Exact) -> Option<(String, String)> {
        let limit = self.rules.plan.limits.get(at)?;
        let product = match &limit.body {
            LimitBody::UnitForUnit(id, _) => Some(*id),
            LimitBody::Compare(left, _, right, _) => {
                left.iter().chain(right).find_map(|term| match term.measure {
                    LimitMeasure::Units(id) => Some(id),
                    _ => None,
                })
            }
            _ => None,
        };
        let Some(product) = product else { return Some((amount.text(), "credits".to_owned())) };
        let (units, unit) = self.rules.in_unit(product, amount);
        Some((units.text(), unit.to_owned()))
    }
}
