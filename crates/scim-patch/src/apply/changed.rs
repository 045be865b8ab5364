//! What is another value now than it was before.

use scim_core::schema::{AttrType, Attribute, SchemaExtension};
use scim_core::{AttrPath, SchemaUri};
use serde_json::Value;

use super::work::{Slot, Undo, Work};

/// The first that was noted of an attribute, or of a sub-attribute.
struct Note<'l> {
    slot: Slot<'l>,
    sub: Option<&'l str>,
    /// What was there; for a list that was changed in place, that is not known.
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
                (Old::InPlace, _) => add(path),
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
