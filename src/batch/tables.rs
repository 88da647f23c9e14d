//! The plan laid out for columns: for each product and license the days on which anything of its
//! lines changes, and for each of these stretches what a line is charged.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::pool::Pool;
use super::price::price;
use crate::evaluate::License;
use crate::evaluate::charges::{Charge, charges};
use crate::period::{BEGINNING, Layout, next_day};
use crate::plan::{InputId, Plan, QUANTITY, Rate, Rule, TargetId};

/// What is known of lines of one product or license between two days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The first of its charges.
    pub charge: u32,
    pub kind: Kind,
}

/// How lines are charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// By so many charges, which add up.
    Charges(u16),
    /// That depends on inputs.
    ByInputs,
    /// The exact evaluator knows.
    Odd,
}

pub(super) const ODD: Head = Head { charge: 0, kind: Kind::Odd };

/// The plan for quantities of so many decimals.
#[derive(Debug)]
pub(super) struct Tables {
    pub decimals: u32,
    /// Where the stretches of each rule begin; one more than rules.
    firsts: Vec<u32>,
    /// The first day of each stretch, in days since 1970-01-01.
    froms: Vec<i32>,
    heads: Vec<Head>,
    pub pool: Pool,
}

impl Tables {
    pub(super) fn new(plan: &Plan, decimals: u32, results: u32) -> Self {
        let mut tables = Self {
            decimals,
            firsts: vec![0],
            froms: Vec::new(),
            heads: Vec::new(),
            pool: Pool::default(),
        };
        // Nothing that looks at inputs is resolved with this line.
        let mut license = License::new(plan, "", rust_decimal::Decimal::ONE);
        for (index, rule) in plan.rules.iter().enumerate() {
            let id = TargetId(u32::try_from(index).unwrap_or(u32::MAX));
            let by_inputs = looks_at_inputs(plan, rule);
            for from in days_of_change(plan, rule) {
                license.start = Some(from);
                let head = if by_inputs {
                    Head { charge: 0, kind: Kind::ByInputs }
                } else {
                    add(&mut tables.pool, charges(plan, &license, id), decimals, results)
                };
                tables.froms.push(if from == BEGINNING { i32::MIN } else { day_number(from) });
                tables.heads.push(head);
            }
            tables.firsts.push(u32::try_from(tables.froms.len()).unwrap_or(u32::MAX));
        }
        tables.froms.shrink_to_fit();
        tables.heads.shrink_to_fit();
        tables.pool.shrink();
        tables
    }

    /// Bytes that the tables take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.firsts.as_slice())
            + size_of_val(self.froms.as_slice())
            + size_of_val(self.heads.as_slice())
            + self.pool.bytes()
    }

    /// The stretch of a rule that holds a day; without a day, the only one.
    #[inline]
    pub(super) fn stretch(&self, rule: u32, day: Option<i32>) -> Option<usize> {
        let rule = rule as usize;
        let (first, end) = (*self.firsts.get(rule)? as usize, *self.firsts.get(rule + 1)? as usize);
        let Some(day) = day else { return (end - first == 1).then_some(first) };
        let froms = self.froms.get(first..end)?;
        let after: usize = if froms.len() <= 8 {
            froms.iter().map(|from| usize::from(*from <= day)).sum()
        } else {
            froms.partition_point(|from| *from <= day)
        };
        // The first stretch begins before every day.
        Some(first + after - 1)
    }

    /// Credits of a line by a single charge, without a term.
    #[inline]
    pub(super) fn price(&self, rule: u32, day: i32, quantity: i64) -> Option<i64> {
        let head = self.head(self.stretch(rule, Some(day))?);
        if head.kind != Kind::Charges(1) || quantity <= 0 {
            return None;
        }
        price(&self.pool.pieces(head.charge)?, quantity, None).map(|(credits, _)| credits)
    }

    #[inline]
    pub(super) fn head(&self, stretch: usize) -> Head {
        self.heads.get(stretch).copied().unwrap_or(ODD)
    }
}

/// Adds charges to a pool.
pub(super) fn add(
    pool: &mut Pool,
    charges: Option<Vec<Charge<'_>>>,
    decimals: u32,
    results: u32,
) -> Head {
    let charge = pool.len();
    let Some(charges) = charges.filter(|charges| !charges.is_empty()) else { return ODD };
    for one in &charges {
        if pool.add(one, decimals, results).is_none() {
            return ODD;
        }
    }
    match u16::try_from(charges.len()) {
        Ok(count) => Head { charge, kind: Kind::Charges(count) },
        Err(_) => ODD,
    }
}

/// Days since 1970-01-01.
pub(super) fn day_number(day: Date) -> i32 {
    jiff::civil::date(1970, 1, 1).until(day).map_or(0, |span| span.get_days())
}

