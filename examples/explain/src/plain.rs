//! Output for terminals.

use std::fmt::{self, Display, Write};

/// Prints a text without characters that are invisible or could move others about: they are written as JSON escapes,
/// so that a filter that is shown can still be read.
pub(crate) struct Plain<'a, T>(pub(crate) &'a T);

impl<T: Display> Display for Plain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            // Line breaks are ours: those of a text arrive escaped.
            if c == '\n' || !is_hidden(c) {
                self.0.write_char(c)?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(self.0, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

/// What is not to be seen: controls, and what Rust's own escapes take for unprintable, such as marks of direction.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{e0100}'..='\u{e01ef}' | '\u{fe00}'..='\u{fe0f}') || {
        let escapes = c.escape_debug().len() > 1;
        escapes && !matches!(c, '"' | '\'' | '\\') && !is_mark(c)
    }
}

/// A mark that stands on the letter before it; Rust escapes it because it is alone.
fn is_mark(c: char) -> bool {
    format!("a{c}").escape_debug().count() == 2
}
