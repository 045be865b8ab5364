//! What an answer that is no "yes" is taken for.

use scim_client::{Dialect, Error, UnexpectedKind};
use scim_core::{ResourceId, attr};
use scim_filter::Filter;
use serde_json::json;

use crate::support::{Act, BASE, Script, TOKEN, answer, error, page, scim, user};

const JSON: (&str, &str) = ("content-type", "application/json");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

fn id() -> ResourceId {
    ResourceId::new("7").unwrap()
}

async fn get(act: Act) -> Error {
    let (builder, _) = Script::new([act]).builder();
    let client = builder.retry(scim_client::Retry::never()).build().unwrap();
    client.users().get(&id()).await.unwrap_err()
}

#[tokio::test]
async fn errors_in_the_words_of_scim_or_close_to_them() {
    let urn = "urn:ietf:params:scim:api:messages:2.0:Error";
    let bodies = [
        (404, json!({"schemas": [urn], "status": "404", "detail": "no such user"})),
        (404, json!({"schemas": [urn], "status": 404, "detail": "no such user"})),
        (404, json!({"schemas": format!("[\"{urn}\"]"), "status": 404, "detail": "no such user"})),
        (404, json!({"status": "404", "detail": "no such user"})),
        (404, json!({"Errors": [{"code": "404", "description": "no such user"}]})),
        (404, json!({"SCHEMAS": [urn.to_uppercase()], "Detail": "no such user"})),
        (409, json!({"scimType": "uniqueness", "detail": "taken"})),
        // The status of HTTP is the one that counts.
        (400, json!({"schemas": [urn], "status": "404", "detail": "line one\nline two"})),
        (
            400,
            json!({"schema": [urn], "schemas": [urn], "detail": "ValidationException", "status": "400",
                     "exceptionRequestId": "3c4b", "timeStamp": "2026-01-01 00:00:00.000"}),
        ),
        (429, json!({"schemas": [urn], "status": "429"})),
    ];
    let mut said = Vec::new();
    for (status, body) in bodies {
        let error = get(scim(status, body)).await;
        assert!(matches!(error, Error::Scim(_)), "{error:?}");
        assert_eq!(error.is_not_found(), status == 404);
        assert_eq!(error.is_retryable(), status == 429);
        said.push(error.to_string());
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn what_is_not_of_scim_is_never_taken_for_gone() {
    let html = "<!DOCTYPE html>\n<title>404 Not Found</title>";
    let answers = [
        answer(404, &[HTML], html),
        answer(405, &[HTML], html),
        answer(404, &[], ""),
        answer(404, &[JSON], r#"{"error": "not found", "traceId": "1"}"#),
        answer(
            404,
            &[JSON],
            r#"{"timestamp": "2026", "status": 404, "error": "Not Found", "path": "/Users/7"}"#,
        ),
        answer(
            404,
            &[JSON],
            r#"{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no route"}"#,
        ),
        answer(
            404,
            &[("content-type", "application/problem+json")],
            r#"{"status": 404, "detail": "no route"}"#,
        ),
        answer(404, &[JSON], r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Err"#),
        answer(404, &[JSON], r#"["urn:ietf:params:scim:api:messages:2.0:Error"]"#),
        answer(404, &[JSON], r#"{"Errors": {"id": ["is odd"]}}"#),
        answer(502, &[HTML], "<h1>Bad Gateway</h1>"),
        answer(200, &[HTML], "<h1>Please sign in</h1>"),
        answer(200, &[JSON], r#"{"id": "7", "userName": "bjen"#),
        answer(200, &[JSON], r#"{"id": "7"}"#),
        answer(200, &[JSON], r#"[]"#),
        answer(200, &[JSON], ""),
        answer(
            200,
            &[JSON],
            r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}"#,
        ),
        answer(200, &[JSON], r#"{"id": "8", "userName": "somebody else"}"#),
        answer(302, &[("location", "https://evil.example/take?x=1")], ""),
        answer(308, &[], ""),
        answer(304, &[], ""),
    ];
    let mut said = Vec::new();
    for act in answers {
        let error = get(act).await;
        let Error::UnexpectedResponse(odd) = &error else { panic!("{error:?}") };
        assert!(!error.is_not_found());
        assert_eq!(error.is_retryable(), odd.status() == 502);
        said.push(format!("{:?}: {error}", odd.kind()));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn json_of_a_gateway_is_no_resource() {
    let script = Script::new([answer(200, &[JSON], r#"{"status": "ok"}"#)]);
    let error = script.client().users().untyped().get(&id()).await.unwrap_err();
    insta::assert_snapshot!(error, @r#"GET /Users/7: unexpected answer 200: it is JSON that is not of SCIM: `{"status": "ok"}`"#);
}

#[tokio::test]
async fn a_dialect_may_say_that_every_404_means_gone() {
    let mut dialect = Dialect::rfc();
    dialect.any_404_is_not_found = true;
    let (builder, _) = Script::new([answer(404, &[HTML], "<p>"), answer(405, &[HTML], "<p>")]).builder();
    let client = builder.dialect(dialect).build().unwrap();
    assert!(client.users().get(&id()).await.unwrap_err().is_not_found());
    assert!(!client.users().get(&id()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn find_is_one_or_none() {
    let key = Filter::eq(attr::USER_NAME, "bjensen");
    let find = async |act| Script::new([act]).client().users().find(&key).await;
    assert!(find(page(Some(0), &[])).await.unwrap().is_none());
    assert!(find(page(None, &[])).await.unwrap().is_none());
    assert!(find(page(Some(1), &[user("1", "BJensen")])).await.unwrap().is_some());
    assert!(find(scim(200, json!({"totalResults": 0}))).await.unwrap().is_none());
    assert!(find(scim(200, json!({"Resources": null}))).await.unwrap().is_none());
    // A number for an id, and itemsPerPage that claims more.
    let one = json!({"totalResults": "1", "itemsPerPage": 50, "resources": [{"Id": 7, "USERNAME": "bjensen", "active": "True"}]});
    let one = find(scim(200, one)).await.unwrap().unwrap();
    assert_eq!((one.id.as_ref().unwrap().as_str(), one.active), ("7", Some(true)));

    let two = [user("1", "bjensen"), user("2", "bjensen")];
    let odd = [
        (page(Some(2), &two), UnexpectedKind::Ambiguous),
        (page(Some(2), &two[..1]), UnexpectedKind::Ambiguous),
        (page(None, &two), UnexpectedKind::Ambiguous),
        (page(Some(1), &[user("1", "somebody")]), UnexpectedKind::NoMatch),
        (page(Some(2), &[user("1", "bjensen"), user("2", "somebody")]), UnexpectedKind::NoMatch),
        (page(Some(1), &[json!({"id": "1"})]), UnexpectedKind::NoMatch),
        (page(Some(1), &[]), UnexpectedKind::Malformed),
        (page(Some(1), &[json!("bjensen")]), UnexpectedKind::Malformed),
        (scim(200, json!({"error": "no"})), UnexpectedKind::NotScim),
        (scim(200, json!({})), UnexpectedKind::NotScim),
        (scim(200, user("1", "bjensen")), UnexpectedKind::NotScim),
        (scim(204, json!({})), UnexpectedKind::NotScim),
        (answer(200, &[HTML], "<p>"), UnexpectedKind::NotJson),
    ];
    let mut said = Vec::new();
    for (act, kind) in odd {
        let error = find(act).await.unwrap_err();
        let Error::UnexpectedResponse(odd) = &error else { panic!("{error:?}") };
        assert_eq!(odd.kind(), kind, "{error}");
        said.push(error.to_string());
    }
    insta::assert_snapshot!(said.join("\n"));

    // A look-up that finds nothing is an error when it is a 404, unless the dialect says otherwise.
    assert!(find(error(404)).await.is_err());
    let (builder, _) = Script::new([error(404)]).builder();
    let client = builder.dialect(Dialect::okta()).build().unwrap();
    assert!(client.users().find(&key).await.unwrap().is_none());
    let (builder, _) = Script::new([answer(404, &[HTML], "<p>")]).builder();
    let client = builder.dialect(Dialect::okta()).build().unwrap();
    assert!(client.users().find(&key).await.is_err(), "a page is no answer to a look-up");
}

#[tokio::test]
async fn a_filter_that_makes_no_sense_is_not_sent() {
    let script = Script::default();
    let (builder, _) = script.builder();
    let client = builder.dialect(Dialect::atlassian()).build().unwrap();
    let said = [
        client.users().find(&"favouriteColour eq \"red\"".parse().unwrap()).await.unwrap_err().to_string(),
        client.users().find(&Filter::eq(attr::ACTIVE, true)).await.unwrap_err().to_string(),
        client.users().get(&ResourceId::new("..").unwrap()).await.unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(said.join("\n"));
    assert!(script.got().is_empty());
}

#[tokio::test]
async fn secrets_are_never_shown() {
    let echo = [
        scim(
            400,
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": format!("bad token {TOKEN}")}),
        ),
        answer(403, &[HTML], &format!("Authorization: Bearer {TOKEN}")),
        answer(200, &[HTML], &format!("Authorization: Bearer {TOKEN}")),
    ];
    let late = get(answer(400, &[HTML], &format!("{}{TOKEN}", "x".repeat(50)))).await.to_string();
    assert!(!late.contains("scim-test"), "{late}");
    for act in echo {
        let error = get(act).await;
        assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
        assert!(error.to_string().contains("[token]"), "{error}");
    }
    let script = Script::default();
    let (builder, _) = script.builder();
    let shown = format!("{builder:?}");
    let client = builder.build().unwrap();
    let shown = format!(
        "{shown} {client:?} {:?} {:?}",
        client.users(),
        client.users().list(scim_filter::query::Query::default())
    );
    assert!(!shown.contains(TOKEN));
    assert!(shown.contains(BASE));
    // A token that no header holds is not shown either.
    let client = scim_client::Client::builder(BASE).bearer("se\ncret").transport(script).build().unwrap();
    let error = client.users().get(&id()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("cret"));
}
