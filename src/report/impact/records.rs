//! A ledger as records.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use serde::Serialize;

use super::{Both, Fate, Ledger, Line};
use crate::quantity::{Exact, plain};
use crate::report::table::Kind;
use crate::report::totals::Sum;

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
    pub(super) by: By,
}

/// New minus old. There may be a difference for each of many accounts: most are whole numbers of
/// units of 10 to minus some decimals, which are quick.
#[derive(Debug, Clone)]
pub(super) enum By {
    /// Units, and the decimals.
    Scaled(i128, u32),
    /// Too long for that.
    Long(Box<Exact>),
}

impl By {
    fn new(old: (&Sum, u32), new: (&Sum, u32)) -> Self {
        let (finest, scaled) = (old.1.max(new.1), |(sum, decimals): (&Sum, u32)| {
            let scale = 10i128.checked_pow(old.1.max(new.1) - decimals)?;
            sum.scaled()?.checked_mul(scale)
        });
        let by = scaled(new).zip(scaled(old)).and_then(|(new, old)| new.checked_sub(old));
        let long = || Self::Long(Box::new(new.0.exact(new.1) - old.0.exact(old.1)));
        by.map_or_else(long, |by| Self::Scaled(by, finest))
    }

    /// The number.
    pub(super) fn exact(&self) -> Exact {
        match self {
            Self::Scaled(units, decimals) => Exact::whole(*units) / Exact::power_of_ten(*decimals),
            Self::Long(exact) => (**exact).clone(),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Scaled(own, a), Self::Scaled(other, b)) if a == b => own.cmp(other),
            _ => self.exact().cmp(&other.exact()),
        }
    }

    /// Below, at or above 0.
    pub(super) fn sign(&self) -> Ordering {
        match self {
            Self::Scaled(units, _) => units.cmp(&0),
            Self::Long(exact) => (**exact).cmp(&Exact::zero()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Scaled(units, decimals) => {
                digits(*units, *decimals).unwrap_or_else(|| self.exact().text())
            }
            Self::Long(exact) => exact.text(),
        }
    }
}

/// A number in units of 10 to minus some decimals; `None` where it is too long for a decimal.
fn digits(units: i128, decimals: u32) -> Option<String> {
    Decimal::try_from_i128_with_scale(units, decimals).ok().map(plain)
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
    /// Why it is refused, by the rules that refuse it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Reason>,
    /// What it was and becomes.
    #[serde(skip)]
    pub fates: (Fate, Fate),
}

/// Why a line is refused.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The code.
    pub code: &'static str,
    /// The sentence.
    pub message: String,
}

impl Entry {
    /// New minus old.
    pub fn by(&self) -> Exact {
        self.by.exact()
    }

    /// Whether it gains, loses, or gets as much as before.
    pub fn change(&self) -> Ordering {
        self.by.sign()
    }
}

impl Impact {
    /// How many lines both refuse, if any.
    pub fn stay_refused(&self) -> Option<u64> {
        let refused = super::Fate::Refused.word();
        let stay = self.turns.iter().find(|turn| turn.old == refused && turn.new == refused);
        stay.map(|turn| turn.lines)
    }

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
            list.sort_by(|a, b| b.by.compare(&a.by).then_with(|| a.name.cmp(&b.name)));
        }
        let count = |wanted| accounts.iter().filter(|account| account.change() == wanted).count();
        let [more, less, same] = [Ordering::Greater, Ordering::Less, Ordering::Equal].map(count);
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

/// The columns of [`rows`], each with whether it holds text, credits or other numbers.
pub const COLUMNS: [(&str, Kind); 14] = [
    ("of", Kind::Text),
    ("name", Kind::Text),
    ("lines", Kind::Quantity),
    ("changed", Kind::Quantity),
    ("old_credits", Kind::Credits),
    ("new_credits", Kind::Credits),
    ("difference", Kind::Credits),
    ("line", Kind::Quantity),
    ("account", Kind::Text),
    ("sku", Kind::Text),
    ("quantity", Kind::Quantity),
    ("turn", Kind::Text),
    ("code", Kind::Text),
    ("message", Kind::Text),
];

/// The sums, then the lines that are told, as rows of a table.
pub fn rows(impact: &Impact) -> impl Iterator<Item = [String; 14]> {
    let of = |word: &'static str| {
        move |entry: &Entry| {
            let Entry { name, lines, changed, old, new, difference, .. } = entry.clone();
            let sums = [lines.to_string(), changed.to_string(), old, new, difference];
            row((word, name), sums, <[String; 7]>::default())
        }
    };
    let products = impact.products.iter().map(of("product"));
    let accounts = impact.accounts.iter().map(of("account"));
    let sums = std::iter::once(&impact.total).map(of("total")).chain(products).chain(accounts);
    sums.chain(impact.largest.iter().chain(&impact.turned).map(|line| {
        let (old, new) = line.fates;
        let credits = |fate: Fate, text: &str| {
            let text = if fate == Fate::Converted { text } else { "" };
            text.to_owned()
        };
        let turn = match (old == new, old, new) {
            (true, ..) => String::new(),
            (false, old, new) => format!("{} -> {}", old.word(), new.word()),
        };
        let one = || "1".to_owned();
        let (old, new) = (credits(old, &line.old), credits(new, &line.new));
        let difference = line.difference.clone().unwrap_or_default();
        let (code, message) = line
            .refused
            .as_ref()
            .map_or_else(Default::default, |why| (why.code.to_owned(), why.message.clone()));
        let (account, sku) = (line.account.clone(), line.sku.clone());
        let (number, quantity) = (line.line.to_string(), line.quantity.clone());
        row(
            ("line", line.license_id.clone()),
            [one(), one(), old, new, difference],
            [number, account, sku, quantity, turn, code, message],
        )
    }))
}

fn row((of, name): (&str, String), sums: [String; 5], line: [String; 7]) -> [String; 14] {
    let [lines, changed, old, new, difference] = sums;
    let [number, account, sku, quantity, turn, code, message] = line;
    [
        of.to_owned(),
        name,
        lines,
        changed,
        old,
        new,
        difference,
        number,
        account,
        sku,
        quantity,
        turn,
        code,
        message,
    ]
}

fn entry(name: &str, row: &Both, [old, new]: [u32; 2]) -> Entry {
    let by = By::new((&row.old, old), (&row.new, new));
    let text = |sum: &Sum, decimals| {
        let short = sum.scaled().and_then(|units| digits(units, decimals));
        short.unwrap_or_else(|| sum.exact(decimals).text())
    };
    Entry {
        name: name.to_owned(),
        lines: row.lines,
        changed: row.changed,
        old: text(&row.old, old),
        new: text(&row.new, new),
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
        refused: line
            .refused
            .iter()
            .flatten()
            .next()
            .map(|refused| Reason { code: refused.code, message: refused.message.clone() }),
        fates: line.fates,
    }
}
