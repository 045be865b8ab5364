//! RFC 7644 §3.5.2.2

use serde_json::{Value, json};

use crate::{patch, refused, unchanged};

fn remove(on: &str, path: &str) -> Result<Value, String> {
    patch(on, json!([{"op": "remove", "path": path}]))
}

#[test]
fn r7644_3_5_2_2_01_without_a_path_there_is_no_target() {
    assert_eq!(patch("user", json!([{"op": "remove"}])), refused("noTarget"));
    assert_eq!(patch("user", json!([{"op": "remove", "value": {"title": "Guide"}}])), refused("noTarget"));
}

#[test]
fn r7644_3_5_2_2_02_a_single_value_is_unassigned() {
    assert_eq!(remove("user", "title").unwrap().get("title"), None);
}

#[test]
fn r7644_3_5_2_2_03_a_list_is_unassigned() {
    assert_eq!(remove("group", "members").unwrap().get("members"), None);
}

#[test]
fn r7644_3_5_2_2_04_a_filter_removes_what_matches() {
    let after = remove("user", "emails[type eq \"work\" and value ew \"example.com\"]").unwrap();
    assert_eq!(after["emails"], json!([{"value": "babs@jensen.org", "type": "home"}]));
    let after = remove("group", "members[value eq \"a\"]").unwrap();
    assert_eq!(after["members"].as_array().unwrap().len(), 2);
}

#[test]
fn r7644_3_5_2_2_05_with_the_last_element_goes_the_list() {
    assert_eq!(remove("user", "phoneNumbers[value pr]").unwrap().get("phoneNumbers"), None);
}

#[test]
fn r7644_3_5_2_2_06_a_sub_attribute_of_what_matches() {
    let after = remove("user", "addresses[type eq \"work\"].country").unwrap();
    assert_eq!(after["addresses"][0], json!({"type": "work", "locality": "Hollywood", "primary": true}));
}

#[test]
fn r7644_3_5_2_2_07_required_and_read_only_stay() {
    assert_eq!(remove("user", "userName"), refused("mutability"));
    assert_eq!(remove("group", "displayName"), refused("mutability"));
    assert_eq!(remove("user", "meta"), refused("mutability"));
}

#[test]
fn r7644_3_5_2_2_08_who_is_no_member_is_no_error() {
    assert_eq!(remove("group", "members[value eq \"z\"]"), unchanged("group"));
}
