//! Bulk requests and responses as data, RFC 7644 §3.7.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::error::{ScimError, quote};
use crate::limits::Limits;
use crate::resource::Version;
use crate::uri::SchemaUri;

/// What a bulk operation does (RFC 7644 §3.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkMethod {
    /// Creates a resource.
    Post,
    /// Replaces one.
    Put,
    /// Changes one.
    Patch,
    /// Deletes one.
    Delete,
}

impl BulkMethod {
    /// The HTTP method.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn read(method: &str) -> Option<Self> {
        [Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(method))
    }
}

impl fmt::Display for BulkMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A bulk request (RFC 7644 §3.7).
///
/// ```
/// use scim_core::{BulkMethod, BulkRequest, Limits};
/// use serde_json::json;
///
/// let request = BulkRequest::from_json(
///     json!({
///         "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
///         "failOnErrors": 1,
///         "Operations": [
///             {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": {"userName": "Alice"}},
///             {"method": "DELETE", "path": "/Users/7"},
///         ],
///     }),
///     &Limits::default(),
/// )?;
/// assert_eq!(request.operations[1].method, BulkMethod::Delete);
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkRequest {
    /// How many operations may fail before the rest is not tried; all are tried without it.
    pub fail_on_errors: Option<u64>,
    /// The operations, in order.
    pub operations: Vec<BulkOperation>,
}

/// An operation of a bulk request (RFC 7644 §3.7). `Debug` does not show the data, which may hold a password.
#[derive(Clone, PartialEq)]
pub struct BulkOperation {
    /// REQUIRED.
    pub method: BulkMethod,
    /// The client's name for a resource that is to be created; REQUIRED for POST.
    pub bulk_id: Option<String>,
    /// Acts as `If-Match`.
    pub version: Option<Version>,
    /// REQUIRED: the endpoint for POST, the resource for the others, relative to the base URL.
    pub path: String,
    /// The body; REQUIRED but for DELETE.
    pub data: Option<Value>,
}

/// The answer to a bulk request (RFC 7644 §3.7.3).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkResponse {
    /// One result for each operation that was tried.
    pub operations: Vec<BulkResult>,
}

/// What became of an operation of a bulk request (RFC 7644 §3.7.3). `Debug` does not show the body.
#[derive(Clone, PartialEq)]
pub struct BulkResult {
    /// As in the request; a sloppy server may leave it out.
    pub method: Option<BulkMethod>,
    /// As in the request.
    pub bulk_id: Option<String>,
    /// The version of the resource after the operation.
    pub version: Option<Version>,
    /// The URI of the resource; there but for a POST that failed.
    pub location: Option<String>,
    /// The HTTP status that the operation would have had by itself.
    pub status: u16,
    /// The body that it would have had; an error when it failed.
    pub response: Option<Value>,
}

impl fmt::Debug for BulkOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkOperation")
            .field("method", &self.method)
            .field("bulk_id", &self.bulk_id)
            .field("version", &self.version)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for BulkResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkResult")
            .field("method", &self.method)
            .field("bulk_id", &self.bulk_id)
            .field("version", &self.version)
            .field("location", &self.location)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl BulkRequest {
    /// Reads a request; names and methods in any case.
    ///
    /// # Errors
    /// 413 for too many operations; `invalidSyntax` for a message of the wrong shape, a POST without `bulkId` and a `bulkId`
    /// that stands twice; `invalidValue` for a negative `failOnErrors` and a malformed `version`. The message names the
    /// operation by its number, from 1.
    pub fn from_json(json: Value, limits: &Limits) -> Result<Self, ScimError> {
        let Value::Object(mut fields) = json else {
            return Err(ScimError::invalid_syntax("a bulk request has to be a JSON object"));
        };
        if !names_schema(take(&mut fields, "schemas")?.as_ref(), &SchemaUri::BULK_REQUEST) {
            return Err(ScimError::invalid_syntax(format!("`schemas` lacks `{}`", SchemaUri::BULK_REQUEST)));
        }
        let fail_on_errors = match take(&mut fields, "failOnErrors")? {
            None | Some(Value::Null) => None,
            Some(Value::Number(number)) if number.as_u64() == Some(0) => None,
            Some(Value::Number(number)) if number.is_u64() => number.as_u64(),
            Some(_) => return Err(ScimError::invalid_value("`failOnErrors` has to be a positive integer")),
        };
        let operations = match take(&mut fields, "Operations")? {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => {
                return Err(ScimError::invalid_syntax(
                    "`Operations` has to be an array with at least one operation",
                ));
            }
        };
        if operations.len() > limits.bulk_operations {
            return Err(ScimError::payload_too_large(format!(
                "the request has {} operations, and {} is the limit",
                operations.len(),
                limits.bulk_operations
            )));
        }
        let mut ids = HashSet::new();
        let mut read = Vec::with_capacity(operations.len());
        for (at, operation) in (1..).zip(operations) {
            let operation = BulkOperation::from_json(operation)
                .map_err(|error| error.with_context(format_args!("operation {at}")))?;
            if let Some(id) = &operation.bulk_id {
                if !ids.insert(id.clone()) {
                    return Err(ScimError::invalid_syntax(format!(
                        "operation {at}: the bulkId {} stands twice",
                        quote(id)
                    )));
                }
            }
            read.push(operation);
        }
        Ok(Self { fail_on_errors, operations: read })
    }
}

