//! How much memory it takes to answer with a very large group. One test a file: the counter counts every thread.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use http::Request;
use http_body_util::{BodyExt, Empty};
use scim_server::auth::dangerous_allow_anyone;
use scim_server::store::{ResourceStore, Write};
use scim_server::{BaseUrl, ScimService};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_service::Service as _;

use common::{Databases, group, groups, meddle};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const MEMBERS: usize = 200_000;

/// How much is held beyond what was held before.
fn held(region: &Region<'_, std::alloc::System>) -> isize {
    let change = region.change();
    // What is allocated and what is given back count reallocations, too.
    isize::try_from(change.bytes_allocated).unwrap() - isize::try_from(change.bytes_deallocated).unwrap()
}

/// What a GET comes to.
#[derive(Debug, Default)]
struct Read {
    bytes: usize,
    /// JSON objects in the answer.
    objects: usize,
    /// The most that was held between two pieces, in bytes.
    held: isize,
    /// The longest piece, in bytes.
    longest: usize,
}

async fn read(service: &ScimService, path: &str) -> Read {
    let request =
        Request::get(format!("https://app.example/v2{path}")).body(Empty::<bytes::Bytes>::new()).unwrap();
    let region = Region::new(ALLOCATOR);
    let response = service.clone().call(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = std::pin::pin!(response.into_body());
    let mut read = Read::default();
    while let Some(frame) = body.frame().await {
        let piece = frame.unwrap().into_data().unwrap();
        read.held = read.held.max(held(&region));
        read.bytes += piece.len();
        read.longest = read.longest.max(piece.len());
        read.objects += piece.iter().filter(|byte| **byte == b'{').count();
    }
    read
}

const ON_SQLITE: &str = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 200000)
    INSERT INTO scim_members (tenant, group_id, pos, value)
    SELECT r.tenant, r.id, n, 'member-' || (10000000 + n) FROM n CROSS JOIN scim_resources r;
    UPDATE scim_resources SET members = 200000";
const ON_POSTGRES: &str = "INSERT INTO scim_members (tenant, group_id, pos, value)
    SELECT r.tenant, r.id, n, 'member-' || (10000000 + n) FROM generate_series(1, 200000) n CROSS JOIN scim_resources r;
    UPDATE scim_resources SET members = 200000";

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_200_000_members_is_answered_piece_by_piece() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx) = (database.groups(), groups("acme"));
        let made = store.create(&cx, group("All", &[]), &Write::unchecked()).await.unwrap().stored.id;
        // As `PATCH` would write them, in a moment.
        meddle(&databases, name, if *name == "sqlite" { ON_SQLITE } else { ON_POSTGRES }).await;
        let base = BaseUrl::new("https://app.example/v2").unwrap();
        let service = ScimService::builder(base, dangerous_allow_anyone("acme".parse().unwrap()))
            .resource(store)
            .without_session_revocation()
            .build()
            .unwrap();
        for (path, light) in [
            (format!("/Groups/{made}"), format!("/Groups/{made}?excludedAttributes=members")),
            ("/Groups".to_owned(), "/Groups?excludedAttributes=members".to_owned()),
        ] {
            // Connections and statements are there once it was asked before.
            read(&service, &light).await;
            let without = read(&service, &light).await;
            // Where nothing is left out, there is each member.
            let with = read(&service, &path).await;
            assert_eq!(with.objects, without.objects + MEMBERS, "{name}: {path}");
            assert!(with.bytes > MEMBERS * 28, "{name}: {path}: {with:?}");
            println!("{name}: {path}: {with:?}, without members {without:?}");
            // The whole of it would be more than five megabytes as text, and several times as much as values.
            assert!(with.longest < 512 * 1_024, "{name}: {path}: {with:?}");
            assert!(with.held < 512 * 1_024, "{name}: {path}: {with:?}");
            assert!(without.bytes < 1_000 && without.held < 64 * 1_024, "{name}: {path}: {without:?}");
        }
    }
}
