//! What two rulesets say differently: for each product and license the lines whose credits differ,
//! and by how much, as a function of the line.
//!
//! Both plans go through the eight steps for whole cells of lines at once, days by days; a cell is
//! split where either plan tells its lines apart. What is left are cells on which both give one form
//! of credits each, and those are subtracted exactly, before rounding. No cell is left out: where
//! nothing is found, every line becomes the same.

pub mod cell;
pub mod facts;
pub mod form;
mod others;
mod pairs;
mod reach;
pub mod region;
pub mod share;
pub mod steps;
pub mod world;

use std::collections::BTreeSet;

use jiff::civil::Date;

use crate::period::{BEGINNING, Days, Term, TermUnit, next_day, previous_day};
use crate::plan::{Plan, Rule, TargetId, Timeline, Value};
use crate::quantity::Exact;
use cell::{Cell, Split, Unclear};
use facts::Facts;
use form::{Along, Atom, Form};
pub use others::{Other, Subject};
pub use region::{Change, Region};
use steps::{Measure, Outcome, Parts, Run, Why};
use world::{Side, Var, World};

/// Most cells of one pair on days between which nothing changes.
const MOST_CELLS: usize = 12_000;

/// A ruleset to compare.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// What is run.
    pub plan: &'a Plan,
    /// What it says besides.
    pub facts: &'a Facts,
}

/// What two rulesets say differently.
#[derive(Debug)]
pub struct Diff {
    /// The inputs of both.
    pub world: World,
    /// Products and licenses of both, in the order of the new ruleset.
    pub pairs: Vec<Pair>,
    /// Products and licenses that the new ruleset adds.
    pub added: Vec<TargetId>,
    /// Those that it no longer has.
    pub dropped: Vec<TargetId>,
    /// Lines that are excluded in one alone, whatever the product.
    pub excludes: Vec<Region>,
    /// What else differs.
    pub others: Vec<Other>,
}

/// A product or license of both.
#[derive(Debug)]
pub struct Pair {
    /// In the old ruleset.
    pub old: TargetId,
    /// In the new one.
    pub new: TargetId,
    /// How one is known for the other, where their names differ.
    pub renamed: Option<Renamed>,
    /// Whether it depends on the day: then lines without one are told apart.
    pub is_dated: bool,
    /// The lines that differ.
    pub regions: Vec<Region>,
    /// What else differs.
    pub others: Vec<Other>,
}

/// How a product or license is known under another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// Both have this code.
    Code(String),
    /// Both convert every line alike, and have like labels; no other does.
    Alike,
}

impl Pair {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.renamed.is_none() && self.regions.is_empty() && self.others.is_empty()
    }
}

impl Diff {
    /// Whether nothing differs: then every line becomes the same.
    pub fn is_equal(&self) -> bool {
        self.pairs.iter().all(Pair::is_equal)
            && self.added.is_empty()
            && self.dropped.is_empty()
            && self.excludes.is_empty()
            && self.others.is_empty()
    }

    /// Whether no example can tell that anything differs: licenses are valid in all of them, and
    /// what licenses grant beside a rate of their own is only retained.
    pub fn is_equal_in_examples(&self) -> bool {
        self.differ_in(|subject| matches!(subject, Subject::Grace | Subject::Grants))
    }

    /// Whether every line becomes the same, whatever inputs it leaves out.
    pub fn lines_are_equal(&self) -> bool {
        self.differ_in(|subject| subject == Subject::Input)
    }

    /// Whether nothing differs but such subjects.
    fn differ_in(&self, subjects: impl Fn(Subject) -> bool) -> bool {
        let untold = |others: &[Other]| others.iter().all(|other| subjects(other.subject));
        self.added.is_empty()
            && self.dropped.is_empty()
            && self.excludes.is_empty()
            && untold(&self.others)
            && self.pairs.iter().all(|pair| {
                pair.renamed.is_none() && pair.regions.is_empty() && untold(&pair.others)
            })
    }

