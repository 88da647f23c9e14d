//! `eval`: a list of licenses into credits.

pub(super) mod format;
mod page;
mod shape;
pub(super) mod sink;
mod sinks;
pub(super) mod source;
pub(super) mod stream;

use super::failure::Failure;
use super::output::{complain, same_file};
use super::progress::Progress;
use super::{Eval, rules};
use crate::batch::Kernel;
use crate::convert::Converter;
use crate::diagnostic::render::visible;
use crate::input::Schema;
use crate::period::parse_date;
use crate::project::Compiled;
use crate::report::groups::Groups;
use crate::report::totals::Totals;
use page::{Page, Pages};
use shape::Shape;
use sink::Sink;
use sinks::{Rejects, sums};
use source::{List, Source};

/// Whether no line was refused, or that was allowed.
pub(super) fn run(options: &Eval) -> Result<bool, Failure> {
    let list = List {
        path: &options.input,
        format: options.input_format,
        sheet: options.sheet.as_deref(),
        floats: &options.allow_floats,
        keep: options.append,
    };
    let form = format::of_input(&list)?;
    if let (Some(output), Some(rejects)) = (&options.output, &options.rejects)
        && same_file(output, rejects)
    {
        return Err(Failure::new("`--output` and `--rejects` name one file: choose two"));
    }
    let output = format::of_output(options)?;
    options.rejects.as_deref().map(format::of_rejects).transpose()?;
    let on = options.on.as_deref().map(day);
    let renamed = renamings(&options.maps)?;
    let Some(ruleset) = rules::compile(&options.rules)? else { return Ok(false) };
    let schema = Schema::new(&ruleset.plan, &renamed, on.transpose()?)?;
    let mut progress = Progress::new(options.output.is_none());
    let source = Source::open(&list, form, &schema, &mut progress)?;
    if let Some(columns) = source.header() {
        warn(options, &columns.ignored(), &schema)?;
    }
    let header = source.header().map(|columns| columns.names.as_slice());
    let (shape, columns) = Shape::new(options, output.text(), header, &schema)?;
    let kernel = Kernel::new(&ruleset.plan);
    let decimals = kernel.result_decimals();
    let listing = Sink::open(options.output.as_deref(), output, columns, decimals)?;
    let run = Run { options, ruleset: &ruleset, schema: &schema, kernel: &kernel, shape: &shape };
    let totals = run.convert(source, listing, progress)?;
    complain(&format!("{}; ruleset sha256:{}\n", totals.text(decimals), ruleset.sha256));
    Ok(totals.refused == 0 || options.allow_refused)
}

/// What a run goes by.
struct Run<'a> {
    options: &'a Eval,
    ruleset: &'a Compiled,
    schema: &'a Schema,
    kernel: &'a Kernel,
    shape: &'a Shape,
}

impl Run<'_> {
    /// Converts everything; answers the totals.
    fn convert(
        &self,
        source: Source<'_>,
        listing: Sink,
        mut progress: Progress,
    ) -> Result<Totals, Failure> {
        let Self { options, ruleset, schema, kernel, shape } = *self;
        let converter = Converter::new(&ruleset.plan, kernel, schema);
        let encoder = listing.encoder().clone();
        let decimals = kernel.result_decimals();
        let mut groups = Groups::default();
        let pages = Pages {
            ruleset,
            converter: &converter,
            encoder: &encoder,
            shape,
            groups: &groups,
            decimals,
            explain: options.explain,
        };
        // None once nobody reads the output any more; refused lines are still told.
        let mut listing = Some(listing);
        let mut rejects = Rejects::open(options.rejects.as_deref(), ruleset)?;
        let mut totals = Totals::default();
        let mut ignored: Vec<String> = Vec::new();
        let take = |page: Page| {
            if page.has_credits {
                return Err(shape::has_credits());
            }
            for key in page.ignored {
                if !ignored.contains(&key) {
                    ignored.push(key);
                }
            }
            progress.step(page.totals.lines());
            totals.merge(page.totals);
            if !page.refused.is_empty() {
                progress.aside(|| rejects.lines(page.refused))?;
            }
            match listing.as_mut().map(|listing| listing.write(&page.bytes)) {
                Some(Err(Failure::ClosedPipe)) => listing = None,
                Some(other) => other?,
                None => {}
            }
            Ok(())
        };
        let keep = matches!(shape, Shape::Appended);
        stream::run(&pages, threads(options.threads), |job| source.each(keep, job), take)?;
        drop(progress);
        warn(options, &ignored, schema)?;
        if let Some(mut listing) = listing {
            let summed = sums(&mut listing, &mut groups, (ruleset, shape), decimals);
            match summed.and_then(|()| listing.finish()) {
                Ok(()) | Err(Failure::ClosedPipe) => {}
                Err(failure) => return Err(failure),
            }
        }
        rejects.finish()?;
        Ok(totals)
    }
}

/// How many threads convert.
pub(super) fn threads(wanted: Option<std::num::NonZero<usize>>) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    wanted.map_or_else(all, std::num::NonZero::get)
}

/// Tells of columns that nothing asks for.
fn warn(options: &Eval, ignored: &[String], schema: &Schema) -> Result<(), Failure> {
    // Columns that are given on are asked for.
    if options.append && !options.strict {
        return Ok(());
    }
    ignored_columns(ignored, schema, options.strict)
}

/// Most columns named in one warning.
const MOST_NAMED: usize = 20;

/// Columns that nothing asks for: one warning, or a failure with `--strict`.
pub(super) fn ignored_columns(
    ignored: &[String],
    schema: &Schema,
    strict: bool,
) -> Result<(), Failure> {
    if ignored.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = ignored
        .iter()
        .take(MOST_NAMED)
        .map(|name| match crate::diagnostic::nearest(name, schema.names()) {
            Some(near) => format!("`{name}` (did you mean `{near}`?)"),
            None => format!("`{name}`"),
        })
        .collect();
    let more = ignored.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let text = format!("nothing asks for the columns {}{more}", named.join(", "));
    if strict {
        return Err(Failure::new(format!("{text}: remove them, or leave out `--strict`")));
    }
    complain(&visible(&format!("warning: {text}\n")));
    Ok(())
}

/// The day of `--on`.
pub(super) fn day(text: &str) -> Result<jiff::civil::Date, Failure> {
    parse_date(text).ok_or_else(|| {
        Failure::new(format!(
            "`--on {text}` is not a day of the calendar: write it as in 2025-11-30"
        ))
    })
}

/// The columns of `--map`.
pub(super) fn renamings(maps: &[String]) -> Result<Vec<(String, String)>, Failure> {
    maps.iter().map(|map| renaming(map)).collect()
}

fn renaming(text: &str) -> Result<(String, String), Failure> {
    match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => {
            Ok((name.to_owned(), column.to_owned()))
        }
        _ => Err(Failure::new(format!(
            "`--map {text}`: expected NAME=COLUMN, as in `--map sku=Product`"
        ))),
    }
}
