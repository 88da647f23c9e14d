//! Lists in aligned columns.

/// On which side a column is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Texts begin below each other.
    Left,
    /// Numbers end below each other.
    Right,
}

/// Characters of the widest text of each column.
pub(super) fn widths<const N: usize>(rows: &[[String; N]]) -> [usize; N] {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    widths
}

/// One row, without blanks at its end.
pub(super) fn row<const N: usize>(
    cells: &[String; N],
    widths: &[usize; N],
    sides: &[Side; N],
) -> String {
    let cell = |((cell, width), side): ((&String, &usize), &Side)| match side {
        Side::Left => format!("{cell:<width$}"),
        Side::Right => format!("{cell:>width$}"),
    };
    let padded: Vec<String> = cells.iter().zip(widths).zip(sides).map(cell).collect();
    padded.join("  ").trim_end().to_owned()
}
