//! `Replace(source, oldValue, regexPattern, regexGroupName, replacementValue, replacementAttributeName, template)`: five
//! functions in one, told apart by which arguments are there. All of them mind case.

use regex::{Captures, Regex};
use scim_core::quote;
use serde_json::Value;

use super::super::ast::{Call, Node, Pattern};
use super::super::error::EvalError;
use super::super::eval::{Answer, Context};
use super::text::Growing;

const OLD: usize = 1;
const PATTERN: usize = 2;
const GROUP: usize = 3;
const NEW: usize = 4;
const OTHER: usize = 5;
const TEMPLATE: usize = 6;

/// Whether the arguments make one of the five; the regular expression among them.
pub(super) fn check(args: &[Option<Node>]) -> Result<Option<Pattern>, String> {
    let given = |at: usize| args.get(at).is_some_and(Option::is_some);
    let shape = [OLD, PATTERN, GROUP, NEW, OTHER, TEMPLATE].map(given);
    let known = matches!(
        shape,
        [true, false, false, true, false, false]
            | [true, false, false, false, false, true]
            | [false, true, false, true, false, false]
            | [false, true, true, true, false, false]
            | [false, true, true, false, true, false]
    );
    if !given(0) || !known {
        return Err("`Replace` takes a source and one of: old and new value; old value and template; pattern and new \
                    value; pattern, group and new value; pattern, group and another attribute"
            .to_owned());
    }
    let Some(pattern) = args.get(PATTERN).and_then(Option::as_ref) else { return Ok(None) };
    let Node::Literal(Value::String(text)) = pattern else {
        return Err("the pattern of `Replace` has to be a text".to_owned());
    };
    let regex = crate::rules::regex::compile(text)?;
    match args.get(GROUP).and_then(Option::as_ref) {
        Some(Node::Literal(Value::String(group))) if index_of(&regex, group).is_none() => {
            return Err(format!("the pattern of `Replace` has no group {}", quote(group)));
        }
        None | Some(Node::Literal(Value::String(_))) => {}
        Some(_) => return Err("the group of `Replace` has to be a text".to_owned()),
    }
    Ok(Some(Pattern(regex)))
}

pub(super) fn replace<'a>(call: &'a Call, cx: &Context<'a>) -> Answer<'a> {
    let source = call.text(0, cx)?.filter(|source| !source.is_empty());
    let given = |at: usize| call.args.get(at).is_some_and(Option::is_some);
    let Some(Pattern(regex)) = &call.pattern else {
        let Some(source) = source else { return Ok(None) };
        let old = call.text(OLD, cx)?.unwrap_or_default();
        return if given(TEMPLATE) {
            all(call, &call.text(TEMPLATE, cx)?.unwrap_or_default(), &old, &source)
        } else {
            all(call, &source, &old, &call.text(NEW, cx)?.unwrap_or_default())
        };
    };
    let group = match call.args.get(GROUP) {
        Some(Some(Node::Literal(Value::String(name)))) => index_of(regex, name),
        _ => None,
    };
    if given(OTHER) {
        if source.is_some() {
            return call.arg(0, cx);
        }
        let Some(other) = call.text(OTHER, cx)? else { return Ok(None) };
        let found = regex.captures(&other).and_then(|captures| captures.get(group.unwrap_or(0)));
        return found.map_or(Ok(None), |found| super::text::made(found.as_str().to_owned()));
    }
    let Some(source) = source else { return Ok(None) };
    let new = call.text(NEW, cx)?.unwrap_or_default();
    let mut text = Growing::new(call);
    let mut end = 0;
    for captures in regex.captures_iter(&source) {
        // The group alone, where one is named.
        let Some(place) = captures.get(group.unwrap_or(0)) else { continue };
        text.push(source.get(end..place.start()).unwrap_or_default())?;
        match group {
            Some(_) => text.push(&new)?,
            None => expand(&new, regex, &captures, &mut text)?,
        }
        end = place.end();
    }
    text.push(source.get(end..).unwrap_or_default())?;
    text.done()
}

/// Every occurrence; an empty text occurs nowhere.
fn all<'a>(call: &Call, source: &str, old: &str, new: &str) -> Answer<'a> {
    let mut text = Growing::new(call);
    let parts: Vec<&str> = if old.is_empty() { vec![source] } else { source.split(old).collect() };
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            text.push(new)?;
        }
        text.push(part)?;
    }
    text.done()
}

/// `$1`, `${1}`, `${name}`, `$&` and `$$`, as .NET has them; everything else stands for itself.
fn expand(new: &str, regex: &Regex, captures: &Captures<'_>, text: &mut Growing) -> Result<(), EvalError> {
    let mut rest = new;
    while let Some((before, after)) = rest.split_once('$') {
        text.push(before)?;
        rest = match reference(after, regex) {
            Some((Sign::Dollar, rest)) => {
                text.push("$")?;
                rest
            }
            Some((Sign::Group(group), rest)) => {
                text.push(captures.get(group).map_or("", |found| found.as_str()))?;
                rest
            }
            None => {
                text.push("$")?;
                after
            }
        };
    }
    text.push(rest)
}

enum Sign {
    Dollar,
    Group(usize),
}

/// What stands after a `$`, and the rest.
fn reference<'t>(after: &'t str, regex: &Regex) -> Option<(Sign, &'t str)> {
    if let Some(rest) = after.strip_prefix('$') {
        return Some((Sign::Dollar, rest));
    }
    if let Some(rest) = after.strip_prefix('&') {
        return Some((Sign::Group(0), rest));
    }
    if let Some(rest) = after.strip_prefix('{') {
        let (name, rest) = rest.split_once('}')?;
        return Some((Sign::Group(index_of(regex, name)?), rest));
    }
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (number, rest) = after.split_at_checked(digits)?;
    Some((Sign::Group(index_of(regex, number)?), rest))
}

/// The index of a group by its name or number.
fn index_of(regex: &Regex, name: &str) -> Option<usize> {
    match name.parse::<usize>() {
        Ok(number) => Some(number).filter(|number| *number < regex.captures_len()),
        Err(_) => regex.capture_names().position(|one| one == Some(name)),
    }
}
