//! Asking one resource, RFC 7644 §3.4.2.2.
//!
//! An attribute without a value satisfies no test: `eq`, `co`, `gt` and their kin are false, `pr` is false, and `ne`, being
//! the negation of `eq`, is true. An attribute with many values satisfies a test when any of them does; `ne`, when none
//! is equal. Brackets ask each element by itself.

use serde_json::{Map, Value};

use scim_core::value::{datetime, reference, text};
use scim_core::{Resolved, Resource};

use crate::ast::CompareOp;
use crate::check::{ElementFilter, Operand, Typed, TypedFilter, is_simple};

impl TypedFilter {
    /// Whether a resource satisfies the filter.
    ///
    /// Nothing is allocated for values that are ASCII, nor for others of usual shape. What may allocate, where case does
    /// not count and a value is not ASCII, is any operator on a value with a run of more than a few combining marks on one
    /// letter, which are put in order first; and `co` on a value of more than 256 bytes, also an ASCII one if what is
    /// looked for has more than 64.
    ///
    /// ```
    /// use scim_core::{Resource, SchemaSet, attr};
    /// use scim_filter::Filter;
    /// use serde_json::json;
    ///
    /// let mut user = Resource::new(SchemaSet::user());
    /// user.set(&attr::USER_NAME, json!("bjensen"))?;
    /// user.set(&attr::EMAILS, json!([{"type": "work", "value": "b@example.com"}, {"type": "home"}]))?;
    ///
    /// let matches = |text: &str| Ok::<_, scim_core::ScimError>(Filter::parse(text)?.check(SchemaSet::user())?.matches(&user));
    /// assert!(matches(r#"userName eq "BJensen""#)?);
    /// assert!(matches(r#"emails.type eq "home" and emails co "@example.com""#)?);
    /// assert!(!matches(r#"emails[type eq "home" and value co "@example.com"]"#)?);
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn matches(&self, resource: &Resource) -> bool {
        holds(self.root(), Place::Resource(resource.as_map()), self.empty_string_is_present())
    }
}

impl ElementFilter {
    /// Whether an element of the attribute satisfies the filter.
    #[must_use]
    pub fn matches(&self, element: &Value) -> bool {
        holds(self.root(), Place::Element(element), self.empty_string_is_present())
    }
}

/// Where a path starts.
#[derive(Clone, Copy)]
enum Place<'a> {
    Resource(&'a Map<String, Value>),
    /// An element, inside of brackets.
    Element(&'a Value),
}

fn holds(typed: &Typed, place: Place<'_>, empty_is_present: bool) -> bool {
    match typed {
        Typed::And(all) => all.iter().all(|typed| holds(typed, place, empty_is_present)),
        Typed::Or(any) => any.iter().any(|typed| holds(typed, place, empty_is_present)),
        Typed::Not(inner) => !holds(inner, place, empty_is_present),
        Typed::Present(target) => any(target, place, |value| is_present(value, empty_is_present)),
        Typed::Compare(target, CompareOp::Ne, operand) => {
            !any(target, place, |value| test(value, CompareOp::Eq, operand))
        }
        Typed::Compare(target, op, operand) => any(target, place, |value| test(value, *op, operand)),
        Typed::Element(target, inner) => {
            any(target, place, |value| holds(inner, Place::Element(value), empty_is_present))
        }
        Typed::Constant(holds) => *holds,
    }
}

/// Whether any single value at a path passes.
fn any(target: &Resolved, place: Place<'_>, mut passes: impl FnMut(&Value) -> bool) -> bool {
    let Some(value) = (match place {
        Place::Resource(resource) => at(target, resource),
        Place::Element(element) if is_simple(target) => Some(element),
        Place::Element(element) => {
            return below(target, element).is_some_and(|value| each(value, &mut passes));
        }
    }) else {
        return false;
    };
    if target.sub_attribute().is_none() {
        return each(value, &mut passes);
    }
    each(value, &mut |element| below(target, element).is_some_and(|value| each(value, &mut passes)))
}

/// The value of the attribute or extension, without the sub-attribute.
fn at<'a>(target: &Resolved, resource: &'a Map<String, Value>) -> Option<&'a Value> {
    let name = target.attribute().map(|attribute| attribute.name().as_str());
    match (target.extension(), name) {
        (None, Some(name)) => resource.get(name),
        (Some(extension), Some(name)) => resource.get(extension.as_str())?.as_object()?.get(name),
        (Some(extension), None) => resource.get(extension.as_str()),
        (None, None) => None,
    }
}

/// The sub-attribute of an element.
fn below<'a>(target: &Resolved, element: &'a Value) -> Option<&'a Value> {
    element.as_object()?.get(target.sub_attribute()?.name().as_str())
}

fn each(value: &Value, passes: &mut impl FnMut(&Value) -> bool) -> bool {
    match value {
        Value::Array(values) => values.iter().any(passes),
        value => passes(value),
    }
}

/// Whether there is something, however deep: `false` is something; `null`, `[]`, `{}` are nothing.
fn is_present(value: &Value, empty_is_present: bool) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => empty_is_present || !text.is_empty(),
        Value::Array(values) => values.iter().any(|value| is_present(value, empty_is_present)),
        Value::Object(members) => members.values().any(|value| is_present(value, empty_is_present)),
    }
}

/// Whether a value passes a test other than `ne`.
fn test(value: &Value, op: CompareOp, operand: &Operand) -> bool {
    match (value, operand) {
        (Value::Bool(value), Operand::Boolean(wanted)) => op == CompareOp::Eq && value == wanted,
        (Value::Number(value), Operand::Number(wanted)) => ordered(op, || wanted.cmp_json(value)),
        (Value::String(value), Operand::DateTime(wanted)) => {
            datetime::parse(value).is_some_and(|value| ordered(op, || value.cmp(wanted)))
        }
        (Value::String(value), Operand::Folded(key)) => match op {
            CompareOp::Eq => text::eq_folded(value, key),
            CompareOp::Co => text::contains_folded(value, key),
            CompareOp::Sw => text::starts_with_folded(value, key),
            CompareOp::Ew => text::ends_with_folded(value, key),
            op => ordered(op, || text::cmp_folded(value, key)),
        },
        (Value::String(value), Operand::Exact(wanted)) => match op {
            CompareOp::Eq => value == wanted,
            CompareOp::Co => value.contains(wanted.as_str()),
            CompareOp::Sw => value.starts_with(wanted.as_str()),
            CompareOp::Ew => value.ends_with(wanted.as_str()),
            op => ordered(op, || value.as_str().cmp(wanted)),
        },
        (Value::String(value), Operand::Reference(wanted)) => {
            op == CompareOp::Eq && reference::same_resource(value, wanted)
        }
        _ => false,
    }
}

/// Whether an order of value and operand is the one that the operator asks for.
fn ordered(op: CompareOp, order: impl FnOnce() -> std::cmp::Ordering) -> bool {
    match op {
        CompareOp::Eq => order().is_eq(),
        CompareOp::Gt => order().is_gt(),
        CompareOp::Ge => order().is_ge(),
        CompareOp::Lt => order().is_lt(),
        CompareOp::Le => order().is_le(),
        CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}
