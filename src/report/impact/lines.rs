//! Single lines: those that change most, and those that become something else.

use std::cmp::Reverse;

use super::MOST_LINES;
use crate::convert::{Converted, Credits};
use crate::input::Slot;
use crate::input::block::Record;
use crate::quantity::Exact;
use crate::report::refusal::Refused;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Credits.
    Converted,
    /// Nothing, for a reason.
    Excluded,
    /// It is refused.
    Refused,
}

impl Fate {
    pub(super) fn of(converted: &Converted) -> Self {
        match converted {
            Converted::Credits { .. } => Self::Converted,
            Converted::Excluded { .. } => Self::Excluded,
            Converted::Faulty(_) | Converted::Refused(_) => Self::Refused,
        }
    }

    /// All of them, in their order.
    pub const ALL: [Self; 3] = [Self::Converted, Self::Excluded, Self::Refused];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Converted => "converted",
            Self::Excluded => "excluded",
            Self::Refused => "refused",
        }
    }
}

/// A line that changes.
#[derive(Debug, Clone)]
pub struct Line {
    /// The record's number, from 1.
    pub number: u64,
    /// As given.
    pub license_id: String,
    /// As given.
    pub account: String,
    /// As given.
    pub sku: String,
    /// As given.
    pub quantity: String,
    /// What becomes of it in both.
    pub fates: (Fate, Fate),
    /// Credits in both.
    pub credits: (Exact, Exact),
    /// Why it is refused, in both.
    pub refused: [Option<Refused>; 2],
}

impl Line {
    pub(super) fn new(
        record: Record<'_>,
        fates: (Fate, Fate),
        credits: (Exact, Exact),
        refused: [Option<Refused>; 2],
    ) -> Self {
        let text = |slot| record.get(slot).unwrap_or_default().to_owned();
        let number = record.number();
        let license_id = record.get(Slot::LICENSE_ID);
        Self {
            number,
            license_id: license_id.map_or_else(|| number.to_string(), str::to_owned),
            account: text(Slot::ACCOUNT),
            sku: text(Slot::SKU),
            quantity: text(Slot::QUANTITY),
            fates,
            credits,
            refused,
        }
    }
}

/// How much a line changes, in units of the finer of both; what is too large for that is the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size(u128);

impl Size {
    pub(super) fn of(old: (Credits, u32), new: (Credits, u32)) -> Self {
        if let ((Credits::Scaled(old), a), (Credits::Scaled(new), b)) = (old, new)
            && a == b
        {
            return Self((i128::from(new) - i128::from(old)).unsigned_abs());
        }
        let exact = |(credits, decimals)| super::exact(credits, decimals);
        let difference = exact(new) - exact(old);
        let scaled = &difference * &Exact::power_of_ten(old.1.max(new.1));
        let whole = scaled.floor().to_decimal().map(|number| number.mantissa().unsigned_abs());
        match whole {
            Some(0) if !difference.is_zero() => Self(1),
            Some(whole) => Self(whole),
            None => Self(u128::MAX),
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// The lines that change most; of those that change alike, the first.
#[derive(Debug, Default)]
pub(super) struct Most {
    lines: Vec<((Reverse<Size>, u64), Line)>,
}

impl Most {
    pub(super) fn add(&mut self, size: Size, number: u64, line: impl FnOnce() -> Line) {
        let key = (Reverse(size), number);
        let full = self.lines.len() >= MOST_LINES;
        if full && self.lines.last().is_some_and(|(last, _)| *last <= key) {
            return;
        }
        let at = self.lines.partition_point(|(other, _)| *other < key);
        self.lines.insert(at, (key, line()));
        self.lines.truncate(MOST_LINES);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for ((Reverse(size), number), line) in other.lines {
            self.add(size, number, || line);
        }
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().map(|(_, line)| line)
    }
}
