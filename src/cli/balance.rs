//! `balance`: what is left of valid credits, and what becomes of them.

use std::collections::BTreeMap;

use super::DataFormat;
use super::allocate::each;
use super::allocate::lists::{Read, as_of, read};
use super::allocate::options::{Balance as Options, BalanceFormat};
use super::allocate::print::{self, Form, Page, Records, Told};
use super::failure::Failure;
use super::rules;
use crate::allocate::balance::{history, purchase};
use crate::input::{Fault, allocations};
use crate::plan::{Plan, TargetId};
use crate::quantity::{Exact, parse_plain};
use crate::report::balance::{self, Balance, sheets};
use crate::report::refusal::{Refused, of_fault};

/// Months of a history.
const MONTHS: u16 = 12;

/// Whether every balance may stand.
pub(super) fn run(options: &Options) -> Result<bool, Failure> {
    let day = as_of(&options.accounts)?;
    let asked = options.format.map(|format| match format {
        BalanceFormat::Text => Form::Text,
        BalanceFormat::Json => Form::Json,
        BalanceFormat::Ndjson => Form::Ndjson,
        BalanceFormat::Csv => Form::Table(DataFormat::Csv),
        BalanceFormat::Xlsx => Form::Table(DataFormat::Xlsx),
    });
    let known = [DataFormat::Csv, DataFormat::Json, DataFormat::Ndjson, DataFormat::Xlsx];
    let form = print::of(asked, options.output.as_deref(), &known)?;
    let Some(ruleset) = rules::compile(&options.accounts.rules)? else { return Ok(false) };
    let plan = &ruleset.plan;
    let required = required(plan, &options.required)?;
    let Some(found) = read(&ruleset, &options.accounts, Some(&options.allocations))? else {
        return Ok(false);
    };
    let Read { holdings, refused } = found;
    let records =
        each(&ruleset, &options.accounts, holdings.allocated(day), |rules, held, own| {
            let past = if options.history { history(plan, held, MONTHS) } else { Vec::new() };
            let bought = purchase(plan, held, &required);
            // Without a wish, what is to buy is what is missing.
            let told =
                bought.as_ref().ok().filter(|own| !own.buy.is_zero() || !required.is_empty());
            let mut balance = Balance::new(rules, held, own, &past, told);
            if let (Ok(_), Err(refused)) = (own, &bought) {
                balance.refused = refused.iter().map(|refused| rules.refused(refused)).collect();
            }
            balance
        })?;
    let accepted = || records.iter().all(Balance::is_accepted);
    let lines = refused == 0 || options.accounts.allow_refused;
    if form == Form::Table(DataFormat::Xlsx) {
        print::workbook(&records, &pages(options.history), options.output.as_deref())?;
        return Ok(lines && accepted());
    }
    let history = options.history;
    let told = Told {
        columns: if history { &balance::HISTORY } else { balance::COLUMNS.as_slice() },
        rows: if history { Balance::history_rows } else { Balance::rows },
        text: |own: &Balance| Some(own.text()),
    };
    Records { records: &records, told }.print_to(form, options.output.as_deref())?;
    Ok(lines && accepted())
}

/// The sheets of a workbook.
fn pages(history: bool) -> Vec<Page<'static, Balance>> {
    let mut pages =
        vec![Page { name: "distribution", columns: &balance::COLUMNS, rows: Balance::rows }];
    if history {
        let rows = Balance::history_rows;
        pages.push(Page { name: "history", columns: &balance::HISTORY, rows });
    }
    pages.extend([
        Page { name: "licenses", columns: &sheets::LICENSES, rows: Balance::license_rows },
        Page { name: "ends", columns: &sheets::ENDS, rows: Balance::end_rows },
        Page { name: "purchase", columns: &sheets::PURCHASE, rows: Balance::purchase_rows },
    ]);
    pages
}

/// The units of `--require`.
fn required(plan: &Plan, texts: &[String]) -> Result<BTreeMap<TargetId, Exact>, Failure> {
    let mut required = BTreeMap::new();
    for text in texts {
        let wrong = |why: String| Failure::new(format!("`--require {text}`: {why}"));
        let as_in = "expected PRODUCT=UNITS, as in `--require endpoint_pro=100`";
        let (name, units) = text.split_once('=').ok_or_else(|| wrong(as_in.to_owned()))?;
        let fault = |kind| {
            let (column, value) = ("product".to_owned(), name.to_owned());
            let Refused { message, .. } = of_fault(Fault { kind, column, value });
            wrong(message)
        };
        let product = allocations::product(plan, name).map_err(fault)?;
        let factor = allocations::factor(plan, product, None).map_err(fault)?;
        let units = parse_plain(units)
            .map_err(|fault| wrong(format!("the units `{units}` {}: {as_in}", fault.reason())))?;
        if required.insert(product, &Exact::from(units) * factor).is_some() {
            return Err(wrong(format!("`{name}` is required twice: add both up in one")));
        }
    }
    Ok(required)
}
