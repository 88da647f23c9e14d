//! A book of licenses by both rulesets: read once.

use super::super::Diff;
use super::super::eval::source::{List, Source};
use super::super::eval::stream::{self, Work};
use super::super::eval::{self, format};
use super::super::failure::Failure;
use super::super::progress::Progress;
use crate::batch::Kernel;
use crate::convert::{Converter, Memory};
use crate::input::Schema;
use crate::input::block::Block;
use crate::project::Compiled;
use crate::report::impact::{Became, Impact, Ledger, Products};

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
    converters: [Converter<'a>; 2],
    products: &'a Products,
    decimals: [u32; 2],
}

/// What one thread keeps.
struct State<'a> {
    memories: [Memory<'a>; 2],
    /// What the lines of a block become by the old rules.
    before: Vec<Became>,
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
            before: Vec::new(),
            ledger: Ledger::new(self.products, self.decimals),
        }
    }

    fn page(&self, state: &mut State<'a>, block: &Block) -> Page {
        let State { memories: [first, second], before, ledger } = state;
        let ([one, other], lines) = (&self.converters, ledger.lines());
        before.clear();
        one.each(first, block, |_, converted| before.push(Became::of(&converted)));
        let mut old = before.iter().copied();
        other.each(second, block, |record, new| {
            if let Some(old) = old.next() {
                ledger.line(record, old, Became::of(&new));
            }
        });
        Page { lines: ledger.lines() - lines, ignored: block.ignored().to_vec() }
    }
}
