//! What a terminal sees.

use std::io::{IsTerminal, Write};

/// A text without what could move a cursor or turn letters round: it may be a peer's.
///
/// ```
/// assert_eq!(push_users::plain("a\x1b[2Jb\u{202e}c"), "a?[2Jb?c");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if odd(c) { '?' } else { c }).collect()
}

/// How far it is, on standard error where that is a terminal.
#[derive(Debug)]
pub struct Progress {
    all: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    /// Nothing of so many.
    #[must_use]
    pub fn of(all: usize) -> Self {
        Self { all, done: 0, shown: std::io::stderr().is_terminal() }
    }

    /// One more.
    pub fn step(&mut self) {
        const WIDTH: usize = 40;
        self.done += 1;
        if self.shown {
            let full = self.done * WIDTH / self.all.max(1);
            let bar = "#".repeat(full) + &".".repeat(WIDTH.saturating_sub(full));
            // Nobody is served by stopping because the bar cannot be drawn.
            let _ = write!(std::io::stderr(), "\r[{bar}] {}/{}", self.done, self.all);
        }
    }

    /// Takes the bar away, for a line of text.
    pub fn clear(&self) {
        if self.shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
