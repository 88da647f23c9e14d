//! Blocks of records into results: whole columns where lines fit, the exact evaluator for the rest.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::batch::{Kernel, Numbers, Worker};
use crate::evaluate::{License, Outcome, Recording, Refusal, Silent, Step, evaluate};
use crate::input::block::{Block, Record};
use crate::input::{Fault, Schema, Slot, numbers};
use crate::keyed::Map;
use crate::plan::{ACCOUNT, InputId, Plan, QUANTITY, Rate, Set, TargetId, UnitId};
use crate::source::Place;

/// What a record became.
#[derive(Debug)]
pub enum Converted {
    /// Credits.
    Credits {
        /// The product or license.
        rule: TargetId,
        /// How many.
        credits: Credits,
        /// The deciding clause.
        place: Place,
    },
    /// Nothing, for a reason.
    Excluded {
        /// The product or license.
        rule: TargetId,
        /// The `exclude`.
        place: Place,
    },
    /// It cannot be read.
    Faulty(Box<Fault>),
    /// It cannot be converted.
    Refused(Box<Refusal>),
}

/// Credits of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credits {
    /// In units of the results.
    Scaled(i64),
    /// Too long for that.
    Long(Decimal),
}

impl Memory<'_> {
    /// Forgets everything where it is too much. Texts that are no values are remembered, too.
    fn forget_if_full(&mut self) {
        if self.worker.forget_if_full(self.contexts.len()) {
            self.contexts.clear();
        }
    }
}

/// How blocks are converted.
pub struct Converter<'a> {
    plan: &'a Plan,
    kernel: &'a Kernel,
    schema: &'a Schema,
    units: Map<Box<str>, UnitId>,
    /// Inputs that anything looks at, with their slots and, for texts, those that any rule names.
    inputs: Vec<(InputId, Slot, Option<BTreeSet<String>>)>,
    /// Inputs that nothing looks at: their values must be right all the same.
    unused: Vec<Slot>,
}

/// What one thread remembers.
pub struct Memory<'a> {
    worker: Worker<'a>,
    /// Contexts by the texts of a line's inputs, a byte of 0 between them.
    contexts: Map<Box<str>, Option<u32>>,
    key: String,
}

/// What of a record means the same by any rules.
#[derive(Clone, Copy)]
struct Figures {
    /// In units of 10 to minus the decimals.
    quantity: i64,
    decimals: u32,
    start: Option<i32>,
    end: Option<i32>,
}

/// Text between inputs in a key; no field holds it but for a broken list, which is then converted
/// line by line.
const BETWEEN: char = '\0';

impl<'a> Converter<'a> {
    /// Converts records of a schema.
    pub fn new(plan: &'a Plan, kernel: &'a Kernel, schema: &'a Schema) -> Self {
        let mut units = Map::default();
        for (name, id) in &plan.unit_names {
            units.insert(name.as_str().into(), *id);
        }
        let slot = |input: InputId| {
            if input == ACCOUNT { Some(Slot::ACCOUNT) } else { schema.slot_of(input) }
        };
        let inputs = kernel.inputs().iter().filter_map(|input| {
            let is_text = plan.input(*input)?.kind == crate::plan::InputKind::Text;
            Some((*input, slot(*input)?, is_text.then(|| named_texts(plan, *input))))
        });
        let unused = schema.inputs().filter(|(input, _)| !kernel.inputs().contains(input));
        let unused = unused.map(|(_, slot)| slot).collect();
        Self { plan, kernel, schema, units, inputs: inputs.collect(), unused }
    }

