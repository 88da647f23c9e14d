//! Credits of one charge, in numbers of 64 bits, or of 128 where those could overflow.

use super::pool::{REFUSED, Straight, Stretched};
use crate::quantity::RoundingMode;

/// Credits in units of the results, and the place in the pool of the piece that decides.
pub(super) type ByPiece = (i64, usize);

/// Credits of so many quantity units; `None` where the exact evaluator must be asked: the line is
/// refused, or its credits are too long.
#[inline]
pub(super) fn price(
    charge: &Stretched<'_>,
    x: i64,
    periods: Option<(i64, i64)>,
) -> Option<ByPiece> {
    let limit = charge.shape.limit;
    if x > limit || limit == 0 { wide(charge, x, periods) } else { narrow(charge, x) }
}

/// As [`price`], for units above 0, without what few charges have.
#[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
#[inline(always)]
pub(super) fn quick(charge: &Stretched<'_>, x: i64) -> Option<ByPiece> {
    let shape = charge.shape;
    if x.wrapping_sub(1).cast_unsigned() >= shape.limit.cast_unsigned() {
        return None;
    }
    if !shape.plain {
        return narrow(charge, x);
    }
    let n = shape.block.divide(x.wrapping_add(shape.once));
    let (Straight { slope, base }, piece) = charge.at(n)?;
    if slope == REFUSED {
        return None;
    }
    let credits = base.wrapping_add(slope.wrapping_mul(n));
    Some((shape.parts.divide(credits.wrapping_add(shape.add)), piece))
}

/// Where no number of 64 bits overflows: that is what the limit was computed for.
fn narrow(charge: &Stretched<'_>, x: i64) -> Option<ByPiece> {
    let shape = charge.shape;
    let n = shape.block.divide(x.wrapping_mul(shape.num).wrapping_add(shape.once));
    let (Straight { slope, base }, piece) = charge.at(n)?;
    if slope == REFUSED {
        return None;
    }
    let credits = base.wrapping_add(slope.wrapping_mul(n)).min(shape.most).max(shape.least);
    let rounded = credits.wrapping_add(shape.add);
    let mut steps = shape.parts.divide(rounded);
    if shape.even {
        steps -= i64::from(steps & 1 == 1 && steps.wrapping_mul(shape.parts.by) == rounded);
    }
    Some((steps.wrapping_mul(shape.step), piece))
}

#[cold]
fn wide(charge: &Stretched<'_>, x: i64, periods: Option<(i64, i64)>) -> Option<ByPiece> {
    let shape = charge.shape;
    let block = i128::from(shape.block.by);
    let n = (i128::from(x) * i128::from(shape.num) + i128::from(shape.once)).div_euclid(block);
    // A bound is a number of 64 bits: what is above all of those is above every bound.
    let (Straight { slope, base }, piece) = charge.at(i64::try_from(n).unwrap_or(i64::MAX))?;
    if slope == REFUSED {
        return None;
    }
    let credits = i128::from(base).checked_add(i128::from(slope).checked_mul(n)?)?;
    let (count, over) = match (shape.term, periods) {
        (None, _) => (1, 1),
        (Some(_), Some((count, over))) => (i128::from(count), i128::from(over)),
        (Some(_), None) => return None,
    };
    let credits = credits.checked_mul(count)?;
    let most = i128::from(shape.most).checked_mul(over)?;
    let most = if shape.most == i64::MAX { i128::MAX } else { most };
    let credits = credits.min(most).max(i128::from(shape.least).checked_mul(over)?);
    let parts = i128::from(shape.parts.by).checked_mul(over)?;
    let steps = rounded(shape.mode, credits, parts)?;
    Some((i64::try_from(steps.checked_mul(i128::from(shape.step))?).ok()?, piece))
}

/// A quotient from 0, rounded.
fn rounded(mode: RoundingMode, credits: i128, parts: i128) -> Option<i128> {
    let (below, rest) = (credits.checked_div(parts)?, credits.checked_rem(parts)?);
    let half = rest.cmp(&parts.checked_sub(rest)?);
    let up = match mode {
        _ if rest == 0 => false,
        RoundingMode::Up => true,
        RoundingMode::Down => false,
        RoundingMode::HalfUp => half.is_ge(),
        RoundingMode::HalfDown => half.is_gt(),
        RoundingMode::HalfEven => half.is_gt() || (half.is_eq() && below & 1 == 1),
    };
    below.checked_add(i128::from(up))
}
