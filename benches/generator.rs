//! A ruleset of any size, a pure function of its numbers.

/// The text of a ruleset with so many products of so many dated rates each, every change guarded
/// by `was`: one line a rate, two more a product.
pub(crate) fn ruleset(products: u32, rates: u32) -> String {
    let mut text = String::from(
        "ruleset generated \"Generated\"\ncredits round half up to 0.01\nunit seat, seats\nunit gb\n",
    );
    for product in 0..products {
        let unit = if product % 2 == 0 { "seat" } else { "gb" };
        text.push_str(&format!("product product_{product:05} \"Product {product}\" per {unit}\n"));
        text.push_str(&format!("  sku \"SKU-{product:05}\"\n"));
        let mut was = value(product, 0);
        text.push_str(&format!("  rate {was}\n"));
        for change in 1..rates {
            let (year, month) = (2020 + change / 2, 1 + 6 * (change % 2));
            let rate = value(product, change);
            text.push_str(&format!(
                "  from {year}-{month:02}-01 rate {rate}, was {was}   because \"price list {year}-{month:02}\"\n"
            ));
            was = rate;
        }
    }
    text
}

/// A rate with up to two decimals.
fn value(product: u32, change: u32) -> String {
    let mixed = (product.wrapping_mul(2_654_435_761) ^ change.wrapping_mul(40_503)) % 50_000;
    format!("{}.{:02}", mixed / 100 + 1, mixed % 100)
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}
