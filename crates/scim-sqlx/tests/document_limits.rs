//! What runs out: connections, room on the disk, patience with another writer. Over HTTP, as a peer sees it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use scim_core::SchemaSet;
use scim_server::auth::dangerous_allow_anyone;
use scim_server::store::{Query, ResourceStore, StoreError, Write};
use scim_server::{BaseUrl, ScimService};
use scim_sqlx::{Database, Feed, Position};
use scim_testing::postgres::Cluster;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
};
use tower_service::Service as _;

use common::{File, group, groups, id, members, patch, user, users};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// One connection, nobody waits for long.
async fn sqlite(file: &File) -> (SqlitePool, Database) {
    sqlite_of(file, Pages::default()).await
}

/// So many pages may a file have, as on a disk that is as large; each connection is told.
#[derive(Clone)]
struct Pages(Arc<AtomicI64>);

impl Default for Pages {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(1 << 30)))
    }
}

impl Pages {
    async fn tell(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let limit = format!("PRAGMA max_page_count = {}", self.0.load(Ordering::SeqCst));
        sqlx::raw_sql(AssertSqlSafe(limit)).execute(connection).await.map(drop)
    }
}

async fn sqlite_of(file: &File, pages: Pages) -> (SqlitePool, Database) {
    let options = SqliteConnectOptions::new()
        .filename(&file.0)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(Duration::from_millis(20));
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(100));
    let pool = pool.after_connect(move |connection, _| {
        let pages = pages.clone();
        Box::pin(async move { pages.tell(connection).await })
    });
    let pool = pool.connect_with(options).await.unwrap();
    let database = Database::of_sqlite(pool.clone());
    database.migrate().await.unwrap();
    (pool, database)
}

async fn postgres(cluster: &Cluster) -> (PgPool, Database) {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(100));
    let pool = pool.connect(&cluster.url()).await.unwrap();
    let database = Database::of_postgres(pool.clone());
    database.migrate().await.unwrap();
    (pool, database)
}

fn service(database: &Database) -> ScimService {
    let base = BaseUrl::new("https://app.example/v2").unwrap();
    ScimService::builder(base, dangerous_allow_anyone("acme".parse().unwrap()))
        .resource(database.users())
        .resource(database.groups())
        .without_session_revocation()
        .build()
        .unwrap()
}

/// The status, the text of `Retry-After`, and the body.
async fn send(service: &ScimService, method: &str, path: &str, body: Value) -> (u16, Option<String>, Value) {
    let bytes = if body.is_null() { String::new() } else { body.to_string() };
    let request = Request::builder().method(method).uri(format!("https://app.example/v2{path}"));
    let request =
        request.header("content-type", "application/scim+json").body(Full::<Bytes>::from(bytes)).unwrap();
    let response = service.clone().call(request).await.unwrap();
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
    let after = head.headers.get("retry-after").map(|after| after.to_str().unwrap().to_owned());
    (head.status.as_u16(), after, body)
}

async fn create(service: &ScimService, name: &str) -> (u16, Option<String>, Value) {
    send(service, "POST", "/Users", json!({"schemas": [USER], "userName": name})).await
}

