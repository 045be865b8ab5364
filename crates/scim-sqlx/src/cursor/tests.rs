use insta::assert_snapshot;
use scim_core::{AttrPath, ResourceId, SchemaSet, User, Version};
use scim_filter::CheckOptions;
use scim_filter::query::{Sort, SortOrder};
use sqlx::{Postgres, QueryBuilder, Sqlite};

use super::*;
use crate::columns::{Child, IdColumn};

fn columns() -> Columns {
    Columns::builder(SchemaSet::user(), IdColumn::integer("users.id"))
        .text(attr::TITLE, "title_key")
        .boolean(attr::ACTIVE, "enabled")
        .timestamp(attr::META_CREATED, "created_at")
        .many(attr::EMAILS, Child::new("user_emails", "user_id", "users.id").text("value", "address_key"))
        .presence(attr::NICK_NAME, "nick")
        .constant(attr::META_RESOURCE_TYPE, "User")
        .build()
        .unwrap()
}

fn query(by: Option<AttrPath>, order: SortOrder, start: Start) -> Query {
    let sort = by.map(|by| Sort { by, order }.check(SchemaSet::user(), &CheckOptions::default()).unwrap());
    Query { sort, start, ..Query::of(None, 1) }
}

fn after(by: Option<AttrPath>, order: SortOrder, title: Option<&str>) -> String {
    let user = |id: &str| {
        let user = User { title: title.map(Into::into), active: Some(true), ..User::default() };
        Stored::new(ResourceId::new(id).unwrap(), Version::new("1").unwrap(), user)
    };
    let first = query(by.clone(), order, Start::After(None));
    let listing = columns().listing(&first, vec![user("7"), user("8")], None).unwrap();
    let next = query(by, order, Start::After(Some(listing.next().unwrap().clone())));
    let mut sql = QueryBuilder::<Postgres>::new("");
    columns().push_query(&next, &mut sql).unwrap();
    sql.sql().as_str().to_owned()
}

#[test]
fn pages_go_on_after_the_last_row() {
    let (up, down) = (SortOrder::Ascending, SortOrder::Descending);
    assert_snapshot!(after(None, up, None), @"(1 = 1) AND (users.id > $1) ORDER BY users.id LIMIT 2");
    assert_snapshot!(after(Some(attr::TITLE), up, Some("Guide")), @r#"(1 = 1) AND (users.title_key IS NULL OR users.title_key > $1 COLLATE "C" OR (users.title_key = $2 AND users.id > $3)) ORDER BY users.title_key COLLATE "C" ASC NULLS LAST, users.id LIMIT 2"#);
    assert_snapshot!(after(Some(attr::TITLE), down, Some("Guide")), @r#"(1 = 1) AND (users.title_key < $1 COLLATE "C" OR (users.title_key = $2 AND users.id > $3)) ORDER BY users.title_key COLLATE "C" DESC NULLS FIRST, users.id LIMIT 2"#);
    assert_snapshot!(after(Some(attr::TITLE), up, None), @r#"(1 = 1) AND (users.title_key IS NULL AND users.id > $1) ORDER BY users.title_key COLLATE "C" ASC NULLS LAST, users.id LIMIT 2"#);
    assert_snapshot!(after(Some(attr::TITLE), down, None), @r#"(1 = 1) AND (users.title_key IS NOT NULL OR users.id > $1) ORDER BY users.title_key COLLATE "C" DESC NULLS FIRST, users.id LIMIT 2"#);
    // What is too long for a cursor is read again.
    let long = after(Some(attr::TITLE), down, Some(&"x".repeat(MAX_TEXT + 1)));
    assert_snapshot!(long, @r#"(1 = 1) AND (users.title_key < (SELECT users.title_key FROM users WHERE users.id = $1) COLLATE "C" OR (users.title_key = (SELECT users.title_key FROM users WHERE users.id = $2) AND users.id > $3)) ORDER BY users.title_key COLLATE "C" DESC NULLS FIRST, users.id LIMIT 2"#);
    assert_snapshot!(after(Some(attr::META_RESOURCE_TYPE), up, None), @"(1 = 1) AND (users.id > $1) ORDER BY users.id LIMIT 2");
}

#[test]
fn what_is_no_cursor_of_the_query_is_refused() {
    let cases = [
        (None, json!({"id": "7"})),
        (None, json!(["7"])),
        (None, json!("07")),
        (None, json!("x")),
        (None, json!("9223372036854775808")),
        (None, json!(7)),
        (Some(attr::TITLE), json!("7")),
        (Some(attr::TITLE), json!([])),
        (Some(attr::TITLE), json!(["7", 1])),
        (Some(attr::TITLE), json!(["7", ["x"]])),
        (Some(attr::TITLE), json!(["7", "x", "y"])),
        (Some(attr::TITLE), json!(["x", "y"])),
        (Some(attr::TITLE), json!(["7", "a\0b"])),
        (Some(attr::ACTIVE), json!(["7", "true"])),
        (Some(attr::META_CREATED), json!(["7", "yesterday"])),
        (Some(attr::META_CREATED), json!(["7", "99999-01-01T00:00:00Z"])),
    ];
    let texts = cases.map(|(by, json)| (by, URL_SAFE_NO_PAD.encode(json.to_string())));
    let odd = ["~", "a", "bnVs", "_____"].map(|text| (None, text.to_owned()));
    for (by, text) in texts.into_iter().chain(odd) {
        let query = query(by, SortOrder::Ascending, Start::After(Some(text.parse().unwrap())));
        let mut sql = QueryBuilder::<Postgres>::new("");
        let refused = columns().push_after(&query, &mut sql).unwrap_err();
        assert_eq!(refused.to_string(), "400 invalidCursor: the cursor is not one of this store's", "{text}");
        assert_eq!(sql.sql().as_str(), "");
    }
}

#[test]
fn what_cannot_be_sorted_by_is_refused() {
    for (by, name) in
        [(attr::DISPLAY_NAME, "displayName"), (attr::NICK_NAME, "nickName"), (attr::EMAILS, "emails.value")]
    {
        let query = query(Some(by), SortOrder::Ascending, Start::Index(1));
        let refused = columns().push_query(&query, &mut QueryBuilder::<Sqlite>::new("")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("400 invalidValue: `sortBy`: `{name}` cannot be sorted by here")
        );
    }
}
