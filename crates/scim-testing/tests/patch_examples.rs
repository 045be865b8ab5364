//! The examples of RFC 7644 §3.5.2, applied.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::{AttrPath, Profile, Resource, SchemaSet, attr};
use scim_patch::{Change, PatchRequest};
use scim_testing::corpus;
use serde_json::{Value, json};

const BABS: &str = "2819c223-7f76-453a-919d-413861904646";
static ADDRESSES: AttrPath = attr::ADDRESSES;
const JAMES: &str = "08e1d05d-121c-4561-8b96-473d93df9210";

fn read(example: &str, profile: &Profile, schemas: &SchemaSet) -> PatchRequest {
    let body = corpus::json(&format!("rfc7644/3.5.2{example}-request.json"));
    PatchRequest::parse(body, schemas, profile).unwrap_or_else(|error| panic!("{example}: {error}"))
}

/// Applies an example to a group of these members; the ids that are left.
fn on_group(example: &str, members: &[&str]) -> Vec<String> {
    let mut group = Resource::new(SchemaSet::group());
    group.set(&attr::DISPLAY_NAME, json!("Guides")).unwrap();
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    group.set(&attr::MEMBERS, members.into()).unwrap();
    let patch = read(example, &Profile::rfc(), SchemaSet::group());
    let patched = patch.apply(&group, SchemaSet::group()).unwrap();
    assert_eq!(patched.changed.is_empty(), patched.resource == group);
    patched.resource.get_all(&attr::MEMBERS_VALUE).map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn on_user(example: &str) -> (Resource, Resource) {
    let document = corpus::json("rfc7643/8.2-user-full.json");
    let user = Resource::from_canonical(document.as_object().unwrap().clone(), SchemaSet::user());
    let patch = read(example, &Profile::rfc(), SchemaSet::user());
    (user.clone(), patch.apply(&user, SchemaSet::user()).unwrap().resource)
}

#[test]
fn section_3_5_2_a_member_is_added() {
    assert_eq!(on_group("-patch", &["x"]), ["x", BABS]);
}

#[test]
fn section_3_5_2_1_a_member_is_added_once() {
    assert_eq!(on_group(".1-add-member", &["x"]), ["x", BABS]);
    assert_eq!(on_group(".1-add-member", &["x", BABS]), ["x", BABS]);
}

#[test]
fn section_3_5_2_1_attributes_are_added() {
    let (before, after) = on_user(".1-add-attributes");
    // The address is there already.
    assert_eq!(after.get(&attr::EMAILS), before.get(&attr::EMAILS));
    assert_eq!(after.get(&attr::NICK_NAME), Some(&json!("Babs")));
}

#[test]
fn section_3_5_2_2_members_go() {
    assert_eq!(on_group(".2-remove-member", &["x", BABS, "y"]), ["x", "y"]);
    assert_eq!(on_group(".2-remove-member", &["x"]), ["x"]);
    assert_eq!(on_group(".2-remove-all-members", &["x", "y"]), [""; 0]);
    let patch = read(".2-remove-all-members", &Profile::rfc(), SchemaSet::group());
    assert_eq!(patch.operations()[0].change(), Change::Clear);
}

#[test]
fn section_3_5_2_2_an_address_goes() {
    let (_, after) = on_user(".2-remove-email");
    assert_eq!(after.get_all(&attr::EMAILS_VALUE).collect::<Vec<_>>(), [&json!("babs@jensen.org")]);
}

#[test]
fn section_3_5_2_2_one_goes_and_one_comes() {
    assert_eq!(on_group(".2-remove-and-add-member", &[BABS, "x"]), ["x", JAMES]);
    let printed = ".2-remove-and-add-member-request-as-printed.json";
    let body = corpus::json(&format!("rfc7644/3.5.2{printed}"));
    assert!(PatchRequest::parse(body.clone(), SchemaSet::group(), &Profile::rfc()).is_err());
    let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::lenient()).unwrap();
    assert_eq!(patch.deviations().len(), 1);
}

#[test]
fn section_3_5_2_3_all_members_are_others() {
    for example in [".3-remove-and-add-members", ".3-replace-members"] {
        assert_eq!(on_group(example, &["x", "y"]), [BABS, JAMES]);
    }
}

#[test]
fn section_3_5_2_3_an_address_is_replaced() {
    let (_, after) = on_user(".3-replace-address");
    let addresses: Vec<&Value> = after.get_all(&ADDRESSES).collect();
    assert_eq!(addresses[0]["streetAddress"], "911 Universal City Plaza");
    assert_eq!(addresses[0]["primary"], true);
    assert!(addresses[1..].iter().all(|address| address["primary"] != true));
    let (before, after) = on_user(".3-replace-street-address");
    let old: Vec<&Value> = before.get_all(&ADDRESSES).collect();
    let new: Vec<&Value> = after.get_all(&ADDRESSES).collect();
    assert_eq!(new[0]["streetAddress"], "1010 Broadway Ave");
    assert_eq!((&new[0]["locality"], new[1]), (&old[0]["locality"], old[1]));
}

#[test]
fn section_3_5_2_3_attributes_are_replaced() {
    let (_, after) = on_user(".3-replace-attributes");
    assert_eq!(after.get_all(&attr::EMAILS).count(), 2);
    assert_eq!(after.get(&attr::NICK_NAME), Some(&json!("Babs")));
}

#[test]
fn every_example_has_a_test() {
    let source = include_str!("patch_examples.rs");
    for file in corpus::files("rfc7644").iter().filter(|file| file.contains("/3.5.2")) {
        let name = file.trim_start_matches("rfc7644/3.5.2").trim_end_matches(".json");
        assert!(
            source.contains(&format!("\"{}\"", name.trim_end_matches("-request"))) || source.contains(name),
            "{file}"
        );
    }
}
