//! The examples and the rules of RFC 7644 §3.7.

use super::*;

#[tokio::test]
async fn r7644_3_7_1_01_the_circle_of_two_groups() {
    let host = Memory::new();
    let results = run(&host, &[group("qwerty", &["ytrewq"]), group("ytrewq", &["qwerty"])]).await;
    assert_eq!(statuses(&results), ["201", "201"]);
    assert_eq!(host.get("/Groups/g1")["members"], json!([{"value": "g2"}]));
    assert_eq!(host.get("/Groups/g2")["members"], json!([{"value": "g1"}]));
    assert_eq!(host.log(), ["POST /Groups", "POST /Groups", "PATCH /Groups/g1"]);
    // As if each had been created at once: the version is that after the second pass.
    assert_eq!(results[0]["version"], "W/\"2\"");
    assert_eq!(results[1]["version"], "W/\"1\"");
    assert_eq!(results[0]["location"], "https://example.com/v2/Groups/g1");
    assert_eq!(results[0]["bulkId"], "qwerty");
}

#[tokio::test]
async fn r7644_3_7_2_01_a_group_with_a_new_user() {
    let host = Memory::new();
    let results =
        run(&host, &[user("qwerty", json!({"userName": "Alice"})), group("ytrewq", &["qwerty"])]).await;
    assert_eq!(
        json!(results),
        json!([
            {"method": "POST", "bulkId": "qwerty", "status": "201", "version": "W/\"1\"",
             "location": "https://example.com/v2/Users/u1"},
            {"method": "POST", "bulkId": "ytrewq", "status": "201", "version": "W/\"1\"",
             "location": "https://example.com/v2/Groups/g2"},
        ])
    );
    assert_eq!(host.get("/Groups/g2")["members"], json!([{"value": "u1"}]));
}

#[tokio::test]
async fn r7644_3_7_2_01_a_manager_in_an_extension() {
    let host = Memory::new();
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let bob = user(
        "ytrewq",
        json!({"userName": "Bob", enterprise: {"employeeNumber": "11250", "manager": {"value": "bulkId:qwerty"}}}),
    );
    let results = run(&host, &[user("qwerty", json!({"userName": "Alice"})), bob]).await;
    assert_eq!(statuses(&results), ["201", "201"]);
    assert_eq!(
        host.get("/Users/u2")[enterprise],
        json!({"employeeNumber": "11250", "manager": {"value": "u1"}})
    );
}

fn four() -> [Value; 4] {
    let mut put =
        json!({"method": "PUT", "path": "/Users/b7c1", "version": "W/\"1\"", "data": {"userName": "Bob"}});
    put["version"] = "W/\"1\"".into();
    let mut patch = patch_of("/Users/5d8d", json!({"op": "remove", "path": "nickName"}));
    patch["version"] = "W/\"1\"".into();
    [user("qwerty", json!({"userName": "Alice"})), put, patch, delete("/Users/e902")]
}

#[tokio::test]
async fn r7644_3_7_3_01_all_succeed() {
    let host = Memory::new()
        .with("/Users/b7c1", json!({}))
        .with("/Users/5d8d", json!({}))
        .with("/Users/e902", json!({}));
    let results = run_until(&host, Some(1), &four()).await;
    assert_eq!(
        json!(results),
        json!([
            {"location": "https://example.com/v2/Users/u1", "method": "POST", "bulkId": "qwerty",
             "version": "W/\"1\"", "status": "201"},
            {"location": "https://example.com/v2/Users/b7c1", "method": "PUT", "version": "W/\"2\"", "status": "200"},
            {"location": "https://example.com/v2/Users/5d8d", "method": "PATCH", "version": "W/\"2\"", "status": "200"},
            {"location": "https://example.com/v2/Users/e902", "method": "DELETE", "status": "204"},
        ])
    );
}

#[tokio::test]
async fn r7644_3_7_05_all_fail_and_say_why() {
    // The first is refused, the second and third are at another version, the fourth is not there.
    let host = Memory::refusing(|one| match one.method {
        BulkMethod::Post => Some(ScimError::invalid_syntax("no")),
        BulkMethod::Put | BulkMethod::Patch => Some(ScimError::precondition_failed()),
        BulkMethod::Delete => None,
    });
    let results = run(&host, &four()).await;
    assert_eq!(
        results[0],
        json!({"method": "POST", "bulkId": "qwerty", "status": "400",
               "response": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "invalidSyntax",
                            "detail": "no", "status": "400"}})
    );
    assert_eq!(statuses(&results), ["400", "412", "412", "404"]);
    for (result, id) in results.iter().skip(1).zip(["b7c1", "5d8d", "e902"]) {
        assert_eq!(result["location"], format!("https://example.com/v2/Users/{id}"));
    }
}

#[tokio::test]
async fn r7644_3_7_03_paths_that_do_not_fit_their_method() {
    let host = Memory::new().with("/Users/7", json!({}));
    let post = |path: &str| json!({"method": "POST", "path": path, "bulkId": path, "data": {}});
    let results = run(
        &host,
        &[
            post("/Users/7"),
            delete("/Users"),
            post("/Bulk"),
            post("/Users/.search"),
            delete("/Me"),
            delete("/Schemas/7"),
            post("/nowhere"),
            post("/Users/bulkId:/Bulk"),
            delete("https://example.com/v2/Users/7"),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["400", "400", "404", "404", "404", "404", "404", "404", "204"]);
    assert_eq!(host.log(), ["DELETE https://example.com/v2/Users/7"]);
    let said: Vec<&str> = results.iter().take(3).map(detail).collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    `/Users/7` names a resource, and POST takes the endpoint of a resource type
    `/Users` names an endpoint, and DELETE takes a resource
    `/Bulk` names nothing that an operation could be about
    ");
}

#[tokio::test]
async fn r7644_3_7_04_the_version_is_passed_on_but_for_post() {
    let host = Memory::refusing(|one| {
        Some(ScimError::bad_request(one.version.as_ref().map_or(String::new(), ToString::to_string)))
    });
    let mut operations = four();
    operations[0]["version"] = "W/\"1\"".into();
    let results = run(&host, &operations).await;
    assert_eq!(results.iter().map(detail).collect::<Vec<_>>(), ["", "W/\"1\"", "W/\"1\"", ""]);
}

#[tokio::test]
async fn r7644_3_7_09_waiting_is_the_only_change_of_order() {
    let host = Memory::new().with("/Groups/1", json!({})).with("/Users/7", json!({"userName": "a"}));
    let add = json!({"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]});
    let results = run(
        &host,
        &[
            group("g", &["a"]),
            patch_of("/Groups/1", add),
            // On what the one before is about: it would be lost otherwise.
            json!({"method": "PUT", "path": "https://example.com/v2/Groups/1", "data": {"displayName": "x"}}),
            delete("/Groups/1"),
            // The name is free only afterwards.
            delete("/Users/7"),
            user("a", json!({})),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["201", "200", "200", "204", "204", "201"]);
    assert_eq!(
        host.log(),
        [
            "DELETE /Users/7",
            "POST /Users",
            "POST /Groups",
            "PATCH /Groups/1",
            "PUT https://example.com/v2/Groups/1",
            "DELETE /Groups/1"
        ]
    );
}
