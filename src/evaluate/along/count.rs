//! Step 3 along a stretch: a `count` is a line, and steps of lines, between the quantities at which
//! a `min`, a `max` or an `if` turns to another of its parts.

use super::{Stop, Walk, on_quantity};
use crate::evaluate::{Dated, Refusal};
use crate::plan::{Expression, Gathered, QUANTITY, Stepped, Value};
use crate::quantity::Exact;

impl<'a> Walk<'a> {
    /// The units of a rule.
    pub(super) fn units(&self, dated: &Dated<'a>, quantity: &Stepped) -> Result<Stepped, Stop> {
        let count = dated.clauses.count.and_then(|at| dated.rule.counts.get(at));
        let Some((_, count)) = count else { return Ok(quantity.clone()) };
        let units = self.figure(dated, count, quantity)?;
        if self.is_below(&units, &Exact::zero(), false)? {
            return Err(Refusal::NegativeCount { rule: dated.id }.into());
        }
        Ok(units)
    }

    /// Recursion follows nesting, which the parser bounds.
    fn figure(
        &self,
        dated: &Dated<'a>,
        count: &Expression,
        quantity: &Stepped,
    ) -> Result<Stepped, Stop> {
        let each = |part: &Expression| self.figure(dated, part, quantity);
        match count {
            Expression::Number(number) => Ok(Stepped::constant(Exact::from(*number))),
            Expression::Input(QUANTITY) => Ok(quantity.clone()),
            Expression::Input(input) => Ok(Stepped::constant(match self.line.value(*input) {
                Some(Value::Number(number)) => Exact::from(*number),
                _ => Exact::zero(),
            })),
            Expression::Sum(terms) => {
                let mut sum = Stepped::constant(Exact::zero());
                for (negative, term) in terms {
                    let sign = if *negative { Exact::from(-1) } else { Exact::one() };
                    sum = sum.plus(&each(term)?, &sign);
                }
                Ok(sum)
            }
            Expression::Product(factors) => {
                let mut product = Stepped::constant(Exact::one());
                for factor in factors {
                    let factor = each(factor)?;
                    product = match (product.as_constant(), factor.as_constant()) {
                        (_, Some(times)) => product.times(times),
                        (Some(times), None) => factor.times(times),
                        (None, None) => {
                            return Err(Stop::Power(dated.id));
                        }
                    };
                }
                Ok(product)
            }
            Expression::Quotient(value, divisor) => {
                Ok(each(value)?.times(&(Exact::one() / divisor.clone())))
            }
            Expression::Min(parts) => self.least(dated, parts, quantity, false),
            Expression::Max(parts) => self.least(dated, parts, quantity, true),
            Expression::Ceil(value) => Ok(each(value)?.gathered(Gathered::Ceil)),
            Expression::Floor(value) => Ok(each(value)?.gathered(Gathered::Floor)),
            Expression::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    self.settle(on_quantity(condition).into_iter(), quantity)?;
                    if self.line.holds(condition, &quantity.value(&self.inside)) {
                        return each(value);
                    }
                }
                each(otherwise)
            }
        }
    }

    /// The part that is least on all of the stretch, or that is most.
    fn least(
        &self,
        dated: &Dated<'a>,
        parts: &[Expression],
        quantity: &Stepped,
        most: bool,
    ) -> Result<Stepped, Stop> {
        let mut chosen: Option<Stepped> = None;
        for part in parts {
            let part = self.figure(dated, part, quantity)?;
            chosen = Some(match chosen {
                None => part,
                Some(other) => {
                    let apart = other.plus(&part, &Exact::from(-1));
                    let is_less = self.is_below(&apart, &Exact::zero(), true)?;
                    if is_less == most { part } else { other }
                }
            });
        }
        Ok(chosen.unwrap_or_else(|| Stepped::constant(Exact::zero())))
    }
}
