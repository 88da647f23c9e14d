//! Lines on which a clause says nothing, or more than one thing: a whole input record.

use jiff::civil::Date;

use super::Line;
use crate::check::credits::stretches;
use crate::check::region::{Point, point};
use crate::diagnostic::{Witness, WitnessExample, WitnessValue};
use crate::hir::set::Set;
use crate::hir::{Condition, InputId, InputKind, Program, QUANTITY, Target, Value};
use crate::period::{BEGINNING, Days, parse_date, previous_day};
use crate::quantity::Exact;

/// Quantities that are tried before any other.
const ROUND: [i64; 3] = [1, 1_000, 1_000_000];

/// The lines that a finding is about.
pub(in crate::check) struct Sought<'a> {
    pub program: &'a Program,
    pub target: &'a Target,
    /// They start on one of these days.
    pub days: Vec<Days>,
    /// Whether the day matters.
    pub shows_day: bool,
    /// Exceptions that hold on them; none that is narrower than all of these does.
    pub exceptions: Vec<&'a Condition>,
    /// Rows that cover them.
    pub inside: Vec<Condition>,
    /// Rows that do not.
    pub outside: Vec<Condition>,
}

impl<'a> Sought<'a> {
    /// Lines that start on one of these days, and on which no exception holds.
    pub(in crate::check) fn on(program: &'a Program, target: &'a Target, days: &[Days]) -> Self {
        Self {
            program,
            target,
            days: days.to_vec(),
            shows_day: false,
            exceptions: Vec::new(),
            inside: Vec::new(),
            outside: Vec::new(),
        }
    }

    /// A line with these values or, where excludes or exceptions take all such lines, with others
    /// of the same inputs; where they take those too, the values alone. `expect` is what the row
    /// evaluator makes of the line.
    pub(in crate::check) fn witness(&self, seen: &Point, expect: Option<&str>) -> Witness {
        let Some(line) = self.line(&self.pinned(seen)).or_else(|| self.line(&Condition::default()))
        else {
            let mut values = self.values(&self.bare(seen), seen);
            values.retain(|value| value.shown);
            return Witness { values, examples: Vec::new() };
        };
        let example = |expect: &str| WitnessExample {
            on: line.start,
            given: vec![line.line()],
            expect: expect.to_owned(),
        };
        let examples = expect.map(example).into_iter().collect();
        Witness { values: self.values(&line, seen), examples }
    }

    /// The record of a line: of its inputs, those that decide come first.
    fn values(&self, line: &Line<'_>, seen: &Point) -> Vec<WitnessValue> {
        let names: Vec<&str> = seen
            .iter()
            .filter_map(|(input, _)| Some(self.program.input(*input)?.name.as_str()))
            .collect();
        let mut values = line.values();
        for value in &mut values {
            let column = value.column.as_str();
            value.shown = names.contains(&column) || (self.shows_day && column == "start");
        }
        values.sort_by_key(|value| {
            let column = value.column.as_str();
            let mut every_line = ["sku", "quantity", "start", "end"].iter();
            let rank = names.iter().position(|name| *name == column).unwrap_or(names.len());
            every_line.position(|other| *other == column).map_or((1, rank), |at| (0, at))
        });
        values
    }

    /// The values alone.
    fn bare(&self, seen: &Point) -> Line<'a> {
        let day = self.days.first().filter(|_| self.shows_day);
        let start = day.map(|days| if days.from == BEGINNING { days.to } else { days.from });
        let quantity = quantity(seen).unwrap_or_else(Exact::one);
        let (program, target) = (self.program, self.target);
        Line { program, target, quantity, start, end: None, point: seen.clone() }
    }

    fn pinned(&self, seen: &Point) -> Condition {
        let only = |(input, value): &(InputId, Value)| {
            let kind = self.program.input(*input).map_or(&InputKind::Number, |input| &input.kind);
            (*input, Set::of(kind, std::slice::from_ref(value), false))
        };
        Condition { sets: seen.iter().map(only).collect() }
    }

    /// The first line on which a condition holds, of the roundest quantity.
    fn line(&self, wanted: &Condition) -> Option<Line<'a>> {
        let sold = |day: Date| {
            let on = |days: &Days| days.from <= day && day <= days.to;
            self.days.iter().any(on) && self.target.withdrawn.on(day).is_none()
        };
        let days = stretches(self.program, &[self.target]);
        days.into_iter()
            .filter(|(day, _)| sold(*day))
            .find_map(|(day, start)| self.line_on(wanted, day, start))
    }

    fn line_on(&self, wanted: &Condition, day: Date, start: Option<Date>) -> Option<Line<'a>> {
        let in_force =
            self.target.exceptions.iter().filter(|exception| exception.rate.on(day).is_some());
        let narrower = in_force.map(|exception| &exception.condition).filter(|other| {
            let narrows = |own: &&Condition| *other != *own && other.implies(own);
            self.exceptions.iter().all(narrows)
        });
        let excludes = self.program.excludes.iter().map(|exclude| &exclude.condition);
        let outside: Vec<&Condition> = narrower.chain(excludes).chain(&self.outside).collect();
        let one = |quantity: i64| Condition {
            sets: [(
                QUANTITY,
                Set::of(&InputKind::Number, &[Value::Number(quantity.into())], false),
            )]
            .into(),
        };
        let everything = std::iter::once(Condition::default());
        ROUND.into_iter().map(one).chain(everything).find_map(|quantity| {
            let own = [wanted, &quantity];
            let inside: Vec<&Condition> =
                self.exceptions.iter().copied().chain(&self.inside).chain(own).collect();
            let point = point(self.program, &inside, &outside).ok().flatten()?;
            self.counted(point, day, start)
        })
    }

    /// The line of a point, if it counts no less than 0 units.
    fn counted(&self, point: Point, day: Date, start: Option<Date>) -> Option<Line<'a>> {
        let term = self.target.per.on(day).and_then(|(_, per)| per.term);
        let start = start.or_else(|| term.and_then(|_| parse_date("2025-01-01")));
        let end = term.and_then(|term| previous_day(term.after(start?, 1)?));
        let quantity = quantity(&point).unwrap_or_else(Exact::one);
        let (program, target) = (self.program, self.target);
        let line = Line { program, target, quantity, start, end, point };
        let negative =
            target.count.on(day).is_some_and(|(_, count)| line.count(count).is_negative());
        (!negative).then_some(line)
    }
}

fn quantity(point: &Point) -> Option<Exact> {
    point.iter().find_map(|(input, value)| match value {
        Value::Number(number) if *input == QUANTITY => Some(Exact::from(*number)),
        _ => None,
    })
}
