//! Clauses and rows.

use super::super::ast::{
    Amount, AmountKind, Amounted, Bound, Cell, Clause, ClauseBody, Expect, Given, Predicate, Rate,
    RateForm, Row, Spanned, Text, Tier, TierMode, Value,
};
use super::super::diagnostics as found;
use super::super::grammar::{Pair, Rule};
use super::{Context, Lowering, Parts};
use crate::period::Claim;
use crate::source::Span;
use rust_decimal::Decimal;

/// What an indented line is.
pub(in crate::syntax) enum Lowered {
    /// A clause.
    Clause(Clause),
    /// A rate without a form, above rows that have none either.
    BareRate(Clause),
    /// A row `up to`, `below` or `beyond`.
    Tier(Tier),
    /// A row of a table.
    Row(Row),
}

impl Context {
    pub(super) fn clause(
        self,
        claim: Claim,
        pair: Pair<'_>,
        because: Option<Text>,
        span: Span,
    ) -> Lowering<Lowered> {
        let rule = pair.as_rule();
        let undatable = matches!(
            rule,
            Rule::tier
                | Rule::beyond
                | Rule::row
                | Rule::on
                | Rule::given
                | Rule::expect
                | Rule::allocate
        );
        if undatable && claim != Claim::Undated {
            return Self::fault(found::misplaced_date(
                self.place(span),
                "only clauses of a declaration have dates",
                "date the rate above the rows; an example has one day, `on DATE`",
            ));
        }
        match rule {
            Rule::tier | Rule::beyond => return Ok(Lowered::Tier(self.tier(pair, because, span)?)),
            Rule::row => return Ok(Lowered::Row(self.row(pair, because, span)?)),
            _ => {}
        }
        let inner_span = self.span(&pair);
        let mut parts = Parts::of(self, pair.clone());
        let body = match rule {
            Rule::rounding => ClauseBody::Round(self.rounding(pair)?),
            Rule::per => {
                if claim == Claim::Undated {
                    return Self::fault(found::misplaced_date(
                        self.place(span),
                        "the unit stands on the line of the declaration",
                        "a `per` clause changes it from a day on: `from DATE per …`",
                    ));
                }
                ClauseBody::Per(self.per(pair)?)
            }
            Rule::rate => {
                let Some(rate) = self.rate(pair)? else {
                    let body = ClauseBody::Rate(bare_rate(inner_span));
                    return Ok(Lowered::BareRate(Clause { claim, body, because, span }));
                };
                ClauseBody::Rate(rate)
            }
            Rule::sku => {
                let mut codes = Vec::new();
                for code in parts.filter(|part| part.as_rule() == Rule::string) {
                    let code = self.string(&code)?;
                    if code.value.trim().is_empty() {
                        return Self::fault(found::empty_text(self.place(code.span), "the code"));
                    }
                    codes.push(code);
                }
                ClauseBody::Sku(codes)
            }
            Rule::count => {
                parts.pass_one();
                ClauseBody::Count(self.expression(Parts::need(&mut parts)?)?)
            }
            Rule::bound => {
                parts.pass_one();
                let least = Parts::need(&mut parts)?.as_rule() == Rule::kw_least;
                let number = self.number(&Parts::need(&mut parts)?)?;
                if least { ClauseBody::AtLeast(number) } else { ClauseBody::AtMost(number) }
            }
            Rule::when => {
                parts.pass_one();
                let condition = self.condition(Parts::need(&mut parts)?)?;
                let Some(rate) = self.rate(Parts::need(&mut parts)?)? else {
                    let body = ClauseBody::When(condition, bare_rate(inner_span));
                    return Ok(Lowered::BareRate(Clause { claim, body, because, span }));
                };
                ClauseBody::When(condition, rate)
            }
            Rule::zero_charged => ClauseBody::ZeroCharged,
            Rule::withdrawn => ClauseBody::Withdrawn,
            Rule::allow => {
                parts.pass_one();
                match Parts::need(&mut parts)?.as_rule() {
                    Rule::kw_falling => ClauseBody::AllowFalling,
                    _ => ClauseBody::AllowLoss,
                }
            }
            Rule::note => {
                parts.pass_one();
                ClauseBody::Note(self.string(&Parts::need(&mut parts)?)?)
            }
            Rule::grants => ClauseBody::Grants(self.amounted(&mut parts)?),
            Rule::only_for => {
                parts.pass(&[Rule::kw_credits, Rule::kw_only, Rule::kw_for]);
                ClauseBody::OnlyFor(self.names(Parts::need(&mut parts)?)?)
            }
            Rule::allocate => ClauseBody::Allocate(self.amounted(&mut parts)?),
            Rule::on => {
                parts.pass_one();
                ClauseBody::On(self.day(&Parts::need(&mut parts)?)?)
            }
            Rule::given => ClauseBody::Given(self.given(&mut parts)?),
            _ => ClauseBody::Expect(self.expect(&mut parts)?),
        };
        if matches!(body, ClauseBody::AllowFalling | ClauseBody::AllowLoss) && because.is_none() {
            return Self::fault(found::missing_reason(self.place(span), "allow"));
        }
        Ok(Lowered::Clause(Clause { claim, body, because, span }))
    }

