//! Exact numbers beside rationals of any length.

use num_bigint::BigInt;
use num_rational::BigRational as Ratio;
use num_traits::{Signed as _, Zero as _};
use proptest::prelude::{Strategy, any, prop_oneof};
use rust_decimal::Decimal;

use credit_rules::quantity::{Exact, Rounding, RoundingMode};

use crate::oracle::model::{Mode, Number, Round};
use crate::oracle::{charge, for_all};

/// An exact number, by its text.
pub(crate) fn exactly(number: &Exact) -> Ratio {
    let text = number.text();
    if let Some((whole, fraction)) = text.split_once('.') {
        let digits: num_bigint::BigInt = format!("{whole}{fraction}").parse().unwrap();
        let scale = u32::try_from(fraction.len()).unwrap();
        return Ratio::new(digits, num_bigint::BigInt::from(10).pow(scale));
    }
    text.parse().unwrap()
}

/// Small numbers, those about the ends of what 64 bits hold, and longer ones.
fn part() -> impl Strategy<Value = i128> {
    let about = |end: i64| (-2..=2_i128).prop_map(move |by| i128::from(end) + by);
    prop_oneof![
        -12..=12_i128,
        any::<i64>().prop_map(i128::from),
        about(i64::MAX),
        about(i64::MIN),
        (0..=18_u32, -3..=3_i128).prop_map(|(power, by)| 10_i128.pow(power) * by),
        any::<i128>(),
    ]
}

fn number() -> impl Strategy<Value = (i128, i128)> {
    (part(), part().prop_filter("0", |below| *below != 0))
}

#[test]
fn operations_are_those_of_rationals_of_any_length() {
    for_all("exact", 10_000, &(number(), number()), |(one, other)| {
        let ratio = |(above, below): (i128, i128)| Ratio::new(above.into(), below.into());
        let exact = |(above, below)| Exact::whole(above) / Exact::whole(below);
        let (x, y, a, b) = (ratio(one), ratio(other), exact(one), exact(other));
        let short = |x: &Ratio| Some((x.numer().try_into().ok()?, x.denom().try_into().ok()?));
        let mut pairs = vec![
            ("parts", a.clone(), x.clone()),
            ("sum", &a + &b, &x + &y),
            ("difference", &a - &b, &x - &y),
            ("product", &a * &b, &x * &y),
            ("negation", -a.clone(), -x.clone()),
            ("floor", a.floor(), x.floor()),
            ("ceiling", a.ceil(), x.ceil()),
        ];
        if !b.is_zero() {
            pairs.push(("quotient", a.clone() / b.clone(), &x / &y));
        }
        let wrong = pairs.into_iter().find(|(_, exact, ratio)| {
            let (above, below): (BigInt, BigInt) = exact.fraction();
            (&above, &below) != (ratio.numer(), ratio.denom()) || exact.ratio() != short(ratio)
        });
        let fails = [
            (wrong.as_ref().map_or("", |(what, ..)| *what), wrong.is_some()),
            ("order", a.cmp(&b) != x.cmp(&y)),
            ("equality", (a == b) != (x == y)),
            ("sign", a.is_negative() != x.is_negative() || a.is_zero() != x.is_zero()),
            // One number has one form, however it comes about.
            ("form", &(&a + &b) - &b != a),
            ("text", exactly(&a) != x),
        ];
        match fails.iter().find(|(_, fails)| *fails) {
            Some((what, _)) => Err(format!("{what}: {x}, {y}")),
            None => Ok(()),
        }
    });
}

#[test]
fn roundings_are_near_multiples() {
    let modes = [
        (RoundingMode::HalfUp, Mode::HalfUp),
        (RoundingMode::HalfEven, Mode::HalfEven),
        (RoundingMode::HalfDown, Mode::HalfDown),
        (RoundingMode::Up, Mode::Up),
        (RoundingMode::Down, Mode::Down),
    ];
    let steps = [(1, 0), (1, 2), (10, 0), (5, 1), (25, 2), (3, 0), (1, 12), (7, 3)];
    // Halves and other parts of a step are drawn often: the divisor is small.
    let long = any::<u64>().prop_map(i128::from);
    let parts = prop_oneof![3 => 0..2_000_i128, 1 => long];
    let strategy = (0..5_usize, 0..8_usize, parts, 1..9_i64);
    for_all("rounding", 4_000, &strategy, |(mode, step, parts, divisor)| {
        let ((mode, mirror), step) = (modes[mode], steps[step]);
        let step_ratio = Number::new(step.0, step.1).ratio();
        let number = Ratio::new(parts.into(), divisor.into()) * &step_ratio;
        let expected =
            charge::rounded(Round { mode: mirror, step: Number::new(step.0, step.1) }, &number);
        let rounding =
            Rounding { mode, step: Decimal::try_from_i128_with_scale(step.0, step.1).unwrap() };
        let exact = Exact::whole(parts) / Exact::from(divisor) * Exact::from(rounding.step);
        let (above, below) = (rounding.round(&exact), rounding.round(&-exact));
        let fails = [
            (exactly(&above) != expected, "the other rounding"),
            (!(exactly(&above) / &step_ratio).is_integer(), "no multiple"),
            ((exactly(&above) - &number).abs() >= step_ratio, "a step away"),
            (exactly(&below) != -exactly(&above), "not the same below 0"),
            (rounding.round(&above) != above, "not the same twice"),
        ];
        match fails.iter().find(|(fails, _)| *fails) {
            Some((_, what)) => Err(format!("{what}: {number} to {expected}, not {above}, {below}")),
            None => Ok(()),
        }
    });
}
