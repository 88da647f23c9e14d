//! Credits over units, for every rate that may apply on a day: what the proofs compare.

pub(super) mod cases;
pub(super) mod compare;
pub(super) mod part;

use jiff::civil::Date;

use super::region::{self, Exhausted, Point};
use super::witness::Line;
use crate::diagnostic::{Witness, WitnessExample};
use crate::hir::set::Set;
use crate::hir::{Condition, Program, QUANTITY, Target, TargetId, Value};
use crate::period::{self, BEGINNING, Days};
use crate::quantity::Exact;
use cases::{Case, cases};
use part::{Part, is_quantity, part_of_rate, parts_of_grants};

/// Most combinations of rates that one day may take.
const MOST_COMBINATIONS: usize = 20_000;

/// Why something is not known.
pub(super) type Why = &'static str;

/// Lines that fall short; of two, the one with fewer units comes first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Shortfall {
    /// Units of each line.
    pub lines: Vec<Exact>,
    /// What the lines convert to.
    pub credits: Exact,
    /// What they are held against.
    pub other: Exact,
}

/// Whether credits fall short under one combination of rates.
pub(super) enum Answer {
    Never,
    /// On these lines, by rising units.
    Short(Vec<Shortfall>),
    Unknown(Why),
}

/// A product or license on a day, with the products that it grants.
pub(super) struct Party<'a> {
    pub target: &'a Target,
    granted: Vec<(TargetId, &'a Target, &'a Exact)>,
}

impl<'a> Party<'a> {
    /// The target on a day; `None` where its lines are refused.
    pub(super) fn on(program: &'a Program, target: &'a Target, day: Date) -> Option<Self> {
        let sold = |target: &Target| target.withdrawn.on(day).is_none();
        let granted: Vec<_> = target
            .grants
            .iter()
            .filter_map(|grant| {
                Some((grant.product, program.target(grant.product)?, &grant.units.on(day)?.1))
            })
            .collect();
        let all_sold = sold(target) && granted.iter().all(|(_, product, _)| sold(product));
        all_sold.then_some(Self { target, granted })
    }

    /// Whether it grants anything.
    pub(super) fn grants(&self) -> bool {
        !self.granted.is_empty()
    }

    /// Its own rates, then those of each product that it grants.
    pub(super) fn lists(&self, day: Date) -> Result<Vec<Vec<Case>>, Why> {
        let targets = std::iter::once(self.target).chain(self.granted.iter().map(|(_, p, _)| *p));
        targets.map(|target| cases(target, day)).collect()
    }

    /// Its own rate among the chosen ones, none where its grants are added up; `None` where every
    /// line is refused.
    pub(super) fn own(
        &self,
        program: &Program,
        chosen: &[&Case],
        day: Date,
    ) -> Result<Option<Vec<Part>>, Why> {
        let Some(case) = chosen.first() else { return Ok(None) };
        let Some(curve) = &case.curve else { return Ok(Some(Vec::new())) };
        let part = part_of_rate(program, self.target, curve, Exact::one(), day)?;
        Ok(part.map(|part| vec![part]))
    }

    /// What its lines convert to: its own rate, or what its grants cost.
    pub(super) fn credits(
        &self,
        program: &Program,
        (chosen, all): (&[&Case], &[&Case]),
        day: Date,
    ) -> Result<Option<Vec<Part>>, Why> {
        match self.own(program, chosen, day)? {
            Some(own) if own.is_empty() => self.cost(program, (chosen, all), day),
            own => Ok(own),
        }
    }

    /// What its grants cost by the chosen rates; `None` where every line is refused. `all` are all
    /// rates chosen for a line.
    pub(super) fn cost(
        &self,
        program: &Program,
        (chosen, all): (&[&Case], &[&Case]),
        day: Date,
    ) -> Result<Option<Vec<Part>>, Why> {
        let costs = chosen.get(1..).unwrap_or_default();
        parts_of_grants(program, &self.granted, costs, all, day)
    }
}

/// Days between which nothing changes: the first of each stretch, and the day to show; none where
/// there is but one stretch.
pub(super) fn stretches(program: &Program, targets: &[&Target]) -> Vec<(Date, Option<Date>)> {
    let granted = |target: &&Target| -> Vec<&Target> {
        target.grants.iter().filter_map(|grant| program.target(grant.product)).collect()
    };
    let products: Vec<&Target> = targets.iter().flat_map(granted).collect();
    let all = targets.iter().copied().chain(products);
    let layouts = all.flat_map(|target| target.layouts().chain(target.exception_layouts()));
    let grants = targets.iter().any(|target| !target.grants.is_empty());
    let groups = program.togethers.iter().filter(|_| grants).map(|group| &group.rate.layout);
    let stretches = period::stretches(Days::ALWAYS, layouts.chain(groups));
    stretches.into_iter().map(|days| (days.from, shown(days))).collect()
}

