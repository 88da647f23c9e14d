//! Sums of credits, and those of a run.

use crate::convert::Credits;
use crate::quantity::Exact;

/// A sum of credits in units of 10 to minus some decimals, and what does not fit that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sum {
    scaled: i128,
    long: Option<Box<Exact>>,
}

impl Sum {
    /// Adds credits; 10²⁰ lines and more fit.
    #[inline]
    pub fn add(&mut self, credits: Credits) {
        match credits {
            Credits::Scaled(credits) => self.scaled += i128::from(credits),
            Credits::Long(credits) => self.add_long(&Exact::from(credits)),
        }
    }

    fn add_long(&mut self, credits: &Exact) {
        let sum = self.long.take().map_or_else(|| credits.clone(), |long| &*long + credits);
        self.long = Some(Box::new(sum));
    }

    /// Adds another sum of as many decimals.
    pub fn merge(&mut self, other: Self) {
        self.scaled += other.scaled;
        if let Some(long) = other.long {
            self.add_long(&long);
        }
    }

    /// Whether nothing but zeros was added.
    pub fn is_empty(&self) -> bool {
        self.scaled == 0 && self.long.is_none()
    }

    /// The sum in its own units, where it fits.
    pub fn scaled(&self) -> Option<i128> {
        self.long.is_none().then_some(self.scaled)
    }

    /// The sum, where it was made in units of so many decimals.
    pub fn exact(&self, decimals: u32) -> Exact {
        let scaled = Exact::whole(self.scaled) / Exact::power_of_ten(decimals);
        self.long.as_ref().map_or(scaled.clone(), |long| &**long + &scaled)
    }
}

/// Counts and the sum of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Records with credits.
    pub converted: u64,
    /// Records that convert to nothing.
    pub excluded: u64,
    /// Records that cannot be converted.
    pub refused: u64,
    /// The sum of all credits.
    pub credits: Sum,
}

impl Totals {
    /// Adds another run.
    pub fn merge(&mut self, other: Self) {
        self.converted += other.converted;
        self.excluded += other.excluded;
        self.refused += other.refused;
        self.credits.merge(other.credits);
    }

    /// Records of all kinds.
    pub fn lines(&self) -> u64 {
        self.converted + self.excluded + self.refused
    }

    /// `lines 3 = converted 2 + excluded 0 + refused 1; credits 12.5`
    pub fn text(&self, decimals: u32) -> String {
        format!(
            "lines {} = converted {} + excluded {} + refused {}; credits {}",
            self.lines(),
            self.converted,
            self.excluded,
            self.refused,
            self.credits.exact(decimals),
        )
    }
}
