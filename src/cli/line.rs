//! One license line out of options, read as a list would be.

use std::sync::Arc;

use super::LineOptions;
use super::failure::Failure;
use crate::diagnostic::instead;
use crate::evaluate::License;
use crate::input::block::{Block, Columns};
use crate::input::{Schema, Slot};
use crate::plan::Plan;
use crate::report::refusal::{Refused, of_fault};

/// The line with this quantity.
pub(super) fn license(
    plan: &Plan,
    options: &LineOptions,
    quantity: &str,
) -> Result<License, Failure> {
    let schema = Schema::new(plan, &[], None)?;
    let mut given: Vec<(Slot, &str)> =
        vec![(Slot::SKU, options.license.as_str()), (Slot::QUANTITY, quantity)];
    let named = [
        (Slot::UNIT, &options.unit),
        (Slot::START, &options.on),
        (Slot::END, &options.end),
        (Slot::ACCOUNT, &options.account),
    ];
    given.extend(named.into_iter().filter_map(|(slot, text)| Some((slot, text.as_deref()?))));
    for text in &options.inputs {
        let (name, value) = input(text)?;
        let slot = slot_of(&schema, name)?;
        if given.iter().any(|(own, _)| *own == slot) {
            return Err(Failure::new(format!("`--with {name}` is given twice: leave one out")));
        }
        given.push((slot, value));
    }
    if !plan.owners.contains_key(&options.license) {
        let help = instead(&options.license, plan.owners.keys().map(String::as_str));
        let message =
            format!("no product or license has the code or name `{}`{help}", options.license);
        return Err(Failure::new(message));
    }
    let mut block = Block::new(Arc::new(Columns::of_slots(&schema)));
    for slot in schema.slots() {
        let text = given.iter().find(|(own, _)| *own == slot);
        block.push(text.map_or("", |(_, text)| text));
    }
    block.end(None);
    schema.license(plan, block.record(0)).map_err(|fault| {
        let Refused { message, .. } = of_fault(fault);
        Failure::new(message)
    })
}

/// The parts of `INPUT=VALUE`.
fn input(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
        Failure::new(format!(
            "`--with {text}`: expected INPUT=VALUE, as in `--with customer=school`"
        ))
    })
}

fn slot_of(schema: &Schema, name: &str) -> Result<Slot, Failure> {
    let declared = || schema.inputs().map(|(_, slot)| slot);
    if let Some(slot) = schema.slot(name).filter(|slot| declared().any(|own| own == *slot)) {
        return Ok(slot);
    }
    let option = match name {
        "sku" => "license",
        "start" => "on",
        "quantity" | "unit" | "end" | "account" => name,
        _ => {
            let help = instead(name, declared().map(|slot| schema.name(slot)));
            let message = format!("`--with {name}`: no rule file declares this input{help}");
            return Err(Failure::new(message));
        }
    };
    Err(Failure::new(format!("`--with {name}`: write `--{option}` instead")))
}
