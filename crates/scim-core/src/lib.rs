//! The data of SCIM 2.0.

pub mod admit;
mod bulk;
pub mod deviation;
pub mod error;
mod id;
pub mod json;
mod limits;
mod list;
pub mod multi_valued;
mod name;
mod path;
mod project;
mod provider_config;
mod resource;
mod resource_type;
pub mod schema;
mod uri;
pub mod value;

pub use admit::{Admitted, AdmittedValue, Intent};
pub use bulk::{BulkMethod, BulkOperation, BulkRequest, BulkResponse, BulkResult};
pub use deviation::{Deviation, Profile, Switch, Unknown};
pub use error::{ScimError, ScimType, quote};
pub use id::{ExternalId, ResourceId, TenantId};
pub use limits::Limits;
pub use list::ListResponse;
pub use name::AttrName;
pub use path::{AttrPath, attr};
pub use project::{Projected, Projection};
pub use provider_config::{
    AuthenticationScheme, BulkConfig, FilterConfig, Pagination, ServiceProviderConfig, Supported,
};
pub use resource::{
    Address, Email, EnterpriseUser, Entitlement, Extension, Group, GroupMembership, Im, Manager, Member,
    Meta, Name, PhoneNumber, Photo, Resource, Role, ScimResource, User, Version, X509Certificate,
};
pub use resource_type::{ExtensionOf, ResourceType};
pub use schema::{Resolved, SchemaSet};
pub use uri::SchemaUri;
pub use value::Text;
