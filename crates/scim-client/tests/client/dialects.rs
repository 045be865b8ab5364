//! Every known dialect against a server that refuses what the dialect says it refuses.

use bytes::Bytes;
use http::{Method, Response};
use scim_client::{BulkLimits, Client, Deletion, Dialect, Error};
use scim_core::{BulkMethod, BulkOperation, BulkRequest, Group, ResourceId, User, attr};
use scim_filter::Filter;
use scim_filter::query::Query;
use serde_json::{Value, json};

use crate::support::{Act, BASE, Guarded, Script, TOKEN, answer, error, page, scim, server, user};

type Guard = fn(&Method, &str, &Value) -> Option<Response<Bytes>>;

fn client(dialect: Dialect, guard: Guard) -> Client {
    let service = Guarded { server: server(BASE), guard };
    Client::builder(BASE).bearer(TOKEN).transport(service).dialect(dialect).build().unwrap()
}

fn refuse(status: u16, why: &str) -> Option<Response<Bytes>> {
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": status.to_string(), "detail": why});
    let response = Response::builder().status(status).header("content-type", "application/scim+json");
    Some(response.body(body.to_string().into()).unwrap())
}

/// What every target has to live through: users and a group come, change and go.
async fn provision(client: &Client) -> Result<(), Error> {
    let users = client.users();
    let mut ids = Vec::new();
    for n in 0..230 {
        let name = format!("user-{n}@example.com");
        let key = Filter::eq(attr::USER_NAME, name.as_str());
        assert!(users.find(&key).await?.is_none());
        let new = User { user_name: name.into(), active: Some(true), ..User::default() };
        ids.push(users.create_once(&new, &key).await?.id.unwrap());
    }
    let first = &ids[0];
    users.modify(first, |user| user.set(&attr::TITLE, "Guide".into())).await?;
    users.modify(first, |user| user.set(&attr::ACTIVE, false.into())).await?;
    assert_eq!(users.get(first).await?.title.as_deref(), Some("Guide"));
    assert_eq!(users.get(first).await?.active, Some(false));

    let groups = client.groups();
    let group =
        groups.create(&Group { display_name: "Guides".into(), ..Group::default() }).await?.id.unwrap();
    assert!(groups.find(&Filter::eq(attr::DISPLAY_NAME, "Guides")).await?.is_some());
    groups.patch_members(&group, &ids, &[]).await?;
    groups.patch_members(&group, &[], &ids[..200]).await?;
    let rename = groups.modify(&group, |group| group.set(&attr::DISPLAY_NAME, "Tour Guides".into())).await;
    match client.dialect().immutable.is_empty() {
        true => rename?,
        false => assert!(matches!(rename, Err(Error::Request(_)))),
    }
    assert!(!users.list(Query::default()).collect(1_000).await?.is_empty());
    users.delete(first, None).await?;
    groups.delete(&group, None).await
}

/// The members that a request brings or takes away.
fn members(body: &Value) -> usize {
    let operations = body["Operations"].as_array().map(Vec::as_slice).unwrap_or_default();
    operations.iter().map(|operation| operation["value"].as_array().map_or(1, Vec::len)).sum()
}

#[tokio::test]
async fn rfc() {
    provision(&client(Dialect::rfc(), |_, _, _| None)).await.unwrap();
}

#[tokio::test]
async fn aws_identity_center() {
    let guard: Guard = |method, target, body| {
        if method == Method::PATCH && members(body) > 100 {
            return refuse(400, "ValidationException: too many members");
        }
        if method == Method::PUT && target.starts_with("/Groups") {
            return refuse(501, "no PutGroup");
        }
        if target.contains("count=") && !target.contains("count=50") && !target.contains("count=2") {
            return refuse(400, "the page is too large");
        }
        let operations = body["Operations"].as_array()?;
        let explicit = operations.iter().all(|one| {
            one["path"].as_str().is_some_and(|path| !path.contains(" or "))
                && !(one["op"] == "remove" && one["path"] == "members")
        });
        if explicit { None } else { refuse(400, "a path in each operation") }
    };
    let aws = client(Dialect::aws_identity_center(), guard);
    provision(&aws).await.unwrap();
    // It does not show members, so that nobody can tell a difference.
    let group = aws.groups().create(&Group { display_name: "g".into(), ..Group::default() }).await.unwrap();
    let groups = aws.groups();
    let change =
        groups.modify(group.id.as_ref().unwrap(), |group| group.set(&attr::MEMBERS, json!([{"value": "7"}])));
    assert!(matches!(change.await, Err(Error::Request(_))));
    let other = aws.groups().replace(group.id.as_ref().unwrap(), &group.resource, None).await;
    assert!(matches!(other, Err(Error::Request(_))));
    // The same, for one that knows nothing about it.
    assert!(provision(&client(Dialect::rfc(), guard)).await.is_err());
}

