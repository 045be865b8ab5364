//! The operations of a bulk request, one after the other, RFC 7644 §3.7.
//!
//! **What is a reference.** The whole text `bulkId:NAME`, anywhere in `data`, where a POST of the same request has that
//! `bulkId`; also at the end of the URI of a `$ref` and of the path of a PUT, PATCH or DELETE, and in the texts that a PATCH
//! path compares with. Where an id is expected (`value`, `$ref`, `members`, `manager`, the value of a PATCH operation, a
//! PATCH path, the path of an operation), a name that no POST has is a 409 of that operation, so that no temporary name is
//! ever stored as if it were an id. Elsewhere such a text is a text like any other.
//!
//! **In which order.** That of the request, but that an operation waits for the POSTs further down that it refers to, and
//! operations on the same resource wait for one that waits. Nothing is ever moved forward. So nobody is created that would
//! have to be removed again, and only operations that could not have succeeded where they stand come later.
//!
//! **Circles** (RFC 7644 §3.7.1). What still waits at the end of the request refers to itself. It is created without the
//! attributes and elements that refer to what is not there yet, and these are added by a PATCH once it is. A create that is
//! refused without them (`400`) waits for the others, which may resolve the circle from their side. What cannot be completed
//! is removed again, with those of its circle that refer to it, and reported as 409. What only depends on a circle runs when
//! all of the circle is settled.
//!
//! **Errors.** When `failOnErrors` is reached no further operation is run or listed; what was created in a circle is still
//! completed or removed. The results are listed in the order of the request, successes without their body.

mod circles;
mod order;
mod refs;
mod run;
mod strip;
mod task;
#[cfg(test)]
mod tests;

use std::future::Future;

use scim_core::{BulkMethod, BulkRequest, BulkResponse, ScimError, Version};
use serde_json::Value;

/// What a bulk request is processed against.
pub(crate) trait Host: Sync {
    /// Runs one operation as the single request would be run, with the same permissions.
    fn run(&self, operation: Single) -> impl Future<Output = Result<Done, ScimError>> + Send;

    /// What a path of an operation names; nothing for all that is neither the endpoint of a resource type nor a resource,
    /// such as `/Bulk`, `/Me`, `/.search`, and the documents that describe the service.
    ///
    /// A resource need not exist.
    fn target(&self, path: &str) -> Option<Target>;
}

/// An operation with all references replaced.
#[derive(Clone)]
pub(crate) struct Single {
    pub(crate) method: BulkMethod,
    /// As it was sent, with an id in place of a reference; such an id is percent-encoded.
    pub(crate) path: String,
    /// Acts as `If-Match`; never there for POST.
    pub(crate) version: Option<Version>,
    /// Never there for DELETE.
    pub(crate) data: Option<Value>,
}

/// How an operation succeeded.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) status: u16,
    /// The id of the resource; has to be there after POST, as has the location.
    pub(crate) id: Option<String>,
    /// That of its path if there is none here.
    pub(crate) location: Option<String>,
    /// The version of the resource now.
    pub(crate) version: Option<Version>,
}

/// What a path names.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The endpoint of a resource type.
    Endpoint,
    /// A resource.
    Resource {
        /// The absolute URI. Two paths with one location name one resource.
        location: String,
    },
}

/// Processes a bulk request that was read with the limits applied.
pub(crate) async fn process(request: BulkRequest, host: &impl Host) -> BulkResponse {
    run::Run::new(request, host).finish().await
}
