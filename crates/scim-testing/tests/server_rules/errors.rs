//! RFC 7644 §3.8, §3.11, §3.12 and §7.5: formats, the alias for oneself, and errors.

use scim_server::auth::Scopes;

use super::*;

#[test]
fn r7644_3_8_01_scim_json_in_utf_8_is_taken_and_given() {
    let server = Server::new();
    let body = user("zo\u{eb}", json!({"displayName": "Zo\u{eb} \u{1f984}"}));
    for kind in [
        "application/scim+json",
        "application/scim+json; charset=utf-8",
        "Application/SCIM+JSON;charset=\"UTF-8\"",
    ] {
        let headers = [("content-type", kind), ("accept", "application/scim+json")];
        let answer = server.send_with("POST", "/Users", &headers, body.clone());
        assert_eq!((answer.status, answer.text("/displayName")), (201, "Zo\u{eb} \u{1f984}"), "{kind}");
        let given = answer.header("content-type").unwrap();
        assert!(
            given == "application/scim+json" || given == "application/scim+json; charset=utf-8",
            "{given}"
        );
        assert!(std::str::from_utf8(&answer.bytes).is_ok());
        assert_eq!(server.delete(&format!("/Users/{}", answer.id())).status, 204);
    }
    let latin =
        b"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"zo\xeb\"}".to_vec();
    let answer = server.send_bytes("POST", "/Users", &[("content-type", "application/scim+json")], latin);
    answer.assert_error(400, Some("invalidSyntax"));
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
}

#[test]
fn r7644_3_8_02_plain_json_is_taken_too() {
    let server = Server::new();
    for kind in ["application/json", "application/json; charset=utf-8"] {
        let headers = [("content-type", kind), ("accept", "application/json")];
        let answer = server.send_with("POST", "/Users", &headers, user("bjensen", json!({})));
        assert_eq!(answer.status, 201, "{kind}");
        assert!(answer.header("content-type").unwrap().starts_with("application/"));
        assert_eq!(server.delete(&format!("/Users/{}", answer.id())).status, 204);
    }
    for accept in ["*/*", "application/*", "text/html, application/json;q=0.5"] {
        assert_eq!(
            server.send_with("GET", "/Users", &[("accept", accept)], Value::Null).status,
            200,
            "{accept}"
        );
    }
    for kind in ["text/plain", "application/xml", "application/json; charset=iso-8859-1"] {
        let answer =
            server.send_with("POST", "/Users", &[("content-type", kind)], user("bjensen", json!({})));
        answer.assert_error(415, None);
    }
    assert_eq!(server.get("/Users").body["totalResults"], 0);
}

#[test]
fn r7644_3_11_01_without_it_me_is_501() {
    let server = Server::new();
    for (method, body) in [
        ("GET", Value::Null),
        ("PUT", user("bjensen", json!({}))),
        ("PATCH", patch(json!([{"op": "add", "path": "title", "value": "x"}]))),
        ("DELETE", Value::Null),
        ("POST", user("bjensen", json!({}))),
    ] {
        let answer = server.send(method, "/Me", body);
        assert_eq!(answer.status, 501, "{method}: {}", answer.body);
        answer.assert_error(501, None);
    }
}

/// A service where a principal's subject is the id of a user.
fn with_me() -> Server {
    Server::build(|builder| {
        builder.me(|principal: scim_server::auth::Principal| async move {
            let subject = principal.subject().map(ResourceId::new).transpose()?;
            Ok(subject.map(|id| ("User".to_owned(), id)))
        })
    })
}

fn as_user(server: &Server, id: &str) -> Server {
    server.as_principal(server.principal("acme").with_subject(id).with_scopes(Scopes::all()))
}

#[test]
fn r7644_3_11_03_me_says_where_the_resource_really_is() {
    let server = with_me();
    let id = server.created("/Users", user("bjensen", json!({})));
    let me = as_user(&server, &id);
    let location = format!("{BASE}/Users/{id}");
    let title = patch(json!([{"op": "add", "path": "title", "value": "Guide"}]));
    let wrong = me.send("PUT", "/Me", json!({"schemas": [USER]}));
    wrong.assert_error(400, Some("invalidValue"));
    assert_eq!(wrong.header("location"), Some(location.as_str()));
    for (method, body) in
        [("GET", Value::Null), ("PUT", user("babs", json!({}))), ("PATCH", title), ("DELETE", Value::Null)]
    {
        let answer = me.send(method, "/Me", body);
        assert!(answer.status < 300, "{method}: {}", answer.body);
        assert_eq!(answer.header("location"), Some(location.as_str()), "{method}");
        if method != "DELETE" {
            assert_eq!(answer.text("/meta/location"), location, "{method}");
        }
    }
    me.get("/Me").assert_error(404, None);
    as_user(&server, "gone").get("/Me").assert_error(404, None);
    server.get("/Me").assert_error(404, None);
    server.as_nobody().get("/Me").assert_error(401, None);
}

