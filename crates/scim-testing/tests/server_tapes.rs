//! What identity providers send, to a mounted service: the changes of `testdata/idp/*/*.json`, and the whole exchanges of
//! `testdata/idp/*/http-*.json`; `testdata/README.md` has their form.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use std::collections::BTreeMap;

use scim_core::{Profile, Resource, SchemaSet};
use scim_server::rules::RecreatePolicy;
use scim_server::store::{ResourceStore, Write};
use scim_testing::corpus;
use serde_json::{Map, Value, json};
use server_common::*;

const SENDERS: [&str; 8] =
    ["entra", "entra-062020", "jumpcloud", "keycloak", "okta", "onelogin", "pingone", "sailpoint"];

fn tapes(whole: bool) -> Vec<(String, Value)> {
    let files = SENDERS.iter().flat_map(|sender| corpus::files(&format!("idp/{sender}")));
    files
        .filter(|file| file.contains("/http-") == whole)
        .map(|file| (file.clone(), corpus::json(&file)))
        .collect()
}

/// The ids that the last request was logged with.
fn deviations(log: &Log) -> Vec<String> {
    let text = log.take();
    let line = text.lines().rfind(|line| line.contains("deviations=")).unwrap_or_default();
    let ids = line.split("deviations=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    ids.split_whitespace().map(str::to_owned).collect()
}

/// The id of the tape becomes the one that the store gave.
fn renamed(value: &Value, from: &str, to: &str) -> Value {
    match value {
        Value::String(text) if text == from => json!(to),
        Value::Array(list) => list.iter().map(|one| renamed(one, from, to)).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, one)| (name.clone(), renamed(one, from, to))).collect())
        }
        other => other.clone(),
    }
}

/// What a store keeps of a resource: no password, for one.
fn content(map: &Map<String, Value>) -> Value {
    let own = |name: &String| !matches!(name.as_str(), "id" | "meta" | "password");
    Value::Object(map.iter().filter(|(name, _)| own(name)).map(|(k, v)| (k.clone(), v.clone())).collect())
}

/// The state of a tape on a service: the path of the resource and its id.
async fn start(world: &World, tape: &Value) -> (String, String, bool) {
    let is_user = tape["type"] == "user";
    let (schemas, cx, endpoint) = if is_user {
        (SchemaSet::user(), world.user_cx("acme"), "/Users")
    } else {
        let cx = scim_server::Context::new(tenant("acme"), "Group", SchemaSet::group());
        (SchemaSet::group(), cx, "/Groups")
    };
    let resource = Resource::from_canonical(tape["start"].as_object().unwrap().clone(), schemas);
    let store = if is_user { &world.users } else { &world.groups };
    let id = store.create(&cx, resource, &Write::unchecked()).await.unwrap().stored.id.to_string();
    (format!("{endpoint}/{id}"), id, is_user)
}

fn stored(world: &World, is_user: bool) -> Value {
    let store = if is_user { &world.users } else { &world.groups };
    content(store.snapshot(&tenant("acme")).unwrap()[0].resource.as_map())
}

#[tokio::test]
async fn changes_lead_where_they_should() {
    let log = Log::start();
    for (file, tape) in tapes(false) {
        let world = World::new();
        let client = world.client();
        let (path, id, is_user) = start(&world, &tape).await;
        let of_tape = tape["start"]["id"].as_str().unwrap_or_default();
        let mut last = None;
        for (at, step) in tape["steps"].as_array().unwrap().iter().enumerate() {
            let before = client.get(&path).await.is(200);
            log.take();
            let body = renamed(&step["request"], of_tape, &id);
            let headers = [("content-type", "application/scim+json; charset=utf-8")];
            let answer = client.send("PATCH", &path, &headers, body.to_string()).await;
            assert_eq!(answer.status, if is_user { 200 } else { 204 }, "{file} {at} {}", answer.text());
            assert_eq!(json!(deviations(&log)), step["deviations"], "{file} {at}");
            let after = client.get(&path).await.is(200);
            assert_eq!(answer.header("etag"), after.header("etag"), "{file} {at}");
            assert_eq!(answer.header("location"), format!("{BASE}{path}"), "{file} {at}");
            let same =
                content(before.json().as_object().unwrap()) == content(after.json().as_object().unwrap());
            assert_eq!(before.header("etag") == after.header("etag"), same, "{file} {at}");
            if is_user {
                assert_eq!(answer.header("content-type"), "application/scim+json");
                assert_eq!(answer.json(), after.json(), "{file} {at}");
            } else {
                assert_eq!(answer.bytes.len(), 0);
            }
            last = Some((body, after));
        }
        let end = renamed(&tape["end"], of_tape, &id);
        assert_eq!(stored(&world, is_user), content(end.as_object().unwrap()), "{file}");
        let (body, after) = last.unwrap();
        // What is answered is that, with links.
        assert_subset(&content(end.as_object().unwrap()), &after.json(), &file);
        // Sent again, it changes nothing.
        let again = client.json("PATCH", &path, &body).await;
        assert!(again.status < 300, "{file} {}", again.text());
        assert_eq!(again.header("etag"), after.header("etag"), "{file}");
    }
}