/// The day to show of days between which nothing changes: the first, or where there is none, the
/// last; none where that is every day.
pub(super) fn shown(days: Days) -> Option<Date> {
    match days {
        Days::ALWAYS => None,
        Days { from: BEGINNING, to } => Some(to),
        Days { from, .. } => Some(from),
    }
}

/// The smallest shortfall under any combination of rates, with inputs under which it shows.
pub(super) fn smallest(
    program: &Program,
    target: &Target,
    lists: &[Vec<Case>],
    day: Date,
    judge: impl Fn(&[&Case]) -> Result<Answer, Why>,
) -> Result<Option<(Shortfall, Point)>, Why> {
    let count = lists.iter().try_fold(1usize, |product, list| product.checked_mul(list.len()));
    let Some(count) = count.filter(|count| *count <= MOST_COMBINATIONS) else {
        return Err("there are more combinations of rates than the work limit allows");
    };
    let (mut first, mut unknown) = (None, None);
    for index in 0..count {
        let chosen = choose(lists, index);
        let found = match judge(&chosen) {
            Ok(Answer::Never) => Ok(None),
            Ok(Answer::Short(shortfalls)) => shows(program, target, day, &chosen, shortfalls),
            Ok(Answer::Unknown(why)) | Err(why) => Err(why),
        };
        match found {
            Ok(found) => first = first.into_iter().chain(found).min(),
            Err(why) => unknown = unknown.into_iter().chain([why]).min(),
        }
    }
    match (first, unknown) {
        (None, Some(why)) => Err(why),
        (first, _) => Ok(first),
    }
}

/// The first shortfall that some line shows, by these rates and no exclude.
fn shows(
    program: &Program,
    target: &Target,
    day: Date,
    chosen: &[&Case],
    shortfalls: Vec<Shortfall>,
) -> Result<Option<(Shortfall, Point)>, Why> {
    if target.count.on(day).is_some_and(|(_, count)| !is_quantity(count)) {
        return Err("its units are counted from inputs");
    }
    let by_quantity =
        program.excludes.iter().any(|exclude| exclude.condition.sets.contains_key(&QUANTITY));
    let inside: Vec<&Condition> = chosen.iter().flat_map(|case| &case.inside).collect();
    for shortfall in shortfalls {
        let excludes = excludes(program, &shortfall.lines);
        let outside: Vec<&Condition> =
            chosen.iter().flat_map(|case| &case.outside).chain(&excludes).collect();
        match region::point(program, &inside, &outside) {
            Ok(Some(point)) => return Ok(Some((shortfall, point))),
            // No line is charged so, however many units it has.
            Ok(None) if !by_quantity => return Ok(None),
            Ok(None) => {}
            Err(Exhausted) => return Err("it takes more steps than the work limit allows"),
        }
    }
    Err("the lines tried are excluded by their quantity")
}

/// The excludes that look at one of these quantities, without the quantity.
pub(super) fn excludes(program: &Program, lines: &[Exact]) -> Vec<Condition> {
    let looks = |set: &Set| {
        let mut numbers = lines.iter().filter_map(Exact::to_decimal);
        numbers.any(|number| set.contains(&Value::Number(number)))
    };
    let conditions = program.excludes.iter().map(|exclude| &exclude.condition);
    let looking = conditions.filter(|condition| condition.sets.get(&QUANTITY).is_none_or(looks));
    let others = looking.map(|condition| Condition {
        sets: condition
            .sets
            .iter()
            .filter(|(input, _)| **input != QUANTITY)
            .map(|(input, set)| (*input, set.clone()))
            .collect(),
    });
    others.collect()
}

/// One combination: a case of each list.
fn choose(lists: &[Vec<Case>], mut index: usize) -> Vec<&Case> {
    let mut chosen = Vec::with_capacity(lists.len());
    for list in lists {
        chosen.extend(list.get(index % list.len().max(1)));
        index /= list.len().max(1);
    }
    chosen
}

/// Lines of these units as a witness, with what they convert to.
pub(super) fn witness(
    program: &Program,
    target: &Target,
    start: Option<Date>,
    (shortfall, point): &(Shortfall, Point),
) -> Witness {
    let line = |quantity: &Exact| Line {
        program,
        target,
        quantity: quantity.clone(),
        start,
        end: None,
        point: point.clone(),
    };
    let lines: Vec<_> = shortfall.lines.iter().map(line).collect();
    let given = lines.iter().map(Line::line).collect();
    let values = lines.first().map(Line::values).unwrap_or_default();
    let example = WitnessExample { on: start, given, expect: shortfall.credits.text() };
    Witness { values, examples: vec![example] }
}
