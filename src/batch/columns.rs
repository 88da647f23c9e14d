//! Whole columns at once.

use rayon::prelude::*;

use super::tables::Tables;
use super::worker::{Numbers, Worker};
use super::{Kernel, Key};
use crate::evaluate::{Outcome, Refusal};
use crate::period::{BEGINNING, HORIZON, day_number};
use crate::plan::{Plan, UnitId, Value};
use crate::quantity::Exact;

/// Lines by column: `keys` and `quantities` of every line; the others of every line, or of none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns<'a> {
    /// Codes or names; [`Key::UNKNOWN`] where a line's is none.
    pub keys: &'a [Key],
    /// Quantities in units of 10 to minus `decimals`, none below 0.
    pub quantities: &'a [i64],
    /// Decimals of the quantities, at most [`crate::quantity::MAX_DECIMALS`].
    pub decimals: u32,
    /// Units of the quantities; without them, the declared ones.
    pub units: &'a [UnitId],
    /// First days, in days since 1970-01-01.
    pub starts: &'a [i32],
    /// Last days, likewise.
    pub ends: &'a [i32],
    /// Inputs of each line, by its place in `values`.
    pub contexts: &'a [u32],
    /// Values by input, as in [`crate::evaluate::License::inputs`].
    pub values: &'a [Vec<Option<Value>>],
}

/// Why columns cannot be converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfit {
    /// A column is not as long as the keys.
    Length {
        /// Its name.
        column: &'static str,
        /// Its lines.
        found: usize,
        /// Lines of the keys.
        expected: usize,
    },
    /// Quantities have more decimals than a number may have.
    Decimals(u32),
    /// A quantity below 0.
    Negative {
        /// The line, from 0.
        line: usize,
        /// Its quantity.
        quantity: i64,
    },
    /// A day outside the calendar of four-digit years.
    Day {
        /// The line, from 0.
        line: usize,
        /// Its number.
        day: i32,
    },
    /// A context that has no values.
    Context {
        /// The line, from 0.
        line: usize,
        /// Its context.
        context: u32,
    },
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Length { column, found, expected } => {
                write!(f, "the column `{column}` has {found} lines, the keys have {expected}")
            }
            Self::Decimals(decimals) => {
                write!(f, "quantities have {decimals} decimals: more than 12 are not kept")
            }
            Self::Negative { line, quantity } => {
                write!(f, "line {line} has the quantity {quantity}: licenses are counted from 0 up")
            }
            Self::Day { line, day: number } => {
                write!(
                    f,
                    "line {line} has the day {number}, which no calendar of four-digit years has"
                )
            }
            Self::Context { line, context } => {
                write!(f, "line {line} has the context {context}, which has no values")
            }
        }
    }
}

impl std::error::Error for Unfit {}

/// A line that has no credits in the column, and what became of it.
pub type OddLine = (usize, Result<Outcome, Refusal>);

/// Lines that one thread converts at once.
const LINES: usize = 1 << 14;

impl Columns<'_> {
    fn check(&self, credits: usize) -> Result<(), Unfit> {
        let expected = self.keys.len();
        let optional = |found: usize| if found == 0 { expected } else { found };
        let columns = [
            ("quantities", self.quantities.len()),
            ("units", optional(self.units.len())),
            ("starts", optional(self.starts.len())),
            ("ends", optional(self.ends.len())),
            ("contexts", optional(self.contexts.len())),
            ("credits", credits),
        ];
        for (column, found) in columns {
            if found != expected {
                return Err(Unfit::Length { column, found, expected });
            }
        }
        if let Some(line) = self.quantities.iter().position(|quantity| *quantity < 0) {
            let quantity = self.quantities.get(line).copied().unwrap_or_default();
            return Err(Unfit::Negative { line, quantity });
        }
        let calendar = day_number(BEGINNING)..=day_number(HORIZON);
        for days in [self.starts, self.ends] {
            if let Some(line) = days.iter().position(|day| !calendar.contains(day)) {
                let day = days.get(line).copied().unwrap_or_default();
                return Err(Unfit::Day { line, day });
            }
        }
        for (line, context) in self.contexts.iter().enumerate() {
            if *context as usize >= self.values.len() {
                return Err(Unfit::Context { line, context: *context });
            }
        }
        Ok(())
    }

    fn line(&self, at: usize, context: u32) -> Option<Numbers> {
        Some(Numbers {
            key: *self.keys.get(at)?,
            quantity: *self.quantities.get(at)?,
            unit: self.units.get(at).copied(),
            start: self.starts.get(at).copied(),
            end: self.ends.get(at).copied(),
            context,
        })
    }
}

