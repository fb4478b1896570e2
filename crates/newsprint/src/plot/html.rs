//! A picture as a page of its own: the SVG, the data that it shows as a table, and the notes. No scripts, and nothing from elsewhere.

use super::svg::{escaped, svg};
use super::{Data, Figure, Scene};
use crate::table::Cell;

const LOOKS: &str = "\
body{font:16px/1.4 Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;color:#222;background:#fff;max-width:60rem;margin:1rem auto;padding:0 1rem}
svg{max-width:100%;height:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:bold;padding:.5rem 0}
th,td{padding:.15rem .8rem;border-bottom:1px solid #ddd;text-align:left}
.number{text-align:right}
tr{break-inside:avoid}";

/// The page.
pub(super) fn page(figure: &Figure, scene: &Scene) -> String {
    let title = escaped(&figure.heading.title);
    let notes = &figure.heading.notes;
    let notes: String = notes
        .iter()
        .map(|note| format!("<li>{}</li>\n", escaped(note)))
        .collect();
    let notes = match notes.is_empty() {
        true => notes,
        false => format!("<ul>\n{notes}</ul>\n"),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{LOOKS}\n</style>\n</head>\n<body>\n<main>\n{}{notes}{}</main>\n</body>\n</html>\n",
        svg(scene, &figure.heading),
        table(&figure.data),
    )
}

fn table(data: &Data) -> String {
    let is_number = |column: usize| {
        let mut cells = data.rows.iter().filter_map(|row| row.get(column));
        !cells.any(|cell| matches!(cell, Cell::Text(_)))
    };
    let class: Vec<&str> = (0..data.columns.len())
        .map(|column| {
            if is_number(column) {
                " class=\"number\""
            } else {
                ""
            }
        })
        .collect();
    let heads = data.columns.iter().zip(&class);
    let heads: String = heads
        .map(|(name, class)| format!("<th scope=\"col\"{class}>{}</th>", escaped(name)))
        .collect();
    let rows: String = data
        .rows
        .iter()
        .map(|row| {
            let cells = row.iter().zip(&class);
            let cells: String = cells
                .map(|(cell, class)| format!("<td{class}>{}</td>", escaped(&cell.shown())))
                .collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<table>\n<caption>The data of the picture</caption>\n<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    )
}
