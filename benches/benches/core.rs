//! Reading and writing users and groups: scim-core beside `serde_json::Value` and other crates.
//!
//! `cargo bench --bench core` prints times, and a table of ratios and allocations at the end.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use scim_core::{Group, Intent, Limits, Profile, Projection, Resource, SchemaSet, User, json};
use serde_json::{Value, json};

/// RFC 7643 §8.3: a full user with the enterprise extension, as it goes over the wire; the certificate is cut, as its
/// 1,120 characters would drown the rest.
fn full_user() -> String {
    let text = include_str!("../../crates/scim-testing/testdata/rfc7643/8.3-user-enterprise.json");
    let mut user = serde_json::from_str::<Value>(text).unwrap();
    user["x509Certificates"] = json!([{"value": "MIIDQzCCAqyg"}]);
    user.to_string()
}

/// `UserName`, as some senders write it.
fn pascal(name: &str) -> String {
    let mut name = name.to_owned();
    if !name.contains(':') {
        name.get_mut(..1).unwrap().make_ascii_uppercase();
    }
    name
}

/// The same with every name spelled otherwise.
fn shouted(value: &Value, spell: fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (spell(name), shouted(value, spell))).collect()
        }
        Value::Array(elements) => elements.iter().map(|element| shouted(element, spell)).collect(),
        other => other.clone(),
    }
}

/// The same as a careless sender has it: booleans as strings, the manager as a string, nulls, an extension and
/// attributes that nobody knows.
fn loose(mut user: Value) -> Value {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    user["active"] = json!("True");
    user["emails"][0]["primary"] = json!("true");
    user["emails"][1]["display"] = json!(null);
    user[enterprise]["manager"] = json!("26118915-6090-4610-87e4-49d8ca9f808d");
    user["department"] = json!("Tours");
    user["urn:example:params:scim:schemas:Badge:1.0:User"] = json!({"number": 7, "doors": ["A", "B"]});
    user
}

fn group(members: usize) -> String {
    let members: Vec<Value> = (0..members)
        .map(|n| {
            let id = format!("2819c223-7f76-453a-919d-{n:012}");
            json!({"value": id, "$ref": format!("https://example.com/v2/Users/{id}"), "display": format!("User {n}"), "type": "User"})
        })
        .collect();
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "All", "members": members})
        .to_string()
}

fn admit(text: &str) -> Resource {
    let raw = json::read(text.as_bytes(), &Limits::default()).unwrap();
    SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient()).unwrap().resource
}

/// Names, work, and the row it is compared with.
type Row<'a> = (&'static str, &'static str, Box<dyn Fn() + 'a>);

