//! A book of licenses by both rulesets: read once.

use super::super::Diff;
use super::super::eval::source::{List, Source};
use super::super::eval::stream::{self, Work};
use super::super::eval::{self, format};
use super::super::failure::Failure;
use super::super::progress::Progress;
use crate::batch::Kernel;
use crate::convert::{Converted, Converter, Memory};
use crate::input::block::{Block, Record};
use crate::input::{Schema, Slot};
use crate::project::Compiled;
use crate::report::impact::{Became, Impact, Ledger, Products};
use crate::report::refusal::{self, Refused};

/// What becomes of the book.
pub(super) fn run(
    options: &Diff,
    path: &std::path::Path,
    [old, new]: [&Compiled; 2],
    products: &Products,
) -> Result<Impact, Failure> {
    let list = List {
        path,
        format: options.input_format,
        sheet: options.sheet.as_deref(),
        floats: &options.allow_floats,
        keep: false,
    };
    let form = format::of_input(&list)?;
    let on = options.on.as_deref().map(eval::day).transpose()?;
    let renamed = eval::renamings(&options.maps)?;
    let plans = [&old.plan, &new.plan];
    let before = Schema::of_all(&old.plan, &plans, &renamed, on)?;
    let after = Schema::of_all(&new.plan, &plans, &renamed, on)?;
    let kernels = [Kernel::new(&old.plan), Kernel::new(&new.plan)];
    let [one, other] = &kernels;
    let mut progress = Progress::new(options.output.is_none());
    // Columns stand at the same places in both.
    let source = Source::open(&list, form, &after, &mut progress)?;
    if let Some(columns) = source.header() {
        eval::ignored_columns(&columns.ignored(), &after, false)?;
    }
    let both = Both {
        rulesets: [old, new],
        converters: [
            Converter::new(&old.plan, one, &before),
            Converter::new(&new.plan, other, &after),
        ],
        products,
        decimals: [one.result_decimals(), other.result_decimals()],
    };
    let mut ignored: Vec<String> = Vec::new();
    let take = |page: Page| {
        progress.step(page.lines);
        for key in page.ignored {
            if !ignored.contains(&key) {
                ignored.push(key);
            }
        }
        Ok(())
    };
    let threads = eval::threads(options.threads);
    let states = stream::run(&both, threads, |job| source.each(false, job), take)?;
    drop(progress);
    eval::ignored_columns(&ignored, &after, false)?;
    let mut all = Ledger::new(products, both.decimals);
    states.into_iter().for_each(|state| all.merge(state.ledger));
    Ok(Impact::new(&all))
}

/// Both rulesets.
struct Both<'a> {
    rulesets: [&'a Compiled; 2],
    converters: [Converter<'a>; 2],
    products: &'a Products,
    decimals: [u32; 2],
}

/// What one thread keeps.
struct State<'a> {
    memories: [Memory<'a>; 2],
    ledger: Ledger<'a>,
}

/// What is told of a block.
struct Page {
    lines: u64,
    ignored: Vec<String>,
}

impl<'a> Work for Both<'a> {
    type State = State<'a>;
    type Page = Page;

    fn state(&self) -> State<'a> {
        let [one, other] = &self.converters;
        State {
            memories: [one.memory(), other.memory()],
            ledger: Ledger::new(self.products, self.decimals),
        }
    }

    fn page(&self, state: &mut State<'a>, block: &Block) -> Page {
        let State { memories: [first, second], ledger } = state;
        let ([one, other], lines) = (&self.converters, ledger.lines());
        one.each_by_both(first, (other, second), block, |record, old, new| {
            let why = || self.why(record);
            ledger.line(record, (Became::of(&old), Became::of(&new)), why);
        });
        Page { lines: ledger.lines() - lines, ignored: block.ignored().to_vec() }
    }
}

impl Both<'_> {
    /// Why a record is refused, by either.
    fn why(&self, record: Record<'_>) -> [Option<Refused>; 2] {
        let [one, other] = &self.converters;
        let [old, new] = self.rulesets;
        let in_words = |ruleset: &Compiled, converted| match converted {
            Converted::Faulty(fault) => Some(refusal::of_fault(*fault)),
            Converted::Refused(why) => {
                let sku = record.get(Slot::SKU).unwrap_or_default();
                Some(refusal::of_refusal(&ruleset.plan, &ruleset.sources, &why, sku, true))
            }
            Converted::Credits { .. } | Converted::Excluded { .. } => None,
        };
        [in_words(old, one.exactly(record)), in_words(new, other.exactly(record))]
    }
}
