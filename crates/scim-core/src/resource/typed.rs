//! Typed resources and complex values: the traits, and how their fields are read and written.
//!
//! Reading is lenient, since a peer's answer is read so: names in any case, `null` for nothing, `"True"`, a number where
//! a text belongs, a string or a list of one for a complex value, a single value for a list. Writing is strict.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use super::version::Version;
use crate::id::{ExternalId, ResourceId};
use crate::schema::SchemaSet;
use crate::uri::SchemaUri;
use crate::value::datetime::DateTime;
use crate::value::secret::Secret;

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

/// A field of a typed resource or complex value.
pub(crate) trait Field: Sized {
    /// Reads the value of the current member.
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error>;

    /// Writes the member, unless there is nothing to write.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// A complex value, which some senders shorten to its `value`.
pub(crate) trait Complex: Default {
    /// Whether a list of these is written when it is empty, because it is REQUIRED.
    const REQUIRED_LIST: bool = false;

    /// Takes the text as the `value`; whether there is such a sub-attribute.
    fn set_value(&mut self, text: String) -> bool;
}

macro_rules! field {
    ($type:ty, $read:ty, |$value:ident| $write:expr) => {
        impl Field for $type {
            fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
                map.next_value_seed(Seed::<$read>(PhantomData))
            }

            fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                let $value = self;
                match $write {
                    Some(value) => map.serialize_entry(name, value),
                    None => Ok(()),
                }
            }
        }
    };
}

field!(Option<String>, Text, |value| value.as_deref());
field!(Option<bool>, Flag, |value| value.as_ref());
field!(Option<u64>, Count, |value| value.as_ref());

/// What a `Seed` reads, and how.
pub(crate) struct Seed<T>(PhantomData<T>);

/// A text; a number or boolean is written out.
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Seed<Text> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<Text> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(text))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(number.to_string()))
    }

    /// A number under serde_json's `arbitrary_precision`, or an object that does not belong here.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        match Value::deserialize(MapAccessDeserializer::new(map))? {
            Value::Number(number) => Ok(Some(number.to_string())),
            _ => Err(A::Error::custom("invalid type: map, expected a string")),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(None),
            Some(_) => Err(A::Error::custom("invalid type: sequence, expected a string")),
        }
    }
}

/// A boolean, also as a string.
pub(crate) struct Flag;

impl<'de> DeserializeSeed<'de> for Seed<Flag> {
    type Value = Option<bool>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for Seed<Flag> {
    type Value = Option<bool>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(flag))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.eq_ignore_ascii_case("true") {
            Ok(Some(true))
        } else if text.eq_ignore_ascii_case("false") {
            Ok(Some(false))
        } else {
            Err(E::custom("invalid value: string, expected true or false"))
        }
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A count, also as a string; negative ones read as none.
pub(crate) struct Count;

impl<'de> DeserializeSeed<'de> for Seed<Count> {
    type Value = Option<u64>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(None),
            Value::Number(number) if number.is_i64() => Ok(number.as_u64()),
            Value::Number(number) if number.is_u64() => Ok(number.as_u64()),
            Value::String(text) => {
                text.trim().parse().map(Some).map_err(|_| D::Error::custom("expected an integer"))
            }
            _ => Err(D::Error::custom("expected an integer")),
        }
    }
}

macro_rules! plain_field {
    ($($type:ty, $read:ty;)*) => {
        $(
            /// Always written; a missing one reads as the default.
            impl Field for $type {
                fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
                    Ok(map.next_value_seed(Seed::<$read>(PhantomData))?.unwrap_or_default())
                }

                fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                    map.serialize_entry(name, self)
                }
            }
        )*
    };
}

plain_field! {
    String, Text;
    bool, Flag;
    u64, Count;
}

macro_rules! text_field {
    ($($type:ty, |$text:ident| $read:expr, |$value:ident| $write:expr;)*) => {
        $(
            impl Field for Option<$type> {
                fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
                    match map.next_value_seed(Seed::<Text>(PhantomData))? {
                        // Servers that know no externalId, and no date, answer with an empty one.
                        Some($text) if !$text.is_empty() => $read.map(Some).map_err(A::Error::custom),
                        _ => Ok(None),
                    }
                }

                fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                    match self {
                        Some($value) => map.serialize_entry(name, $write),
                        None => Ok(()),
                    }
                }
            }
        )*
    };
}

