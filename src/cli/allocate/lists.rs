//! The lists of licenses and allocations: read into accounts.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::super::eval::source::{List, Source};
use super::super::eval::stream::{self, Work};
use super::super::eval::{self, format};
use super::super::failure::Failure;
use super::super::output::complain;
use super::super::progress::Progress;
use super::options::{AccountOptions, AllocationOptions};
use crate::batch::Kernel;
use crate::convert::{Converted, Converter, Memory};
use crate::diagnostic::nearest;
use crate::diagnostic::render::visible;
use crate::holdings::{Held, Holdings, Reading};
use crate::input::allocations::{self, Wanted, Wished};
use crate::input::block::{Block, Record};
use crate::input::{Fault, Schema, Slot};
use crate::period::parse_date;
use crate::plan::TargetId;
use crate::project::Compiled;
use crate::report::refusal::{Refused, of_fault, of_refusal};

/// Most records that are told one by one.
const MOST_SHOWN: u64 = 20;

/// Accounts, and how many license lines were refused.
pub(in crate::cli) struct Read {
    pub holdings: Holdings,
    pub refused: u64,
}

/// Reads the licenses, and the allocations if they are given; `None` where a record of those is
/// wrong, which was told.
pub(in crate::cli) fn read(
    ruleset: &Compiled,
    options: &AccountOptions,
    given: Option<&AllocationOptions>,
) -> Result<Option<Read>, Failure> {
    read_with(ruleset, options, given, std::iter::empty())
}

/// The same with accounts that may be in neither list.
pub(in crate::cli) fn read_with<'n>(
    ruleset: &Compiled,
    options: &AccountOptions,
    given: Option<&AllocationOptions>,
    others: impl Iterator<Item = &'n String>,
) -> Result<Option<Read>, Failure> {
    let both = [Some(options.licenses.as_path()), given.map(|own| own.allocations.as_path())];
    if both == [Some(Path::new("-")); 2] {
        return Err(Failure::new("two lists cannot be read from standard input: name one file"));
    }
    let mut read = licenses(ruleset, options, given.is_none())?;
    if let Some(given) = given
        && !allocated(ruleset, given, &mut read.holdings)?
    {
        return Ok(None);
    }
    others.for_each(|account| read.holdings.add(account));
    if let Some(account) = &options.account {
        let near = nearest(account, read.holdings.names()).map(str::to_owned);
        if !read.holdings.keep(account) {
            let help = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Failure::new(format!("no record is of the account `{account}`{help}")));
        }
    }
    Ok(Some(read))
}

/// The day of `--as-of`.
pub(in crate::cli) fn as_of(options: &AccountOptions) -> Result<Date, Failure> {
    let text = &options.as_of;
    parse_date(text).ok_or_else(|| {
        Failure::new(format!(
            "`--as-of {text}` is not a day of the calendar: write it as in 2025-11-30"
        ))
    })
}

fn licenses(ruleset: &Compiled, options: &AccountOptions, entitled: bool) -> Result<Read, Failure> {
    let list = List {
        path: &options.licenses,
        format: options.input_format,
        sheet: options.sheet.as_deref(),
        floats: &options.allow_floats,
        keep: false,
    };
    let form = format::of_input(&list)?;
    let on = options.on.as_deref().map(eval::day).transpose()?;
    let renamed = eval::renamings(&options.maps)?;
    let plan = &ruleset.plan;
    let schema = Schema::new(plan, &renamed, on)?;
    let kernel = Kernel::new(plan);
    let mut progress = Progress::new(true);
    let source = Source::open(&list, form, &schema, &mut progress)?;
    if let Some(columns) = source.header() {
        eval::ignored_columns(&columns.ignored(), &schema, false)?;
    }
    let decimals = kernel.result_decimals();
    let work = Lines {
        ruleset,
        converter: Converter::new(plan, &kernel, &schema),
        reading: Reading { plan, schema: &schema, on, decimals, entitled },
    };
    let mut read = Read { holdings: Holdings::default(), refused: 0 };
    let mut ignored: Vec<String> = Vec::new();
    let take = |page: Page| {
        progress.step(page.lines);
        page.held.into_iter().for_each(|held| read.holdings.hold(held));
        ignored.extend(page.ignored);
        for refused in page.refused {
            read.refused += 1;
            if read.refused <= MOST_SHOWN {
                progress.aside(|| complain(&visible(&refused)));
            }
        }
        Ok(())
    };
    stream::run(&work, eval::threads(options.threads), |job| source.each(false, job), take)?;
    drop(progress);
    ignored.sort();
    ignored.dedup();
    eval::ignored_columns(&ignored, &schema, false)?;
    if read.refused > 0 {
        let more = read.refused.saturating_sub(MOST_SHOWN);
        let more = if more > 0 { format!(", {more} of them not shown") } else { String::new() };
        complain(&format!("refused license lines: {}{more}\n", read.refused));
    }
    Ok(read)
}

