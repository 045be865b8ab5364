//! Three stores find the same: in memory, on SQLite, on PostgreSQL; random schemas, resources, filters, orders and pages.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod random_schemas;
mod world;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use scim_core::{AttrPath, Resource, SchemaUri, attr};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};
use scim_server::store::Start;
use scim_testing::filters as arbitrary;
use scim_testing::schemas::{EVERY, every_type};
use world::World;

fn every(name: &'static str) -> AttrPath {
    AttrPath::of_name(scim_core::AttrName::from_static(name)).with_schema(EVERY)
}

fn orders() -> impl Strategy<Value = Option<Sort>> {
    let paths = vec![
        attr::USER_NAME,
        attr::TITLE,
        attr::ACTIVE,
        attr::EMAILS,
        attr::EMAILS_TYPE,
        attr::NAME_FAMILY_NAME,
        attr::ID,
        attr::META_CREATED,
        every("exact"),
        every("decimal"),
        every("dateTime"),
        every("integers"),
        every("complex"),
        every("boolean"),
        attr::USER_NAME.with_schema(SchemaUri::USER),
    ];
    let sort = (select(paths), any::<bool>()).prop_map(|(by, up)| Sort {
        by,
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    });
    proptest::option::of(sort)
}

#[test]
fn three_stores_agree() {
    let world = World::start("agree");
    let config = ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() };
    let queries = vec((arbitrary::user_filter(), orders()), 60);
    proptest!(config, |(users in vec(arbitrary::user(), 0..24), queries in queries)| {
        let stores = world.stores("User", every_type());
        let let_in = stores.fill(&users);
        prop_assert_eq!(stores.memory.len(stores.cx.tenant()), let_in);
        for (filter, sort) in queries {
            stores.agree(&filter, sort)?;
        }
    });
}

/// What the generator does not make.
#[test]
fn three_stores_agree_on_what_is_odd() {
    let world = World::start("odd");
    let stores = world.stores("User", every_type());
    let users: Vec<Resource> = [
        r#"{"userName": "100%_\\'\"", "title": "x", "emails": [{"value": "A@x", "type": "work"}, {"value": "b@x", "primary": true}]}"#,
        r#"{"userName": "ÄÖÜ", "title": "", "active": false, "name": {"familyName": ""}}"#,
        r#"{"userName": "𝒳", "nickName": "\ud7ff\ue000", "roles": [{"value": "admin", "primary": true}]}"#,
        r#"{"userName": "z", "photos": [{"value": "https://example.com/x.png"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D", "manager": {"value": "1", "$ref": "../Users/1"}}}"#,
    ]
    .iter()
    .map(|text| Resource::from_canonical(serde_json::from_str(text).unwrap(), every_type()))
    .collect();
    assert_eq!(stores.fill(&users), 4);
    let e = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let filters = [
        r#"userName co "%""#.to_owned(),
        r#"userName co "_\\""#.to_owned(),
        r#"userName eq "100%_\\'\"""#.to_owned(),
        r#"userName sw "äö""#.to_owned(),
        r#"userName ew "ü""#.to_owned(),
        r#"userName gt "z""#.to_owned(),
        r#"userName gt "\uffff""#.to_owned(),
        r#"userName lt "\ud835\udcb4""#.to_owned(),
        r#"nickName lt "\ud835\udcb4""#.to_owned(),
        r#"userName lt "z\u0000""#.to_owned(),
        r#"userName ge "z\u0000""#.to_owned(),
        r#"userName ne "z\u0000""#.to_owned(),
        r#"userName co "\u0000""#.to_owned(),
        r#"title pr"#.to_owned(),
        r#"name pr"#.to_owned(),
        r#"not (name pr)"#.to_owned(),
        r#"meta pr"#.to_owned(),
        r#"meta.location pr"#.to_owned(),
        r#"meta.resourceType eq "User""#.to_owned(),
        r#"meta[resourceType eq "User" and lastModified gt "2000-01-01T00:00:00Z"]"#.to_owned(),
        r#"meta.created gt "-0100-01-01T00:00:00Z""#.to_owned(),
        r#"meta.created gt "9999-12-31T23:59:59Z" or meta.lastModified gt "12000-01-01T00:00:00Z""#
            .to_owned(),
        r#"schemas eq "urn:x""#.to_owned(),
        r#"schemas pr"#.to_owned(),
        r#"emails[type eq "WORK" and value eq "a@X"]"#.to_owned(),
        r#"emails[type eq "work" and not (value eq "b@x")]"#.to_owned(),
        r#"emails[not (type pr)]"#.to_owned(),
        r#"emails[primary eq true] or roles[primary eq true]"#.to_owned(),
        r#"groups pr or groups.value eq "x" or groups[type eq "direct"]"#.to_owned(),
        r#"not (groups[type eq "direct"])"#.to_owned(),
        format!(r#"{e}:manager.$ref eq "https://example.com/v2/Users/1""#),
        format!(r#"not ({e}:manager.$ref eq "https://example.com/v2/Users/1")"#),
        format!(r#"{e}:manager.$ref eq "https://example.com/v2/Users/1" and userName sw "z""#),
        format!(r#"{e}:manager[value eq "1"]"#),
        format!(r#"{e} pr and {e}:department eq "d""#),
        format!(r#"{e}:manager pr and not ({e}:manager.displayName pr)"#),
    ];
    for text in filters {
        let filter: Filter = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        for options in [
            CheckOptions::default(),
            CheckOptions {
                ne_is_existential: true,
                empty_string_is_present: true,
                ..CheckOptions::default()
            },
        ] {
            let typed =
                filter.check_with(every_type(), &options).unwrap_or_else(|error| panic!("{text}: {error}"));
            let expected = stores.find(&stores.memory, &typed, None, Start::Index(1), 9);
            for (name, store) in &stores.stores {
                let found = stores.find(store, &typed, None, Start::Index(1), 9);
                assert_eq!(found.names, expected.names, "{name}: {text}");
                assert_eq!(found.total, expected.total, "{name}: {text}");
            }
        }
    }
}
