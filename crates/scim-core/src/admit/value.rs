//! Values along their definitions: types, the forms that real senders use for them, lists. RFC 7643 §2.3 to §2.5.

use serde_json::{Map, Number, Value};

use super::gate::{Gate, Mode};
use super::place::Place;
use super::{
    CLOSED_CANONICAL_VALUES, EMPTY_STRINGS, FIRST_PRIMARY_WINS, LOOSE_REFERENCES, ODD_ANSWERS,
    SINGLE_FOR_LIST, STRING_BOOLEANS, STRING_NUMBERS,
};
use crate::error::{ScimType, quote};
use crate::multi_valued;
use crate::schema::{AttrType, Attribute, Mutability, Returned};
use crate::value::{binary, datetime, reference, text};

impl Gate<'_> {
    /// The value of an attribute, in place; whether there is one.
    pub(super) fn attribute(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        if value.is_null() {
            return false;
        }
        let outer = self.secret;
        self.secret |= attribute.returned() == Returned::Never;
        let assigned = if attribute.multi_valued() {
            self.list(attribute, value, at)
        } else {
            self.single(attribute, value, at)
        };
        self.secret = outer;
        assigned
    }

    fn list(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        let complex = attribute.kind() == AttrType::Complex;
        // `schemas` is judged by itself.
        if *attribute.name() == *"schemas" && matches!(at, Place::Member(Place::Root(""), _)) {
            return true;
        }
        match value {
            Value::Array(_) => {}
            Value::String(text) if text.is_empty() && complex && self.tolerates(&EMPTY_STRINGS, at) => {
                return false;
            }
            Value::Object(_) if complex && self.tolerates(&SINGLE_FOR_LIST, at) => {
                *value = Value::Array(vec![value.take()]);
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_)
                if !complex && self.tolerates(&SINGLE_FOR_LIST, at) =>
            {
                *value = Value::Array(vec![value.take()]);
            }
            other => {
                let text = format!("has to be an array, not {}", self.kind(other));
                self.problem(ScimType::InvalidValue, at, text);
                return true;
            }
        }
        let Value::Array(elements) = value else { return true };
        let mut dropped = false;
        for (n, element) in elements.iter_mut().enumerate() {
            let here = Place::Element(at, n);
            if element.is_null() {
                self.problem(ScimType::InvalidValue, &here, "is null, which is no element");
                dropped = true;
                continue;
            }
            let assigned = self.single(attribute, element, &here);
            // A group must not lose its members because a client sent them without ids.
            if attribute.refers_to_resources() && self.mode != Mode::Response && element.is_object() {
                let names = |sub: &str| element.get(sub).is_some_and(|name| name.as_str() != Some(""));
                if !names("value") && !names("$ref") {
                    self.problem(ScimType::InvalidValue, &here, "names no resource");
                }
            }
            if !assigned {
                *element = Value::Null;
                dropped = true;
            }
        }
        if dropped {
            elements.retain(|element| !element.is_null());
        }
        self.one_primary(attribute, elements, at);
        multi_valued::keep_distinct(attribute, elements);
        !elements.is_empty()
    }

    /// At most one element is primary (RFC 7643 §2.4).
    fn one_primary(&mut self, attribute: &Attribute, elements: &mut [Value], at: &Place<'_>) {
        if attribute.facts().primary.is_none() {
            return;
        }
        let mut primaries = elements.iter_mut().filter(|element| multi_valued::is_primary(element));
        if primaries.next().is_none() {
            return;
        }
        for extra in primaries {
            if self.mode == Mode::Response {
                // Whoever reads an answer cannot say which of them is meant; it is kept, and reported.
                self.problem(ScimType::InvalidValue, at, "has more than one primary element");
                return;
            }
            if !self.tolerates(&FIRST_PRIMARY_WINS, at) {
                self.problem(ScimType::InvalidValue, at, "has more than one primary element");
                return;
            }
            if let Some(mark) = extra.get_mut("primary") {
                *mark = Value::Bool(false);
            }
        }
    }

    /// A single value, or one element, in place; whether there is one.
    fn single(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        match attribute.kind() {
            AttrType::String => self.string(attribute, value, at),
            AttrType::Reference => self.reference(attribute, value, at),
            AttrType::Boolean => self.boolean(value, at),
            AttrType::Integer => self.number(value, at, true),
            AttrType::Decimal => self.number(value, at, false),
            AttrType::DateTime => self.date_time(value, at),
            AttrType::Binary => self.binary(value, at),
            AttrType::Complex => self.complex_value(attribute, value, at),
        }
    }

    fn wrong_type(&mut self, expected: &str, value: &Value, at: &Place<'_>) -> bool {
        let text = format!("has to be {expected}, not {}", self.kind(value));
        self.problem(ScimType::InvalidValue, at, text);
        true
    }

    fn string(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        if self.mode == Mode::Response && value.is_number() && self.tolerates(&ODD_ANSWERS, at) {
            *value = Value::String(value.to_string());
        }
        let Value::String(text) = value else { return self.wrong_type("a string", value, at) };
        if text.is_empty() {
            if attribute.required() && self.mode != Mode::Response {
                self.problem(ScimType::InvalidValue, at, "must not be empty");
            }
            // Servers that know no externalId answer with an empty one.
            let unset = self.mode == Mode::Response
                && *attribute.name() == *"externalId"
                && matches!(at, Place::Member(Place::Root(""), _));
            return !unset;
        }
        let suggested = attribute.canonical_values();
        if !suggested.is_empty()
            && self.profile.allows(&CLOSED_CANONICAL_VALUES)
            && !suggested.iter().any(|one| text::eq(one, text, attribute.compares_exactly()))
        {
            let text = format!("is {}, not one of {}", self.kind(value), suggested.join(", "));
            self.problem(ScimType::InvalidValue, at, text);
        }
        true
    }

    fn reference(&mut self, attribute: &Attribute, value: &Value, at: &Place<'_>) -> bool {
        let Value::String(text) = value else { return self.wrong_type("a string with a URI", value, at) };
        if text.is_empty() && attribute.required() && self.mode != Mode::Response {
            self.problem(ScimType::InvalidValue, at, "must not be empty");
        } else if text.is_empty() {
            return !self.tolerates(&EMPTY_STRINGS, at);
        } else if !reference::is_uri(text) && !self.tolerates(&LOOSE_REFERENCES, at) {
            return self.wrong_type("a URI", value, at);
        }
        true
    }

    fn boolean(&mut self, value: &mut Value, at: &Place<'_>) -> bool {
        let read = match value {
            Value::Bool(_) => return true,
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        match read {
            Some(read) if self.tolerates(&STRING_BOOLEANS, at) => *value = Value::Bool(read),
            _ => return self.wrong_type("true or false", value, at),
        }
        true
    }

    fn number(&mut self, value: &mut Value, at: &Place<'_>, integer: bool) -> bool {
        let fits = |number: &Number| !integer || number.is_i64() || number.is_u64();
        let read = match value {
            Value::Number(number) if fits(number) => return true,
            Value::String(text) => serde_json::from_str::<Number>(text).ok().filter(fits),
            _ => None,
        };
        match read {
            Some(read) if self.tolerates(&STRING_NUMBERS, at) => *value = Value::Number(read),
            _ => return self.wrong_type(if integer { "an integer" } else { "a number" }, value, at),
        }
        true
    }

    fn date_time(&mut self, value: &Value, at: &Place<'_>) -> bool {
        match value {
            Value::String(text) if datetime::parse(text).is_some() => true,
            Value::String(text) if text.is_empty() && self.tolerates(&EMPTY_STRINGS, at) => false,
            _ => self.wrong_type("a dateTime such as `2011-05-13T04:42:34Z`", value, at),
        }
    }

    fn binary(&mut self, value: &Value, at: &Place<'_>) -> bool {
        match value {
            Value::String(text) if binary::is_valid(text) => true,
            _ => self.wrong_type("base64 text", value, at),
        }
    }

    fn complex_value(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        if !value.is_object() && !attribute.multi_valued() && !self.unwrap_complex(attribute, value, at) {
            return false;
        }
        // Some servers answer with the `value` alone for an element.
        if self.mode == Mode::Response
            && attribute.multi_valued()
            && value.is_string()
            && !self.unwrap_complex(attribute, value, at)
        {
            return false;
        }
        let Value::Object(map) = value else { return self.wrong_type("an object", value, at) };
        if !self.complex(attribute, map, at) {
            return false;
        }
        if self.mode == Mode::Write {
            self.require_subs(attribute, map, at);
        }
        true
    }

    /// The forms that senders use for a single complex value: its `value` as a string, a list of one, an empty string.
    /// Whether anything is left; what is no such form is left as it is.
    fn unwrap_complex(&mut self, attribute: &Attribute, value: &mut Value, at: &Place<'_>) -> bool {
        if let Value::Array(elements) = value {
            let one = match elements.as_mut_slice() {
                [] => return false,
                [one @ (Value::Object(_) | Value::String(_))] => one.take(),
                _ => return true,
            };
            if !self.tolerates_as_string(at) {
                return true;
            }
            *value = one;
        }
        let Value::String(text) = value else { return true };
        let Some(name) = attribute.facts().value.and_then(|at| attribute.sub_attributes().get(at)) else {
            return true;
        };
        if !self.tolerates_as_string(at) {
            return true;
        }
        if text.is_empty() {
            return false;
        }
        let text = std::mem::take(text);
        *value = Value::Object(Map::from_iter([(name.name().as_str().to_owned(), Value::String(text))]));
        true
    }

    fn require_subs(&mut self, attribute: &Attribute, map: &Map<String, Value>, at: &Place<'_>) {
        for required in &attribute.facts().required {
            let Some(sub) = attribute.sub_attributes().get(*required) else { continue };
            let name = sub.name().as_str();
            if sub.mutability() != Mutability::ReadOnly && !map.contains_key(name) {
                self.problem(ScimType::InvalidValue, &Place::Member(at, name), "is required");
            }
        }
    }

    /// What a value is, in words.
    fn kind(&self, value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(_) => "a boolean".to_owned(),
            Value::Number(_) => "a number".to_owned(),
            Value::String(_) if self.secret => "this text".to_owned(),
            Value::String(text) => quote(text).to_string(),
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        }
    }
}
