//! Functions about lists, roles and kinds of values.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::super::ast::Call;
use super::super::error::EvalError;
use super::super::eval::{Answer, Context, as_text, is_empty};

/// `Count(attribute)`: the number of elements; a single value is a list of one.
pub(super) fn count<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let count = match call.arg(0, cx)?.as_deref() {
        Some(Value::Array(list)) => list.len(),
        Some(value) if !is_empty(value) => 1,
        _ => 0,
    };
    Ok(Some(Cow::Owned(count.into())))
}

/// `Item(attribute, index)`: one element, counted from 1; null where there is none.
pub(super) fn item<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let index = call.integer(1, cx)?.and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
    let (Some(index), Some(list)) = (index, call.arg(0, cx)?) else { return Ok(None) };
    Ok(match list {
        Cow::Borrowed(Value::Array(list)) => list.get(index).map(Cow::Borrowed),
        Cow::Owned(Value::Array(mut list)) if index < list.len() => Some(Cow::Owned(list.swap_remove(index))),
        Cow::Owned(Value::Array(_)) => None,
        single => Some(single).filter(|_| index == 0),
    })
}

/// `RemoveDuplicates(attribute)`: every element once, in order.
pub(super) fn remove_duplicates<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(value) = call.arg(0, cx)? else { return Ok(None) };
    let Value::Array(list) = &*value else { return Ok(Some(value)) };
    let mut seen = HashSet::new();
    let once: Vec<Value> = list.iter().filter(|one| seen.insert(one.to_string())).cloned().collect();
    Ok(Some(Cow::Owned(Value::Array(once))))
}

/// `Split(source, delimiter)`: the parts of a text, without blanks around them and without empty ones.
pub(super) fn split<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let Some(source) = call.text(0, cx)? else { return Ok(None) };
    let delimiter = call.text(1, cx)?.unwrap_or_default();
    let parts: Vec<&str> = match delimiter.is_empty() {
        true => vec![&source],
        false => source.split(&*delimiter).collect(),
    };
    let parts: Vec<Value> =
        parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(Value::from).collect();
    Ok(Some(Cow::Owned(Value::Array(parts))))
}

/// `CStr(value)`: the value as text.
pub(super) fn c_str<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    match call.arg(0, cx)? {
        Some(value) if value.is_string() => Ok(Some(value)),
        Some(value) => Ok(Some(Cow::Owned(Value::String(call.to_text(value)?.into_owned())))),
        None => Ok(None),
    }
}

/// `SingleAppRoleAssignment([appRoleAssignments])`: the one role of the user; null where there is none but Default Access.
pub(super) fn single_app_role_assignment<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    match call.arg(0, cx)? {
        Some(value) => match as_text(value) {
            Ok(role) => Ok(Some(Cow::Owned(Value::String(role.into_owned())))),
            Err(_) => Err(EvalError::SeveralRoles),
        },
        None => Ok(None),
    }
}
