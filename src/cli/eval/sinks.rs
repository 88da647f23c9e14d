//! Where converted lines and refused lines go.

use std::path::Path;

use super::super::failure::Failure;
use super::super::output::complain;
use super::format;
use super::page::{RefusedLine, Why};
use super::shape::Shape;
use super::sink::Sink;
use crate::diagnostic::render::visible;
use crate::project::Compiled;
use crate::report::groups::Groups;
use crate::report::refusal::{self, Refused};
use crate::report::table::{Column, Kind};

/// Bytes of sums that are written at once.
const AT_ONCE: usize = 1 << 16;

/// Writes sums by account and name.
pub(super) fn sums(
    sink: &mut Sink,
    groups: &mut Groups,
    (ruleset, shape): (&Compiled, &Shape),
    decimals: u32,
) -> Result<(), Failure> {
    let Shape::Grouped { columns, .. } = shape else { return Ok(()) };
    let name = |rule| ruleset.plan.rule(rule).map_or("", |rule| rule.name.as_str());
    // In the order that was asked for: `account` stands second in a record.
    let by_account = columns.first() == Some(&1);
    let key = |account, name| if by_account { [account, name] } else { [name, account] };
    let (mut bytes, mut written) = (Vec::new(), Ok(()));
    groups.each(decimals, name, key, |key, sum| {
        if written.is_err() {
            return;
        }
        let texts = key.into_iter().take(columns.len());
        sink.encoder().record(&mut bytes, texts.chain([Some(sum)]));
        if bytes.len() >= AT_ONCE {
            written = sink.write(&bytes);
            bytes.clear();
        }
    });
    written?;
    sink.write(&bytes)
}

/// Refused lines: a file of all, or the first few on standard error.
pub(super) struct Rejects<'a> {
    ruleset: &'a Compiled,
    file: Option<Sink>,
    count: u64,
}

/// Refused lines that are shown.
const MOST_SHOWN: u64 = 20;

/// Refused lines that are worth a look for the code that was meant.
const MOST_SUGGESTIONS: u64 = 1_000;

impl<'a> Rejects<'a> {
    pub(super) fn open(path: Option<&Path>, ruleset: &'a Compiled) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { ruleset, file: None, count: 0 }) };
        let column = |name: &str| {
            let kind = if name == "line" { Kind::Quantity } else { Kind::Text };
            Column { name: name.to_owned(), kind }
        };
        let columns = ["line", "license_id", "code", "message", "column", "value"].map(column);
        let sink = Sink::open(Some(path), format::of_rejects(path)?, columns.to_vec(), 0)?;
        Ok(Self { ruleset, file: Some(sink), count: 0 })
    }

    pub(super) fn lines(&mut self, lines: Vec<RefusedLine>) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for line in lines {
            let refused = self.in_words(line.why);
            let Refused { code, message, column, value, .. } = &refused;
            self.count += 1;
            let (number, own) = (line.number.to_string(), line.license_id.as_str());
            if let Some(sink) = &self.file {
                let texts = [number.as_str(), own, code, message, column, value];
                sink.encoder().record(&mut bytes, texts.into_iter().map(Some));
            } else if self.count <= MOST_SHOWN {
                let text = format!("line {number} (license {own}): {message} [{code}]\n");
                complain(&visible(&text));
            }
        }
        self.file.as_mut().map_or(Ok(()), |sink| sink.write(&bytes))
    }

    fn in_words(&self, why: Why) -> Refused {
        let Compiled { plan, sources, .. } = self.ruleset;
        match why {
            Why::Fault(fault) => refusal::of_fault(fault),
            Why::Refusal(refusal, sku) => {
                refusal::of_refusal(plan, sources, &refusal, &sku, self.count < MOST_SUGGESTIONS)
            }
        }
    }

    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Some(sink) = self.file {
            return sink.finish();
        }
        if let Some(more @ 1..) = self.count.checked_sub(MOST_SHOWN) {
            complain(&format!("and {more} more refused lines: `--rejects FILE` keeps them all\n"));
        }
        Ok(())
    }
}
