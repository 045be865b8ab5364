//! Multi-valued attributes, RFC 7643 §2.4: which elements are the same, and which one is primary.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::schema::{AttrType, Attribute};
use crate::value::{datetime, text};

/// Up to so many elements are compared one with another; more are looked up.
const FEW: usize = 8;

/// Whether two elements of a list are the same one: their `value`s are equal, and their `type`s where both give one
/// (RFC 7643 §2.4 and RFC 7644 §3.5.2.1). Elements without a `value` are the same when they are equal throughout.
///
/// The `value` of an element that points at a resource, as in `members`, is an id, and compared exactly.
#[must_use]
pub fn same_element(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    let facts = attribute.facts();
    let sub = |at: Option<usize>| at.and_then(|at| attribute.sub_attributes().get(at));
    let Some(value) = sub(facts.value) else { return same_value_of_one(attribute, a, b) };
    let (va, vb) = (a.get(value.name().as_str()), b.get(value.name().as_str()));
    match (va, vb) {
        (Some(va), Some(vb)) => {
            let same = match (va, vb) {
                (Value::String(va), Value::String(vb)) => {
                    text::eq(va, vb, facts.refers || value.compares_exactly())
                }
                _ => va == vb,
            };
            same && match sub(facts.kind).map(|kind| (kind, kind.name().as_str())) {
                Some((kind, name)) => match (a.get(name), b.get(name)) {
                    (Some(ta), Some(tb)) => same_value(kind, ta, tb),
                    _ => true,
                },
                None => true,
            }
        }
        (None, None) => same_value_of_one(attribute, a, b),
        _ => false,
    }
}

/// Whether two values of an attribute are equal as its definition compares them: case, instants, lists in any order.
#[must_use]
pub fn same_value(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) if attribute.multi_valued() => {
            a.len() == b.len()
                && (a.iter().zip(b).all(|(x, y)| same_value_of_one(attribute, x, y)) || {
                    let keys = |list: &[Value]| {
                        let mut keys: Vec<String> = list.iter().map(|one| key(attribute, one)).collect();
                        keys.sort_unstable();
                        keys
                    };
                    keys(a) == keys(b)
                })
        }
        _ => same_value_of_one(attribute, a, b),
    }
}

/// A text that two values have in common exactly when [`same_value`] holds for them: what a table of values is keyed by.
///
/// ```
/// use scim_core::multi_valued::key;
/// use scim_core::{SchemaSet, attr};
/// use serde_json::json;
///
/// let addresses = SchemaSet::user().resolve(&attr::ADDRESSES)?;
/// let key = |element| key(addresses.leaf().unwrap(), &element);
/// assert_eq!(key(json!({"locality": "Rome"})), key(json!({"locality": "ROME"})));
/// assert_ne!(key(json!({"locality": "Rome"})), key(json!({"region": "Rome"})));
/// # Ok::<(), scim_core::ScimError>(())
/// ```
#[must_use]
pub fn key(attribute: &Attribute, value: &Value) -> String {
    let mut out = String::new();
    write_key(attribute, value, &mut out);
    out
}

fn write_key(attribute: &Attribute, value: &Value, out: &mut String) {
    // Every part says what it is and how long, so that no two lists of parts look alike.
    let part = |out: &mut String, kind: char, text: &str| {
        out.push(kind);
        out.push_str(&text.len().to_string());
        out.push(':');
        out.push_str(text);
    };
    match (attribute.kind(), value) {
        (AttrType::DateTime, Value::String(text)) => match datetime::parse(text) {
            Some(instant) => part(out, 's', &instant.to_rfc3339()),
            None => part(out, 's', text),
        },
        (_, Value::String(text)) if attribute.compares_exactly() => part(out, 's', text),
        (_, Value::String(text)) => part(out, 's', &text::fold(text)),
        (AttrType::Complex, Value::Object(members)) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            for (name, value) in members {
                part(out, 'n', name);
                match attribute.sub(name) {
                    Some(sub) => part(out, 'o', &key(sub, value)),
                    None => part(out, 'u', &value.to_string()),
                }
            }
        }
        (_, Value::Array(values)) => {
            let mut keys: Vec<String> = values.iter().map(|value| key(attribute, value)).collect();
            keys.sort_unstable();
            keys.iter().for_each(|key| part(out, 'a', key));
        }
        // There are two zeros among the fractions, and they are equal.
        (_, Value::Number(zero)) if zero.is_f64() && zero.as_f64() == Some(0.0) => part(out, 'u', "0.0"),
        (_, other) => part(out, 'u', &other.to_string()),
    }
}

