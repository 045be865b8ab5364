//! `/Me`, and where it redirects to: RFC 7644 §3.11.

use crate::support::{BASE, Script, TOKEN, answer, error, scim, user};
use scim_client::{Client, Error, UnexpectedKind};
use scim_core::{Profile, SchemaSet, Version};
use scim_patch::PatchRequest;
use serde_json::json;

fn to(status: u16, location: &str) -> crate::support::Act {
    answer(status, &[("location", location)], "")
}

#[tokio::test]
async fn who_am_i() {
    let me = user("7", "me");
    let script =
        Script::new([scim(200, me.clone()), scim(200, me), answer(204, &[], ""), answer(204, &[], "")]);
    let client = script.client();
    let found = client.me().get().await.unwrap();
    client.me().replace(&found.resource, None).await.unwrap();
    assert!(client.me().patch(&patch(), None).await.unwrap().is_none());
    client.me().delete(None).await.unwrap();
    assert_eq!(script.lines(), ["GET /Me", "PUT /Me", "PATCH /Me", "DELETE /Me"]);
}

fn patch() -> PatchRequest {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "nickName", "value": "I"}],
    });
    PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc()).unwrap()
}

#[tokio::test]
async fn it_is_found_below_the_base_url() {
    for location in [
        "https://example.com/scim/v2/Users/a%20b",
        "https://EXAMPLE.com:443/scim/v2/Users/a%20b/",
        "https://example.com/scim/v2/Users/a%20b?x=y#z",
        "/scim/v2/Users/a%20b",
        "//example.com/scim/v2/Users/a%20b",
        "Users/a%20b",
        "./Groups/../Users/a%20b",
    ] {
        for status in [307, 308] {
            let script = Script::new([to(status, location), scim(200, user("a b", "me"))]);
            let found = script.client().me().get().await.unwrap();
            assert_eq!(found.id.as_ref().unwrap().as_str(), "a b", "{location}");
            assert_eq!(script.lines(), ["GET /Me", "GET /Users/a%20b"], "{location}");
        }
    }
    // The base URL's own query comes along, as it does everywhere.
    let script = Script::new([to(308, "/scim/v2/Users/7?aadOptscim062020"), scim(200, user("7", "me"))]);
    let client =
        Client::builder(format!("{BASE}/?aadOptscim062020")).transport(script.clone()).build().unwrap();
    client.me().get().await.unwrap();
    assert_eq!(script.lines()[1], "GET /Users/7?aadOptscim062020");
}

#[tokio::test]
async fn the_request_that_is_redirected_is_the_same_request() {
    let version: Version = "W/\"3\"".parse().unwrap();
    let script = Script::new([to(308, "Users/7"), answer(204, &[], ""), to(307, "Users/7"), error(412)]);
    let client = script.client();
    client.me().patch(&patch(), Some(&version)).await.unwrap();
    assert!(client.me().delete(Some(&version)).await.unwrap_err().is_version_mismatch());
    assert_eq!(script.lines(), ["PATCH /Me", "PATCH /Users/7", "DELETE /Me", "DELETE /Users/7"]);
    let got = script.got();
    for one in &got {
        assert_eq!(one.headers["if-match"], "W/\"3\"");
        assert_eq!(one.headers["authorization"], format!("Bearer {TOKEN}"));
    }
    assert_eq!((got[0].body != json!(null), &got[0].body), (true, &got[1].body));
}

#[tokio::test]
async fn the_token_goes_to_no_other_place() {
    for location in [
        "https://elsewhere.example/scim/v2/Users/7",
        "//elsewhere.example/scim/v2/Users/7",
        "\\\\elsewhere.example/scim/v2/Users/7",
        "https://example.com.elsewhere.example/scim/v2/Users/7",
        "https://example.com:8443/scim/v2/Users/7",
        "http://example.com/scim/v2/Users/7",
        "https://somebody@example.com/scim/v2/Users/7",
        "https://example.com/scim/v2",
        "https://example.com/scim/v2/",
        "https://example.com/scim/v22/Users/7",
        "https://example.com/other/Users/7",
        "../v2/../../admin",
        "%2e%2e/admin",
        "https://",
        "",
    ] {
        let script = Script::new([to(308, location)]);
        let Err(Error::UnexpectedResponse(odd)) = script.client().me().get().await else {
            panic!("{location}")
        };
        assert_eq!((odd.kind(), odd.status()), (UnexpectedKind::Redirect, 308), "{location}");
        assert_eq!(script.lines(), ["GET /Me"], "{location}");
    }
    // 301 and 302 do not say that the request stays the same; and nothing else than `/Me` is somewhere else.
    for status in [301, 302, 303] {
        let script = Script::new([to(status, "Users/7")]);
        assert_eq!(script.client().me().get().await.unwrap_err().status(), Some(status));
    }
    let script = Script::new([to(308, "/scim/v2/Users/8")]);
    let id = scim_core::ResourceId::new("7").unwrap();
    let error = script.client().users().get(&id).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /Users/7: unexpected answer 308: redirects are not followed: to `/scim/v2/Users/8`"
    );
    // Once, and not in circles.
    let script = Script::new([to(308, "Me")]);
    script.client().me().get().await.unwrap_err();
    let script = Script::new([to(308, "Users/7"), to(308, "/scim/v2/Users/8")]);
    let error = script.client().me().get().await.unwrap_err();
    assert!(error.to_string().starts_with("GET /Users/7: unexpected answer 308: "), "{error}");
}
