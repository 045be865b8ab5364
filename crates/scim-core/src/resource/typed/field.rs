//! Reading and writing the fields of typed values.
//!
//! A field is read into its place: a value that is handed back and moved costs more than reading it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use crate::error::ScimError;
use crate::id::{ExternalId, ResourceId};
use crate::resource::version::Version;
use crate::uri::SchemaUri;
use crate::value::Text;
use crate::value::datetime::DateTime;
use crate::value::secret::Secret;

/// A field of a typed resource or complex value.
pub(crate) trait Field {
    /// Reads the value of the current member.
    fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>;

    /// Writes the member, unless there is nothing to write.
    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error>;
}

/// A complex value, which some senders shorten to its `value`.
pub(crate) trait Complex: Default + PartialEq {
    /// Whether a list of these is written when it is empty, because it is REQUIRED.
    const REQUIRED_LIST: bool = false;

    /// The place of the `value`, if there is such a sub-attribute.
    fn value_mut(&mut self) -> Option<&mut Option<Text>>;

    /// Reads the members of an object.
    fn read_members<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a value into a place.
struct Place<'a, T>(&'a mut T);

macro_rules! any {
    ($type:ty $(; $($bounds:tt)*)?) => {
        impl<'de, $($($bounds)*)?> DeserializeSeed<'de> for Place<'_, $type> {
            type Value = ();

            #[inline]
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }
    };
}

macro_rules! optional {
    ($($type:ty $(; [$($bounds:tt)*])?),*) => {
        $(
            impl $(<$($bounds)*>)? Field for Option<$type> {
                #[inline]
                fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
                    map.next_value_seed(Place(self))
                }

                fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                    match self {
                        Some(value) => map.serialize_entry(name, value),
                        None => Ok(()),
                    }
                }
            }
        )*
    };
}

macro_rules! always {
    ($($type:ty $(; [$($bounds:tt)*])?),*) => {
        $(
            /// Always written; a missing one reads as the default.
            impl $(<$($bounds)*>)? Field for $type {
                fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
                    let mut read = None;
                    map.next_value_seed(Place(&mut read))?;
                    *self = read.unwrap_or_default();
                    Ok(())
                }

                fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
                    map.serialize_entry(name, self)
                }
            }
        )*
    };
}

optional!(Text, bool, u64);
always!(Text, bool, u64, T; [T: Complex + Serialize]);

any!(Option<Text>);

/// A text; a number is written out.
impl<'de> Visitor<'de> for Place<'_, Option<Text>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.get_or_insert_default().set(text);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        *self.0 = Some(number.to_string().into());
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        *self.0 = Some(number.to_string().into());
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        *self.0 = Some(number.to_string().into());
        Ok(())
    }

    /// A number under serde_json's `arbitrary_precision`, or an object that does not belong here.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        match Value::deserialize(MapAccessDeserializer::new(map))? {
            Value::Number(number) => *self.0 = Some(number.to_string().into()),
            _ => return Err(A::Error::custom("invalid type: map, expected a string")),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        match seq.next_element::<IgnoredAny>()? {
            None => self.visit_unit(),
            Some(_) => Err(A::Error::custom("invalid type: sequence, expected a string")),
        }
    }
}

any!(Option<bool>);

/// A boolean, also as a string.
impl Visitor<'_> for Place<'_, Option<bool>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        *self.0 = Some(flag);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.eq_ignore_ascii_case("true") {
            self.visit_bool(true)
        } else if text.eq_ignore_ascii_case("false") {
            self.visit_bool(false)
        } else {
            Err(E::custom("invalid value: string, expected true or false"))
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }
}

/// A count, also as a string; negative ones read as none.
impl<'de> DeserializeSeed<'de> for Place<'_, Option<u64>> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let error = || D::Error::custom("expected an integer");
        *self.0 = match Value::deserialize(deserializer)? {
            Value::Null => None,
            Value::Number(number) if number.is_i64() || number.is_u64() => number.as_u64(),
            Value::String(text) => Some(text.trim().parse().map_err(|_| error())?),
            _ => return Err(error()),
        };
        Ok(())
    }
}

