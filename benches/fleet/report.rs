//! Numbers in rows, as a person reads them and as a program does.

use std::fmt::Write;

/// Tables under headings.
#[derive(Debug, Default)]
pub struct Report {
    tables: Vec<Table>,
}

/// One table: a name for each column, and rows of a name and as many numbers.
#[derive(Debug)]
pub struct Table {
    pub title: &'static str,
    pub columns: Vec<String>,
    pub rows: Vec<(&'static str, Vec<f64>)>,
}

impl Report {
    pub fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for Table { title, columns, rows } in &self.tables {
            let _ = writeln!(
                text,
                "\n| {title} | {} |\n|---{}|",
                columns.join(" | "),
                "|--:".repeat(columns.len())
            );
            for (name, values) in rows {
                let values: Vec<String> = values.iter().map(|value| shown(*value)).collect();
                let _ = writeln!(text, "| {name} | {} |", values.join(" | "));
            }
        }
        text
    }

    pub fn json(&self) -> String {
        let table = |table: &Table| {
            let rows = table.rows.iter().map(|(name, values)| {
                let values = table.columns.iter().cloned().zip(values.iter().map(|value| (*value).into()));
                ((*name).to_owned(), serde_json::Value::Object(values.collect()))
            });
            (table.title.to_owned(), serde_json::Value::Object(rows.collect()))
        };
        let all = serde_json::Value::Object(self.tables.iter().map(table).collect());
        format!("{all:#}\n")
    }
}

/// A number with as many digits as mean something.
fn shown(value: f64) -> String {
    match value.abs() {
        size if value.is_nan() || size == 0.0 => "0".to_owned(),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}
