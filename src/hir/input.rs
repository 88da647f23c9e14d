//! Inputs and their values.

use super::diagnostics as found;
use super::resolve::Resolver;
use super::{Input, InputKind, Value};
use crate::syntax::ast::{self, Name};

/// The inputs of every ruleset: `quantity` and `account`.
pub(super) fn always_there() -> Vec<Input> {
    let input = |name: &str, kind| Input { name: name.into(), kind, default: None, place: None };
    vec![input("quantity", InputKind::Number), input("account", InputKind::Text)]
}

impl Resolver<'_> {
    pub(super) fn input(&mut self, name: &Name, kind: &ast::InputKind) {
        let place = self.place(name.span);
        if self.names.repeated.contains(&place) {
            return;
        }
        let (kind, default) = match kind {
            ast::InputKind::Choice(values, default) => {
                let mut names: Vec<String> = Vec::new();
                for value in values {
                    let here = self.place(value.span());
                    match value {
                        ast::Value::Text(text) | ast::Value::Name(text) => {
                            if names.contains(&text.value) {
                                self.report::<()>(found::duplicate_value(here, &text.value));
                            } else {
                                names.push(text.value.clone());
                            }
                        }
                        _ => {
                            self.report::<()>(found::type_mismatch(
                                here,
                                "the values of a choice are names or strings",
                                "write it in quotes, or declare the input as `number` or `date`",
                            ));
                        }
                    }
                }
                (InputKind::Choice(names), default)
            }
            ast::InputKind::Number(default) => (InputKind::Number, default),
            ast::InputKind::YesNo(default) => {
                (InputKind::Choice(vec!["yes".into(), "no".into()]), default)
            }
            ast::InputKind::Text(default) => (InputKind::Text, default),
            ast::InputKind::Date(default) => (InputKind::Date, default),
        };
        let default = default.as_ref().and_then(|value| self.value(&name.value, &kind, value));
        self.program.inputs.push(Input {
            name: name.value.clone(),
            kind,
            default,
            place: Some(place),
        });
    }

    /// A value as one of an input of this kind.
    pub(super) fn value(
        &mut self,
        input: &str,
        kind: &InputKind,
        value: &ast::Value,
    ) -> Option<Value> {
        let place = self.place(value.span());
        let (wanted, example) = match (kind, value) {
            (InputKind::Choice(known), ast::Value::Text(text) | ast::Value::Name(text)) => {
                return match known.iter().position(|known| *known == text.value) {
                    Some(index) => Some(Value::Choice(index)),
                    None => self.report(found::unknown_value(place, input, &text.value, known)),
                };
            }
            (InputKind::Number, ast::Value::Number(number)) => {
                return Some(Value::Number(number.value));
            }
            (InputKind::Text, ast::Value::Text(text)) => {
                return Some(Value::Text(text.value.clone()));
            }
            (InputKind::Date, ast::Value::Date(day)) => return Some(Value::Date(day.value)),
            (InputKind::Choice(_), _) => ("one of its values", "write a name or a string"),
            (InputKind::Number, _) => ("a number", "write it as in `12` or `0.5`"),
            (InputKind::Text, _) => ("a text", "write it in quotes, as in `\"ACME\"`"),
            (InputKind::Date, _) => ("a date", "write it as in `2025-11-30`"),
        };
        let written = match value {
            ast::Value::Text(_) => "a text",
            ast::Value::Date(_) => "a date",
            ast::Value::Number(_) => "a number",
            ast::Value::Name(_) => "a name",
        };
        let message = format!("`{input}` takes {wanted}, found {written}");
        self.report(found::type_mismatch(place, &message, example))
    }
}
