//! Sets of values of one input: what a predicate admits.
//!
//! Every set is kept in one canonical form, so that equal sets are equal values.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{InputKind, Value};
use crate::period::{BEGINNING, Days, HORIZON, next_day, previous_day};

/// A set of values of one input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// Which values of a choice.
    Choice(Vec<bool>),
    /// Numbers from 0: rising intervals that do not touch.
    Number(Vec<Interval>),
    /// Days: rising stretches with days between them.
    Date(Vec<Days>),
    /// These texts, or all but these.
    Text {
        /// The texts.
        listed: BTreeSet<String>,
        /// Whether they are the ones left out.
        negated: bool,
    },
}

/// An interval of numbers, never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// The lower end, and whether it belongs to the interval.
    pub low: (Decimal, bool),
    /// The upper end, and whether it belongs to the interval; `None` has no end.
    pub high: Option<(Decimal, bool)>,
}

impl Interval {
    /// Every number from 0.
    pub const ALL: Self = Self { low: (Decimal::ZERO, true), high: None };

    /// One number.
    pub fn point(number: Decimal) -> Self {
        Self { low: (number, true), high: Some((number, true)) }
    }

    /// Whether no number lies in it.
    pub fn is_empty(&self) -> bool {
        self.high.is_some_and(|(high, closed)| {
            high < self.low.0 || (high == self.low.0 && !(closed && self.low.1))
        })
    }

    /// Whether the number lies in it.
    pub fn contains(&self, number: Decimal) -> bool {
        let above = number > self.low.0 || (self.low.1 && number == self.low.0);
        above && self.high.is_none_or(|(high, closed)| number < high || (closed && number == high))
    }

    fn intersect(&self, other: &Self) -> Option<Self> {
        // At the same end, the open one is the narrower.
        let tighter_low = |a: (Decimal, bool), b: (Decimal, bool)| {
            if a.0 > b.0 || (a.0 == b.0 && !a.1) { a } else { b }
        };
        let high = match (self.high, other.high) {
            (Some(a), Some(b)) => Some(if a.0 < b.0 || (a.0 == b.0 && !a.1) { a } else { b }),
            (a, b) => a.or(b),
        };
        let both = Self { low: tighter_low(self.low, other.low), high };
        (!both.is_empty()).then_some(both)
    }
}

impl Set {
    /// Every value of an input of this kind.
    pub fn full(kind: &InputKind) -> Self {
        match kind {
            InputKind::Choice(values) => Self::Choice(vec![true; values.len()]),
            InputKind::Number => Self::Number(vec![Interval::ALL]),
            InputKind::Date => Self::Date(vec![Days::ALWAYS]),
            InputKind::Text => Self::Text { listed: BTreeSet::new(), negated: true },
        }
    }

    /// The set of these values, or of all others.
    pub fn of(kind: &InputKind, values: &[Value], negated: bool) -> Self {
        match kind {
            InputKind::Choice(names) => {
                let listed = |index| values.contains(&Value::Choice(index));
                Self::Choice((0..names.len()).map(|index| listed(index) != negated).collect())
            }
            InputKind::Number => {
                let mut numbers: Vec<Decimal> = values
                    .iter()
                    .filter_map(|value| {
                        if let Value::Number(number) = value {
                            Some(number.normalize())
                        } else {
                            None
                        }
                    })
                    .collect();
                numbers.sort();
                numbers.dedup();
                let points: Vec<_> = numbers.into_iter().map(Interval::point).collect();
                Self::Number(if negated { complement_numbers(&points) } else { points })
            }
            InputKind::Date => {
                let mut dates: Vec<Date> = values
                    .iter()
                    .filter_map(
                        |value| if let Value::Date(date) = value { Some(*date) } else { None },
                    )
                    .collect();
                dates.sort();
                dates.dedup();
                let mut stretches: Vec<Days> = Vec::new();
                for date in dates {
                    match stretches.last_mut() {
                        Some(last) if next_day(last.to) == Some(date) => last.to = date,
                        _ => stretches.push(Days { from: date, to: date }),
                    }
                }
                Self::Date(if negated { complement_days(&stretches) } else { stretches })
            }
            InputKind::Text => {
                let texts = values.iter().filter_map(|value| {
                    if let Value::Text(text) = value { Some(text.clone()) } else { None }
                });
                Self::Text { listed: texts.collect(), negated }
            }
        }
    }

