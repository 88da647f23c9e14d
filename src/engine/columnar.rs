//! Batches of Arrow.

use std::sync::Arc;

use arrow_array::builder::{Decimal128Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::DataType;

use super::Engine;
use crate::convert::{Converted, Converter, Credits};
use crate::input::columnar::{Wanted, slices};
use crate::input::{Schema, Slot, Unreadable};
use crate::plan::TargetId;
use crate::report::refusal::{Refused, of_fault, of_refusal};
use crate::source::Place;

/// Digits of a decimal of 128 bits.
const DIGITS: u8 = 38;

impl Engine {
    /// Converts a batch with the columns of a license list (`sku`, `quantity` and those of `start`,
    /// `end`, `unit`, `account` and the inputs that there are), each of a type with exact values.
    ///
    /// Answers a batch with as many rows: `credits` (decimals of [`Self::result_decimals`] places;
    /// none where the line is refused), `name`, `status` (`converted`, `excluded` or `refused`),
    /// `rule` (the line of the deciding clause), and of refused lines `code` and `message`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, cast::AsArray};
    /// use credit_rules::engine::Engine;
    /// use credit_rules::project;
    /// use credit_rules::source::{Source, Sources};
    ///
    /// let text = "ruleset demo \"Demo\"\ncredits round half up to 0.01\nunit seat\n\
    ///     product crm per seat\n  rate 1.25\n";
    /// let ruleset = project::analyze(Sources::new(vec![Source::new("demo.rules", text)]));
    /// let engine = Engine::new(ruleset.compile().expect("no findings are errors"));
    ///
    /// let skus: ArrayRef = Arc::new(StringArray::from(vec!["crm", "cmr"]));
    /// let quantities: ArrayRef = Arc::new(Int64Array::from(vec![3, 4]));
    /// let batch = RecordBatch::try_from_iter([("sku", skus), ("quantity", quantities)])?;
    /// let converted = engine.convert_batch(&batch)?;
    /// let credits = converted.column_by_name("credits").expect("it is always there");
    /// assert_eq!(credits.as_primitive::<arrow_array::types::Decimal128Type>().value(0), 375);
    /// let codes = converted.column_by_name("code").expect("it is always there");
    /// assert_eq!(codes.as_string::<i32>().value(1), "unknown-sku");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn convert_batch(&self, batch: &RecordBatch) -> Result<RecordBatch, Unreadable> {
        let plan = self.plan();
        let schema = Schema::new(plan, &[], None)?;
        let converter = Converter::new(plan, &self.kernel, &schema);
        let mut memory = converter.memory();
        let mut rows = Rows::new(self.result_decimals());
        for slice in slices(batch, Wanted { schema: &schema, floats: &[], all: false })? {
            converter.each(&mut memory, &slice.parse(&schema), |record, converted| {
                let sku = record.get(Slot::SKU).unwrap_or_default();
                self.push(&mut rows, sku, converted);
            });
        }
        rows.finish()
    }

    fn push(&self, rows: &mut Rows, sku: &str, converted: Converted) {
        let of = |rule: TargetId, place: Place| {
            (self.name(rule), self.ruleset.sources.file_and_line(place))
        };
        match converted {
            Converted::Credits { rule, credits, place } => {
                let credits = match credits {
                    Credits::Scaled(credits) => Some(i128::from(credits)),
                    // A decimal has 28 digits: with those that are missing it fits 38.
                    Credits::Long(credits) => {
                        let missing = rows.decimals.saturating_sub(credits.scale());
                        10i128
                            .checked_pow(missing)
                            .and_then(|by| credits.mantissa().checked_mul(by))
                    }
                };
                let (name, line) = of(rule, place);
                rows.push(credits, [Some(name), Some("converted"), Some(&line), None, None]);
            }
            Converted::Excluded { rule, place } => {
                let (name, line) = of(rule, place);
                rows.push(Some(0), [Some(name), Some("excluded"), Some(&line), None, None]);
            }
            Converted::Faulty(fault) => rows.refuse(&of_fault(*fault)),
            Converted::Refused(refusal) => {
                rows.refuse(&of_refusal(self.plan(), &self.ruleset.sources, &refusal, sku, true));
            }
        }
    }
}

/// The columns of the answer, row by row.
struct Rows {
    decimals: u32,
    credits: Decimal128Builder,
    texts: [StringBuilder; 5],
}

impl Rows {
    fn new(decimals: u32) -> Self {
        let scale = i8::try_from(decimals).unwrap_or(i8::MAX);
        let credits = Decimal128Builder::new();
        let credits = credits.with_data_type(DataType::Decimal128(DIGITS, scale));
        Self { decimals, credits, texts: Default::default() }
    }

    fn push(&mut self, credits: Option<i128>, texts: [Option<&str>; 5]) {
        self.credits.append_option(credits);
        self.texts.iter_mut().zip(texts).for_each(|(column, text)| column.append_option(text));
    }

    fn refuse(&mut self, refused: &Refused) {
        let (code, message) = (refused.code, refused.message.as_str());
        self.push(None, [None, Some("refused"), None, Some(code), Some(message)]);
    }

    fn finish(mut self) -> Result<RecordBatch, Unreadable> {
        let credits: ArrayRef = Arc::new(self.credits.finish());
        let texts = self.texts.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef);
        let names = ["credits", "name", "status", "rule", "code", "message"];
        let columns = names.into_iter().zip(std::iter::once(credits).chain(texts));
        let columns = columns.map(|(name, array)| (name, array, true));
        RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|error| Unreadable(error.to_string()))
    }
}
