//! Credits over units of a license: by its own rate, or by what one of its grants costs.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Why;
use super::cases::Case;
use crate::curve::{Curve, Piece};
use crate::hir::set::{Interval, Set};
use crate::hir::timeline::Timeline;
use crate::hir::{Amount, Expression, InputId, Program, QUANTITY, Target, TargetId};
use crate::quantity::{Exact, Rounding};
use crate::source::Place;

/// Where credits are looked at: at a number of units, or nearer to it than any other number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::check) enum Side {
    Below,
    At,
    Above,
}

/// Credits over units of a license.
#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of how units are charged")]
pub(in crate::check) struct Part {
    /// Charged units of one unit of the license.
    pub scale: Exact,
    /// Whether a line may count more units than the license has: from other inputs.
    pub offset: bool,
    /// Whether a begun charged unit counts whole.
    pub started: bool,
    pub curve: Curve,
    /// Periods, by which credits are multiplied before bounds and rounding.
    pub periods: Exact,
    pub at_least: Option<Exact>,
    pub at_most: Option<Exact>,
    pub zero_charged: bool,
    pub rounding: Rounding,
    /// Whether only a line of no units is charged so: the units of others are charged together.
    pub none_only: bool,
}

impl Part {
    /// Credits before rounding; `None` where lines are refused.
    pub(in crate::check) fn credits(&self, units: &Exact, side: Side) -> Option<Exact> {
        if self.none_only && !(units.is_zero() && side == Side::At) {
            return Some(Exact::zero());
        }
        let mut charged = units * &self.scale;
        let mut at = side;
        if self.started {
            charged =
                if side == Side::Above { charged.floor() + Exact::one() } else { charged.ceil() };
            at = Side::At;
        }
        if charged.is_zero() && at == Side::At && !self.zero_charged {
            return Some(Exact::zero());
        }
        let piece = self.piece(&charged, at)?;
        (!piece.refused).then(|| self.bounded(piece.credits(&charged) * self.periods.clone()))
    }

    /// Whether credits near a number of units, on one side of it, are never quite what they come near
    /// to there.
    pub(in crate::check) fn rises(&self, units: &Exact, side: Side) -> bool {
        let charged = units * &self.scale;
        let Some(piece) = self.piece(&charged, side).filter(|_| side != Side::At) else {
            return false;
        };
        let credits = piece.credits(&charged) * self.periods.clone();
        let (most, least) = (self.at_most.as_ref(), self.at_least.as_ref());
        // Bounds keep credits as they are on the other side of where they are met.
        let free = match side {
            Side::Below => {
                most.is_none_or(|most| credits <= *most)
                    && least.is_none_or(|least| credits > *least)
            }
            _ => {
                most.is_none_or(|most| credits < *most)
                    && least.is_none_or(|least| credits >= *least)
            }
        };
        free && !self.started && !piece.slope.is_zero() && !self.periods.is_zero()
    }

    fn piece(&self, charged: &Exact, side: Side) -> Option<&Piece> {
        let inclusive = match side {
            Side::At => self.curve.inclusive,
            Side::Below => true,
            Side::Above => false,
        };
        let ends_before = |piece: &Piece| match &piece.upper {
            Some(upper) if inclusive => upper < charged,
            Some(upper) => upper <= charged,
            None => false,
        };
        self.curve.pieces.get(self.curve.pieces.partition_point(ends_before))
    }

    fn bounded(&self, credits: Exact) -> Exact {
        let most = self.at_most.clone().map_or(credits.clone(), |most| credits.min(most));
        self.at_least.clone().map_or(most.clone(), |least| most.max(least))
    }

    /// The units at which another line begins: ends of tiers, and where a bound is met.
    pub(in crate::check) fn bends(&self) -> Vec<Exact> {
        if self.none_only {
            return Vec::new();
        }
        let mut charged: Vec<Exact> = Vec::new();
        for piece in &self.curve.pieces {
            charged.extend(piece.upper.clone());
            for bound in [&self.at_least, &self.at_most].into_iter().flatten() {
                let met = bound - &piece.base;
                if !piece.slope.is_zero() && !met.is_negative() {
                    charged.push(met / piece.slope.clone());
                }
            }
        }
        charged.into_iter().map(|charged| charged / self.scale.clone()).collect()
    }

