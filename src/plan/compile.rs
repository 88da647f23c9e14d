//! From a checked program to the plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{
    Clauses, Curve, Exception, Limit, Owner, Piece, Plan, Rate, Rule, Table, Together, Version,
};
use crate::check::Checked;
use crate::hir::timeline::Timeline;
use crate::hir::{self, ACCOUNT, BALANCE, InputId, LimitBody, Program, QUANTITY, Target, TargetId};
use crate::period::{Days, Layout, stretches};

/// Compiles a ruleset in which no error was found.
pub fn compile(checked: Checked) -> Plan {
    let program: Program = checked.into_program();
    let limits = limits(&program);
    let mut owners = BTreeMap::new();
    for (index, target) in program.targets.iter().enumerate() {
        let rule = TargetId(u32::try_from(index).unwrap_or(u32::MAX));
        owners.insert(target.name.clone(), Owner { rule, is_code: false });
        let codes = target.skus.forms.iter().flat_map(|(_, codes)| codes);
        for code in codes.filter(|code| **code != target.name) {
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
        rounding: (program.rounding_origin, program.rounding),
        units: program.units,
        unit_names: program.unit_names,
        inputs: program.inputs,
        rules: program.targets.into_iter().map(rule).collect(),
        owners,
        excludes: program.excludes,
        togethers,
        grace: program.grace,
        limits,
    }
}

/// Every limit with its days, and the balance that no one declared.
fn limits(program: &Program) -> Vec<Limit> {
    let declared = program.limits.iter().zip(program.days_of_limits()).map(|(limit, days)| Limit {
        name: limit.name.clone(),
        origin: limit.origin.clone(),
        body: limit.body.clone(),
        warn: limit.warn,
        days,
        by_default: false,
    });
    let mut limits: Vec<Limit> = declared.collect();
    if limits.iter().all(|limit| limit.name != BALANCE) {
        limits.push(Limit {
            name: BALANCE.to_owned(),
            origin: program.rounding_origin.clone(),
            body: LimitBody::balance(),
            warn: false,
            days: vec![Days::ALWAYS],
            by_default: true,
        });
    }
    limits
}

fn rule(target: Target) -> Rule {
    let unit = target.declared_unit().unwrap_or(hir::UnitId(0));
    let versions = versions(&target);
    let exceptions = target.exceptions.into_iter().map(|exception| Exception {
        condition: exception.condition,
        rate: exception.rate.map(compile_rate),
    });
    let exceptions = exceptions.collect();
    let rate = target.rate.map(compile_rate);
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
        rates: rate.forms,
        exceptions,
        at_least: target.at_least.forms,
        at_most: target.at_most.forms,
        roundings: target.rounding.forms,
        withdrawn: target.withdrawn.forms,
        grants,
        only_for: target.only_for.forms,
        versions,
    }
}

fn sorted(mut codes: Vec<String>) -> Vec<String> {
    codes.sort();
    codes
}

fn compile_rate(origin: &hir::Origin, rate: hir::Rate) -> Rate {
    match rate {
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
    }
}

/// Walks a layout by rising days.
struct Cursor<'a> {
    layout: &'a [(Days, usize)],
    /// Added to every position: grants of all products share one list.
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
    let mut per = cursor(&target.per.layout, 0);
    let mut sku = cursor(&target.skus.layout, 0);
    let mut count = cursor(&target.count.layout, 0);
    let mut rate = cursor(&target.rate.layout, 0);
    let mut at_least = cursor(&target.at_least.layout, 0);
    let mut at_most = cursor(&target.at_most.layout, 0);
    let mut zero_charged = cursor(&target.zero_charged.layout, 0);
    let mut rounding = cursor(&target.rounding.layout, 0);
    let mut withdrawn = cursor(&target.withdrawn.layout, 0);
    let mut only_for = cursor(&target.only_for.layout, 0);
    let mut grants = shifted(target.grants.iter().map(|grant| &grant.units));

    let stretches = stretches(Days::ALWAYS, target.layouts());
    let mut versions: Vec<Version> = Vec::with_capacity(stretches.len());
    for Days { from, .. } in stretches {
        let mut clauses = Clauses {
            per: per.at(from),
            sku: sku.at(from),
            count: count.at(from),
            rate: rate.at(from),
            at_least: at_least.at(from),
            at_most: at_most.at(from),
            zero_charged: zero_charged.at(from).is_some(),
            rounding: rounding.at(from),
            withdrawn: withdrawn.at(from),
            only_for: only_for.at(from),
            grants: grants.iter_mut().filter_map(|cursor| cursor.at(from)).collect(),
            inputs: Vec::new(),
        };
        clauses.inputs = inputs(target, &clauses);
        if versions.last().is_none_or(|last| last.clauses != clauses) {
            versions.push(Version { from, clauses });
        }
    }
    versions
}

fn shifted<'a, T: 'a>(timelines: impl Iterator<Item = &'a Timeline<T>>) -> Vec<Cursor<'a>> {
    let mut shift = 0;
    timelines
        .map(|timeline| {
            let own = shift;
            shift += timeline.forms.len();
            cursor(&timeline.layout, own)
        })
        .collect()
}

/// The inputs that the clauses in force look at, exceptions apart.
fn inputs(target: &Target, clauses: &Clauses) -> Vec<InputId> {
    let mut used = BTreeSet::new();
    if let Some((_, count)) = clauses.count.and_then(|at| target.count.forms.get(at)) {
        count.inputs(&mut used);
    }
    if let Some((_, rate)) = clauses.rate.and_then(|at| target.rate.forms.get(at)) {
        columns_of(rate, &mut used);
    }
    to_ask(used)
}

/// The inputs of a table.
fn columns_of(rate: &hir::Rate, used: &mut BTreeSet<InputId>) {
    if let hir::Rate::Table { columns, .. } = rate {
        used.extend(columns);
    }
}

/// Inputs that a line may lack: `quantity` and `account` are always there.
fn to_ask(used: BTreeSet<InputId>) -> Vec<InputId> {
    used.into_iter().filter(|input| *input != QUANTITY && *input != ACCOUNT).collect()
}
