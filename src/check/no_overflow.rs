//! No result is too long for quantities up to 10¹².
//!
//! Everything before rounding is exact, however long; only credits must fit a number. Where units
//! are counted from inputs, the question is asked for up to 10¹² counted units.

use rust_decimal::Decimal;

use super::credits::part::rounded;
use super::credits::{Answer, Party, Shortfall, Why, smallest, stretches, witness};
use super::verdict::Property;
use super::{Findings, diagnostics as found};
use crate::diagnostic::Diagnostic;
use crate::hir::timeline::Timeline;
use crate::hir::{Amount, Program, Rate, Target};
use crate::quantity::{Exact, MAX_DIGITS};

/// The most units that are asked for.
const MOST_UNITS: i64 = 1_000_000_000_000;

/// More periods than any term has: months of ten thousand years.
const MOST_PERIODS: i64 = 130_000;

pub(super) fn check(program: &Program, target: &Target, findings: &mut Findings) {
    if !target.complete {
        return;
    }
    let against = if fits(program, target) {
        Vec::new()
    } else {
        vec![first(program, target).unwrap_or_else(|why| {
            let property = format!("the credits of `{}` fit a number", target.name);
            found::not_decided(target.place, &property, why)
        })]
    };
    findings.settle(Property::NoOverflow, &target.name, target.place, against);
}

/// Whether credits certainly fit a number.
fn fits(program: &Program, target: &Target) -> bool {
    let granted = target.grants.iter().filter_map(|grant| program.target(grant.product));
    let steps = granted.chain([target]).flat_map(|target| steps(program, target));
    let decimals = steps.map(|step| step.normalize().scale()).max().unwrap_or_default();
    let room = MAX_DIGITS.saturating_sub(decimals as usize);
    bound(program, target) < Exact::power_of_ten(u32::try_from(room).unwrap_or_default())
}

/// The steps that its credits may be rounded to.
fn steps<'a>(program: &'a Program, target: &'a Target) -> impl Iterator<Item = Decimal> + use<'a> {
    let always = !target.rounding.is_empty() && !target.rounding.is_dated();
    let standing = (!always).then_some(program.rounding.step);
    target.rounding.forms.iter().map(|(_, rounding)| rounding.step).chain(standing)
}

/// More credits than its lines can have.
fn bound(program: &Program, target: &Target) -> Exact {
    let units = Exact::from(MOST_UNITS);
    let mut most = own_bound(program, target, &units);
    for grant in &target.grants {
        let Some(product) = program.target(grant.product) else { continue };
        let unit = product.declared_unit().and_then(|unit| program.unit(unit));
        let each = grant.units.forms.iter().map(|(_, each)| each.clone()).max();
        let (Some(unit), Some(each)) = (unit, each) else { continue };
        let units = &units * &(each / unit.factor.clone());
        most = most + own_bound(program, product, &units);
        let groups =
            program.togethers.iter().filter(|group| group.members.contains(&grant.product));
        for (_, each) in groups.flat_map(|group| &group.rate.forms) {
            most = most + &(&units * &Exact::from(*each)) * &Exact::from(MOST_PERIODS);
        }
    }
    most
}

/// More credits than its own rates can give for so many units.
fn own_bound(program: &Program, target: &Target, units: &Exact) -> Exact {
    let (mut each, mut flat) = (Decimal::ZERO, Exact::zero());
    let mut note = |amount: &Amount| {
        if let Amount::Credits { each: rate, flat: once } = amount {
            each = each.max(*rate);
            if !once.is_zero() {
                flat = &flat + &Exact::from(*once);
            }
        }
    };
    let exceptions = target.exceptions.iter().flat_map(|exception| &exception.rate.forms);
    for (_, rate) in target.rate.forms.iter().chain(exceptions) {
        match rate {
            Rate::Plain(amount) => note(amount),
            Rate::Tiered { tiers, .. } => tiers.iter().for_each(|tier| note(&tier.amount)),
            Rate::Table { rows, .. } => rows.iter().for_each(|row| note(&row.amount)),
        }
    }
    let (mut charged, mut periods) = (Exact::zero(), Exact::one());
    let head = target.declared_unit().and_then(|unit| program.unit(unit));
    for (_, per) in &target.per.forms {
        let (Some(head), Some(own)) = (head, program.unit(per.unit)) else { continue };
        let ratio = head.factor.clone() / own.factor.clone() / Exact::from(per.block);
        charged = charged.max(units * &ratio + Exact::one());
        if per.term.is_some() {
            periods = Exact::from(MOST_PERIODS);
        }
    }
    let mut credits = (charged * Exact::from(each) + flat) * periods;
    let highest = |bounds: &Timeline<Decimal>| {
        bounds.forms.iter().map(|(_, bound)| Exact::from(*bound)).max()
    };
    if let Some(most) = highest(&target.at_most).filter(|_| !target.at_most.is_dated()) {
        credits = credits.min(most);
    }
    if let Some(least) = highest(&target.at_least) {
        credits = credits.max(least);
    }
    // Rounding adds less than a step.
    credits + Exact::from(steps(program, target).max().unwrap_or_default())
}

/// A line whose credits do not fit; why none was found, where none was.
fn first(program: &Program, target: &Target) -> Result<Diagnostic, Why> {
    let mut unknown = "no line was found whose credits do not fit";
    // Quantities with many decimals give long credits, too.
    let part = Exact::one() / Exact::from(MOST_UNITS);
    let tried = [Exact::from(MOST_UNITS) - part, Exact::from(MOST_UNITS)];
    for (day, start) in stretches(program, &[target]) {
        let Some(party) = Party::on(program, target, day) else { continue };
        let shown = party.lists(day).and_then(|lists| {
            smallest(program, target, &lists, day, |chosen| {
                let Some(parts) = party.credits(program, (chosen, chosen), day)? else {
                    return Ok(Answer::Never);
                };
                let long = |units: &Exact| {
                    let credits = rounded(&parts, units)?;
                    let long = credits.to_decimal().is_none();
                    let lines = vec![units.clone()];
                    long.then(|| Shortfall { lines, credits, other: Exact::zero() })
                };
                let long: Vec<Shortfall> = tried.iter().filter_map(long).collect();
                Ok(if long.is_empty() { Answer::Never } else { Answer::Short(long) })
            })
        });
        match shown {
            Ok(Some(shown)) => {
                let mut witness = witness(program, target, start, &shown);
                for example in &mut witness.examples {
                    "refused overflow".clone_into(&mut example.expect);
                }
                return Ok(found::overflow(target, witness));
            }
            Ok(None) => {}
            Err(why) => unknown = why,
        }
    }
    Err(unknown)
}
