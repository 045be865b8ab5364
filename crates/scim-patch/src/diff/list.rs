//! What makes one list of another.

use std::collections::{HashMap, HashSet};

use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::{AttrName, AttrPath, Resolved, Resource};
use scim_filter::Filter;
use serde_json::{Map, Value};

use super::{Difference, writable};
use crate::diff::Dialect;
use crate::operation::{Operation, PatchOp, Select};
use crate::request::PatchRequest;
use crate::wire::written;

/// Up to so many elements, every way of saying it is tried.
const SMALL: usize = 64;

/// So many elements of a longer list are changed in place, each of which means to look through the list.
const FEW: usize = 16;

impl Difference<'_> {
    pub(super) fn list(&mut self, target: &Resolved, attribute: &Attribute, old: &[Value], new: &[Value]) {
        let (old, new) = (stripped(attribute, old), stripped(attribute, new));
        let (old, new) = (old.as_deref().unwrap_or_default(), new.as_deref().unwrap_or_default());
        let found = if new.is_empty() {
            vec![Operation::new(0, PatchOp::Remove, target.clone(), Value::Null)]
        } else if attribute.refers_to_resources() || old.len().max(new.len()) > SMALL {
            self.large(target, attribute, old, new)
        } else {
            self.small(target, attribute, old, new)
        };
        for operation in found {
            let index = self.operations.len();
            self.operations.push(Operation { index, ..operation });
        }
    }

    /// The shortest of what leads to the very list: elements that go and come, changes in place, the whole list.
    fn small(
        &self,
        target: &Resolved,
        attribute: &Attribute,
        old: &[Value],
        new: &[Value],
    ) -> Vec<Operation> {
        let missing = |from: &[Value], other: &[Value]| -> Vec<Value> {
            from.iter().filter(|element| !other.contains(element)).cloned().collect()
        };
        let (gone, come) = (missing(old, new), missing(new, old));
        if gone.is_empty() && come.is_empty() && old.len() == new.len() {
            return Vec::new();
        }
        let whole = vec![Operation::new(0, PatchOp::Replace, target.clone(), Value::Array(new.to_vec()))];
        let changes = changes(target, gone, come);
        let in_place = self.in_place(target, attribute, old, new);
        let length = |operations: &[Operation]| -> usize {
            let written = written(operations, Dialect::Rfc);
            serde_json::to_string(&written).map_or(usize::MAX, |text| text.len())
        };
        let leads = |operations: &[Operation]| self.leads(target, operations, old, new);
        let ways = [Some(changes), in_place].into_iter().flatten().filter(|way| leads(way));
        // The whole list comes first: of ways as short as each other it is the plainest.
        std::iter::once(whole.clone()).chain(ways).min_by_key(|way| length(way)).unwrap_or(whole)
    }

    /// Whether operations make the very list.
    fn leads(&self, target: &Resolved, operations: &[Operation], old: &[Value], new: &[Value]) -> bool {
        let resource = |list: &[Value]| {
            let Some(attribute) = target.attribute() else { return Resource::default() };
            let mut map =
                Map::from_iter([(attribute.name().as_str().to_owned(), Value::Array(list.to_vec()))]);
            if let Some(uri) = target.extension() {
                map = Map::from_iter([(uri.as_str().to_owned(), Value::Object(map))]);
            }
            Resource::from_canonical(map, self.schemas)
        };
        let request = PatchRequest { operations: operations.to_vec(), ..PatchRequest::default() };
        let mut tried = resource(old);
        request.apply_to(&mut tried, self.schemas).is_ok()
            && tried.get(target.path()).and_then(Value::as_array).is_some_and(|list| list.as_slice() == new)
    }

    /// Changes of single sub-attributes, element by element.
    fn in_place(
        &self,
        target: &Resolved,
        attribute: &Attribute,
        old: &[Value],
        new: &[Value],
    ) -> Option<Vec<Operation>> {
        if old.len() != new.len() {
            return None;
        }
        let mut operations = Vec::new();
        for (before, after) in old.iter().zip(new).filter(|(before, after)| before != after) {
            let (before, after) = (before.as_object()?, after.as_object()?);
            let filter = selector(attribute, old, before, after)?;
            for sub in attribute.sub_attributes() {
                let name = sub.name().as_str();
                let (was, is) = (before.get(name), after.get(name));
                if was == is {
                    continue;
                }
                operations.push(self.on_element(target, &filter, name, is)?);
            }
        }
        Some(operations)
    }

    /// One sub-attribute of a selected element.
    fn on_element(
        &self,
        target: &Resolved,
        filter: &Filter,
        sub: &str,
        value: Option<&Value>,
    ) -> Option<Operation> {
        let checked = filter.check_element(target, self.schemas).ok()?;
        let op = if value.is_some() { PatchOp::Replace } else { PatchOp::Remove };
        let value = value.cloned().unwrap_or_default();
        let mut operation = Operation::new(0, op, target.with_sub_attribute(sub)?, value);
        operation.select = Some(Select::Filter(checked));
        Some(operation)
    }

    /// By the values of the elements, in linear time.
    fn large(
        &self,
        target: &Resolved,
        attribute: &Attribute,
        old: &[Value],
        new: &[Value],
    ) -> Vec<Operation> {
        let whole = || vec![Operation::new(0, PatchOp::Replace, target.clone(), Value::Array(new.to_vec()))];
        let (left, right) = unmatched(old, new);
        let (Some(mut after), Some(before)) = (by_value(&right), by_value(&left)) else { return whole() };
        let mut gone: Vec<Value> = Vec::new();
        let mut come: Vec<Value> = Vec::new();
        let mut edits: Vec<Operation> = Vec::new();
        let mut changed: Vec<(&str, &[&Value], Vec<&Value>)> = Vec::new();
        for element in &left {
            let value = value_of(element).unwrap_or_default();
            let Some(was) = before.get(value) else { continue };
            match after.get_mut(value) {
                Some(is) if is.done || is.elements == was.elements => {}
                Some(is) => {
                    is.done = true;
                    changed.push((value, was.elements.as_slice(), std::mem::take(&mut is.elements)));
                }
                None => gone.push(listed(attribute, value)),
            }
        }
        gone.dedup();
        // Nobody leaves between two requests, and what the server works out about an element stays with it.
        let in_place = changed.len() <= FEW || self.chunked || has_computed(attribute);
        for (value, was, is) in changed {
            let found = if in_place { self.edits(target, attribute, was, &is) } else { None };
            match found {
                Some(changes) => edits.extend(changes),
                None => {
                    gone.push(listed(attribute, value));
                    come.extend(is.into_iter().cloned());
                }
            }
        }
        for element in &right {
            let value = value_of(element).unwrap_or_default();
            if !before.contains_key(value) {
                come.push(Value::clone(element));
            }
        }
        let count = gone.len() + come.len() + edits.len();
        let mut operations = changes(target, gone, come);
        operations.extend(edits);
        // Whose elements point at resources has its members, in whatever order.
        let exact = attribute.refers_to_resources() || self.leads(target, &operations, old, new);
        if exact && (self.chunked || count <= new.len()) { operations } else { whole() }
    }

    /// What makes one element of another without taking it out; none where that cannot be.
    fn edits(
        &self,
        target: &Resolved,
        attribute: &Attribute,
        old: &[&Value],
        new: &[&Value],
    ) -> Option<Vec<Operation>> {
        let ([old], [new]) = (old, new) else { return None };
        let (old, new) = (old.as_object()?, new.as_object()?);
        let name = AttrPath::of_name(AttrName::from_static("value"));
        let filter = Filter::eq(name, old.get("value")?.as_str()?);
        let mut operations = Vec::new();
        for sub in attribute.sub_attributes() {
            let name = sub.name().as_str();
            let (was, is) = (old.get(name), new.get(name));
            if was == is {
                continue;
            }
            if sub.mutability() != Mutability::ReadWrite || name == "primary" || name == "value" {
                return None;
            }
            operations.push(self.on_element(target, &filter, name, is)?);
        }
        Some(operations)
    }
}