text_field! {
    ResourceId, |text| ResourceId::new(text), |id| id.as_str();
    ExternalId, |text| ExternalId::new(text), |id| id.as_str();
    DateTime, |text| text.parse::<DateTime>(), |date| date.as_str();
    Version, |text| text.parse::<Version>(), |version| version.as_str();
    Secret, |text| Ok::<_, std::convert::Infallible>(Secret::from(text)), |secret| secret.expose();
}

/// A single complex value.
impl<T: Complex + Serialize + for<'de> Deserialize<'de>> Field for Option<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value_seed(Seed::<One<T>>(PhantomData))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) => map.serialize_entry(name, value),
            None => Ok(()),
        }
    }
}

/// A complex value that is always written; a missing one reads as the default.
impl<T: Complex + Serialize + for<'de> Deserialize<'de>> Field for T {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        Ok(Option::<T>::read(map)?.unwrap_or_default())
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry(name, self)
    }
}

/// A list of complex values.
impl<T: Complex + Serialize + for<'de> Deserialize<'de>> Field for Vec<T> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value_seed(Seed::<Many<T>>(PhantomData))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        if self.is_empty() && !T::REQUIRED_LIST { Ok(()) } else { map.serialize_entry(name, self) }
    }
}

/// The schemas of a resource, which the resource itself writes: see [`Schemas`].
impl Field for Vec<SchemaUri> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        map.next_value_seed(Seed::<Uris>(PhantomData))
    }

    fn write<M: SerializeMap>(&self, _: &'static str, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

impl Field for Option<SchemaUri> {
    fn read<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
        Ok(Option::<String>::read(map)?.as_deref().and_then(SchemaUri::read))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(uri) => map.serialize_entry(name, uri),
            None => Ok(()),
        }
    }
}

/// A list of URIs; what is none is passed over.
pub(crate) struct Uris;

impl<'de> DeserializeSeed<'de> for Seed<Uris> {
    type Value = Vec<SchemaUri>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<Uris> {
    type Value = Vec<SchemaUri>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of schema URIs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut uris = Vec::new();
        while let Some(uri) = seq.next_element_seed(Seed::<Uri>(PhantomData))? {
            uris.extend(uri);
        }
        Ok(uris)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E>(self, uri: &str) -> Result<Self::Value, E> {
        Ok(SchemaUri::read(uri).into_iter().collect())
    }
}

pub(crate) struct Uri;

impl<'de> DeserializeSeed<'de> for Seed<Uri> {
    type Value = Option<SchemaUri>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Seed<Uri> {
    type Value = Option<SchemaUri>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a schema URI")
    }

    fn visit_str<E>(self, uri: &str) -> Result<Self::Value, E> {
        Ok(SchemaUri::read(uri))
    }
}

pub(crate) struct One<T>(PhantomData<T>);

impl<'de, T: Complex + Deserialize<'de>> DeserializeSeed<'de> for Seed<One<T>> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Complex + Deserialize<'de>> Visitor<'de> for Seed<One<T>> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() { Ok(None) } else { from_text(text).map(Some) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let first = seq.next_element::<T>()?;
        match seq.next_element::<IgnoredAny>()? {
            None => Ok(first),
            Some(_) => Err(A::Error::custom("more than one value, expected an object")),
        }
    }
}

pub(crate) struct Many<T>(PhantomData<T>);

impl<'de, T: Complex + Deserialize<'de>> DeserializeSeed<'de> for Seed<Many<T>> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Complex + Deserialize<'de>> Visitor<'de> for Seed<Many<T>> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element::<Option<T>>()? {
            values.extend(value);
        }
        Ok(values)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() { Ok(Vec::new()) } else { Ok(vec![from_text(text)?]) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
    }
}

