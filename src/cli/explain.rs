//! `explain`: the steps of one line.

use super::failure::Failure;
use super::output::print;
use super::{Explain, TreeFormat, line, rules};
use crate::evaluate::{Outcome, Recording, evaluate};
use crate::report::explain::Explanation;
use crate::report::refusal::of_refusal;

/// Whether the line was converted or excluded.
pub(super) fn run(options: &Explain) -> Result<bool, Failure> {
    let Some(ruleset) = rules::compile(&options.rules)? else { return Ok(false) };
    let (plan, sources) = (&ruleset.plan, &ruleset.sources);
    let license = line::license(plan, &options.line, &options.quantity)?;
    let mut recording = Recording::default();
    let outcome = evaluate(plan, &license, &mut recording)
        .map_err(|refusal| of_refusal(plan, sources, &refusal, &license.sku, true));
    let steps = &recording.steps;
    let explanation = Explanation { plan, sources, license: &license, outcome: &outcome, steps };
    print(&match options.format {
        TreeFormat::Text => explanation.text(),
        TreeFormat::Json => explanation.json(),
    })?;
    Ok(matches!(outcome, Ok(Outcome::Converted { .. } | Outcome::Excluded { .. })))
}