#[tokio::test]
async fn atlassian() {
    let guard: Guard = |method, target, body| {
        if target.contains("filter=")
            && !target.contains("filter=userName%20eq")
            && !target.contains("filter=displayName%20eq")
        {
            return refuse(400, "no such filter");
        }
        let renames = |one: &Value| one["path"] == "displayName" || one["value"].get("displayName").is_some();
        let group = target.starts_with("/Groups/") && method == Method::PATCH;
        if group && body["Operations"].as_array()?.iter().any(renames) {
            return refuse(400, "a group keeps its name");
        }
        None
    };
    let atlassian = client(Dialect::atlassian(), guard);
    provision(&atlassian).await.unwrap();
    assert!(matches!(atlassian.users().find(&Filter::eq(attr::TITLE, "x")).await, Err(Error::Request(_))));
    assert_eq!(atlassian.dialect().deletion("/Users"), Deletion::Unlinks);
    assert_eq!(atlassian.dialect().deletion("/Groups"), Deletion::Removes);
}

#[tokio::test]
async fn google() {
    let guard: Guard = |method, target, _| {
        if method == Method::PUT {
            let page = Response::builder().status(404).header("content-type", "text/html");
            return Some(page.body(Bytes::from_static(b"<title>Error 404</title>")).unwrap());
        }
        if target.contains("startIndex") { refuse(400, "no pages") } else { None }
    };
    let google = client(Dialect::google(), guard);
    provision(&google).await.unwrap();
    let new = User { user_name: "bjensen".into(), ..User::default() };
    let user = google.users().create(&new).await.unwrap();
    let id = user.id.clone().unwrap();
    assert!(matches!(google.users().replace(&id, &user.resource, None).await, Err(Error::Request(_))));
    // One that does not know of it: the page is not taken for "gone".
    let other = client(Dialect::rfc(), guard);
    let user = other.users().create(&new).await.unwrap();
    let id = user.id.clone().unwrap();
    let error = other.users().replace(&id, &user.resource, None).await.unwrap_err();
    assert!(!error.is_not_found() && error.status() == Some(404));
}

#[tokio::test]
async fn okta() {
    let guard: Guard = |method, target, _| {
        if method == Method::PATCH && target.starts_with("/Users/") {
            return refuse(400, "users are PUT");
        }
        None
    };
    provision(&client(Dialect::okta(), guard)).await.unwrap();
}

#[tokio::test]
async fn entra_in_both_forms() {
    let old: Guard = |_, _, body| {
        let operations = body["Operations"].as_array()?;
        let capital = |one: &Value| one["op"].as_str().is_some_and(|op| op.starts_with(char::is_uppercase));
        let listed = |one: &Value| one["op"] != "Remove" || one["value"].is_array();
        if operations.iter().all(|one| capital(one) && listed(one)) {
            None
        } else {
            refuse(400, "not as Entra")
        }
    };
    provision(&client(Dialect::entra(), old)).await.unwrap();
    let new: Guard = |_, _, body| {
        let operations = body["Operations"].as_array()?;
        let small = |one: &Value| one["op"].as_str().is_some_and(|op| op.starts_with(char::is_lowercase));
        if operations.iter().all(small) { None } else { refuse(400, "not as Entra with its flag") }
    };
    provision(&client(Dialect::entra_062020(), new)).await.unwrap();
}

#[tokio::test]
async fn slack_rewrites_user_names_and_github_wants_a_user_agent() {
    let script = Script::new([page(Some(1), &[user("U1", "bjensen")])]);
    let (builder, _) = script.builder();
    let slack = builder.dialect(Dialect::slack()).build().unwrap();
    let found = slack.users().find(&Filter::eq(attr::USER_NAME, "bjensen@example.com")).await.unwrap();
    assert_eq!(found.unwrap().user_name, "bjensen");
    assert_eq!(slack.dialect().deletion("/Users"), Deletion::Deactivates);

    provision(&client(Dialect::github(), |_, _, _| None)).await.unwrap();
    let script = Script::new([scim(200, user("7", "b"))]);
    script.client().users().get(&ResourceId::new("7").unwrap()).await.unwrap();
    assert!(script.got()[0].headers["user-agent"].to_str().unwrap().starts_with("scim-client/"));
}

