//! On which days anything changes that limits depend on.

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::hir::timeline::Timeline;
use crate::hir::{Limit, LimitBody, LimitMeasure, Program, Target, TargetId};
use crate::period::{BEGINNING, Days, next_day};

/// Whether everything that a limit names could be read.
pub(super) fn is_whole(program: &Program, limit: &Limit) -> bool {
    limit.body.named().iter().filter_map(|id| program.target(*id)).all(|target| {
        target.complete
            && target.first_day().is_some()
            && target.per.forms.iter().all(|(_, per)| !program.is_lost(per.unit))
    })
}

/// The first day of each stretch on which nothing changes that limits depend on.
pub(super) fn changes(
    program: &Program,
    days: &[Vec<Days>],
    bodies: &[&LimitBody],
) -> BTreeSet<Date> {
    let mut found = Changes(BTreeSet::from([BEGINNING]));
    days.iter().flatten().for_each(|days| found.stretch(*days));
    let names: BTreeSet<TargetId> = bodies.iter().flat_map(|body| body.named()).collect();
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
    if bodies.iter().any(|body| body.measures().any(|measure| measure == LimitMeasure::Allocated)) {
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
