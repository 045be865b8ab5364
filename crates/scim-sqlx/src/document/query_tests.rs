//! The conditions that filters become, and the indexes that answer them.

use scim_core::{Group, SchemaSet, TenantId, User, attr};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};
use scim_server::store::{ResourceStore, Write};

use super::*;
use crate::Database;

fn cx(kind: &str, schemas: &SchemaSet) -> Context {
    Context::new(TenantId::new("acme").unwrap(), kind, schemas)
}

/// The condition, and a mark where it lets more through than the filter.
fn shown<R: ScimResource>(store: &DocumentStore<R>, cx: &Context, filter: &str) -> String {
    let filter = filter.parse::<Filter>().unwrap().check(cx.schemas()).unwrap();
    let plan = store.plan(cx, &Query::of(Some(filter), 10));
    let (scope, condition) = plan.condition.split_once("retired = 0 AND ").unwrap();
    assert!(scope.starts_with("r.tenant = $1 AND "));
    format!("{}{condition}", if plan.exact { "" } else { "~" })
}

#[tokio::test]
async fn sec_s11_every_condition_is_closed() {
    let database = Database::sqlite(":memory:").await.unwrap();
    let (users, groups) = (database.users(), database.groups());
    let (us, gs) = (cx("User", SchemaSet::user()), cx("Group", SchemaSet::group()));
    let of_users = |filter| shown(&users, &us, filter);
    let all = [
        of_users("userName eq \"A\" or title pr"),
        of_users("not (emails[type eq \"work\" and value co \"x\"])"),
        of_users("meta.lastModified gt \"2011-05-13T04:42:34Z\" and id ne \"7\""),
        of_users("groups.value eq \"7\""),
        of_users("groups.display eq \"x\" and active eq true"),
        of_users("not (groups.display eq \"x\")"),
        shown(&groups, &gs, "members[value eq \"7\" and type eq \"User\"]"),
        shown(&groups, &gs, "members.display pr"),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

/// How SQLite goes about it.
async fn steps<R: ScimResource>(store: &DocumentStore<R>, cx: &Context, query: &Query) -> Vec<String> {
    let plan = store.plan(cx, query);
    let order = plan.order.as_ref().unwrap();
    let after = store.last(cx, query, order).await.unwrap();
    let sql = store.page_sql(query, &plan, order, after.as_ref()).unwrap();
    let rows = store.db.pool.rows(sql.explained()).await.unwrap();
    rows.iter().map(|row| row.text(3).unwrap()).collect()
}

#[tokio::test]
async fn an_index_answers_on_sqlite() {
    let database = Database::sqlite(":memory:").await.unwrap();
    database.migrate().await.unwrap();
    let (users, groups) = (database.users(), database.groups());
    let (us, gs) = (cx("User", SchemaSet::user()), cx("Group", SchemaSet::group()));
    let of = |cx: &Context, filter: &str| {
        Query::of(Some(filter.parse::<Filter>().unwrap().check(cx.schemas()).unwrap()), 10)
    };
    for (filter, index) in [
        ("userName eq \"a\"", "scim_resources_user_name"),
        ("active eq true and userName eq \"a\"", "scim_resources_user_name"),
        ("externalId eq \"a\"", "scim_resources_external_id"),
        ("displayName eq \"a\" and title pr", "scim_resources_display_name"),
        ("id eq \"a\"", "scim_resources_id"),
        ("groups.value eq \"a\"", "scim_resources_id"),
        ("emails.value eq \"a\"", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("emails[type eq \"work\" and value eq \"a\"]", "SEARCH r USING INTEGER PRIMARY KEY"),
        ("emails[value eq \"a\"] and active eq true", "SEARCH r USING INTEGER PRIMARY KEY"),
    ] {
        let steps = steps(&users, &us, &of(&us, filter)).await;
        assert!(steps.iter().any(|step| step.contains(index)), "{filter}: {steps:?}");
        assert!(!steps.iter().any(|step| step.starts_with("SCAN r")), "{filter}: {steps:?}");
    }
    let members = steps(&groups, &gs, &of(&gs, "members.value eq \"a\"")).await;
    assert!(members.iter().any(|step| step.contains("scim_members_of")), "{members:?}");
    assert!(members.iter().any(|step| step.contains("scim_resources_id")), "{members:?}");
    // A page by cursor goes on where the last one ended, and nothing is sorted.
    let after = Last::Place(7).write().unwrap();
    let next = Query { start: Start::After(Some(after)), ..Query::of(None, 10) };
    let next = steps(&users, &us, &next).await;
    assert!(
        next.len() == 1 && next[0].contains("scim_resources_order") && next[0].contains("seq>?"),
        "{next:?}"
    );
}

#[tokio::test]
async fn cursors_of_others_are_refused() {
    let database = Database::sqlite(":memory:").await.unwrap();
    database.migrate().await.unwrap();
    let (users, cx) = (database.users(), cx("User", SchemaSet::user()));
    let sort = Sort { by: attr::TITLE, order: SortOrder::Ascending };
    let sort = sort.check(SchemaSet::user(), &CheckOptions::default()).unwrap();
    for (text, sort) in
        [("x", None), ("e30", None), ("Nw", Some(sort)), ("WyJhIiwiYiJd", None), ("WyJhIl0", None)]
    {
        let start = Start::After(Some(text.parse().unwrap()));
        let error = users.query_now(&cx, &Query { start, sort, ..Query::of(None, 10) }).await.unwrap_err();
        let error = scim_core::ScimError::from(error.into_error());
        assert!(error.to_string().contains("invalidCursor"), "{text}: {error}");
    }
    let _: (DocumentStore<User>, DocumentStore<Group>) = (users, database.groups());
}

#[tokio::test]
async fn a_long_key_has_no_place_in_a_cursor() {
    let database = Database::sqlite(":memory:").await.unwrap();
    database.migrate().await.unwrap();
    let (users, cx) = (database.users(), cx("User", SchemaSet::user()));
    for n in 0..5 {
        let title = format!("{}{n}", "x".repeat(5_000));
        let user = User { user_name: format!("u{n}").into(), title: Some(title.into()), ..User::default() };
        users.create(&cx, user, &Write::unchecked()).await.unwrap();
    }
    let sort = Sort { by: attr::TITLE, order: SortOrder::Descending };
    let sort = sort.check(SchemaSet::user(), &CheckOptions::default()).unwrap();
    let whole = Query { sort: Some(sort), ..Query::of(None, 10) };
    let all = users.query(&cx, &whole).await.unwrap().into_items();
    let cursor = Last::Key(all[1].id.to_string(), Some("x".repeat(5_000))).write().unwrap();
    assert!(cursor.as_str().len() < 100);
    let page = Query { start: Start::After(Some(cursor)), count: 2, ..whole };
    let page = users.query(&cx, &page).await.unwrap().into_items();
    let ids = |items: &[Stored<User>]| items.iter().map(|user| user.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&page), ids(&all[2..4]));
}
