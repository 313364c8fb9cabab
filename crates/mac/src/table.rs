//! Tables as the original client drew them (those of `PrettyTable`), so that scripts that cut
//! columns out of them go on working.

/// Where cells stand in their column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Center,
}

/// Rows below their titles, in boxes.
pub fn boxed<const N: usize>(align: Align, titles: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells
            .chain([titles[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let rule: String = widths
        .iter()
        .map(|width| format!("+{}", "-".repeat(width + 2)))
        .collect();
    let line = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths);
        let cells: String = cells
            .map(|(cell, width)| format!("| {} ", placed(cell, width, align)))
            .collect();
        format!("{cells}|\n")
    };
    let mut text = format!("{rule}+\n{}{rule}+\n", line(titles));
    for row in rows {
        text.push_str(&line(std::array::from_fn(|column| row[column].as_str())));
    }
    text + &rule + "+\n"
}

/// Of an odd rest, a cell of odd length has the larger part on its right, one of even length on
/// its left.
fn placed(cell: &str, width: usize, align: Align) -> String {
    let length = cell.chars().count();
    let rest = width.saturating_sub(length);
    let left = match align {
        Align::Left => 0,
        Align::Center if length.is_multiple_of(2) => rest.div_ceil(2),
        Align::Center => rest / 2,
    };
    format!("{}{cell}{}", " ".repeat(left), " ".repeat(rest - left))
}

#[cfg(test)]
mod tests {
    use super::{Align, boxed};

    #[test]
    fn a_table_is_drawn_byte_for_byte_as_it_was() {
        let rows = [
            ["files".to_owned(), "7".to_owned()],
            ["ab".to_owned(), "7-jre8".to_owned()],
        ];
        assert_eq!(
            boxed(Align::Center, ["Infrastructure name", "version"], &rows),
            "\
+---------------------+---------+
| Infrastructure name | version |
+---------------------+---------+
|        files        |    7    |
|          ab         |  7-jre8 |
+---------------------+---------+
"
        );
        assert_eq!(
            boxed(
                Align::Left,
                ["Tag", "Url"],
                &[["basic".to_owned(), "x".to_owned()]]
            ),
            "+-------+-----+\n| Tag   | Url |\n+-------+-----+\n| basic | x   |\n+-------+-----+\n"
        );
    }
}
