//! What a change of the rules does to a book of licenses: both rulesets side by side, added up.

mod lines;
mod records;
mod text;

use super::refusal::Refused;
use super::totals::Sum;
use crate::compare::Diff;
use crate::convert::{Converted, Credits};
use crate::input::Slot;
use crate::input::block::Record;
use crate::keyed::Texts;
use crate::plan::{Plan, TargetId};
use crate::quantity::Exact;
pub use lines::{Fate, Line};
use lines::{Most, Size};
pub use records::{COLUMNS, Changed, Entry, Impact, Turn, rows};
pub use text::text;
pub(super) use text::{counted, signed};

/// The products and licenses of both rulesets as one list.
#[derive(Debug, Clone, Default)]
pub struct Products {
    names: Vec<String>,
    /// The place of each of the old ruleset.
    old: Vec<Option<usize>>,
    /// The place of each of the new one.
    new: Vec<Option<usize>>,
}

impl Products {
    /// Those of a comparison: each by the name that it has now.
    pub fn new(diff: &Diff, old: &Plan, new: &Plan) -> Self {
        let mut all = Self {
            names: Vec::new(),
            old: vec![None; old.rules.len()],
            new: vec![None; new.rules.len()],
        };
        let put = |list: &mut Vec<Option<usize>>, id: TargetId, at: usize| {
            list.get_mut(id.0 as usize).into_iter().for_each(|own| *own = Some(at));
        };
        let name = |plan: &Plan, id| plan.rule(id).map_or_else(String::new, |it| it.name.clone());
        for pair in &diff.pairs {
            put(&mut all.old, pair.old, all.names.len());
            put(&mut all.new, pair.new, all.names.len());
            all.names.push(name(new, pair.new));
        }
        for id in &diff.added {
            put(&mut all.new, *id, all.names.len());
            all.names.push(name(new, *id));
        }
        for id in &diff.dropped {
            put(&mut all.old, *id, all.names.len());
            all.names.push(name(old, *id));
        }
        all
    }
}

/// Credits by both rulesets, and how many lines they stem from.
#[derive(Debug, Clone, Default)]
struct Both {
    old: Sum,
    new: Sum,
    lines: u64,
    changed: u64,
}

impl Both {
    fn merge(&mut self, other: Self) {
        self.old.merge(other.old);
        self.new.merge(other.new);
        self.lines += other.lines;
        self.changed += other.changed;
    }
}

/// What a line becomes, as far as a ledger looks.
#[derive(Debug, Clone, Copy)]
pub struct Became {
    fate: Fate,
    rule: Option<TargetId>,
    credits: Credits,
}

impl Became {
    /// What a converted line became.
    pub fn of(converted: &Converted) -> Self {
        let fate = Fate::of(converted);
        match converted {
            Converted::Credits { rule, credits, .. } => {
                Self { fate, rule: Some(*rule), credits: *credits }
            }
            Converted::Excluded { rule, .. } => {
                Self { fate, rule: Some(*rule), credits: Credits::Scaled(0) }
            }
            Converted::Faulty(_) | Converted::Refused(_) => {
                Self { fate, rule: None, credits: Credits::Scaled(0) }
            }
        }
    }
}

/// What one thread adds up.
#[derive(Debug)]
pub struct Ledger<'a> {
    products: &'a Products,
    /// Decimals of credits in both.
    decimals: [u32; 2],
    total: Both,
    accounts: Texts,
    by_account: Vec<Both>,
    by_product: Vec<Both>,
    /// How many lines were one thing and become one.
    fates: [[u64; 3]; 3],
    largest: Most,
    turned: Vec<Line>,
}

/// Most lines that are told of each kind.
const MOST_LINES: usize = 20;

impl<'a> Ledger<'a> {
    /// A ledger without anything in it.
    pub fn new(products: &'a Products, decimals: [u32; 2]) -> Self {
        Self {
            products,
            decimals,
            total: Both::default(),
            accounts: Texts::default(),
            by_account: Vec::new(),
            by_product: vec![Both::default(); products.names.len()],
            fates: [[0; 3]; 3],
            largest: Most::default(),
            turned: Vec::new(),
        }
    }

