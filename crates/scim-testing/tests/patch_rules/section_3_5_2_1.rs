//! RFC 7644 §3.5.2.1

use serde_json::json;

use crate::{patch, refused, unchanged};

#[test]
fn r7644_3_5_2_1_01_add_has_a_value() {
    assert_eq!(patch("user", json!([{"op": "add", "path": "title"}])), refused("invalidValue"));
    assert_eq!(patch("user", json!([{"op": "add"}])), refused("invalidValue"));
}

#[test]
fn r7644_3_5_2_1_02_without_a_path_attributes_are_merged() {
    let value = json!({"emails": [{"value": "x@y", "type": "other"}], "nickname": "B"});
    let after = patch("user", json!([{"op": "add", "value": value}])).unwrap();
    assert_eq!(after["emails"].as_array().unwrap().len(), 3);
    assert_eq!((&after["nickName"], &after["title"]), (&json!("B"), &json!("Guide")));
}

#[test]
fn r7644_3_5_2_1_03_what_is_absent_is_created() {
    let operations = json!([
        {"op": "add", "path": "name.givenName", "value": "B"},
        {"op": "add", "path": "title", "value": "x"},
        {"op": "add", "path": "emails", "value": [{"value": "x@y"}]},
    ]);
    let after = patch("bare", operations).unwrap();
    assert_eq!(after["name"], json!({"givenName": "B"}));
    assert_eq!((&after["title"], &after["emails"]), (&json!("x"), &json!([{"value": "x@y"}])));
}

#[test]
fn r7644_3_5_2_1_04_complex_takes_sub_attributes() {
    let after = patch("user", json!([{"op": "add", "path": "name", "value": {"middleName": "J"}}])).unwrap();
    assert_eq!(after["name"], json!({"familyName": "Jensen", "givenName": "Barbara", "middleName": "J"}));
    assert_eq!(patch("user", json!([{"op": "add", "path": "name", "value": "J"}])), refused("invalidValue"));
}

#[test]
fn r7644_3_5_2_1_05_lists_grow() {
    for value in [json!({"value": "d"}), json!([{"value": "d"}])] {
        let after = patch("group", json!([{"op": "add", "path": "members", "value": value}])).unwrap();
        assert_eq!(after["members"].as_array().unwrap().len(), 4);
    }
    let two = json!([{"op": "add", "path": "members", "value": [{"value": "d"}, {"value": "e"}]}]);
    assert_eq!(patch("group", two).unwrap()["members"].as_array().unwrap().len(), 5);
}

#[test]
fn r7644_3_5_2_1_06_single_values_are_replaced() {
    assert_eq!(patch("user", json!([{"op": "add", "path": "title", "value": "x"}])).unwrap()["title"], "x");
}

#[test]
fn r7644_3_5_2_1_07_what_is_there_changes_nothing() {
    for operation in [
        json!({"op": "add", "path": "title", "value": "Guide"}),
        json!({"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "work"}]}),
        json!({"op": "add", "value": {"active": true, "name": {"familyName": "Jensen"}}}),
    ] {
        assert_eq!(patch("user", json!([operation])), unchanged("user"));
    }
}
