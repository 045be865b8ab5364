//! Reading and asking filters: scim-filter beside the other Rust parsers, and beside a bare look-up.
//!
//! `cargo bench --bench filter` prints times, and two tables at the end: one of the parsers, where a dash stands for a
//! filter that a parser refuses or misreads, and one of the evaluation.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use scim_core::{Resource, SchemaSet};
use scim_filter::Filter;
use serde_json::{Value, json};

/// Names, texts, and the form in which every parser that reads them rightly has them.
fn filters() -> [(&'static str, String); 6] {
    let term = |n: usize| format!("userName eq \"user{n}@example.com\"");
    [
        ("short", "userName eq \"bjensen\"".into()),
        (
            "medium",
            "title pr and userType eq \"Employee\" or active eq true and name.familyName co \"jen\"".into(),
        ),
        ("value path", "emails[type eq \"work\" and value co \"@example.com\"]".into()),
        (
            "URN path",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq \"Tour Operations\""
                .into(),
        ),
        ("20 terms", (0..20).map(term).collect::<Vec<_>>().join(" or ")),
        ("10 parentheses", format!("{}title pr{}", "(".repeat(10), ")".repeat(10))),
    ]
}

/// A parser: whether it reads a text, and how it understands it.
struct Parser {
    name: &'static str,
    read: fn(&str) -> bool,
    understood: fn(&str) -> Option<String>,
}

const PARSERS: [Parser; 4] = [
    Parser {
        name: "ours",
        read: |text| black_box(text.parse::<Filter>()).is_ok(),
        understood: |text| Some(format!("{:?}", text.parse::<Filter>().ok()?)),
    },
    Parser {
        name: "scim_proto",
        read: |text| black_box(text.parse::<scim_proto::filter::ScimFilter>()).is_ok(),
        understood: |text| Some(format!("{:?}", text.parse::<scim_proto::filter::ScimFilter>().ok()?)),
    },
    Parser {
        name: "scim_v2",
        read: |text| black_box(text.parse::<scim_v2::filter::Filter>()).is_ok(),
        understood: |text| Some(format!("{:?}", text.parse::<scim_v2::filter::Filter>().ok()?)),
    },
    Parser {
        name: "scim-filter 0.2",
        read: |text| black_box(peer_scim_filter::parser::filter(text)).is_ok_and(|(rest, _)| rest.is_empty()),
        understood: |text| {
            let (rest, filter) = peer_scim_filter::parser::filter(text).ok()?;
            rest.is_empty().then(|| format!("{filter:?}"))
        },
    },
];

/// Whether a parser reads a filter rightly: it reads it at all, and the `or` of the medium one is the root of its tree.
fn is_right(parser: &Parser, name: &str, text: &str) -> bool {
    match (parser.understood)(text) {
        None => false,
        Some(tree) if name == "medium" => {
            let (or, and) = (tree.find("Or"), tree.find("And"));
            or.zip(and).is_some_and(|(or, and)| or < and)
        }
        Some(_) => true,
    }
}

fn user(n: usize) -> Resource {
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": format!("2819c223-7f76-453a-919d-{n:012}"),
        "externalId": format!("{n}"),
        "userName": format!("User{n}@example.com"),
        "name": {"familyName": format!("Jensen{}", n % 100), "givenName": "Barbara", "formatted": "Ms. Barbara J Jensen"},
        "displayName": "Babs Jensen", "nickName": "Babs", "title": "Tour Guide", "userType": "Employee",
        "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles", "active": n % 2 == 0,
        "emails": [
            {"value": format!("user{n}@example.com"), "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"}
        ],
        "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z", "lastModified": "2011-05-13T04:42:34Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Tour Operations"}
    });
    let Value::Object(map) = user else { panic!("not an object") };
    Resource::from_canonical(map, SchemaSet::user())
}

/// A name, and the work that is measured.
type Row<'a> = (String, Box<dyn Fn() + 'a>);

