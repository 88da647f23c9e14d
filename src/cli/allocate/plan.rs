//! `allocate plan` and `allocate most`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::eval;
use super::super::failure::Failure;
use super::super::output::complain;
use super::super::rules;
use super::in_order;
use super::lists::{Read, Wanting, as_of, read, read_with, wishes};
use super::options::{Most, Plan};
use super::print::{self, Records, Told};
use crate::allocate::plan::{limits_to_keep, plan as planned};
use crate::allocate::solve::price::Prices;
use crate::allocate::{Holding, Wish, most as greatest};
use crate::input::allocations::{Wanted, factor, product};
use crate::plan::{Plan as Ruleset, TargetId};
use crate::project::Compiled;
use crate::quantity::Exact;
use crate::report::holding::Rules;
use crate::report::most::{self, MostOf};
use crate::report::planning::{self, Planning, Question, Status, Unconfirmed};

/// Whether every wish is met.
pub(super) fn plan(options: &Plan) -> Result<bool, Failure> {
    let day = as_of(&options.accounts)?;
    let format = print::format(&options.output)?;
    let Some(ruleset) = rules::compile(&options.accounts.rules)? else { return Ok(false) };
    let wanted: Result<Vec<Wanting>, Failure> =
        options.wants.iter().map(|text| want(&ruleset.plan, text)).collect();
    let wanted = wanted?;
    let mut seen = BTreeSet::new();
    if let Some((again, _)) = wanted.iter().find(|(product, _)| !seen.insert(*product)) {
        let name = ruleset.plan.rule(*again).map_or("", |rule| rule.name.as_str());
        return Err(Failure::new(format!("`--want` names `{name}` twice: say once how many")));
    }
    let listed = match &options.wishes {
        Some(path) => {
            let Some(listed) = wishes(&ruleset, path, eval::threads(options.accounts.threads))?
            else {
                return Ok(false);
            };
            listed
        }
        None => BTreeMap::new(),
    };
    let given = Some(&options.allocations);
    // Who is in neither list may wish, too: of no valid credits.
    let Some(found) = read_with(&ruleset, &options.accounts, given, listed.keys())? else {
        return Ok(false);
    };
    let Read { holdings, refused } = found;
    let holdings = holdings.allocated(day);
    let prices = Prices::new(&ruleset.plan, day);
    let records = in_order(&options.accounts, holdings, |holding| {
        let own =
            if options.wishes.is_some() { listed.get(&holding.account) } else { Some(&wanted) };
        let wishes = own.into_iter().flatten().map(|(product, wanted)| {
            let today = holding.units.get(product).cloned().unwrap_or_else(Exact::zero);
            Wish { product: *product, units: wanted.of(&today) }
        });
        let wishes: Vec<Wish> = wishes.collect();
        record(&ruleset, &prices, &holding, &wishes, options.allow_warnings)
    })?;
    let records = confirmed(records)?;
    let told = Told {
        columns: &planning::COLUMNS,
        rows: Planning::rows,
        text: |own: &Planning| {
            let silent = own.status == Status::Unchanged && own.wishes.is_empty();
            (!silent || options.accounts.account.is_some()).then(|| own.text())
        },
    };
    Records { records: &records, told }.print(format, &options.output)?;
    complain(&format!("{}\n", planning::summary(&records)));
    let lines = refused == 0 || options.accounts.allow_refused;
    Ok(lines && records.iter().all(Planning::is_met))
}

fn record(
    ruleset: &Compiled,
    prices: &Prices<'_>,
    holding: &Holding,
    wishes: &[Wish],
    allow_warnings: bool,
) -> Result<Planning, Unconfirmed> {
    let rules = Rules { plan: &ruleset.plan, sources: &ruleset.sources };
    let kept = limits_to_keep(prices, holding, allow_warnings);
    let question = Question { rules, holding, wishes, kept: &kept };
    Planning::new(question, planned(prices, holding, wishes, allow_warnings))
}

/// Answers, if each of them is confirmed.
fn confirmed<T>(records: Vec<Result<T, Unconfirmed>>) -> Result<Vec<T>, Failure> {
    let all: Result<Vec<T>, Unconfirmed> = records.into_iter().collect();
    all.map_err(|Unconfirmed(what)| Failure::Unconfirmed(what))
}

/// Whether any units fit, or as many as today.
pub(super) fn most(options: &Most) -> Result<bool, Failure> {
    let day = as_of(&options.accounts)?;
    let format = print::format(&options.output)?;
    let Some(ruleset) = rules::compile(&options.accounts.rules)? else { return Ok(false) };
    let id = product_of(&ruleset.plan, "PRODUCT", &options.product)?;
    let Some(found) = read(&ruleset, &options.accounts, Some(&options.allocations))? else {
        return Ok(false);
    };
    let Read { holdings, refused } = found;
    let prices = Prices::new(&ruleset.plan, day);
    let records = in_order(&options.accounts, holdings.allocated(day), |holding| {
        let rules = Rules { plan: &ruleset.plan, sources: &ruleset.sources };
        let found = greatest::most(&prices, &holding, id, options.allow_warnings);
        let kept = limits_to_keep(&prices, &holding, options.allow_warnings);
        MostOf::new(rules, (&holding, id), found, &kept)
    })?;
    let records = confirmed(records)?;
    let told =
        Told { columns: &most::COLUMNS, rows: MostOf::rows, text: |own: &MostOf| Some(own.text()) };
    Records { records: &records, told }.print(format, &options.output)?;
    let lines = refused == 0 || options.accounts.allow_refused;
    Ok(lines && records.iter().all(MostOf::is_possible))
}

fn product_of(plan: &Ruleset, option: &str, name: &str) -> Result<TargetId, Failure> {
    product(plan, name).map_err(|kind| {
        let fault = crate::input::Fault { kind, column: option.to_owned(), value: name.to_owned() };
        Failure::new(crate::report::refusal::of_fault(fault).message)
    })
}

/// `endpoint_pro=40`, `endpoint_pro=+10`, `endpoint_pro=-5`.
fn want(plan: &Ruleset, text: &str) -> Result<Wanting, Failure> {
    let (name, units) = text.split_once('=').ok_or_else(|| {
        Failure::new(format!(
            "`--want {text}` is not of the form PRODUCT=UNITS: write it as in `--want endpoint_pro=40` or `--want endpoint_pro=+10`"
        ))
    })?;
    let id = product_of(plan, "--want", name)?;
    let factor = factor(plan, id, None).cloned().unwrap_or_else(|_| Exact::one());
    let units = Wanted::read(units, &factor).map_err(|wrong| {
        Failure::new(format!("the units of `--want {text}` are not a number: {}", wrong.reason()))
    })?;
    Ok((id, units))
}
