//! A file of SQLite that is gone when the test is.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use directory::Location;

pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("directory-test-{}-{}.db", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let file = Self(std::env::temp_dir().join(name));
        file.remove();
        file
    }

    pub(crate) fn location(&self) -> Location {
        Location::Sqlite(self.0.clone())
    }

    /// What `--database` is given.
    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}
