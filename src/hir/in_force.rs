//! On which days limits are in force.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::timeline::Timeline;
use super::{LimitBody, LimitMeasure, Program, Target, TargetId};
use crate::period::{BEGINNING, Days};

impl LimitBody {
    /// What the sums of a limit measure.
    pub fn measures(&self) -> impl Iterator<Item = LimitMeasure> {
        let sides = match self {
            Self::Compare(left, _, right, _) => Some(left.iter().chain(right)),
            _ => None,
        };
        sides.into_iter().flatten().map(|term| term.measure)
    }

    /// The products that a limit names.
    pub fn named(&self) -> BTreeSet<TargetId> {
        match self {
            Self::CountOf(_, _, products) => products.iter().copied().collect(),
            Self::Needs(id, others) => others.iter().chain([id]).copied().collect(),
            Self::UnitForUnit(id, other) => BTreeSet::from([*id, *other]),
            Self::InSteps(id, _) => BTreeSet::from([*id]),
            Self::Compare(_, _, _, or_none) => self
                .measures()
                .filter_map(|measure| match measure {
                    LimitMeasure::Units(id) | LimitMeasure::CreditsOf(id) => Some(id),
                    _ => None,
                })
                .chain(*or_none)
                .collect(),
        }
    }
}

impl Target {
    /// The first day on which it has a rate.
    pub fn first_day(&self) -> Option<Date> {
        let exceptions = self.exceptions.iter().map(|exception| &exception.rate.layout);
        let layouts = exceptions.chain([&self.rate.layout]);
        layouts.filter_map(|layout| layout.first()).map(|(days, _)| days.from).min()
    }
}

impl Program {
    /// The days of each limit, in order. A limit says nothing before the first day of the products
    /// it names.
    pub fn days_of_limits(&self) -> Vec<Vec<Days>> {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, limit) in self.limits.iter().enumerate() {
            by_name.entry(&limit.name).or_default().push(at);
        }
        let mut found: Vec<Vec<Days>> = vec![Vec::new(); self.limits.len()];
        for lines in by_name.values() {
            let forms = lines.iter().filter_map(|at| self.limits.get(*at));
            let (timeline, _) =
                Timeline::new(forms.map(|limit| (limit.origin.clone(), ())).collect());
            for (days, form) in &timeline.layout {
                let Some(line) = lines.get(*form) else { continue };
                let Some(limit) = self.limits.get(*line) else { continue };
                let products = limit.body.named();
                let targets = products.iter().filter_map(|id| self.target(*id));
                let from = targets.filter_map(Target::first_day).min().unwrap_or(BEGINNING);
                let known = Days { from, ..Days::ALWAYS };
                if let (Some(days), Some(found)) = (days.intersect(known), found.get_mut(*line)) {
                    found.push(days);
                }
            }
        }
        found
    }
}
