//! The calendar by hand: days are counted from the first day of year 1, and every rule about
//! months and years is spelled out in whole numbers.

use num_rational::BigRational as Ratio;

use super::model::{Period, Proration, whole};

/// A day as a count from 0001-01-01, which is day 0.
pub(crate) type Day = i64;

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The number of a day.
pub(crate) fn day(year: i64, month: i64, of_month: i64) -> Day {
    let past = year - 1;
    let years = past * 365 + past / 4 - past / 100 + past / 400;
    years + (1..month).map(|month| days_of_month(year, month)).sum::<i64>() + of_month - 1
}

/// Year, month and day of month.
pub(crate) fn civil(number: Day) -> (i64, i64, i64) {
    let mut year = number / 366 + 1;
    while day(year + 1, 1, 1) <= number {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day(year, month + 1, 1) <= number {
        month += 1;
    }
    (year, month, number - day(year, month, 1) + 1)
}

/// `2025-11-11`.
pub(crate) fn text(number: Day) -> String {
    let (year, month, of_month) = civil(number);
    format!("{year:04}-{month:02}-{of_month:02}")
}

/// The day so many months later; a day that the month lacks is its last.
pub(crate) fn months_later(start: Day, months: i64) -> Day {
    let (year, month, of_month) = civil(start);
    let months = year * 12 + month - 1 + months;
    let (year, month) = (months / 12, months % 12 + 1);
    day(year, month, of_month.min(days_of_month(year, month)))
}

/// How many periods the days from `start` to `end` are, both included.
pub(crate) fn periods(period: Period, proration: Proration, start: Day, end: Day) -> Ratio {
    let after = end + 1;
    let months = match period {
        Period::Year => 12,
        Period::Month => 1,
    };
    let begun = |count: i64| months_later(start, count * months);
    let of_year = |days: i64, length: i64| Ratio::new((days * 12).into(), (length * months).into());
    // More periods than the calendar has months.
    let counts = 0..120_000;
    let complete = || counts.clone().find(|count| begun(count + 1) > after).unwrap();
    match proration {
        Proration::Day365 => of_year(after - start, 365),
        Proration::Day360 => of_year(days_360(start, after), 360),
        Proration::Whole => whole(complete()),
        Proration::Started => whole(counts.clone().find(|count| begun(*count) >= after).unwrap()),
        Proration::Day => {
            let count = complete();
            let (rest, length) = (after - begun(count), begun(count + 1) - begun(count));
            whole(count) + Ratio::new(rest.into(), length.into())
        }
    }
}

/// Days between two days where every month has 30: a 31st is a 30th, in the later day only if the
/// earlier is a 30th too.
fn days_360(from: Day, to: Day) -> i64 {
    let (from, to) = (civil(from), civil(to));
    let first = if from.2 == 31 { 30 } else { from.2 };
    let last = if to.2 == 31 && first == 30 { 30 } else { to.2 };
    (to.0 - from.0) * 360 + (to.1 - from.1) * 30 + last - first
}
