//! What a replaced resource keeps, RFC 7644 §3.5.1: what the client cannot write, and what it must not lose by leaving
//! it out.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::gate::Gate;
use super::place::Place;
use crate::error::ScimType;
use crate::multi_valued::same_value;
use crate::schema::{AttrType, Attribute, Mutability, Slot};
use crate::value::is_unassigned;

impl Gate<'_> {
    /// Brings what stays of the existing resource into the new one.
    pub(super) fn carry_over(&mut self, existing: &Map<String, Value>, new: &mut Map<String, Value>) {
        for (at, slot) in self.set.slots().iter().enumerate() {
            let name = self.set.slot_name(at).to_owned();
            match slot {
                Slot::Attribute(attribute) if name != "schemas" => {
                    self.carry_attribute(attribute, existing, new, &Place::Root(&name));
                }
                Slot::Attribute(_) => {}
                Slot::Extension(at) => {
                    let Some(schema) =
                        self.set.extension_at(*at).map(|extension| Arc::clone(extension.schema()))
                    else {
                        continue;
                    };
                    let Some(Value::Object(old)) = existing.get(&name) else { continue };
                    let mut container = match new.remove(&name) {
                        Some(Value::Object(container)) => container,
                        _ => Map::new(),
                    };
                    for attribute in schema.attributes() {
                        let place = format!("{name}:{}", attribute.name());
                        self.carry_attribute(attribute, old, &mut container, &Place::Root(&place));
                    }
                    if !container.is_empty() {
                        list(new, &name);
                        new.insert(name, Value::Object(container));
                    }
                }
            }
        }
    }

    fn carry_attribute(
        &mut self,
        attribute: &Attribute,
        existing: &Map<String, Value>,
        new: &mut Map<String, Value>,
        at: &Place<'_>,
    ) {
        let name = attribute.name().as_str();
        let Some(old) = existing.get(name).filter(|old| !is_unassigned(old)) else { return };
        match attribute.mutability() {
            Mutability::ReadOnly => {
                new.insert(name.to_owned(), old.clone());
            }
            Mutability::Immutable => match new.get(name) {
                Some(sent) if !same_value(attribute, old, sent) => {
                    self.problem(ScimType::Mutability, at, "is immutable and has another value");
                }
                Some(_) => {}
                None => {
                    new.insert(name.to_owned(), old.clone());
                }
            },
            Mutability::WriteOnly => {
                new.entry(name).or_insert_with(|| old.clone());
            }
            // A leaver's account must not come back because a client left `active` out of an update.
            Mutability::ReadWrite if name == "active" && attribute.kind() == AttrType::Boolean => {
                new.entry(name).or_insert_with(|| old.clone());
            }
            Mutability::ReadWrite if attribute.facts().guarded => self.carry_subs(attribute, old, new, at),
            Mutability::ReadWrite => {}
        }
    }

    /// The guarded sub-attributes of a single complex value. Those that the server works out stay only while what the
    /// client wrote stays: `manager.displayName` belongs to one `manager.value`.
    fn carry_subs(
        &mut self,
        attribute: &Attribute,
        old: &Value,
        new: &mut Map<String, Value>,
        at: &Place<'_>,
    ) {
        let Value::Object(old) = old else { return };
        let name = attribute.name().as_str();
        let mut sent = match new.remove(name) {
            Some(Value::Object(sent)) => Some(sent),
            Some(other) => {
                new.insert(name.to_owned(), other);
                return;
            }
            None => None,
        };
        let written = |sub: &&Arc<Attribute>| sub.mutability() != Mutability::ReadOnly;
        let unchanged = sent.as_ref().is_some_and(|sent| {
            attribute.sub_attributes().iter().filter(written).all(|sub| {
                match (old.get(sub.name().as_str()), sent.get(sub.name().as_str())) {
                    (Some(old), Some(sent)) => same_value(sub, old, sent),
                    // Left out, these stay; see below.
                    (_, None) if sub.mutability() != Mutability::ReadWrite => true,
                    (old, sent) => old.is_none() && sent.is_none(),
                }
            })
        });
        for sub in attribute.sub_attributes() {
            let sub_name = sub.name().as_str();
            let Some(old) = old.get(sub_name) else { continue };
            let stays = match sub.mutability() {
                Mutability::ReadOnly => unchanged,
                Mutability::Immutable | Mutability::WriteOnly => true,
                Mutability::ReadWrite => false,
            };
            if !stays {
                continue;
            }
            match sent.as_ref().and_then(|sent| sent.get(sub_name)) {
                Some(value) if sub.mutability() == Mutability::Immutable && !same_value(sub, old, value) => {
                    self.problem(
                        ScimType::Mutability,
                        &Place::Member(at, sub_name),
                        "is immutable and has another value",
                    );
                }
                Some(_) => {}
                None => {
                    sent.get_or_insert_with(Map::new).insert(sub_name.to_owned(), old.clone());
                }
            }
        }
        if let Some(sent) = sent {
            new.insert(name.to_owned(), Value::Object(sent));
        }
    }
}

/// Lists an extension in `schemas`.
fn list(map: &mut Map<String, Value>, uri: &str) {
    if let Some(Value::Array(listed)) = map.get_mut("schemas") {
        if !listed.iter().any(|one| one == uri) {
            listed.push(uri.into());
        }
    }
}
