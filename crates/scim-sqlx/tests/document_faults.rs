//! What goes wrong: migrations, power cuts, a database that is gone, texts that no database holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use scim_core::{Projection, Resource, SchemaSet, attr};
use scim_filter::Filter;
use scim_server::store::{Query, ResourceStore, StoreError, Write};
use scim_sqlx::{Database, Feed, Position};
use serde_json::json;

use common::{Databases, File, find, find_by, group, groups, id, meddle, members, patch, user, users};

#[tokio::test(flavor = "multi_thread")]
async fn servers_migrate_at_once_and_share_a_key() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        meddle(
            &databases,
            name,
            "DROP TABLE scim_schema; DROP TABLE scim_settings; DROP TABLE scim_resources; DROP TABLE scim_unique;
             DROP TABLE scim_members; DROP TABLE scim_outbox; DROP TABLE scim_tokens; DROP TABLE IF EXISTS scim_emails",
        )
        .await;
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let database = match &databases.cluster {
                Some(cluster) if *name == "postgres" => Database::postgres(cluster.url()).await.unwrap(),
                _ => Database::sqlite(databases.file.url()).await.unwrap(),
            };
            tasks.push(tokio::spawn(async move { database.migrate().await.map(|()| database) }));
        }
        for task in tasks {
            let database = task.await.unwrap().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(database.cursor_key().is_some());
        }
        // Again is nothing.
        database.migrate().await.unwrap();
        database.users().create(&users("acme"), user("ann"), &Write::unchecked()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_schema_is_refused() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        meddle(&databases, name, "INSERT INTO scim_schema (version) VALUES (99)").await;
        let error = database.migrate().await.unwrap_err();
        let last = if *name == "sqlite" { 2 } else { 1 };
        let says = format!(
            "internal: the tables are of version 99, and this program knows versions up to {last}: it is too old for them"
        );
        assert_eq!(error.to_string(), says, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_migration_leaves_nothing() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        // The last table of the script is in the way, so that it fails at its end.
        meddle(
            &databases,
            name,
            "DROP TABLE scim_schema; DROP TABLE scim_settings; DROP TABLE scim_resources; DROP TABLE scim_unique;
             DROP TABLE scim_members; DROP TABLE scim_outbox; DROP TABLE IF EXISTS scim_emails",
        )
        .await;
        assert!(database.migrate().await.is_err(), "{name}");
        meddle(&databases, name, "DROP TABLE scim_tokens").await;
        database.migrate().await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_no_database_holds_are_refused() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, cx, write) = (database.users(), users("acme"), Write::unchecked());
        let refused = |error: StoreError| match error {
            StoreError::Rejected(error) => assert_eq!(error.status(), 400, "{name}: {error}"),
            error => panic!("{name}: {error}"),
        };
        refused(us.create(&cx, user("a\0b"), &write).await.unwrap_err());
        let ann = us.create(&cx, user("ann"), &write).await.unwrap().stored.id;
        let title = patch(SchemaSet::user(), json!([{"op": "add", "path": "title", "value": "\0"}]));
        refused(us.patch(&cx, &ann, &title, &write).await.unwrap_err());
        let made =
            database.groups().create(&groups("acme"), group("G", &[]), &write).await.unwrap().stored.id;
        let nul =
            patch(SchemaSet::group(), json!([{"op": "add", "path": "members", "value": [{"value": "\0"}]}]));
        refused(database.groups().patch(&groups("acme"), &made, &nul, &write).await.unwrap_err());
        let long = "m".repeat(100_000);
        let long =
            patch(SchemaSet::group(), json!([{"op": "add", "path": "members", "value": [{"value": long}]}]));
        refused(database.groups().patch(&groups("acme"), &made, &long, &write).await.unwrap_err());
        assert!(matches!(
            us.get(&cx, &id("' OR 1=1 --"), &Projection::default()).await,
            Err(StoreError::NotFound)
        ));

        // A megabyte is a name like another.
        let big = "Ä".repeat(500_000);
        let made = us.create(&cx, user(&big), &write).await.unwrap().stored.id;
        let again = us.create(&cx, user(&big.to_lowercase()), &write).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{name}");
        let name_of = attr::USER_NAME;
        let by = |filter: Filter| find_by(&us, &cx, filter);
        assert_eq!(
            by(Filter::eq(name_of.clone(), big.to_lowercase().as_str())).await,
            std::slice::from_ref(&made),
            "{name}"
        );
        let other = format!("{big}x");
        let either =
            Filter::co(name_of.clone(), big.as_str()).or(Filter::ew(name_of.clone(), other.as_str()));
        assert_eq!(by(either).await, [made]);
        assert_eq!(by(Filter::eq(name_of, other.as_str())).await, []);
        // So are texts that look like something else.
        for odd in ["'; DROP TABLE scim_resources; --", "$1", "{\"a\"", "%_", "\\", "\u{1}", "\u{10ffff}"] {
            let made = us.create(&cx, user(odd), &write).await.unwrap().stored.id;
            let filter = Filter::eq(attr::USER_NAME, odd).to_string();
            assert_eq!(find(&us, &cx, &filter).await, [made], "{name}: {odd}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_returned_is_nowhere() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) =
            (database.resources("User", SchemaSet::user()), users("acme"), Write::unchecked());
        let mut ann = Resource::new(SchemaSet::user());
        ann.set(&attr::USER_NAME, json!("ann")).unwrap();
        ann.set(&attr::PASSWORD, json!("t1meMa$heen")).unwrap();
        let made = store.create(&cx, ann.clone(), &write).await.unwrap().stored;
        assert_eq!(made.resource.get(&attr::PASSWORD), None, "{name}");
        ann.set(&attr::TITLE, json!("Dr.")).unwrap();
        store.replace(&cx, &made.id, ann, &write).await.unwrap();
        let request =
            patch(SchemaSet::user(), json!([{"op": "replace", "path": "password", "value": "t1meMa$heen"}]));
        store.patch(&cx, &made.id, &request, &write).await.unwrap();
        assert!(
            !format!("{:?}", Feed::new(database).read(None, Position::START, 9).await.unwrap())
                .contains("t1me")
        );
    }
    for (_, database) in &databases.all {
        database.close().await;
    }
    for end in ["", "-wal"] {
        let bytes = std::fs::read(format!("{}{end}", databases.file.url())).unwrap_or_default();
        assert!(!end.is_empty() || bytes.len() > 1000);
        assert!(!bytes.windows(11).any(|part| part == b"t1meMa$heen"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_to_go_through_is_said() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let store = database.users().with_scan_limit(2);
        for n in ["ann", "bob", "cid"] {
            store.create(&users("acme"), user(n), &Write::unchecked()).await.unwrap();
        }
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let filter = format!("{urn}:manager.$ref eq \"../Users/1\"");
        let typed = filter.parse::<Filter>().unwrap().check(SchemaSet::user()).unwrap();
        let error = store.query(&users("acme"), &Query::of(Some(typed), 10)).await.unwrap_err();
        assert!(matches!(error, StoreError::TooMany(_)), "{name}: {error}");
        // What SQL can say of it counts.
        assert_eq!(find(&store, &users("acme"), &format!("{filter} and userName ne \"bob\"")).await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_gone_comes_back() {
    let mut databases = Databases::start().await;
    let Some(mut cluster) = databases.cluster.take() else { return };
    let database = databases.all[1].1.clone();
    let (us, cx) = (database.users(), users("acme"));
    us.create(&cx, user("ann"), &Write::unchecked()).await.unwrap();
    cluster.kill();
    let unavailable = |error: StoreError| assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    unavailable(us.create(&cx, user("bob"), &Write::unchecked()).await.unwrap_err());
    unavailable(us.query(&cx, &Query::of(None, 1)).await.unwrap_err());
    unavailable(us.names(&cx, &[id("1")]).await.unwrap_err());
    cluster.restart().unwrap();
    us.create(&cx, user("bob"), &Write::unchecked()).await.unwrap();
    assert_eq!(us.query(&cx, &Query::of(None, 9)).await.unwrap().into_items().len(), 2);
}

/// Where the child finds its database.
const CHILD: &str = "SCIM_SQLX_TEST_CHILD";

async fn open(url: &str) -> Database {
    let database = if url.starts_with("postgres:") {
        Database::postgres(url).await
    } else {
        Database::sqlite(url).await
    };
    let database = database.unwrap();
    database.migrate().await.unwrap();
    database
}

/// No test: what `nothing_acknowledged_is_lost` starts and kills. Each line is an acknowledgement.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_writes() {
    let Ok(url) = std::env::var(CHILD) else { return };
    let database = open(&url).await;
    let (us, gs, write) = (database.users(), database.groups(), Write::unchecked());
    let made = gs.create(&groups("acme"), group("All", &[]), &write).await.unwrap().stored.id;
    let mut tasks = Vec::new();
    for task in 0..4 {
        let (us, gs, made) = (us.clone(), gs.clone(), made.clone());
        tasks.push(tokio::spawn(async move {
            for n in 0.. {
                let name = format!("{}-{task}-{n}", std::process::id());
                let ann =
                    us.create(&users("acme"), user(&name), &Write::unchecked()).await.unwrap().stored.id;
                let add = json!([{"op": "add", "path": "members", "value": [{"value": ann.as_str()}]}]);
                let add = patch(SchemaSet::group(), add);
                gs.patch(&groups("acme"), &made, &add, &Write::unchecked()).await.unwrap();
                let mut out = std::io::stdout().lock();
                writeln!(out, "ACK {ann} {made}").unwrap();
                out.flush().unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost() {
    let file = File::new();
    let mut cluster = scim_testing::postgres::Cluster::start();
    let mut urls = vec![file.url()];
    urls.extend(cluster.as_ref().map(scim_testing::postgres::Cluster::url));
    let mut acknowledged: Vec<(String, String, String)> = Vec::new();
    for round in 0..4 {
        for url in &urls {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "child_that_writes", "--nocapture", "--test-threads=1"])
                .env(CHILD, url)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            let (mut seen, mut since) = (0, Instant::now());
            for line in lines.map_while(Result::ok) {
                let Some((_, ids)) = line.split_once("ACK ") else { continue };
                let (user, group) = ids.split_once(' ').unwrap();
                acknowledged.push((url.clone(), user.to_owned(), group.to_owned()));
                if seen == 0 {
                    since = Instant::now();
                }
                seen += 1;
                if seen > 20 && since.elapsed() > Duration::from_millis(200) {
                    // The child, or the server below it, at whatever it is doing.
                    match &mut cluster {
                        Some(cluster) if url.starts_with("postgres:") && round % 2 == 1 => cluster.kill(),
                        _ => child.kill().unwrap(),
                    }
                }
            }
            let _ = child.kill();
            child.wait().unwrap();
            if let Some(cluster) = cluster.as_mut().filter(|_| url.starts_with("postgres:") && round % 2 == 1)
            {
                cluster.restart().unwrap();
            }
            assert!(seen > 20, "{url}: {seen}");
        }
    }
    for url in &urls {
        let database = open(url).await;
        let (us, gs) = (database.users(), database.groups());
        let all: Vec<_> = acknowledged.iter().filter(|(at, ..)| at == url).collect();
        for (_, user, group) in &all {
            let stored = us.get(&users("acme"), &id(user), &Projection::default()).await.unwrap();
            assert_eq!(stored.resource.groups[0].value.as_deref(), Some(group.as_str()));
        }
        // Nothing is there by half: each group has as many rows as it says, each user a name that is taken, and each write a
        // line in the feed.
        let lines = Feed::new(&database).read(None, Position::START, 1_000_000).await.unwrap();
        let stored = us.query(&users("acme"), &Query::of(None, 1_000_000)).await.unwrap().into_items();
        let created = lines.iter().filter(|line| line.resource_type == "User").count();
        assert_eq!(created, stored.len());
        let mut changed = 0;
        for group in gs.query(&groups("acme"), &Query::of(None, 100)).await.unwrap().into_items() {
            let rows = members(&gs, &groups("acme"), &group.id).await.len();
            assert_eq!(group.version.opaque(), (rows + 1).to_string());
            changed += rows;
        }
        assert_eq!(lines.iter().filter(|line| line.changed == ["members"]).count(), changed);
        let again = stored.last().unwrap().resource.user_name.to_string();
        let taken = us.create(&users("acme"), user(&again), &Write::unchecked()).await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))));
        assert!(all.len() >= 80, "{url}");
    }
}
