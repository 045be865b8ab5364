//! Bulk requests, RFC 7644 §3.7: each operation through the same handlers as a request of its own.

use scim_core::{BulkMethod, BulkRequest, ResourceId, ScimError};
use scim_filter::query::ParsedQuery;

use crate::bulk::{Done, Host, Single, Target, process};
use crate::context::Operation;
use crate::engine::Call;
use crate::engine::headers::Conditions;
use crate::engine::present::to_json;
use crate::engine::respond::{Failure, Reply};
use crate::engine::route::Place;

impl Call {
    pub(in crate::engine) async fn bulk(&self, request: BulkRequest) -> Result<Reply, Failure> {
        let answer = process(request, self).await;
        self.note(Operation::Bulk, None);
        Ok(Reply::json(200, to_json(&answer)?))
    }

    /// What the path of an operation names, relative to the base URL or absolute below it.
    fn place(&self, path: &str) -> Option<Place> {
        let path = path.strip_prefix(self.base.as_str()).unwrap_or(path);
        if path.contains(['?', '#']) {
            return None;
        }
        Place::read(path, self.engine.endpoints()).ok()
    }
}

impl Host for Call {
    async fn run(&self, operation: Single) -> Result<Done, ScimError> {
        let wrong = || ScimError::invalid_syntax("the path does not go with the method");
        let place = self.place(&operation.path).ok_or_else(wrong)?;
        let plain = ParsedQuery::default();
        let conditions = Conditions::of_version(operation.version);
        let data = operation.data.unwrap_or_default();
        let done = match (operation.method, place) {
            (BulkMethod::Post, Place::Type(at)) => self.create(at, data, &plain).await,
            (BulkMethod::Put, Place::Resource(at, id)) => {
                self.replace(at, &id, data, &plain, &conditions).await
            }
            (BulkMethod::Patch, Place::Resource(at, id)) => {
                self.patch(at, &id, data, &plain, &conditions).await
            }
            (BulkMethod::Delete, Place::Resource(at, id)) => self.delete(at, &id, &conditions).await,
            _ => return Err(wrong()),
        };
        let reply = done.map_err(|failure| {
            if failure.error.status() >= 500 {
                let cause = std::error::Error::source(&failure.error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(tenant = %self.tenant(), error = %failure.error, cause = %cause, "a bulk operation failed");
            }
            failure.error
        })?;
        Ok(Done {
            status: reply.status,
            id: reply.id.as_ref().map(ToString::to_string),
            location: reply.location,
            version: reply.version,
        })
    }

    fn target(&self, path: &str) -> Option<Target> {
        match self.place(path)? {
            Place::Type(_) => Some(Target::Endpoint),
            Place::Resource(at, id) => Some(Target::Resource { location: self.location_of(at, &id)? }),
            _ => None,
        }
    }
}

impl Call {
    fn location_of(&self, at: usize, id: &ResourceId) -> Option<String> {
        let mounted = self.types.get(at)?;
        Some(self.base.location(&mounted.endpoint, id.as_str()))
    }
}
