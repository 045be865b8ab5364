//! Single values: simple ones are set, complex ones merged, RFC 7644 §3.5.2.1 and §3.5.2.3.

use scim_core::multi_valued::same_value;
use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::{AttrPath, Profile, ScimError, Unknown};
use serde_json::{Map, Value};

use super::work::{Duty, Slot, Work};
use crate::operation::Operation;

impl<'r> Work<'_, 'r> {
    /// Sets a single-valued attribute, or merges into it when it is complex.
    pub(super) fn set(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        value: &'r Value,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        match (attribute.kind(), value) {
            (AttrType::Complex, Value::Object(members)) => self.merge(operation, attribute, members),
            _ => {
                let old = self.get(slot);
                if old == Some(value) {
                    return Ok(());
                }
                may_change(target.path(), attribute, old, Some(value))?;
                self.put(slot, value.clone());
                Ok(())
            }
        }
    }

    /// Sets a sub-attribute of a single value.
    pub(super) fn set_sub(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        sub: &'r Attribute,
        value: &'r Value,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        let old = self.get(slot).and_then(|whole| whole.get(sub.name().as_str()));
        if old == Some(value) {
            return Ok(());
        }
        may_change(target.path(), attribute, None, None)?;
        may_change(target.path(), sub, old, Some(value))?;
        self.put_sub(slot, sub.name().as_str(), value.clone());
        self.forget_computed(slot, attribute);
        self.requires(slot, attribute, operation);
        Ok(())
    }

    /// Writes the sub-attributes of a single value that are given; null takes one away, the others stay.
    fn merge(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
        members: &'r Map<String, Value>,
    ) -> Result<(), ScimError> {
        let target = &operation.target;
        let slot = Slot::of(target, attribute);
        if attribute.mutability() == Mutability::Immutable {
            if let Some(old) = self.get(slot) {
                let differs =
                    members.iter().any(|(name, value)| old.get(name).unwrap_or(&Value::Null) != value);
                return if differs { Err(immutable(target.path())) } else { Ok(()) };
            }
        }
        let mut changed = false;
        for (name, value) in members {
            let sub = attribute.sub(name);
            if sub.is_some_and(|sub| sub.mutability() == Mutability::ReadOnly) {
                continue;
            }
            let old = self.get(slot).and_then(|whole| whole.get(name));
            if old.unwrap_or(&Value::Null) == value {
                continue;
            }
            if let Some(sub) = sub {
                may_change(target.path(), sub, old, (!value.is_null()).then_some(value))?;
            }
            changed = true;
            if value.is_null() {
                self.unassign_sub(slot, target.path(), sub.map(|sub| &**sub), name);
            } else {
                self.put_sub(slot, name, value.clone());
            }
        }
        if changed {
            self.forget_computed(slot, attribute);
            self.stays_assigned(slot, attribute, target.path());
            self.requires(slot, attribute, operation);
            return Ok(());
        }
        // What the server works out was sent and nothing else: it has to be what is there.
        for (name, value) in members {
            let Some(sub) = attribute.sub(name).filter(|sub| sub.mutability() == Mutability::ReadOnly) else {
                continue;
            };
            let old = self.get(slot).and_then(|whole| whole.get(name)).unwrap_or(&Value::Null);
            if !same_value(sub, old, value) {
                return Err(ScimError::not_mutable(format!("`{}.{name}` is readOnly", target.path())));
            }
        }
        Ok(())
    }

    /// Takes a sub-attribute away, remembering whether it has to be there in the end.
    pub(super) fn unassign_sub(
        &mut self,
        slot: Slot<'r>,
        path: &'r AttrPath,
        sub: Option<&'r Attribute>,
        name: &'r str,
    ) {
        if sub.is_some_and(Attribute::required) {
            self.duties.push(Duty::Assigned { index: self.index, slot, sub: Some(name), path });
        }
        self.take_sub(slot, name);
    }

    /// What the server worked out about a value, such as the name of a manager, does not outlive it.
    pub(super) fn forget_computed(&mut self, slot: Slot<'r>, attribute: &'r Attribute) {
        let computed =
            attribute.sub_attributes().iter().filter(|sub| sub.mutability() == Mutability::ReadOnly);
        for sub in computed {
            self.take_sub(slot, sub.name().as_str());
        }
    }

    /// A required attribute that lost its last part has a value again in the end.
    pub(super) fn stays_assigned(&mut self, slot: Slot<'r>, attribute: &'r Attribute, path: &'r AttrPath) {
        if attribute.required() && self.get(slot).is_none() {
            self.duties.push(Duty::Assigned { index: self.index, slot, sub: None, path });
        }
    }

    /// In the end, every value has the sub-attributes that it requires.
    pub(super) fn requires(&mut self, slot: Slot<'r>, attribute: &'r Attribute, operation: &'r Operation) {
        let required =
            |sub: &std::sync::Arc<Attribute>| sub.required() && sub.mutability() != Mutability::ReadOnly;
        if attribute.sub_attributes().iter().any(required) {
            self.duties.push(Duty::Complete { slot, attribute, operation });
        }
    }

    /// A readOnly value that a path-less operation carries: equal to what is there, or refused.
    pub(super) fn expect(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let target = &operation.target;
        let Some(attribute) = target.attribute() else { return Ok(()) };
        let whole = self.get(Slot::of(target, attribute));
        let there = match target.sub_attribute() {
            Some(sub) => whole.and_then(|whole| whole.get(sub.name().as_str())),
            None => whole,
        };
        let leaf = target.sub_attribute().unwrap_or(attribute);
        let profile = Profile::lenient().with_unknown(Unknown::Ignore);
        let sent = self.schemas.admit_value(target, operation.value.clone(), &profile).map(|sent| sent.value);
        let equal = match (there, &sent) {
            (_, Ok(Value::Null)) => true,
            (Some(Value::Object(there)), Ok(Value::Object(sent))) => sent.iter().all(|(name, sent)| {
                let sub = leaf.sub(name);
                there.get(name).is_some_and(|there| match sub {
                    Some(sub) => same_value(sub, there, sent),
                    None => there == sent,
                })
            }),
            (Some(there), Ok(sent)) => same_value(leaf, there, sent),
            _ => false,
        };
        if equal {
            Ok(())
        } else {
            Err(ScimError::mutability(target.path(), "is readOnly and has another value"))
        }
    }
}

/// Whether a value may become another (RFC 7643 §7): an immutable one only while there is none.
pub(super) fn may_change(
    path: &AttrPath,
    attribute: &Attribute,
    old: Option<&Value>,
    new: Option<&Value>,
) -> Result<(), ScimError> {
    let why = match (attribute.mutability(), old, new) {
        (Mutability::ReadOnly, _, _) => "is readOnly",
        (Mutability::Immutable, Some(old), Some(new)) if same_value(attribute, old, new) => return Ok(()),
        (Mutability::Immutable, Some(_), Some(_)) => "is immutable and has another value",
        (Mutability::Immutable, Some(_), None) => "is immutable and cannot be taken away",
        _ => return Ok(()),
    };
    let is_below = path.sub().is_none() && path.name().is_some_and(|name| *name != *attribute.name());
    if is_below {
        return Err(ScimError::mutability(&path.clone().with_sub(attribute.name().clone()), why));
    }
    Err(ScimError::mutability(path, why))
}

pub(super) fn immutable(path: &AttrPath) -> ScimError {
    ScimError::mutability(path, "is immutable and has another value")
}
