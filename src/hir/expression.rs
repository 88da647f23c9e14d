//! Count expressions.

use std::collections::BTreeSet;

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{Condition, Expression, InputId, InputKind};
use crate::quantity::Exact;
use crate::syntax::ast::{self, ExpressionKind, Name, Spanned};

impl Resolver<'_> {
    /// A count expression. Recursion follows nesting, which the parser bounds.
    pub(super) fn expression(&mut self, expression: &ast::Expression) -> Option<Expression> {
        match &expression.kind {
            ExpressionKind::Number(number) => Some(Expression::Number(*number)),
            ExpressionKind::Name(name) => self.number_input(name, expression.span),
            ExpressionKind::Sum(terms) => {
                let mut sum = Vec::with_capacity(terms.len());
                for (negative, term) in terms {
                    sum.push((*negative, self.expression(term)?));
                }
                Some(Expression::Sum(sum))
            }
            ExpressionKind::Product(factors) => self.product(factors),
            ExpressionKind::Call(name, arguments) => self.call(name, arguments),
            ExpressionKind::Choice(branches, otherwise) => {
                let mut resolved = Vec::with_capacity(branches.len());
                for (condition, value) in branches {
                    resolved.push((self.condition(condition)?, self.expression(value)?));
                }
                Some(Expression::Choice(resolved, Box::new(self.expression(otherwise)?)))
            }
        }
    }

    fn number_input(&mut self, name: &str, span: crate::source::Span) -> Option<Expression> {
        let id = self.input_id(&Spanned { value: name.to_owned(), span })?;
        let kind = &self.program.input(id)?.kind;
        if *kind == InputKind::Number {
            return Some(Expression::Input(id));
        }
        let message = format!("`{name}` is {}: it cannot be counted", kind.words());
        let place = self.place(span);
        self.report(found::type_mismatch(
            place,
            &message,
            "count numbers, or choose between numbers: `if … is … then 1 else 2`",
        ))
    }

    /// Factors from left to right; each division wraps what stands before it.
    fn product(&mut self, factors: &[(bool, ast::Expression)]) -> Option<Expression> {
        let mut result = Vec::with_capacity(factors.len());
        let mut divisor = Exact::one();
        for (divides, factor) in factors {
            let resolved = self.expression(factor)?;
            if !divides {
                result.push(resolved);
                continue;
            }
            let Some(value) = constant(&resolved).filter(|value| !value.is_zero()) else {
                let place = self.place(factor.span);
                return self.report(found::bad_division(place));
            };
            divisor = divisor * value;
            if divisor.is_long() {
                let place = self.place(factor.span);
                let message = "the divisors multiply to too long a number";
                return self.report(found::bad_amount(place, message, "divide by fewer numbers"));
            }
        }
        let product = match result.len() {
            1 => result.pop()?,
            _ => Expression::Product(result),
        };
        Some(if divisor == Exact::one() {
            product
        } else {
            Expression::Quotient(Box::new(product), divisor)
        })
    }

    fn call(&mut self, name: &Name, arguments: &[ast::Expression]) -> Option<Expression> {
        let mut resolved = Vec::with_capacity(arguments.len());
        for argument in arguments {
            resolved.push(self.expression(argument)?);
        }
        let place = self.place(name.span);
        match (name.value.as_str(), resolved.len()) {
            ("min", _) => Some(Expression::Min(resolved)),
            ("max", _) => Some(Expression::Max(resolved)),
            ("ceil", 1) => Some(Expression::Ceil(Box::new(resolved.pop()?))),
            ("floor", 1) => Some(Expression::Floor(Box::new(resolved.pop()?))),
            ("ceil" | "floor", count) => {
                self.report(found::wrong_arguments(place, &name.value, count))
            }
            _ => self.report(found::unknown_function(place, &name.value)),
        }
    }
}

