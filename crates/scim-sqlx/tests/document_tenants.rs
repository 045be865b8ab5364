//! What is done to all that a tenant has.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use scim_core::TenantId;
use scim_server::auth::{ApiKey, TokenStore};
use scim_server::store::{ResourceStore, Write};
use scim_sqlx::{DatabaseTokens, Feed, Grant, Position};

use common::{Databases, find, group, groups, members, user, users};

fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_is_erased_and_others_stay() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, gs, write) = (database.users(), database.groups(), Write::unchecked());
        let tokens = DatabaseTokens::new(database);
        let mut kept = Vec::new();
        for of in ["gone", "stays"] {
            let ann = us.create(&users(of), user("ann"), &write).await.unwrap().stored.id;
            let made = gs.create(&groups(of), group("Guides", &[&ann]), &write).await.unwrap().stored.id;
            tokens.create(&Grant::all(tenant(of))).await.unwrap();
            kept = vec![ann, made];
        }
        assert_eq!(database.erase(&tenant("gone")).await.unwrap(), 2, "{name}");
        assert_eq!(database.erase(&tenant("gone")).await.unwrap(), 0, "{name}");
        assert!(tokens.list(&tenant("gone"), "").await.unwrap().is_empty());
        let lines = Feed::new(database).read(None, Position::START, 100).await.unwrap();
        assert!(
            lines.len() == 2 && lines.iter().all(|line| line.tenant == tenant("stays")),
            "{name}: {lines:?}"
        );
        // The names are free, and nobody is in a group that was there.
        let ann = us.create(&users("gone"), user("ANN"), &write).await.unwrap().stored;
        assert!(ann.resource.groups.is_empty());
        assert_eq!(find(&us, &users("gone"), "groups pr").await, []);

        assert_eq!(find(&us, &users("stays"), "userName eq \"ann\" and groups pr").await, [kept[0].clone()]);
        assert_eq!(members(&gs, &groups("stays"), &kept[1]).await, [kept[0].to_string()]);
        assert_eq!(tokens.list(&tenant("stays"), "").await.unwrap().len(), 1);
        assert!(us.create(&users("stays"), user("ANN"), &write).await.is_err(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_retired_does_not_count() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, write) = (database.users(), Write::unchecked());
        let count = async || us.count(&tenant("acme")).await.unwrap();
        assert_eq!(count().await, 0);
        let ann = us.create(&users("acme"), user("ann"), &write).await.unwrap().stored.id;
        us.create(&users("acme"), user("bob"), &write).await.unwrap();
        us.create(&users("other"), user("bob"), &write).await.unwrap();
        database.groups().create(&groups("acme"), group("Guides", &[]), &write).await.unwrap();
        assert_eq!(count().await, 2, "{name}");
        us.delete(&users("acme"), &ann, &write.clone().with_retirement(true)).await.unwrap();
        assert_eq!(count().await, 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_made_up_elsewhere_is_taken_in_once() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let tokens = DatabaseTokens::new(database);
        let key = ApiKey::fixed("a-key-for-tests-only").unwrap();
        let end = chrono::DateTime::from_timestamp(4_000_000_000, 0).unwrap();
        assert!(tokens.add(&key, &Grant::all(tenant("acme")).expires_at(end)).await.unwrap(), "{name}");
        assert!(!tokens.add(&key, &Grant::all(tenant("acme"))).await.unwrap(), "{name}");
        assert!(!tokens.add(&key, &Grant::all(tenant("other"))).await.unwrap(), "{name}");
        assert!(tokens.list(&tenant("other"), "").await.unwrap().is_empty());
        let info = tokens.list(&tenant("acme"), "fixed-").await.unwrap().remove(0);
        assert_eq!((info.grant.tenant(), info.grant.expires()), (&tenant("acme"), Some(end)));
        let record = tokens.find(&info.id).await.unwrap().unwrap();
        assert_eq!(record.principal.tenant(), &tenant("acme"));
    }
}

#[tokio::test]
async fn a_postgresql_that_is_not_there_is_said_to_be_so() {
    // Nobody listens at the port for discarding.
    let error = scim_sqlx::Database::postgres("postgres://scim@127.0.0.1:9/people").await.unwrap_err();
    assert!(error.to_string().contains("Connection refused"), "{error}");
}
