use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use chrono::TimeDelta;
use http::{HeaderValue, Request};
use scim_core::TenantId;

use super::super::key::tests::COMPARED;
use super::*;
use crate::auth::{MemoryTokens, Scopes};

struct Still(DateTime<Utc>);

impl Timer for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

const KEY: &str = "a-key-for-the-tests";

fn of(tenant: &str) -> Principal {
    Principal::new(TenantId::new(tenant).unwrap()).with_scopes(Scopes::all())
}

fn acme() -> MemoryTokens {
    [ApiKey::fixed(KEY).unwrap().record(of("acme"))].into_iter().collect()
}

fn head(values: &[&[u8]]) -> Parts {
    let mut parts = Request::new(()).into_parts().0;
    for value in values {
        parts.headers.append(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
    }
    parts
}

/// The tenant that is let in, or the name of the error.
async fn ask(tokens: &MemoryTokens, values: &[&[u8]]) -> String {
    match BearerTokens::new(tokens.clone()).authenticate(&head(values)).await {
        Ok(principal) => principal.tenant().to_string(),
        Err(error) => format!("{error:?}"),
    }
}

async fn ask_with(tokens: &MemoryTokens, token: &str) -> String {
    ask(tokens, &[format!("Bearer {token}").as_bytes()]).await
}

#[tokio::test]
async fn how_a_token_may_be_sent() {
    let long = format!("Bearer {}", "x".repeat(8192));
    let longer = format!("Bearer {}", "x".repeat(8193));
    let much_longer = format!("Bearer {}", "x".repeat(100_000));
    let cases: &[(&[&str], &str)] = &[
        (&["Bearer a-key-for-the-tests"], "acme"),
        (&["bEARER a-key-for-the-tests"], "acme"),
        (&["Bearer   a-key-for-the-tests  "], "acme"),
        (&["Bearer Bearer a-key-for-the-tests"], "acme"),
        (&["Bearer bearer  a-key-for-the-tests"], "acme"),
        (&["Bearer Bearer Bearer a-key-for-the-tests"], "Invalid"),
        (&["Bearer a-key-for-the-testz"], "Invalid"),
        (&["Bearer A-KEY-FOR-THE-TESTS"], "Invalid"),
        (&["Bearer a-key-for-the-test"], "Invalid"),
        (&["Bearer a-key-for-the-tests x"], "Invalid"),
        (&["Bearer a-key-for-the-tests,x"], "Invalid"),
        (&["Bearer a-key-for-the-tests\t"], "Invalid"),
        (&["Bearer\ta-key-for-the-tests"], "Missing"),
        (&["Bearera-key-for-the-tests"], "Missing"),
        (&["a-key-for-the-tests"], "Missing"),
        (&["Basic YS1rZXk6"], "Missing"),
        (&[""], "Missing"),
        (&[], "Missing"),
        (&["Bearer schl\u{fc}ssel-f\u{fc}r-die-tests"], "Invalid"),
        (&["Bearer a-key-for-the-tests", "Bearer a-key-for-the-tests"], "Invalid"),
        (&["Basic YS1rZXk6", "Bearer a-key-for-the-tests"], "Invalid"),
        (&[&long], "Invalid"),
        (&[&longer], "Invalid"),
        (&[&much_longer], "Invalid"),
    ];
    let tokens = acme();
    for (sent, expected) in cases {
        let values: Vec<&[u8]> = sent.iter().map(|value| value.as_bytes()).collect();
        assert_eq!(ask(&tokens, &values).await, *expected, "{sent:.80?}");
    }
    assert_eq!(ask(&tokens, &[b"Bearer \xff\xfe-key-for-the-tests"]).await, "Invalid");
}

#[tokio::test]
async fn the_longest_key_is_taken() {
    let text = "x".repeat(8192);
    let tokens: MemoryTokens =
        [ApiKey::fixed(text.as_str()).unwrap().record(of("acme"))].into_iter().collect();
    assert_eq!(ask_with(&tokens, &text).await, "acme");
    assert_eq!(ask(&tokens, &[format!("Bearer Bearer {text}").as_bytes()]).await, "acme");
}

#[tokio::test]
async fn sec_s08_empty_secret_is_refused() {
    // Even when a record with the hash of nothing got into the store.
    let tokens = acme();
    tokens.add(TokenRecord::new(lookup_id(""), TokenHash::of(""), of("acme")));
    tokens.add(TokenRecord::new("", TokenHash::of(""), of("acme")));
    for sent in ["Bearer", "Bearer ", "bearer      ", "Bearer Bearer", "Bearer Bearer "] {
        assert_eq!(ask(&tokens, &[sent.as_bytes()]).await, "Invalid", "{sent}");
    }
}

#[tokio::test]
async fn sec_s09_an_unknown_key_is_compared_too() {
    let tokens = acme();
    let generated = ApiKey::generate().unwrap();
    for token in [KEY, "a-key-that-nobody-has", generated.expose()] {
        COMPARED.set(0);
        ask_with(&tokens, token).await;
        assert_eq!(COMPARED.get(), 1, "{token}");
    }
}

#[tokio::test]
async fn sec_s09_the_right_id_is_not_enough() {
    let key = ApiKey::generate().unwrap();
    let tokens: MemoryTokens = [key.record(of("acme"))].into_iter().collect();
    assert_eq!(ask_with(&tokens, key.expose()).await, "acme");
    let (id, secret) = key.expose().rsplit_once('_').unwrap();
    for at in 0..secret.len() {
        let mut wrong = secret.as_bytes().to_vec();
        wrong[at] = if wrong[at] == b'x' { b'y' } else { b'x' };
        let wrong = format!("{id}_{}", String::from_utf8(wrong).unwrap());
        assert_eq!(ask_with(&tokens, &wrong).await, "Invalid", "{at}");
    }
}

#[tokio::test]
async fn rotation_has_two_live_keys_for_a_while() {
    let (old, new) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
    let tokens: MemoryTokens = [old.record(of("acme"))].into_iter().collect();
    tokens.add(new.record(of("acme")));
    assert_eq!(ask_with(&tokens, old.expose()).await, "acme");
    assert_eq!(ask_with(&tokens, new.expose()).await, "acme");
    assert!(tokens.revoke(&old.record(of("acme")).id));
    assert_eq!(ask_with(&tokens, old.expose()).await, "Invalid");
    assert_eq!(ask_with(&tokens, new.expose()).await, "acme");
}

#[tokio::test]
async fn a_key_is_good_up_to_the_moment_it_expires() {
    let end = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let record = ApiKey::fixed(KEY).unwrap().record(of("acme")).expires_at(end);
    for (now, good) in
        [(end - TimeDelta::nanoseconds(1), true), (end, false), (end + TimeDelta::days(9), false)]
    {
        let tokens: MemoryTokens = [record.clone()].into_iter().collect();
        let bearer = BearerTokens::new(tokens).with_clock(Arc::new(Still(now)));
        let answer = bearer.authenticate(&head(&[format!("Bearer {KEY}").as_bytes()])).await;
        assert_eq!(answer.is_ok(), good, "{now}");
    }
}

#[tokio::test]
async fn a_store_that_fails_lets_nobody_in() {
    struct Gone;

    impl TokenStore for Gone {
        async fn find(&self, _: &str) -> Result<Option<TokenRecord>, Box<dyn StdError + Send + Sync>> {
            Err("no connection".into())
        }
    }

    let answer = BearerTokens::new(Gone).authenticate(&head(&[b"Bearer a-key-for-the-tests"])).await;
    assert!(matches!(answer, Err(AuthError::Unavailable(error)) if error.to_string() == "no connection"));
}

#[test]
fn sec_s19_an_authenticator_has_no_way_to_make_keys() {
    // What a service holds of it is this trait: it reads, describes itself and challenges. A key needs `ApiKey`, which
    // only the application calls.
    let tokens = acme();
    let before = tokens.list().len();
    let bearer = BearerTokens::new(tokens.clone());
    assert_eq!(bearer.schemes().len(), 1);
    for error in [AuthError::Missing, AuthError::Invalid, AuthError::Forbidden] {
        assert!(!bearer.challenge(&error).contains("scim_"));
    }
    assert_eq!(tokens.list().len(), before);
}

#[test]
fn sec_s25_debug_shows_no_records() {
    assert_eq!(format!("{:?}", BearerTokens::new(acme())), "BearerTokens { .. }");
}

#[test]
fn how_it_describes_itself() {
    let bearer = BearerTokens::new(MemoryTokens::new());
    let challenges =
        [AuthError::Missing, AuthError::Invalid].map(|error| bearer.challenge(&error)).join("\n");
    insta::assert_snapshot!(challenges, @r#"
    Bearer realm="scim"
    Bearer realm="scim", error="invalid_token"
    "#);
    insta::assert_snapshot!(serde_json::to_string_pretty(&bearer.schemes()).unwrap(), @r#"
    [
      {
        "type": "oauthbearertoken",
        "name": "OAuth Bearer Token",
        "description": "An API key in the header `Authorization: Bearer`",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": true
      }
    ]
    "#);
}
