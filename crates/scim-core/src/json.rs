//! The one door for bytes.

use std::cell::Cell;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::error::{ScimError, quote};
use crate::limits::Limits;

/// Reads a JSON document, charging size, depth and number of values while it reads, and refusing duplicate names.
///
/// ```
/// use scim_core::{Limits, json};
///
/// let value = json::read(br#"{"userName":"bjensen"}"#, &Limits::default())?;
/// assert_eq!(value["userName"], "bjensen");
///
/// let error = json::read(br#"{"a":1,"a":2}"#, &Limits::default()).unwrap_err();
/// assert_eq!(error.to_string(), "400 invalidSyntax: the name `a` stands twice in one object at line 1 column 13");
/// # Ok::<(), scim_core::ScimError>(())
/// ```
///
/// # Errors
/// 413 for a body that is too long; `invalidSyntax` for malformed JSON, for nesting that is too deep, for too many
/// values, for a name that stands twice in one object, and for a number that no JSON number type can hold.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Value, ScimError> {
    if bytes.len() > limits.body_bytes {
        return Err(ScimError::payload_too_large(format!(
            "the body has {} bytes, and {} is the limit",
            bytes.len(),
            limits.body_bytes
        )));
    }
    let nodes = Cell::new(limits.json_nodes);
    // Once for the whole document is faster than string by string.
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ScimError::invalid_syntax(format!("not UTF-8 from byte {}", error.valid_up_to())))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Seed { depth: limits.json_depth, nodes: &nodes, limits }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| {
        // The parser's own words quote nothing of the document.
        ScimError::invalid_syntax(error.to_string())
    })
}

/// Under serde_json's feature `arbitrary_precision`, which an application may switch on for everyone, a number arrives
/// as an object with this one name. Without the feature a body that has such an object is refused: it would turn into a
/// number as soon as it passed through a build that has the feature.
const NUMBER: &str = "$serde_json::private::Number";

/// Reads one value.
#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    nodes: &'a Cell<usize>,
    limits: &'a Limits,
}

impl Seed<'_> {
    fn charge<E: serde::de::Error>(self, nodes: usize) -> Result<(), E> {
        match self.nodes.get().checked_sub(nodes) {
            Some(left) => {
                self.nodes.set(left);
                Ok(())
            }
            None => {
                Err(E::custom(format_args!("the document has more than {} values", self.limits.json_nodes)))
            }
        }
    }

    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom(format_args!(
                "arrays and objects nest deeper than {} levels",
                self.limits.json_depth
            ))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.charge(1)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(inner)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        let Some(mut name) = map.next_key::<String>()? else {
            self.inner()?;
            return Ok(Value::Object(members));
        };
        if name == NUMBER {
            return number(&map.next_value::<String>()?);
        }
        let inner = self.inner()?;
        self.charge(3)?;
        loop {
            let value = map.next_value_seed(inner)?;
            match members.entry(name) {
                serde_json::map::Entry::Vacant(entry) => entry.insert(value),
                serde_json::map::Entry::Occupied(entry) => {
                    return Err(A::Error::custom(format_args!(
                        "the name {} stands twice in one object",
                        quote(entry.key())
                    )));
                }
            };
            match map.next_key::<String>()? {
                Some(next) => name = next,
                None => return Ok(Value::Object(members)),
            }
        }
    }
}

/// The number that `arbitrary_precision` wrapped.
fn number<E: serde::de::Error>(text: &str) -> Result<Value, E> {
    match serde_json::from_str::<Number>(text) {
        Ok(number) if *WRAPPED && number.as_f64().is_some_and(f64::is_finite) => Ok(Value::Number(number)),
        Ok(_) if *WRAPPED => Err(E::custom("number out of range")),
        _ => Err(E::custom(format_args!("the name {} is reserved", quote(NUMBER)))),
    }
}

/// Whether the feature is on: only then does a number keep its spelling.
static WRAPPED: LazyLock<bool> =
    LazyLock::new(|| serde_json::from_str::<Number>("1.00").is_ok_and(|one| one.to_string() == "1.00"));

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read(text.as_bytes(), &Limits::default()).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_serde_json_reads() {
        for text in [
            "null",
            "true",
            "0",
            "-1",
            "18446744073709551615",
            "1.5",
            "-1e3",
            r#""a\u00e9\ud83d\ude00\n""#,
            "[]",
            "{}",
            r#" {"a":[{"b":null}, [], 1], "c": {"d": "e"}} "#,
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes(), &Limits::default()).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn bad_documents() {
        let said: Vec<String> = [
            "",
            "{",
            "{]",
            r#"{"a":1,}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"c":2,"b":3}}"#,
            "1 2",
            "nul",
            r#""\ud800""#,
            r#"{"$serde_json::private::Number":"x"}"#,
            "'a'",
        ]
        .iter()
        .map(|text| error(text))
        .collect();
        insta::assert_snapshot!(said.join("\n"));
        let said = read(b"\"\xff\"", &Limits::default()).unwrap_err().to_string();
        insta::assert_snapshot!(said, @"400 invalidSyntax: not UTF-8 from byte 1");
        assert!(read(b"\xef\xbb\xbf{}", &Limits::default()).is_err());
        assert!(read(b"1e999", &Limits::default()).is_err());
    }

    #[test]
    fn limits_are_exact() {
        let limits = Limits { body_bytes: 14, json_depth: 2, json_nodes: 6, ..Limits::default() };
        assert!(read(b"[[1,2]]", &limits).is_ok());
        assert!(read(b"[{\"a\":1}]", &limits).is_ok());
        let said: Vec<String> =
            ["[[[]]]", "[{\"a\":{}}]", "[[1,2,3,4,5]]", "[{\"a\":[],\"b\":", "[1,2,3,4,5,6,7]"]
                .iter()
                .map(|text| read(text.as_bytes(), &limits).unwrap_err().to_string())
                .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        400 invalidSyntax: arrays and objects nest deeper than 2 levels at line 1 column 4
        400 invalidSyntax: arrays and objects nest deeper than 2 levels at line 1 column 8
        400 invalidSyntax: the document has more than 6 values at line 1 column 10
        400 invalidSyntax: arrays and objects nest deeper than 2 levels at line 1 column 8
        413: the body has 15 bytes, and 14 is the limit
        ");
    }

    #[test]
    fn hostile_depth_is_refused_at_once() {
        for open in ["[", "{\"a\":"] {
            assert!(error(&open.repeat(1_000_000)).contains("nest deeper than 32 levels"));
        }
    }
}
