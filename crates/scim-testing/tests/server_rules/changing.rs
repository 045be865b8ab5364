//! RFC 7644 §3.5, §3.6 and §3.14: resources change and go.

use std::time::Duration;

use super::*;

const UNKNOWN: &str = "/Users/2819c223-7f76-453a-919d-413861904646";

fn babs(server: &Server, members: Value) -> String {
    format!("/Users/{}", server.created("/Users", user("bjensen", members)))
}

#[test]
fn r7644_3_5_01_put_is_supported() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    assert_eq!(server.send("PUT", &path, user("babs", json!({}))).status, 200);
    assert_eq!(server.get(&path).text("/userName"), "babs");
}

#[test]
fn r7644_3_5_02_patch_is_supported() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let rename = patch(json!([{"op": "replace", "path": "userName", "value": "babs"}]));
    assert_eq!(server.send("PATCH", &path, rename).status, 200);
    assert_eq!(server.get(&path).text("/userName"), "babs");
}

#[test]
fn r7644_3_5_1_01_put_of_what_is_not_there_is_404() {
    let server = Server::new();
    server.send("PUT", UNKNOWN, user("bjensen", json!({}))).assert_error(404, None);
    server.get(UNKNOWN).assert_error(404, None);
    assert_eq!(server.get("/Users").body["totalResults"], 0);
}

#[test]
fn r7644_3_5_1_02_values_take_the_place_of_what_was_there() {
    let server = Server::new();
    let path =
        babs(&server, json!({"title": "Guide", "emails": [{"value": "a@example.com", "type": "work"}]}));
    let put =
        user("babs", json!({"title": "Driver", "emails": [{"value": "b@example.com"}], "nickName": "B"}));
    let answer = server.send("PUT", &path, put);
    assert_eq!(answer.status, 200);
    let now = server.get(&path).body;
    assert_eq!(
        (&now["userName"], &now["title"], &now["nickName"]),
        (&json!("babs"), &json!("Driver"), &json!("B"))
    );
    assert_eq!(now["emails"], json!([{"value": "b@example.com"}]));
}

#[test]
fn r7644_3_5_1_03_what_is_left_out_is_cleared() {
    let server = Server::new();
    let full = json!({"title": "Guide", "name": {"givenName": "B"}, "emails": [{"value": "a@example.com"}], "active": false});
    for rest in [json!({}), json!({"title": null, "name": null, "emails": []})] {
        let path = babs(&server, full.clone());
        let answer = server.send("PUT", &path, user("bjensen", rest));
        for gone in ["title", "name", "emails"] {
            assert_eq!(answer.body.get(gone), None, "{gone}");
        }
        // Who does not speak of it lets nobody in again (C-69).
        assert_eq!(answer.body["active"], false);
        assert_eq!(server.get(&path).body, answer.body);
        assert_eq!(server.delete(&path).status, 204);
    }
    let path = babs(&server, json!({}));
    server
        .send("PUT", &path, json!({"schemas": [USER], "title": "x"}))
        .assert_error(400, Some("invalidValue"));
}

#[test]
fn r7644_3_5_1_05_an_immutable_value_has_to_match() {
    let server = with_things();
    let path = format!("/Things/{}", server.created("/Things", thing(json!({"serial": "1", "label": "a"}))));
    server
        .send("PUT", &path, thing(json!({"serial": "2", "label": "b"})))
        .assert_error(400, Some("mutability"));
    assert_eq!(server.get(&path).text("/label"), "a");
    let same = server.send("PUT", &path, thing(json!({"serial": "1", "label": "b"})));
    assert_eq!((same.status, same.text("/serial"), same.text("/label")), (200, "1", "b"));
    let omitted = server.send("PUT", &path, thing(json!({"label": "c"})));
    assert_eq!((omitted.status, omitted.text("/serial"), omitted.text("/label")), (200, "1", "c"));
}

#[test]
fn r7644_3_5_1_06_an_immutable_attribute_without_a_value_takes_one() {
    let server = with_things();
    let path = format!("/Things/{}", server.created("/Things", thing(json!({}))));
    assert_eq!(server.send("PUT", &path, thing(json!({"serial": "2"}))).text("/serial"), "2");
    server.send("PUT", &path, thing(json!({"serial": "3"}))).assert_error(400, Some("mutability"));
}

