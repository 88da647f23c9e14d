//! Calendar days, the timelines that dated clauses are laid out on, and how a term is counted.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::quantity::Exact;

/// The first day of every timeline: before any day that can be written.
pub const BEGINNING: Date = Date::MIN;
/// The last day of every timeline, `9999-12-31`.
pub const HORIZON: Date = Date::MAX;

/// Reads `YYYY-MM-DD`; `None` where that is not a day of the calendar, or is written otherwise.
pub fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let (year, month, day) = (part(0..4)?, part(5..7)?, part(8..10)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Days from 1970-01-01 to a day of the calendar.
#[inline]
pub fn day_number(day: Date) -> i32 {
    number_of(i32::from(day.year()), i32::from(day.month()), i32::from(day.day()))
}

/// Years and days that are added so that no year of the calendar is below 0: 25 times 400 years, whose
/// days are always as many.
const BEFORE: (i32, i32) = (25 * 400, 25 * 146_097);

/// As [`day_number`], of a day that is in the calendar.
#[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
#[inline(always)]
pub(crate) fn number_of(year: i32, month: i32, day: i32) -> i32 {
    // Years begin in March, so that the leap day is their last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    // Without signs, divisions are products.
    let (year, month) = ((year + BEFORE.0).cast_unsigned(), month.cast_unsigned());
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5;
    days.cast_signed() + day - 1 - BEFORE.1 - 719_468
}

/// The day with this number; `None` outside the calendar.
pub fn numbered_day(number: i32) -> Option<Date> {
    jiff::civil::date(1970, 1, 1).checked_add(i64::from(number).days()).ok()
}

/// The day after; the horizon has none.
pub fn next_day(day: Date) -> Option<Date> {
    day.tomorrow().ok()
}

/// The day before; the beginning has none.
pub fn previous_day(day: Date) -> Option<Date> {
    day.yesterday().ok()
}

/// Days from `from` up to, not including, `to`.
fn days_between(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

/// The days on which something holds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Days {
    /// Every day there is.
    pub const ALWAYS: Self = Self { from: BEGINNING, to: HORIZON };

    /// The days that both hold.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let (from, to) = (self.from.max(other.from), self.to.min(other.to));
        (from <= to).then_some(Self { from, to })
    }
}

/// When one dated form of a clause claims to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// No date: from the beginning.
    Undated,
    /// `from DATE`: until a later form replaces it.
    From(Date),
    /// `from DATE to DATE`: on those days alone, in front of whatever else holds.
    Window(Days),
}

impl Claim {
    /// The first day claimed.
    pub fn first(self) -> Date {
        match self {
            Self::Undated => BEGINNING,
            Self::From(day) => day,
            Self::Window(days) => days.from,
        }
    }
}

/// Two forms that claim the same day on the same footing: positions in the list given to
/// [`lay_out`], the earlier in time first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collision {
    /// The form that claims the day already.
    pub standing: usize,
    /// The form that claims it too.
    pub intruder: usize,
    /// The first day claimed twice.
    pub day: Date,
}

/// Which form of a clause holds on which days: disjoint, in order, as positions in the list
/// given to [`lay_out`].
pub type Layout = Vec<(Days, usize)>;

/// Lays the dated forms of one clause out on a timeline: a later `from` replaces an earlier one,
/// a window stands in front of both on its days alone.
pub fn lay_out(claims: &[Claim]) -> (Layout, Vec<Collision>) {
    let mut standing: Vec<(Date, usize)> = Vec::new();
    let mut windows: Vec<(Days, usize)> = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        match claim {
            Claim::Window(days) => windows.push((*days, index)),
            open => standing.push((open.first(), index)),
        }
    }
    standing.sort();
    windows.sort();
    let mut collisions = Vec::new();
    for pair in standing.windows(2) {
        if let [(earlier, first), (later, second)] = pair
            && earlier == later
        {
            collisions.push(Collision { standing: *first, intruder: *second, day: *later });
        }
    }
    standing.dedup_by_key(|(from, _)| *from);
    let mut free: Vec<(Days, usize)> = Vec::new();
    for (days, index) in windows {
        match free.last() {
            Some((before, other)) if before.to >= days.from => {
                collisions.push(Collision { standing: *other, intruder: index, day: days.from });
            }
            _ => free.push((days, index)),
        }
    }
    (interleave(&standing, free), collisions)
}

/// The standing forms with the windows cut out of them.
fn interleave(standing: &[(Date, usize)], windows: Vec<(Days, usize)>) -> Layout {
    let mut layout = Vec::with_capacity(standing.len() + 2 * windows.len());
    let mut windows = windows.into_iter().peekable();
    // The first day that nothing has been laid out on, or that lies before every form.
    let mut free = BEGINNING;
    let ends = standing.iter().skip(1).filter_map(|(from, _)| previous_day(*from));
    for ((from, index), to) in standing.iter().zip(ends.chain(std::iter::once(HORIZON))) {
        while let Some((window, owner)) = windows.next_if(|(window, _)| window.from <= to) {
            let before =
                Days { from: free.max(*from), to: previous_day(window.from).unwrap_or(BEGINNING) };
            if before.from <= before.to && before.from < window.from {
                layout.push((before, *index));
            }
            layout.push((window, owner));
            match next_day(window.to) {
                Some(after) => free = after,
                None => return layout,
            }
        }
        let rest = Days { from: free.max(*from), to };
        if rest.from <= rest.to {
            layout.push((rest, *index));
        }
    }
    layout.extend(windows);
    layout
}

