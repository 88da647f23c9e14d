//! Credits of one charge, in numbers of 64 bits, or of 128 where those could overflow.

use super::pool::{REFUSED, Straight, Stretched};
use super::scale::After;

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
    let after = After {
        least: shape.least.into(),
        most: (shape.most < i64::MAX).then(|| shape.most.into()),
        parts: shape.parts.by.into(),
        step: shape.step.into(),
        mode: shape.mode,
        term: shape.term,
    };
    Some((after.credits(credits, periods)?, piece))
}
