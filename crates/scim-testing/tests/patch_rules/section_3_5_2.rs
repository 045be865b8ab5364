//! RFC 7644 §3.5.2

use serde_json::json;

use crate::{BADGE, DEPARTMENT, patch, refused, send, unchanged};

#[test]
fn r7644_3_5_2_02_the_message_has_its_schema() {
    let operations = json!([{"op": "remove", "path": "title"}]);
    assert_eq!(send("user", json!({"Operations": operations})), refused("invalidSyntax"));
    assert_eq!(send("user", json!({"schemas": [], "Operations": operations})), refused("invalidSyntax"));
    assert!(patch("user", operations).is_ok());
}

#[test]
fn r7644_3_5_2_03_operations_are_a_list_that_is_not_empty() {
    assert_eq!(patch("user", json!([])), refused("invalidSyntax"));
    assert_eq!(patch("user", json!({"op": "remove", "path": "title"})), refused("invalidSyntax"));
    assert_eq!(patch("user", json!(null)), refused("invalidSyntax"));
}

#[test]
fn r7644_3_5_2_04_an_operation_has_one_op() {
    assert_eq!(patch("user", json!([{"path": "title"}])), refused("invalidSyntax"));
    assert_eq!(patch("user", json!([{"op": ["add"], "path": "title"}])), refused("invalidSyntax"));
    for op in ["add", "replace"] {
        assert!(patch("user", json!([{"op": op, "path": "title", "value": "x"}])).is_ok());
    }
    assert!(patch("user", json!([{"op": "remove", "path": "title"}])).is_ok());
}

#[test]
fn r7644_3_5_2_05_only_a_removal_needs_a_path() {
    assert_eq!(patch("user", json!([{"op": "remove"}])), refused("noTarget"));
    for op in ["add", "replace"] {
        let after = patch("user", json!([{"op": op, "value": {"title": "x"}}])).unwrap();
        assert_eq!(after["title"], "x");
    }
}

#[test]
fn r7644_3_5_2_06_a_path_is_an_attribute_or_selects_elements() {
    for path in ["members", "name.familyName", "addresses[type eq \"work\"]", "emails[value pr].display"] {
        let on = if path == "members" { "group" } else { "user" };
        assert!(patch(on, json!([{"op": "remove", "path": path}])).is_ok(), "{path}");
    }
    for path in
        ["", "name.", ".name", "name/familyName", "emails[type eq \"work\"]value", "emails[value pr].a.b"]
    {
        assert_eq!(patch("user", json!([{"op": "remove", "path": path}])), refused("invalidPath"), "{path}");
    }
}

#[test]
fn r7644_3_5_2_07_no_places_and_no_json_patch() {
    for path in ["emails[0]", "emails.0", "/emails/0", "emails/-"] {
        assert!(patch("user", json!([{"op": "remove", "path": path}])).is_err(), "{path}");
    }
    for op in ["move", "copy", "test"] {
        let operation = json!([{"op": op, "from": "title", "path": "nickName", "value": "x"}]);
        assert_eq!(patch("user", operation), refused("invalidSyntax"));
    }
}

#[test]
fn r7644_3_5_2_08_each_operation_fits_mutability_and_schema() {
    assert_eq!(
        patch("user", json!([{"op": "add", "path": "active", "value": "yes"}])),
        refused("invalidValue")
    );
    assert_eq!(
        patch("custom", json!([{"op": "replace", "path": BADGE, "value": "8"}])),
        refused("mutability")
    );
    assert_eq!(patch("user", json!([{"op": "add", "path": "shoeSize", "value": 9}])), refused("invalidPath"));
}

#[test]
fn r7644_3_5_2_09_what_is_read_only_is_not_changed() {
    for (path, value) in
        [("id", json!("x")), ("meta.version", json!("x")), ("groups", json!([{"value": "g"}]))]
    {
        for op in ["add", "replace"] {
            let operations = json!([{"op": op, "path": path, "value": value}]);
            assert_eq!(patch("user", operations), refused("mutability"), "{op} {path}");
        }
        assert_eq!(patch("user", json!([{"op": "remove", "path": path}])), refused("mutability"), "{path}");
    }
}

#[test]
fn r7644_3_5_2_10_an_immutable_value_may_be_given_once() {
    let add = |on| patch(on, json!([{"op": "add", "path": BADGE, "value": "8"}]));
    assert!(add("bareCustom").is_ok());
    assert_eq!(add("custom"), refused("mutability"));
}

#[test]
fn r7644_3_5_2_11_paths_are_in_attribute_notation() {
    for path in ["TITLE", "urn:ietf:params:scim:schemas:core:2.0:User:title", "title"] {
        assert_eq!(
            patch("user", json!([{"op": "replace", "path": path, "value": "x"}])).unwrap()["title"],
            "x"
        );
    }
}

#[test]
fn r7644_3_5_2_12_schemas_as_they_are_by_now() {
    let base = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    let operations = json!([
        {"op": "replace", "path": "schemas", "value": base},
        {"op": "add", "path": DEPARTMENT, "value": "x"},
    ]);
    let after = patch("user", operations).unwrap();
    let extension = &after["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    assert_eq!(extension, &json!({"department": "x"}));
}

#[test]
fn r7644_3_5_2_13_an_extension_lists_itself() {
    let after = patch("bare", json!([{"op": "add", "path": DEPARTMENT, "value": "x"}])).unwrap();
    assert_eq!(after["schemas"][1], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User");
}

#[test]
fn r7644_3_5_2_14_in_order_each_on_the_result_of_the_last() {
    let operations = json!([
        {"op": "add", "path": "emails", "value": [{"value": "x@y", "type": "other"}]},
        {"op": "replace", "path": "emails[type eq \"other\"].value", "value": "z@y"},
        {"op": "remove", "path": "emails[value ne \"z@y\"]"},
    ]);
    assert_eq!(patch("user", operations).unwrap()["emails"], json!([{"value": "z@y", "type": "other"}]));
}

#[test]
fn r7644_3_5_2_15_one_primary() {
    let operations = json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]);
    let after = patch("user", operations).unwrap();
    assert_eq!(
        (&after["emails"][0]["primary"], &after["emails"][1]["primary"]),
        (&json!(false), &json!(true))
    );
}

#[test]
fn r7644_3_5_2_16_all_or_nothing() {
    // `patch` looks whether everything is put back.
    let operations = json!([
        {"op": "remove", "path": "emails"},
        {"op": "replace", "path": "name.givenName", "value": "x"},
        {"op": "remove", "path": DEPARTMENT},
        {"op": "remove", "path": "userName"},
    ]);
    assert_eq!(patch("user", operations), refused("mutability"));
}

#[test]
fn r7644_3_5_2_19_a_failure_is_an_error_with_a_body() {
    use scim_core::{Profile, SchemaSet, ScimError};
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "remove"}]});
    let error = scim_patch::PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc()).unwrap_err();
    assert_eq!(
        serde_json::to_value(ScimError::from(error)).unwrap(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "400", "scimType": "noTarget", "detail": "operation 1: `remove` needs a path",
        })
    );
}

#[test]
fn r7644_3_5_2_20_what_does_not_fit_is_said() {
    assert_eq!(patch("user", json!([{"op": "replace", "path": "id", "value": "x"}])), refused("mutability"));
    assert_eq!(
        patch("user", json!([{"op": "replace", "path": "title", "value": 1}])),
        refused("invalidValue")
    );
    assert_eq!(patch("user", json!([{"op": "remove", "path": "nickName.x"}])), refused("invalidPath"));
    assert!(unchanged("user").is_ok());
}
