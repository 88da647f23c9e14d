//! What of the rules the examples look at: the steps that the evaluator took for them, held against
//! everything that the plan can do.

mod items;
pub mod text;
mod touch;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Ran;
use crate::plan::{Plan, TargetId};
use crate::source::Place;
pub(super) use items::{Hint, items, shown};
pub(super) use touch::Touch;

/// What kind of thing an example can touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A plain rate.
    Rate,
    /// A tier.
    Tier,
    /// A quantity at the bound of a tier, or just past it.
    Bound,
    /// A row of a table.
    Row,
    /// The rate of an exception.
    Exception,
    /// A date on which something changes: its eve, and the day itself.
    Date,
    /// A block that is full, or only begun.
    Block,
    /// A `count`.
    Count,
    /// An `at least` or `at most` that decides, or that does not.
    Floor,
    /// A rounding of a rule's own.
    Rounding,
    /// A grant.
    Grant,
    /// A rate for products together.
    Together,
    /// What is refused: a rate, tier or row that is `refused`, or `withdrawn`.
    Refusal,
    /// An `exclude`.
    Exclude,
}

impl Kind {
    /// Every kind, in the order of lists.
    pub const ALL: [Self; 14] = [
        Self::Rate,
        Self::Tier,
        Self::Bound,
        Self::Row,
        Self::Exception,
        Self::Date,
        Self::Block,
        Self::Count,
        Self::Floor,
        Self::Rounding,
        Self::Grant,
        Self::Together,
        Self::Refusal,
        Self::Exclude,
    ];

    /// Whether credits show it.
    pub(super) fn is_a_figure(self) -> bool {
        !matches!(
            self,
            Self::Bound
                | Self::Block
                | Self::Floor
                | Self::Rounding
                | Self::Refusal
                | Self::Exclude
        )
    }

    /// One of it in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Tier => "tier",
            Self::Bound => "boundary",
            Self::Row => "table row",
            Self::Exception => "exception",
            Self::Date => "date",
            Self::Block => "block",
            Self::Count => "count",
            Self::Floor => "at least, at most",
            Self::Rounding => "rounding",
            Self::Grant => "grant",
            Self::Together => "together",
            Self::Refusal => "refusal",
            Self::Exclude => "exclude",
        }
    }
}

/// Which side of a change or bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Up to it: the last quantity, the last day before, a full block, a bound that lets pass.
    Before,
    /// Behind it: the next quantity, the day itself, a begun block, a bound that decides.
    Behind,
}

/// What an item is found by in the steps of the evaluator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// An amount: of a plain rate, a tier or a row.
    Amount(Place),
    /// A bound of a tier.
    Bound(Place, Side),
    /// A day on which clauses of a rule change.
    Change(TargetId, Date, Side),
    /// A clause that says something of its own.
    Clause(Place),
    /// A clause with two sides.
    Sided(Place, Side),
}

/// Something that an example can touch.
#[derive(Debug)]
pub struct Item {
    /// How it is found.
    pub key: Key,
    /// What it is.
    pub kind: Kind,
    /// Whose it is; empty for what holds for all lines.
    pub subject: String,
    /// Where it stands.
    pub place: Place,
    /// What an example has to give, where the place does not say it.
    pub wants: String,
    /// Positions of the examples that touch it.
    pub examples: BTreeSet<usize>,
    /// Where to look for a line that touches it.
    pub(super) hint: Hint,
}

/// What the examples look at.
#[derive(Debug)]
pub struct Coverage {
    /// Everything that an example with license lines can touch, by place.
    pub items: Vec<Item>,
    /// What only an allocation can touch, by place.
    pub allocations: Vec<Allocatable>,
    /// The names of the examples.
    pub(super) names: BTreeSet<String>,
}

/// Something that only an allocation can touch.
#[derive(Debug)]
pub struct Allocatable {
    /// `limit`, `together` or `grant`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether an example can: what a license grants beside a rate of its own is only retained.
    pub can_be_touched: bool,
    /// Positions of the examples that touch it: that breach the limit, or charge by the rate.
    pub examples: BTreeSet<usize>,
}

impl Allocatable {
    fn new(kind: &'static str, name: &str, place: Place) -> Self {
        let name = name.to_owned();
        Self { kind, name, place, can_be_touched: kind != "grant", examples: BTreeSet::new() }
    }

    /// Whether an example can touch it and none does.
    pub fn is_missing(&self) -> bool {
        self.can_be_touched && self.examples.is_empty()
    }
}

impl Coverage {
    /// Holds the examples that ran against the plan.
    pub fn new(plan: &Plan, ran: &[Ran<'_>]) -> Self {
        let (mut items, mut allocations) = items(plan);
        let touch = Touch::new(plan);
        let mut touched: BTreeMap<Key, BTreeSet<usize>> = BTreeMap::new();
        for (index, one) in ran.iter().enumerate() {
            for line in &one.lines {
                touch.line(&line.steps, &line.outcome, &mut |key| {
                    touched.entry(key).or_default().insert(index);
                });
            }
        }
        for item in &mut items {
            item.examples = touched.remove(&item.key).unwrap_or_default();
        }
        for limit in plan.limits.iter().filter(|limit| !limit.by_default) {
            allocations.push(Allocatable::new("limit", &limit.name, limit.origin.place));
        }
        for allocation in &mut allocations {
            let ran = ran.iter().enumerate();
            let touching = ran.filter(|(_, one)| one.touched.contains(&allocation.place));
            allocation.examples = touching.map(|(index, _)| index).collect();
        }
        allocations.sort_by_key(|allocation| allocation.place);
        let names = ran.iter().map(|one| one.example.name.clone()).collect();
        Self { items, allocations, names }
    }

    /// How many items of a kind are touched, and how many there are.
    pub fn count(&self, kind: Option<Kind>) -> (usize, usize) {
        let own = || self.items.iter().filter(|item| kind.is_none_or(|kind| item.kind == kind));
        (own().filter(|item| !item.examples.is_empty()).count(), own().count())
    }

    /// What no example touches.
    pub fn missing(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.examples.is_empty())
    }
}
