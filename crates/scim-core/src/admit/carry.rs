//! What a replaced resource keeps, RFC 7644 §3.5.1: what the client cannot write, and what it must not lose by leaving
//! it out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::gate::Gate;
use super::place::Place;
use crate::error::ScimType;
use crate::multi_valued::same_value;
use crate::schema::{AttrType, Attribute, Mutability, Slot};
use crate::value::is_unassigned;
use crate::value::text::fold;

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
                Some(sent) if !same_value(attribute, &writable(attribute, old, sent), sent) => {
                    self.problem(ScimType::Mutability, at, "is immutable and has another value");
                }
                // The same value again is no change.
                _ => {
                    new.insert(name.to_owned(), old.clone());
                }
            },
            Mutability::WriteOnly if !new.contains_key(name) => {
                new.insert(name.to_owned(), old.clone());
            }
            // A leaver's account must not come back because a client left `active` out of an update.
            Mutability::ReadWrite if name == "active" && attribute.kind() == AttrType::Boolean => {
                new.entry(name).or_insert_with(|| old.clone());
            }
            _ if attribute.facts().guarded => self.carry_subs(attribute, old, new, at),
            Mutability::ReadWrite | Mutability::WriteOnly => {
                if let (Value::Array(old), Some(Value::Array(sent))) = (old, new.get_mut(name)) {
                    carry_elements(attribute, old, sent);
                }
            }
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
            // The same `value` is the same thing, such as the same manager, whatever else was left out.
            if let (Some(value), Some(old), Some(sent)) =
                (attribute.sub("value"), old.get("value"), sent.get("value"))
            {
                return same_value(value, old, sent);
            }
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

/// What the client cannot write, or cannot read, of the elements that stay as they are.
fn carry_elements(attribute: &Attribute, old: &[Value], sent: &mut [Value]) {
    /// Elements that have the same `value`, or none, are few.
    const FEW: usize = 32;
    let is_hidden =
        |sub: &&Arc<Attribute>| matches!(sub.mutability(), Mutability::ReadOnly | Mutability::WriteOnly);
    let hidden: Vec<&Arc<Attribute>> = attribute.sub_attributes().iter().filter(is_hidden).collect();
    if hidden.is_empty() {
        return;
    }
    // A `value` that is hidden itself tells nothing.
    let telling = attribute.sub("value").is_some_and(|sub| !is_hidden(&sub));
    let key = |element: &Value| {
        let value = element.get("value").filter(|_| telling).and_then(Value::as_str)?;
        Some(fold(value).into_owned())
    };
    let mut by_value: HashMap<Option<String>, Vec<&Value>> = HashMap::new();
    for element in old {
        by_value.entry(key(element)).or_default().push(element);
    }
    for element in sent {
        let candidates = by_value.get(&key(element)).into_iter().flatten();
        let same = |old: &&&Value| same_value(attribute, &writable(attribute, old, element), element);
        let Some(Value::Object(old)) = candidates.take(FEW).find(same) else { continue };
        let Value::Object(members) = element else { continue };
        for sub in &hidden {
            let name = sub.name().as_str();
            if let Some(value) = old.get(name) {
                members.entry(name).or_insert_with(|| value.clone());
            }
        }
    }
}

/// An immutable value as a client can send it again: without what only the server writes, and without what the client
/// cannot read and did not send.
fn writable<'a>(attribute: &Attribute, old: &'a Value, sent: &Value) -> Cow<'a, Value> {
    let mentions = |sent: &Value, name: &str| match sent {
        Value::Array(elements) => elements.iter().any(|element| element.get(name).is_some()),
        one => one.get(name).is_some(),
    };
    let hidden = |sub: &&Arc<Attribute>| match sub.mutability() {
        Mutability::ReadOnly => true,
        Mutability::WriteOnly => !mentions(sent, sub.name().as_str()),
        Mutability::ReadWrite | Mutability::Immutable => false,
    };
    let hidden: Vec<&Arc<Attribute>> = attribute.sub_attributes().iter().filter(hidden).collect();
    if hidden.is_empty() {
        return Cow::Borrowed(old);
    }
    let mut old = old.clone();
    let strip = |value: &mut Value| {
        if let Value::Object(members) = value {
            members.retain(|name, _| !hidden.iter().any(|sub| sub.name() == name.as_str()));
        }
    };
    match &mut old {
        Value::Array(elements) => elements.iter_mut().for_each(strip),
        one => strip(one),
    }
    Cow::Owned(old)
}

/// Lists an extension in `schemas`.
fn list(map: &mut Map<String, Value>, uri: &str) {
    if let Some(Value::Array(listed)) = map.get_mut("schemas") {
        if !listed.iter().any(|one| one == uri) {
            listed.push(uri.into());
        }
    }
}
