//! What differs besides the credits of lines: names, units, inputs, codes, grants, what holds for
//! allocations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::facts::{self, In};
use super::{Both, Pair};
use crate::period::{Days, HORIZON, previous_day, stretches};
use crate::plan::{InputId, InputKind, Plan, Rate, Rule, TargetId, TargetKind, Unit, Value};
use crate::quantity::{Exact, plain};

/// What something is that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The default rounding.
    Credits,
    /// A unit.
    Unit,
    /// An input.
    Input,
    /// Products that cost less together.
    Together,
    /// How long credits outlive their license.
    Grace,
    /// A limit.
    Limit,
    /// Product or license.
    Kind,
    /// The declared unit.
    DeclaredUnit,
    /// Codes.
    Code,
    /// Grants of a license.
    Grants,
    /// What the credits of a license are only for.
    OnlyFor,
}

impl Subject {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Credits => "credits",
            Self::Unit | Self::DeclaredUnit => "unit",
            Self::Input => "input",
            Self::Together => "together",
            Self::Grace => "grace",
            Self::Limit => "limit",
            Self::Kind => "kind",
            Self::Code => "sku",
            Self::Grants => "grants",
            Self::OnlyFor => "credits only for",
        }
    }
}

/// Something that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Other {
    /// What it is.
    pub subject: Subject,
    /// Its name, where there are several.
    pub name: String,
    /// On these days.
    pub days: Days,
    /// What it was; none where it was not there.
    pub old: Option<String>,
    /// What it is; none where it is no longer there.
    pub new: Option<String>,
}

impl Other {
    fn new(subject: Subject, name: &str, old: Option<String>, new: Option<String>) -> Self {
        Self { subject, name: name.to_owned(), days: Days::ALWAYS, old, new }
    }
}

/// What differs in whole rulesets.
pub(super) fn others(both: &Both<'_>, pairs: &[Pair]) -> Vec<Other> {
    let (old, new) = (both.old.plan, both.new.plan);
    let mut found = Vec::new();
    // How each line is rounded stands with its product; what is charged together has but this.
    let roundings = (old.rounding.1.text(), new.rounding.1.text());
    let shares = !old.togethers.is_empty() && !new.togethers.is_empty();
    if shares && roundings.0 != roundings.1 {
        let (old, new) = (Some(roundings.0), Some(roundings.1));
        found.push(Other::new(Subject::Credits, "round", old, new));
    }
    unlike(Subject::Unit, &units(old), &units(new), &mut found);
    unlike(Subject::Input, &inputs(old), &inputs(new), &mut found);
    let renames: BTreeMap<TargetId, TargetId> =
        pairs.iter().map(|pair| (pair.old, pair.new)).collect();
    let old_name = |id: TargetId| renamed(both, id, &renames);
    let new_name = |id: TargetId| name(new, id);
    unlike(Subject::Together, &togethers(old, &old_name), &togethers(new, &new_name), &mut found);
    let graces = (grace(old), grace(new));
    if graces.0 != graces.1 {
        found.push(Other::new(Subject::Grace, "", graces.0, graces.1));
    }
    limits(both, (&old_name, &new_name), &mut found);
    found
}

