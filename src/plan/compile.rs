//! From a checked program to the plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Clauses, Curve, Owner, Piece, Plan, Rate, Rule, Table, Together, Version};
use crate::check::Checked;
use crate::hir::timeline::Timeline;
use crate::hir::{
    self, ACCOUNT, Condition, Expression, InputId, Program, QUANTITY, Target, TargetId,
};
use crate::period::{BEGINNING, Days, Layout, next_day};

/// Compiles a ruleset in which no error was found.
pub fn compile(checked: Checked) -> Plan {
    let program: Program = checked.into_program();
    let mut owners = BTreeMap::new();
    for (index, target) in program.targets.iter().enumerate() {
        let rule = TargetId(u32::try_from(index).unwrap_or(u32::MAX));
        owners.insert(target.name.clone(), Owner { rule, is_code: false });
        for code in target.skus.forms.iter().flat_map(|(_, codes)| codes) {
            owners.insert(code.clone(), Owner { rule, is_code: true });
        }
    }
    let mut togethers: Vec<Together> = program
        .togethers
        .into_iter()
        .map(|together| Together {
            name: together.name,
            members: together.members,
            rate: together.rate,
        })
        .collect();
    togethers.sort_by(|a, b| (b.members.len(), &a.name).cmp(&(a.members.len(), &b.name)));
    Plan {
        name: program.name,
        rounding: program.rounding,
        units: program.units,
        unit_names: program.unit_names,
        inputs: program.inputs,
        rules: program.targets.into_iter().map(rule).collect(),
        owners,
        excludes: program.excludes,
        togethers,
    }
}

fn rule(target: Target) -> Rule {
    let unit = target.declared_unit().unwrap_or(hir::UnitId(0));
    let versions = versions(&target);
    let mut rates: Vec<_> = target.rate.forms.into_iter().map(compile_rate).collect();
    let mut conditions = Vec::with_capacity(target.exceptions.len());
    for exception in target.exceptions {
        conditions.push(exception.condition);
        rates.extend(exception.rate.forms.into_iter().map(compile_rate));
    }
    let mut grants = Vec::new();
    for line in target.grants {
        grants.extend(
            line.units.forms.into_iter().map(|(origin, units)| (origin, line.product, units)),
        );
    }
    Rule {
        kind: target.kind,
        name: target.name,
        place: target.place,
        unit,
        pers: target.per.forms,
        skus: target
            .skus
            .forms
            .into_iter()
            .map(|(origin, codes)| (origin, sorted(codes)))
            .collect(),
        counts: target.count.forms,
        rates,
        conditions,
        at_least: target.at_least.forms,
        at_most: target.at_most.forms,
        roundings: target.rounding.forms,
        withdrawn: target.withdrawn.forms,
        grants,
        versions,
    }
}

fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

fn compile_rate((origin, rate): (hir::Origin, hir::Rate)) -> (hir::Origin, Rate) {
    let rate = match rate {
        hir::Rate::Plain(amount) => Rate::Curve(Curve::plain(amount, origin.place)),
        hir::Rate::Tiered { mode, inclusive, tiers } => {
            Rate::Curve(Curve::tiers(mode, inclusive, &tiers))
        }
        hir::Rate::Table { columns, rows } => {
            let rows = rows
                .into_iter()
                .map(|row| (row.cells, Piece::of(row.amount, row.place, row.because)));
            Rate::Table(Table { columns, rows: rows.collect() })
        }
    };
    (origin, rate)
}

/// Walks a layout by rising days.
struct Cursor<'a> {
    layout: &'a [(Days, usize)],
    /// Added to every position: exceptions and grants share one list each.
    shift: usize,
}

impl Cursor<'_> {
    /// The form in force on a day that is not before the last one asked for.
    fn at(&mut self, day: Date) -> Option<usize> {
        while let [(days, form), rest @ ..] = self.layout {
            if day <= days.to {
                return (days.from <= day).then_some(form + self.shift);
            }
            self.layout = rest;
        }
        None
    }
}

fn cursor(layout: &Layout, shift: usize) -> Cursor<'_> {
    Cursor { layout, shift }
}

