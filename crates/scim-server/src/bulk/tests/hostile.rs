//! Requests that are as bad as the limits allow.

use super::*;

fn name(at: usize) -> String {
    format!("n{at}")
}

#[tokio::test]
async fn a_chain_of_a_thousand_backwards() {
    // Each waits for the next, so that all wait for the last.
    let host = Memory::new();
    let mut operations: Vec<Value> = (0..999).map(|at| group(&name(at), &[&name(at + 1)])).collect();
    operations.push(user(&name(999), json!({})));
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "201"));
    assert_eq!(host.log().len(), 1000);
    assert_eq!(results[0]["bulkId"], "n0");
}

#[tokio::test]
async fn a_chain_of_a_thousand_that_fails_at_its_end() {
    let host = Memory::new();
    let mut operations: Vec<Value> = (0..999).map(|at| group(&name(at), &[&name(at + 1)])).collect();
    operations.push(json!({"method": "POST", "path": "/Users", "bulkId": "n999", "data": {}}));
    let results = run(&host, &operations).await;
    assert_eq!(statuses(&results).iter().filter(|status| **status == "409").count(), 999);
    assert_eq!(host.log().len(), 1);
}

#[tokio::test]
async fn a_ring_of_a_thousand() {
    let host = Memory::new();
    let operations: Vec<Value> = (0..1000).map(|at| group(&name(at), &[&name((at + 1) % 1000)])).collect();
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "201"));
    assert_eq!(host.log().len(), 1001);
    assert!(!host.everything().contains("bulkId:"));
}

#[tokio::test]
async fn a_hundred_that_all_refer_to_all() {
    let names: Vec<String> = (0..100).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let operations: Vec<Value> = names.iter().map(|name| group(name, &names)).collect();
    let host = Memory::new();
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "201"));
    assert_eq!(host.log().len(), 200);
    for path in host.paths() {
        let mut members: Vec<String> = host.get(&path)["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| format!("/Groups/{}", member["value"].as_str().unwrap()))
            .collect();
        members.sort();
        assert_eq!(members, host.paths());
    }
}

#[tokio::test]
async fn a_hundred_that_all_refer_to_all_and_cannot_be_completed() {
    let names: Vec<String> = (0..100).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let operations: Vec<Value> = names.iter().map(|name| group(name, &names)).collect();
    let host = Memory::refusing(|one| (one.method == BulkMethod::Patch).then(|| ScimError::forbidden("no")));
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "409"));
    assert!(host.paths().is_empty());
    assert!(host.log().len() <= 300);

    let host = Memory::refusing(|_| Some(ScimError::bad_request("no")));
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "409"));
    assert_eq!(host.log().len(), 100);
}

#[tokio::test]
async fn a_thousand_that_wait_for_one_on_one_resource() {
    let host = Memory::new().with("/Groups/1", json!({"members": []}));
    let add = json!({"op": "add", "value": {"members": [{"value": "bulkId:u"}]}});
    let mut operations = vec![patch_of("/Groups/1", add); 999];
    operations.push(user("u", json!({})));
    let results = run(&host, &operations).await;
    assert_eq!(statuses(&results).iter().filter(|status| **status == "200").count(), 999);
    assert_eq!(host.get("/Groups/1")["members"].as_array().unwrap().len(), 999);
}

#[tokio::test]
async fn data_that_is_deeper_than_what_is_read() {
    let mut deep = json!({"value": "bulkId:a"});
    for _ in 0..60 {
        deep = json!([{"x": deep}]);
    }
    let host = Memory::new();
    let results = run(&host, &[user("a", json!({})), user("b", json!({"deep": deep}))]).await;
    assert_eq!(statuses(&results), ["201", "201"]);
    assert!(!host.get("/Users/u2").to_string().contains("bulkId"));
}

#[tokio::test]
async fn many_references_in_each_of_many_operations() {
    let mut operations: Vec<Value> = (0..100).map(|at| user(&name(at), json!({}))).collect();
    let all: Vec<String> = (0..1000).map(|at| name(at % 100)).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    operations.extend((0..100).map(|at| group(&format!("g{at}"), &all)));
    // Groups first: each waits for all users.
    operations.reverse();
    let host = Memory::new();
    let results = run(&host, &operations).await;
    assert!(statuses(&results).iter().all(|status| *status == "201"));
    assert_eq!(host.log().len(), 200);
    assert!(!host.everything().contains("bulkId:"));
}
