//! The same rates in `rust_decimal`, found by index: the plain way to write it exactly.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::lines::Lines;
use crate::workload::{Kind, Product};

struct Rate {
    from: i32,
    size: Decimal,
    tiers: Vec<(Option<Decimal>, Decimal)>,
}

pub struct DecimalRates {
    products: Vec<(Kind, Vec<Rate>)>,
}

impl DecimalRates {
    pub fn new(products: &[Product]) -> Self {
        let rates = |product: &Product| {
            let rate = |version: &crate::workload::Version| Rate {
                from: version.from,
                size: Decimal::from(version.size),
                tiers: version
                    .tiers
                    .iter()
                    .map(|tier| (tier.up_to.map(Decimal::from), Decimal::new(tier.rate, 4)))
                    .collect(),
            };
            (product.kind, product.versions.iter().map(rate).collect())
        };
        Self { products: products.iter().map(rates).collect() }
    }

    /// Prices all lines and adds them up by account.
    pub fn price(&self, lines: &Lines, credits: &mut [i64], totals: &mut [i64]) {
        for (at, credits) in credits.iter_mut().enumerate() {
            let (kind, rates) = &self.products[lines.product[at] as usize];
            let start = lines.start[at];
            let after = rates.partition_point(|rate| rate.from <= start);
            let exact =
                exact_credits(*kind, &rates[after - 1], Decimal::new(lines.quantity[at], 3));
            let mut rounded =
                exact.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
            rounded.rescale(2);
            *credits = rounded.mantissa() as i64;
            totals[lines.account[at] as usize] += *credits;
        }
    }
}

fn exact_credits(kind: Kind, rate: &Rate, quantity: Decimal) -> Decimal {
    match kind {
        Kind::Flat => quantity * rate.tiers[0].1,
        Kind::Package => (quantity / rate.size).ceil() * rate.tiers[0].1,
        Kind::Volume => {
            let reached =
                rate.tiers.iter().find(|(bound, _)| bound.is_none_or(|bound| quantity <= bound));
            quantity * reached.expect("the last tier is open").1
        }
        Kind::Graduated => {
            let (mut sum, mut below) = (Decimal::ZERO, Decimal::ZERO);
            for (bound, rate) in &rate.tiers {
                let upper = bound.map_or(quantity, |bound| quantity.min(bound));
                sum += (upper - below) * rate;
                if upper == quantity {
                    break;
                }
                below = upper;
            }
            sum
        }
    }
}
