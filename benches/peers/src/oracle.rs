//! What the lines are worth, told apart from everything that is measured: tier by tier in whole
//! numbers of 128 bits, one rounding at the end.

use crate::lines::Lines;
use crate::workload::{CREDIT_STEP, Kind, Product, QUANTITY_SCALE, Version};

/// Hundredths of a credit, line by line.
pub fn credits(products: &[Product], lines: &Lines) -> Vec<i64> {
    (0..lines.count())
        .map(|at| {
            let product = &products[lines.product[at] as usize];
            let version = in_force(&product.versions, lines.start[at]);
            let exact = exact_credits(product.kind, version, i128::from(lines.quantity[at]));
            i64::try_from(half_up(exact)).expect("the workload fits 64 bits")
        })
        .collect()
}

/// By account, in hundredths.
pub fn totals(accounts: usize, lines: &Lines, credits: &[i64]) -> Vec<i64> {
    let mut totals = vec![0_i64; accounts];
    for (&account, &credits) in lines.account.iter().zip(credits) {
        totals[account as usize] += credits;
    }
    totals
}

fn in_force(versions: &[Version], day: i32) -> &Version {
    versions.iter().rev().find(|version| version.from <= day).expect("rates begin before lines")
}

/// In units of a thousandth times a ten-thousandth.
fn exact_credits(kind: Kind, version: &Version, quantity: i128) -> i128 {
    let thousandths = |units: i64| i128::from(units) * i128::from(QUANTITY_SCALE);
    match kind {
        Kind::Flat => quantity * i128::from(version.tiers[0].rate),
        Kind::Package => {
            let size = thousandths(version.size);
            let packs = quantity / size + i128::from(quantity % size > 0);
            packs * thousandths(version.tiers[0].rate)
        }
        Kind::Volume => {
            let reached = version
                .tiers
                .iter()
                .find(|tier| tier.up_to.is_none_or(|bound| quantity <= thousandths(bound)))
                .expect("the last tier is open");
            quantity * i128::from(reached.rate)
        }
        Kind::Graduated => {
            let mut below = 0;
            let mut sum = 0;
            for tier in &version.tiers {
                let upper = tier.up_to.map_or(quantity, |bound| quantity.min(thousandths(bound)));
                sum += (upper - below).max(0) * i128::from(tier.rate);
                below = below.max(upper);
            }
            sum
        }
    }
}

/// To whole hundredths; what lies in the middle goes up. Credits are never negative here.
fn half_up(exact: i128) -> i128 {
    let step = i128::from(CREDIT_STEP);
    let (whole, rest) = (exact / step, exact % step);
    whole + i128::from(rest * 2 >= step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::w1;
    use sha2::{Digest, Sha256};

    /// Figures that a decimal library of another language gave for the same million lines.
    #[test]
    fn a_million_lines_of_w1_are_worth_what_they_are_known_to_be() {
        let products = w1();
        let lines = Lines::new(1_000_000, &products);
        let mut text = Vec::new();
        lines.write_csv(&products, &mut text).unwrap();
        assert!(hex(&Sha256::digest(&text)).starts_with("25f0a1f1"));
        let credits = credits(&products, &lines);
        assert_eq!(credits.iter().sum::<i64>(), 10_081_816_418_289);
        let raw: Vec<u8> = credits.iter().flat_map(|credits| credits.to_le_bytes()).collect();
        assert!(hex(&Sha256::digest(&raw)).starts_with("727db4cc"));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
