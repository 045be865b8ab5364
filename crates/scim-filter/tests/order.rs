//! The order of results.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::schema::{AttrType, Attribute, Schema, SchemaExtension};
use scim_core::{AttrPath, Resource, SchemaSet, attr};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter, UnknownAttribute};
use serde_json::{Value, json};

/// Sorts users and returns their ids.
fn order(users: &[Value], by: AttrPath, order: SortOrder) -> Vec<String> {
    let mut users: Vec<Resource> = users
        .iter()
        .map(|user| Resource::from_canonical(user.as_object().unwrap().clone(), SchemaSet::user()))
        .collect();
    let sort = Sort { by, order }.check(SchemaSet::user(), &CheckOptions::default()).unwrap();
    sort.sort(&mut users, |user| user);
    users.iter().map(|user| user.id().unwrap_or("-").to_owned()).collect()
}

#[test]
fn c53_missing_values_last_then_first_and_ties_by_id() {
    let users = [
        json!({"id": "3", "title": "b"}),
        json!({"id": "2"}),
        json!({"id": "5", "title": "A"}),
        json!({"id": "1"}),
        json!({"id": "4", "title": "B"}),
    ];
    assert_eq!(order(&users, attr::TITLE, SortOrder::Ascending), ["5", "3", "4", "1", "2"]);
    assert_eq!(order(&users, attr::TITLE, SortOrder::Descending), ["1", "2", "3", "4", "5"]);
}

#[test]
fn c54_a_list_is_sorted_by_its_primary_element_or_its_first() {
    let users = [
        json!({"id": "1", "emails": [{"value": "z"}, {"value": "a", "primary": true}]}),
        json!({"id": "2", "emails": [{"value": "b"}, {"value": "0"}]}),
        json!({"id": "3", "emails": [{"value": "a", "primary": false}, {"value": "c", "primary": true}]}),
        json!({"id": "4", "emails": [{"type": "work"}, {"value": "0"}]}),
    ];
    for by in [attr::EMAILS, attr::EMAILS_VALUE] {
        assert_eq!(order(&users, by, SortOrder::Ascending), ["1", "2", "3", "4"]);
    }
}

#[test]
fn the_order_follows_type_and_case_rule() {
    let users = [
        json!({"id": "b", "userName": "ä", "meta": {"created": "2011-05-13T04:42:34Z"}, "active": true}),
        json!({"id": "C", "userName": "B", "meta": {"created": "2011-05-13T05:42:34+02:00"}, "active": false}),
        json!({"id": "a", "userName": "a", "meta": {"created": "2011-05-13T04:42:33.9Z"}}),
    ];
    let up = |by| order(&users, by, SortOrder::Ascending);
    assert_eq!(up(attr::USER_NAME), ["a", "C", "b"]);
    assert_eq!(up(attr::ID), ["C", "a", "b"]);
    assert_eq!(up(attr::META_CREATED), ["C", "a", "b"]);
    assert_eq!(up(attr::ACTIVE), ["C", "b", "a"]);
}

#[test]
fn an_attribute_that_a_type_lacks_sorts_nothing() {
    let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    let sort = Sort::by(attr::USER_NAME).check(SchemaSet::group(), &options).unwrap();
    assert!(sort.target().is_none());
    let group = |id: &str| {
        Resource::from_canonical(json!({"id": id}).as_object().unwrap().clone(), SchemaSet::group())
    };
    let mut groups = vec![group("2"), group("1")];
    sort.sort(&mut groups, |group| group);
    assert_eq!(groups[0].id(), Some("1"));
}

#[test]
fn an_order_says_how_it_compares() {
    for (by, exact) in [
        ("userName", false),
        ("schemas", false),
        ("id", true),
        ("externalId", true),
        ("groups.value", true),
        ("groups", true),
        ("groups.display", false),
        ("profileUrl", true),
    ] {
        let sort = Sort::by(by.parse().unwrap()).check(SchemaSet::user(), &CheckOptions::default()).unwrap();
        assert_eq!(sort.compares_exactly(), exact, "{by}");
    }
}

#[test]
fn filter_and_order_agree_on_numbers() {
    let number = Attribute::new("number".parse().unwrap(), AttrType::Decimal);
    let schema = Schema::new("urn:example:number:1.0".parse().unwrap(), "Number", "", vec![number]).unwrap();
    let schemas =
        SchemaSet::new(SchemaSet::user().base().clone(), [SchemaExtension::optional(schema.into())]).unwrap();
    let path: AttrPath = "urn:example:number:1.0:number".parse().unwrap();
    let sort = Sort::by(path).check(&schemas, &CheckOptions::default()).unwrap();
    let texts = [
        "-1e300",
        "-2.5",
        "-2",
        "-0.0",
        "0",
        "1e-300",
        "0.1",
        "0.30000000000000004",
        "1",
        "1.0",
        "5e0",
        "9007199254740992",
        "9007199254740992.0",
        "9007199254740993",
        "18446744073709551615",
        "1e20",
        "1e300",
    ];
    let user = |text: &str| {
        let number: Value = serde_json::from_str(text).unwrap();
        let map = json!({"urn:example:number:1.0": {"number": number}});
        Resource::from_canonical(map.as_object().unwrap().clone(), &schemas)
    };
    for a in texts {
        for b in texts {
            let order = sort.key(&user(a)).cmp(&sort.key(&user(b)));
            for (op, expected) in [("eq", order.is_eq()), ("lt", order.is_lt()), ("ge", order.is_ge())] {
                let filter: Filter = format!("urn:example:number:1.0:number {op} {b}").parse().unwrap();
                assert_eq!(filter.check(&schemas).unwrap().matches(&user(a)), expected, "{a} {op} {b}");
            }
        }
    }
}
