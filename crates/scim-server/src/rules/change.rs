//! What a write does, as rules and observers see it.

use scim_core::{AttrPath, Resource, ResourceId};
use scim_patch::Delta;
use serde_json::Value;

use crate::store::Ownership;

/// A write that is about to be committed.
///
/// ```
/// use scim_core::{Resource, SchemaSet};
/// use scim_server::rules::Change;
///
/// // For a test of a rule.
/// let user = Resource::new(SchemaSet::user());
/// let mut change = Change::default();
/// change.after = Some(&user);
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Change<'a> {
    /// Which resource; a new one has no id yet.
    pub id: Option<&'a ResourceId>,
    /// Whose it was; nothing for a new one.
    pub ownership: Option<Ownership>,
    /// What is there.
    pub before: Option<&'a Resource>,
    /// What will be there; nothing when it is deleted.
    pub after: Option<&'a Resource>,
    /// What becomes of long lists whose elements are not part of `before` and `after`.
    pub lists: &'a [ListChange],
}

/// What becomes of a long list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListChange {
    /// The attribute.
    pub attribute: AttrPath,
    /// The elements that really come and go: what was there already, or was not, is not part of it.
    pub delta: Delta,
    /// How many elements there will be.
    pub count: u64,
}

impl Change<'_> {
    /// How many values the attribute will have.
    #[must_use]
    pub fn count(&self, attribute: &AttrPath) -> u64 {
        if let Some(list) = self.list(attribute) {
            return list.count;
        }
        match self.after.and_then(|after| after.get(attribute)) {
            None | Some(Value::Null) => 0,
            Some(Value::Array(elements)) => elements.len() as u64,
            Some(_) => 1,
        }
    }

    /// The elements of a list that come.
    #[must_use]
    pub fn added(&self, attribute: &AttrPath) -> Vec<&Value> {
        match self.list(attribute) {
            Some(list) => list.delta.add.iter().collect(),
            None => only_in(elements(self.after, attribute), elements(self.before, attribute)),
        }
    }

    /// The `value`s of the elements of a list that go.
    #[must_use]
    pub fn removed(&self, attribute: &AttrPath) -> Vec<&str> {
        match self.list(attribute) {
            Some(list) => list.delta.remove.iter().map(String::as_str).collect(),
            None => only_in(elements(self.before, attribute), elements(self.after, attribute))
                .into_iter()
                .filter_map(identity)
                .collect(),
        }
    }

    /// The list may be called by its long name, here or by the store: a rule that overlooks it lets everything pass.
    fn list(&self, attribute: &AttrPath) -> Option<&ListChange> {
        let schemas = self.after.or(self.before).and_then(Resource::schema_set);
        let short = |path: &AttrPath| match schemas.and_then(|schemas| schemas.resolve(path).ok()) {
            Some(resolved) => resolved.path().clone(),
            None => path.clone(),
        };
        let exact = self.lists.iter().find(|list| list.attribute == *attribute);
        exact.or_else(|| {
            let wanted = short(attribute);
            self.lists.iter().find(|list| short(&list.attribute) == wanted)
        })
    }
}

fn elements<'a>(resource: Option<&'a Resource>, attribute: &AttrPath) -> &'a [Value] {
    match resource.and_then(|resource| resource.get(attribute)) {
        Some(Value::Array(elements)) => elements,
        _ => &[],
    }
}

fn identity(element: &Value) -> Option<&str> {
    element.get("value").unwrap_or(element).as_str()
}

fn only_in<'a>(these: &'a [Value], those: &[Value]) -> Vec<&'a Value> {
    let there: std::collections::HashSet<&str> = those.iter().filter_map(identity).collect();
    these.iter().filter(|element| identity(element).is_none_or(|id| !there.contains(id))).collect()
}
