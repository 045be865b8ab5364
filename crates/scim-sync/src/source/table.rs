//! Tables as comma-separated values, with a line of names first.

use std::collections::HashSet;

use csv::{ErrorKind, ReaderBuilder, StringRecord, Trim};
use scim_core::quote;

use super::SourceError;
use super::text::malformed;

/// One line under the names.
pub(super) struct Row<'a> {
    file: &'a str,
    pub(super) line: usize,
    names: &'a StringRecord,
    cells: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// The cells that are not empty, by their names.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.names.iter().zip(self.cells.iter()).filter(|(_, cell)| !cell.is_empty())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.cells().find_map(|(one, cell)| (one == name).then_some(cell))
    }

    /// The cell under this name, which must not be empty.
    pub(super) fn required(&self, name: &str) -> Result<&'a str, SourceError> {
        self.get(name).ok_or_else(|| self.malformed(format!("`{name}` is empty")))
    }

    pub(super) fn malformed(&self, problem: impl Into<String>) -> SourceError {
        malformed(self.file, self.line, problem)
    }
}

/// Reads a table that has at least the columns `required`, line by line.
pub(super) fn rows(
    file: &str,
    text: &str,
    delimiter: u8,
    required: &[&str],
    mut each: impl FnMut(Row<'_>) -> Result<(), SourceError>,
) -> Result<(), SourceError> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| unreadable(file, &error))?.clone();
    let mut seen = HashSet::new();
    for name in &names {
        if name.is_empty() {
            return Err(malformed(file, 1, "a column has no name"));
        }
        if !seen.insert(name) {
            return Err(malformed(file, 1, format!("the column {} stands there twice", quote(name))));
        }
    }
    if let Some(missing) = required.iter().find(|name| !seen.contains(**name)) {
        return Err(malformed(file, 1, format!("the column {} is missing", quote(missing))));
    }
    let mut cells = StringRecord::new();
    while reader.read_record(&mut cells).map_err(|error| unreadable(file, &error))? {
        let line = cells.position().map_or(1, line);
        each(Row { file, line, names: &names, cells: &cells })?;
    }
    Ok(())
}

fn unreadable(file: &str, error: &csv::Error) -> SourceError {
    let at = error.position().map_or(1, line);
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            malformed(file, at, format!("there are {len} cells, and {expected_len} columns"))
        }
        _ => malformed(file, at, "this cannot be read as a table"),
    }
}

fn line(position: &csv::Position) -> usize {
    usize::try_from(position.line()).unwrap_or(usize::MAX)
}
