//! Converts lines and remembers what it found out on the way.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::pool::{Kind, Pool, Stored};
use super::price::{ByPiece, price};
use super::tables::{self, Tables};
use super::{Kernel, Key};
use crate::evaluate::charges::charges;
use crate::evaluate::{License, Outcome, Refusal, Silent, evaluate, excluded};
use crate::keyed::Map;
use crate::period::{Term, numbered_day};
use crate::plan::{Plan, TargetId, UnitId, Value};
use crate::source::Place;

/// Most things that are remembered; beyond, everything is forgotten.
const MOST_REMEMBERED: usize = 1 << 14;

/// A line by numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Its code or name.
    pub key: Key,
    /// Its quantity, in units of 10 to minus the decimals asked for; at least 0.
    pub quantity: i64,
    /// The unit of the quantity; without one, the declared unit.
    pub unit: Option<UnitId>,
    /// First day, in days since 1970-01-01.
    pub start: Option<i32>,
    /// Last day.
    pub end: Option<i32>,
    /// Its inputs, by [`Worker::context`].
    pub context: u32,
}

/// Credits of a line in units of the results, and the clause that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// The product or license.
    pub rule: TargetId,
    /// Credits.
    pub credits: i64,
    /// The deciding clause.
    pub place: Place,
}

/// A term with its first and last day.
type TermDays = (Term, i32, i32);

/// Converts lines of one thread.
pub struct Worker<'a> {
    plan: &'a Plan,
    kernel: &'a Kernel,
    /// Values by input, of each context; those of a line without any first.
    contexts: Vec<Vec<Option<Value>>>,
    known: Map<Vec<Option<Value>>, u32>,
    /// Whether no exclude may hold in a context.
    included: Vec<bool>,
    /// What lines of a stretch are charged in a context, by both and the decimals.
    kinds: Map<(u32, u32, u32), Kind>,
    /// Their charges.
    pool: Pool,
    periods: Map<TermDays, Option<(i64, i64)>>,
}

impl<'a> Worker<'a> {
    /// A worker that knows nothing yet.
    pub fn new(plan: &'a Plan, kernel: &'a Kernel) -> Self {
        let mut worker = Self {
            plan,
            kernel,
            contexts: Vec::new(),
            known: Map::default(),
            included: Vec::new(),
            kinds: Map::default(),
            pool: Pool::default(),
            periods: Map::default(),
        };
        worker.context(&License::new(plan, "", Decimal::ONE).inputs);
        worker
    }

    /// The context of lines with these values by input; 0 is that of lines without any. Numbers
    /// hold until [`Self::forget_if_full`].
    pub fn context(&mut self, inputs: &[Option<Value>]) -> u32 {
        if let Some(known) = self.known.get(inputs) {
            return *known;
        }
        let context = u32::try_from(self.contexts.len()).unwrap_or(u32::MAX);
        let mut license = License::new(self.plan, "", Decimal::ONE);
        license.inputs = inputs.to_vec();
        let none_holds = !self.kernel.excludes
            || (!self.kernel.excludes_by_quantity && !excluded(self.plan, &license));
        self.included.push(none_holds);
        self.contexts.push(inputs.to_vec());
        self.known.insert(inputs.to_vec(), context);
        context
    }

    /// Forgets everything where it is too much, or somebody else knows of so many contexts; whether it
    /// did, and contexts have new numbers.
    pub fn forget_if_full(&mut self, others: usize) -> bool {
        let full = [others, self.contexts.len(), self.kinds.len(), self.periods.len()]
            .into_iter()
            .any(|known| known > MOST_REMEMBERED);
        if full {
            *self = Self::new(self.plan, self.kernel);
        }
        full
    }

    /// Credits of a line whose quantity has so many decimals; `None` where the exact evaluator must
    /// be asked.
    #[inline]
    pub fn price(&mut self, line: &Numbers, decimals: u32) -> Option<Priced> {
        let tables = self.kernel.tables(self.plan, decimals)?;
        self.price_by(tables, line)
    }

    #[inline]
    pub(super) fn price_by(&mut self, tables: &Tables, line: &Numbers) -> Option<Priced> {
        if !*self.included.get(line.context as usize)? {
            return None;
        }
        if let Some(priced) = simply(tables, line) {
            return Some(priced);
        }
        let (stretch, kind, quantity) = self.kernel.find(tables, line)?;
        if kind == Kind::ByInputs {
            let kind = self.by_inputs(tables, stretch, line);
            let known = &mut self.periods;
            return sum(&self.pool, kind, (quantity, line), |term| periods(known, term, line));
        }
        let known = &mut self.periods;
        sum(&tables.pool, kind, (quantity, line), |term| periods(known, term, line))
    }

