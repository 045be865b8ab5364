//! From a value of the source to the type of the target's attribute, where nothing is lost on the way.

use std::borrow::Cow;

use scim_core::schema::{AttrType, Attribute};
use scim_core::value::{binary, datetime, reference};
use serde_json::{Number, Value};

use super::error::Misfit;
use super::expression::{as_text, is_empty};

/// The value as the attribute takes it; null, `""` and `[]` are none. A value that fits is handed back as it is.
///
/// Texts become booleans and numbers, numbers and booleans become texts (`True`, `False`), and a list of one that one.
pub(super) fn coerce<'a>(
    attribute: &Attribute,
    value: Cow<'a, Value>,
) -> Result<Option<Cow<'a, Value>>, Misfit> {
    if is_empty(&value) {
        return Ok(None);
    }
    match (attribute.kind(), &*value) {
        (AttrType::String, Value::String(_))
        | (AttrType::Boolean, Value::Bool(_))
        | (AttrType::Decimal, Value::Number(_)) => return Ok(Some(value)),
        (AttrType::Integer, Value::Number(number)) if is_integer(number) => return Ok(Some(value)),
        (AttrType::DateTime, Value::String(text)) if datetime::parse(text).is_some() => {
            return Ok(Some(value));
        }
        (AttrType::Reference, Value::String(text)) if reference::is_uri(text) => return Ok(Some(value)),
        (AttrType::Binary, Value::String(text)) if binary::is_valid(text) => return Ok(Some(value)),
        _ => {}
    }
    let expected = expected(attribute.kind());
    let found = found(&value);
    let misfit = Misfit { expected, found };
    if attribute.kind() == AttrType::Complex {
        return Err(misfit);
    }
    let text = as_text(value).map_err(|_| misfit)?;
    if text.is_empty() {
        return Ok(None);
    }
    let number = || serde_json::from_str::<Number>(&text).map_err(|_| misfit);
    let made = match attribute.kind() {
        AttrType::String => Value::String(text.into_owned()),
        AttrType::Boolean if text.eq_ignore_ascii_case("true") => Value::Bool(true),
        AttrType::Boolean if text.eq_ignore_ascii_case("false") => Value::Bool(false),
        AttrType::Decimal => Value::Number(number()?),
        AttrType::Integer => Value::Number(Some(number()?).filter(is_integer).ok_or(misfit)?),
        AttrType::DateTime if datetime::parse(&text).is_some() => Value::String(text.into_owned()),
        AttrType::Binary if binary::is_valid(&text) => Value::String(text.into_owned()),
        AttrType::Reference if reference::is_uri(&text) => Value::String(text.into_owned()),
        _ => return Err(misfit),
    };
    Ok(Some(Cow::Owned(made)))
}

fn is_integer(number: &Number) -> bool {
    number.is_i64() || number.is_u64()
}

fn expected(kind: AttrType) -> &'static str {
    match kind {
        AttrType::String => "a text",
        AttrType::Boolean => "true or false",
        AttrType::Decimal => "a number",
        AttrType::Integer => "an integer",
        AttrType::DateTime => "a date and time such as `2026-01-31T08:00:00Z`",
        AttrType::Binary => "base64 text",
        AttrType::Reference => "a URI",
        AttrType::Complex => "sub-attributes",
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "this number",
        Value::String(_) => "this text",
        Value::Array(list) if list.len() == 1 => "this list",
        Value::Array(_) => "a list of several",
        Value::Object(_) => "an object",
    }
}
