//! Balances for a person, with bars.

use super::{Balance, Month, Slice};
use crate::quantity::Exact;
use crate::report::lines::{Side, lines, near};
use crate::report::retention::{ends, licenses};

/// Cells of the longest bar.
const LONGEST: i64 = 30;

impl Balance {
    /// Everything that is known of the balance.
    pub fn text(&self) -> String {
        let account = if self.account.is_empty() { "(no account)" } else { &self.account };
        let mut text = format!("{account} on {}\n", self.day);
        let mut sums = vec![sum("total valid credits", &self.valid, "")];
        if let (Some(allocated), Some(balance)) = (&self.allocated, &self.balance) {
            let used = self.used_percent.as_ref();
            let used = used.map_or_else(String::new, |used| format!("{used} % of valid"));
            sums.push(sum("allocated", allocated, &used));
            let breach = match self.breach {
                Some("warn") => "the limit `balance` warns",
                Some(_) => "the limit `balance` refuses",
                None => "",
            };
            sums.push(sum("balance", balance, breach));
        }
        if let Some(buy) = &self.purchase {
            sums.push(sum("required more", &buy.required, ""));
            let note = match (buy.surplus.as_str(), buy.buy.as_str()) {
                ("0", _) => String::new(),
                (left, "0") => format!("{left} left"),
                (left, _) => format!("{left} left, which are for other products only"),
            };
            sums.push(sum("to buy", &buy.buy, &note));
        }
        text.push_str(&lines(&sums, &[Side::Left, Side::Right, Side::Left], 2));
        for refused in &self.refused {
            text.push_str(&format!(
                "  refused   {}: {} [{}]\n",
                refused.product, refused.message, refused.code
            ));
        }
        if !self.distribution.is_empty() {
            let rows: Vec<Vec<String>> = self.distribution.iter().map(slice).collect();
            let sides = [Side::Left, Side::Right, Side::Left, Side::Right, Side::Right, Side::Left];
            text.push_str(&format!("  distribution\n{}", lines(&rows, &sides, 4)));
        }
        text.push_str(&licenses(&self.licenses));
        text.push_str(&ends(&self.ends));
        text.push_str(&self.months());
        text
    }

    /// The history: a bar is what was valid, its full part what was allocated.
    fn months(&self) -> String {
        if self.history.is_empty() {
            return String::new();
        }
        let amounts = self.history.iter().flat_map(|month| {
            let (valid, allocated) = &month.amounts;
            std::iter::once(valid).chain(allocated)
        });
        let most = amounts.max().cloned().unwrap_or_else(Exact::zero);
        let row = |month: &Month| {
            let (valid, allocated) = &month.amounts;
            let (valid, used) =
                (cells(valid, &most), cells(allocated.as_ref().unwrap_or(valid), &most));
            let full = if allocated.is_some() { used } else { 0 };
            let bar = "█".repeat(full) + &"░".repeat(valid.saturating_sub(full));
            let allocated = month.allocated.clone().unwrap_or_else(|| "refused".to_owned());
            vec![month.day.clone(), month.valid.clone(), allocated, bar]
        };
        let head = ["day", "valid", "allocated", ""].map(str::to_owned).to_vec();
        let rows: Vec<Vec<String>> =
            std::iter::once(head).chain(self.history.iter().map(row)).collect();
        let sides = [Side::Left, Side::Right, Side::Right, Side::Left];
        format!("  history\n{}", lines(&rows, &sides, 4))
    }
}

fn sum(what: &str, amount: &str, note: &str) -> Vec<String> {
    vec![what.to_owned(), amount.to_owned(), note.to_owned()]
}

fn slice(own: &Slice) -> Vec<String> {
    let percent = own.percent.clone().unwrap_or_default();
    let bar = cells(&own.tenths, &Exact::from(1_000));
    let percent = if percent.is_empty() { percent } else { format!("{percent} %") };
    vec![
        own.product.clone(),
        own.units.clone(),
        own.unit.clone(),
        near(&own.credits),
        percent,
        "█".repeat(bar),
    ]
}

/// How long the bar of an amount is where the largest is the longest.
fn cells(amount: &Exact, most: &Exact) -> usize {
    if most.is_zero() {
        return 0;
    }
    let cells = (amount * &Exact::from(LONGEST) / most.clone()).floor();
    cells.ratio().and_then(|(cells, _)| usize::try_from(cells).ok()).unwrap_or_default()
}
