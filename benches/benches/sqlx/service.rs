//! Requests to a service in this process, without a network.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use scim_core::{ResourceType, SchemaSet};
use scim_server::auth::{Authenticator, dangerous_allow_anyone};
use scim_server::{BaseUrl, ScimService};
use scim_sqlx::Database;
use tower_service::Service;

use crate::load::tenant;

pub(crate) fn anyone(database: &Database) -> ScimService {
    service(database, dangerous_allow_anyone(tenant()))
}

pub(crate) fn service(database: &Database, auth: impl Authenticator) -> ScimService {
    let (users, groups) = (SchemaSet::user(), SchemaSet::group());
    ScimService::builder(BaseUrl::new("https://app.example/scim/v2").unwrap(), auth)
        .resource_type(ResourceType::new("User", "/Users", users), users.clone(), database.users())
        .resource_type(ResourceType::new("Group", "/Groups", groups), groups.clone(), database.groups())
        .without_session_revocation()
        .build()
        .unwrap()
}

pub(crate) fn request(method: Method, path: &str, key: Option<&str>, body: String) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(format!("/scim/v2{path}"));
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    request
        .header("accept", "application/scim+json")
        .header("content-type", "application/scim+json")
        .body(Full::new(body.into()))
        .unwrap()
}

/// The status and the bytes of the answer, and how long it took up to the last of them.
pub(crate) async fn ask(
    service: &mut ScimService,
    request: Request<Full<Bytes>>,
) -> (StatusCode, usize, Duration) {
    let start = Instant::now();
    let (head, mut body) = service.call(request).await.unwrap().into_parts();
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame.unwrap().data_ref().map_or(0, Bytes::len);
    }
    (head.status, bytes, start.elapsed())
}
