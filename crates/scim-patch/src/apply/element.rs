//! Elements in place: a path with brackets, or a sub-attribute of every element, RFC 7644 §3.5.2.

use scim_core::multi_valued::{is_primary, same_element, same_value};
use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::{AttrPath, ScimError};
use serde_json::{Map, Value};

use super::index::keys_of;
use super::single::{immutable, may_change};
use super::work::{Slot, Work};
use crate::operation::{Operation, PatchOp, Select};

impl<'r> Work<'_, 'r> {
    /// Changes every selected element.
    pub(super) fn edit_elements(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        op: PatchOp,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let places = self.selected(slot, attribute, operation.select.as_ref())?;
        if places.is_empty() {
            return self.none_selected(operation, attribute, op);
        }
        let sets_primary = op != PatchOp::Remove && writes_primary(operation, attribute);
        if sets_primary && places.len() > 1 {
            let text = format!("`{}`: more than one element would be primary", target.path());
            return Err(ScimError::invalid_value(text));
        }
        let sub = target.sub_attribute().map(|sub| &**sub);
        let edit = Edit { op, path: target.path(), attribute, sub, value: &operation.value };
        let mut empty = Vec::new();
        self.charge_copies(places.len(), &operation.value)?;
        self.will_edit(slot, places.len());
        for at in &places {
            let changed = self.edit(slot, *at, |element| edit.apply(element))?;
            if changed && self.list(slot).get(*at).is_some_and(scim_core::value::is_unassigned) {
                empty.push(*at);
            }
        }
        if let (true, [at]) = (sets_primary, places.as_slice()) {
            self.demote(slot, Some(*at))?;
        }
        self.requires(slot, attribute, operation);
        if !empty.is_empty() {
            self.take_elements(slot, &empty);
            if self.get(slot).is_none() {
                self.has_to_be_assigned(slot, attribute, operation);
            }
        }
        Ok(())
    }

    /// The places of the elements that are meant.
    pub(super) fn selected(
        &mut self,
        slot: Slot<'r>,
        attribute: &'r Attribute,
        select: Option<&Select>,
    ) -> Result<Vec<usize>, ScimError> {
        let matches = |element: &Value| match select {
            None => true,
            Some(Select::Filter(filter)) => filter.matches(element),
            Some(Select::Listed(listed)) => listed.iter().any(|one| same_element(attribute, one, element)),
        };
        let keys = select.and_then(|select| keys_of(attribute, select));
        if let Some(keys) = keys {
            if let Some(mut places) = self.look_up(slot, attribute, &keys)? {
                let list = self.list(slot);
                places.retain(|at| list.get(*at).is_some_and(matches));
                return Ok(places);
            }
        }
        let terms = match select {
            Some(Select::Listed(listed)) => listed.len().max(1),
            _ => 1,
        };
        self.charge(self.list(slot).len().saturating_mul(terms))?;
        let elements = self.list(slot).iter().enumerate();
        Ok(elements.filter(|(_, element)| matches(element)).map(|(at, _)| at).collect())
    }

    /// No element is there that could be changed: one is created, or there is no target.
    fn none_selected(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        op: PatchOp,
    ) -> Result<(), ScimError> {
        if op == PatchOp::Remove {
            return Ok(());
        }
        let target = &operation.target;
        let mut element = match (&operation.seed, &operation.select) {
            (Some(seed), _) => Map::clone(seed),
            (None, None) if !attribute.refers_to_resources() => Map::new(),
            _ => return Err(nothing_selected(target.path())),
        };
        if let Some(sub) = target.sub_attribute() {
            element.insert(sub.name().as_str().to_owned(), operation.value.clone());
        }
        let slot = Slot::of(target, attribute);
        let element = Value::Object(element);
        if attribute.mutability() == Mutability::Immutable && self.get(slot).is_some() {
            return Err(immutable(target.path()));
        }
        if is_primary(&element) {
            self.demote(slot, None)?;
        }
        self.append(slot, vec![element]);
        self.requires(slot, attribute, operation);
        Ok(())
    }

    /// Brackets after a single complex value: it is meant when it satisfies the filter.
    pub(super) fn set_selected(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let selected = match (self.get(slot), &operation.select) {
            (Some(value), Some(Select::Filter(filter))) => filter.matches(value),
            _ => false,
        };
        let sub = target.sub_attribute();
        match (selected, self.get(slot), &operation.seed, sub) {
            (true, _, _, Some(sub)) => self.set_sub(operation, attribute, sub, &operation.value),
            (true, _, _, None) => self.set(operation, attribute, &operation.value),
            (false, None, Some(seed), Some(sub)) => {
                let mut value = Map::clone(seed);
                value.insert(sub.name().as_str().to_owned(), operation.value.clone());
                self.put(slot, Value::Object(value));
                self.requires(slot, attribute, operation);
                Ok(())
            }
            _ => Err(nothing_selected(target.path())),
        }
    }

    /// Sets `primary` to false on all elements but this one (RFC 7644 §3.5.2).
    pub(super) fn demote(&mut self, slot: Slot<'r>, but: Option<usize>) -> Result<(), ScimError> {
        self.charge(self.list(slot).len())?;
        let elements = self.list(slot).iter().enumerate();
        let others: Vec<usize> = elements
            .filter(|(at, element)| Some(*at) != but && is_primary(element))
            .map(|(at, _)| at)
            .collect();
        self.will_edit(slot, others.len());
        for at in others {
            self.edit(slot, at, |element| {
                if let Some(mark) = element.get_mut("primary") {
                    *mark = Value::Bool(false);
                }
                Ok::<bool, ScimError>(true)
            })?;
        }
        Ok(())
    }
}

