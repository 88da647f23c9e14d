//! Demands on an allocation as inequalities, alternatives of inequalities, and whole numbers.
//!
//! Every allocation that meets the demands is a solution. Where the converse may fail, a solution
//! is evaluated before it counts: credits of products that cost less together are any.

use std::collections::{BTreeMap, BTreeSet};

use super::product::{Pool, Product};
use crate::curve::{Curve, Piece};
use crate::hir::{Comparison, LimitBody, LimitMeasure, LimitTerm, TargetId};
use crate::linear::{Relation, Row};
use crate::quantity::{Exact, RoundingMode};

/// One of several things must hold: each a few inequalities.
pub(super) type Choice = Vec<Vec<Row>>;

/// What an allocation must satisfy.
#[derive(Debug, Default)]
pub(super) struct System {
    pub variables: usize,
    pub rows: Vec<Row>,
    pub choices: Vec<Choice>,
    /// Variables that are whole numbers.
    pub whole: Vec<usize>,
    pub units: BTreeMap<TargetId, usize>,
    pub credits: BTreeMap<TargetId, usize>,
    pub pool: Option<usize>,
    pub valid: Option<usize>,
    /// Steps in which units come.
    steps: Vec<(TargetId, Exact)>,
}

/// A limit that an allocation is to keep, or to break.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand<'a> {
    pub body: &'a LimitBody,
    pub keep: bool,
}

/// The products that demands are about, and all others together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Market {
    /// Those that are sold, and those that are not.
    pub products: BTreeMap<TargetId, Option<Product>>,
    pub pool: Option<Pool>,
}

type Terms = Vec<(usize, Exact)>;

fn one(variable: usize) -> Terms {
    vec![(variable, Exact::one())]
}

fn compared(terms: Terms, relation: Relation, bound: &Exact) -> Row {
    Row::new(terms, relation, bound.clone())
}

fn none(variable: usize) -> Row {
    compared(one(variable), Relation::AtMost, &Exact::zero())
}

fn some(variable: usize) -> Row {
    compared(one(variable), Relation::Above, &Exact::zero())
}

/// `a − factor · b` against a bound.
fn apart(a: usize, factor: &Exact, b: usize, relation: Relation, bound: &Exact) -> Row {
    compared(vec![(a, Exact::one()), (b, -factor.clone())], relation, bound)
}

/// The relations that break a comparison, or the one that keeps it.
fn relations(comparison: Comparison, keep: bool) -> &'static [Relation] {
    match (comparison, keep) {
        (Comparison::AtMost, true) => &[Relation::AtMost],
        (Comparison::AtLeast, true) => &[Relation::AtLeast],
        (Comparison::Exactly, true) => &[Relation::Equal],
        (Comparison::AtMost, false) => &[Relation::Above],
        (Comparison::AtLeast, false) => &[Relation::Below],
        (Comparison::Exactly, false) => &[Relation::Above, Relation::Below],
    }
}