/// What differs between two products or licenses.
pub(super) fn of_pair(
    both: &Both<'_>,
    (old, new): (TargetId, TargetId),
    renames: &BTreeMap<TargetId, TargetId>,
) -> Vec<Other> {
    let (Some(before), Some(after)) = (both.old.plan.rule(old), both.new.plan.rule(new)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut note = |subject, old: &str, new: &str| {
        if old != new {
            found.push(Other::new(subject, "", Some(old.to_owned()), Some(new.to_owned())));
        }
    };
    note(Subject::Kind, before.kind.word(), after.kind.word());
    let unit = |plan: &Plan, rule: &Rule| {
        plan.unit(rule.unit).map_or_else(String::new, |unit| unit.name.clone())
    };
    let declared = [unit(both.old.plan, before), unit(both.new.plan, after)];
    let [own, other] = &declared;
    note(Subject::DeclaredUnit, own, other);
    if own == other {
        factors([(both.old.plan, before), (both.new.plan, after)], own, &mut found);
    }
    let looked_at =
        [(both.old.plan, before), (both.new.plan, after)].map(|(plan, rule)| kinds(plan, rule));
    let [old_kinds, new_kinds] = &looked_at;
    for (name, was) in old_kinds {
        // That one of both alone looks at an input shows in lines.
        if let Some(is) = new_kinds.get(name).filter(|is| *is != was) {
            found.push(Other::new(Subject::Input, name, Some(was.clone()), Some(is.clone())));
        }
    }
    let old_name = |id: TargetId| renamed(both, id, renames);
    let new_name = |id: TargetId| name(both.new.plan, id);
    dated(Subject::Code, (before, after), &codes, &codes, &mut found);
    // In the unit that the product is declared in now, where that is one of the same kind.
    let told_in = |plan: &Plan, id: TargetId, now: Option<TargetId>| {
        let own = plan.unit(plan.rule(id)?.unit)?;
        let now = now.and_then(|id| both.new.plan.unit(both.new.plan.rule(id)?.unit));
        let base = |plan: &Plan, unit: &Unit| plan.unit(unit.base).map(|unit| unit.name.clone());
        let is_alike = |now: &&Unit| base(both.new.plan, now) == base(plan, own);
        let told = now.filter(is_alike).unwrap_or(own);
        Some((told.factor.clone(), told.name.clone()))
    };
    let grants = |plan: &Plan,
                  rule: &Rule,
                  day: Date,
                  name: &dyn Fn(TargetId) -> String,
                  now: &dyn Fn(TargetId) -> Option<TargetId>| {
        let version = rule.on(Some(day));
        let held = version.iter().flat_map(|version| &version.clauses.grants);
        let mut texts: Vec<String> = held
            .filter_map(|at| rule.grants.get(*at))
            .map(|(_, product, each)| {
                let unit = told_in(plan, *product, now(*product));
                let (factor, unit) = unit.unwrap_or_else(|| (Exact::one(), String::new()));
                format!("{} {unit} of {}", (each.clone() / factor).text(), name(*product))
            })
            .collect();
        texts.sort();
        texts
    };
    if before.kind == TargetKind::License || after.kind == TargetKind::License {
        let old = |rule: &Rule, day: Date| {
            grants(both.old.plan, rule, day, &old_name, &|id| renames.get(&id).copied())
        };
        let new =
            |rule: &Rule, day: Date| grants(both.new.plan, rule, day, &new_name, &|id| Some(id));
        dated(Subject::Grants, (before, after), &old, &new, &mut found);
        let old = |rule: &Rule, day: Date| only_for(rule, day, &old_name);
        let new = |rule: &Rule, day: Date| only_for(rule, day, &new_name);
        dated(Subject::OnlyFor, (before, after), &old, &new, &mut found);
    }
    found
}

/// What the inputs take that a rule, or a product that it grants, looks at.
fn kinds(plan: &Plan, rule: &Rule) -> BTreeMap<String, String> {
    let of_rule = |rule: &Rule| {
        let clauses = rule.versions.iter().flat_map(|version| &version.clauses.inputs).copied();
        let exceptions = rule.exceptions.iter().flat_map(|exception| {
            let rates = exception.rate.forms.iter().flat_map(|(_, rate)| match rate {
                Rate::Table(table) => table.columns.clone(),
                Rate::Curve(_) => Vec::new(),
            });
            exception.condition.sets.keys().copied().chain(rates).collect::<Vec<_>>()
        });
        clauses.chain(exceptions).collect::<BTreeSet<InputId>>()
    };
    let rules = super::with_granted(plan, rule);
    let inputs = rules.flat_map(of_rule).filter_map(|id| plan.input(id));
    inputs.map(|input| (input.name.clone(), kind(&input.kind))).collect()
}

/// Units that were so many of the declared one, and are not now: lines that are in them differ.
fn factors(rules: [(&Plan, &Rule); 2], declared: &str, found: &mut Vec<Other>) {
    let [old, new] = rules.map(|(plan, rule)| {
        let own = plan.unit(rule.unit);
        let factor = |(name, id): (&String, &crate::plan::UnitId)| {
            let (unit, own) = (plan.unit(*id)?, own?);
            let text = || format!("{} {declared}", unit.factor.clone() / own.factor.clone());
            (unit.base == own.base).then(|| (name.clone(), text()))
        };
        plan.unit_names.iter().filter_map(factor).collect::<BTreeMap<String, String>>()
    });
    for (name, was) in old {
        let now = new.get(&name);
        if now != Some(&was) {
            found.push(Other::new(Subject::Unit, &name, Some(was), now.cloned()));
        }
    }
}

fn name(plan: &Plan, id: TargetId) -> String {
    plan.rule(id).map_or_else(String::new, |rule| rule.name.clone())
}

/// The name that a product of the old ruleset has in the new one.
fn renamed(both: &Both<'_>, id: TargetId, renames: &BTreeMap<TargetId, TargetId>) -> String {
    renames.get(&id).map_or_else(|| name(both.old.plan, id), |new| name(both.new.plan, *new))
}

/// The products that the credits of a license are only for.
fn only_for(rule: &Rule, day: Date, name: &dyn Fn(TargetId) -> String) -> Vec<String> {
    let at = rule.on(Some(day)).and_then(|version| version.clauses.only_for);
    let ids = at.and_then(|at| rule.only_for.get(at)).map(|(_, ids)| ids.as_slice());
    let mut names: Vec<String> = ids.unwrap_or_default().iter().map(|id| name(*id)).collect();
    names.sort();
    names
}

/// How long credits outlive their license; a grace of no days is none.
fn grace(plan: &Plan) -> Option<String> {
    let grace = plan.grace.as_ref().filter(|grace| grace.days > 0)?;
    let counts = if grace.counts { "counts" } else { "does not count" };
    Some(format!("{} days {counts}", grace.days))
}

fn codes(rule: &Rule, day: Date) -> Vec<String> {
    let at = rule.on(Some(day)).and_then(|version| version.clauses.sku);
    let codes = at.and_then(|at| rule.skus.get(at));
    codes.map_or_else(Vec::new, |(_, codes)| codes.clone())
}

/// Lists that differ from day to day.
fn dated(
    subject: Subject,
    (before, after): (&Rule, &Rule),
    old: &dyn Fn(&Rule, Date) -> Vec<String>,
    new: &dyn Fn(&Rule, Date) -> Vec<String>,
    found: &mut Vec<Other>,
) {
    let starts: BTreeSet<Date> =
        before.versions.iter().chain(&after.versions).map(|version| version.from).collect();
    let ends = starts.iter().skip(1).filter_map(|day| previous_day(*day)).chain([HORIZON]);
    let first = found.len();
    for (from, to) in starts.iter().zip(ends) {
        let lists = (old(before, *from), new(after, *from));
        if lists.0 == lists.1 {
            continue;
        }
        let text = |list: Vec<String>| (!list.is_empty()).then(|| list.join(", "));
        let mut other = Other::new(subject, "", text(lists.0), text(lists.1));
        other.days = Days { from: *from, to };
        match found.get_mut(first..).and_then(|own| own.last_mut()) {
            Some(last)
                if last.old == other.old
                    && last.new == other.new
                    && crate::period::next_day(last.days.to) == Some(*from) =>
            {
                last.days.to = to;
            }
            _ => found.push(other),
        }
    }
}

/// Named things that are not the same in both.
fn unlike(
    subject: Subject,
    old: &BTreeMap<String, String>,
    new: &BTreeMap<String, String>,
    found: &mut Vec<Other>,
) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (old, new) = (old.get(name), new.get(name));
        if old != new {
            found.push(Other::new(subject, name, old.cloned(), new.cloned()));
        }
    }
}

