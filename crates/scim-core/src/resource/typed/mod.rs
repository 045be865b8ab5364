//! Typed resources and complex values: the traits, and how their fields are read and written.
//!
//! Reading is lenient, since a peer's answer is read so: names in any case, `null` for nothing, `"True"`, a number where
//! a text belongs, a string or a list of one for a complex value, a single value for a list. Writing is strict.

pub(crate) mod field;
mod macros;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::{Map, Value};

pub(crate) use self::macros::{complex, complex_value, message, resource};
use super::Resource;
use crate::error::ScimError;
use crate::schema::SchemaSet;
use crate::uri::SchemaUri;

/// A type that stands for a resource: [`User`](crate::User), [`Group`](crate::Group), the dynamic
/// [`Resource`](crate::Resource), or your own.
///
/// ```
/// use std::sync::{Arc, LazyLock};
///
/// use scim_core::schema::{AttrType, Attribute, Schema};
/// use scim_core::{Resource, ScimResource, SchemaSet};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Device {
///     id: Option<String>,
///     serial: String,
/// }
///
/// static DEVICES: LazyLock<SchemaSet> = LazyLock::new(|| {
///     let uri = "urn:example:params:scim:schemas:Device:1.0".parse().unwrap();
///     let serial = Attribute::new("serial".parse().unwrap(), AttrType::String).with_required(true);
///     let schema = Schema::new(uri, "Device", "A thing with a plug.", vec![serial]).unwrap();
///     SchemaSet::new(Arc::new(schema), []).unwrap()
/// });
///
/// impl ScimResource for Device {
///     fn schema_set() -> Option<&'static SchemaSet> {
///         Some(&DEVICES)
///     }
/// }
///
/// let resource = Resource::from_typed(&Device { id: None, serial: "X-1".into() })?;
/// assert_eq!(resource.as_map()["schemas"][0], "urn:example:params:scim:schemas:Device:1.0");
/// assert_eq!(resource.to_typed::<Device>()?.serial, "X-1");
/// # Ok::<(), scim_core::ScimError>(())
/// ```
pub trait ScimResource: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The schemas of the resource type; `None` when they are known at run time only.
    fn schema_set() -> Option<&'static SchemaSet>;

    /// The typed form of a resource that is no longer needed: as [`Resource::to_typed`], but moved where that is possible.
    ///
    /// # Errors
    /// As [`Resource::to_typed`].
    fn from_resource(resource: Resource) -> Result<Self, ScimError> {
        resource.to_typed()
    }

    /// The dynamic form: as [`Resource::from_typed`], but shared where that is possible.
    ///
    /// # Errors
    /// As [`Resource::from_typed`].
    fn to_resource(this: &Arc<Self>) -> Result<Arc<Resource>, ScimError> {
        Resource::from_typed(this.as_ref()).map(Arc::new)
    }
}

/// A type that stands for an extension of a resource, such as [`EnterpriseUser`](crate::EnterpriseUser) (RFC 7643 §3.3).
///
/// ```
/// use scim_core::{Extension, SchemaUri, User};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, PartialEq, Debug)]
/// struct Badge {
///     number: u32,
/// }
///
/// impl Extension for Badge {
///     const SCHEMA: SchemaUri = SchemaUri::from_static("urn:example:params:scim:schemas:Badge:1.0:User");
/// }
///
/// let mut user = User { user_name: "bjensen".into(), ..User::default() };
/// user.set_extension(&Badge { number: 7 })?;
/// assert_eq!(user.extension::<Badge>()?, Some(Badge { number: 7 }));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
pub trait Extension: Serialize + DeserializeOwned {
    /// The URI under which its attributes stand.
    const SCHEMA: SchemaUri;
}

/// The member of a map of extras that holds an extension, under its URI in any case.
pub(crate) fn extension_in<'a>(extra: &'a Map<String, Value>, uri: &SchemaUri) -> Option<&'a Value> {
    extra.get(uri.as_str()).or_else(|| extra.iter().find(|(name, _)| *uri == ***name).map(|(_, value)| value))
}

/// The value of `schemas`: the base schema, what was listed, and the extensions that are there.
pub(crate) struct Schemas<'a> {
    pub(crate) base: &'a SchemaUri,
    pub(crate) listed: &'a [SchemaUri],
    pub(crate) extra: &'a Map<String, Value>,
    /// An extension with a field of its own.
    pub(crate) own: Option<SchemaUri>,
}

impl Serialize for Schemas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Each URI once (RFC 7643 §3), whatever was listed.
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element(self.base)?;
        let mut written: BTreeSet<&SchemaUri> = BTreeSet::from([self.base]);
        for uri in self.listed.iter().chain(&self.own) {
            if written.insert(uri) {
                seq.serialize_element(uri)?;
            }
        }
        for (name, value) in self.extra {
            let extension = if value.is_object() { SchemaUri::read(name) } else { None };
            if extension.is_some_and(|uri| !written.contains(&uri)) {
                seq.serialize_element(name)?;
            }
        }
        seq.end()
    }
}
