//! The schemas of RFC 7643 §8.7 with verified errata, as data in `schemas/*.json`.
//!
//! Two sub-attributes that the RFC uses and does not define are added: `addresses.primary` and `members.display`
//! (erratum 6011). So are `authenticationSchemes.type` and `.primary` (erratum 8011), `etag`, and the `pagination` of
//! RFC 9865 §4. `schemaExtensions` is optional, as §6 says.

use std::sync::{Arc, LazyLock};

use super::{Schema, SchemaSet};

macro_rules! standard {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        impl Schema {
            $(
                $(#[$doc])*
                #[must_use]
                pub fn $name() -> Arc<Self> {
                    static SCHEMA: LazyLock<Arc<Schema>> =
                        LazyLock::new(|| read(include_str!(concat!("../../schemas/", $file))));
                    Arc::clone(&SCHEMA)
                }
            )*
        }

        #[cfg(test)]
        const ALL: &[(&str, fn() -> Arc<Schema>, &str)] = &[
            $(($file, Schema::$name, include_str!(concat!("../../schemas/", $file))),)*
        ];
    };
}

standard! {
    /// A user (RFC 7643 §4.1).
    user = "user.json";
    /// A group (RFC 7643 §4.2).
    group = "group.json";
    /// The extension for users of an enterprise (RFC 7643 §4.3).
    enterprise_user = "enterprise-user.json";
    /// What a service provider can do (RFC 7643 §5, RFC 9865 §4).
    service_provider_config = "service-provider-config.json";
    /// A resource type (RFC 7643 §6).
    resource_type = "resource-type.json";
    /// A schema (RFC 7643 §7).
    meta_schema = "schema.json";
}

#[allow(clippy::expect_used, reason = "our own files, compiled in; a test reads each of them")]
fn read(text: &str) -> Arc<Schema> {
    Arc::new(serde_json::from_str(text).expect("a standard schema"))
}

impl SchemaSet {
    /// Users with the enterprise extension, which is optional.
    #[must_use]
    pub fn user() -> &'static Self {
        static SET: LazyLock<SchemaSet> = LazyLock::new(|| set(Schema::user(), &[Schema::enterprise_user()]));
        &SET
    }

    /// Groups.
    #[must_use]
    pub fn group() -> &'static Self {
        static SET: LazyLock<SchemaSet> = LazyLock::new(|| set(Schema::group(), &[]));
        &SET
    }
}

#[allow(clippy::expect_used, reason = "our own files, compiled in; a test builds both sets")]
fn set(base: Arc<Schema>, extensions: &[Arc<Schema>]) -> SchemaSet {
    let extensions = extensions.iter().map(|schema| super::SchemaExtension::optional(Arc::clone(schema)));
    SchemaSet::new(base, extensions).expect("a standard set")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_file_is_read_and_written_back_exactly() {
        for (file, schema, text) in ALL {
            let written = serde_json::to_value(&*schema()).unwrap();
            assert_eq!(written, serde_json::from_str::<Value>(text).unwrap(), "{file}");
        }
        assert!(SchemaSet::user().extensions().len() == 1 && SchemaSet::group().extensions().is_empty());
    }

    #[test]
    fn definitions_say_something() {
        for (file, schema, _) in ALL {
            for attribute in schema().attributes() {
                assert!(!attribute.description().is_empty(), "{file} {}", attribute.name());
            }
        }
    }
}
