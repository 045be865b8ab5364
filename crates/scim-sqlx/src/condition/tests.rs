use insta::assert_snapshot;
use scim_core::{AttrName, SchemaSet, SchemaUri, attr};
use scim_filter::{CheckOptions, Filter};
use sqlx::{Postgres, Sqlite};

use super::*;
use crate::columns::{Child, IdColumn};

fn columns() -> Columns {
    let emails = Child::new("user_emails", "user_id", "users.id")
        .text("value", "address_key")
        .text("type", "kind")
        .boolean("primary", "main")
        .never("display");
    Columns::builder(SchemaSet::user(), IdColumn::integer("users.id"))
        .text(attr::USER_NAME, "login_key")
        .text(attr::NAME_FAMILY_NAME, "family_key")
        .timestamp(attr::META_CREATED, "created_at")
        .constant(attr::META_RESOURCE_TYPE, "User")
        .many(attr::EMAILS, emails)
        .text(AttrPath::from_static("phoneNumbers.value"), "phone")
        .constant(AttrPath::from_static("phoneNumbers.type"), "mobile")
        .uuid(attr::MANAGER_VALUE, "boss_id")
        .presence(attr::PHOTOS, "photo_id")
        .build()
        .unwrap()
}

fn write<DB: Dialect>(filter: &str) -> Result<String, String>
where
    DB::Arguments: Default,
{
    let options = CheckOptions { text_on_dates: true, ..CheckOptions::default() };
    let typed = Filter::parse(filter).unwrap().check_with(SchemaSet::user(), &options).unwrap();
    let mut query = QueryBuilder::<DB>::new("");
    match columns().push_where(&typed, &mut query) {
        Ok(()) => Ok(query.sql().as_str().to_owned()),
        Err(refused) => {
            assert_eq!(query.sql().as_str(), "", "a refused filter leaves nothing behind");
            Err(refused.to_string())
        }
    }
}

fn sqlite(filter: &str) -> String {
    write::<Sqlite>(filter).unwrap()
}

fn postgres(filter: &str) -> String {
    write::<Postgres>(filter).unwrap()
}

