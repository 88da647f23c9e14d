//! Conditions as boxes: a set an input.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::set::Set;
use super::{Condition, InputId, InputKind, Value};
use crate::source::Span;
use crate::syntax::ast;

impl Resolver<'_> {
    /// A condition that can hold; what holds always is left out of it.
    pub(super) fn condition(&mut self, condition: &ast::Condition) -> Option<Condition> {
        let mut result = Condition::default();
        let mut complete = true;
        for test in &condition.tests {
            let Some((input, set)) = self.test(test) else {
                complete = false;
                continue;
            };
            let both = match result.sets.get(&input) {
                Some(earlier) => earlier.intersect(&set),
                None => set,
            };
            result.sets.insert(input, both);
        }
        if !complete {
            return None;
        }
        if result.sets.values().any(Set::is_empty) {
            let place = self.place(condition.span);
            return self.report(found::condition_never_holds(place));
        }
        let inputs = &self.program.inputs;
        result.sets.retain(|input, set| {
            inputs.get(input.0 as usize).is_none_or(|input| *set != Set::full(&input.kind))
        });
        Some(result)
    }

    fn test(&mut self, test: &ast::Test) -> Option<(InputId, Set)> {
        let input = self.input_id(&test.input)?;
        Some((input, self.predicate(input, &test.predicate, test.span)?))
    }

    /// The values of an input that a predicate admits.
    pub(super) fn predicate(
        &mut self,
        input: InputId,
        predicate: &ast::Predicate,
        span: Span,
    ) -> Option<Set> {
        let declared = self.program.input(input)?;
        let (name, kind) = (declared.name.clone(), declared.kind.clone());
        let set = match predicate {
            ast::Predicate::Values { negated, values } => {
                let mut known = Vec::new();
                for value in values {
                    let place = self.place(value.span());
                    let value = self.value(&name, &kind, value)?;
                    if known.contains(&value) {
                        let text = self.program.describe(input, &value);
                        self.report::<()>(found::duplicate_value(place, &text));
                    } else {
                        known.push(value);
                    }
                }
                Set::of(&kind, &known, *negated)
            }
            ast::Predicate::Range { lower, upper } => {
                if !matches!(kind, InputKind::Number | InputKind::Date) {
                    let place = self.place(span);
                    let message = format!("`{name}` is {}: it has no order", kind.words());
                    return self.report(found::type_mismatch(
                        place,
                        &message,
                        "compare it with `is`, `is one of` or `is not`",
                    ));
                }
                let mut end = |end: &Option<(ast::Value, bool)>| match end {
                    None => Some(None),
                    Some((value, included)) => {
                        self.value(&name, &kind, value).map(|value| Some((value, *included)))
                    }
                };
                let (lower, upper) = (end(lower)?, end(upper)?);
                if kind == InputKind::Number {
                    let number = |end: Option<(Value, bool)>| match end {
                        Some((Value::Number(number), included)) => Some((number, included)),
                        _ => None,
                    };
                    Set::numbers(number(lower), number(upper))
                } else {
                    self.days(lower.as_ref(), upper.as_ref(), span)?
                }
            }
        };
        if set.is_empty() {
            let place = self.place(span);
            return self.report(found::condition_never_holds(place));
        }
        Some(set)
    }

    /// Days `from DATE`, `from DATE to DATE` or `before DATE`.
    fn days(
        &mut self,
        lower: Option<&(Value, bool)>,
        upper: Option<&(Value, bool)>,
        span: Span,
    ) -> Option<Set> {
        let date = |end: Option<&(Value, bool)>| match end {
            Some((Value::Date(date), _)) => Some(*date),
            _ => None,
        };
        let (from, to) = (date(lower), date(upper));
        let last = match upper {
            // `before DATE` stands without a lower end and leaves the date out.
            Some((_, false)) => to.and_then(crate::period::previous_day),
            _ => to,
        };
        let odd = matches!(lower, Some((_, false)))
            || matches!((lower, upper), (Some(_), Some((_, false))));
        if odd {
            let place = self.place(span);
            return self.report(found::type_mismatch(
                place,
                "dates have no such range",
                "write `before DATE`, `from DATE` or `from DATE to DATE`",
            ));
        }
        Some(Set::days(from, last))
    }
}
