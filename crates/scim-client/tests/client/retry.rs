//! What is sent again, when, and how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use scim_client::TransportErrorKind::{Broken, Connect, Tls};
use scim_client::{BoxError, Dialect, Error, Rate, Retry, TokenProvider, TransportErrorKind};
use scim_core::value::secret::Secret;
use scim_core::{ResourceId, User, attr};
use scim_filter::Filter;

use crate::support::{Act, Script, answer, error, error_with, page, scim, user};

fn id() -> ResourceId {
    ResourceId::new("7").unwrap()
}

fn found() -> Act {
    scim(200, user("7", "bjensen"))
}

fn bjensen() -> User {
    User { user_name: "bjensen".into(), ..User::default() }
}

#[tokio::test]
async fn retry_after_in_seconds_and_as_a_date() {
    let script = Script::new([
        error_with(429, &[("retry-after", "20")]),
        error_with(503, &[("retry-after", "Thu, 01 Jan 2026 00:01:00 GMT")]),
        found(),
    ]);
    let (builder, clock) = script.builder();
    builder.build().unwrap().users().get(&id()).await.unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(20), Duration::from_secs(40)]);
}

#[tokio::test]
async fn otherwise_pauses_grow() {
    let script = Script::new([error(500), answer(502, &[], "<p>"), Act::Fail(Broken), found()]);
    let (builder, clock) = script.builder();
    builder.build().unwrap().users().get(&id()).await.unwrap();
    let slept: Vec<_> = clock.slept().iter().map(Duration::as_millis).collect();
    for (slept, most) in slept.iter().zip([500, 1_000, 2_000]) {
        assert!((most / 2..=most).contains(slept), "{slept}");
    }
    assert_eq!(slept.len(), 3);
}

#[tokio::test]
async fn whoever_counts_hears_of_every_attempt() {
    let script = Script::new([error(500), Act::Fail(Broken), found()]);
    let (builder, _) = script.builder();
    let (heard, told) = std::sync::mpsc::channel();
    let client = builder.on_attempt(move |method, status| {
        heard.send((method.to_string(), status.map(|status| status.as_u16()))).unwrap();
    });
    client.build().unwrap().users().get(&id()).await.unwrap();
    let told: Vec<_> = told.try_iter().collect();
    assert_eq!(told, [Some(500), None, Some(200)].map(|status| ("GET".to_owned(), status)));
}

#[tokio::test]
async fn attempts_deadline_and_budget_bound_it() {
    let script = Script::new((0..4).map(|_| error(500)));
    let (builder, _) = script.builder();
    let client = builder.build().unwrap();
    assert_eq!(client.users().get(&id()).await.unwrap_err().status(), Some(500));
    assert_eq!(script.got().len(), 4);

    let script = Script::new([error_with(429, &[("retry-after", "500")])]);
    let (builder, clock) = script.builder();
    let error = builder.build().unwrap().users().get(&id()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(500)));
    assert!(error.is_retryable() && clock.slept().is_empty());

    let script = Script::new((0..5).map(|_| crate::support::error(500)));
    let (builder, _) = script.builder();
    let client = builder.retry(Retry::default().with_budget(3)).build().unwrap();
    client.users().get(&id()).await.unwrap_err();
    client.users().get(&id()).await.unwrap_err();
    assert_eq!(script.got().len(), 5);
}

#[tokio::test]
async fn what_trying_again_does_not_mend_is_not_tried_again() {
    for act in [error(400), error(401), error(404), error(501), Act::Fail(Tls)] {
        let script = Script::new([act]);
        let client = script.client();
        assert!(!client.users().get(&id()).await.unwrap_err().is_retryable());
        assert_eq!(script.got().len(), 1);
    }
}

#[tokio::test]
async fn a_creation_is_sent_again_only_if_nobody_saw_it() {
    for act in [error(500), error(503), Act::Fail(Broken), answer(504, &[], "<p>")] {
        let script = Script::new([act]);
        script.client().users().create(&bjensen()).await.unwrap_err();
        assert_eq!(script.got().len(), 1);
    }
    for act in [Act::Fail(Connect), error(429)] {
        let script = Script::new([act, scim(201, user("7", "bjensen"))]);
        script.client().users().create(&bjensen()).await.unwrap();
        assert_eq!(script.got().len(), 2);
    }
}

#[tokio::test]
async fn or_after_a_look_up() {
    let key = Filter::eq(attr::USER_NAME, "bjensen");
    let lookup = "GET /Users?filter=userName%20eq%20%22bjensen%22&count=2";
    // It was done.
    let script = Script::new([Act::Fail(Broken), page(Some(1), &[user("7", "bjensen")])]);
    let created = script.client().users().create_once(&bjensen(), &key).await.unwrap();
    assert_eq!(created.id, Some(id()));
    assert_eq!(script.lines(), ["POST /Users", lookup]);
    // It was not.
    let script = Script::new([error(503), page(Some(0), &[]), scim(201, user("7", "bjensen"))]);
    script.client().users().create_once(&bjensen(), &key).await.unwrap();
    assert_eq!(script.lines(), ["POST /Users", lookup, "POST /Users"]);
    // It was, and is only seen later.
    let script =
        Script::new([error(504), page(Some(0), &[]), error(409), page(Some(1), &[user("7", "bjensen")])]);
    script.client().users().create_once(&bjensen(), &key).await.unwrap();
    assert_eq!(script.lines(), ["POST /Users", lookup, "POST /Users", lookup]);
    // Somebody else has the name.
    let script = Script::new([error(409)]);
    let error = script.client().users().create_once(&bjensen(), &key).await.unwrap_err();
    assert_eq!(error.status(), Some(409));
    // Nobody knows.
    let script = Script::new([Act::Fail(Broken), page(Some(2), &[user("7", "bjensen")])]);
    script.client().users().create_once(&bjensen(), &key).await.unwrap_err();
    assert_eq!(script.got().len(), 2);
}

