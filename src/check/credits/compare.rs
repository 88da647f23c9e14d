//! Whether credits fall short of others for any number of units.

use super::part::{Part, Side, candidates, rounded, sum};
use super::{Answer, Shortfall};
use crate::quantity::{Exact, Rounding, RoundingMode};

/// Both sides are straight lines between their bends, so what holds at the bends, beside them and
/// far beyond the last holds everywhere.
pub(in crate::check) fn compare(own: &[Part], other: &[Part]) -> Answer {
    let shown = shown(own, other);
    if !shown.is_empty() {
        return Answer::Short(shown);
    }
    let parts = || own.iter().chain(other).filter(|part| !part.none_only);
    let alike = parts().all(|part| parts().all(|other| part.scale == other.scale && part.started));
    if parts().any(|part| part.started) && !alike {
        return Answer::Unknown("begun blocks of different sizes count whole");
    }
    // Charged alike, begun units may be taken for fractions: what holds for those holds for whole.
    let smooth = |parts: &[Part]| -> Vec<Part> {
        parts.iter().map(|part| Part { started: false, ..part.clone() }).collect()
    };
    if falls_short(&smooth(own), &smooth(other)) {
        return Answer::Unknown(
            "credits fall short before rounding, but no line was found that shows it behind rounding",
        );
    }
    let dominated =
        other.iter().all(|part| own.iter().all(|own| dominates(own.rounding, part.rounding)));
    if dominated {
        Answer::Never
    } else {
        Answer::Unknown("both sides are rounded in different ways")
    }
}

/// Whether credits before rounding fall short of the cost anywhere.
fn falls_short(own: &[Part], other: &[Part]) -> bool {
    let mut bends: Vec<Exact> = own.iter().chain(other).flat_map(Part::bends).collect();
    bends.push(Exact::zero());
    bends.sort();
    bends.dedup();
    let gain = |units: &Exact, side: Side| Some(sum(own, units, side)? - sum(other, units, side)?);
    let short = |gain: Option<Exact>| gain.is_some_and(|gain| gain.is_negative());
    for bend in &bends {
        let below = !bend.is_zero() && short(gain(bend, Side::Below));
        if below || short(gain(bend, Side::At)) || short(gain(bend, Side::Above)) {
            return true;
        }
    }
    let Some(last) = bends.last() else { return false };
    let (near, far) = (last + &Exact::one(), last + &Exact::from(2));
    match (gain(&near, Side::At), gain(&far, Side::At)) {
        (Some(near), Some(far)) => near.is_negative() || far < near,
        _ => false,
    }
}

/// The lines tried that fall short before and after rounding.
fn shown(own: &[Part], other: &[Part]) -> Vec<Shortfall> {
    let short = |units: Exact| {
        let exact = sum(own, &units, Side::At)? < sum(other, &units, Side::At)?;
        let (credits, price) = (rounded(own, &units)?, rounded(other, &units)?);
        // One part is rounded as the line is: a coarser rounding of the line falls short, too.
        let single = other.len() == 1 && own.len() == 1;
        let lost = credits < price && (exact || single);
        lost.then(|| Shortfall { lines: vec![units], credits, other: price })
    };
    let shown: Vec<_> = candidates(&[own, other]).into_iter().filter_map(short).collect();
    // A line of no units is the last to be told of.
    if shown.is_empty() { short(Exact::zero()).into_iter().collect() } else { shown }
}

/// Whether one rounding never gives less than another.
fn dominates(own: Rounding, other: Rounding) -> bool {
    let rank = |mode| match mode {
        RoundingMode::Down => 0,
        RoundingMode::HalfDown => 1,
        RoundingMode::HalfEven => 2,
        RoundingMode::HalfUp => 3,
        RoundingMode::Up => 4,
    };
    own.step == other.step && rank(own.mode) >= rank(other.mode)
}
