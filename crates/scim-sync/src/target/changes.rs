//! Changes of values as the operations of a PATCH: one a value, by the path of its mapping, so that nothing beside it is
//! touched, whether or not anything is known about it.

use std::collections::{BTreeMap, HashSet};

use scim_client::PatchForm;
use scim_core::Resource;
use serde_json::{Value, json};

use super::{Failure, unwritable};
use crate::plan::ValueChange;
use crate::rules::{CompiledMapping, ReferenceTo, Row};

/// What of an element only says which one it is.
const MARKS: [&str; 3] = ["primary", "display", "type"];

/// The operations that make these changes, where the resource is known to have these values.
pub(super) fn operations(
    mapping: &CompiledMapping,
    known: &BTreeMap<String, Value>,
    changes: &[ValueChange],
    form: PatchForm,
) -> Result<Vec<Value>, Failure> {
    let mut operations = Vec::with_capacity(changes.len());
    let mut whole: HashSet<String> = HashSet::new();
    for change in changes {
        let Some(row) = mapping.rows().get(change.row) else { continue };
        if let Some((list, selector, _)) = row.element() {
            let key = selector.to_lowercase();
            if whole.contains(&key) {
                continue;
            }
            let element = Element::new(mapping, known, changes, &key);
            if element.goes() {
                operations.push(json!({"op": "remove", "path": selector}));
                whole.insert(key);
                continue;
            }
            // Entra names a part of an element that is not there yet; to the RFC that would be no target.
            if !element.is_there && !matches!(form, PatchForm::Entra | PatchForm::EntraScim062020) {
                let mut scratch = Resource::new(mapping.schemas());
                for (row, change) in &element.changes {
                    if let Some(value) = &change.new {
                        row.write(&mut scratch, value.clone()).map_err(unwritable)?;
                    }
                }
                if let Some(value) = scratch.get(list) {
                    operations.push(json!({"op": "add", "path": list.to_string(), "value": value}));
                }
                whole.insert(key);
                continue;
            }
        }
        operations.push(one(mapping, row, change)?);
    }
    if form == PatchForm::EntraScim062020 {
        // With its flag Entra sends single values together.
        let alone =
            |one: &Value| one["op"] == "remove" || one["path"].as_str().is_some_and(|p| p.contains('['));
        operations.sort_by_cached_key(|one| (alone(one), one["op"] == "add"));
    }
    Ok(operations)
}

/// One value.
fn one(mapping: &CompiledMapping, row: &Row, change: &ValueChange) -> Result<Value, Failure> {
    let mut scratch = Resource::new(mapping.schemas());
    if let Some(value) = &change.new {
        row.write(&mut scratch, value.clone()).map_err(unwritable)?;
    }
    let path = row.target();
    Ok(match row.value(&scratch) {
        None => json!({"op": "remove", "path": path}),
        Some(value) => {
            let op = if change.old.is_some() { "replace" } else { "add" };
            let value = match row.reference() {
                Some(ReferenceTo::Manager) => json!({"value": value}),
                _ => value.clone(),
            };
            json!({"op": op, "path": path, "value": value})
        }
    })
}

/// An element of a list, as far as it is mapped.
struct Element<'a> {
    changes: Vec<(&'a Row, &'a ValueChange)>,
    is_there: bool,
    /// Whether it has more in the end than what says which one it is.
    is_left: bool,
}

impl<'a> Element<'a> {
    fn new(
        mapping: &'a CompiledMapping,
        known: &BTreeMap<String, Value>,
        changes: &'a [ValueChange],
        key: &str,
    ) -> Self {
        let mut element = Self { changes: Vec::new(), is_there: false, is_left: false };
        for (at, row) in mapping.rows().iter().enumerate() {
            let Some((_, selector, sub)) = row.element() else { continue };
            if selector.to_lowercase() != key {
                continue;
            }
            let had = known.contains_key(row.target());
            let change = changes.iter().find(|change| change.row == at);
            element.is_there |= had || change.is_some_and(|change| change.old.is_some());
            let has = change.map_or(had, |change| change.new.is_some());
            element.is_left |= has && !MARKS.contains(&sub.as_str());
            element.changes.extend(change.map(|change| (row, change)));
        }
        element
    }

    /// Whether the element goes with the last of what was in it.
    fn goes(&self) -> bool {
        self.is_there && !self.is_left && self.changes.iter().all(|(_, change)| change.new.is_none())
    }
}
