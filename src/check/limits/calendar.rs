//! On which days limits are in force, and on which anything changes that they depend on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::hir::timeline::Timeline;
use crate::hir::{Limit, LimitBody, LimitMeasure, Program, Target, TargetId};
use crate::period::{BEGINNING, Days, next_day};

/// What the sums of a limit measure.
pub(super) fn measures(body: &LimitBody) -> impl Iterator<Item = LimitMeasure> {
    let sides = match body {
        LimitBody::Compare(left, _, right, _) => Some(left.iter().chain(right)),
        _ => None,
    };
    sides.into_iter().flatten().map(|term| term.measure)
}

/// The products that a limit names.
pub(super) fn named(body: &LimitBody) -> BTreeSet<TargetId> {
    match body {
        LimitBody::CountOf(_, _, products) => products.iter().copied().collect(),
        LimitBody::Needs(id, others) => others.iter().chain([id]).copied().collect(),
        LimitBody::UnitForUnit(id, other) => BTreeSet::from([*id, *other]),
        LimitBody::InSteps(id, _) => BTreeSet::from([*id]),
        LimitBody::Compare(_, _, _, or_none) => measures(body)
            .filter_map(|measure| match measure {
                LimitMeasure::Units(id) | LimitMeasure::CreditsOf(id) => Some(id),
                _ => None,
            })
            .chain(*or_none)
            .collect(),
    }
}

/// Whether everything that a limit names could be read.
pub(super) fn is_whole(program: &Program, limit: &Limit) -> bool {
    named(&limit.body).iter().filter_map(|id| program.target(*id)).all(|target| {
        target.complete
            && first_day(target).is_some()
            && target.per.forms.iter().all(|(_, per)| !program.is_lost(per.unit))
    })
}

/// The first day on which a product has a rate.
fn first_day(target: &Target) -> Option<Date> {
    let exceptions = target.exceptions.iter().map(|exception| &exception.rate.layout);
    let layouts = exceptions.chain([&target.rate.layout]);
    layouts.filter_map(|layout| layout.first()).map(|(days, _)| days.from).min()
}

/// The days of each limit, in the order of the program. A limit says nothing before the first day
/// of the products it names.
pub(super) fn days_of_limits(program: &Program) -> Vec<Vec<Days>> {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, limit) in program.limits.iter().enumerate() {
        by_name.entry(&limit.name).or_default().push(at);
    }
    let mut found: Vec<Vec<Days>> = vec![Vec::new(); program.limits.len()];
    for lines in by_name.values() {
        let forms = lines.iter().filter_map(|at| program.limits.get(*at));
        let (timeline, _) = Timeline::new(forms.map(|limit| (limit.origin.clone(), ())).collect());
        for (days, form) in &timeline.layout {
            let Some(line) = lines.get(*form) else { continue };
            let Some(limit) = program.limits.get(*line) else { continue };
            let products = named(&limit.body);
            let targets = products.iter().filter_map(|id| program.target(*id));
            let from = targets.filter_map(first_day).min().unwrap_or(BEGINNING);
            let known = Days { from, ..Days::ALWAYS };
            if let (Some(days), Some(found)) = (days.intersect(known), found.get_mut(*line)) {
                found.push(days);
            }
        }
    }
    found
}

/// The first day of each stretch on which nothing changes that limits depend on.
pub(super) fn changes(
    program: &Program,
    days: &[Vec<Days>],
    bodies: &[&LimitBody],
) -> BTreeSet<Date> {
    let mut found = Changes(BTreeSet::from([BEGINNING]));
    days.iter().flatten().for_each(|days| found.stretch(*days));
    let names: BTreeSet<TargetId> = bodies.iter().flat_map(|body| named(body)).collect();
    for target in names.iter().filter_map(|id| program.target(*id)) {
        found.timeline(&target.per);
        found.rates(target);
        found.timeline(&target.at_least);
        found.timeline(&target.at_most);
        found.timeline(&target.rounding);
    }
    for group in &program.togethers {
        if group.members.iter().any(|id| names.contains(id)) {
            found.timeline(&group.rate);
        }
    }
    if bodies.iter().any(|body| measures(body).any(|measure| measure == LimitMeasure::Allocated)) {
        program.targets.iter().for_each(|target| found.rates(target));
    }
    found.0
}

struct Changes(BTreeSet<Date>);

impl Changes {
    fn stretch(&mut self, days: Days) {
        self.0.insert(days.from);
        self.0.extend(next_day(days.to));
    }

    fn timeline<T>(&mut self, timeline: &Timeline<T>) {
        timeline.layout.iter().for_each(|(days, _)| self.stretch(*days));
    }

    fn rates(&mut self, target: &Target) {
        self.timeline(&target.rate);
        self.timeline(&target.withdrawn);
        target.exceptions.iter().for_each(|exception| self.timeline(&exception.rate));
    }
}