    /// The numbers between two ends; may be empty.
    pub fn numbers(low: Option<(Decimal, bool)>, high: Option<(Decimal, bool)>) -> Self {
        let normal = |(number, closed): (Decimal, bool)| (number.normalize(), closed);
        let interval =
            Interval { low: low.map_or(Interval::ALL.low, normal), high: high.map(normal) };
        Self::Number(if interval.is_empty() { Vec::new() } else { vec![interval] })
    }

    /// The days between two ends, both included; may be empty.
    pub fn days(from: Option<Date>, to: Option<Date>) -> Self {
        let days = Days { from: from.unwrap_or(BEGINNING), to: to.unwrap_or(HORIZON) };
        Self::Date(if days.from > days.to { Vec::new() } else { vec![days] })
    }

    /// Whether nothing belongs to it.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Choice(members) => !members.contains(&true),
            Self::Number(intervals) => intervals.is_empty(),
            Self::Date(stretches) => stretches.is_empty(),
            Self::Text { listed, negated } => !negated && listed.is_empty(),
        }
    }

    /// Whether a value belongs to it.
    pub fn contains(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Choice(members), Value::Choice(index)) => members.get(*index) == Some(&true),
            (Self::Number(intervals), Value::Number(number)) => {
                intervals.iter().any(|interval| interval.contains(*number))
            }
            (Self::Date(stretches), Value::Date(date)) => {
                stretches.iter().any(|days| days.from <= *date && *date <= days.to)
            }
            (Self::Text { listed, negated }, Value::Text(text)) => {
                listed.contains(text) != *negated
            }
            _ => false,
        }
    }

    /// What belongs to both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Choice(a), Self::Choice(b)) => {
                Self::Choice(a.iter().zip(b).map(|(a, b)| *a && *b).collect())
            }
            (Self::Number(a), Self::Number(b)) => Self::Number(
                a.iter().flat_map(|a| b.iter().filter_map(|b| a.intersect(b))).collect(),
            ),
            (Self::Date(a), Self::Date(b)) => Self::Date(
                a.iter().flat_map(|a| b.iter().filter_map(|b| a.intersect(*b))).collect(),
            ),
            (Self::Text { listed: a, negated: false }, b @ Self::Text { .. }) => {
                let both = a.iter().filter(|text| b.contains(&Value::Text((*text).clone())));
                Self::Text { listed: both.cloned().collect(), negated: false }
            }
            (a @ Self::Text { .. }, b @ Self::Text { negated: false, .. }) => b.intersect(a),
            (Self::Text { listed: a, .. }, Self::Text { listed: b, .. }) => {
                Self::Text { listed: a.union(b).cloned().collect(), negated: true }
            }
            // Sets of two kinds have nothing in common; one input has one kind.
            _ => Self::Choice(Vec::new()),
        }
    }

    /// What belongs to it and not to the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let rest = match other {
            Self::Choice(members) => Self::Choice(members.iter().map(|member| !member).collect()),
            Self::Number(intervals) => Self::Number(complement_numbers(intervals)),
            Self::Date(stretches) => Self::Date(complement_days(stretches)),
            Self::Text { listed, negated } => {
                Self::Text { listed: listed.clone(), negated: !negated }
            }
        };
        self.intersect(&rest)
    }

    /// What belongs to either, of all values.
    #[must_use]
    pub fn union(&self, other: &Self, all: &Self) -> Self {
        all.without(&all.without(self).without(other))
    }

    /// Whether everything in it belongs to the other too.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.intersect(other) == *self
    }
}

