//! RFC 7644 §3.7: bulk requests.

use scim_core::Limits;

use super::*;

fn post(path: &str, bulk_id: &str, data: Value) -> Value {
    json!({"method": "POST", "path": path, "bulkId": bulk_id, "data": data})
}

/// The results of a bulk request that was processed.
#[track_caller]
fn results(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
    answer.body["Operations"].as_array().unwrap().clone()
}

#[track_caller]
fn run(server: &Server, operations: Value) -> Vec<Value> {
    results(&server.send("POST", "/Bulk", bulk(operations)))
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

/// The path that a result's location is at.
fn path_of(result: &Value) -> String {
    result["location"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned()
}

#[test]
fn r7644_3_7_03_paths_name_a_type_or_a_resource() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let results = run(
        &server,
        json!([
            post(&path, "1", user("a", json!({}))),
            {"method": "DELETE", "path": "/Users"},
            {"method": "PUT", "path": "/Users", "data": user("b", json!({}))},
            {"method": "PATCH", "path": "/Nothing/7", "data": patch(json!([{"op": "add", "path": "title", "value": "x"}]))},
            {"method": "DELETE", "path": "/ServiceProviderConfig"},
            post("/Bulk", "2", bulk(json!([]))),
            post("/Users", "3", user("good", json!({}))),
        ]),
    );
    assert_eq!(results.len(), 7);
    assert!(statuses(&results[..6]).iter().all(|status| status.starts_with('4')), "{results:?}");
    assert_eq!(results[6]["status"], "201");
    assert_eq!(server.get("/Users?sortBy=userName").column("userName"), ["bjensen", "good"]);
}

#[test]
fn r7644_3_7_04_a_version_is_a_condition() {
    let server = Server::new();
    let made = |name: &str| {
        let answer = server.send("POST", "/Users", user(name, json!({})));
        (format!("/Users/{}", answer.id()), answer.text("/meta/version").to_owned())
    };
    let all = [made("a"), made("b"), made("c")];
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    let operations = |versions: [&str; 3]| {
        json!([
            {"method": "PUT", "path": all[0].0, "version": versions[0], "data": user("a", json!({"title": "x"}))},
            {"method": "PATCH", "path": all[1].0, "version": versions[1], "data": title},
            {"method": "DELETE", "path": all[2].0, "version": versions[2]},
        ])
    };
    let other = "W/\"other\"";
    assert_eq!(statuses(&run(&server, operations([other, other, other]))), ["412", "412", "412"]);
    assert_eq!(server.get("/Users?filter=title%20pr").body["totalResults"], 0);
    let right = run(&server, operations([&all[0].1, &all[1].1, &all[2].1]));
    assert_eq!(statuses(&right), ["200", "200", "204"]);
    assert_eq!(right[0]["version"], server.get(&all[0].0).body["meta"]["version"]);
}

#[test]
fn r7644_3_7_05_failures_carry_an_error() {
    let server = Server::new();
    let _id = server.created("/Users", user("bjensen", json!({})));
    let results = run(
        &server,
        json!([
            post("/Users", "1", user("bjensen", json!({}))),
            post("/Users", "2", json!({"schemas": [USER]})),
            {"method": "DELETE", "path": "/Users/none"},
        ]),
    );
    for (result, (status, keyword)) in results.iter().zip([
        ("409", json!("uniqueness")),
        ("400", json!("invalidValue")),
        ("404", Value::Null),
    ]) {
        assert_eq!(result["status"], status);
        let error = &result["response"];
        assert_eq!(
            (&error["schemas"], &error["status"], &error["scimType"]),
            (&json!([ERROR]), &json!(status), &keyword)
        );
    }
}

#[test]
fn r7644_3_7_06_what_was_processed_answers_200() {
    let server = Server::new();
    let results = run(&server, json!([{"method": "DELETE", "path": "/Users/none"}]));
    assert_eq!(statuses(&results), ["404"]);
    // What is no bulk request is not processed.
    server.send("POST", "/Bulk", json!({"schemas": [BULK_REQUEST]})).assert_error(400, Some("invalidSyntax"));
    server.send("POST", "/Bulk", json!([])).assert_error(400, Some("invalidSyntax"));
    let without = json!([{"method": "POST", "path": "/Users", "data": user("a", json!({}))}]);
    server.send("POST", "/Bulk", bulk(without)).assert_error(400, Some("invalidSyntax"));
    let twice = json!([post("/Users", "1", user("a", json!({}))), post("/Users", "1", user("b", json!({})))]);
    server.send("POST", "/Bulk", bulk(twice)).assert_error(400, Some("invalidSyntax"));
    assert_eq!(server.get("/Users").body["totalResults"], 0);
}

#[test]
fn r7644_3_7_07_errors_stop_nothing_unless_they_are_counted() {
    let good = |n: u32| post("/Users", &format!("g{n}"), user(&format!("user{n}"), json!({})));
    let bad = |n: u32| json!({"method": "DELETE", "path": format!("/Users/none{n}")});
    let operations = json!([good(1), bad(1), good(2), bad(2), good(3)]);
    for (fail_on_errors, expected) in [
        (None, vec!["201", "404", "201", "404", "201"]),
        (Some(0), vec!["201", "404", "201", "404", "201"]),
        (Some(1), vec!["201", "404"]),
        (Some(2), vec!["201", "404", "201", "404"]),
        (Some(3), vec!["201", "404", "201", "404", "201"]),
    ] {
        let server = Server::new();
        let mut body = bulk(operations.clone());
        if let Some(number) = fail_on_errors {
            body["failOnErrors"] = json!(number);
        }
        let results = results(&server.send("POST", "/Bulk", body));
        assert_eq!(statuses(&results), expected, "{fail_on_errors:?}");
        let created = expected.iter().filter(|status| **status == "201").count();
        assert_eq!(server.get("/Users").body["totalResults"], created, "{fail_on_errors:?}");
    }
    let negative = with(bulk(operations), json!({"failOnErrors": -1}));
    assert_eq!(Server::new().send("POST", "/Bulk", negative).status, 400);
}

#[test]
fn r7644_3_7_08_bulk_ids_come_back() {
    let results = run(
        &Server::new(),
        json!([
            post("/Users", "qwerty", user("a", json!({}))),
            post("/Groups", "ytrewq", group("b", json!({}))),
            post("/Users", "failed", json!({"schemas": [USER]})),
        ]),
    );
    let ids: Vec<&Value> = results.iter().map(|one| &one["bulkId"]).collect();
    assert_eq!(ids, ["qwerty", "ytrewq", "failed"]);
}

#[test]
fn r7644_3_7_09_operations_act_as_if_in_their_order() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let rename = |name: &str| patch(json!([{"op": "replace", "path": "userName", "value": name}]));
    let results = run(
        &server,
        json!([
            {"method": "PATCH", "path": path, "data": rename("first")},
            {"method": "PATCH", "path": path, "data": rename("second")},
            post("/Users", "1", user("first", json!({}))),
            {"method": "DELETE", "path": path},
            {"method": "PATCH", "path": path, "data": rename("third")},
            post("/Users", "2", user("second", json!({}))),
        ]),
    );
    assert_eq!(statuses(&results), ["200", "200", "201", "204", "404", "201"]);
    assert_eq!(server.get("/Users?sortBy=userName").column("userName"), ["first", "second"]);
}

