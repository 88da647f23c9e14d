//! The license list: opened, with its columns known, and handed out in jobs.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::super::DataFormat;
use super::super::failure::Failure;
use super::super::output::spooled;
use super::super::progress::Progress;
use super::format::Form;
use super::stream::Job;
use crate::input::Schema;
use crate::input::block::Columns;
#[cfg(feature = "parquet")]
use crate::input::columnar::{Columnar, Wanted};
use crate::input::delimited::Delimited;
use crate::input::json;
use crate::input::sheet::Sheet;
use crate::packing::unpacked;

/// A license list as it is asked for.
pub(in crate::cli) struct List<'a> {
    pub path: &'a Path,
    /// The format, where the extension does not tell.
    pub format: Option<DataFormat>,
    pub sheet: Option<&'a str>,
    /// Columns of floats that are read all the same.
    pub floats: &'a [String],
    /// Whether every column is given on.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "typed columns alone are chosen")
    )]
    pub keep: bool,
}

/// An input whose columns are known.
pub(in crate::cli) enum Source<'a> {
    Delimited(Delimited<Box<dyn Read>>),
    Json {
        input: Box<dyn Read>,
        lines: bool,
        schema: &'a Schema,
    },
    Sheet(Box<Sheet<BufReader<File>>>, &'a Schema),
    #[cfg(feature = "parquet")]
    Columnar(Columnar, &'a Schema),
}

impl<'a> Source<'a> {
    pub(in crate::cli) fn open(
        list: &List<'_>,
        form: Form,
        schema: &'a Schema,
        progress: &mut Progress,
    ) -> Result<Self, Failure> {
        let path = list.path;
        Ok(match form.format {
            DataFormat::Csv => {
                Self::Delimited(Delimited::new(stream(path, form, progress)?, b',', schema)?)
            }
            DataFormat::Tsv => {
                Self::Delimited(Delimited::new(stream(path, form, progress)?, b'\t', schema)?)
            }
            DataFormat::Json | DataFormat::Ndjson => {
                let lines = form.format == DataFormat::Ndjson;
                Self::Json { input: stream(path, form, progress)?, lines, schema }
            }
            DataFormat::Xlsx => {
                let file = BufReader::new(whole(path)?);
                let sheet = Sheet::open(file, list.sheet, schema)?;
                progress.records(None);
                Self::Sheet(Box::new(sheet), schema)
            }
            DataFormat::Parquet | DataFormat::Arrow => {
                return Self::columnar(list, form, schema, progress);
            }
        })
    }

    #[cfg(feature = "parquet")]
    fn columnar(
        list: &List<'_>,
        form: Form,
        schema: &'a Schema,
        progress: &mut Progress,
    ) -> Result<Self, Failure> {
        let wanted = Wanted { schema, floats: list.floats, all: list.keep };
        let file = whole(list.path)?;
        let columnar = match form.format {
            DataFormat::Parquet => Columnar::parquet(file, wanted)?,
            _ => Columnar::arrow(file, wanted)?,
        };
        progress.records(columnar.records());
        Ok(Self::Columnar(columnar, schema))
    }

    #[cfg(not(feature = "parquet"))]
    fn columnar(_: &List<'_>, _: Form, _: &'a Schema, _: &mut Progress) -> Result<Self, Failure> {
        Err(super::format::without_parquet())
    }

    /// The columns of a table.
    pub(in crate::cli) fn header(&self) -> Option<&Columns> {
        match self {
            Self::Delimited(delimited) => Some(delimited.columns()),
            Self::Sheet(sheet, _) => Some(sheet.columns()),
            #[cfg(feature = "parquet")]
            Self::Columnar(columnar, _) => Some(columnar.columns()),
            Self::Json { .. } => None,
        }
    }

    /// Hands out everything; `keep` the texts of objects, too.
    pub(in crate::cli) fn each(
        self,
        keep: bool,
        feed: &mut dyn FnMut(Job<'a>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        match self {
            Self::Delimited(delimited) => {
                delimited.each_chunk(|chunk| feed(Box::new(move || chunk.parse())))
            }
            Self::Sheet(sheet, schema) => {
                sheet.each_block(schema, |block| feed(Box::new(move || block)))
            }
            #[cfg(feature = "parquet")]
            Self::Columnar(columnar, schema) => {
                columnar.each_slice(|slice| feed(Box::new(move || slice.parse(schema))))
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

/// An input that is read from front to back, unpacked; progress is told by its own bytes.
fn stream(path: &Path, form: Form, progress: &mut Progress) -> Result<Box<dyn Read>, Failure> {
    let (input, size): (Box<dyn Read>, _) = if path == Path::new("-") {
        (Box::new(io::stdin().lock()), None)
    } else {
        let file = open(path)?;
        let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|own| own.len());
        (Box::new(file), size)
    };
    let counted = progress.bytes(input, size);
    Ok(match form.packing {
        Some(packing) => unpacked(counted, packing),
        None => Box::new(counted),
    })
}

/// An input that is read here and there: what comes from a pipe is put aside first.
fn whole(path: &Path) -> Result<File, Failure> {
    let failed = |error: io::Error| Failure::file("read", path, &error);
    if path == Path::new("-") {
        return spooled(io::stdin().lock()).map_err(failed);
    }
    let file = open(path)?;
    if file.metadata().is_ok_and(|kind| kind.is_file()) {
        return Ok(file);
    }
    spooled(file).map_err(failed)
}

fn open(path: &Path) -> Result<File, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    if file.metadata().is_ok_and(|kind| kind.is_dir()) {
        return Err(Failure::new(format!(
            "`{}` is a folder: name one license list",
            path.display()
        )));
    }
    Ok(file)
}