    fn by_inputs(&mut self, tables: &Tables, stretch: usize, line: &Numbers) -> Kind {
        let stretch = u32::try_from(stretch).unwrap_or(u32::MAX);
        let key = (stretch, line.context, tables.decimals);
        if let Some(kind) = self.kinds.get(&key) {
            return *kind;
        }
        let mut license = License::new(self.plan, "", Decimal::ONE);
        license.start = line.start.and_then(numbered_day);
        if let Some(inputs) = self.contexts.get(line.context as usize) {
            license.inputs.clone_from(inputs);
        }
        let found = charges(self.plan, &license, TargetId(line.key.0));
        let known = found.filter(|_| license.start.is_some() || line.start.is_none());
        let charges = known.unwrap_or_default();
        let kind = self.pool.add_all(&charges, tables.decimals, self.kernel.results);
        self.kinds.insert(key, kind);
        kind
    }

    /// What the exact evaluator says of a line whose quantity has so many decimals.
    pub fn exactly(&self, line: &Numbers, decimals: u32) -> Result<Outcome, Refusal> {
        let sku = self.kernel.sku(self.plan, line.key).ok_or(Refusal::UnknownSku)?;
        let quantity = Decimal::try_from_i128_with_scale(i128::from(line.quantity), decimals);
        let mut license = License::new(self.plan, sku, quantity.unwrap_or_default());
        let date = |number: Option<i32>| -> Option<Date> { number.and_then(numbered_day) };
        (license.start, license.end) = (date(line.start), date(line.end));
        license.unit = line.unit;
        if let Some(inputs) = self.contexts.get(line.context as usize) {
            license.inputs.clone_from(inputs);
        }
        evaluate(self.plan, &license, &mut Silent)
    }
}

/// The periods of a line's term, as a fraction.
fn periods(
    known: &mut Map<TermDays, Option<(i64, i64)>>,
    term: Term,
    line: &Numbers,
) -> Option<(i64, i64)> {
    let (start, end) = (line.start?, line.end?);
    let key = (term, start, end);
    if let Some(known) = known.get(&key) {
        return *known;
    }
    let ratio = || term.periods(numbered_day(start)?, numbered_day(end)?)?.ratio();
    let found = ratio();
    known.insert(key, found);
    found
}

impl Kernel {
    /// The stretch of days that a line lies in, what is known of it, and the quantity in the declared
    /// unit.
    #[inline]
    pub(super) fn find(&self, tables: &Tables, line: &Numbers) -> Option<(usize, Kind, i64)> {
        let stretch = tables.stretch(line.key.0, line.start)?;
        let quantity = match line.unit {
            None => line.quantity,
            Some(unit) => self.converted(line.quantity, unit.0, line.key)?,
        };
        let backwards = line.start.zip(line.end).is_some_and(|(start, end)| end < start);
        (quantity >= 0 && !backwards).then(|| (stretch, tables.kind(stretch), quantity))
    }

    fn converted(&self, quantity: i64, unit: u32, key: Key) -> Option<i64> {
        let declared = self.units.get(key.0 as usize)?.0;
        if unit == declared {
            return Some(quantity);
        }
        let factor = |unit: u32| self.factors.get(unit as usize).copied();
        let ((base, given), (own, declared)) = (factor(unit)?, factor(declared)?);
        if base != own {
            return None;
        }
        tables::converted(quantity, given?, declared?)
    }
}

/// Credits of a line in the declared unit that one charge without a term prices.
#[inline]
pub(super) fn simply(tables: &Tables, line: &Numbers) -> Option<Priced> {
    let day = line.start?;
    if line.unit.is_some() || line.end.is_some_and(|end| end < day) {
        return None;
    }
    let (credits, piece) = tables.price(line.key.0, day, line.quantity)?;
    Some(Priced { rule: TargetId(line.key.0), credits, place: tables.pool.place(piece)? })
}

/// The sum of charges.
#[inline]
pub(super) fn sum(
    pool: &Pool,
    kind: Kind,
    (quantity, line): (i64, &Numbers),
    mut periods: impl FnMut(Term) -> Option<(i64, i64)>,
) -> Option<Priced> {
    let (mut credits, mut place) = (0i64, None);
    for stored in pool.charges(&kind) {
        let (own, piece) = match pool.charge(*stored) {
            Some(charge) => {
                let term = charge.shape.term.and_then(&mut periods);
                if quantity > 0 {
                    price(&charge, quantity, term)?
                } else if charge.shape.odd_at_zero {
                    return None;
                } else if charge.shape.free_at_zero {
                    (0, charge.at(0)?.1)
                } else {
                    price(&charge, 0, term)?
                }
            }
            None => wide(pool, *stored, quantity, &mut periods)?,
        };
        if place.is_none() {
            place = pool.place(piece);
        }
        credits = credits.checked_add(own)?;
    }
    Some(Priced { rule: TargetId(line.key.0), credits, place: place? })
}

/// Credits by a charge that 64 bits do not hold.
#[cold]
fn wide(
    pool: &Pool,
    stored: Stored,
    quantity: i64,
    periods: impl FnMut(Term) -> Option<(i64, i64)>,
) -> Option<ByPiece> {
    let (charge, first) = pool.wide(stored)?;
    let term = charge.after.term.and_then(periods);
    let (credits, piece) = if quantity > 0 {
        charge.price(quantity, term)?
    } else if charge.odd_at_zero {
        return None;
    } else if charge.free_at_zero {
        (0, charge.piece(0))
    } else {
        charge.price(0, term)?
    };
    Some((credits, first + piece))
}
