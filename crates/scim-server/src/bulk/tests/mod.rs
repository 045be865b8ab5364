//! A host that holds its resources in memory, and what the tests share.

mod circles;
mod errors;
mod examples;
mod hostile;
mod references;

use std::collections::BTreeMap;
use std::sync::Mutex;

use scim_core::{BulkMethod, BulkRequest, Limits, SchemaUri, ScimError, Version, attr};
use serde_json::{Value, json};

use super::{Done, Host, Single, Target, process};

const BASE: &str = "https://example.com/v2";

type Refuse = Box<dyn Fn(&Single) -> Option<ScimError> + Send + Sync>;

/// Ids are `u1`, `g2` and so on; names of users are unique and required.
struct Memory {
    resources: Mutex<BTreeMap<String, Value>>,
    /// What was run, in order.
    log: Mutex<Vec<String>>,
    made: Mutex<usize>,
    refuse: Refuse,
}

impl Memory {
    fn new() -> Self {
        Self::refusing(|_| None)
    }

    fn refusing(refuse: impl Fn(&Single) -> Option<ScimError> + Send + Sync + 'static) -> Self {
        Self {
            resources: Mutex::default(),
            log: Mutex::default(),
            made: Mutex::default(),
            refuse: Box::new(refuse),
        }
    }

    /// With a resource that is there before the request.
    fn with(self, path: &str, data: Value) -> Self {
        self.resources.lock().unwrap().insert(path.into(), data);
        self
    }

    fn get(&self, path: &str) -> Value {
        self.resources.lock().unwrap().get(path).cloned().unwrap_or_default()
    }

    fn paths(&self) -> Vec<String> {
        self.resources.lock().unwrap().keys().cloned().collect()
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    fn everything(&self) -> String {
        format!("{:?}", self.resources.lock().unwrap())
    }

    fn answer(&self, operation: &Single) -> Result<Done, ScimError> {
        self.log.lock().unwrap().push(format!("{} {}", operation.method, operation.path));
        if let Some(error) = (self.refuse)(operation) {
            return Err(error);
        }
        let path = operation.path.strip_prefix(BASE).unwrap_or(&operation.path);
        let mut resources = self.resources.lock().unwrap();
        if operation.method == BulkMethod::Post {
            let data = operation.data.clone().unwrap();
            if path == "/Users" && !data["userName"].is_string() {
                return Err(ScimError::invalid_value("`userName` is required"));
            }
            if path == "/Users" && resources.values().any(|other| other["userName"] == data["userName"]) {
                return Err(ScimError::uniqueness(&attr::USER_NAME));
            }
            let mut made = self.made.lock().unwrap();
            *made += 1;
            let id = format!("{}{made}", if path == "/Users" { "u" } else { "g" });
            let path = format!("{path}/{id}");
            resources.insert(path.clone(), data);
            return Ok(done(201, &path, Some(id), Some("1")));
        }
        let resource = resources.get_mut(path).ok_or_else(|| ScimError::not_found(path))?;
        if operation.version.as_ref().is_some_and(|version| version.opaque() != "1") {
            return Err(ScimError::precondition_failed());
        }
        match operation.method {
            BulkMethod::Delete => {
                resources.remove(path);
                return Ok(done(204, path, None, None));
            }
            BulkMethod::Put => *resource = operation.data.clone().unwrap(),
            _ => operation.data.as_ref().unwrap()["Operations"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|one| patch(resource, one)),
        }
        Ok(done(200, path, None, Some("2")))
    }
}

/// Without a path an operation adds what it has; with one it is kept to be looked at.
fn patch(resource: &mut Value, operation: &Value) {
    if operation["path"].is_string() {
        resource["patched"] = operation.clone();
    } else {
        merge(resource, &operation["value"]);
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from.iter().cloned()),
        (into, from) => *into = from.clone(),
    }
}

fn done(status: u16, path: &str, id: Option<String>, version: Option<&str>) -> Done {
    Done {
        status,
        id,
        location: Some(format!("{BASE}{path}")),
        version: version.map(|opaque| Version::new(opaque).unwrap()),
    }
}

impl Host for Memory {
    async fn run(&self, operation: Single) -> Result<Done, ScimError> {
        tokio::task::yield_now().await;
        self.answer(&operation)
    }

    fn target(&self, path: &str) -> Option<Target> {
        let path = path.strip_prefix(BASE).unwrap_or(path);
        let mut segments = path.strip_prefix('/')?.split('/');
        let _endpoint = segments.next().filter(|first| ["Users", "Groups"].contains(first))?;
        match (segments.next(), segments.next()) {
            (None, _) => Some(Target::Endpoint),
            (Some(id), None) if !id.is_empty() && id != ".search" => {
                Some(Target::Resource { location: format!("{BASE}{path}") })
            }
            _ => None,
        }
    }
}

fn user(bulk_id: &str, mut data: Value) -> Value {
    if data.get("userName").is_none() {
        data["userName"] = bulk_id.into();
    }
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|one| json!({"value": format!("bulkId:{one}")})).collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id,
           "data": {"displayName": bulk_id, "members": members}})
}

fn delete(path: &str) -> Value {
    json!({"method": "DELETE", "path": path})
}

fn patch_of(path: &str, operation: Value) -> Value {
    json!({"method": "PATCH", "path": path, "data": {"schemas": [SchemaUri::PATCH_OP], "Operations": [operation]}})
}

/// The `Operations` of the answer.
async fn run(host: &Memory, operations: &[Value]) -> Vec<Value> {
    run_until(host, None, operations).await
}

async fn run_until(host: &Memory, fail_on_errors: Option<u64>, operations: &[Value]) -> Vec<Value> {
    let request = json!({"schemas": [SchemaUri::BULK_REQUEST], "failOnErrors": fail_on_errors,
                         "Operations": operations});
    let request = BulkRequest::from_json(request, &Limits::default()).unwrap();
    let response = serde_json::to_value(process(request, host).await).unwrap();
    assert_eq!(response["schemas"], json!([SchemaUri::BULK_RESPONSE]));
    let results = response["Operations"].as_array().unwrap().clone();
    for result in &results {
        let failed = !result["status"].as_str().unwrap().starts_with('2');
        assert_eq!(result["response"]["status"], if failed { result["status"].clone() } else { Value::Null });
        if failed && result["method"] == "POST" {
            let stays = detail(result).contains("could not be removed");
            assert_eq!(result.get("location").is_some(), stays);
        }
    }
    results
}

fn statuses(results: &[Value]) -> Vec<&str> {
    results.iter().map(|one| one["status"].as_str().unwrap()).collect()
}

fn detail(result: &Value) -> &str {
    result["response"]["detail"].as_str().unwrap()
}

#[test]
fn the_future_can_be_sent() {
    fn sent<T: Send>(_: T) {}
    sent(process(BulkRequest::default(), &Memory::new()));
}
