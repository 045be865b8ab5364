//! Schemas, RFC 7643 §2.2, §7 and §8.7.

mod attribute;
mod index;
mod lenient;
mod read;
mod set;
mod standard;

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use self::attribute::Subs;
pub use self::attribute::{AttrType, Attribute, Mutability, Returned, Uniqueness};
pub(crate) use self::index::NameIndex;
pub use self::lenient::EXTENSION_PATHS;
pub(crate) use self::set::Slot;
pub use self::set::{Resolved, SchemaExtension, SchemaSet};
use crate::error::ScimError;
use crate::name::AttrName;
use crate::uri::SchemaUri;

/// A schema: the definitions of the attributes that a resource, or one extension of it, consists of (RFC 7643 §7).
///
/// ```
/// use scim_core::SchemaUri;
/// use scim_core::schema::{AttrType, Attribute, Schema};
///
/// let uri: SchemaUri = "urn:example:params:scim:schemas:Badge:1.0:User".parse()?;
/// let number = Attribute::new("number".parse()?, AttrType::Integer).with_required(true);
/// let badge = Schema::new(uri, "Badge", "What opens doors.", vec![number])?;
///
/// let read: Schema = serde_json::from_str(&serde_json::to_string(&badge)?)?;
/// assert_eq!(read, badge);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schema {
    id: SchemaUri,
    name: String,
    description: String,
    attributes: Vec<Arc<Attribute>>,
    index: NameIndex,
}

impl Schema {
    /// Puts a schema together.
    ///
    /// # Errors
    /// `invalidValue` when the definitions contradict themselves or the RFC: a name stands twice, a simple attribute has
    /// sub-attributes, a complex one stands in a complex one, a writeOnly one would be returned, `primary` is no
    /// boolean or `$ref` no reference. The message names the attribute.
    pub fn new(
        id: SchemaUri,
        name: impl Into<String>,
        description: impl Into<String>,
        attributes: Vec<Attribute>,
    ) -> Result<Self, ScimError> {
        // Only the schema of schemas nests deeper (RFC 7643 §7).
        let depth = if id == SchemaUri::SCHEMA { 3 } else { 2 };
        let (attributes, index) = finish(attributes, "", depth).map_err(|error| error.with_context(&id))?;
        Ok(Self { id, name: name.into(), description: description.into(), attributes, index })
    }

    /// Reads a schema from JSON, as a peer's `/Schemas` or a file has it; names in any case, `schemas` and `meta` not
    /// needed.
    ///
    /// # Errors
    /// `invalidValue` naming the definition that is wrong, as for [`Schema::new`].
    pub fn from_json(json: &Value) -> Result<Self, ScimError> {
        read::schema(json)
    }

    /// The URI.
    #[must_use]
    pub fn id(&self) -> &SchemaUri {
        &self.id
    }

    /// The name, such as `User`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, to people.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The attributes, in the order of their definition.
    #[must_use]
    pub fn attributes(&self) -> &[Arc<Attribute>] {
        &self.attributes
    }

    /// The attribute of this name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Arc<Attribute>> {
        self.attributes.get(self.index.find(name)?.0)
    }

    #[inline]
    pub(crate) fn index(&self) -> &NameIndex {
        &self.index
    }
}

/// Checks definitions, level by level, and works out what follows from them.
fn finish(
    attributes: Vec<Attribute>,
    parent: &str,
    depth: usize,
) -> Result<(Vec<Arc<Attribute>>, NameIndex), ScimError> {
    let path =
        |name: &AttrName| if parent.is_empty() { name.to_string() } else { format!("{parent}.{name}") };
    let index = NameIndex::new(attributes.iter().map(|attribute| attribute.name.as_str())).map_err(|at| {
        match attributes.get(at) {
            Some(twice) if at < index::MAX_NAMES => {
                ScimError::invalid_value(format!("`{}` is defined twice", path(&twice.name)))
            }
            _ => ScimError::invalid_value(format!("more than {} attributes", index::MAX_NAMES)),
        }
    })?;
    let finished: Result<Vec<_>, _> = attributes
        .into_iter()
        .map(|attribute| finish_one(attribute, parent, &path, depth).map(Arc::new))
        .collect();
    Ok((finished?, index))
}

fn finish_one(
    mut attribute: Attribute,
    parent: &str,
    path: &dyn Fn(&AttrName) -> String,
    depth: usize,
) -> Result<Attribute, ScimError> {
    let path = path(&attribute.name);
    let complex = attribute.kind == AttrType::Complex;
    let problem = if !complex && !attribute.sub_attributes.is_empty() {
        Some("is simple and has sub-attributes")
    } else if complex && depth <= 1 {
        Some("is a complex sub-attribute")
    } else if attribute.mutability == Mutability::WriteOnly && attribute.returned != Returned::Never {
        Some("is writeOnly, so it has to be returned never")
    } else if !parent.is_empty() && attribute.name == *"primary" && attribute.kind != AttrType::Boolean {
        Some("has to be boolean")
    } else if !parent.is_empty() && attribute.name == *"$ref" && attribute.kind != AttrType::Reference {
        Some("has to be a reference")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(ScimError::invalid_value(format!("`{path}` {problem}")));
    }
    let subs = std::mem::take(&mut attribute.sub_attributes).into_iter().map(Arc::unwrap_or_clone).collect();
    let (subs, index) = finish(subs, &path, depth.saturating_sub(1))?;
    attribute.sub_attributes = subs;
    attribute.learn(index);
    Ok(attribute)
}

impl PartialEq for Schema {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
            && (&self.name, &self.description) == (&other.name, &other.description)
            && self.attributes == other.attributes
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("schemas", &[SchemaUri::SCHEMA])?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("attributes", &Subs(&self.attributes))?;
        map.end()
    }
}

/// Reads a definition as a schema has it; a schema checks it when it is built.
impl<'de> Deserialize<'de> for Attribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        read::attribute(&json, "attribute", 2)
            .map_err(|error| serde::de::Error::custom(error.detail().unwrap_or("malformed attribute")))
    }
}

impl<'de> Deserialize<'de> for Schema {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        Self::from_json(&json)
            .map_err(|error| serde::de::Error::custom(error.detail().unwrap_or("malformed schema")))
    }
}
