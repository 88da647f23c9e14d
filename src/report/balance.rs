//! The balance of an account as a record.

pub mod sheets;
mod text;

use std::cmp::Ordering;

use serde::Serialize;

use super::holding::{End, License, NotAllocated, Rules};
use crate::allocate::balance::{Past, Purchase, shares};
use crate::allocate::retain::expiries;
use crate::allocate::{Holding, Refused, Verified};
use crate::hir::BALANCE;
use crate::quantity::Exact;

/// What is left of an account's credits.
#[derive(Debug, Serialize)]
pub struct Balance {
    /// The account.
    pub account: String,
    /// The day.
    pub day: String,
    /// Total valid credits.
    pub valid: String,
    /// What the allocation costs, if no product is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated: Option<String>,
    /// Valid minus allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
    /// Allocated credits in percent of valid ones, rounded to tenths; 100 where it is
    /// exactly that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_percent: Option<String>,
    /// The level of the limit `balance`, where it is breached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breach: Option<&'static str>,
    /// What products cost.
    pub distribution: Vec<Slice>,
    /// Products that cannot be allocated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<NotAllocated>,
    /// The licenses.
    pub licenses: Vec<License>,
    /// Ends of credits, and what they leave uncovered.
    pub ends: Vec<End>,
    /// The ends of months, if they are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Month>,
    /// What to buy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<Buy>,
}

/// What a product costs.
#[derive(Debug, Serialize)]
pub struct Slice {
    /// The product.
    pub product: String,
    /// Allocated units.
    pub units: String,
    /// What they are counted in.
    pub unit: String,
    /// What they cost.
    pub credits: String,
    /// The exact share of all allocated credits, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The same in percent, rounded so that all add up to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<String>,
    #[serde(skip)]
    tenths: Exact,
}

/// A day of the history.
#[derive(Debug, Serialize)]
pub struct Month {
    /// The day.
    pub day: String,
    /// What was valid.
    pub valid: String,
    /// What the allocation cost; none where a product was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated: Option<String>,
    #[serde(skip)]
    amounts: (Exact, Option<Exact>),
}

/// What to buy.
#[derive(Debug, Serialize)]
pub struct Buy {
    /// What the required units cost on top of the allocation.
    pub required: String,
    /// Credits to buy, so that the limit `balance` is kept.
    pub buy: String,
    /// Credits that are left.
    pub surplus: String,
}

/// The columns of a distribution as a table.
pub const COLUMNS: [&str; 14] = [
    "account",
    "day",
    "valid",
    "allocated",
    "balance",
    "product",
    "units",
    "unit",
    "credits",
    "share",
    "percent",
    "required",
    "buy",
    "surplus",
];

/// The columns of a history as a table.
pub const HISTORY: [&str; 5] = ["account", "day", "valid", "allocated", "balance"];

impl Balance {
    /// The record of a balance.
    pub fn new(
        rules: Rules<'_>,
        holding: &Holding,
        verified: Result<&Verified, &[Refused]>,
        history: &[Past],
        purchase: Option<&Purchase>,
    ) -> Self {
        let known = verified.ok();
        let valid = crate::allocate::valid(holding);
        let ends = known.map(|own| expiries(&holding.lots, holding.day, &own.credits.products));
        let refused = verified.err().unwrap_or_default();
        let used_percent = known
            .filter(|_| !valid.is_zero())
            .map(|own| percent(&used(&own.credits.total, &valid)));
        let broken = known.and_then(|own| {
            let mut limits = own.breaches().filter_map(|line| rules.plan.limits.get(line.limit));
            limits.find(|limit| limit.name == BALANCE)
        });
        Self {
            account: holding.account.clone(),
            day: holding.day.to_string(),
            valid: valid.text(),
            allocated: known.map(|own| own.credits.total.text()),
            balance: known.map(|own| own.balance().text()),
            used_percent,
            breach: broken.map(|limit| if limit.warn { "warn" } else { "refuse" }),
            distribution: known.map_or_else(Vec::new, |own| distribution(rules, holding, own)),
            refused: refused.iter().map(|refused| rules.refused(refused)).collect(),
            licenses: rules.licenses(holding, known.map(|own| &own.split)),
            ends: rules.ends(holding, &ends.unwrap_or_default()),
            history: history.iter().map(month).collect(),
            purchase: purchase.map(|own| Buy {
                required: own.required.text(),
                buy: own.buy.text(),
                surplus: own.surplus.text(),
            }),
        }
    }