/// A complex value of which only the `value` was sent.
pub(crate) fn from_text<T: Complex, E: Error>(text: &str) -> Result<T, E> {
    let mut value = T::default();
    if value.set_value(text.to_owned()) {
        Ok(value)
    } else {
        Err(E::custom("invalid type: string, expected an object"))
    }
}

/// Reads the name of a member: the place of a known field, or the unknown name.
pub(crate) struct KeySeed(pub(crate) fn(&str) -> Option<u8>);

/// What a name is.
pub(crate) enum Key {
    Known(u8),
    Unknown(String),
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an attribute")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok((self.0)(name).map_or_else(|| Key::Unknown(name.to_owned()), Key::Known))
    }
}

/// Keeps what no field takes.
pub(crate) fn read_extra<'de, A: MapAccess<'de>>(
    map: &mut A,
    name: String,
    extra: &mut Map<String, Value>,
) -> Result<(), A::Error> {
    let value: Value = map.next_value()?;
    if !crate::value::is_unassigned(&value) {
        extra.insert(name, value);
    }
    Ok(())
}

/// The member of a map of extras that holds an extension, under its URI in any case.
pub(crate) fn extension_in<'a>(extra: &'a Map<String, Value>, uri: &SchemaUri) -> Option<&'a Value> {
    extra.get(uri.as_str()).or_else(|| extra.iter().find(|(name, _)| *uri == ***name).map(|(_, value)| value))
}

/// Refuses a name that stands twice.
pub(crate) fn once<E: Error>(seen: &mut u64, field: u8, name: &str) -> Result<(), E> {
    let bit = 1 << field;
    if *seen & bit != 0 {
        return Err(E::custom(format_args!("the attribute `{name}` stands twice")));
    }
    *seen |= bit;
    Ok(())
}

/// The value of `schemas`: the base schema, what was listed, and the extensions that are there.
pub(crate) struct Schemas<'a> {
    pub(crate) base: &'a SchemaUri,
    pub(crate) listed: &'a [SchemaUri],
    pub(crate) extra: &'a Map<String, Value>,
}

impl Serialize for Schemas<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(None)?;
        seq.serialize_element(self.base)?;
        for uri in self.listed.iter().filter(|uri| *uri != self.base) {
            seq.serialize_element(uri)?;
        }
        for (name, value) in self.extra {
            let extension = name.contains(':') && value.is_object();
            if extension && *self.base != **name && !self.listed.iter().any(|uri| *uri == **name) {
                seq.serialize_element(name)?;
            }
        }
        seq.end()
    }
}

/// Defines a struct with public fields that reads and writes itself along the names given, and keeps what it does not
/// know in `extra`.
macro_rules! complex {
    (
        $(#[$doc:meta])*
        pub struct $type:ident {
            $($(#[$field_doc:meta])* $name:literal $field:ident: $kind:ty,)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $type {
            $(
                #[doc = concat!("`", $name, "`")]
                $(#[$field_doc])*
                pub $field: $kind,
            )*
            /// What the schema does not have, and extensions, as they were read; written back as they are.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl $type {
            const NAMES: &[&str] = &[$($name),*];

            /// The place of a field; a name in another case is rare and takes longer.
            fn place(name: &str) -> Option<u8> {
                #[allow(non_camel_case_types, reason = "named after the fields")]
                enum Place { $($field,)* }
                match name {
                    $($name => Some(Place::$field as u8),)*
                    _ => {
                        let at = Self::NAMES.iter().position(|known| known.eq_ignore_ascii_case(name))?;
                        u8::try_from(at).ok()
                    }
                }
            }

            fn read_fields<'de, A: serde::de::MapAccess<'de>>(map: &mut A) -> Result<Self, A::Error> {
                use $crate::resource::typed::{Field, Key, KeySeed, once, read_extra};
                #[allow(non_camel_case_types, reason = "named after the fields")]
                enum Place { $($field,)* }
                let mut out = Self::default();
                let mut seen = 0u64;
                while let Some(name) = map.next_key_seed(KeySeed(Self::place))? {
                    match name {
                        Key::Known(place) => {
                            once(&mut seen, place, Self::NAMES.get(usize::from(place)).copied().unwrap_or_default())?;
                            match place {
                                $(x if x == Place::$field as u8 => out.$field = <$kind as Field>::read(map)?,)*
                                _ => {}
                            }
                        }
                        Key::Unknown(name) => read_extra(map, name, &mut out.extra)?,
                    }
                }
                Ok(out)
            }

            fn write_fields<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                use $crate::resource::typed::Field;
                $(self.$field.write($name, map)?;)*
                for (name, value) in &self.extra {
                    map.serialize_entry(name, value)?;
                }
                Ok(())
            }
        }
    };
}

/// Reads and writes a type of `complex!` as a complex value.
macro_rules! complex_value {
    ($type:ident $(, value = $value:ident)? $(, required_list = $required:literal)?) => {
        impl $crate::resource::typed::Complex for $type {
            $(const REQUIRED_LIST: bool = $required;)?

            fn set_value(&mut self, text: String) -> bool {
                let slot: Option<&mut Option<String>> = None$(.or(Some(&mut self.$value)))?;
                slot.map(|slot| *slot = Some(text)).is_some()
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                self.write_fields(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ValueVisitor;

                impl<'de> serde::de::Visitor<'de> for ValueVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        $type::read_fields(&mut map)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $crate::resource::typed::from_text(text)
                    }
                }

                deserializer.deserialize_any(ValueVisitor)
            }
        }
    };
}

/// Reads and writes a type of `complex!` as a message with `schemas`.
macro_rules! message {
    ($type:ident, $schema:expr) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry("schemas", &[$schema])?;
                self.write_fields(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct MessageVisitor;

                impl<'de> serde::de::Visitor<'de> for MessageVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        $type::read_fields(&mut map)
                    }
                }

                deserializer.deserialize_map(MessageVisitor)
            }
        }
    };
}

