//! A folder for tests.

use std::path::PathBuf;

/// A folder with these files, gone when it is dropped.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let path = std::env::temp_dir().join(format!("scim-sync-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&path).unwrap();
        let folder = Self(path);
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// A new file with this text.
    pub(super) fn file(&self, text: &str) -> PathBuf {
        let name = format!("{}.csv", uuid::Uuid::new_v4());
        self.write(&name, text);
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