#[test]
fn r7644_3_5_1_07_read_only_values_are_ignored() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let put =
        user("babs", json!({"id": "other", "meta": {"resourceType": "x"}, "groups": [{"value": "admins"}]}));
    let answer = server.send("PUT", &path, put);
    assert_eq!((answer.status, format!("/Users/{}", answer.id())), (200, path));
    assert_eq!((answer.body.get("groups"), answer.text("/meta/resourceType")), (None, "User"));
}

#[test]
fn r7644_3_5_1_09_put_answers_with_the_whole_resource() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let answer = server.send("PUT", &path, user("babs", json!({"title": "Guide", "nickName": "B"})));
    assert_eq!((answer.status, &answer.body), (200, &server.get(&path).body));
    let some = server.send("PUT", &format!("{path}?attributes=title"), user("babs", json!({"title": "x"})));
    assert_eq!((some.text("/title"), some.body.get("userName")), ("x", None));
    // A group too, and all of its members.
    let members = json!({"members": [{"value": "7"}]});
    let group_path = format!("/Groups/{}", server.created("/Groups", group("Guides", json!({}))));
    assert_eq!(server.send("PUT", &group_path, group("Guides", members)).text("/members/0/value"), "7");
}

#[test]
fn r7644_3_5_2_17_patch_answers_200_or_204() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let title = patch(json!([{"op": "add", "path": "title", "value": "Guide"}]));
    for _twice in 0..2 {
        let answer = server.send("PATCH", &path, title.clone());
        assert_eq!(
            (answer.status, answer.text("/title"), answer.text("/userName")),
            (200, "Guide", "bjensen")
        );
        assert_eq!(answer.header("etag"), Some(answer.text("/meta/version")));
    }
    let group_path = format!("/Groups/{}", server.created("/Groups", group("Guides", json!({}))));
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": "7"}]}]));
    for _twice in 0..2 {
        let answer = server.send("PATCH", &group_path, add.clone());
        assert_eq!((answer.status, answer.bytes.len()), (204, 0));
        assert_eq!(answer.header("etag"), Some(server.get(&group_path).text("/meta/version")));
    }
}

#[test]
fn r7644_3_5_2_18_with_attributes_patch_answers_with_a_body() {
    let server = Server::new();
    let path = format!("/Groups/{}", server.created("/Groups", group("Guides", json!({}))));
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": "7"}]}]));
    for query in ["attributes=members", "attributes=displayName,members.value"] {
        let answer = server.send("PATCH", &format!("{path}?{query}"), add.clone());
        assert_eq!((answer.status, answer.text("/members/0/value")), (200, "7"), "{query}");
    }
    let answer = server.send("PATCH", &format!("{path}?excludedAttributes=members"), add);
    assert_eq!(
        (answer.status, answer.text("/displayName"), answer.body.get("members")),
        (200, "Guides", None)
    );
}

#[test]
fn r7644_3_5_2_1_08_what_changes_nothing_moves_nothing() {
    let server = Server::new();
    let path =
        babs(&server, json!({"title": "Guide", "emails": [{"value": "b@example.com", "type": "work"}]}));
    let before = server.get(&path);
    server.clock.advance(Duration::from_secs(60));
    for operation in [
        json!({"op": "add", "path": "title", "value": "Guide"}),
        json!({"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "work"}]}),
        json!({"op": "replace", "value": {"title": "Guide"}}),
        json!({"op": "remove", "path": "nickName"}),
    ] {
        assert_eq!(server.send("PATCH", &path, patch(json!([operation]))).status, 200);
        let after = server.get(&path);
        assert_eq!(after.body, before.body, "{operation}");
        assert_eq!(after.header("etag"), before.header("etag"), "{operation}");
    }
    let put = with(before.body.clone(), json!({}));
    assert_eq!(server.send("PUT", &path, put).body, before.body);
    let group_path =
        format!("/Groups/{}", server.created("/Groups", group("G", json!({"members": [{"value": "7"}]}))));
    let before = server.get(&group_path);
    server.clock.advance(Duration::from_secs(60));
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": "7"}]}]));
    assert_eq!(server.send("PATCH", &group_path, add).status, 204);
    assert_eq!(server.get(&group_path).body, before.body);
}

#[test]
fn r7644_3_6_01_what_was_deleted_is_not_found() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    assert_eq!(server.delete(&path).status, 204);
    server.get(&path).assert_error(404, None);
    server.delete(&path).assert_error(404, None);
    server.send("PUT", &path, user("bjensen", json!({}))).assert_error(404, None);
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    server.send("PATCH", &path, title.clone()).assert_error(404, None);
    let any = [("if-match", "*")];
    assert!(matches!(server.send_with("PATCH", &path, &any, title).status, 404 | 412));
}

#[test]
fn r7644_3_6_02_what_was_deleted_is_in_no_answer() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let guides = server
        .created("/Groups", group("Guides", json!({"members": [{"value": path.strip_prefix("/Users/")}]})));
    let _id = server.created("/Users", user("jsmith", json!({})));
    assert_eq!(server.delete(&path).status, 204);
    assert_eq!(server.get("/Users").column("userName"), ["jsmith"]);
    assert_eq!(server.get("/?filter=userName%20pr").column("userName"), ["jsmith"]);
    assert_eq!(server.get("/Users?filter=userName%20eq%20%22bjensen%22").body["totalResults"], 0);
    assert_eq!(server.get(&format!("/Groups/{guides}")).body.get("members"), None);
}

