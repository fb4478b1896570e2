//! A table as a Parquet file: the columns' types follow from their cells.

use super::{Cell, Table};
use crate::columnar::parquet_file::ParquetFile;
use crate::columnar::{Column, Kind, Value};

/// The table with its name and notes in the file's metadata.
pub(super) fn parquet(table: &Table) -> anyhow::Result<Vec<u8>> {
    let columns: Vec<Column> = table
        .columns
        .iter()
        .enumerate()
        .map(|(place, name)| Column {
            name: (*name).into(),
            kind: kind_of(table, place),
            unit: "",
            meaning: "".into(),
        })
        .collect();
    let pairs = [
        ("newsprint:table".to_owned(), table.name.to_owned()),
        ("newsprint:notes".to_owned(), table.notes.join("\n")),
    ];
    let mut file = ParquetFile::begin(Vec::new(), &columns, &pairs)?;
    for row in &table.rows {
        let row = row.iter().zip(&columns);
        let row: Vec<Value> = row.map(|(cell, column)| value(cell, column.kind)).collect();
        file.write(&row)?;
    }
    Ok(file.finish()?)
}

/// Text where any cell is, else a number where any cell is, else a count.
fn kind_of(table: &Table, place: usize) -> Kind {
    let cells = || table.rows.iter().filter_map(|row| row.get(place));
    if cells().any(|cell| matches!(cell, Cell::Text(_))) {
        return Kind::Category;
    }
    match cells().any(|cell| matches!(cell, Cell::Count(_)))
        && !cells().any(|cell| matches!(cell, Cell::Number(..)))
    {
        true => Kind::Integer,
        false => Kind::Number,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn value(cell: &Cell, kind: Kind) -> Value {
    match (cell, kind) {
        (Cell::Null, _) => Value::Null,
        (Cell::Text(text), _) => Value::text(text),
        (Cell::Count(count), Kind::Number) => Value::Number(*count as f64),
        (Cell::Number(value, _), Kind::Number) => Value::Number(*value),
        (Cell::Count(count), Kind::Integer) => Value::Integer(*count),
        (other, _) => Value::text(&other.exact()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::parquet_rows::ParquetRows;

    #[test]
    fn cells_keep_their_digits_and_what_is_not_known_stays_so() {
        let table = Table {
            name: "t",
            columns: vec!["title", "tone", "n", "mixed", "none"],
            rows: vec![
                vec![
                    Cell::text("=A1"),
                    Cell::Number(1.0 / 3.0, 2),
                    Cell::Count(3),
                    Cell::Count(1),
                    Cell::Null,
                ],
                vec![
                    Cell::Null,
                    Cell::Null,
                    Cell::Null,
                    Cell::Number(0.5, 1),
                    Cell::Null,
                ],
            ],
            notes: vec![],
        };
        let kinds: Vec<Kind> = (0..5).map(|place| kind_of(&table, place)).collect();
        assert_eq!(
            kinds,
            [
                Kind::Category,
                Kind::Number,
                Kind::Integer,
                Kind::Number,
                Kind::Number
            ]
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        std::fs::write(&path, parquet(&table).unwrap()).unwrap();
        let rows = ParquetRows::open(&path).unwrap().into_rows();
        let rows: Vec<Vec<String>> = rows.collect::<anyhow::Result<_>>().unwrap();
        assert_eq!(rows[0], ["=A1", "0.3333333333333333", "3", "1", ""]);
        assert_eq!(rows[1], ["", "", "", "0.5", ""]);
    }
}
