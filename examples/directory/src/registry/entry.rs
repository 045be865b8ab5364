//! What is kept of a directory and of the service: resources, too, of types of their own, in a tenant of their own. So they are
//! in the database with the rest, and a name is taken once.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use scim_core::schema::{AttrType, Attribute, Schema, Uniqueness};
use scim_core::{AttrName, AttrPath, Resource, SchemaSet, SchemaUri, ScimError, TenantId};
use scim_server::Context;
use scim_server::store::Stored;
use serde_json::Value;

/// A directory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Directory {
    /// The last segment of its base URL; each directory is a tenant of its own.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// When it was created.
    pub created: DateTime<Utc>,
    /// For how many days a new key of it is good; for ever without a number.
    pub key_days: Option<u32>,
}

/// The types of resources.
pub(super) const DIRECTORY: &str = "Directory";
pub(super) const SERVICE: &str = "Service";

const SCHEMA: SchemaUri = SchemaUri::from_static("urn:example:params:scim:schemas:directory:1.0:Entry");
/// No directory has this id: those are random.
const TENANT: &str = "directories";

fn attribute(name: &'static str) -> AttrPath {
    AttrPath::of_name(AttrName::from_static(name))
}

/// What is kept of either.
pub(super) fn schemas() -> Result<SchemaSet, ScimError> {
    let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
    let attributes = vec![
        of("name", AttrType::String).with_required(true).with_uniqueness(Uniqueness::Server),
        of("keyDays", AttrType::Integer),
        of("origin", AttrType::String).with_case_exact(true),
    ];
    let schema = Schema::new(SCHEMA, "Entry", "A directory, or the service of them all", attributes)?;
    SchemaSet::new(Arc::new(schema), Vec::new())
}

pub(super) fn context(kind: &str) -> Result<Context, ScimError> {
    Ok(Context::new(TenantId::new(TENANT)?, kind, &schemas()?))
}

/// What is kept of a directory.
pub(super) fn directory(name: &str, key_days: Option<u32>) -> Result<Resource, ScimError> {
    let mut entry = Resource::new(&schemas()?);
    entry.set(&attribute("name"), name.into())?;
    if let Some(days) = key_days {
        entry.set(&attribute("keyDays"), days.into())?;
    }
    Ok(entry)
}

/// What is kept of the service.
pub(super) fn service(origin: &str) -> Result<Resource, ScimError> {
    let mut entry = Resource::new(&schemas()?);
    entry.set(&attribute("name"), SERVICE.into())?;
    entry.set(&attribute("origin"), origin.into())?;
    Ok(entry)
}

pub(super) fn origin(stored: &Stored<Resource>) -> Option<String> {
    stored.resource.get(&attribute("origin")).and_then(Value::as_str).map(str::to_owned)
}

impl Directory {
    pub(super) fn read(stored: &Stored<Resource>) -> Result<Self, ScimError> {
        let get = |name| stored.resource.get(&attribute(name));
        Ok(Self {
            id: TenantId::new(stored.id.as_str())?,
            name: get("name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            created: stored.created.unwrap_or_default(),
            key_days: get("keyDays").and_then(Value::as_u64).and_then(|days| u32::try_from(days).ok()),
        })
    }
}
