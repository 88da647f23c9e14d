//! Input lines that show what a proof found, complete enough for the row evaluator.

pub(super) mod sought;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::region::Point;
use crate::diagnostic::{WitnessLine, WitnessValue};
use crate::hir::set::Set;
use crate::hir::{ACCOUNT, Expression, InputId, InputKind, Program, QUANTITY, Rate, Target, Value};
use crate::period::parse_date;
use crate::quantity::Exact;

/// A line of the license list.
pub(super) struct Line<'a> {
    pub program: &'a Program,
    pub target: &'a Target,
    /// In the unit of the head.
    pub quantity: Exact,
    pub start: Option<Date>,
    pub end: Option<Date>,
    /// Inputs; those that the line needs and that are not among them get any value.
    pub point: Point,
}

impl Line<'_> {
    /// As an input record.
    pub(super) fn values(&self) -> Vec<WitnessValue> {
        let mut values = vec![
            WitnessValue::bare("sku", self.target.name.clone()),
            WitnessValue::bare("quantity", self.quantity.text()),
        ];
        let day =
            |column, day: Option<Date>| day.map(|day| WitnessValue::bare(column, day.to_string()));
        values.extend(day("start", self.start));
        values.extend(day("end", self.end));
        values.extend(self.facts());
        values
    }

    /// As a line of an example.
    pub(super) fn line(&self) -> WitnessLine {
        let unit = self.target.declared_unit().and_then(|unit| self.program.unit(unit));
        WitnessLine {
            quantity: self.quantity.text(),
            unit: unit.map_or_else(String::new, |unit| unit.name.clone()),
            name: self.target.name.clone(),
            facts: self.facts(),
            until: self.end,
        }
    }

    fn facts(&self) -> Vec<WitnessValue> {
        let point = self.point.iter().filter(|(input, _)| *input != QUANTITY).cloned();
        let write = |(input, value): (InputId, Value)| {
            Some(WitnessValue {
                column: self.program.input(input)?.name.clone(),
                value: self.program.describe(input, &value),
                written: self.program.write(input, &value),
                shown: true,
            })
        };
        let mut facts: Vec<WitnessValue> = point.chain(self.filled()).filter_map(write).collect();
        facts.sort_by(|a, b| a.column.cmp(&b.column));
        facts
    }

    /// What an expression gives for it.
    fn count(&self, count: &Expression) -> Exact {
        let point: BTreeMap<InputId, Value> =
            self.point.iter().cloned().chain(self.filled()).collect();
        let seen = |input: InputId| {
            let declared = self.program.input(input);
            point.get(&input).or_else(|| declared.and_then(|input| input.default.as_ref()))
        };
        let number = |input: InputId| match seen(input) {
            _ if input == QUANTITY => self.quantity.clone(),
            Some(Value::Number(number)) => Exact::from(*number),
            _ => Exact::zero(),
        };
        let admits = |(input, set): (&InputId, &Set)| match self.quantity.to_decimal() {
            Some(quantity) if *input == QUANTITY => set.contains(&Value::Number(quantity)),
            _ => seen(*input).is_some_and(|value| set.contains(value)),
        };
        count.value(&number, &|condition| condition.sets.iter().all(admits))
    }

    /// Inputs that the line needs, and that have no value yet.
    fn filled(&self) -> Point {
        let given: BTreeSet<InputId> = self.point.iter().map(|(input, _)| *input).collect();
        let missing = needed(self.program, self.target, self.start).into_iter().filter(|input| {
            !given.contains(input)
                && self.program.input(*input).is_some_and(|input| input.default.is_none())
        });
        missing.filter_map(|input| Some((input, any(self.program, input)?))).collect()
    }
}

/// Some value of an input.
fn any(program: &Program, input: InputId) -> Option<Value> {
    Some(match program.input(input)?.kind {
        InputKind::Choice(_) => Value::Choice(0),
        InputKind::Number => Value::Number(rust_decimal::Decimal::ZERO),
        InputKind::Text => Value::Text("other".to_owned()),
        InputKind::Date => Value::Date(parse_date("2000-01-01")?),
    })
}

/// Inputs that lines of a target must have on a day: those of its clauses in force, and of the
/// products that it grants.
fn needed(program: &Program, target: &Target, day: Option<Date>) -> BTreeSet<InputId> {
    let mut inputs = BTreeSet::new();
    own_inputs(target, day, &mut inputs);
    let granted = target.grants.iter().filter(|grant| grant.units.on_or_always(day).is_some());
    for product in granted.filter_map(|grant| program.target(grant.product)) {
        own_inputs(product, day, &mut inputs);
    }
    inputs.remove(&QUANTITY);
    inputs.remove(&ACCOUNT);
    inputs
}

fn own_inputs(target: &Target, day: Option<Date>, inputs: &mut BTreeSet<InputId>) {
    if let Some((_, count)) = target.count.on_or_always(day) {
        count.inputs(inputs);
    }
    let table = |rate: Option<&(_, Rate)>, inputs: &mut BTreeSet<InputId>| {
        if let Some((_, Rate::Table { columns, .. })) = rate {
            inputs.extend(columns);
        }
    };
    table(target.rate.on_or_always(day), inputs);
    for exception in &target.exceptions {
        let rate = exception.rate.on_or_always(day);
        if rate.is_some() {
            inputs.extend(exception.condition.sets.keys());
        }
        table(rate, inputs);
    }
}
