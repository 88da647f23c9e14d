//! What a line is charged along a stretch of quantities on which nothing but the figures changes:
//! the choices of the eight steps made once, at a quantity inside.

mod count;
mod grants;

use super::rate::Applied;
use super::{Dated, License, Line, Refusal, Silent, base_units};
use crate::plan::{
    Condition, Cut, Gathered, Mixed, Origin, Piece, Plan, QUANTITY, Rate, Rule, Set, Stepped,
    Stretch, TargetId,
};
use crate::quantity::Exact;

/// What every quantity of a stretch becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Along {
    /// These credits, rounded.
    Converted(Stepped),
    /// Nothing, by an `exclude`.
    Excluded(Origin),
}

/// Why a stretch has no answer of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// It is to be cut here: other choices are made on the parts.
    Cut(Vec<Cut>),
    /// All of it is refused.
    Refused(Refusal),
    /// The `count` of a rule multiplies the quantity by itself, which is not read backwards.
    Power(TargetId),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// What a line becomes on a stretch of quantities, in the declared unit.
pub fn along(plan: &Plan, license: &License, stretch: &Stretch) -> Result<Along, Stop> {
    let owner = *plan.owners.get(&license.sku).ok_or(Refusal::UnknownSku)?;
    let rule = plan.rule(owner.rule).ok_or(Refusal::UnknownSku)?;
    let line = Line { plan, license };
    let walk = Walk { line, stretch, inside: stretch.inside() };
    let quantity = Stepped::line(Exact::one(), Exact::zero());
    let conditions = plan.excludes.iter().map(|exclude| &exclude.condition);
    walk.settle(conditions.filter_map(on_quantity), &quantity)?;
    let factor = plan.unit(rule.unit).map_or_else(Exact::one, |unit| unit.factor.clone());
    let base = &walk.inside * &factor;
    if let Some(exclude) = line.excluded(rule, Some(&base))? {
        return Ok(Along::Excluded(exclude.origin.clone()));
    }
    base_units(plan, license, rule)?;
    if let (Some(start), Some(end)) = (license.start, license.end)
        && end < start
    {
        return Err(Refusal::EndBeforeStart { start, end }.into());
    }
    if owner.is_code {
        line.code_in_force(owner.rule, rule)?;
    }
    walk.rule(owner.rule, rule, &quantity).map(Along::Converted)
}

/// What a product costs on a stretch of quantities, in the declared unit, whatever is excluded.
pub fn product(
    plan: &Plan,
    id: TargetId,
    license: &License,
    stretch: &Stretch,
) -> Result<Stepped, Stop> {
    let rule = plan.rule(id).ok_or(Refusal::UnknownSku)?;
    let walk = Walk { line: Line { plan, license }, stretch, inside: stretch.inside() };
    walk.rule(id, rule, &Stepped::line(Exact::one(), Exact::zero()))
}

/// The units that a product counts on a stretch of quantities, in the declared unit.
pub fn units(
    plan: &Plan,
    id: TargetId,
    license: &License,
    stretch: &Stretch,
) -> Result<Stepped, Stop> {
    let rule = plan.rule(id).ok_or(Refusal::UnknownSku)?;
    let walk = Walk { line: Line { plan, license }, stretch, inside: stretch.inside() };
    let quantity = Stepped::line(Exact::one(), Exact::zero());
    let dated = walk.dated(id, rule, &quantity)?;
    walk.units(&dated, &quantity)
}

/// A line on a stretch of quantities.
#[derive(Clone)]
struct Walk<'a> {
    line: Line<'a>,
    stretch: &'a Stretch,
    /// A quantity on it: what is chosen there is chosen everywhere, once nothing cuts it.
    inside: Exact,
}

fn on_quantity(condition: &Condition) -> Option<&Set> {
    condition.sets.get(&QUANTITY)
}

impl<'a> Walk<'a> {
    /// Steps 2 to 8; the quantity is in the declared unit of the rule.
    fn rule(&self, id: TargetId, rule: &'a Rule, quantity: &Stepped) -> Result<Stepped, Stop> {
        let dated = self.dated(id, rule, quantity)?;
        let units = self.units(&dated, quantity)?;
        if let Some(applied) = self.own_rate(&dated, quantity)? {
            return self.charge(&dated, &units, applied);
        }
        if dated.clauses.grants.is_empty() {
            return Err(Refusal::NoRate { rule: id, day: self.line.license.start }.into());
        }
        self.grants(&dated, &units)
    }

