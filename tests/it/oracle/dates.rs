//! Dated forms of one clause that do not contradict each other, each in force on some day.

use super::calendar::{Day, day};
use super::draw::Draw;
use super::model::Claim;

/// Ends of months, of years and of Februaries, and some days between.
fn calendar() -> Vec<Day> {
    vec![
        day(2025, 1, 1),
        day(2025, 11, 11),
        day(2024, 2, 29),
        day(2025, 2, 28),
        day(2024, 12, 31),
        day(2025, 3, 31),
        day(2024, 3, 1),
        day(2026, 1, 30),
        day(2025, 7, 15),
        day(2023, 2, 28),
        day(2025, 8, 31),
        day(2025, 1, 2),
    ]
}

/// A few days on which something may change, rising.
pub(crate) fn anchors(draw: &mut Draw<'_>) -> Vec<Day> {
    let mut pool = calendar();
    draw.shuffle(&mut pool);
    pool.truncate(2 + draw.below(4));
    pool.sort_unstable();
    pool
}

/// The claim that holds on a day: a window before what stands, and of that the latest.
pub(crate) fn holder(claims: &[Claim], day: Day) -> Option<usize> {
    let window = |claim: &Claim| matches!(claim, Claim::Window(a, b) if *a <= day && day <= *b);
    let standing = |at: usize| match claims[at] {
        Claim::Always => Some((Day::MIN, at)),
        Claim::From(from) if from <= day => Some((from, at)),
        _ => None,
    };
    let latest = || (0..claims.len()).filter_map(standing).max();
    claims.iter().position(window).or_else(|| latest().map(|(_, at)| at))
}

fn first(claim: Claim) -> Day {
    match claim {
        Claim::Always => Day::MIN,
        Claim::From(from) | Claim::Window(from, _) => from,
    }
}

/// Whether two claims want the same day on the same footing.
pub(crate) fn collide(a: Claim, b: Claim) -> bool {
    match (a, b) {
        (Claim::Window(a, b), Claim::Window(c, d)) => a <= d && c <= b,
        (Claim::Window(..), _) | (_, Claim::Window(..)) => false,
        _ => first(a) == first(b),
    }
}

/// Claims of one clause. Nothing is claimed before `earliest`; if `stands`, every day after it is.
pub(crate) fn claims(
    draw: &mut Draw<'_>,
    anchors: &[Day],
    earliest: Option<Day>,
    stands: bool,
) -> Vec<Claim> {
    let days: Vec<Day> =
        anchors.iter().copied().filter(|day| earliest.is_none_or(|first| first <= *day)).collect();
    let base = earliest.map_or(Claim::Always, Claim::From);
    let mut claims = Vec::new();
    if stands || !draw.one_in(3) || days.is_empty() {
        claims.push(base);
    }
    if !days.is_empty() {
        for _ in 0..draw.pick(&[0, 0, 1, 2, 3]) {
            let (a, b) = (draw.pick(&days), draw.pick(&days));
            let claim =
                if draw.coin() { Claim::Window(a.min(b), a.max(b)) } else { Claim::From(a) };
            if claims.iter().all(|other| !collide(*other, claim)) {
                claims.push(claim);
            }
        }
    }
    if claims.is_empty() {
        claims.push(base);
    }
    // What never holds would be a clause that says nothing.
    let mut seen = vec![false; claims.len()];
    let ends = claims.iter().flat_map(|claim| match claim {
        Claim::Window(a, b) => vec![*a, b + 1],
        other => vec![first(*other).max(0)],
    });
    for day in ends.collect::<Vec<_>>() {
        if let Some(at) = holder(&claims, day) {
            seen[at] = true;
        }
    }
    let mut at = 0;
    claims.retain(|_| {
        at += 1;
        seen[at - 1]
    });
    claims
}
