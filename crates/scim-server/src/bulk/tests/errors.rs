//! What happens after an operation has failed: RFC 7644 §3.7, `failOnErrors`.

use super::*;

#[tokio::test]
async fn r7644_3_7_07_all_are_tried_without_a_bound() {
    for bound in [None, Some(0)] {
        let host = Memory::new();
        let results =
            run_until(&host, bound, &[delete("/Users/1"), delete("/Users/2"), user("a", json!({}))]).await;
        assert_eq!(statuses(&results), ["404", "404", "201"]);
    }
}

#[tokio::test]
async fn c77_stops_when_the_number_is_reached() {
    let operations = [delete("/Users/1"), user("a", json!({})), delete("/Users/2"), user("b", json!({}))];
    for (bound, expected) in [
        (1, &["404"][..]),
        (2, &["404", "201", "404"]),
        (3, &["404", "201", "404", "201"]),
        (u64::MAX, &["404", "201", "404", "201"]),
    ] {
        let host = Memory::new();
        assert_eq!(statuses(&run_until(&host, Some(bound), &operations).await), expected);
        assert_eq!(host.log().len(), expected.len());
    }
}

#[tokio::test]
async fn c83_what_depends_on_a_failure_fails_and_counts() {
    let bad = json!({"method": "POST", "path": "/Users", "bulkId": "bad", "data": {}});
    let operations = [
        group("early", &["bad"]),
        bad,
        group("late", &["bad"]),
        group("later", &["late"]),
        delete("/Users/bulkId:bad"),
        user("good", json!({})),
    ];
    let host = Memory::new();
    let results = run(&host, &operations).await;
    assert_eq!(statuses(&results), ["409", "400", "409", "409", "409", "201"]);
    assert_eq!(results[4].get("location"), None); // there is none
    assert_eq!(host.log(), ["POST /Users", "POST /Users"]);
    insta::assert_snapshot!(detail(&results[3]), @"operation 3 failed, which creates `bulkId:late`");

    // The errors are the POST, the group that waited for it, and the one after it.
    assert_eq!(statuses(&run_until(&Memory::new(), Some(1), &operations).await), ["400"]);
    assert_eq!(statuses(&run_until(&Memory::new(), Some(2), &operations).await), ["409", "400"]);
    assert_eq!(statuses(&run_until(&Memory::new(), Some(3), &operations).await), ["409", "400", "409"]);
}

#[tokio::test]
async fn a_path_that_is_wrong_fails_what_refers_to_it() {
    let host = Memory::new();
    let wrong = json!({"method": "POST", "path": "/Nobody", "bulkId": "x", "data": {}});
    assert_eq!(statuses(&run(&host, &[group("g", &["x"]), wrong]).await), ["409", "404"]);
    assert!(host.log().is_empty());
}

#[tokio::test]
async fn operations_on_one_resource_go_on_after_one_that_failed() {
    let host = Memory::new().with("/Groups/1", json!({}));
    let bad = json!({"method": "POST", "path": "/Users", "bulkId": "bad", "data": {}});
    let add = json!({"op": "add", "value": {"members": [{"value": "bulkId:bad"}]}});
    let title = json!({"op": "add", "value": {"title": "x"}});
    let results =
        run(&host, &[patch_of("/Groups/1", add), patch_of("/Groups/1", title), delete("/Groups/1"), bad])
            .await;
    assert_eq!(statuses(&results), ["409", "200", "204", "400"]);
    assert_eq!(results[0]["location"], "https://example.com/v2/Groups/1");
}

#[tokio::test]
async fn c77_what_waits_is_not_listed_when_the_request_ends_before() {
    let host = Memory::new();
    let operations = [group("g", &["u"]), delete("/Users/1"), user("u", json!({}))];
    let results = run_until(&host, Some(1), &operations).await;
    assert_eq!(statuses(&results), ["404"]);
    assert_eq!(results[0]["method"], "DELETE");
    assert!(host.paths().is_empty());
}

#[tokio::test]
async fn c77_a_circle_is_completed_or_removed_when_processing_stops() {
    // The circle of `a` and `b` is whole when `c` fails; that of `c` and `d` is not begun, `e` has to go.
    let host = Memory::refusing(|one| {
        (one.method == BulkMethod::Post && one.data.as_ref()?["displayName"] == "c")
            .then(|| ScimError::forbidden("no"))
    });
    let operations = [
        group("e", &["c", "e"]),
        group("a", &["b"]),
        group("b", &["a"]),
        group("c", &["d"]),
        group("d", &["c"]),
        group("f", &["a"]),
    ];
    let results = run_until(&host, Some(1), &operations).await;
    assert_eq!(
        results
            .iter()
            .map(|one| (one["bulkId"].as_str().unwrap(), one["status"].as_str().unwrap()))
            .collect::<Vec<_>>(),
        [("e", "409"), ("a", "201"), ("b", "201"), ("c", "403")]
    );
    assert_eq!(host.paths(), ["/Groups/g2", "/Groups/g3"]);
    assert_eq!(host.get("/Groups/g2")["members"], json!([{"value": "g3"}]));
}

#[tokio::test]
async fn c77_half_of_a_circle_is_removed_when_processing_stops() {
    let host = Memory::refusing(|one| {
        (one.method == BulkMethod::Post && one.data.as_ref()?["displayName"] == "x")
            .then(|| ScimError::forbidden("no"))
    });
    // `a` is there when `x` fails, and what it refers to waits for `y`, which is not tried any more.
    let operations = [group("a", &["b"]), group("x", &["x"]), group("y", &["y"]), group("b", &["a", "y"])];
    let results = run_until(&host, Some(1), &operations).await;
    assert_eq!(statuses(&results), ["409", "403"]);
    assert!(host.paths().is_empty());
    insta::assert_snapshot!(
        detail(&results[0]),
        @"the request ended before its references could be resolved; what was created is removed again"
    );
}
