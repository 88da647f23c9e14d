//! Examples that allocate: one that breaches a limit, one that charges products together.
//!
//! Allocations are tried on the checker until one breaches the limit and as few others as can be.
//! What it allocates is given, too, so that credits are there for it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::allocate::possible::Looks;
use crate::allocate::solve::Work;
use crate::evaluate::{Outcome, Silent, evaluate};
use crate::hir::{Allocated, Example, Expect, Given};
use crate::period::{Days, Proration, Term, TermUnit, previous_day};
use crate::plan::{Limit, LimitBody, LimitMeasure, Plan, TargetId, TargetKind};
use crate::quantity::Exact;
use crate::selftest::coverage::{Allocatable, shown};
use crate::selftest::write::{Written, number, unit};
use crate::selftest::{allocation, balance, run};
use crate::source::{Place, Sources};

/// Steps of the solver for one limit on one day.
const WORK: u64 = 2_000_000;
/// A limit is breached by fewer than ten to this power units of one product, or not by these alone.
const MOST: u32 = 12;
/// Most products that are tried where a limit names none.
const MOST_PRODUCTS: usize = 50;
/// How many times what is allocated is given: so that there are credits for it; where a limit asks
/// for fewer or for more of them, none and many.
const TIMES: [i64; 4] = [1, 2, 0, 1_000];

/// Base units of products.
type Units = BTreeMap<TargetId, Exact>;

/// An example that was found.
pub(super) struct Found {
    /// What it touches.
    pub touched: BTreeSet<Place>,
    /// Its lines behind the first.
    pub lines: String,
}

/// An example for what only allocations touch.
pub(super) fn found(plan: &Plan, sources: &Sources, own: &Allocatable) -> Option<Found> {
    let search = Search { plan, sources, own };
    let limit = plan.limits.iter().position(|limit| limit.origin.place == own.place);
    match limit.and_then(|at| Some((at, plan.limits.get(at)?))) {
        Some((at, limit)) => search.limit(at, limit),
        None => search.together(),
    }
}

struct Search<'a> {
    plan: &'a Plan,
    sources: &'a Sources,
    own: &'a Allocatable,
}

/// An allocation that was tried: its breaches are those that an example has to expect.
struct Tried {
    example: Example,
    breaches: Vec<String>,
    balance: Exact,
    touched: BTreeSet<Place>,
}