impl BulkOperation {
    fn from_json(json: Value) -> Result<Self, ScimError> {
        let Value::Object(mut fields) = json else {
            return Err(ScimError::invalid_syntax("an operation has to be an object"));
        };
        let method = match take(&mut fields, "method")? {
            Some(Value::String(method)) => BulkMethod::read(&method).ok_or_else(|| {
                ScimError::invalid_syntax(format!(
                    "the method is {}, not one of `POST` `PUT` `PATCH` `DELETE`",
                    quote(&method)
                ))
            })?,
            _ => return Err(ScimError::invalid_syntax("`method` is required")),
        };
        let path = match take(&mut fields, "path")? {
            Some(Value::String(path)) if !path.is_empty() => path,
            _ => return Err(ScimError::invalid_syntax("`path` is required")),
        };
        let bulk_id = match take(&mut fields, "bulkId")? {
            Some(Value::String(id)) if !id.is_empty() => Some(id),
            None | Some(Value::Null) => None,
            Some(_) => return Err(ScimError::invalid_syntax("`bulkId` has to be a string")),
        };
        let version = match take(&mut fields, "version")? {
            Some(Value::String(version)) => Some(version.parse()?),
            None | Some(Value::Null) => None,
            Some(_) => return Err(ScimError::invalid_value("`version` has to be a string")),
        };
        let data = take(&mut fields, "data")?.filter(|data| !data.is_null());
        if method == BulkMethod::Post && bulk_id.is_none() {
            return Err(ScimError::invalid_syntax("`bulkId` is required for POST"));
        }
        if method != BulkMethod::Delete && data.is_none() {
            return Err(ScimError::invalid_syntax(format!("`data` is required for {method}")));
        }
        Ok(Self { method, bulk_id, version, path, data })
    }
}

impl BulkResult {
    fn from_json(json: Value) -> Result<Self, ScimError> {
        let Value::Object(mut fields) = json else {
            return Err(ScimError::invalid_syntax("a result has to be an object"));
        };
        let mut text = |name| match take(&mut fields, name) {
            Ok(Some(Value::String(text))) => Ok(Some(text)),
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        let method = text("method")?.as_deref().and_then(BulkMethod::read);
        let bulk_id = text("bulkId")?;
        let version = text("version")?.and_then(|version| version.parse().ok());
        let location = text("location")?;
        let status = take(&mut fields, "status")?;
        // A section of the RFC prints the status as an object with a code.
        let status = match &status {
            Some(Value::Object(status)) => status.get("code"),
            other => other.as_ref(),
        };
        let status = match status {
            Some(Value::String(text)) => text.trim().parse().ok(),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| number.try_into().ok()),
            _ => None,
        };
        let status = status.ok_or_else(|| ScimError::invalid_syntax("`status` is missing"))?;
        let response = take(&mut fields, "response")?.filter(|response| !response.is_null());
        Ok(Self { method, bulk_id, version, location, status, response })
    }
}

/// Takes a member out, under its name in any case.
fn take(fields: &mut Map<String, Value>, name: &str) -> Result<Option<Value>, ScimError> {
    let mut taken = None;
    while let Some(key) = fields.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned() {
        if taken.is_some() {
            return Err(ScimError::invalid_syntax(format!("`{name}` stands there twice, in different case")));
        }
        taken = fields.remove(&key);
    }
    Ok(taken)
}

/// Whether `schemas` names this message; other URIs beside it do no harm.
fn names_schema(schemas: Option<&Value>, uri: &SchemaUri) -> bool {
    let listed = schemas.and_then(Value::as_array);
    listed.is_some_and(|listed| listed.iter().any(|one| one.as_str().is_some_and(|one| *uri == *one)))
}

fn member<M: SerializeMap>(map: &mut M, name: &str, value: Option<&impl Serialize>) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(name, value),
        None => Ok(()),
    }
}

impl Serialize for BulkRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &[SchemaUri::BULK_REQUEST])?;
        member(&mut map, "failOnErrors", self.fail_on_errors.as_ref())?;
        map.serialize_entry("Operations", &self.operations)?;
        map.end()
    }
}