    /// The regions of a pair in which a line lies: its first day, its values, the quantity in the
    /// declared unit, and its number of periods.
    pub fn regions_of<'a>(
        &'a self,
        pair: &'a Pair,
        start: Option<Date>,
        value: &impl Fn(Var) -> Option<Value>,
        number: &impl Fn(&Atom) -> Option<Exact>,
    ) -> impl Iterator<Item = &'a Region> {
        let on_day = move |region: &&Region| match (start, region.days) {
            (Some(day), Some(days)) => days.from <= day && day <= days.to,
            (None, None) => true,
            (None, Some(days)) => region.undated || (!pair.is_dated && days == Days::ALWAYS),
            (Some(_), None) => false,
        };
        pair.regions
            .iter()
            .filter(on_day)
            .filter(move |region| region::holds(&self.world, &region.cell, value, number))
    }

    /// The regions in which a line is excluded in one alone.
    pub fn excludes_of<'a>(
        &'a self,
        value: &impl Fn(Var) -> Option<Value>,
        number: &impl Fn(&Atom) -> Option<Exact>,
    ) -> impl Iterator<Item = &'a Region> {
        self.excludes
            .iter()
            .filter(move |region| region::holds(&self.world, &region.cell, value, number))
    }
}

/// Compares two rulesets.
pub fn compare(old: Rules<'_>, new: Rules<'_>) -> Diff {
    let world = World::new(old.plan, new.plan);
    let both = Both { old, new, world: &world };
    let excludes = both.excludes();
    let (pairs, added, dropped) = pairs::pairs(&both);
    let others = others::others(&both, &pairs);
    Diff { world, pairs, added, dropped, excludes, others }
}

/// Two rulesets and their inputs.
#[derive(Clone, Copy)]
struct Both<'a> {
    old: Rules<'a>,
    new: Rules<'a>,
    world: &'a World,
}

/// What a cell becomes in both, and how that differs.
type Judge<'a> = dyn Fn(&Cell, Option<Date>) -> Result<Judged, Split> + 'a;

/// How cells differ.
struct Judged {
    change: Change,
    parts: [Option<Parts>; 2],
}

impl Judged {
    fn of(change: Change) -> Self {
        Self { change, parts: [None, None] }
    }

    /// A difference of credits that is 0 on all lines of the cell is none.
    fn confirmed(mut self, cell: &Cell) -> Self {
        if let (Change::Credits(form), [Some(old), Some(new)]) = (&self.change, &self.parts)
            && reach::is_nothing(cell, form)
        {
            let are_equal = |old: &Form, new: &Form| reach::is_nothing(cell, &new.minus(old));
            self.change = if old.rounds_as(new, are_equal) {
                Change::Same
            } else {
                Change::Rounding(old.roundings(), new.roundings())
            };
        }
        self
    }
}

impl<'a> Both<'a> {
    fn run<'b>(self, side: Side, cell: &'b Cell, day: Option<Date>, measure: &'b Measure) -> Run<'b>
    where
        'a: 'b,
    {
        let rules = if side == Side::Old { self.old } else { self.new };
        Run { side, plan: rules.plan, world: self.world, cell, day, measure }
    }

    /// What a pair is measured in: the declared unit of the new ruleset, where both have one base.
    fn measure(self, old: TargetId, new: TargetId) -> Measure {
        let rules = [(self.old.plan, old), (self.new.plan, new)];
        let units = rules.map(|(plan, id)| {
            let unit = plan.unit(plan.rule(id)?.unit)?;
            Some((&unit.name, &plan.unit(unit.base)?.name, unit.factor.clone()))
        });
        let mut measure = Measure::default();
        // Lines in a unit of one name are those in it, however much that is.
        if let [Some((was, base, own)), Some((is, other, factor))] = units
            && base == other
            && was != is
        {
            measure.scale = [factor / own, Exact::one()];
        }
        let terms =
            rules.map(|(plan, id)| plan.rule(id).map_or_else(Vec::new, |rule| terms(plan, rule)));
        let units: BTreeSet<TermUnit> = terms.iter().flatten().map(|term| term.unit).collect();
        measure.by_year = units.len() > 1;
        measure
    }

