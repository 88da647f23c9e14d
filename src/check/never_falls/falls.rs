//! Fewer units that give more credits than more units: the end of one span against the beginning of
//! a later one.

use super::axis::{Axis, End, Span};
use crate::check::credits::Why;
use crate::check::credits::part::{Part, Side};
use crate::check::region::{Exhausted, Point};
use crate::quantity::{Exact, MAX_DECIMALS, Rounding};
use crate::source::Place;

/// Most pairs of spans for which inputs are looked for.
const MOST_PAIRS: usize = 2_000;

/// Fewer units that give more credits than more units.
pub(in crate::check) struct Fall {
    /// Units and their credits.
    pub fewer: (Exact, Exact),
    /// More units and their fewer credits.
    pub more: (Exact, Exact),
    /// The line that charges the more units.
    pub place: Place,
    /// Whether that is not the rate of the fewer units.
    pub is_across: bool,
    /// Inputs of a line on which it shows.
    pub point: Point,
}

/// A rate, with its credits rounded or as they are before.
pub(super) struct Settled {
    pub part: Part,
    pub rounded: bool,
}

impl Settled {
    fn credits(&self, units: &Exact) -> Option<Exact> {
        let credits = self.part.credits(units, Side::At)?;
        Some(if self.rounded { self.part.rounding.round(&credits) } else { credits })
    }

    /// The credits that come nearest to an end: those at it or, where it is left out, those beside.
    fn limit(&self, end: &End, beside: Side) -> Option<Exact> {
        let side = if end.1 { Side::At } else { beside };
        let credits = self.part.credits(&end.0, side)?;
        Some(match self.rounded {
            false => credits,
            true if self.part.rises(&end.0, side) => {
                rounded_beside(self.part.rounding, &credits, side)
            }
            true => self.part.rounding.round(&credits),
        })
    }
}

/// What numbers near another on one side of it are rounded to.
fn rounded_beside(rounding: Rounding, number: &Exact, side: Side) -> Exact {
    // Rounding jumps at multiples of half a step alone.
    let half = Exact::from(rounding.step) / Exact::from(2);
    let halves = number.clone() / half.clone();
    if halves.floor() != halves {
        return rounding.round(number);
    }
    let little = half / Exact::from(2);
    rounding.round(&if side == Side::Below { number - &little } else { number + &little })
}

/// The first fall over units, if there is one; why it is not known, where it is not.
pub(super) fn first(
    axis: &Axis<'_>,
    settled: impl Fn(&Part) -> Settled,
) -> Result<Option<Fall>, Why> {
    let parts: Vec<Option<Settled>> =
        axis.parts.iter().map(|part| part.as_ref().map(&settled)).collect();
    let mut search = Search { axis, parts, pairs: 0, unknown: None };
    let mut earlier: Vec<(&Span, Exact)> = Vec::with_capacity(axis.spans.len());
    let mut highest: Option<Exact> = None;
    for span in &axis.spans {
        if let Some(least) = search.limit(span, Side::Above)
            && highest.as_ref().is_some_and(|highest| *highest > least)
            && let Some(fall) = search.before(&earlier, span, &least)?
        {
            return Ok(Some(fall));
        }
        if let Some(most) = search.limit(span, Side::Below) {
            highest = highest.max(Some(most.clone()));
            earlier.push((span, most));
        }
    }
    search.unknown.map_or(Ok(None), Err)
}

struct Search<'a> {
    axis: &'a Axis<'a>,
    parts: Vec<Option<Settled>>,
    pairs: usize,
    /// Why a fall that may be is not shown.
    unknown: Option<Why>,
}

impl Search<'_> {
    fn settled(&self, span: &Span) -> Option<&Settled> {
        self.parts.get(span.part)?.as_ref()
    }

    /// The credits that a span comes nearest to at its beginning, `Above`, or at its end, `Below`.
    fn limit(&self, span: &Span, side: Side) -> Option<Exact> {
        let end = if side == Side::Above { Some(&span.low) } else { span.high.as_ref() };
        self.settled(span)?.limit(end?, side)
    }

    /// A fall from an earlier span, the one with the most credits first, to one that begins with
    /// `least` credits.
    fn before(
        &mut self,
        earlier: &[(&Span, Exact)],
        later: &Span,
        least: &Exact,
    ) -> Result<Option<Fall>, Why> {
        let axis = self.axis;
        let mut higher: Vec<&(&Span, Exact)> = earlier
            .iter()
            .filter(|(span, most)| most > least && axis.may_follow(span, later))
            .collect();
        higher.sort_by(|(_, a), (_, b)| b.cmp(a));
        for (span, _) in higher {
            self.pairs += 1;
            if self.pairs > MOST_PAIRS {
                return Err("it takes more steps than the work limit allows");
            }
            let point = match axis.inputs(span, later) {
                Ok(Some(point)) => point,
                Ok(None) => continue,
                Err(Exhausted) => {
                    self.unknown = Some("it takes more steps than the work limit allows");
                    continue;
                }
            };
            let Some((fewer, more)) = self.shown(span, later) else {
                self.unknown = Some("no quantities were found that show where credits fall");
                continue;
            };
            let (place, is_across) = (later.place, span.part != later.part);
            return Ok(Some(Fall { fewer, more, place, is_across, point }));
        }
        Ok(None)
    }

    /// The roundest quantities of two spans of which the later gives fewer credits.
    fn shown(&self, earlier: &Span, later: &Span) -> Option<((Exact, Exact), (Exact, Exact))> {
        let (before, after) = (self.settled(earlier)?, self.settled(later)?);
        let ends = near_high(earlier);
        let most = before.credits(ends.last()?)?;
        let (least, more) = near_low(later)
            .into_iter()
            .filter_map(|more| Some((after.credits(&more)?, more)))
            .find(|(credits, _)| *credits < most)?;
        let fewer = ends.into_iter().find_map(|end| {
            let credits = before.credits(&end).filter(|credits| *credits > least)?;
            Some((end, credits))
        });
        Some((fewer?, (more, least)))
    }
}

/// The first units of a span: those with the fewest decimals, then ever nearer to its end.
fn near_low(span: &Span) -> Vec<Exact> {
    let (low, closed) = &span.low;
    if *closed && low.to_decimal().is_some() {
        return vec![low.clone()];
    }
    near(span, |scale| (low * scale).floor() + Exact::one())
}

/// The last units of a span: those with the fewest decimals, then ever nearer to its end.
fn near_high(span: &Span) -> Vec<Exact> {
    let Some((high, closed)) = &span.high else { return Vec::new() };
    if *closed && high.to_decimal().is_some() {
        return vec![high.clone()];
    }
    near(span, |scale| (high * scale).ceil() - Exact::one())
}

/// The numbers of a span that a function finds at one decimal after another.
fn near(span: &Span, at: impl Fn(&Exact) -> Exact) -> Vec<Exact> {
    let mut found: Vec<Exact> = Vec::new();
    let mut scale = Exact::one();
    for _ in 0..=MAX_DECIMALS {
        let next = at(&scale) / scale.clone();
        if next.to_decimal().is_some() && span.holds(&next) && found.last() != Some(&next) {
            found.push(next);
        }
        scale = scale * Exact::from(10);
    }
    found
}