impl Search<'_> {
    fn limit(&self, at: usize, limit: &Limit) -> Option<Found> {
        let mut best: Option<Tried> = None;
        for day in self.days(limit.days.iter().copied()) {
            let small = self.small(&limit.body).into_iter();
            let least = self.products(&limit.body).into_iter();
            let least = least.filter_map(|id| self.least(id, day));
            let solved = std::iter::once_with(|| self.solved(at, day)).flatten();
            for units in small.chain(least).chain(solved) {
                for times in TIMES {
                    let Some(tried) = self.tried(day, &units, times) else { continue };
                    let fewer = |best: &Tried| tried.breaches.len() < best.breaches.len();
                    if best.as_ref().is_none_or(fewer) {
                        best = Some(tried);
                    }
                }
                if best.as_ref().is_some_and(|best| best.breaches.len() == 1) {
                    return best.map(|best| best.found(self.plan, false));
                }
            }
        }
        best.map(|best| best.found(self.plan, false))
    }

    fn together(&self) -> Option<Found> {
        let together = self.plan.togethers.iter().find_map(|together| {
            let stretches = together.rate.stretches();
            let mut own = stretches.filter(|(_, (origin, _))| origin.place == self.own.place);
            Some((&together.members, own.next()?.0))
        });
        let (members, days) = together?;
        let mut days = self.days([days].into_iter());
        let units: Units = members.iter().map(|id| (*id, self.base(*id, &Exact::one()))).collect();
        days.find_map(|day| self.tried(day, &units, 1)).map(|tried| tried.found(self.plan, true))
    }

    /// A day of each stretch, and the days in it on which products change.
    fn days(&self, stretches: impl Iterator<Item = Days> + Clone) -> impl Iterator<Item = Date> {
        let versions = self.plan.rules.iter().flat_map(|rule| &rule.versions);
        let changes: BTreeSet<Date> = versions.map(|version| version.from).collect();
        let inside = stretches.clone().flat_map(move |days| {
            let changes = changes.clone();
            changes.into_iter().filter(move |day| days.from < *day && *day <= days.to)
        });
        stretches.flat_map(shown).chain(inside)
    }

    /// The smallest allocations that may breach a limit.
    fn small(&self, body: &LimitBody) -> Vec<Units> {
        let one = |id: &TargetId| (*id, self.base(*id, &Exact::one()));
        match body {
            LimitBody::CountOf(_, _, products) => {
                let first = |count| products.iter().take(count).map(one).collect();
                (0..=products.len()).map(first).collect()
            }
            LimitBody::Needs(id, _) | LimitBody::UnitForUnit(id, _) => vec![Units::from([one(id)])],
            LimitBody::InSteps(id, step) => {
                let half = step.clone() / Exact::from(2);
                vec![Units::from([one(id)]), Units::from([(*id, half)])]
            }
            LimitBody::Compare(..) => vec![Units::new()],
        }
    }

    /// The products whose units alone may breach a limit.
    fn products(&self, body: &LimitBody) -> Vec<TargetId> {
        let named = body.measures().filter_map(|measure| match measure {
            LimitMeasure::Units(id) | LimitMeasure::CreditsOf(id) => Some(id),
            _ => None,
        });
        let mut products: Vec<TargetId> = named.collect();
        if products.is_empty() {
            let rules = (0..).map(TargetId).zip(&self.plan.rules);
            let rules = rules.filter(|(_, rule)| rule.kind == TargetKind::Product);
            products.extend(rules.map(|(id, _)| id).take(MOST_PRODUCTS));
        }
        products
    }

    /// The fewest units of a product that breach the limit alone.
    fn least(&self, id: TargetId, day: Date) -> Option<Units> {
        let units = |count: &Exact| Units::from([(id, self.base(id, count))]);
        let breaches = |count: &Exact| {
            TIMES.iter().any(|times| self.tried(day, &units(count), *times).is_some())
        };
        let Some(power) = (0..=MOST).find(|power| breaches(&Exact::power_of_ten(*power))) else {
            let half = Exact::one() / Exact::from(2);
            return breaches(&half).then(|| units(&half));
        };
        let mut most = Exact::power_of_ten(power);
        let mut less = most.clone() / Exact::from(10);
        while &most - &less > Exact::one() {
            let middle = ((&most + &less) / Exact::from(2)).floor();
            if breaches(&middle) { most = middle } else { less = middle }
        }
        Some(units(&most))
    }

    /// An allocation that keeps all other limits, where the solver finds one, without the products
    /// that it does not need.
    fn solved(&self, at: usize, day: Date) -> Option<Units> {
        let limits = self.plan.limits.iter().enumerate();
        let others = limits.filter(|(other, limit)| *other != at && limit.is_in_force(day));
        let others: Vec<usize> = others.map(|(other, _)| other).collect();
        let found = Looks::new(self.plan, Work::new(WORK)).found(day, &others, Some(at));
        let mut units = found?.units;
        let breaches = |units: &Units| {
            let tried = TIMES.iter().filter_map(|times| self.tried(day, units, *times));
            tried.map(|tried| tried.breaches.len()).min()
        };
        let fewest = breaches(&units)?;
        for id in units.keys().copied().collect::<Vec<_>>() {
            let mut fewer = units.clone();
            fewer.remove(&id);
            if !fewer.is_empty() && breaches(&fewer).is_some_and(|count| count <= fewest) {
                units = fewer;
            }
        }
        Some(units)
    }

    /// Base units of a product, out of declared ones.
    fn base(&self, id: TargetId, count: &Exact) -> Exact {
        let rule = self.plan.rule(id);
        let unit = rule.and_then(|rule| self.plan.unit(rule.unit));
        unit.map_or_else(|| count.clone(), |unit| count * &unit.factor)
    }

    /// The allocation, with so many times as much given, if it touches what is sought.
    fn tried(&self, day: Date, units: &Units, times: i64) -> Option<Tried> {
        let (plan, place) = (self.plan, self.own.place);
        let given = units
            .iter()
            .filter(|_| times > 0)
            .filter_map(|(id, base)| self.given(day, *id, &(base * &Exact::from(times))));
        let allocated = units.iter().filter(|(_, base)| !base.is_zero());
        let mut given: Vec<Given> = given.collect();
        if units.is_empty() {
            // An example says something.
            let mut all = (0..).map(TargetId).take(self.plan.rules.len());
            given.extend(all.find_map(|id| self.given(day, id, &self.base(id, &Exact::one()))));
        }
        let mut example = Example {
            name: String::new(),
            place,
            on: Some(day),
            given,
            allocate: allocated
                .map(|(id, base)| Allocated { product: *id, units: base.clone(), place })
                .collect(),
            expect: vec![(Expect::Balance(Exact::zero()), place)],
        };
        let ran = run(plan, self.sources, &example);
        let verified = allocation::verified(plan, &example, &ran.lines).ok()?;
        let touched: BTreeSet<Place> = ran.touched.into_iter().collect();
        let limits = verified.breaches().filter_map(|line| plan.limits.get(line.limit));
        let breaches = limits.map(|limit| limit.name.clone()).collect();
        let balance = verified.balance();
        example.expect.clear();
        touched.contains(&place).then_some(Tried { example, breaches, balance, touched })
    }

    /// A line of a product that is converted on the day.
    fn given(&self, day: Date, target: TargetId, base: &Exact) -> Option<Given> {
        let rule = self.plan.rule(target)?;
        let factor = self.plan.unit(rule.unit)?.factor.clone();
        let year = Term { unit: TermUnit::Year, proration: Proration::ByDay };
        let ends = [None, year.after(day, 1).and_then(previous_day)];
        let line = |until| Written {
            rule: target,
            quantity: base.clone() / factor.clone(),
            on: Some(day),
            until,
            facts: Vec::new(),
        };
        let (quantity, until) = ends.into_iter().find_map(|until| {
            let license = line(until).license(self.plan)?;
            let outcome = evaluate(self.plan, &license, &mut Silent);
            let converted = matches!(outcome, Ok(Outcome::Converted { .. }));
            converted.then_some((license.quantity, until))
        })?;
        let (code, facts, place) = (None, Vec::new(), self.own.place);
        Some(Given { target, code, quantity, unit: rule.unit, facts, until, place })
    }
}

impl Tried {
    fn found(self, plan: &Plan, with_balance: bool) -> Found {
        let Self { example, breaches, balance: left, touched } = self;
        let mut lines = String::new();
        let day = example.on;
        day.iter().for_each(|day| lines.push_str(&format!("  on {day}\n")));
        for Given { target, quantity, until, .. } in &example.given {
            let quantity = Exact::from(*quantity);
            let line = Written { rule: *target, quantity, on: day, until: *until, facts: vec![] };
            line.given(plan).iter().for_each(|line| lines.push_str(line));
        }
        for Allocated { product, units, .. } in &example.allocate {
            let Some(rule) = plan.rule(*product) else { continue };
            let factor = plan.unit(rule.unit).map_or_else(Exact::one, |unit| unit.factor.clone());
            let count = units.clone() / factor;
            let unit = unit(plan, rule.unit, &count);
            let count = number(&count.text());
            lines.push_str(&format!("  allocate {count} {unit} of {}\n", rule.name));
        }
        if with_balance {
            lines.push_str(&format!("  expect {}\n", balance(&left)));
        }
        for breach in &breaches {
            lines.push_str(&format!("  expect breach of {breach}\n"));
        }
        Found { touched, lines }
    }
}
