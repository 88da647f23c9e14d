//! The limits of a day over the units of one account, in whole numbers.

mod covered;

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::cost::Cost;
use super::grid::{common, groups, steps};
use super::model::{Constraint, Model, Product, Sum, Term};
use super::number::Number;
use super::price::{Prices, Unpriced};
use super::shared::{Rate, Shared};
use crate::allocate::{Holding, valid};
use crate::plan::{Comparison, LimitBody, LimitMeasure, LimitTerm, TargetId, TargetKind};
use crate::quantity::Exact;

/// Products of one account and every limit in force, each by its number.
#[derive(Debug, Clone)]
pub struct Frame<N> {
    /// The products, in file order.
    pub ids: Vec<TargetId>,
    /// Base units of one step of each.
    pub fine: Vec<Exact>,
    /// Whether each may stay at today's units.
    pub may_stay: Vec<bool>,
    products: Vec<Product<N>>,
    shared: Vec<Shared<N>>,
    constraints: Vec<Asked<N>>,
    /// Steps in which a product comes, with the limit that asks for them.
    strides: Vec<(usize, usize, N)>,
    /// More than any allocation costs.
    most: N,
    /// Small units of a credit.
    pub scale: BigInt,
}

/// What must hold.
#[derive(Debug, Clone)]
struct Asked<N> {
    /// The limit that asks for it.
    limit: usize,
    constraint: Constraint<N>,
    /// How often a sum counts one unit or credit.
    scale: BigInt,
}

impl<N> Asked<N> {
    fn plain(limit: usize, constraint: Constraint<N>) -> Self {
        Self { limit, constraint, scale: BigInt::one() }
    }
}

/// Numbers of 128 bits, where every sum that comes up is proved to fit them.
const SHORT: u64 = 122;

impl Frame<BigInt> {
    /// The products of a plan with today's units, and limits by number. Wishes make steps finer.
    pub fn new(
        prices: &Prices<'_>,
        holding: &Holding,
        limits: &[usize],
        wishes: &BTreeMap<TargetId, Vec<Exact>>,
    ) -> Result<Self, (TargetId, Unpriced)> {
        let plan = prices.plan();
        let ids: Vec<TargetId> = (0..)
            .map(TargetId)
            .zip(&plan.rules)
            .filter(|(_, rule)| rule.kind == TargetKind::Product)
            .map(|(id, _)| id)
            .collect();
        let places: BTreeMap<TargetId, usize> =
            ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let groups = groups(prices, &places);
        let mut fine = steps(plan, holding, limits, wishes, &ids);
        for members in &groups {
            let own = members.iter().filter_map(|at| fine.get(*at).cloned());
            let Some(common) = own.reduce(|a, b| common(&a, &b)) else { continue };
            for at in members {
                if let Some(fine) = fine.get_mut(*at) {
                    *fine = common.clone();
                }
            }
        }
        let mut frame = Self {
            may_stay: Vec::with_capacity(ids.len()),
            products: Vec::with_capacity(ids.len()),
            shared: Vec::new(),
            constraints: Vec::new(),
            strides: Vec::new(),
            most: BigInt::one(),
            scale: prices.scale.clone(),
            ids,
            fine,
        };
        for at in 0..frame.ids.len() {
            let shared = groups.iter().position(|members| members.contains(&at));
            frame.product(prices, holding, at, shared)?;
        }
        for members in groups {
            let shared = frame.group(prices, &places, members);
            frame.most += shared.rates.iter().fold(BigInt::zero(), |sum, rate| {
                sum + rate
                    .cost
                    .range(&BigInt::zero(), &most_of(&rate.cost))
                    .map_or_else(BigInt::zero, |range| range.1)
            });
            frame.shared.push(shared);
        }
        let valid = valid(holding);
        for limit in limits {
            if let Some(own) = plan.limits.get(*limit) {
                frame.limit(*limit, &own.body, &places, &valid);
            }
        }
        Ok(frame)
    }

