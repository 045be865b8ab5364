//! What elements are told apart by, as a key to look them up with.

use std::borrow::Cow;

use scim_core::schema::{AttrType, Attribute};
use scim_core::value::{datetime, text};
use serde_json::Value;

/// What makes the elements of an attribute the same, as [`same_element`](scim_core::multi_valued::same_element) has it.
pub(super) struct Identity<'r> {
    attribute: &'r Attribute,
    /// Elements are objects with a `value`.
    has_value: bool,
    /// How `value`, or a simple element, compares.
    pub(super) exact: bool,
    kind: Option<&'r Attribute>,
}

impl<'r> Identity<'r> {
    pub(super) fn of(attribute: &'r Attribute) -> Self {
        let value = attribute.sub("value");
        Self {
            attribute,
            has_value: value.is_some(),
            exact: match value {
                Some(value) => attribute.refers_to_resources() || value.compares_exactly(),
                None => attribute.compares_exactly(),
            },
            kind: attribute.sub("type").map(|kind| &**kind).filter(|_| value.is_some()),
        }
    }

    /// The text that names an element.
    pub(super) fn value<'e>(&self, element: &'e Value) -> Option<&'e str> {
        match (self.has_value, element) {
            (true, Value::Object(members)) => members.get("value")?.as_str(),
            (false, Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// What stands for the element in a table: its value, or all of it where it has none.
    pub(super) fn key<'e>(&self, element: &'e Value) -> Key<'e> {
        match self.value(element) {
            Some(value) if self.exact => Key::Value(Cow::Borrowed(value)),
            Some(value) => Key::Value(text::fold(value)),
            None => match element.get("value").filter(|_| self.has_value) {
                Some(value) => Key::Other(other_text(value)),
                None => {
                    let mut whole = String::new();
                    write_whole(self.attribute, element, &mut whole);
                    Key::Whole(whole)
                }
            },
        }
    }

    /// What an element says it is a value for.
    pub(super) fn kind<'e>(&self, element: &'e Value) -> Option<Cow<'e, str>> {
        let kind = self.kind?;
        match element.get(kind.name().as_str())? {
            Value::String(text) if kind.compares_exactly() => Some(Cow::Borrowed(text)),
            Value::String(text) => Some(text::fold(text)),
            other => Some(Cow::Owned(other.to_string())),
        }
    }
}

/// What elements have in common that are the same, but for their types.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum Key<'e> {
    /// The text in `value`, or the element itself.
    Value(Cow<'e, str>),
    /// A `value` that is no text.
    Other(String),
    /// All of an element without `value`.
    Whole(String),
}

impl Key<'_> {
    pub(super) fn to_owned(&self) -> Key<'static> {
        match self {
            Self::Value(text) => Key::Value(Cow::Owned(text.clone().into_owned())),
            Self::Other(text) => Key::Other(text.clone()),
            Self::Whole(text) => Key::Whole(text.clone()),
        }
    }
}

/// A text that values have in common exactly when they are equal, and are no texts.
fn other_text(value: &Value) -> String {
    match value.as_f64() {
        // There are two zeros among the fractions, and they are equal.
        Some(zero) if value.is_f64() && zero == 0.0 => "0.0".to_owned(),
        _ => value.to_string(),
    }
}

/// Writes a text that values have in common exactly when the definition of the attribute compares them as equal.
fn write_whole(attribute: &Attribute, value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            let key = match (attribute.kind(), datetime::parse(text)) {
                (AttrType::DateTime, Some(instant)) => Cow::Owned(instant.to_rfc3339()),
                (AttrType::DateTime, None) => Cow::Borrowed(text.as_str()),
                _ if attribute.compares_exactly() => Cow::Borrowed(text.as_str()),
                _ => text::fold(text),
            };
            write_part(out, 's', &key);
        }
        Value::Object(members) if attribute.kind() == AttrType::Complex => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            let mut parts = String::new();
            for (name, value) in members {
                write_part(&mut parts, 'n', name);
                match attribute.sub(name) {
                    Some(sub) => write_whole(sub, value, &mut parts),
                    None => write_part(&mut parts, 'u', &other_text(value)),
                }
            }
            write_part(out, 'o', &parts);
        }
        Value::Array(values) if attribute.multi_valued() => {
            let mut parts: Vec<String> = values
                .iter()
                .map(|value| {
                    let mut part = String::new();
                    write_whole(attribute, value, &mut part);
                    part
                })
                .collect();
            parts.sort_unstable();
            write_part(out, 'a', &parts.concat());
        }
        other => write_part(out, 'u', &other_text(other)),
    }
}

/// Every part says what it is and how long, so that no two lists of parts look alike.
fn write_part(out: &mut String, kind: char, text: &str) {
    out.push(kind);
    out.push_str(&text.len().to_string());
    out.push(':');
    out.push_str(text);
}
