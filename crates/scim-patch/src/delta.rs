//! What a request does to one list, without the list at hand.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use scim_core::multi_valued::same_element;
use scim_core::schema::{AttrType, Attribute, Mutability};
use scim_core::value::text;
use scim_core::{AttrPath, Resolved};
use serde_json::Value;

use crate::diff::Dialect;
use crate::operation::{Change, Operation, PatchOp, Select, values_of};
use crate::request::PatchRequest;

/// More elements of one value than these are nobody's members.
const MANY: usize = 16;

/// What becomes of a list: first everything goes if `clear` says so, then the elements of `remove` go, then those of
/// `add` come that are not there.
///
/// An element is there when one with the same `value`, and the same `type` where both give one, is
/// ([`same_element`](scim_core::multi_valued::same_element)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// The elements that come, each unless it is there.
    pub add: Vec<Value>,
    /// The `value`s of the elements that go, whatever their `type`; folded where the attribute does not compare exactly.
    pub remove: Vec<String>,
    /// Everything goes first.
    pub clear: bool,
}

impl PatchRequest {
    /// What the request does to a multi-valued attribute, when that is all that it does, and it does it by value.
    ///
    /// A store that keeps members in rows of their own can write k rows for k changes, and need not read the group.
    /// See [`PatchRequest::split`] for a request that also does something else.
    ///
    /// Where it depends on the list whether the request is refused, or which of two elements comes, there is none: when a
    /// required list loses elements, an element lacks a required sub-attribute or is primary, or one value is added both
    /// with a `type` and without, and was not removed before.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [
    ///         {"op": "remove", "path": "members[value eq \"7\"]"},
    ///         {"op": "add", "path": "members", "value": [{"value": "8"}]},
    ///     ],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::rfc())?;
    /// let delta = patch.delta(&attr::MEMBERS).unwrap();
    /// assert_eq!((delta.remove, delta.add), (vec!["7".to_owned()], vec![json!({"value": "8"})]));
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn delta(&self, attribute: &AttrPath) -> Option<Delta> {
        let all = self.operations.iter().all(|operation| operation.target.path() == attribute);
        if all { delta_of(&self.operations.iter().collect::<Vec<_>>()) } else { None }
    }

    /// What the request does to a multi-valued attribute, and the rest of it, which never looks at that attribute.
    ///
    /// `None` when the request does not touch the attribute, or not only by adding and removing elements by value.
    ///
    /// ```
    /// use scim_core::{Profile, SchemaSet, attr};
    /// use scim_patch::PatchRequest;
    /// use serde_json::json;
    ///
    /// let body = json!({
    ///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [
    ///         {"op": "replace", "value": {"id": "1", "displayName": "Guides"}},
    ///         {"op": "add", "path": "members", "value": [{"value": "8"}]},
    ///     ],
    /// });
    /// let patch = PatchRequest::parse(body, SchemaSet::group(), &Profile::lenient())?;
    /// let (delta, rest) = patch.split(&attr::MEMBERS).unwrap();
    /// assert_eq!(delta.add.len(), 1);
    /// assert_eq!(rest.operations().len(), 2);
    /// # Ok::<(), scim_patch::PatchError>(())
    /// ```
    #[must_use]
    pub fn split(&self, attribute: &AttrPath) -> Option<(Delta, Self)> {
        let target: &Resolved = self
            .operations
            .iter()
            .map(|operation| &operation.target)
            .find(|target| target.path() == attribute)?;
        let (about, rest): (Vec<&Operation>, Vec<&Operation>) =
            self.operations.iter().partition(|operation| operation.is_about(target));
        let delta = delta_of(&about)?;
        let rest = Self {
            operations: rest.into_iter().cloned().collect(),
            deviations: self.deviations.clone(),
            dialect: Dialect::default(),
        };
        Some((delta, rest))
    }
}

fn delta_of(operations: &[&Operation]) -> Option<Delta> {
    let attribute = operations.first()?.target.attribute()?;
    if !attribute.multi_valued() || attribute.mutability() != Mutability::ReadWrite {
        return None;
    }
    let mut building = Building::of(attribute);
    for operation in operations {
        building.step(operation)?;
    }
    let Building { clear, remove, add, .. } = building;
    if attribute.required() && (clear || !remove.is_empty()) {
        // Whether the last element goes, which is refused, depends on what is there.
        return None;
    }
    Some(Delta {
        add: add.into_iter().flatten().cloned().collect(),
        remove: remove.into_iter().map(Cow::into_owned).collect(),
        clear,
    })
}

