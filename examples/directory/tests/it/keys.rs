//! Keys: changed without a pause, replaced at once, taken back.

use std::time::Duration;

use directory::{NewDirectory, Options, Policies};
use scim_server::auth::ApiKey;

use super::client::with;

#[tokio::test]
async fn a_key_is_changed_without_a_pause() {
    let (running, old) = with(Policies::default()).await;
    let id = running.started[0].id.clone();
    let user = old.user("bjensen").await.is(201);
    let path = format!("/Users/{}", user.id());

    let key = running.directories.rotate_key(&id, Duration::from_secs(3600)).await.unwrap();
    let new = old.with(&old.base, key.expose());
    old.get(&path).await.is(200);
    new.get(&path).await.is(200);
    let first = running.directories.keys(&id).await.unwrap().remove(0);
    assert!(running.directories.revoke_key(&id, &first.id).await.unwrap());
    old.get(&path).await.is(401);
    new.get(&path).await.is(200);

    let key = running.directories.regenerate_key(&id).await.unwrap();
    new.get(&path).await.is(401);
    old.with(&old.base, key.expose()).get(&path).await.is(200);
}

#[tokio::test]
async fn a_key_may_be_given() {
    let key = || ApiKey::fixed("a-key-for-tests-only").unwrap();
    let directories = vec![NewDirectory { name: "People".to_owned(), key: Some(key()) }];
    let running = directory::start(Options { directories, ..Options::default() }).await.unwrap();
    assert!(!running.started[0].new_key);
    assert_eq!(running.token(), "a-key-for-tests-only");
    super::client::Client::of(&running.started[0]).get("/Users").await.is(200);

    let directories = vec![
        NewDirectory { name: "one".into(), key: Some(key()) },
        NewDirectory { name: "other".into(), key: Some(key()) },
    ];
    let error = directory::start(Options { directories, ..Options::default() }).await.unwrap_err();
    assert!(error.to_string().contains("keys of its own"), "{error}");
}

#[tokio::test]
async fn a_key_whose_days_are_over_opens_nothing() {
    let (_running, client) = with(Policies { key_days: Some(0), ..Policies::default() }).await;
    client.get("/Users").await.is(401);
    let (_running, client) = with(Policies { key_days: Some(1), ..Policies::default() }).await;
    client.get("/Users").await.is(200);
}
