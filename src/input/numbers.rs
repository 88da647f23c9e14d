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

/// Days of each month of a year without a leap day.
const MONTHS: [i32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// `YYYY-MM-DD` in days since 1970-01-01.
#[inline]
pub fn day(text: &str) -> Option<i32> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let (first, last) = (bytes.first_chunk::<8>()?, bytes.last_chunk::<2>()?);
    // All bytes at once: digits become their numbers, and dashes 0.
    let first = u64::from_le_bytes(*first) ^ u64::from_le_bytes(*b"0000-00-");
    let last = u16::from_le_bytes(*last) ^ u16::from_le_bytes(*b"00");
    let dashes = u64::from_le_bytes([0, 0, 0, 0, 0xff, 0, 0, 0xff]);
    if !are_digits(first) || !are_digits(last.into()) || first & dashes != 0 {
        return None;
    }
    let two = |ten: u8, one: u8| i32::from(ten) * 10 + i32::from(one);
    let [year @ .., _, ten, one, _] = first.to_le_bytes();
    let month = two(ten, one);
    let [ten, one] = last.to_le_bytes();
    let day = two(ten, one);
    let [a, b, c, d] = year;
    let year = two(a, b) * 100 + two(c, d);
    let length = MONTHS.get(usize::try_from(month - 1).ok()?)?;
    let leap = || month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    // Hardly any day is the leap day.
    let exists = 1 <= day && (day <= *length || day == length + 1 && leap());
    exists.then(|| number_of(year, month, day))
}

/// Whether no byte is above 9: six more of such a one still fit four bits.
fn are_digits(bytes: u64) -> bool {
    let six_more = bytes.wrapping_add(0x0606_0606_0606_0606);
    (bytes | six_more) & 0xf0f0_f0f0_f0f0_f0f0 == 0
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
    fn a_day_is_one_in_all_of_its_bytes() {
        for whole in ["2024-02-29", "2023-02-28", "1999-12-31", "0000-10-10"] {
            for at in 0..whole.len() {
                for other in (0u8..128).map(char::from).chain(['\u{b5}', '\u{ffff}']) {
                    let text = format!("{}{other}{}", &whole[..at], &whole[at + 1..]);
                    assert_eq!(day(&text), parse_date(&text).map(day_number), "{text:?}");
                }
            }
        }
        assert_eq!(day("2024-02-\u{b9}"), None);
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
            "1:2",
            "1/2",
            "12\u{b5}",
            "1..2",
        ] {
            assert_eq!(quantity(odd), None, "{odd}");
        }
    }
}