    /// Whether an average unit never costs more the more there are: then many lines never cost less
    /// than one. (`f(x) / x` does not rise, so `f` is subadditive.)
    pub(in crate::check) fn average_never_rises(&self) -> bool {
        if self.none_only {
            return true;
        }
        if self.at_least.is_some() || self.at_most.is_some() {
            // Bounds keep a subadditive cost so: max(f, m) and min(f, m) for m above 0.
            let bare = Self { at_least: None, at_most: None, ..self.clone() };
            return bare.average_never_rises();
        }
        let pieces = &self.curve.pieces;
        let jumps = pieces.windows(2).any(|pair| match pair {
            [before, after] => before.upper.as_ref().is_some_and(|end| {
                !after.refused && (before.refused || after.credits(end) > before.credits(end))
            }),
            _ => false,
        });
        let falls = pieces.windows(2).any(|pair| match pair {
            [before, after] => before
                .upper
                .as_ref()
                .is_some_and(|end| !after.refused && after.credits(end) < before.credits(end)),
            _ => false,
        });
        // What other inputs count is counted on each line: that is no less where credits never fall.
        let negative = pieces.iter().any(|piece| piece.base.is_negative());
        !(jumps || negative || (self.offset && falls))
    }
}

/// The part of a rate that charges `units` of the head's unit for each unit of a license; `None`
/// where every line is refused.
pub(in crate::check) fn part_of_rate(
    program: &Program,
    target: &Target,
    curve: &Curve,
    units: Exact,
    day: Date,
) -> Result<Option<Part>, Why> {
    if target.per.on(day).is_some_and(|(_, per)| per.term.is_some()) {
        return Err("credits depend on the term");
    }
    let refused = curve.mode.is_none() && curve.pieces.iter().all(|piece| piece.refused);
    Ok(part(program, target, curve, units, day).filter(|_| !refused))
}

/// The part of a rate for one period.
pub(in crate::check) fn part(
    program: &Program,
    target: &Target,
    curve: &Curve,
    units: Exact,
    day: Date,
) -> Option<Part> {
    let (_, per) = target.per.on(day)?;
    let (head, own) = (program.unit(target.declared_unit()?)?, program.unit(per.unit)?);
    let bound =
        |timeline: &Timeline<Decimal>| timeline.on(day).map(|(_, bound)| Exact::from(*bound));
    Some(Part {
        offset: false,
        scale: units * head.factor.clone() / own.factor.clone() / Exact::from(per.block),
        started: per.started,
        curve: curve.clone(),
        periods: Exact::one(),
        at_least: bound(&target.at_least),
        at_most: bound(&target.at_most),
        zero_charged: target.zero_charged.on(day).is_some(),
        rounding: target.rounding.on(day).map_or(program.rounding, |(_, own)| *own),
        none_only: false,
    })
}

/// The units that a count gives, as far as proofs follow it: `slope` for each one of the quantity,
/// and some more, at least 0, for other inputs.
struct Count {
    slope: Exact,
    offset: bool,
}

/// A count that grows with the quantity along a straight line, whatever the other inputs; those in
/// `pinned` have one value.
fn straight(count: &Expression, pinned: &BTreeMap<InputId, Exact>) -> Option<Count> {
    let fixed = |slope: Exact, rest: &Exact| Count { slope, offset: !rest.is_zero() };
    match count {
        Expression::Number(number) => Some(fixed(Exact::zero(), &Exact::from(*number))),
        Expression::Input(QUANTITY) => Some(fixed(Exact::one(), &Exact::zero())),
        Expression::Input(input) => {
            Some(fixed(Exact::zero(), pinned.get(input).unwrap_or(&Exact::one())))
        }
        Expression::Sum(terms) => {
            let mut sum = Count { slope: Exact::zero(), offset: false };
            for (negative, term) in terms {
                let term = straight(term, pinned).filter(|_| !negative)?;
                sum = Count { slope: sum.slope + term.slope, offset: sum.offset || term.offset };
            }
            Some(sum)
        }
        Expression::Product(factors) => match factors.as_slice() {
            [Expression::Number(factor), other] | [other, Expression::Number(factor)] => {
                let other = straight(other, pinned)?;
                let factor = Exact::from(*factor);
                Some(Count {
                    offset: other.offset && !factor.is_zero(),
                    slope: other.slope * factor,
                })
            }
            _ => None,
        },
        Expression::Quotient(value, divisor) if !divisor.is_negative() => {
            let value = straight(value, pinned)?;
            Some(Count { slope: value.slope / divisor.clone(), offset: value.offset })
        }
        _ => None,
    }
}

/// Number inputs that the cases leave one value.
fn pinned(cases: &[&Case]) -> BTreeMap<InputId, Exact> {
    let sets = cases.iter().flat_map(|case| &case.inside).flat_map(|inside| &inside.sets);
    let points = sets.filter_map(|(input, set)| match set {
        Set::Number(intervals) => match intervals.as_slice() {
            [one] if *one == Interval::point(one.low.0) => Some((*input, Exact::from(one.low.0))),
            _ => None,
        },
        _ => None,
    });
    points.collect()
}

pub(in crate::check) fn is_quantity(count: &Expression) -> bool {
    matches!(count, Expression::Input(QUANTITY))
}

