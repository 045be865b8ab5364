//! The laws of rows: what is written is read, clearing takes it away, and nothing else is touched.

use proptest::prelude::*;
use scim_core::{Intent, Profile, Resource};
use serde_json::{Value, json};

use super::compiled;
use crate::object::Kind;
use crate::rules::{CompiledRules, Mapping, ReferenceTo};

const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

fn rules() -> CompiledRules {
    compiled([
        Mapping::direct("title", "x"),
        Mapping::direct("active", "x"),
        Mapping::direct("name.familyName", "x"),
        Mapping::direct("name.givenName", "x"),
        Mapping::direct(r#"emails[type eq "work"].value"#, "x"),
        Mapping::direct(r#"emails[type eq "work"].display"#, "x"),
        Mapping::direct(r#"emails[type eq "home"].value"#, "x"),
        Mapping::direct(r#"emails[primary eq true].type"#, "x"),
        Mapping::direct(r#"addresses[type eq "work"].locality"#, "x"),
        Mapping::direct(r#"addresses[type eq "work"].region"#, "x"),
        Mapping::direct(r#"phoneNumbers[type eq "mobile" and primary eq true].value"#, "x"),
        Mapping::direct("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "x"),
        Mapping::reference(MANAGER, ReferenceTo::Manager),
        Mapping::direct("urn:ietf:params:scim:schemas:extension:Acme:2.0:User:badge", "x"),
    ])
}

fn resource(rules: &CompiledRules, json: Value) -> Resource {
    let schemas = rules.mapping(Kind::User).schemas();
    schemas.admit(json, Intent::Response, &Profile::lenient()).unwrap().resource
}

/// Writes into the row of this target.
fn write(rules: &CompiledRules, user: &mut Resource, target: &str, value: Value) {
    let row = rules.mapping(Kind::User).rows().iter().find(|row| row.target() == target).unwrap();
    row.write(user, value).unwrap();
}

fn clear(rules: &CompiledRules, user: &mut Resource, target: &str) {
    rules.mapping(Kind::User).rows().iter().find(|row| row.target() == target).unwrap().clear(user);
}

#[test]
fn elements_are_made_of_their_brackets() {
    let rules = rules();
    let mut user = Resource::new(rules.mapping(Kind::User).schemas());
    write(&rules, &mut user, r#"addresses[type eq "work"].locality"#, json!("Oslo"));
    write(&rules, &mut user, r#"addresses[type eq "work"].region"#, json!("Oslo"));
    write(&rules, &mut user, r#"phoneNumbers[type eq "mobile" and primary eq true].value"#, json!("+47 2"));
    write(&rules, &mut user, r#"emails[type eq "home"].value"#, json!("h@example.com"));
    write(&rules, &mut user, r#"emails[type eq "work"].value"#, json!("w@example.com"));
    let map = user.as_map();
    assert_eq!(map["addresses"], json!([{"type": "work", "locality": "Oslo", "region": "Oslo"}]));
    assert_eq!(map["phoneNumbers"], json!([{"type": "mobile", "primary": true, "value": "+47 2"}]));
    assert_eq!(
        map["emails"],
        json!([
            {"type": "home", "value": "h@example.com"},
            {"type": "work", "value": "w@example.com", "primary": true},
        ])
    );
}

#[test]
fn siblings_and_unknown_parts_stay() {
    let rules = rules();
    let emails = json!([
        {"value": "old@example.com", "type": "Work", "display": "Old"},
        {"value": "home@example.com", "type": "home", "primary": true},
        {"value": "other@example.com"},
    ]);
    let mut user = resource(&rules, json!({"id": "1", "userName": "b", "emails": emails, "title": "Guide"}));
    write(&rules, &mut user, r#"emails[type eq "work"].value"#, json!("new@example.com"));
    assert_eq!(
        user.as_map()["emails"],
        json!([
            {"value": "new@example.com", "type": "Work", "display": "Old"},
            {"value": "home@example.com", "type": "home", "primary": true},
            {"value": "other@example.com"},
        ])
    );
    clear(&rules, &mut user, r#"emails[type eq "work"].value"#);
    assert_eq!(
        user.as_map()["emails"],
        json!([
            {"value": "home@example.com", "type": "home", "primary": true},
            {"value": "other@example.com"},
        ])
    );
    assert_eq!(user.as_map()["title"], "Guide");
}

#[test]
fn only_one_element_is_primary() {
    let rules = rules();
    let mut user = resource(
        &rules,
        json!({"userName": "b", "phoneNumbers": [{"value": "1", "type": "work", "primary": true}]}),
    );
    write(&rules, &mut user, r#"phoneNumbers[type eq "mobile" and primary eq true].value"#, json!("2"));
    assert_eq!(
        user.as_map()["phoneNumbers"],
        json!([
            {"value": "1", "type": "work", "primary": false},
            {"value": "2", "type": "mobile", "primary": true},
        ])
    );
}

#[test]
fn an_element_that_says_more_stays() {
    let rules = rules();
    let mut user = resource(
        &rules,
        json!({"userName": "b", "addresses": [
            {"type": "work", "locality": "Oslo", "country": "NO"},
        ]}),
    );
    clear(&rules, &mut user, r#"addresses[type eq "work"].locality"#);
    assert_eq!(user.as_map()["addresses"], json!([{"type": "work", "country": "NO"}]));
}

#[test]
fn another_manager_does_not_keep_the_name_of_the_first() {
    let rules = rules();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut user = resource(
        &rules,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", enterprise], "userName": "b",
            enterprise: {"manager": {"value": "1", "displayName": "Ann", "$ref": "../Users/1"}, "department": "IT"},
        }),
    );
    let before = user.clone();
    write(&rules, &mut user, MANAGER, json!("1"));
    assert_eq!(user, before);
    write(&rules, &mut user, MANAGER, json!("2"));
    assert_eq!(user.as_map()[enterprise], json!({"manager": {"value": "2"}, "department": "IT"}));
    clear(&rules, &mut user, MANAGER);
    assert_eq!(user.as_map()[enterprise], json!({"department": "IT"}));
}

#[test]
fn members_are_read_as_their_ids() {
    let rules = crate::rules::Rules::entra_to_atlassian().compile().unwrap();
    let mapping = rules.mapping(Kind::Group);
    let members = mapping.rows().iter().find(|row| row.reference().is_some()).unwrap();
    let mut group = Resource::new(mapping.schemas());
    assert_eq!(members.read(&group), None);
    members.write(&mut group, json!(["1", "2"])).unwrap();
    assert_eq!(group.as_map()["members"], json!([{"value": "1"}, {"value": "2"}]));
    assert_eq!(members.read(&group), Some(json!(["1", "2"])));
    assert_eq!((members.value(&group), members.filter(&json!("1"))), (None, None));
    members.clear(&mut group);
    assert_eq!(group, Resource::new(mapping.schemas()));
}

#[test]
fn what_does_not_fit_is_refused() {
    let rules = rules();
    let rows = rules.mapping(Kind::User).rows();
    let mut user = Resource::new(rules.mapping(Kind::User).schemas());
    let active = rows.iter().find(|row| row.is_active()).unwrap();
    let error = active.write(&mut user, json!("perhaps")).unwrap_err();
    assert_eq!(error.to_string(), "400 invalidValue: `active` takes true or false, not this text");
    let badge = rows.last().unwrap();
    let mut plain = Resource::new(scim_core::SchemaSet::user());
    let error = badge.write(&mut plain, json!("7")).unwrap_err();
    assert_eq!(error.scim_type().map(scim_core::ScimType::as_str), Some("invalidPath"));
}

#[test]
fn case_counts() {
    let rules = rules();
    let row = &rules.mapping(Kind::User).rows()[0];
    assert!(row.is_same(&json!("a"), &json!("a")) && !row.is_same(&json!("a"), &json!("A")));
}

/// A user as a server may have it.
fn user() -> impl Strategy<Value = Value> {
    let text = || "[a-c]{1,3}";
    let kind = || prop_oneof![Just("work"), Just("home"), Just("mobile"), Just("Work")];
    let element = (kind(), proptest::option::of(text()), proptest::option::of(text())).prop_map(
        |(kind, value, display)| {
            let mut element = json!({"type": kind});
            if let Some(value) = value {
                element["value"] = value.into();
            }
            if let Some(display) = display {
                element["display"] = display.into();
            }
            element
        },
    );
    let list = || proptest::collection::vec(element.clone(), 0..4);
    (list(), list(), proptest::option::of(text()), proptest::option::of(text()), any::<bool>()).prop_map(
        |(emails, phones, title, family, active)| {
            let mut user = json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "b", "active": active,
                "emails": emails, "phoneNumbers": phones,
            });
            if let Some(title) = title {
                user["title"] = title.into();
            }
            if let Some(family) = family {
                user["name"] = json!({"familyName": family});
            }
            user
        },
    )
}

proptest! {
    #[test]
    fn laws(json in user(), at in 0..15_usize, text in "[a-z]{1,5}") {
        let rules = rules();
        let rows = rules.mapping(Kind::User).rows();
        let row = &rows[at];
        let value = if row.is_active() { json!(text.len() % 2 == 0) } else { Value::from(text) };
        let before = resource(&rules, json);
        let others = |user: &Resource| -> Vec<Option<Value>> {
            let others = rows.iter().enumerate().filter(|(n, _)| *n != at);
            // Whether one is primary, and what is known of the one that is, may change with it.
            others.filter(|(_, row)| !row.target().contains("primary")).map(|(_, row)| row.read(user)).collect()
        };
        let mut written = before.clone();
        row.write(&mut written, value.clone()).unwrap();
        prop_assert_eq!(row.read(&written), Some(value.clone()));
        prop_assert_eq!(row.value(&written), Some(&value));
        if !row.target().contains("primary") {
            prop_assert_eq!(others(&written), others(&before));
        }
        // Again is nothing, and what is written is canonical.
        let mut again = written.clone();
        row.write(&mut again, value).unwrap();
        prop_assert_eq!(&again, &written);
        let admitted = resource(&rules, Value::Object(written.as_map().clone()));
        prop_assert_eq!(&admitted, &written);
        let mut cleared = written.clone();
        row.clear(&mut cleared);
        // Another element may answer to the same brackets.
        if before.get_all(&"emails.type".parse().unwrap()).count() == 0
            && before.get_all(&"phoneNumbers.type".parse().unwrap()).count() == 0
        {
            prop_assert_eq!(row.read(&cleared), None);
            prop_assert_eq!(others(&cleared), others(&before));
        }
        if row.read(&before).is_none() && !row.target().contains("primary") && !row.target().contains("emails") {
            prop_assert_eq!(&cleared, &before);
        }
    }
}
