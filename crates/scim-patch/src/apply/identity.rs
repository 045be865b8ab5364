//! What elements are told apart by, as a key to look them up with.

use std::borrow::Cow;

use scim_core::multi_valued;
use scim_core::schema::Attribute;
use scim_core::value::text;
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
            (true, Value::Object(members)) => match members.iter().next_back() {
                // In a sorted object it is the last, and one look saves several.
                Some((name, value)) if name == "value" => value.as_str(),
                _ => members.get("value")?.as_str(),
            },
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
                None => Key::Whole(multi_valued::key(self.attribute, element)),
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
