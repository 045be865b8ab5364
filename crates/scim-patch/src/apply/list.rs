//! Lists: elements come and go by what they are, not by their place. RFC 7644 §3.5.2.1 and §3.5.2.2.
//!
//! Few changes are made by looking through the list for each. Many, also over several operations in a row on the same
//! list, are looked up in a table of the changes while the list is walked through once, so that the time is that of the
//! list and the changes added, and not multiplied.

use std::borrow::Cow;
use std::collections::HashMap;

use scim_core::multi_valued::{is_primary, same_element};
use scim_core::schema::{Attribute, Mutability};
use scim_core::value::text;
use scim_core::{ScimError, attr};
use serde_json::Value;

use super::identity::{Identity, Key};
use super::single::immutable;
use super::work::{Slot, Work};
use crate::operation::{Operation, PatchOp, Select, values_of};

/// So many changes are made one by one.
const FEW: usize = 4;

/// What an operation does to a list.
enum Step<'r> {
    Add(&'r [Value]),
    /// The elements with one of these values, folded where the attribute does not compare exactly.
    RemoveValues(Vec<&'r str>),
    RemoveListed(&'r [Value]),
}

impl Step<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Add(elements) | Self::RemoveListed(elements) => elements.len(),
            Self::RemoveValues(values) => values.len(),
        }
    }
}

/// What an operation does, where that is to add or remove elements by what they are.
fn step(operation: &Operation) -> Option<Step<'_>> {
    if operation.has_sub() || operation.expects || !operation.is_list() {
        return None;
    }
    match (operation.op, &operation.select, &operation.value) {
        (PatchOp::Add, None, Value::Array(elements)) => Some(Step::Add(elements)),
        (PatchOp::Remove, Some(Select::Filter(filter)), _) => values_of(filter).map(Step::RemoveValues),
        (PatchOp::Remove, Some(Select::Listed(elements)), _) => Some(Step::RemoveListed(elements)),
        _ => None,
    }
}

/// How many operations from the first on do nothing but add elements to one list and remove them by what they are.
pub(super) fn run_of(operations: &[Operation]) -> usize {
    let [first, second, ..] = operations else { return 1 };
    let immutable = first.target.attribute().is_none_or(|a| a.mutability() == Mutability::Immutable);
    let path = first.target.path();
    if immutable || second.target.path() != path || *path == attr::SCHEMAS {
        return 1;
    }
    operations.iter().take_while(|next| next.target.path() == path && step(next).is_some()).count()
}