fn main() {
    let user = full_user();
    let shouting = shouted(&serde_json::from_str(&user).unwrap(), str::to_uppercase).to_string();
    let mixed = shouted(&serde_json::from_str(&user).unwrap(), pascal).to_string();
    let value: Value = serde_json::from_str(&user).unwrap();
    let loose = loose(value.clone()).to_string();
    let resource = admit(&user);
    let resource_value = Value::Object(resource.as_map().clone());
    let group = group(10_000);
    let all = Projection::default();
    let set = SchemaSet::user();
    assert_eq!(admit(&shouting), resource);
    println!("full user: {} bytes, group of 10,000: {} bytes", user.len(), group.len());

    let rows: Vec<Row<'_>> = vec![
        (
            "user: Value",
            "",
            Box::new(|| drop(black_box(serde_json::from_str::<Value>(black_box(&user)).unwrap()))),
        ),
        (
            "user: typed",
            "user: Value",
            Box::new(|| drop(black_box(serde_json::from_str::<User>(black_box(&user)).unwrap()))),
        ),
        (
            "user, loose: Value",
            "",
            Box::new(|| drop(black_box(serde_json::from_str::<Value>(black_box(&loose)).unwrap()))),
        ),
        (
            "user, loose: typed",
            "user, loose: Value",
            Box::new(|| drop(black_box(serde_json::from_str::<User>(black_box(&loose)).unwrap()))),
        ),
        (
            "user: json::read",
            "user: Value",
            Box::new(|| drop(black_box(json::read(black_box(user.as_bytes()), &Limits::default()).unwrap()))),
        ),
        ("user: bytes to admitted", "user: Value", Box::new(|| drop(black_box(admit(black_box(&user)))))),
        (
            "user: bytes to admitted, names in PascalCase",
            "user: Value",
            Box::new(|| drop(black_box(admit(black_box(&mixed))))),
        ),
        (
            "user: bytes to admitted, names in capitals",
            "user: Value",
            Box::new(|| drop(black_box(admit(black_box(&shouting))))),
        ),
        (
            "user: scim_v2 typed",
            "user: Value",
            Box::new(|| {
                drop(black_box(serde_json::from_str::<scim_v2::models::user::User>(black_box(&user))))
            }),
        ),
        (
            "user: scim_proto typed",
            "user: Value",
            Box::new(|| drop(black_box(serde_json::from_str::<scim_proto::user::User>(black_box(&user))))),
        ),
        (
            "user: write Value",
            "",
            Box::new(|| drop(black_box(serde_json::to_vec(black_box(&resource_value)).unwrap()))),
        ),
        (
            "user: project and write",
            "user: write Value",
            Box::new(|| {
                drop(black_box(serde_json::to_vec(&set.project(black_box(&resource), &all)).unwrap()))
            }),
        ),
        (
            "group of 10,000: Value",
            "",
            Box::new(|| drop(black_box(serde_json::from_str::<Value>(black_box(&group)).unwrap()))),
        ),
        (
            "group of 10,000: typed",
            "group of 10,000: Value",
            Box::new(|| drop(black_box(serde_json::from_str::<Group>(black_box(&group)).unwrap()))),
        ),
        (
            "group of 10,000: scim_v2 typed",
            "group of 10,000: Value",
            Box::new(|| {
                drop(black_box(serde_json::from_str::<scim_v2::models::group::Group>(black_box(&group))))
            }),
        ),
    ];
    println!(
        "scim_v2 reads the user: {:?}",
        serde_json::from_str::<scim_v2::models::user::User>(&user).map(drop)
    );
    println!(
        "scim_proto reads the user: {:?}",
        serde_json::from_str::<scim_proto::user::User>(&user).map(drop)
    );
    let _ = &value;

    let mut criterion = Criterion::default().configure_from_args();
    for (name, _, work) in &rows {
        criterion.bench_function(name, |bencher| bencher.iter(work));
    }
    criterion.final_summary();
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }

    println!("\n| row | median | ratio | allocations |\n|---|---|---|---|");
    // Users and groups apart: what is left of a heap with 70,000 small blocks is no place to time one user.
    let (users, groups) =
        rows.split_at(rows.iter().position(|(name, ..)| name.starts_with("group")).unwrap());
    let mut medians = interleaved(users);
    medians.extend(interleaved(groups));
    for ((name, base, work), median) in rows.iter().zip(&medians) {
        let ratio = rows
            .iter()
            .position(|(other, ..)| other == base)
            .map(|at| median.as_secs_f64() / medians[at].as_secs_f64());
        let ratio = ratio.map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let allocations = allocation_counter::measure(work).count_total;
        println!("| {name} | {median:.2?} | {ratio} | {allocations} |");
    }
}

/// The median time of each row, measured in turns, so that what the machine does meanwhile hits all alike.
fn interleaved(rows: &[Row<'_>]) -> Vec<Duration> {
    const ROUNDS: usize = 101;
    let batches: Vec<u32> = rows
        .iter()
        .map(|(_, _, work)| {
            let start = Instant::now();
            work();
            (Duration::from_millis(2).as_nanos() / start.elapsed().as_nanos().max(1)).clamp(1, 100_000) as u32
        })
        .collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); rows.len()];
    for _ in 0..ROUNDS {
        for ((_, _, work), (batch, times)) in rows.iter().zip(batches.iter().zip(&mut times)) {
            let start = Instant::now();
            (0..*batch).for_each(|_| work());
            times.push(start.elapsed() / *batch);
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect()
}
