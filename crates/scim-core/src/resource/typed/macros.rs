//! The structs of typed resources and complex values, from lists of their fields.

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
        #[derive(Clone, Default, PartialEq)]
        pub struct $type {
            $(
                #[doc = concat!("`", $name, "`")]
                $(#[$field_doc])*
                pub $field: $kind,
            )*
            /// What the schema does not have, and extensions, as they were read; written back as they are.
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        /// Of `extra` only the names are shown: nobody said which of its values are secret.
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .field("extra", &self.extra.keys().collect::<Vec<_>>())
                    .finish()
            }
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
                        const TABLE: $crate::resource::names::Table = $crate::resource::names::Table::new(&[$($name),*]);
                        TABLE.find($type::NAMES, name)
                    }
                }
            }

            fn read_fields<'de, A: serde::de::MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
                use $crate::resource::typed::field::{Field, Key, KeySeed, once, read_extra, within};
                #[allow(non_camel_case_types, reason = "named after the fields")]
                enum Place { $($field,)* }
                let mut seen = 0u64;
                while let Some(name) = map.next_key_seed(KeySeed(Self::place))? {
                    match name {
                        Key::Known(place) => {
                            once(&mut seen, place, Self::NAMES)?;
                            match place {
                                $(x if x == Place::$field as u8 => Field::read(&mut self.$field, map),)*
                                _ => Ok(()),
                            }
                            .map_err(|error| within(Self::NAMES, place, &error))?;
                        }
                        Key::Unknown(name) => read_extra(map, name, &mut self.extra)?,
                    }
                }
                Ok(())
            }

            fn write_fields<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                use $crate::resource::typed::field::Field;
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
        impl $crate::resource::typed::field::Complex for $type {
            $(const REQUIRED_LIST: bool = $required;)?

            fn value_mut(&mut self) -> Option<&mut Option<$crate::Text>> {
                None$(.or(Some(&mut self.$value)))?
            }

            #[inline]
            fn read_members<'de, A: serde::de::MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
                self.read_fields(map)
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
                        let mut read = $type::default();
                        read.read_fields(&mut map)?;
                        Ok(read)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        let mut read = $type::default();
                        $crate::resource::typed::field::set_value(&mut read, text)?;
                        Ok(read)
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
                        let mut read = $type::default();
                        read.read_fields(&mut map)?;
                        Ok(read)
                    }
                }

                deserializer.deserialize_map(MessageVisitor)
            }
        }
    };
}

/// Reads and writes a type of `complex!` as a resource.
macro_rules! resource {
    ($type:ident, $schema:expr, $set:expr, required = $required:ident $name:literal $(, $field:ident: $own:ty)?) => {
        impl $type {
            /// The extension of this type, if the resource has it (RFC 7643 §3.3).
            ///
            /// # Errors
            /// `invalidValue` when what is there does not fit the type.
            pub fn extension<E: $crate::Extension>(&self) -> Result<Option<E>, $crate::ScimError> {
                $(
                    if E::SCHEMA == <$own as $crate::Extension>::SCHEMA {
                        return match &self.$field {
                            Some(own) => $crate::resource::convert(own).map(Some),
                            None => Ok(None),
                        };
                    }
                )?
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
                $(
                    if E::SCHEMA == <$own as $crate::Extension>::SCHEMA {
                        self.$field = Some($crate::resource::convert(extension)?);
                        return Ok(());
                    }
                )?
                let value = serde_json::to_value(extension).map_err($crate::ScimError::internal)?;
                self.remove_extension(&E::SCHEMA);
                self.extra.insert(E::SCHEMA.as_str().to_owned(), value);
                Ok(())
            }

            /// Takes the extension away, and its name from `schemas`.
            pub fn remove_extension(&mut self, schema: &$crate::SchemaUri) {
                $(
                    if *schema == <$own as $crate::Extension>::SCHEMA {
                        self.$field = None;
                    }
                )?
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
                        own: None$(.or(self.$field.as_ref().map(|_| <$own as $crate::Extension>::SCHEMA)))?,
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
                        let mut read = $type::default();
                        read.read_fields(&mut map)?;
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