#[test]
fn r7644_3_7_11_successes_may_leave_out_the_response() {
    let results = run(&Server::new(), json!([post("/Users", "1", user("a", json!({})))]));
    assert_eq!((&results[0]["status"], results[0].get("response")), (&json!("201"), None));
}

#[test]
fn r7644_3_7_1_01_circles_are_resolved() {
    let server = Server::new();
    let member = |of: &str| json!({"members": [{"type": "Group", "value": format!("bulkId:{of}")}]});
    let results = run(
        &server,
        json!([post("/Groups", "a", group("A", member("b"))), post("/Groups", "b", group("B", member("a")))]),
    );
    assert_eq!(statuses(&results), ["201", "201"]);
    let (a, b) = (server.get(&path_of(&results[0])), server.get(&path_of(&results[1])));
    assert_eq!((a.text("/members/0/value"), b.text("/members/0/value")), (b.id().as_str(), a.id().as_str()));
    assert_eq!(results[0]["version"], a.body["meta"]["version"]);
    assert_eq!(results[1]["version"], b.body["meta"]["version"]);
}

#[test]
fn r7644_3_7_1_01_what_cannot_be_resolved_is_a_conflict() {
    let server = Server::new();
    let member = |of: &str| json!({"members": [{"value": format!("bulkId:{of}")}]});
    let results = run(
        &server,
        json!([
            post("/Groups", "a", group("A", member("nobody"))),
            post("/Users", "b", json!({"schemas": [USER]})),
            post("/Groups", "c", group("C", member("b"))),
        ]),
    );
    assert_eq!(statuses(&results), ["409", "400", "409"]);
    assert_eq!(server.get("/Groups").body["totalResults"], 0);
}

