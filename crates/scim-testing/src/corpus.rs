//! The files under `testdata`.

#![allow(clippy::panic, reason = "a test that cannot read its data has to stop")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The place of a file or folder under `testdata`.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name)
}

/// The text of a file, such as `rules/core.txt`.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The document in a file, such as `rfc7643/8.4-group.json`.
///
/// # Panics
/// When it cannot be read or is no JSON.
#[must_use]
pub fn json(name: &str) -> Value {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names of the files in a folder, with the folder in front, in order.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn files(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(path(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
        .collect();
    names.sort();
    names
}