    /// Lines that are excluded in one alone. Excludes look at no day.
    fn excludes(self) -> Vec<Region> {
        let measure = Measure::default();
        let judge = |cell: &Cell, day: Option<Date>| {
            let quantity = Form::of(Atom::Input(Var::QUANTITY));
            let old = self.run(Side::Old, cell, day, &measure).excluded(&quantity)?;
            let new = self.run(Side::New, cell, day, &measure).excluded(&quantity)?;
            // A line that may be excluded is refused.
            Ok(Judged::of(match (old, new) {
                (Some(Some(_)), Some(Some(_))) | (None, None) | (Some(None), Some(None)) => {
                    Change::Same
                }
                (_, Some(Some(_))) => Change::Excluded,
                (Some(Some(_)), _) => Change::Included,
                (None, Some(None)) => Change::Refused(Why::Exclude),
                (Some(None), None) => Change::Converted(Form::default()),
            }))
        };
        region::merged(self.world, self.explore(Some(Days::ALWAYS), &judge))
    }

    /// The lines of a pair that differ, and whether it depends on the day.
    fn regions(self, old: TargetId, new: TargetId) -> (Vec<Region>, bool) {
        let (stretches, is_dated) = self.stretches(old, new);
        let measure = self.measure(old, new);
        let judge = |cell: &Cell, day: Option<Date>| {
            let before = self.run(Side::Old, cell, day, &measure).outcome(old)?;
            let after = self.run(Side::New, cell, day, &measure).outcome(new)?;
            judged(cell, before, after)
        };
        let no_day = is_dated.then_some(None);
        let days = stretches.into_iter().map(Some).chain(no_day);
        let all = days.flat_map(|days| {
            // What differs on these days alone, first: most days say nothing.
            region::merged_alike(self.world, self.explore(days, &judge))
        });
        (region::merged(self.world, all.collect()), is_dated)
    }

    /// Splits cells until each has one answer.
    fn explore(self, days: Option<Days>, judge: &Judge<'_>) -> Vec<Region> {
        let mut open = vec![Cell::default()];
        let mut found = Vec::new();
        while let Some(cell) = open.pop() {
            let judged = match judge(&cell, days.map(|days| days.from)) {
                Ok(judged) => judged,
                Err(Split::Nowhere(why)) => Judged::of(Change::Unclear(why)),
                Err(_) if open.len() + found.len() > MOST_CELLS => {
                    let change = Change::Unclear(Unclear::Work);
                    return vec![Region::new(days, Cell::default(), Judged::of(change))];
                }
                Err(split) => {
                    let [one, other] = cell.split(self.world, split);
                    open.extend([other, one].into_iter().filter(|part| !part.is_empty()));
                    continue;
                }
            };
            let told = !matches!(judged.change, Change::Same | Change::Never | Change::Any);
            let nowhere = told && reach::is_out_of_reach(&cell);
            let judged = if nowhere { Judged::of(Change::Any) } else { judged.confirmed(&cell) };
            found.push(Region::new(days, cell, judged));
        }
        found
    }

    /// Days between which nothing of either changes, and whether anything does.
    fn stretches(self, old: TargetId, new: TargetId) -> (Vec<Days>, bool) {
        let mut starts = BTreeSet::from([BEGINNING]);
        let mut is_dated = false;
        for (plan, id) in [(self.old.plan, old), (self.new.plan, new)] {
            let Some(rule) = plan.rule(id) else { continue };
            is_dated |= gather(plan, rule, &mut starts);
        }
        let ends = starts.iter().skip(1).filter_map(|day| previous_day(*day));
        let ends = ends.chain([crate::period::HORIZON]);
        let days = starts.iter().zip(ends).map(|(from, to)| Days { from: *from, to }).collect();
        (days, is_dated || starts.len() > 1)
    }
}