/// The numbers from 0 that lie in none of these rising intervals.
fn complement_numbers(intervals: &[Interval]) -> Vec<Interval> {
    let mut rest = Vec::new();
    let mut low = Interval::ALL.low;
    for interval in intervals {
        let gap = Interval { low, high: Some((interval.low.0, !interval.low.1)) };
        if !gap.is_empty() {
            rest.push(gap);
        }
        let Some((high, closed)) = interval.high else { return rest };
        low = (high, !closed);
    }
    rest.push(Interval { low, high: None });
    rest
}

/// The days that lie in none of these stretches.
fn complement_days(stretches: &[Days]) -> Vec<Days> {
    let mut rest = Vec::new();
    let mut from = Some(BEGINNING);
    for days in stretches {
        if let (Some(from), Some(to)) = (from, previous_day(days.from))
            && from <= to
        {
            rest.push(Days { from, to });
        }
        from = next_day(days.to);
    }
    rest.extend(from.map(|from| Days { from, to: HORIZON }));
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(low: i64, low_in: bool, high: i64, high_in: bool) -> Set {
        Set::numbers(Some((low.into(), low_in)), Some((high.into(), high_in)))
    }

    #[test]
    fn ends_decide() {
        assert!(numbers(1, true, 1, false).is_empty());
        assert!(!numbers(1, true, 1, true).is_empty());
        assert!(numbers(1, true, 5, true).intersect(&numbers(5, false, 9, true)).is_empty());
        assert!(!numbers(1, true, 5, true).intersect(&numbers(5, true, 9, true)).is_empty());
        assert!(numbers(2, false, 3, true).is_subset(&numbers(2, true, 3, true)));
        assert!(!numbers(2, true, 3, true).is_subset(&numbers(2, false, 3, true)));
    }

    #[test]
    fn everything_from_zero_is_full() {
        let full = Set::full(&InputKind::Number);
        assert_eq!(Set::numbers(Some((Decimal::ZERO, true)), None), full);
        assert_ne!(Set::numbers(Some((Decimal::ZERO, false)), None), full);
        let not_zero = Set::of(&InputKind::Number, &[Value::Number(Decimal::ZERO)], true);
        assert_eq!(not_zero, Set::numbers(Some((Decimal::ZERO, false)), None));
    }

    #[test]
    fn what_is_left_of_sets() {
        let inner = numbers(2, false, 3, true);
        let all = Set::full(&InputKind::Number);
        let rest = all.without(&inner);
        for (number, outside) in [(1, true), (2, true), (3, false), (4, true)] {
            assert_eq!(rest.contains(&Value::Number(number.into())), outside, "{number}");
        }
        assert_eq!(rest.union(&inner, &all), all);
        assert!(inner.without(&all).is_empty());
        let days = Set::days(crate::period::parse_date("2025-01-31"), None);
        let ever = Set::full(&InputKind::Date);
        assert_eq!(ever.without(&ever.without(&days)), days);
    }

    #[test]
    fn texts_and_all_others() {
        let text = |text: &str| Value::Text(text.to_owned());
        let a = Set::of(&InputKind::Text, &[text("a")], false);
        let not_a = Set::of(&InputKind::Text, &[text("a")], true);
        let not_b = Set::of(&InputKind::Text, &[text("b")], true);
        assert!(a.intersect(&not_a).is_empty());
        assert!(a.is_subset(&not_b));
        assert!(!not_a.intersect(&not_b).contains(&text("b")));
        assert!(not_a.intersect(&not_b).contains(&text("c")));
    }

    #[test]
    fn neighboring_days_are_one_stretch() {
        let day = |text| crate::period::parse_date(text).unwrap();
        let two = [Value::Date(day("2025-02-01")), Value::Date(day("2025-01-31"))];
        let both = Set::days(Some(day("2025-01-31")), Some(day("2025-02-01")));
        assert_eq!(Set::of(&InputKind::Date, &two, false), both);
        assert!(Set::of(&InputKind::Date, &two, true).intersect(&both).is_empty());
    }
}
