//! Runs of the program within a test.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use clap::Parser;
use provision::{Arguments, Ending, Failure, Screen, Stop, run};
use tempfile::TempDir;

use crate::company;

/// A folder with the small company, for any number of runs.
pub(crate) struct Place {
    folder: TempDir,
    company: PathBuf,
}

/// What came of a run, and what people saw of it.
pub(crate) struct Played {
    pub(crate) ending: Result<Ending, Failure>,
    pub(crate) text: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let company = company::write(folder.path());
        Self { folder, company }
    }

    pub(crate) fn company(&self) -> &str {
        self.company.to_str().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run in the folder `run` of this place.
    pub(crate) async fn play(&self, arguments: &[&str]) -> Played {
        self.play_until(arguments, &Stop::default()).await
    }

    /// The same, which somebody may stop.
    pub(crate) async fn play_until(&self, arguments: &[&str], stop: &Stop) -> Played {
        let dir = self.path("run");
        let own = ["provision", "--company", self.company(), "--dir", dir.to_str().unwrap()];
        let arguments =
            Arguments::try_parse_from(own.iter().chain(arguments)).unwrap_or_else(|error| panic!("{error}"));
        let page = Page::default();
        let ending = run(&arguments, &mut Screen::plain(page.clone()), stop).await;
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        Played { ending, text }
    }
}

impl Played {
    /// That it ended so.
    pub(crate) fn ends(self, ending: Ending) -> String {
        assert!(self.ending.as_ref().is_ok_and(|one| *one == ending), "{:?}\n{}", self.ending, self.text);
        self.text
    }
}

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

/// The part of a text from this heading to the next one.
pub(crate) fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let at = text.find(&format!("\n{heading}")).unwrap_or_else(|| panic!("no `{heading}` in\n{text}"));
    let rest = &text[at + 1..];
    &rest[..rest.find("\n\n").unwrap_or(rest.len())]
}

/// The numbers of a row of a table.
pub(crate) fn row(section: &str, name: &str) -> Option<[u64; 2]> {
    let line = section.lines().find(|line| line.trim_start().starts_with(name))?;
    let cells: Vec<&str> = line.trim_start()[name.len()..].split_whitespace().collect();
    let number = |cell: &str| if cell == "-" { 0 } else { cell.replace(',', "").parse().unwrap() };
    Some([number(cells[0]), number(cells[1])])
}

/// The keys that a text shows.
pub(crate) fn keys(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| word.starts_with("scim_"));
    words.map(str::to_owned).collect()
}
