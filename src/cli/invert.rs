//! `invert`: the quantities of a line that give so many credits.

use rust_decimal::Decimal;

use super::failure::Failure;
use super::output::print;
use super::{Invert, TreeFormat, line, rules};
use crate::invert::{Sought, invert};
use crate::quantity::{Exact, parse_plain};
use crate::report::inverse::{Inverted, unknown};

/// Whether any quantity is found.
pub(super) fn run(options: &Invert) -> Result<bool, Failure> {
    let credits = number("credits", &options.credits)?;
    let largest = number("max-quantity", &options.max_quantity)?;
    let Some(ruleset) = rules::compile(&options.rules)? else { return Ok(false) };
    let (plan, sources) = (&ruleset.plan, &ruleset.sources);
    let license = line::license(plan, &options.line, "0")?;
    let sought = match (options.at_least, options.exactly) {
        (true, _) => Sought::AtLeast,
        (_, true) => Sought::Exactly,
        _ => Sought::AtMost,
    };
    let asked = (sought, &Exact::from(credits));
    let inverse = invert(plan, &license, asked, &Exact::from(largest))
        .map_err(|why| Failure::new(unknown(plan, why)))?;
    let inverted =
        Inverted { plan, sources, license: &license, sought, credits, largest, inverse: &inverse };
    print(&match options.format {
        TreeFormat::Text => inverted.text(),
        TreeFormat::Json => inverted.json(),
    })?;
    Ok(!inverse.found.is_empty())
}

fn number(option: &str, text: &str) -> Result<Decimal, Failure> {
    parse_plain(text).map_err(|wrong| {
        Failure::new(format!(
            "`--{option} {text}` {}: write a number from 0 up, as in `--{option} 10000`",
            wrong.reason()
        ))
    })
}
