//! Whether any line reaches a clause: what stands before it, on which days and lines.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Rules;
use super::cover::Search;
use crate::check::region::Exhausted;
use crate::hir::{Condition, Exception, QUANTITY, Target};
use crate::period::{Days, stretches};
use crate::source::Place;

/// Why no line reaches a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Its product is withdrawn.
    Withdrawn(Place),
    /// An `exclude`.
    Exclude(Place),
    /// An exception: a narrower one, or for the standing rate any.
    Exception(Place),
    /// A row above `otherwise`.
    Row(Place),
    /// The condition of its own exception keeps every line out.
    Condition(Place),
    /// No line has so many units: `count` gives other numbers.
    Count(Place),
    /// Started blocks are charged whole.
    Blocks(Place),
    /// `graduated` tiers below it refuse every line that reaches it.
    Refused(Place),
    /// 0 units cost 0.
    NoUnits,
}

/// Why no line reaches a clause.
pub(super) type Causes = BTreeSet<Cause>;

/// Conditions that stand before a clause.
type Outside<'a> = Vec<(&'a Condition, Cause)>;

/// The lines of one product or license.
pub(super) struct Lines<'a> {
    pub(super) rules: &'a Rules<'a>,
    pub(super) target: &'a Target,
    /// Whether a license grants it: then the quantity that an `exclude` asks about is another one.
    pub(super) granted: bool,
    /// Whether `together` may charge some of its units before its rate does.
    pub(super) shared: bool,
    asks_quantity: bool,
    search: Search<'a>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        rules: &'a Rules<'a>,
        target: &'a Target,
        granted: bool,
        shared: bool,
    ) -> Self {
        let excludes = rules.program.excludes.iter().map(|exclude| &exclude.condition);
        let exceptions = target.exceptions.iter().map(|exception| &exception.condition);
        let asks = |condition: &Condition| condition.sets.contains_key(&QUANTITY);
        let asks_quantity = excludes.chain(exceptions).any(asks);
        Self { rules, target, granted, shared, asks_quantity, search: Search::new(rules.program) }
    }

    /// `None` where a line of `inside` gets past the exceptions `before`, the rows `above` and the
    /// excludes on one of these days; else why none does.
    pub(super) fn kept_out(
        &self,
        inside: &Condition,
        before: &[usize],
        above: &[(&Condition, Cause)],
        days: &[Days],
    ) -> Result<Option<Causes>, Exhausted> {
        let withdrawn = &self.target.withdrawn;
        let alone = before.is_empty() && above.is_empty() && withdrawn.is_empty();
        if alone && inside.sets.is_empty() && self.rules.leave_some {
            return Ok(None);
        }
        let excludes = self.excludes(inside);
        let may_meet = before.iter().filter_map(|at| self.target.exceptions.get(*at));
        let before: Vec<&Exception> =
            may_meet.filter(|exception| exception.condition.meets(inside)).collect();
        self.search.work(before.len())?;
        let mut causes = Causes::new();
        let mut covered: BTreeSet<Vec<Place>> = BTreeSet::new();
        let layouts = || before.iter().map(|exception| &exception.rate.layout);
        for stretch in
            days.iter().flat_map(|days| stretches(*days, layouts().chain([&withdrawn.layout])))
        {
            self.search.work(before.len())?;
            if let Some((origin, ())) = withdrawn.on(stretch.from) {
                causes.insert(Cause::Withdrawn(origin.place));
                continue;
            }
            let in_force = |exception: &&'a Exception| {
                let (origin, _) = exception.rate.on(stretch.from)?;
                Some((&exception.condition, Cause::Exception(origin.place)))
            };
            let exceptions: Outside<'_> = before.iter().filter_map(in_force).collect();
            let places = exceptions.iter().filter_map(|(_, cause)| place(*cause)).collect();
            if !covered.insert(places) {
                continue;
            }
            let outside: Outside<'_> =
                excludes.iter().chain(&exceptions).chain(above).copied().collect();
            match self.search.covering(inside, &outside)? {
                None => return Ok(None),
                Some(covering) => causes.extend(covering),
            }
        }
        Ok(Some(causes))
    }

    /// Whether anything that may stand before a rate, or be one, asks for the quantity.
    pub(super) fn asks_quantity(&self) -> bool {
        self.asks_quantity
    }

    /// What stands before the lines of a condition on a day on which nothing is withdrawn.
    pub(super) fn standing_before(
        &self,
        inside: &Condition,
        before: &[usize],
        day: Date,
    ) -> Vec<&'a Condition> {
        let exceptions = before.iter().filter_map(|at| self.target.exceptions.get(*at));
        let exceptions = exceptions
            .filter(|exception| exception.rate.on(day).is_some())
            .map(|exception| &exception.condition)
            .filter(|condition| condition.meets(inside));
        let excludes = self.excludes(inside);
        excludes.into_iter().map(|(condition, _)| condition).chain(exceptions).collect()
    }

    /// The excludes that may take a line of a condition.
    fn excludes(&self, inside: &Condition) -> Outside<'a> {
        let excludes = &self.rules.program.excludes;
        let near = self.rules.excludes.of(inside).into_iter();
        near.filter_map(|at| excludes.get(at))
            .filter(|exclude| !(self.granted && exclude.condition.sets.contains_key(&QUANTITY)))
            .filter(|exclude| exclude.condition.meets(inside))
            .map(|exclude| (&exclude.condition, Cause::Exclude(exclude.origin.place)))
            .collect()
    }
}

/// The place of what stands before a clause.
pub(super) fn place(cause: Cause) -> Option<Place> {
    match cause {
        Cause::Withdrawn(place)
        | Cause::Exclude(place)
        | Cause::Exception(place)
        | Cause::Row(place)
        | Cause::Condition(place)
        | Cause::Count(place)
        | Cause::Blocks(place)
        | Cause::Refused(place) => Some(place),
        Cause::NoUnits => None,
    }
}

/// The lines of both; `None` where there are none.
pub(super) fn both(a: &Condition, b: &Condition) -> Option<Condition> {
    let mut both = a.clone();
    for (input, set) in &b.sets {
        let set = both.sets.get(input).map_or_else(|| set.clone(), |own| own.intersect(set));
        if set.is_empty() {
            return None;
        }
        both.sets.insert(*input, set);
    }
    Some(both)
}