    /// A memory without anything in it.
    pub fn memory(&self) -> Memory<'a> {
        let worker = Worker::new(self.plan, self.kernel);
        Memory { worker, contexts: Map::default(), key: String::new() }
    }

    /// Converts the records of a block, in order.
    pub fn each<'b>(
        &self,
        memory: &mut Memory<'a>,
        block: &'b Block,
        mut visit: impl FnMut(Record<'b>, Converted),
    ) {
        memory.forget_if_full();
        let mut faults = block.faults().peekable();
        for row in 0..block.len() {
            let record = block.record(row);
            let faulty = faults.next_if(|(at, _)| *at == row);
            let converted = match faulty {
                Some((_, fault)) => Converted::Faulty(Box::new(fault.clone())),
                None => self.line(memory, record, self.figures(record)),
            };
            visit(record, converted);
        }
    }

    /// Converts the records of a block, in order, by this and by another: each is read once. Columns
    /// of both schemas stand at the same places, with the same day for lines without one.
    pub fn each_by_both<'b>(
        &self,
        memory: &mut Memory<'a>,
        (other, others): (&Converter<'b>, &mut Memory<'b>),
        block: &Block,
        mut visit: impl FnMut(Record<'_>, Converted, Converted),
    ) {
        memory.forget_if_full();
        others.forget_if_full();
        let mut faults = block.faults().peekable();
        for row in 0..block.len() {
            let record = block.record(row);
            if let Some((_, fault)) = faults.next_if(|(at, _)| *at == row) {
                let faulty = || Converted::Faulty(Box::new(fault.clone()));
                visit(record, faulty(), faulty());
                continue;
            }
            let figures = self.figures(record);
            let own = self.line(memory, record, figures);
            visit(record, own, other.line(others, record, figures));
        }
    }

    fn line(
        &self,
        memory: &mut Memory<'a>,
        record: Record<'_>,
        figures: Option<Figures>,
    ) -> Converted {
        let priced = figures.and_then(|figures| {
            let numbers = self.numbers(memory, record, &figures)?;
            memory.worker.price(&numbers, figures.decimals)
        });
        match priced {
            Some(priced) => Converted::Credits {
                rule: priced.rule,
                credits: Credits::Scaled(priced.credits),
                place: priced.place,
            },
            None => self.exactly(record),
        }
    }

    /// A record by the exact evaluator.
    pub fn exactly(&self, record: Record<'_>) -> Converted {
        if let Some(fault) = record.fault() {
            return Converted::Faulty(Box::new(fault.clone()));
        }
        let license = match self.schema.license(self.plan, record) {
            Ok(license) => license,
            Err(fault) => return Converted::Faulty(Box::new(fault)),
        };
        of_outcome(evaluate(self.plan, &license, &mut Silent))
    }

    /// A record by the exact evaluator, with its steps.
    pub fn explained(&self, record: Record<'_>) -> (Converted, Vec<Step>) {
        if let Some(fault) = record.fault() {
            return (Converted::Faulty(Box::new(fault.clone())), Vec::new());
        }
        let license = match self.schema.license(self.plan, record) {
            Ok(license) => license,
            Err(fault) => return (Converted::Faulty(Box::new(fault)), Vec::new()),
        };
        let mut recording = Recording::default();
        let outcome = evaluate(self.plan, &license, &mut recording);
        (of_outcome(outcome), recording.steps)
    }

    /// The figures of a record; `None` where one is missing, long or wrong.
    #[inline]
    fn figures(&self, record: Record<'_>) -> Option<Figures> {
        let (quantity, decimals) = numbers::quantity(record.get(Slot::QUANTITY)?)?;
        let start = match record.get(Slot::START) {
            Some(text) => Some(numbers::day(text)?),
            None => self.schema.on(),
        };
        let end = match record.get(Slot::END) {
            Some(text) => Some(numbers::day(text)?),
            None => None,
        };
        Some(Figures { quantity, decimals, start, end })
    }

    /// A record as numbers; `None` where it does not fit.
    #[inline]
    fn numbers(
        &self,
        memory: &mut Memory<'a>,
        record: Record<'_>,
        figures: &Figures,
    ) -> Option<Numbers> {
        let key = self.kernel.key(record.get(Slot::SKU)?)?;
        // Most lines give no unit, or the declared one.
        let unit = match record.get(Slot::UNIT) {
            Some(unit) if !self.kernel.is_declared(key, unit) => Some(*self.units.get(unit)?),
            _ => None,
        };
        let right = |slot: &Slot| {
            record.get(*slot).is_none_or(|text| self.schema.is_value(self.plan, *slot, text))
        };
        if !self.unused.iter().all(right) {
            return None;
        }
        let context = if self.inputs.is_empty() { 0 } else { self.context(memory, record)? };
        let Figures { quantity, start, end, .. } = *figures;
        Some(Numbers { key, quantity, unit, start, end, context })
    }

    /// The context of a record; `None` where an input has no such value.
    fn context(&self, memory: &mut Memory<'a>, record: Record<'_>) -> Option<u32> {
        let mut key = std::mem::take(&mut memory.key);
        key.clear();
        for (_, slot, named) in &self.inputs {
            let text = record.get(*slot).unwrap_or_default();
            // Of texts that no rule names, one is as good as any other.
            let text = match named {
                Some(named) if !named.contains(text) && !text.is_empty() => "\u{1}",
                _ => text,
            };
            key.push_str(text);
            key.push(BETWEEN);
        }
        let known = memory.contexts.get(key.as_str()).copied();
        let context = known.unwrap_or_else(|| {
            let found = self
                .schema
                .license(self.plan, record)
                .ok()
                .filter(|_| key.chars().filter(|c| *c == BETWEEN).count() == self.inputs.len());
            let found = found.map(|license: License| memory.worker.context(&self.used(&license)));
            memory.contexts.insert(key.as_str().into(), found);
            found
        });
        memory.key = key;
        context
    }

    /// Values of those inputs alone that anything looks at.
    fn used(&self, license: &License) -> Vec<Option<crate::plan::Value>> {
        let mut inputs = License::new(self.plan, "", Decimal::ONE).inputs;
        for (input, _, _) in &self.inputs {
            let at = input.0 as usize;
            if let (Some(own), Some(value)) = (inputs.get_mut(at), license.inputs.get(at)) {
                own.clone_from(value);
            }
        }
        inputs
    }
}

