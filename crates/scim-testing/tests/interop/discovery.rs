//! Discovery, and bulk requests within the limits that it gives.

use std::collections::BTreeSet;

use scim_core::{BulkMethod, BulkOperation, BulkRequest, ResourceId, attr};
use scim_filter::Filter;
use serde_json::json;

use crate::Peer;

#[tokio::test]
async fn what_the_server_says_of_itself_is_understood() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    let found = client.discover().await.unwrap();
    assert!(found.problems.is_empty(), "{:?}", found.problems);
    let config = found.config.unwrap();
    assert!(config.patch.supported && config.sort.supported && config.etag.supported);
    assert_eq!(config.filter.max_results, 1_000);
    let mut endpoints: Vec<_> = found.resource_types.iter().map(|one| one.endpoint.as_str()).collect();
    endpoints.sort_unstable();
    assert_eq!(endpoints, ["/Groups", "/Users"]);
    let schemas: BTreeSet<_> = found.schemas.iter().map(|one| one.id().to_string()).collect();
    for schema in ["core:2.0:User", "core:2.0:Group", "extension:enterprise:2.0:User"] {
        assert!(schemas.contains(&format!("urn:ietf:params:scim:schemas:{schema}")), "{schemas:?}");
    }
    // The dialect knows what the documents said.
    let dialect = client.dialect();
    assert!(dialect.patch && dialect.etag && !dialect.cursor);
    let bulk = dialect.bulk.unwrap();
    assert_eq!((bulk.max_operations, bulk.max_payload_size), (1_000, 1_048_576));
}

#[tokio::test]
async fn many_operations_at_once() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    client.discover().await.unwrap();
    let operation = |method, path: &str, bulk_id: Option<&str>, data| BulkOperation {
        method,
        bulk_id: bulk_id.map(str::to_owned),
        version: None,
        path: path.to_owned(),
        data,
    };
    let request = BulkRequest {
        fail_on_errors: None,
        operations: vec![
            operation(
                BulkMethod::Post,
                "/Users",
                Some("u"),
                Some(json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bulky"})),
            ),
            operation(
                BulkMethod::Post,
                "/Groups",
                Some("g"),
                Some(json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bulk",
                "members": [{"value": "bulkId:u", "type": "User"}]})),
            ),
            operation(BulkMethod::Delete, "/Users/nobody", None, None),
        ],
    };
    let outcome = client.bulk(request).await.unwrap();
    let statuses: Vec<_> = outcome.results.iter().map(|one| one.as_ref().unwrap().status).collect();
    assert_eq!(statuses, [201, 201, 404]);
    let user = client.users().find(&Filter::eq(attr::USER_NAME, "bulky")).await.unwrap().unwrap();
    let group = client.groups().find(&Filter::eq(attr::DISPLAY_NAME, "Bulk")).await.unwrap().unwrap();
    assert_eq!(group.members[0].value.as_deref(), user.id.as_ref().map(ResourceId::as_str));
}
