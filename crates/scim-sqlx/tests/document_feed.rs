//! The feed of changes, and API keys.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use scim_core::{SchemaSet, TenantId, attr};
use scim_server::auth::{Access, AuthError, Authenticator, BearerTokens, TokenStore};
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write};
use scim_sqlx::{ChangeKind, DatabaseTokens, Feed, Grant, Position};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use common::{Databases, find, group, groups, patch, user, users};

#[tokio::test(flavor = "multi_thread")]
async fn sec_s27_every_committed_write_is_in_the_feed_and_no_other() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let feed = Feed::new(database);
        let (us, gs, cx, write) = (database.users(), database.groups(), users("acme"), Write::unchecked());
        let ann = us.create(&cx, user("ann"), &write).await.unwrap().stored;
        let taken = us.create(&cx, user("ANN"), &write).await;
        assert!(matches!(taken, Err(StoreError::Conflict(path)) if path == attr::USER_NAME), "{name}");
        let guides = gs.create(&groups("acme"), group("Guides", &[&ann.id]), &write).await.unwrap().stored.id;
        let title = patch(SchemaSet::user(), json!([{"op": "add", "path": "title", "value": "Dr. Secret"}]));
        us.patch(&cx, &ann.id, &title, &write).await.unwrap();
        us.patch(&cx, &ann.id, &title, &write).await.unwrap();
        assert!(us.patch(&cx, &ann.id, &title, &write.at(ann.version.clone())).await.is_err());
        us.delete(&cx, &ann.id, &write).await.unwrap();
        us.create(&users("other"), user("ann"), &write).await.unwrap();

        let lines = feed.read(None, Position::START, 100).await.unwrap();
        let what: Vec<_> =
            lines.iter().map(|line| (line.tenant.as_str(), line.id.as_str(), line.kind)).collect();
        let other = lines.last().unwrap().id.clone();
        let expected = [
            ("acme", ann.id.as_str(), ChangeKind::Created),
            ("acme", guides.as_str(), ChangeKind::Created),
            ("acme", ann.id.as_str(), ChangeKind::Changed),
            ("acme", guides.as_str(), ChangeKind::Changed),
            ("acme", ann.id.as_str(), ChangeKind::Deleted),
            ("other", other.as_str(), ChangeKind::Created),
        ];
        assert_eq!(what, expected, "{name}");
        assert_eq!(
            (&lines[2].changed[..], &lines[3].changed[..]),
            (&["title".to_owned()][..], &["members".to_owned()][..])
        );
        assert!(!format!("{lines:?}").contains("Secret"));
        // Page by page, of one tenant, and trimmed.
        let (mut after, mut seen) = (Position::START, 0);
        loop {
            let page = feed.read(Some(&TenantId::new("acme").unwrap()), after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            (after, seen) = (last.position.to_string().parse().unwrap(), seen + page.len());
        }
        assert_eq!(seen, 5);
        assert_eq!(feed.trim(lines[3].position).await.unwrap(), 4);
        assert_eq!(feed.read(None, Position::START, 100).await.unwrap(), lines[4..]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_s27_a_write_that_commits_late_is_not_skipped() {
    let databases = Databases::start().await;
    let Some(cluster) = &databases.cluster else { return };
    let database = &databases.all[1].1;
    let feed = Feed::new(database);
    // Another server has written its line, and has not committed.
    let mut slow = PgConnection::connect(&cluster.url()).await.unwrap();
    let mut open = slow.begin().await.unwrap();
    let line = "INSERT INTO scim_outbox (tenant, type, id, kind, changed, at) \
        VALUES ('acme', 'User', 'slow', 'created', '[]', '502026-01-01T00:00:00.000000000')";
    open.execute(line).await.unwrap();
    let fast =
        database.users().create(&users("acme"), user("fast"), &Write::unchecked()).await.unwrap().stored.id;
    assert_eq!(feed.read(None, Position::START, 10).await.unwrap(), []);
    open.commit().await.unwrap();
    let ids: Vec<_> =
        feed.read(None, Position::START, 10).await.unwrap().into_iter().map(|line| line.id).collect();
    assert_eq!(ids, [common::id("slow"), fast]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_s10_a_tenant_has_its_own_of_everything() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, gs, write) = (database.users(), database.groups(), Write::unchecked());
        let ann = us.create(&users("acme"), user("ann"), &write).await.unwrap().stored.id;
        let guides = gs.create(&groups("acme"), group("Guides", &[&ann]), &write).await.unwrap().stored.id;
        // A group of another tenant that names the same id makes nobody a member here, nor is it changed from here.
        let theirs =
            gs.create(&groups("evil"), group("Admins", &[&ann, &guides]), &write).await.unwrap().stored;
        let read = us.get(&users("acme"), &ann, &scim_core::Projection::default()).await.unwrap();
        assert_eq!(read.resource.groups.len(), 1, "{name}");
        assert_eq!(find(&us, &users("evil"), &format!("groups.value eq \"{guides}\"")).await, []);
        assert_eq!(find(&us, &users("acme"), &format!("groups.value eq \"{}\"", theirs.id)).await, []);
        assert_eq!(
            find(&gs, &groups("evil"), &format!("members.value eq \"{ann}\"")).await,
            std::slice::from_ref(&theirs.id)
        );
        assert_eq!(gs.names(&groups("evil"), std::slice::from_ref(&guides)).await.unwrap(), []);
        assert!(matches!(gs.delete(&groups("evil"), &guides, &write).await, Err(StoreError::NotFound)));
        us.delete(&users("acme"), &ann, &write).await.unwrap();
        assert_eq!(common::members(&gs, &groups("evil"), &theirs.id).await.len(), 2);
        // A type is not another one, whatever the id.
        assert!(matches!(us.delete(&users("acme"), &guides, &write).await, Err(StoreError::NotFound)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_s11_or_precedence_escapes_no_scope() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let (us, write) = (database.users(), Write::unchecked());
        for tenant in ["acme", "evil"] {
            for n in ["a", "b"] {
                us.create(&users(tenant), user(n), &write).await.unwrap();
            }
        }
        let gone = us.create(&users("acme"), user("gone"), &write).await.unwrap().stored.id;
        us.delete(&users("acme"), &gone, &write.clone().with_retirement(true)).await.unwrap();
        for filter in [
            r#"userName eq "a" or userName pr"#,
            r#"userName eq "x" or not (userName eq "x")"#,
            r#"title eq "x' OR '1'='1" or userName co """#,
            r#"not (userName eq "a" and userName eq "b")"#,
            r#"userName ne "x" or emails[type eq "work" or not (type pr)]"#,
        ] {
            let typed = filter.parse::<scim_filter::Filter>().unwrap().check(SchemaSet::user()).unwrap();
            let query = Query::of(Some(typed), 100);
            let listing: Listing<Stored<_>> = us.query(&users("acme"), &query).await.unwrap();
            assert!(format!("{listing:?}").contains("total: 2"), "{name}: {filter}");
            let names: Vec<_> =
                listing.into_items().into_iter().map(|user| user.resource.user_name.to_string()).collect();
            assert_eq!(names, ["a", "b"], "{name}: {filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_change_and_go() {
    let databases = Databases::start().await;
    for (name, database) in &databases.all {
        let tokens = DatabaseTokens::new(database).remembering(Duration::ZERO);
        let acme = TenantId::new("acme").unwrap();
        let grant = Grant::read_only(acme.clone()).with("Group", Access::Write).with_subject("entra");
        let key = tokens.create(&grant).await.unwrap();
        let id = tokens.list(&acme, "").await.unwrap()[0].id.clone();
        let auth = BearerTokens::new(tokens.clone());
        let head = |key: &str| {
            let header = format!("Bearer {key}");
            http::Request::get("/").header("authorization", header).body(()).unwrap().into_parts().0
        };
        let principal = auth.authenticate(&head(key.expose())).await.unwrap();
        assert_eq!((principal.tenant(), principal.subject()), (&acme, Some("entra")), "{name}");
        assert!(
            principal.scopes().allows("Group", Access::Write)
                && !principal.scopes().allows("User", Access::Write)
        );

        // The new one is good at once, the old one for a while.
        let new = tokens.rotate(&id, Duration::from_secs(3600)).await.unwrap();
        for key in [&key, &new] {
            assert!(auth.authenticate(&head(key.expose())).await.is_ok());
        }
        tokens.expire(&id, Utc::now() - TimeDelta::seconds(1)).await.unwrap();
        assert!(matches!(auth.authenticate(&head(key.expose())).await, Err(AuthError::Invalid)));
        assert!(matches!(tokens.rotate(&id, Duration::ZERO).await, Err(StoreError::NotFound)));
        let infos = tokens.list(&acme, "").await.unwrap();
        assert_eq!(infos.len(), 2);
        assert_eq!(infos.iter().find(|info| info.id != id).unwrap().grant, grant);
        let prefix = id.get(..8).unwrap();
        assert_eq!(tokens.list(&acme, prefix).await.unwrap().len(), 1);
        assert_eq!(tokens.list(&TenantId::new("evil").unwrap(), "").await.unwrap(), []);
        let other = infos.iter().find(|info| info.id != id).unwrap().id.clone();
        // One that remembers may be wrong for a while; this one is asked at once.
        let remembering = DatabaseTokens::new(database);
        assert!(remembering.find(&other).await.unwrap().is_some());
        assert!(tokens.revoke(&other).await.unwrap() && !tokens.revoke(&other).await.unwrap());
        assert!(remembering.find(&other).await.unwrap().is_some());
        assert!(tokens.find(&other).await.unwrap().is_none());
        remembering.revoke(&other).await.unwrap();
        assert!(remembering.find(&other).await.unwrap().is_none());
        assert!(tokens.find("' OR 1=1 --\0").await.unwrap().is_none());
        assert!(!format!("{tokens:?} {infos:?}").contains(key.expose()));
    }
}