/// What each name of a unit means.
fn units(plan: &Plan) -> BTreeMap<String, String> {
    let text = |(alias, id): (&String, &crate::plan::UnitId)| {
        let unit = plan.unit(*id)?;
        let base = plan.unit(unit.base)?;
        let text = match (*alias == unit.name, unit.base == *id) {
            (true, true) => String::from("a unit of its own"),
            (true, false) => format!("{} {}", unit.factor, base.name),
            (false, _) => format!("another name of {}", unit.name),
        };
        Some((alias.clone(), text))
    };
    plan.unit_names.iter().filter_map(text).collect()
}

/// What each input takes.
fn inputs(plan: &Plan) -> BTreeMap<String, String> {
    let text = |input: &crate::plan::Input| {
        let kind = kind(&input.kind);
        let default = input.default.as_ref().map(|value| match (&input.kind, value) {
            (InputKind::Choice(names), Value::Choice(at)) => {
                names.get(*at).cloned().unwrap_or_default()
            }
            (_, Value::Choice(at)) => at.to_string(),
            (_, Value::Number(number)) => plain(*number),
            (_, Value::Text(text)) => format!("\"{text}\""),
            (_, Value::Date(day)) => day.to_string(),
        });
        let default = default.map_or_else(String::new, |default| format!(", default {default}"));
        (input.name.clone(), format!("{kind}{default}"))
    };
    plan.inputs.iter().map(text).collect()
}

