//! Whole columns at once.

use std::ops::Range;

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
    /// The key of a line has no total.
    Key {
        /// The line, from 0.
        line: usize,
        /// Its key.
        key: u32,
    },
    /// A total is longer than 64 bits.
    Overflow,
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
            Self::Key { line, key } => {
                write!(f, "line {line} has the key {key}, for which there is no total")
            }
            Self::Overflow => write!(f, "a total is longer than 64 bits: add up fewer lines"),
        }
    }
}

impl std::error::Error for Unfit {}

/// A line that has no credits in the column, and what became of it.
pub type OddLine = (usize, Result<Outcome, Refusal>);

/// What became of the odd lines among some.
type Converted = Result<Vec<OddLine>, Unfit>;

/// Lines that one thread converts at once.
const LINES: usize = 1 << 12;

/// Lines of products with many rates whose charges are found before any of them is priced, so that
/// what is far away in memory is fetched for several of them at once.
const AHEAD: usize = 64;

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
        Ok(())
    }

    /// Looks for numbers that are none of license lines. Most often there are none: that is seen
    /// without a branch.
    fn check_numbers(&self, lines: Range<usize>) -> Result<(), Unfit> {
        let first = lines.start;
        let quantities = self.quantities.get(lines.clone()).unwrap_or_default();
        if quantities.iter().fold(0, |all, quantity| all | quantity) < 0
            && let Some(at) = quantities.iter().position(|quantity| *quantity < 0)
        {
            let quantity = quantities.get(at).copied().unwrap_or_default();
            return Err(Unfit::Negative { line: first + at, quantity });
        }
        let (from, to) = (day_number(BEGINNING), day_number(HORIZON));
        for days in [self.starts, self.ends] {
            let days = days.get(lines.clone()).unwrap_or_default();
            let (least, most) = days
                .iter()
                .fold((from, to), |(least, most), day| (least.min(*day), most.max(*day)));
            if (least, most) != (from, to)
                && let Some(at) = days.iter().position(|day| *day < from || *day > to)
            {
                let day = days.get(at).copied().unwrap_or_default();
                return Err(Unfit::Day { line: first + at, day });
            }
        }
        for (at, context) in self.contexts.get(lines).unwrap_or_default().iter().enumerate() {
            if *context as usize >= self.values.len() {
                return Err(Unfit::Context { line: first + at, context: *context });
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
    /// depend on it. Where columns are unfit, the credits mean nothing.
    pub fn convert(
        &self,
        plan: &Plan,
        columns: &Columns<'_>,
        credits: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        let tables = self.tables_for(plan, columns, credits.len())?;
        let part = |(part, credits): (usize, &mut [i64])| {
            self.part(plan, tables, columns, part * LINES, credits)
        };
        if credits.len() <= LINES {
            return part((0, credits));
        }
        let parts: Vec<Converted> = credits.par_chunks_mut(LINES).enumerate().map(part).collect();
        flat(parts)
    }

    /// As [`Self::convert`], and adds the credits up by account, or by whatever else `keys` number:
    /// `totals` by key. Odd lines add nothing.
    pub fn convert_and_add_up(
        &self,
        plan: &Plan,
        columns: &Columns<'_>,
        credits: &mut [i64],
        keys: &[u32],
        totals: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        let tables = self.tables_for(plan, columns, credits.len())?;
        if keys.len() != credits.len() {
            let (found, expected) = (keys.len(), credits.len());
            return Err(Unfit::Length { column: "keys of totals", found, expected });
        }
        if let Some(line) = keys.iter().position(|key| *key as usize >= totals.len()) {
            return Err(Unfit::Key { line, key: keys.get(line).copied().unwrap_or_default() });
        }
        let share = |(first, credits): (usize, &mut [i64]), totals: &mut [i64]| {
            let parts = credits.chunks_mut(LINES).enumerate().map(|(part, credits)| {
                let first = first + part * LINES;
                let odd = self.part(plan, tables, columns, first, credits)?;
                let keys = keys.get(first..first + credits.len()).unwrap_or_default();
                add_up(keys, credits, totals)?;
                Ok(odd)
            });
            flat(parts)
        };
        let threads = rayon::current_num_threads();
        let lines = credits.len().div_ceil(threads).next_multiple_of(LINES);
        if threads == 1 || credits.len() <= lines {
            return share((0, credits), totals);
        }
        // One set of totals a thread: credits are not below 0, so that no part overflows alone.
        let shares: Vec<(Vec<i64>, Converted)> = credits
            .par_chunks_mut(lines)
            .enumerate()
            .map(|(at, credits)| {
                let mut own = vec![0; totals.len()];
                let odd = share((at * lines, credits), &mut own);
                (own, odd)
            })
            .collect();
        let mut all = Vec::new();
        for (own, odd) in shares {
            all.append(&mut odd?);
            for (total, own) in totals.iter_mut().zip(own) {
                *total = total.checked_add(own).ok_or(Unfit::Overflow)?;
            }
        }
        Ok(all)
    }

    fn tables_for(
        &self,
        plan: &Plan,
        columns: &Columns<'_>,
        credits: usize,
    ) -> Result<&Tables, Unfit> {
        columns.check(credits)?;
        self.tables(plan, columns.decimals).ok_or(Unfit::Decimals(columns.decimals))
    }

    /// Converts the lines from one on.
    fn part(
        &self,
        plan: &Plan,
        tables: &Tables,
        columns: &Columns<'_>,
        first: usize,
        credits: &mut [i64],
    ) -> Result<Vec<OddLine>, Unfit> {
        let end = first + credits.len();
        columns.check_numbers(first..end)?;
        let mut worker = None;
        let mut odd = Vec::new();
        let simple = !self.excludes
            && columns.units.is_empty()
            && columns.ends.is_empty()
            && columns.starts.len() == columns.keys.len();
        if !simple {
            self.rest(plan, tables, columns, (first, credits), &mut worker, &mut odd);
            return Ok(odd);
        }
        let keys = columns.keys.get(first..end).unwrap_or_default();
        let quantities = columns.quantities.get(first..end).unwrap_or_default();
        let starts = columns.starts.get(first..end).unwrap_or_default();
        let mut waiting = Vec::new();
        for (at, (((own, key), quantity), start)) in
            credits.iter_mut().zip(keys).zip(quantities).zip(starts).enumerate()
        {
            match tables.price_few(key.0, *start, *quantity) {
                Some((credits, _)) => *own = credits,
                None => waiting.push(at),
            }
        }
        for some in waiting.chunks(AHEAD) {
            let mut charges = [None; AHEAD];
            for (charge, at) in charges.iter_mut().zip(some) {
                let line = keys.get(*at).zip(starts.get(*at));
                *charge = line.and_then(|(key, start)| tables.charge(key.0, *start));
            }
            for (charge, at) in charges.into_iter().zip(some) {
                let Some(own) = credits.get_mut(*at) else { continue };
                let priced = charge.zip(quantities.get(*at));
                let priced =
                    priced.and_then(|(charge, quantity)| tables.price_by(charge, *quantity));
                if let Some((credits, _)) = priced {
                    *own = credits;
                } else {
                    let own = std::slice::from_mut(own);
                    self.rest(plan, tables, columns, (first + at, own), &mut worker, &mut odd);
                }
            }
        }
        Ok(odd)
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
    pub(crate) fn scaled(&self, credits: &Exact) -> Option<i64> {
        (credits * &Exact::power_of_ten(self.results))
            .ratio()
            .filter(|(_, over)| *over == 1)
            .map(|(credits, _)| credits)
    }
}

/// Lines in one list; the first that is unfit.
fn flat(parts: impl IntoIterator<Item = Converted>) -> Converted {
    let mut all = Vec::new();
    for part in parts {
        all.append(&mut part?);
    }
    Ok(all)
}

fn add_up(keys: &[u32], credits: &[i64], totals: &mut [i64]) -> Result<(), Unfit> {
    for (key, credits) in keys.iter().zip(credits) {
        if let Some(total) = totals.get_mut(*key as usize) {
            *total = total.checked_add(*credits).ok_or(Unfit::Overflow)?;
        }
    }
    Ok(())
}
