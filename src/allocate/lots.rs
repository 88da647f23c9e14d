//! Credits of license lines, each with its own days and restrictions.

use jiff::civil::Date;

use crate::period::{day_number, numbered_day};
use crate::plan::{Plan, TargetId};
use crate::quantity::Exact;

/// Days before its end on which a license expires soon.
const SOON: i32 = 30;

/// The credits of one license line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The license, as the input names it.
    pub license_id: String,
    /// The number of its record, from 1.
    pub record: u64,
    /// The license or product.
    pub rule: TargetId,
    /// How many.
    pub credits: Exact,
    /// First day; none where they were always valid.
    pub from: Option<Date>,
    /// Last day of the license; none where it never ends.
    pub end: Option<Date>,
    /// Last day on which they count: the end, or that of a grace period that counts.
    pub until: Option<Date>,
    /// Last day of the grace period, counted or not.
    pub grace: Option<Date>,
    /// The products that they are only for.
    pub only: Option<Vec<TargetId>>,
}

/// What a lot is on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Its first day is yet to come.
    NotYet,
    /// It is valid.
    Valid,
    /// It is valid for 30 days or less.
    Soon,
    /// It has ended, and its grace period has not.
    Grace,
    /// It has ended.
    Expired,
}

impl State {
    /// `not yet valid`, `valid`, `expires soon`, `in grace`, `expired`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotYet => "not yet valid",
            Self::Valid => "valid",
            Self::Soon => "expires soon",
            Self::Grace => "in grace",
            Self::Expired => "expired",
        }
    }
}

impl Lot {
    /// The lot of a license line with these days. What holds of its restrictions and its grace
    /// period is what holds on its first day.
    pub fn new(
        plan: &Plan,
        (license_id, record): (String, u64),
        (rule, credits): (TargetId, Exact),
        (from, end): (Option<Date>, Option<Date>),
    ) -> Self {
        let days = plan.grace.as_ref().map_or(0, |grace| i32::from(grace.days));
        let counts = plan.grace.as_ref().is_some_and(|grace| grace.counts);
        // Behind the end of the calendar nothing ends.
        let grace = end.and_then(|end| numbered_day(day_number(end).checked_add(days)?));
        let only = plan.rule(rule).and_then(|rule| {
            let at = rule.on(from).and_then(|version| version.clauses.only_for)?;
            rule.only_for.get(at).map(|(_, products)| products.clone())
        });
        let until = if counts { grace } else { end };
        Self { license_id, record, rule, credits, from, end, until, grace, only }
    }

    /// Whether its credits count on a day.
    pub fn counts(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Credits for any product and any day, of no license yet.
    pub fn bought(credits: &Exact) -> Self {
        Self {
            license_id: String::new(),
            record: 0,
            rule: TargetId(0),
            credits: credits.clone(),
            from: None,
            end: None,
            until: None,
            grace: None,
            only: None,
        }
    }

    /// What it is on a day.
    pub fn state(&self, day: Date) -> State {
        if self.from.is_some_and(|from| day < from) {
            return State::NotYet;
        }
        let Some(end) = self.end else { return State::Valid };
        if day <= end {
            let left = day_number(end) - day_number(day);
            return if left <= SOON { State::Soon } else { State::Valid };
        }
        if self.grace.is_none_or(|grace| day <= grace) { State::Grace } else { State::Expired }
    }

    /// Whether its credits may go to a product.
    pub fn is_for(&self, product: TargetId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&product))
    }
}
