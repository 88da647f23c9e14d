//! What a line costs at the bounds of tiers: the last quantity of a tier and the first behind it.
//!
//! The bounds are the ends of the pieces that the evaluator runs, and the credits are what the
//! evaluator charges there.

pub mod table;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::evaluate::{Refusal, charge};
use crate::hir::timeline::Timeline;
use crate::period::{BEGINNING, Days, HORIZON, Term, parse_date, previous_day};
use crate::plan::{Blocks, Clauses, Curve, Edge, Origin, Plan, Rate, Rule, TargetId, TargetKind};
use crate::quantity::Exact;
use crate::source::Place;

/// A bound of a tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// Product or license.
    pub kind: TargetKind,
    /// Whose.
    pub subject: String,
    /// The tier that ends.
    pub place: Place,
    /// Whether the tier belongs to an exception.
    pub exception: bool,
    /// The days on which it holds.
    pub days: Days,
    /// A day of them, on which the credits were computed.
    pub start: Date,
    /// For how long, where credits depend on that.
    pub term: Option<Span>,
    /// The unit of the head, in which quantities are given.
    pub unit: String,
    /// Whether a `count` makes these units out of the inputs of a line.
    pub counted: bool,
    /// The bound in that unit.
    pub bound: Exact,
    /// Whether the tier that ends holds its bound.
    pub inclusive: bool,
    /// The bound in blocks, where more than one unit makes a block.
    pub block: Option<Block>,
    /// The last quantity of the tier.
    pub last: Figure,
    /// The first quantity behind it.
    pub first: Figure,
}

/// A term for which credits were computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// How terms are counted.
    pub term: Term,
    /// Its last day.
    pub end: Date,
    /// How many periods it counts as.
    pub periods: Exact,
}

/// Blocks in which units are charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// How many make one.
    pub size: Decimal,
    /// Of which unit.
    pub unit: String,
    /// Whether a begun one counts whole.
    pub started: bool,
    /// The bound, in blocks.
    pub bound: Exact,
}

/// A quantity with its credits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// How many.
    pub quantity: Exact,
    /// What they cost; `None` where the line is refused.
    pub credits: Option<Exact>,
}

impl Boundary {
    /// How many credits the bound adds, where neither side is refused.
    pub fn jump(&self) -> Option<Exact> {
        Some(self.first.credits.clone()? - self.last.credits.clone()?)
    }

    /// The first and the last day, where there is one.
    pub fn limits(&self) -> (Option<Date>, Option<Date>) {
        let Days { from, to } = self.days;
        (Some(from).filter(|day| *day > BEGINNING), Some(to).filter(|day| *day < HORIZON))
    }
}

/// Every bound of every tier, by product or license, then by place, then by day.
pub fn boundaries(plan: &Plan) -> Vec<Boundary> {
    let mut rules: Vec<(TargetId, &Rule)> = (0..).map(TargetId).zip(&plan.rules).collect();
    rules.sort_by_key(|(_, rule)| rule.place);
    rules.into_iter().flat_map(|(id, rule)| of_rule(plan, id, rule)).collect()
}

fn of_rule(plan: &Plan, id: TargetId, rule: &Rule) -> Vec<Boundary> {
    let mut found: Vec<Boundary> = Vec::new();
    let mut add = |days: Days, clauses: &Clauses, form: &(Origin, Rate), exception: bool| {
        let (_, Rate::Curve(curve)) = form else { return };
        let tiers = Tiers { plan, id, rule, clauses, form, curve, exception };
        found.extend(tiers.on(days).into_iter().flatten());
    };
    for (days, clauses) in versions(rule) {
        if let Some(form) = clauses.rate.and_then(|at| rule.rates.get(at)) {
            add(days, clauses, form, false);
        }
    }
    for exception in &rule.exceptions {
        for (days, clauses, form) in overlaps(rule, &exception.rate) {
            add(days, clauses, form, true);
        }
    }
    found.sort_by_key(|boundary| (boundary.place, boundary.days));
    merged(found)
}

