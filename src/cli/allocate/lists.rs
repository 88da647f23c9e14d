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
use crate::holdings::{Allocations, Held, Holdings, Reading};
use crate::input::allocations::{self, Wanted, Wished};
use crate::input::block::{Block, Record};
use crate::input::{Fault, Schema, Slot};
use crate::period::parse_date;
use crate::plan::TargetId;
use crate::project::Compiled;
use crate::report::refusal::{Refused, of_fault, of_refusal};

/// Most records that are told one by one.
const MOST_SHOWN: usize = 20;

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
        && !allocated(ruleset, given, eval::threads(options.threads), &mut read.holdings)?
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
            if read.refused <= MOST_SHOWN as u64 {
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
        let more = read.refused.saturating_sub(MOST_SHOWN as u64);
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
            Converted::Faulty(fault) => of_fault(*fault),
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
    threads: usize,
    holdings: &mut Holdings,
) -> Result<bool, Failure> {
    let plan = &ruleset.plan;
    let schema = allocations::schema(&eval::renamings(&options.map_allocations)?)?;
    let listed = Listed {
        path: &options.allocations,
        schema: &schema,
        what: "allocations",
        read: |block: &Block| Allocations::read(plan, &schema, block),
    };
    let mut wrong = listed.each(threads, |given| holdings.allocate(given))?;
    wrong.add(holdings.repeated(plan, &schema));
    Ok(listed.is_right(wrong))
}

/// Each account's wishes, the most important first; `None` where a record is wrong, which was told.
pub(in crate::cli) fn wishes(
    ruleset: &Compiled,
    path: &Path,
    threads: usize,
) -> Result<Option<BTreeMap<String, Vec<Wanting>>>, Failure> {
    let plan = &ruleset.plan;
    let schema = allocations::schema_of_wishes(&[])?;
    let listed = Listed {
        path,
        schema: &schema,
        what: "wishes",
        read: |block: &Block| {
            let wish = |record: Record<'_>| {
                let Wished { account, product, units, priority } =
                    allocations::read_wish(plan, &schema, record)?;
                Ok((account.to_owned(), (priority, (product, units))))
            };
            let records = (0..block.len()).map(|row| block.record(row));
            records.map(|record| (record.number(), wish(record))).collect::<Vec<_>>()
        },
    };
    let mut all: BTreeMap<String, Vec<(u32, Wanting)>> = BTreeMap::new();
    let wrong = listed.each(threads, |records| {
        let mut wrong = Vec::new();
        for (number, wish) in records {
            let (account, wish) = match wish {
                Ok(wish) => wish,
                Err(fault) => {
                    wrong.push((number, fault));
                    continue;
                }
            };
            let (own, (_, (product, _))) = (all.entry(account).or_default(), &wish);
            if own.iter().any(|(_, (known, _))| known == product) {
                let name = plan.rule(*product).map_or("", |rule| rule.name.as_str());
                wrong.push((number, allocations::wished_twice(&schema, name)));
            } else {
                own.push(wish);
            }
        }
        wrong
    })?;
    let right = listed.is_right(wrong);
    let in_order = |(account, mut own): (String, Vec<(u32, Wanting)>)| {
        // A stable sort: of equals the earlier one stays first.
        own.sort_by_key(|(priority, _)| *priority);
        (account, own.into_iter().map(|(_, wanting)| wanting).collect())
    };
    Ok(right.then(|| all.into_iter().map(in_order).collect()))
}

/// A product and the units of it that are wished for.
pub(in crate::cli) type Wanting = (TargetId, Wanted);

/// A list of records, and how a block of them is read.
struct Listed<'a, R> {
    path: &'a Path,
    schema: &'a Schema,
    what: &'a str,
    read: R,
}

impl<P: Send, R: Fn(&Block) -> P + Sync> Work for Listed<'_, R> {
    type State = ();
    type Page = (usize, P);

    fn state(&self) {}

    fn page(&self, (): &mut (), block: &Block) -> (usize, P) {
        (block.len(), (self.read)(block))
    }
}

impl<P: Send, R: Fn(&Block) -> P + Sync> Listed<'_, R> {
    /// Reads the list, and takes what was read in order; answers what of it was wrong.
    fn each(
        &self,
        threads: usize,
        mut take: impl FnMut(P) -> Vec<(u64, Fault)>,
    ) -> Result<Wrong, Failure> {
        let list = List { path: self.path, format: None, sheet: None, floats: &[], keep: false };
        let form = format::of_allocations(&list)?;
        let mut progress = Progress::new(true);
        let source = Source::open(&list, form, self.schema, &mut progress)?;
        if let Some(columns) = source.header() {
            eval::ignored_columns(&columns.ignored(), self.schema, false)?;
        }
        let mut wrong = Wrong::default();
        let take = |(records, page): (usize, P)| {
            progress.step(records as u64);
            wrong.add(take(page));
            Ok(())
        };
        stream::run(self, threads, |job| source.each(false, job), take)?;
        Ok(wrong)
    }

    /// Whether every record is right; those that are not are told.
    fn is_right(&self, wrong: Wrong) -> bool {
        let Wrong { count, first } = wrong;
        let path = self.path.display();
        for (number, fault) in first {
            let Refused { code, message, .. } = of_fault(fault);
            complain(&visible(&format!("{path}: record {number}: {message} [{code}]\n")));
        }
        if count > 0 {
            let (what, plural) = (self.what, if count == 1 { "record" } else { "records" });
            complain(&format!(
                "error: {count} {plural} of the {what} cannot be read: nothing is told of any account\n"
            ));
        }
        count == 0
    }
}

/// Records that are wrong.
#[derive(Default)]
struct Wrong {
    count: usize,
    /// The first of them, by number.
    first: Vec<(u64, Fault)>,
}

impl Wrong {
    fn add(&mut self, more: Vec<(u64, Fault)>) {
        self.count += more.len();
        self.first.extend(more);
        self.first.sort_by_key(|(record, _)| *record);
        self.first.truncate(MOST_SHOWN);
    }
}
