//! License lines. Line `i` is a function of the seed and `i` alone, so a shorter list begins every
//! longer one.

use std::io::{self, Write};

use crate::workload::{Product, QUANTITY_SCALE, date_of, decimal, mix};

const SEED: u64 = 20_260_101;
pub const ACCOUNTS: u64 = 50_000;
/// 2022-01-01, and as many days from there as lines start on.
pub const FIRST_DAY: i32 = 18_993;
const START_DAYS: u64 = 1_642;
const TERMS: [i32; 4] = [30, 90, 365, 1_095];
const REGIONS: [&str; 4] = ["EU", "US", "APAC", "LATAM"];
const SEGMENTS: [&str; 3] = ["SMB", "ENT", "PUB"];

/// The list by columns.
pub struct Lines {
    pub account: Vec<u32>,
    /// Index of the product.
    pub product: Vec<u32>,
    /// Thousandths.
    pub quantity: Vec<i64>,
    /// Days since 1970-01-01.
    pub start: Vec<i32>,
}

fn draw(line: u64, stream: u64) -> u64 {
    // The generator steps once before it mixes.
    let steps = line.wrapping_mul(8).wrapping_add(stream);
    mix(SEED.wrapping_add(steps.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

impl Lines {
    pub fn new(count: usize, products: &[Product]) -> Self {
        let mut lines = Self {
            account: Vec::with_capacity(count),
            product: Vec::with_capacity(count),
            quantity: Vec::with_capacity(count),
            start: Vec::with_capacity(count),
        };
        let divisible: Vec<bool> = products.iter().map(Product::is_divisible).collect();
        let among = products.len() as u64;
        for line in 0..count as u64 {
            let product = (draw(line, 1) % among) as usize;
            lines.account.push((draw(line, 0) % ACCOUNTS) as u32);
            lines.product.push(product as u32);
            lines.quantity.push(quantity(line, divisible[product]));
            lines.start.push(FIRST_DAY + (draw(line, 4) % START_DAYS) as i32);
        }
        lines
    }

    pub fn count(&self) -> usize {
        self.product.len()
    }

    /// Writes the list as csv, numbers and dates as people write them, nothing quoted.
    pub fn write_csv(&self, products: &[Product], to: &mut impl Write) -> io::Result<()> {
        let longest = TERMS.iter().max().copied().unwrap_or_default();
        let days: Vec<String> = (0..START_DAYS as i32 + longest)
            .map(|day| date_of(FIRST_DAY + day).to_string())
            .collect();
        let of_day = |day: i32| &days[(day - FIRST_DAY) as usize];
        writeln!(to, "account_id,sku,quantity,unit,start_date,end_date,region,segment")?;
        for at in 0..self.count() {
            let line = at as u64;
            let product = &products[self.product[at] as usize];
            let start = self.start[at];
            let end = start + TERMS[(draw(line, 5) % 4) as usize] - 1;
            writeln!(
                to,
                "ACC-{:06},{},{},{},{},{},{},{}",
                self.account[at],
                product.sku,
                decimal(self.quantity[at], QUANTITY_SCALE),
                product.unit,
                of_day(start),
                of_day(end),
                REGIONS[(draw(line, 6) % 4) as usize],
                SEGMENTS[(draw(line, 7) % 3) as usize],
            )?;
        }
        Ok(())
    }
}

/// Spread by order of magnitude: up to 10, up to 100, … up to 100,000 equally often.
fn quantity(line: u64, divisible: bool) -> i64 {
    let magnitude = 10_u64.pow((draw(line, 2) % 5 + 1) as u32);
    let drawn = draw(line, 3);
    let scale = QUANTITY_SCALE as u64;
    let thousandths =
        if divisible { 1 + drawn % (magnitude * scale) } else { (1 + drawn % magnitude) * scale };
    thousandths as i64
}
