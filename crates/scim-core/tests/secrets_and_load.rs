//! What must not be shown, and what must not take long, whatever comes in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, SchemaExtension};
use scim_core::{
    BulkRequest, Intent, Limits, Profile, Projection, Resource, SchemaSet, SchemaUri, Unknown, User, attr,
};
use serde_json::{Value, json};

/// Users with an extension that holds a secret.
fn with_secret() -> SchemaSet {
    let pin = Attribute::new("pin".parse().unwrap(), AttrType::String)
        .with_mutability(Mutability::WriteOnly)
        .with_returned(Returned::Never);
    let schema = Schema::new("urn:example:Vault:1.0".parse().unwrap(), "Vault", "", vec![pin]).unwrap();
    SchemaSet::new(Schema::user(), [SchemaExtension::optional(Arc::new(schema))]).unwrap()
}

fn keeper() -> Resource {
    let body = json!({"userName": "b", "password": "t1me", "urn:example:Vault:1.0": {"pin": "98a76"}});
    with_secret().admit(body, Intent::Create, &Profile::lenient()).unwrap().resource
}

#[test]
fn sec_s25_debug_shows_no_secret() {
    let password = SchemaSet::user().resolve(&attr::PASSWORD).unwrap();
    let value = SchemaSet::user().admit_value(&password, json!("t1me"), &Profile::rfc()).unwrap();
    let bulk = json!({"schemas": [SchemaUri::BULK_REQUEST], "Operations":
        [{"method": "PATCH", "path": "/Users/1", "data": {"password": "t1me"}}]});
    let bulk = BulkRequest::from_json(bulk, &Limits::default()).unwrap();
    let user: User = keeper().to_typed().unwrap();
    for shown in [format!("{value:?}"), format!("{bulk:?}"), format!("{user:?}"), format!("{:?}", keeper())] {
        assert!(!shown.contains("t1me") && !shown.contains("98a76"), "{shown}");
    }
    assert!(format!("{user:?}").contains("Vault"), "the names are shown");
}

#[test]
fn sec_s14_another_types_schemas_do_not_open_a_resource() {
    for set in [SchemaSet::user().clone(), SchemaSet::group().clone(), with_secret()] {
        let (resource, all) = (keeper(), Projection::default());
        let seen = serde_json::to_string(&set.project(&resource, &all)).unwrap();
        assert!(!seen.contains("t1me") && !seen.contains("98a76"), "{seen}");
    }
    // Without schemas at all, a password is a password.
    let untyped: Resource = serde_json::from_value(json!({"PassWord": "t1me", "x": 1})).unwrap();
    let all = Projection::default();
    assert_eq!(serde_json::to_value(SchemaSet::group().project(&untyped, &all)).unwrap(), json!({"x": 1}));
}

#[test]
fn sec_s21_many_of_anything_take_linear_time() {
    // What is not linear does not come back from these sizes within a test run.
    let many = 150_000;
    let typed: Vec<Value> = (0..many).map(|n| json!({"value": "a", "type": format!("t{n}")})).collect();
    let uris: Vec<Value> = (0..many).map(|n| format!("urn:x:{n}").into()).collect();
    let unknown: serde_json::Map<String, Value> = (0..many).map(|n| (format!("a{n}"), json!(n))).collect();
    let set = SchemaSet::user();
    let keep = Profile::lenient().with_unknown(Unknown::Keep);
    for intent in [Intent::Create, Intent::Response] {
        let body = json!({"userName": "b", "emails": typed});
        assert!(set.admit(body, intent, &keep).is_ok());
        let mut listed = uris.clone();
        listed.push(SchemaUri::USER.as_str().into());
        assert!(set.admit(json!({"schemas": listed, "userName": "b"}), intent, &keep).is_ok());
        let mut body = unknown.clone();
        body.insert("userName".to_owned(), json!("b"));
        assert!(set.admit(Value::Object(body), intent, &keep).is_ok());
    }
    let mut user: User = serde_json::from_value(json!({"userName": "b", "schemas": uris})).unwrap();
    user.schemas.extend(user.schemas.clone());
    let written = serde_json::to_value(&user).unwrap();
    assert_eq!(written["schemas"].as_array().unwrap().len(), many + 1);
}

#[test]
fn an_extension_under_any_uri_can_be_named() {
    for uri in
        ["http://schemas.example.com/2006/Ext", "urn:example:foo/bar", "urn:x:y~z", "urn:example:x:Foo+Bar"]
    {
        let badge = Attribute::new("badge".parse().unwrap(), AttrType::String);
        let schema = Schema::new(uri.parse().unwrap(), "X", "", vec![badge]).unwrap();
        let set = SchemaSet::new(Schema::user(), [SchemaExtension::optional(Arc::new(schema))]).unwrap();
        let whole = set.resolve(&uri.parse().unwrap()).unwrap();
        assert_eq!(whole.path().to_string(), uri);
        let text = serde_json::to_string(whole.path()).unwrap();
        assert_eq!(&serde_json::from_str::<scim_core::AttrPath>(&text).unwrap(), whole.path());
        assert!(set.resolve(&format!("{uri}:badge").parse().unwrap()).is_ok());
    }
}

#[test]
fn typed_errors_name_the_attribute() {
    let error = |body: Value| {
        let resource: Resource = serde_json::from_value(body).unwrap();
        resource.to_typed::<User>().unwrap_err().to_string()
    };
    insta::assert_snapshot!([
        error(json!({"userName": "b", "active": "maybe"})),
        error(json!({"userName": "b", "emails": [{"value": "a"}, {"primary": 4}]})),
        error(json!({"userName": "b", "name": "Barbara"})),
        error(json!({"userName": ["b", "c"]})),
        error(json!({"userName": "b", "USERNAME": "c"})),
        error(json!({"userName": "b", "id": "bulkId:1"})),
    ].join("\n"), @r"
    400 invalidValue: `active`: invalid value: string, expected true or false
    400 invalidValue: `emails.primary`: invalid type: integer `4`, expected true or false
    400 invalidValue: `name`: invalid type: string, expected an object
    400 invalidValue: `userName`: invalid type: sequence, expected a string
    400 invalidValue: the attribute `userName` stands twice
    400 invalidValue: `id`: id holds the reserved word `bulkId`
    ");
}

#[test]
fn an_empty_complex_value_is_none() {
    let read: User =
        serde_json::from_value(json!({"userName": "b", "name": {}, "emails": [{}, {"value": "a"}]})).unwrap();
    assert_eq!(read.name, None);
    let made =
        User { name: Some(scim_core::Name::default()), emails: vec![scim_core::Email::default()], ..read };
    let written = serde_json::to_value(&made).unwrap();
    assert!(written.get("name").is_none() && written.get("emails").is_none(), "{written}");
}