/// A rule and the products that it grants.
fn family<'a>(plan: &'a Plan, rule: &'a Rule) -> impl Iterator<Item = &'a Rule> {
    let granted = rule.grants.iter().filter_map(|(_, product, _)| plan.rule(*product));
    std::iter::once(rule).chain(granted)
}

/// The first days of stretches on which nothing changes that lines of a rule depend on, beginning
/// with the first of all days.
fn days_of_change(plan: &Plan, rule: &Rule) -> BTreeSet<Date> {
    let mut days = BTreeSet::from([BEGINNING]);
    let mut changes = |layout: &Layout| {
        for (stretch, _) in layout {
            days.insert(stretch.from);
            days.extend(next_day(stretch.to));
        }
    };
    for member in family(plan, rule) {
        member.exceptions.iter().for_each(|exception| changes(&exception.rate.layout));
    }
    let granted: BTreeSet<TargetId> = rule.grants.iter().map(|(_, product, _)| *product).collect();
    for together in &plan.togethers {
        if together.members.iter().all(|member| granted.contains(member)) {
            changes(&together.rate.layout);
        }
    }
    let versions = family(plan, rule).flat_map(|member| &member.versions);
    days.extend(versions.map(|version| version.from));
    days
}

/// Whether what lines of a rule are charged depends on inputs, on any day.
fn looks_at_inputs(plan: &Plan, rule: &Rule) -> bool {
    family(plan, rule).any(|member| {
        let mut counted = BTreeSet::new();
        member.counts.iter().for_each(|(_, count)| count.inputs(&mut counted));
        counted.iter().any(|input| *input != QUANTITY)
            || member.exceptions.iter().any(|e| {
                e.condition.sets.keys().any(|input| *input != QUANTITY)
                    || e.rate.forms.iter().any(|(_, rate)| columns(rate))
            })
            || member.rates.iter().any(|(_, rate)| columns(rate))
    })
}

fn columns(rate: &Rate) -> bool {
    matches!(rate, Rate::Table(table) if table.columns.iter().any(|input| *input != QUANTITY))
}

/// The inputs that anything in a plan looks at, `quantity` apart; whether an exclude looks at that.
pub(super) fn inputs_of(plan: &Plan) -> (Vec<InputId>, bool) {
    let mut used = BTreeSet::new();
    let note = |rate: &Rate, used: &mut BTreeSet<InputId>| {
        if let Rate::Table(table) = rate {
            used.extend(&table.columns);
        }
    };
    for rule in &plan.rules {
        rule.counts.iter().for_each(|(_, count)| count.inputs(&mut used));
        rule.rates.iter().for_each(|(_, rate)| note(rate, &mut used));
        for exception in &rule.exceptions {
            used.extend(exception.condition.sets.keys());
            exception.rate.forms.iter().for_each(|(_, rate)| note(rate, &mut used));
        }
    }
    let mut excludes: BTreeSet<InputId> = BTreeSet::new();
    plan.excludes.iter().for_each(|exclude| excludes.extend(exclude.condition.sets.keys()));
    let by_quantity = excludes.contains(&QUANTITY);
    used.extend(excludes);
    used.remove(&QUANTITY);
    (used.into_iter().collect(), by_quantity)
}

/// Units by id: the base that each converts to, and how many of it one is.
pub(super) fn factors(plan: &Plan) -> Vec<(u32, Option<(i64, i64)>)> {
    plan.units.iter().map(|unit| (unit.base.0, unit.factor.ratio())).collect()
}

/// The fewest decimals that hold every step that results are rounded to.
pub(super) fn result_decimals(plan: &Plan) -> u32 {
    let own = plan.rules.iter().flat_map(|rule| &rule.roundings).map(|(_, rounding)| rounding.step);
    let steps = own.chain([plan.rounding.step]);
    steps.map(|step| step.normalize().scale()).max().unwrap_or_default()
}

/// Whether the codes of a rule differ from day to day.
pub(super) fn has_dated_codes(rule: &Rule) -> bool {
    let first = rule.versions.first().and_then(|version| version.clauses.sku);
    rule.versions.iter().any(|version| version.clauses.sku != first)
}

/// A quantity in the declared unit, exact.
pub(super) fn converted(quantity: i64, given: (i64, i64), declared: (i64, i64)) -> Option<i64> {
    let wide = |number: i64| i128::from(number);
    let by = wide(given.1).checked_mul(wide(declared.0))?;
    let units = wide(quantity).checked_mul(wide(given.0))?.checked_mul(wide(declared.1))?;
    (units.checked_rem(by)? == 0).then(|| i64::try_from(units / by).ok())?
}
