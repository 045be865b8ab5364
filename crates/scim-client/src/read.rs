//! What comes back: resources, read leniently.

use std::fmt;
use std::ops::{Deref, DerefMut};

use http::header;
use scim_core::value::Text;
use scim_core::{Intent, Limits, Profile, Resource, ResourceId, SchemaSet, ScimResource, Version, json};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{Error, UnexpectedKind};
use crate::exchange::Success;
use crate::root::Types;

/// A resource as the server has it, and what else the answer said about it. It is used like the resource itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Fetched<T> {
    /// The resource.
    pub resource: T,
    /// Its `id`.
    pub id: Option<ResourceId>,
    /// Its version, from `ETag` or `meta.version`, for `If-Match`.
    pub version: Option<Version>,
    /// Where it is, as the server says.
    pub location: Option<String>,
    /// Its type, such as `User`, as the server says in `meta.resourceType` (RFC 7643 §3.1).
    pub resource_type: Option<Text>,
}

impl<T> Fetched<T> {
    /// The resource by itself.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.resource
    }
}

impl<T> Deref for Fetched<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.resource
    }
}

impl<T> DerefMut for Fetched<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.resource
    }
}

/// How resources of an endpoint are read.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) schemas: SchemaSet,
    /// Whether the type reads leniently by itself, straight from the bytes.
    pub(crate) direct: bool,
    /// The types that there may be, where there are several.
    pub(crate) types: Option<Types>,
}

/// What is read of every resource, whatever its type.
#[derive(Default)]
pub(crate) struct Peek {
    id: Option<ResourceId>,
    meta: Meta,
    /// What `meta` does not say, and the schemas do.
    other_type: Option<Text>,
}

/// What is read of `meta`: texts, under names in any case.
#[derive(Default)]
struct Meta {
    resource_type: Option<String>,
    location: Option<String>,
    version: Option<String>,
}

/// Where the two are in the bytes, which are not read for anything else.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Places<'a> {
    #[serde(borrow, alias = "Id", alias = "ID")]
    id: Option<&'a RawValue>,
    #[serde(borrow, alias = "Meta")]
    meta: Option<&'a RawValue>,
}

impl Peek {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let places: Places<'_> = serde_json::from_slice(bytes).unwrap_or_default();
        let id = places.id.and_then(|id| serde_json::from_str(id.get()).ok());
        let meta = places.meta.and_then(|meta| serde_json::from_str(meta.get()).ok());
        Self { id: id.as_ref().and_then(id_of), meta: meta.unwrap_or_default(), other_type: None }
    }

    fn of_resource(resource: &Resource) -> Self {
        let get = |name: &str| resource.as_map().get(name);
        let meta = get("meta").and_then(|meta| Meta::deserialize(meta).ok());
        Self { id: get("id").and_then(id_of), meta: meta.unwrap_or_default(), other_type: None }
    }
}

