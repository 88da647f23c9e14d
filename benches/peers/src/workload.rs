//! The rates: W1, and workloads of the same kind in any size. Everything is a pure function of a
//! seed, so that any program can make the same again.

use jiff::civil::{Date, date};
use serde::Serialize;

use crate::contender::Size;

/// Rates have four decimals, quantities three, credits two.
pub const RATE_SCALE: i64 = 10_000;
pub const QUANTITY_SCALE: i64 = 1_000;
/// From the product of a quantity and a rate to credits.
pub const CREDIT_STEP: i64 = 100_000;

const SEED: u64 = 0x00C4_ED17;

const FAMILIES: [&str; 10] = [
    "CLD-COMPUTE",
    "CLD-STORE",
    "CLD-NET",
    "SEC-GATEWAY",
    "DB-ENTERPRISE",
    "OBS-LOGS",
    "DEV-SUITE",
    "AI-INFER",
    "ERP-CORE",
    "CRM",
];
const EDITIONS: [&str; 4] = ["STD", "PRO", "ENT", "PLUS"];
const UNITS: [&str; 5] = ["seat", "device", "core", "gb", "hour"];
const PACKS: [i64; 6] = [5, 10, 12, 25, 50, 100];

/// How a quantity meets the tiers of a rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Flat,
    Graduated,
    Volume,
    /// Started packs.
    Package,
}

#[derive(Debug, Serialize)]
pub struct Product {
    pub sku: String,
    pub unit: &'static str,
    pub kind: Kind,
    /// By their first days, rising.
    pub versions: Vec<Version>,
}

#[derive(Debug, Serialize)]
pub struct Version {
    /// Days since 1970-01-01.
    pub from: i32,
    /// Units in a pack; 1 where there are none.
    pub size: i64,
    /// One, open, unless the kind is graduated or volume.
    pub tiers: Vec<Tier>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Tier {
    /// The last unit of the tier; the last tier is open.
    pub up_to: Option<i64>,
    /// Ten-thousandths.
    pub rate: i64,
}

impl Product {
    /// Whether a part of a unit can be held.
    pub fn is_divisible(&self) -> bool {
        matches!(self.unit, "gb" | "hour")
    }
}

/// The output function of splitmix64, one step on.
pub fn mix(state: u64) -> u64 {
    let mut mixed = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let bound = u64::try_from(bound).expect("a bound is positive");
        i64::try_from(mix(self.0) % bound).expect("below a bound of 63 bits")
    }
}

/// Days since 1970-01-01.
pub fn day(date: Date) -> i32 {
    date.since(date_of(0)).expect("any two days of the calendar").get_days()
}

pub fn date_of(day: i32) -> Date {
    date(1970, 1, 1)
        .checked_add(jiff::Span::new().days(day))
        .expect("a day of this century or near it")
}

/// The 40 products of W1: 20 flat, 8 graduated and 6 volume in four tiers, 6 in started packs, each
/// of three dated rates.
pub fn w1() -> Vec<Product> {
    let mut draw = Draw(SEED);
    let kinds = kinds(40);
    (0..40_u64)
        .zip(kinds)
        .map(|(number, kind)| {
            let unit = draw.below(5);
            let base = 100 + draw.below(200_000);
            let froms = [
                day(date(2022, 1, 1)),
                day(date(2023, 1, 1)) + narrow(draw.below(730)),
                day(date(2025, 1, 1)) + narrow(draw.below(480)),
            ];
            let versions = froms.map(|from| version(&mut draw, kind, base, from)).into();
            let place = usize::try_from(number).expect("below 40");
            let mut sku = format!("{}-{}", FAMILIES[place / 4], EDITIONS[place % 4]);
            if number % 3 == 1 {
                sku.push_str(&format!("-{}", 100 + number));
            }
            Product { sku, unit: UNITS[place_of(unit)], kind, versions }
        })
        .collect()
}