    /// A rate; `None` where no form follows the keyword.
    fn rate(self, pair: Pair<'_>) -> Lowering<Option<Rate>> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        parts.pass_one();
        let Some(first) = parts.pairs.next() else { return Ok(None) };
        let form = match first.as_rule() {
            Rule::kw_graduated => RateForm::Tiered(TierMode::Graduated, Vec::new()),
            Rule::kw_volume => RateForm::Tiered(TierMode::Volume, Vec::new()),
            Rule::rate_by => {
                let mut by = Parts::of(self, first);
                by.pass_one();
                RateForm::Table(self.names(Parts::need(&mut by)?)?, Vec::new())
            }
            _ => {
                let amount = self.amount(first)?;
                let was = match parts.accept(Rule::was) {
                    Some(was) => {
                        let number =
                            Parts::of(self, was).find(|part| part.as_rule() == Rule::number);
                        number.map(|number| self.number(&number)).transpose()?
                    }
                    None => None,
                };
                RateForm::Plain(amount, was)
            }
        };
        Ok(Some(Rate { form, span }))
    }

    /// `N UNIT of NAME`, after the keyword.
    fn amounted(self, parts: &mut Parts<'_>) -> Lowering<Amounted> {
        parts.pass_one();
        let number = self.number(&Parts::need(parts)?)?;
        let unit = self.name(&Parts::need(parts)?)?;
        parts.pass(&[Rule::kw_of]);
        let of = self.name(&Parts::need(parts)?)?;
        Ok(Amounted { number, unit, of })
    }

    fn given(self, parts: &mut Parts<'_>) -> Lowering<Given> {
        parts.pass_one();
        let number = self.number(&Parts::need(parts)?)?;
        let unit = self.name(&Parts::need(parts)?)?;
        parts.pass(&[Rule::kw_of]);
        let of = Parts::need(parts)?;
        let by_code = of.as_rule() == Rule::string;
        let of = if by_code { self.string(&of)? } else { self.name(&of)? };
        let amount = Amounted { number, unit, of };
        let mut facts = Vec::new();
        if let Some(pair) = parts.accept(Rule::facts) {
            for fact in Parts::of(self, pair).filter(|part| part.as_rule() == Rule::fact) {
                let mut fact = Parts::of(self, fact);
                let name = self.name(&Parts::need(&mut fact)?)?;
                fact.pass(&[Rule::kw_is]);
                facts.push((name, self.value(Parts::need(&mut fact)?)?));
            }
        }
        parts.pass(&[Rule::kw_until]);
        let until = parts.accept(Rule::date_here).map(|day| self.day(&day)).transpose()?;
        Ok(Given { amount, by_code, facts, until })
    }

    fn expect(self, parts: &mut Parts<'_>) -> Lowering<Expect> {
        parts.pass_one();
        let first = Parts::need(parts)?;
        Ok(match first.as_rule() {
            Rule::number => Expect::Credits(self.number(&first)?),
            Rule::kw_excluded => Expect::Excluded,
            Rule::refusal => {
                let mut inner = Parts::of(self, first);
                inner.pass_one();
                let code = Parts::need(&mut inner)?;
                Expect::Refused(Spanned { value: code.as_str().to_owned(), span: self.span(&code) })
            }
            Rule::breach => {
                let mut inner = Parts::of(self, first);
                inner.pass(&[Rule::kw_breach, Rule::kw_of]);
                Expect::Breach(self.name(&Parts::need(&mut inner)?)?)
            }
            _ => {
                let mut inner = Parts::of(self, first);
                inner.pass_one();
                let negative = inner.accept(Rule::minus).is_some();
                Expect::Balance(negative, self.number(&Parts::need(&mut inner)?)?)
            }
        })
    }