/// The days on which anything of a rule begins; whether a line needs a day by its term.
fn gather(plan: &Plan, rule: &Rule, starts: &mut BTreeSet<Date>) -> bool {
    for rule in with_granted(plan, rule) {
        starts.extend(rule.versions.iter().map(|version| version.from));
        rule.exceptions.iter().for_each(|exception| changes(&exception.rate, starts));
    }
    if !rule.grants.is_empty() {
        plan.togethers.iter().for_each(|together| changes(&together.rate, starts));
    }
    !terms(plan, rule).is_empty()
}

/// A rule, and those of the products that it grants.
fn with_granted<'a>(plan: &'a Plan, rule: &'a Rule) -> impl Iterator<Item = &'a Rule> {
    let granted = rule.grants.iter().filter_map(|(_, product, _)| plan.rule(*product));
    std::iter::once(rule).chain(granted)
}

/// The terms that a line of a rule may be asked for.
fn terms(plan: &Plan, rule: &Rule) -> Vec<Term> {
    let pers = with_granted(plan, rule).flat_map(|rule| &rule.pers);
    pers.filter_map(|(_, per)| per.term).collect()
}

fn changes<T>(timeline: &Timeline<T>, starts: &mut BTreeSet<Date>) {
    for (days, _) in &timeline.layout {
        starts.insert(days.from);
        starts.extend(next_day(days.to));
    }
}

/// How two outcomes differ.
fn judged(cell: &Cell, old: Outcome, new: Outcome) -> Result<Judged, Split> {
    let (old, new) = match (old, new) {
        (Outcome::Refused(_), Outcome::Refused(_)) => return Ok(Judged::of(Change::Never)),
        // What may be excluded is told once for all products, as what is excluded.
        (Outcome::Refused(Why::Exclude), _) | (_, Outcome::Refused(Why::Exclude)) => {
            return Ok(Judged::of(Change::Any));
        }
        (Outcome::Converted(old), Outcome::Converted(new)) => {
            (old.each(|form| cell.known(form)), new.each(|form| cell.known(form)))
        }
        (Outcome::Converted(old), Outcome::Refused(why)) => {
            return Ok(Judged { change: Change::Refused(why), parts: [Some(old), None] });
        }
        (Outcome::Refused(_), Outcome::Converted(new)) => {
            let change = Change::Converted(new.sum());
            return Ok(Judged { change, parts: [None, Some(new)] });
        }
        _ => return Ok(Judged::of(Change::Any)),
    };
    let difference = new.sum().minus(&old.sum());
    let are_equal = |old: &Form, new: &Form| cell.settled(&new.minus(old)).is_zero();
    let settled = |parts: &Parts| parts.clone().each(|form| cell.settled(form));
    let change = if !cell.settled(&difference).is_zero() {
        apart_from_nothing(cell, &difference)?;
        Change::Credits(difference)
    } else if !settled(&old).rounds_as(&settled(&new), are_equal) {
        Change::Rounding(old.roundings(), new.roundings())
    } else if old.terms.is_empty() != new.terms.is_empty() {
        // Lines without an end are refused by one alone.
        Change::Term(old.terms_text(), new.terms_text())
    } else {
        Change::Same
    };
    Ok(Judged { change, parts: [Some(old), Some(new)] })
}

/// Splits off a step of begun ones on which nothing differs.
fn apart_from_nothing(cell: &Cell, difference: &Form) -> Result<(), Split> {
    if let Some(Along { axis, base, factor }) = difference.along()
        && let Some(Atom::Ceil(_)) = axis.as_atom()
    {
        let none = -base / factor;
        if none.floor() == none && !cell.ends(&axis, &none, false)? {
            cell.ends(&axis, &none, true)?;
        }
    }
    Ok(())
}
