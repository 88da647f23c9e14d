//! From credits back to quantities: the quantities of a line that give so many.

use crate::evaluate::License;
use crate::evaluate::along::{Along, Stop, along};
use crate::evaluate::refusal::Refusal;
use crate::plan::{Cut, Mixed, Origin, Plan, Stepped, Stretch, TargetId};
use crate::quantity::Exact;

/// Most stretches that are looked at.
const MOST_STRETCHES: usize = 30_000;

/// Credits above these may have too many digits: a line that has them may be refused.
fn long_credits() -> Exact {
    Exact::power_of_ten(16)
}

/// Which credits are sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// So many or fewer.
    AtMost,
    /// So many or more.
    AtLeast,
    /// So many.
    Exactly,
}

/// Every quantity of a line from 0 to the last one that was asked for, in the unit of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inverse {
    /// Quantities that convert to the credits sought, rising.
    pub found: Vec<Stretch>,
    /// Quantities that are refused, and why.
    pub refused: Vec<(Refusal, Vec<Stretch>)>,
    /// Quantities that are excluded, and where.
    pub excluded: Vec<(Origin, Vec<Stretch>)>,
}

/// Why quantities cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// The `count` of a rule multiplies the quantity by itself.
    Power(TargetId),
    /// There are more stretches than the work limit allows.
    Work,
    /// Credits of the largest quantities may have too many digits.
    Digits,
}

/// The quantities of a line, from 0 up to the largest, that convert to the credits sought. The
/// quantity of the license itself is not looked at.
pub fn invert(
    plan: &Plan,
    license: &License,
    (sought, credits): (Sought, &Exact),
    largest: &Exact,
) -> Result<Inverse, Unknown> {
    let mut inverse = Inverse { found: Vec::new(), refused: Vec::new(), excluded: Vec::new() };
    // Rules look at the declared unit.
    let scale = scale(plan, license);
    let high = Cut { at: largest * &scale, behind: true };
    let all = Stretch::new(Cut { at: Exact::zero(), behind: false }, high);
    let mut open: Vec<Stretch> = all.into_iter().collect();
    let mut looked_at = 0usize;
    while let Some(stretch) = open.pop() {
        looked_at += 1;
        if looked_at > MOST_STRETCHES {
            return Err(Unknown::Work);
        }
        match along(plan, license, &stretch) {
            Err(Stop::Cut(cuts)) => open.extend(stretch.parts(cuts).into_iter().rev()),
            Err(Stop::Power(rule)) => return Err(Unknown::Power(rule)),
            Err(Stop::Refused(why)) => gather(&mut inverse.refused, why, stretch),
            Ok(Along::Excluded(origin)) => gather(&mut inverse.excluded, origin, stretch),
            Ok(Along::Converted(figure)) => {
                let found = match parts_of(&figure, sought, credits, &stretch) {
                    Ok(found) => found,
                    Err(Mixed(cut)) => {
                        open.extend(stretch.parts(vec![cut]).into_iter().rev());
                        continue;
                    }
                };
                if sought == Sought::AtLeast
                    && let Some(found) = &found
                    && figure.most(found) >= long_credits()
                {
                    return Err(Unknown::Digits);
                }
                found.into_iter().for_each(|found| join(&mut inverse.found, found));
            }
        }
    }
    let refused = inverse.refused.iter_mut().map(|(_, stretches)| stretches);
    let excluded = inverse.excluded.iter_mut().map(|(_, stretches)| stretches);
    let all = refused.chain(excluded).chain(std::iter::once(&mut inverse.found));
    for Stretch { low, high } in all.flatten() {
        low.at = low.at.clone() / scale.clone();
        high.at = high.at.clone() / scale.clone();
    }
    Ok(inverse)
}

/// The part of a stretch on which a figure is what is sought.
fn parts_of(
    figure: &Stepped,
    sought: Sought,
    credits: &Exact,
    stretch: &Stretch,
) -> Result<Option<Stretch>, Mixed> {
    let parts = |on_it, stretch: &Stretch| figure.split(credits, on_it, stretch);
    Ok(match sought {
        Sought::AtMost => parts(true, stretch)?.0,
        Sought::AtLeast => parts(false, stretch)?.1,
        Sought::Exactly => match parts(true, stretch)?.0 {
            Some(stretch) => parts(false, &stretch)?.1,
            None => None,
        },
    })
}

/// How many of the declared unit one of the line's is; 1 where it does not convert.
fn scale(plan: &Plan, license: &License) -> Exact {
    let owner = plan.owners.get(&license.sku).and_then(|owner| plan.rule(owner.rule));
    let given = license.unit.and_then(|unit| plan.unit(unit));
    match (given, owner.and_then(|rule| plan.unit(rule.unit))) {
        (Some(given), Some(declared)) if given.base == declared.base => {
            given.factor.clone() / declared.factor.clone()
        }
        _ => Exact::one(),
    }
}

fn gather<T: PartialEq>(groups: &mut Vec<(T, Vec<Stretch>)>, key: T, stretch: Stretch) {
    match groups.iter_mut().find(|(own, _)| *own == key) {
        Some((_, stretches)) => join(stretches, stretch),
        None => groups.push((key, vec![stretch])),
    }
}

/// Adds a stretch behind the others: where nothing lies between, they are one.
fn join(stretches: &mut Vec<Stretch>, stretch: Stretch) {
    match stretches.last_mut() {
        Some(last) if last.high == stretch.low => last.high = stretch.high,
        _ => stretches.push(stretch),
    }
}
