//! Steps 4 to 8 of the naive evaluator: from units to rounded credits.

use num_rational::BigRational as Ratio;
use num_traits::Zero as _;

use super::calendar::periods;
use super::evaluate::{Codes, Run, in_force};
use super::model::{Amount, Body, Mode, Number, Rate, Round, Table, Target, Tiers, whole};

/// A multiple of the step.
pub(crate) fn rounded(round: Round, credits: &Ratio) -> Ratio {
    let step = round.step.ratio();
    let (below, rest) = {
        let steps = credits / &step;
        let below = steps.floor();
        (below.clone(), steps - below)
    };
    // Credits are never below 0, so that down is towards zero.
    let half = Ratio::new(1.into(), 2.into());
    let is_odd = !(&below / whole(2)).is_integer();
    let up = match round.mode {
        _ if rest.is_zero() => false,
        Mode::Up => true,
        Mode::Down => false,
        Mode::HalfUp => rest >= half,
        Mode::HalfDown => rest > half,
        Mode::HalfEven => rest > half || rest == half && is_odd,
    };
    (if up { below + whole(1) } else { below }) * step
}

impl<'a> Run<'a> {
    /// Steps 4 to 8.
    pub(super) fn charged(
        self,
        target: &'a Target,
        quantity: &Ratio,
        units: &Ratio,
        rate: &Rate,
    ) -> Result<Ratio, Codes> {
        let blocks = self.blocks(target, units);
        let zero_charged = |body: &Body| matches!(body, Body::ZeroCharged).then_some(());
        let charged_at_zero = in_force(&target.clauses, self.line.start, zero_charged).is_some();
        let nothing = blocks.is_zero() && !charged_at_zero;
        let mut credits = match rate {
            _ if nothing => whole(0),
            Rate::Plain(amount) => cost(*amount, &blocks)?,
            Rate::Table(table) => cost(self.row(table, quantity).1, &blocks)?,
            Rate::Graduated(tiers) => graduated(tiers, &blocks)?,
            Rate::Volume(tiers) => cost(volume(tiers, &blocks).1, &blocks)?,
        };
        if !nothing {
            credits = self.bounded(target, self.term(target, credits)?);
        }
        let own = in_force(&target.clauses, self.line.start, |body| match body {
            Body::Round(round) => Some(*round),
            _ => None,
        });
        Ok(rounded(own.unwrap_or(self.ruleset.round), &credits))
    }

    /// Step 4.
    fn blocks(self, target: &'a Target, units: &Ratio) -> Ratio {
        let per = self.per(target);
        // A dated block may be stated in another unit than that of the head.
        let units = units * self.ruleset.base(target.per.unit).1 / self.ruleset.base(per.unit).1;
        let blocks = units / per.block.map_or_else(|| whole(1), Number::ratio);
        if per.started { blocks.ceil() } else { blocks }
    }

    /// The row below a rate that decides, from 1; 0 where the rate's own line does.
    pub(super) fn deciding_row(
        self,
        target: &'a Target,
        quantity: &Ratio,
        units: &Ratio,
        rate: &Rate,
    ) -> usize {
        match rate {
            Rate::Plain(_) | Rate::Graduated(_) => 0,
            Rate::Volume(tiers) => volume(tiers, &self.blocks(target, units)).0 + 1,
            Rate::Table(table) => self.row(table, quantity).0 + 1,
        }
    }

    /// The row that covers the line, with its position.
    pub(super) fn row(self, table: &Table, quantity: &Ratio) -> (usize, Amount) {
        let covering = table.rows.iter().position(|(cells, _)| {
            table.columns.iter().zip(cells).all(|(field, cell)| {
                cell.clone().is_none_or(|cell| self.all_hold(&vec![(*field, cell)], quantity))
            })
        });
        covering.map_or_else(
            || (table.rows.len(), table.otherwise.unwrap()),
            |at| (at, table.rows[at].1),
        )
    }

    pub(super) fn term(self, target: &'a Target, credits: Ratio) -> Result<Ratio, Codes> {
        let Some((period, proration)) = self.per(target).term else { return Ok(credits) };
        let start = self.line.start.ok_or_else(|| vec!["missing-start"])?;
        let end = self.line.end.ok_or_else(|| vec!["missing-end"])?;
        Ok(credits * periods(period, proration, start, end))
    }

    fn bounded(self, target: &Target, credits: Ratio) -> Ratio {
        let bound = |least: bool| {
            in_force(&target.clauses, self.line.start, |body| match body {
                Body::AtLeast(number) if least => Some(number.ratio()),
                Body::AtMost(number) if !least => Some(number.ratio()),
                _ => None,
            })
        };
        let credits = bound(false).map_or(credits.clone(), |most| credits.min(most));
        bound(true).map_or(credits.clone(), |least| credits.max(least))
    }
}

/// Each tier entered, with the part of the units that lies in it.
fn graduated(tiers: &Tiers, units: &Ratio) -> Result<Ratio, Codes> {
    let mut sum = whole(0);
    let mut from = whole(0);
    for (bound, amount) in &tiers.bounded {
        let to = bound.ratio();
        let ends_here = if tiers.below { *units < to } else { *units <= to };
        if ends_here {
            return Ok(sum + cost(*amount, &(units - from))?);
        }
        sum += cost(*amount, &(&to - from))?;
        from = to;
    }
    Ok(sum + cost(tiers.beyond, &(units - from))?)
}

/// The amount of the tier that the total reaches, with its position.
fn volume(tiers: &Tiers, units: &Ratio) -> (usize, Amount) {
    let reached = tiers.bounded.iter().position(|(bound, _)| {
        if tiers.below { *units < bound.ratio() } else { *units <= bound.ratio() }
    });
    reached.map_or((tiers.bounded.len(), tiers.beyond), |at| (at, tiers.bounded[at].1))
}

fn cost(amount: Amount, units: &Ratio) -> Result<Ratio, Codes> {
    let Amount::Credits { each, flat } = amount else { return Err(vec!["rate-refused"]) };
    let or_zero = |number: Option<Number>| number.map_or_else(|| whole(0), Number::ratio);
    Ok(or_zero(each) * units + or_zero(flat))
}
