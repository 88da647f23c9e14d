//! The smallest changes of numbers and dates, and where those stand in a text.

use jiff::civil::Date;

use crate::period::{next_day, previous_day};
use crate::selftest::grouped;

/// Where a number or date stands in a text: bytes from its beginning.
pub(super) type At = std::ops::Range<usize>;

/// The numbers of a text, and its dates, each in order; what stands in quotes does not count.
pub(super) fn literals(text: &str) -> (Vec<At>, Vec<At>) {
    let (mut numbers, mut dates) = (Vec::new(), Vec::new());
    let mut quoted = false;
    let mut escaped = false;
    let mut word: Option<usize> = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        let part = c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '%');
        match (word, part) {
            (None, true) => word = Some(at),
            (Some(from), false) => {
                word = None;
                let found = text.get(from..at).unwrap_or_default();
                if found.starts_with(|c: char| c.is_ascii_digit()) {
                    let list = if found.contains('-') { &mut dates } else { &mut numbers };
                    list.push(from..at);
                }
            }
            _ => {}
        }
        quoted = c == '"';
    }
    (numbers, dates)
}

/// A number one step of its last digit higher and lower, as it is written: 0 has nothing below it.
pub(super) fn steps(number: &str) -> Vec<String> {
    let (digits, sign) = match number.strip_suffix('%') {
        Some(digits) => (digits, "%"),
        None => (number, ""),
    };
    let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let plain: String = digits.chars().filter(char::is_ascii_digit).collect();
    let Ok(mantissa) = plain.parse::<u128>() else { return Vec::new() };
    let text = |mantissa: u128| {
        let all = format!("{mantissa:0>width$}", width = decimals + 1);
        let (whole, fraction) = all.split_at(all.len() - decimals);
        let point = if decimals > 0 { "." } else { "" };
        let plain = format!("{whole}{point}{fraction}");
        let written = if digits.contains('_') { grouped(&plain) } else { plain };
        format!("{written}{sign}")
    };
    [mantissa.checked_add(1), mantissa.checked_sub(1)].into_iter().flatten().map(text).collect()
}

/// The day after and the day before.
pub(super) fn days(date: &str) -> Vec<String> {
    let Some(day) = crate::period::parse_date(date) else { return Vec::new() };
    let near: [Option<Date>; 2] = [next_day(day), previous_day(day)];
    near.into_iter().flatten().map(|day| day.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::{days, literals, steps};

    #[test]
    fn the_last_digit_moves() {
        assert_eq!(steps("8_000"), ["8_001", "7_999"]);
        assert_eq!(steps("0.80"), ["0.81", "0.79"]);
        assert_eq!(steps("25%"), ["26%", "24%"]);
        assert_eq!(steps("0"), ["1"]);
        assert_eq!(steps("999"), ["1000", "998"]);
        assert_eq!(steps("0.05"), ["0.06", "0.04"]);
        assert_eq!(days("2024-02-29"), ["2024-03-01", "2024-02-28"]);
    }

    #[test]
    fn strings_hold_no_numbers() {
        let text = r#"from 2025-01-01 rate 2 + 50 flat because "was \"3\" on 2024-01-01" 7x x8"#;
        let (numbers, dates) = literals(text);
        let slices = |all: &[std::ops::Range<usize>]| -> Vec<&str> {
            all.iter().map(|at| &text[at.clone()]).collect()
        };
        assert_eq!(slices(&numbers), ["2", "50", "7x"]);
        assert_eq!(slices(&dates), ["2025-01-01"]);
    }
}
