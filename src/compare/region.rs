//! What differs, on which lines: the fewest boxes that say it.

use std::collections::{BTreeMap, BTreeSet};

use super::Judged;
use super::cell::{Cell, End, Span, Unclear, whole};
use super::form::{Atom, Form};
use super::share::{self, Share};
use super::steps::{Parts, Why};
use super::world::{Var, World};
use crate::period::{Days, next_day};
use crate::plan::Set;
use crate::source::Place;

/// How lines differ.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// In nothing.
    Same,
    /// In nothing: they are refused by both.
    Never,
    /// It does not matter: such lines are excluded, and that is told once for all products.
    Any,
    /// By so many credits before rounding.
    Credits(Form),
    /// They are alike before rounding alone: how each is rounded.
    Rounding(String, String),
    /// They convert alike, and are asked for another term.
    Term(String, String),
    /// They were converted, and are refused.
    Refused(Why),
    /// They were refused, and are converted to so many credits.
    Converted(Form),
    /// They were converted, and are excluded.
    Excluded,
    /// They were excluded, and are not any more.
    Included,
    /// Nobody knows: it has no closed form.
    Unclear(Unclear),
}

/// Lines that differ in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// On these days; none for lines without a day.
    pub days: Option<Days>,
    /// With these values.
    pub cell: Cell,
    /// How.
    pub change: Change,
    /// Credits before rounding in both, where all its lines have one form.
    pub forms: [Option<Form>; 2],
    /// The clauses that decide, the first of them where there are several.
    pub places: [Option<Place>; 2],
    /// By which share of the credits before; none where that is not known.
    pub share: Option<Share>,
    /// Whether rounding differs, too.
    pub rounds: bool,
    /// Whether both ask for a term: lines without an end are refused then.
    pub asks: [bool; 2],
    /// Whether all of this holds for lines without a day, too.
    pub undated: bool,
}

/// What boxes are cut along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Axis {
    Days,
    Set(Var),
    Absent(Var),
    Span(Form),
}

impl Axis {
    /// The place of a region beside all others of its change that differ along this axis alone.
    fn rest(&self, region: &Region) -> (Change, [bool; 2], Option<Days>, Cell) {
        let (mut days, mut cell) = (region.days, region.cell.clone());
        match self {
            Self::Days => days = days.map(|_| Days::ALWAYS),
            Self::Set(var) => drop(cell.sets.remove(var)),
            Self::Absent(var) => drop(cell.absent.remove(var)),
            Self::Span(form) => drop(cell.spans.remove(form)),
        }
        (region.change.clone(), region.asks, days, cell)
    }

    /// Makes one region of two that differ along this axis alone, if one box holds both.
    fn join(&self, world: &World, one: &Region, other: &Region) -> Option<Region> {
        let mut both = one.clone();
        match self {
            Self::Days => {
                let (a, b) = (one.days?, other.days?);
                let touches = next_day(a.to) == Some(b.from);
                both.days = Some(touches.then_some(Days { from: a.from, to: b.to })?);
            }
            Self::Set(var) => {
                let all = world.known(*var);
                let of = |region: &Region| region.cell.set(world, *var);
                let union = of(one).union(&of(other), &all);
                put(&mut both.cell.sets, *var, union, &all);
            }
            Self::Absent(var) => {
                both.cell.absent.remove(var);
            }
            Self::Span(form) => {
                let all = whole(form);
                let of = |region: &Region| {
                    region.cell.spans.get(form).cloned().unwrap_or_else(|| all.clone())
                };
                let union = joined(&of(one), &of(other))?;
                put(&mut both.cell.spans, form.clone(), union, &all);
            }
        }
        both.take(other);
        Some(both)
    }

    /// Regions in the order in which neighbors stand side by side.
    fn sort(&self, regions: &mut [Region]) {
        let low = |region: &Region| match self {
            Self::Span(form) => {
                let low = region.cell.spans.get(form).and_then(|span| span.low.clone());
                low.map(|End { at, closed }| (at, !closed))
            }
            _ => None,
        };
        regions.sort_by_cached_key(|region| (region.days, low(region)));
    }
}