/// Half of the products flat, a fifth graduated, the others volume and started packs alike, in an
/// order that sets neighbors apart.
fn kinds(count: u64) -> Vec<Kind> {
    let mut order: Vec<u64> = (0..count).collect();
    order.sort_by_key(|number| mix(SEED ^ (number * 7919)));
    let kind_of = |rank: u64| match rank * 40 / count {
        0..20 => Kind::Flat,
        20..28 => Kind::Graduated,
        28..34 => Kind::Volume,
        _ => Kind::Package,
    };
    order.into_iter().map(kind_of).collect()
}

fn version(draw: &mut Draw, kind: Kind, base: i64, from: i32) -> Version {
    let mut rate = (base * (90 + draw.below(30)) / 100).max(1);
    if draw.below(3) == 0 {
        // Exact ties are common.
        rate = rate / 50 * 50 + 25;
    }
    let open = |rate| vec![Tier { up_to: None, rate }];
    match kind {
        Kind::Flat => Version { from, size: 1, tiers: open(rate) },
        Kind::Package => {
            let size = PACKS[place_of(draw.below(6))];
            Version { from, size, tiers: open(rate * 10) }
        }
        Kind::Graduated | Kind::Volume => {
            let bounds = [
                Some(50 + draw.below(100)),
                Some(1_000 + draw.below(500)),
                Some(10_000 + draw.below(5_000)),
                None,
            ];
            let tiers = bounds.map(|up_to| {
                let tier = Tier { up_to, rate: rate.max(1) };
                rate = rate * (70 + draw.below(25)) / 100;
                tier
            });
            Version { from, size: 1, tiers: tiers.into() }
        }
    }
}

/// The rates of a workload in any size. Mixed kinds have the four tiers of W1.
pub fn scaled(size: Size) -> Vec<Product> {
    let Size { products, dates, tiers, mixed } = size;
    let mut draw = Draw(SEED ^ 0x5CA1_ED00);
    let first = day(date(2022, 1, 1));
    let kinds = kinds(products as u64);
    (0..products)
        .zip(kinds)
        .map(|(number, kind)| {
            let kind = if mixed { kind } else { Kind::Graduated };
            let base = 100 + draw.below(200_000);
            let versions = (0..dates)
                .map(|change| {
                    let from = first + narrow((change * 1_600 / dates) as i64);
                    let mut version = version(&mut draw, kind, base, from);
                    if !mixed {
                        version.tiers = many_tiers(tiers, base);
                    }
                    version
                })
                .collect();
            Product { sku: format!("SKU-{number:06}"), unit: UNITS[number % 5], kind, versions }
        })
        .collect()
}

/// Tiers of one width up to 100,000 units, each a little cheaper than the one below it.
fn many_tiers(tiers: usize, base: i64) -> Vec<Tier> {
    let tiers = tiers as i64;
    (1..=tiers)
        .map(|tier| Tier {
            up_to: (tier < tiers).then_some(tier * 100_000 / tiers),
            rate: (base * (2 * tiers - tier) / (2 * tiers)).max(1),
        })
        .collect()
}

fn narrow(days: i64) -> i32 {
    i32::try_from(days).expect("days within a few years")
}

fn place_of(drawn: i64) -> usize {
    usize::try_from(drawn).expect("drawn from 0 on")
}

/// A number of so many decimals, as people write it.
pub fn decimal(scaled: i64, scale: i64) -> String {
    let whole = scaled / scale;
    let part = scaled % scale;
    if part == 0 {
        return whole.to_string();
    }
    let digits = scale.ilog10() as usize;
    format!("{whole}.{part:0digits$}").trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_of_w1_are_those_of_the_first_and_the_third_product() {
        let products = w1();
        assert_eq!(products[0].sku, "CLD-COMPUTE-STD");
        assert_eq!(products[0].versions[1].tiers[0].rate, 160_786);
        assert_eq!(date_of(products[0].versions[1].from).to_string(), "2023-08-09");
        assert_eq!(products[2].kind, Kind::Graduated);
        assert_eq!(products[2].versions[2].tiers[1].up_to, Some(1_210));
        assert_eq!(products[2].versions[2].tiers[3].rate, 6_256);
    }

    #[test]
    fn decimals_are_short() {
        assert_eq!(decimal(1_500, 1_000), "1.5");
        assert_eq!(decimal(2_000, 1_000), "2");
        assert_eq!(decimal(25, 10_000), "0.0025");
    }
}
