//! What products cost, read off the plan for all units at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

use super::cost::{By, Cost, Figure, Piece, Steps};
use crate::evaluate::along::{self, Stop};
use crate::evaluate::{License, Refusal};
use crate::plan::{
    ACCOUNT, Cut, Gathered, Plan, QUANTITY, Rate, Stepped, Stretch, TargetId, Value,
};
use crate::quantity::{Exact, Rounding};

/// Most units that are looked at, in the declared unit of a product: 10 to this power.
pub const MOST_UNITS: u32 = 18;

/// Most stretches of units with figures of their own.
const MOST_STRETCHES: usize = 100_000;

/// What a product costs.
#[derive(Debug, Clone)]
pub struct Price {
    /// Credits of each of its parts, in the small unit of [`Prices::scale`].
    pub cost: Cost<BigInt>,
    /// Why all units are refused, where they are.
    pub refused: Option<Refusal>,
}

/// Why a product is not planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpriced {
    /// Its figures are not read backwards.
    Unfollowed,
    /// They have too many stretches.
    Work,
    /// It costs less together with others, and its own figures look at the quantity.
    Together,
    /// There are more units of it than are looked at.
    Many,
}

type Key = (TargetId, Exact, Option<String>);

/// What products cost on a day, each found once.
#[derive(Debug)]
pub struct Prices<'a> {
    plan: &'a Plan,
    day: Date,
    known: Mutex<BTreeMap<Key, Result<Arc<Price>, Unpriced>>>,
    /// How many of the small unit one credit is: rounded credits are whole numbers of it.
    pub scale: BigInt,
}

impl<'a> Prices<'a> {
    /// Of a plan on a day.
    pub fn new(plan: &'a Plan, day: Date) -> Self {
        let own = plan.rules.iter().flat_map(|rule| rule.roundings.iter().map(|(_, own)| own));
        let scale = own.chain([&plan.rounding.1]).fold(BigInt::one(), |scale, rounding| {
            let step = Exact::from(rounding.step);
            scale.lcm(&step.denominator())
        });
        Self { plan, day, known: Mutex::default(), scale }
    }

    /// Whether so many base units of products are looked at.
    pub fn reach<'u>(
        &self,
        units: impl Iterator<Item = (TargetId, &'u Exact)>,
    ) -> Result<(), (TargetId, Unpriced)> {
        let most = Exact::power_of_ten(MOST_UNITS);
        for (id, base) in units {
            let unit = self.plan.rule(id).and_then(|rule| self.plan.unit(rule.unit));
            let factor = unit.map_or_else(Exact::one, |unit| unit.factor.clone());
            if *base > &most * &factor {
                return Err((id, Unpriced::Many));
            }
        }
        Ok(())
    }

    /// The plan.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// The day.
    pub fn day(&self) -> Date {
        self.day
    }

    /// What a product costs an account; its units are multiples of some base units.
    pub fn price(&self, id: TargetId, fine: &Exact, account: &str) -> Result<Arc<Price>, Unpriced> {
        let own = self.looks_at_account(id).then(|| account.to_owned());
        let key = (id, fine.clone(), own);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(price) = known().get(&key) {
            return price.clone();
        }
        let price = self.find(id, fine, account).map(Arc::new);
        known().insert(key, price.clone());
        price
    }

    fn looks_at_account(&self, id: TargetId) -> bool {
        self.plan.rule(id).is_some_and(|rule| {
            rule.exceptions.iter().any(|own| own.condition.sets.contains_key(&ACCOUNT))
                || rule.rates.iter().any(|(_, rate)| match rate {
                    Rate::Table(table) => table.columns.contains(&ACCOUNT),
                    Rate::Curve(_) => false,
                })
        })
    }

    fn license(&self, id: TargetId, account: &str) -> License {
        let name = self.plan.rule(id).map_or_else(String::new, |rule| rule.name.clone());
        let mut license = License::new(self.plan, name, rust_decimal::Decimal::ZERO);
        license.start = Some(self.day);
        license.set(ACCOUNT, Value::Text(account.to_owned()));
        license
    }

    /// Whether what a product is charged looks at its quantity but for its tiers.
    pub fn looks_at_quantity(&self, id: TargetId, account: &str) -> bool {
        let Some(rule) = self.plan.rule(id) else { return false };
        let tables = rule.rates.iter().any(|(_, rate)| match rate {
            Rate::Table(table) => table.columns.contains(&QUANTITY),
            Rate::Curve(_) => false,
        });
        if tables || rule.exceptions.iter().any(|own| own.condition.sets.contains_key(&QUANTITY)) {
            return true;
        }
        let Some(all) = all_units() else { return false };
        match along::units(self.plan, id, &self.license(id, account), &all) {
            Ok(units) => units != Stepped::line(Exact::one(), Exact::zero()),
            // What is refused is not charged.
            Err(Stop::Refused(_)) => false,
            Err(_) => true,
        }
    }

