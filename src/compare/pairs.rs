//! Which product or license of one ruleset is which of the other.

use std::collections::{BTreeMap, BTreeSet};

use super::{Both, Pair, Renamed, Rules, others};
use crate::diagnostic::nearest;
use crate::plan::{Rule, TargetId};

/// Most products and licenses without a partner that are held against each other.
const MOST_ALIKE: usize = 200;

/// The pairs, in the order of the new ruleset; then what is added, and what is dropped.
pub(super) fn pairs(both: &Both<'_>) -> (Vec<Pair>, Vec<TargetId>, Vec<TargetId>) {
    let (old, new) = (both.old.plan, both.new.plan);
    let names: BTreeMap<&str, TargetId> =
        ids(old.rules.len()).zip(&old.rules).map(|(id, rule)| (rule.name.as_str(), id)).collect();
    let mut partner: BTreeMap<TargetId, (TargetId, Option<Renamed>)> = BTreeMap::new();
    for (id, rule) in ids(new.rules.len()).zip(&new.rules) {
        if let Some(old) = names.get(rule.name.as_str()) {
            partner.insert(id, (*old, None));
        }
    }
    by_code(both, &mut partner);
    by_likeness(both, &mut partner);
    let taken: BTreeSet<TargetId> = partner.values().map(|(old, _)| *old).collect();
    let dropped = ids(old.rules.len()).filter(|id| !taken.contains(id)).collect();
    let added = ids(new.rules.len()).filter(|id| !partner.contains_key(id)).collect();
    // A product that is known under another name is the same one in grants, too.
    let renames: BTreeMap<TargetId, TargetId> =
        partner.iter().map(|(new, (old, _))| (*old, *new)).collect();
    let pairs = partner.into_iter().map(|(new, (old, renamed))| {
        let (regions, is_dated) = both.regions(old, new);
        let others = others::of_pair(both, (old, new), &renames);
        Pair { old, new, renamed, is_dated, regions, others }
    });
    (pairs.collect(), added, dropped)
}

fn ids(count: usize) -> impl Iterator<Item = TargetId> {
    (0..u32::try_from(count).unwrap_or(u32::MAX)).map(TargetId)
}

/// Those of one kind without a partner of their name.
fn left(
    both: &Both<'_>,
    partner: &BTreeMap<TargetId, (TargetId, Option<Renamed>)>,
) -> (Vec<TargetId>, Vec<TargetId>) {
    let taken: BTreeSet<TargetId> = partner.values().map(|(old, _)| *old).collect();
    let old = ids(both.old.plan.rules.len()).filter(|id| !taken.contains(id));
    let new = ids(both.new.plan.rules.len()).filter(|id| !partner.contains_key(id));
    (old.collect(), new.collect())
}

fn codes(rule: &Rule) -> BTreeSet<&str> {
    rule.skus.iter().flat_map(|(_, codes)| codes).map(String::as_str).collect()
}

/// A code belongs to one declaration alone.
fn by_code(both: &Both<'_>, partner: &mut BTreeMap<TargetId, (TargetId, Option<Renamed>)>) {
    let (old, new) = left(both, partner);
    let mut owners = BTreeMap::new();
    for id in old {
        let Some(rule) = both.old.plan.rule(id) else { continue };
        owners.extend(codes(rule).into_iter().map(|code| (code, (id, rule.kind))));
    }
    for id in new {
        let Some(rule) = both.new.plan.rule(id) else { continue };
        let found = codes(rule).into_iter().find_map(|code| {
            let (old, kind) = owners.get(code)?;
            let free = partner.values().all(|(taken, _)| taken != old);
            (*kind == rule.kind && free).then(|| (*old, code.to_owned()))
        });
        if let Some((old, code)) = found {
            partner.insert(id, (old, Some(Renamed::Code(code))));
        }
    }
}

/// One that converts every line alike and has a like label, if there is but one on both sides.
fn by_likeness(both: &Both<'_>, partner: &mut BTreeMap<TargetId, (TargetId, Option<Renamed>)>) {
    let (old, new) = left(both, partner);
    if old.len() > MOST_ALIKE || new.len() > MOST_ALIKE {
        return;
    }
    let mut found: Vec<(TargetId, TargetId)> = Vec::new();
    for new in &new {
        for old in &old {
            if are_alike(both, *old, *new) && both.regions(*old, *new).0.is_empty() {
                found.push((*old, *new));
            }
        }
    }
    for (old, new) in &found {
        let only = found.iter().filter(|(other_old, other)| other_old == old || other == new);
        if only.count() == 1 {
            partner.insert(*new, (*old, Some(Renamed::Alike)));
        }
    }
}

fn are_alike(both: &Both<'_>, old: TargetId, new: TargetId) -> bool {
    let facts = |rules: Rules<'_>, id: TargetId| {
        let rule = rules.plan.rule(id)?;
        let unit = rules.plan.unit(rule.unit)?.name.clone();
        let label = rules.facts.label(id).unwrap_or(&rule.name).to_lowercase();
        Some((rule.kind, unit, label))
    };
    let (Some((kind, unit, label)), Some((own_kind, own_unit, own_label))) =
        (facts(both.old, old), facts(both.new, new))
    else {
        return false;
    };
    let near = || nearest(&label, std::iter::once(own_label.as_str())).is_some();
    kind == own_kind && unit == own_unit && (label == own_label || near())
}