    /// Takes in what a line becomes by both; why it is refused is asked where it is told.
    pub fn line(
        &mut self,
        record: Record<'_>,
        (old, new): (Became, Became),
        why: impl FnOnce() -> [Option<Refused>; 2],
    ) {
        let (before, after) = (old.credits, new.credits);
        let fates = (old.fate, new.fate);
        let [one, other] = self.decimals;
        let size = Size::of((before, one), (after, other));
        let changed = fates.0 != fates.1 || !size.is_zero();
        let turned =
            self.fates.get_mut(fates.0 as usize).and_then(|row| row.get_mut(fates.1 as usize));
        turned.into_iter().for_each(|count| *count += 1);
        let account = self.accounts.number(record.get(Slot::ACCOUNT).unwrap_or_default()) as usize;
        if self.by_account.len() <= account {
            self.by_account.resize_with(account + 1, Both::default);
        }
        let add = |row: &mut Both, old: bool, new: bool| {
            if old {
                row.old.add(before);
            }
            if new {
                row.new.add(after);
            }
        };
        let count = |row: &mut Both| {
            row.lines += 1;
            row.changed += u64::from(changed);
        };
        for row in [Some(&mut self.total), self.by_account.get_mut(account)].into_iter().flatten() {
            add(row, true, true);
            count(row);
        }
        // A code may have gone from one to another.
        let was = old.rule.and_then(|id| place(&self.products.old, id));
        let is = new.rule.and_then(|id| place(&self.products.new, id));
        if let Some(row) = was.and_then(|at| self.by_product.get_mut(at)) {
            add(row, true, false);
        }
        if let Some(row) = is.and_then(|at| self.by_product.get_mut(at)) {
            add(row, false, true);
        }
        if let Some(row) = is.or(was).and_then(|at| self.by_product.get_mut(at)) {
            count(row);
        }
        if !changed {
            return;
        }
        let credits = || (exact(before, one), exact(after, other));
        if fates.0 == fates.1 {
            let line = || Line::new(record, fates, credits(), [None, None]);
            self.largest.add(size, record.number(), line);
        } else if self.turned.len() < MOST_LINES
            || self.turned.last().is_some_and(|last| last.number > record.number())
        {
            self.turned.push(Line::new(record, fates, credits(), why()));
            self.turned.sort_by_key(|line| line.number);
            self.turned.truncate(MOST_LINES);
        }
    }

    /// Takes another thread's in.
    pub fn merge(&mut self, other: Self) {
        self.total.merge(other.total);
        for (at, row) in (0..).zip(other.by_account) {
            let own = self.accounts.number(other.accounts.text(at)) as usize;
            if self.by_account.len() <= own {
                self.by_account.resize_with(own + 1, Both::default);
            }
            self.by_account.get_mut(own).into_iter().for_each(|own| own.merge(row.clone()));
        }
        for (own, row) in self.by_product.iter_mut().zip(other.by_product) {
            own.merge(row);
        }
        let counts = self.fates.iter_mut().flatten().zip(other.fates.iter().flatten());
        counts.for_each(|(own, other)| *own += other);
        self.largest.merge(other.largest);
        self.turned.extend(other.turned);
        self.turned.sort_by_key(|line| line.number);
        self.turned.truncate(MOST_LINES);
    }

    /// Lines so far.
    pub fn lines(&self) -> u64 {
        self.total.lines
    }
}

/// The place of a product or license in the list of all.
fn place(list: &[Option<usize>], id: TargetId) -> Option<usize> {
    list.get(id.0 as usize).copied().flatten()
}

fn exact(credits: Credits, decimals: u32) -> Exact {
    match credits {
        Credits::Scaled(credits) => Exact::from(credits) / Exact::power_of_ten(decimals),
        Credits::Long(credits) => Exact::from(credits),
    }
}
