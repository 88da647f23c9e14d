//! `eval`: a list of licenses into credits.

mod conversion;
mod sinks;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::failure::Failure;
use super::output::{complain, same_file};
use super::{DataFormat, Eval, rules};
use crate::diagnostic::render::visible;
use crate::input::Schema;
use crate::input::delimited::Delimited;
use crate::input::json::{self, Ignored};
use crate::period::parse_date;
use crate::report::write::Format;
use conversion::Conversion;

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
    let input = open(&options.input)?;
    let tell = |ignored: Vec<String>| {
        // Columns that are given on are asked for.
        let ignored = if options.append && !options.strict { Vec::new() } else { ignored };
        ignored_columns(&ignored, &schema, options.strict)
    };
    let result = match format {
        DataFormat::Csv | DataFormat::Tsv => {
            let delimiter = if format == DataFormat::Csv { b',' } else { b'\t' };
            let input = Delimited::new(input, delimiter, &schema)?;
            let mut columns = input.header.clone();
            tell(input.ignored())?;
            columns.push("credits".to_owned());
            let mut conversion =
                Conversion::new(&ruleset, &schema, options, output_format, Some(columns))?;
            input.each(&schema, |arrival| conversion.line(&arrival))?;
            conversion.finish()?
        }
        DataFormat::Json | DataFormat::Ndjson => {
            let mut conversion = Conversion::new(&ruleset, &schema, options, output_format, None)?;
            let mut ignored = Ignored::default();
            let visit = |arrival: crate::input::Arrival<'_>| conversion.line(&arrival);
            if format == DataFormat::Json {
                json::each_element(input, &schema, &mut ignored, visit)?;
            } else {
                json::each_line(input, &schema, &mut ignored, visit)?;
            }
            tell(ignored.into_keys())?;
            conversion.finish()?
        }
    };
    complain(&format!("{}; ruleset sha256:{}\n", result.text(), ruleset.sha256));
    Ok(result.refused == 0 || options.allow_refused)
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
    if options.explain && matches!(format, Format::Csv | Format::Tsv) {
        return Err(Failure::new(
            "steps have no place in a table: add `--format json` or `--format ndjson`",
        ));
    }
    Ok(format)
}
