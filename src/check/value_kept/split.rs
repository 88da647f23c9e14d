//! Several lines: their credits never fall short of what their grants cost together.
//!
//! Where the credits of a line are subadditive, `f(a + b) ≤ f(a) + f(b)`, and never below the cost,
//! no split loses; nor does it where the cost is.

use crate::check::credits::part::{Part, Side, candidates, rounded, sum};
use crate::check::credits::{Answer, Shortfall};
use crate::quantity::Exact;

/// Most units that are tried in pairs.
const MOST_UNITS: usize = 120;

/// `value` is what a line converts to, `cost` what its grants cost.
pub(super) fn check(value: &[Part], cost: &[Part]) -> Answer {
    let subadditive = |parts: &[Part]| parts.iter().all(Part::average_never_rises);
    if subadditive(value) || subadditive(cost) {
        return Answer::Never;
    }
    let units = candidates(&[value, cost]);
    let units = units.get(..units.len().min(MOST_UNITS)).unwrap_or_default();
    let (mut hidden, mut shown) = (false, Vec::new());
    for a in units {
        for b in units.iter().take_while(|b| *b <= a) {
            let Some(short) = shortage(value, cost, a, b) else { continue };
            hidden = true;
            shown.extend(short);
        }
    }
    if !shown.is_empty() {
        shown.sort();
        return Answer::Short(shown);
    }
    Answer::Unknown(if hidden {
        "several lines give fewer credits than their grants cost together, but none was found that shows it behind rounding"
    } else {
        "a unit costs more the more there are, but no two lines were found that lose value"
    })
}

/// What two lines lose before rounding, if they do; and after it, if they do then, too.
#[expect(clippy::option_option, reason = "lost or not, and shown or not")]
fn shortage(value: &[Part], cost: &[Part], a: &Exact, b: &Exact) -> Option<Option<Shortfall>> {
    let both = a + b;
    let exact = |units: &Exact| sum(value, units, Side::At);
    let lost = exact(a)? + exact(b)? < sum(cost, &both, Side::At)?;
    lost.then(|| {
        let credits = rounded(value, a)? + rounded(value, b)?;
        let price = rounded(cost, &both)?;
        (credits < price).then(|| Shortfall {
            lines: vec![a.clone(), b.clone()],
            credits,
            other: price,
        })
    })
}
