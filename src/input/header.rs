//! The names of a table's columns: each once, and the compulsory ones among them.

use std::collections::BTreeSet;

use super::{Schema, Slot, Unreadable};

/// Whether a table with this header can be read.
pub(super) fn check_header(header: &[String], schema: &Schema) -> Result<(), Unreadable> {
    if header.is_empty() {
        return Err(Unreadable(
            "the input is empty: expected a header with `sku` and `quantity`".into(),
        ));
    }
    let mut seen = BTreeSet::new();
    for name in header {
        if !name.is_empty() && !seen.insert(name) {
            return Err(Unreadable(format!("the column `{name}` stands twice in the header")));
        }
    }
    for needed in [Slot::SKU, Slot::QUANTITY] {
        if !header.iter().any(|name| schema.slot(name) == Some(needed)) {
            return Err(Unreadable(missing_column(needed, schema.name(needed), header)));
        }
    }
    Ok(())
}

fn missing_column(slot: Slot, name: &str, header: &[String]) -> String {
    if name != slot.own_name() {
        return format!(
            "the input has no column `{name}`, which `--map` names for `{}`",
            slot.own_name()
        );
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
