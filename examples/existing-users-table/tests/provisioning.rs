//! A directory provisions the application, over HTTP without a network.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use existing_users_table::scim;
use existing_users_table::teams::Teams;
use existing_users_table::users::Users;
use http_body_util::BodyExt;
use scim_core::{Group, SchemaSet};
use scim_server::auth::{ApiKey, MemoryTokens, Principal, Scopes};
use scim_server::testing::{StoreKit, check_store};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tower::ServiceExt;

struct Application {
    app: Router,
    pool: SqlitePool,
    keys: [ApiKey; 2],
}

async fn pool() -> SqlitePool {
    // A database in memory belongs to one connection.
    let options = SqliteConnectOptions::new().in_memory(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    scim::create_tables(&pool).await.unwrap();
    pool
}

async fn start() -> Application {
    let pool = pool().await;
    let tokens = MemoryTokens::new();
    let keys = ["acme", "other"].map(|company| {
        let key = ApiKey::generate().unwrap();
        tokens.add(key.record(Principal::new(company.parse().unwrap()).with_scopes(Scopes::all())));
        key
    });
    let app = scim::app(&pool, "https://app.example/scim/v2", tokens).unwrap();
    Application { app, pool, keys }
}

impl Application {
    async fn send(&self, request: Request<Body>) -> (u16, String) {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn scim_as(&self, key: &ApiKey, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/scim/v2{path}"))
            .header("authorization", format!("Bearer {}", key.expose()))
            .header("content-type", "application/scim+json")
            .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) });
        let (status, body) = self.send(request.unwrap()).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    async fn scim(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.scim_as(&self.keys[0], method, path, body).await
    }

    async fn found(&self, path: &str, filter: &str) -> Vec<String> {
        let path = format!("/{path}?filter={}", filter.replace(' ', "+").replace('"', "%22"));
        let (status, list) = self.scim("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{list}");
        assert_eq!(list["totalResults"], list["Resources"].as_array().map_or(0, Vec::len));
        let name =
            |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap().to_owned();
        list["Resources"].as_array().map(|all| all.iter().map(name).collect()).unwrap_or_default()
    }

    async fn user(&self, name: &str) -> String {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
            "externalId": format!("ext-{name}"),
            "displayName": format!("{name} Müller"),
            "emails": [{"value": format!("{name}@Example.com"), "type": "work", "primary": true}],
            "active": true,
        });
        let (status, user) = self.scim("POST", "/Users", body).await;
        assert_eq!(status, 201, "{user}");
        user["id"].as_str().unwrap().to_owned()
    }

    async fn login(&self, name: &str) -> (u16, String) {
        self.send(Request::post("/login").body(Body::from(name.to_owned())).unwrap()).await
    }

    async fn whoami(&self, token: &str) -> u16 {
        self.send(Request::get("/whoami").header("authorization", token).body(Body::empty()).unwrap()).await.0
    }
}

fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

#[tokio::test]
async fn who_is_disabled_is_signed_out() {
    let app = start().await;
    let id = app.user("bjensen").await;
    let (status, token) = app.login("bjensen").await;
    assert_eq!((status, app.whoami(&token).await), (200, 200));

    // As Entra ID writes it.
    let disable = patch(json!([{"op": "Replace", "path": "active", "value": "False"}]));
    let (status, user) = app.scim("PATCH", &format!("/Users/{id}"), disable).await;
    assert_eq!((status, &user["active"]), (200, &json!(false)));
    assert_eq!(app.whoami(&token).await, 401);
    assert_eq!(app.login("bjensen").await.0, 403);

    let enable = patch(json!([{"op": "replace", "value": {"active": true}}]));
    assert_eq!(app.scim("PATCH", &format!("/Users/{id}"), enable).await.0, 200);
    let (_, token) = app.login("bjensen").await;
    assert_eq!(app.whoami(&token).await, 200);
    assert_eq!(app.scim("DELETE", &format!("/Users/{id}"), Value::Null).await.0, 204);
    assert_eq!(app.whoami(&token).await, 401);
    let sessions: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sessions").fetch_one(&app.pool).await.unwrap();
    assert_eq!(sessions, 0);
}