macro_rules! from_text {
    ($($type:ty, |$text:ident| $read:expr, |$value:ident| $write:expr;)*) => {
        $(
            impl Field for Option<$type> {
                fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
                    let mut read: Option<Text> = None;
                    map.next_value_seed(Place(&mut read))?;
                    *self = match read {
                        // Servers that know no externalId, and no date, answer with an empty one.
                        Some($text) if !$text.is_empty() => $read.map_err(A::Error::custom)?,
                        _ => None,
                    };
                    Ok(())
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

/// The words of an error, without its status.
fn detail(error: ScimError) -> String {
    error.detail().unwrap_or_default().to_owned()
}

type Never = std::convert::Infallible;

from_text! {
    ResourceId, |text| ResourceId::new(text).map(Some).map_err(detail), |id| id.as_str();
    ExternalId, |text| ExternalId::new(text).map(Some).map_err(detail), |id| id.as_str();
    // What the server says about a resource is no reason not to read the resource.
    DateTime, |text| Ok::<_, Never>(DateTime::new(text).ok()), |date| date.as_str();
    Version, |text| Ok::<_, Never>(Version::read(text).ok()), |version| version.as_str();
    Secret, |text| Ok::<_, Never>(Some(Secret::new(text))), |secret| secret.expose();
    SchemaUri, |text| text.parse::<SchemaUri>().map(Some).map_err(detail), |uri| uri.as_str();
}

any!(Option<T>; T: Complex);

/// A complex value, also as its `value`, or in a list of one.
impl<'de, T: Complex> Visitor<'de> for Place<'_, Option<T>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let value = self.0.insert(T::default());
        value.read_members(&mut map)?;
        if *value == T::default() {
            *self.0 = None;
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = None;
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.is_empty() { self.visit_unit() } else { set_value(self.0.insert(T::default()), text) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut all: Vec<T> = Vec::new();
        while seq.next_element_seed(Element(&mut all))?.is_some() {}
        if all.len() > 1 {
            return Err(A::Error::custom("more than one value, expected an object"));
        }
        *self.0 = all.pop();
        Ok(())
    }
}

/// What is empty is not written: `{}` is no value (RFC 7643 §2.5).
impl<T: Complex + Serialize> Field for Option<T> {
    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Place(self))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        match self {
            Some(value) if *value != T::default() => map.serialize_entry(name, value),
            _ => Ok(()),
        }
    }
}

/// Empty elements are not written.
impl<T: Complex + Serialize> Field for Vec<T> {
    #[inline]
    fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Place(self))
    }

    fn write<M: SerializeMap>(&self, name: &'static str, map: &mut M) -> Result<(), M::Error> {
        let empty = T::default();
        if self.iter().all(|element| *element == empty) && !T::REQUIRED_LIST {
            return Ok(());
        }
        map.serialize_entry(name, &Filled(self, &empty))
    }
}

/// A list without its empty elements.
struct Filled<'a, T>(&'a [T], &'a T);

impl<T: PartialEq + Serialize> Serialize for Filled<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().filter(|element| *element != self.1))
    }
}

any!(Vec<T>; T: Complex);

/// A list of complex values, also a single one.
impl<'de, T: Complex> Visitor<'de> for Place<'_, Vec<T>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Element(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        if text.is_empty() { Ok(()) } else { Element(self.0).visit_str(text) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        Element(self.0).visit_map(map)
    }
}

/// Reads an element to the end of a list; `null` is none.
struct Element<'a, T>(&'a mut Vec<T>);

impl<'de, T: Complex> DeserializeSeed<'de> for Element<'_, T> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<T: Complex> Element<'_, T> {
    #[inline]
    fn push<E: Error>(self, fill: impl FnOnce(&mut T) -> Result<(), E>) -> Result<(), E> {
        self.0.push(T::default());
        self.0.last_mut().map_or(Ok(()), fill)
    }
}

impl<'de, T: Complex> Visitor<'de> for Element<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.push(|element| element.read_members(&mut map))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.push(|element| set_value(element, text))
    }
}

/// Sets a complex value of which only the `value` was sent.
pub(crate) fn set_value<T: Complex, E: Error>(complex: &mut T, text: &str) -> Result<(), E> {
    match complex.value_mut() {
        Some(value) => {
            *value = Some(text.into());
            Ok(())
        }
        None => Err(E::custom("invalid type: string, expected an object")),
    }
}

/// The schemas of a resource, which the resource itself writes: see [`Schemas`](super::Schemas).
impl Field for Vec<SchemaUri> {
    fn read<'de, A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Place(self))
    }

    fn write<M: SerializeMap>(&self, _: &'static str, _: &mut M) -> Result<(), M::Error> {
        Ok(())
    }
}

any!(Vec<SchemaUri>);

/// A list of URIs; what is none is passed over.
impl<'de> Visitor<'de> for Place<'_, Vec<SchemaUri>> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of schema URIs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element_seed(Uri(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, uri: &str) -> Result<(), E> {
        self.0.extend(SchemaUri::read(uri));
        Ok(())
    }
}

struct Uri<'a>(&'a mut Vec<SchemaUri>);

impl<'de> DeserializeSeed<'de> for Uri<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(Place(self.0))
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

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an attribute")
    }

    #[inline]
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

/// Says which attribute an error is about.
#[cold]
pub(crate) fn within<E: Error>(names: &[&str], field: u8, error: &E) -> E {
    let name = names.get(usize::from(field)).copied().unwrap_or_default();
    let text = error.to_string();
    // The reader adds the position once more.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    // An error from further in starts with its own path.
    match text.strip_prefix('`') {
        Some(rest) => E::custom(format_args!("`{name}.{rest}")),
        None => E::custom(format_args!("`{name}`: {text}")),
    }
}

/// Refuses a name that stands twice.
#[inline]
pub(crate) fn once<E: Error>(seen: &mut u64, field: u8, names: &[&str]) -> Result<(), E> {
    let bit = 1 << field;
    if *seen & bit != 0 {
        let name = names.get(usize::from(field)).copied().unwrap_or_default();
        return Err(E::custom(format_args!("the attribute `{name}` stands twice")));
    }
    *seen |= bit;
    Ok(())
}