fn kind(kind: &InputKind) -> String {
    match kind {
        kind if kind.is_yes_no() => "yes/no".to_owned(),
        InputKind::Choice(names) => {
            let mut names = names.clone();
            names.sort();
            format!("one of {}", names.join(", "))
        }
        kind => kind.words().to_owned(),
    }
}

/// What is charged together, by its products.
fn togethers(plan: &Plan, name: &dyn Fn(TargetId) -> String) -> BTreeMap<String, String> {
    let text = |together: &crate::plan::Together| {
        let mut members: Vec<String> = together.members.iter().map(|id| name(*id)).collect();
        members.sort();
        let days = stretches(Days::ALWAYS, std::iter::once(&together.rate.layout));
        let mut rates: Vec<(Date, String)> = Vec::new();
        for Days { from, .. } in days {
            let rate = together.rate.on(from).map_or("none".to_owned(), |(_, rate)| plain(*rate));
            if rates.last().is_none_or(|(_, last)| *last != rate) {
                rates.push((from, rate));
            }
        }
        let texts: Vec<String> = rates
            .into_iter()
            .map(|(from, rate)| {
                if from == crate::period::BEGINNING { rate } else { format!("{rate} from {from}") }
            })
            .collect();
        (members.join(" with "), texts.join(", "))
    };
    plan.togethers.iter().map(text).collect()
}

/// Limits by their names; what one demands on some days is told of these days.
fn limits(
    both: &Both<'_>,
    (old_name, new_name): (&dyn Fn(TargetId) -> String, &dyn Fn(TargetId) -> String),
    found: &mut Vec<Other>,
) {
    let of = |units: In| {
        let old = facts::limits(both.old.plan, &old_name, units);
        (old, facts::limits(both.new.plan, &new_name, units))
    };
    let ((old, new), (mut was, mut is)) = (of(In::Base), of(In::Declared));
    for name in old.keys().chain(new.keys()) {
        let (before, after) = (old.get(name), new.get(name));
        if before == after {
            was.remove(name);
            is.remove(name);
        } else if was.get(name) == is.get(name) {
            // A unit is another number of base units, which alone tell the difference.
            was.extend(before.map(|text| (name.clone(), text.clone())));
            is.extend(after.map(|text| (name.clone(), text.clone())));
        }
    }
    unlike(Subject::Limit, &was, &is, found);
}