struct Building<'a> {
    attribute: &'a Attribute,
    /// The sub-attributes that no element may lack.
    required: Vec<&'a str>,
    clear: bool,
    remove: Vec<Cow<'a, str>>,
    removed: HashSet<Cow<'a, str>>,
    /// The elements to add; nothing where one was, that was removed again.
    add: Vec<Option<&'a Value>>,
    /// The places in `add` of the elements of a value.
    places: HashMap<Cow<'a, str>, Vec<usize>>,
}

impl<'a> Building<'a> {
    fn of(attribute: &'a Attribute) -> Self {
        let subs = attribute.sub_attributes().iter();
        let required = subs.filter(|sub| sub.required() && sub.mutability() != Mutability::ReadOnly);
        Self {
            attribute,
            required: required.map(|sub| sub.name().as_str()).collect(),
            clear: false,
            remove: Vec::new(),
            removed: HashSet::new(),
            add: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn step(&mut self, operation: &'a Operation) -> Option<()> {
        if operation.has_sub() {
            return None;
        }
        match (operation.change(), &operation.select, &operation.value) {
            (Change::Clear, _, _) => self.clear(),
            (Change::Replace, None, Value::Array(elements)) => {
                self.clear();
                self.add(elements)?;
                if self.add.len() != elements.len() {
                    // A list is put as it is, also one with the same element twice.
                    return None;
                }
            }
            (Change::Add, None, Value::Array(elements)) => self.add(elements)?,
            (Change::Remove, Some(select), _) if operation.op == PatchOp::Remove => {
                self.remove(removed_by(select, self.attribute)?);
            }
            _ => return None,
        }
        Some(())
    }

    fn clear(&mut self) {
        self.clear = true;
        self.remove.clear();
        self.removed.clear();
        self.add.clear();
        self.places.clear();
    }

    fn add(&mut self, elements: &'a [Value]) -> Option<()> {
        for element in elements {
            // What is the same as what cannot be told by value, and a new primary element changes the others.
            let value = value_of(self.attribute, element)?;
            if scim_core::multi_valued::is_primary(element) {
                return None;
            }
            if self.required.iter().any(|name| element.get(*name).is_none()) {
                // This is refused, unless the element is there.
                return None;
            }
            let is_known = self.clear || self.removed.contains(&value);
            let places = self.places.entry(value).or_default();
            if places.len() > MANY {
                return None;
            }
            let mut same = places.iter().filter_map(|at| self.add.get(*at).copied().flatten());
            let typed = element.get("type").is_some();
            if !is_known && same.clone().any(|other| other.get("type").is_some() != typed) {
                // Which of the two comes depends on what is there.
                return None;
            }
            if same.any(|other| same_element(self.attribute, other, element)) {
                continue;
            }
            places.push(self.add.len());
            self.add.push(Some(element));
        }
        Some(())
    }

    fn remove(&mut self, values: Vec<Cow<'a, str>>) {
        for value in values {
            for at in self.places.remove(&value).unwrap_or_default() {
                self.add.get_mut(at).into_iter().for_each(|element| *element = None);
            }
            if !self.clear && self.removed.insert(value.clone()) {
                self.remove.push(value);
            }
        }
    }
}

/// The values of the elements that are removed, if nothing else decides.
fn removed_by<'a>(select: &'a Select, attribute: &Attribute) -> Option<Vec<Cow<'a, str>>> {
    match select {
        Select::Filter(filter) => Some(values_of(filter)?.into_iter().map(Cow::Borrowed).collect()),
        Select::Listed(elements) => elements
            .iter()
            .map(|element| match element.get("type") {
                Some(_) if attribute.sub("type").is_some() => None,
                _ => value_of(attribute, element),
            })
            .collect(),
    }
}