fn main() {
    let filters = filters();
    let one = user(7);
    let check = |text: &str| text.parse::<Filter>().unwrap().check(SchemaSet::user()).unwrap();
    let by_name = check("userName eq \"user7@example.com\"");
    let asked: Vec<(&str, _)> = vec![
        ("eq, caseless", by_name.clone()),
        ("eq, exact", check("externalId eq \"7\"")),
        ("co", check("displayName co \"jens\"")),
        ("date", check("meta.lastModified gt \"2011-01-01T00:00:00Z\"")),
        ("value path", check("emails[type eq \"home\" and value ew \"@jensen.org\"]")),
        (
            "extension",
            check("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department sw \"tour\""),
        ),
        (
            "four terms",
            check("active eq true and title pr or name.familyName eq \"jensen7\" and userType ne \"Intern\""),
        ),
    ];
    let text = "userName eq \"user7@example.com\"";

    let mut rows: Vec<Row<'_>> = Vec::new();
    for (name, text) in &filters {
        for parser in PARSERS.iter().filter(|parser| is_right(parser, name, text)) {
            let work = move || {
                black_box((parser.read)(black_box(text)));
            };
            rows.push((format!("parse {name}: {}", parser.name), Box::new(work)));
        }
    }

    rows.push((
        "evaluate: bare look-up".into(),
        Box::new(|| {
            let found = black_box(one.as_map()).get(black_box("userName")).and_then(Value::as_str);
            black_box(found == Some(black_box("User7@example.com")));
        }),
    ));
    for (name, filter) in &asked {
        let one = &one;
        assert!(filter.matches(one), "{name}");
        let work = move || {
            black_box(black_box(filter).matches(black_box(one)));
        };
        rows.push((format!("evaluate: {name}"), Box::new(work)));
    }
    rows.push((
        "check".into(),
        Box::new(|| drop(black_box(black_box(text).parse::<Filter>().unwrap().check(SchemaSet::user())))),
    ));

    let mut criterion = Criterion::default().configure_from_args();
    for (name, work) in &rows {
        criterion.bench_function(name, |bencher| bencher.iter(work));
    }
    criterion.final_summary();
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }

    let medians = interleaved(&rows);
    let of = |name: &str| rows.iter().position(|(row, _)| row == name).map(|at| medians[at]);
    let allocations = |name: &str| {
        let (_, work) = rows.iter().find(|(row, _)| row == name).unwrap();
        allocation_counter::measure(work).count_total
    };

    println!("\n| parse | ours | scim_proto | scim_v2 | scim-filter 0.2 | ours / fastest | allocations |");
    println!("|---|---|---|---|---|---|---|");
    let mut product = 1.0;
    for (name, _) in &filters {
        let times: Vec<Option<Duration>> =
            PARSERS.iter().map(|parser| of(&format!("parse {name}: {}", parser.name))).collect();
        let fastest = times[1..].iter().flatten().min();
        let ratio = fastest.map(|fastest| times[0].unwrap().as_secs_f64() / fastest.as_secs_f64());
        product *= ratio.unwrap_or(1.0);
        let cells: Vec<String> =
            times.iter().map(|time| time.map_or("-".into(), |time| format!("{time:.2?}"))).collect();
        let ratio = ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"));
        println!(
            "| {name} | {} | {ratio} | {} |",
            cells.join(" | "),
            allocations(&format!("parse {name}: ours"))
        );
    }
    println!("| geometric mean | | | | | {:.2} | |", f64::powf(product, 1.0 / filters.len() as f64));

    println!("\n| evaluate | time | ratio | allocations |\n|---|---|---|---|");
    let base = of("evaluate: bare look-up").unwrap();
    for ((name, _), median) in rows.iter().zip(&medians).filter(|((name, _), _)| !name.starts_with("parse")) {
        let ratio = median.as_secs_f64() / base.as_secs_f64();
        println!("| {name} | {median:.2?} | {ratio:.2} | {} |", allocations(name));
    }

    let users: Vec<Resource> = (0..100_000).map(user).collect();
    for (name, filter) in [("userName eq", &by_name), ("four terms", &asked.last().unwrap().1)] {
        let start = Instant::now();
        let found = users.iter().filter(|user| filter.matches(user)).count();
        let rate = users.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
        println!("\n{name} over 100,000 users: {found} found, {rate:.1} million users a second");
    }
}

/// The median time of each row, measured in turns, so that what the machine does meanwhile hits all alike.
fn interleaved(rows: &[Row<'_>]) -> Vec<Duration> {
    const ROUNDS: usize = 101;
    let batches: Vec<u32> = rows
        .iter()
        .map(|(_, work)| {
            let start = Instant::now();
            (0..100).for_each(|_| work());
            let each = (start.elapsed().as_nanos() / 100).max(1);
            (Duration::from_millis(2).as_nanos() / each).clamp(1, 200_000) as u32
        })
        .collect();
    let mut times = vec![Vec::with_capacity(ROUNDS); rows.len()];
    for _ in 0..ROUNDS {
        for ((_, work), (batch, times)) in rows.iter().zip(batches.iter().zip(&mut times)) {
            let start = Instant::now();
            (0..*batch).for_each(|_| work());
            times.push(start.elapsed().as_nanos() as f64 / f64::from(*batch));
        }
    }
    times
        .into_iter()
        .map(|mut times| {
            times.sort_unstable_by(f64::total_cmp);
            Duration::from_secs_f64(times[times.len() / 2] / 1e9)
        })
        .collect()
}
