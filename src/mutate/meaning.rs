//! What a plan does, without how it is written: two plans of one meaning charge every line alike.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::period::{BEGINNING, Days, Term, next_day};
use crate::plan::{
    Clauses, Condition, Curve, Expression, Plan, Rate, Rule, Set, TargetId, Together, UnitId,
};
use crate::quantity::{Exact, Rounding};

/// What a plan does.
#[derive(Debug, PartialEq)]
pub(super) struct Meaning {
    /// To license lines.
    pub lines: Lines,
    /// To allocations besides.
    pub allocations: Allocations,
}

#[derive(Debug, PartialEq)]
pub(super) struct Lines {
    units: Vec<(UnitId, Exact)>,
    excludes: Vec<Condition>,
    togethers: Vec<Joint>,
    rules: Vec<Rules>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Allocations {
    togethers: Vec<Joint>,
    grants: Vec<Vec<(Date, Grants)>>,
}

/// The unit of a rule, whether lines need a day, and what holds from which day on.
type Rules = (UnitId, bool, Vec<(Date, Named)>);

/// Codes, and what is done with what they name.
type Named = (Vec<String>, Standing);

/// Members of a `together` and its rate by days.
type Joint = (Vec<TargetId>, Vec<(Days, Decimal)>);

type Grants = Vec<(TargetId, Exact)>;

/// What holds of a rule from a day on.
#[derive(Debug, PartialEq)]
enum Standing {
    Withdrawn,
    Sold(Box<Sold>),
}

#[derive(Debug, PartialEq)]
struct Sold {
    /// Size of a block in base units, whether a begun one counts whole, and the period.
    block: Option<(Exact, bool, Option<Term>)>,
    count: Option<Expression>,
    zero_charged: bool,
    at_least: Option<Decimal>,
    at_most: Option<Decimal>,
    rounding: Rounding,
    rate: Option<Charging>,
    exceptions: Vec<(Condition, Charging)>,
    grants: Grants,
}

/// An amount: credits once, for each unit, and whether it is refused.
type Line = (Exact, Exact, bool);

/// Cells of a row; `None` for the rest.
type Cells = Option<Vec<Option<Set>>>;

#[derive(Debug, PartialEq)]
enum Charging {
    /// Upper ends, with whether they belong to their own piece.
    Pieces(Vec<(Option<(Exact, bool)>, Line)>),
    Rows(Vec<(Cells, Line)>),
}

impl Meaning {
    pub(super) fn of(plan: &Plan) -> Self {
        let joint = |together: &Together| -> Joint {
            let rate = together.rate.stretches().map(|(days, (_, rate))| (days, rate.normalize()));
            (together.members.clone(), rate.collect())
        };
        let met = |together: &&Together| {
            plan.rules.iter().any(|rule| {
                rule.versions.iter().any(|version| is_met(together, rule, &version.clauses))
            })
        };
        let rules = plan
            .rules
            .iter()
            .map(|rule| (rule.unit, rule.on(None).is_none(), standings(plan, rule)));
        let grants = plan.rules.iter().map(|rule| {
            let versions = rule.versions.iter();
            merged(versions.map(|version| (version.from, grants(rule, &version.clauses))))
        });
        Self {
            lines: Lines {
                units: plan.units.iter().map(|unit| (unit.base, unit.factor.clone())).collect(),
                excludes: plan.excludes.iter().map(|one| one.condition.clone()).collect(),
                togethers: plan.togethers.iter().filter(met).map(joint).collect(),
                rules: rules.collect(),
            },
            allocations: Allocations {
                togethers: plan.togethers.iter().map(joint).collect(),
                grants: grants.collect(),
            },
        }
    }
}

/// Whether lines of a rule are converted by grants of all members.
fn is_met(together: &Together, rule: &Rule, clauses: &Clauses) -> bool {
    let held = grants(rule, clauses);
    clauses.rate.is_none()
        && together.members.iter().all(|member| held.iter().any(|(own, _)| own == member))
}

fn grants(rule: &Rule, clauses: &Clauses) -> Grants {
    let granted = clauses.grants.iter().filter_map(|at| rule.grants.get(*at));
    let mut grants: Grants = granted.map(|(_, product, each)| (*product, each.clone())).collect();
    grants.sort();
    grants
}

/// What holds from which day on, without days on which nothing changes.
fn standings(plan: &Plan, rule: &Rule) -> Vec<(Date, Named)> {
    let mut days: BTreeSet<Date> = rule.versions.iter().map(|version| version.from).collect();
    for exception in &rule.exceptions {
        for (stretch, _) in exception.rate.stretches() {
            days.insert(stretch.from);
            days.extend(next_day(stretch.to));
        }
    }
    days.insert(BEGINNING);
    merged(days.into_iter().filter_map(|day| Some((day, standing(plan, rule, day)?))))
}

fn merged<T: PartialEq>(all: impl Iterator<Item = (Date, T)>) -> Vec<(Date, T)> {
    let mut kept: Vec<(Date, T)> = Vec::new();
    for (day, next) in all {
        if kept.last().is_none_or(|(_, last)| *last != next) {
            kept.push((day, next));
        }
    }
    kept
}

fn standing(plan: &Plan, rule: &Rule, day: Date) -> Option<Named> {
    let clauses = &rule.on(Some(day))?.clauses;
    let codes = clauses.sku.and_then(|at| rule.skus.get(at)).map(|(_, codes)| codes.clone());
    Some((codes.unwrap_or_default(), charges(plan, rule, clauses, day)))
}

fn charges(plan: &Plan, rule: &Rule, clauses: &Clauses, day: Date) -> Standing {
    if clauses.withdrawn.is_some() {
        return Standing::Withdrawn;
    }
    let per = clauses.per.and_then(|at| rule.pers.get(at)).map(|(_, per)| per);
    let block = per.and_then(|per| {
        let size = Exact::from(per.block) * plan.unit(per.unit)?.factor.clone();
        Some((size, per.started, per.term))
    });
    let started = per.is_some_and(|per| per.started);
    let rate = clauses.rate.and_then(|at| rule.rates.get(at));
    let exceptions = rule.exceptions.iter().filter_map(|exception| {
        let (_, rate) = exception.rate.on(day)?;
        Some((exception.condition.clone(), charging(rate, started)))
    });
    let rounding = clauses.rounding.and_then(|at| rule.roundings.get(at));
    let rounding = rounding.map_or(plan.rounding.1, |(_, own)| *own);
    let bound = |form: Option<&(crate::plan::Origin, Decimal)>| form.map(|(_, at)| at.normalize());
    Standing::Sold(Box::new(Sold {
        block,
        count: clauses.count.and_then(|at| rule.counts.get(at)).map(|(_, count)| count.clone()),
        zero_charged: clauses.zero_charged,
        at_least: bound(clauses.at_least.and_then(|at| rule.at_least.get(at))),
        at_most: bound(clauses.at_most.and_then(|at| rule.at_most.get(at))),
        rounding: Rounding { step: rounding.step.normalize(), ..rounding },
        rate: rate.map(|(_, rate)| charging(rate, started)),
        exceptions: exceptions.collect(),
        // With a rate, no line is converted by grants.
        grants: if rate.is_some() { Vec::new() } else { grants(rule, clauses) },
    }))
}

fn charging(rate: &Rate, started: bool) -> Charging {
    let table = match rate {
        Rate::Curve(curve) => return Charging::Pieces(pieces(curve, started)),
        Rate::Table(table) => table,
    };
    let line = |piece: &crate::plan::Piece| line(&piece.base, &piece.slope, piece.refused);
    let rows = || table.rows.iter().map(|(cells, piece)| (cells.clone(), line(piece)));
    let rest = rows().find(|(cells, _)| cells.is_none()).map(|(_, rest)| rest);
    // A row that charges what the rest is charged says nothing.
    let mut rows: Vec<_> =
        rows().filter(|(cells, own)| cells.is_none() || Some(own) != rest.as_ref()).collect();
    rows.sort();
    Charging::Rows(rows)
}

fn line(base: &Exact, slope: &Exact, refused: bool) -> Line {
    if refused {
        (Exact::zero(), Exact::zero(), true)
    } else {
        (base.clone(), slope.clone(), false)
    }
}

fn pieces(curve: &Curve, started: bool) -> Vec<(Option<(Exact, bool)>, Line)> {
    let mut kept: Vec<(Option<(Exact, bool)>, Line)> = Vec::new();
    for piece in &curve.pieces {
        // Charged units are whole where begun blocks count whole: so are the ends of pieces then.
        let upper = piece.upper.as_ref().map(|upper| match (started, curve.inclusive) {
            (false, closed) => (upper.clone(), closed),
            (true, true) => (upper.floor(), true),
            (true, false) => (upper.ceil() - Exact::one(), true),
        });
        let own = line(&piece.base, &piece.slope, piece.refused);
        match kept.last_mut() {
            Some((end, last)) if *last == own => *end = upper,
            _ => kept.push((upper, own)),
        }
    }
    // At an end at which both sides charge the same, it does not matter whose it is.
    let next: Vec<Line> = kept.iter().skip(1).map(|(_, line)| line.clone()).collect();
    for ((end, own), next) in kept.iter_mut().zip(next) {
        if let Some((at, closed)) = end
            && !own.2
            && !next.2
            && &own.0 + &(&own.1 * at) == &next.0 + &(&next.1 * at)
        {
            *closed = true;
        }
    }
    kept
}
