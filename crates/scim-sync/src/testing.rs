//! What several tests need.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use http::{Request, Response};
use scim_client::{Client, RequestBody, Retry};
use serde_json::json;

use crate::log::LogRecord;

/// A directory that is gone with it.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("scim-sync-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A record with something in every field.
pub(crate) fn record(change: &str, cycle: &str, status: &str) -> LogRecord {
    serde_json::from_value(json!({
        "changeId": change,
        "jobId": "acme",
        "cycleId": cycle,
        "activityDateTime": "2026-01-01T00:00:00.5Z",
        "durationInMilliseconds": 12,
        "provisioningAction": "update",
        "status": status,
        "code": "EntryConflict",
        "reason": "another resource has it",
        "recommendedAction": "remove it",
        "sourceSystem": "Contoso",
        "targetSystem": "Atlassian",
        "sourceIdentity": {"id": "u1", "displayName": "babs@contoso.com", "identityType": "user"},
        "targetIdentity": {"id": "2819c223", "displayName": "babs", "identityType": "user"},
        "provisioningSteps": [
            {"provisioningStepType": "import", "status": "success", "description": "read"},
            {
                "provisioningStepType": "scoping", "status": "success", "description": "in scope",
                "details": [["Active in source system", "true"], ["Assigned to application", "true"]],
            },
        ],
        "modifiedProperties": [{"displayName": "title", "oldValue": "Guide", "newValue": "Senior Guide"}],
    }))
    .unwrap()
}

/// What a server answers.
pub(crate) type Answer = Response<String>;

pub(crate) fn answer(status: u16, media_type: &str, body: impl Into<String>) -> Answer {
    Response::builder().status(status).header("content-type", media_type).body(body.into()).unwrap()
}

/// An error of SCIM.
pub(crate) fn refusal(status: u16, scim_type: Option<&str>) -> Answer {
    let mut body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": status.to_string(),
        "detail": "as the test says",
    });
    if let Some(scim_type) = scim_type {
        body["scimType"] = scim_type.into();
    }
    answer(status, "application/scim+json", body.to_string())
}

/// A page of users with these names, and a number of them in all.
pub(crate) fn users(total: usize, names: &[&str]) -> Answer {
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    let resources: Vec<_> =
        names.iter().map(|name| json!({"schemas": [user], "id": name, "userName": name})).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "Resources": resources,
    });
    answer(200, "application/scim+json", body.to_string())
}

/// A client of a server that answers so, by path and query; each request is sent once.
pub(crate) fn client(answers: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static) -> Client {
    let service = tower::service_fn(move |request: Request<RequestBody>| {
        let target = request.uri().path_and_query().unwrap().as_str();
        let answer = answers(target.trim_start_matches("/scim/v2"));
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let builder = Client::builder("https://saas.example/scim/v2").bearer("a key").transport(service);
    builder.retry(Retry::never()).build().unwrap()
}
