//! Steps 4 to 8: from units to rounded credits.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::observe::{RatedForm, Silent};
use super::{Dated, License, Line, Observer, Refusal, Step};
use crate::plan::{Curve, Origin, Piece, Plan, Rate, Table, TargetId, TierMode};
use crate::quantity::Exact;
use crate::source::Place;

/// The rate that applies to a line.
#[derive(Clone, Copy)]
pub(super) struct Applied<'a> {
    pub(super) origin: &'a Origin,
    pub(super) rate: &'a Rate,
    pub(super) exception: bool,
}

impl Applied<'_> {
    /// Of graduated tiers all that are entered decide: the clause stands for them.
    pub(super) fn place_of(self, curve: &Curve) -> Option<Place> {
        (curve.mode == Some(TierMode::Graduated)).then_some(self.origin.place)
    }
}

/// Steps 4 to 8 for so many units where this rate of a rule applies, from `start` to `end`: what
/// the evaluator does once it has counted the units and chosen the rate.
pub fn charge(
    plan: &Plan,
    id: TargetId,
    (origin, rate): &(Origin, Rate),
    units: &Exact,
    (start, end): (Date, Option<Date>),
) -> Result<Exact, Refusal> {
    let rule = plan.rule(id).ok_or(Refusal::UnknownSku)?;
    let mut license = License::new(plan, rule.name.clone(), Decimal::ZERO);
    (license.start, license.end) = (Some(start), end);
    let line = Line { plan, license: &license };
    let clauses = &line.version(id, rule)?.clauses;
    let dated = Dated { id, rule, clauses, quantity: units.clone() };
    let applied = Applied { origin, rate, exception: false };
    line.charge(&dated, units, applied, &mut Silent).map(|(credits, _)| credits)
}