    fn product(
        &mut self,
        prices: &Prices<'_>,
        holding: &Holding,
        at: usize,
        shared: Option<usize>,
    ) -> Result<(), (TargetId, Unpriced)> {
        let (Some(id), Some(fine)) = (self.ids.get(at).copied(), self.fine.get(at)) else {
            return Ok(());
        };
        if shared.is_some() && prices.looks_at_quantity(id, &holding.account) {
            return Err((id, Unpriced::Together));
        }
        let price = prices.price(id, fine, &holding.account).map_err(|why| (id, why))?;
        let current = holding.units.get(&id).cloned().unwrap_or_else(Exact::zero);
        let current = (current / fine.clone()).floor().numerator();
        let most = if price.refused.is_some() { BigInt::zero() } else { most_of(&price.cost) };
        let worth = price.cost.at(&current);
        // Of units that are charged together with others, its own rate may refuse more than are left.
        self.may_stay.push((worth.is_some() || shared.is_some()) && current <= most);
        let range = price.cost.range(&BigInt::zero(), &most);
        self.most += range.map_or_else(BigInt::zero, |range| range.1);
        self.products.push(Product {
            range: (BigInt::zero(), most),
            stride: BigInt::one(),
            wanted: current.clone(),
            current,
            worth: worth.unwrap_or_else(BigInt::zero),
            cost: price.cost.clone(),
            shared,
        });
        Ok(())
    }

    fn group(
        &self,
        prices: &Prices<'_>,
        places: &BTreeMap<TargetId, usize>,
        members: Vec<usize>,
    ) -> Shared<BigInt> {
        let plan = prices.plan();
        let mut rates = Vec::new();
        for together in &plan.togethers {
            let own = together.members.iter().filter_map(|id| places.get(id));
            let of: Vec<usize> =
                own.filter_map(|at| members.iter().position(|member| member == at)).collect();
            let Some((_, rate)) = together.rate.on_or_always(Some(prices.day())) else { continue };
            if of.len() < together.members.len() {
                continue;
            }
            let first = together.members.first();
            let factor = first.and_then(|id| plan.unit(plan.rule(*id)?.unit));
            let factor = factor.map_or_else(Exact::one, |unit| unit.factor.clone());
            let fine = of.first().and_then(|at| self.fine.get(*members.get(*at)?));
            let each = fine.cloned().unwrap_or_else(Exact::one) / factor;
            let cost = prices.together(&Exact::from(*rate), plan.rounding.1, &each);
            rates.push(Rate { of, cost, weights: None });
        }
        Shared::new(members, rates, &self.products)
    }

    fn limit(
        &mut self,
        limit: usize,
        body: &LimitBody,
        places: &BTreeMap<TargetId, usize>,
        valid: &Exact,
    ) {
        let place = |id: &TargetId| places.get(id).copied();
        match body {
            LimitBody::CountOf(comparison, number, of) => {
                let of: Vec<usize> = of.iter().filter_map(place).collect();
                let number = Exact::from(*number);
                let whole = |number: Exact| usize::try_from(number.numerator()).unwrap_or(0);
                let (least, most) = match comparison {
                    Comparison::AtMost => (0, whole(number.floor())),
                    Comparison::AtLeast => (whole(number.ceil()), of.len()),
                    Comparison::Exactly => (whole(number.ceil()), whole(number.floor())),
                };
                self.constraints.push(Asked::plain(limit, Constraint::Count { of, least, most }));
            }
            LimitBody::Needs(id, others) => {
                let Some(product) = place(id) else { return };
                let others = others.iter().filter_map(place).collect();
                self.constraints.push(Asked::plain(limit, Constraint::Needs(product, others)));
            }
            LimitBody::UnitForUnit(id, other) => {
                let one =
                    |id: &TargetId, factor| LimitTerm { factor, measure: LimitMeasure::Units(*id) };
                let sum = [one(id, Exact::one()), one(other, Exact::from(-1))];
                self.sum(limit, sum.iter().map(|term| (term, false)), false, places, valid, None);
            }
            LimitBody::InSteps(id, step) => {
                let Some(product) = place(id) else { return };
                let Some(fine) = self.fine.get(product) else { return };
                // Steps are multiples of the finest one.
                let stride = (step.clone() / fine.clone()).floor().numerator();
                self.strides.push((limit, product, stride.max(BigInt::one())));
            }
            LimitBody::Compare(left, comparison, right, or_none) => {
                let none = or_none.as_ref().and_then(place);
                let both = || {
                    let left = left.iter().map(|term| (term, false));
                    left.chain(right.iter().map(|term| (term, true)))
                };
                if *comparison != Comparison::AtLeast {
                    self.sum(limit, both(), false, places, valid, none);
                }
                if *comparison != Comparison::AtMost {
                    self.sum(limit, both(), true, places, valid, none);
                }
            }
        }
    }

