//! Many at once: nothing is lost, nothing is there twice, and rules hold.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests say what they expect"
)]

mod server_common;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use scim_core::{ScimError, attr};
use scim_server::Context;
use scim_server::rules::{Change, LinkPolicy, RecreatePolicy};
use serde_json::{Value, json};
use server_common::*;
use tokio::sync::Barrier;

/// Runs so many at once, from the same moment on.
async fn at_once<T, F>(count: usize, run: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(count));
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (barrier, future) = (Arc::clone(&barrier), run(number));
            tokio::spawn(async move {
                barrier.wait().await;
                future.await
            })
        })
        .collect();
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await.unwrap());
    }
    done
}

fn counted(statuses: impl IntoIterator<Item = u16>) -> BTreeMap<u16, usize> {
    let mut counts = BTreeMap::new();
    statuses.into_iter().for_each(|status| *counts.entry(status).or_default() += 1);
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_name_is_created_once() {
    let world = World::new();
    let client = world.client();
    for round in 0..10 {
        let answers = at_once(24, |number| {
            let client = client.clone();
            // In any case it is the same name.
            let name = format!("bjensen-{round}");
            let name = if number % 2 == 0 { name } else { name.to_uppercase() };
            async move { client.post("/Users", &user(&name)).await }
        })
        .await;
        assert_eq!(
            counted(answers.iter().map(|answer| answer.status)),
            BTreeMap::from([(201, 1), (409, 23)])
        );
        for answer in answers.iter().filter(|answer| answer.status == 409) {
            assert_eq!(answer.error(), "409 uniqueness");
        }
        let found = client.find(&format!("userName eq \"bjensen-{round}\"")).await.json();
        assert_eq!(found["totalResults"], 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_name_is_created_once_by_bulk_renames_and_puts() {
    let world = World::new();
    let client = world.client();
    let mut ids = Vec::new();
    for number in 0..8 {
        ids.push(client.user(&format!("user-{number}")).await);
    }
    let statuses = at_once(24, |number| {
        let (client, id) = (client.clone(), ids[number % 8].clone());
        async move {
            let path = format!("/Users/{id}");
            match number / 8 {
                0 => client.put(&path, &user("bjensen")).await.status,
                1 => {
                    client
                        .patch(&path, &json!([{"op": "replace", "path": "userName", "value": "BJensen"}]))
                        .await
                        .status
                }
                _ => {
                    let one =
                        json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": user("bjensen")});
                    let answer = client.post("/Bulk", &bulk(&json!([one]))).await.is(200).json();
                    answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap()
                }
            }
        }
    })
    .await;
    assert!(statuses.iter().all(|status| [200, 201, 409].contains(status)), "{statuses:?}");
    assert_eq!(client.find("userName eq \"bjensen\"").await.json()["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_member_is_lost() {
    let world = World::new();
    let client = world.client();
    let path = format!("/Groups/{}", client.group("Staff", &["gone-1", "gone-2"]).await);
    // Alone, several at once, in bulk, pathless; two leave meanwhile.
    let statuses = at_once(66, |number| {
        let (client, path) = (client.clone(), path.clone());
        let members = json!([{"value": format!("m-{number}")}]);
        async move {
            match number {
                64 => {
                    client
                        .patch(&path, &json!([{"op": "remove", "path": "members[value eq \"gone-1\"]"}]))
                        .await
                        .status
                }
                65 => {
                    client
                        .patch(
                            &path,
                            &json!([{"op": "Remove", "path": "members", "value": [{"value": "gone-2"}]}]),
                        )
                        .await
                        .status
                }
                n if n % 4 == 0 => {
                    client.patch(&path, &json!([{"op": "add", "value": {"members": members}}])).await.status
                }
                n if n % 4 == 1 => {
                    let data = patch(&json!([{"op": "add", "path": "members", "value": members}]));
                    let one = json!({"method": "PATCH", "path": path, "data": data});
                    let answer = client.post("/Bulk", &bulk(&json!([one]))).await.is(200).json();
                    answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap()
                }
                _ => {
                    client
                        .patch(&path, &json!([{"op": "Add", "path": "members", "value": members}]))
                        .await
                        .status
                }
            }
        }
    })
    .await;
    assert!(statuses.iter().all(|status| [200, 204].contains(status)), "{statuses:?}");
    let group = client.get(&path).await.json();
    let members: BTreeSet<&str> =
        group["members"].as_array().unwrap().iter().map(|member| member["value"].as_str().unwrap()).collect();
    let expected: BTreeSet<String> = (0..64).map(|number| format!("m-{number}")).collect();
    assert_eq!(members, expected.iter().map(String::as_str).collect());
    assert_eq!(group["members"].as_array().unwrap().len(), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_wins_at_a_version() {
    let world = World::new();
    let client = world.client();
    let id = client.user("bjensen").await;
    for (method, headers_of) in
        [("PATCH", "if-match"), ("PUT", "if-match"), ("PATCH", "bulk"), ("PUT", "bulk")]
    {
        let path = format!("/Users/{id}");
        let version = client.get(&path).await.header("etag").to_owned();
        let statuses = at_once(24, |number| {
            let (client, path, version) = (client.clone(), path.clone(), version.clone());
            async move {
                let title = format!("{method} {headers_of} {number}");
                let body = match method {
                    "PUT" => json!({"schemas": [USER], "userName": "bjensen", "title": title}),
                    _ => patch(&json!([{"op": "replace", "path": "title", "value": title}])),
                };
                if headers_of == "bulk" {
                    let one = json!({"method": method, "path": path, "version": version, "data": body});
                    let answer = client.post("/Bulk", &bulk(&json!([one]))).await.is(200).json();
                    return answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap();
                }
                client.send(method, &path, &[("if-match", &version)], body.to_string()).await.status
            }
        })
        .await;
        assert_eq!(counted(statuses), BTreeMap::from([(200, 1), (412, 23)]), "{method} {headers_of}");
    }
    // Deleting counts as well.
    let path = format!("/Users/{id}");
    let version = client.get(&path).await.header("etag").to_owned();
    let statuses = at_once(24, |number| {
        let (client, path, version) = (client.clone(), path.clone(), version.clone());
        async move {
            let headers = [("if-match", version.as_str())];
            if number % 2 == 0 {
                return client.send("DELETE", &path, &headers, "").await.status;
            }
            let body = patch(&json!([{"op": "replace", "path": "title", "value": number.to_string()}]));
            client.send("PATCH", &path, &headers, body.to_string()).await.status
        }
    })
    .await;
    assert_eq!(statuses.iter().filter(|status| [200, 204].contains(status)).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 204, 404, 412].contains(status)), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn patches_of_different_attributes_are_all_there() {
    const NAMES: [&str; 8] = [
        "title",
        "nickName",
        "displayName",
        "locale",
        "timezone",
        "userType",
        "preferredLanguage",
        "externalId",
    ];
    let world = World::new();
    let client = world.client();
    let path = format!("/Users/{}", client.user("bjensen").await);
    let statuses = at_once(24, |number| {
        let (client, path) = (client.clone(), path.clone());
        async move {
            let name = NAMES[number % 8];
            client.patch(&path, &json!([{"op": "replace", "path": name, "value": "en"}])).await.status
        }
    })
    .await;
    assert_eq!(counted(statuses), BTreeMap::from([(200, 24)]));
    let body = client.get(&path).await.json();
    for name in NAMES {
        assert_eq!(body[name], "en");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_put_beside_patches_is_whole() {
    let world = World::new();
    let client = world.client();
    for round in 0..10 {
        let path = format!("/Users/{}", client.user(&format!("bjensen-{round}")).await);
        let answers = at_once(12, |number| {
            let (client, path) = (client.clone(), path.clone());
            let name = format!("bjensen-{round}");
            async move {
                if number < 6 {
                    let body = json!({"schemas": [USER], "userName": name, "title": number.to_string(), "nickName": number.to_string()});
                    return client.put(&path, &body).await;
                }
                client.patch(&path, &json!([{"op": "add", "path": "displayName", "value": number.to_string()}])).await
            }
        })
        .await;
        let versions: BTreeSet<&str> = answers.iter().map(|answer| answer.header("etag")).collect();
        assert_eq!(versions.len(), 12, "each write has a version of its own");
        assert_eq!(counted(answers.iter().map(|answer| answer.status)), BTreeMap::from([(200, 12)]));
        // What one PUT wrote is there as one, and each answer is of the moment of its write.
        let body = client.get(&path).await.json();
        assert_eq!(body["title"], body["nickName"]);
        assert!(body["title"].is_string());
        for (number, answer) in answers.iter().enumerate() {
            let body = answer.json();
            assert_eq!(body["title"], body["nickName"]);
            let own = if number < 6 { &body["title"] } else { &body["displayName"] };
            assert_eq!(*own, number.to_string());
            assert_eq!(body["meta"]["version"], answer.header("etag"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_run_of_pages_holds_nobody_twice() {
    let world = World::new();
    let client = world.client();
    for number in 0..40 {
        client.user(&format!("stays-{number:02}")).await;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (client, stop) = (client.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            for number in 0.. {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let id = client.user(&format!("comes-{number}")).await;
                let path = format!("/Users/{id}");
                client.patch(&path, &json!([{"op": "add", "path": "title", "value": "x"}])).await.is(200);
                client.delete(&path).await.is(204);
                let stays = format!("stays-{:02}", number % 40);
                let id = client.find(&format!("userName eq \"{stays}\"")).await.listed("id")[0].clone();
                let title = json!([{"op": "replace", "path": "title", "value": number.to_string()}]);
                client.patch(&format!("/Users/{id}"), &title).await.is(200);
                tokio::task::yield_now().await;
            }
        })
    };
    let sorted = ["", "&sortBy=userName", "&sortBy=userName&sortOrder=descending", "&filter=userName%20pr"];
    for query in sorted {
        for path in ["/Users", "/"] {
            let mut seen: Vec<String> = Vec::new();
            let mut cursor = String::new();
            loop {
                let page = client.get(&format!("{path}?count=7&cursor={cursor}{query}")).await;
                seen.extend(page.listed("userName"));
                match page.json()["nextCursor"].as_str() {
                    Some(next) => cursor = next.to_owned(),
                    None => break,
                }
            }
            let unique: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(unique.len(), seen.len(), "{path} {query} {seen:?}");
            let stays = seen.iter().filter(|name| name.starts_with("stays-")).count();
            assert_eq!(stays, 40, "{path} {query} {seen:?}");
        }
    }
    // One page is of one moment: its numbers fit together.
    for _ in 0..50 {
        let page = client.get("/Users?count=500").await.json();
        assert_eq!(page["totalResults"].as_u64(), page["itemsPerPage"].as_u64());
        assert_eq!(
            page["Resources"].as_array().unwrap().len() as u64,
            page["itemsPerPage"].as_u64().unwrap()
        );
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
}

fn at_most_ten(cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
    if cx.resource_type() == "Group" && change.count(&attr::MEMBERS) > 10 {
        return Err(ScimError::invalid_value("a group has ten members at the most"));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rules_hold() {
    let world = World::new();
    let client = world.client_of(world.builder().rule(at_most_ten));
    let path = format!("/Groups/{}", client.group("Staff", &[]).await);
    let statuses = at_once(40, |number| {
        let (client, path) = (client.clone(), path.clone());
        async move {
            let members = json!([{"value": format!("m-{number}")}]);
            client.patch(&path, &json!([{"op": "add", "path": "members", "value": members}])).await.status
        }
    })
    .await;
    assert_eq!(counted(statuses), BTreeMap::from([(204, 10), (400, 30)]));
    assert_eq!(client.get(&path).await.json()["members"].as_array().unwrap().len(), 10);
}

/// Lets the directory have everyone, and counts how often.
struct Counted(Arc<AtomicUsize>);

impl LinkPolicy for Counted {
    fn link(&self, _: &Context, _: &scim_core::Resource, _: &scim_core::Resource) -> Result<(), ScimError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_linked_and_brought_back_once() {
    let world = World::new();
    let client = world.client_of(world.builder().link_policy(Counted(Arc::default())));
    let body = user("boss");
    let resource = scim_core::Resource::from_canonical(body.as_object().unwrap().clone(), &user_schemas());
    let id = world.users.insert_existing(&world.user_cx("acme"), resource).unwrap().id.to_string();
    let answers = at_once(24, |number| {
        let client = client.clone();
        let body = json!({"schemas": [USER], "userName": "boss", "title": number.to_string()});
        async move { client.post("/Users", &body).await }
    })
    .await;
    assert_eq!(counted(answers.iter().map(|answer| answer.status)), BTreeMap::from([(201, 1), (409, 23)]));
    let winner = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!(winner.id(), id);
    assert_eq!(client.get(&format!("/Users/{id}")).await.json()["title"], winner.json()["title"]);

    let world = World::new();
    let client = world.client_of(world.builder().recreate_policy(RecreatePolicy::ReactivateSameUserName));
    let body = json!({"schemas": [USER], "userName": "bjensen", "active": false});
    let id = client.post("/Users", &body).await.id();
    let answers = at_once(24, |number| {
        let client = client.clone();
        let body = json!({"schemas": [USER], "userName": "bjensen", "title": number.to_string()});
        async move { client.post("/Users", &body).await }
    })
    .await;
    assert_eq!(counted(answers.iter().map(|answer| answer.status)), BTreeMap::from([(201, 1), (409, 23)]));
    let winner = answers.iter().find(|answer| answer.status == 201).unwrap();
    assert_eq!((winner.id(), &winner.json()["active"]), (id, &json!(true)));
}

/// Whoever is deleted is in no group afterwards, whoever writes the group meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn deletion_beside_changes_of_groups() {
    let world = World::new();
    let client = world.client();
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(client.user(&format!("user-{number}")).await);
    }
    let all: Vec<&str> = ids.iter().map(String::as_str).collect();
    let path = format!("/Groups/{}", client.group("Staff", &all).await);
    let statuses = at_once(40, |number| {
        let (client, path, id) = (client.clone(), path.clone(), ids[number / 2].clone());
        async move {
            if number % 2 == 0 {
                return client.delete(&format!("/Users/{id}")).await.status;
            }
            let title = json!([{"op": "replace", "path": "displayName", "value": number.to_string()}]);
            client.patch(&path, &title).await.status
        }
    })
    .await;
    assert_eq!(counted(statuses), BTreeMap::from([(204, 40)]));
    let group = client.get(&path).await.json();
    assert_eq!(group.get("members").unwrap_or(&Value::Null), &Value::Null, "{group}");
    assert_eq!(client.get("/Users").await.json()["totalResults"], 0);
}

/// What reads a resource while it is written sees one of its states.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_whole_states() {
    let world = World::new();
    let client = world.client();
    let path = format!("/Users/{}", client.user("bjensen").await);
    let done = at_once(16, |number| {
        let (client, path) = (client.clone(), path.clone());
        async move {
            for round in 0..20 {
                let text = format!("{number}-{round}");
                if number % 2 == 0 {
                    let both = json!([{"op": "replace", "path": "title", "value": text}, {"op": "replace", "path": "nickName", "value": text}]);
                    client.patch(&path, &both).await.is(200);
                } else {
                    let body = client.get(&path).await.is(200).json();
                    assert_eq!(body["title"], body["nickName"]);
                    let found = client.find("userName eq \"bjensen\"").await.json();
                    assert_eq!(found["Resources"][0]["title"], found["Resources"][0]["nickName"]);
                }
            }
        }
    })
    .await;
    assert_eq!(done.len(), 16);
}
