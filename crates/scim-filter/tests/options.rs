//! What the options of a check change: who asks, what is understood, and what is said about it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Returned, Schema, SchemaExtension};
use scim_core::{AttrPath, Profile, Resource, SchemaSet, SchemaUri, ScimError, attr};
use scim_filter::{CheckOptions, Filter, Literal, Warning};
use serde_json::json;

/// Users with an extension that has secrets.
fn schemas() -> SchemaSet {
    let of = |name: &str, kind| Attribute::new(name.parse().unwrap(), kind);
    let secret = || of("secret", AttrType::String).with_returned(Returned::Never);
    let attributes = [
        of("hidden", AttrType::String).with_returned(Returned::Never),
        of("keys", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("hint", AttrType::String))
            .with_sub_attribute(secret()),
        of("sealed", AttrType::Complex).with_sub_attribute(secret()),
    ];
    let every = Schema::new("urn:example:every:1.0".parse().unwrap(), "Every", "", attributes.into());
    let user = Arc::clone(SchemaSet::user().base());
    let enterprise = SchemaSet::user().extension(&SchemaUri::ENTERPRISE_USER).unwrap().clone();
    SchemaSet::new(user, [enterprise, SchemaExtension::optional(Arc::new(every.unwrap()))]).unwrap()
}

#[test]
fn sec_s12_presence_says_nothing_of_what_is_never_returned() {
    let schemas = schemas();
    let user = |every: serde_json::Value| {
        let map = json!({ "urn:example:every:1.0": every });
        Resource::from_canonical(map.as_object().unwrap().clone(), &schemas)
    };
    let open = user(json!({"keys": [{"hint": "x", "secret": "y"}]}));
    let secret = user(json!({"keys": [{"secret": "y"}], "hidden": "y", "sealed": {"secret": "y"}}));
    for name in ["urn:example:every:1.0:keys", "urn:example:every:1.0"] {
        let path = AttrPath::of_schema("urn:example:every:1.0".parse().unwrap());
        let path = if name.ends_with("keys") { name.parse().unwrap() } else { path };
        for (filter, expected) in [
            (Filter::pr(path.clone()), true),
            (Filter::ne(path.clone(), Literal::Null), true),
            (Filter::eq(path.clone(), Literal::Null), false),
            (!Filter::pr(path), false),
        ] {
            let typed = filter.check(&schemas).unwrap();
            assert_eq!(typed.matches(&open), expected, "{filter}");
            assert_eq!(typed.matches(&secret), !expected, "{filter}");
            assert_eq!(typed.matches(&user(json!({}))), !expected, "{filter}");
        }
    }
    let sealed: Filter = "urn:example:every:1.0:sealed pr".parse().unwrap();
    let said = sealed.check(&schemas).unwrap_err().to_string();
    assert_eq!(said, "`urn:example:every:1.0:sealed` is never returned and cannot be asked about");
}

#[test]
fn sec_s12_presence_says_nothing_of_what_the_caller_may_not_read() {
    let schemas = schemas();
    let readable = [attr::EMAILS_TYPE, attr::DEPARTMENT, attr::MANAGER_DISPLAY_NAME];
    let options = CheckOptions { readable: Some(&readable), ..CheckOptions::default() };
    let uri = SchemaUri::ENTERPRISE_USER;
    let enterprise = uri.as_str();
    let user = |map: serde_json::Value| Resource::from_canonical(map.as_object().unwrap().clone(), &schemas);
    for (filter, seen, unseen) in [
        (
            Filter::pr(attr::EMAILS),
            json!({"emails": [{"value": "a@x", "type": "work"}]}),
            json!({"emails": [{"value": "a@x"}]}),
        ),
        (
            Filter::pr(AttrPath::of_schema(SchemaUri::ENTERPRISE_USER)),
            json!({enterprise: {"manager": {"value": "1", "displayName": "M"}}}),
            json!({enterprise: {"manager": {"value": "1"}, "costCenter": "1"}}),
        ),
    ] {
        let typed = filter.check_with(&schemas, &options).unwrap();
        assert!(typed.matches(&user(seen)) && !typed.matches(&user(unseen)), "{filter}");
    }
    let error = Filter::pr(attr::NAME).check_with(&schemas, &options).unwrap_err();
    assert_eq!(error.to_string(), "`name` may not be read by this caller");
}

