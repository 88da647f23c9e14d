//! `eval`: a list of licenses into credits.

mod page;
mod shape;
mod sinks;
mod stream;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::output::{complain, same_file};
use super::{DataFormat, Eval, rules};
use crate::batch::Compiled;
use crate::convert::Converter;
use crate::diagnostic::render::visible;
use crate::input::Schema;
use crate::input::block::Columns;
use crate::input::delimited::Delimited;
use crate::input::json;
use crate::period::parse_date;
use crate::project::Ruleset;
use crate::report::encode::{Encoder, Format};
use crate::report::totals::Totals;
use page::{Page, Pages};
use shape::Shape;
use sinks::{Listing, Rejects};
use stream::Job;

/// Whether no line was refused, or that was allowed.
pub(super) fn run(options: &Eval) -> Result<bool, Failure> {
    let format = input_format(options)?;
    if let (Some(output), Some(rejects)) = (&options.output, &options.rejects)
        && same_file(output, rejects)
    {
        return Err(Failure::new("`--output` and `--rejects` name one file: choose two"));
    }
    let output_format = output_format(options)?;
    let on = options.on.as_deref().map(|text| {
        parse_date(text).ok_or_else(|| {
            Failure::new(format!(
                "`--on {text}` is not a day of the calendar: write it as in 2025-11-30"
            ))
        })
    });
    let renamed =
        options.maps.iter().map(|map| renaming(map)).collect::<Result<Vec<_>, Failure>>()?;
    let Some(ruleset) = rules::compile(&options.rules)? else { return Ok(false) };
    let schema = Schema::new(&ruleset.plan, &renamed, on.transpose()?)?;
    let source = Source::open(open(&options.input)?, format, &schema)?;
    if let Some(columns) = source.header() {
        warn(options, &columns.ignored(), &schema)?;
    }
    let header = source.header().map(|columns| columns.names.as_slice());
    let (shape, names) = Shape::new(options, output_format, header)?;
    let totals = convert(options, &ruleset, &schema, source, (&shape, names, output_format))?;
    let decimals = Compiled::decimals_of(&ruleset.plan);
    complain(&format!("{}; ruleset sha256:{}\n", totals.text(decimals), ruleset.sha256));
    Ok(totals.refused == 0 || options.allow_refused)
}

/// Converts everything; answers the totals.
fn convert(
    options: &Eval,
    ruleset: &Ruleset,
    schema: &Schema,
    source: Source<'_>,
    (shape, names, format): (&Shape, Vec<String>, Format),
) -> Result<Totals, Failure> {
    let compiled = Compiled::new(&ruleset.plan);
    let converter = Converter::new(&ruleset.plan, &compiled, schema);
    let encoder = Encoder::new(format, names);
    let decimals = compiled.result_decimals();
    let pages = Pages {
        ruleset,
        converter: &converter,
        encoder: &encoder,
        shape,
        decimals,
        explain: options.explain,
    };
    // None once nobody reads the output any more; refused lines are still told.
    let mut listing = Some(Listing::open(options.output.as_deref(), &encoder)?);
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
        totals.merge(page.totals);
        rejects.lines(page.refused)?;
        match listing.as_mut().map(|listing| listing.write(&page.bytes)) {
            Some(Err(Failure::ClosedPipe)) => listing = None,
            Some(other) => other?,
            None => {}
        }
        Ok(())
    };
    let keep = matches!(shape, Shape::Appended);
    let groups = stream::run(&pages, threads(options), |job| source.each(keep, job), take)?;
    warn(options, &ignored, schema)?;
    if let Some(mut listing) = listing {
        match listing.sums(&groups, (ruleset, shape), decimals).and_then(|()| listing.finish()) {
            Ok(()) | Err(Failure::ClosedPipe) => {}
            Err(failure) => return Err(failure),
        }
    }
    rejects.finish()?;
    Ok(totals)
}

/// How many threads convert.
fn threads(options: &Eval) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    options.threads.map_or_else(all, std::num::NonZero::get)
}

/// An input whose columns are known.
enum Source<'a> {
    Delimited(Delimited<Box<dyn Read>>),
    Json { input: Box<dyn Read>, lines: bool, schema: &'a Schema },
}

impl<'a> Source<'a> {
    fn open(input: Box<dyn Read>, format: DataFormat, schema: &'a Schema) -> Result<Self, Failure> {
        Ok(match format {
            DataFormat::Csv => Self::Delimited(Delimited::new(input, b',', schema)?),
            DataFormat::Tsv => Self::Delimited(Delimited::new(input, b'\t', schema)?),
            DataFormat::Json => Self::Json { input, lines: false, schema },
            DataFormat::Ndjson => Self::Json { input, lines: true, schema },
        })
    }

    /// The columns of a table.
    fn header(&self) -> Option<&Columns> {
        match self {
            Self::Delimited(delimited) => Some(delimited.columns()),
            Self::Json { .. } => None,
        }
    }

    /// Hands out everything; `keep` the texts of objects, too.
    fn each(
        self,
        keep: bool,
        feed: &mut dyn FnMut(Job<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Delimited(delimited) => {
                delimited.each_chunk(|chunk| feed(Box::new(move || chunk.parse())))
            }
            Self::Json { input, lines, schema } => {
                let columns = Arc::new(Columns::of_slots(schema));
                if lines {
                    return json::each_chunk(input, |lines| {
                        let columns = Arc::clone(&columns);
                        feed(Box::new(move || lines.parse(schema, columns, keep)))
                    });
                }
                json::each_block(input, schema, &columns, keep, |block| {
                    feed(Box::new(move || block))
                })
            }
        }
    }
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
fn ignored_columns(ignored: &[String], schema: &Schema, strict: bool) -> Result<(), Failure> {
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

fn open(path: &Path) -> Result<Box<dyn Read>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    if file.metadata().is_ok_and(|kind| kind.is_dir()) {
        return Err(Failure::new(format!(
            "`{}` is a folder: name one license list",
            path.display()
        )));
    }
    Ok(Box::new(file))
}

fn by_extension(path: &Path) -> Option<DataFormat> {
    Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => DataFormat::Csv,
        "tsv" | "tab" => DataFormat::Tsv,
        "json" => DataFormat::Json,
        "ndjson" | "jsonl" => DataFormat::Ndjson,
        _ => return None,
    })
}

/// Why the format of a file is not known, and the way out.
fn unknown_format(path: &Path) -> Failure {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let help = if matches!(extension, "xlsx" | "xls" | "ods" | "parquet") {
        "save it as csv"
    } else {
        "add `--input-format csv|tsv|json|ndjson`"
    };
    Failure::new(format!(
        "the extension of `{}` does not tell a format that is read: {help}",
        path.display()
    ))
}

fn input_format(options: &Eval) -> Result<DataFormat, Failure> {
    let named = options.input_format.or_else(|| by_extension(&options.input));
    named.ok_or_else(|| unknown_format(&options.input))
}

fn output_format(options: &Eval) -> Result<Format, Failure> {
    let by_name = options.output.as_deref().and_then(by_extension);
    let format = match options.format.or(by_name).unwrap_or(DataFormat::Csv) {
        DataFormat::Csv => Format::Csv,
        DataFormat::Tsv => Format::Tsv,
        DataFormat::Json => Format::Json,
        DataFormat::Ndjson => Format::Ndjson,
    };
    if options.explain && format.is_table() {
        return Err(Failure::new(
            "steps have no place in a table: add `--format json` or `--format ndjson`",
        ));
    }
    Ok(format)
}