/// What the grants of one unit of a license cost, `together` applied; `None` where every line is
/// refused.
pub(in crate::check) fn parts_of_grants(
    program: &Program,
    granted: &[(TargetId, &Target, &Exact)],
    cases: &[&Case],
    all: &[&Case],
    day: Date,
) -> Result<Option<Vec<Part>>, Why> {
    let unfollowed = "the units of a granted product are counted from inputs";
    let pinned = pinned(all);
    let mut held: Vec<(TargetId, Exact, bool)> = Vec::with_capacity(granted.len());
    let mut offsets = Vec::with_capacity(granted.len());
    let mut parts = Vec::with_capacity(granted.len());
    for (id, product, base) in granted {
        let unit = product.declared_unit().and_then(|unit| program.unit(unit));
        let Some(unit) = unit else { return Ok(None) };
        let count = match product.count.on(day) {
            Some((_, count)) => straight(count, &pinned).ok_or(unfollowed)?,
            None => Count { slope: Exact::one(), offset: false },
        };
        if count.slope.is_zero() {
            return Err(unfollowed);
        }
        offsets.push(count.offset);
        held.push((*id, (*base).clone() / unit.factor.clone() * count.slope, false));
    }
    let mut groups: Vec<_> = program.togethers.iter().collect();
    groups.sort_by(|a, b| (b.members.len(), &a.name).cmp(&(a.members.len(), &b.name)));
    for group in groups {
        let Some((origin, rate)) = group.rate.on(day) else { continue };
        let at = |id: &TargetId| held.iter().position(|(other, ..)| other == id);
        let Some(members) = group.members.iter().map(at).collect::<Option<Vec<usize>>>() else {
            continue;
        };
        let units = members.iter().filter_map(|at| held.get(*at)).map(|(_, units, _)| units).min();
        let Some(units) = units.cloned().filter(|units| !units.is_zero()) else { continue };
        let together = per_unit(*rate, origin.place, program.rounding);
        parts.push(Part { scale: units.clone(), ..together });
        for at in members {
            if let Some((_, left, reduced)) = held.get_mut(at) {
                *left = &*left - &units;
                *reduced = true;
            }
        }
    }
    for ((((_, product, _), case), (_, units, reduced)), offset) in
        granted.iter().zip(cases).zip(held).zip(offsets)
    {
        let Some(curve) = &case.curve else { return Ok(None) };
        let Some(part) = part_of_rate(program, product, curve, units.clone(), day)? else {
            return Ok(None);
        };
        if offset && reduced {
            return Err(unfollowed);
        }
        let none_only = reduced && units.is_zero();
        if !none_only || part.zero_charged {
            parts.push(Part { offset, none_only, ..part });
        }
    }
    Ok(Some(parts))
}

/// So many credits for each unit of a target.
pub(in crate::check) fn per_unit(each: Decimal, place: Place, rounding: Rounding) -> Part {
    let amount = Amount::Credits { each, flat: Decimal::ZERO };
    Part {
        offset: false,
        scale: Exact::one(),
        started: false,
        curve: Curve::plain(amount, place),
        periods: Exact::one(),
        at_least: None,
        at_most: None,
        zero_charged: false,
        rounding,
        none_only: false,
    }
}

/// The sum of parts before rounding; `None` where a line is refused.
pub(in crate::check) fn sum(parts: &[Part], units: &Exact, side: Side) -> Option<Exact> {
    parts.iter().try_fold(Exact::zero(), |sum, part| Some(sum + part.credits(units, side)?))
}

/// The sum of parts, each rounded; `None` where a line is refused.
pub(in crate::check) fn rounded(parts: &[Part], units: &Exact) -> Option<Exact> {
    parts.iter().try_fold(Exact::zero(), |sum, part| {
        Some(sum + part.rounding.round(&part.credits(units, Side::At)?))
    })
}

/// Units worth trying: round ones, and those at and beside each bend.
pub(in crate::check) fn candidates(parts: &[&[Part]]) -> Vec<Exact> {
    let mut units: Vec<Exact> =
        [1, 2, 3, 5, 10, 100, 1_000, 1_000_000, 1_000_000_000, 1_000_000_000_000]
            .map(Exact::from)
            .to_vec();
    let steps = [1, 10, 100].map(|tenth| Exact::one() / Exact::from(tenth));
    units.extend(steps.iter().cloned());
    for part in parts.iter().copied().flatten().filter(|part| !part.none_only) {
        let blocks = part.started.then(|| Exact::one() / part.scale.clone());
        let beside = steps.iter().cloned().chain(blocks);
        let beside: Vec<Exact> = beside.collect();
        for bend in part.bends() {
            for step in &beside {
                units.extend([&bend - step, &bend + step, &(&bend + &bend) + step]);
            }
            units.extend([bend.clone(), &bend + &bend]);
        }
        units.extend(beside);
    }
    units.retain(|units| !units.is_negative() && !units.is_zero() && units.to_decimal().is_some());
    units.sort();
    units.dedup();
    units
}
