//! Exact numbers: literals as decimals, everything computed as rationals, and the one place that
//! rounds.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rust_decimal::Decimal;

/// Most significant digits of a number in rules, input and results.
pub const MAX_DIGITS: usize = 28;
/// Most decimals of a number in rules, input and results.
pub const MAX_DECIMALS: usize = 12;

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// Nothing there.
    Empty,
    /// A sign in front; the number behind it is well formed when the flag is set.
    Sign {
        /// Whether the sign is a minus before a well-formed number.
        negative: bool,
    },
    /// `1,000` or `1.000,5`.
    Comma,
    /// `1e3`.
    Exponent,
    /// `_` elsewhere than between two digits, or in data.
    Underscore,
    /// `007`.
    LeadingZero,
    /// `.5` or `5.`.
    Point,
    /// A character that no number has.
    Character(char),
    /// More than [`MAX_DIGITS`] significant digits.
    Digits,
    /// More than [`MAX_DECIMALS`] decimals.
    Decimals,
    /// `40%` where a percent sign has no place.
    Percent,
}

impl NumberFault {
    /// What is wrong, as the rest of a sentence about the text.
    pub fn reason(self) -> String {
        match self {
            Self::Empty => "is empty".into(),
            Self::Sign { .. } => "has a sign; numbers are written without one".into(),
            Self::Comma => "has a comma".into(),
            Self::Exponent => "has an exponent".into(),
            Self::Underscore => "has a `_` that does not stand between two digits".into(),
            Self::LeadingZero => "has a leading zero".into(),
            Self::Point => "needs digits on both sides of the decimal point".into(),
            Self::Character(c) => format!("has the character {}", describe(c)),
            Self::Digits => format!("has more than {MAX_DIGITS} significant digits"),
            Self::Decimals => format!("has more than {MAX_DECIMALS} decimals"),
            Self::Percent => "has a percent sign".into(),
        }
    }
}

/// A character in backticks, or its code point where it would not be seen.
pub fn describe(c: char) -> String {
    if c.is_ascii_graphic() || (c.is_alphanumeric() && !('\u{ff00}'..='\u{ffef}').contains(&c)) {
        format!("`{c}`")
    } else {
        format!("U+{:04X}", u32::from(c))
    }
}

/// Reads a number of a rule file: `12`, `1_000`, `0.05`, `40%`.
pub fn parse_literal(text: &str) -> Result<Decimal, NumberFault> {
    let (digits, percent) = match text.strip_suffix('%') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let bytes = digits.as_bytes();
    for (index, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_') {
        let digit_at =
            |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        if !digit_at(index.checked_sub(1)) || !digit_at(index.checked_add(1)) {
            return Err(NumberFault::Underscore);
        }
    }
    let number = parse_plain(&digits.replace('_', ""))?;
    if percent {
        let shifted = Exact::from(number) / Exact::from(100);
        return shifted.to_decimal().ok_or(NumberFault::Decimals);
    }
    Ok(number)
}