impl Expression {
    /// Its value, where inputs have these numbers and these conditions hold. Recursion follows
    /// nesting, which the parser bounds.
    pub fn value(
        &self,
        number: &impl Fn(InputId) -> Exact,
        holds: &impl Fn(&Condition) -> bool,
    ) -> Exact {
        let each = |expression: &Self| expression.value(number, holds);
        match self {
            Self::Number(number) => Exact::from(*number),
            Self::Input(input) => number(*input),
            Self::Sum(terms) => terms.iter().fold(Exact::zero(), |sum, (negative, term)| {
                if *negative { sum - each(term) } else { sum + each(term) }
            }),
            Self::Product(factors) => {
                factors.iter().fold(Exact::one(), |product, factor| product * each(factor))
            }
            Self::Quotient(value, divisor) => each(value) / divisor.clone(),
            Self::Min(values) => values.iter().map(each).min().unwrap_or_else(Exact::zero),
            Self::Max(values) => values.iter().map(each).max().unwrap_or_else(Exact::zero),
            Self::Ceil(value) => each(value).ceil(),
            Self::Floor(value) => each(value).floor(),
            Self::Choice(branches, otherwise) => {
                let held = branches.iter().find(|(condition, _)| holds(condition));
                held.map_or_else(|| each(otherwise), |(_, value)| each(value))
            }
        }
    }

    /// Shows every condition in it. Recursion follows nesting, which the parser bounds.
    pub fn conditions(&self, visit: &mut dyn FnMut(&Condition)) {
        match self {
            Self::Number(_) | Self::Input(_) => {}
            Self::Sum(terms) => terms.iter().for_each(|(_, term)| term.conditions(visit)),
            Self::Product(parts) | Self::Min(parts) | Self::Max(parts) => {
                parts.iter().for_each(|part| part.conditions(visit));
            }
            Self::Quotient(part, _) | Self::Ceil(part) | Self::Floor(part) => {
                part.conditions(visit);
            }
            Self::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    visit(condition);
                    value.conditions(visit);
                }
                otherwise.conditions(visit);
            }
        }
    }

    /// Adds the inputs that it looks at. Recursion follows nesting, which the parser bounds.
    pub fn inputs(&self, used: &mut BTreeSet<InputId>) {
        match self {
            Self::Number(_) => {}
            Self::Input(input) => {
                used.insert(*input);
            }
            Self::Sum(terms) => terms.iter().for_each(|(_, term)| term.inputs(used)),
            Self::Product(parts) | Self::Min(parts) | Self::Max(parts) => {
                parts.iter().for_each(|part| part.inputs(used));
            }
            Self::Quotient(part, _) | Self::Ceil(part) | Self::Floor(part) => part.inputs(used),
            Self::Choice(branches, otherwise) => {
                for (condition, value) in branches {
                    used.extend(condition.sets.keys());
                    value.inputs(used);
                }
                otherwise.inputs(used);
            }
        }
    }
}

/// The value of an expression without inputs.
fn constant(expression: &Expression) -> Option<Exact> {
    match expression {
        Expression::Number(number) => Some(Exact::from(*number)),
        Expression::Input(_) | Expression::Choice(..) => None,
        Expression::Sum(terms) => terms.iter().try_fold(Exact::zero(), |sum, (negative, term)| {
            let term = constant(term)?;
            Some(if *negative { sum - term } else { sum + term })
        }),
        Expression::Product(factors) => factors
            .iter()
            .try_fold(Exact::one(), |product, factor| Some(product * constant(factor)?)),
        Expression::Quotient(value, divisor) => Some(constant(value)? / divisor.clone()),
        Expression::Min(values) => {
            values.iter().map(constant).collect::<Option<Vec<_>>>()?.into_iter().min()
        }
        Expression::Max(values) => {
            values.iter().map(constant).collect::<Option<Vec<_>>>()?.into_iter().max()
        }
        Expression::Ceil(value) => Some(constant(value)?.ceil()),
        Expression::Floor(value) => Some(constant(value)?.floor()),
    }
}