impl System {
    /// What it takes to meet all demands.
    pub(super) fn of(demands: &[Demand<'_>], market: &Market) -> Self {
        let kept = demands.iter().filter(|demand| demand.keep);
        let steps = kept.filter_map(|demand| match demand.body {
            LimitBody::InSteps(id, step) => Some((*id, step.clone())),
            _ => None,
        });
        let mut system = Self { steps: steps.collect(), ..Self::default() };
        for demand in demands {
            let alternatives = system.demand(*demand, market);
            match <[Vec<Row>; 1]>::try_from(alternatives) {
                Ok([rows]) => system.rows.extend(rows),
                Err(alternatives) => system.choices.push(alternatives),
            }
        }
        system
    }

    /// Whether some step of a product is a multiple of this one.
    fn is_multiple(&self, id: TargetId, step: &Exact) -> bool {
        let whole = |own: &Exact| {
            let times = own.clone() / step.clone();
            times.floor() == times
        };
        self.steps.iter().any(|(other, own)| *other == id && whole(own))
    }

    fn variable(&mut self) -> usize {
        self.variables += 1;
        self.variables - 1
    }

    fn whole(&mut self) -> usize {
        let variable = self.variable();
        self.whole.push(variable);
        variable
    }

    fn demand(&mut self, demand: Demand<'_>, market: &Market) -> Choice {
        let Demand { body, keep } = demand;
        match body {
            LimitBody::CountOf(comparison, number, products) => {
                let present = products.iter().map(|id| (self.presence(*id, market), Exact::one()));
                let present: Terms = present.collect();
                let bound = Exact::from(*number);
                // A count that is above or below is so by a whole product.
                let way = |relation: &Relation| match relation {
                    Relation::Above => {
                        compared(present.clone(), Relation::AtLeast, &(&bound + &Exact::one()))
                    }
                    Relation::Below => {
                        compared(present.clone(), Relation::AtMost, &(&bound - &Exact::one()))
                    }
                    relation => compared(present.clone(), *relation, &bound),
                };
                relations(*comparison, keep).iter().map(|relation| vec![way(relation)]).collect()
            }
            LimitBody::Needs(id, others) => {
                let units = self.units(*id, market);
                let others: Vec<usize> =
                    others.iter().map(|other| self.units(*other, market)).collect();
                if keep {
                    let none = std::iter::once(vec![none(units)]);
                    return none.chain(others.into_iter().map(|other| vec![some(other)])).collect();
                }
                vec![std::iter::once(some(units)).chain(others.into_iter().map(none)).collect()]
            }
            LimitBody::UnitForUnit(id, other) => {
                let (units, other) = (self.units(*id, market), self.units(*other, market));
                let relation = if keep { Relation::AtMost } else { Relation::Above };
                vec![vec![apart(units, &Exact::one(), other, relation, &Exact::zero())]]
            }
            // Multiples of a multiple: without this, a search among all of them never ends.
            LimitBody::InSteps(id, step) if !keep && self.is_multiple(*id, step) => {
                let never = Row::new(Terms::new(), Relation::Above, Exact::zero());
                vec![vec![never]]
            }
            LimitBody::InSteps(id, step) => {
                let (units, steps) = (self.units(*id, market), self.whole());
                let row = |relation, bound: &Exact| apart(units, step, steps, relation, bound);
                if keep {
                    return vec![vec![row(Relation::Equal, &Exact::zero())]];
                }
                vec![vec![row(Relation::Above, &Exact::zero()), row(Relation::Below, step)]]
            }
            LimitBody::Compare(left, comparison, right, or_none) => {
                let (mut terms, mut bound) = (Terms::new(), Exact::zero());
                for (term, side) in left
                    .iter()
                    .map(|term| (term, Exact::one()))
                    .chain(right.iter().map(|term| (term, -Exact::one())))
                {
                    self.term(term, &side, market, &mut terms, &mut bound);
                }
                let units = or_none.map(|id| self.units(id, market));
                let way = |relation: &Relation| {
                    let row = compared(terms.clone(), *relation, &bound);
                    let present = units.filter(|_| !keep).map(some);
                    std::iter::once(row).chain(present).collect()
                };
                let ways = relations(*comparison, keep).iter().map(way);
                ways.chain(units.filter(|_| keep).map(|units| vec![none(units)])).collect()
            }
        }
    }

    /// Adds a term of a sum; constants go to the other side.
    fn term(
        &mut self,
        term: &LimitTerm,
        side: &Exact,
        market: &Market,
        terms: &mut Terms,
        bound: &mut Exact,
    ) {
        let factor = &term.factor * side;
        match term.measure {
            LimitMeasure::Constant => *bound = &*bound - &factor,
            LimitMeasure::Units(id) => terms.push((self.units(id, market), factor)),
            LimitMeasure::CreditsOf(id) => terms.push((self.credits(id, market), factor)),
            LimitMeasure::Valid => {
                let known = self.valid;
                let valid = known.unwrap_or_else(|| self.variable());
                self.valid = Some(valid);
                terms.push((valid, factor));
            }
            LimitMeasure::Allocated => {
                for id in market.products.keys() {
                    terms.push((self.credits(*id, market), factor.clone()));
                }
                if let Some(pool) = &market.pool {
                    terms.push((self.pool(pool), factor));
                }
            }
        }
    }

    fn pool(&mut self, pool: &Pool) -> usize {
        if let Some(known) = self.pool {
            return known;
        }
        let credits = self.variable();
        self.pool = Some(credits);
        if let Some(step) = &pool.step {
            let steps = self.whole();
            self.rows.push(apart(credits, step, steps, Relation::Equal, &Exact::zero()));
        }
        credits
    }

    /// 1 where there are any units, else 0.
    fn presence(&mut self, id: TargetId, market: &Market) -> usize {
        let (units, present) = (self.units(id, market), self.variable());
        self.rows.push(compared(one(present), Relation::AtMost, &Exact::one()));
        let is_one = compared(one(present), Relation::AtLeast, &Exact::one());
        self.choices.push(vec![vec![none(present), none(units)], vec![is_one, some(units)]]);
        present
    }

    fn units(&mut self, id: TargetId, market: &Market) -> usize {
        if let Some(known) = self.units.get(&id) {
            return *known;
        }
        let units = self.variable();
        self.units.insert(id, units);
        match market.products.get(&id).and_then(Option::as_ref) {
            None => self.rows.push(none(units)),
            Some(product) if product.refuses() => {
                self.credits(id, market);
            }
            Some(_) => {}
        }
        units
    }

    fn credits(&mut self, id: TargetId, market: &Market) -> usize {
        let units = self.units(id, market);
        if let Some(known) = self.credits.get(&id) {
            return *known;
        }
        let credits = self.variable();
        self.credits.insert(id, credits);
        let Some(product) = market.products.get(&id).and_then(Option::as_ref) else {
            self.rows.push(none(credits));
            return credits;
        };
        let exact = self.rounded(product, credits);
        let blocks = self.blocks(product, units);
        if let Some(each) = product.each() {
            // A straight line through 0 leaves nothing to choose.
            self.rows.push(apart(exact, each, blocks, Relation::Equal, &Exact::zero()));
            return credits;
        }
        let mut ways = vec![vec![none(units), none(credits), none(exact)]];
        for group in &product.togethers {
            let named: BTreeSet<TargetId> =
                group.iter().copied().filter(|id| market.products.contains_key(id)).collect();
            ways.push(named.into_iter().map(|id| some(self.units(id, market))).collect());
        }
        for curve in &product.curves {
            for (range, piece) in ranges(curve, blocks) {
                for mut way in amounts(product, piece, blocks, exact) {
                    way.push(some(units));
                    way.extend(range.iter().cloned());
                    ways.push(way);
                }
            }
        }
        self.choices.push(ways);
        credits
    }

    /// Charged units: whole ones, where a begun block counts.
    fn blocks(&mut self, product: &Product, units: usize) -> usize {
        let zero = Exact::zero();
        let blocks = if product.started { self.whole() } else { self.variable() };
        let row = |relation, bound: &Exact| apart(units, &product.block, blocks, relation, bound);
        if product.started {
            self.rows.push(row(Relation::AtMost, &zero));
            self.rows.push(row(Relation::Above, &-product.block.clone()));
        } else {
            self.rows.push(row(Relation::Equal, &zero));
        }
        blocks
    }

    /// Credits before rounding.
    fn rounded(&mut self, product: &Product, credits: usize) -> usize {
        let (exact, steps) = (self.variable(), self.whole());
        let step = Exact::from(product.rounding.step);
        let half = step.clone() / Exact::from(2);
        self.rows.push(apart(credits, &step, steps, Relation::Equal, &Exact::zero()));
        let within = |least: (Relation, &Exact), most: (Relation, &Exact)| {
            [least, most]
                .map(|(relation, bound)| apart(exact, &Exact::one(), credits, relation, bound))
        };
        let (below, zero) = (-half.clone(), Exact::zero());
        match product.rounding.mode {
            RoundingMode::HalfUp => {
                self.rows.extend(within((Relation::AtLeast, &below), (Relation::Below, &half)));
            }
            RoundingMode::HalfDown => {
                self.rows.extend(within((Relation::Above, &below), (Relation::AtMost, &half)));
            }
            RoundingMode::Up => {
                self.rows.extend(within((Relation::Above, &-step), (Relation::AtMost, &zero)));
            }
            RoundingMode::Down => {
                self.rows.extend(within((Relation::AtLeast, &zero), (Relation::Below, &step)));
            }
            RoundingMode::HalfEven => {
                let (pairs, two) = (self.whole(), Exact::from(2));
                let parity = |odd: i64| apart(steps, &two, pairs, Relation::Equal, &odd.into());
                let even = within((Relation::AtLeast, &below), (Relation::AtMost, &half));
                let odd = within((Relation::Above, &below), (Relation::Below, &half));
                let even = even.into_iter().chain([parity(0)]).collect();
                self.choices.push(vec![even, odd.into_iter().chain([parity(1)]).collect()]);
            }
        }
        exact
    }
}

/// The pieces of a curve that are not refused, each with where it lies.
fn ranges(curve: &Curve, blocks: usize) -> Vec<(Vec<Row>, &Piece)> {
    let (behind, up_to) = if curve.inclusive {
        (Relation::Above, Relation::AtMost)
    } else {
        (Relation::AtLeast, Relation::Below)
    };
    let mut ranges = Vec::with_capacity(curve.pieces.len());
    let mut before: Option<&Exact> = None;
    for piece in &curve.pieces {
        let low = before.map(|low| compared(one(blocks), behind, low));
        let high = piece.upper.as_ref().map(|high| compared(one(blocks), up_to, high));
        before = piece.upper.as_ref();
        if !piece.refused {
            ranges.push((low.into_iter().chain(high).collect(), piece));
        }
    }
    ranges
}

/// The credits of a piece before rounding: between the bounds, or one of them.
fn amounts(product: &Product, piece: &Piece, blocks: usize, exact: usize) -> Choice {
    let Product { at_least, at_most, term, .. } = product;
    let at = |bound: &Exact| compared(one(exact), Relation::Equal, bound);
    // Credits by a piece, against a bound.
    let line = |relation, bound: &Exact| {
        compared(vec![(blocks, piece.slope.clone())], relation, &(bound - &piece.base))
    };
    if *term && piece.slope.is_zero() && piece.base.is_zero() {
        return vec![vec![at(at_least.as_ref().unwrap_or(&Exact::zero()))]];
    }
    let mut inside = Vec::new();
    if *term {
        // `at least` counts last: it stands even above `at most`.
        let most = at_most.as_ref().map(|most| at_least.as_ref().unwrap_or(most).max(most));
        inside.extend(most.map(|most| compared(one(exact), Relation::AtMost, most)));
        inside
            .extend(at_least.as_ref().map(|least| compared(one(exact), Relation::AtLeast, least)));
        return vec![inside];
    }
    let by_piece = vec![(exact, Exact::one()), (blocks, -piece.slope.clone())];
    inside.push(compared(by_piece, Relation::Equal, &piece.base));
    let mut ways = Vec::with_capacity(3);
    if let Some(least) = at_least {
        let most = at_most.as_ref().filter(|most| *most < least);
        // Where `at most` is lower, `at least` always stands.
        let below = if most.is_some() { None } else { Some(line(Relation::AtMost, least)) };
        ways.push(std::iter::once(at(least)).chain(below).collect());
        inside.push(line(Relation::AtLeast, least));
    }
    if let Some(most) = at_most.as_ref().filter(|most| at_least.as_ref().is_none_or(|l| l <= *most))
    {
        ways.push(vec![at(most), line(Relation::AtLeast, most)]);
        inside.push(line(Relation::AtMost, most));
    }
    if at_most.as_ref().zip(at_least.as_ref()).is_none_or(|(most, least)| least <= most) {
        ways.push(inside);
    }
    ways
}
