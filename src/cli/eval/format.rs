//! Which format an input has, and which one the output gets.

use std::io::IsTerminal;
use std::path::Path;

use super::super::failure::Failure;
use super::super::{DataFormat, Eval};
use super::source::List;
use crate::packing::Packing;
use crate::report::encode::Format;
use crate::report::table::{Column, Table};

/// A format, and how it is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Form {
    pub format: DataFormat,
    pub packing: Option<Packing>,
    /// Whether an Arrow output is a stream, which has no index at its end.
    stream: bool,
}

/// What the extensions of a file say.
fn by_extension(path: &Path) -> (Option<DataFormat>, Option<Packing>, String) {
    let lower = |path: &Path| {
        path.extension().and_then(|own| own.to_str()).unwrap_or_default().to_ascii_lowercase()
    };
    let last = lower(path);
    let packing = Packing::of_extension(&last);
    let inner = match packing {
        Some(_) => path.file_stem().map(|stem| lower(Path::new(stem))).unwrap_or_default(),
        None => last,
    };
    let format = match inner.as_str() {
        "csv" => DataFormat::Csv,
        "tsv" | "tab" => DataFormat::Tsv,
        "json" => DataFormat::Json,
        "ndjson" | "jsonl" => DataFormat::Ndjson,
        "xlsx" => DataFormat::Xlsx,
        "parquet" => DataFormat::Parquet,
        "arrow" | "arrows" | "feather" => DataFormat::Arrow,
        _ => return (None, packing, inner),
    };
    (Some(format), packing, inner)
}

/// The format of a list of allocations, which its extension tells.
pub(in crate::cli) fn of_allocations(list: &List<'_>) -> Result<Form, Failure> {
    if by_extension(list.path).0.is_none() {
        return Err(Failure::new(format!(
            "the extension of `{}` does not tell a format that is read: allocations are csv, tsv, json, \
             ndjson, xlsx or parquet",
            list.path.display()
        )));
    }
    of_input(list)
}

/// The format of the input.
pub(in crate::cli) fn of_input(list: &List<'_>) -> Result<Form, Failure> {
    let path = list.path;
    let (format, packing, extension) = by_extension(path);
    let named = list.format.or(format);
    let format = named.ok_or_else(|| unknown_format(path, &extension))?;
    let form = Form { format, packing, stream: false };
    if packing.is_some() && form.is_binary() {
        return Err(Failure::new(format!(
            "`{}` is compressed twice, and its format is not read from front to back: unpack it first",
            path.display()
        )));
    }
    if list.sheet.is_some() && format != DataFormat::Xlsx {
        return Err(Failure::new(
            "`--sheet` names a sheet of xlsx, and the input has none: leave it out",
        ));
    }
    if !list.floats.is_empty() && !form.is_columnar() {
        return Err(Failure::new(
            "`--allow-float` is for columns of parquet and arrow: numbers of other inputs are exact \
             as they stand",
        ));
    }
    Ok(form)
}

/// Why the format of an input is not known, and the way out.
fn unknown_format(path: &Path, extension: &str) -> Failure {
    let help = match extension {
        "xls" | "xlsb" | "xlsm" | "ods" => "save it as csv or xlsx",
        "rules" => "rule files come first, and the license list behind them",
        "zip" | "bz2" | "xz" | "lz4" | "7z" => "unpack it first",
        _ => "add `--input-format csv|tsv|json|ndjson|xlsx|parquet|arrow`",
    };
    Failure::new(format!(
        "the extension of `{}` does not tell a format that is read: {help}",
        path.display()
    ))
}

/// The format of the output.
pub(super) fn of_output(options: &Eval) -> Result<Form, Failure> {
    let form = of_file(options.output.as_deref(), options.format)?;
    if options.explain && form.text().is_table() {
        return Err(Failure::new(
            "steps have no place in a table: add `--format json` or `--format ndjson`",
        ));
    }
    if form.is_binary() && options.output.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::new("this format is nothing to be read on a terminal: add `-o FILE`"));
    }
    Ok(form)
}

/// The format of refused lines.
pub(super) fn of_rejects(path: &Path) -> Result<Form, Failure> {
    of_file(Some(path), None)
}

/// The format that is asked for; without it, by the extension of the file, else csv.
pub(in crate::cli) fn of_file(
    path: Option<&Path>,
    asked: Option<DataFormat>,
) -> Result<Form, Failure> {
    let (format, packing, extension) = path.map(by_extension).unwrap_or_default();
    let unwritten =
        matches!(extension.as_str(), "xls" | "xlsb" | "xlsm" | "ods" | "zip" | "bz2" | "xz");
    if let (Some(path), None, true) = (path, asked, unwritten) {
        return Err(Failure::new(format!(
            "the extension of `{}` tells a format that is not written: choose csv, tsv, json, ndjson, \
             xlsx, parquet or arrow",
            path.display()
        )));
    }
    let format = asked.or(format).unwrap_or(DataFormat::Csv);
    let form = Form { format, packing, stream: path.is_none() || extension == "arrows" };
    if let (Some(path), Some(_), true) = (path, packing, form.is_binary()) {
        return Err(Failure::new(format!(
            "`{}` would be compressed twice: leave out its last extension",
            path.display()
        )));
    }
    if form.is_columnar() && !cfg!(feature = "parquet") {
        return Err(without_parquet());
    }
    Ok(form)
}

/// Why Parquet and Arrow are neither read nor written.
pub(super) fn without_parquet() -> Failure {
    Failure::new(
        "this program was built without Parquet and Arrow: build it with `--features parquet`, as in \
         `cargo install --path . --features parquet`",
    )
}

impl Form {
    fn is_columnar(self) -> bool {
        matches!(self.format, DataFormat::Parquet | DataFormat::Arrow)
    }

    fn is_binary(self) -> bool {
        self.is_columnar() || self.format == DataFormat::Xlsx
    }

    /// How its records are encoded.
    pub(super) fn text(self) -> Format {
        match self.format {
            DataFormat::Csv => Format::Csv,
            DataFormat::Tsv => Format::Tsv,
            DataFormat::Json => Format::Json,
            DataFormat::Ndjson => Format::Ndjson,
            DataFormat::Xlsx | DataFormat::Parquet | DataFormat::Arrow => Format::Cells,
        }
    }

    /// The table that takes the records of such an output; `None` for a text.
    pub(super) fn table(
        self,
        columns: Vec<Column>,
        decimals: u32,
    ) -> Result<Option<Box<dyn Table>>, Failure> {
        let table = match self.format {
            DataFormat::Xlsx => Box::new(crate::report::sheet::Sheet::new(columns)?),
            DataFormat::Parquet | DataFormat::Arrow => return self.columnar(columns, decimals),
            _ => return Ok(None),
        };
        Ok(Some(table))
    }

    #[cfg(feature = "parquet")]
    fn columnar(
        self,
        columns: Vec<Column>,
        decimals: u32,
    ) -> Result<Option<Box<dyn Table>>, Failure> {
        use crate::report::columnar::{Columnar, Form};
        let form = match (self.format, self.stream) {
            (DataFormat::Parquet, _) => Form::Parquet,
            (_, false) => Form::File,
            (_, true) => Form::Stream,
        };
        Ok(Some(Box::new(Columnar::new(form, columns, decimals)?)))
    }

    #[cfg(not(feature = "parquet"))]
    #[expect(clippy::unused_self, reason = "as where there is Parquet")]
    fn columnar(self, _: Vec<Column>, _: u32) -> Result<Option<Box<dyn Table>>, Failure> {
        Err(without_parquet())
    }
}