#[test]
fn r7644_3_12_03_statuses_are_those_of_the_table() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let stale = [("if-match", "W/\"other\"")];
    server.send_with("PUT", &path, &stale, user("babs", json!({}))).assert_error(412, None);
    let reader = server.as_principal(server.principal("acme").with_scopes(Scopes::read_only()));
    reader.delete(&path).assert_error(403, None);
    server.get("/Users/none").assert_error(404, None);
    server.get("/Nothing").assert_error(404, None);
    server.get("/Me").assert_error(501, None);
    let without = Server::build(|builder| builder.features(scim_server::Features::all().with_bulk(false)));
    without.send("POST", "/Bulk", bulk(json!([]))).assert_error(501, None);
    assert_eq!(without.get("/ServiceProviderConfig").body["bulk"]["supported"], false);
    server.send("POST", "/Users", user("bjensen", json!({}))).assert_error(409, Some("uniqueness"));
}

#[test]
fn r7644_3_12_04_every_error_has_a_body() {
    let server = with_things_that_say(|| StoreError::unavailable("the pool is empty"));
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let json_kind = [("content-type", "application/scim+json")];
    for (expected, answer) in [
        ((400, Some("invalidSyntax")), server.send_bytes("POST", "/Users", &json_kind, "{")),
        ((400, Some("invalidSyntax")), server.send_bytes("POST", "/Users", &json_kind, "")),
        ((400, Some("invalidSyntax")), server.send("POST", "/Users", json!([]))),
        ((400, Some("invalidValue")), server.send("POST", "/Users", json!({"schemas": [USER]}))),
        ((400, Some("invalidFilter")), server.query("/Users", &[("filter", "userName eq")])),
        ((400, Some("invalidFilter")), server.query("/Users", &[("filter", "colour eq \"red\"")])),
        (
            (400, Some("invalidPath")),
            server.send("PATCH", &path, patch(json!([{"op": "add", "path": "a b", "value": 1}]))),
        ),
        ((400, Some("noTarget")), server.send("PATCH", &path, patch(json!([{"op": "remove"}])))),
        ((401, None), server.as_nobody().get(&path)),
        ((404, None), server.get("/Users/none")),
        ((405, None), server.send("TRACE", "/Users", Value::Null)),
        ((406, None), server.send_with("GET", "/Users", &[("accept", "text/html")], Value::Null)),
        ((503, None), server.get("/Things/7")),
    ] {
        answer.assert_error(expected.0, expected.1);
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        assert!(!answer.text("/detail").is_empty());
    }
}

#[test]
fn r7644_3_12_08_internal_errors_tell_no_internals() {
    let server =
        with_things_that_say(|| StoreError::Internal("connection to 10.0.0.7 as scim_rw failed".into()));
    let title = patch(json!([{"op": "add", "path": "label", "value": "x"}]));
    for answer in [
        server.get("/Things/7"),
        server.get("/Things"),
        server.get("/"),
        server.send("POST", "/Things", thing(json!({}))),
        server.send("PUT", "/Things/7", thing(json!({}))),
        server.send("PATCH", "/Things/7", title),
        server.delete("/Things/7"),
    ] {
        answer.assert_error(500, None);
        assert!(!answer.text("/detail").is_empty());
        assert!(
            !answer.body.to_string().contains("10.0.0.7") && !answer.body.to_string().contains("scim_rw")
        );
    }
    let panics = with_things_that_say(|| panic!("at the disco"));
    let answer = panics.get("/Things/7");
    answer.assert_error(500, None);
    assert!(!answer.body.to_string().contains("disco"));
    assert_eq!(panics.get("/Users").status, 200);
}

#[test]
fn r7644_7_5_2_02_secrets_in_a_uri_are_refused() {
    let server = Server::new();
    let _id = server.created("/Users", user("bjensen", json!({"password": "t1meMa$heen"})));
    for path in ["/Users", "/"] {
        let answer = server.query(path, &[("filter", "password eq \"t1meMa$heen\"")]);
        answer.assert_error(403, Some("sensitive"));
        assert!(!answer.body.to_string().contains("t1me"));
    }
    let search = json!({"schemas": [SEARCH_REQUEST], "filter": "password eq \"t1meMa$heen\""});
    assert_eq!(server.send("POST", "/Users/.search", search).status, 400);
}
