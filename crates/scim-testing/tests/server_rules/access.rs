//! RFC 7644 §2, §6 and §7: who may do what, and for whom.

use scim_server::auth::{Access, ApiKey, Scopes, dangerous_allow_anyone};
use scim_server::{BaseUrl, RateLimit, ScimService};

use super::*;

/// A request of every kind.
const REQUESTS: &[(&str, &str)] = &[
    ("GET", "/Users"),
    ("GET", "/Users/1"),
    ("POST", "/Users"),
    ("PUT", "/Users/1"),
    ("PATCH", "/Users/1"),
    ("DELETE", "/Users/1"),
    ("POST", "/Users/.search"),
    ("POST", "/.search"),
    ("GET", "/"),
    ("POST", "/Bulk"),
    ("GET", "/Me"),
    ("GET", "/Schemas"),
    ("GET", "/Nothing"),
];

#[test]
fn r7644_2_01_a_401_names_the_schemes() {
    let server = Server::new();
    for (method, path) in REQUESTS {
        for client in [server.as_nobody(), server.with_key("scim_wrong_but_long_enough")] {
            let answer = client.send(method, path, Value::Null);
            answer.assert_error(401, None);
            assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{path}");
        }
    }
}

#[test]
fn r7644_2_02_nothing_is_done_for_nobody() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let before = server.get(&path).body;
    let nobody = server.as_nobody();
    nobody.delete(&path).assert_error(401, None);
    nobody.send("PUT", &path, user("babs", json!({}))).assert_error(401, None);
    nobody.send("POST", "/Users", user("jsmith", json!({}))).assert_error(401, None);
    assert_eq!(server.get(&path).body, before);
    assert_eq!(server.get("/Users").body["totalResults"], 1);
}

/// What somebody with these scopes gets for reading and writing users and groups.
fn statuses(scopes: Scopes) -> [u16; 4] {
    let server = Server::new();
    let one = server.as_principal(server.principal("acme").with_scopes(scopes));
    [
        one.get("/Users").status,
        one.send("POST", "/Users", user("bjensen", json!({}))).status,
        one.get("/Groups").status,
        one.send("POST", "/Groups", group("Guides", json!({}))).status,
    ]
}

#[test]
fn r7644_2_04_access_depends_on_subject_action_and_resource() {
    assert_eq!(statuses(Scopes::all()), [200, 201, 200, 201]);
    assert_eq!(statuses(Scopes::read_only()), [200, 403, 200, 403]);
    assert_eq!(statuses(Scopes::default()), [403, 403, 403, 403]);
    assert_eq!(statuses(Scopes::read_only().with("Group", Access::Write)), [200, 403, 200, 201]);
    assert_eq!(statuses(Scopes::all().with("User", Access::None)), [403, 403, 200, 201]);
}

#[test]
fn r7644_2_04_bulk_requests_and_the_root_open_nothing() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let _id = server.created("/Groups", group("Guides", json!({})));
    let reader = server.as_principal(server.principal("acme").with_scopes(Scopes::read_only()));
    let answer = reader.send("POST", "/Bulk", bulk(json!([{"method": "DELETE", "path": path}])));
    assert!(answer.status == 403 || answer.body["Operations"][0]["status"] == "403", "{}", answer.body);
    assert_eq!(server.get(&path).status, 200);
    let groups = Scopes::read_only().with("User", Access::None);
    let groups = server.as_principal(server.principal("acme").with_scopes(groups));
    let answer = groups.send("POST", "/.search", json!({"schemas": [SEARCH_REQUEST]}));
    assert_eq!((answer.column("displayName"), &answer.body["totalResults"]), (vec!["Guides"], &json!(1)));
}

#[test]
fn r7644_2_1_01_a_token_counts_in_its_header_and_for_its_scopes_only() {
    let server = Server::new();
    let key = ApiKey::generate().unwrap();
    server.tokens().add(key.record(server.principal("acme").with_scopes(Scopes::read_only())));
    let holder = server.with_key(key.expose());
    assert_eq!(holder.get("/Users").status, 200);
    holder.send("POST", "/Users", user("bjensen", json!({}))).assert_error(403, None);
    let in_uri = format!("/Users?access_token={}", key.expose());
    server.as_nobody().get(&in_uri).assert_error(401, None);
}

