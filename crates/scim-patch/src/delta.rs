//! What a request does to one list, without the list at hand.

use std::collections::HashSet;

use scim_core::schema::{AttrType, Attribute};
use scim_core::value::text;
use scim_core::{AttrPath, Resolved};
use serde_json::Value;

use crate::diff::Dialect;
use crate::operation::{Change, Operation, PatchOp, Select, values_of};
use crate::request::PatchRequest;

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
    if !attribute.multi_valued() || attribute.mutability() != scim_core::schema::Mutability::ReadWrite {
        return None;
    }
    let mut building =
        Building { attribute, clear: false, remove: Vec::new(), removed: HashSet::new(), add: Vec::new() };
    for operation in operations {
        building.step(operation)?;
    }
    let add =
        building.add.into_iter().filter(|(_, alive)| *alive).map(|(element, _)| element.clone()).collect();
    Some(Delta { add, remove: building.remove, clear: building.clear })
}

struct Building<'a> {
    attribute: &'a Attribute,
    clear: bool,
    remove: Vec<String>,
    removed: HashSet<String>,
    /// The elements to add, and whether they still are.
    add: Vec<(&'a Value, bool)>,
}

impl<'a> Building<'a> {
    fn step(&mut self, operation: &'a Operation) -> Option<()> {
        if operation.has_sub() {
            return None;
        }
        match (operation.change(), &operation.select, &operation.value) {
            (Change::Clear, _, _) => self.clear(),
            (Change::Replace, None, Value::Array(elements)) => {
                self.clear();
                self.add(elements)?;
            }
            (Change::Add, None, Value::Array(elements)) => self.add(elements)?,
            (Change::Remove, Some(select), _) if operation.op == PatchOp::Remove => {
                self.remove(&removed_by(select, self.attribute)?);
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
    }

    /// The table of what is added already is made once for each operation.
    fn add(&mut self, elements: &'a [Value]) -> Option<()> {
        for element in elements {
            // What is the same as what cannot be told by value, and a new primary element changes the others.
            value_of(self.attribute, element)?;
            if scim_core::multi_valued::is_primary(element) {
                return None;
            }
        }
        let mut there: std::collections::HashMap<String, Vec<&Value>> = std::collections::HashMap::new();
        for (element, _) in self.add.iter().filter(|(_, alive)| *alive) {
            there.entry(value_of(self.attribute, element)?).or_default().push(element);
        }
        for element in elements {
            let same = there.entry(value_of(self.attribute, element)?).or_default();
            if same.len() > 16 {
                // Many elements of one value are nobody's members.
                return None;
            }
            let typed = element.get("type").is_some();
            if !self.clear && same.iter().any(|other| other.get("type").is_some() != typed) {
                // Which of the two comes depends on what is there.
                return None;
            }
            if same.iter().any(|other| scim_core::multi_valued::same_element(self.attribute, other, element))
            {
                continue;
            }
            same.push(element);
            self.add.push((element, true));
        }
        Some(())
    }

    fn remove(&mut self, values: &[String]) {
        let gone: HashSet<&str> = values.iter().map(String::as_str).collect();
        for (element, alive) in &mut self.add {
            *alive &= !value_of(self.attribute, element).is_some_and(|value| gone.contains(value.as_str()));
        }
        for value in values {
            if !self.clear && self.removed.insert(value.clone()) {
                self.remove.push(value.clone());
            }
        }
    }
}

/// The values of the elements that are removed, if nothing else decides.
fn removed_by(select: &Select, attribute: &Attribute) -> Option<Vec<String>> {
    match select {
        Select::Filter(filter) => Some(values_of(filter)?.into_iter().map(str::to_owned).collect()),
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
fn value_of(attribute: &Attribute, element: &Value) -> Option<String> {
    let (value, exact) = match attribute.sub("value") {
        Some(sub) => (element.get("value")?, attribute.refers_to_resources() || sub.compares_exactly()),
        None if attribute.kind() == AttrType::Complex => return None,
        None => (element, attribute.compares_exactly()),
    };
    let value = value.as_str()?;
    Some(if exact { value.to_owned() } else { text::fold(value).into_owned() })
}
