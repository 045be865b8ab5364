//! A rule sees every change of a list, however it names the list and whatever the client asks to be left out.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use scim_core::schema::Schema;
use scim_core::{AttrPath, Group, Resource, ResourceType, SchemaSet, ScimError, TenantId};
use scim_server::auth::dangerous_allow_anyone;
use scim_server::rules::{Change, Rule};
use scim_server::{BaseUrl, Builder, Context, MemoryStore, ScimService, Undecided};
use serde_json::{Value, json};
use tower::ServiceExt;

/// No list has more than one element.
struct AtMostOne {
    path: AttrPath,
    needs: bool,
}

impl Rule for AtMostOne {
    fn needs(&self) -> Vec<AttrPath> {
        if self.needs { vec![self.path.clone()] } else { Vec::new() }
    }

    fn check(&self, _: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        let count = match (self.needs, change.after) {
            (true, Some(after)) => after.get_all(&self.path).count() as u64,
            _ => change.count(&self.path),
        };
        if count > 1 { Err(ScimError::forbidden("one is enough")) } else { Ok(()) }
    }
}

fn rule(path: &str, needs: bool) -> AtMostOne {
    AtMostOne { path: path.parse().unwrap(), needs }
}

fn builder() -> Builder<Undecided> {
    let anyone = dangerous_allow_anyone(TenantId::new("acme").unwrap());
    ScimService::builder(BaseUrl::new("https://app.example").unwrap(), anyone)
}

async fn send(service: &ScimService, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.body(Full::new(Bytes::from(body.to_string()))).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// What becomes of a second element, with and without the list in the answer.
async fn grow(service: &ScimService, endpoint: &str, list: &str, new: &Value) -> Vec<u16> {
    let (status, made) = send(service, "POST", endpoint, new).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("{endpoint}/{}", made["id"].as_str().unwrap());
    let add = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "add", "path": list, "value": [{"value": "2"}]}],
    });
    let mut statuses = Vec::new();
    for query in [String::new(), format!("?excludedAttributes={list}"), "?attributes=schemas".to_owned()] {
        statuses.push(send(service, "PATCH", &format!("{path}{query}"), &add).await.0);
    }
    statuses
}

#[tokio::test]
async fn members_are_seen_by_their_long_name() {
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g",
        "members": [{"value": "1"}],
    });
    for path in ["members", "urn:ietf:params:scim:schemas:core:2.0:Group:members"] {
        for needs in [false, true] {
            let service = builder().resource(MemoryStore::<Group>::new()).rule(rule(path, needs));
            let service = service.without_session_revocation().build().unwrap();
            assert_eq!(grow(&service, "/Groups", "members", &group).await, [403; 3], "{path} {needs}");
        }
    }
}

/// A list that nobody called long is always there for a rule, although the store keeps it as it keeps members.
#[tokio::test]
async fn what_a_client_leaves_out_is_not_left_out_of_rules() {
    let plain = |name: &str, required: bool| {
        json!({"name": name, "type": "string", "multiValued": false, "description": "", "required": required,
            "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none"})
    };
    let link = json!({"name": "$ref", "type": "reference", "referenceTypes": ["User"], "multiValued": false,
        "description": "", "required": false, "caseExact": true, "mutability": "readWrite",
        "returned": "default", "uniqueness": "none"});
    let team: Schema = serde_json::from_value(json!({
        "id": "urn:example:Team", "name": "Team", "description": "", "attributes": [
            plain("label", true),
            {"name": "people", "type": "complex", "multiValued": true, "description": "", "required": false,
                "mutability": "readWrite", "returned": "default", "uniqueness": "none",
                "subAttributes": [plain("value", false), link]},
        ],
    }))
    .unwrap();
    let schemas = SchemaSet::new(Arc::new(team), Vec::new()).unwrap();
    let new = json!({"schemas": ["urn:example:Team"], "label": "t", "people": [{"value": "1"}]});
    for needs in [false, true] {
        let kind = ResourceType::new("Team", "/Teams", &schemas);
        let service = builder().resource_type(kind, schemas.clone(), MemoryStore::<Resource>::new());
        let seen = |_: &Context, change: &Change<'_>| {
            let people = change.after.map_or(0, |after| after.get_all(&"people".parse().unwrap()).count());
            if people == 1 { Ok(()) } else { Err(ScimError::forbidden("one, no more and no less")) }
        };
        let service = if needs { service.rule(rule("people", true)) } else { service.rule(seen) };
        let service = service.without_session_revocation().build().unwrap();
        assert_eq!(grow(&service, "/Teams", "people", &new).await, [403; 3], "{needs}");
    }
}