fn same_value_of_one(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (attribute.kind(), a, b) {
        (AttrType::DateTime, Value::String(a), Value::String(b)) => {
            a == b || datetime::parse(a).is_some_and(|a| Some(a) == datetime::parse(b))
        }
        (_, Value::String(a), Value::String(b)) => text::eq(a, b, attribute.compares_exactly()),
        (AttrType::Complex, Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, a)| match (b.get(name), attribute.sub(name)) {
                    (Some(b), Some(sub)) => same_value(sub, a, b),
                    (Some(b), None) => a == b,
                    (None, _) => false,
                })
        }
        _ => a == b,
    }
}

/// Whether an element is marked as the primary one; a missing mark reads as `false` (RFC 7643 §2.4).
#[must_use]
pub fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

/// Keeps the first of elements that are the same.
pub(crate) fn keep_distinct(attribute: &Attribute, elements: &mut Vec<Value>) {
    if elements.len() < 2 {
        return;
    }
    let mut at = 0;
    if elements.len() <= FEW {
        while at < elements.len() {
            let (before, rest) = elements.split_at(at);
            let twice = rest.first().is_some_and(|x| before.iter().any(|y| same_element(attribute, y, x)));
            if twice {
                elements.remove(at);
            } else {
                at += 1;
            }
        }
        return;
    }
    let keep = first_ones(attribute, elements);
    elements.retain(|_| {
        at += 1;
        keep.get(at - 1).copied().unwrap_or(true)
    });
}

