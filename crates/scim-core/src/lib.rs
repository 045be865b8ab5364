//! The data of SCIM 2.0 (RFC 7643), with one gate in and one gate out.
//!
//! This crate is for whoever handles users and groups that an identity provider sends, or sends them: it turns a request
//! body into a canonical resource or into the SCIM error that says what is wrong with it, and it shows a resource to a
//! reader who may see only part of it. It does no I/O, knows no clock and no web framework. Filters are in `scim-filter`.
//!
//! # Read a user, change it, write it
//!
//! ```
//! use scim_core::{Email, User};
//!
//! let body = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!                "userName": "bjensen", "active": "True", "favouriteColour": "red"}"#;
//! let mut user: User = serde_json::from_str(body)?;
//! assert_eq!(user.active, Some(true)); // some providers send booleans as strings
//!
//! user.emails.push(Email::new("bjensen@example.com").with_type("work").with_primary());
//! let written = serde_json::to_value(&user)?;
//! assert_eq!(written["emails"][0]["primary"], true);
//! assert_eq!(written["favouriteColour"], "red"); // what we do not know survives
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! # Define an extension
//!
//! ```
//! use scim_core::{Extension, SchemaUri, User};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Badge {
//!     number: u32,
//! }
//!
//! impl Extension for Badge {
//!     const SCHEMA: SchemaUri = SchemaUri::from_static("urn:example:params:scim:schemas:Badge:1.0:User");
//! }
//!
//! let mut user = User { user_name: "bjensen".into(), ..User::default() };
//! user.set_extension(&Badge { number: 7 })?;
//! assert_eq!(user.extension::<Badge>()?.unwrap().number, 7);
//! # Ok::<(), scim_core::ScimError>(())
//! ```
//!
//! Its schema, for a server that checks what comes in, is built with [`schema::Schema::new`] or read from JSON with
//! [`schema::Schema::from_json`].
//!
//! # Turn a request body into a resource or an error
//!
//! ```
//! use scim_core::{Intent, Limits, Profile, Projection, Resource, ScimError, SchemaSet, json};
//!
//! fn create(body: &[u8]) -> Result<Resource, ScimError> {
//!     let raw = json::read(body, &Limits::default())?;
//!     let admitted = SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient())?;
//!     for deviation in &admitted.deviations {
//!         eprintln!("tolerated {deviation}");
//!     }
//!     Ok(admitted.resource)
//! }
//!
//! let user = create(br#"{"USERNAME": "bjensen", "password": "t1meMa$heen", "emails": null}"#)?;
//! let seen = serde_json::to_value(SchemaSet::user().project(&user, &Projection::default())).unwrap();
//! assert_eq!(seen["userName"], "bjensen");
//! assert_eq!(seen.get("password"), None);
//!
//! let error = create(br#"{"active": 1}"#).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "400 invalidValue: 2 problems: `active` has to be true or false, not a number; `userName` is required"
//! );
//! # Ok::<(), ScimError>(())
//! ```
//!
//! # The parts
//!
//! | part | what it is | RFC |
//! |---|---|---|
//! | [`AttrName`], [`AttrPath`], [`attr`], [`SchemaUri`] | names and paths, compared without case | 7643 §2.1, 7644 §3.10 |
//! | [`ResourceId`], [`ExternalId`], [`TenantId`] | identifiers that do not convert into each other | 7643 §3.1 |
//! | [`schema`], [`SchemaSet`], [`Resolved`] | definitions, and what a path means among them | 7643 §7, §8.7 |
//! | [`SchemaSet::admit`], [`Intent`] | the gate in | 7643 §2, 7644 §3.3, §3.5.1 |
//! | [`SchemaSet::project`], [`Projection`] | the gate out | 7643 §7, 7644 §3.9 |
//! | [`Resource`], [`User`], [`Group`], [`EnterpriseUser`] | resources, dynamic and typed | 7643 §3, §4 |
//! | [`ListResponse`], [`BulkRequest`], [`ServiceProviderConfig`], [`ResourceType`] | messages | 7643 §5, §6, 7644 §3.4.2, §3.7, 9865 |
//! | [`ScimError`], [`ScimType`] | errors | 7644 §3.12, 9865 §2.1 |
//! | [`json`], [`Limits`] | the one door for bytes, and what it charges | |
//! | [`Profile`], [`Switch`], [`Deviation`] | leniency as data | |

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
