//! Records on their way into a file or a stream, in any format, compressed or not.

use std::io::Write as _;
use std::path::Path;

use super::super::failure::Failure;
use super::super::output::Output;
use super::format::Form;
use crate::packing::Packer;
use crate::report::encode::Encoder;
use crate::report::table::{Column, Table, each_row};

/// Where encoded records go.
pub(in crate::cli) struct Sink {
    output: Output,
    encoder: Encoder,
    width: usize,
    table: Option<Box<dyn Table>>,
    packer: Option<Packer>,
    any: bool,
}

impl Sink {
    /// Opens a file to be, or standard output, for records of these columns; credits have so many
    /// decimals.
    pub(in crate::cli) fn open(
        path: Option<&Path>,
        form: Form,
        columns: Vec<Column>,
        decimals: u32,
    ) -> Result<Self, Failure> {
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let encoder = Encoder::new(form.text(), names);
        let begin = encoder.begin();
        let (width, packer) = (columns.len(), form.packing.map(Packer::new));
        let table = form.table(columns, decimals)?;
        let output = Output::open(path)?;
        let mut own = Self { output, encoder, width, table, packer, any: false };
        own.put(&begin)?;
        Ok(own)
    }

    /// How records are encoded.
    pub(in crate::cli) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Begins a page of a workbook.
    pub(in crate::cli) fn page(&mut self, name: &str, columns: Vec<Column>) -> Result<(), Failure> {
        self.width = columns.len();
        if let Some(table) = &mut self.table {
            table.page(name, columns)?;
        }
        Ok(())
    }

    /// Writes encoded records.
    pub(in crate::cli) fn write(&mut self, records: &[u8]) -> Result<(), Failure> {
        if let Some(table) = &mut self.table {
            each_row(records, self.width, |cells| table.row(cells))?;
            let ready = table.ready();
            return self.put(&ready);
        }
        let first = self.encoder.first(records);
        let records = if self.any { records } else { first };
        self.any |= !records.is_empty();
        self.put(records)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let failed = |error| Failure::stream(&error);
        match &mut self.packer {
            Some(packer) => {
                let packed = packer.pack(bytes).map_err(failed)?;
                self.output.write_all(&packed).map_err(failed)
            }
            None => self.output.write_all(bytes).map_err(failed),
        }
    }

    pub(in crate::cli) fn finish(mut self) -> Result<(), Failure> {
        let end = self.encoder.end(self.any);
        self.put(end)?;
        if let Some(table) = self.table.take() {
            let rest = table.finish()?;
            self.put(&rest)?;
        }
        if let Some(packer) = self.packer.take() {
            let failed = |error| Failure::stream(&error);
            let rest = packer.finish().map_err(failed)?;
            self.output.write_all(&rest).map_err(failed)?;
        }
        self.output.finish()
    }
}