/// For each element, whether no earlier one is the same; in linear time.
fn first_ones(attribute: &Attribute, elements: &[Value]) -> Vec<bool> {
    /// The elements of one `value` that were kept so far.
    #[derive(Default)]
    struct Kept {
        untyped: bool,
        types: HashSet<String>,
    }
    let facts = attribute.facts();
    let sub = |at: Option<usize>| at.and_then(|at| attribute.sub_attributes().get(at));
    let (value, kind) = (sub(facts.value), sub(facts.kind));
    let mut kept: HashMap<Cow<'_, str>, Kept> = HashMap::with_capacity(elements.len());
    let mut others: HashSet<String> = HashSet::new();
    let is_first = |element| {
        let Some(value) = value else { return others.insert(key(attribute, element)) };
        let id = match element.get(value.name().as_str()) {
            None => return others.insert(key(attribute, element)),
            Some(Value::String(text)) if facts.refers || value.compares_exactly() => {
                Cow::Borrowed(text.as_str())
            }
            Some(Value::String(text)) => text::fold(text),
            Some(other) => Cow::Owned(other.to_string()),
        };
        let kept = kept.entry(id).or_default();
        let kind = kind.and_then(|kind| Some(key(kind, element.get(kind.name().as_str())?)));
        match kind {
            _ if kept.untyped => false,
            Some(kind) => kept.types.insert(kind),
            // One that is not kept, because it is the same as those with a type, stands in nobody's way.
            None => {
                kept.untyped = kept.types.is_empty();
                kept.untyped
            }
        }
    };
    elements.iter().map(is_first).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{SchemaSet, attr};

    fn distinct(path: &crate::AttrPath, list: Value) -> Value {
        let attribute =
            SchemaSet::user().resolve(path).or_else(|_| SchemaSet::group().resolve(path)).unwrap();
        let Value::Array(mut elements) = list else { panic!("a list") };
        keep_distinct(attribute.leaf().unwrap(), &mut elements);
        Value::Array(elements)
    }

    #[test]
    fn section_2_4_value_and_type_make_the_element() {
        let list = json!([
            {"value": "a@x", "type": "work"},
            {"value": "A@X", "type": "WORK", "display": "other"},
            {"value": "a@x", "type": "home"},
            {"value": "a@x"},
            {"value": "b@x"},
        ]);
        let kept = distinct(&attr::EMAILS, list.clone());
        assert_eq!(kept, json!([list[0], list[2], list[4]]));
    }

    #[test]
    fn ids_are_compared_exactly() {
        let list = json!([{"value": "aB"}, {"value": "Ab"}, {"value": "aB", "type": "User"}]);
        assert_eq!(distinct(&attr::MEMBERS, list), json!([{"value": "aB"}, {"value": "Ab"}]));
    }

    #[test]
    fn elements_without_value_are_compared_throughout() {
        let list = json!([{"locality": "Rome"}, {"locality": "ROME"}, {"locality": "Rome", "type": "work"}]);
        assert_eq!(distinct(&attr::ADDRESSES, list.clone()), json!([list[0], list[2]]));
    }

    #[test]
    fn few_and_many_agree() {
        let few: Vec<Value> = (0..FEW)
            .map(|n| json!({"value": format!("{}@x", n % 3), "type": if n % 2 == 0 { "work" } else { "home" }}))
            .collect();
        let mut many = few.clone();
        many.extend(few.clone());
        assert_eq!(distinct(&attr::EMAILS, Value::Array(many)), distinct(&attr::EMAILS, Value::Array(few)));

        let mut cities: Vec<Value> = (0..6).map(|n| json!({"locality": format!("City {n}")})).collect();
        cities.extend([json!({"locality": "Rome"}), json!({"locality": "ROME"})]);
        let few = distinct(&attr::ADDRESSES, Value::Array(cities.clone()));
        cities.extend(cities.clone());
        assert_eq!(distinct(&attr::ADDRESSES, Value::Array(cities)), few);
    }

    #[test]
    fn an_element_that_is_not_kept_hides_no_other() {
        let mut list = json!([{"value": "a", "type": "x"}, {"value": "a"}, {"value": "a", "type": "y"}]);
        let kept = json!([{"value": "a", "type": "x"}, {"value": "a", "type": "y"}]);
        assert_eq!(distinct(&attr::EMAILS, list.clone()), kept);
        let many = list.as_array_mut().unwrap();
        many.extend((0..3 * FEW).map(|_| json!({"value": "a"})));
        assert_eq!(distinct(&attr::EMAILS, list), kept);
    }

    #[test]
    fn many_types_of_one_value_take_linear_time() {
        let list: Vec<Value> =
            (0..200_000).map(|n| json!({"value": "a", "type": format!("t{}", n % 100_000)})).collect();
        assert_eq!(distinct(&attr::EMAILS, Value::Array(list)).as_array().unwrap().len(), 100_000);
    }

    #[test]
    fn long_lists_are_equal_in_any_order() {
        let emails = SchemaSet::user().resolve(&attr::EMAILS).unwrap();
        let list: Vec<Value> = (0..50_000).map(|n| json!({"value": format!("ä{n}@x")})).collect();
        let mut other: Vec<Value> = (0..50_000).rev().map(|n| json!({"value": format!("Ä{n}@X")})).collect();
        let same = |a: &[Value], b: &[Value]| {
            same_value(emails.leaf().unwrap(), &Value::Array(a.to_vec()), &Value::Array(b.to_vec()))
        };
        assert!(same(&list, &other));
        other[0] = other[1].clone();
        assert!(!same(&list, &other));
    }

    #[test]
    fn values_are_equal_as_their_definition_says() {
        let same = |path: &crate::AttrPath, a: Value, b: Value| {
            same_value(SchemaSet::user().resolve(path).unwrap().leaf().unwrap(), &a, &b)
        };
        assert!(same(&attr::USER_NAME, json!("A"), json!("a")));
        assert!(!same(&attr::ID, json!("A"), json!("a")));
        assert!(same(&attr::META_CREATED, json!("2010-01-01T00:00:00Z"), json!("2010-01-01T01:00:00+01:00")));
        assert!(same(&attr::NAME, json!({"givenName": "B"}), json!({"givenName": "b"})));
        assert!(!same(&attr::NAME, json!({"givenName": "B"}), json!({"givenName": "b", "familyName": "c"})));
        assert!(same(
            &attr::EMAILS,
            json!([{"value": "a"}, {"value": "b"}]),
            json!([{"value": "B"}, {"value": "A"}])
        ));
        assert!(!same(
            &attr::EMAILS,
            json!([{"value": "a"}, {"value": "a"}]),
            json!([{"value": "a"}, {"value": "b"}])
        ));
    }
}
