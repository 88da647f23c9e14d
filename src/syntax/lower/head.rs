//! The first lines of declarations.

use super::super::ast::{Comparison, Head, InputKind, Per, Property, RoundClause, Spanned, Value};
use super::super::grammar::{Pair, Rule};
use super::{Context, Lowering, Parts};
use crate::quantity::RoundingMode;

impl Context {
    pub(super) fn head(self, pair: Pair<'_>) -> Lowering<Head> {
        let rule = pair.as_rule();
        if rule == Rule::limit {
            return Ok(Head::Limit(self.limit(pair)?));
        }
        let mut parts = Parts::of(self, pair);
        parts.pass_one();
        let first = Parts::need(&mut parts)?;
        Ok(match rule {
            Rule::grace => {
                let days = self.number(&first)?;
                parts.pass(&[Rule::kw_days, Rule::kw_day]);
                let last = Parts::need(&mut parts)?;
                let value = last.as_rule() == Rule::kw_counts;
                Head::Grace(days, Spanned { value, span: self.span(&last) })
            }
            Rule::credits => Head::Credits(self.rounding(first)?),
            Rule::exclude => Head::Exclude(self.condition(Parts::need(&mut parts)?)?),
            Rule::example => Head::Example(self.string(&first)?),
            Rule::ruleset => {
                Head::Ruleset(self.name(&first)?, self.string(&Parts::need(&mut parts)?)?)
            }
            Rule::unit => {
                let mut names = vec![self.name(&first)?];
                let mut factor = None;
                while let Some(part) = parts.pairs.next() {
                    match part.as_rule() {
                        Rule::name => names.push(self.name(&part)?),
                        Rule::number => {
                            factor =
                                Some((self.number(&part)?, self.name(&Parts::need(&mut parts)?)?));
                        }
                        _ => {}
                    }
                }
                Head::Unit(names, factor)
            }
            Rule::input => {
                Head::Input(self.name(&first)?, self.input_kind(Parts::need(&mut parts)?)?)
            }
            Rule::product | Rule::license | Rule::together => {
                let name = self.name(&first)?;
                let label =
                    parts.accept(Rule::string).map(|label| self.string(&label)).transpose()?;
                parts.pass(&[Rule::kw_per, Rule::kw_of]);
                let last = Parts::need(&mut parts)?;
                match rule {
                    Rule::product => Head::Product(name, label, self.per(last)?),
                    Rule::license => Head::License(name, label, self.name(&last)?),
                    _ => Head::Together(name, label, self.names(last)?),
                }
            }
            _ => Head::Always(self.name(&first)?, self.property(Parts::need(&mut parts)?)?),
        })
    }

    fn input_kind(self, pair: Pair<'_>) -> Lowering<InputKind> {
        let rule = pair.as_rule();
        let mut values = Vec::new();
        let mut default: Option<Value> = None;
        let mut after_default = false;
        for part in Parts::of(self, pair) {
            match part.as_rule() {
                Rule::kw_default => after_default = true,
                Rule::value if after_default => default = Some(self.value(part)?),
                Rule::value => values.push(self.value(part)?),
                _ => {}
            }
        }
        Ok(match rule {
            Rule::input_choice => InputKind::Choice(values, default),
            Rule::input_number => InputKind::Number(default),
            Rule::input_yes_no => InputKind::YesNo(default),
            Rule::input_text => InputKind::Text(default),
            _ => InputKind::Date(default),
        })
    }

    /// `per [started] [N] UNIT [per year|month, PRORATION]`
    pub(super) fn per(self, pair: Pair<'_>) -> Lowering<Per> {
        let span = self.span(&pair);
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::kw_per]);
        let mut first = Parts::need(&mut parts)?;
        let mut started = false;
        let mut inner = None;
        if first.as_rule() == Rule::started {
            started = true;
            let mut block = Parts::of(self, first);
            block.pass(&[Rule::kw_started]);
            first = Parts::need(&mut block)?;
            inner = Some(block);
        }
        let (block, unit) = if first.as_rule() == Rule::number {
            let unit = match inner.as_mut() {
                Some(block) => Parts::need(block)?,
                None => Parts::need(&mut parts)?,
            };
            (Some(self.number(&first)?), self.name(&unit)?)
        } else {
            (None, self.name(&first)?)
        };
        let term = parts.accept(Rule::term).map(|term| self.term(term)).transpose()?;
        Ok(Per { started, block, unit, term, span })
    }

    /// `round MODE to STEP`
    pub(super) fn rounding(self, pair: Pair<'_>) -> Lowering<RoundClause> {
        let mut parts = Parts::of(self, pair);
        parts.pass(&[Rule::kw_round]);
        let mode = Parts::of(self, Parts::need(&mut parts)?).map(|part| part.as_rule());
        let mode = match mode.collect::<Vec<_>>().as_slice() {
            [Rule::kw_half, Rule::kw_even] => RoundingMode::HalfEven,
            [Rule::kw_half, Rule::kw_down] => RoundingMode::HalfDown,
            [Rule::kw_half, ..] => RoundingMode::HalfUp,
            [Rule::kw_down] => RoundingMode::Down,
            _ => RoundingMode::Up,
        };
        parts.pass(&[Rule::kw_to]);
        let step = self.number(&Parts::need(&mut parts)?)?;
        Ok(RoundClause { mode, step: step.value, step_span: step.span })
    }

    fn property(self, pair: Pair<'_>) -> Lowering<Property> {
        let rule = pair.as_rule();
        let mut parts = Parts::of(self, pair);
        Ok(match rule {
            Rule::falls => Property::NeverFalls,
            Rule::keeps => Property::KeepsValue,
            Rule::bounded => {
                parts.pass(&[Rule::kw_at]);
                let most = Parts::need(&mut parts)?.as_rule() == Rule::kw_most;
                let comparison = if most { Comparison::AtMost } else { Comparison::AtLeast };
                Property::PerUnit(comparison, self.number(&Parts::need(&mut parts)?)?)
            }
            _ => {
                parts.pass(&[Rule::kw_costs, Rule::kw_at, Rule::kw_least]);
                Property::CostsAtLeast(self.name(&Parts::need(&mut parts)?)?)
            }
        })
    }
}
