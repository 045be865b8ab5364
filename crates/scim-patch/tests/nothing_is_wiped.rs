//! What is malformed or misplaced changes nothing: no group loses its members, no leaver stays by a slip.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use scim_core::{Intent, Limits, Profile, Resource, SchemaSet};
use scim_patch::PatchRequest;
use serde_json::{Value, json};

fn group() -> Resource {
    let body = json!({"displayName": "g", "members": [{"value": "1"}, {"value": "2"}, {"value": "3"}]});
    SchemaSet::group().admit(body, Intent::Create, &Profile::lenient()).unwrap().resource
}

fn user() -> Resource {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let body = json!({"userName": "b", "active": true, "emails": [{"value": "a@x"}, {"value": "b@x"}],
        "roles": [{"value": "Admin"}, {"value": "User"}], enterprise: {"department": "d", "manager": {"value": "7"}}});
    SchemaSet::user().admit(body, Intent::Create, &Profile::lenient()).unwrap().resource
}

/// What a request of one operation does, or the error.
fn patch(resource: &Resource, operation: &Value) -> Result<(Resource, Vec<String>), String> {
    let set = resource.schema_set().unwrap();
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    // As it comes from the wire.
    let body = scim_core::json::read(body.to_string().as_bytes(), &Limits::default()).unwrap();
    let request = PatchRequest::parse(body, set, &Profile::lenient()).map_err(|error| error.to_string())?;
    let patched = request.apply(resource, set).map_err(|error| error.to_string())?;
    Ok((patched.resource, request.deviations().iter().map(|deviation| deviation.id().to_owned()).collect()))
}

#[test]
fn a_malformed_list_clears_nothing() {
    for (resource, path) in [(group(), "members"), (user(), "emails"), (user(), "roles")] {
        for op in ["add", "replace", "Replace"] {
            for value in [
                json!(""),
                json!({}),
                json!({"value": null}),
                json!([{}]),
                json!([null]),
                json!([{"value": null}]),
            ] {
                for operation in [
                    json!({"op": op, "path": path.to_uppercase(), "value": value}),
                    json!({"op": op, "value": {path: value}}),
                ] {
                    let refused = patch(&resource, &operation);
                    assert!(refused.is_err(), "{operation}: {refused:?}");
                }
            }
        }
    }
    for value in [json!([]), json!(null)] {
        let (patched, _) =
            patch(&group(), &json!({"op": "replace", "path": "members", "value": value})).unwrap();
        assert!(patched.as_map().get("members").is_none(), "these two say so");
    }
    for value in [json!([{"value": ""}]), json!({"value": "", "display": "x"})] {
        for op in ["add", "replace"] {
            assert!(patch(&group(), &json!({"op": op, "path": "members", "value": value})).is_err());
        }
    }
}

#[test]
fn a_removal_takes_no_more_than_it_names() {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    for operation in [
        json!({"op": "Remove", "path": "roles.value", "value": "User"}),
        json!({"op": "remove", "path": "emails.value", "value": "a@x"}),
        json!({"op": "remove", "path": enterprise, "value": {"department": "d"}}),
        json!({"op": "Remove", "path": "emails", "values": [{"value": "a@x"}]}),
    ] {
        let refused = patch(&user(), &operation);
        assert!(refused.is_err(), "{operation}: {refused:?}");
    }
    let astray =
        json!({"op": "Remove", "path": "members", "values": [{"value": "1"}], "name": "removeMember"});
    assert!(patch(&group(), &astray).is_err());
    // A name that means nothing and holds nothing stays harmless.
    assert!(patch(&group(), &json!({"op": "Remove", "path": "members", "name": "removeMember"})).is_ok());
}

#[test]
fn what_is_not_understood_is_said() {
    let active = |patched: &Resource| patched.as_map().get("active").cloned();
    let dotted =
        json!({"op": "replace", "value": {"urn:ietf:params:scim:schemas:core:2.0:User.active": "False"}});
    let (patched, deviations) = patch(&user(), &dotted).unwrap();
    assert_eq!(active(&patched), Some(json!(false)), "the leaver leaves");
    assert!(deviations.contains(&"ENT-13".to_owned()));
    let (patched, deviations) =
        patch(&user(), &json!({"op": "replace", "value": {"shoe:size": 44}})).unwrap();
    assert_eq!((active(&patched), deviations), (Some(json!(true)), vec!["R7644-3.1-03".to_owned()]));
    let brackets = json!({"op": "replace", "value": {"emails[value eq \"a@x\"].value": "c@x"}});
    insta::assert_snapshot!(patch(&user(), &brackets).unwrap_err(), @r#"operation 1: `emails[value eq "a@x"].value` is a path: it belongs into `path`"#);
}

#[test]
fn sec_s25_debug_shows_no_password() {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "password", "value": "t1meMa$heen"}]});
    let request = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc()).unwrap();
    let shown = format!("{request:?}");
    assert!(shown.contains("password") && !shown.contains("t1me"), "{shown}");
}