/// Days cut into stretches on which none of these layouts changes.
pub fn stretches<'a>(days: Days, layouts: impl IntoIterator<Item = &'a Layout>) -> Vec<Days> {
    let mut starts: BTreeSet<Date> = BTreeSet::from([days.from]);
    for (stretch, _) in layouts.into_iter().flatten() {
        starts.insert(stretch.from);
        starts.extend(next_day(stretch.to));
    }
    let inner = starts.range(days.from..=days.to).copied();
    let ends = inner.clone().skip(1).filter_map(previous_day).chain([days.to]);
    inner.zip(ends).map(|(from, to)| Days { from, to }).collect()
}

/// The period a rate is stated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermUnit {
    /// `per year`.
    Year,
    /// `per month`.
    Month,
}

impl TermUnit {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
        }
    }
}

/// How a term that is not a whole number of periods counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proration {
    /// Whole periods, then the rest's days over the days of the period they fall in.
    ByDay,
    /// Days over 365 a year.
    ByDayOf365,
    /// Days of the 30/360 calendar over 360 a year.
    ByDayOf360,
    /// A begun period counts whole.
    ByStartedPeriod,
    /// Only whole periods count.
    ByWholePeriod,
}

impl Proration {
    /// The words of the language.
    pub fn words(self) -> &'static str {
        match self {
            Self::ByDay => "by day",
            Self::ByDayOf365 => "by day of 365",
            Self::ByDayOf360 => "by day of 360",
            Self::ByStartedPeriod => "by started period",
            Self::ByWholePeriod => "by whole period",
        }
    }
}

/// A period and how terms are counted in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// The period.
    pub unit: TermUnit,
    /// How its parts count.
    pub proration: Proration,
}

impl Term {
    /// Number of periods from `start` to `end`, both included; `None` only where a day lies outside
    /// the calendar of four-digit years.
    pub fn periods(self, start: Date, end: Date) -> Option<Exact> {
        // The calendar repeats every 400 years: near its end the same term is counted earlier.
        let shift = if end.year() > 9_000 { 400.years() } else { 0.years() };
        let (start, end) = (start.checked_sub(shift).ok()?, end.checked_sub(shift).ok()?);
        let after = next_day(end)?;
        let year = matches!(self.unit, TermUnit::Year);
        let per_year = |days: i64, length: i64| {
            let years = Exact::from(days) / Exact::from(length);
            if year { years } else { years * Exact::from(12) }
        };
        match self.proration {
            Proration::ByDayOf365 => Some(per_year(days_between(start, after), 365)),
            Proration::ByDayOf360 => Some(per_year(days_30_360(start, after), 360)),
            Proration::ByDay | Proration::ByStartedPeriod | Proration::ByWholePeriod => {
                let whole = self.whole_periods(start, after)?;
                let from = self.after(start, whole)?;
                let rest = days_between(from, after);
                let count = Exact::from(whole);
                Some(match self.proration {
                    _ if rest == 0 => count,
                    Proration::ByWholePeriod => count,
                    Proration::ByStartedPeriod => count + Exact::one(),
                    _ => {
                        let length = days_between(from, self.after(start, whole + 1)?);
                        count + Exact::from(rest) / Exact::from(length)
                    }
                })
            }
        }
    }

    /// The day `periods` after `start`; months step from the start day, and a day that a month
    /// lacks is its last.
    pub fn after(self, start: Date, periods: i64) -> Option<Date> {
        let span = match self.unit {
            TermUnit::Year => 0.years().try_years(periods).ok()?,
            TermUnit::Month => 0.months().try_months(periods).ok()?,
        };
        start.checked_add(span).ok()
    }

    /// How many periods fit before `after`.
    fn whole_periods(self, start: Date, after: Date) -> Option<i64> {
        let years = i64::from(after.year()) - i64::from(start.year());
        let mut whole = match self.unit {
            TermUnit::Year => years,
            TermUnit::Month => years * 12 + i64::from(after.month()) - i64::from(start.month()),
        };
        while whole > 0 && self.after(start, whole)? > after {
            whole -= 1;
        }
        Some(whole)
    }
}

/// Days from `from` up to, not including, `to`, in a year of twelve months of 30 days: the 31st
/// counts as the 30th, at the end only where the start is the 30th too (the US bond basis).
fn days_30_360(from: Date, to: Date) -> i64 {
    let first = i64::from(from.day()).min(30);
    let last = if first == 30 { i64::from(to.day()).min(30) } else { i64::from(to.day()) };
    let years = i64::from(to.year()) - i64::from(from.year());
    let months = i64::from(to.month()) - i64::from(from.month());
    years * 360 + months * 30 + last - first
}

#[cfg(test)]
mod tests;
