//! A second evaluator of filters, written to be read: it collects, copies and folds where the real one walks.
//!
//! It takes a filter that a check has let through, and a resource as plain JSON, and knows of the schemas only what
//! type an attribute has.

use std::cmp::Ordering;

use chrono::DateTime;
use scim_core::schema::{AttrType, Attribute};
use scim_core::{AttrName, AttrPath, SchemaSet};
use scim_filter::{CompareOp, Filter, Literal};
use serde_json::Value;

/// Whether a resource satisfies a filter.
#[must_use]
pub fn matches(filter: &Filter, resource: &Value, schemas: &SchemaSet) -> bool {
    match filter {
        Filter::And(all) => !all.iter().any(|filter| !matches(filter, resource, schemas)),
        Filter::Or(any) => any.iter().any(|filter| matches(filter, resource, schemas)),
        Filter::Not(inner) => !matches(inner, resource, schemas),
        Filter::Present(path) => is_present(&values(path, resource, schemas).0),
        Filter::Compare(path, op, literal) => {
            let path = if *literal == Literal::Null { path } else { &with_value(path, schemas) };
            let (values, attribute) = values(path, resource, schemas);
            compare(&values, attribute.as_deref(), *op, literal)
        }
        Filter::ValuePath(path, inner) => {
            let (_, attribute) = values(path, resource, schemas);
            elements(path, resource, schemas)
                .iter()
                .any(|element| matches_element(inner, element, attribute.as_deref()))
        }
    }
}

fn matches_element(filter: &Filter, element: &Value, parent: Option<&Attribute>) -> bool {
    let find = |path: &AttrPath| {
        let name = path.name().map_or("", |name| name.as_str());
        match parent.filter(|parent| parent.kind() == AttrType::Complex) {
            Some(parent) => (leaves(member(element, name)), parent.sub(name).map(|sub| (**sub).clone())),
            None => (leaves(Some(element.clone())), parent.cloned()),
        }
    };
    match filter {
        Filter::And(all) => !all.iter().any(|filter| !matches_element(filter, element, parent)),
        Filter::Or(any) => any.iter().any(|filter| matches_element(filter, element, parent)),
        Filter::Not(inner) => !matches_element(inner, element, parent),
        Filter::Present(path) => is_present(&find(path).0),
        Filter::Compare(path, op, literal) => {
            let (values, attribute) = find(path);
            compare(&values, attribute.as_ref(), *op, literal)
        }
        Filter::ValuePath(..) => false,
    }
}

/// A complex attribute that is compared as a whole stands for its `value`.
fn with_value(path: &AttrPath, schemas: &SchemaSet) -> AttrPath {
    match schemas.resolve(path).ok().and_then(|resolved| resolved.leaf().cloned()) {
        Some(leaf) if leaf.kind() == AttrType::Complex => {
            path.clone().with_sub(AttrName::from_static("value"))
        }
        _ => path.clone(),
    }
}

/// What a path reaches that is not empty, and the attribute.
fn values(path: &AttrPath, resource: &Value, schemas: &SchemaSet) -> (Vec<Value>, Option<Box<Attribute>>) {
    let Ok(resolved) = schemas.resolve(path) else { return (Vec::new(), None) };
    let attribute = resolved.leaf().map(|leaf| Box::new((**leaf).clone()));
    let Some(name) = resolved.path().name() else {
        let extension = resolved.extension().map(ToString::to_string).unwrap_or_default();
        return (leaves(member(resource, &extension)), attribute);
    };
    let top = match resolved.extension() {
        Some(extension) => member(resource, extension.as_ref()).unwrap_or_default(),
        None => resource.clone(),
    };
    let whole = member(&top, name.as_str());
    let Some(sub) = resolved.path().sub() else { return (leaves(whole), attribute) };
    let parts = spread(whole).iter().flat_map(|element| leaves(member(element, sub.as_str()))).collect();
    (parts, attribute)
}

fn elements(path: &AttrPath, resource: &Value, schemas: &SchemaSet) -> Vec<Value> {
    let Ok(resolved) = schemas.resolve(path) else { return Vec::new() };
    let name = resolved.path().name().map_or("", |name| name.as_str());
    let top = match resolved.extension() {
        Some(extension) => member(resource, extension.as_ref()).unwrap_or_default(),
        None => resource.clone(),
    };
    spread(member(&top, name))
}

fn member(object: &Value, name: &str) -> Option<Value> {
    let members = object.as_object()?;
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

/// A list as its elements, a single value as a list of one.
fn spread(value: Option<Value>) -> Vec<Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
    }
}

/// What a value is made of, `null` aside.
fn leaves(value: Option<Value>) -> Vec<Value> {
    spread(value).into_iter().filter(|value| !value.is_null()).collect()
}

/// Whether any of these values holds anything.
fn is_present(values: &[Value]) -> bool {
    values.iter().any(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => is_present(values),
        Value::Object(members) => is_present(&members.values().cloned().collect::<Vec<_>>()),
        _ => true,
    })
}

fn compare(values: &[Value], attribute: Option<&Attribute>, op: CompareOp, literal: &Literal) -> bool {
    match (op, literal) {
        (CompareOp::Eq, Literal::Null) => !is_present(values),
        (CompareOp::Ne, Literal::Null) => is_present(values),
        (CompareOp::Ne, literal) => !compare(values, attribute, CompareOp::Eq, literal),
        (op, literal) => values.iter().any(|value| single(value, attribute, op, literal)),
    }
}

fn single(value: &Value, attribute: Option<&Attribute>, op: CompareOp, literal: &Literal) -> bool {
    let Some(attribute) = attribute else { return false };
    let order = match (attribute.kind(), value, literal) {
        (AttrType::Boolean, Value::Bool(value), literal) => {
            return value.to_string() == literal.to_string().to_lowercase().replace('"', "");
        }
        (AttrType::DateTime, Value::String(value), Literal::String(literal)) => {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            match (instant(value), instant(literal)) {
                (Some(value), Some(literal)) => value.cmp(&literal),
                _ => return false,
            }
        }
        (_, Value::Number(value), Literal::Number(literal)) => {
            decimal(&value.to_string()).cmp(&decimal(literal.as_str()))
        }
        (_, Value::String(value), Literal::String(literal)) => {
            let fold = |text: &str| {
                if attribute.compares_exactly() {
                    text.to_owned()
                } else {
                    text.to_uppercase().to_lowercase()
                }
            };
            let (value, literal) = (fold(value), fold(literal));
            match op {
                CompareOp::Co => return value.contains(&literal),
                CompareOp::Sw => return value.starts_with(&literal),
                CompareOp::Ew => return value.ends_with(&literal),
                _ => value.cmp(&literal),
            }
        }
        _ => return false,
    };
    match op {
        CompareOp::Eq => order == Ordering::Equal,
        CompareOp::Gt => order == Ordering::Greater,
        CompareOp::Ge => order != Ordering::Less,
        CompareOp::Lt => order == Ordering::Less,
        CompareOp::Le => order != Ordering::Greater,
        _ => false,
    }
}

/// A small decimal as a number of millionths.
fn decimal(text: &str) -> i128 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction:0<6}");
    let exponent: u32 = exponent.trim_start_matches('+').parse().unwrap_or(0);
    digits.parse::<i128>().unwrap_or(0) * 10_i128.pow(exponent)
}