    /// Terms, those with the flag subtracted, are at most 0 together; with `least`, at least.
    fn sum<'t>(
        &mut self,
        limit: usize,
        terms: impl Iterator<Item = (&'t LimitTerm, bool)>,
        least: bool,
        places: &BTreeMap<TargetId, usize>,
        valid: &Exact,
        or_none: Option<usize>,
    ) {
        let credit = Exact::one() / Exact::big(self.scale.clone());
        let mut units: BTreeMap<usize, Exact> = BTreeMap::new();
        let mut credits: BTreeMap<usize, Exact> = BTreeMap::new();
        let (mut total, mut number) = (Exact::zero(), Exact::zero());
        let add = |map: &mut BTreeMap<usize, Exact>, at: usize, more: Exact| {
            let own = map.entry(at).or_insert_with(Exact::zero);
            *own = &*own + &more;
        };
        for (term, subtracted) in terms {
            let factor =
                if subtracted == least { term.factor.clone() } else { -term.factor.clone() };
            match term.measure {
                LimitMeasure::Constant => number = &number + &factor,
                LimitMeasure::Valid => number = &number + &(&factor * valid),
                LimitMeasure::Allocated => total = &total + &(&factor * &credit),
                LimitMeasure::Units(id) => {
                    let Some(at) = places.get(&id) else { continue };
                    let Some(fine) = self.fine.get(*at) else { continue };
                    add(&mut units, *at, &factor * fine);
                }
                LimitMeasure::CreditsOf(id) => {
                    let Some(at) = places.get(&id) else { continue };
                    add(&mut credits, *at, &factor * &credit);
                }
            }
        }
        let all = units.values().chain(credits.values()).chain([&total, &number]);
        let scale = all.fold(BigInt::one(), |scale, own| scale.lcm(&own.denominator()));
        let times = |own: &Exact| {
            let (above, below) = own.fraction();
            above * (&scale / below)
        };
        let mut terms: BTreeMap<usize, Term<BigInt>> = BTreeMap::new();
        for (at, own) in &units {
            terms.insert(*at, Term::units(*at, times(own)));
        }
        for (at, own) in &credits {
            let term = terms.entry(*at).or_insert_with(|| Term::units(*at, BigInt::zero()));
            term.credits = times(own);
        }
        let sum = Sum {
            terms: terms.into_values().collect(),
            total: times(&total),
            most: -times(&number),
            or_none,
        };
        self.constraints.push(Asked { limit, constraint: Constraint::Sum(sum), scale });
    }

    /// The same in 128 bits, where no number that comes up can be longer.
    pub fn short(&self) -> Option<Frame<i128>> {
        let size = |of: &Sum<BigInt>| {
            let terms = of.terms.iter().fold(BigInt::zero(), |size, term| {
                let units = self.products.get(term.product).map(|own| own.range.1.clone());
                let units = units.unwrap_or_default() + BigInt::one();
                size + term.units.abs() * units + (term.credits.abs() + &term.moved) * &self.most
            });
            terms + of.total.abs() * &self.most + of.most.abs()
        };
        let sums = self.constraints.iter().map(|own| match &own.constraint {
            Constraint::Sum(sum) => size(sum),
            _ => BigInt::zero(),
        });
        let products =
            self.products.iter().map(|own| own.cost.size() + own.range.1.abs() + own.current.abs());
        let rates = self.shared.iter().flat_map(|shared| shared.rates.iter().map(Rate::size));
        // Sums of both sides, and a few of them.
        let fits = sums.chain(products).chain(rates).all(|size| size.bits() + 4 < SHORT)
            && self.most.bits() + 4 < SHORT;
        if !fits {
            return None;
        }
        let number = |own: &BigInt| i128::try_from(own).ok();
        let products = self.products.iter().map(|own| {
            Some(Product {
                range: (number(&own.range.0)?, number(&own.range.1)?),
                stride: number(&own.stride)?,
                current: number(&own.current)?,
                worth: number(&own.worth)?,
                wanted: number(&own.wanted)?,
                cost: own.cost.map(&number)?,
                shared: own.shared,
            })
        });
        let shared = self.shared.iter().map(|own| {
            let rates = own.rates.iter().map(|rate| {
                let weights = match &rate.weights {
                    Some(own) => Some(own.iter().map(number).collect::<Option<_>>()?),
                    None => None,
                };
                Some(Rate { of: rate.of.clone(), cost: rate.cost.map(&number)?, weights })
            });
            Some(Shared {
                members: own.members.clone(),
                rates: rates.collect::<Option<_>>()?,
                falls: own.falls.as_ref().map(|falls| number(falls).ok_or(())).transpose().ok()?,
            })
        });
        let constraints = self.constraints.iter().map(|own| {
            let constraint = own.constraint.map(&number)?;
            Some(Asked { limit: own.limit, constraint, scale: own.scale.clone() })
        });
        let strides = self.strides.iter().map(|(limit, at, own)| Some((*limit, *at, number(own)?)));
        Some(Frame {
            ids: self.ids.clone(),
            fine: self.fine.clone(),
            may_stay: self.may_stay.clone(),
            products: products.collect::<Option<_>>()?,
            shared: shared.collect::<Option<_>>()?,
            constraints: constraints.collect::<Option<_>>()?,
            strides: strides.collect::<Option<_>>()?,
            most: number(&self.most)?,
            scale: self.scale.clone(),
        })
    }
}

