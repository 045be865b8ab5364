//! The folder of a run.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Where a run keeps the state of its job, its logs, and the directory of its own.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Whether a job has run here before.
    pub(crate) continued: bool,
}

impl Folder {
    /// The folder that is wanted, or a new one in `provision-run`.
    pub(crate) fn open(wanted: Option<&Path>) -> Result<Self, Failure> {
        let path = match wanted {
            Some(path) => {
                fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))?;
                path.to_owned()
            }
            None => new_in(Path::new("provision-run"))?,
        };
        let continued = path.join("state.db").exists();
        Ok(Self { path, continued })
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether the changes of day two are in the source already.
    pub(crate) fn is_day_two(&self) -> bool {
        self.file("day-two").exists()
    }

    /// Remembers that they are.
    pub(crate) fn begin_day_two(&self) -> Result<(), Failure> {
        Ok(fs::write(self.file("day-two"), "the changes of day two are in the source\n")?)
    }
}

fn new_in(parent: &Path) -> Result<PathBuf, Failure> {
    fs::create_dir_all(parent).map_err(|error| format!("{}: {error}", parent.display()))?;
    let mut number: u64 = 1;
    loop {
        let path = parent.join(format!("run-{number}"));
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_a_folder_of_its_own() {
        let parent = tempfile::tempdir().unwrap();
        let runs = parent.path().join("runs");
        assert_eq!(new_in(&runs).unwrap(), runs.join("run-1"));
        assert_eq!(new_in(&runs).unwrap(), runs.join("run-2"));
        let folder = Folder::open(Some(&runs.join("mine"))).unwrap();
        assert!(!folder.continued && !folder.is_day_two());
        folder.begin_day_two().unwrap();
        assert!(folder.is_day_two());
    }
}
