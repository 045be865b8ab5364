//! How much memory it takes to answer with a very large group. One test a file: the counter counts every thread.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use http::Request;
use http_body_util::{BodyExt, Empty};
use scim_core::SchemaSet;
use scim_server::auth::dangerous_allow_anyone;
use scim_server::store::{ResourceStore, Write};
use scim_server::{BaseUrl, ScimService};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_service::Service as _;

use common::{Databases, group, groups, patch};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

const MEMBERS: usize = 200_000;
const KIB: isize = 1_024;

/// How much is held beyond what was held before.
fn held(region: &Region<'_, std::alloc::System>) -> isize {
    let change = region.change();
    // What is allocated and what is given back count reallocations, too.
    isize::try_from(change.bytes_allocated).unwrap() - isize::try_from(change.bytes_deallocated).unwrap()
}

/// What a GET comes to: bytes of the answer, members in it, the most that was held between two of its pieces, the longest piece.
async fn read(service: &ScimService, path: &str) -> (usize, usize, isize, usize) {
    let request =
        Request::get(format!("https://app.example/v2{path}")).body(Empty::<bytes::Bytes>::new()).unwrap();
    let region = Region::new(ALLOCATOR);
    let response = service.clone().call(request).await.unwrap();
    assert_eq!(response.status(), 200);
    let mut body = std::pin::pin!(response.into_body());
    let (mut bytes, mut members, mut most, mut longest) = (0, 0, 0, 0);
    while let Some(frame) = body.frame().await {
        let piece = frame.unwrap().into_data().unwrap();
        most = most.max(held(&region));
        bytes += piece.len();
        longest = longest.max(piece.len());
        // No piece ends within a member.
        members += piece.windows(7).filter(|part| part == b"\"value\"").count();
    }
    (bytes, members, most, longest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_200_000_members_is_answered_piece_by_piece() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (store, cx) = (database.groups(), groups("acme"));
        let made = store.create(&cx, group("All", &[]), &Write::unchecked()).await.unwrap().stored.id;
        for chunk in (0..MEMBERS).collect::<Vec<_>>().chunks(20_000) {
            let new: Vec<Value> = chunk.iter().map(|n| json!({"value": format!("member-{n:08}")})).collect();
            let add = patch(SchemaSet::group(), json!([{"op": "add", "path": "members", "value": new}]));
            store.patch(&cx, &made, &add, &Write::unchecked()).await.unwrap();
        }
        let base = BaseUrl::new("https://app.example/v2").unwrap();
        let service = ScimService::builder(base, dangerous_allow_anyone("acme".parse().unwrap()))
            .resource(store)
            .without_session_revocation()
            .build()
            .unwrap();
        // Connections, statements and tables are there once it was asked before.
        let light = format!("/Groups/{made}?excludedAttributes=members");
        assert_eq!(read(&service, &light).await.1, 0);
        for path in [format!("/Groups/{made}"), "/Groups".to_owned()] {
            let (bytes, members, most, longest) = read(&service, &path).await;
            assert_eq!(members, MEMBERS, "{name}");
            assert!(bytes > 6_000_000, "{name}: {bytes}");
            assert!(longest < 512 * 1_024, "{name}: a piece of {longest} bytes");
            // The whole of it as JSON values would be a hundred times as much.
            assert!(most < 1_024 * KIB, "{name}: {path}: {most} bytes were held");
            println!("{name}: {path}: {bytes} bytes in pieces of up to {longest}, {most} held");
        }
        // Without members, none is read.
        let (bytes, _, most, _) = read(&service, &light).await;
        assert!(bytes < 1_000 && most < 64 * KIB, "{name}: {bytes} {most}");
    }
}
