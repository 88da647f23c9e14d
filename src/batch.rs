//! Converts whole columns of license lines in scaled whole numbers: the same credits as the exact
//! evaluator, which is asked for every line that does not fit.
//!
//! What a line is charged is looked up by its SKU, its day and its inputs, and does not depend on its
//! quantity; the rest is one multiplication, one addition and one division by a known number. Where
//! 64 bits do not hold the numbers of a rate, or a line could overflow them, 128 are used; where those
//! do not suffice, or a line is refused, excluded or odd in another way, the exact evaluator converts
//! it.

mod cards;
mod columns;
mod divisor;
mod pool;
mod price;
mod scale;
mod tables;
mod worker;

use std::sync::OnceLock;

use rust_decimal::Decimal;

use crate::evaluate::{License, excluded};
use crate::keyed::{Codes, same};
use crate::plan::{ACCOUNT, InputId, Plan, Rule, TargetId};
use crate::quantity::MAX_DECIMALS;
pub use columns::{Columns, OddLine, Unfit};
use tables::Tables;
pub use worker::{Numbers, Priced, Worker};

/// The decimals that quantities with so many are taken to have: enough for theirs, and few tables for
/// all; `None` beyond [`MAX_DECIMALS`].
#[inline]
pub fn decimals_for(own: u32) -> Option<u32> {
    match own {
        0..=3 => Some(3),
        4..=6 => Some(6),
        7..=12 => Some(12),
        _ => None,
    }
}

/// A code or name of a ruleset as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

impl Key {
    /// No code and no name: such a line is refused.
    pub const UNKNOWN: Self = Self(u32::MAX);
}

/// A plan made ready for columns.
#[derive(Debug)]
pub struct Kernel {
    keys: Codes,
    /// Codes that hold on some days only, by their keys behind those of rules.
    dated_codes: Vec<Box<str>>,
    /// Decimals of the results.
    results: u32,
    /// Inputs that anything looks at.
    inputs: Vec<InputId>,
    excludes: bool,
    /// Whether no exclude may hold on a line without inputs.
    includes_all: bool,
    /// Whether an exclude looks at the quantity.
    excludes_by_quantity: bool,
    /// The declared unit of each rule, and its name.
    units: Vec<(u32, Box<str>)>,
    /// Units by id: the base that each converts to, and how many of it one is.
    factors: Vec<(u32, Option<(i64, i64)>)>,
    tables: [OnceLock<Tables>; MAX_DECIMALS + 1],
}

impl Kernel {
    /// Makes a plan ready; tables are made when quantities of their decimals first come.
    pub fn new(plan: &Plan) -> Self {
        let mut keys = Codes::default();
        let mut dated_codes: Vec<Box<str>> = Vec::new();
        for (code, owner) in &plan.owners {
            let dated = owner.is_code && plan.rule(owner.rule).is_some_and(tables::has_dated_codes);
            let key = if dated {
                dated_codes.push(code.as_str().into());
                u32::try_from(plan.rules.len() + dated_codes.len() - 1).unwrap_or(u32::MAX)
            } else {
                owner.rule.0
            };
            keys.insert(code, key);
        }
        let (inputs, excludes_by_quantity) = tables::inputs_of(plan);
        let bare = License::new(plan, "", Decimal::ONE);
        Self {
            keys,
            dated_codes,
            results: tables::result_decimals(plan),
            inputs,
            excludes: !plan.excludes.is_empty(),
            includes_all: !excludes_by_quantity && !excluded(plan, &bare),
            excludes_by_quantity,
            units: plan.rules.iter().map(|rule| declared(plan, rule)).collect(),
            factors: tables::factors(plan),
            tables: Default::default(),
        }
    }

    /// The key of a code or name.
    #[inline]
    pub fn key(&self, sku: &str) -> Option<Key> {
        self.keys.get(sku).map(Key)
    }

    /// Whether a unit is the declared one of a line's product or license.
    #[inline]
    pub fn is_declared(&self, key: Key, unit: &str) -> bool {
        self.units.get(key.0 as usize).is_some_and(|(_, name)| same(name, unit))
    }

    /// The code or name of a key.
    pub fn sku<'a>(&'a self, plan: &'a Plan, key: Key) -> Option<&'a str> {
        let dated = (key.0 as usize).checked_sub(plan.rules.len());
        match dated {
            None => plan.rule(TargetId(key.0)).map(|rule| rule.name.as_str()),
            Some(at) => self.dated_codes.get(at).map(AsRef::as_ref),
        }
    }

    /// Decimals of the results: credits are given in units of 10 to minus this power.
    pub fn result_decimals(&self) -> u32 {
        self.results
    }

    /// Inputs that anything looks at, by id: what lines with equal values of these are charged
    /// differs only by SKU, day, term and quantity.
    pub fn inputs(&self) -> &[InputId] {
        &self.inputs
    }

    /// Whether anything looks at the account of a line.
    pub fn looks_at_account(&self) -> bool {
        self.inputs.contains(&ACCOUNT)
    }

    /// Credits of a line without inputs and an account that matters whose quantity has so many decimals; `None` where the
    /// exact evaluator must be asked, or a [`Worker`] knows.
    #[inline]
    pub fn price(&self, plan: &Plan, line: &Numbers, decimals: u32) -> Option<Priced> {
        if !self.includes_all || line.context != 0 {
            return None;
        }
        let tables = self.tables(plan, decimals)?;
        if let Some(priced) = worker::simply(tables, line) {
            return Some(priced);
        }
        let (_, kind, quantity) = self.find(tables, line)?;
        worker::sum(&tables.pool, kind, (quantity, line), |_| None)
    }

    /// The tables for quantities of so many decimals, at most [`MAX_DECIMALS`].
    #[inline]
    fn tables(&self, plan: &Plan, decimals: u32) -> Option<&Tables> {
        let tables = self.tables.get(decimals as usize)?;
        let made = tables.get();
        Some(
            made.unwrap_or_else(|| {
                tables.get_or_init(|| Tables::new(plan, decimals, self.results))
            }),
        )
    }

    /// Bytes of the tables for quantities of so many decimals, which are made if need be.
    pub fn bytes(&self, plan: &Plan, decimals: u32) -> usize {
        self.tables(plan, decimals).map_or(0, Tables::bytes)
    }
}

fn declared(plan: &Plan, rule: &Rule) -> (u32, Box<str>) {
    let name = plan.unit(rule.unit).map_or("", |unit| unit.name.as_str());
    (rule.unit.0, name.into())
}
