//! References to what a bulk request creates, RFC 7644 §3.7.2.

use std::collections::HashMap;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use scim_core::BulkMethod;
use serde_json::{Map, Value};

/// Which operation creates what has this `bulkId`.
pub(super) type Names = HashMap<String, usize>;

/// A reference, as it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference<'a> {
    /// To what this operation creates.
    To(usize),
    /// To a name that no operation has, where only a reference makes sense.
    ToNothing(&'a str),
}

/// Answers a reference with what is to stand in its place, or with nothing to leave it.
pub(super) type Resolve<'a> = dyn FnMut(Reference<'_>) -> Option<String> + 'a;

/// What a text is, by where it stands.
#[derive(Clone, Copy)]
enum Slot {
    /// Anything.
    Text,
    /// Mostly an id.
    Id,
    /// A URI.
    Uri,
    /// A path of PATCH, with texts in its filter.
    Path,
}

impl Slot {
    fn of(name: &str) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("$ref") {
            Self::Uri
        } else if is("value") || is("members") || is("manager") {
            Self::Id
        } else {
            Self::Text
        }
    }
}

/// Finds all references in the data of an operation.
pub(super) fn in_data(method: BulkMethod, data: &mut Value, names: &Names, resolve: &mut Resolve<'_>) {
    if method != BulkMethod::Patch {
        return walk(Slot::Text, data, names, resolve);
    }
    let Value::Object(fields) = data else {
        return walk(Slot::Text, data, names, resolve);
    };
    for (name, value) in fields {
        match value {
            Value::Array(operations) if name.eq_ignore_ascii_case("Operations") => {
                for operation in operations {
                    in_patch_operation(operation, names, resolve);
                }
            }
            value => walk(Slot::of(name), value, names, resolve),
        }
    }
}

/// Finds all references in the value of the attribute with this name.
pub(super) fn in_attribute(name: &str, value: &mut Value, names: &Names, resolve: &mut Resolve<'_>) {
    walk(Slot::of(name), value, names, resolve);
}

fn in_patch_operation(operation: &mut Value, names: &Names, resolve: &mut Resolve<'_>) {
    let Value::Object(fields) = operation else {
        return walk(Slot::Text, operation, names, resolve);
    };
    // What the value is of is not known without the schema; an id is likely enough, but for this one.
    let uri = fields.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("path")
            && value.as_str().is_some_and(|path| path.to_ascii_lowercase().ends_with("$ref"))
    });
    for (name, value) in fields {
        let slot = if name.eq_ignore_ascii_case("path") {
            Slot::Path
        } else if name.eq_ignore_ascii_case("value") {
            if let Value::Object(attributes) = value {
                in_names(attributes, names, resolve);
            }
            if uri { Slot::Uri } else { Slot::Id }
        } else {
            Slot::Text
        };
        walk(slot, value, names, resolve);
    }
}

/// The names of attributes may be paths with filters where a PATCH operation has no path of its own.
fn in_names(attributes: &mut Map<String, Value>, names: &Names, resolve: &mut Resolve<'_>) {
    if attributes.keys().any(|name| name.contains('"')) {
        *attributes = std::mem::take(attributes)
            .into_iter()
            .map(|(name, value)| (rewritten(Slot::Path, &name, names, resolve).unwrap_or(name), value))
            .collect();
    }
}

/// Visits all texts in a value, in order; not recursively, since nothing here says how deep the value is.
fn walk(slot: Slot, value: &mut Value, names: &Names, resolve: &mut Resolve<'_>) {
    let mut ahead = vec![(slot, value)];
    while let Some((slot, value)) = ahead.pop() {
        let before = ahead.len();
        match value {
            Value::String(text) => {
                if let Some(new) = rewritten(slot, text, names, resolve) {
                    *text = new;
                }
            }
            Value::Array(elements) => ahead.extend(elements.iter_mut().map(|element| (slot, element))),
            Value::Object(fields) => {
                ahead.extend(fields.iter_mut().map(|(name, value)| (Slot::of(name), value)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
        if let Some(added) = ahead.get_mut(before..) {
            added.reverse();
        }
    }
}

/// The text with its references resolved, if there are any.
fn rewritten(slot: Slot, text: &str, names: &Names, resolve: &mut Resolve<'_>) -> Option<String> {
    match slot {
        Slot::Path => in_literals(text, names, resolve),
        Slot::Text | Slot::Id | Slot::Uri => match (text.strip_prefix("bulkId:"), slot) {
            (Some(name), Slot::Text) => resolve(Reference::To(*names.get(name)?)),
            (Some(name), _) => resolve(named(name, names)),
            (None, Slot::Uri) => {
                let (before, reference) = in_uri(text, names)?;
                Some(format!("{before}/{}", encoded(&resolve(reference)?)))
            }
            (None, _) => None,
        },
    }
}

/// The reference at the end of a URI or a path, and what stands before it.
pub(super) fn in_uri<'a>(uri: &'a str, names: &Names) -> Option<(&'a str, Reference<'a>)> {
    let (before, name) = uri.split_once("/bulkId:")?;
    let reference = match named(name, names) {
        Reference::ToNothing(_) => percent_decode_str(name)
            .decode_utf8()
            .ok()
            .and_then(|name| names.get(&*name).copied())
            .map_or(Reference::ToNothing(name), Reference::To),
        found => found,
    };
    Some((before, reference))
}

fn named<'a>(name: &'a str, names: &Names) -> Reference<'a> {
    names.get(name).copied().map_or(Reference::ToNothing(name), Reference::To)
}

/// The texts in double quotes in a path of PATCH, which are written as in JSON (RFC 7644 §3.4.2.2).
fn in_literals(path: &str, names: &Names, resolve: &mut Resolve<'_>) -> Option<String> {
    let mut new = String::with_capacity(path.len());
    let mut changed = false;
    let mut rest = path;
    while let Some((before, from)) = rest.find('"').and_then(|start| rest.split_at_checked(start)) {
        new.push_str(before);
        let Some((literal, after)) = literal_length(from).and_then(|length| from.split_at_checked(length))
        else {
            rest = from;
            break;
        };
        let resolved = serde_json::from_str::<String>(literal)
            .ok()
            .and_then(|text| rewritten(Slot::Uri, &text, names, resolve));
        match resolved {
            Some(text) => {
                changed = true;
                new.push_str(&Value::from(text).to_string());
            }
            None => new.push_str(literal),
        }
        rest = after;
    }
    new.push_str(rest);
    changed.then_some(new)
}

/// How long a text in double quotes is, with both of them.
fn literal_length(from: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in from.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// What may not stand in a segment of a path as it is.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// An id as a segment of a path.
pub(super) fn encoded(id: &str) -> String {
    utf8_percent_encode(id, SEGMENT).to_string()
}
