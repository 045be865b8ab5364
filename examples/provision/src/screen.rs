//! What people see.

use std::io::{IsTerminal, Write};

use indicatif::HumanCount;
use scim_sync::printable;

/// Where people read. Nothing that came from a peer or out of a file gets there as it is: every line loses what a terminal would
/// obey.
pub struct Screen {
    out: Box<dyn Write + Send>,
    /// Whether bars may be drawn on standard error.
    pub(crate) live: bool,
    styled: bool,
}

impl Screen {
    /// Standard output; with bars and bold headings where somebody watches.
    #[must_use]
    pub fn of_process() -> Self {
        let styled = std::io::stdout().is_terminal() && console::colors_enabled();
        Self { out: Box::new(std::io::stdout()), live: std::io::stderr().is_terminal(), styled }
    }

    /// Plain text into something else.
    pub fn plain(out: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out), live: false, styled: false }
    }

    /// One line.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) {
        // Whoever closed the pipe does not want to read on, and the work goes on all the same.
        let _ = writeln!(self.out, "{}", printable(text.as_ref()));
    }

    /// Several lines, each on its own.
    pub(crate) fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(format!("  {line}")));
    }

    /// An empty line and a heading.
    pub(crate) fn heading(&mut self, text: impl AsRef<str>) {
        let text = printable(text.as_ref());
        let shown = if self.styled { console::style(&*text).bold().to_string() } else { text.into_owned() };
        let _ = writeln!(self.out, "\n{shown}");
    }

    /// A name and what it stands for.
    pub(crate) fn fact(&mut self, name: &str, text: impl AsRef<str>) {
        self.line(format!("{name:<13}{}", text.as_ref()));
    }
}

/// A number with its thousands apart, and a noun.
pub(crate) fn count(number: u64, noun: &str) -> String {
    let plural = match number {
        1 => "",
        _ => "s",
    };
    format!("{} {noun}{plural}", HumanCount(number))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_out() {
        let page = Page::default();
        let mut screen = Screen::plain(page.clone());
        screen.line("a\u{1b}[2Jb\nc");
        screen.heading("\u{1b}]0;title\u{7}");
        screen.fact("name", "\u{202e}x");
        screen.lines("one\r\ntwo");
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "a[2Jb c\n\n]0;title\nname         x\n  one\n  two\n");
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(count(1, "user"), "1 user");
        assert_eq!(count(2_161, "user"), "2,161 users");
    }
}
