//! Requests that mean harm: too many, too deep, too much, or nonsense.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::{Limits, Profile, Resource, SchemaSet, ScimError, attr};
use scim_patch::{PatchError, PatchRequest};
use scim_testing::patches::fixture;
use serde_json::{Value, json};

fn body(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn parse(operations: Value, limits: &Limits) -> Result<PatchRequest, PatchError> {
    PatchRequest::parse_with(body(operations), SchemaSet::user(), &Profile::lenient(), limits)
}

#[test]
fn operations_are_limited() {
    let limits = Limits { patch_operations: 3, ..Limits::default() };
    let some = |n: usize| Value::from(vec![json!({"op": "remove", "path": "title"}); n]);
    assert!(parse(some(3), &limits).is_ok());
    let error = parse(some(4), &limits).unwrap_err();
    assert_eq!((error.status(), error.scim_type(), error.operation()), (413, None, None));
    assert_eq!(error.to_string(), "the request has 4 operations, and 3 is the limit");
}

#[test]
fn values_are_limited_wherever_they_are() {
    let limits = Limits { patch_values: 3, ..Limits::default() };
    let list = |n: usize| Value::from(vec![json!({"value": "a"}); n]);
    assert!(parse(json!([{"op": "add", "path": "emails", "value": list(3)}]), &limits).is_ok());
    for operations in [
        json!([{"op": "add", "path": "emails", "value": list(4)}]),
        json!([{"op": "remove", "path": "emails", "value": list(4)}]),
        json!([{"op": "add", "value": {"emails": list(2), "roles": list(2)}}]),
        json!([{"op": "add", "value": json!({"emails": list(4)}).to_string()}]),
    ] {
        let error = parse(operations, &limits).unwrap_err();
        assert_eq!((error.status(), error.operation()), (413, Some(0)));
        assert_eq!(
            error.to_string(),
            "operation 1: the operation has more than 3 values, which is the limit"
        );
    }
}

#[test]
fn depth_is_limited() {
    let mut deep = json!("x");
    for _ in 0..100 {
        deep = json!([deep]);
    }
    for operation in
        [json!({"op": "add", "path": "emails", "value": deep}), json!({"op": "add", "value": {"x": deep}})]
    {
        let error = parse(json!([operation]), &Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), "operation 1: the value nests deeper than 32 levels");
        assert_eq!(ScimError::from(error).status(), 400);
    }
}

#[test]
fn long_paths_and_filters_are_refused() {
    let long = "a".repeat(100_000);
    let terms = vec!["value eq \"a\""; 5_000].join(" or ");
    let nested = format!("emails[{}value pr{}]", "(".repeat(1_000), ")".repeat(1_000));
    for path in [
        long.clone(),
        format!("emails[{terms}]"),
        nested,
        format!("emails[value eq \"{long}\"]"),
        format!("name.{long}"),
    ] {
        for op in ["add", "remove", "replace"] {
            let error =
                parse(json!([{"op": op, "path": path, "value": "x"}]), &Limits::default()).unwrap_err();
            assert!(error.to_string().len() < 300, "{error}");
        }
    }
    let names = json!([{"op": "add", "value": {long.as_str(): 1}}]);
    assert!(parse(names, &Limits::default()).unwrap().is_empty());
}

/// Many elements of one value, told apart by their types: nothing is compared with everything.
#[test]
fn many_of_one_value() {
    let (user, schemas) = fixture("user");
    let one = |n: usize| json!({"value": "a@x", "type": format!("t{n}")});
    let many: Vec<Value> = (0..90_000).map(one).collect();
    let operations = json!([
        {"op": "add", "path": "emails", "value": many},
        {"op": "add", "path": "emails", "value": many},
        {"op": "remove", "path": "emails", "value": many},
        {"op": "add", "path": "emails", "value": [{"value": "b@x", "primary": true}]},
    ]);
    let patch = parse(operations, &Limits::default()).unwrap();
    let after = patch.apply(&user, schemas).unwrap().resource;
    assert_eq!(after.get(&attr::EMAILS).unwrap().as_array().unwrap().len(), 3);
}

/// A thousand operations of a thousand values each, on a large group.
#[test]
fn many_operations_on_many_members() {
    let member = |n: usize| json!({"value": format!("m{n}")});
    let mut group = Resource::new(SchemaSet::group());
    group.set(&attr::DISPLAY_NAME, json!("all")).unwrap();
    group.set(&attr::MEMBERS, (0..50_000).map(member).collect::<Vec<_>>().into()).unwrap();
    let operations: Vec<Value> = (0..1_000)
        .map(|n| match n % 2 {
            0 => json!({"op": "remove", "path": "members", "value": (n..n + 100).map(member).collect::<Vec<_>>()}),
            _ => json!({"op": "add", "path": "members", "value": (n..n + 100).map(member).collect::<Vec<_>>()}),
        })
        .collect();
    let patch =
        PatchRequest::parse(body(operations.into()), SchemaSet::group(), &Profile::lenient()).unwrap();
    let before = group.clone();
    patch.apply_to(&mut group, SchemaSet::group()).unwrap();
    // Every other one of the first thousand is removed and not added again.
    assert_eq!(group.get(&attr::MEMBERS).unwrap().as_array().unwrap().len(), 50_000 - 500);
    assert_eq!(patch.apply(&before, SchemaSet::group()).unwrap().resource, group);
}

#[test]
fn no_value_of_any_shape_panics() {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1.5e300),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}"),
        json!([]),
        json!([[]]),
        json!([null]),
        json!({}),
        json!({"value": null}),
        json!([{"value": {}}]),
        json!({"": ""}),
        json!({"$ref": null}),
        json!({"schemas": "x"}),
        json!({"a.b.c": 1, "a[": 2, ":": 3, "urn:": 4, "name.": 5}),
    ];
    let paths = [
        "userName",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "emails[value pr]",
        "emails[value pr].primary",
        "schemas",
        "schemas[value pr]",
        "id",
        "meta",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
        "members",
        "x509Certificates",
        "[",
        "]",
        "..",
    ];
    let (user, schemas) = fixture("user");
    for op in ["add", "remove", "replace", "Replace", "Remove"] {
        for value in &values {
            for path in paths.iter().map(|path| Some(*path)).chain([None]) {
                let mut operation = json!({"op": op, "value": value});
                if let Some(path) = path {
                    operation["path"] = path.into();
                }
                for profile in [Profile::lenient(), Profile::rfc()] {
                    let Ok(patch) = PatchRequest::parse(body(json!([operation])), schemas, &profile) else {
                        continue;
                    };
                    let mut after = user.clone();
                    if patch.apply_to(&mut after, schemas).is_err() {
                        assert_eq!(after, user);
                    }
                    assert!(after.get(&attr::USER_NAME).is_some());
                }
            }
        }
    }
}
