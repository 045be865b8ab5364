//! The resource being changed, and what it takes to put it back: as much as was changed, however large the resource.

use scim_core::schema::Attribute;
use scim_core::{AttrPath, Resolved, SchemaSet, SchemaUri, ScimError};
use serde_json::{Map, Value};

use super::index::Index;
use crate::operation::Operation;

/// Where an attribute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot<'r> {
    /// The URN of the extension that it is part of.
    pub(super) container: Option<&'r str>,
    pub(super) name: &'r str,
}

impl<'r> Slot<'r> {
    pub(super) fn of(target: &'r Resolved, attribute: &'r Attribute) -> Self {
        Self { container: target.extension().map(SchemaUri::as_str), name: attribute.name().as_str() }
    }
}

/// One step back.
pub(super) enum Undo<'r> {
    /// The value of an attribute, or of a sub-attribute of a single value.
    Put { slot: Slot<'r>, sub: Option<&'r str>, old: Option<Value> },
    /// The object of an extension was made, or taken away.
    Container { uri: &'r str, old: Option<Value> },
    /// Elements that were taken out, with their places in the list as it was.
    Taken { slot: Slot<'r>, elements: Vec<(usize, Value)> },
    /// So many elements at the end are new.
    Added { slot: Slot<'r>, count: usize },
    /// An element as it was.
    Edited { slot: Slot<'r>, at: usize, old: Value },
}

/// What has to hold in the end, and which operation is at fault otherwise.
pub(super) enum Duty<'r> {
    /// A required value was taken away: another has to be there.
    Assigned { index: usize, slot: Slot<'r>, sub: Option<&'r str>, path: &'r AttrPath },
    /// Values were written that require sub-attributes.
    Complete { slot: Slot<'r>, attribute: &'r Attribute, operation: &'r Operation },
}

/// So many elements of lists may the operations of a request look at or change one by one, all taken together: ten
/// operations that change every one of a million elements, as each is looked at and then changed. An element that is
/// given a long value counts as several.
pub(super) const WORK: usize = 20_000_000;

/// Each so many bytes of a value count as one more element.
const BYTES: usize = 64;

/// What is known about a list whose elements are changed in place.
pub(super) struct List<'r> {
    slot: Slot<'r>,
    /// How many elements were changed, or were about to be.
    edits: usize,
    /// All of it is in the log: there is no need to note more.
    saved: bool,
    /// How many times elements were looked for in it.
    pub(super) scans: usize,
    pub(super) index: Option<Index<'r>>,
}

pub(super) struct Work<'m, 'r> {
    map: &'m mut Map<String, Value>,
    pub(super) schemas: &'r SchemaSet,
    pub(super) log: Vec<Undo<'r>>,
    pub(super) duties: Vec<Duty<'r>>,
    /// The operation being applied.
    pub(super) index: usize,
    /// The extensions below whose URNs anything was written.
    pub(super) touched: Vec<Touched<'r>>,
    /// The URNs that an operation on `schemas` asked for: these stay listed, with or without data.
    pub(super) listed: Vec<&'r str>,
    lists: Vec<List<'r>>,
    /// How many elements may still be looked at.
    pub(super) budget: usize,
}

/// What happened to the object of an extension.
pub(super) struct Touched<'r> {
    pub(super) uri: &'r str,
    /// The last operation that took something of it away.
    pub(super) taken: Option<usize>,
    /// It was taken away as a whole, but for what only the server may write, and nothing was written since.
    gone: bool,
    /// The last operation that made it, where there was none or it was gone.
    pub(super) made: Option<usize>,
}

impl<'m, 'r> Work<'m, 'r> {
    pub(super) fn new(map: &'m mut Map<String, Value>, schemas: &'r SchemaSet) -> Self {
        let (log, duties) = (Vec::new(), Vec::new());
        let (touched, listed, lists) = (Vec::new(), Vec::new(), Vec::new());
        Self { map, schemas, log, duties, index: 0, touched, listed, lists, budget: WORK }
    }

    /// Counts elements that an operation looks at.
    pub(super) fn charge(&mut self, elements: usize) -> Result<(), ScimError> {
        match self.budget.checked_sub(elements) {
            Some(left) => {
                self.budget = left;
                Ok(())
            }
            None => {
                let text = "the operations go through too many elements, all taken together";
                Err(ScimError::payload_too_large(text))
            }
        }
    }

    /// Counts elements that are given a value.
    pub(super) fn charge_copies(&mut self, elements: usize, value: &Value) -> Result<(), ScimError> {
        let each = if elements > 1 { 1 + value.to_string().len() / BYTES } else { 1 };
        self.charge(elements.saturating_mul(each))
    }

    /// What is known about a list.
    pub(super) fn known(&mut self, slot: Slot<'r>) -> Option<&mut List<'r>> {
        if !self.lists.iter().any(|list| list.slot == slot) {
            self.lists.push(List { slot, edits: 0, saved: false, scans: 0, index: None });
        }
        self.lists.iter_mut().find(|list| list.slot == slot)
    }

    /// Where its elements are is no longer known.
    fn forget(&mut self, meant: impl Fn(&Slot<'r>) -> bool) {
        self.lists.iter_mut().filter(|list| meant(&list.slot)).for_each(|list| list.index = None);
    }

    /// Whether all of a list is in the log.
    fn is_saved(&self, slot: Slot<'_>) -> bool {
        self.lists.iter().any(|list| list.saved && list.slot == slot)
    }

    /// So many elements are about to be changed in place. Once these are, over all operations, more than half of a list,
    /// it is kept as it is, and nothing else of it: what it takes to undo a request does not grow with its operations.
    pub(super) fn will_edit(&mut self, slot: Slot<'r>, count: usize) {
        let Some(list) = self.known(slot).filter(|list| !list.saved) else { return };
        list.edits = list.edits.saturating_add(count);
        let edits = list.edits;
        if let Some(value @ Value::Array(elements)) = get(self.map, slot) {
            if edits > elements.len() / 2 {
                self.lists.iter_mut().filter(|list| list.slot == slot).for_each(|list| list.saved = true);
                self.log.push(Undo::Put { slot, sub: None, old: Some(value.clone()) });
            }
        }
    }

    /// What is known about an extension that is about to be changed.
    fn touch(&mut self, uri: &'r str) -> Option<&mut Touched<'r>> {
        if !self.touched.iter().any(|touched| touched.uri == uri) {
            self.touched.push(Touched { uri, taken: None, gone: false, made: None });
        }
        self.touched.iter_mut().find(|touched| touched.uri == uri)
    }

    pub(super) fn top(&self) -> &Map<String, Value> {
        self.map
    }

    pub(super) fn get(&self, slot: Slot<'_>) -> Option<&Value> {
        get(self.map, slot)
    }

    pub(super) fn list(&self, slot: Slot<'_>) -> &[Value] {
        match self.get(slot) {
            Some(Value::Array(elements)) => elements,
            _ => &[],
        }
    }

    /// Gives an attribute a value.
    pub(super) fn put(&mut self, slot: Slot<'r>, value: Value) {
        self.forget(|list| *list == slot);
        let map = match slot.container {
            None => &mut *self.map,
            Some(uri) => {
                let (index, absent) = (self.index, !self.map.get(uri).is_some_and(Value::is_object));
                if let Some(touched) = self.touch(uri).filter(|touched| touched.gone || absent) {
                    (touched.gone, touched.made) = (false, Some(index));
                }
                if absent {
                    // Something else in its place is no resource's; it counts as nothing.
                    let old = self.map.insert(uri.to_owned(), Value::Object(Map::new()));
                    self.log.push(Undo::Container { uri, old });
                }
                match self.map.get_mut(uri) {
                    Some(Value::Object(members)) => members,
                    _ => return,
                }
            }
        };
        let old = insert(map, slot.name, value);
        if !self.is_saved(slot) {
            self.log.push(Undo::Put { slot, sub: None, old });
        }
    }

    /// Takes the value of an attribute away.
    pub(super) fn take(&mut self, slot: Slot<'r>) {
        self.forget(|list| *list == slot);
        if let Some(old) = map_of(self.map, slot).and_then(|map| map.remove(slot.name)) {
            let index = self.index;
            if let Some(touched) = slot.container.and_then(|uri| self.touch(uri)) {
                touched.taken = Some(index);
            }
            if !self.is_saved(slot) {
                self.log.push(Undo::Put { slot, sub: None, old: Some(old) });
            }
        }
    }

    /// Gives a sub-attribute of a single value a value.
    pub(super) fn put_sub(&mut self, slot: Slot<'r>, sub: &'r str, value: Value) {
        if !self.get(slot).is_some_and(Value::is_object) {
            self.put(slot, Value::Object(Map::new()));
        }
        if let Some(Value::Object(members)) = get_mut(self.map, slot) {
            let old = insert(members, sub, value);
            self.log.push(Undo::Put { slot, sub: Some(sub), old });
        }
    }

    /// Takes a sub-attribute of a single value away, and the value when nothing is left of it.
    pub(super) fn take_sub(&mut self, slot: Slot<'r>, sub: &'r str) {
        let Some(Value::Object(members)) = get_mut(self.map, slot) else { return };
        if let Some(old) = members.remove(sub) {
            let empty = members.is_empty();
            self.log.push(Undo::Put { slot, sub: Some(sub), old: Some(old) });
            if empty {
                self.take(slot);
            }
        }
    }

    /// Appends elements to a list.
    pub(super) fn append(&mut self, slot: Slot<'r>, new: Vec<Value>) {
        if new.is_empty() {
            return;
        }
        let saved = self.is_saved(slot);
        match get_mut(self.map, slot) {
            Some(Value::Array(elements)) => {
                if !saved {
                    self.log.push(Undo::Added { slot, count: new.len() });
                }
                if let Some(index) = index_of(&mut self.lists, slot) {
                    index.appended(&new);
                }
                elements.extend(new);
            }
            _ => self.put(slot, Value::Array(new)),
        }
    }

    /// Takes elements out of a list, by their places in ascending order, and the list when it is empty.
    pub(super) fn take_elements(&mut self, slot: Slot<'r>, places: &[usize]) {
        let saved = self.is_saved(slot);
        let Some(Value::Array(elements)) = get_mut(self.map, slot) else { return };
        let taken = take_places(elements, places);
        if taken.is_empty() {
            return;
        }
        let empty = elements.is_empty();
        if index_of(&mut self.lists, slot).is_some_and(|index| !index.taken(places)) {
            self.forget(|list| *list == slot);
        }
        if !saved {
            self.log.push(Undo::Taken { slot, elements: taken });
        }
        if empty {
            self.take(slot);
        }
    }

    /// Changes one element in place; whether it is another one now, which the change has to say. It was announced by
    /// [`Work::will_edit`].
    pub(super) fn edit<E>(
        &mut self,
        slot: Slot<'r>,
        at: usize,
        change: impl FnOnce(&mut Value) -> Result<bool, E>,
    ) -> Result<bool, E> {
        let saved = self.is_saved(slot);
        let Some(Value::Array(elements)) = get_mut(self.map, slot) else { return Ok(false) };
        let Some(element) = elements.get_mut(at) else { return Ok(false) };
        let old = (!saved).then(|| element.clone());
        let result = change(element);
        let is_found = index_of(&mut self.lists, slot).is_none_or(|index| index.finds(element, at));
        if let Some(old) = old.filter(|old| *old != *element) {
            self.log.push(Undo::Edited { slot, at, old });
        }
        if !is_found {
            self.forget(|list| *list == slot);
        }
        result
    }

    /// Puts everything back, the last change first.
    pub(super) fn undo(&mut self) {
        while let Some(step) = self.log.pop() {
            match step {
                Undo::Put { slot, sub: None, old } => {
                    if let Some(map) = map_of(self.map, slot) {
                        restore(map, slot.name, old);
                    }
                }
                Undo::Put { slot, sub: Some(sub), old } => {
                    if let Some(Value::Object(members)) = get_mut(self.map, slot) {
                        restore(members, sub, old);
                    }
                }
                Undo::Container { uri, old } => restore(self.map, uri, old),
                Undo::Taken { slot, elements } => {
                    if let Some(Value::Array(list)) = get_mut(self.map, slot) {
                        put_back(list, elements.into_iter());
                    }
                }
                Undo::Added { slot, count } => {
                    if let Some(Value::Array(list)) = get_mut(self.map, slot) {
                        list.truncate(list.len().saturating_sub(count));
                    }
                }
                Undo::Edited { slot, at, old } => {
                    if let Some(Value::Array(list)) = get_mut(self.map, slot) {
                        if let Some(element) = list.get_mut(at) {
                            *element = old;
                        }
                    }
                }
            }
        }
    }

    /// Takes the object of an extension away, but for these members.
    pub(super) fn take_container(&mut self, uri: &'r str, kept: Map<String, Value>) {
        self.forget(|list| list.container == Some(uri));
        let index = self.index;
        if let Some(touched) = self.touch(uri) {
            (touched.gone, touched.taken) = (true, Some(index));
        }
        if let Some(old) = self.map.remove(uri) {
            self.log.push(Undo::Container { uri, old: Some(old) });
        }
        if !kept.is_empty() {
            self.map.insert(uri.to_owned(), Value::Object(kept));
            self.log.push(Undo::Container { uri, old: None });
        }
    }

    /// Drops the object of an extension in which nothing is left.
    pub(super) fn drop_empty_container(&mut self, uri: &'r str) {
        if let Some(old) = self.map.remove(uri) {
            self.log.push(Undo::Container { uri, old: Some(old) });
        }
    }
}

fn index_of<'l, 'r>(lists: &'l mut [List<'r>], slot: Slot<'_>) -> Option<&'l mut Index<'r>> {
    lists.iter_mut().find(|list| list.slot == slot)?.index.as_mut()
}

fn get<'v>(map: &'v Map<String, Value>, slot: Slot<'_>) -> Option<&'v Value> {
    match slot.container {
        None => map.get(slot.name),
        Some(uri) => map.get(uri)?.as_object()?.get(slot.name),
    }
}

fn get_mut<'v>(map: &'v mut Map<String, Value>, slot: Slot<'_>) -> Option<&'v mut Value> {
    map_of(map, slot)?.get_mut(slot.name)
}

/// The object that an attribute stands in.
fn map_of<'v>(map: &'v mut Map<String, Value>, slot: Slot<'_>) -> Option<&'v mut Map<String, Value>> {
    match slot.container {
        None => Some(map),
        Some(uri) => map.get_mut(uri)?.as_object_mut(),
    }
}

/// Sets a member without allocating its name where it is there already.
fn insert(map: &mut Map<String, Value>, name: &str, value: Value) -> Option<Value> {
    match map.get_mut(name) {
        Some(old) => Some(std::mem::replace(old, value)),
        None => map.insert(name.to_owned(), value),
    }
}

fn restore(map: &mut Map<String, Value>, name: &str, old: Option<Value>) {
    match old {
        Some(old) => drop(insert(map, name, old)),
        None => drop(map.remove(name)),
    }
}

fn take_places(list: &mut Vec<Value>, places: &[usize]) -> Vec<(usize, Value)> {
    if let [at] = places {
        return if *at < list.len() { vec![(*at, list.remove(*at))] } else { Vec::new() };
    }
    let mut taken = Vec::with_capacity(places.len());
    let mut next = places.iter().peekable();
    let mut at = 0;
    list.retain_mut(|element| {
        let goes = next.next_if(|place| **place == at).is_some();
        if goes {
            taken.push((at, element.take()));
        }
        at += 1;
        !goes
    });
    taken
}

/// Puts elements back at the places that they had, which are in ascending order.
pub(super) fn put_back<T>(list: &mut Vec<T>, taken: impl ExactSizeIterator<Item = (usize, T)>) {
    let mut taken = taken;
    if taken.len() == 1 {
        for (at, element) in taken {
            list.insert(at.min(list.len()), element);
        }
        return;
    }
    let mut whole = Vec::with_capacity(list.len() + taken.len());
    let mut kept = std::mem::take(list).into_iter();
    for (at, element) in taken.by_ref() {
        let missing = at.saturating_sub(whole.len());
        whole.extend(kept.by_ref().take(missing));
        whole.push(element);
    }
    whole.extend(kept);
    *list = whole;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_can_be_put_back() {
        for places in [&[][..], &[0], &[4], &[0, 4], &[1, 2, 3], &[0, 1, 2, 3, 4], &[9]] {
            let whole: Vec<Value> = (0..5).map(Value::from).collect();
            let mut list = whole.clone();
            let taken = take_places(&mut list, places);
            assert_eq!(list.len() + taken.len(), 5);
            put_back(&mut list, taken.into_iter());
            assert_eq!(list, whole, "{places:?}");
        }
    }
}
