//! Something can reach every clause: each dated form holds on some day, and on one of its days some
//! line gets past what stands before it to a rate, a row or a tier.

mod bounds;
mod cover;
mod diagnostics;
mod rates;
mod reach;
mod tiers;
mod timelines;
mod units;
mod witness;

use std::collections::BTreeSet;

use super::Findings;
use super::neighbors::Neighbors;
use super::region::Exhausted;
use super::verdict::{Property, Verdict};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::hir::{
    ACCOUNT, Condition, Exclude, InputId, Program, QUANTITY, Target, TargetId, Together,
};
use cover::Search;
use diagnostics as found;
use reach::{Cause, Lines};

/// What is asked for every product and license.
pub(super) struct Rules<'a> {
    program: &'a Program,
    /// The excludes, by the texts that they list.
    excludes: Neighbors<'a>,
    /// Whether the excludes leave some line to every product.
    leave_some: bool,
    /// Products that a license grants.
    granted: BTreeSet<TargetId>,
    /// Products that `together` may charge for.
    shared: BTreeSet<TargetId>,
}

impl<'a> Rules<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let grants = program.targets.iter().flat_map(|target| &target.grants);
        let groups = program.togethers.iter().flat_map(|group| &group.members);
        let excludes: Vec<(&Condition, Cause)> = program
            .excludes
            .iter()
            .map(|exclude| (&exclude.condition, Cause::Exclude(exclude.origin.place)))
            .collect();
        let covering = Search::new(program).covering(&Condition::default(), &excludes);
        Self {
            program,
            leave_some: matches!(covering, Ok(None)),
            excludes: Neighbors::new(program.excludes.iter().map(|exclude| &exclude.condition)),
            granted: grants.map(|grant| grant.product).collect(),
            shared: groups.copied().collect(),
        }
    }
}

/// Checks the clauses of a product or license in which no error was found since `earlier`.
pub(super) fn check(
    rules: &Rules<'_>,
    id: TargetId,
    target: &Target,
    earlier: usize,
    findings: &mut Findings,
) {
    let own = findings.diagnostics.get(earlier..).unwrap_or_default();
    if !target.complete || own.iter().any(|found| found.severity == Severity::Error) {
        return;
    }
    let mut against: Vec<Diagnostic> = findings
        .diagnostics
        .extract_if(earlier.., |found| found.code == Code::UselessClause)
        .collect();
    let said = against.len();
    if timelines::check(target, &mut against).is_err() {
        against.truncate(said);
        findings.diagnostics.extend(against);
        return;
    }
    bounds::check(target, &mut against);
    let (granted, shared) = (rules.granted.contains(&id), rules.shared.contains(&id));
    let lines = Lines::new(rules, target, granted, shared);
    if rates::check(&lines, &mut against).is_err() {
        against.push(found::too_many_clauses(target.place, &target.name));
    }
    // One finding for one line says enough.
    let mut told = BTreeSet::new();
    against.retain(|found| found.code == Code::NotDecided || told.insert(found.primary.place));
    // What was found while the condition was read counts against it too.
    let unconditional = target.exceptions.iter().filter(|other| other.condition.sets.is_empty());
    let places: BTreeSet<_> =
        unconditional.flat_map(|other| &other.rate.forms).map(|(origin, _)| origin.place).collect();
    let mut all = against.clone();
    if !places.is_empty() {
        let read = findings.diagnostics.iter().filter(|found| {
            found.code == Code::UselessClause && places.contains(&found.primary.place)
        });
        all.extend(read.cloned());
    }
    findings.verdicts.push(Verdict::new(Property::ClausesUsed, &target.name, target.place, &all));
    findings.diagnostics.extend(against);
}

/// Checks the dated rates of products that cost less together.
pub(super) fn together(group: &Together, findings: &mut Findings) {
    let mut against = Vec::new();
    if timelines::hidden("rate", &group.rate, &mut against).is_ok() {
        findings.settle(Property::ClausesUsed, &group.name, group.place, against);
    }
}

/// Checks that every `exclude` is the first that holds on some line.
pub(super) fn excludes(rules: &Rules<'_>, findings: &mut Findings) {
    let excludes = &rules.program.excludes;
    let Some(first) = excludes.first() else { return };
    let search = Search::new(rules.program);
    let mut against = Vec::new();
    for (at, exclude) in excludes.iter().enumerate() {
        match taken(rules, &search, at, exclude) {
            Ok(None) => {}
            Ok(Some(causes)) => {
                against.push(found::unused_exclude(
                    exclude.origin.place,
                    &causes.into_iter().collect(),
                ));
            }
            Err(Exhausted) => {
                against.push(found::too_many_clauses(exclude.origin.place, "exclude"));
            }
        }
    }
    findings.settle(Property::ClausesUsed, "excludes", first.origin.place, against);
}

/// The earlier excludes that take every line of one; `None` where they leave some.
///
/// A line may lack what the one does not ask for, and then an earlier one that asks for it does not
/// hold for certain.
fn taken(
    rules: &Rules<'_>,
    search: &Search<'_>,
    at: usize,
    exclude: &Exclude,
) -> Result<Option<Vec<Cause>>, Exhausted> {
    let program = rules.program;
    let always = |input: &InputId| {
        *input == QUANTITY
            || *input == ACCOUNT
            || program.input(*input).is_some_and(|input| input.default.is_some())
    };
    let inside = &exclude.condition;
    let asks_no_more = |condition: &Condition| {
        condition.sets.keys().all(|input| always(input) || inside.sets.contains_key(input))
    };
    let near = rules.excludes.of(inside).into_iter().take_while(|other| *other < at);
    let earlier: Vec<(&Condition, Cause)> = near
        .filter_map(|other| program.excludes.get(other))
        .filter(|other| other.condition.meets(inside) && asks_no_more(&other.condition))
        .map(|other| (&other.condition, Cause::Exclude(other.origin.place)))
        .collect();
    search.covering(inside, &earlier)
}