    fn find(&self, id: TargetId, fine: &Exact, account: &str) -> Result<Price, Unpriced> {
        let rule = self.plan.rule(id).ok_or(Unpriced::Work)?;
        let license = self.license(id, account);
        let factor = self.plan.unit(rule.unit).map_or_else(Exact::one, |unit| unit.factor.clone());
        // One step of units, in the declared unit.
        let each = fine.clone() / factor;
        let mut open: Vec<Stretch> = all_units().into_iter().collect();
        let mut pieces: Vec<Piece<BigInt>> = Vec::new();
        let (mut refused, mut sold) = (None, false);
        let mut looked_at = 0usize;
        while let Some(stretch) = open.pop() {
            looked_at += 1;
            if looked_at > MOST_STRETCHES {
                return Err(Unpriced::Work);
            }
            let figure = match along::product(self.plan, id, &license, &stretch) {
                Err(Stop::Cut(cuts)) => {
                    open.extend(stretch.parts(cuts).into_iter().rev());
                    continue;
                }
                Err(Stop::Power(_)) => return Err(Unpriced::Unfollowed),
                Err(Stop::Refused(why)) => {
                    refused = refused.or(Some(why));
                    None
                }
                Ok(figure) => {
                    sold = true;
                    let falls = figure.falls().ok_or(Unpriced::Unfollowed)?;
                    Some((self.credits(&figure, &each), falls))
                }
            };
            let last = last(&stretch.high, &each);
            if pieces.last().map_or(last.is_zero(), |before| before.last >= last) {
                continue;
            }
            let falls = figure.as_ref().is_some_and(|(_, falls)| *falls);
            pieces.push(Piece { last, figure: figure.map(|(figure, _)| figure), falls });
        }
        let refused = refused.filter(|_| !sold);
        Ok(Price { cost: Cost::new(pieces), refused })
    }

    /// A figure of credits in small units over steps of units.
    fn credits(&self, figure: &Stepped, each: &Exact) -> Figure<BigInt> {
        let figure = stepped(&figure.times(&Exact::big(self.scale.clone())), each);
        // Rounded credits are whole.
        debug_assert!(figure.share.is_one(), "credits of {figure:?} are rounded");
        figure
    }

    /// What is charged together for each of some units, by one rate.
    pub fn together(&self, rate: &Exact, rounding: Rounding, each: &Exact) -> Cost<BigInt> {
        let figure = Stepped::line(rate.clone(), Exact::zero()).gathered(Gathered::Credits {
            at_most: None,
            at_least: None,
            rounding,
        });
        let most = Cut { at: Exact::power_of_ten(MOST_UNITS), behind: true };
        let figure = Some(self.credits(&figure, each));
        Cost::new(vec![Piece { last: last(&most, each), figure, falls: false }])
    }
}

/// Any units but none.
fn all_units() -> Option<Stretch> {
    let most = Exact::power_of_ten(MOST_UNITS);
    Stretch::new(Cut { at: Exact::zero(), behind: true }, Cut { at: most, behind: true })
}

/// The last step of units before a cut.
fn last(cut: &Cut, each: &Exact) -> BigInt {
    let steps = cut.at.clone() / each.clone();
    let floor = steps.floor();
    let last = if floor == steps && !cut.behind { floor - Exact::one() } else { floor };
    last.numerator()
}

/// A figure over steps of units, in whole numbers.
fn stepped(figure: &Stepped, each: &Exact) -> Figure<BigInt> {
    let (slope, once) = figure.straight();
    let slope = slope * each;
    let mut share = slope.denominator().lcm(&once.denominator());
    let mut steps = Vec::new();
    for (count, of, by) in figure.steps() {
        let (width, by) = gathered(by);
        let count = count * &width;
        share = share.lcm(&count.denominator());
        let mut of = stepped(of, each);
        let by = bounded(by, &mut of);
        steps.push((count, Steps { of, by }));
    }
    let times = |number: &Exact| {
        let (above, below) = number.fraction();
        above * (&share / below)
    };
    let steps = steps.into_iter().map(|(count, steps)| (times(&count), steps)).collect();
    Figure { each: times(&slope), once: times(once), steps, share: share.clone() }
}

/// The width of a step, and how it is gathered, bounds not yet in shares.
fn gathered(by: &Gathered) -> (Exact, &Gathered) {
    match by {
        Gathered::Ceil | Gathered::Floor => (Exact::one(), by),
        Gathered::Credits { rounding, .. } => (Exact::from(rounding.step), by),
    }
}

/// How a figure is gathered; the figure is refined until its bounds are whole numbers of shares.
fn bounded(by: &Gathered, of: &mut Figure<BigInt>) -> By<BigInt> {
    let (at_most, at_least, rounding) = match by {
        Gathered::Ceil => return By::Ceil,
        Gathered::Floor => return By::Floor,
        Gathered::Credits { at_most, at_least, rounding } => (at_most, at_least, rounding),
    };
    let mut finer = BigInt::one();
    for bound in at_most.iter().chain(at_least) {
        let below = bound.denominator();
        finer = finer.lcm(&(&below / below.gcd(&of.share)));
    }
    of.each *= &finer;
    of.once *= &finer;
    of.share *= &finer;
    of.steps.iter_mut().for_each(|(count, _)| *count *= &finer);
    let shares = |bound: &Exact| {
        let (above, below) = bound.fraction();
        above * &of.share / below
    };
    By::Rounded {
        most: at_most.as_ref().map(shares),
        least: at_least.as_ref().map(shares),
        step: Exact::from(rounding.step).fraction(),
        mode: rounding.mode,
    }
}
