//! Lines of columns for a person.

use rust_decimal::Decimal;

use crate::quantity::{Exact, Rounding, RoundingMode};

/// Which way a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells set in columns, each with so many blanks before it.
pub(super) fn lines(rows: &[Vec<String>], sides: &[Side], indent: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..sides.len()).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for ((cell, side), width) in row.iter().zip(sides).zip(&widths) {
            let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
            match side {
                Side::Left => line.push_str(&format!("{cell}{blanks}  ")),
                Side::Right => line.push_str(&format!("{blanks}{cell}  ")),
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// An exact number as a person reads it: a fraction that no decimal equals is rounded to hundredths,
/// and says so.
pub(super) fn near(exact: &str) -> String {
    let parts = exact.split_once('/');
    let parts = parts.and_then(|(above, below)| Some((above.parse().ok()?, below.parse().ok()?)));
    let Some((above, below)) = parts.filter(|(_, below): &(i128, i128)| *below != 0) else {
        return exact.to_owned();
    };
    let rounding = Rounding { mode: RoundingMode::HalfUp, step: Decimal::new(1, 2) };
    format!("≈{}", rounding.round(&(Exact::whole(above) / Exact::whole(below))))
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn fractions_are_rounded_for_persons() {
        for (exact, read) in [("12.5", "12.5"), ("-2/3", "≈-0.67"), ("4230000/11", "≈384545.45")]
        {
            assert_eq!(near(exact), read);
        }
    }
}
