//! The names of a table's columns: each once, and the compulsory ones among them.

use std::collections::BTreeSet;

use super::{Schema, Slot, Unreadable};

/// Whether a table with this header can be read.
pub(super) fn check_header(header: &[String], schema: &Schema) -> Result<(), Unreadable> {
    if header.is_empty() {
        return Err(Unreadable(format!(
            "the input is empty: expected a header with {}",
            all_needed(schema)
        )));
    }
    let mut seen = BTreeSet::new();
    for name in header {
        if !name.is_empty() && !seen.insert(name) {
            return Err(Unreadable(format!("the column `{name}` stands twice in the header")));
        }
    }
    for needed in schema.needed() {
        if !header.iter().any(|name| schema.slot(name) == Some(needed)) {
            return Err(Unreadable(missing_column(schema, needed, header)));
        }
    }
    Ok(())
}

/// `sku` and `quantity`, or their like.
fn all_needed(schema: &Schema) -> String {
    let names: Vec<String> =
        schema.needed().map(|slot| format!("`{}`", schema.name(slot))).collect();
    match names.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}

fn missing_column(schema: &Schema, slot: Slot, header: &[String]) -> String {
    let name = schema.name(slot);
    let own = schema.own_name(slot);
    if name != own {
        return format!("the input has no column `{name}`, which `--map` names for `{own}`");
    }
    let only = header.first().map_or("", String::as_str);
    let separator =
        [';', '\t', ',', '|'].into_iter().find(|c| header.len() == 1 && only.contains(*c));
    let help = match separator {
        Some('\t') => "; it looks separated by tabs: use `--input-format tsv`".to_owned(),
        Some(c) => format!("; it looks separated by `{c}`: save it with commas"),
        None if only.contains('\0') => "; it looks like UTF-16: save it as UTF-8".to_owned(),
        None => format!("; `--map {name}=COLUMN` renames a column"),
    };
    format!("the input has no column `{name}`{help}")
}
