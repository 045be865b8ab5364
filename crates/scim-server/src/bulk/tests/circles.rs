//! Circles of references, RFC 7644 §3.7.1.

use super::*;

#[tokio::test]
async fn c80_only_what_is_missing_is_left_out_first() {
    let host = Memory::refusing(|one| {
        let data = one.data.as_ref().map(Value::to_string).unwrap_or_default();
        assert!(!data.contains("bulkId:"), "{data}");
        None
    });
    let mut a = group("a", &["b", "u"]);
    a["data"]["members"].as_array_mut().unwrap().push(json!({"value": "7"}));
    a["data"]["urn:example:ext"] = json!({"owner": {"value": "bulkId:b"}, "code": 1});
    let results = run(&host, &[user("u", json!({})), a, group("b", &["a"])]).await;
    assert_eq!(statuses(&results), ["201", "201", "201"]);
    assert_eq!(
        host.get("/Groups/g2"),
        json!({"displayName": "a", "members": [{"value": "u1"}, {"value": "7"}, {"value": "g3"}],
               "urn:example:ext": {"owner": {"value": "g3"}, "code": 1}})
    );
}

#[tokio::test]
async fn c80_a_resource_that_refers_to_itself() {
    let host = Memory::new();
    let results = run(&host, &[user("a", json!({"manager": {"value": "bulkId:a"}}))]).await;
    assert_eq!(statuses(&results), ["201"]);
    assert_eq!(host.get("/Users/u1")["manager"], json!({"value": "u1"}));
}

#[tokio::test]
async fn c80_a_required_reference_is_resolved_from_the_other_side() {
    // `a` cannot do without its sponsor, `b` can do without `a`.
    let host = Memory::refusing(|one| {
        let data = one.data.as_ref()?;
        (one.method == BulkMethod::Post && data["userName"] == "a" && data["sponsor"].is_null())
            .then(|| ScimError::invalid_value("`sponsor` is required"))
    });
    let results =
        run(&host, &[user("a", json!({"sponsor": "bulkId:b"})), user("b", json!({"boss": "bulkId:a"}))])
            .await;
    assert_eq!(statuses(&results), ["201", "201"]);
    assert_eq!(host.log(), ["POST /Users", "POST /Users", "POST /Users", "PATCH /Users/u1"]);
    assert_eq!(host.get("/Users/u1"), json!({"userName": "b", "boss": "u2"}));
    assert_eq!(host.get("/Users/u2"), json!({"userName": "a", "sponsor": "u1"}));
}

#[tokio::test]
async fn c80_references_that_are_required_on_both_sides() {
    let host = Memory::new();
    let half = |id: &str, name: &str| json!({"method": "POST", "path": "/Users", "bulkId": id, "data": {"userName": format!("bulkId:{name}")}});
    let results =
        run(&host, &[half("a", "b"), half("b", "a"), group("c", &["a"]), user("d", json!({}))]).await;
    assert_eq!(statuses(&results), ["409", "409", "409", "201"]);
    assert_eq!(host.paths(), ["/Users/u1"]);
    insta::assert_snapshot!(results.iter().take(3).map(detail).collect::<Vec<_>>().join("\n"), @r"
    it is part of a circle of references and cannot be created without them: `userName` is required
    operation 1 failed, which creates `bulkId:a`
    operation 1 failed, which creates `bulkId:a`
    ");
}

#[tokio::test]
async fn a_second_pass_that_fails_leaves_nothing_behind() {
    let host = Memory::refusing(|one| {
        (one.method == BulkMethod::Patch).then(|| ScimError::forbidden("members are not yours to add"))
    });
    let results = run(
        &host,
        &[
            group("a", &["b"]),
            group("b", &["a"]),
            group("c", &["b"]),
            delete("/Groups/bulkId:a"),
            user("d", json!({})),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["409", "409", "409", "409", "201"]);
    assert_eq!(host.paths(), ["/Users/u1"]);
    insta::assert_snapshot!(results.iter().take(4).map(detail).collect::<Vec<_>>().join("\n"), @r"
    its references could not be added: members are not yours to add; what was created is removed again
    operation 1 failed, which creates `bulkId:a`; what was created is removed again
    operation 2 failed, which creates `bulkId:b`
    operation 1 failed, which creates `bulkId:a`
    ");
}

#[tokio::test]
async fn what_cannot_be_removed_again_has_its_location() {
    let host = Memory::refusing(|one| {
        matches!(one.method, BulkMethod::Patch | BulkMethod::Delete).then(|| ScimError::forbidden("no"))
    });
    let results = run(&host, &[group("a", &["a"])]).await;
    assert_eq!(statuses(&results), ["409"]);
    assert_eq!(results[0]["location"], "https://example.com/v2/Groups/g1");
    insta::assert_snapshot!(
        detail(&results[0]),
        @"its references could not be added: no; what was created could not be removed again"
    );
}

#[tokio::test]
async fn what_depends_on_a_circle_comes_after_all_of_it() {
    let host = Memory::new().with("/Groups/7", json!({}));
    let results = run(
        &host,
        &[
            group("before", &["a"]),
            patch_of("/Groups/7", json!({"op": "add", "value": {"members": [{"value": "bulkId:b"}]}})),
            patch_of("/Groups/bulkId:a", json!({"op": "add", "value": {"title": "x"}})),
            group("a", &["b"]),
            group("b", &["c"]),
            group("c", &["a"]),
            group("after", &["before"]),
        ],
    )
    .await;
    assert_eq!(statuses(&results), ["201", "200", "200", "201", "201", "201", "201"]);
    assert_eq!(
        host.log(),
        [
            // The circle: `a` without `b`; then `c`, which has `a`, and `b`, which has `c`.
            "POST /Groups",
            "POST /Groups",
            "POST /Groups",
            "PATCH /Groups/g1",
            // The others in the order of the request.
            "POST /Groups",
            "PATCH /Groups/7",
            "PATCH /Groups/g1",
            "POST /Groups",
        ]
    );
    assert!(!host.everything().contains("bulkId:"));
}

#[tokio::test]
async fn a_circle_whose_member_is_refused() {
    let host = Memory::new().with("/Users/7", json!({"userName": "taken"}));
    let boss = |of: &str| json!({"manager": {"value": format!("bulkId:{of}")}});
    let mut b = user("b", boss("a"));
    b["data"]["userName"] = "taken".into();
    let results = run(&host, &[user("a", boss("b")), b]).await;
    assert_eq!(statuses(&results), ["409", "409"]);
    assert_eq!(results[1]["response"]["scimType"], "uniqueness");
    assert_eq!(host.paths(), ["/Users/7"]);
    assert_eq!(host.log(), ["POST /Users", "POST /Users", "DELETE /Users/u1"]);
}
