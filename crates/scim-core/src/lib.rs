//! The data of SCIM 2.0.

pub mod deviation;
pub mod error;
mod id;
pub mod json;
mod limits;
mod name;
mod path;
pub mod schema;
mod uri;
pub mod value;

pub use deviation::{Deviation, Profile, Switch, Unknown};
pub use error::{ScimError, ScimType, quote};
pub use id::{ExternalId, ResourceId, TenantId};
pub use limits::Limits;
pub use name::AttrName;
pub use path::{AttrPath, attr};
pub use schema::{Resolved, SchemaSet};
pub use uri::SchemaUri;
