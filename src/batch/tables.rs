//! The plan laid out for columns: for each product and license the days on which anything of its
//! lines changes, and for each of these stretches what a line is charged.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::cards::Cards;
use super::pool::{Kind, Pool, Stored};
use super::price::{ByPiece, quick};
use crate::evaluate::License;
use crate::evaluate::charges::charges;
use crate::period::{BEGINNING, Layout, day_number, next_day};
use crate::plan::{InputId, Plan, QUANTITY, Rate, Rule, TargetId};

/// Stretches that are compared without a loop; no rule has fewer.
const FEW: usize = 4;

/// The plan for quantities of so many decimals.
#[derive(Debug)]
pub(super) struct Tables {
    pub decimals: u32,
    /// The stretches of each rule: the first, and how many.
    rules: Vec<(u32, u32)>,
    /// The first day of each stretch, in days since 1970-01-01.
    days: Vec<i32>,
    /// How lines of each stretch are charged.
    charges: Vec<Stored>,
    pub pool: Pool,
    /// Rules with few stretches once more.
    cards: Cards,
}

impl Tables {
    pub(super) fn new(plan: &Plan, decimals: u32, results: u32) -> Self {
        let mut tables = Self {
            decimals,
            rules: Vec::with_capacity(plan.rules.len()),
            days: Vec::new(),
            charges: Vec::new(),
            pool: Pool::default(),
            cards: Cards::default(),
        };
        // Nothing that looks at inputs is resolved with this line.
        let mut license = License::new(plan, "", rust_decimal::Decimal::ONE);
        for (index, rule) in plan.rules.iter().enumerate() {
            let id = TargetId(u32::try_from(index).unwrap_or(u32::MAX));
            let by_inputs = looks_at_inputs(plan, rule);
            let first = tables.days.len();
            for from in days_of_change(plan, rule) {
                license.start = Some(from);
                let kind = if by_inputs {
                    Kind::ByInputs
                } else {
                    let charges = charges(plan, &license, id).unwrap_or_default();
                    tables.pool.add_all(&charges, decimals, results)
                };
                let from = if from == BEGINNING { i32::MIN } else { day_number(from) };
                tables.days.push(from);
                tables.charges.push(Stored::of(kind));
            }
            let own = tables.days.iter().zip(&tables.charges).skip(first);
            let plain = |(from, stored): (&i32, &Stored)| {
                (*from, tables.pool.charge(*stored).and_then(|charge| charge.plain()))
            };
            tables.cards.add(&own.map(plain).collect::<Vec<_>>());
            let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
            tables.rules.push((number(first), number(tables.days.len() - first)));
            let missing = (first + FEW).saturating_sub(tables.days.len());
            tables.days.extend(std::iter::repeat_n(i32::MAX, missing));
            tables.charges.extend(std::iter::repeat_n(Stored::of(Kind::Odd), missing));
        }
        tables.days.shrink_to_fit();
        tables.charges.shrink_to_fit();
        tables.pool.shrink();
        tables.cards.shrink();
        tables
    }

    /// Bytes that the tables take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.rules.as_slice())
            + size_of_val(self.days.as_slice())
            + size_of_val(self.charges.as_slice())
            + self.pool.bytes()
            + self.cards.bytes()
    }

    /// The stretch of a rule that holds a day; without a day, the only one.
    #[inline]
    pub(super) fn stretch(&self, rule: u32, day: Option<i32>) -> Option<usize> {
        let (first, count) = *self.rules.get(rule as usize)?;
        let (first, count) = (first as usize, count as usize);
        let Some(day) = day else { return (count == 1).then_some(first) };
        // The first stretch begins before every day; those that fill up begin behind every day.
        let after = if count <= FEW {
            after(self.few(first)?, day)
        } else {
            let all = self.days.get(first..first + count)?;
            all.partition_point(|from| *from <= day).saturating_sub(1)
        };
        Some(first + after)
    }

    /// Credits of a line by a single charge, without a term, and the piece of the pool that decides.
    #[inline]
    pub(super) fn price(&self, rule: u32, day: i32, quantity: i64) -> Option<ByPiece> {
        let few = self.price_few(rule, day, quantity);
        few.or_else(|| self.price_by(self.charge(rule, day)?, quantity))
    }

    /// As [`Self::price`], by few rates of few tiers.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    pub(super) fn price_few(&self, rule: u32, day: i32, quantity: i64) -> Option<ByPiece> {
        self.cards.price(rule, day, quantity)
    }

    /// The charge of a line, or what stands for it.
    #[inline]
    pub(super) fn charge(&self, rule: u32, day: i32) -> Option<Stored> {
        self.charges.get(self.stretch(rule, Some(day))?).copied()
    }

    /// As [`Self::price`], by a charge.
    #[inline]
    pub(super) fn price_by(&self, charge: Stored, quantity: i64) -> Option<ByPiece> {
        // What is no charge has no shape.
        quick(&self.pool.charge(charge)?, quantity)
    }

    /// The first days of the stretches of a rule that has few.
    #[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
    #[inline(always)]
    fn few(&self, first: usize) -> Option<&[i32; FEW]> {
        self.days.get(first..first + FEW)?.first_chunk()
    }

    #[inline]
    pub(super) fn kind(&self, stretch: usize) -> Kind {
        self.charges.get(stretch).map_or(Kind::Odd, |stored| stored.kind())
    }
}

/// The last stretch that begins on a day or before; the first begins before every day.
#[expect(clippy::inline_always, reason = "it is the inside of the loop over all lines")]
#[inline(always)]
fn after([_, a, b, c]: &[i32; FEW], day: i32) -> usize {
    usize::from(*a <= day) + usize::from(*b <= day) + usize::from(*c <= day)
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
    let steps = own.chain([plan.rounding.1.step]);
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