/// What is done to an element.
struct Edit<'e> {
    op: PatchOp,
    path: &'e AttrPath,
    attribute: &'e Attribute,
    sub: Option<&'e Attribute>,
    value: &'e Value,
}

impl Edit<'_> {
    /// Whether the element is another one now.
    fn apply(&self, element: &mut Value) -> Result<bool, ScimError> {
        let Value::Object(members) = element else {
            if self.sub.is_none() && element != self.value {
                self.whole_may_change()?;
                *element = self.value.clone();
                return Ok(true);
            }
            return Ok(false);
        };
        match (self.sub, self.value) {
            (Some(sub), value) => {
                let value = (self.op != PatchOp::Remove).then_some(value);
                self.write(members, sub.name().as_str(), Some(sub), value)
            }
            (None, Value::Object(new)) => {
                let mut changed = false;
                for (name, value) in new {
                    let sub = self.attribute.sub(name).map(|sub| &**sub);
                    changed |= self.write(members, name, sub, (!value.is_null()).then_some(value))?;
                }
                Ok(changed)
            }
            (None, _) => Ok(false),
        }
    }

    /// Sets a sub-attribute, or takes it away; whether it was another.
    fn write(
        &self,
        members: &mut Map<String, Value>,
        name: &str,
        sub: Option<&Attribute>,
        value: Option<&Value>,
    ) -> Result<bool, ScimError> {
        let old = members.get(name);
        if old == value {
            return Ok(false);
        }
        self.whole_may_change()?;
        if let Some(sub) = sub {
            let computed = sub.mutability() == Mutability::ReadOnly;
            if computed && matches!((old, value), (Some(old), Some(new)) if same_value(sub, old, new)) {
                return Ok(false);
            }
            may_change(self.path, sub, old, value)?;
        }
        match value {
            Some(value) => drop(members.insert(name.to_owned(), value.clone())),
            None => drop(members.remove(name)),
        }
        Ok(true)
    }

    fn whole_may_change(&self) -> Result<(), ScimError> {
        match self.attribute.mutability() {
            Mutability::Immutable => Err(immutable(self.path)),
            _ => Ok(()),
        }
    }
}

/// Whether an operation marks the elements that it changes as primary.
fn writes_primary(operation: &Operation, attribute: &Attribute) -> bool {
    let is_mark = attribute.sub("primary").is_some_and(|sub| sub.kind() == AttrType::Boolean);
    is_mark
        && match operation.target.sub_attribute() {
            Some(sub) => *sub.name() == *"primary" && operation.value == Value::Bool(true),
            None => is_primary(&operation.value),
        }
}

fn nothing_selected(path: &AttrPath) -> ScimError {
    let attribute = path.clone().without_sub();
    ScimError::no_target(format!("no element of `{attribute}` satisfies the filter"))
}
