//! Where a range of numbers ends that hold.

use super::number::Number;

/// The last number of a range whose value is at most this, where values rise and then there are none.
///
/// Each next number is where a line through the ends of what is left would be, from the end that is
/// nearer: values are nearly lines. Every third one halves what is left.
pub(super) fn last_below<N: Number>(
    low: &N,
    high: &N,
    value: impl Fn(&N) -> Option<N>,
    most: &N,
) -> Option<N> {
    let value = |number: &N| value(number).unwrap_or_else(|| most.clone() + N::one());
    let room = |number: &N| most.clone() - value(number);
    let (mut low, mut high) = ((low.clone(), room(low)), (high.clone(), room(high)));
    if low.1.is_negative() {
        return None;
    }
    if !high.1.is_negative() {
        return Some(high.0);
    }
    let (one, two) = (N::one(), N::one() + N::one());
    for round in 1_usize.. {
        let left = high.0.clone() - low.0.clone();
        if left <= one {
            break;
        }
        let rise = low.1.clone() - high.1.clone();
        let after = |room: &N| {
            let (steep, flat) = (rise.div_floor(&left), left.div_floor(&rise));
            if steep.is_positive() { room.div_floor(&steep) } else { room.clone() * flat }
        };
        let middle = if round.is_multiple_of(3) {
            low.0.clone() + left.div_floor(&two)
        } else if low.1 <= high.1.abs() {
            low.0.clone() + after(&low.1)
        } else {
            high.0.clone() - after(&high.1.abs())
        };
        let middle = middle.clamp(low.0.clone() + one.clone(), high.0.clone() - one.clone());
        let own = room(&middle);
        if own.is_negative() { high = (middle, own) } else { low = (middle, own) }
    }
    Some(low.0)
}

/// The first number of a range whose value is at least this, where values rise and then there are none.
pub(super) fn first_from<N: Number>(
    low: &N,
    high: &N,
    value: impl Fn(&N) -> Option<N>,
    least: &N,
) -> Option<N> {
    match last_below(low, high, value, &(least.clone() - N::one())) {
        None => Some(low.clone()),
        Some(before) if before == *high => None,
        Some(before) => Some(before + N::one()),
    }
}

/// The last number of a range that holds, where all before it do.
pub(super) fn last<N: Number>(low: &N, high: &N, holds: impl Fn(&N) -> bool) -> Option<N> {
    if !holds(low) {
        return None;
    }
    if holds(high) {
        return Some(high.clone());
    }
    let (mut low, mut high) = (low.clone(), high.clone());
    let two = N::one() + N::one();
    while high.clone() - low.clone() > N::one() {
        let middle = (low.clone() + high.clone()).div_floor(&two);
        if holds(&middle) { low = middle } else { high = middle }
    }
    Some(low)
}

/// The first number of a range that holds, where all behind it do.
pub(super) fn first<N: Number>(low: &N, high: &N, holds: impl Fn(&N) -> bool) -> Option<N> {
    match last(low, high, |number| !holds(number)) {
        None => Some(low.clone()),
        Some(before) if before == *high => None,
        Some(before) => Some(before + N::one()),
    }
}

#[cfg(test)]
mod tests {
    use super::last_below;

    #[test]
    fn far_ends_are_found_in_few_looks() {
        let looks = std::cell::Cell::new(0);
        let value = |units: &i128| {
            looks.set(looks.get() + 1);
            Some(units * 1_603 / 700 + 13)
        };
        let last = last_below(&0, &1_000_000_000_000_000_000, value, &713_490_000);
        assert_eq!(last, Some((713_490_000 - 13) * 700 / 1_603 + 1));
        assert!(looks.get() < 24, "{}", looks.get());
    }
}
