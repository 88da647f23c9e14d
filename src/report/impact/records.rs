//! A ledger as records.

use serde::Serialize;

use super::{Both, Ledger, Line};
use crate::quantity::Exact;

/// What a change of the rules does to a book.
#[derive(Debug, Serialize)]
pub struct Impact {
    /// All lines.
    pub total: Entry,
    /// How many lines become what, by what they were.
    pub turns: Vec<Turn>,
    /// Accounts that get more, that get less, and that get as much as before.
    pub accounts_by_change: [usize; 3],
    /// Accounts without a line that changes.
    pub accounts_untouched: usize,
    /// Every account, those that gain most first.
    pub accounts: Vec<Entry>,
    /// Every product and license of the book, those that gain most first.
    pub products: Vec<Entry>,
    /// The lines whose credits change most.
    pub largest: Vec<Changed>,
    /// The first lines that become something else.
    pub turned: Vec<Changed>,
}

/// Credits by both rulesets.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The account, or the product or license.
    pub name: String,
    /// How many lines.
    pub lines: u64,
    /// How many of them change.
    pub changed: u64,
    /// Credits by the old rules.
    pub old: String,
    /// Credits by the new ones.
    pub new: String,
    /// New minus old.
    pub difference: String,
    #[serde(skip)]
    pub(super) by: Exact,
}

/// Lines that were one thing, and become one.
#[derive(Debug, Serialize)]
pub struct Turn {
    /// What they were.
    pub old: &'static str,
    /// What they become.
    pub new: &'static str,
    /// How many.
    pub lines: u64,
}

/// A line that changes.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// The record's number.
    pub line: u64,
    /// As given.
    pub license_id: String,
    /// As given.
    pub account: String,
    /// As given.
    pub sku: String,
    /// As given.
    pub quantity: String,
    /// What it was: credits, `excluded` or `refused`.
    pub old: String,
    /// What it becomes.
    pub new: String,
    /// New minus old, where both are credits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

impl Entry {
    /// New minus old.
    pub fn by(&self) -> &Exact {
        &self.by
    }
}

impl Impact {
    /// The sums of a ledger.
    pub fn new(ledger: &Ledger<'_>) -> Self {
        let entry = |name: &str, row: &Both| entry(name, row, ledger.decimals);
        let accounts = (0..).zip(&ledger.by_account);
        let mut accounts: Vec<Entry> =
            accounts.map(|(at, row)| entry(ledger.accounts.text(at), row)).collect();
        let products = ledger.products.names.iter().zip(&ledger.by_product);
        let used = products.filter(|(_, row)| row.lines > 0 || !row.old.is_empty());
        let mut products: Vec<Entry> = used.map(|(name, row)| entry(name, row)).collect();
        for list in [&mut accounts, &mut products] {
            list.sort_by(|a, b| (&b.by, &a.name).cmp(&(&a.by, &b.name)));
        }
        let count = |wanted: fn(&Exact) -> bool| {
            accounts.iter().filter(|account| wanted(&account.by)).count()
        };
        let [more, less, same] = [
            count(|by| !by.is_negative() && !by.is_zero()),
            count(Exact::is_negative),
            count(Exact::is_zero),
        ];
        let turn = |old: super::Fate| {
            let counts = ledger.fates.get(old as usize).copied().unwrap_or_default();
            super::Fate::ALL.into_iter().zip(counts).map(move |(new, lines)| Turn {
                old: old.word(),
                new: new.word(),
                lines,
            })
        };
        let turns = super::Fate::ALL.into_iter().flat_map(turn).filter(|turn| turn.lines > 0);
        let untouched = accounts.iter().filter(|account| account.changed == 0).count();
        Self {
            total: entry("", &ledger.total),
            turns: turns.collect(),
            accounts_by_change: [more, less, same],
            accounts_untouched: untouched,
            accounts,
            products,
            largest: ledger.largest.lines().map(changed).collect(),
            turned: ledger.turned.iter().map(changed).collect(),
        }
    }
}

/// The sums as rows of a table: what they are of, its name, lines, changed ones, old, new, difference.
pub fn rows(impact: &Impact) -> impl Iterator<Item = [String; 7]> {
    let of = |word: &'static str| {
        move |entry: &Entry| {
            let Entry { name, lines, changed, old, new, difference, .. } = entry.clone();
            [word.to_owned(), name, lines.to_string(), changed.to_string(), old, new, difference]
        }
    };
    let products = impact.products.iter().map(of("product"));
    let accounts = impact.accounts.iter().map(of("account"));
    std::iter::once(&impact.total).map(of("total")).chain(products).chain(accounts)
}

fn entry(name: &str, row: &Both, [old, new]: [u32; 2]) -> Entry {
    let (old, new) = (row.old.exact(old), row.new.exact(new));
    let by = &new - &old;
    Entry {
        name: name.to_owned(),
        lines: row.lines,
        changed: row.changed,
        old: old.text(),
        new: new.text(),
        difference: by.text(),
        by,
    }
}

fn changed(line: &Line) -> Changed {
    let became = |fate: super::Fate, credits: &Exact| match fate {
        super::Fate::Converted => credits.text(),
        other => other.word().to_owned(),
    };
    let (old, new) = &line.credits;
    let (before, after) = line.fates;
    Changed {
        line: line.number,
        license_id: line.license_id.clone(),
        account: line.account.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity.clone(),
        old: became(before, old),
        new: became(after, new),
        difference: (before == after).then(|| (new - old).text()),
    }
}