impl Region {
    pub(super) fn new(days: Option<Days>, cell: Cell, judged: Judged) -> Self {
        let Judged { change, parts: [old, new] } = judged;
        let sum = |parts: &Option<Parts>| parts.as_ref().map(Parts::sum);
        let place = |parts: &Option<Parts>| parts.as_ref().and_then(|parts| parts.place);
        let forms = [sum(&old), sum(&new)];
        let share = match (&forms, &change) {
            ([Some(old), _], Change::Credits(difference)) => share::share(&cell, old, difference),
            _ => None,
        };
        let places = [place(&old), place(&new)];
        let asks = [&old, &new].map(|parts| parts.as_ref().is_some_and(|it| !it.terms.is_empty()));
        let rounds = match (&old, &new) {
            (Some(old), Some(new)) => {
                let (old, new) = (old.roundings(), new.roundings());
                old != new && !old.is_empty() && !new.is_empty()
            }
            _ => false,
        };
        Self { days, cell, change, forms, places, share, rounds, asks, undated: false }
    }

    /// Takes the particulars of another in.
    fn take(&mut self, other: &Self) {
        for (own, other) in self.forms.iter_mut().zip(&other.forms) {
            if own != other {
                *own = None;
            }
        }
        for (own, other) in self.places.iter_mut().zip(&other.places) {
            *own = match (*own, *other) {
                (Some(own), Some(other)) => Some(own.min(other)),
                _ => None,
            };
        }
        self.share = match (&self.share, &other.share) {
            (Some(own), Some(other)) => Some(own.clone().with(other)),
            _ => None,
        };
        self.rounds |= other.rounds;
    }

    /// The share of a region that this one becomes part of; where neither charges anything, it adds
    /// nothing.
    fn share_within(&self, own: Option<Share>) -> Option<Share> {
        let nothing = |form: &Option<Form>| form.as_ref().is_none_or(Form::is_zero);
        let added = match &self.change {
            _ if self.forms.iter().all(nothing) => return own,
            Change::Same => Some(Share::none()),
            _ => self.share.clone(),
        };
        own.zip(added).map(|(own, added)| own.with(&added))
    }

    fn axes(&self) -> BTreeSet<Axis> {
        let sets = self.cell.sets.keys().copied().map(Axis::Set);
        let absent = self.cell.absent.keys().copied().map(Axis::Absent);
        let spans = self.cell.spans.keys().cloned().map(Axis::Span);
        sets.chain(absent).chain(spans).chain([Axis::Days]).collect()
    }
}

fn put<K: Ord, T: PartialEq>(map: &mut BTreeMap<K, T>, key: K, value: T, all: &T) {
    if value == *all {
        map.remove(&key);
    } else {
        map.insert(key, value);
    }
}

/// Two spans that touch, as one.
fn joined(one: &Span, other: &Span) -> Option<Span> {
    let touch = |one: &Span, other: &Span| match (&one.high, &other.low) {
        (Some(high), Some(low)) => high.at == low.at && (high.closed || low.closed),
        _ => false,
    };
    if touch(one, other) {
        return Some(Span { low: one.low.clone(), high: other.high.clone() });
    }
    touch(other, one).then(|| Span { low: other.low.clone(), high: one.high.clone() })
}

/// The regions in which anything differs, as few as can be.
pub(super) fn merged(world: &World, regions: Vec<Region>) -> Vec<Region> {
    let mut regions = merged_alike(world, regions);
    if regions.iter().any(|region| region.change == Change::Any) {
        spread(world, &mut regions);
        regions = merged_alike(world, regions);
    }
    regions.retain(|region| !matches!(region.change, Change::Same | Change::Never | Change::Any));
    // Lines without a day that differ as those of all days do are told with them.
    let all: Vec<Region> = regions.iter().filter(|region| region.days.is_none()).cloned().collect();
    for region in regions.iter_mut().filter(|region| region.days == Some(Days::ALWAYS)) {
        let same = |other: &Region| other.change == region.change && other.cell == region.cell;
        region.undated = all.iter().any(same);
    }
    let told: Vec<Region> = regions.iter().filter(|region| region.undated).cloned().collect();
    regions.retain(|region| {
        let same = |other: &Region| other.change == region.change && other.cell == region.cell;
        region.days.is_some() || !told.iter().any(same)
    });
    regions.sort_by_cached_key(|region| {
        let Region { days, cell, .. } = region;
        (days.is_none(), *days, cell.sets.clone(), cell.absent.clone(), cell.spans.clone())
    });
    regions
}

/// As few regions as can be, those in which nothing differs among them.
pub(super) fn merged_alike(world: &World, mut regions: Vec<Region>) -> Vec<Region> {
    loop {
        let before = regions.len();
        let axes: BTreeSet<Axis> = regions.iter().flat_map(Region::axes).collect();
        for axis in axes {
            regions = along(world, &axis, regions);
        }
        absorb(&mut regions);
        if regions.len() == before {
            return regions;
        }
    }
}

