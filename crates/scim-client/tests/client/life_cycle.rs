//! The whole life of a user and a group, in the process and over a socket.

use crate::support::{BASE, TOKEN, in_process, server};
use scim_client::{Client, Dialect, Error};
use scim_core::{
    BulkMethod, BulkOperation, BulkRequest, Email, ExternalId, Group, Member, Profile, Resource, SchemaSet,
    User, attr,
};
use scim_filter::Filter;
use scim_filter::query::{ProjectionParams, Query, Sort};
use scim_patch::PatchRequest;
use serde_json::json;

#[tokio::test]
async fn in_the_process() {
    // It can be sent to another thread.
    tokio::spawn(life(in_process())).await.unwrap().unwrap();
}

#[tokio::test]
async fn in_the_process_by_cursor() {
    let mut dialect = Dialect::rfc();
    dialect.cursor = true;
    dialect.page_cap = Some(2);
    let client = Client::builder(BASE).bearer(TOKEN).transport(server(BASE)).dialect(dialect);
    life(client.build().unwrap()).await.unwrap();
}

#[tokio::test]
async fn over_a_socket() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/scim/v2", listener.local_addr().unwrap());
    let app = axum::Router::new().nest_service("/scim/v2", server(&base));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let client = Client::builder(format!("{base}/?aadOptscim062020")).bearer(TOKEN).build().unwrap();
    life(client).await.unwrap();
}

