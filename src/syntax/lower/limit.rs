//! Limits on allocation.

use super::super::ast::{Comparison, Limit, LimitBody, LimitMeasure, LimitTerm, Name};
use super::super::diagnostics as found;
use super::super::grammar::{Pair, Rule};
use super::{Context, Lowering, Parts};
use crate::period::Claim;
use crate::source::Span;

impl Context {
    pub(super) fn limit(self, pair: Pair<'_>) -> Lowering<Limit> {
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::kw_limit]);
        let name = self.name(&Parts::need(&mut parts)?)?;
        let claim = match parts.accept(Rule::dated) {
            Some(dated) => self.claim(dated)?,
            None => Claim::Undated,
        };
        let body = Parts::need(&mut parts)?;
        let body = if body.as_rule() == Rule::at_most_of {
            self.count_of(body)?
        } else {
            self.relation(body)?
        };
        let level = parts.accept(Rule::level);
        let warn = level.is_some_and(|level| level.as_str().trim() == "warn");
        Ok(Limit { name, claim, body, warn })
    }

    /// `at most N of A, B`
    fn count_of(self, pair: Pair<'_>) -> Lowering<LimitBody> {
        let mut parts = Parts::of(self, pair);
        let comparison = self.comparison(Parts::need(&mut parts)?);
        let number = self.number(&Parts::need(&mut parts)?)?;
        parts.pass(&[Rule::kw_of]);
        let names = self.names(Parts::need(&mut parts)?)?;
        Ok(LimitBody::CountOf(comparison, number, names))
    }

    fn comparison(self, pair: Pair<'_>) -> Comparison {
        let last = Parts::of(self, pair).last().map(|part| part.as_rule());
        match last {
            Some(Rule::kw_most) => Comparison::AtMost,
            Some(Rule::kw_least) => Comparison::AtLeast,
            _ => Comparison::Exactly,
        }
    }

    fn relation(self, pair: Pair<'_>) -> Lowering<LimitBody> {
        let mut parts = Parts::of(self, pair);
        let left_pair = Parts::need(&mut parts)?;
        let left_span = self.span(&left_pair);
        let left = self.total(left_pair)?;
        let rest = Parts::need(&mut parts)?;
        match rest.as_rule() {
            Rule::needs => {
                let product = self.single(&left, left_span, "needs")?;
                let mut parts = Parts::of(self, rest);
                parts.pass(&[Rule::kw_needs, Rule::kw_any, Rule::kw_of]);
                let other = Parts::need(&mut parts)?;
                if other.as_rule() == Rule::names {
                    return Ok(LimitBody::Needs(product, self.names(other)?));
                }
                let other = self.name(&other)?;
                Ok(if parts.peek() == Some(Rule::unit_for_unit) {
                    LimitBody::UnitForUnit(product, other)
                } else {
                    LimitBody::Needs(product, vec![other])
                })
            }
            Rule::in_steps => {
                let product = self.single(&left, left_span, "in steps of")?;
                let mut parts = Parts::of(self, rest);
                parts.pass(&[Rule::kw_in, Rule::kw_steps, Rule::kw_of]);
                let step = self.number(&Parts::need(&mut parts)?)?;
                let unit = parts.accept(Rule::name).map(|unit| self.name(&unit)).transpose()?;
                Ok(LimitBody::InSteps(product, step, unit))
            }
            _ => {
                let mut parts = Parts::of(self, rest);
                let comparison = self.comparison(Parts::need(&mut parts)?);
                let right = self.total(Parts::need(&mut parts)?)?;
                let or_none = match parts.peek() {
                    Some(Rule::or_none) => Some(self.single(&left, left_span, "or none")?),
                    _ => None,
                };
                Ok(LimitBody::Compare(left, comparison, right, or_none))
            }
        }
    }

    /// The one product that must stand left of `needs`, `in steps of` and `or none`.
    fn single(self, left: &[LimitTerm], span: Span, words: &str) -> Lowering<Name> {
        if let [
            LimitTerm { measure: LimitMeasure::Units(name), factor: None, negative: false, .. },
        ] = left
        {
            return Ok(name.clone());
        }
        Self::fault(found::not_one_product(self.place(span), words))
    }

    fn total(self, pair: Pair<'_>) -> Lowering<Vec<LimitTerm>> {
        let mut terms = Vec::new();
        let mut negative = false;
        for part in Parts::of(self, pair) {
            match part.as_rule() {
                Rule::total_term => terms.push(self.total_term(part, negative)?),
                rule => negative = rule == Rule::minus,
            }
        }
        Ok(terms)
    }

    fn total_term(self, pair: Pair<'_>, negative: bool) -> Lowering<LimitTerm> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        let written = parts.accept(Rule::number);
        let factor = written.as_ref().map(|number| self.number(number)).transpose()?;
        let operator = parts.peek();
        parts.pass(&[Rule::star, Rule::kw_of]);
        if let (Some(number), Some(Rule::kw_of)) = (&written, operator)
            && !number.as_str().ends_with('%')
        {
            let place = self.place(self.span(number));
            return Self::fault(found::misplaced_percent(place, number.as_str()));
        }
        let measure = match parts.pairs.next() {
            None => LimitMeasure::Constant(None),
            Some(part) if part.as_rule() == Rule::name => {
                LimitMeasure::Constant(Some(self.name(&part)?))
            }
            Some(part) => self.measure(part)?,
        };
        Ok(LimitTerm { negative, measure, factor, span })
    }

    fn measure(self, pair: Pair<'_>) -> Lowering<LimitMeasure> {
        let mut parts = Parts::of(self, pair);
        let first = Parts::need(&mut parts)?;
        Ok(match first.as_rule() {
            Rule::kw_allocated => LimitMeasure::Allocated,
            Rule::kw_valid => LimitMeasure::Valid,
            Rule::kw_credits => {
                parts.pass(&[Rule::kw_of]);
                LimitMeasure::CreditsOf(self.name(&Parts::need(&mut parts)?)?)
            }
            _ => LimitMeasure::Units(self.name(&first)?),
        })
    }
}
