//! Any ruleset that checks converts any csv, ndjson or json without losing a line.
//!
//! The text is cut at the first `\0`: rules before it, input behind it; the byte after the `\0`
//! chooses the format of the input.

#![no_main]

use credit_rules::evaluate::{Recording, evaluate};
use credit_rules::input::delimited::Delimited;
use credit_rules::input::json::{self, Ignored};
use credit_rules::input::{Arrival, Schema, Unreadable};
use credit_rules::project::{self, Compiled};
use credit_rules::report::{refusal, steps};
use credit_rules::source::{Source, Sources};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(cut) = data.iter().position(|byte| *byte == 0) else { return };
    let (rules, input) = data.split_at(cut);
    let Ok(rules) = std::str::from_utf8(rules) else { return };
    let Some((format, input)) = input[1..].split_first() else { return };
    let analysis = project::analyze(Sources::new(vec![Source::new("fuzz.rules", rules)]));
    let Ok(ruleset) = analysis.compile() else { return };
    let Ok(schema) = Schema::new(&ruleset.plan, &[], None) else { return };
    let mut ignored = Ignored::default();
    let visit = |arrival: Arrival<'_>| -> Result<(), Unreadable> {
        line(&ruleset, &schema, &arrival);
        Ok(())
    };
    let _ = match format % 3 {
        0 => match Delimited::new(input, b',', &schema) {
            Ok(reader) => reader.each(&schema, visit),
            Err(error) => Err(error),
        },
        1 => json::each_line(input, &schema, &mut ignored, visit),
        _ => json::each_element(input, &schema, &mut ignored, visit),
    };
});

/// Every record is converted, excluded or refused with one of the codes.
fn line(ruleset: &Compiled, schema: &Schema, arrival: &Arrival<'_>) {
    let Compiled { plan, sources, .. } = ruleset;
    let refused = match arrival.fault.clone() {
        Some(fault) => refusal::of_fault(fault),
        None => match schema.license(plan, arrival.record) {
            Err(fault) => refusal::of_fault(fault),
            Ok(license) => {
                let mut recording = Recording::default();
                let outcome = evaluate(plan, &license, &mut recording);
                let _ = steps::to_json(plan, sources, &recording.steps);
                match outcome {
                    Ok(_) => return,
                    Err(why) => refusal::of_refusal(plan, sources, &why, &license.sku, true),
                }
            }
        },
    };
    assert!(refusal::CODES.contains(&refused.code));
}
