//! Division by a number that is known before: a product and a shift.

/// A positive divisor of numbers from 0 below 2⁶³.
///
/// With `s = ⌈log₂ d⌉` and `m = ⌈2^(63+s) / d⌉`, `⌊n·m / 2^(63+s)⌋ = ⌊n / d⌋` for every such `n`:
/// `m·d - 2^(63+s) < d ≤ 2^s`, so the product is too large by less than `n / 2⁶³ / d < 1 / d`
/// (Granlund and Montgomery, *Division by Invariant Integers using Multiplication*, theorem 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Divisor {
    pub by: i64,
    multiplier: u64,
    shift: u32,
}

impl Divisor {
    /// `None` where the divisor is not above 0 or not below 2⁶².
    pub(super) fn new(by: i64) -> Option<Self> {
        let divisor = u128::try_from(by).ok().filter(|by| (1..1 << 62).contains(by))?;
        let shift = 63 + divisor.next_power_of_two().trailing_zeros();
        let multiplier = u64::try_from((1u128 << shift).div_ceil(divisor)).ok()?;
        Some(Self { by, multiplier, shift })
    }

    /// The quotient of a number from 0, rounded down.
    #[inline]
    pub(super) fn divide(self, number: i64) -> i64 {
        let product = u128::from(number.cast_unsigned()) * u128::from(self.multiplier);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a quotient is no longer than its dividend"
        )]
        let quotient = (product >> self.shift) as i64;
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::Divisor;

    #[test]
    fn quotients_are_those_of_division() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^ (state >> 29)
        };
        let mut divisors: Vec<i64> = (1..200).collect();
        divisors.extend((0..62).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1i64 << bit) + 1]));
        divisors.extend((0..18).map(|power| 10i64.pow(power)));
        divisors.extend((0..2_000).map(|_| (random() >> (2 + random() % 60)).cast_signed()));
        for by in divisors.into_iter().filter(|by| (1..1 << 62).contains(by)) {
            let divisor = Divisor::new(by).unwrap();
            let mut numbers: Vec<i64> = vec![0, 1, by - 1, by, by + 1, i64::MAX, i64::MAX - 1];
            let most = i64::MAX / by * by;
            numbers.extend([most, most - 1, most.saturating_add(1)]);
            numbers.extend((0..50).map(|_| (random() >> (1 + random() % 63)).cast_signed()));
            for number in numbers {
                assert_eq!(divisor.divide(number), number / by, "{number} / {by}");
            }
        }
        assert!(Divisor::new(0).is_none() && Divisor::new(-1).is_none());
        assert!(Divisor::new(1 << 62).is_none());
    }
}