/// The value of an element, folded where it does not compare exactly.
fn value_of<'e>(attribute: &Attribute, element: &'e Value) -> Option<Cow<'e, str>> {
    let (value, exact) = match attribute.sub("value") {
        Some(sub) => (element.get("value")?, attribute.refers_to_resources() || sub.compares_exactly()),
        None if attribute.kind() == AttrType::Complex => return None,
        None => (element, attribute.compares_exactly()),
    };
    let value = value.as_str()?;
    Some(if exact { Cow::Borrowed(value) } else { text::fold(value) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use scim_core::schema::{Schema, SchemaExtension};
    use scim_core::{AttrName, Profile, Resource, SchemaSet, SchemaUri, attr};
    use serde_json::json;

    use super::*;

    fn parse(operations: &[Value], schemas: &SchemaSet) -> PatchRequest {
        let body = json!({"schemas": [SchemaUri::PATCH_OP], "Operations": operations});
        PatchRequest::parse(body, schemas, &Profile::lenient()).unwrap()
    }

    fn members(operations: &[Value]) -> Option<Delta> {
        parse(operations, SchemaSet::group()).delta(&attr::MEMBERS)
    }

    /// A delta as its documentation has it.
    fn literally(delta: &Delta, attribute: &Attribute, list: &mut Vec<Value>) {
        if delta.clear {
            list.clear();
        }
        let goes = |element: &Value| {
            value_of(attribute, element).is_some_and(|value| delta.remove.iter().any(|gone| *gone == value))
        };
        list.retain(|element| !goes(element));
        for element in &delta.add {
            if !list.iter().any(|other| same_element(attribute, other, element)) {
                list.push(element.clone());
            }
        }
    }

    /// Every list of up to two elements, every request of up to three operations: how many triples of list, request and
    /// delta agree.
    fn agrees(schemas: &SchemaSet, path: &AttrPath, elements: &[Value]) -> usize {
        let target = schemas.resolve(path).unwrap();
        let attribute = target.attribute().unwrap();
        let text = path.to_string();
        let mut lists = vec![vec![]];
        for (at, one) in elements.iter().enumerate() {
            lists.push(vec![one.clone()]);
            lists.extend(elements[at + 1..].iter().map(|two| vec![one.clone(), two.clone()]));
        }
        let complete = |list: &Vec<Value>| {
            let required = Building::of(attribute).required;
            list.iter().all(|element| required.iter().all(|name| element.get(name).is_some()))
        };
        let starts: Vec<Resource> = lists
            .into_iter()
            .filter(|list| complete(list) && !(attribute.required() && list.is_empty()))
            .map(|list| {
                let mut start = Resource::new(schemas);
                start.set(path, Value::Array(list)).unwrap();
                start
            })
            .collect();
        let mut operations = vec![
            json!({"op": "remove", "path": text}),
            json!({"op": "remove", "path": format!("{text}[value eq \"a\"]")}),
            json!({"op": "remove", "path": text, "value": [{"value": "b"}]}),
            json!({"op": "replace", "path": text, "value": &elements[..1]}),
            json!({"op": "add", "path": text, "value": &elements[1..3]}),
        ];
        operations
            .extend(elements.iter().map(|element| json!({"op": "add", "path": text, "value": [element]})));
        let mut requests: Vec<Vec<Value>> = vec![vec![]];
        let mut from = 0;
        for _ in 0..3 {
            let until = requests.len();
            for at in from..until {
                for operation in &operations {
                    let longer = requests[at].iter().chain([operation]).cloned().collect();
                    requests.push(longer);
                }
            }
            from = until;
        }
        let mut count = 0;
        for request in &requests[1..] {
            let patch = parse(request, schemas);
            let Some(delta) = patch.delta(path) else { continue };
            for start in &starts {
                let mut expected: Vec<Value> = start.get_all(path).cloned().collect();
                let what = || format!("{request:?} on {start:?} is not {delta:?}");
                literally(&delta, attribute, &mut expected);
                let after = patch.apply(start, schemas).unwrap_or_else(|error| panic!("{error}: {}", what()));
                let after: Vec<Value> = after.resource.get_all(path).cloned().collect();
                assert_eq!(after, expected, "{}", what());
                count += 1;
            }
        }
        count
    }

    fn seats(required: bool, colour: bool) -> SchemaSet {
        let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
        let seats = of("seats", AttrType::Complex)
            .with_multi_valued(true)
            .with_required(required)
            .with_sub_attribute(of("value", AttrType::String))
            .with_sub_attribute(of("type", AttrType::String))
            .with_sub_attribute(of("colour", AttrType::String).with_required(colour));
        let uri = SchemaUri::from_static("urn:example:params:scim:schemas:Room");
        let room = Schema::new(uri, "Room", "Where people sit.", vec![seats]).unwrap();
        SchemaSet::new(Arc::new(room), Vec::<SchemaExtension>::new()).unwrap()
    }

    fn seat() -> AttrPath {
        AttrPath::of_name(AttrName::from_static("seats"))
    }

    #[test]
    fn a_delta_does_what_the_request_does() {
        let ids = [
            json!({"value": "a"}),
            json!({"value": "a", "type": "User"}),
            json!({"value": "b"}),
            json!({"value": "a", "type": "Group"}),
            json!({"value": "A"}),
        ];
        assert!(agrees(SchemaSet::group(), &attr::MEMBERS, &ids) > 5_000);
        let mails = [
            json!({"value": "a", "type": "work"}),
            json!({"value": "A"}),
            json!({"value": "b", "type": "home"}),
            json!({"value": "a", "type": "home"}),
            json!({"value": "A", "type": "WORK"}),
        ];
        assert!(agrees(SchemaSet::user(), &attr::EMAILS, &mails) > 5_000);
    }

    #[test]
    fn a_delta_does_what_the_request_does_where_something_is_required() {
        let elements = [
            json!({"value": "a", "type": "x", "colour": "red"}),
            json!({"value": "a", "colour": "red"}),
            json!({"value": "b", "type": "x", "colour": "red"}),
            json!({"value": "a"}),
            json!({"value": "c", "type": "y"}),
        ];
        for (required, colour) in [(false, true), (true, false), (true, true)] {
            assert!(agrees(&seats(required, colour), &seat(), &elements) > 100);
        }
    }

    #[test]
    fn with_a_type_and_without_one() {
        let add = |element: Value| json!({"op": "add", "path": "members", "value": [element]});
        let (plain, typed) = (json!({"value": "7"}), json!({"value": "7", "type": "User"}));
        let remove = json!({"op": "remove", "path": "members[value eq \"7\"]"});
        let clear = json!({"op": "remove", "path": "members"});
        for (one, two) in [(&plain, &typed), (&typed, &plain)] {
            assert_eq!(members(&[add(one.clone()), add(two.clone())]), None);
            for before in [&remove, &clear] {
                let delta = members(&[before.clone(), add(one.clone()), add(two.clone())]).unwrap();
                assert_eq!(delta.add, std::slice::from_ref(one));
                let delta = members(&[add(one.clone()), before.clone(), add(two.clone())]).unwrap();
                assert_eq!(delta.add, std::slice::from_ref(two));
            }
        }
    }

    #[test]
    fn what_may_be_refused_is_no_delta() {
        let delta = |schemas: &SchemaSet, operation: Value| parse(&[operation], schemas).delta(&seat());
        let red = json!({"value": "a", "colour": "red"});
        let add = json!({"op": "add", "path": "seats", "value": [red]});
        let plain = json!({"op": "add", "path": "seats", "value": [{"value": "a"}]});
        let remove = json!({"op": "remove", "path": "seats[value eq \"a\"]"});
        let clear = json!({"op": "remove", "path": "seats"});
        for (required, colour) in [(false, false), (false, true), (true, false), (true, true)] {
            let schemas = seats(required, colour);
            assert!(delta(&schemas, add.clone()).is_some());
            assert_eq!(delta(&schemas, plain.clone()).is_none(), colour);
            assert_eq!(delta(&schemas, remove.clone()).is_none(), required);
            assert_eq!(delta(&schemas, clear.clone()).is_none(), required);
        }
    }

    #[test]
    fn many_operations_after_a_large_one() {
        let all: Vec<Value> = (0..100_000).map(|n| json!({"value": n.to_string()})).collect();
        let mut operations = vec![json!({"op": "add", "path": "members", "value": all})];
        operations.extend((0..400).map(|n| match n % 2 {
            0 => json!({"op": "add", "path": "members", "value": [{"value": format!("x{n}")}]}),
            _ => json!({"op": "remove", "path": format!("members[value eq \"{n}\"]")}),
        }));
        let delta = members(&operations).unwrap();
        assert_eq!((delta.add.len(), delta.remove.len()), (100_000, 200));
    }
}
