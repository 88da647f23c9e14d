//! `allocate`: allocations held against the limits, and what licenses stand for.

pub(super) mod lists;
pub(super) mod options;
mod plan;
pub(super) mod print;

use rayon::prelude::*;

use super::failure::Failure;
use super::output::complain;
use super::{eval, rules};
use crate::allocate::{Holding, Refused, Verified, verify};
use crate::project::Compiled;
use crate::report::holding::Rules;
use crate::report::retention::{self, Retention};
use crate::report::verification::text::Counts;
use crate::report::verification::{self, Shown, Status, Verification};
use lists::{Read, as_of, read};
use options::{AccountOptions, Allocate, Retain, Verify};
use print::{Form, Records, Told};

/// Whether every allocation may stand.
pub(super) fn run(command: &Allocate) -> Result<bool, Failure> {
    match command {
        Allocate::Verify(options) => verified(options),
        Allocate::Retain(options) => retained(options),
        Allocate::Plan(options) => plan::plan(options),
        Allocate::Most(options) => plan::most(options),
    }
}

fn verified(options: &Verify) -> Result<bool, Failure> {
    let day = as_of(&options.accounts)?;
    let format = print::format(&options.output)?;
    let Some(ruleset) = rules::compile(&options.accounts.rules)? else { return Ok(false) };
    let Some(found) = read(&ruleset, &options.accounts, Some(&options.allocations))? else {
        return Ok(false);
    };
    let Read { holdings, refused } = found;
    let shown = Shown { kept: options.all, products: matches!(format, Form::Json | Form::Ndjson) };
    let records =
        each(&ruleset, &options.accounts, holdings.allocated(day), |rules, held, own| {
            Verification::new(rules, held, own, shown)
        })?;
    let told = Told {
        columns: &verification::COLUMNS,
        rows: Verification::rows,
        text: |own: &Verification| {
            let silent = own.status == Status::Kept && own.limits.is_empty();
            (!silent || options.accounts.account.is_some()).then(|| own.text())
        },
    };
    Records { records: &records, told }.print(format, &options.output)?;
    let statuses = || records.iter().map(|own| own.status);
    complain(&format!("{}\n", Counts::of(statuses()).text()));
    let lines = refused == 0 || options.accounts.allow_refused;
    Ok(lines && statuses().all(Status::is_accepted))
}

fn retained(options: &Retain) -> Result<bool, Failure> {
    let day = as_of(&options.accounts)?;
    let format = print::format(&options.output)?;
    let Some(ruleset) = rules::compile(&options.accounts.rules)? else { return Ok(false) };
    let Some(found) = read(&ruleset, &options.accounts, None)? else { return Ok(false) };
    let Read { holdings, refused } = found;
    let records = each(&ruleset, &options.accounts, holdings.retained(day), |rules, held, own| {
        Retention::new(rules, held, own, options.all)
    })?;
    let told = Told {
        columns: &retention::COLUMNS,
        rows: Retention::rows,
        text: |own: &Retention| Some(own.text()),
    };
    Records { records: &records, told }.print(format, &options.output)?;
    let statuses = || records.iter().map(|own| own.verification.status);
    complain(&format!("{}\n", Counts::of(statuses()).text()));
    let lines = refused == 0 || options.accounts.allow_refused;
    Ok(lines && statuses().all(Status::is_accepted))
}

/// Makes a record of each account, in order, on so many threads.
pub(super) fn each<T: Send>(
    ruleset: &Compiled,
    options: &AccountOptions,
    holdings: Vec<Holding>,
    record: impl Fn(Rules<'_>, &Holding, Result<&Verified, &[Refused]>) -> T + Sync + Send,
) -> Result<Vec<T>, Failure> {
    let rules = Rules { plan: &ruleset.plan, sources: &ruleset.sources };
    in_order(options, holdings, |holding| match verify(&ruleset.plan, &holding) {
        Ok(verified) => record(rules, &holding, Ok(&verified)),
        Err(refused) => record(rules, &holding, Err(&refused)),
    })
}

/// The same of each account alone.
fn in_order<T: Send>(
    options: &AccountOptions,
    holdings: Vec<Holding>,
    of: impl Fn(Holding) -> T + Sync + Send,
) -> Result<Vec<T>, Failure> {
    let threads = eval::threads(options.threads);
    if threads == 1 {
        return Ok(holdings.into_iter().map(of).collect());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    Ok(pool.install(|| holdings.into_par_iter().map(of).collect()))
}
