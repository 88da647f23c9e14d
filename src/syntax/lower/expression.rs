//! Predicates, conditions, amounts and count expressions.

use super::super::ast::{
    Amount, AmountKind, Condition, Expression, ExpressionKind, Predicate, Test, Value,
};
use super::super::diagnostics as found;
use super::super::grammar::{Pair, Rule};
use super::{Context, Lowering, Parts};
use crate::period::Term;
use rust_decimal::Decimal;

impl Context {
    /// `TEST and TEST`
    pub(super) fn condition(self, pair: Pair<'_>) -> Lowering<Condition> {
        let span = self.span(&pair);
        let tests = Parts::of(self, pair)
            .filter(|part| part.as_rule() == Rule::test)
            .map(|part| {
                let span = self.span(&part);
                let mut parts = Parts::of(self, part);
                let input = self.name(&Parts::need(&mut parts)?)?;
                let predicate = self.predicate(Parts::need(&mut parts)?)?;
                Ok(Test { input, predicate, span })
            })
            .collect::<Lowering<Vec<Test>>>()?;
        Ok(Condition { tests, span })
    }

    fn predicate(self, pair: Pair<'_>) -> Lowering<Predicate> {
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::kw_is]);
        let inner = Parts::need(&mut parts)?;
        self.bare_predicate(inner)
    }

    /// A predicate without its `is`.
    pub(super) fn bare_predicate(self, pair: Pair<'_>) -> Lowering<Predicate> {
        match pair.as_rule() {
            Rule::range => self.range(pair),
            Rule::negated => {
                let mut parts = Parts::of(self, pair);
                parts.pass(&[Rule::kw_not]);
                let values = self.one_or_more(Parts::need(&mut parts)?)?;
                Ok(Predicate::Values { negated: true, values })
            }
            _ => Ok(Predicate::Values { negated: false, values: self.one_or_more(pair)? }),
        }
    }

    /// A `value`, or the values of a `one_of`.
    fn one_or_more(self, pair: Pair<'_>) -> Lowering<Vec<Value>> {
        if pair.as_rule() != Rule::one_of {
            return Ok(vec![self.value(pair)?]);
        }
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::kw_one, Rule::kw_of]);
        self.values(Parts::need(&mut parts)?)
    }

    /// The values of a list.
    pub(super) fn values(self, pair: Pair<'_>) -> Lowering<Vec<Value>> {
        Parts::of(self, pair)
            .filter(|part| part.as_rule() == Rule::value)
            .map(|part| self.value(part))
            .collect()
    }

    fn range(self, pair: Pair<'_>) -> Lowering<Predicate> {
        let (mut lower, mut upper) = (None, None);
        for part in Parts::of(self, pair) {
            let rule = part.as_rule();
            let end_span = self.span(&part);
            let mut parts = Parts::of(self, part);
            let keyword = Parts::need(&mut parts)?.as_rule();
            parts.pass(&[Rule::kw_to]);
            let value = self.value(Parts::need(&mut parts)?)?;
            let is_date = matches!(value, Value::Date(_));
            let place = self.place(end_span);
            match rule {
                Rule::before if !is_date => {
                    return Self::fault(
                        found::unexpected(self.place(value.span()), "a number", &["a date"])
                            .help("`before` is for dates; numbers run `below N`"),
                    );
                }
                Rule::until
                    if !matches!((&lower, is_date), (Some((Value::Date(_), true)), true)) =>
                {
                    return Self::fault(
                        found::unexpected(place, "to", &["`up to`", "`below`"])
                            .help("`from … to` is for dates; numbers run `from N up to M`"),
                    );
                }
                Rule::upper | Rule::lower if is_date && keyword != Rule::kw_from => {
                    return Self::fault(
                        found::unexpected(self.place(value.span()), "a date", &["a number"]).help(
                            "for dates write `before DATE`, `from DATE` or `from DATE to DATE`",
                        ),
                    );
                }
                Rule::lower => lower = Some((value, keyword == Rule::kw_from)),
                Rule::upper => upper = Some((value, keyword == Rule::kw_up)),
                _ => upper = Some((value, rule == Rule::until)),
            }
        }
        Ok(Predicate::Range { lower, upper })
    }

    /// `N`, `N flat`, `N + M flat` or `refused`
    pub(super) fn amount(self, pair: Pair<'_>) -> Lowering<Amount> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        let first = Parts::need(&mut parts)?;
        if first.as_rule() == Rule::kw_refused {
            return Ok(Amount { kind: AmountKind::Refused, span });
        }
        let number = self.number(&first)?.value;
        let kind = match parts.accept(Rule::flat_part) {
            None => AmountKind::Credits { each: number, flat: Decimal::ZERO },
            Some(part) => {
                let flat = Parts::of(self, part).find(|part| part.as_rule() == Rule::number);
                match flat {
                    None => AmountKind::Credits { each: Decimal::ZERO, flat: number },
                    Some(flat) => {
                        AmountKind::Credits { each: number, flat: self.number(&flat)?.value }
                    }
                }
            }
        };
        Ok(Amount { kind, span })
    }

    /// A count expression. Recursion follows nesting, which was counted before the line was parsed.
    pub(super) fn expression(self, pair: Pair<'_>) -> Lowering<Expression> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        let inner = Parts::need(&mut parts)?;
        if inner.as_rule() == Rule::sum {
            return self.list(inner, Rule::product_of, Rule::minus);
        }
        let mut branches = Vec::new();
        for part in Parts::of(self, inner) {
            match part.as_rule() {
                Rule::branch => {
                    let mut parts = Parts::of(self, part);
                    parts.pass(&[Rule::kw_if]);
                    let condition = self.condition(Parts::need(&mut parts)?)?;
                    parts.pass(&[Rule::kw_then]);
                    branches.push((condition, self.expression(Parts::need(&mut parts)?)?));
                }
                Rule::sum => {
                    let otherwise = Box::new(self.list(part, Rule::product_of, Rule::minus)?);
                    return Ok(Expression {
                        kind: ExpressionKind::Choice(branches, otherwise),
                        span,
                    });
                }
                _ => {}
            }
        }
        Self::fault(found::unexpected(self.place(span), "", &["`else`"]))
    }

    /// A sum of products, or a product of operands: a flat list, or its only member.
    fn list(self, pair: Pair<'_>, member: Rule, inverse: Rule) -> Lowering<Expression> {
        let span = self.span(&pair);
        let mut members = Vec::new();
        let mut inverted = false;
        for part in Parts::of(self, pair) {
            if part.as_rule() != member {
                inverted = part.as_rule() == inverse;
                continue;
            }
            let expression = match member {
                Rule::product_of => self.list(part, Rule::operand, Rule::slash)?,
                _ => self.operand(part)?,
            };
            members.push((inverted, expression));
        }
        if members.len() == 1 {
            return members.pop().map(|(_, only)| only).ok_or_else(|| {
                Box::new(found::unexpected(self.place(span), "", &["an expression"]))
            });
        }
        let kind = match member {
            Rule::product_of => ExpressionKind::Sum(members),
            _ => ExpressionKind::Product(members),
        };
        Ok(Expression { kind, span })
    }

    fn operand(self, pair: Pair<'_>) -> Lowering<Expression> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::open]);
        let inner = Parts::need(&mut parts)?;
        let kind = match inner.as_rule() {
            Rule::number => ExpressionKind::Number(self.number(&inner)?.value),
            Rule::expression => return self.expression(inner),
            _ => {
                let mut parts = Parts::of(self, inner);
                let name = self.name(&Parts::need(&mut parts)?)?;
                if parts.peek().is_none() {
                    ExpressionKind::Name(name.value)
                } else {
                    let arguments = parts
                        .filter(|part| part.as_rule() == Rule::expression)
                        .map(|part| self.expression(part))
                        .collect::<Lowering<Vec<Expression>>>()?;
                    ExpressionKind::Call(name, arguments)
                }
            }
        };
        Ok(Expression { kind, span })
    }

    /// `per year|month, by …`
    pub(super) fn term(self, pair: Pair<'_>) -> Lowering<Term> {
        use crate::period::{Proration, TermUnit};
        let mut unit = TermUnit::Year;
        let mut proration = Proration::ByDay;
        for part in Parts::of(self, pair) {
            match part.as_rule() {
                Rule::kw_month => unit = TermUnit::Month,
                Rule::proration => {
                    let mut parts = Parts::of(self, part);
                    proration = match Parts::need(&mut parts)?.as_rule() {
                        Rule::kw_started => Proration::ByStartedPeriod,
                        Rule::kw_whole => Proration::ByWholePeriod,
                        _ => match parts.find(|part| part.as_rule() == Rule::number) {
                            None => Proration::ByDay,
                            Some(number) => match number.as_str() {
                                "365" => Proration::ByDayOf365,
                                "360" => Proration::ByDayOf360,
                                other => {
                                    let place = self.place(self.span(&number));
                                    let expected = ["`365`", "`360`"];
                                    return Self::fault(found::unexpected(place, other, &expected));
                                }
                            },
                        },
                    };
                }
                _ => {}
            }
        }
        Ok(Term { unit, proration })
    }
}
