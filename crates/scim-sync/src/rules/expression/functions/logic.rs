//! Functions that choose, and those that answer true or false.

use std::borrow::Cow;

use serde_json::Value;

use super::super::ast::Call;
use super::super::error::EvalError;
use super::super::eval::{Answer, Context, as_text, is_empty};

fn boolean<'a>(value: bool) -> Answer<'a> {
    Ok(Some(Cow::Owned(Value::Bool(value))))
}

/// `Switch(source, default, key1, value1, ...)`: the value of the key that the source is, in the same case. The key `""` is
/// that of a source without value.
pub(super) fn switch<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let source = call.text(0, cx)?.unwrap_or_default();
    for at in (2..call.args.len()).step_by(2) {
        if call.text(at, cx)?.unwrap_or_default() == source {
            return call.arg(at + 1, cx);
        }
    }
    call.arg(1, cx)
}

/// `IIF(condition, then, else)`. It fails where an attribute of the condition has no value.
pub(super) fn iif<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    if let Some(missing) = call.args.first().and_then(|condition| condition.as_ref()?.missing(cx)) {
        return Err(EvalError::Undecided(missing.to_owned()));
    }
    match call.arg(0, cx)?.as_deref().and_then(truth) {
        Some(true) => call.arg(1, cx),
        Some(false) => call.arg(2, cx),
        None => Err(EvalError::NoCondition),
    }
}

/// `Not(source)`: `True` becomes `False`, and everything else `True`.
pub(super) fn not<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    boolean(call.arg(0, cx)?.as_deref().and_then(truth) != Some(true))
}

/// `Coalesce(source1, ..., default)`: the first that has a value.
pub(super) fn coalesce<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    for at in 0..call.args.len() {
        if let Some(value) = call.arg(at, cx)?.filter(|value| !is_empty(value)) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// `IsNull(expression)`
pub(super) fn is_null<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    boolean(call.arg(0, cx)?.is_none())
}

/// `IsNullOrEmpty(expression)`
pub(super) fn is_null_or_empty<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    boolean(call.arg(0, cx)?.is_none_or(|value| is_empty(&value)))
}

/// `IsPresent(expression)`: the contrary of `IsNullOrEmpty`.
pub(super) fn is_present<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    boolean(call.arg(0, cx)?.is_some_and(|value| !is_empty(&value)))
}

/// `IsString(expression)`: whether it is a text.
pub(super) fn is_string<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    boolean(call.arg(0, cx)?.is_some_and(|value| value.is_string()))
}

/// `CBool(expression)`: false for 0, `False` and null, true for other numbers and for `True`.
pub(super) fn c_bool<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(value) = call.arg(0, cx)? else { return boolean(false) };
    if let Some(truth) = truth(&value) {
        return boolean(truth);
    }
    let number = match as_text(Cow::Borrowed(&*value)) {
        Ok(text) if text.is_empty() => Some(0.0),
        Ok(text) => text.parse::<f64>().ok(),
        Err(_) => None,
    };
    match number {
        Some(number) => boolean(number != 0.0),
        None => Err(call.wrong("a number or a boolean", &value)),
    }
}

/// `Redact(value)` and `IgnoreFlowIfNullOrEmpty(expression)`: the value as it is. What they mean besides is up to the mapping.
pub(super) fn same<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    call.arg(0, cx)
}

/// Whether a value is true or false, as a boolean or in words.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}
