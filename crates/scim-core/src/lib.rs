//! The data of SCIM 2.0.

pub mod admit;
pub mod deviation;
pub mod error;
mod id;
pub mod json;
mod limits;
pub mod multi_valued;
mod name;
mod path;
mod project;
mod resource;
pub mod schema;
mod uri;
pub mod value;

pub use admit::{Admitted, AdmittedValue, Intent};
pub use deviation::{Deviation, Profile, Switch, Unknown};
pub use error::{ScimError, ScimType, quote};
pub use id::{ExternalId, ResourceId, TenantId};
pub use limits::Limits;
pub use name::AttrName;
pub use path::{AttrPath, attr};
pub use project::{Projected, Projection};
pub use resource::{
    Address, Email, EnterpriseUser, Entitlement, Extension, Group, GroupMembership, Im, Manager, Member,
    Meta, Name, PhoneNumber, Photo, Resource, Role, ScimResource, User, Version, X509Certificate,
};
pub use schema::{Resolved, SchemaSet};
pub use uri::SchemaUri;