#[test]
fn r7644_3_7_2_01_references_become_ids() {
    let server = Server::new();
    let manager = json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": "bulkId:boss"}}});
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": "bulkId:boss"}]}]));
    let results = run(
        &server,
        json!([
            // The reference comes before what it names.
            post("/Users", "babs", user("bjensen", manager)),
            post("/Groups", "guides", group("Guides", json!({"members": [{"value": "bulkId:babs"}]}))),
            post("/Users", "boss", user("boss", json!({}))),
            {"method": "PATCH", "path": "/Groups/bulkId:guides", "data": add},
            {"method": "PUT", "path": "/Users/bulkId:boss", "data": user("bigboss", json!({}))},
        ]),
    );
    assert_eq!(results.len(), 5);
    assert!(statuses(&results).iter().all(|status| status.starts_with('2')), "{results:?}");
    let (babs, guides, boss) = (
        server.get(&path_of(&results[0])),
        server.get(&path_of(&results[1])),
        server.get(&path_of(&results[2])),
    );
    assert_eq!(babs.body[ENTERPRISE]["manager"]["value"], boss.id());
    let members = guides.body["members"].as_array().unwrap();
    assert_eq!(
        members.iter().map(|one| &one["value"]).collect::<Vec<_>>(),
        [&json!(babs.id()), &json!(boss.id())]
    );
    assert_eq!(boss.text("/userName"), "bigboss");
    assert_eq!(path_of(&results[3]), path_of(&results[1]));
    let everything = format!("{}{}", server.get("/Users").body, server.get("/Groups").body);
    assert!(!everything.contains("bulkId"), "{everything}");
}

#[test]
fn r7644_3_7_3_01_every_processed_operation_is_reported() {
    let server = Server::new();
    let operations: Vec<Value> = (0..20)
        .map(|n| post("/Users", &format!("b{n}"), user(&format!("user{}", n / 2), json!({}))))
        .collect();
    let results = run(&server, json!(operations));
    assert_eq!(results.len(), 20);
    for (n, result) in results.iter().enumerate() {
        assert_eq!(result["bulkId"], format!("b{n}"));
        assert_eq!(
            (&result["method"], &result["status"]),
            (&json!("POST"), &json!(if n % 2 == 0 { "201" } else { "409" }))
        );
    }
}

#[test]
fn r7644_3_7_3_02_all_but_failed_posts_have_a_location() {
    let server = Server::new();
    let path = format!("/Users/{}", server.created("/Users", user("bjensen", json!({}))));
    let none = "/Users/none";
    let title = patch(json!([{"op": "add", "path": "title", "value": "x"}]));
    let results = run(
        &server,
        json!([
            post("/Users", "1", user("a", json!({}))),
            post("/Users", "2", user("a", json!({}))),
            {"method": "PUT", "path": path, "data": user("bjensen", json!({}))},
            {"method": "PATCH", "path": path, "data": title},
            {"method": "DELETE", "path": path},
            {"method": "PUT", "path": none, "data": user("b", json!({}))},
            {"method": "PATCH", "path": none, "data": title},
            {"method": "DELETE", "path": none},
        ]),
    );
    assert_eq!(server.get(&path_of(&results[0])).text("/userName"), "a");
    assert_eq!(results[1].get("location"), None);
    for result in &results[2..5] {
        assert_eq!(path_of(result), path);
    }
    for result in &results[5..] {
        assert_eq!((path_of(result), &result["status"]), (none.to_owned(), &json!("404")));
    }
}

#[test]
fn r7644_3_7_3_03_a_status_is_a_text() {
    let results = run(
        &Server::new(),
        json!([post("/Users", "1", user("a", json!({}))), {"method": "DELETE", "path": "/Users/none"}]),
    );
    assert_eq!((&results[0]["status"], &results[1]["status"]), (&json!("201"), &json!("404")));
}

fn limited() -> Server {
    Server::build(|builder| {
        builder.limits(Limits { bulk_operations: 3, body_bytes: 4096, ..Limits::default() })
    })
}

fn creates(number: usize, title: &str) -> Value {
    let each = |n| post("/Users", &format!("b{n}"), user(&format!("user{n}"), json!({"title": title})));
    bulk(json!((0..number).map(each).collect::<Vec<_>>()))
}

#[test]
fn r7644_3_7_4_01_there_are_limits() {
    let bulk = Server::new().get("/ServiceProviderConfig").body["bulk"].clone();
    assert!(bulk["maxOperations"].as_u64().is_some_and(|most| most > 0), "{bulk}");
    assert!(bulk["maxPayloadSize"].as_u64().is_some_and(|most| most > 0), "{bulk}");
}

#[test]
fn r7644_3_7_4_03_too_much_is_413_and_nothing_is_done() {
    let server = limited();
    server.send("POST", "/Bulk", creates(4, "x")).assert_error(413, None);
    server.send("POST", "/Bulk", creates(1, &"x".repeat(4096))).assert_error(413, None);
    assert_eq!(server.get("/Users").body["totalResults"], 0);
    assert_eq!(results(&server.send("POST", "/Bulk", creates(3, "x"))).len(), 3);
}

#[test]
fn r7644_3_7_4_04_the_answer_says_which_limit() {
    let server = limited();
    let operations = server.send("POST", "/Bulk", creates(4, "x"));
    let bytes = server.send("POST", "/Bulk", creates(1, &"x".repeat(4096)));
    let (operations, bytes) = (operations.text("/detail"), bytes.text("/detail"));
    assert!(operations.contains("operations") && operations.contains('3'), "{operations}");
    assert!(bytes.contains("4096") && !bytes.contains("operations"), "{bytes}");
}