/// Reads and writes a type of `complex!` as a resource.
macro_rules! resource {
    ($type:ident, $schema:expr, $set:expr, required = $required:ident $name:literal) => {
        impl $type {
            /// The extension of this type, if the resource has it (RFC 7643 §3.3).
            ///
            /// # Errors
            /// `invalidValue` when what is there does not fit the type.
            pub fn extension<E: $crate::Extension>(&self) -> Result<Option<E>, $crate::ScimError> {
                match $crate::resource::typed::extension_in(&self.extra, &E::SCHEMA) {
                    Some(value) => $crate::resource::from_value(value).map(Some),
                    None => Ok(None),
                }
            }

            /// Sets the extension; `schemas` will name it.
            ///
            /// # Errors
            /// 500 when the type cannot be written as JSON.
            pub fn set_extension<E: $crate::Extension>(
                &mut self,
                extension: &E,
            ) -> Result<(), $crate::ScimError> {
                let value = serde_json::to_value(extension).map_err($crate::ScimError::internal)?;
                self.remove_extension(&E::SCHEMA);
                self.extra.insert(E::SCHEMA.as_str().to_owned(), value);
                Ok(())
            }

            /// Takes the extension away, and its name from `schemas`.
            pub fn remove_extension(&mut self, schema: &$crate::SchemaUri) {
                self.extra.retain(|name, _| *schema != **name);
                self.schemas.retain(|listed| listed != schema);
            }
        }

        impl $crate::ScimResource for $type {
            fn schema_set() -> Option<&'static $crate::SchemaSet> {
                Some($set)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                map.serialize_entry(
                    "schemas",
                    &$crate::resource::typed::Schemas {
                        base: &$schema,
                        listed: &self.schemas,
                        extra: &self.extra,
                    },
                )?;
                self.write_fields(&mut map)?;
                map.end()
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct ResourceVisitor;

                impl<'de> serde::de::Visitor<'de> for ResourceVisitor {
                    type Value = $type;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a resource")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$type, A::Error> {
                        let read = $type::read_fields(&mut map)?;
                        if read.$required.is_empty() {
                            return Err(serde::de::Error::custom(concat!(
                                "the required attribute `",
                                $name,
                                "` is missing"
                            )));
                        }
                        Ok(read)
                    }
                }

                deserializer.deserialize_map(ResourceVisitor)
            }
        }
    };
}

pub(crate) use {complex, complex_value, message, resource};
