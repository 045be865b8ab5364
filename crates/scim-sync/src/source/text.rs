//! Files as text.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::SourceError;

/// What a file is called in messages: its own name, not where it lies.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The text of a file, without a byte order mark.
pub(super) fn read(path: &Path, max_bytes: u64) -> Result<String, SourceError> {
    let unavailable = |error: io::Error| {
        // The system's own words do not say which file it was.
        SourceError::Unavailable(io::Error::new(error.kind(), format!("{}: {error}", name_of(path))).into())
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unavailable)?;
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unavailable)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max_bytes {
        return Err(malformed(&name_of(path), 1, format!("the file has more than {max_bytes} bytes")));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = good.filter(|byte| **byte == b'\n').count() + 1;
        malformed(&name_of(path), line, "this is not UTF-8")
    })
}

pub(super) fn malformed(file: &str, line: usize, problem: impl Into<String>) -> SourceError {
    SourceError::Malformed { file: file.to_owned(), line, problem: problem.into() }
}