/// 503 in words that say nothing of what is behind it.
fn is_unavailable(answer: &(u16, Option<String>, Value)) {
    let quiet = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "503",
        "detail": "the storage is not available: try again later"
    });
    assert_eq!(*answer, (503, Some("5".to_owned()), quiet));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_connection_left_is_503_and_passes() {
    let (file, cluster) = (File::new(), Cluster::start());
    let (pool, database) = sqlite(&file).await;
    let held = pool.acquire().await.unwrap();
    all_unavailable(&database).await;
    drop(held);
    all_is_well(&database).await;

    let Some(cluster) = cluster else { return };
    let (pool, database) = postgres(&cluster).await;
    let held = pool.acquire().await.unwrap();
    all_unavailable(&database).await;
    drop(held);
    all_is_well(&database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_who_does_not_end_is_503_and_passes() {
    let file = File::new();
    let (_pool, database) = sqlite(&file).await;
    let service = service(&database);
    create(&service, "ann").await;
    let other = SqlitePool::connect(&file.url()).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    is_unavailable(&create(&service, "bob").await);
    // Readers do not wait for writers.
    assert_eq!(send(&service, "GET", "/Users", Value::Null).await.2["totalResults"], 1);
    writing.rollback().await.unwrap();
    assert_eq!(create(&service, "bob").await.0, 201);
}

async fn all_unavailable(database: &Database) {
    let service = service(database);
    is_unavailable(&create(&service, "ann").await);
    is_unavailable(&send(&service, "GET", "/Users", Value::Null).await);
    is_unavailable(&send(&service, "GET", "/Groups/7", Value::Null).await);
    is_unavailable(&send(&service, "DELETE", "/Users/7", Value::Null).await);
}

async fn all_is_well(database: &Database) {
    let service = service(database);
    assert_eq!(create(&service, "ann").await.0, 201);
    assert_eq!(send(&service, "GET", "/Users", Value::Null).await.2["totalResults"], 1);
}

/// What there is of users, groups, members and lines in the feed.
async fn contents(database: &Database) -> (Vec<String>, Vec<usize>, usize) {
    let names = database.users().query(&users("acme"), &Query::of(None, 10_000)).await.unwrap().into_items();
    let mut counts = Vec::new();
    for one in database.groups().query(&groups("acme"), &Query::of(None, 100)).await.unwrap().into_items() {
        counts.push(members(&database.groups(), &groups("acme"), &one.id).await.len());
    }
    let lines = Feed::new(database).read(None, Position::START, 100_000).await.unwrap().len();
    (names.iter().map(|user| user.resource.user_name.to_string()).collect(), counts, lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_503_leaves_nothing_by_half_and_passes() {
    let file = File::new();
    let disk = Pages::default();
    let (pool, database) = sqlite_of(&file, disk.clone()).await;
    let service = service(&database);
    let (gs, cx) = (database.groups(), groups("acme"));
    let guides = gs.create(&cx, group("Guides", &[&id("m0")]), &Write::unchecked()).await.unwrap().stored;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&pool).await.unwrap();
    let limit = async |pages| {
        disk.0.store(pages, Ordering::SeqCst);
        disk.tell(&mut pool.acquire().await.unwrap()).await.unwrap();
    };
    limit(pages + 20).await;
    let mut created = 0;
    let full = loop {
        let answer = create(&service, &format!("user-{created}-{}", "x".repeat(500))).await;
        if answer.0 != 201 {
            break answer;
        }
        created += 1;
    };
    is_unavailable(&full);
    assert!(created > 5, "{created}");

    // A write of many rows that has room for some of them only.
    let before = contents(&database).await;
    assert_eq!((before.0.len(), &before.1[..], before.2), (created, &[1][..], created + 1));
    let many: Vec<Value> = (0..5_000).map(|n| json!({"value": format!("member-{n}")})).collect();
    let add = patch(SchemaSet::group(), json!([{"op": "add", "path": "members", "value": many}]));
    let error = gs.patch(&cx, &guides.id, &add, &Write::unchecked()).await.map(drop).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    assert_eq!(contents(&database).await, before);
    // Reading goes on.
    assert_eq!(send(&service, "GET", "/Users?count=1", Value::Null).await.2["totalResults"], created);

    limit(pages * 1_000).await;
    assert_eq!(create(&service, "late").await.0, 201);
    gs.patch(&cx, &guides.id, &add, &Write::unchecked()).await.unwrap();
    assert_eq!(members(&gs, &cx, &guides.id).await.len(), 5_001);
    let whole: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(whole, "ok");
}

/// PostgreSQL cannot be given a small disk without the rights to mount one. A trigger says what PostgreSQL says then, in the last
/// table that a write comes to; that everything before it is undone is PostgreSQL's own doing.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_of_postgresql_is_503_leaves_nothing_by_half_and_passes() {
    let Some(cluster) = Cluster::start() else { return };
    let (pool, database) = postgres(&cluster).await;
    let service = service(&database);
    assert_eq!(create(&service, "ann").await.0, 201);
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
        RAISE EXCEPTION 'could not extend file \"base/5/16384\": No space left on device' USING ERRCODE = '53100'; END $$; \
        CREATE TRIGGER full_disk BEFORE INSERT ON scim_outbox FOR EACH ROW EXECUTE FUNCTION full_disk()";
    sqlx::raw_sql(full).execute(&pool).await.unwrap();
    let before = contents(&database).await;
    is_unavailable(&create(&service, "bob").await);
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "G", "members": [{"value": "7"}]
    });
    is_unavailable(&send(&service, "POST", "/Groups", body.clone()).await);
    assert_eq!(contents(&database).await, before);
    sqlx::raw_sql("DROP TRIGGER full_disk ON scim_outbox").execute(&pool).await.unwrap();
    // The name is free: nothing of the write that failed holds it.
    assert_eq!(create(&service, "bob").await.0, 201);
    assert_eq!(send(&service, "POST", "/Groups", body).await.0, 201);
    let taken = database.users().create(&users("acme"), user("BOB"), &Write::unchecked()).await;
    assert!(matches!(taken, Err(StoreError::Conflict(_))));
}
