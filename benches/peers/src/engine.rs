//! The engine of this project: over columns, and for one record.

use crate::lines::Lines;
use crate::text::Keys;
use crate::workload::Product;

/// The rates of a workload, compiled.
pub struct Compiled;

impl Compiled {
    /// `None` while the library gives no way to evaluate columns; every comparison then goes without.
    pub fn new(_products: &[Product]) -> Option<Self> {
        None
    }

    /// Prices all lines by product number and adds them up by account number.
    pub fn price(
        &self,
        _lines: &Lines,
        _credits: &mut [i64],
        _totals: &mut [i64],
        _threads: usize,
    ) {
    }

    /// The same by the texts of products and accounts; totals are put in the order of the numbers
    /// in the texts of the accounts.
    pub fn price_keys(
        &self,
        _keys: &Keys,
        _lines: &Lines,
        _credits: &mut [i64],
        _totals: &mut [i64],
    ) {
    }

    /// One record at a time, its product by its code.
    pub fn price_records(&self, _products: &[Product], _lines: &Lines, _credits: &mut [i64]) {}
}
