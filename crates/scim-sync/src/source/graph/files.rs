//! The files of an export.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::document::{Section, each_item, each_line};
use super::import::{Delta, Import};
use super::record::Record;
use crate::source::whole::{Stamp, stamp_of};
use crate::source::{Directory, ImportReport, SourceError, table, text};

/// Where an export lies.
#[derive(Clone, Debug)]
pub(super) struct Files {
    path: PathBuf,
    changes: Vec<PathBuf>,
    max_bytes: u64,
}

impl Files {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, changes: Vec::new(), max_bytes: 4 << 30 }
    }

    pub(super) fn add_changes(&mut self, file: PathBuf) {
        self.changes.push(file);
    }

    pub(super) fn set_max_bytes(&mut self, bytes: u64) {
        self.max_bytes = bytes;
    }

    pub(super) fn name(&self) -> String {
        text::name_of(&self.path)
    }

    pub(super) fn stamp(&self) -> Stamp {
        let paths = self.parts().into_iter().map(|(path, _)| path);
        stamp_of(paths.chain([self.path.clone()]).chain(self.changes.iter().cloned()))
    }

    pub(super) fn read(&self, now: DateTime<Utc>) -> Result<(Directory, ImportReport), SourceError> {
        let directory = Directory::new();
        let mut store = directory.write();
        let mut import = Import::new(&mut store, now);
        if self.path.is_dir() {
            let mut any = false;
            for (path, section) in self.parts() {
                any |= path.is_file();
                if path.is_file() {
                    self.part(&path, section, &mut import)?;
                }
            }
            if !any {
                let problem = "there is no `users.json` and no other part of an export";
                return Err(text::malformed(&self.name(), 1, problem));
            }
        } else {
            self.whole(&mut import)?;
        }
        let report = import.finish();
        for path in &self.changes {
            let name = text::name_of(path);
            Delta::read(&name, &text::read(path, self.max_bytes)?)?.apply(&mut store, now);
        }
        drop(store);
        Ok((directory, report))
    }

    /// Everything in one file.
    fn whole(&self, import: &mut Import<'_>) -> Result<(), SourceError> {
        let (file, text) = (self.name(), text::read(&self.path, self.max_bytes)?);
        each_item(&file, &text, None, &mut |section, item| import.take(&file, Record::read(section, item)?))
    }

    fn part(&self, path: &Path, section: Section, import: &mut Import<'_>) -> Result<(), SourceError> {
        let (file, text) = (text::name_of(path), text::read(path, self.max_bytes)?);
        let mut take = |section, item| import.take(&file, Record::read(section, item)?);
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("jsonl") => each_line(&file, &text, section, &mut take),
            Some("csv") => {
                let columns = if section == Section::Managers {
                    ["userId", "managerId"]
                } else {
                    ["groupId", "memberId"]
                };
                table::rows(&file, &text, b',', &columns, |row| {
                    let [from, to] = columns;
                    let (from, to) = (row.required(from)?.into(), row.required(to)?.into());
                    import.take(
                        &file,
                        match section {
                            Section::Managers => Record::Manager { user: from, manager: Some(to) },
                            _ => Record::Membership { group: from, member: to, removed: false },
                        },
                    )
                })
            }
            _ => each_item(&file, &text, Some(section), &mut take),
        }
    }

    /// Every file that may be there.
    fn parts(&self) -> Vec<(PathBuf, Section)> {
        let mut parts = Vec::new();
        for (name, section) in Section::NAMED {
            let table = matches!(section, Section::Memberships | Section::Managers);
            let extensions: &[&str] = if table { &["json", "jsonl", "csv"] } else { &["json", "jsonl"] };
            for extension in extensions {
                parts.push((self.path.join(format!("{name}.{extension}")), section));
            }
        }
        parts.push((self.path.join("members.csv"), Section::Memberships));
        parts
    }
}