/// Lets regions reach into lines of which it does not matter what they become.
fn spread(world: &World, regions: &mut [Region]) {
    for at in 0..regions.len() {
        let axes = regions.get(at).map(Region::axes).unwrap_or_default();
        for axis in axes.into_iter().filter(|axis| *axis != Axis::Days) {
            let Some(region) = regions.get(at).filter(|own| own.change != Change::Any) else {
                break;
            };
            let mut wide = region.cell.clone();
            match &axis {
                Axis::Days => {}
                Axis::Set(var) => drop(wide.sets.remove(var)),
                Axis::Absent(var) => drop(wide.absent.remove(var)),
                Axis::Span(form) => drop(wide.spans.remove(form)),
            }
            let days = |other: &Region| match (region.days, other.days) {
                (Some(a), Some(b)) => a.intersect(b).is_some(),
                (a, b) => a.is_none() && b.is_none(),
            };
            let free = regions.iter().enumerate().all(|(other, beside)| {
                other == at
                    || beside.change == Change::Any
                    || !days(beside)
                    || !wide.meets(world, &beside.cell)
            });
            if free && let Some(region) = regions.get_mut(at) {
                region.cell = wide;
            }
        }
    }
}

/// Joins regions that differ along one axis alone.
fn along(world: &World, axis: &Axis, regions: Vec<Region>) -> Vec<Region> {
    let mut groups: BTreeMap<_, Vec<Region>> = BTreeMap::new();
    for region in regions {
        groups.entry(axis.rest(&region)).or_default().push(region);
    }
    let mut left = Vec::new();
    for mut group in groups.into_values() {
        axis.sort(&mut group);
        let mut group = group.into_iter();
        let Some(mut last) = group.next() else { continue };
        for region in group {
            match axis.join(world, &last, &region) {
                Some(both) => last = both,
                None => left.push(std::mem::replace(&mut last, region)),
            }
        }
        left.push(last);
    }
    left
}

/// A single number belongs to the region beside it where the difference there says the same of it.
fn absorb(regions: &mut Vec<Region>) {
    let mut at = 0;
    while let Some(region) = regions.get(at) {
        let points = region.cell.spans.iter().filter_map(|(form, span)| {
            let Some(Atom::Input(var)) = form.as_atom() else { return None };
            Some((form.clone(), *var, span.as_point()?.clone()))
        });
        let found = points.into_iter().find_map(|(form, var, point)| {
            let of = |change: &Change| match change {
                Change::Same => Some((0, Form::default())),
                Change::Credits(form) => Some((0, form.at(var, &point))),
                Change::Converted(form) => Some((1, form.at(var, &point))),
                _ => None,
            };
            let axis = Axis::Span(form.clone());
            let rest = |region: &Region| {
                let (.., days, cell) = axis.rest(region);
                (days, cell)
            };
            let (own, wanted) = (rest(region), of(&region.change)?);
            let [old, new] = region.asks;
            regions.iter().enumerate().find_map(|(other, beside)| {
                if other == at || of(&beside.change).as_ref() != Some(&wanted) {
                    return None;
                }
                // Lines without an end differ there, and not beside.
                if old != new && region.asks != beside.asks {
                    return None;
                }
                let (own_span, all) = (region.cell.spans.get(&form)?, whole(&form));
                let beside_span = beside.cell.spans.get(&form)?;
                let both = joined(beside_span, own_span)?;
                (rest(beside) == own).then(|| (other, form.clone(), both, all))
            })
        });
        let Some((other, form, both, all)) = found else {
            at += 1;
            continue;
        };
        let point = regions.remove(at);
        let other = if other > at { other - 1 } else { other };
        if let Some(beside) = regions.get_mut(other) {
            put(&mut beside.cell.spans, form, both, &all);
            beside.share = point.share_within(beside.share.take());
        }
    }
}

/// Whether a line with these values lies in a cell.
pub(super) fn holds(
    world: &World,
    cell: &Cell,
    value: &impl Fn(Var) -> Option<crate::plan::Value>,
    number: &impl Fn(&Atom) -> Option<crate::quantity::Exact>,
) -> bool {
    let in_set = |(var, set): (&Var, &Set)| {
        value(*var).is_some_and(|value| match (&world.known(*var), value) {
            (Set::Number(_), _) => true,
            (_, value) => set.contains(&value),
        })
    };
    cell.sets.iter().all(in_set)
        && cell.absent.iter().all(|(var, absent)| value(*var).is_none() == *absent)
        && cell
            .spans
            .iter()
            .all(|(form, span)| form.value(number).is_some_and(|number| span.contains(&number)))
}
