//! PATCH: scim-patch beside scim-server's `apply_patch_operation`, scim_v2's reading of the message, and writing to a
//! `serde_json::Value` by hand.
//!
//! `cargo bench --bench patch` prints times, and tables of ratios and allocations at the end.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use peer_scim_server::providers::StandardResourceProvider;
use peer_scim_server::providers::helpers::patch::ScimPatchOperations;
use peer_scim_server::storage::InMemoryStorage;
use scim_core::{Profile, Resource, SchemaSet};
use scim_patch::PatchRequest;
use serde_json::{Map, Value, json};

/// RFC 7643 §8.3: a full user with the enterprise extension.
fn full_user() -> Map<String, Value> {
    let text = include_str!("../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json");
    let mut user: Value = serde_json::from_str(text).unwrap();
    user["x509Certificates"] = json!([{"value": "MIIDQzCCAqyg"}]);
    let Value::Object(map) = user else { panic!("no object") };
    map
}

fn id(n: usize) -> String {
    format!("2819c223-7f76-453a-919d-{n:012}")
}

fn member(n: usize) -> Value {
    json!({"value": id(n), "$ref": format!("https://example.com/v2/Users/{}", id(n)), "display": format!("User {n}"), "type": "User"})
}

fn group(members: usize) -> Resource {
    let members: Vec<Value> = (0..members).map(member).collect();
    let group = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "1", "displayName": "All", "members": members});
    let Value::Object(map) = group else { panic!("no object") };
    Resource::from_canonical(map, SchemaSet::group())
}

fn body(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn parse(body: Value, schemas: &SchemaSet) -> PatchRequest {
    PatchRequest::parse(body, schemas, &Profile::lenient()).unwrap()
}

/// Names, work, and the row it is compared with.
type Row<'a> = (String, &'static str, Box<dyn FnMut() + 'a>);

fn main() {
    let users = SchemaSet::user();
    let groups = SchemaSet::group();
    let user = Resource::from_canonical(full_user(), users);
    let value = Value::Object(full_user());
    // What Entra sends when somebody changes title and mailbox.
    let entra = body(json!([
        {"op": "Replace", "path": "title", "value": "Lead"},
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "lead@example.com"},
    ]))
    .to_string();
    let plain = body(json!([
        {"op": "replace", "path": "title", "value": "Lead"},
        {"op": "replace", "path": "name.givenName", "value": "Barb"},
    ]));
    let plain_text = plain.to_string();
    // Back and forth, so that every run has something to change.
    let there = parse(plain.clone(), users);
    let back = parse(
        body(json!([
            {"op": "replace", "path": "title", "value": "Tour Guide"},
            {"op": "replace", "path": "name.givenName", "value": "Barbara"},
        ])),
        users,
    );
    let provider = StandardResourceProvider::new(InMemoryStorage::new());
    let operations = plain["Operations"].as_array().unwrap().clone();

    let mut in_place = user.clone();
    let mut by_hand = value.clone();
    let mut flip = false;
    let mut flop = false;
    let rows: Vec<Row<'_>> = vec![
        (
            "two replaces: Value".into(),
            "",
            Box::new(|| drop(black_box(serde_json::from_str::<Value>(black_box(&plain_text)).unwrap()))),
        ),
        (
            "two replaces: parse".into(),
            "two replaces: Value",
            Box::new(|| drop(black_box(parse(serde_json::from_str(black_box(&plain_text)).unwrap(), users)))),
        ),
        (
            "two replaces: scim_v2".into(),
            "two replaces: Value",
            Box::new(|| {
                drop(black_box(serde_json::from_str::<scim_v2::models::others::PatchOp>(black_box(
                    &plain_text,
                ))))
            }),
        ),
        (
            "Entra's two: Value".into(),
            "",
            Box::new(|| drop(black_box(serde_json::from_str::<Value>(black_box(&entra)).unwrap()))),
        ),
        (
            "Entra's two: parse".into(),
            "Entra's two: Value",
            Box::new(|| drop(black_box(parse(serde_json::from_str(black_box(&entra)).unwrap(), users)))),
        ),
        (
            "Entra's two: scim_v2".into(),
            "Entra's two: Value",
            Box::new(|| {
                drop(black_box(serde_json::from_str::<scim_v2::models::others::PatchOp>(black_box(&entra))))
            }),
        ),
        ("full user: Value::clone".into(), "", Box::new(|| drop(black_box(black_box(&value).clone())))),
        (
            "full user: apply".into(),
            "full user: Value::clone",
            Box::new(|| drop(black_box(there.apply(black_box(&user), users).unwrap()))),
        ),
        (
            "full user: scim-server, with its copy".into(),
            "full user: Value::clone",
            Box::new(|| {
                let mut copy = black_box(&value).clone();
                for operation in &operations {
                    provider.apply_patch_operation(&mut copy, operation).unwrap();
                }
                drop(black_box(copy));
            }),
        ),
        (
            "full user: two writes on a Value".into(),
            "",
            Box::new(|| {
                flip = !flip;
                by_hand["title"] = if flip { "Lead" } else { "Tour Guide" }.into();
                by_hand["name"]["givenName"] = if flip { "Barb" } else { "Barbara" }.into();
                black_box(&by_hand);
            }),
        ),
        (
            "full user: apply_to".into(),
            "full user: two writes on a Value",
            Box::new(|| {
                flop = !flop;
                black_box(
                    if flop { &there } else { &back }.apply_to(black_box(&mut in_place), users).unwrap(),
                );
            }),
        ),
    ];
    table(rows);
    members(groups);
}

