//! Choices read from a tape of numbers, or from a seed. A tape that ends, or shrinks, reads as 0,
//! and so does the seed 0; 0 is always the simplest choice: so a failing case shrinks to a simple
//! one.

use super::model::Number;

/// Where choices come from.
pub(crate) enum Draw<'a> {
    Tape { tape: &'a [u16], at: usize },
    Seed(u32),
}

impl<'a> Draw<'a> {
    pub(crate) fn new(tape: &'a [u16]) -> Self {
        Self::Tape { tape, at: 0 }
    }

    /// Endless choices from a seed; all of them 0 from 0.
    pub(crate) fn seeded(seed: u32) -> Self {
        Self::Seed(seed)
    }

    fn next(&mut self) -> usize {
        match self {
            Self::Tape { tape, at } => {
                *at += 1;
                usize::from(tape.get(*at - 1).copied().unwrap_or(0))
            }
            Self::Seed(state) => {
                // A xorshift generator stays at 0 by itself.
                *state ^= *state << 13;
                *state ^= *state >> 17;
                *state ^= *state << 5;
                (*state >> 8) as usize
            }
        }
    }

    /// A number below `count`.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        self.next() % count.max(1)
    }

    /// A number of days below `count`.
    pub(crate) fn days(&mut self, count: usize) -> i64 {
        i64::try_from(self.below(count)).unwrap()
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.one_in(2)
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Some of these, in their order, at least one and, of several, not all.
    pub(crate) fn some_of<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        let mut chosen: Vec<T> = from.iter().filter(|_| self.coin()).cloned().collect();
        if chosen.len() == from.len() && from.len() > 1 {
            chosen.pop();
        }
        if chosen.is_empty() {
            chosen.push(from[0].clone());
        }
        chosen
    }

    /// The same things in some order.
    pub(crate) fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            // A tape at its end leaves the order as it is.
            things.swap(at, at - self.below(at + 1));
        }
    }

    /// One of a list of numbers: digits and decimals.
    pub(crate) fn number(&mut self, from: &[(i128, u32)]) -> Number {
        let (digits, decimals) = from[self.below(from.len())];
        Number::new(digits, decimals)
    }
}