impl<'r> Work<'_, 'r> {
    /// One operation on a list.
    pub(super) fn change_one_list(&mut self, operation: &'r Operation) -> Result<(), ScimError> {
        let Some(attribute) = operation.target.attribute() else { return Ok(()) };
        let slot = Slot::of(&operation.target, attribute);
        if attribute.mutability() == Mutability::Immutable && self.get(slot).is_some() {
            return self.change_fixed_list(operation, attribute);
        }
        match step(operation) {
            Some(_) => self.change_list(std::slice::from_ref(operation))?,
            None => {
                let places = self.selected(slot, attribute, operation.select.as_ref())?;
                self.take_elements(slot, &places);
                if !places.is_empty() && self.get(slot).is_none() {
                    self.has_to_be_assigned(slot, attribute, operation);
                }
            }
        }
        Ok(())
    }

    /// An immutable list that has a value: it may be told what is in it, and nothing else.
    fn change_fixed_list(
        &mut self,
        operation: &'r Operation,
        attribute: &'r Attribute,
    ) -> Result<(), ScimError> {
        let slot = Slot::of(&operation.target, attribute);
        self.charge(self.list(slot).len())?;
        let list = self.list(slot);
        let same = match (operation.op, &operation.value) {
            (PatchOp::Add, Value::Array(new)) => {
                let found =
                    Table::of(attribute, [Step::Add(new)].as_slice()).settle(list, None, &[Step::Add(new)]);
                found.new.is_empty()
            }
            _ => self.selected(slot, attribute, operation.select.as_ref())?.is_empty(),
        };
        if same { Ok(()) } else { Err(immutable(operation.target.path())) }
    }

    /// Operations in a row on one list.
    pub(super) fn change_list(&mut self, operations: &'r [Operation]) -> Result<(), ScimError> {
        let Some((first, last)) = operations.first().zip(operations.last()) else { return Ok(()) };
        let Some(attribute) = first.target.attribute() else { return Ok(()) };
        let slot = Slot::of(&first.target, attribute);
        let adds = |operation: &&Operation| {
            operation.op == PatchOp::Add && operation.value.as_array().is_some_and(|new| !new.is_empty())
        };
        // Should this be what makes an extension, it is the first addition that does.
        self.index = operations.iter().find(adds).unwrap_or(last).index;
        let steps: Vec<Step<'r>> = operations.iter().filter_map(step).collect();
        let changes: usize = steps.iter().map(Step::len).sum();
        let length = self.list(slot).len();
        let mut last_gone = None;
        if changes <= FEW || (length <= FEW && changes <= 4 * FEW) {
            for (at, step) in steps.iter().enumerate() {
                if self.change_few(slot, attribute, step)? {
                    last_gone = Some(at);
                }
            }
        } else {
            let table = Table::of(attribute, &steps);
            let places = self.look_up(slot, attribute, table.by_key.keys())?;
            let settled = table.settle(self.list(slot), places, &steps);
            last_gone = settled.last_gone;
            self.take_elements(slot, &settled.gone);
            if settled.demotes {
                self.demote(slot, None)?;
            }
            self.append(slot, settled.new);
        }
        for operation in operations.iter().filter(adds) {
            self.requires(slot, attribute, operation);
        }
        if self.get(slot).is_none() {
            if let Some(operation) = last_gone.and_then(|at| operations.get(at)) {
                self.has_to_be_assigned(slot, attribute, operation);
            }
        }
        Ok(())
    }

    /// One step, change by change; whether an element went.
    fn change_few(
        &mut self,
        slot: Slot<'r>,
        attribute: &'r Attribute,
        step: &Step<'r>,
    ) -> Result<bool, ScimError> {
        let identity = Identity::of(attribute);
        let gone: Vec<usize> = match step {
            Step::Add(elements) => {
                for element in *elements {
                    let same = |other: &Value| same_element(attribute, other, element);
                    if !self.find(slot, attribute, &[identity.key(element)], same)?.is_empty() {
                        continue;
                    }
                    if is_primary(element) {
                        self.demote(slot, None)?;
                    }
                    self.append(slot, vec![element.clone()]);
                }
                return Ok(false);
            }
            Step::RemoveValues(values) => {
                let exact = identity.exact;
                let keys: Vec<Key<'_>> =
                    values.iter().map(|value| Key::Value(Cow::Borrowed(value))).collect();
                self.find(slot, attribute, &keys, |element| {
                    identity.value(element).is_some_and(|value| {
                        values.iter().any(|v| if exact { *v == value } else { text::eq_folded(value, v) })
                    })
                })?
            }
            Step::RemoveListed(listed) => {
                let keys: Vec<Key<'_>> = listed.iter().map(|one| identity.key(one)).collect();
                let same = |element: &Value| listed.iter().any(|one| same_element(attribute, one, element));
                self.find(slot, attribute, &keys, same)?
            }
        };
        self.take_elements(slot, &gone);
        Ok(!gone.is_empty())
    }

    /// The places of the elements that are meant, all of which have one of these keys.
    fn find(
        &mut self,
        slot: Slot<'r>,
        attribute: &'r Attribute,
        keys: &[Key<'_>],
        is_meant: impl Fn(&Value) -> bool,
    ) -> Result<Vec<usize>, ScimError> {
        let places = self.look_up(slot, attribute, keys)?;
        if places.is_none() {
            self.charge(self.list(slot).len())?;
        }
        let list = self.list(slot);
        Ok(match places {
            Some(mut places) => {
                places.retain(|at| list.get(*at).is_some_and(&is_meant));
                places
            }
            None => {
                let elements = list.iter().enumerate();
                elements.filter(|(_, element)| is_meant(element)).map(|(at, _)| at).collect()
            }
        })
    }
}

/// Where an element is.
#[derive(Clone, Copy)]
enum Place {
    Old(usize),
    New(usize),
}

/// Elements that share a value, and perhaps a type.
#[derive(Default)]
struct Group {
    members: Vec<usize>,
    alive: usize,
}

/// All elements of one value.
#[derive(Default)]
struct Same<'e> {
    all: Group,
    untyped: Group,
    typed: HashMap<Cow<'e, str>, Group>,
}

struct Entry<'e> {
    place: Place,
    alive: bool,
    kind: Option<Cow<'e, str>>,
}

/// What becomes of a list.
struct Settled {
    gone: Vec<usize>,
    new: Vec<Value>,
    /// A new element is, or for a while was, the primary one.
    demotes: bool,
    /// The last step by which an element went.
    last_gone: Option<usize>,
}

/// The elements that steps speak of, by what they are.
struct Table<'e> {
    identity: Identity<'e>,
    by_key: HashMap<Key<'e>, Same<'e>>,
    entries: Vec<Entry<'e>>,
}

