//! One line: a rate of its own against what the grants cost, for every number of units.

use super::part::{Part, Side, candidates, rounded, sum};
use super::{Kept, Loss};
use crate::quantity::{Exact, Rounding, RoundingMode};

/// Both sides are straight lines between their bends, so what holds at the bends, beside them and
/// far beyond the last holds everywhere.
pub(super) fn compare(own: &[Part], cost: &[Part]) -> Kept {
    if let Some(loss) = shown(own, cost) {
        return Kept::No(loss);
    }
    let parts = || own.iter().chain(cost);
    let alike = parts().all(|part| parts().all(|other| part.scale == other.scale && part.started));
    if parts().any(|part| part.started) && !alike {
        return Kept::Unknown("begun blocks of different sizes count whole");
    }
    // Charged alike, begun units may be taken for fractions: what holds for those holds for whole.
    let smooth = |parts: &[Part]| -> Vec<Part> {
        parts.iter().map(|part| Part { started: false, ..part.clone() }).collect()
    };
    let (smooth_own, smooth_cost) = (smooth(own), smooth(cost));
    if falls_short(&smooth_own, &smooth_cost) {
        return Kept::Unknown(
            "its own rate gives fewer credits than its grants cost, but no line was found that shows it behind rounding",
        );
    }
    let dominated =
        cost.iter().all(|part| own.iter().all(|own| dominates(own.rounding, part.rounding)));
    if dominated { Kept::Yes } else { Kept::Unknown("it is rounded otherwise than what it grants") }
}

/// Whether credits before rounding fall short of the cost anywhere.
fn falls_short(own: &[Part], cost: &[Part]) -> bool {
    let mut bends: Vec<Exact> = own.iter().chain(cost).flat_map(Part::bends).collect();
    bends.push(Exact::zero());
    bends.sort();
    bends.dedup();
    let gain = |units: &Exact, side: Side| Some(sum(own, units, side)? - sum(cost, units, side)?);
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

/// The first line tried that loses credits before and after rounding.
fn shown(own: &[Part], cost: &[Part]) -> Option<Loss> {
    candidates(&[own, cost]).into_iter().find_map(|units| {
        let short = sum(own, &units, Side::At)? < sum(cost, &units, Side::At)?;
        let (credits, price) = (rounded(own, &units)?, rounded(cost, &units)?);
        // One grant is rounded as the line is: a coarser rounding of the line loses, too.
        let single = cost.len() == 1 && own.len() == 1;
        let lost = credits < price && (short || single);
        lost.then(|| Loss { lines: vec![units], credits, cost: price })
    })
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
