//! What every resource has, RFC 7643 §3.1.

use super::typed::{complex, complex_value};
use super::version::Version;
use crate::value::Text;
use crate::value::datetime::DateTime;

complex! {
    /// What the service provider knows about a resource itself (RFC 7643 §3.1).
    pub struct Meta {
        /// The name of the resource type, such as `User`.
        "resourceType" resource_type: Option<Text>,
        "created" created: Option<DateTime>,
        "lastModified" last_modified: Option<DateTime>,
        /// The URI of the resource.
        "location" location: Option<Text>,
        "version" version: Option<Version>,
    }
}

complex_value!(Meta);