impl<'e> Table<'e> {
    fn of(attribute: &'e Attribute, steps: &[Step<'e>]) -> Self {
        let identity = Identity::of(attribute);
        let mut by_key = HashMap::with_capacity(steps.iter().map(Step::len).sum());
        for step in steps {
            match step {
                Step::Add(elements) | Step::RemoveListed(elements) => {
                    by_key.extend(elements.iter().map(|element| (identity.key(element), Same::default())));
                }
                Step::RemoveValues(values) => by_key
                    .extend(values.iter().map(|value| (Key::Value(Cow::Borrowed(value)), Same::default()))),
            }
        }
        Self { identity, by_key, entries: Vec::new() }
    }

    /// Goes through a list, or the places in it where all elements are that the steps speak of.
    fn settle(mut self, list: &'e [Value], places: Option<Vec<usize>>, steps: &[Step<'e>]) -> Settled {
        match places {
            None => {
                for (at, element) in list.iter().enumerate() {
                    self.enter(element, Place::Old(at));
                }
            }
            Some(places) => {
                for at in places {
                    if let Some(element) = list.get(at) {
                        self.enter(element, Place::Old(at));
                    }
                }
            }
        }
        let mut new: Vec<&'e Value> = Vec::new();
        let mut primary = None;
        let mut last_gone = None;
        for (at, step) in steps.iter().enumerate() {
            let mut killed = false;
            match step {
                Step::Add(elements) => {
                    for element in *elements {
                        if self.is_there(element) {
                            continue;
                        }
                        if is_primary(element) {
                            primary = Some(new.len());
                        }
                        self.enter(element, Place::New(new.len()));
                        new.push(element);
                    }
                }
                Step::RemoveValues(values) => {
                    for value in values {
                        killed |= self.kill(&Key::Value(Cow::Borrowed(value)), None);
                    }
                }
                Step::RemoveListed(elements) => {
                    for element in *elements {
                        let kind = self.identity.kind(element);
                        killed |= self.kill(&self.identity.key(element), kind.as_deref());
                    }
                }
            }
            if killed {
                last_gone = Some(at);
            }
        }
        let mut gone = Vec::new();
        let mut stays = vec![false; new.len()];
        for entry in &self.entries {
            match entry.place {
                Place::Old(at) if !entry.alive => gone.push(at),
                Place::New(at) if entry.alive => {
                    stays.get_mut(at).into_iter().for_each(|stays| *stays = true);
                }
                _ => {}
            }
        }
        gone.sort_unstable();
        let demoted = |at: usize, element: &Value| {
            let mut element = element.clone();
            if is_primary(&element) && primary != Some(at) {
                if let Some(mark) = element.get_mut("primary") {
                    *mark = Value::Bool(false);
                }
            }
            element
        };
        let new = new.into_iter().zip(stays).enumerate();
        let new =
            new.filter(|(_, (_, stays))| *stays).map(|(at, (element, _))| demoted(at, element)).collect();
        Settled { gone, new, demotes: primary.is_some(), last_gone }
    }

    /// Takes note of an element, if a step speaks of it.
    fn enter(&mut self, element: &'e Value, place: Place) {
        let Some(same) = self.by_key.get_mut(&self.identity.key(element)) else { return };
        let at = self.entries.len();
        let kind = self.identity.kind(element);
        let group = match &kind {
            Some(kind) => same.typed.entry(kind.clone()).or_default(),
            None => &mut same.untyped,
        };
        for group in [group, &mut same.all] {
            group.members.push(at);
            group.alive += 1;
        }
        self.entries.push(Entry { place, alive: true, kind });
    }

    /// Whether the same element is in the list as it is by now.
    fn is_there(&self, element: &Value) -> bool {
        let Some(same) = self.by_key.get(&self.identity.key(element)) else { return false };
        match self.identity.kind(element) {
            None => same.all.alive > 0,
            Some(kind) => {
                same.untyped.alive > 0 || same.typed.get(&*kind).is_some_and(|group| group.alive > 0)
            }
        }
    }

    /// Removes the elements of a value: of this type or none, or of every type. Whether there was one.
    fn kill(&mut self, key: &Key<'_>, kind: Option<&str>) -> bool {
        let Some(same) = find(&mut self.by_key, key) else { return false };
        let before = same.all.alive;
        let mut killed = match kind {
            None => std::mem::take(&mut same.all.members),
            Some(kind) => {
                let mut killed = std::mem::take(&mut same.untyped.members);
                if let Some(group) = same.typed.get_mut(kind) {
                    killed.append(&mut group.members);
                }
                killed
            }
        };
        for at in killed.drain(..) {
            let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.alive) else { continue };
            entry.alive = false;
            same.all.alive = same.all.alive.saturating_sub(1);
            let group = match &entry.kind {
                Some(kind) => same.typed.get_mut(kind),
                None => Some(&mut same.untyped),
            };
            if let Some(group) = group {
                group.alive = group.alive.saturating_sub(1);
            }
        }
        same.all.alive < before
    }
}

/// A look-up whose key lives shorter than those in the table.
fn find<'t, 'e>(table: &'t mut HashMap<Key<'e>, Same<'e>>, key: &Key<'_>) -> Option<&'t mut Same<'e>> {
    // Covariance does not reach through `&mut`; the hash of a key does not depend on where its text lives.
    let owned = key.to_owned();
    table.get_mut(&owned)
}
