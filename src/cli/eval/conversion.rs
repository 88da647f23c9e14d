//! Converts record after record and hands each on to where it belongs.

use super::super::Eval;
use super::super::failure::Failure;
use super::sinks::{Listing, Rejects};
use crate::evaluate::{Outcome, Recording, Refusal, Silent, evaluate};
use crate::input::{Arrival, Record, Schema, Slot};
use crate::plan::TargetId;
use crate::project::Ruleset;
use crate::quantity::{Exact, plain};
use crate::report::refusal::{self, Refused};
use crate::report::write::Format;
use crate::report::{Line, Totals, steps};
use crate::source::Place;
use rust_decimal::Decimal;

/// Refused lines that are worth a look for the code that was meant.
const MOST_SUGGESTIONS: u64 = 1_000;

/// A run over one input.
pub(super) struct Conversion<'a> {
    ruleset: &'a Ruleset,
    schema: &'a Schema,
    explain: bool,
    totals: Totals,
    /// None once nobody reads the output any more; refused lines are still told.
    listing: Option<Listing>,
    rejects: Rejects,
}

impl<'a> Conversion<'a> {
    /// Opens the outputs. `appended` are the columns of a delimited input and `credits`.
    pub(super) fn new(
        ruleset: &'a Ruleset,
        schema: &'a Schema,
        options: &Eval,
        format: Format,
        appended: Option<Vec<String>>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            ruleset,
            schema,
            explain: options.explain,
            totals: Totals::default(),
            listing: Some(Listing::open(options, format, appended)?),
            rejects: Rejects::open(options.rejects.as_deref())?,
        })
    }

    /// Converts one record.
    pub(super) fn line(&mut self, arrival: &Arrival<'_>) -> Result<(), Failure> {
        let record = arrival.record;
        match self.convert(arrival) {
            Ok((outcome, steps)) => {
                let (rule, credits, place, status) = match outcome {
                    Outcome::Converted { rule, credits, place } => {
                        self.totals.converted += 1;
                        self.totals.credits = &self.totals.credits + &Exact::from(credits);
                        (rule, credits, place, "converted")
                    }
                    Outcome::Excluded { rule, place } => {
                        self.totals.excluded += 1;
                        (rule, Decimal::ZERO, place, "excluded")
                    }
                };
                let line = self.describe(arrival, rule, credits, place, status);
                let Some(listing) = &mut self.listing else { return Ok(()) };
                match listing.line(&line, credits, &arrival.raw, steps) {
                    Err(Failure::ClosedPipe) => self.listing = None,
                    other => other?,
                }
                Ok(())
            }
            Err(refused) => {
                self.totals.refused += 1;
                let own = record
                    .get(Slot::LICENSE_ID)
                    .map_or_else(|| arrival.number.to_string(), str::to_owned);
                self.rejects.line(arrival.number, &own, &refused)
            }
        }
    }

    fn convert(
        &self,
        arrival: &Arrival<'_>,
    ) -> Result<(Outcome, Option<serde_json::Value>), Refused> {
        if let Some(fault) = arrival.fault.clone() {
            return Err(refusal::of_fault(fault));
        }
        let Ruleset { plan, sources, .. } = self.ruleset;
        let license = self.schema.license(plan, arrival.record).map_err(refusal::of_fault)?;
        let suggest = self.totals.refused < MOST_SUGGESTIONS;
        let refused =
            |refusal: Refusal| refusal::of_refusal(plan, sources, &refusal, &license.sku, suggest);
        if !self.explain {
            return Ok((evaluate(plan, &license, &mut Silent).map_err(refused)?, None));
        }
        let mut recording = Recording::default();
        let outcome = evaluate(plan, &license, &mut recording).map_err(refused)?;
        Ok((outcome, Some(steps::to_json(plan, sources, &recording.steps))))
    }

    /// The record of a converted or excluded line.
    fn describe(
        &self,
        arrival: &Arrival<'_>,
        rule: TargetId,
        credits: Decimal,
        place: Place,
        status: &str,
    ) -> Line {
        let Ruleset { plan, sources, .. } = self.ruleset;
        let record = arrival.record;
        let given = |slot| record.get(slot).map(str::to_owned);
        let declared = plan.rule(rule);
        let own = given(Slot::LICENSE_ID).unwrap_or_else(|| arrival.number.to_string());
        let texts = [
            Some(own),
            given(Slot::ACCOUNT),
            given(Slot::SKU),
            declared.map(|rule| rule.name.clone()),
            given(Slot::QUANTITY),
            self.unit(record, rule),
            given(Slot::START),
            given(Slot::END),
            Some(plain(credits)),
            Some(status.to_owned()),
            Some(sources.file_and_line(place)),
        ];
        Line { texts }
    }

    /// The declared unit; where the quantity is given in another one, that one, so that the two
    /// columns stay true together.
    fn unit(&self, record: &Record, rule: TargetId) -> Option<String> {
        let plan = &self.ruleset.plan;
        let declared = plan.rule(rule)?.unit;
        let given = record.get(Slot::UNIT).and_then(|unit| plan.unit_names.get(unit)).copied();
        plan.unit(given.unwrap_or(declared)).map(|unit| unit.name.clone())
    }

    /// Ends the outputs: files take their places.
    pub(super) fn finish(self) -> Result<Totals, Failure> {
        match self.listing.map(Listing::finish) {
            None | Some(Ok(()) | Err(Failure::ClosedPipe)) => {}
            Some(Err(failure)) => return Err(failure),
        }
        self.rejects.finish()?;
        Ok(self.totals)
    }
}
