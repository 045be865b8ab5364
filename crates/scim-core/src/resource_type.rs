//! Resource types, RFC 7643 §6.

use crate::resource::Meta;
use crate::resource::typed::{complex, complex_value, message};
use crate::schema::SchemaSet;
use crate::uri::SchemaUri;
use crate::value::Text;

complex! {
    /// A resource type: where its resources are and which schemas they have (RFC 7643 §6).
    ///
    /// ```
    /// use scim_core::{ResourceType, SchemaSet};
    ///
    /// let users = ResourceType::new("User", "/Users", SchemaSet::user());
    /// assert_eq!(users.schema_extensions.len(), 1);
    /// assert!(!users.schema_extensions[0].required);
    /// ```
    pub struct ResourceType {
        "schemas" schemas: Vec<SchemaUri>,
        /// Often the same as `name`.
        "id" id: Option<Text>,
        /// REQUIRED.
        "name" name: Text,
        "description" description: Option<Text>,
        /// REQUIRED: relative to the base URL, such as `/Users`.
        "endpoint" endpoint: Text,
        /// REQUIRED: the base schema.
        "schema" schema: Option<SchemaUri>,
        "schemaExtensions" schema_extensions: Vec<ExtensionOf>,
        "meta" meta: Option<Meta>,
    }
}

message!(ResourceType, SchemaUri::RESOURCE_TYPE);

complex! {
    /// An extension of a resource type (RFC 7643 §6).
    pub struct ExtensionOf {
        /// REQUIRED.
        "schema" schema: Option<SchemaUri>,
        /// Whether every resource of the type has it.
        "required" required: bool,
    }
}

complex_value!(ExtensionOf);

impl ResourceType {
    /// A resource type with the schemas of this set.
    #[must_use]
    pub fn new(name: impl Into<Text>, endpoint: impl Into<Text>, schemas: &SchemaSet) -> Self {
        let name = name.into();
        Self {
            id: Some(name.clone()),
            name,
            endpoint: endpoint.into(),
            schema: Some(schemas.base().id().clone()),
            schema_extensions: schemas
                .extensions()
                .iter()
                .map(|extension| ExtensionOf {
                    schema: Some(extension.schema().id().clone()),
                    required: extension.is_required(),
                    ..ExtensionOf::default()
                })
                .collect(),
            ..Self::default()
        }
    }
}