fn members(groups: &SchemaSet) {
    // One member of 10,000 goes and comes back; the plain way knows no types, no undo and no schema.
    let mut ours = group(10_000);
    let mut plain: Vec<Value> = (0..10_000).map(member).collect();
    let middle = id(5_000);
    let remove =
        parse(body(json!([{"op": "remove", "path": format!("members[value eq \"{middle}\"]")}])), groups);
    let add = parse(body(json!([{"op": "add", "path": "members", "value": [member(5_000)]}])), groups);
    // After the first round the member is the last one, for both.
    let rows: Vec<Row<'_>> = vec![
        (
            "10,000 members: scan and remove, push back".into(),
            "",
            Box::new(|| {
                let at = plain.iter().position(|m| m["value"] == *middle).unwrap();
                let element = plain.remove(at);
                plain.push(black_box(element));
            }),
        ),
        (
            "10,000 members: apply_to remove, add back".into(),
            "10,000 members: scan and remove, push back",
            Box::new(|| {
                remove.apply_to(black_box(&mut ours), groups).unwrap();
                add.apply_to(black_box(&mut ours), groups).unwrap();
            }),
        ),
    ];
    table(rows);

    // One removal of the middle one from a fresh group: the time of the removal alone.
    let mut times = [Vec::new(), Vec::new()];
    let fresh = group(10_000);
    for _ in 0..51 {
        let mut plain: Vec<Value> = fresh.get_all(&scim_core::attr::MEMBERS).cloned().collect();
        let mut ours = fresh.clone();
        let start = Instant::now();
        let at = plain.iter().position(|m| m["value"] == *middle).unwrap();
        black_box(plain.remove(at));
        times[0].push(start.elapsed());
        let start = Instant::now();
        black_box(remove.apply_to(&mut ours, groups).unwrap());
        times[1].push(start.elapsed());
    }
    let [plain, ours] = times.map(median);
    println!(
        "\nremove the middle one of 10,000: plain {plain:.2?}, apply_to {ours:.2?}, ratio {:.2}",
        ours.as_secs_f64() / plain.as_secs_f64()
    );

    println!(
        "\n| members | 1,000 removals and 1,000 adds | a failing request, undone | diff, 10 differ |\n|---|---|---|---|"
    );
    for size in [10_000, 100_000, 1_000_000] {
        if std::env::args().any(|arg| arg == "--test") && size > 10_000 {
            continue;
        }
        let before = group(size);
        let step = size / 1_000;
        let removals: Vec<Value> = (0..999)
            .map(|n| json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(n * step))}))
            .collect();
        let adds: Vec<Value> = (0..1_000).map(|n| member(size + n)).collect();
        let mut operations = removals;
        operations.push(json!({"op": "add", "path": "members", "value": adds}));
        let mixed = parse(body(operations.clone().into()), groups);
        let last = operations.len() - 2;
        operations[last] = json!({"op": "remove", "path": "displayName"});
        let failing = parse(body(operations.into()), groups);
        let after = {
            let mut after = before.clone();
            let ten: Vec<Value> = (0..5)
                .map(|n| json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(n * 7))}))
                .collect();
            let mut ten = ten;
            ten.push(json!({"op": "add", "path": "members", "value": (0..5).map(|n| member(size + n)).collect::<Vec<_>>()}));
            parse(body(ten.into()), groups).apply_to(&mut after, groups).unwrap();
            after
        };
        let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..5 {
            let mut copy = before.clone();
            let start = Instant::now();
            black_box(mixed.apply_to(&mut copy, groups).unwrap());
            rounds[0].push(start.elapsed());
            let mut copy = before.clone();
            let start = Instant::now();
            failing.apply_to(&mut copy, groups).unwrap_err();
            rounds[1].push(start.elapsed());
            assert_eq!(copy, before);
            let start = Instant::now();
            let difference = PatchRequest::diff(&before, &after, groups);
            rounds[2].push(start.elapsed());
            assert_eq!(difference.operations().len(), 2);
        }
        let [mixed, failing, diff] = rounds.map(median);
        println!("| {size} | {mixed:.2?} | {failing:.2?} | {diff:.2?} |");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Times under criterion, then in turns, so that what the machine does meanwhile hits all alike.
fn table(mut rows: Vec<Row<'_>>) {
    const ROUNDS: usize = 101;
    let mut criterion = Criterion::default().configure_from_args();
    for (name, _, work) in &mut rows {
        criterion.bench_function(name, |bencher| bencher.iter(&mut *work));
    }
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let batches: Vec<u32> = rows
        .iter_mut()
        .map(|(_, _, work)| {
            let start = Instant::now();
            work();
            (Duration::from_millis(1).as_nanos() / start.elapsed().as_nanos().max(1)).clamp(1, 100_000) as u32
        })
        .collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); rows.len()];
    for _ in 0..ROUNDS {
        for ((_, _, work), (batch, times)) in rows.iter_mut().zip(batches.iter().zip(&mut times)) {
            let start = Instant::now();
            (0..*batch).for_each(|_| work());
            times.push(start.elapsed() / *batch);
        }
    }
    let medians: Vec<Duration> = times.into_iter().map(median).collect();
    println!("\n| row | median | ratio | allocations |\n|---|---|---|---|");
    let names: Vec<String> = rows.iter().map(|(name, ..)| name.clone()).collect();
    for (at, (name, base, work)) in rows.iter_mut().enumerate() {
        let ratio = names
            .iter()
            .position(|other| other == base)
            .map(|base| medians[at].as_secs_f64() / medians[base].as_secs_f64());
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let allocations = allocation_counter::measure(work).count_total;
        println!("| {name} | {:.2?} | {ratio} | {allocations} |", medians[at]);
    }
}
