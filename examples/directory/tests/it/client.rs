//! A small client, which knows a base URL and a key.

use std::ops::Deref;

use directory::{NewDirectory, Options, Policies, Running, Started};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    pub(crate) base: String,
    token: String,
    version: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(base: &str, token: &str) -> Self {
        let http = http();
        Self { http, base: base.to_owned(), token: token.to_owned(), version: None }
    }

    pub(crate) fn of(started: &Started) -> Self {
        Self::new(&started.base_url, started.key.expose())
    }

    /// The same at another base URL or with another key.
    pub(crate) fn with(&self, base: &str, token: &str) -> Self {
        Self { http: self.http.clone(), base: base.to_owned(), token: token.to_owned(), version: None }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/scim+json").body(body.to_string());
        }
        if let Some(version) = &self.version {
            request = request.header("if-match", version);
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Answer { status, headers, body }
    }

    /// The same where the resource is at this version.
    pub(crate) async fn send_at(&self, method: &str, path: &str, body: Value, version: &str) -> Answer {
        let mut client = self.clone();
        client.version = Some(version.to_owned());
        client.send(method, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({"schemas": [PATCH_OP], "Operations": operations});
        self.send("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub(crate) async fn user(&self, user_name: &str) -> Answer {
        self.post("/Users", json!({"schemas": [USER], "userName": user_name})).await
    }

    pub(crate) async fn group(&self, display_name: &str) -> Answer {
        self.post("/Groups", json!({"schemas": [GROUP], "displayName": display_name})).await
    }
}

impl Answer {
    /// The status, where it is this one.
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, scim_type: Option<&str>, detail: &str) {
        assert_eq!(self.status, status, "{self:#?}");
        assert_eq!(self.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(self.body["status"], status.to_string());
        assert_eq!(self.body.get("scimType").and_then(Value::as_str), scim_type, "{self:#?}");
        assert_eq!(self.body["detail"], detail);
    }

    pub(crate) fn id(&self) -> &str {
        self.body["id"].as_str().unwrap()
    }
}

/// A service, and what its data is in.
pub(crate) struct Service {
    running: Running,
    _place: super::Place,
}

impl Service {
    pub(crate) fn into_running(self) -> Running {
        self.running
    }
}

impl Deref for Service {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// A service with these policies, and a client of its one directory.
pub(crate) async fn with(policies: Policies) -> (Service, Client) {
    let service = service(policies, Vec::new()).await;
    let client = Client::new(service.base_url(), service.token());
    (service, client)
}

/// A service with two directories.
pub(crate) async fn two(policies: Policies) -> Service {
    let directories = ["one", "other"].map(|name| NewDirectory { name: name.to_owned(), key: None });
    service(policies, directories.into()).await
}

async fn service(policies: Policies, directories: Vec<NewDirectory>) -> Service {
    let place = super::Place::new();
    let options = Options { directories, policies, database: place.location(), ..Options::default() };
    Service { running: directory::start(options).await.unwrap(), _place: place }
}

/// A client for plain HTTP. Another crate of the same build may have switched TLS on, which then wants a provider.
pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