#[test]
fn r7644_7_3_01_a_token_in_two_headers_or_spoilt_is_none() {
    let server = Server::new();
    let key = ApiKey::generate().unwrap();
    server.tokens().add(key.record(server.principal("acme").with_scopes(Scopes::all())));
    let sent = format!("Bearer {}", key.expose());
    let nobody = server.as_nobody();
    let send = |values: &[&str]| {
        let headers: Vec<_> = values.iter().map(|value| ("authorization", *value)).collect();
        nobody.send_with("GET", "/Users", &headers, Value::Null)
    };
    assert_eq!(send(&[&sent]).status, 200);
    let cut = sent.get(..sent.len() - 1).unwrap();
    for values in [vec![sent.as_str(), sent.as_str()], vec![cut], vec!["Bearer "], vec!["Bearer"]] {
        send(&values).assert_error(401, None);
    }
}

#[test]
fn r7644_7_4_03_a_token_ends() {
    let server = Server::new();
    let key = ApiKey::generate().unwrap();
    let mut record = key.record(server.principal("acme").with_scopes(Scopes::all()));
    record.expires = chrono::DateTime::from_timestamp(1_312_223_389 + 60, 0);
    server.tokens().add(record);
    let holder = server.with_key(key.expose());
    server.clock.advance(std::time::Duration::from_secs(59));
    assert_eq!(holder.get("/Users").status, 200);
    server.clock.advance(std::time::Duration::from_secs(1));
    holder.get("/Users").assert_error(401, None);
}

/// A service for anyone that takes so many requests at once.
fn for_anyone(burst: u32) -> ScimService {
    let anyone = dangerous_allow_anyone("acme".parse().unwrap());
    ScimService::builder(BaseUrl::new(BASE).unwrap(), anyone)
        .resource(MemoryStore::<scim_core::User>::new())
        .without_session_revocation()
        .timer(Clock::at(chrono::DateTime::UNIX_EPOCH))
        .without_deadline()
        .rate_limit(RateLimit::per_second(1).with_burst(burst))
        .build()
        .unwrap()
}

fn register(service: &ScimService, name: &str) -> Answer {
    let request =
        http::Request::post(format!("{BASE}/Users")).header("content-type", "application/scim+json");
    call(service, request.body(user(name, json!({})).to_string()).unwrap())
}

#[test]
fn r7644_2_2_01_anonymous_requests_may_be_let_in() {
    assert_eq!(register(&for_anyone(10), "bjensen").status, 201);
}

#[test]
fn r7644_7_6_01_anonymous_requests_may_be_slowed_down() {
    let service = for_anyone(2);
    let statuses: Vec<u16> = (0..4).map(|n| register(&service, &format!("user{n}")).status).collect();
    assert_eq!(statuses, [201, 201, 429, 429]);
    let answer = register(&service, "late");
    answer.assert_error(429, None);
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[test]
fn r7644_6_01_tenants_are_apart() {
    let acme = Server::new();
    let other = acme.as_tenant("other");
    let path = format!("/Users/{}", acme.created("/Users", user("bjensen", json!({}))));
    other.get(&path).assert_error(404, None);
    other.delete(&path).assert_error(404, None);
    other.send("PUT", &path, user("babs", json!({}))).assert_error(404, None);
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    other.send("PATCH", &path, title).assert_error(404, None);
    assert_eq!(other.get("/Users").body["totalResults"], 0);
    assert_eq!(other.get("/").body["totalResults"], 0);
    let _id = other.created("/Users", user("bjensen", json!({})));
    assert_eq!(acme.get(&path).text("/userName"), "bjensen");
    assert_eq!(acme.get("/Users").body["totalResults"], 1);
}

#[test]
fn r7644_6_1_01_the_credentials_may_name_the_tenant() {
    let acme = Server::new();
    let _id = acme.created("/Users", user("bjensen", json!({})));
    assert_eq!(acme.get("/Users").body["totalResults"], 1);
    assert_eq!(acme.as_tenant("other").get("/Users").body["totalResults"], 0);
}

#[test]
fn r7644_6_1_02_a_path_may_name_the_tenant() {
    let base = BaseUrl::per_tenant("https://example.com/scim/{tenant}").unwrap();
    let anyone = dangerous_allow_anyone("acme".parse().unwrap());
    let service = ScimService::builder(base, anyone)
        .resource(MemoryStore::<scim_core::User>::new())
        .without_session_revocation()
        .timer(Clock::at(chrono::DateTime::UNIX_EPOCH))
        .without_deadline()
        .build()
        .unwrap();
    let send = |path: &str| {
        let request = http::Request::post(format!("https://example.com/scim{path}"));
        call(&service, request.body(user("bjensen", json!({})).to_string()).unwrap())
    };
    send("/other/Users").assert_error(404, None);
    send("/Users").assert_error(404, None);
    let answer = send("/acme/Users");
    assert_eq!(answer.text("/meta/location"), format!("https://example.com/scim/acme/Users/{}", answer.id()));
}