#[test]
fn brackets_of_a_path_follow_the_options() {
    let schemas = schemas();
    let emails = schemas.resolve(&attr::EMAILS).unwrap();
    let check = |text: &str, options: &CheckOptions<'_>| {
        text.parse::<Filter>().unwrap().check_element_with(&emails, &schemas, options)
    };
    let element = json!({"value": "a@x", "display": ""});
    let plain = CheckOptions::default();
    let options = CheckOptions {
        missing_boolean_is_false: true,
        empty_string_is_present: true,
        ..CheckOptions::default()
    };
    for text in ["primary eq false", "display pr", "display ne null"] {
        assert!(!check(text, &plain).unwrap().matches(&element), "{text}");
        assert!(check(text, &options).unwrap().matches(&element), "{text}");
    }
    let readable = [attr::EMAILS_TYPE];
    let blind = CheckOptions { readable: Some(&readable), ..CheckOptions::default() };
    assert!(check("type eq \"work\"", &blind).is_ok());
    assert_eq!(ScimError::from(check("value sw \"a\"", &blind).unwrap_err()).status(), 403);
}

#[test]
fn ent13_paths_of_extensions_are_understood_where_they_may_be() {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let profile = Profile::lenient();
    let lenient = CheckOptions { profile: Some(&profile), ..CheckOptions::default() };
    let user = json!({"id": "7", ENTERPRISE: {"department": "d", "manager": {"value": "m"}}});
    let user = Resource::from_canonical(user.as_object().unwrap().clone(), SchemaSet::user());
    let rfc = Profile::rfc();
    for (text, sent) in [
        ("manager eq \"m\"", "manager"),
        ("id eq \"7\" and manager eq \"m\"", "manager"),
        ("manager.value eq \"m\" and MANAGER.value pr", "manager.value"),
        ("manager[value eq \"m\"]", "manager"),
        ("department eq \"D\"", "department"),
        (&format!("{ENTERPRISE}.department eq \"d\""), &format!("{ENTERPRISE}.department")),
    ] {
        let filter: Filter = text.parse().unwrap();
        let typed = filter.check_with(SchemaSet::user(), &lenient).unwrap();
        assert!(typed.matches(&user), "{text}");
        assert_eq!((typed.deviations()[0].id(), typed.deviations()[0].at()), ("ENT-13", sent));
        assert!(filter.check(SchemaSet::user()).is_err(), "{text}");
        let refused = CheckOptions { profile: Some(&rfc), ..CheckOptions::default() };
        assert!(filter.check_with(SchemaSet::user(), &refused).is_err(), "{text}");
    }
    let unknown: Filter = "shoeSize eq 9".parse().unwrap();
    assert!(unknown.check_with(SchemaSet::user(), &lenient).is_err());
    let readable = [attr::DEPARTMENT];
    let blind = CheckOptions { readable: Some(&readable), ..lenient };
    let manager: Filter = "manager pr".parse().unwrap();
    assert_eq!(ScimError::from(manager.check_with(SchemaSet::user(), &blind).unwrap_err()).status(), 403);
}

#[test]
fn conditions_across_elements_are_noticed_under_every_policy_and_named_once() {
    let policies = [
        CheckOptions::default(),
        CheckOptions { missing_boolean_is_false: true, ..CheckOptions::default() },
        CheckOptions { ne_is_existential: true, ..CheckOptions::default() },
    ];
    for (text, warned) in [
        ("emails.primary eq false and emails.value co \"x\" and emails.display pr", [true; 3]),
        ("emails.value co \"x\" and emails.primary eq false and emails.value co \"y\"", [true; 3]),
        ("emails.type ne \"work\" and emails.value co \"x\"", [false, false, true]),
        ("emails.value co \"x\" and emails.value co \"y\"", [false; 3]),
        ("emails.type eq \"work\" and ims.value eq \"x\"", [false; 3]),
        ("emails[primary eq false] and emails.value co \"x\"", [false; 3]),
        ("name.familyName co \"x\" and name.givenName co \"x\"", [false; 3]),
    ] {
        let twice = format!("({text}) or title pr and ({text}) or not ({text})");
        for (options, warned) in policies.iter().zip(warned) {
            let typed = twice.parse::<Filter>().unwrap().check_with(SchemaSet::user(), options).unwrap();
            let across = Warning::AcrossElements(attr::EMAILS);
            let count = typed.warnings().iter().filter(|warning| **warning == across).count();
            assert_eq!(count, usize::from(warned), "{text}: {:?}", typed.warnings());
        }
    }
}