#[test]
fn texts() {
    assert_snapshot!(sqlite(r#"userName eq "A""#), @"(users.login_key IS NOT NULL AND users.login_key = ? COLLATE BINARY)");
    assert_snapshot!(postgres(r#"userName eq "A""#), @"(users.login_key IS NOT NULL AND users.login_key = $1)");
    assert_snapshot!(sqlite(r#"userName sw "A""#), @"(users.login_key IS NOT NULL AND users.login_key >= ? COLLATE BINARY AND users.login_key < ? COLLATE BINARY)");
    assert_snapshot!(postgres(r#"userName sw "A""#), @"(users.login_key IS NOT NULL AND users.login_key ^@ $1)");
    assert_snapshot!(sqlite(r#"userName ew "é""#), @"(users.login_key IS NOT NULL AND substr(CAST(users.login_key AS BLOB), -2) IS CAST(? AS BLOB))");
    assert_snapshot!(postgres(r#"userName ew "é""#), @"(users.login_key IS NOT NULL AND right(users.login_key, 1) = $1)");
    assert_snapshot!(postgres(r#"userName gt "A""#), @r#"(users.login_key IS NOT NULL AND users.login_key > $1 COLLATE "C")"#);
    assert_snapshot!(postgres(r#"userName eq "a\u0000b""#), @"(1 = 0)");
    assert_snapshot!(postgres(r#"userName ge "a\u0000b""#), @r#"(users.login_key IS NOT NULL AND users.login_key > $1 COLLATE "C")"#);
    assert_snapshot!(postgres(r#"userName co """#), @"(users.login_key IS NOT NULL)");
}

#[test]
fn ids_and_instants() {
    assert_snapshot!(sqlite(r#"id eq "7""#), @"(users.id IS NOT NULL AND users.id = ?)");
    assert_snapshot!(sqlite(r#"id eq "07""#), @"(1 = 0)");
    assert_snapshot!(sqlite(r#"id gt "7""#), @"(CAST(users.id AS TEXT) IS NOT NULL AND CAST(users.id AS TEXT) > ? COLLATE BINARY)");
    let manager =
        |id: &str| format!(r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "{id}""#);
    assert_snapshot!(postgres(&manager("7b0c4d5e-0000-4000-8000-00805f9b34fb")), @"(users.boss_id IS NOT NULL AND users.boss_id = CAST($1 AS uuid))");
    assert_snapshot!(postgres(&manager("7B0C4D5E-0000-4000-8000-00805F9B34FB")), @"(1 = 0)");
    assert_snapshot!(postgres(r#"meta.created ge "2011-05-13T04:42:34.0000001Z""#), @"(users.created_at IS NOT NULL AND users.created_at > $1)");
    assert_snapshot!(postgres(r#"meta.created lt "99999-01-01T00:00:00Z""#), @"(users.created_at IS NOT NULL)");
}

#[test]
fn lists() {
    assert_snapshot!(postgres(r#"emails[type eq "work" and not (value ew "x")]"#), @"EXISTS (SELECT 1 FROM user_emails WHERE user_emails.user_id = users.id AND ((user_emails.kind IS NOT NULL AND user_emails.kind = $1) AND (NOT (user_emails.address_key IS NOT NULL AND right(user_emails.address_key, 1) = $2))))");
    assert_snapshot!(sqlite(r#"emails.value ne "x""#), @"(NOT EXISTS (SELECT 1 FROM user_emails WHERE user_emails.user_id = users.id AND (user_emails.address_key IS NOT NULL AND user_emails.address_key = ? COLLATE BINARY) LIMIT 1 OFFSET 0))");
    assert_snapshot!(postgres("emails pr"), @"EXISTS (SELECT 1 FROM user_emails WHERE user_emails.user_id = users.id AND ((user_emails.address_key IS NOT NULL AND user_emails.address_key <> '') OR (user_emails.kind IS NOT NULL AND user_emails.kind <> '') OR (user_emails.main IS NOT NULL) OR (1 = 0)))");
    // Several terms about one list share a subquery.
    assert_snapshot!(postgres(r#"emails.value eq "x" or userName pr or emails[type eq "y"]"#), @"((EXISTS (SELECT 1 FROM user_emails WHERE user_emails.user_id = users.id AND ((user_emails.address_key IS NOT NULL AND user_emails.address_key = $1) OR (user_emails.kind IS NOT NULL AND user_emails.kind = $2)))) OR (users.login_key IS NOT NULL AND users.login_key <> ''))");
    assert_snapshot!(postgres(r#"emails.value ne "x" and emails.value ne "y""#), @"(NOT EXISTS (SELECT 1 FROM user_emails WHERE user_emails.user_id = users.id AND ((user_emails.address_key IS NOT NULL AND user_emails.address_key = $1) OR (user_emails.address_key IS NOT NULL AND user_emails.address_key = $2))))");
    // What one element satisfies and what another does not are two questions.
    assert_snapshot!(postgres(r#"emails.value eq "x" and emails.value eq "y""#).matches("EXISTS").count(), @"2");
}

#[test]
fn constants_and_wholes() {
    assert_snapshot!(sqlite(r#"meta.resourceType eq "User""#), @"(1 = 1)");
    assert_snapshot!(sqlite(r#"meta.resourceType eq "user""#), @"(1 = 0)");
    assert_snapshot!(sqlite(r#"phoneNumbers.type eq "MOBILE""#), @"((users.phone IS NOT NULL) AND (1 = 1))");
    assert_snapshot!(sqlite(r#"phoneNumbers[not (type eq "work")]"#), @"((users.phone IS NOT NULL) AND (NOT ((users.phone IS NOT NULL) AND (1 = 0))))");
    assert_snapshot!(sqlite("photos pr"), @"(users.photo_id IS NOT NULL)");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    for (filter, words) in [
        ("title pr", "400 invalidFilter: `title` cannot be asked about here"),
        (r#"userName pr or nickName eq "x""#, "400 invalidFilter: `nickName` cannot be asked about here"),
        ("name pr", "400 invalidFilter: `name.formatted` cannot be asked about here"),
        (r#"photos.value eq "x""#, "400 invalidFilter: `photos.value` cannot be asked about here"),
        (
            r#"meta.created co "2011""#,
            "400 invalidFilter: `meta.created` cannot be asked about with `co` here",
        ),
        (
            r#"emails[primary eq true and display sw "x"] and groups pr"#,
            "400 invalidFilter: `groups.value` cannot be asked about here",
        ),
    ] {
        assert_eq!(write::<Sqlite>(filter).unwrap_err(), words, "{filter}");
    }
}

#[test]
fn whoever_says_never_is_believed() {
    let columns = Columns::builder(SchemaSet::user(), IdColumn::text("users.id"))
        .text(attr::NAME_FAMILY_NAME, "family_key")
        .never(attr::NAME)
        .never(AttrPath::of_schema(SchemaUri::ENTERPRISE_USER))
        .build()
        .unwrap();
    let condition = |filter: Filter| {
        let mut query = QueryBuilder::<Sqlite>::new("");
        columns.push_where(&filter.check(SchemaSet::user()).unwrap(), &mut query).unwrap();
        query.sql().as_str().to_owned()
    };
    assert_snapshot!(condition(Filter::pr(attr::NAME)), @"((users.family_key IS NOT NULL AND users.family_key <> '') OR (1 = 0))");
    assert_snapshot!(condition(Filter::pr(attr::MANAGER.with_sub(AttrName::from_static("value")))), @"(1 = 0)");
}