#[test]
fn r7644_3_6_03_names_of_the_deleted_are_free() {
    for policy in [scim_server::rules::DeletePolicy::Hard, scim_server::rules::DeletePolicy::Retire] {
        let server = Server::build(|builder| builder.delete_policy(policy));
        let path = babs(&server, json!({"externalId": "7"}));
        assert_eq!(server.delete(&path).status, 204);
        server.get(&path).assert_error(404, None);
        server.delete(&path).assert_error(404, None);
        assert_eq!(server.get("/Users").body["totalResults"], 0);
        assert_ne!(babs(&server, json!({"externalId": "7"})), path);
    }
}

#[test]
fn r7644_3_6_04_delete_answers_204() {
    let server = Server::new();
    let answer = server.delete(&babs(&server, json!({})));
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
}

#[test]
fn r7644_3_14_01_versions_are_in_header_and_meta() {
    let server = Server::new();
    let created = server.send("POST", "/Users", user("bjensen", json!({})));
    let path = format!("/Users/{}", created.id());
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    let answers = [
        created,
        server.get(&path),
        server.send("PUT", &path, user("babs", json!({}))),
        server.send("PATCH", &path, title),
    ];
    for answer in &answers {
        assert_eq!(answer.header("etag"), Some(answer.text("/meta/version")));
    }
    let version = |at: usize| answers[at].text("/meta/version");
    assert_eq!(version(0), version(1));
    assert!(version(1) != version(2) && version(2) != version(3));
    assert_eq!(server.get("/Users").resources()[0]["meta"]["version"], version(3));
    // Without `meta` in the answer, the header is there all the same.
    assert_eq!(server.get(&format!("{path}?attributes=title")).header("etag"), Some(version(3)));
}

#[test]
fn r7644_3_14_02_tags_compare_weakly() {
    let server = Server::new();
    let path = babs(&server, json!({}));
    let weak = server.get(&path).text("/meta/version").to_owned();
    assert!(weak.starts_with("W/\""), "{weak}");
    let strong = weak.strip_prefix("W/").unwrap().to_owned();
    let list = format!("\"other\", {weak}");
    for tag in [&weak, &strong, &list, "*"] {
        let put = server.send_with("PUT", &path, &[("if-match", tag)], user("bjensen", json!({})));
        assert_eq!(put.status, 200, "{tag}");
        let read = server.send_with("GET", &path, &[("if-none-match", tag)], Value::Null);
        assert_eq!((read.status, read.bytes.len()), (304, 0), "{tag}");
        assert_eq!(read.header("etag"), Some(weak.as_str()));
    }
    let other = [("if-match", "W/\"other\"")];
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    server.send_with("PUT", &path, &other, user("babs", json!({}))).assert_error(412, None);
    server.send_with("PATCH", &path, &other, title).assert_error(412, None);
    server.send_with("DELETE", &path, &other, Value::Null).assert_error(412, None);
    assert_eq!(server.get(&path).text("/meta/version"), weak);
    let changed = server.send_with("GET", &path, &[("if-none-match", "W/\"other\"")], Value::Null);
    assert_eq!(changed.status, 200);
    assert_eq!(server.send_with("DELETE", &path, &[("if-match", weak.as_str())], Value::Null).status, 204);
}
