//! Rates that a line might have had: for each the nearest reason that it does not apply.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::rate::Applied;
use super::{Dated, Line, Observer, Step};
use crate::period::{Days, HORIZON, previous_day};
use crate::plan::{
    Curve, InputId, Interval, Origin, Piece, QUANTITY, Rate, Rule, Set, Table, TierMode, Timeline,
    Value,
};
use crate::quantity::Exact;
use crate::source::Place;

/// A rate that does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unused {
    /// What it is.
    pub kind: UnusedKind,
    /// The clause.
    pub origin: Origin,
    /// The row, or the line of the clause.
    pub place: Place,
    /// The reason on the row's own line.
    pub because: Option<String>,
    /// Why it does not apply.
    pub why: WhyNot,
}

/// What a rate is that does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnusedKind {
    /// A `when` clause.
    Exception,
    /// The rule's own rate.
    Rate,
    /// A row of the table that applies.
    Row,
    /// A tier of the rate that applies.
    Tier,
    /// A rate of products together.
    Together,
}

/// Why a rate does not apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyNot {
    /// An input has another value.
    Fails {
        /// The test that comes nearest to holding.
        nearest: Failed,
        /// How many others fail, too.
        others: usize,
    },
    /// It holds on other days.
    Days {
        /// The day of the line.
        day: Option<Date>,
        /// The nearest days on which it holds.
        days: Days,
    },
    /// It would hold, and this goes before it.
    Behind {
        /// The exception or row that applies, or what withdraws the rule.
        place: Place,
    },
    /// There are too few or too many units for it.
    Units {
        /// Charged units.
        charged: Exact,
        /// The charged units of the tier; of graduated ones, what must be passed to enter it.
        needed: Interval,
    },
}

/// A test that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The input.
    pub input: InputId,
    /// Its value; none where the line has none.
    pub seen: Option<Seen>,
    /// The values it would have to have: of numbers and days the nearest stretch.
    pub needed: Set,
}

/// The value of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The quantity in the declared unit.
    Quantity(Exact),
    /// Any other.
    Value(Value),
}

