//! Texts as whole numbers, for the many that are short and plain. What does not fit is read again,
//! and judged, by [`super::Schema::license`].

use crate::batch::decimals_for;
use crate::period::number_of;
use crate::quantity::POWERS_OF_TEN;

/// Most digits that certainly fit 64 bits.
const MOST_DIGITS: usize = 18;

/// A quantity in units of 10 to minus so many decimals.
#[inline]
pub fn quantity(text: &str) -> Option<(i64, u32)> {
    let bytes = text.as_bytes();
    let (mut number, mut whole) = (0i64, bytes.len());
    for (at, byte) in bytes.iter().enumerate().take(MOST_DIGITS + 1) {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            number = number.wrapping_mul(10).wrapping_add(i64::from(digit));
        } else if *byte == b'.' && whole == bytes.len() {
            whole = at;
        } else {
            return None;
        }
    }
    let leading_zero = bytes.first() == Some(&b'0') && whole > 1;
    if bytes.len() > MOST_DIGITS || whole == 0 || leading_zero || whole + 1 == bytes.len() {
        return None;
    }
    let own = u32::try_from(bytes.len().saturating_sub(whole + 1)).ok()?;
    let decimals = decimals_for(own)?;
    let scale = POWERS_OF_TEN.get((decimals - own) as usize)?;
    Some((number.checked_mul(*scale)?, decimals))
}

/// `YYYY-MM-DD` in days since 1970-01-01.
#[inline]
pub fn day(text: &str) -> Option<i32> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| number * 10 + i32::from(digit))
        })
    };
    let [years @ .., b'-', month, of_month, b'-', ten, one] = bytes else { return None };
    let (year, month, day) =
        (number(years)?, number(&[*month, *of_month])?, number(&[*ten, *one])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    Some(number_of(year, month, day))
}

#[cfg(test)]
mod tests {
    use super::{day, quantity};
    use crate::period::{day_number, next_day, numbered_day, parse_date};
    use crate::quantity::{Exact, parse_plain};

    #[test]
    fn days_are_those_of_the_calendar() {
        let mut date = parse_date("1599-12-01").unwrap();
        let mut number = day("1599-12-01").unwrap();
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("0000-01-01"), Some(-719_528));
        while date.year() < 2405 {
            assert_eq!(day(&date.to_string()), Some(number), "{date}");
            assert_eq!(day_number(date), number);
            assert_eq!(numbered_day(number), Some(date));
            date = next_day(date).unwrap();
            number += 1;
        }
        for bad in [
            "2025-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-01-32",
            "2025-1-01",
            "2025/01/01",
            "20250101",
            "",
            "2025-01-0x",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn quantities_are_those_of_the_text() {
        for text in [
            "0",
            "0.5",
            "7",
            "400",
            "12.345",
            "0.000001",
            "1.500000000001",
            "999999999999999",
            "1.10",
        ] {
            let (number, decimals) = quantity(text).unwrap();
            let scale = Exact::power_of_ten(decimals);
            assert_eq!(
                Exact::from(number) / scale,
                Exact::from(parse_plain(text).unwrap()),
                "{text}"
            );
        }
        for odd in [
            "",
            ".5",
            "5.",
            "1.2.3",
            "007",
            "-1",
            "+1",
            "1e3",
            "1,5",
            "12345678901234567890",
            "1.1234567890123",
        ] {
            assert_eq!(quantity(odd), None, "{odd}");
        }
    }
}
