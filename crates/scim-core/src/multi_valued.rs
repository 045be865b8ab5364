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
            a.len() == b.len() && {
                let mut left: Vec<&Value> = b.iter().collect();
                a.iter().zip(b).all(|(x, y)| same_value_of_one(attribute, x, y))
                    || (a.len() <= 1024
                        && a.iter().all(|x| {
                            let found = left.iter().position(|y| same_value_of_one(attribute, x, y));
                            found.map(|at| left.swap_remove(at)).is_some()
                        }))
            }
        }
        _ => same_value_of_one(attribute, a, b),
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

/// For each element, whether no earlier one is the same; in linear time, also where many share a value.
fn first_ones(attribute: &Attribute, elements: &[Value]) -> Vec<bool> {
    let facts = attribute.facts();
    let value = facts.value.and_then(|at| attribute.sub_attributes().get(at));
    let kind = facts.kind.and_then(|at| attribute.sub_attributes().get(at)).map(|kind| &**kind);
    let exact = match value {
        Some(value) => facts.refers || value.compares_exactly(),
        None => attribute.compares_exactly(),
    };
    // The elements that were kept so far, by their value.
    let mut kept: HashMap<Cow<'_, str>, Kept<'_>> = HashMap::with_capacity(elements.len());
    let mut others: HashSet<String> = HashSet::new();
    let mut first = Vec::with_capacity(elements.len());
    for element in elements {
        let key = match value {
            Some(value) => element.get(value.name().as_str()),
            None => Some(element),
        };
        let new = match key {
            Some(Value::String(key)) => {
                let key = if exact { Cow::Borrowed(key.as_str()) } else { text::fold(key) };
                kept.entry(key).or_default().insert(attribute, kind, element)
            }
            _ => others.insert(element.to_string()),
        };
        first.push(new);
    }
    first
}

/// The elements of one value that were kept: a few are compared, many are told apart by their type.
#[derive(Default)]
struct Kept<'a> {
    few: Vec<&'a Value>,
    untyped: bool,
    types: HashSet<Cow<'a, str>>,
}

impl<'a> Kept<'a> {
    /// Keeps an element unless the same one was; whether it did.
    fn insert(&mut self, attribute: &Attribute, kind: Option<&Attribute>, element: &'a Value) -> bool {
        if self.few.len() < FEW {
            let new = !self.few.iter().any(|other| same_element(attribute, other, element));
            if new {
                self.few.push(element);
            }
            return new;
        }
        if self.types.is_empty() {
            for element in &self.few {
                match type_of(kind, element) {
                    Some(kind) => drop(self.types.insert(kind)),
                    None => self.untyped = true,
                }
            }
        }
        // Of as many as these none is without a type: it would be the same as all others.
        match type_of(kind, element) {
            Some(kind) => !self.untyped && self.types.insert(kind),
            None => false,
        }
    }
}

/// The `type` of an element, as it is compared.
fn type_of<'a>(kind: Option<&Attribute>, element: &'a Value) -> Option<Cow<'a, str>> {
    let kind = kind?;
    Some(match element.get(kind.name().as_str())? {
        Value::String(text) if kind.compares_exactly() => Cow::Borrowed(text.as_str()),
        Value::String(text) => text::fold(text),
        other => Cow::Owned(other.to_string()),
    })
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
    }

    #[test]
    fn many_of_one_value_are_told_apart_by_their_types() {
        let one = |n: usize| json!({"value": "a@x", "type": format!("T{n}")});
        let mut many: Vec<Value> = (0..100_000).map(one).collect();
        many.push(json!({"value": "A@X", "type": "t7"}));
        many.push(json!({"value": "a@x"}));
        let Value::Array(kept) = distinct(&attr::EMAILS, Value::Array(many)) else { panic!("a list") };
        assert_eq!(kept.len(), 100_000);
        assert_eq!(kept.last(), Some(&one(99_999)));
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
