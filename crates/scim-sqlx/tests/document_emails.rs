//! Users by their addresses: what SQLite looks up in a table of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use scim_core::{SchemaSet, User};
use scim_server::store::{Query, ResourceStore, Write};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};

use common::{Databases, find, patch, users};

fn with_emails(name: &str, emails: &Value) -> User {
    serde_json::from_value(
        json!({"schemas": [SchemaSet::user().base().id().as_str()], "userName": name, "emails": emails}),
    )
    .unwrap()
}

async fn rows(connection: &mut SqliteConnection) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT key, seq FROM scim_emails ORDER BY key, seq").fetch_all(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_those_that_users_have_now() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) = (database.users(), users("acme"), Write::unchecked());
        let emails = json!([{"value": "Ann@X.example", "type": "work"}, {"type": "home"}]);
        let ann = store.create(&cx, with_emails("ann", &emails), &write).await.unwrap().stored.id;
        let emails =
            json!([{"value": "bob@x.example", "type": "work"}, {"value": "ann@x.example", "type": "home"}]);
        let bob = store.create(&cx, with_emails("bob", &emails), &write).await.unwrap().stored.id;
        let work = "emails[type eq \"work\" and value eq \"ann@x.example\"]";
        assert_eq!(find(&store, &cx, work).await, std::slice::from_ref(&ann), "{name}");
        let any = "emails.value eq \"ANN@x.example\"";
        assert_eq!(find(&store, &cx, any).await, [ann.clone(), bob.clone()]);
        assert_eq!(
            find(&store, &cx, &format!("{any} and userName eq \"bob\"")).await,
            std::slice::from_ref(&bob)
        );
        assert_eq!(find(&store, &cx, &format!("not ({any})")).await, []);
        assert_eq!(
            find(&store, &cx, &format!("{any} or emails.value eq \"bob@x.example\"")).await,
            [ann.clone(), bob.clone()]
        );
        assert_eq!(find(&store, &users("other"), any).await, []);

        let moved =
            json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ann@y.example"}]);
        store.patch(&cx, &ann, &patch(SchemaSet::user(), moved), &write).await.unwrap();
        assert_eq!(find(&store, &cx, any).await, std::slice::from_ref(&bob), "{name}");
        assert_eq!(find(&store, &cx, "emails.value eq \"ann@y.example\"").await, std::slice::from_ref(&ann));
        store.delete(&cx, &bob, &write).await.unwrap();
        assert_eq!(find(&store, &cx, any).await, []);
    }
    let mut connection = SqliteConnectOptions::new().filename(&databases.file.0).connect().await.unwrap();
    assert_eq!(rows(&mut connection).await, [("ann@y.example".to_owned(), 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn long_addresses_are_told_apart() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx, write) = (database.users(), users("acme"), Write::unchecked());
        let (one, other) = (format!("{}1", "\u{e9}".repeat(150)), format!("{}2", "\u{e9}".repeat(150)));
        let one_id =
            store.create(&cx, with_emails("one", &json!([{"value": one}])), &write).await.unwrap().stored.id;
        store.create(&cx, with_emails("other", &json!([{"value": other}])), &write).await.unwrap();
        assert_eq!(find(&store, &cx, &format!("emails.value eq \"{one}\"")).await, [one_id], "{name}");
        // The page says how many there are on all pages, also where it is the last one.
        let filter = "emails pr".parse::<scim_filter::Filter>().unwrap().check(cx.schemas()).unwrap();
        for (from, count, items) in
            [(1, 1, 1), (2, 1, 1), (1, 2, 2), (2, 5, 1), (3, 5, 0), (9, 5, 0), (1, 0, 0)]
        {
            let start = scim_server::store::Start::Index(from);
            let query = Query { start, total: true, ..Query::of(Some(filter.clone()), count) };
            let listing = store.query(&cx, &query).await.unwrap();
            assert_eq!(
                (listing.total(), listing.into_items().len()),
                (Some(2), items),
                "{name}: {from}, {count}"
            );
        }
    }
}