/// The clauses of each stretch of days on which the rule is on sale.
fn versions(rule: &Rule) -> impl Iterator<Item = (Days, &Clauses)> {
    let ends = rule.versions.iter().skip(1).map(|version| previous_day(version.from));
    let ends = ends.chain(std::iter::once(Some(HORIZON)));
    rule.versions
        .iter()
        .zip(ends)
        .filter(|(version, _)| version.clauses.withdrawn.is_none())
        .filter_map(|(version, to)| Some((Days { from: version.from, to: to? }, &version.clauses)))
}

/// The forms of an exception with the clauses beside which they hold.
fn overlaps<'a>(
    rule: &'a Rule,
    rates: &'a Timeline<Rate>,
) -> impl Iterator<Item = (Days, &'a Clauses, &'a (Origin, Rate))> {
    rates.stretches().flat_map(|(own, form)| {
        versions(rule)
            .skip_while(move |(days, _)| days.to < own.from)
            .take_while(move |(days, _)| days.from <= own.to)
            .filter_map(move |(days, clauses)| Some((days.intersect(own)?, clauses, form)))
    })
}

/// One boundary for adjacent days on which nothing about it differs.
fn merged(found: Vec<Boundary>) -> Vec<Boundary> {
    let mut kept: Vec<Boundary> = Vec::with_capacity(found.len());
    for next in found {
        if let Some(last) = kept.last_mut() {
            let (days, start, term) = (last.days, last.start, last.term.clone());
            let same = *last == Boundary { days, start, term, ..next.clone() };
            if same && previous_day(next.days.from) == Some(days.to) {
                last.days.to = next.days.to;
                continue;
            }
        }
        kept.push(next);
    }
    kept
}

/// A tiered rate beside the clauses of a day.
struct Tiers<'a> {
    plan: &'a Plan,
    id: TargetId,
    rule: &'a Rule,
    clauses: &'a Clauses,
    form: &'a (Origin, Rate),
    curve: &'a Curve,
    exception: bool,
}

impl Tiers<'_> {
    fn on(&self, days: Days) -> Option<Vec<Boundary>> {
        let Self { plan, rule, clauses, curve, .. } = self;
        let (_, per) = clauses.per.and_then(|at| rule.pers.get(at))?;
        let (head, own) = (plan.unit(rule.unit)?, plan.unit(per.unit)?);
        let single = per.block == Decimal::ONE && per.unit == rule.unit && !per.started;
        let size = Exact::from(per.block) * own.factor.clone() / head.factor.clone();
        let start = shown(days)?;
        let term = match per.term {
            None => None,
            Some(term) => {
                let end = previous_day(term.after(start, 1)?)?;
                Some(Span { term, end, periods: term.periods(start, end)? })
            }
        };
        let to = (start, term.as_ref().map(|term| term.end));
        let blocks = Blocks { size: size.clone(), started: per.started };
        let boundary = |edge: Edge| {
            let piece = curve.pieces.get(edge.piece)?;
            Some(Boundary {
                kind: rule.kind,
                subject: rule.name.clone(),
                place: piece.place,
                exception: self.exception,
                days,
                start,
                term: term.clone(),
                unit: head.name.clone(),
                counted: clauses.count.is_some(),
                bound: &edge.upper * &size,
                inclusive: curve.inclusive,
                block: (!single).then(|| Block {
                    size: per.block,
                    unit: own.name.clone(),
                    started: per.started,
                    bound: edge.upper.clone(),
                }),
                last: self.figure(edge.last, to)?,
                first: self.figure(edge.first, to)?,
            })
        };
        Some(curve.edges(&blocks).into_iter().filter_map(boundary).collect())
    }

    fn figure(&self, quantity: Exact, term: (Date, Option<Date>)) -> Option<Figure> {
        let credits = match charge(self.plan, self.id, self.form, &quantity, term) {
            Ok(credits) => Some(credits),
            Err(Refusal::RateRefused { .. }) => None,
            Err(_) => return None,
        };
        Some(Figure { quantity, credits })
    }
}

/// A day to compute on: the first, or where there is none, one that people write.
fn shown(days: Days) -> Option<Date> {
    let usual = parse_date("2025-01-01")?;
    match (days.from > BEGINNING, days.to < usual) {
        (true, _) => Some(days.from),
        (false, true) => Some(days.to),
        (false, false) => Some(usual),
    }
}
