//! Walking a document along its schemas: names, duplicates, what counts and what has to be there.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::place::Place;
use super::{COMPLEX_AS_STRING, EXTENSION_NOT_LISTED, NULL_REF, NULL_SUB_ATTRIBUTE, ODD_ANSWERS};
use crate::deviation::{Deviation, Profile, Switch, Unknown};
use crate::error::{ScimError, ScimType, quote};
use crate::schema::{AttrType, Attribute, Mutability, NameIndex, Schema, SchemaSet, Slot};
use crate::uri::SchemaUri;

/// What a document is read for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A client writes a whole resource.
    Write,
    /// A peer answers.
    Response,
    /// A client writes one value.
    Value,
}

/// More problems than these are not worth reading.
const MAX_PROBLEMS: usize = 10;
/// More deviations than these tell nothing new.
const MAX_DEVIATIONS: usize = 100;

pub(super) struct Gate<'a> {
    pub(super) set: &'a SchemaSet,
    pub(super) profile: &'a Profile,
    pub(super) mode: Mode,
    /// Inside of an attribute that is never returned, whose value no message repeats.
    pub(super) secret: bool,
    deviations: Vec<Deviation>,
    problems: Vec<(ScimType, String)>,
    /// How many there were in all.
    count: usize,
}

/// The definitions that the members of an object are looked up in.
enum Scope<'s> {
    Resource(&'s SchemaSet),
    Attributes(&'s NameIndex, &'s [Arc<Attribute>]),
}

