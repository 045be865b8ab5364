//! The directory of its own: a server on this machine, with a file of SQLite.

use directory::{Location, NewDirectory, Options, Policies, Running};
use scim_core::TenantId;
use scim_core::value::secret::Secret;

use crate::Failure;
use crate::faults::Faults;
use crate::folder::Folder;

/// What the directory is called.
const NAME: &str = "Company";

/// A directory that runs.
pub(crate) struct Server {
    running: Running,
    id: TenantId,
    pub(crate) base_url: String,
    pub(crate) faults: Faults,
}

impl Server {
    /// Starts it, and gives the key to it: that of a new directory, or another one for the directory of an earlier run.
    pub(crate) async fn start(
        folder: &Folder,
        domains: &[String],
        faults: Faults,
    ) -> Result<(Self, Secret), Failure> {
        let options = Options {
            database: Location::Sqlite(folder.file("directory.db")),
            directories: vec![NewDirectory { name: NAME.to_owned(), key: None }],
            policies: Policies { verified_domains: domains.to_vec(), ..Policies::default() },
            ..Options::default()
        };
        let running = directory::start_with(options, |router| faults.around(router)).await?;
        let new = running.started.first().map(|new| (new.id.clone(), Secret::from(new.key.expose())));
        let (id, key) = match new {
            Some(new) => new,
            None => {
                let id = running.directories.find(NAME).await?.id;
                let key = running.directories.regenerate_key(&id).await?;
                (id, Secret::from(key.expose()))
            }
        };
        faults.know(running.directories.clone(), id.clone());
        let base_url = running.base_url_of(&id);
        Ok((Self { running, id, base_url, faults }, key))
    }

    /// Another key, in the place of all others.
    pub(crate) async fn new_key(&self) -> Result<Secret, Failure> {
        Ok(Secret::from(self.running.directories.regenerate_key(&self.id).await?.expose()))
    }

    pub(crate) async fn shutdown(self) {
        self.running.shutdown().await;
    }
}