#[tokio::test]
async fn under_rfc_changes_are_refused_as_it_says() {
    for (file, tape) in tapes(false) {
        let world = World::new();
        let client = world.client_of(world.builder().profile(Profile::rfc()));
        let (path, id, is_user) = start(&world, &tape).await;
        let of_tape = tape["start"]["id"].as_str().unwrap_or_default();
        for (at, step) in tape["steps"].as_array().unwrap().iter().enumerate() {
            let before = world.snapshot("acme");
            let answer = client.json("PATCH", &path, &renamed(&step["request"], of_tape, &id)).await;
            if tape["rfc"]["step"] == at {
                let keyword = tape["rfc"]["scimType"].as_str().unwrap();
                assert_eq!(answer.error(), format!("400 {keyword}"), "{file} {at}");
                assert_eq!(world.snapshot("acme"), before, "{file} {at}");
                break;
            }
            assert!(answer.status < 300, "{file} {at} {}", answer.text());
        }
        if tape["rfc"].is_null() {
            let end = renamed(&tape["end"], of_tape, &id);
            assert_eq!(stored(&world, is_user), content(end.as_object().unwrap()), "{file}");
        }
    }
}

/// Everything that is expected is there; `null` is what has to be missing, and lists are as long as expected.
#[track_caller]
fn assert_subset(expected: &Value, found: &Value, what: &str) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, value) in expected {
                match (value, found.get(name)) {
                    (Value::Null, None) => {}
                    (value, Some(found)) => assert_subset(value, found, &format!("{what} {name}")),
                    (value, None) => panic!("{what}: no `{name}`, which should be {value}"),
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            assert_eq!(expected.len(), found.len(), "{what}: {found:?}");
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                assert_subset(expected, found, &format!("{what} [{at}]"));
            }
        }
        (expected, found) => assert_eq!(expected, found, "{what}"),
    }
}

/// `{name}` stands for what was saved under that name.
fn filled(text: &str, saved: &BTreeMap<String, String>) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

fn filled_in(value: &Value, saved: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => json!(filled(text, saved)),
        Value::Array(list) => list.iter().map(|one| filled_in(one, saved)).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(name, one)| (name.clone(), filled_in(one, saved))).collect())
        }
        other => other.clone(),
    }
}

#[tokio::test]
async fn whole_exchanges() {
    let log = Log::start();
    for (file, tape) in tapes(true) {
        let world = World::new();
        let recreate = match tape["recreate"].as_str() {
            None => RecreatePolicy::Conflict,
            Some("externalId") => RecreatePolicy::ReactivateSameExternalId,
            other => panic!("{file}: {other:?}"),
        };
        let client = world.client_of(world.builder().recreate_policy(recreate));
        let mut saved = BTreeMap::from([("base".to_owned(), BASE.to_owned())]);
        for (at, exchange) in tape["exchanges"].as_array().unwrap().iter().enumerate() {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let what = format!("{file} {at} {request}");
            let path = filled(request["path"].as_str().unwrap(), &saved);
            let headers: Vec<(String, String)> = request["headers"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), filled(value.as_str().unwrap(), &saved)))
                .collect();
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let body = match &request["body"] {
                Value::Null => String::new(),
                body => filled_in(body, &saved).to_string(),
            };
            log.take();
            let answer = client.send(request["method"].as_str().unwrap(), &path, &headers, body).await;
            assert_eq!(json!(answer.status), response["status"], "{what} {}", answer.text());
            if answer.bytes.is_empty() {
                assert!(response["body"].is_null(), "{what}");
            } else {
                assert_eq!(answer.header("content-type"), "application/scim+json", "{what}");
                let found = answer.json();
                for (name, pointer) in exchange["save"].as_object().into_iter().flatten() {
                    let value = found.pointer(pointer.as_str().unwrap()).and_then(Value::as_str);
                    saved.insert(name.clone(), value.unwrap_or_else(|| panic!("{what} {name}")).to_owned());
                }
                if !response["body"].is_null() {
                    assert_subset(&filled_in(&response["body"], &saved), &found, &what);
                }
                if answer.status >= 400 {
                    answer.error();
                }
            }
            for (name, value) in response["headers"].as_object().into_iter().flatten() {
                assert_eq!(answer.header(name), filled(value.as_str().unwrap(), &saved), "{what} {name}");
            }
            for text in response["without"].as_array().into_iter().flatten() {
                assert!(!answer.text().contains(text.as_str().unwrap()), "{what} {text}");
            }
            let expected = exchange["deviations"].as_array().cloned().unwrap_or_default();
            assert_eq!(json!(deviations(&log)), json!(expected), "{what}");
        }
    }
}

#[test]
fn every_sender_has_exchanges() {
    for sender in SENDERS.iter().filter(|sender| !["entra-062020", "sailpoint"].contains(sender)) {
        let all = corpus::files(&format!("idp/{sender}"));
        assert!(all.iter().any(|file| file.contains("/http-")), "{sender}");
    }
}
