//! What accounts hold and allocate, out of lists of licenses and allocations.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;

use crate::allocate::retain::{Entitled, retained};
use crate::allocate::{Holding, Lot};
use crate::convert::{Converted, Credits};
use crate::evaluate::allocated::entitled;
use crate::input::block::Record;
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
    /// Base units of products, each with the record that gives them.
    units: BTreeMap<TargetId, (Exact, u64)>,
}

/// What a line of the license list adds to an account.
#[derive(Debug)]
pub struct Held {
    account: String,
    lot: Lot,
    entitled: Entitled,
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

    /// Adds what a record allocates, or that it allocates nothing; an account's product stands in
    /// one record.
    pub fn allocate(
        &mut self,
        plan: &Plan,
        schema: &Schema,
        record: Record<'_>,
    ) -> Result<(), Fault> {
        let given = allocations::read(plan, schema, record)?;
        let Some((product, units)) = given.allocated else {
            self.add(given.account);
            return Ok(());
        };
        let own = (units, record.number());
        // Most records are of an account that is known: nothing is copied for it.
        let Some(account) = self.accounts.get_mut(given.account) else {
            let account = Account { units: BTreeMap::from([(product, own)]), ..Account::default() };
            self.accounts.insert(given.account.to_owned(), account);
            return Ok(());
        };
        match account.units.entry(product) {
            Entry::Occupied(first) => Err(allocations::repeated(schema, record, first.get().1)),
            Entry::Vacant(units) => {
                units.insert(own);
                Ok(())
            }
        }
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
            let units = units.into_iter().map(|(product, (units, _))| (product, units)).collect();
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
