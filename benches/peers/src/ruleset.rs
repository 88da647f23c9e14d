//! A workload in the language of the engine.

use crate::workload::{Kind, Product, RATE_SCALE, Version, date_of, decimal};

/// The text of a ruleset; `w1.rules` is that of W1.
pub fn text(name: &str, label: &str, products: &[Product]) -> String {
    let mut text = format!(
        "# Written by `peers ruleset`.\nruleset {name} \"{label}\"\ncredits round half up to 0.01\n\n"
    );
    let mut units: Vec<&str> = products.iter().map(|product| product.unit).collect();
    units.sort_unstable();
    units.dedup();
    units.iter().for_each(|unit| text.push_str(&format!("unit {unit}\n")));
    products.iter().for_each(|product| push_product(&mut text, product));
    text
}

fn push_product(text: &mut String, product: &Product) {
    let name = product.sku.to_lowercase().replace('-', "_");
    let unit = product.unit;
    let per = |version: &Version| format!("per started {} {unit}", version.size);
    let in_packs = product.kind == Kind::Package;
    let head = if in_packs { per(&product.versions[0]) } else { format!("per {unit}") };
    text.push_str(&format!(
        "\nproduct {name} \"{}\" {head}\n  sku \"{}\"\n",
        product.sku, product.sku
    ));
    if may_fall(product) {
        text.push_str("  allow falling because \"cheaper per unit in the higher bands\"\n");
    }
    let mut size = product.versions[0].size;
    for version in &product.versions {
        let from = date_of(version.from);
        if version.size != size {
            size = version.size;
            text.push_str(&format!("  from {from} {}\n", per(version)));
        }
        let word = match product.kind {
            Kind::Flat | Kind::Package => {
                let rate = decimal(version.tiers[0].rate, RATE_SCALE);
                text.push_str(&format!("  from {from} rate {rate}\n"));
                continue;
            }
            Kind::Graduated => "graduated",
            Kind::Volume => "volume",
        };
        text.push_str(&format!("  from {from} rate {word}\n"));
        for tier in &version.tiers {
            let rate = decimal(tier.rate, RATE_SCALE);
            let bound =
                tier.up_to.map_or_else(|| "beyond".into(), |up_to| format!("up to {up_to}"));
            text.push_str(&format!("    {bound:<12} {rate}\n"));
        }
    }
}

/// Whether more units can cost less, as where a band is cheaper than the one below it.
fn may_fall(product: &Product) -> bool {
    let falls = |version: &Version| version.tiers.windows(2).any(|two| two[1].rate < two[0].rate);
    product.kind == Kind::Volume && product.versions.iter().any(falls)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_ruleset_beside_the_package_is_that_of_w1() {
        let written = include_str!("../w1.rules");
        assert_eq!(super::text("w1", "Workload W1", &crate::workload::w1()), written);
    }
}
