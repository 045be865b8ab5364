//! A verdict that could not be bad would say nothing: a server that tells lies when everything is read.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use directory::{Options, start_with};
use provision::Ending;
use serde_json::{Value, json};

use crate::support::Place;

/// Changes what a list without a filter says, and leaves everything else alone.
async fn lie(request: Request, next: Next, lie: fn(&mut Value)) -> Response {
    let path = request.uri().path();
    let whole = (path.ends_with("/Users") || path.ends_with("/Groups"))
        && request.method() == "GET"
        && !request.uri().query().unwrap_or_default().contains("filter");
    let answer = next.run(request).await;
    if !whole {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let mut list: Value = serde_json::from_slice(&to_bytes(body, usize::MAX).await.unwrap()).unwrap();
    list["Resources"].as_array_mut().unwrap().iter_mut().for_each(lie);
    head.headers.remove("content-length");
    Response::from_parts(head, Body::from(list.to_string()))
}

async fn verdict(lies: fn(&mut Value)) -> String {
    let layer = middleware::from_fn(move |request: Request, next: Next| lie(request, next, lies));
    let running = start_with(Options::default(), |router| router.layer(layer)).await.unwrap();
    let place = Place::new();
    let file = place.path("token");
    std::fs::write(&file, running.token()).unwrap();
    let text = place.play(&["--target", running.base_url(), "--token-file", file.to_str().unwrap()]).await;
    let text = text.ends(Ending::Bad);
    assert!(text.ends_with("Verdict: bad. The target is not what the source says.\n"), "{text}");
    text
}

fn is(resource: &Value, user_name: &str) -> bool {
    resource["userName"] == user_name
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_differs_is_seen() {
    let text = verdict(|one| {
        if is(one, "user3@tiny.example") {
            one["title"] = json!("\u{1b}[2JBoss");
        }
    })
    .await;
    assert!(
        text.contains(
            "differs: user user3@tiny.example: `title` is \"\\u001b[2JBoss\" where the source has \"Title 3\""
        ),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_missing_is_seen() {
    let text = verdict(|one| {
        if is(one, "user3@tiny.example") {
            one["userName"] = json!("somebody@tiny.example");
            one["externalId"] = json!("else");
        }
    })
    .await;
    assert!(text.contains("differs: user user3@tiny.example: it is not there"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_should_be_closed_or_open_is_seen() {
    let text = verdict(|one| {
        if is(one, "user3@tiny.example") {
            one["active"] = json!(false);
        }
    })
    .await;
    assert!(text.contains("`active` is false where the source has true"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_too_few_or_too_many_is_seen() {
    let text = verdict(|one| {
        if one["displayName"] == "The red" {
            one["members"].as_array_mut().unwrap().pop();
        }
    })
    .await;
    assert!(text.contains("differs: group The red: 1 of its members are missing"), "{text}");
    let text = verdict(|one| {
        if one["displayName"] == "The red" {
            let stray = one["id"].clone();
            one["members"].as_array_mut().unwrap().push(json!({"value": stray}));
        }
    })
    .await;
    assert!(text.contains("1 of its members are too many"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_who_is_another_one_is_seen() {
    let text = verdict(|one| {
        if is(one, "user3@tiny.example") {
            one["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]["value"] =
                json!("7");
        }
    })
    .await;
    assert!(text.contains("differs: user user3@tiny.example: its manager is 7 and not"), "{text}");
}