#[tokio::test]
async fn directories_find_their_users() {
    let app = start().await;
    for name in ["bjensen", "Anna", "jörg"] {
        app.user(name).await;
    }
    for (filter, names) in [
        (r#"userName eq "BJENSEN""#, &["bjensen"][..]),
        (r#"externalId eq "ext-Anna""#, &["Anna"]),
        (r#"externalId eq "ext-anna""#, &[]),
        (r#"emails[type eq "work" and value eq "anna@example.com"]"#, &["Anna"]),
        (r#"emails.value ew "@EXAMPLE.com" and not (userName sw "a")"#, &["bjensen", "jörg"]),
        (r#"active eq true and userName co "N""#, &["Anna", "bjensen"]),
        (r#"userName eq "x" or userName eq "' OR 1=1 --""#, &[]),
    ] {
        let mut found = app.found("Users", filter).await;
        found.sort();
        assert_eq!(found, names, "{filter}");
    }
    let (status, list) = app.scim("GET", "/Users?sortBy=userName&startIndex=2&count=1", Value::Null).await;
    assert_eq!(
        (status, &list["totalResults"], &list["Resources"][0]["userName"]),
        (200, &json!(3), &json!("bjensen"))
    );

    let (status, error) = app.scim("GET", "/Users?filter=title+pr", Value::Null).await;
    assert_eq!((status, &error["scimType"]), (400, &json!("invalidFilter")));
    assert_eq!(error["detail"], "`title` cannot be asked about here");

    let taken = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "BJensen"});
    let (status, error) = app.scim("POST", "/Users", taken.clone()).await;
    assert_eq!((status, &error["scimType"]), (409, &json!("uniqueness")));

    // Another customer sees none of them, and may use the same names.
    let [_, other] = &app.keys;
    let (_, list) = app.scim_as(other, "GET", "/Users?filter=userName+pr+or+userName+pr", Value::Null).await;
    assert_eq!(list["totalResults"], 0);
    assert_eq!(app.scim_as(other, "POST", "/Users", taken).await.0, 201);
}

#[tokio::test]
async fn teams_follow_the_directory() {
    let app = start().await;
    let (anna, bert) = (app.user("anna").await, app.user("bert").await);
    let team = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Guides",
        "members": [{"value": anna}],
    });
    let (status, team) = app.scim("POST", "/Groups", team).await;
    assert_eq!(status, 201, "{team}");
    let path = format!("/Groups/{}", team["id"].as_str().unwrap());

    let change = patch(json!([
        {"op": "add", "path": "members", "value": [{"value": bert}]},
        {"op": "remove", "path": format!(r#"members[value eq "{anna}"]"#)},
        {"op": "replace", "path": "displayName", "value": "Tour Guides"},
    ]));
    assert!(app.scim("PATCH", &path, change).await.0 < 300);
    assert_eq!(app.found("Groups", &format!(r#"members.value eq "{bert}""#)).await, ["Tour Guides"]);
    assert_eq!(app.found("Groups", &format!(r#"members[value eq "{anna}"]"#)).await, [""; 0]);

    let stranger = patch(json!([{"op": "add", "path": "members", "value": [{"value": "nobody"}]}]));
    let (status, error) = app.scim("PATCH", &path, stranger).await;
    assert_eq!((status, &error["detail"]), (400, &json!("`members`: there is no user `nobody`")));

    // Who is deleted is in no team.
    assert_eq!(app.scim("DELETE", &format!("/Users/{bert}"), Value::Null).await.0, 204);
    let (_, team) = app.scim("GET", &path, Value::Null).await;
    assert_eq!(team.get("members"), None);
}

#[tokio::test]
async fn both_stores_keep_their_promises() {
    let pool = pool().await;
    let report = check_store(&Users::new(pool.clone()).unwrap()).await.unwrap();
    assert!(report.passed.len() > 30, "{report:#?}");
    // The members that the kit makes up are nobody in the table of users: that they are refused is all that it may find.
    let kit = StoreKit::new("Group", SchemaSet::group(), |n| Group {
        display_name: format!("Team {n}").into(),
        ..Group::default()
    });
    let failure = kit.check(&Teams::new(pool).unwrap()).await.unwrap_err().to_string();
    let problems: Vec<&str> =
        failure.lines().filter(|line| line.contains(": ") && !line.contains("skipped")).collect();
    assert!(problems.iter().all(|line| line.contains("`members`: there is no user `")), "{failure}");
    assert_eq!(problems.len(), 4, "{failure}");
}