/// Elements go, others come.
fn changes(target: &Resolved, gone: Vec<Value>, come: Vec<Value>) -> Vec<Operation> {
    let mut operations = Vec::new();
    if !gone.is_empty() {
        let mut remove = Operation::new(0, PatchOp::Remove, target.clone(), Value::Null);
        remove.select = Some(Select::Listed(gone));
        operations.push(remove);
    }
    if !come.is_empty() {
        operations.push(Operation::new(0, PatchOp::Add, target.clone(), Value::Array(come)));
    }
    operations
}

/// A filter that selects this element and no other: by its value or by its type, whichever stays.
fn selector(
    attribute: &Attribute,
    all: &[Value],
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<Filter> {
    ["value", "type"].into_iter().find_map(|name| {
        let sub = attribute.sub(name)?;
        let value = before.get(name).filter(|value| after.get(name) == Some(*value))?;
        let same = |other: &&Value| {
            other.get(name).is_some_and(|other| scim_core::multi_valued::same_value(sub, other, value))
        };
        let unique = all.iter().filter(same).count() == 1;
        unique.then(|| Filter::eq(AttrPath::of_name(sub.name().clone()), value.as_str().unwrap_or_default()))
    })
}

/// The elements of both lists that have no equal at about the same place in the other one.
///
/// Most lists differ little, and walking through both is quicker than looking everything up. All elements are left over
/// when one of those that would be is told from one of the others by more than its value.
fn unmatched<'v>(old: &'v [Value], new: &'v [Value]) -> (Vec<&'v Value>, Vec<&'v Value>) {
    const AHEAD: usize = 8;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let (mut before, mut after) = (old, new);
    while let (Some((x, xs)), Some((y, ys))) = (before.split_first(), after.split_first()) {
        if x == y {
            (before, after) = (xs, ys);
        } else if let Some(gone) = xs.iter().take(AHEAD).position(|x| x == y) {
            let (skipped, rest) = before.split_at(gone + 1);
            left.extend(skipped);
            before = rest;
        } else if let Some(come) = ys.iter().take(AHEAD).position(|y| y == x) {
            let (skipped, rest) = after.split_at(come + 1);
            right.extend(skipped);
            after = rest;
        } else {
            left.push(x);
            right.push(y);
            (before, after) = (xs, ys);
        }
    }
    left.extend(before);
    right.extend(after);
    let values: HashSet<&str> = left.iter().chain(&right).filter_map(|element| value_of(element)).collect();
    let named = |all: &[Value]| {
        all.iter().filter(|element| value_of(element).is_none_or(|value| values.contains(value))).count()
    };
    if !values.is_empty() && (named(old) != left.len() || named(new) != right.len()) {
        return (old.iter().collect(), new.iter().collect());
    }
    (left, right)
}

