//! Resources of several types at once, RFC 7644 §3.4.2.1.

use crate::support::{Script, error, in_process, page, user};
use scim_core::{Group, Member, SchemaSet, User, attr};
use scim_filter::Filter;
use scim_filter::query::{Page, ProjectionParams, Query, Sort};
use serde_json::{Value, json};

fn group(id: &str, name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": id, "displayName": name})
}

#[tokio::test]
async fn users_and_groups_of_a_whole_server() {
    let client = in_process();
    let mut member = String::new();
    for n in 0..5 {
        let user = User { user_name: format!("user-{n}").into(), ..User::default() };
        member = client.users().create(&user).await.unwrap().id.clone().unwrap().to_string();
    }
    for n in 0..2 {
        let members = vec![Member::new(&*member)];
        let group = Group { display_name: format!("Group {n}").into(), members, ..Group::default() };
        client.groups().create(&group).await.unwrap();
    }
    let by_two = Query { page: Page::default().with_count(2), ..Query::default() };
    for pages in [client.root().list(by_two.clone()), client.root().search(by_two)] {
        let all = pages.collect(100).await.unwrap();
        let count = |name: &str| all.iter().filter(|one| one.resource_type.as_deref() == Some(name)).count();
        assert_eq!((all.len(), count("User"), count("Group")), (7, 5, 2));
        for one in &all {
            assert!(one.id.is_some() && one.version.is_some() && one.location.is_some());
            let named = if one.resource_type.as_deref() == Some("User") {
                attr::USER_NAME
            } else {
                attr::DISPLAY_NAME
            };
            assert!(one.get(&named).is_some());
        }
    }
    let groups = Filter::parse("meta.resourceType eq \"Group\" and displayName sw \"group\"").unwrap();
    let query = Query { sort: Some(Sort::by(attr::DISPLAY_NAME)), ..Query::of(groups) };
    let names = |all: Vec<scim_client::Fetched<scim_core::Resource>>| -> Vec<Value> {
        all.iter().map(|one| one.get(&attr::DISPLAY_NAME).unwrap().clone()).collect()
    };
    let found = client.root().search(query.clone()).collect(100).await.unwrap();
    assert_eq!(found[0].get(&attr::MEMBERS).unwrap()[0]["value"], json!(member));
    assert_eq!(names(found), ["Group 0", "Group 1"]);
    let part = client.root().projected(ProjectionParams::Attributes(vec![attr::DISPLAY_NAME]));
    let found = part.list(query).collect(100).await.unwrap();
    assert!(found.iter().all(|one| one.get(&attr::MEMBERS).is_none()));
    assert_eq!(names(found), ["Group 0", "Group 1"]);
}

#[tokio::test]
async fn what_each_of_them_is() {
    let device = json!({
        "schemas": ["urn:example:Device"], "id": "1", "Serial": 7, "active": "True",
        "meta": {"resourceType": "Device", "location": "https://example.com/scim/v2/Devices/1"},
    });
    // The ids of users and groups are counted on their own here, and `active` is a text.
    let mut one = user("1", "bjensen");
    one["active"] = json!("True");
    one["meta"] = json!({"resourceType": "user"});
    let script = Script::new([
        page(Some(4), &[one, group("1", "Guides")]),
        page(Some(4), &[device, json!({"id": "2", "x": [null]})]),
    ]);
    let client = script.client();
    let all = client.root().list(Query::default()).collect(10).await.unwrap();
    let types: Vec<_> = all.iter().map(|one| one.resource_type.as_deref()).collect();
    // What the server does not say is told by the schemas, where they are known.
    assert_eq!(types, [Some("user"), Some("Group"), Some("Device"), None]);
    assert_eq!(all[0].get(&attr::ACTIVE), Some(&json!(true)));
    // Nothing is known about devices: nothing is changed.
    assert_eq!(all[2].as_map()["Serial"], 7);
    assert_eq!(all[2].get(&attr::ACTIVE), Some(&json!("True")));
    assert_eq!(all[2].schemas().collect::<Vec<_>>(), ["urn:example:Device"]);
    assert_eq!(all[2].location.as_deref(), Some("https://example.com/scim/v2/Devices/1"));
    assert_eq!(script.lines(), ["GET /", "GET /?startIndex=3"]);
}

#[tokio::test]
async fn types_of_ones_own() {
    let device = json!({"schemas": ["urn:example:Device"], "id": "1", "ACTIVE": "True", "meta": {"resourceType": "Device"}});
    let script = Script::new([page(Some(1), &[device])]);
    let schema = json!({"id": "urn:example:Device", "name": "Device", "attributes": [
        {"name": "active", "type": "boolean", "multiValued": false}]});
    let schema = scim_core::schema::Schema::from_json(&schema).unwrap();
    let set = SchemaSet::new(std::sync::Arc::new(schema), []).unwrap();
    let root = script.client().root().with_type("Device", set);
    let all = root.search(Query::of(Filter::pr(attr::ACTIVE))).collect(10).await.unwrap();
    assert_eq!(all[0].get(&attr::ACTIVE), Some(&json!(true)));
    assert_eq!(script.lines(), ["POST /.search"]);
    assert_eq!(script.got()[0].body["filter"], "active pr");
}

#[tokio::test]
async fn not_every_server_offers_it() {
    let script = Script::new([error(501)]);
    let refused = script.client().root().list(Query::default()).next().await.unwrap_err();
    assert_eq!(refused.to_string(), "GET /: 501: as the script says");
    // A page that comes again is one here too.
    let script = Script::new([page(Some(9), &[group("1", "a")]), page(Some(9), &[group("1", "a")])]);
    let error = script.client().root().list(Query::default()).collect(10).await.unwrap_err();
    assert!(error.to_string().ends_with("the pages come to no end: a page came twice"), "{error}");
}
