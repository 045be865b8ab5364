//! Databases to test on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(dead_code, reason = "not every test needs all of it")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use scim_core::{Group, Member, Profile, Projection, ResourceId, SchemaSet, SchemaUri, TenantId, User};
use scim_filter::Filter;
use scim_patch::PatchRequest;
use scim_server::Context;
use scim_server::store::{Query, ResourceStore};
use scim_sqlx::{Database, DocumentStore};
use scim_testing::postgres::Cluster;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

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

pub(crate) fn patch(schemas: &SchemaSet, operations: serde_json::Value) -> PatchRequest {
    let body = json!({"schemas": [SchemaUri::PATCH_OP], "Operations": operations});
    PatchRequest::parse(body, schemas, &Profile::rfc()).unwrap()
}

pub(crate) fn user(name: &str) -> User {
    User { user_name: name.into(), ..User::default() }
}

pub(crate) fn group(name: &str, members: &[&ResourceId]) -> Group {
    let members = members.iter().map(|id| Member::new(id.as_str())).collect();
    Group { display_name: name.into(), members, ..Group::default() }
}

/// The ids of all members, in order.
pub(crate) async fn members(store: &DocumentStore<Group>, cx: &Context, id: &ResourceId) -> Vec<String> {
    let stored = store.get(cx, id, &Projection::default()).await.unwrap();
    assert!(stored.resource.members.is_empty(), "they are read when somebody asks");
    let all = stored.long_lists[0].all().await.unwrap();
    let mut ids: Vec<String> =
        all.iter().map(|member| member["value"].as_str().unwrap().to_owned()).collect();
    ids.sort_unstable();
    ids
}

/// The ids of what a filter finds, in the order in which it came to be.
pub(crate) async fn find<S: ResourceStore>(store: &S, cx: &Context, filter: &str) -> Vec<ResourceId> {
    find_by(store, cx, filter.parse().unwrap()).await
}

pub(crate) async fn find_by<S: ResourceStore>(store: &S, cx: &Context, filter: Filter) -> Vec<ResourceId> {
    let filter = filter.check(cx.schemas()).unwrap();
    let found = store.query(cx, &Query::of(Some(filter), 100)).await.unwrap();
    found.into_items().into_iter().map(|stored| stored.id).collect()
}

/// Runs SQL that no store would.
pub(crate) async fn meddle(databases: &Databases, name: &str, sql: &'static str) {
    if name == "sqlite" {
        let options = SqliteConnectOptions::new().filename(&databases.file.0);
        let mut connection = options.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let url = databases.cluster.as_ref().unwrap().url();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}
