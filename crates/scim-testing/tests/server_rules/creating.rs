//! RFC 7644 §3.1 to §3.4.1: resources are created and read.

use super::*;

#[test]
fn r7644_3_1_03_what_is_not_recognised_is_not_returned() {
    let body = user("bjensen", json!({"favouriteColour": "red", "name": {"givenName": "Babs", "clan": "J"}}));
    let answer = Server::new().send("POST", "/Users", body.clone());
    assert_eq!((answer.status, &answer.body["name"]), (201, &json!({"givenName": "Babs"})));
    assert_eq!(answer.body.get("favouriteColour"), None);
    Server::strict().send("POST", "/Users", body).assert_error(400, Some("invalidSyntax"));
}

#[test]
fn r7644_3_2_03_put_creates_nothing() {
    let server = Server::new();
    for (path, body) in [("/Users", user("bjensen", json!({}))), ("/Groups", group("Guides", json!({})))] {
        let id = "2819c223-7f76-453a-919d-413861904646";
        server.send("PUT", &format!("{path}/{id}"), body.clone()).assert_error(404, None);
        assert_eq!(server.get(path).body["totalResults"], 0);
        let other = server.send("PUT", path, body);
        assert_eq!(other.status, 405);
        assert_eq!(server.get(path).body["totalResults"], 0);
    }
}

#[test]
fn r7644_3_2_04_the_status_is_in_the_body_too() {
    let server = Server::new();
    let _id = server.created("/Users", user("bjensen", json!({})));
    for (status, answer) in [
        (400, server.send("POST", "/Users", json!({"schemas": [USER]}))),
        (401, server.as_nobody().get("/Users")),
        (404, server.get("/Users/none")),
        (404, server.get("/Nothing")),
        (405, server.send("PATCH", "/Users", json!({}))),
        (409, server.send("POST", "/Users", user("bjensen", json!({})))),
        (415, server.send_with("POST", "/Users", &[("content-type", "text/plain")], json!({}))),
        (501, server.get("/Me")),
    ] {
        assert_eq!((answer.status, answer.text("/status")), (status, status.to_string().as_str()));
    }
}

#[test]
fn r7644_3_3_01_read_only_attributes_are_ignored() {
    let server = Server::new();
    let body = user(
        "bjensen",
        json!({"id": "mine", "meta": {"version": "W/\"forged\""}, "groups": [{"value": "admins"}]}),
    );
    let answer = server.send("POST", "/Users", body);
    assert_eq!((answer.status, answer.body.get("groups")), (201, None));
    assert_ne!(answer.id(), "mine");
    assert_ne!(answer.text("/meta/version"), "W/\"forged\"");
    let odd = user("jsmith", json!({"id": "", "meta": null, "groups": 7}));
    assert_eq!(server.send("POST", "/Users", odd).status, 201);
}

#[test]
fn r7644_3_3_02_nothing_is_made_up() {
    let server = Server::new();
    let answer = server.send("POST", "/Users", user("bjensen", json!({"title": null, "emails": []})));
    let mut names: Vec<&str> = answer.body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["id", "meta", "schemas", "userName"]);
}

#[test]
fn r7644_3_3_04_a_create_answers_201() {
    let server = Server::new();
    assert_eq!(server.send("POST", "/Users", user("bjensen", json!({}))).status, 201);
    assert_eq!(server.send("POST", "/Groups", group("Guides", json!({}))).status, 201);
}

#[test]
fn r7644_3_3_05_the_answer_is_what_was_stored() {
    let server = Server::new();
    let body = user("bjensen", json!({"name": {"givenName": "Babs"}, "active": true, "title": "Guide"}));
    let created = server.send("POST", "/Users", body.clone());
    let read = server.get(&format!("/Users/{}", created.id()));
    assert_eq!(created.body, read.body);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(&created.body[name], value, "{name}");
    }
}

#[test]
fn r7644_3_3_06_location_is_in_header_and_meta() {
    let answer = Server::new().send("POST", "/Groups", group("Guides", json!({})));
    let location = format!("{BASE}/Groups/{}", answer.id());
    assert_eq!(
        (answer.header("location"), answer.text("/meta/location")),
        (Some(location.as_str()), location.as_str())
    );
    let without = Server::new().send("POST", "/Users?attributes=userName", user("bjensen", json!({})));
    assert_eq!(without.header("location"), Some(format!("{BASE}/Users/{}", without.id()).as_str()));
}

#[test]
fn r7644_3_3_07_a_name_that_is_taken_is_a_conflict() {
    let server = Server::new();
    let _id = server.created("/Users", user("bjensen", json!({})));
    server
        .send("POST", "/Users", user("bjensen", json!({"title": "Another"})))
        .assert_error(409, Some("uniqueness"));
    assert_eq!(server.get("/Users").body["totalResults"], 1);
}

#[test]
fn r7644_3_3_1_01_the_endpoint_names_the_resource_type() {
    let server = with_things();
    for (path, body, name) in [
        ("/Users", user("bjensen", json!({})), "User"),
        ("/Groups", group("Guides", json!({})), "Group"),
        ("/Things", thing(json!({"label": "a"})), "Thing"),
    ] {
        let answer = server.send("POST", path, with(body, json!({"meta": {"resourceType": "Other"}})));
        assert_eq!((answer.status, answer.text("/meta/resourceType")), (201, name));
    }
}

#[test]
fn r7644_3_4_01_answers_hold_always_and_default() {
    let server = with_things();
    let body = thing(json!({"badge": "B", "label": "L", "note": "N", "pin": "P"}));
    let id = server.created("/Things", body);
    let one = server.get(&format!("/Things/{id}")).body;
    let listed = server.get("/Things").resources()[0].clone();
    assert_eq!(one, listed);
    let mut names: Vec<&String> = one.as_object().unwrap().keys().collect();
    names.sort_unstable();
    assert_eq!(names, ["badge", "id", "label", "meta", "schemas"]);
}

#[test]
fn r7644_3_4_1_01_a_known_resource_is_read() {
    let server = Server::new();
    let id = server.created("/Users", user("bjensen", json!({})));
    let answer = server.get(&format!("/Users/{id}"));
    assert_eq!((answer.status, answer.id(), answer.text("/userName")), (200, id.clone(), "bjensen"));
    server.get("/Users/none").assert_error(404, None);
    server.get(&format!("/Groups/{id}")).assert_error(404, None);
}