/// Lays all clauses of a target side by side and cuts where any of them changes.
fn versions(target: &Target) -> Vec<Version> {
    let mut starts = BTreeSet::from([BEGINNING]);
    let mut note = |layout: &Layout| {
        for (days, _) in layout {
            starts.insert(days.from);
            starts.extend(next_day(days.to));
        }
    };
    note(&target.per.layout);
    note(&target.skus.layout);
    note(&target.count.layout);
    note(&target.rate.layout);
    target.exceptions.iter().for_each(|exception| note(&exception.rate.layout));
    note(&target.at_least.layout);
    note(&target.at_most.layout);
    note(&target.zero_charged.layout);
    note(&target.rounding.layout);
    note(&target.withdrawn.layout);
    target.grants.iter().for_each(|grant| note(&grant.units.layout));

    let mut per = cursor(&target.per.layout, 0);
    let mut sku = cursor(&target.skus.layout, 0);
    let mut count = cursor(&target.count.layout, 0);
    let mut rate = cursor(&target.rate.layout, 0);
    let mut exceptions =
        shifted(target.exceptions.iter().map(|e| &e.rate), target.rate.forms.len());
    let mut at_least = cursor(&target.at_least.layout, 0);
    let mut at_most = cursor(&target.at_most.layout, 0);
    let mut zero_charged = cursor(&target.zero_charged.layout, 0);
    let mut rounding = cursor(&target.rounding.layout, 0);
    let mut withdrawn = cursor(&target.withdrawn.layout, 0);
    let mut grants = shifted(target.grants.iter().map(|grant| &grant.units), 0);

    let mut versions: Vec<Version> = Vec::with_capacity(starts.len());
    for from in starts {
        let held = exceptions
            .iter_mut()
            .enumerate()
            .filter_map(|(at, cursor)| Some((at, cursor.at(from)?)));
        let mut clauses = Clauses {
            per: per.at(from),
            sku: sku.at(from),
            count: count.at(from),
            rate: rate.at(from),
            exceptions: held.collect(),
            at_least: at_least.at(from),
            at_most: at_most.at(from),
            zero_charged: zero_charged.at(from).is_some(),
            rounding: rounding.at(from),
            withdrawn: withdrawn.at(from),
            grants: grants.iter_mut().filter_map(|cursor| cursor.at(from)).collect(),
            inputs: Vec::new(),
        };
        order_exceptions(target, &mut clauses);
        clauses.inputs = inputs(target, &clauses);
        if versions.last().is_none_or(|last| last.clauses != clauses) {
            versions.push(Version { from, clauses });
        }
    }
    versions
}

fn shifted<'a, T: 'a>(
    timelines: impl Iterator<Item = &'a Timeline<T>>,
    first: usize,
) -> Vec<Cursor<'a>> {
    let mut shift = first;
    timelines
        .map(|timeline| {
            let own = shift;
            shift += timeline.forms.len();
            cursor(&timeline.layout, own)
        })
        .collect()
}

/// A condition that implies more of the others stands before them, so that the first that holds
/// is the one that wins: the checker has proved that those which hold together form a chain.
fn order_exceptions(target: &Target, clauses: &mut Clauses) {
    if clauses.exceptions.len() < 2 {
        return;
    }
    let condition = |at: usize| target.exceptions.get(at).map(|exception| &exception.condition);
    let implied = |at: usize| {
        let others = clauses.exceptions.iter().filter(|(other, _)| *other != at);
        others
            .filter(|(other, _)| match (condition(at), condition(*other)) {
                (Some(own), Some(other)) => crate::check::implies(own, other),
                _ => false,
            })
            .count()
    };
    let mut ranked: Vec<_> =
        clauses.exceptions.iter().map(|pair| (implied(pair.0), *pair)).collect();
    ranked.sort_by_key(|(implied, pair)| (std::cmp::Reverse(*implied), *pair));
    clauses.exceptions = ranked.into_iter().map(|(_, pair)| pair).collect();
}

/// The inputs that the clauses in force look at, without the two that are always there.
fn inputs(target: &Target, clauses: &Clauses) -> Vec<InputId> {
    let mut used = BTreeSet::new();
    let rate_of = |rate: Option<&(hir::Origin, hir::Rate)>, used: &mut BTreeSet<InputId>| {
        if let Some((_, hir::Rate::Table { columns, .. })) = rate {
            used.extend(columns);
        }
    };
    if let Some((_, count)) = clauses.count.and_then(|at| target.count.forms.get(at)) {
        inputs_of(count, &mut used);
    }
    rate_of(clauses.rate.and_then(|at| target.rate.forms.get(at)), &mut used);
    let mut shift = target.rate.forms.len();
    for (at, exception) in target.exceptions.iter().enumerate() {
        if let Some((_, rate)) = clauses.exceptions.iter().find(|(held, _)| *held == at) {
            used.extend(exception.condition.sets.keys());
            rate_of(exception.rate.forms.get(rate - shift), &mut used);
        }
        shift += exception.rate.forms.len();
    }
    used.into_iter().filter(|input| *input != QUANTITY && *input != ACCOUNT).collect()
}

/// Gathers the inputs of an expression. Recursion follows nesting, which the parser bounds.
fn inputs_of(expression: &Expression, used: &mut BTreeSet<InputId>) {
    match expression {
        Expression::Number(_) => {}
        Expression::Input(input) => {
            used.insert(*input);
        }
        Expression::Sum(terms) => terms.iter().for_each(|(_, term)| inputs_of(term, used)),
        Expression::Product(parts) | Expression::Min(parts) | Expression::Max(parts) => {
            for part in parts {
                inputs_of(part, used);
            }
        }
        Expression::Quotient(part, _) | Expression::Ceil(part) | Expression::Floor(part) => {
            inputs_of(part, used);
        }
        Expression::Choice(branches, otherwise) => {
            for (Condition { sets }, value) in branches {
                used.extend(sets.keys());
                inputs_of(value, used);
            }
            inputs_of(otherwise, used);
        }
    }
}
