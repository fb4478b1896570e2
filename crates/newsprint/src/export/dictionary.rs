//! The data dictionary: every table and column of an export, with type, unit and meaning.

use serde_json::{Value, json};

use super::tables::{Name, SCHEMA_VERSION};

/// For programs.
pub(super) fn as_json(tables: &[Name]) -> anyhow::Result<String> {
    let tables: Vec<Value> = tables.iter().map(|table| described(*table)).collect();
    let whole = json!({ "schema_version": SCHEMA_VERSION, "tables": tables });
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn described(table: Name) -> Value {
    let columns = table.columns().into_iter().map(|column| {
        json!({
            "name": column.name,
            "type": column.kind.name(),
            "unit": Some(column.unit).filter(|unit| !unit.is_empty()),
            "meaning": column.meaning,
        })
    });
    json!({
        "name": table.as_str(),
        "meaning": table.meaning(),
        "files_by_year_of": table.parted_by(),
        "columns": columns.collect::<Vec<_>>(),
    })
}

/// For people.
pub(super) fn as_markdown(tables: &[Name]) -> String {
    let tables = tables.iter().map(|table| {
        let columns = table.columns().into_iter().map(|column| {
            let kind = column.kind.name();
            format!(
                "| {} | {kind} | {} | {} |\n",
                column.name, column.unit, column.meaning
            )
        });
        let columns: String = columns.collect();
        format!(
            "\n## {}\n\n{}.\n\n| column | type | unit | meaning |\n|---|---|---|---|\n{columns}",
            table.as_str(),
            table.meaning()
        )
    });
    let tables: String = tables.collect();
    format!(
        "# Data dictionary\n\nSchema version {SCHEMA_VERSION}. What is not known is null, in CSV an empty cell.\n{tables}"
    )
}