fn id_of(id: &Value) -> Option<ResourceId> {
    match id {
        Value::String(id) => ResourceId::new(id.as_str()).ok(),
        Value::Number(id) => ResourceId::new(id.to_string()).ok(),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Meta;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Meta, A::Error> {
                let mut meta = Meta::default();
                while let Some(member) = members.next_key()? {
                    let place = match member {
                        Member::ResourceType => &mut meta.resource_type,
                        Member::Location => &mut meta.location,
                        Member::Version => &mut meta.version,
                        Member::Other => {
                            members.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    if let Value::String(text) = members.next_value()? {
                        *place = Some(text);
                    }
                }
                Ok(meta)
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// The name of a member of `meta`.
enum Member {
    ResourceType,
    Location,
    Version,
    Other,
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Member;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<Member, E> {
                Ok(match name {
                    _ if name.eq_ignore_ascii_case("resourceType") => Member::ResourceType,
                    _ if name.eq_ignore_ascii_case("location") => Member::Location,
                    _ if name.eq_ignore_ascii_case("version") => Member::Version,
                    _ => Member::Other,
                })
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

impl Reader {
    /// One resource, as the whole body of an answer.
    pub(crate) fn one<T: ScimResource>(
        &self,
        success: &Success,
        limits: &Limits,
    ) -> Result<Fetched<T>, Error> {
        let (resource, peek) = if self.direct {
            if !crate::answer::is_json(&success.headers) {
                return Err(success.unreadable("", limits));
            }
            let resource =
                serde_json::from_slice(&success.body).map_err(|error| success.unreadable(error, limits))?;
            (resource, Peek::of(&success.body))
        } else {
            let map = success.json(limits)?;
            let is = |name: &str| map.keys().any(|key| key.eq_ignore_ascii_case(name));
            if !is("id") && !is("schemas") {
                return Err(success.odd(UnexpectedKind::NotScim, success.excerpt()));
            }
            self.admitted(Value::Object(map)).map_err(|why| success.odd(UnexpectedKind::Malformed, why))?
        };
        let mut fetched = Self::fetched(resource, peek);
        let text = |name| success.headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(version) = text(header::ETAG).and_then(|tag| tag.parse().ok()) {
            fetched.version = Some(version);
        }
        if fetched.location.is_none() {
            fetched.location = text(header::LOCATION).map(str::to_owned);
        }
        Ok(fetched)
    }

    /// One resource of a page.
    pub(crate) fn element<T: ScimResource>(&self, text: &str, limits: &Limits) -> Result<Fetched<T>, String> {
        let (resource, peek) = if self.direct {
            let resource = serde_json::from_str(text).map_err(|error| error.to_string())?;
            (resource, Peek::of(text.as_bytes()))
        } else {
            self.admitted(json::read(text.as_bytes(), limits).map_err(|error| error.to_string())?)?
        };
        Ok(Self::fetched(resource, peek))
    }

    /// One resource in its dynamic form already.
    pub(crate) fn typed<T: ScimResource>(&self, resource: Resource) -> Result<Fetched<T>, String> {
        let (resource, peek) = self.converted(resource)?;
        Ok(Self::fetched(resource, peek))
    }

    /// The dynamic form.
    pub(crate) fn resource(&self, value: Value) -> Result<Resource, String> {
        let other = self.types.as_ref().and_then(|types| types.schemas_of(&value));
        let schemas = other.as_ref().unwrap_or(&self.schemas);
        match schemas.admit(value, Intent::Response, &Profile::lenient()) {
            Ok(admitted) => Ok(admitted.resource),
            Err(error) => Err(error.detail().unwrap_or("it is no resource").to_owned()),
        }
    }

    fn admitted<T: ScimResource>(&self, value: Value) -> Result<(T, Peek), String> {
        self.converted(self.resource(value)?)
    }

    fn converted<T: ScimResource>(&self, resource: Resource) -> Result<(T, Peek), String> {
        let mut peek = Peek::of_resource(&resource);
        if let (Some(types), None) = (&self.types, &peek.meta.resource_type) {
            peek.other_type = types.name_of(&resource).map(Into::into);
        }
        let typed = T::from_resource(resource);
        typed
            .map(|typed| (typed, peek))
            .map_err(|error| error.detail().unwrap_or("it does not fit the type").to_owned())
    }

    fn fetched<T>(resource: T, peek: Peek) -> Fetched<T> {
        let Peek { id, meta, other_type } = peek;
        let resource_type = meta.resource_type.map(Into::into).or(other_type);
        let version = meta.version.and_then(|version| version.parse().ok());
        Fetched { resource, id, version, location: meta.location, resource_type }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_in_any_case_and_of_any_kind() {
        let peek = |text: &str| {
            let fetched = Reader::fetched((), Peek::of(text.as_bytes()));
            (fetched.id.map(|id| id.as_str().to_owned()), fetched.location, fetched.resource_type)
        };
        let said = r#"{"ID": 7, "Meta": {"x": [{}], "LOCATION": "/7", "resourcetype": "Us\u0065r"}}"#;
        assert_eq!(peek(said), (Some("7".into()), Some("/7".into()), Some("User".into())));
        let odd = r#"{"id": "a\/b", "meta": {"location": 1, "resourceType": "User"}}"#;
        assert_eq!(peek(odd), (Some("a/b".into()), None, Some("User".into())));
        assert_eq!(peek(r#"{"id": null, "meta": "none"}"#), (None, None, None));
        assert_eq!(peek("{"), (None, None, None));
    }
}