/// The elements of one value.
struct Same<'v> {
    elements: Vec<&'v Value>,
    done: bool,
}

/// The elements of a list by their value; `None` where one has none that is a text.
fn by_value<'v>(list: &[&'v Value]) -> Option<HashMap<&'v str, Same<'v>>> {
    let mut all: HashMap<&'v str, Same<'v>> = HashMap::with_capacity(list.len());
    for element in list {
        let same =
            all.entry(value_of(element)?).or_insert_with(|| Same { elements: Vec::new(), done: false });
        same.elements.push(element);
    }
    Some(all)
}

fn value_of(element: &Value) -> Option<&str> {
    match element {
        Value::String(text) => Some(text),
        Value::Object(members) => members.get("value")?.as_str(),
        _ => None,
    }
}

/// An element to remove, by nothing but its value.
fn listed(attribute: &Attribute, value: &str) -> Value {
    if attribute.kind() != AttrType::Complex {
        return value.into();
    }
    Value::Object(Map::from_iter([("value".to_owned(), value.into())]))
}

/// Whether there is something about an element that the client cannot write.
fn has_computed(attribute: &Attribute) -> bool {
    attribute.sub_attributes().iter().any(|sub| sub.mutability() == Mutability::ReadOnly)
}

/// The elements without what the client cannot write.
fn stripped<'v>(attribute: &Attribute, list: &'v [Value]) -> Option<std::borrow::Cow<'v, [Value]>> {
    if !has_computed(attribute) {
        return Some(std::borrow::Cow::Borrowed(list));
    }
    let all: Vec<Value> = list.iter().map(|element| writable(attribute, element)).collect();
    Some(std::borrow::Cow::Owned(all))
}

