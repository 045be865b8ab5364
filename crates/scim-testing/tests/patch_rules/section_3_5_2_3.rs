//! RFC 7644 §3.5.2.3

use serde_json::{Value, json};

use crate::{patch, refused};

fn replace(on: &str, path: &str, value: Value) -> Result<Value, String> {
    patch(on, json!([{"op": "replace", "path": path, "value": value}]))
}

#[test]
fn r7644_3_5_2_3_01_without_a_path_only_what_is_named() {
    let value = json!({"emails": [{"value": "x@y"}], "nickname": "B"});
    let after = patch("user", json!([{"op": "replace", "value": value}])).unwrap();
    assert_eq!(after["emails"], json!([{"value": "x@y"}]));
    assert_eq!((&after["nickName"], &after["title"]), (&json!("B"), &json!("Guide")));
}

#[test]
fn r7644_3_5_2_3_02_a_single_value_is_set() {
    assert_eq!(replace("user", "title", json!("x")).unwrap()["title"], "x");
}

#[test]
fn r7644_3_5_2_3_03_a_list_is_replaced() {
    let members = json!([{"value": "x"}, {"value": "y"}]);
    assert_eq!(replace("group", "members", members.clone()).unwrap()["members"], members);
}

#[test]
fn r7644_3_5_2_3_04_what_is_absent_is_added() {
    assert_eq!(replace("bare", "title", json!("x")).unwrap()["title"], "x");
    assert_eq!(
        replace("bare", "emails", json!([{"value": "x"}])).unwrap()["emails"],
        json!([{"value": "x"}])
    );
}

#[test]
fn r7644_3_5_2_3_05_other_sub_attributes_stay() {
    let after = replace("user", "name", json!({"givenName": "B"})).unwrap();
    assert_eq!(after["name"], json!({"familyName": "Jensen", "givenName": "B"}));
}

#[test]
fn r7644_3_5_2_3_06_every_element_that_matches() {
    let after = replace("user", "addresses[type pr]", json!({"region": "X"})).unwrap();
    assert_eq!(
        (&after["addresses"][0]["region"], &after["addresses"][1]["region"]),
        (&json!("X"), &json!("X"))
    );
}

#[test]
fn r7644_3_5_2_3_07_that_sub_attribute_of_every_match() {
    let after =
        replace("user", "addresses[type eq \"work\"].streetAddress", json!("1010 Broadway Ave")).unwrap();
    assert_eq!(after["addresses"][0]["streetAddress"], "1010 Broadway Ave");
    assert_eq!(after["addresses"][1], json!({"type": "home", "locality": "Rome"}));
}

#[test]
fn r7644_3_5_2_3_08_nothing_matches() {
    assert_eq!(replace("user", "emails[type eq \"other\"].value", json!("x")), refused("noTarget"));
    assert_eq!(replace("user", "emails[type eq \"other\"]", json!({"value": "x"})), refused("noTarget"));
}
