//! scim-sqlx: the document store on a file of SQLite and on a local PostgreSQL, beside bare statements through sqlx.
//!
//! `cargo bench --bench sqlx -- [sqlite] [postgres] [members] [find] [list] [post] [get] [full]` runs what it names, or all.
//! `full` goes up to a million rows; without it, to ten thousand. PostgreSQL is started here, in a temporary folder, with its
//! own settings: what is committed is on the disk (`fsync` and `synchronous_commit` are on), as it is with SQLite
//! (`synchronous=FULL`).

mod find;
mod load;
mod members;
mod memory;
mod place;
mod rates;
mod service;

use std::time::Duration;

use scim_testing::postgres::Cluster;

use crate::memory::Peak;
use crate::place::Place;

#[global_allocator]
static MEMORY: memory::Counted = memory::Counted;

/// What to run, and how large.
struct Scale {
    full: bool,
}

impl Scale {
    /// Sizes from one power of ten to another; the last two are for the full scale.
    fn sizes(&self, from: u32, to: u32) -> Vec<usize> {
        let to = if self.full { to } else { to - 2 };
        (from..=to.max(from)).map(|power| 10_usize.pow(power)).collect()
    }

    fn rounds(&self) -> usize {
        if self.full { 1_001 } else { 101 }
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    if has("--test") {
        return;
    }
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    let wants = |name: &str, others: &[&str]| has(name) || !any(others);
    let parts = ["members", "find", "list", "post", "get"];
    let scale = Scale { full: has("full") };
    let cluster = if wants("postgres", &["sqlite", "postgres"]) { Cluster::start() } else { None };
    let mut places = Vec::new();
    if wants("sqlite", &["sqlite", "postgres"]) {
        places.push(Place::sqlite());
    }
    places.extend(cluster.as_ref().map(Place::postgres));
    for place in &places {
        if wants("members", &parts) {
            members::run(place, &scale).await;
        }
        if wants("find", &parts) || wants("list", &parts) {
            find::run(place, &scale, wants("find", &parts), wants("list", &parts)).await;
        }
        if wants("post", &parts) {
            rates::posts(place, &scale).await;
        }
        if wants("get", &parts) {
            rates::gets(place, &scale).await;
        }
    }
}

/// The middle of some times, and the time that one of ten exceeds.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn tenth(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times.get(times.len() * 9 / 10).copied().unwrap_or_default()
}

/// Numbers that jump about.
fn jumping(from: usize) -> impl FnMut() -> usize {
    let mut state = from;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

fn ratio(of: Duration, to: Duration) -> String {
    format!("{:.2}", of.as_secs_f64() / to.as_secs_f64())
}
