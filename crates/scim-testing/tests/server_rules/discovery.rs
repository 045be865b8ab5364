//! RFC 7643 §5 to §7 and RFC 7644 §3.13 and §4: what a service says about itself.

use scim_core::{Group, User};
use scim_server::auth::dangerous_allow_anyone;
use scim_server::{BaseUrl, ScimService};

use super::*;

#[test]
fn r7643_5_01_schemes_can_be_read_without_credentials() {
    let server = Server::build(Builder::public_discovery).as_nobody();
    let answer = server.get("/ServiceProviderConfig");
    assert_eq!((answer.status, answer.text("/authenticationSchemes/0/type")), (200, "oauthbearertoken"));
    server.get("/Users").assert_error(401, None);
}

#[test]
fn r7643_6_03_resource_types_have_names() {
    let server = Server::build(|builder| {
        let set = thing_set();
        let def = ResourceType {
            description: Some("Has an owner".into()),
            ..ResourceType::new("Thing", "/Things", &set)
        };
        builder.resource_type(def, set, MemoryStore::<Resource>::new())
    });
    let answer = server.get("/ResourceTypes");
    assert_eq!(answer.column("name"), ["User", "Group", "Thing"]);
    assert_eq!(answer.resources()[2]["description"], "Has an owner");
}

#[test]
fn r7643_7_19_schemas_have_names() {
    let answer = with_things().get("/Schemas");
    assert!(answer.resources().len() >= 4);
    for schema in answer.resources() {
        for member in ["id", "name", "description"] {
            assert!(
                schema[member].as_str().is_some_and(|text| !text.is_empty()),
                "{member}: {}",
                schema["id"]
            );
        }
    }
}

#[test]
fn r7644_3_1_02_messages_are_no_published_schemas() {
    let server = Server::new();
    let answer = server.get("/Schemas");
    assert!(answer.resources().len() >= 3);
    assert!(answer.column("id").iter().all(|uri| !uri.contains(":api:messages:")));
    for message in [LIST_RESPONSE, PATCH_OP, ERROR, SEARCH_REQUEST, BULK_REQUEST] {
        server.get(&format!("/Schemas/{message}")).assert_error(404, None);
    }
}

#[test]
fn r7644_3_2_01_endpoints_are_plural() {
    let base = BaseUrl::new(BASE).unwrap();
    let anyone = dangerous_allow_anyone("acme".parse().unwrap());
    let service = ScimService::builder(base, anyone)
        .resource(MemoryStore::<User>::new())
        .resource(MemoryStore::<Group>::new())
        .without_session_revocation()
        .timer(Clock::at(chrono::DateTime::UNIX_EPOCH))
        .without_deadline()
        .build()
        .unwrap();
    let request = http::Request::get(format!("{BASE}/ResourceTypes")).body(String::new()).unwrap();
    assert_eq!(call(&service, request).column("endpoint"), ["/Users", "/Groups"]);
}

#[test]
fn r7644_3_5_2_01_patch_can_be_discovered() {
    assert_eq!(Server::new().get("/ServiceProviderConfig").body["patch"]["supported"], true);
}

#[test]
fn r7644_3_7_4_02_the_limits_of_bulk_can_be_discovered() {
    let server = Server::build(|builder| {
        builder.limits(scim_core::Limits {
            bulk_operations: 7,
            body_bytes: 70_000,
            ..scim_core::Limits::default()
        })
    });
    let bulk = server.get("/ServiceProviderConfig").body["bulk"].clone();
    assert_eq!(bulk["supported"], true);
    assert_eq!((&bulk["maxOperations"], &bulk["maxPayloadSize"]), (&json!(7), &json!(70_000)));
}

#[test]
fn r7644_3_4_2_3_01_sorting_can_be_discovered() {
    let config = |server: &Server| server.get("/ServiceProviderConfig").body["sort"]["supported"].clone();
    assert_eq!(config(&Server::new()), true);
    let without = Server::build(|builder| builder.features(scim_server::Features::all().with_sort(false)));
    assert_eq!(config(&without), false);
    assert_eq!(without.get("/Users?sortBy=userName").status, 200);
}

#[test]
fn r7644_4_01_one_object_or_a_list() {
    let server = Server::new();
    let config = server.get("/ServiceProviderConfig");
    assert_eq!(config.status, 200);
    assert_eq!(
        config.body["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"])
    );
    assert_eq!(config.body.get("Resources"), None);
    for (path, id) in [("/Schemas", USER), ("/ResourceTypes", "Group")] {
        let list = server.get(path);
        assert_eq!((list.status, &list.body["schemas"]), (200, &json!([LIST_RESPONSE])), "{path}");
        assert_eq!(list.body["totalResults"], list.resources().len());
        let one = server.get(&format!("{path}/{id}"));
        assert_eq!((one.status, one.text("/id")), (200, id));
        assert_eq!(one.text("/meta/location"), format!("{BASE}{path}/{id}"));
        let listed = list.resources().iter().find(|listed| listed["id"] == id).unwrap();
        assert_eq!(listed, &one.body);
        server.get(&format!("{path}/none")).assert_error(404, None);
    }
}

#[test]
fn r7644_4_02_parameters_of_queries_are_ignored() {
    let server = Server::new();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let plain = server.get(path);
        for query in ["startIndex=2&count=1", "count=0", "sortBy=id&sortOrder=descending", "cursor=x"] {
            let answer = server.get(&format!("{path}?{query}"));
            assert_eq!((answer.status, &answer.body), (200, &plain.body), "{path}?{query}");
        }
    }
}

#[test]
fn r7644_4_03_a_filter_is_refused() {
    let server = Server::new();
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        server.get(&format!("{path}?filter=id%20eq%20%22User%22")).assert_error(403, None);
    }
}

#[test]
fn r7644_4_04_discovery_is_read_and_may_be_public() {
    let server = Server::build(Builder::public_discovery);
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        assert_eq!(server.as_nobody().get(path).status, 200, "{path}");
        Server::new().as_nobody().get(path).assert_error(401, None);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            server.send(method, path, json!({})).assert_error(405, None);
        }
    }
}

fn get(service: &ScimService, path: &str) -> Answer {
    call(service, http::Request::get(path).body(String::new()).unwrap())
}

fn at(base: &str) -> ScimService {
    ScimService::builder(BaseUrl::new(base).unwrap(), dangerous_allow_anyone("acme".parse().unwrap()))
        .resource(MemoryStore::<User>::new())
        .without_session_revocation()
        .timer(Clock::at(chrono::DateTime::UNIX_EPOCH))
        .without_deadline()
        .build()
        .unwrap()
}

#[test]
fn r7644_3_13_01_another_version_is_refused() {
    let service = at("https://example.com/scim");
    for version in ["v1", "v3", "v10"] {
        get(&service, &format!("/scim/{version}/Users")).assert_error(400, Some("invalidVers"));
    }
    assert_eq!(get(&at("https://example.com/scim/v2"), "/scim/v2/Users").status, 200);
}

#[test]
fn r7644_3_13_02_without_a_version_the_newest_is_used() {
    let answer = get(&at("https://example.com/scim"), "/scim/Users");
    assert_eq!((answer.status, &answer.body["schemas"]), (200, &json!([LIST_RESPONSE])));
}