    fn tier(self, pair: Pair<'_>, because: Option<Text>, span: Span) -> Lowering<Tier> {
        let mut parts = Parts::of(self, pair);
        let inclusive = Parts::need(&mut parts)?.as_rule() == Rule::kw_up;
        parts.pass(&[Rule::kw_to]);
        let bound = match parts.accept(Rule::number) {
            Some(number) => {
                let number = self.number(&number)?;
                Some(Bound { inclusive, number: number.value, span: number.span })
            }
            None => None,
        };
        let amount = self.amount(Parts::need(&mut parts)?)?;
        Ok(Tier { bound, amount, because, span })
    }

    fn row(self, pair: Pair<'_>, because: Option<Text>, span: Span) -> Lowering<Row> {
        let mut cells: Vec<Pair<'_>> =
            Parts::of(self, pair).filter(|part| part.as_rule() == Rule::cell).collect();
        let last = cells
            .pop()
            .ok_or_else(|| Box::new(found::unexpected(self.place(span), "", &["a cell"])))?;
        let amount = self.amount_cell(last)?;
        let otherwise = |cell: &Pair<'_>| {
            cell.clone()
                .into_inner()
                .next()
                .is_some_and(|inner| inner.as_rule() == Rule::kw_otherwise)
        };
        if let Some(extra) = cells.iter().find(|cell| otherwise(cell)) {
            if cells.len() == 1 {
                return Ok(Row { cells: None, amount, because, span });
            }
            let place = self.place(self.span(extra));
            return Self::fault(
                found::unexpected(place, "otherwise", &["a cell"])
                    .help("`otherwise` covers the whole rest: `| otherwise | 20 |`"),
            );
        }
        let cells = cells.into_iter().map(|cell| self.cell(cell)).collect::<Lowering<_>>()?;
        Ok(Row { cells: Some(cells), amount, because, span })
    }

    fn cell(self, pair: Pair<'_>) -> Lowering<Cell> {
        let span = self.span(&pair);
        let inner = Parts::need(&mut Parts::of(self, pair))?;
        let predicate = match inner.as_rule() {
            Rule::kw_any => None,
            Rule::listed => {
                let flat = inner.clone().into_inner().any(|part| part.as_rule() == Rule::kw_flat);
                if flat {
                    return Self::fault(
                        found::unexpected(self.place(span), inner.as_str().trim(), &["a value"])
                            .help("an amount stands in the last cell of a row"),
                    );
                }
                Some(Predicate::Values { negated: false, values: self.values(inner)? })
            }
            Rule::kw_refused => {
                return Self::fault(found::reserved_word(self.place(span), "refused"));
            }
            _ => Some(self.bare_predicate(inner)?),
        };
        Ok(Cell { predicate, span })
    }

    /// The last cell of a row.
    fn amount_cell(self, pair: Pair<'_>) -> Lowering<Amount> {
        let span = self.span(&pair);
        let shown = pair.as_str().trim().to_owned();
        let inner = Parts::need(&mut Parts::of(self, pair))?;
        if inner.as_rule() == Rule::kw_refused {
            return Ok(Amount { kind: AmountKind::Refused, span });
        }
        if inner.as_rule() == Rule::listed {
            let mut numbers = Vec::new();
            let mut values = 0;
            let mut flat = false;
            for part in Parts::of(self, inner) {
                match part.as_rule() {
                    Rule::value => {
                        values += 1;
                        if let Value::Number(number) = self.value(part)? {
                            numbers.push(number.value);
                        }
                    }
                    Rule::number => numbers.push(self.number(&part)?.value),
                    Rule::kw_flat => flat = true,
                    _ => {}
                }
            }
            let zero = Decimal::ZERO;
            let kind = match (values, numbers.as_slice(), flat) {
                (1, [each], false) => Some(AmountKind::Credits { each: *each, flat: zero }),
                (1, [once], true) => Some(AmountKind::Credits { each: zero, flat: *once }),
                (1, [each, once], true) => Some(AmountKind::Credits { each: *each, flat: *once }),
                _ => None,
            };
            if let Some(kind) = kind {
                return Ok(Amount { kind, span });
            }
        }
        Self::fault(
            found::unexpected(self.place(span), &shown, &["an amount"])
                .help("the last cell of a row is `N`, `N flat`, `N + M flat` or `refused`"),
        )
    }
}

/// A rate without a form: its rows, if it has any, do not say how they charge.
fn bare_rate(span: Span) -> Rate {
    Rate { form: RateForm::Tiered(TierMode::Graduated, Vec::new()), span }
}
