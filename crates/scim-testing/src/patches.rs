//! Resources, schemas and cases for PATCH.

use std::sync::{Arc, LazyLock};

use scim_core::schema::{AttrType, Attribute, Mutability, Schema, SchemaExtension};
use scim_core::{AttrName, Resource, SchemaSet, SchemaUri, ScimError};
use serde_json::{Value, json};

/// The URI of the extension in [`custom`].
pub const CUSTOM: SchemaUri = SchemaUri::from_static("urn:example:params:scim:patch:1.0:User");

/// Users with the enterprise extension, and one that has immutable, required and readOnly parts.
#[must_use]
pub fn custom() -> &'static SchemaSet {
    static SCHEMAS: LazyLock<SchemaSet> = LazyLock::new(|| built(build()));
    &SCHEMAS
}

fn build() -> Result<SchemaSet, ScimError> {
    let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
    let attributes = vec![
        of("badge", AttrType::String).with_mutability(Mutability::Immutable),
        of("size", AttrType::Integer),
        of("since", AttrType::DateTime),
        of("tags", AttrType::String).with_multi_valued(true),
        of("codes", AttrType::String).with_multi_valued(true).with_mutability(Mutability::Immutable),
        of("cards", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("number", AttrType::String).with_required(true))
            .with_sub_attribute(of("colour", AttrType::String))
            .with_sub_attribute(of("issuer", AttrType::String).with_mutability(Mutability::ReadOnly)),
        of("locker", AttrType::Complex)
            .with_sub_attribute(of("room", AttrType::String).with_required(true))
            .with_sub_attribute(
                of("key", AttrType::String).with_case_exact(true).with_mutability(Mutability::Immutable),
            )
            .with_sub_attribute(of("floor", AttrType::Integer)),
    ];
    let custom = Schema::new(CUSTOM, "Custom", "What a PATCH has to be careful with.", attributes)?;
    let user = SchemaSet::user();
    let extensions = user.extensions().iter().cloned().chain([SchemaExtension::optional(Arc::new(custom))]);
    SchemaSet::new(Arc::clone(user.base()), extensions)
}

#[allow(clippy::panic, reason = "a mistake in the definitions above is one in the tests")]
fn built(result: Result<SchemaSet, ScimError>) -> SchemaSet {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// The resource that a case starts from, and its schemas.
///
/// # Panics
/// When there is none of this name.
#[must_use]
#[allow(clippy::panic, reason = "a case that names nothing has to fail")]
pub fn fixture(name: &str) -> (Resource, &'static SchemaSet) {
    let user = SchemaUri::USER;
    let (document, schemas) = match name {
        "user" => (
            json!({
                "schemas": [user, SchemaUri::ENTERPRISE_USER], "id": "2819", "externalId": "ext-1",
                "userName": "bjensen", "name": {"familyName": "Jensen", "givenName": "Barbara"},
                "displayName": "Babs", "nickName": "Babs", "title": "Guide", "active": true,
                "emails": [
                    {"value": "b@example.com", "type": "work", "primary": true},
                    {"value": "babs@jensen.org", "type": "home"},
                ],
                "addresses": [
                    {"type": "work", "locality": "Hollywood", "country": "US", "primary": true},
                    {"type": "home", "locality": "Rome"},
                ],
                "phoneNumbers": [{"value": "555-0001", "type": "work"}],
                "groups": [{"value": "g1", "display": "Guides"}],
                "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z"},
                SchemaUri::ENTERPRISE_USER.as_str(): {
                    "employeeNumber": "701984", "department": "Tours",
                    "manager": {"value": "26118915", "displayName": "John Smith"},
                },
            }),
            SchemaSet::user(),
        ),
        "bare" => (json!({"schemas": [user], "id": "1", "userName": "u"}), SchemaSet::user()),
        "bareCustom" => (json!({"schemas": [user], "id": "1", "userName": "u"}), custom()),
        "custom" => (
            json!({
                "schemas": [user, CUSTOM], "id": "1", "userName": "u",
                CUSTOM.as_str(): {
                    "badge": "7", "tags": ["a", "b"],
                    "cards": [{"number": "1", "colour": "red", "issuer": "HQ"}],
                    "locker": {"room": "r", "key": "k", "floor": 1},
                },
            }),
            custom(),
        ),
        "group" => (
            json!({
                "schemas": [SchemaUri::GROUP], "id": "g1", "displayName": "Guides",
                "members": [
                    {"value": "a", "type": "User", "display": "A"},
                    {"value": "b", "type": "User", "display": "B"},
                    {"value": "c"},
                ],
            }),
            SchemaSet::group(),
        ),
        "bareGroup" => {
            (json!({"schemas": [SchemaUri::GROUP], "id": "g1", "displayName": "Guides"}), SchemaSet::group())
        }
        other => panic!("there is no fixture {other}"),
    };
    let Value::Object(map) = document else { panic!("{name} is no object") };
    (Resource::from_canonical(map, schemas), schemas)
}
