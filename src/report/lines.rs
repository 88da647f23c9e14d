//! Lines of columns for a person.

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
