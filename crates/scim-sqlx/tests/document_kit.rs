//! The document store passes the test kit for stores, on both databases.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use scim_core::{Group, SchemaSet};
use scim_server::testing::{StoreKit, check_store};

use common::Databases;

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_passes_with_users() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let report =
            check_store(&database.users()).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(report.skipped.len(), 4, "{name}: {report}");
        assert!(report.skipped.iter().all(|(_, why)| why == "the type has no members"), "{name}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_passes_with_dynamic_users() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let store = database.resources("User", SchemaSet::user());
        let report = check_store(&store).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        assert_eq!(report.skipped.len(), 4, "{name}: {report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kit_passes_with_groups() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let make = |n: usize| Group { display_name: format!("Group {n}").into(), ..Group::default() };
        let kit = StoreKit::new("Group", SchemaSet::group(), make);
        let report =
            kit.check(&database.groups()).await.unwrap_or_else(|failure| panic!("{name}: {failure}"));
        let skipped: Vec<&str> = report.skipped.iter().map(|(_, why)| why.as_str()).collect();
        assert!(skipped.iter().all(|why| why.starts_with("the type has no")), "{name}: {report}");
    }
}
