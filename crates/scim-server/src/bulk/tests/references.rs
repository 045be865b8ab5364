//! What is replaced by an id, and what is not: RFC 7644 §3.7.2.

use super::*;

#[tokio::test]
async fn everywhere_in_data() {
    let host = Memory::new();
    let sent = |x: &str, uri: &str| {
        json!({"userName": "b", "sponsorId": x, "list": [x, ["deep", {"x": [x]}]], "nested": {"a": {"b": x}},
               "urn:example:ext": {"boss": {"VALUE": x, "$ref": uri}, "$REF": uri},
               "displayName": "see bulkId:a", "nickName": "bulkId:", "title": "bulkid:a", "n": 1, "none": null})
    };
    let results = run(&host, &[user("a", json!({})), user("b", sent("bulkId:a", "../Users/bulkId:a"))]).await;
    assert_eq!(statuses(&results), ["201", "201"]);
    assert_eq!(host.get("/Users/u2"), sent("u1", "../Users/u1"));
}

#[tokio::test]
async fn absolute_and_bare_references() {
    let host = Memory::new();
    let refs = |x: &str| json!([{"$ref": format!("https://example.com/v2/Users/{x}")}, {"$ref": x}]);
    run(&host, &[user("a b", json!({})), user("b", json!({"refs": refs("bulkId:a b")}))]).await;
    assert_eq!(host.get("/Users/u2")["refs"], refs("u1"));
}

#[tokio::test]
async fn c95_a_name_that_nobody_has() {
    let host = Memory::new().with("/Users/7", json!({}));
    let results = run(
        &host,
        &[
            group("g", &["zzz"]),
            user("b", json!({"manager": {"$ref": "../Users/bulkId:zzz"}})),
            user("c", json!({"manager": "bulkId:zzz"})),
            patch_of("/Users/7", json!({"op": "add", "path": "manager", "value": "bulkId:zzz"})),
            patch_of("/Users/7", json!({"op": "remove", "path": "roles[value eq \"bulkId:zzz\"]"})),
            delete("/Users/bulkId:zzz"),
            // The name of an operation that creates nothing.
            json!({"method": "PUT", "path": "/Users/7", "bulkId": "put", "data": {"manager": {"value": "bulkId:put"}}}),
            // A text.
            user("d", json!({"displayName": "bulkId:zzz"})),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["409", "409", "409", "409", "409", "409", "409", "201"]);
    assert_eq!(host.log(), ["POST /Users"]);
    assert_eq!(results[6]["bulkId"], "put");
    insta::assert_snapshot!(detail(&results[0]), @"`bulkId:zzz` is created by no operation of this request");
}

#[tokio::test]
async fn in_patch() {
    let host = Memory::new().with("/Groups/1", json!({}));
    let said =
        |path: &str, value: Value| patch_of("/Groups/1", json!({"op": "add", "path": path, "value": value}));
    let cases = [
        (said("members", json!([{"value": "bulkId:a"}])), "members", json!([{"value": "u1"}])),
        (said("manager", json!("bulkId:a")), "manager", json!("u1")),
        (said("manager.$ref", json!("../Users/bulkId:a")), "manager.$ref", json!("../Users/u1")),
        (
            said(r#"members[value eq "bulkId:a" and x eq "a\"b"].display"#, json!("x")),
            r#"members[value eq "u1" and x eq "a\"b"].display"#,
            json!("x"),
        ),
        (said(r#"x[y eq "\u0062ulkId:a"]"#, json!("x")), r#"x[y eq "u1"]"#, json!("x")),
        (said(r#"m[$ref eq "../Users/bulkId:a"]"#, json!(1)), r#"m[$ref eq "../Users/u1"]"#, json!(1)),
        (said(r#"x[y eq "bulkId:a]"#, json!(1)), r#"x[y eq "bulkId:a]"#, json!(1)),
    ];
    for (operation, path, value) in cases {
        let host = Memory::new().with("/Groups/1", json!({}));
        let results = run(&host, &[operation, user("a", json!({}))]).await;
        assert_eq!(statuses(&results), ["200", "201"]);
        assert_eq!(host.get("/Groups/1")["patched"], json!({"op": "add", "path": path, "value": value}));
    }
    let no_path = json!({"op": "add", "value": {
        "members": [{"value": "bulkId:a"}], r#"emails[value eq "bulkId:a"].type"#: "work"}});
    run(&host, &[user("a", json!({})), patch_of("/Groups/1", no_path)]).await;
    assert_eq!(
        host.get("/Groups/1"),
        json!({"members": [{"value": "u1"}], r#"emails[value eq "u1"].type"#: "work"})
    );
}

#[tokio::test]
async fn c81_in_paths() {
    let host = Memory::new();
    let results = run(
        &host,
        &[
            patch_of("/Users/bulkId:a%20b", json!({"op": "add", "value": {"title": "x"}})),
            user("a b", json!({})),
            json!({"method": "PUT", "path": "/Users/bulkId:a b", "data": {"userName": "c"}}),
            delete("/Users/bulkId:a b"),
            delete("/Users/bulkId:a b"),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["200", "201", "200", "204", "404"]);
    assert_eq!(
        host.log(),
        ["POST /Users", "PATCH /Users/u1", "PUT /Users/u1", "DELETE /Users/u1", "DELETE /Users/u1"]
    );
    for at in [0, 2, 3, 4] {
        assert_eq!(results[at]["location"], "https://example.com/v2/Users/u1");
    }
}

#[tokio::test]
async fn ids_are_escaped_where_they_are_put() {
    struct Odd(Mutex<Vec<Single>>);
    impl Host for Odd {
        async fn run(&self, operation: Single) -> Result<Done, ScimError> {
            let post = operation.method == BulkMethod::Post;
            self.0.lock().unwrap().push(operation);
            Ok(Done { status: 200, id: post.then(|| "a\"/ü%".into()), location: None, version: None })
        }

        fn target(&self, path: &str) -> Option<Target> {
            Some(match path {
                "/Users" => Target::Endpoint,
                path => Target::Resource { location: path.into() },
            })
        }
    }
    let host = Odd(Mutex::default());
    let operations = json!([
        user("a", json!({})),
        patch_of(
            "/Users/bulkId:a",
            json!({"op": "add", "path": "m[value eq \"bulkId:a\"].$ref", "value": "x/bulkId:a"})
        ),
    ]);
    let request = json!({"schemas": [SchemaUri::BULK_REQUEST], "Operations": operations});
    process(BulkRequest::from_json(request, &Limits::default()).unwrap(), &host).await;
    let ran = host.0.into_inner().unwrap();
    assert_eq!(ran[1].path, "/Users/a%22%2F%C3%BC%25");
    assert_eq!(
        ran[1].data.as_ref().unwrap()["Operations"][0],
        json!({"op": "add", "path": r#"m[value eq "a\"/ü%"].$ref"#, "value": "x/a%22%2F%C3%BC%25"})
    );
}