/// What a name stands for.
enum Found<'s> {
    Attribute(&'s Attribute),
    Extension(&'s Schema),
    Nothing,
}

impl<'s> Scope<'s> {
    #[inline]
    fn find(&self, name: &str) -> Option<(usize, bool, Found<'s>)> {
        match self {
            Self::Resource(set) => {
                let (at, slot, exact) = set.slot(name)?;
                let found = match slot {
                    Slot::Attribute(attribute) => Found::Attribute(attribute),
                    Slot::Extension(at) => {
                        set.extension_at(*at).map_or(Found::Nothing, |e| Found::Extension(e.schema()))
                    }
                };
                Some((at, exact, found))
            }
            Self::Attributes(index, attributes) => {
                let (at, exact) = index.find(name)?;
                Some((at, exact, attributes.get(at).map_or(Found::Nothing, |a| Found::Attribute(a))))
            }
        }
    }

    fn name(&self, at: usize) -> &str {
        match self {
            Self::Resource(set) => set.slot_name(at),
            Self::Attributes(index, _) => index.name(at),
        }
    }
}

/// What becomes of a member that cannot stay as it is.
enum Edit {
    Remove,
    /// Spell it like this slot.
    Rename(usize),
}

/// Applies edits to the members at these places, in the order of the map. A name in another case is as long as the
/// canonical one, so nothing is allocated for it.
fn edit(map: &mut Map<String, Value>, edits: &[(usize, Edit)], scope: &Scope<'_>) {
    let mut edits = edits.iter().peekable();
    let mut at = 0;
    if edits.clone().all(|(_, edit)| matches!(edit, Edit::Remove)) {
        map.retain(|_, _| {
            at += 1;
            edits.next_if(|(place, _)| place + 1 == at).is_none()
        });
        return;
    }
    let old = std::mem::take(map);
    for (at, (mut name, value)) in old.into_iter().enumerate() {
        match edits.next_if(|(place, _)| *place == at) {
            Some((_, Edit::Remove)) => continue,
            Some((_, Edit::Rename(slot))) => {
                name.clear();
                name.push_str(scope.name(*slot));
            }
            None => {}
        }
        map.insert(name, value);
    }
}

/// A set of small numbers.
#[derive(Default)]
struct Seen {
    low: u128,
    high: Vec<usize>,
}

impl Seen {
    /// Whether it was not there yet.
    fn insert(&mut self, at: usize) -> bool {
        if at < 128 {
            let bit = 1 << at;
            let new = self.low & bit == 0;
            self.low |= bit;
            return new;
        }
        let new = !self.high.contains(&at);
        if new {
            self.high.push(at);
        }
        new
    }
}

impl<'a> Gate<'a> {
    pub(super) fn new(set: &'a SchemaSet, profile: &'a Profile, mode: Mode) -> Self {
        Self { set, profile, mode, secret: false, deviations: Vec::new(), problems: Vec::new(), count: 0 }
    }

    /// The deviations, or the error that sums up all problems.
    pub(super) fn finish(self) -> Result<Vec<Deviation>, ScimError> {
        let more = if self.count > self.problems.len() { "; and more" } else { "" };
        let mut problems = self.problems.into_iter();
        let Some((scim_type, mut text)) = problems.next() else { return Ok(self.deviations) };
        if self.count > 1 {
            let rest: String = problems.map(|(_, text)| format!("; {text}")).collect();
            text = format!("{} problems: {text}{rest}{more}", self.count);
        }
        Err(ScimError::new(400).with_type(scim_type).with_detail(text))
    }

    pub(super) fn problem(&mut self, scim_type: ScimType, at: &Place<'_>, text: impl std::fmt::Display) {
        // One odd value must not make a whole answer unreadable.
        let odd = self.mode == Mode::Response && scim_type == ScimType::InvalidValue;
        if !odd || !self.tolerates(&ODD_ANSWERS, at) {
            self.problem_text(scim_type, || format!("`{at}` {text}"));
        }
    }

    fn problem_text(&mut self, scim_type: ScimType, text: impl FnOnce() -> String) {
        self.count += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((scim_type, text()));
        }
    }

    /// Whether the profile lets this through; if so, it is recorded.
    pub(super) fn tolerates(&mut self, switch: &Switch, at: &Place<'_>) -> bool {
        let allowed = self.profile.allows(switch);
        if allowed {
            self.report(switch, at);
        }
        allowed
    }

    pub(super) fn report(&mut self, switch: &Switch, at: &Place<'_>) {
        if self.deviations.len() < MAX_DEVIATIONS {
            self.deviations.push(Deviation::new(switch, at.to_string()));
        }
    }

    /// The whole resource, in place.
    pub(super) fn resource(&mut self, map: &mut Map<String, Value>) {
        let set = self.set;
        self.members(map, &Scope::Resource(set), &Place::TOP);
        self.schemas(map);
    }

    /// The object of an extension, in place; whether anything is left.
    pub(super) fn extension(&mut self, schema: &Schema, value: &mut Value, at: &Place<'_>) -> bool {
        match value {
            Value::Null => false,
            Value::Object(map) => {
                self.members(map, &Scope::Attributes(schema.index(), schema.attributes()), at);
                !map.is_empty()
            }
            _ => {
                self.problem(
                    ScimType::InvalidValue,
                    at,
                    "has to be an object with the attributes of this schema",
                );
                true
            }
        }
    }

    /// The object of a complex value, in place; whether anything is left.
    pub(super) fn complex(
        &mut self,
        attribute: &Attribute,
        map: &mut Map<String, Value>,
        at: &Place<'_>,
    ) -> bool {
        self.members(map, &Scope::Attributes(&attribute.facts().index, attribute.sub_attributes()), at);
        !map.is_empty()
    }

    /// The members of an object, in place. An object that is spelled canonically is not rebuilt.
    fn members(&mut self, map: &mut Map<String, Value>, scope: &Scope<'_>, at: &Place<'_>) {
        let mut seen = Seen::default();
        let mut edits: Vec<(usize, Edit)> = Vec::new();
        for (member, (name, value)) in map.iter_mut().enumerate() {
            let here = Place::Member(at, name);
            let found = scope.find(name).or_else(|| self.alias(name, scope, &here));
            let Some((slot, exact, found)) = found else {
                if !self.unknown(name, value, at) {
                    edits.push((member, Edit::Remove));
                }
                continue;
            };
            let here = if exact { here } else { Place::Member(at, scope.name(slot)) };
            if !seen.insert(slot) {
                self.problem(ScimType::InvalidSyntax, &here, "stands there twice, in different case");
                continue;
            }
            let keep = match found {
                Found::Attribute(attribute) => {
                    self.counts(attribute) && {
                        self.note_null(attribute, value, at, &here);
                        self.attribute(attribute, value, &here)
                    }
                }
                Found::Extension(schema) => self.extension(schema, value, &here),
                Found::Nothing => false,
            };
            if !keep {
                edits.push((member, Edit::Remove));
            } else if !exact {
                edits.push((member, Edit::Rename(slot)));
            }
        }
        if !edits.is_empty() {
            edit(map, &edits, scope);
        }
        if self.profile.unknown() == Unknown::Keep || self.mode == Mode::Response {
            self.same_unknown(map, scope, at);
        }
    }

    /// Whether what the client says of this attribute counts (RFC 7644 §3.3 and §3.5.1). It is decided before the type
    /// is looked at: real clients send `id: ""`.
    fn counts(&self, attribute: &Attribute) -> bool {
        self.mode != Mode::Write || attribute.mutability() != Mutability::ReadOnly
    }

    /// `null` is a legal way to say nothing; that it is said is worth knowing.
    fn note_null(&mut self, attribute: &Attribute, value: &Value, at: &Place<'_>, here: &Place<'_>) {
        if value.is_null() && matches!(at, Place::Element(..)) {
            let is_ref = attribute.kind() == AttrType::Reference && *attribute.name() == *"$ref";
            self.tolerates(if is_ref { &NULL_REF } else { &NULL_SUB_ATTRIBUTE }, here);
        }
    }

    /// What an old or mistyped URN stands for as the name of an extension's object.
    fn alias<'s>(
        &mut self,
        name: &str,
        scope: &Scope<'s>,
        here: &Place<'_>,
    ) -> Option<(usize, bool, Found<'s>)> {
        let Scope::Resource(set) = scope else { return None };
        let (uri, switch) = super::schemas::alias(name, set.base().id())?;
        if uri == *set.base().id() {
            return None;
        }
        let (slot, _, found) = scope.find(uri.as_str())?;
        self.tolerates(switch, here).then_some((slot, false, found))
    }

    /// What no schema knows; whether it stays.
    fn unknown(&mut self, name: &str, value: &Value, at: &Place<'_>) -> bool {
        match (self.profile.unknown(), self.mode) {
            (Unknown::Refuse, Mode::Write | Mode::Value) => {
                let text = format!("unknown attribute {}", quote(name));
                match at {
                    Place::Root("") => self.problem_text(ScimType::InvalidSyntax, || text),
                    at => self.problem_text(ScimType::InvalidSyntax, || format!("{text} in `{at}`")),
                }
                true
            }
            (Unknown::Ignore, Mode::Write | Mode::Value) => {
                // The object of an extension that we do not have is data that its sender will miss.
                if value.is_object() && matches!(at, Place::Root("")) && SchemaUri::read(name).is_some() {
                    self.tolerates(&EXTENSION_NOT_LISTED, &Place::Member(at, name));
                }
                false
            }
            (Unknown::Keep, _) | (_, Mode::Response) => !crate::value::is_unassigned(value),
        }
    }

    /// Unknown names are names: they do not differ by case alone either.
    fn same_unknown(&mut self, map: &Map<String, Value>, scope: &Scope<'_>, at: &Place<'_>) {
        let mut unknown: Vec<String> = map
            .keys()
            .filter(|name| scope.find(name).is_none())
            .map(|name| name.to_ascii_lowercase())
            .collect();
        unknown.sort_unstable();
        let twice = unknown.windows(2).find(|pair| pair.first() == pair.last()).and_then(|pair| pair.first());
        if let Some(name) = twice {
            // The place is built from known names only; this one is the peer's.
            let text = format!("{} stands there twice, in different case", quote(name));
            match at {
                Place::Root("") => self.problem_text(ScimType::InvalidSyntax, || text),
                at => self.problem_text(ScimType::InvalidSyntax, || format!("{text}, in `{at}`")),
            }
        }
    }

    /// What has to be there in the end (RFC 7643 §4.1.1, §6 and §7); sub-attributes are asked for where they stand.
    pub(super) fn require(&mut self, map: &Map<String, Value>) {
        if self.mode != Mode::Write {
            return;
        }
        for slot in self.set.required() {
            let name = self.set.slot_name(*slot);
            if !map.contains_key(name) {
                self.problem(ScimType::InvalidValue, &Place::Root(name), "is required");
            }
        }
        for extension in self.set.extensions() {
            let uri = extension.schema().id().as_str();
            let Some(Value::Object(members)) = map.get(uri) else { continue };
            for attribute in extension.schema().attributes() {
                let name = attribute.name().as_str();
                if attribute.required()
                    && attribute.mutability() != Mutability::ReadOnly
                    && !members.contains_key(name)
                {
                    let place = format!("{uri}:{name}");
                    self.problem(ScimType::InvalidValue, &Place::Root(&place), "is required");
                }
            }
        }
    }

    /// Whether an extension's data that `schemas` does not name is let through.
    pub(super) fn tolerates_unlisted(&mut self, uri: &str) -> bool {
        self.tolerates(&EXTENSION_NOT_LISTED, &Place::Root(uri))
    }

    pub(super) fn tolerates_as_string(&mut self, at: &Place<'_>) -> bool {
        self.tolerates(&COMPLEX_AS_STRING, at)
    }
}
