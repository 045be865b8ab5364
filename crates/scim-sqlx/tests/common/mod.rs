//! Databases to test on.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use scim_core::{ResourceId, SchemaSet, TenantId};
use scim_server::Context;
use scim_sqlx::Database;
use scim_testing::postgres::Cluster;

/// A file of SQLite that is gone when the test is.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("scim-sqlx-{}-{number}.db", std::process::id()));
        let file = Self(path);
        file.remove();
        file
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.0.display()));
        }
    }

    pub(crate) fn url(&self) -> String {
        self.0.to_str().unwrap().to_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Both databases, each with its tables; PostgreSQL is left out loudly where there is none, but not in CI.
pub(crate) struct Databases {
    pub(crate) all: Vec<(&'static str, Database)>,
    pub(crate) file: File,
    pub(crate) cluster: Option<Cluster>,
}

impl Databases {
    pub(crate) async fn start() -> Self {
        let file = File::new();
        let mut all = vec![("sqlite", Database::sqlite(file.url()).await.unwrap())];
        let cluster = Cluster::start();
        if let Some(cluster) = &cluster {
            all.push(("postgres", Database::postgres(cluster.url()).await.unwrap()));
        }
        for (_, database) in &all {
            database.migrate().await.unwrap();
        }
        Self { all, file, cluster }
    }
}

pub(crate) fn users(tenant: &str) -> Context {
    Context::new(TenantId::new(tenant).unwrap(), "User", SchemaSet::user())
}

pub(crate) fn groups(tenant: &str) -> Context {
    Context::new(TenantId::new(tenant).unwrap(), "Group", SchemaSet::group())
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::new(text).unwrap()
}