#[tokio::test]
async fn a_server_without_patch_gets_put() {
    let guard: Guard = |method, _, _| if method == Method::PATCH { refuse(501, "no PATCH") } else { None };
    let client = client(Dialect::rfc(), guard);
    provision(&client).await.unwrap();
    assert!(!client.dialect().patch, "it was learned");
}

#[tokio::test]
async fn chunks_are_halved_when_they_are_too_large() {
    let guard: Guard = |method, _, body| {
        if method == Method::PATCH && members(body) > 60 { refuse(413, "too large") } else { None }
    };
    let client = client(Dialect::rfc(), guard);
    provision(&client).await.unwrap();
    let learned = client.dialect().member_chunk;
    assert!(learned.is_some_and(|chunk| (30..=60).contains(&chunk)), "{learned:?}");
}

#[tokio::test]
async fn what_the_server_says_of_itself_takes_away_and_gives_nothing_back() {
    let config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": "false"}, "etag": {"supported": true},
        "bulk": {"supported": true, "maxOperations": 10, "maxPayloadSize": 5000},
        "filter": {"supported": true, "maxResults": 10000},
        "pagination": {"cursor": true, "index": false, "maxPageSize": 25},
    });
    let types = json!([{"name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User"}, 7]);
    let script = Script::new([
        scim(200, config.clone()),
        scim(200, types),
        answer(404, &[], "<p>"),
        scim(200, config),
        error(500),
        error(501),
        error(401),
    ]);
    let (builder, _) = script.builder();
    let client = builder.retry(scim_client::Retry::never()).build().unwrap();
    let discovery = client.discover().await.unwrap();
    assert_eq!((discovery.resource_types.len(), discovery.problems.len()), (1, 2));
    let dialect = client.dialect();
    assert!(!dialect.patch && dialect.etag && dialect.cursor);
    assert_eq!(dialect.page_cap, Some(25));
    assert_eq!(dialect.bulk, Some(BulkLimits { max_operations: 10, max_payload_size: 5000 }));
    client.learn(|dialect| (dialect.bulk, dialect.etag) = (None, false));
    assert_eq!(client.discover().await.unwrap().problems.len(), 2);
    assert!(client.dialect().bulk.is_none() && !client.dialect().etag);
    assert_eq!(client.discover().await.unwrap_err().status(), Some(401));
    // What is not said is not denied.
    let script = Script::new([scim(200, json!({"filter": {"supported": true}})), error(404), error(404)]);
    let silent = script.client();
    silent.discover().await.unwrap();
    assert_eq!(*silent.dialect(), Dialect::rfc());
    // Saved and restored.
    let saved = serde_json::to_string(&*client.dialect()).unwrap();
    assert_eq!(serde_json::from_str::<Dialect>(&saved).unwrap(), *client.dialect());
    for name in [
        "rfc",
        "entra",
        "entra-062020",
        "okta",
        "atlassian",
        "aws-identity-center",
        "slack",
        "google",
        "github",
    ] {
        let dialect = Dialect::known(name).unwrap();
        let saved = serde_json::to_value(&dialect).unwrap();
        assert_eq!(serde_json::from_value::<Dialect>(saved).unwrap(), dialect);
    }
}

fn post(endpoint: &str, bulk_id: &str, data: Value) -> BulkOperation {
    BulkOperation {
        method: BulkMethod::Post,
        bulk_id: Some(bulk_id.to_owned()),
        version: None,
        path: endpoint.to_owned(),
        data: Some(data),
    }
}

fn bulk_user(n: usize) -> BulkOperation {
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    post("/Users", &format!("u{n}"), json!({"schemas": [schema], "userName": format!("bulk-{n}")}))
}

fn bulk_group(name: &str, members: &[String]) -> BulkOperation {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": format!("bulkId:{id}")})).collect();
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    post("/Groups", name, json!({"schemas": [schema], "displayName": name, "members": members}))
}

