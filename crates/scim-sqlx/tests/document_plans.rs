//! Which indexes PostgreSQL uses for what, among many resources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use scim_core::{Projection, SchemaSet, attr};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};
use scim_server::store::{Query, ResourceStore, Start};
use scim_sqlx::Database;
use sqlx::{Connection, PgConnection, Row};

use common::{Databases, groups, id, meddle, users};

const MANY: &str = "
    INSERT INTO scim_resources (tenant, type, id, version, created, modified, ownership, retired, external_id, user_name,
        display_name, label, members, doc, search)
    SELECT 'acme', 'User', 'u' || n, 1, '502026-01-01T00:00:00.000000000', '502026-01-01T00:00:00.000000000', 0, 0,
        'E' || n, 'user' || n, 'name' || n, 'Name' || n, 0,
        jsonb_build_object('userName', 'user' || n)::text,
        jsonb_build_object('userName', 'user' || n, 'active', 't', 'emails', jsonb_build_array(
            jsonb_build_object('type', 'work', 'value', 'user' || n || '@x.example')))
    FROM generate_series(1, 20000) n;
    INSERT INTO scim_resources (tenant, type, id, version, created, modified, ownership, retired, label, members, doc, search)
    SELECT 'acme', 'Group', 'g' || n, 1, '502026-01-01T00:00:00.000000000', '502026-01-01T00:00:00.000000000', 0, 0,
        'G' || n, 100, jsonb_build_object('displayName', 'G' || n)::text, jsonb_build_object('displayName', 'g' || n)
    FROM generate_series(1, 500) n;
    INSERT INTO scim_members (tenant, group_id, pos, value)
    SELECT 'acme', 'g' || g, m, 'u' || (g * 40 + m) % 20000 FROM generate_series(1, 500) g, generate_series(1, 100) m;
    ANALYZE scim_resources; ANALYZE scim_members";

/// How often each index was used, and how often a table was gone through.
async fn counters(connection: &mut PgConnection) -> Vec<(String, i64)> {
    let text = "SELECT indexrelname::text, idx_scan FROM pg_stat_user_indexes UNION ALL \
        SELECT 'all of ' || relname::text, seq_scan FROM pg_stat_user_tables ORDER BY 1";
    let rows = sqlx::query(text).fetch_all(&mut *connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get::<Option<i64>, _>(1).unwrap_or(0))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_answers_on_postgres() {
    let databases = Databases::start().await;
    let Some(cluster) = &databases.cluster else { return };
    meddle(&databases, "postgres", MANY).await;
    let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
    let (ucx, gcx) = (users("acme"), groups("acme"));
    let filter =
        |cx: &scim_server::Context, text: &str| text.parse::<Filter>().unwrap().check(cx.schemas()).unwrap();
    for (text, index, found) in [
        ("userName eq \"USER777\"", "scim_resources_user_name", 1),
        ("externalId eq \"E777\"", "scim_resources_external_id", 1),
        ("displayName eq \"name777\" and active eq true", "scim_resources_display_name", 1),
        ("emails[type eq \"work\" and value eq \"user777@x.example\"]", "scim_resources_search", 1),
        (
            "emails.value eq \"user777@x.example\" or emails.value eq \"user778@x.example\"",
            "scim_resources_search",
            2,
        ),
        ("id eq \"u777\"", "scim_resources_id", 1),
        ("groups.value eq \"g7\"", "scim_members_in_group", 100),
        ("members.value eq \"u777\"", "scim_members_of", 3),
        ("members[value eq \"u777\"]", "scim_members_of", 3),
        ("", "scim_resources_order", 100),
    ] {
        let before = counters(&mut connection).await;
        // What a connection has counted is known when it closes.
        let database = Database::postgres(cluster.url()).await.unwrap();
        let is_of_groups = text.starts_with("members");
        let cx = if is_of_groups { &gcx } else { &ucx };
        let mut query = Query::of((!text.is_empty()).then(|| filter(cx, text)), 100);
        query.total = !text.is_empty();
        if text.is_empty() {
            query.start = Start::After(None);
        }
        let store = if is_of_groups {
            database.resources("Group", SchemaSet::group())
        } else {
            database.resources("User", SchemaSet::user())
        };
        let items = store.query(cx, &query).await.unwrap().into_items();
        assert_eq!(items.len(), found, "{text}");
        database.close().await;
        drop(store);
        let mut used = Vec::new();
        for _ in 0..100 {
            let after = counters(&mut connection).await;
            used = before.iter().zip(&after).filter(|(a, b)| a.1 < b.1).map(|(a, _)| a.0.clone()).collect();
            if used.iter().any(|name| name == index) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert!(used.iter().any(|name| name == index), "{text}: {used:?}");
        assert!(!used.iter().any(|name| name == "all of scim_resources"), "{text}: {used:?}");
        assert!(!used.iter().any(|name| name == "all of scim_members"), "{text}: {used:?}");
    }
    // Pages in an order, all the way, each once.
    let store = databases.all[1].1.users();
    let sort = Sort { by: attr::DISPLAY_NAME, order: SortOrder::Descending };
    let sort = sort.check(SchemaSet::user(), &CheckOptions::default()).unwrap();
    let want = Projection::except([SchemaSet::user().resolve(&attr::GROUPS).unwrap()]);
    let query = Query { sort: Some(sort), want, ..Query::of(None, 3) };
    assert_eq!(store.query(&ucx, &query).await.unwrap().into_items().len(), 3);
    assert!(store.get(&ucx, &id("u1"), &Projection::default()).await.is_ok());
}
