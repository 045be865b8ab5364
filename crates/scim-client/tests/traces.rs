//! What is traced: alone in its process, since who listens is decided for all threads at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by unwrapping it"
)]

#[path = "client/support.rs"]
mod support;

use std::sync::{Arc, Mutex};

use scim_client::Client;
use scim_core::{User, attr};
use scim_filter::Filter;

use support::{Script, TOKEN, error, page, scim, user};

/// What was traced.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_attempt_is_traced_and_nobodys_secrets_are() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .without_time()
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let script = Script::new([error(503), page(Some(0), &[]), scim(201, user("7", "bjensen"))]);
    let (builder, _) = script.builder();
    let client: Client = builder.retry(scim_client::Retry::default()).build().unwrap();
    client.users().find(&Filter::eq(attr::USER_NAME, "bjensen")).await.unwrap();
    let new = User { user_name: "bjensen".into(), password: Some("t1meMa$heen".into()), ..User::default() };
    client.users().create(&new).await.unwrap();
    #[cfg(feature = "oauth2")]
    {
        let issued = r#"{"access_token": "a-token-of-theirs", "expires_in": "600"}"#;
        let refused = r#"{"error": "invalid_client", "error_description": "not t1meMa$heen"}"#;
        let json = [("content-type", "application/json")];
        let script = Script::new([support::answer(401, &json, refused), support::answer(200, &json, issued)]);
        let provider =
            scim_client::ClientCredentials::builder("http://localhost/?t1meMa$heen", "id", "t1meMa$heen")
                .parameter("assertion", "t1meMa$heen")
                .transport(script)
                .build()
                .unwrap();
        scim_client::TokenProvider::token(&provider, None).await.unwrap_err();
        scim_client::TokenProvider::token(&provider, None).await.unwrap();
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!log.contains(TOKEN) && !log.contains("t1meMa$heen") && !log.contains("bjensen"), "{log}");
    assert_eq!(log.matches("answered").count(), 3, "{log}");
    if cfg!(feature = "oauth2") {
        assert!(!log.contains("a-token-of-theirs"), "{log}");
        assert!(log.contains("no token was fetched") && log.contains("a token was fetched"), "{log}");
    }
    assert!(log.contains("a request failed method=GET path=/Users attempt=1"), "{log}");
}
