//! Exact numbers: literals as decimals, everything computed as rationals, and the one place that
//! rounds.

mod exact;

use std::cmp::Ordering;

use num_integer::Integer;
use num_traits::Signed;
use rust_decimal::Decimal;

pub use exact::Exact;

/// The powers of ten that 64 bits hold, from 1.
#[expect(clippy::indexing_slicing, reason = "it is evaluated by the compiler")]
pub const POWERS_OF_TEN: [i64; 19] = {
    let mut powers = [1; 19];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

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

/// So many digits fit 64 bits.
const SHORT: usize = 18;

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
    if let (None, true, Ok(small)) = (fraction, text.len() <= SHORT, text.parse::<i64>()) {
        return Ok(Decimal::from(small));
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
        if number.is_whole() && self.step == Decimal::ONE {
            return number.clone();
        }
        let step = Exact::from(self.step);
        // number / step = (n·sd) / (d·sn), divided once without reducing the fraction first.
        let multiples = if let (Some(number), Some(step)) = (number.ratio(), step.ratio()) {
            let wide = |one, other| i128::from(one) * i128::from(other);
            Exact::whole(self.multiples(&wide(number.0, step.1), &wide(number.1, step.0)))
        } else {
            let ((above, below), (each, parts)) = (number.fraction(), step.fraction());
            Exact::big(self.multiples(&(above * parts), &(below * each)))
        };
        &multiples * &step
    }

    /// The whole number that the mode chooses for a quotient.
    fn multiples<T: Integer + Signed + Clone>(&self, dividend: &T, divisor: &T) -> T {
        let (below, rest) = dividend.abs().div_rem(divisor);
        let half = (rest.clone() + rest.clone()).cmp(divisor);
        let up = match self.mode {
            _ if rest.is_zero() => false,
            RoundingMode::Up => true,
            RoundingMode::Down => false,
            RoundingMode::HalfUp => half != Ordering::Less,
            RoundingMode::HalfDown => half == Ordering::Greater,
            RoundingMode::HalfEven => {
                half == Ordering::Greater || (half == Ordering::Equal && below.is_odd())
            }
        };
        let magnitude = if up { below + T::one() } else { below };
        if dividend.is_negative() { -magnitude } else { magnitude }
    }

    /// `half up to 0.01`.
    pub fn text(&self) -> String {
        format!("{} to {}", self.mode.words(), plain(self.step))
    }
}

#[cfg(test)]
mod tests;
