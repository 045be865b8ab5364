//! Lists that are read while the answer is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use scim_core::{Group, Projection, ResourceId, TenantId, Version, attr};
use scim_server::auth::dangerous_allow_anyone;
use scim_server::store::{
    ListPage, ListSource, Listing, LongList, Query, ResourceStore, StoreError, Stored, Write, Written,
};
use scim_server::{BaseUrl, Context, ScimService};
use serde_json::{Value, json};
use tower::ServiceExt;

/// So many members, made up on the way.
#[derive(Clone)]
struct Members {
    count: usize,
    breaks_at: usize,
    asked: Arc<AtomicUsize>,
}

impl ListSource for Members {
    async fn page(&self, after: Option<&str>, count: usize) -> Result<ListPage, StoreError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let from: usize = after.unwrap_or("0").parse()?;
        if from >= self.breaks_at {
            return Err(StoreError::unavailable("the database is gone"));
        }
        let to = (from + count).min(self.count);
        let elements = (from..to).map(|n| json!({"value": format!("u{n}"), "display": "x"})).collect();
        Ok(ListPage { elements, next: (to < self.count).then(|| to.to_string()) })
    }
}

struct Groups(Members);

impl Groups {
    fn stored(&self, id: &str) -> Stored<Group> {
        let group = Group { display_name: "Guides".into(), ..Group::default() };
        Stored::new(ResourceId::new(id).unwrap(), Version::new("1").unwrap(), group)
            .with_long_list(LongList::new(attr::MEMBERS, self.0.clone()))
    }
}

impl ResourceStore for Groups {
    type Resource = Group;

    async fn create(&self, _: &Context, _: Group, _: &Write<'_>) -> Result<Written<Group>, StoreError> {
        Ok(Written::created(self.stored("new")))
    }

    async fn get(&self, _: &Context, id: &ResourceId, _: &Projection) -> Result<Stored<Group>, StoreError> {
        Ok(self.stored(id.as_str()))
    }

    async fn query(&self, _: &Context, _: &Query) -> Result<Listing<Stored<Group>>, StoreError> {
        Ok(Listing::page(vec![self.stored("1"), self.stored("2")], 2))
    }

    async fn replace(
        &self,
        _: &Context,
        id: &ResourceId,
        new: Group,
        _: &Write<'_>,
    ) -> Result<Written<Group>, StoreError> {
        // What was applied to must have been all of it.
        assert_eq!(new.members.len(), self.0.count - 1);
        Ok(Written::updated(self.stored(id.as_str()), self.stored(id.as_str())))
    }

    async fn delete(&self, _: &Context, _: &ResourceId, _: &Write<'_>) -> Result<Stored<Group>, StoreError> {
        Err(StoreError::NotFound)
    }
}

fn service(count: usize, breaks_at: usize) -> (ScimService, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let store = Groups(Members { count, breaks_at, asked: Arc::clone(&asked) });
    let base = BaseUrl::new("https://app.example/scim/v2").unwrap();
    let service = ScimService::builder(base, dangerous_allow_anyone(TenantId::new("acme").unwrap()))
        .resource(store)
        .without_session_revocation()
        .build()
        .unwrap();
    (service, asked)
}

async fn get(service: &ScimService, path: &str) -> Result<Value, ()> {
    let request = Request::get(path).body(Full::<Bytes>::default()).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/scim+json");
    let bytes = response.into_body().collect().await.map_err(drop)?.to_bytes();
    Ok(serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test]
async fn members_are_written_as_they_are_read() {
    let (service, asked) = service(2_500, usize::MAX);
    let group = get(&service, "/Groups/7").await.unwrap();
    assert_eq!(group["id"], "7");
    assert_eq!(group["displayName"], "Guides");
    let members = group["members"].as_array().unwrap();
    assert_eq!(members.len(), 2_500);
    assert_eq!(members[2_499], json!({"value": "u2499", "display": "x"}));
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn what_is_left_out_is_not_read() {
    let (service, asked) = service(2_500, usize::MAX);
    let group = get(&service, "/Groups/7?excludedAttributes=members").await.unwrap();
    assert!(group.get("members").is_none());
    assert_eq!(get(&service, "/Groups?attributes=displayName").await.unwrap()["totalResults"], 2);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn parts_of_members() {
    let (service, _) = service(3, usize::MAX);
    let group = get(&service, "/Groups/7?attributes=members.value").await.unwrap();
    assert_eq!(group["members"], json!([{"value": "u0"}, {"value": "u1"}, {"value": "u2"}]));
    assert!(group.get("displayName").is_none());
}

#[tokio::test]
async fn lists_and_empty_lists() {
    let (service, _) = service(1_001, usize::MAX);
    let list = get(&service, "/Groups").await.unwrap();
    assert_eq!((&list["totalResults"], &list["itemsPerPage"]), (&json!(2), &json!(2)));
    for group in list["Resources"].as_array().unwrap() {
        assert_eq!(group["members"].as_array().unwrap().len(), 1_001);
    }
    let (service, _) = self::service(0, usize::MAX);
    assert!(get(&service, "/Groups/7").await.unwrap().get("members").is_none());
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_look_whole() {
    let (service, _) = service(2_500, 1_000);
    assert_eq!(get(&service, "/Groups/7").await, Err(()));
}

#[tokio::test]
async fn a_patch_sees_all_of_a_long_list() {
    let (service, _) = service(1_500, usize::MAX);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": "members[value eq \"u1499\"]"}]});
    let request = Request::patch("/Groups/7").body(Full::new(Bytes::from(body.to_string()))).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 204);
}