impl<N: Number> Frame<N> {
    /// What must hold by the limits that are asked for.
    pub fn model(&self, asks: &impl Fn(usize) -> bool) -> Model<N> {
        let mut products = self.products.clone();
        for (limit, at, stride) in &self.strides {
            if let Some(product) = products.get_mut(*at).filter(|_| asks(*limit)) {
                product.stride = product.stride.lcm(stride);
            }
        }
        let constraints = self.constraints.iter().filter(|own| asks(own.limit));
        Model {
            products,
            shared: self.shared.clone(),
            constraints: constraints.map(|own| own.constraint.clone()).collect(),
            total: (N::zero(), self.most.clone()),
        }
    }

    /// The one sum of a limit by its number among the constraints that are asked for, and how often
    /// it counts one unit or credit.
    pub fn sum_of(&self, limit: usize, asks: &impl Fn(usize) -> bool) -> Option<(usize, BigInt)> {
        let asked = self.constraints.iter().filter(|own| asks(own.limit)).enumerate();
        let mut own = asked.filter(|(_, own)| own.limit == limit);
        let (at, first) = own.next()?;
        let only = own.next().is_none() && matches!(first.constraint, Constraint::Sum(_));
        only.then(|| (at, first.scale.clone()))
    }

    /// More than any allocation costs.
    pub fn most(&self) -> N {
        self.most.clone()
    }

    /// The place of a product.
    pub fn place(&self, id: TargetId) -> Option<usize> {
        self.ids.iter().position(|own| *own == id)
    }

    /// Steps of a product as base units.
    pub fn units(&self, at: usize, steps: &N) -> Exact {
        let fine = self.fine.get(at).cloned().unwrap_or_else(Exact::one);
        Exact::big(steps.clone().into()) * fine
    }

    /// Steps of all products as base units; products without any are left out.
    pub fn base_units(&self, steps: &[N]) -> BTreeMap<TargetId, Exact> {
        let own = self.ids.iter().zip(steps).enumerate();
        own.filter(|(_, (_, steps))| !steps.is_zero())
            .map(|(at, (id, steps))| (*id, self.units(at, steps)))
            .collect()
    }

    /// What must hold by one limit, but for its steps.
    pub fn of(&self, limit: usize) -> impl Iterator<Item = &Constraint<N>> {
        self.constraints.iter().filter(move |own| own.limit == limit).map(|own| &own.constraint)
    }

    /// Base units of a product as steps, whole ones.
    pub fn steps(&self, at: usize, units: &Exact) -> Option<N> {
        let fine = self.fine.get(at)?.clone();
        N::try_from((units.clone() / fine).floor().numerator()).ok()
    }

    /// Small units as credits.
    pub fn credits(&self, small: &N) -> Exact {
        Exact::big(small.clone().into()) / Exact::big(self.scale.clone())
    }
}

/// The last units that a cost knows.
fn most_of(cost: &Cost<BigInt>) -> BigInt {
    cost.last().cloned().unwrap_or_default()
}