#[tokio::test]
async fn a_deletion_that_was_repeated_may_find_nothing() {
    let script = Script::new([Act::Fail(Broken), error(404), error(404)]);
    let client = script.client();
    client.users().delete(&id(), None).await.unwrap();
    assert!(client.users().delete(&id(), None).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_server_that_hangs() {
    let script = Script::new((0..4).map(|_| Act::Hang));
    let (builder, clock) = script.builder();
    let error = builder.build().unwrap().users().get(&id()).await.unwrap_err();
    let Error::Transport(late) = &error else { panic!("{error:?}") };
    assert_eq!(late.kind(), TransportErrorKind::TimedOut);
    assert_eq!(error.to_string(), "GET /Users/7: no answer in time: the time is up");
    // Each attempt has its 30 seconds, and all together two minutes.
    let total: Duration = clock.slept().iter().sum();
    assert!(total <= Duration::from_secs(121) && total >= Duration::from_secs(90), "{total:?}");
}

#[tokio::test]
async fn the_rate_is_kept_and_a_pause_is_everybodys() {
    let script = Script::new((0..5).map(|_| found()));
    let (builder, clock) = script.builder();
    let client = builder.rate(Rate::per_second(2).with_burst(2)).concurrency(1).build().unwrap();
    for _ in 0..5 {
        client.clone().users().get(&id()).await.unwrap();
    }
    assert_eq!(clock.slept(), [Duration::from_millis(500); 3]);
}

#[derive(Clone, Default)]
struct Rotating(Arc<AtomicUsize>);

impl TokenProvider for Rotating {
    async fn token(&self, refused: Option<&Secret>) -> Result<Secret, BoxError> {
        if let Some(refused) = refused {
            assert_eq!(refused.expose(), format!("token-{}", self.0.load(Ordering::SeqCst)));
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        match self.0.load(Ordering::SeqCst) {
            3.. => Err("the secret store is closed".into()),
            n => Ok(format!("token-{n}").into()),
        }
    }
}

#[tokio::test]
async fn a_token_that_expired_is_fetched_once_more() {
    let script = Script::new([error(401), found(), error(401), error(401), error(401)]);
    let (builder, _) = script.builder();
    let client = builder.token_provider(Rotating::default()).build().unwrap();
    client.users().get(&id()).await.unwrap();
    let error = client.users().get(&id()).await.unwrap_err();
    assert_eq!(error.status(), Some(401));
    let sent: Vec<_> =
        script.got().iter().map(|got| got.headers["authorization"].to_str().unwrap().to_owned()).collect();
    assert_eq!(sent, ["Bearer token-0", "Bearer token-1", "Bearer token-1", "Bearer token-2"]);
    let error = client.users().get(&id()).await.unwrap_err();
    assert_eq!(error.to_string(), "no token: the secret store is closed");
}

#[tokio::test]
async fn modify_reads_again_where_somebody_was_faster() {
    let script = Script::new([found(), error(412), found(), answer(204, &[], ""), found()]);
    let client = script.client();
    client.users().modify(&id(), |user| user.set(&attr::TITLE, "Guide".into())).await.unwrap();
    assert_eq!(script.lines(), ["GET /Users/7", "PATCH /Users/7", "GET /Users/7", "PATCH /Users/7"]);
    client.users().modify(&id(), |_| Ok(())).await.unwrap();
    assert_eq!(script.got().len(), 5, "nothing changes, so nothing is sent");
}

#[tokio::test]
async fn headers_of_a_request() {
    let with_version = answer(200, &[("etag", "W/\"3\"")], &user("7", "bjensen").to_string());
    let script =
        Script::new([with_version, answer(304, &[], ""), answer(204, &[], ""), answer(204, &[], "")]);
    let (builder, _) = script.builder();
    let client = builder.user_agent("acme/1").build().unwrap();
    let user = client.users().get(&id()).await.unwrap();
    let version = user.version.clone().unwrap();
    assert!(client.users().get_if_changed(&id(), &version).await.unwrap().is_none());
    client.users().delete(&id(), Some(&version)).await.unwrap();
    client.learn(|dialect: &mut Dialect| dialect.etag = false);
    client.users().delete(&id(), Some(&version)).await.unwrap();
    let got = script.got();
    assert_eq!(got[0].headers["user-agent"], "acme/1");
    assert_eq!(got[0].headers["accept"], "application/scim+json, application/json;q=0.9");
    assert!(got[0].headers.get("content-type").is_none());
    assert!(got[0].headers["authorization"].is_sensitive());
    assert_eq!(got[1].headers["if-none-match"], "W/\"3\"");
    assert_eq!(got[2].headers["if-match"], "W/\"3\"");
    assert!(got[3].headers.get("if-match").is_none());
}

struct Silent;

impl TokenProvider for Silent {
    async fn token(&self, _: Option<&Secret>) -> Result<Secret, BoxError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up() {
    let (builder, _) = Script::default().builder();
    let client = builder.token_provider(Silent).build().unwrap();
    let error = client.users().get(&id()).await.unwrap_err();
    assert_eq!(error.to_string(), "no token: its provider took too long");
}
