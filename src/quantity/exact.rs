//! Exact rational numbers.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{CheckedMul, Signed};
use rust_decimal::Decimal;

use super::{MAX_DECIMALS, POWERS_OF_TEN};

/// An exact rational number. Every operation is exact; only [`Rounding::round`] changes a value.
///
/// [`Rounding::round`]: super::Rounding::round
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Exact(Parts);

/// Numerator and denominator in lowest terms, the denominator above 0. Every number has one form,
/// the shorter one where it fits: so equal numbers are equal parts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Parts {
    /// Both fit into 64 bits: nearly always, and nothing is allocated for them.
    Short(i64, i64),
    /// One of them does not.
    Long(Box<BigRational>),
}

use Parts::{Long, Short};

impl Exact {
    /// 0.
    pub fn zero() -> Self {
        Self(Short(0, 1))
    }

    /// 1.
    pub fn one() -> Self {
        Self(Short(1, 1))
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Short(0, _))
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        matches!(self.0, Short(1, 1))
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Short(above, _) => *above < 0,
            Long(own) => own.is_negative(),
        }
    }

    /// Whether its numerator or denominator has more than about 77 digits: more than any chain of
    /// factors that a person writes.
    pub fn is_long(&self) -> bool {
        match &self.0 {
            Short(..) => false,
            Long(own) => own.numer().bits().max(own.denom().bits()) > 256,
        }
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self::of_parts(number, 1)
    }

    /// A whole number of any length.
    pub fn big(number: BigInt) -> Self {
        Self::of_ratio(BigRational::from_integer(number))
    }

    /// 10 to a power.
    pub fn power_of_ten(power: u32) -> Self {
        match POWERS_OF_TEN.get(power as usize) {
            Some(short) => Self(Short(*short, 1)),
            None => Self::big(BigInt::from(10u8).pow(power)),
        }
    }

    /// Numerator and denominator, where both fit.
    pub fn ratio(&self) -> Option<(i64, i64)> {
        match &self.0 {
            Short(above, below) => Some((*above, *below)),
            Long(_) => None,
        }
    }

    /// As [`Self::ratio`], in twice as many bits.
    pub fn wide_ratio(&self) -> Option<(i128, i128)> {
        match &self.0 {
            Short(above, below) => Some(((*above).into(), (*below).into())),
            Long(own) => {
                Some((i128::try_from(own.numer()).ok()?, i128::try_from(own.denom()).ok()?))
            }
        }
    }

    /// Numerator and denominator in lowest terms, the denominator above 0.
    pub fn fraction(&self) -> (BigInt, BigInt) {
        match &self.0 {
            Short(above, below) => ((*above).into(), (*below).into()),
            Long(own) => own.as_ref().clone().into_raw(),
        }
    }

    /// The numerator in lowest terms: the number itself, where it is whole.
    pub fn numerator(&self) -> BigInt {
        self.fraction().0
    }

    /// The denominator in lowest terms, above 0.
    pub fn denominator(&self) -> BigInt {
        self.fraction().1
    }

    /// Whether it is a whole number.
    pub(super) fn is_whole(&self) -> bool {
        match &self.0 {
            Short(_, below) => *below == 1,
            Long(own) => own.is_integer(),
        }
    }

    /// The largest whole number that is not above it.
    pub fn floor(&self) -> Self {
        match &self.0 {
            Short(above, below) => Self(Short(above.div_euclid(*below), 1)),
            Long(own) => Self::of_ratio(own.floor()),
        }
    }

    /// The smallest whole number that is not below it.
    pub fn ceil(&self) -> Self {
        match &self.0 {
            Short(above, below) => {
                let begun = i64::from(above.rem_euclid(*below) != 0);
                Self(Short(above.div_euclid(*below) + begun, 1))
            }
            Long(own) => Self::of_ratio(own.ceil()),
        }
    }

    /// The number as a whole mantissa and a count of decimals, the fewest that hold it; `None`
    /// where no finite decimal equals it.
    fn mantissa(&self) -> Option<(BigInt, u32)> {
        let (above, below) = self.fraction();
        decimal(&above, &below)
    }

    /// The same, where it is found in 128 bits.
    fn short_mantissa(&self) -> Option<(i128, u32)> {
        match self.0 {
            Short(above, below) => decimal(&above.into(), &below.into()),
            Long(_) => None,
        }
    }

    /// The same number as a decimal, if it has at most [`MAX_DECIMALS`] decimals and
    /// [`super::MAX_DIGITS`] digits.
    pub fn to_decimal(&self) -> Option<Decimal> {
        let long = || {
            let (mantissa, decimals) = self.mantissa()?;
            Some((i128::try_from(&mantissa).ok()?, decimals))
        };
        let (mantissa, decimals) = self.short_mantissa().or_else(long)?;
        let fits = mantissa.unsigned_abs() < 10u128.pow(28) && decimals as usize <= MAX_DECIMALS;
        fits.then(|| Decimal::try_from_i128_with_scale(mantissa, decimals).ok()).flatten()
    }

    /// Plain digits where a finite decimal equals the number, else a fraction.
    pub fn text(&self) -> String {
        if let Short(whole, 1) = self.0 {
            return whole.to_string();
        }
        let short = self
            .short_mantissa()
            .map(|(own, width)| (own < 0, own.unsigned_abs().to_string(), width));
        let long = || {
            let (own, width) = self.mantissa()?;
            Some((own.is_negative(), own.magnitude().to_string(), width))
        };
        let Some((negative, digits, decimals)) = short.or_else(long) else {
            let (above, below) = self.fraction();
            return format!("{above}/{below}");
        };
        let sign = if negative { "-" } else { "" };
        let width = decimals as usize;
        let digits = format!("{digits:0>length$}", length = width + 1);
        let (whole, fraction) = digits.split_at(digits.len() - width);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }

    /// Parts in lowest terms, the lower one above 0.
    fn of_parts(above: i128, below: i128) -> Self {
        match (i64::try_from(above), i64::try_from(below)) {
            (Ok(above), Ok(below)) => Self(Short(above, below)),
            _ => Self(Long(Box::new(BigRational::new_raw(above.into(), below.into())))),
        }
    }

    fn of_ratio(ratio: BigRational) -> Self {
        match (i64::try_from(ratio.numer()), i64::try_from(ratio.denom())) {
            (Ok(above), Ok(below)) => Self(Short(above, below)),
            _ => Self(Long(Box::new(ratio))),
        }
    }

    fn to_ratio(&self) -> BigRational {
        match &self.0 {
            Short(above, below) => BigRational::new_raw((*above).into(), (*below).into()),
            Long(own) => own.as_ref().clone(),
        }
    }
}

