//! Look-ups among users, and all of them page by page.

use std::time::{Duration, Instant};

use http::{Method, StatusCode};
use http_body_util::BodyExt;
use scim_server::ScimService;
use tower_service::Service;

use crate::load::{self, number};
use crate::place::{Home, Place};
use crate::service::{anyone, ask, request};
use crate::{Peak, Scale, median, ratio, tenth};

/// What is asked, where `{}` is the number of the user.
const FILTERS: [&str; 3] = [
    "userName eq \"babs{}@example.com\"",
    "externalId eq \"E-{}\"",
    "emails[type eq \"work\" and value eq \"babs{}@example.com\"]",
];

/// Users on one page.
const PAGE: usize = 100;

struct Users {
    home: Home,
    count: usize,
    service: ScimService,
    times: [Vec<Duration>; FILTERS.len()],
}

pub(crate) async fn run(place: &Place, scale: &Scale, find: bool, list: bool) {
    let mut all = Vec::new();
    for count in scale.sizes(4, 6) {
        let home = place.home().await;
        load::users(&home, count).await;
        let service = anyone(&home.database);
        all.push(Users { home, count, service, times: Default::default() });
    }
    if find {
        look_up(place, scale, &mut all).await;
    }
    if list {
        println!(
            "\n| {}, all by cursor, {PAGE} on a page | pages | first pages | last pages | most memory of Rust | more RAM of \
             the process |\n|---|---|---|---|---|---|",
            place.name()
        );
        for users in &mut all {
            walk(users).await;
        }
    }
    for users in all {
        users.home.database.close().await;
    }
}

async fn look_up(place: &Place, scale: &Scale, all: &mut [Users]) {
    let mut next = crate::jumping(1);
    for round in 0..scale.rounds() {
        for users in &mut *all {
            let n = number(1 + next() % users.count);
            for (at, filter) in FILTERS.iter().enumerate() {
                let filter = filter.replace("{}", &n).replace(' ', "%20").replace('"', "%22");
                let filter = filter.replace('[', "%5B").replace(']', "%5D").replace('@', "%40");
                let request = request(Method::GET, &format!("/Users?filter={filter}"), None, String::new());
                let (status, bytes, time) = ask(&mut users.service, request).await;
                assert!(status == StatusCode::OK && bytes > 500, "{status} {bytes}");
                if round >= 5 {
                    users.times[at].push(time);
                }
            }
        }
    }
    println!(
        "\n| {}, users | look-up | median | nine of ten | to 10,000 |\n|---|---|---|---|---|",
        place.name()
    );
    let mut first = [None; FILTERS.len()];
    for users in all {
        for (at, filter) in FILTERS.iter().enumerate() {
            let times = &mut users.times[at];
            let middle = median(times);
            let least = *first[at].get_or_insert(middle);
            let name = filter.replace("{}", "…");
            println!(
                "| {} | `{name}` | {middle:.1?} | {:.1?} | {} |",
                users.count,
                tenth(times),
                ratio(middle, least)
            );
        }
    }
}

async fn walk(users: &mut Users) {
    let peak = Peak::start();
    let (mut cursor, mut seen) = (String::new(), 0);
    let mut times = Vec::with_capacity(users.count / PAGE + 1);
    loop {
        let path = format!("/Users?cursor={cursor}&count={PAGE}");
        let start = Instant::now();
        let answer = users.service.call(request(Method::GET, &path, None, String::new())).await.unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        times.push(start.elapsed());
        let text = std::str::from_utf8(&body).unwrap();
        seen += text.matches("\"costCenter\"").count();
        let Some((_, rest)) = text.split_once("\"nextCursor\":\"") else { break };
        cursor.clear();
        cursor.push_str(rest.split('"').next().unwrap());
    }
    let (heap, resident) = peak.end();
    // Number 0 is there, too.
    assert_eq!(seen, users.count + 1);
    let pages = times.len();
    let some = 50.min(pages / 2);
    let (first, last) =
        (median(&mut times[..some].to_vec()), median(&mut times[pages - some - 1..pages - 1].to_vec()));
    println!("| {} | {pages} | {first:.1?} | {last:.1?} | {heap:.1} MiB | {resident:.1} MiB |", users.count);
}
