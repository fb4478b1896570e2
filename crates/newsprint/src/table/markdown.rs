//! A table as GitHub's Markdown has it.

use super::{Cell, Table, printable};

/// The table with its notes as a list below it.
pub(super) fn markdown(table: &Table) -> String {
    let is_text = |column: usize| {
        let mut cells = table.rows.iter().filter_map(|row| row.get(column));
        cells.any(|cell| matches!(cell, Cell::Text(_)))
    };
    let rule = (0..table.columns.len()).map(|column| match is_text(column) {
        true => "---",
        false => "---:",
    });
    let header = line(table.columns.iter().map(|column| escaped(column)));
    let rule = line(rule.map(str::to_owned));
    let rows = table
        .rows
        .iter()
        .map(|row| line(row.iter().map(|cell| escaped(&cell.shown()))));
    let rows: String = rows.collect();
    let notes: String = table
        .notes
        .iter()
        .map(|note| format!("- {}\n", escaped(&printable(note))))
        .collect();
    let gap = if notes.is_empty() { "" } else { "\n" };
    format!("{header}{rule}{rows}{gap}{notes}")
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {} |\n", cells.join(" | "))
}

/// Text that is read as it stands: no markup, no links, no end of the cell.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_read_as_it_stands() {
        let table = Table {
            name: "t",
            columns: vec!["title", "mean_tone"],
            rows: vec![
                vec![Cell::text("a|b\n<b> [x](y) *z*"), Cell::Number(0.5, 2)],
                vec![Cell::Null, Cell::Null],
            ],
            notes: vec!["2 articles".into()],
        };
        let expected = "| title | mean\\_tone |\n| --- | ---: |\n| a\\|b &lt;b> \\[x\\](y) \\*z\\* | 0.50 |\n| – | – |\n\n- 2 articles\n";
        assert_eq!(markdown(&table), expected);
    }
}