/// A fraction in lowest terms as a mantissa and a count of decimals, the fewest that hold it; `None`
/// where no finite decimal equals it, or `T` does not hold it.
fn decimal<T: Integer + CheckedMul + Clone + From<u8>>(above: &T, below: &T) -> Option<(T, u32)> {
    let powers = |prime: u8| {
        let (prime, mut rest, mut count) = (T::from(prime), below.clone(), 0u32);
        while rest.is_multiple_of(&prime) {
            rest = rest / prime.clone();
            count += 1;
        }
        count
    };
    let decimals = powers(2).max(powers(5));
    let scale = num_traits::checked_pow(T::from(10), decimals as usize)?;
    let (mantissa, rest) = above.checked_mul(&scale)?.div_rem(below);
    rest.is_zero().then_some((mantissa, decimals))
}

/// The greatest common divisor of two numbers, the second above 0: it fits as that does.
fn gcd(number: i64, other: i64) -> i64 {
    if other == 1 || number == 1 {
        return 1;
    }
    // At most `other`.
    i64::try_from(number.unsigned_abs().gcd(&other.unsigned_abs())).unwrap_or(1)
}

/// `a / b + c / d`, as Knuth adds them (The Art of Computer Programming, volume 2, 4.5.1): the
/// divisors that parts have in common are taken out before anything is multiplied. No sum or product
/// of such parts is longer than 127 bits.
fn sum((a, b): (i64, i64), (c, d): (i64, i64)) -> Exact {
    if b == 1 && d == 1 {
        return Exact::of_parts(i128::from(a) + i128::from(c), 1);
    }
    let common = gcd(b, d);
    let (left, right) = (b / common, d / common);
    let above = wide(a, right) + wide(c, left);
    // What is left in common divides `common`.
    let rest = if common == 1 { 1 } else { gcd_wide(above, common) };
    let above = if rest == 1 { above } else { above / i128::from(rest) };
    Exact::of_parts(above, wide(left, d / rest))
}

/// `a / b × c / d`.
fn product((a, b): (i64, i64), (c, d): (i64, i64)) -> Exact {
    let (one, two) = (gcd(a, d), gcd(c, b));
    Exact::of_parts(wide(a / one, c / two), wide(b / two, d / one))
}

fn wide(one: i64, other: i64) -> i128 {
    i128::from(one) * i128::from(other)
}

fn gcd_wide(number: i128, other: i64) -> i64 {
    let rest = number % i128::from(other);
    gcd(i64::try_from(rest).unwrap_or(1), other)
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Short(a, 1), Short(b, 1)) => a.cmp(b),
            (Short(a, b), Short(c, d)) => {
                (i128::from(*a) * i128::from(*d)).cmp(&(i128::from(*c) * i128::from(*b)))
            }
            _ => self.to_ratio().cmp(&other.to_ratio()),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl From<Decimal> for Exact {
    fn from(number: Decimal) -> Self {
        let (mantissa, decimals) = (number.mantissa(), number.scale());
        if let (Ok(above), Some(below)) =
            (i64::try_from(mantissa), POWERS_OF_TEN.get(decimals as usize))
        {
            let common = gcd(above, *below);
            return Self(Short(above / common, below / common));
        }
        let below = BigInt::from(10u8).pow(decimals);
        Self::of_ratio(BigRational::new(mantissa.into(), below))
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Self {
        Self(Short(number, 1))
    }
}

macro_rules! operator {
    ($name:ident, $method:ident, $short:expr) => {
        impl $name for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                (&self).$method(&other)
            }
        }
        impl $name for &Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                if let (Short(a, b), Short(c, d)) = (&self.0, &other.0)
                    && let Some(short) = $short((*a, *b), (*c, *d))
                {
                    return short;
                }
                Exact::of_ratio(self.to_ratio().$method(other.to_ratio()))
            }
        }
    };
}
operator!(Add, add, |one, other| Some(sum(one, other)));
operator!(Sub, sub, |one, (c, d): (i64, i64)| Some(sum(one, (c.checked_neg()?, d))));
operator!(Mul, mul, |one, other| Some(product(one, other)));

/// Division; the divisor is never 0, because the checker admits only constant divisors other
/// than 0, and blocks above 0.
impl Div for Exact {
    type Output = Exact;
    fn div(self, other: Exact) -> Exact {
        if let (Short(a, b), Short(c, d)) = (&self.0, &other.0)
            && let Some(size) = c.checked_abs().filter(|size| *size != 0)
            && let Some(sign) = d.checked_mul(&c.signum())
        {
            return product((*a, *b), (sign, size));
        }
        Exact::of_ratio(self.to_ratio() / other.to_ratio())
    }
}

impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        match self.0 {
            Short(above, below) => Exact::of_parts(-i128::from(above), below.into()),
            Long(own) => Exact::of_ratio(-*own),
        }
    }
}
