//! Files that lines are added to.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// A file that whole lines are added to; nothing is kept back from the system.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    /// Whether the last line may be a part of one.
    torn: bool,
}

impl Lines {
    /// Opens a file to add to, and makes it where there is none. A part of a line, left by a process that died, is closed
    /// with a line break.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self { file, torn: last != *b"\n" })
    }

    pub(super) fn is_empty(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == 0)
    }

    /// The beginning of the file.
    pub(super) fn start(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&mut self.file).take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Cuts off a part of a line, for formats that a line break does not close.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        const STEP: u64 = 4_096;
        if !self.torn {
            return Ok(());
        }
        let mut end = self.file.metadata()?.len();
        loop {
            let begin = end.saturating_sub(STEP);
            let mut bytes = Vec::new();
            self.file.seek(SeekFrom::Start(begin))?;
            (&mut self.file).take(end - begin).read_to_end(&mut bytes)?;
            if let Some(at) = bytes.iter().rposition(|byte| *byte == b'\n') {
                self.file.set_len(begin + at as u64 + 1)?;
                break;
            }
            if begin == 0 {
                self.file.set_len(0)?;
                break;
            }
            end = begin;
        }
        self.torn = false;
        Ok(())
    }

    /// Adds lines, of which the last one ends in a line break too: all, or none as far as the file can be cut back.
    pub(super) fn add(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.write_all(b"\n")?;
            self.torn = false;
        }
        let before = self.file.metadata()?.len();
        self.file.write_all(lines).inspect_err(|_| {
            // The disk is full, most likely: what is there of the line would spoil the next one.
            self.torn = self.file.set_len(before).is_err();
        })
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}
