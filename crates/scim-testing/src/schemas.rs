//! Schemas with everything in them.

use std::sync::{Arc, LazyLock};

use scim_core::schema::{AttrType, Attribute, Schema, SchemaExtension};
use scim_core::{AttrName, SchemaSet, SchemaUri};

/// The URI of the extension in [`every_type`].
pub const EVERY: SchemaUri = SchemaUri::from_static("urn:example:params:scim:every:1.0:Every");

/// Users with the enterprise extension, and one that has an attribute of every type, single and multi-valued.
#[must_use]
pub fn every_type() -> &'static SchemaSet {
    static SCHEMAS: LazyLock<SchemaSet> =
        LazyLock::new(|| build().unwrap_or_else(|error| unreachable_schema(&error.to_string())));
    &SCHEMAS
}

fn build() -> Result<SchemaSet, scim_core::ScimError> {
    let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
    let attributes = vec![
        of("string", AttrType::String),
        of("exact", AttrType::String).with_case_exact(true),
        of("boolean", AttrType::Boolean),
        of("decimal", AttrType::Decimal),
        of("integer", AttrType::Integer),
        of("dateTime", AttrType::DateTime),
        of("binary", AttrType::Binary),
        of("reference", AttrType::Reference).with_reference_types(["external"]),
        of("strings", AttrType::String).with_multi_valued(true),
        of("integers", AttrType::Integer).with_multi_valued(true),
        of("complex", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("value", AttrType::Integer))
            .with_sub_attribute(of("type", AttrType::String))
            .with_sub_attribute(of("exact", AttrType::String).with_case_exact(true))
            .with_sub_attribute(of("primary", AttrType::Boolean)),
    ];
    let every = Schema::new(EVERY, "Every", "An attribute of every type.", attributes)?;
    let user = SchemaSet::user();
    let extensions = user.extensions().iter().cloned().chain([SchemaExtension::optional(Arc::new(every))]);
    SchemaSet::new(Arc::clone(user.base()), extensions)
}

#[allow(clippy::panic, reason = "a mistake in the definitions above is one in the tests")]
fn unreachable_schema(error: &str) -> SchemaSet {
    panic!("{error}")
}
