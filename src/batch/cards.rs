//! What most lines need of the tables, laid out so that two loads find it: the few rates of a product
//! or license, each of few tiers, side by side.

use super::divisor::quotient;
use super::pool::{FEW, Few, Plain, Straight};
use super::price::ByPiece;

/// Rates of a card that are told apart without a loop.
const RATES: usize = 4;

/// Cards by rule, and the rates of all.
#[derive(Debug)]
pub(super) struct Cards {
    cards: Vec<Card>,
    rates: Vec<Rate>,
    /// The place of the first piece of each rate in the pool.
    pieces: Vec<u32>,
}

/// The rates of a rule.
#[derive(Debug, Clone, Copy)]
struct Card {
    /// The day of the first rate, in days since 1970-01-01.
    first: i32,
    /// The days of the later ones; those that are missing begin behind every day.
    changes: [i32; RATES - 1],
    /// Where its rates stand.
    rates: u32,
}

/// A rate of one charge that is [`Plain`], in two cache lines.
#[derive(Debug, Clone, Copy)]
#[repr(align(128))]
struct Rate {
    /// Most quantity units that it prices.
    limit: i64,
    once: i64,
    block: u64,
    add: i64,
    parts: u64,
    few: Few,
}

/// Prices nothing.
const NONE: Rate = Rate {
    limit: 0,
    once: 0,
    block: 0,
    add: 0,
    parts: 0,
    few: Few { bounds: [0; FEW], slopes: [0; FEW + 1], bases: [0; FEW + 1] },
};

impl Default for Cards {
    fn default() -> Self {
        Self { cards: Vec::new(), rates: vec![NONE], pieces: vec![0] }
    }
}

impl Cards {
    /// Adds the card of the next rule: the first days of its stretches, each with its rate if that is
    /// plain. One with too many stretches prices nothing.
    pub(super) fn add(&mut self, stretches: &[(i32, Option<Plain<'_>>)]) {
        // Before its first rate a product has none.
        let stretches = match stretches {
            [(_, None), later @ ..] => later,
            all => all,
        };
        let days = || stretches.iter().map(|(from, _)| *from);
        let rates = u32::try_from(self.rates.len()).ok();
        let (Some(first), Some(rates)) =
            (days().next(), rates.filter(|_| stretches.len() <= RATES))
        else {
            return self.cards.push(Card {
                first: i32::MAX,
                changes: [i32::MAX; RATES - 1],
                rates: 0,
            });
        };
        let mut changes = days().skip(1);
        let changes = std::array::from_fn(|_| changes.next().unwrap_or(i32::MAX));
        self.cards.push(Card { first, changes, rates });
        for (_, plain) in stretches {
            self.rates.push(plain.as_ref().map_or(NONE, Rate::new));
            self.pieces.push(plain.as_ref().map_or(0, |plain| plain.place));
        }
    }

    pub(super) fn shrink(&mut self) {
        self.cards.shrink_to_fit();
        self.rates.shrink_to_fit();
        self.pieces.shrink_to_fit();
    }

    /// Bytes of all.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.cards.as_slice())
            + size_of_val(self.rates.as_slice())
            + size_of_val(self.pieces.as_slice())
    }

    /// Credits of a line, where its card knows, and the piece of the pool that decides.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn price(&self, rule: u32, day: i32, quantity: i64) -> Option<ByPiece> {
        let Card { first, changes: [a, b, c], rates } = self.cards.get(rule as usize)?;
        let after = u32::from(*a <= day) + u32::from(*b <= day) + u32::from(*c <= day);
        let at = rates.wrapping_add(after) as usize;
        let rate = self.rates.get(at)?;
        if day < *first || quantity.wrapping_sub(1).cast_unsigned() >= rate.limit.cast_unsigned() {
            return None;
        }
        let (credits, piece) = rate.price(quantity);
        Some((credits, self.pieces.get(at).map_or(0, |first| *first as usize + piece)))
    }
}

impl Rate {
    fn new(plain: &Plain<'_>) -> Self {
        let Plain { shape, few, .. } = plain;
        Self {
            limit: shape.limit,
            once: shape.once,
            block: shape.block.multiplier(),
            add: shape.add,
            parts: shape.parts.multiplier(),
            few: *few,
        }
    }

    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    fn price(&self, quantity: i64) -> ByPiece {
        let n = quotient(quantity.wrapping_add(self.once), self.block);
        let piece = self.few.piece(n);
        let Straight { slope, base } = self.few.straight(piece);
        let credits = base.wrapping_add(slope.wrapping_mul(n));
        (quotient(credits.wrapping_add(self.add), self.parts), piece)
    }
}