impl Kernel {
    /// Converts lines: credits in units of 10 to minus [`Self::result_decimals`], 0 for those that
    /// are told apart. The current thread pool of rayon shares the work; what comes out does not
    /// depend on it.
    pub fn convert(
        &self,
        plan: &Plan,
        columns: &Columns<'_>,
        credits: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        columns.check(credits.len())?;
        let tables = self.tables(plan, columns.decimals);
        let tables = tables.ok_or(Unfit::Decimals(columns.decimals))?;
        let part = |(part, credits): (usize, &mut [i64])| {
            self.part(plan, tables, columns, part * LINES, credits)
        };
        if credits.len() <= LINES {
            return Ok(part((0, credits)));
        }
        let parts: Vec<Vec<OddLine>> =
            credits.par_chunks_mut(LINES).enumerate().map(part).collect();
        Ok(parts.into_iter().flatten().collect())
    }

    /// Converts the lines from one on.
    fn part(
        &self,
        plan: &Plan,
        tables: &Tables,
        columns: &Columns<'_>,
        first: usize,
        credits: &mut [i64],
    ) -> Vec<OddLine> {
        let mut worker = None;
        let mut odd = Vec::new();
        let simple = !self.excludes
            && columns.units.is_empty()
            && columns.ends.is_empty()
            && columns.starts.len() == columns.keys.len();
        if !simple {
            self.rest(plan, tables, columns, (first, credits), &mut worker, &mut odd);
            return odd;
        }
        let end = first + credits.len();
        let keys = columns.keys.get(first..end).unwrap_or_default();
        let quantities = columns.quantities.get(first..end).unwrap_or_default();
        let starts = columns.starts.get(first..end).unwrap_or_default();
        for (at, (((own, key), quantity), start)) in
            credits.iter_mut().zip(keys).zip(quantities).zip(starts).enumerate()
        {
            if let Some(credits) = tables.price(key.0, *start, *quantity) {
                *own = credits;
            } else {
                let own = std::slice::from_mut(own);
                self.rest(plan, tables, columns, (first + at, own), &mut worker, &mut odd);
            }
        }
        odd
    }

    /// Converts the lines from one on, whatever they need.
    fn rest<'a>(
        &'a self,
        plan: &'a Plan,
        tables: &Tables,
        columns: &Columns<'_>,
        (first, credits): (usize, &mut [i64]),
        worker: &mut Option<(Worker<'a>, Vec<u32>)>,
        odd: &mut Vec<OddLine>,
    ) {
        for (at, own) in credits.iter_mut().enumerate() {
            let at = first + at;
            let (worker, contexts) = worker.get_or_insert_with(|| {
                let mut worker = Worker::new(plan, self);
                let contexts = columns.values.iter().map(|values| worker.context(values));
                let contexts = contexts.collect();
                (worker, contexts)
            });
            let context = columns.contexts.get(at).and_then(|at| contexts.get(*at as usize));
            let Some(line) = columns.line(at, context.copied().unwrap_or(0)) else { continue };
            if let Some(priced) = worker.price_by(tables, &line) {
                *own = priced.credits;
                continue;
            }
            let exactly = worker.exactly(&line, columns.decimals);
            let scaled = match &exactly {
                Ok(Outcome::Converted { credits, .. }) => self.scaled(&Exact::from(*credits)),
                _ => None,
            };
            *own = scaled.unwrap_or(0);
            if scaled.is_none() {
                odd.push((at, exactly));
            }
        }
    }

    /// Credits in units of the results, where they fit.
    fn scaled(&self, credits: &Exact) -> Option<i64> {
        (credits * &Exact::power_of_ten(self.results))
            .ratio()
            .filter(|(_, over)| *over == 1)
            .map(|(credits, _)| credits)
    }
}

/// Adds credits up by account, or by whatever else the keys number: `totals` by key. The first line
/// whose key has no total, or whose total overflows, is an error; what stands before it was added.
pub fn add_up(keys: &[u32], credits: &[i64], totals: &mut [i64]) -> Result<(), usize> {
    for (at, (key, credits)) in keys.iter().zip(credits).enumerate() {
        let total = totals.get_mut(*key as usize).ok_or(at)?;
        *total = total.checked_add(*credits).ok_or(at)?;
    }
    if keys.len() == credits.len() { Ok(()) } else { Err(keys.len().min(credits.len())) }
}
