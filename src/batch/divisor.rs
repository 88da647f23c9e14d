//! Division by a number that is known before: a product and a shift.

/// A positive divisor `d` of numbers from 0, with `m = ⌊(2⁶³ - 1) / d⌋ + 1`.
///
/// `m·d` is above 2⁶³ by at most `d`, so `⌊n·m / 2⁶³⌋ = ⌊n / d⌋` for every `n` with `n·d < 2⁶³`: the
/// product is too large by at most `n·d / 2⁶³ / d < 1 / d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Divisor {
    pub by: i64,
    multiplier: u64,
}

impl Divisor {
    /// `None` where the divisor is not above 0.
    pub(super) fn new(by: i64) -> Option<Self> {
        let divisor = u64::try_from(by).ok().filter(|by| *by > 0)?;
        Some(Self { by, multiplier: ((1 << 63) - 1) / divisor + 1 })
    }

    /// The largest number that can be divided.
    pub(super) fn most(self) -> i64 {
        i64::MAX / self.by
    }

    /// The quotient of a number from 0 to [`Self::most`], rounded down.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn divide(self, number: i64) -> i64 {
        quotient(number, self.multiplier)
    }

    /// What [`quotient`] takes.
    pub(super) fn multiplier(self) -> u64 {
        self.multiplier
    }
}

/// The quotient by a divisor with this multiplier.
#[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
#[inline(always)]
pub(super) fn quotient(number: i64, multiplier: u64) -> i64 {
    // Twice the number, for the quotient is then the upper half of the product.
    let twice = number.cast_unsigned().wrapping_mul(2);
    let product = u128::from(twice) * u128::from(multiplier);
    ((product >> 64) as u64).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::Divisor;
    use crate::quantity::POWERS_OF_TEN;

    #[test]
    fn quotients_are_those_of_division() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        };
        let mut divisors: Vec<i64> = (1..200).collect();
        divisors.extend((0..62).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1i64 << bit) + 1]));
        divisors.extend(POWERS_OF_TEN);
        divisors.extend((0..2_000).map(|_| (random() >> (2 + random() % 60)).cast_signed()));
        for by in divisors.into_iter().filter(|by| *by > 0) {
            let divisor = Divisor::new(by).unwrap();
            let most = divisor.most();
            let mut numbers: Vec<i64> = vec![0, 1, by - 1, by, by + 1, most, most - 1];
            numbers.extend([most / by * by, most / by * by - 1, most / 2]);
            numbers.extend((0..50).map(|_| (random() >> (1 + random() % 63)).cast_signed()));
            for number in numbers.into_iter().filter(|number| (0..=most).contains(number)) {
                assert_eq!(divisor.divide(number), number / by, "{number} / {by}");
            }
        }
        assert!(Divisor::new(0).is_none() && Divisor::new(-1).is_none());
    }
}