async fn life(client: Client) -> Result<(), Error> {
    let discovery = client.discover().await?;
    assert!(discovery.problems.is_empty(), "{:?}", discovery.problems);
    assert_eq!(discovery.resource_types.len(), 2);
    assert!(discovery.schemas.len() >= 3);
    assert!(client.dialect().patch && client.dialect().bulk.is_some());

    // A user comes.
    let users = client.users();
    let new = User {
        user_name: "a+b \"c\"\\d%é@example.com".into(),
        external_id: Some(ExternalId::new("e&1=2").unwrap()),
        active: Some(true),
        password: Some("t1meMa$heen".into()),
        emails: vec![Email::new("work@example.com").with_type("work").with_primary()],
        ..User::default()
    };
    let created = users.create(&new).await?;
    let id = created.id.clone().unwrap();
    assert!(created.version.is_some() && created.location.is_some());
    assert_eq!(created.emails, new.emails);
    assert!(created.password.is_none());
    let again = users.create(&new).await.unwrap_err();
    assert_eq!(again.status(), Some(409));
    assert!(!again.is_retryable() && !again.is_not_found());

    // It is found.
    let key = Filter::eq(attr::USER_NAME, new.user_name.as_str());
    assert_eq!(users.find(&key).await?.unwrap().id.as_ref(), Some(&id));
    assert!(users.find(&Filter::eq(attr::EXTERNAL_ID, "e&1=2")).await?.is_some());
    assert!(users.find(&Filter::eq(attr::USER_NAME, "nobody")).await?.is_none());
    assert_eq!(users.get(&id).await?.resource, created.resource);
    let version = created.version.clone().unwrap();
    assert!(users.get_if_changed(&id, &version).await?.is_none());
    let part = users.projected(ProjectionParams::Attributes(vec![attr::EMAILS])).get(&id).await?;
    assert!(part.get(&attr::USER_NAME).is_none() && part.get(&attr::EMAILS).is_some());
    let part = users.projected(ProjectionParams::Attributes(vec![attr::TITLE])).find(&key).await?;
    assert_eq!(part.unwrap().id.as_ref(), Some(&id));

    // It changes.
    let mut changed = created.clone();
    changed.title = Some("Guide".into());
    let replaced = users.replace(&id, &changed.resource, created.version.as_ref()).await?;
    assert_eq!(replaced.title.as_deref(), Some("Guide"));
    assert!(users.get_if_changed(&id, &version).await?.is_some());
    let stale = users.replace(&id, &changed.resource, created.version.as_ref()).await.unwrap_err();
    assert!(stale.is_version_mismatch());
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}],
    });
    let patch = PatchRequest::parse(body, SchemaSet::user(), &Profile::rfc()).unwrap();
    let patched = users.patch(&id, &patch, replaced.version.as_ref()).await?;
    assert_ne!(patched.and_then(|user| user.active), Some(true));
    users.modify(&id, |user| user.set(&attr::DEPARTMENT, json!("Tours"))).await?;
    let user = users.get(&id).await?;
    assert_eq!(user.active, Some(false));
    assert_eq!(user.enterprise.as_ref().unwrap().department.as_deref(), Some("Tours"));

    // A group, with members in portions.
    let mut ids = vec![id.clone()];
    for n in 0..6 {
        let user = User { user_name: format!("user-{n}").into(), ..User::default() };
        ids.push(users.create_once(&user, &Filter::eq(attr::USER_NAME, &*user.user_name)).await?.id.unwrap());
    }
    let groups = client.groups();
    let group = Group {
        display_name: "Tour Guides".into(),
        members: vec![Member::new(id.as_str())],
        ..Group::default()
    };
    let group = groups.create(&group).await?.id.unwrap();
    client.learn(|dialect| dialect.member_chunk = Some(4));
    let done = groups.patch_members(&group, &ids[1..], &ids[..1]).await?;
    assert_eq!(done.requests, 3);
    let members = groups.get(&group).await?.members.clone();
    let mut members: Vec<_> = members.iter().map(|one| one.value.as_deref().unwrap().to_owned()).collect();
    members.sort();
    let mut expected: Vec<_> = ids[1..].iter().map(|id| id.as_str().to_owned()).collect();
    expected.sort();
    assert_eq!(members, expected);
    let without = groups.projected(ProjectionParams::ExcludedAttributes(vec![attr::MEMBERS]));
    assert!(without.get(&group).await?.get(&attr::MEMBERS).is_none());
    assert!(matches!(without.find(&Filter::pr(attr::MEMBERS)).await, Err(Error::Request(_))));

    // Lists.
    let query = Query { sort: Some(Sort::by(attr::USER_NAME)), ..Query::default() };
    let all =
        users.list(Query { page: query.page.clone().with_count(3), ..query.clone() }).collect(100).await?;
    let names: Vec<_> = all.iter().skip(1).map(|user| user.user_name.to_string()).collect();
    assert_eq!(names, ["user-0", "user-1", "user-2", "user-3", "user-4", "user-5"]);
    assert!(users.list(Query::default()).collect(6).await.is_err());
    let query = Query::of(Filter::sw(attr::USER_NAME, "user-"));
    assert_eq!(users.search(query).collect(100).await?.len(), 6);
    let typed = Query { projection: ProjectionParams::Attributes(vec![attr::USER_NAME]), ..Query::default() };
    assert!(matches!(users.list(typed.clone()).next().await, Err(Error::Request(_))));
    assert_eq!(users.untyped().list(typed).collect(100).await?.len(), 7);
    let dynamic = client.resources::<Resource>("Users", SchemaSet::user().clone());
    assert_eq!(dynamic.list(Query::default()).collect(100).await?.len(), 7);

    // Bulk.
    let operation = |method, path: String, bulk_id: Option<&str>, data| BulkOperation {
        method,
        bulk_id: bulk_id.map(str::to_owned),
        version: None,
        path,
        data,
    };
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    let request = BulkRequest {
        fail_on_errors: None,
        operations: vec![
            operation(
                BulkMethod::Post,
                "/Groups".into(),
                Some("g"),
                Some(
                    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bulk", "members": [{"value": "bulkId:u"}]}),
                ),
            ),
            operation(
                BulkMethod::Post,
                "/Users".into(),
                Some("u"),
                Some(json!({"schemas": [schema], "userName": "bulky"})),
            ),
            operation(BulkMethod::Delete, format!("/Users/{}", ids[6]), None, None),
            operation(BulkMethod::Delete, format!("/Users/{}", ids[6]), None, None),
        ],
    };
    let outcome = client.bulk(request).await?;
    assert!(outcome.stopped.is_none());
    let statuses: Vec<_> = outcome.results.iter().map(|result| result.as_ref().unwrap().status).collect();
    assert_eq!(statuses, [201, 201, 204, 404]);
    assert_eq!(outcome.failures().map(|(at, error)| (at, error.status())).collect::<Vec<_>>(), [(3, 404)]);
    let bulk = groups.find(&Filter::eq(attr::DISPLAY_NAME, "Bulk")).await?.unwrap();
    assert_eq!(bulk.members.len(), 1);

    // The user goes.
    let version = users.get(&id).await?.version.clone();
    users.delete(&id, version.as_ref()).await?;
    assert!(users.get(&id).await.unwrap_err().is_not_found());
    assert!(users.delete(&id, None).await.unwrap_err().is_not_found());
    assert_eq!(client.me().get().await.unwrap_err().status(), Some(501));
    Ok(())
}