    /// Whether the balance may stand.
    pub fn is_accepted(&self) -> bool {
        self.refused.is_empty() && self.breach != Some("refuse")
    }

    /// One row a product, or one for an account without.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let amount = |text: &Option<String>| text.clone().unwrap_or_default();
        let head = [
            self.account.clone(),
            self.day.clone(),
            self.valid.clone(),
            amount(&self.allocated),
            amount(&self.balance),
        ];
        let tail = self.purchase.as_ref().map_or_else(Default::default, |own| {
            [own.required.clone(), own.buy.clone(), own.surplus.clone()]
        });
        let row = |own: [String; 6]| {
            let own = head.iter().cloned().chain(own).chain(tail.clone());
            own.collect::<Vec<String>>()
        };
        let slice = |own: &Slice| {
            row([
                own.product.clone(),
                own.units.clone(),
                own.unit.clone(),
                own.credits.clone(),
                amount(&own.share),
                amount(&own.percent),
            ])
        };
        let mut rows: Vec<Vec<String>> = self.distribution.iter().map(slice).collect();
        if rows.is_empty() {
            rows.push(row([const { String::new() }; 6]));
        }
        rows
    }

    /// One row a day of the history.
    pub fn history_rows(&self) -> Vec<Vec<String>> {
        let row = |month: &Month| {
            let (valid, allocated) = &month.amounts;
            let balance = allocated.as_ref().map(|allocated| (valid - allocated).text());
            vec![
                self.account.clone(),
                month.day.clone(),
                month.valid.clone(),
                month.allocated.clone().unwrap_or_default(),
                balance.unwrap_or_default(),
            ]
        };
        self.history.iter().map(row).collect()
    }
}

fn distribution(rules: Rules<'_>, holding: &Holding, verified: &Verified) -> Vec<Slice> {
    let products = rules.products(holding, Some(&verified.credits));
    let some = holding.units.iter().filter(|(_, units)| !units.is_zero());
    let parts: Vec<Exact> = some.map(|(id, _)| verified.credits.of(*id)).collect();
    let mut shares = shares(&parts).into_iter();
    products
        .into_iter()
        .map(|own| {
            let share = shares.next();
            Slice {
                product: own.product,
                units: own.units,
                unit: own.unit,
                credits: own.credits.unwrap_or_default(),
                percent: share.as_ref().map(|share| percent(&share.tenths)),
                tenths: share.as_ref().map_or_else(Exact::zero, |share| share.tenths.clone()),
                share: share.map(|share| share.exact.text()),
            }
        })
        .collect()
}

/// The part of valid credits that is allocated, in tenths of a percent; they are all of them where
/// they are, and in no other case.
fn used(allocated: &Exact, valid: &Exact) -> Exact {
    let all = Exact::from(1_000);
    let tenths = (allocated * &all / valid.clone() + Exact::from(1) / Exact::from(2)).floor();
    match allocated.cmp(valid) {
        Ordering::Less => tenths.min(&all - &Exact::one()),
        Ordering::Equal => all,
        Ordering::Greater => tenths.max(&all + &Exact::one()),
    }
}

/// Tenths of a percent as `33.4`.
fn percent(tenths: &Exact) -> String {
    (tenths.clone() / Exact::from(10)).text()
}

fn month(past: &Past) -> Month {
    Month {
        day: past.day.to_string(),
        valid: past.valid.text(),
        allocated: past.allocated.as_ref().map(Exact::text),
        amounts: (past.valid.clone(), past.allocated.clone()),
    }
}