/// Reads a number of an input: ASCII digits with at most one decimal point, nothing else.
pub fn parse_plain(text: &str) -> Result<Decimal, NumberFault> {
    if text.is_empty() {
        return Err(NumberFault::Empty);
    }
    if let Some(rest) = text.strip_prefix(['-', '+']) {
        let negative = text.starts_with('-') && parse_plain(rest).is_ok();
        return Err(NumberFault::Sign { negative });
    }
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_digit() && *c != '.') {
        return Err(match bad {
            ',' => NumberFault::Comma,
            'e' | 'E' if text.starts_with(|c: char| c.is_ascii_digit()) => NumberFault::Exponent,
            '_' => NumberFault::Underscore,
            '%' => NumberFault::Percent,
            other => NumberFault::Character(other),
        });
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if whole.is_empty() || fraction.is_some_and(|part| part.is_empty() || part.contains('.')) {
        return Err(NumberFault::Point);
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(NumberFault::LeadingZero);
    }
    let fraction = fraction.unwrap_or_default().trim_end_matches('0');
    if fraction.len() > MAX_DECIMALS {
        return Err(NumberFault::Decimals);
    }
    let significant = format!("{whole}{fraction}");
    if significant.trim_start_matches('0').len() > MAX_DIGITS {
        return Err(NumberFault::Digits);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Decimal::from_str_exact(&format!("{whole}{point}{fraction}")).map_err(|_| NumberFault::Digits)
}

/// A decimal as plain digits, without exponent or trailing zeros.
pub fn plain(number: Decimal) -> String {
    number.normalize().to_string()
}

/// An exact rational number. Every operation is exact; only [`Rounding::round`] changes a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(BigRational);

impl Exact {
    /// 0.
    pub fn zero() -> Self {
        Self(BigRational::zero())
    }

    /// 1.
    pub fn one() -> Self {
        Self(BigRational::one())
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is 1.
    pub fn is_one(&self) -> bool {
        self.0.is_one()
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Whether its numerator or denominator has more than about 77 digits: more than any chain of
    /// factors that a person writes.
    pub fn is_long(&self) -> bool {
        self.0.numer().bits().max(self.0.denom().bits()) > 256
    }

    /// A whole number.
    pub fn whole(number: i128) -> Self {
        Self(BigRational::from_integer(number.into()))
    }

    /// A whole number of any length.
    pub fn big(number: BigInt) -> Self {
        Self(BigRational::from_integer(number))
    }

    /// 10 to a power.
    pub fn power_of_ten(power: u32) -> Self {
        Self(BigRational::from_integer(BigInt::from(10u8).pow(power)))
    }

    /// Numerator and denominator, where both fit.
    pub fn ratio(&self) -> Option<(i64, i64)> {
        Some((i64::try_from(self.0.numer()).ok()?, i64::try_from(self.0.denom()).ok()?))
    }

    /// Numerator and denominator in lowest terms, the denominator above 0.
    pub fn fraction(&self) -> (&BigInt, &BigInt) {
        (self.0.numer(), self.0.denom())
    }

    /// As [`Self::ratio`], in twice as many bits.
    pub fn wide_ratio(&self) -> Option<(i128, i128)> {
        Some((i128::try_from(self.0.numer()).ok()?, i128::try_from(self.0.denom()).ok()?))
    }

    /// The largest whole number that is not above it.
    pub fn floor(&self) -> Self {
        Self(self.0.floor())
    }

    /// The smallest whole number that is not below it.
    pub fn ceil(&self) -> Self {
        Self(self.0.ceil())
    }

    /// The number as a whole mantissa and a count of decimals, the fewest that hold it; `None`
    /// where no finite decimal equals it.
    fn mantissa(&self) -> Option<(BigInt, u32)> {
        if self.0.is_integer() {
            return Some((self.0.numer().clone(), 0));
        }
        let powers = |prime: u32| {
            let (mut rest, mut count) = (self.0.denom().clone(), 0u32);
            while (&rest % prime).is_zero() {
                rest /= prime;
                count += 1;
            }
            count
        };
        let (twos, fives) = (powers(2), powers(5));
        let decimals = twos.max(fives);
        let scale = BigInt::from(10).pow(decimals);
        let (mantissa, rest) = (self.0.numer() * scale).div_rem(self.0.denom());
        rest.is_zero().then_some((mantissa, decimals))
    }

    /// The same number as a decimal, if it has at most [`MAX_DECIMALS`] decimals and
    /// [`MAX_DIGITS`] digits.
    pub fn to_decimal(&self) -> Option<Decimal> {
        let (mantissa, decimals) = self.mantissa()?;
        let mantissa = i128::try_from(&mantissa).ok()?;
        let fits = mantissa.unsigned_abs() < 10u128.pow(28) && decimals as usize <= MAX_DECIMALS;
        fits.then(|| Decimal::try_from_i128_with_scale(mantissa, decimals).ok()).flatten()
    }

    /// Plain digits where a finite decimal equals the number, else a fraction.
    pub fn text(&self) -> String {
        let Some((mantissa, decimals)) = self.mantissa() else {
            return format!("{}/{}", self.0.numer(), self.0.denom());
        };
        let sign = if mantissa.is_negative() { "-" } else { "" };
        let width = decimals as usize;
        let digits = format!("{:0>length$}", mantissa.magnitude().to_string(), length = width + 1);
        let (whole, fraction) = digits.split_at(digits.len() - width);
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{fraction}")
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl From<Decimal> for Exact {
    fn from(number: Decimal) -> Self {
        let numerator = BigInt::from(number.mantissa());
        if number.scale() == 0 {
            return Self(BigRational::from_integer(numerator));
        }
        Self(BigRational::new(numerator, BigInt::from(10u8).pow(number.scale())))
    }
}

impl From<i64> for Exact {
    fn from(number: i64) -> Self {
        Self(BigRational::from_integer(number.into()))
    }
}

macro_rules! operator {
    ($name:ident, $method:ident) => {
        impl $name for Exact {
            type Output = Exact;
            fn $method(self, other: Exact) -> Exact {
                (&self).$method(&other)
            }
        }
        impl $name for &Exact {
            type Output = Exact;
            fn $method(self, other: &Exact) -> Exact {
                // Whole numbers have no fraction to reduce, which takes longest.
                if self.0.is_integer() && other.0.is_integer() {
                    return Exact(BigRational::from_integer(
                        self.0.numer().$method(other.0.numer()),
                    ));
                }
                Exact((&self.0).$method(&other.0))
            }
        }
    };
}
operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);

/// Division; the divisor is never 0, because the checker admits only constant divisors other
/// than 0, and blocks above 0.
impl Div for Exact {
    type Output = Exact;
    fn div(self, other: Exact) -> Exact {
        if other.is_one() {
            return self;
        }
        Exact(self.0 / other.0)
    }
}

impl Neg for Exact {
    type Output = Exact;
    fn neg(self) -> Exact {
        Exact(-self.0)
    }
}

/// Which multiple a number between two multiples of the step becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoundingMode {
    /// The nearest; a half goes away from zero.
    HalfUp,
    /// The nearest; a half goes to the even multiple.
    HalfEven,
    /// The nearest; a half goes towards zero.
    HalfDown,
    /// Away from zero.
    Up,
    /// Towards zero.
    Down,
}

impl RoundingMode {
    /// The words of the language.
    pub fn words(self) -> &'static str {
        match self {
            Self::HalfUp => "half up",
            Self::HalfEven => "half even",
            Self::HalfDown => "half down",
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// How the credits of a line are rounded: to the multiples of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rounding {
    /// Which multiple is chosen.
    pub mode: RoundingMode,
    /// Distance between two multiples, above 0.
    pub step: Decimal,
}

impl Rounding {
    /// The multiple of the step that the mode chooses.
    pub fn round(&self, number: &Exact) -> Exact {
        // number / step = (n·sd) / (d·sn), divided once without reducing the fraction first.
        if number.0.is_integer() && self.step == Decimal::ONE {
            return number.clone();
        }
        let step = Exact::from(self.step);
        let dividend = number.0.numer() * step.0.denom();
        let divisor = number.0.denom() * step.0.numer();
        let (below, rest) = dividend.abs().div_rem(&divisor);
        if rest.is_zero() {
            return number.clone();
        }
        let half = (rest * 2u8).cmp(&divisor);
        let up = match self.mode {
            RoundingMode::Up => true,
            RoundingMode::Down => false,
            RoundingMode::HalfUp => half != Ordering::Less,
            RoundingMode::HalfDown => half == Ordering::Greater,
            RoundingMode::HalfEven => {
                half == Ordering::Greater || (half == Ordering::Equal && below.is_odd())
            }
        };
        let magnitude = if up { below + 1u8 } else { below };
        let multiples = if dividend.is_negative() { -magnitude } else { magnitude };
        Exact(BigRational::from_integer(multiples) * step.0)
    }

    /// `half up to 0.01`.
    pub fn text(&self) -> String {
        format!("{} to {}", self.mode.words(), plain(self.step))
    }
}

#[cfg(test)]
mod tests;