#[tokio::test]
async fn bulk_in_chunks_keeps_its_references() {
    // No more than seven at a time, whatever was said.
    let guard: Guard = |_, target, body| {
        let operations = body["Operations"].as_array().map_or(0, Vec::len);
        if target == "/Bulk" && operations > 7 { refuse(413, "too many") } else { None }
    };
    let client = client(Dialect::rfc(), guard);
    let names: Vec<String> = (0..20).map(|n| format!("u{n}")).collect();
    // The group is first, and refers to users that come later; two groups refer to each other.
    let mut operations = vec![bulk_group("all", &names), bulk_group("a", &["b".into()])];
    operations.push(bulk_group("b", &["a".into()]));
    operations.extend((0..20).map(bulk_user));
    let outcome = client.bulk(BulkRequest { fail_on_errors: None, operations }).await.unwrap();
    assert!(outcome.stopped.is_none(), "{:?}", outcome.stopped);
    let statuses: Vec<u16> =
        outcome.results.iter().map(|one| one.as_ref().map_or(0, |one| one.status)).collect();
    assert_eq!(statuses, [201; 23], "{:?}", outcome.failures().collect::<Vec<_>>());
    let all = client.groups().find(&Filter::eq(attr::DISPLAY_NAME, "all")).await.unwrap().unwrap();
    assert_eq!(all.members.len(), 20);
    let a = client.groups().find(&Filter::eq(attr::DISPLAY_NAME, "a")).await.unwrap().unwrap();
    let b = client.groups().find(&Filter::eq(attr::DISPLAY_NAME, "b")).await.unwrap().unwrap();
    assert_eq!(a.members[0].value.as_deref(), b.id.as_ref().map(ResourceId::as_str));
    let most = client.dialect().bulk.unwrap().max_operations;
    assert!(most <= 7, "{most}");

    // What refers to a user that could not be created is not tried.
    client.learn(|dialect| dialect.bulk = Some(BulkLimits { max_operations: 1, max_payload_size: 10_000 }));
    let again = BulkOperation { bulk_id: Some("twice".into()), ..bulk_user(3) };
    let operations = vec![bulk_group("orphan", &["twice".into()]), again];
    let outcome = client.bulk(BulkRequest { fail_on_errors: None, operations }).await.unwrap();
    assert_eq!(outcome.results[1].as_ref().unwrap().status, 409);
    assert!(outcome.results[0].is_none());
}

#[tokio::test]
async fn bulk_stops_at_errors_and_at_failures_of_the_wire() {
    let small = |dialect: &mut Dialect| {
        dialect.bulk = Some(BulkLimits { max_operations: 2, max_payload_size: 10_000 });
    };
    let client = client(Dialect::rfc(), |_, _, _| None);
    client.learn(small);
    let mut operations: Vec<_> = (0..6).map(bulk_user).collect();
    operations[2] = BulkOperation { bulk_id: Some("x".into()), ..bulk_user(0) };
    let request = BulkRequest { fail_on_errors: Some(1), operations: operations.clone() };
    let outcome = client.bulk(request).await.unwrap();
    assert!(outcome.stopped.is_none());
    assert_eq!(outcome.results.iter().filter(|one| one.is_some()).count(), 3);

    let result = |n: usize| json!({"method": "POST", "bulkId": format!("u{n}"), "location": format!("{BASE}/Users/{n}"), "status": {"code": 201}});
    let script = Script::new([
        scim(200, json!({"Operations": [result(1), result(0)]})),
        Act::Fail(scim_client::TransportErrorKind::Broken),
    ]);
    let unlike = script.client();
    unlike.learn(small);
    let request = BulkRequest { fail_on_errors: None, operations: (0..4).map(bulk_user).collect() };
    let outcome = unlike.bulk(request.clone()).await.unwrap();
    assert!(matches!(outcome.stopped, Some(Error::Transport(_))));
    assert_eq!(
        outcome.results[0].as_ref().unwrap().location.as_deref(),
        Some("https://example.com/scim/v2/Users/0")
    );
    assert!(outcome.results[2].is_none());
    assert_eq!(script.got().len(), 2, "it is not repeated");

    let script = Script::new([error(501)]);
    let client = script.client();
    assert_eq!(client.bulk(request.clone()).await.unwrap_err().status(), Some(501));
    assert!(matches!(client.bulk(request).await, Err(Error::Request(_))), "it was learned");
    let tiny = Script::default().client();
    tiny.learn(|dialect| dialect.bulk = Some(BulkLimits { max_operations: 2, max_payload_size: 150 }));
    let request = BulkRequest { fail_on_errors: None, operations: vec![bulk_user(0)] };
    assert!(matches!(tiny.bulk(request).await, Err(Error::Request(_))));
}

#[tokio::test]
async fn members_of_a_typed_group_are_patched_one_by_one_where_that_is_the_form() {
    let script = Script::new([answer(204, &[], ""), answer(200, &[], "not even JSON")]);
    let (builder, _) = script.builder();
    let client = builder.dialect(Dialect::aws_identity_center()).build().unwrap();
    let ids = ["a", "b\"c"].map(|id| ResourceId::new(id).unwrap());
    client.groups().patch_members(&ids[0], &ids, &ids).await.unwrap();
    let got = script.got();
    insta::assert_snapshot!(format!("{}\n{}", got[0].body["Operations"], got[1].body["Operations"]));
}