impl Serialize for BulkOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("method", self.method.as_str())?;
        map.serialize_entry("path", &self.path)?;
        member(&mut map, "bulkId", self.bulk_id.as_ref())?;
        member(&mut map, "version", self.version.as_ref().map(Version::as_str).as_ref())?;
        member(&mut map, "data", self.data.as_ref())?;
        map.end()
    }
}

impl Serialize for BulkResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &[SchemaUri::BULK_RESPONSE])?;
        map.serialize_entry("Operations", &self.operations)?;
        map.end()
    }
}

impl Serialize for BulkResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        member(&mut map, "method", self.method.map(BulkMethod::as_str).as_ref())?;
        member(&mut map, "bulkId", self.bulk_id.as_ref())?;
        member(&mut map, "version", self.version.as_ref().map(Version::as_str).as_ref())?;
        member(&mut map, "location", self.location.as_ref())?;
        member(&mut map, "response", self.response.as_ref())?;
        map.serialize_entry("status", &self.status.to_string())?;
        map.end()
    }
}

/// Reads leniently: names in any case, the status as a string, a number or an object with a code.
impl<'de> Deserialize<'de> for BulkResponse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |json| {
            let Value::Object(mut fields) = json else {
                return Err(ScimError::invalid_syntax("a bulk response has to be a JSON object"));
            };
            match take(&mut fields, "Operations")? {
                Some(Value::Array(results)) => {
                    let operations =
                        results.into_iter().map(BulkResult::from_json).collect::<Result<_, _>>()?;
                    Ok(Self { operations })
                }
                None | Some(Value::Null) => Ok(Self::default()),
                Some(_) => Err(ScimError::invalid_syntax("`Operations` has to be an array")),
            }
        };
        read(Value::deserialize(deserializer)?)
            .map_err(|error| D::Error::custom(error.detail().unwrap_or("malformed bulk response")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(operations: Value) -> Value {
        json!({"schemas": [SchemaUri::BULK_REQUEST], "Operations": operations})
    }

    #[test]
    fn malformed_requests() {
        let post = json!({"method": "POST", "path": "/Users", "bulkId": "1", "data": {}});
        let bad = [
            json!([]),
            json!({"Operations": [post], "operations": [post], "schemas": [SchemaUri::BULK_REQUEST]}),
            json!({"Operations": [post]}),
            json!({"schemas": ["urn:x:y"], "Operations": [post]}),
            json!({"schemas": [SchemaUri::BULK_REQUEST], "failOnErrors": -1, "Operations": [post]}),
            json!({"schemas": [SchemaUri::BULK_REQUEST], "failOnErrors": "1", "Operations": [post]}),
            json!({"schemas": [SchemaUri::BULK_REQUEST]}),
            request(json!([])),
            request(json!({})),
            request(json!([1])),
            request(json!([{"path": "/Users"}])),
            request(json!([{"method": "GET", "path": "/Users"}])),
            request(json!([{"method": "DELETE"}])),
            request(json!([{"method": "POST", "path": "/Users", "data": {}}])),
            request(json!([{"method": "POST", "path": "/Users", "bulkId": 1, "data": {}}])),
            request(json!([{"method": "PUT", "path": "/Users/1"}])),
            request(json!([{"method": "DELETE", "path": "/Users/1", "version": "a b"}])),
            request(json!([post, post])),
            request(Value::Array(vec![post.clone(); 4])),
        ];
        let limits = Limits { bulk_operations: 3, ..Limits::default() };
        let said: Vec<String> = bad
            .into_iter()
            .map(|json| BulkRequest::from_json(json, &limits).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(said.join("\n"));
    }

    #[test]
    fn names_and_methods_in_any_case() {
        let request = BulkRequest::from_json(
            json!({"SCHEMAS": [SchemaUri::BULK_REQUEST.as_str().to_uppercase()], "failonerrors": 0,
                   "operations": [{"METHOD": "delete", "Path": "/Users/1", "version": "W/\"a\""}]}),
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(request.fail_on_errors, None);
        assert_eq!(request.operations[0].method, BulkMethod::Delete);
        let written = serde_json::to_value(&request).unwrap();
        assert_eq!(BulkRequest::from_json(written, &Limits::default()).unwrap(), request);
    }

    #[test]
    fn responses_round_trip() {
        let read: BulkResponse = serde_json::from_value(json!({"operations": [
            {"method": "POST", "bulkId": "1", "location": "https://x/1", "status": "201", "version": "W/\"4\""},
            {"status": {"code": "200"}},
            {"status": 412, "response": {"status": "412"}},
        ]}))
        .unwrap();
        assert_eq!(read.operations.iter().map(|one| one.status).collect::<Vec<_>>(), [201, 200, 412]);
        let again: BulkResponse = serde_json::from_value(serde_json::to_value(&read).unwrap()).unwrap();
        assert_eq!(again, read);
        assert!(serde_json::from_value::<BulkResponse>(json!({"Operations": [{}]})).is_err());
    }
}
