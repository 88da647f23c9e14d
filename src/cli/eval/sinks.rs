//! Where converted lines and refused lines go.

use std::io::Write as _;
use std::path::Path;

use super::super::failure::Failure;
use super::super::output::{Output, complain};
use super::page::{RefusedLine, Why};
use super::shape::Shape;
use crate::diagnostic::render::visible;
use crate::project::Ruleset;
use crate::report::encode::{Encoder, Format};
use crate::report::refusal::{self, Refused};
use crate::report::totals::Groups;

/// Converted lines.
pub(super) struct Listing<'a> {
    output: Output,
    encoder: &'a Encoder,
    any: bool,
}

impl<'a> Listing<'a> {
    pub(super) fn open(path: Option<&Path>, encoder: &'a Encoder) -> Result<Self, Failure> {
        let mut output = Output::open(path)?;
        output.write_all(&encoder.begin()).map_err(|error| Failure::stream(&error))?;
        Ok(Self { output, encoder, any: false })
    }

    /// Writes records of the encoder.
    pub(super) fn write(&mut self, records: &[u8]) -> Result<(), Failure> {
        let records = if self.any { records } else { self.encoder.first(records) };
        self.any |= !records.is_empty();
        self.output.write_all(records).map_err(|error| Failure::stream(&error))
    }

    /// Writes sums by account and name.
    pub(super) fn sums(
        &mut self,
        groups: &Groups,
        (ruleset, shape): (&Ruleset, &Shape),
        decimals: u32,
    ) -> Result<(), Failure> {
        let Shape::Grouped { columns, .. } = shape else { return Ok(()) };
        let name = |rule| ruleset.plan.rule(rule).map_or("", |rule| rule.name.as_str());
        // In the order that was asked for: `account` stands second in a record.
        let by_account = columns.first() == Some(&1);
        let key = |account, name| if by_account { [account, name] } else { [name, account] };
        let mut bytes = Vec::new();
        groups.each(decimals, name, key, |key, sum| {
            let texts = key.into_iter().take(columns.len());
            self.encoder.record(&mut bytes, texts.chain([Some(sum)]));
        });
        self.write(&bytes)
    }

    pub(super) fn finish(mut self) -> Result<(), Failure> {
        let end = self.encoder.end(self.any);
        self.output.write_all(end).map_err(|error| Failure::stream(&error))?;
        self.output.finish()
    }
}

/// Refused lines: a file of all, or the first few on standard error.
pub(super) struct Rejects<'a> {
    ruleset: &'a Ruleset,
    file: Option<(Output, Encoder)>,
    count: u64,
}

/// Refused lines that are shown.
const MOST_SHOWN: u64 = 20;

/// Refused lines that are worth a look for the code that was meant.
const MOST_SUGGESTIONS: u64 = 1_000;

impl<'a> Rejects<'a> {
    pub(super) fn open(path: Option<&Path>, ruleset: &'a Ruleset) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { ruleset, file: None, count: 0 }) };
        let columns = ["line", "license_id", "code", "message", "column", "value"];
        let encoder = Encoder::new(Format::Csv, columns.map(str::to_owned).to_vec());
        let mut output = Output::open(Some(path))?;
        let written = output.write_all(&encoder.begin());
        written.map_err(|error| Failure::file("write", path, &error))?;
        Ok(Self { ruleset, file: Some((output, encoder)), count: 0 })
    }

    pub(super) fn lines(&mut self, lines: Vec<RefusedLine>) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for line in lines {
            let refused = self.in_words(line.why);
            let Refused { code, message, column, value } = &refused;
            self.count += 1;
            let (number, own) = (line.number.to_string(), line.license_id.as_str());
            if let Some((_, encoder)) = &self.file {
                let texts = [number.as_str(), own, code, message, column, value];
                encoder.record(&mut bytes, texts.into_iter().map(Some));
            } else if self.count <= MOST_SHOWN {
                let text = format!("line {number} (license {own}): {message} [{code}]\n");
                complain(&visible(&text));
            }
        }
        if let Some((output, _)) = &mut self.file {
            output.write_all(&bytes).map_err(|error| Failure::stream(&error))?;
        }
        Ok(())
    }

    fn in_words(&self, why: Why) -> Refused {
        let Ruleset { plan, sources, .. } = self.ruleset;
        match why {
            Why::Fault(fault) => refusal::of_fault(fault),
            Why::Refusal(refusal, sku) => {
                refusal::of_refusal(plan, sources, &refusal, &sku, self.count < MOST_SUGGESTIONS)
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Some((output, _)) = self.file {
            return output.finish();
        }
        if let Some(more @ 1..) = self.count.checked_sub(MOST_SHOWN) {
            complain(&format!("and {more} more refused lines: `--rejects FILE` keeps them all\n"));
        }
        Ok(())
    }
}