fn of_outcome(outcome: Result<Outcome, Refusal>) -> Converted {
    match outcome {
        Ok(Outcome::Converted { rule, credits, place }) => {
            Converted::Credits { rule, credits: Credits::Long(credits), place }
        }
        Ok(Outcome::Excluded { rule, place }) => Converted::Excluded { rule, place },
        Err(refusal) => Converted::Refused(Box::new(refusal)),
    }
}

/// The texts of an input that any condition or cell names.
fn named_texts(plan: &Plan, input: InputId) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let mut note = |set: Option<&Set>| {
        if let Some(Set::Text { listed, .. }) = set {
            named.extend(listed.iter().cloned());
        }
    };
    let rate = |rate: &Rate, note: &mut dyn FnMut(Option<&Set>)| {
        let Rate::Table(table) = rate else { return };
        let at = table.columns.iter().position(|column| *column == input);
        for cells in table.rows.iter().filter_map(|(cells, _)| cells.as_ref()) {
            note(at.and_then(|at| cells.get(at)).and_then(Option::as_ref));
        }
    };
    for rule in &plan.rules {
        rule.rates.iter().for_each(|(_, own)| rate(own, &mut note));
        for exception in &rule.exceptions {
            note(exception.condition.sets.get(&input));
            exception.rate.forms.iter().for_each(|(_, own)| rate(own, &mut note));
        }
        for (_, count) in &rule.counts {
            count.conditions(&mut |condition| note(condition.sets.get(&input)));
        }
    }
    for exclude in &plan.excludes {
        note(exclude.condition.sets.get(&input));
    }
    debug_assert!(input != QUANTITY, "the quantity is a number");
    named
}