impl<'a> Line<'a> {
    /// The exception that wins, or the rule's own rate. Of the exceptions that hold, the one wins
    /// that implies the others; the checker has proved that there is one.
    pub(super) fn own_rate(self, dated: &Dated<'a>) -> Option<Applied<'a>> {
        let rule = dated.rule;
        let day = self.license.start;
        let held: Vec<_> = rule
            .exceptions
            .iter()
            .filter(|exception| self.holds(&exception.condition, &dated.quantity))
            .filter_map(|exception| Some((&exception.condition, exception.rate.on_or_always(day)?)))
            .collect();
        let winner = held.iter().find(|(own, _)| held.iter().all(|(other, _)| own.implies(other)));
        let (rate, exception) = match winner {
            Some((_, rate)) => (*rate, true),
            None => (rule.rates.get(dated.clauses.rate?)?, false),
        };
        Some(Applied { origin: &rate.0, rate: &rate.1, exception })
    }

    /// Refuses a line whose rate is `refused` however many units there are.
    pub(super) fn admit(self, dated: &Dated<'a>, applied: Applied<'a>) -> Result<(), Refusal> {
        let piece = match applied.rate {
            Rate::Curve(curve) => curve.pieces.first().filter(|_| curve.mode.is_none()),
            Rate::Table(table) => self.row(table, &dated.quantity),
        };
        match piece.filter(|piece| piece.refused) {
            Some(piece) => Err(Refusal::RateRefused { rule: dated.id, place: piece.place }),
            None => Ok(()),
        }
    }

    /// Steps 4 to 8 with the rate that applies.
    pub(super) fn charge(
        self,
        dated: &Dated<'a>,
        units: &Exact,
        applied: Applied<'a>,
        observer: &mut impl Observer,
    ) -> Result<(Exact, Place), Refusal> {
        let (credits, place) = self.unrounded(dated, units, applied, observer)?;
        Ok((self.rounded(dated, &credits, observer), place))
    }

    /// Steps 4 to 7.
    pub(super) fn unrounded(
        self,
        dated: &Dated<'a>,
        units: &Exact,
        applied: Applied<'a>,
        observer: &mut impl Observer,
    ) -> Result<(Exact, Place), Refusal> {
        let charged = self.blocks(dated, units, observer);
        let nothing = charged.is_zero() && !dated.clauses.zero_charged;
        let (mut credits, place) = self.rated(dated, &charged, nothing, applied, observer)?;
        if !nothing {
            credits = self.prorated(dated, credits, observer)?;
            credits = Self::bounded(dated, credits, observer);
        }
        Ok((credits, place))
    }

    /// Step 4: divide by the block, round up where it is a started one.
    fn blocks(self, dated: &Dated<'_>, units: &Exact, observer: &mut impl Observer) -> Exact {
        let Some((origin, per)) = dated.clauses.per.and_then(|at| dated.rule.pers.get(at)) else {
            return units.clone();
        };
        // A dated `per` may state its block in another unit than the head does.
        let units = match self.plan.unit(dated.rule.unit) {
            Some(declared) if per.unit != dated.rule.unit => {
                self.in_unit(&(units * &declared.factor), per.unit)
            }
            _ => units.clone(),
        };
        let single = per.block == rust_decimal::Decimal::ONE;
        let blocks = if single { units } else { units / Exact::from(per.block) };
        let charged = if per.started { blocks.ceil() } else { blocks };
        observer.record(|| Step::Blocks {
            origin: origin.clone(),
            per: per.clone(),
            charged: charged.clone(),
        });
        charged
    }

    /// Step 5: exact credits, and the line that decides.
    fn rated(
        self,
        dated: &Dated<'a>,
        charged: &Exact,
        nothing: bool,
        applied: Applied<'a>,
        observer: &mut impl Observer,
    ) -> Result<(Exact, Place), Refusal> {
        let Applied { origin, rate, exception } = applied;
        let (piece, curve) = match rate {
            Rate::Curve(curve) => (curve.piece(charged).map(|(_, piece)| piece), Some(curve)),
            Rate::Table(table) => (self.row(table, &dated.quantity), None),
        };
        let piece = piece.ok_or(Refusal::NoRate { rule: dated.id, day: self.license.start })?;
        if piece.refused && !nothing {
            self.unused(dated, Some((applied, charged)), observer);
            return Err(Refusal::RateRefused { rule: dated.id, place: piece.place });
        }
        let place = curve.and_then(|curve| applied.place_of(curve)).unwrap_or(piece.place);
        let credits = if nothing { Exact::zero() } else { piece.credits(charged) };
        observer.record(|| Step::Rated {
            origin: origin.clone(),
            place,
            because: if place == origin.place { None } else { piece.because.clone() },
            exception,
            charged: charged.clone(),
            form: if nothing { RatedForm::NoUnits } else { form(curve, piece, charged) },
            credits: credits.clone(),
        });
        self.unused(dated, Some((applied, charged)), observer);
        Ok((credits, place))
    }

    /// The row of a table that covers the line.
    pub(super) fn row(self, table: &'a Table, quantity: &Exact) -> Option<&'a Piece> {
        let covers = |cells: &Option<Vec<Option<crate::plan::Set>>>| {
            cells.as_ref().is_none_or(|cells| {
                table.columns.iter().zip(cells).all(|(input, cell)| {
                    cell.as_ref().is_none_or(|set| self.admits(set, *input, quantity))
                })
            })
        };
        table.rows.iter().find(|(cells, _)| covers(cells)).map(|(_, piece)| piece)
    }

    /// Step 6: times the number of periods.
    pub(super) fn prorated(
        self,
        dated: &Dated<'_>,
        credits: Exact,
        observer: &mut impl Observer,
    ) -> Result<Exact, Refusal> {
        let per = dated.clauses.per.and_then(|at| dated.rule.pers.get(at));
        let Some((origin, term)) = per.and_then(|(origin, per)| Some((origin, per.term?))) else {
            return Ok(credits);
        };
        let start = self.license.start.ok_or(Refusal::MissingStart { rule: dated.id })?;
        let end = self.license.end.ok_or(Refusal::MissingEnd { rule: dated.id })?;
        let periods = term.periods(start, end).ok_or(Refusal::Overflow)?;
        let credits = &credits * &periods;
        observer.record(|| Step::Prorated {
            origin: origin.clone(),
            term,
            days: (start, end),
            periods,
            credits: credits.clone(),
        });
        Ok(credits)
    }

    /// Step 7: `at most` first, then `at least`.
    fn bounded(dated: &Dated<'_>, mut credits: Exact, observer: &mut impl Observer) -> Exact {
        let at_most = dated.clauses.at_most.and_then(|at| dated.rule.at_most.get(at));
        let at_least = dated.clauses.at_least.and_then(|at| dated.rule.at_least.get(at));
        let bounds = at_most
            .map(|bound| (bound, true))
            .into_iter()
            .chain(at_least.map(|bound| (bound, false)));
        for ((origin, bound), at_most) in bounds {
            let bound = Exact::from(*bound);
            credits = if at_most { credits.min(bound.clone()) } else { credits.max(bound.clone()) };
            observer.record(|| Step::Bounded {
                origin: origin.clone(),
                at_most,
                bound,
                credits: credits.clone(),
            });
        }
        credits
    }

    /// Step 8: round once.
    fn rounded(self, dated: &Dated<'_>, credits: &Exact, observer: &mut impl Observer) -> Exact {
        let own = dated.clauses.rounding.and_then(|at| dated.rule.roundings.get(at));
        let (origin, rounding) = own.unwrap_or(&self.plan.rounding);
        let credits = rounding.round(credits);
        observer.record(|| Step::Rounded {
            origin: origin.clone(),
            rounding: *rounding,
            credits: credits.clone(),
        });
        credits
    }
}

/// How a piece came to its credits.
fn form(curve: Option<&Curve>, piece: &Piece, charged: &Exact) -> RatedForm {
    match curve {
        Some(curve) if curve.mode == Some(TierMode::Graduated) => {
            let slices = curve.slices(charged).into_iter().map(|slice| {
                (slice.from, slice.to, slice.rate.clone(), slice.flat, slice.piece.place)
            });
            RatedForm::Slices(slices.collect())
        }
        _ => RatedForm::Line {
            each: piece.slope.clone(),
            flat: piece.base.clone(),
            mode: curve.and_then(|curve| curve.mode),
        },
    }
}
