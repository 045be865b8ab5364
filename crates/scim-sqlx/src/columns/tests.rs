use insta::assert_snapshot;
use scim_core::{AttrPath, attr};

use super::*;

fn users() -> ColumnsBuilder {
    Columns::builder(SchemaSet::user(), IdColumn::text("users.id"))
}

fn refused(builder: ColumnsBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn names_are_names() {
    for name in ["a", "_a1", "users.login_key", "app.users.login_key", "A"] {
        assert!(users().text(attr::USER_NAME, name).build().is_ok(), "{name}");
    }
    for name in [
        "", ".", "a.", ".a", "a..b", "a.b.c.d", "1a", "a b", "a;b", "a--", "a'b", "a\"b", "a)", "lower(a)",
        "a\0", "é", "a-b", "a?", "a$1",
    ] {
        let words = format!("`{name}` is not the name of a column: use `Column::sql` for an expression");
        assert_eq!(refused(users().text(attr::USER_NAME, name)), words);
        let child = |table, key, parent| {
            users().many(attr::EMAILS, Child::new(table, key, parent).text("value", "a"))
        };
        if name != "a.b.c.d" {
            assert!(
                child("t", "k", Box::leak(format!("users.{name}").into_boxed_str())).build().is_err(),
                "{name:?}"
            );
        }
        assert!(child(name, "k", "users.id").build().is_err(), "{name:?}");
        assert!(child("t", name, "users.id").build().is_err(), "{name:?}");
    }
}

#[test]
fn a_mistake_is_found_at_once() {
    let unknown = AttrPath::from_static("shoeSize");
    assert_snapshot!(refused(users().text(unknown, "a")), @"`shoeSize` is not an attribute of this resource type");
    assert_snapshot!(refused(users().exact(attr::USER_NAME, "a")), @"`userName` is to be mapped with `text`, to a column of folded keys");
    assert_snapshot!(refused(users().text(attr::EXTERNAL_ID, "a")), @"`externalId` is to be mapped with `exact` or an id");
    assert_snapshot!(refused(users().text(attr::ACTIVE, "a")), @"`active` is to be mapped with `boolean`");
    assert_snapshot!(refused(users().boolean(attr::META_CREATED, "a")), @"`meta.created` is to be mapped with `timestamp`");
    assert_snapshot!(refused(users().text(attr::NAME, "a")), @"`name` is complex: map its sub-attributes");
    assert_snapshot!(refused(users().exact(attr::PASSWORD, "a")), @"`password` is never returned and cannot be asked about");
    assert_snapshot!(refused(users().exact(attr::ID, "a")), @"`id` is mapped twice");
    assert_snapshot!(refused(users().constant(attr::ACTIVE, "yes")), @r#"`active` cannot have the value Text("yes")"#);
    let child = || Child::new("user_emails", "user_id", "users.id");
    assert_snapshot!(refused(users().many(attr::TITLE, child())), @"`title` is no multi-valued attribute: it has no table of its own");
    assert_snapshot!(refused(users().many(attr::EMAILS, child().text("colour", "a"))), @"`emails` has no sub-attribute `colour`");
    assert_snapshot!(refused(users().many(attr::EMAILS, child().text("value", "a").text("VALUE", "b"))), @"`emails.value` is mapped twice");
    assert_snapshot!(refused(users().text(attr::EMAILS_VALUE, "a").many(attr::EMAILS, child())), @"`emails` is mapped twice");
    assert_snapshot!(refused(users().many(attr::EMAILS, Child::new("user_emails", "user_id", "id"))), @"`id` has to name another table than `user_emails`, as `users.id` does");
    assert_snapshot!(refused(users().many(attr::EMAILS, Child::new("users", "boss", "users.id"))), @"`users.id` has to name another table than `users`, as `users.id` does");
}
