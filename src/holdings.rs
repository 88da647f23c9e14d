//! What accounts hold and allocate, out of lists of licenses and allocations.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::allocate::retain::{Entitled, retained};
use crate::allocate::{Holding, Lot};
use crate::convert::{Converted, Credits};
use crate::evaluate::allocated::entitled;
use crate::input::block::{Block, Record};
use crate::input::{Fault, Schema, Slot, allocations};
use crate::period::parse_date;
use crate::plan::{Plan, TargetId};
use crate::quantity::Exact;

/// Every account of the lists, by name.
#[derive(Debug, Default)]
pub struct Holdings {
    accounts: BTreeMap<String, Account>,
}

/// What an account holds and allocates.
#[derive(Debug, Default)]
pub struct Account {
    lots: Vec<Lot>,
    /// What each lot's license stands for; empty where nobody asked.
    entitled: Vec<Entitled>,
    /// What records allocate.
    units: Vec<Allocated>,
}

/// What a line of the license list adds to an account.
#[derive(Debug)]
pub struct Held {
    account: String,
    lot: Lot,
    entitled: Entitled,
}

/// What some records of a list allocate.
#[derive(Debug, Default)]
pub struct Allocations {
    /// Records behind one another that are of one account.
    accounts: Vec<(String, Vec<Allocated>)>,
    /// Records that are wrong.
    faults: Vec<(u64, Fault)>,
}

/// Base units of a product, with the record that gives them.
#[derive(Debug)]
struct Allocated {
    record: u64,
    product: TargetId,
    units: Exact,
}

impl Allocations {
    /// Reads records.
    pub fn read(plan: &Plan, schema: &Schema, block: &Block) -> Self {
        let mut all = Self::default();
        for record in (0..block.len()).map(|row| block.record(row)) {
            let given = match allocations::read(plan, schema, record) {
                Ok(given) => given,
                Err(fault) => {
                    all.faults.push((record.number(), fault));
                    continue;
                }
            };
            if all.accounts.last().is_none_or(|(account, _)| account != given.account) {
                all.accounts.push((given.account.to_owned(), Vec::new()));
            }
            let own = all.accounts.last_mut().zip(given.allocated);
            if let Some(((_, own), (product, units))) = own {
                own.push(Allocated { record: record.number(), product, units });
            }
        }
        all
    }
}

/// How license lines are read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The rules.
    pub plan: &'a Plan,
    /// The columns of the list.
    pub schema: &'a Schema,
    /// The day of lines without `start`.
    pub on: Option<Date>,
    /// Decimals of scaled credits.
    pub decimals: u32,
    /// Whether it is asked which units licenses stand for.
    pub entitled: bool,
}

impl Reading<'_> {
    /// What a converted record holds; `None` where it converts to nothing.
    pub fn held(&self, record: Record<'_>, converted: &Converted) -> Option<Held> {
        let Converted::Credits { rule, credits, .. } = converted else { return None };
        let credits = match credits {
            Credits::Scaled(credits) => Exact::from(*credits) / Exact::power_of_ten(self.decimals),
            Credits::Long(credits) => Exact::from(*credits),
        };
        let day = |slot| record.get(slot).and_then(parse_date);
        let days = (day(Slot::START).or(self.on), day(Slot::END));
        let number = record.number();
        let id = record.get(Slot::LICENSE_ID).map_or_else(|| number.to_string(), str::to_owned);
        let stands_for = || {
            let license = self.schema.license(self.plan, record).ok()?;
            entitled(self.plan, &license).ok()
        };
        Some(Held {
            account: record.get(Slot::ACCOUNT).unwrap_or_default().to_owned(),
            lot: Lot::new(self.plan, (id, number), (*rule, credits), days),
            entitled: if self.entitled { stands_for().unwrap_or_default() } else { Vec::new() },
        })
    }
}

impl Holdings {
    /// Adds what a license line gives.
    pub fn hold(&mut self, held: Held) {
        let Held { account, lot, entitled } = held;
        let account = self.accounts.entry(account).or_default();
        account.lots.push(lot);
        account.entitled.push(entitled);
    }

    /// Adds what records allocate; answers those that are wrong.
    pub fn allocate(&mut self, given: Allocations) -> Vec<(u64, Fault)> {
        for (name, mut units) in given.accounts {
            self.accounts.entry(name).or_default().units.append(&mut units);
        }
        given.faults
    }

    /// Puts what each account allocates in the order of products; answers records that give an account
    /// a product again.
    pub fn repeated(&mut self, plan: &Plan, schema: &Schema) -> Vec<(u64, Fault)> {
        let mut faults = Vec::new();
        for account in self.accounts.values_mut() {
            // Of one product, the first record stays first.
            account.units.sort_by_key(|own| own.product);
            for own in account.units.chunk_by(|one, other| one.product == other.product) {
                let Some((first, others)) = own.split_first() else { continue };
                let name = plan.rule(first.product).map_or("", |rule| rule.name.as_str());
                faults.extend(others.iter().map(|other| {
                    (other.record, allocations::repeated(schema, name, first.record))
                }));
            }
        }
        faults
    }

    /// Adds an account, if it is not there, that holds and allocates nothing.
    pub fn add(&mut self, account: &str) {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.to_owned(), Account::default());
        }
    }

    /// The names of the accounts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.accounts.keys().map(String::as_str)
    }

    /// Keeps one account alone, if it is there.
    pub fn keep(&mut self, name: &str) -> bool {
        self.accounts.retain(|own, _| own == name);
        !self.accounts.is_empty()
    }

    /// What each account holds and allocates on a day.
    pub fn allocated(self, day: Date) -> Vec<Holding> {
        let holding = |(account, own): (String, Account)| {
            let Account { lots, units, .. } = own;
            let units = units.into_iter().map(|own| (own.product, own.units)).collect();
            Holding { account, day, lots, units }
        };
        self.accounts.into_iter().map(holding).collect()
    }

    /// What each account holds on a day, with the allocation that its licenses stand for.
    pub fn retained(self, day: Date) -> Vec<Holding> {
        let holding = |(account, own): (String, Account)| {
            let units = retained(&own.lots, &own.entitled, day);
            Holding { account, day, lots: own.lots, units }
        };
        self.accounts.into_iter().map(holding).collect()
    }
}
