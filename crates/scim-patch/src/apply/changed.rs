//! What is another value now than it was before.

use std::collections::HashMap;

use scim_core::schema::{AttrType, Attribute, SchemaExtension};
use scim_core::{AttrPath, SchemaUri};
use serde_json::Value;

use super::work::{Slot, Undo, Work, put_back};

/// The first that was noted of an attribute, or of a sub-attribute.
struct Note<'l> {
    slot: Slot<'l>,
    sub: Option<&'l str>,
    /// What was there; for a list that was changed in place, that has to be worked out.
    old: Old<'l>,
}

enum Old<'l> {
    Was(Option<&'l Value>),
    InPlace,
}

impl Work<'_, '_> {
    pub(super) fn changed(&self) -> Vec<AttrPath> {
        let mut notes: Vec<Note<'_>> = Vec::new();
        for step in &self.log {
            match step {
                Undo::Put { slot, sub, old } => note(&mut notes, *slot, *sub, Old::Was(old.as_ref())),
                Undo::Taken { slot, .. } | Undo::Added { slot, .. } | Undo::Edited { slot, .. } => {
                    note(&mut notes, *slot, None, Old::InPlace);
                }
                Undo::Container { uri, old: Some(Value::Object(members)) } => {
                    for (name, old) in members {
                        let slot = Slot { container: Some(*uri), name };
                        note(&mut notes, slot, None, Old::Was(Some(old)));
                    }
                }
                Undo::Container { .. } => {}
            }
        }
        let mut changed: Vec<AttrPath> = Vec::with_capacity(notes.len());
        for (at, one) in notes.iter().enumerate() {
            let (before, _) = notes.split_at(at);
            let Some((attribute, path)) = self.attribute_at(one.slot) else { continue };
            let now = self.get(one.slot);
            let mut add = |path: AttrPath| {
                if !changed.contains(&path) {
                    changed.push(path);
                }
            };
            match (&one.old, one.sub) {
                (Old::InPlace, _) => {
                    if self.list_differs(one.slot) {
                        add(path);
                    }
                }
                (Old::Was(old), Some(sub)) => {
                    let noted = before.iter().any(|other| other.slot == one.slot && other.sub.is_none());
                    if !noted && now.and_then(|now| now.get(sub)) != *old {
                        add(sub_path(attribute, &path, sub));
                    }
                }
                (Old::Was(old), None)
                    if attribute.kind() == AttrType::Complex && !attribute.multi_valued() =>
                {
                    let names = |value: Option<&Value>| -> Vec<String> {
                        let members = value.and_then(Value::as_object);
                        members.map(|members| members.keys().cloned().collect()).unwrap_or_default()
                    };
                    for name in names(*old).iter().chain(&names(now)) {
                        let noted = before
                            .iter()
                            .any(|other| other.slot == one.slot && other.sub == Some(name.as_str()));
                        let part = |value: Option<&Value>| value.and_then(|value| value.get(name)).cloned();
                        if !noted && part(*old) != part(now) {
                            add(sub_path(attribute, &path, name));
                        }
                    }
                }
                (Old::Was(old), None) => {
                    if now != *old {
                        add(path);
                    }
                }
            }
        }
        changed
    }

    /// Whether a list is another one, after changes in place and perhaps others: what was added may have gone again, and
    /// what was set may have been set back.
    fn list_differs(&self, slot: Slot<'_>) -> bool {
        let now = self.list(slot);
        let (mut added, mut taken, mut replaced) = (0, 0, false);
        let mut edited: HashMap<usize, &Value> = HashMap::new();
        for step in &self.log {
            match step {
                Undo::Added { slot: of, count } if *of == slot => added += count,
                Undo::Taken { slot: of, elements } if *of == slot => taken += elements.len(),
                Undo::Edited { slot: of, at, old } if *of == slot => {
                    edited.entry(*at).or_insert(old);
                }
                Undo::Put { slot: of, sub: None, .. } => replaced |= *of == slot,
                Undo::Container { uri, .. } => replaced |= slot.container == Some(*uri),
                _ => {}
            }
        }
        if !replaced && added != taken {
            return true;
        }
        if !replaced && added == 0 {
            return edited.into_iter().any(|(at, old)| now.get(at) != Some(old));
        }
        let mut before: Vec<&Value> = now.iter().collect();
        for step in self.log.iter().rev() {
            let whole = match step {
                Undo::Added { slot: of, count } if *of == slot => {
                    before.truncate(before.len().saturating_sub(*count));
                    continue;
                }
                Undo::Taken { slot: of, elements } if *of == slot => {
                    put_back(&mut before, elements.iter().map(|(at, element)| (*at, element)));
                    continue;
                }
                Undo::Edited { slot: of, at, old } if *of == slot => {
                    before.get_mut(*at).into_iter().for_each(|element| *element = old);
                    continue;
                }
                Undo::Put { slot: of, sub: None, old } if *of == slot => old.as_ref(),
                Undo::Container { uri, old } if slot.container == Some(*uri) => {
                    old.as_ref().and_then(|members| members.get(slot.name))
                }
                _ => continue,
            };
            before = whole.and_then(Value::as_array).into_iter().flatten().collect();
        }
        let same = |(a, b): (&&Value, &Value)| std::ptr::eq(*a, b) || **a == *b;
        before.len() != now.len() || !before.iter().zip(now).all(same)
    }

    fn attribute_at(&self, slot: Slot<'_>) -> Option<(&Attribute, AttrPath)> {
        let Some(uri) = slot.container else {
            let path: AttrPath = slot.name.parse().ok()?;
            let resolved = self.schemas.resolve(&path).ok()?;
            let name = resolved.attribute()?.name().as_str();
            let attribute = self.schemas.attributes().find(|attribute| attribute.name().as_str() == name)?;
            return Some((attribute, resolved.path().clone()));
        };
        let mut schemas = self.schemas.extensions().iter().map(SchemaExtension::schema);
        let schema = schemas.find(|schema| schema.id().as_str() == uri)?;
        let attribute = schema.attribute(slot.name)?;
        let uri: SchemaUri = schema.id().clone();
        Some((attribute, AttrPath::of_name(attribute.name().clone()).with_schema(uri)))
    }
}

fn note<'l>(notes: &mut Vec<Note<'l>>, slot: Slot<'l>, sub: Option<&'l str>, old: Old<'l>) {
    if !notes.iter().any(|note| note.slot == slot && note.sub == sub) {
        notes.push(Note { slot, sub, old });
    }
}

fn sub_path(attribute: &Attribute, path: &AttrPath, sub: &str) -> AttrPath {
    match attribute.sub(sub) {
        Some(sub) => path.clone().with_sub(sub.name().clone()),
        None => path.clone(),
    }
}
