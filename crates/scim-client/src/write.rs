//! What is sent: strictly what the RFCs have, and nothing that the client cannot write.

use bytes::Bytes;
use scim_core::schema::{Attribute, Mutability};
use scim_core::{Resource, SchemaSet, SchemaUri, ScimError, ScimResource};
use serde_json::{Map, Value};

/// A resource as the body of a POST or, with its id, of a PUT.
pub(crate) fn resource<T: ScimResource>(
    resource: &T,
    schemas: &SchemaSet,
    with_id: bool,
) -> Result<Map<String, Value>, ScimError> {
    let mut map = Resource::from_typed(resource)?.into_map();
    map.retain(|name, value| match name.as_str() {
        "schemas" => true,
        "id" => with_id,
        "meta" => false,
        name => match schemas.attributes().find(|attribute| named(attribute, name)) {
            Some(attribute) => writable(attribute, value),
            None => match extension(schemas, name) {
                Some(extension) => writable_members(extension.attributes(), value),
                None => true,
            },
        },
    });
    let base = schemas.base().id().as_str();
    match map.get_mut("schemas") {
        Some(Value::Array(listed)) if !listed.is_empty() => {}
        _ => {
            map.insert("schemas".to_owned(), Value::Array(vec![base.into()]));
        }
    }
    Ok(map)
}

/// A body of JSON.
pub(crate) fn bytes(value: &impl serde::Serialize) -> Result<Bytes, ScimError> {
    serde_json::to_vec(value).map(Into::into).map_err(ScimError::internal)
}

fn named(attribute: &Attribute, name: &str) -> bool {
    attribute.name().as_str().eq_ignore_ascii_case(name)
}

fn extension<'a>(schemas: &'a SchemaSet, name: &str) -> Option<&'a scim_core::schema::Schema> {
    let uri: SchemaUri = name.parse().ok()?;
    schemas.extension(&uri).map(|extension| &**extension.schema())
}

/// Takes out what is readOnly, and says whether anything is left.
fn writable(attribute: &Attribute, value: &mut Value) -> bool {
    if attribute.mutability() == Mutability::ReadOnly {
        return false;
    }
    match value {
        Value::Array(elements) if !attribute.sub_attributes().is_empty() => {
            elements.iter_mut().for_each(|element| {
                writable_members(attribute.sub_attributes(), element);
            });
            elements.retain(|element| !element.as_object().is_some_and(Map::is_empty));
            true
        }
        Value::Object(_) if !attribute.sub_attributes().is_empty() => {
            writable_members(attribute.sub_attributes(), value)
        }
        _ => true,
    }
}

fn writable_members(attributes: &[std::sync::Arc<Attribute>], value: &mut Value) -> bool {
    let Value::Object(members) = value else { return true };
    members.retain(|name, value| {
        attributes
            .iter()
            .find(|attribute| named(attribute, name))
            .is_none_or(|attribute| writable(attribute, value))
    });
    !members.is_empty()
}

#[cfg(test)]
mod tests {
    use scim_core::{Email, EnterpriseUser, Manager, Meta, User};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_server_keeps_to_itself_is_not_sent() {
        let mut user = User {
            id: Some("7".parse().unwrap()),
            user_name: "bjensen".into(),
            password: Some("t1meMa$heen".into()),
            emails: vec![Email::new("b@example.com")],
            meta: Some(Meta::default()),
            ..User::default()
        };
        user.enterprise = Some(EnterpriseUser {
            manager: Some(Manager {
                value: Some("9".into()),
                display_name: Some("Boss".into()),
                ..Manager::default()
            }),
            ..EnterpriseUser::default()
        });
        let written = Value::Object(resource(&user, SchemaSet::user(), false).unwrap());
        assert_eq!(
            written,
            json!({
                "schemas": [SchemaUri::USER, SchemaUri::ENTERPRISE_USER],
                "userName": "bjensen",
                "password": "t1meMa$heen",
                "emails": [{"value": "b@example.com"}],
                (SchemaUri::ENTERPRISE_USER.as_str()): {"manager": {"value": "9"}},
            })
        );
        assert_eq!(resource(&user, SchemaSet::user(), true).unwrap()["id"], "7");
    }
}
