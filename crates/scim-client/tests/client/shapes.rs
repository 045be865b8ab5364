//! Types of one's own, and parts of resources.

use std::sync::{Arc, LazyLock};

use scim_core::schema::{AttrType, Attribute, Schema};
use scim_core::{Resource, ResourceId, SchemaSet, ScimResource, User, attr};
use scim_filter::Filter;
use scim_filter::query::{ProjectionParams, Query};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{Script, answer, page, scim, user};

#[derive(Debug, Serialize, Deserialize)]
struct Device {
    id: Option<String>,
    serial: String,
    ports: Option<u32>,
}

static DEVICES: LazyLock<SchemaSet> = LazyLock::new(|| {
    let uri = "urn:example:params:scim:schemas:Device:1.0".parse().unwrap();
    let serial = Attribute::new("serial".parse().unwrap(), AttrType::String).with_required(true);
    let ports = Attribute::new("ports".parse().unwrap(), AttrType::Integer);
    SchemaSet::new(Arc::new(Schema::new(uri, "Device", "", vec![serial, ports]).unwrap()), []).unwrap()
});

impl ScimResource for Device {
    fn schema_set() -> Option<&'static SchemaSet> {
        Some(&DEVICES)
    }
}

#[tokio::test]
async fn a_type_of_ones_own_is_read_as_leniently() {
    let device = json!({"ID": "7", "SERIAL": "X-1", "ports": "4", "meta": {"version": "W/\"1\"", "location": "/Devices/7"}});
    let script = Script::new([
        scim(201, device.clone()),
        page(Some(1), std::slice::from_ref(&device)),
        scim(200, device),
    ]);
    let devices = script.client().resources::<Device>("Devices/", DEVICES.clone());
    let new = Device { id: Some("chosen by me".into()), serial: "X-1".into(), ports: None };
    let created = devices.create(&new).await.unwrap();
    assert_eq!((created.serial.as_str(), created.ports), ("X-1", Some(4)));
    assert_eq!(created.id, Some(ResourceId::new("7").unwrap()));
    assert_eq!(created.version.as_ref().unwrap().opaque(), "1");
    let found = devices.find(&"serial eq \"x-1\" and ports eq 4".parse().unwrap()).await.unwrap();
    assert!(found.is_some());
    assert_eq!(
        devices.get(&ResourceId::new("7").unwrap()).await.unwrap().location.as_deref(),
        Some("/Devices/7")
    );
    assert_eq!(script.lines()[0], "POST /Devices");
    assert_eq!(
        script.got()[0].body,
        json!({"schemas": ["urn:example:params:scim:schemas:Device:1.0"], "serial": "X-1"})
    );
}

#[tokio::test]
async fn a_creation_without_a_body_is_read_from_where_it_is() {
    let made = |location: &'static str| {
        Script::new([answer(201, &[("location", location)], ""), scim(200, user("7", "b"))])
    };
    let new = User { user_name: "b".into(), ..User::default() };
    let script = made("https://elsewhere.example/v9/Users/7");
    script.client().users().create(&new).await.unwrap();
    assert_eq!(script.got()[1].uri, "https://example.com/scim/v2/Users/7", "the token goes nowhere else");
    for odd in ["", "/Users/", "/Users/a%2Fb"] {
        let script = made(odd);
        let outcome = script.client().users().create(&new).await;
        assert!(outcome.is_err(), "{odd}");
    }
}

#[tokio::test]
async fn a_part_of_an_answer_keeps_what_the_filter_asks_for() {
    let script = Script::new([page(Some(1), &[json!({"id": "7", "userName": "b"})])]);
    let ids = script.client().users().projected(ProjectionParams::Attributes(vec![attr::ID]));
    assert!(ids.find(&Filter::eq(attr::USER_NAME, "b")).await.unwrap().is_some());
    let line = "GET /Users?filter=userName%20eq%20%22b%22&count=2&attributes=id,userName";
    assert_eq!(script.lines(), [line]);
}

#[tokio::test]
async fn a_list_of_parts_is_untyped() {
    let script = Script::new([page(Some(1), &[json!({"id": "7", "title": "Guide"})])]);
    let query = Query { projection: ProjectionParams::Attributes(vec![attr::TITLE]), ..Query::default() };
    let parts: Vec<Resource> = script
        .client()
        .users()
        .untyped()
        .list(query)
        .collect(10)
        .await
        .unwrap()
        .into_iter()
        .map(scim_client::Fetched::into_inner)
        .collect();
    assert_eq!(parts[0].get(&attr::TITLE), Some(&json!("Guide")));
}