/// License lines into lots.
struct Lines<'a> {
    ruleset: &'a Compiled,
    converter: Converter<'a>,
    reading: Reading<'a>,
}

/// What is told of a block.
struct Page {
    lines: u64,
    held: Vec<Held>,
    refused: Vec<String>,
    ignored: Vec<String>,
}

impl<'a> Work for Lines<'a> {
    type State = Memory<'a>;
    type Page = Page;

    fn state(&self) -> Memory<'a> {
        self.converter.memory()
    }

    fn page(&self, memory: &mut Memory<'a>, block: &Block) -> Page {
        let (mut held, mut refused) = (Vec::new(), Vec::new());
        self.converter.each(memory, block, |record, converted| {
            held.extend(self.reading.held(record, &converted));
            refused.extend(self.refused(record, converted));
        });
        let lines = block.len() as u64;
        Page { lines, held, refused, ignored: block.ignored().to_vec() }
    }
}

impl Lines<'_> {
    fn refused(&self, record: Record<'_>, converted: Converted) -> Option<String> {
        let Compiled { plan, sources, .. } = self.ruleset;
        let sku = record.get(Slot::SKU).unwrap_or_default();
        let refused = match converted {
            Converted::Faulty(fault) => of_fault(fault),
            Converted::Refused(refusal) => of_refusal(plan, sources, &refusal, sku, true),
            Converted::Credits { .. } | Converted::Excluded { .. } => return None,
        };
        let Refused { code, message, .. } = refused;
        let number = record.number();
        let id = record.get(Slot::LICENSE_ID).map_or_else(String::new, |id| format!(" ({id})"));
        Some(format!("license line {number}{id}: {message} [{code}]\n"))
    }
}

/// Reads the allocations; whether every record is right.
fn allocated(
    ruleset: &Compiled,
    options: &AllocationOptions,
    holdings: &mut Holdings,
) -> Result<bool, Failure> {
    let schema = allocations::schema(&eval::renamings(&options.map_allocations)?)?;
    each(&options.allocations, &schema, "allocations", |record| {
        holdings.allocate(&ruleset.plan, &schema, record)
    })
}

/// Each account's wishes, the most important first; `None` where a record is wrong, which was told.
pub(in crate::cli) fn wishes(
    ruleset: &Compiled,
    path: &Path,
) -> Result<Option<BTreeMap<String, Vec<Wanting>>>, Failure> {
    let schema = allocations::schema_of_wishes(&[])?;
    let mut all: BTreeMap<String, Vec<(u32, Wanting)>> = BTreeMap::new();
    let right = each(path, &schema, "wishes", |record| {
        let Wished { account, product, units, priority } =
            allocations::read_wish(&ruleset.plan, &schema, record)?;
        let own = all.entry(account.to_owned()).or_default();
        if own.iter().any(|(_, (known, _))| *known == product) {
            return Err(allocations::wished_twice(&schema, record));
        }
        own.push((priority, (product, units)));
        Ok(())
    })?;
    let in_order = |(account, mut own): (String, Vec<(u32, Wanting)>)| {
        // A stable sort: of equals the earlier one stays first.
        own.sort_by_key(|(priority, _)| *priority);
        (account, own.into_iter().map(|(_, wanting)| wanting).collect())
    };
    Ok(right.then(|| all.into_iter().map(in_order).collect()))
}

/// A product and the units of it that are wished for.
pub(in crate::cli) type Wanting = (TargetId, Wanted);

/// Reads a list; whether every record is right. Those that are not are told.
fn each(
    path: &Path,
    schema: &Schema,
    what: &str,
    mut take: impl FnMut(Record<'_>) -> Result<(), Fault>,
) -> Result<bool, Failure> {
    let list = List { path, format: None, sheet: None, floats: &[], keep: false };
    let form = format::of_allocations(&list)?;
    let mut progress = Progress::new(true);
    let source = Source::open(&list, form, schema, &mut progress)?;
    if let Some(columns) = source.header() {
        eval::ignored_columns(&columns.ignored(), schema, false)?;
    }
    let mut wrong: Vec<(u64, Fault)> = Vec::new();
    let mut count = 0;
    source.each(false, &mut |job| {
        let block = job();
        for record in (0..block.len()).map(|row| block.record(row)) {
            if let Err(fault) = take(record) {
                count += 1;
                if count <= MOST_SHOWN {
                    wrong.push((record.number(), fault));
                }
            }
        }
        progress.step(block.len() as u64);
        Ok(())
    })?;
    drop(progress);
    for (number, fault) in wrong {
        let Refused { code, message, .. } = of_fault(fault);
        complain(&visible(&format!("{}: record {number}: {message} [{code}]\n", path.display())));
    }
    if count > 0 {
        let plural = if count == 1 { "record" } else { "records" };
        complain(&format!(
            "error: {count} {plural} of the {what} cannot be read: nothing is told of any account\n"
        ));
    }
    Ok(count == 0)
}
