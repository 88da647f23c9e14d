//! Steps 4 to 8.

use rust_decimal::Decimal;

use super::{Dated, Parts, Run, Stop, Why};
use crate::compare::cell::Split;
use crate::compare::form::{Atom, Form};
use crate::period::{Proration, Term, TermUnit};
use crate::plan::{Curve, Origin, Piece, Rate, TierMode};
use crate::quantity::Exact;
use crate::source::Place;

impl<'a> Run<'a> {
    /// Steps 4 to 8: the line that decides.
    pub(super) fn charge(
        self,
        dated: &Dated<'a>,
        units: &Form,
        (place, rate): (Place, &'a Rate),
        parts: &mut Parts,
    ) -> Result<Place, Stop> {
        let (rule, clauses) = (dated.rule, dated.clauses);
        let per = clauses.per.and_then(|at| rule.pers.get(at)).map(|(_, per)| per);
        let mut charged = units.clone();
        if let Some(per) = per
            && let (Some(own), Some(declared)) =
                (self.plan.unit(per.unit), self.plan.unit(rule.unit))
        {
            let block = &own.factor * &Exact::from(per.block);
            charged = charged.scaled(&(declared.factor.clone() / block));
            if per.started {
                charged = charged.ceil();
            }
        }
        let term = per.and_then(|per| per.term);
        let bound = |bounds: &[(Origin, Decimal)], at: Option<usize>| {
            at.and_then(|at| bounds.get(at)).map(|(_, bound)| Exact::from(*bound))
        };
        let at_most = bound(&rule.at_most, clauses.at_most);
        let at_least = bound(&rule.at_least, clauses.at_least);
        let own = clauses.rounding.and_then(|at| rule.roundings.get(at));
        let rounding = own.map_or(self.plan.rounding.1, |(_, own)| *own);
        let (first, row) = match rate {
            Rate::Curve(curve) => (curve.piece(&Exact::zero()).map(|(_, piece)| piece), None),
            Rate::Table(table) => {
                let row = self.row(table, &dated.quantity)?;
                (row, row)
            }
        };
        // No units cost nothing, unless they enter the first tier: looked at only where that shows.
        let shows = term.is_some()
            || at_least.as_ref().is_some_and(|least| !least.is_zero())
            || first.is_none_or(|first| first.refused || !first.base.is_zero());
        if !clauses.zero_charged && shows && self.cell.ends(&charged, &Exact::zero(), true)? {
            return Ok(place);
        }
        let piece = match rate {
            Rate::Curve(curve) => self.piece(curve, &charged)?,
            Rate::Table(_) => row,
        };
        let piece = piece.ok_or(Stop::Refused(Why::NoRate))?;
        if piece.refused {
            return Err(Stop::Refused(Why::Rate));
        }
        let mut credits = charged.scaled(&piece.slope).plus(&Form::constant(piece.base.clone()));
        if let Some(term) = term {
            credits = self.prorated(&credits, term, parts)?;
        }
        if let Some(most) = at_most
            && !self.cell.ends(&credits, &most, true)?
        {
            credits = Form::constant(most);
        }
        if let Some(least) = at_least
            && self.cell.ends(&credits, &least, false)?
        {
            credits = Form::constant(least);
        }
        parts.add(credits, rounding);
        let graduated =
            matches!(rate, Rate::Curve(curve) if curve.mode == Some(TierMode::Graduated));
        Ok(if graduated { place } else { piece.place })
    }

    pub(super) fn prorated(
        self,
        credits: &Form,
        term: Term,
        parts: &mut Parts,
    ) -> Result<Form, Stop> {
        if self.day.is_none() {
            return Err(Stop::Refused(Why::NoStart));
        }
        parts.terms.insert(term);
        let shared = matches!(term.proration, Proration::ByDayOf365 | Proration::ByDayOf360);
        if self.measure.by_year && shared && term.unit == TermUnit::Month {
            // A month is then a twelfth of a year: as many days of as many.
            let year = Term { unit: TermUnit::Year, ..term };
            return Ok(credits.scaled(&Exact::from(12)).times(&Form::of(Atom::Periods(year))));
        }
        Ok(credits.times(&Form::of(Atom::Periods(term))))
    }

    fn piece(self, curve: &'a Curve, charged: &Form) -> Result<Option<&'a Piece>, Split> {
        for piece in &curve.pieces {
            let Some(upper) = &piece.upper else { return Ok(Some(piece)) };
            if self.cell.ends(charged, upper, curve.inclusive)? {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}