impl<'a> Line<'a> {
    /// Tells an observer of every rate that does not apply beside the one that does, to so many
    /// charged units.
    pub(super) fn unused(
        self,
        dated: &Dated<'a>,
        applied: Option<(Applied<'a>, &Exact)>,
        observer: &mut impl Observer,
    ) {
        observer.record(|| {
            let rate = applied.map(|(applied, _)| applied);
            let mut rates = self.exceptions(dated, rate, None);
            rates.extend(self.own_rates(dated, rate, None));
            match applied {
                Some((Applied { origin, rate: Rate::Table(table), .. }, _)) => {
                    rates.extend(self.rows(dated, origin, table));
                }
                Some((Applied { origin, rate: Rate::Curve(curve), .. }, charged)) => {
                    rates.extend(tiers(origin, curve, charged));
                }
                None => {}
            }
            Step::Unused { rates }
        });
    }

    /// As [`Self::unused`], where something goes before every rate.
    pub(super) fn unused_behind(
        self,
        dated: &Dated<'a>,
        place: Place,
        observer: &mut impl Observer,
    ) {
        observer.record(|| {
            let mut rates = self.exceptions(dated, None, Some(place));
            rates.extend(self.own_rates(dated, None, Some(place)));
            Step::Unused { rates }
        });
    }

    /// The rows of a table beside the one that applies.
    fn rows(self, dated: &Dated<'a>, origin: &Origin, table: &'a Table) -> Vec<Unused> {
        let used = self.row(table, &dated.quantity).map(|piece| piece.place);
        let rows = table.rows.iter().filter(|(_, piece)| Some(piece.place) != used);
        let unused = rows.filter_map(|(cells, piece)| {
            let cells = cells.iter().flatten();
            let tests = table.columns.iter().copied().zip(cells);
            let tests = tests.filter_map(|(input, set)| Some((input, set.as_ref()?)));
            let why = self.fails(tests, &dated.quantity);
            let why = why.or(used.map(|place| WhyNot::Behind { place }))?;
            Some(of_piece(UnusedKind::Row, origin, piece, why))
        });
        unused.collect()
    }

    fn exceptions(
        self,
        dated: &Dated<'a>,
        applied: Option<Applied<'a>>,
        before: Option<Place>,
    ) -> Vec<Unused> {
        let day = self.license.start;
        let applied = applied.map(|applied| applied.origin);
        let before = before.or(applied.map(|applied| applied.place));
        let mut unused = Vec::new();
        for exception in &dated.rule.exceptions {
            let in_force = exception.rate.on_or_always(day).map(|(origin, _)| origin);
            for (at, (origin, _)) in exception.rate.forms.iter().enumerate() {
                let why = if in_force != Some(origin) {
                    let stretches = stretches_of(&exception.rate, at);
                    nearest_days(stretches, day).map(|days| WhyNot::Days { day, days })
                } else if applied == Some(origin) {
                    None
                } else {
                    let tests = exception.condition.sets.iter().map(|(input, set)| (*input, set));
                    let behind = before.map(|place| WhyNot::Behind { place });
                    self.fails(tests, &dated.quantity).or(behind)
                };
                unused.extend(why.map(|why| of_clause(UnusedKind::Exception, origin, why)));
            }
        }
        unused
    }

    /// The rates of products together on other days than the line's.
    pub(super) fn unused_together(self, rate: &'a Timeline<Decimal>, observer: &mut impl Observer) {
        let day = self.license.start;
        let in_force = rate.on_or_always(day).map(|(origin, _)| origin);
        observer.record(|| {
            let others = rate.forms.iter().enumerate();
            let others = others.filter(|(_, (origin, _))| in_force != Some(origin));
            let rates = others.filter_map(|(at, (origin, _))| {
                let days = nearest_days(stretches_of(rate, at), day)?;
                Some(of_clause(UnusedKind::Together, origin, WhyNot::Days { day, days }))
            });
            Step::Unused { rates: rates.collect() }
        });
    }

    fn own_rates(
        self,
        dated: &Dated<'a>,
        applied: Option<Applied<'a>>,
        before: Option<Place>,
    ) -> Vec<Unused> {
        let day = self.license.start;
        let exception = applied.filter(|applied| applied.exception);
        let before = before.or(exception.map(|applied| applied.origin.place));
        let rates = dated.rule.rates.iter().enumerate();
        let unused = rates.filter_map(|(at, (origin, _))| {
            let why = if dated.clauses.rate == Some(at) {
                WhyNot::Behind { place: before? }
            } else {
                WhyNot::Days { day, days: nearest_days(days_of_rate(dated.rule, at), day)? }
            };
            Some(of_clause(UnusedKind::Rate, origin, why))
        });
        unused.collect()
    }

    /// Of tests that should all hold, the one that fails and comes nearest; `None` where all hold.
    fn fails<'b>(
        self,
        tests: impl Iterator<Item = (InputId, &'b Set)>,
        quantity: &Exact,
    ) -> Option<WhyNot> {
        let failing = tests.filter(|(input, set)| !self.admits(set, *input, quantity));
        let mut failing: Vec<(Option<Exact>, Failed)> =
            failing.map(|(input, set)| self.failed(input, set, quantity)).collect();
        let others = failing.len().checked_sub(1)?;
        // Figures come before words: those have no distance.
        failing.sort_by(|(a, _), (b, _)| (a.is_none(), a).cmp(&(b.is_none(), b)));
        let (_, nearest) = failing.into_iter().next()?;
        Some(WhyNot::Fails { nearest, others })
    }

    /// A test that fails, and by how much of what is needed.
    fn failed(self, input: InputId, set: &Set, quantity: &Exact) -> (Option<Exact>, Failed) {
        let seen = match self.value(input) {
            _ if input == QUANTITY => Some(Seen::Quantity(quantity.clone())),
            value => value.cloned().map(Seen::Value),
        };
        let number = match &seen {
            Some(Seen::Quantity(quantity)) => Some(quantity.clone()),
            Some(Seen::Value(Value::Number(number))) => Some(Exact::from(*number)),
            _ => None,
        };
        let (distance, needed) = match (set, &seen, number) {
            (Set::Number(intervals), _, Some(number)) => {
                let gaps = intervals.iter().map(|interval| {
                    let low = Exact::from(interval.low.0);
                    let gap = match interval.high.map(|(high, _)| Exact::from(high)) {
                        Some(high) if high <= number => &number - &high,
                        _ => &low - &number,
                    };
                    let scale = low.max(Exact::one());
                    (gap / scale, *interval)
                });
                let nearest = gaps.min_by(|(a, _), (b, _)| a.cmp(b));
                nearest.map(|(gap, interval)| (gap, Set::Number(vec![interval]))).unzip()
            }
            (Set::Date(stretches), Some(Seen::Value(Value::Date(day))), _) => {
                let nearest = nearest_days(stretches.iter().copied(), Some(*day));
                let gap = nearest.map(|days| Exact::from(distance(days, *day)) / Exact::from(365));
                (gap, nearest.map(|days| Set::Date(vec![days])))
            }
            _ => (None, None),
        };
        (distance, Failed { input, seen, needed: needed.unwrap_or_else(|| set.clone()) })
    }
}

fn of_clause(kind: UnusedKind, origin: &Origin, why: WhyNot) -> Unused {
    Unused { kind, origin: origin.clone(), place: origin.place, because: None, why }
}

/// The tiers that so many charged units do not reach, or leave behind.
fn tiers(origin: &Origin, curve: &Curve, charged: &Exact) -> Vec<Unused> {
    let (Some(mode), Some((used, reached))) = (curve.mode, curve.piece(charged)) else {
        return Vec::new();
    };
    // Where units are refused, what would be charged is every other tier.
    let alone = mode == TierMode::Volume || reached.refused;
    let decimal = |end: &Exact| end.to_decimal();
    let mut low = (Decimal::ZERO, true);
    let mut unused = Vec::new();
    for (at, piece) in curve.pieces.iter().enumerate() {
        let upper = piece.upper.as_ref().and_then(decimal);
        let (own, high) = (low, upper.map(|upper| (upper, curve.inclusive)));
        if let Some(upper) = upper {
            low = (upper, !curve.inclusive);
        }
        if at == used || (!alone && at < used) || (reached.refused && piece.refused) {
            continue;
        }
        let needed = Interval { low: own, high: high.filter(|_| alone) };
        let why = WhyNot::Units { charged: charged.clone(), needed };
        unused.push(of_piece(UnusedKind::Tier, origin, piece, why));
    }
    unused
}

fn of_piece(kind: UnusedKind, origin: &Origin, piece: &Piece, why: WhyNot) -> Unused {
    Unused { kind, origin: origin.clone(), place: piece.place, because: piece.because.clone(), why }
}

/// The days on which a form of a timeline holds.
fn stretches_of<T>(timeline: &Timeline<T>, form: usize) -> impl Iterator<Item = Days> {
    let own = timeline.layout.iter().filter(move |(_, at)| *at == form);
    own.map(|(days, _)| *days)
}

/// The days on which a rule's own rate is this one.
fn days_of_rate(rule: &Rule, rate: usize) -> impl Iterator<Item = Days> {
    let mut found: Vec<Days> = Vec::new();
    for (at, version) in rule.versions.iter().enumerate() {
        let next = rule.versions.get(at + 1).and_then(|next| previous_day(next.from));
        let days = Days { from: version.from, to: next.unwrap_or(HORIZON) };
        if version.clauses.rate != Some(rate) {
            continue;
        }
        match found.last_mut() {
            Some(last) if previous_day(days.from) == Some(last.to) => last.to = days.to,
            _ => found.push(days),
        }
    }
    found.into_iter()
}

fn nearest_days(stretches: impl Iterator<Item = Days>, day: Option<Date>) -> Option<Days> {
    stretches.min_by_key(|days| day.map(|day| distance(*days, day)))
}

/// How many days lie between a day and a stretch.
fn distance(days: Days, day: Date) -> i64 {
    let number = |day| i64::from(crate::period::day_number(day));
    (number(days.from) - number(day)).max(number(day) - number(days.to)).max(0)
}
