//! Groups of a hundred to a million members.

use std::time::Duration;

use http::{Method, StatusCode};
use scim_core::ResourceId;
use scim_server::ScimService;
use serde_json::{Value, json};

use crate::load;
use crate::place::{Home, Place};
use crate::service::{anyone, ask, request};
use crate::{Peak, Scale, median, ratio};

struct Group {
    home: Home,
    id: ResourceId,
    count: usize,
    service: ScimService,
    /// Some that are in it, from all over.
    there: Vec<String>,
    add: Vec<Duration>,
    remove: Vec<Duration>,
    get: Vec<Duration>,
}

impl Group {
    async fn make(place: &Place, count: usize, rounds: usize) -> Self {
        let home = place.home().await;
        let id = load::members(&home, count).await;
        let some =
            format!("SELECT value FROM scim_members WHERE tenant = 'acme' ORDER BY random() LIMIT {rounds}");
        let there = home.raw().await.texts(some).await;
        let service = anyone(&home.database);
        Self { home, id, count, service, there, add: Vec::new(), remove: Vec::new(), get: Vec::new() }
    }

    async fn patch(&mut self, operation: Value) -> Duration {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [operation],
        });
        let path = format!("/Groups/{}", self.id);
        let (status, _, time) =
            ask(&mut self.service, request(Method::PATCH, &path, None, body.to_string())).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        time
    }

    async fn round(&mut self) {
        let new = uuid::Uuid::new_v4().to_string();
        let add =
            json!({"op": "add", "path": "members", "value": [{"value": new, "display": "Barbara Jensen"}]});
        let time = self.patch(add).await;
        self.add.push(time);
        let old = self.there.pop().unwrap_or(new);
        let time = self.patch(json!({"op": "remove", "path": format!("members[value eq \"{old}\"]")})).await;
        self.remove.push(time);
        let path = format!("/Groups/{}?excludedAttributes=members", self.id);
        let (status, _, time) =
            ask(&mut self.service, request(Method::GET, &path, None, String::new())).await;
        assert_eq!(status, StatusCode::OK);
        self.get.push(time);
    }
}

pub(crate) async fn run(place: &Place, scale: &Scale) {
    let mut groups = Vec::new();
    for count in scale.sizes(2, 6) {
        groups.push(Group::make(place, count, scale.rounds()).await);
    }
    // In turns, so that what the machine does meanwhile hits all alike; the first rounds warm up.
    for round in 0..scale.rounds() {
        for group in &mut groups {
            group.round().await;
            if round < 10 {
                (group.add, group.remove, group.get) = Default::default();
            }
        }
    }
    println!(
        "\n| {}, members | add one | mean | to 100 | remove one | mean | to 100 | GET without `members` |",
        place.name()
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut first = None;
    for group in &mut groups {
        let (add, remove) = (median(&mut group.add), median(&mut group.remove));
        let (least_add, least_remove) = *first.get_or_insert((add, remove));
        println!(
            "| {} | {add:.1?} | {:.1?} | {} | {remove:.1?} | {:.1?} | {} | {:.1?} |",
            group.count,
            mean(&group.add),
            ratio(add, least_add),
            mean(&group.remove),
            ratio(remove, least_remove),
            median(&mut group.get),
        );
    }
    println!(
        "\n| {}, GET with all members | bytes | time | most memory of Rust | more RAM of the process |\n|---|---|---|---|---|",
        place.name()
    );
    for group in &mut groups {
        let path = format!("/Groups/{}", group.id);
        let peak = Peak::start();
        let (status, bytes, time) =
            ask(&mut group.service, request(Method::GET, &path, None, String::new())).await;
        let (heap, resident) = peak.end();
        assert_eq!(status, StatusCode::OK);
        println!("| {} | {bytes} | {time:.1?} | {heap:.1} MiB | {resident:.1} MiB |", group.count);
    }
    for group in groups {
        group.home.database.close().await;
    }
}

fn mean(times: &[Duration]) -> Duration {
    times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap()
}
