//! Step 3: units out of inputs, and whether conditions hold.

use std::collections::BTreeSet;

use super::{Dated, Line, Observer, Refusal, Step};
use crate::plan::{Condition, Expression, InputId, QUANTITY, Set, Value};
use crate::quantity::Exact;

impl Line<'_> {
    /// The units of a rule: its count program, or the quantity.
    pub(super) fn count(
        self,
        dated: &Dated<'_>,
        observer: &mut impl Observer,
    ) -> Result<Exact, Refusal> {
        let count = dated.clauses.count.and_then(|at| dated.rule.counts.get(at));
        let units = match count {
            Some((_, expression)) => self.value_of(expression, &dated.quantity),
            None => dated.quantity.clone(),
        };
        observer.record(|| Step::Counted {
            quantity: dated.quantity.clone(),
            unit: dated.rule.unit,
            count: count.map(|(origin, expression)| {
                let mut inputs = BTreeSet::new();
                expression.inputs(&mut inputs);
                inputs.remove(&QUANTITY);
                let seen = inputs.into_iter().map(|input| (input, self.value(input).cloned()));
                (origin.clone(), seen.collect())
            }),
            units: units.clone(),
        });
        if units.is_negative() {
            return Err(Refusal::NegativeCount { rule: dated.id });
        }
        Ok(units)
    }

    /// The value of a count expression; inputs without a value were refused before.
    fn value_of(self, expression: &Expression, quantity: &Exact) -> Exact {
        let number = |input| self.number(input, quantity);
        expression.value(&number, &|condition| self.holds(condition, quantity))
    }

    fn number(self, input: InputId, quantity: &Exact) -> Exact {
        match self.value(input) {
            _ if input == QUANTITY => quantity.clone(),
            Some(Value::Number(number)) => Exact::from(*number),
            _ => Exact::zero(),
        }
    }

    /// Whether a condition holds on the line.
    pub(super) fn holds(self, condition: &Condition, quantity: &Exact) -> bool {
        condition.sets.iter().all(|(input, set)| self.admits(set, *input, quantity))
    }

    /// Whether a set of values of an input holds the line's.
    pub(super) fn admits(self, set: &Set, input: InputId, quantity: &Exact) -> bool {
        if input == QUANTITY {
            // The converted quantity may have more digits than a number that can be written.
            return match set {
                Set::Number(intervals) => intervals.iter().any(|interval| {
                    let low = Exact::from(interval.low.0);
                    let above = *quantity > low || (interval.low.1 && *quantity == low);
                    above
                        && interval.high.is_none_or(|(high, closed)| {
                            let high = Exact::from(high);
                            *quantity < high || (closed && *quantity == high)
                        })
                }),
                _ => false,
            };
        }
        self.value(input).is_some_and(|value| set.contains(value))
    }
}