#[cfg(test)]
mod tests {
    use scim_core::{SchemaSet, attr};
    use serde_json::json;

    use super::*;
    use crate::DiffOptions;

    /// A group of so many, the first of which have a display name of this kind.
    fn group(size: usize, named: usize, kind: &str) -> Resource {
        let member = |n: usize| match n < named {
            true => json!({"value": n.to_string(), "type": "User", "display": format!("{kind} {n}")}),
            false => json!({"value": n.to_string()}),
        };
        let mut group = Resource::new(SchemaSet::group());
        group.set(&attr::DISPLAY_NAME, json!("Guides")).unwrap();
        group.set(&attr::MEMBERS, Value::Array((0..size).map(member).collect())).unwrap();
        group
    }

    fn members(resource: &Resource) -> HashMap<&str, &Value> {
        resource.get_all(&attr::MEMBERS).map(|member| (value_of(member).unwrap(), member)).collect()
    }

    fn ops(patch: &PatchRequest) -> Vec<(PatchOp, String)> {
        patch.operations().iter().map(|one| (one.op(), one.target().path().to_string())).collect()
    }

    #[test]
    fn few_members_change_in_place() {
        let (before, after) = (group(1000, FEW, "old"), group(1000, FEW, "new"));
        let patch = PatchRequest::diff(&before, &after, SchemaSet::group());
        assert_eq!(ops(&patch), vec![(PatchOp::Replace, "members.display".to_owned()); FEW]);
        assert_eq!(patch.apply(&before, SchemaSet::group()).unwrap().resource, after);
    }

    #[test]
    fn many_members_go_and_come() {
        for (size, named) in [(1000, FEW + 1), (100_000, 40_000)] {
            let (before, after) = (group(size, named, "old"), group(size, named, "new"));
            let patch = PatchRequest::diff(&before, &after, SchemaSet::group());
            let path = "members".to_owned();
            assert_eq!(ops(&patch), [(PatchOp::Remove, path.clone()), (PatchOp::Add, path)]);
            let patched = patch.apply(&before, SchemaSet::group()).unwrap().resource;
            assert_eq!(members(&patched), members(&after));
        }
    }

    /// Else those who change would not be members until a later request has brought them back.
    #[test]
    fn in_portions_nobody_leaves_for_a_while() {
        let (before, after) = (group(300, 90, "old"), group(300, 90, "new"));
        let options = DiffOptions { chunk: Some(40), ..DiffOptions::default() };
        let mut now = before.clone();
        let requests = PatchRequest::diff_with(&before, &after, SchemaSet::group(), &options);
        assert_eq!(requests.len(), 3);
        for patch in requests {
            patch.apply_to(&mut now, SchemaSet::group()).unwrap();
            assert_eq!(members(&now).len(), 300);
        }
        assert_eq!(now, after);
    }

    #[test]
    fn elements_of_another_kind_keep_their_order() {
        let user = |kind: &str, changed: usize| {
            let mail = |n: usize| {
                let kind = if n < changed { kind } else { "x" };
                json!({"value": format!("{n}@x"), "type": "work", "display": kind})
            };
            let mut user = Resource::new(SchemaSet::user());
            user.set(&attr::USER_NAME, json!("u")).unwrap();
            user.set(&attr::EMAILS, Value::Array((0..200).map(mail).collect())).unwrap();
            user
        };
        for changed in [FEW, FEW + 1, 200] {
            let (before, after) = (user("old", changed), user("new", changed));
            let patch = PatchRequest::diff(&before, &after, SchemaSet::user());
            assert_eq!(patch.apply(&before, SchemaSet::user()).unwrap().resource, after);
        }
    }
}