    /// Step 2, at the quantity inside.
    fn dated(&self, id: TargetId, rule: &'a Rule, quantity: &Stepped) -> Result<Dated<'a>, Stop> {
        let unit = self.line.plan.unit(rule.unit);
        let factor = unit.map_or_else(Exact::one, |unit| unit.factor.clone());
        let base = quantity.value(&self.inside) * factor;
        Ok(self.line.dated(id, rule, &base, &mut Silent)?)
    }

    /// The rate that applies, where no condition on the quantity cuts the stretch.
    fn own_rate(&self, dated: &Dated<'a>, quantity: &Stepped) -> Result<Option<Applied<'a>>, Stop> {
        let day = self.line.license.start;
        let in_force = dated
            .rule
            .exceptions
            .iter()
            .filter(|exception| exception.rate.on_or_always(day).is_some());
        let conditions = in_force.map(|exception| &exception.condition);
        self.settle(conditions.filter_map(on_quantity), quantity)?;
        let applied = self.line.own_rate(dated);
        if let Some(Rate::Table(table)) = applied.map(|applied| applied.rate)
            && let Some(at) = table.columns.iter().position(|column| *column == QUANTITY)
        {
            let cells =
                table.rows.iter().filter_map(|(cells, _)| cells.as_ref()?.get(at)?.as_ref());
            self.settle(cells, quantity)?;
        }
        Ok(applied)
    }

    /// Steps 4 to 8.
    fn charge(
        &self,
        dated: &Dated<'a>,
        units: &Stepped,
        applied: Applied<'a>,
    ) -> Result<Stepped, Stop> {
        let charged = self.blocks(dated, units);
        let nothing = Stepped::constant(Exact::zero());
        // Of a count that often comes to 0, that is asked only where it matters.
        if self.minds_nothing(dated, applied) && self.is_below(&charged, &Exact::zero(), true)? {
            return Ok(nothing);
        }
        let piece = self.piece(dated, &charged, applied)?;
        if piece.refused {
            return Err(Refusal::RateRefused { rule: dated.id, place: piece.place }.into());
        }
        let credits = Stepped::constant(piece.base.clone()).plus(&charged, &piece.slope);
        let periods = self.line.prorated(dated, Exact::one(), &mut Silent)?;
        let (rule, clauses) = (dated.rule, dated.clauses);
        let at_most = clauses.at_most.and_then(|at| rule.at_most.get(at));
        let at_least = clauses.at_least.and_then(|at| rule.at_least.get(at));
        let rounding = clauses.rounding.and_then(|at| rule.roundings.get(at));
        Ok(credits.times(&periods).gathered(Gathered::Credits {
            at_most: at_most.map(|(_, bound)| Exact::from(*bound)),
            at_least: at_least.map(|(_, bound)| Exact::from(*bound)),
            rounding: rounding.unwrap_or(&self.line.plan.rounding).1,
        }))
    }

    /// Whether no units cost something else than the rate says of them.
    fn minds_nothing(&self, dated: &Dated<'a>, applied: Applied<'a>) -> bool {
        let clauses = dated.clauses;
        let first = match applied.rate {
            Rate::Curve(curve) => curve.pieces.first(),
            Rate::Table(table) => self.line.row(table, &dated.quantity),
        };
        let per = clauses.per.and_then(|at| dated.rule.pers.get(at));
        !clauses.zero_charged
            && (clauses.at_least.is_some()
                || per.is_some_and(|(_, per)| per.term.is_some())
                || first.is_none_or(|piece| piece.refused || !piece.base.is_zero()))
    }

    /// Step 4.
    fn blocks(&self, dated: &Dated<'a>, units: &Stepped) -> Stepped {
        let plan = self.line.plan;
        let Some((_, per)) = dated.clauses.per.and_then(|at| dated.rule.pers.get(at)) else {
            return units.clone();
        };
        let mut scale = Exact::one() / Exact::from(per.block);
        if let (Some(declared), Some(own)) = (plan.unit(dated.rule.unit), plan.unit(per.unit)) {
            scale = scale * declared.factor.clone() / own.factor.clone();
        }
        let blocks = units.times(&scale);
        if per.started { blocks.gathered(Gathered::Ceil) } else { blocks }
    }

    /// The piece that charges all of the stretch.
    fn piece(
        &self,
        dated: &Dated<'a>,
        charged: &Stepped,
        applied: Applied<'a>,
    ) -> Result<&'a Piece, Stop> {
        let none = Refusal::NoRate { rule: dated.id, day: self.line.license.start };
        match applied.rate {
            Rate::Table(table) => Ok(self.line.row(table, &dated.quantity).ok_or(none)?),
            Rate::Curve(curve) => {
                let mut cuts = Vec::new();
                for upper in curve.pieces.iter().filter_map(|piece| piece.upper.as_ref()) {
                    cuts.extend(self.cut(charged, upper, curve.inclusive));
                }
                stop_at(cuts)?;
                let (_, piece) = curve.piece(&charged.value(&self.inside)).ok_or(none)?;
                Ok(piece)
            }
        }
    }

    /// Cuts the stretch wherever one of these sets of numbers begins or ends.
    fn settle<'b>(
        &self,
        sets: impl Iterator<Item = &'b Set>,
        quantity: &Stepped,
    ) -> Result<(), Stop> {
        let mut cuts = Vec::new();
        for set in sets {
            let Set::Number(intervals) = set else { continue };
            for interval in intervals {
                let (low, closed) = interval.low;
                cuts.extend(self.cut(quantity, &Exact::from(low), !closed));
                if let Some((high, closed)) = interval.high {
                    cuts.extend(self.cut(quantity, &Exact::from(high), closed));
                }
            }
        }
        stop_at(cuts)
    }

    /// Whether a figure is below a bound, or on it with the flag, on all of the stretch.
    fn is_below(&self, figure: &Stepped, bound: &Exact, on_it: bool) -> Result<bool, Stop> {
        stop_at(self.cut(figure, bound, on_it).into_iter().collect())?;
        let figure = figure.value(&self.inside);
        Ok(figure < *bound || (on_it && figure == *bound))
    }

    /// Where a figure passes a bound inside the stretch.
    fn cut(&self, figure: &Stepped, bound: &Exact, on_it: bool) -> Option<Cut> {
        // One part begins the stretch, the other ends it.
        match figure.split(bound, on_it, self.stretch) {
            Ok((Some(a), Some(b))) => Some(a.low.max(b.low)),
            Ok(_) => None,
            Err(Mixed(cut)) => Some(cut),
        }
    }
}

fn stop_at(cuts: Vec<Cut>) -> Result<(), Stop> {
    if cuts.is_empty() { Ok(()) } else { Err(Stop::Cut(cuts)) }
}
