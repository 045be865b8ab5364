//! What a write does to the rows of a group.

use std::collections::{HashMap, HashSet};

use scim_core::multi_valued::{key, same_element};
use scim_core::schema::Attribute;
use scim_patch::Delta;
use serde_json::Value;

use super::{Member, Of, some, value_of};
use crate::document::db::{Fault, Tx};

/// The rows that go and the elements that come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    /// The places of the rows that go.
    pub(super) gone: Vec<i64>,
    pub(super) come: Vec<Value>,
    /// What this means to a rule: who comes and who goes.
    pub(crate) delta: Delta,
}

impl Change {
    pub(crate) fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.come.is_empty()
    }

    /// How many members there will be.
    pub(crate) fn count(&self, before: u64) -> u64 {
        before.saturating_sub(self.gone.len() as u64) + self.come.len() as u64
    }
}

/// What a delta really does. Only the rows that it names are looked at; the group is locked.
pub(crate) async fn by_delta(
    tx: &mut Tx,
    of: &Of,
    attribute: &Attribute,
    delta: &Delta,
) -> Result<Change, Fault> {
    let mut asked: Vec<&str> = delta.remove.iter().map(String::as_str).collect();
    asked.extend(delta.add.iter().filter_map(value_of));
    asked.sort_unstable();
    asked.dedup();
    let there = some(tx, of, &asked).await?;
    let mut added: HashMap<&str, Vec<&Value>> = HashMap::new();
    for element in &delta.add {
        if let Some(value) = value_of(element) {
            added.entry(value).or_default().push(element);
        }
    }
    // What is removed and put back as it was stays.
    let is_put_back = |value: &str| match (added.get(value), there.get(value)) {
        (Some(added), Some(there)) => {
            added.len() == there.len() && added.iter().zip(there).all(|(a, b)| **a == b.element)
        }
        _ => false,
    };
    let removed: HashSet<&str> = delta
        .remove
        .iter()
        .map(String::as_str)
        .filter(|value| there.contains_key(*value) && !is_put_back(value))
        .collect();
    let comes = |element: &&Value| match value_of(element) {
        Some(value) if removed.contains(value) => true,
        Some(value) => {
            let same = |member: &Member| same_element(attribute, &member.element, element);
            !there.get(value).is_some_and(|there| there.iter().any(same))
        }
        None => true,
    };
    let come: Vec<Value> = delta.add.iter().filter(comes).cloned().collect();
    let gone =
        removed.iter().filter_map(|value| there.get(*value)).flatten().map(|member| member.pos).collect();
    let remove = delta.remove.iter().filter(|value| removed.contains(value.as_str())).cloned().collect();
    Ok(Change { gone, come: come.clone(), delta: Delta { add: come, remove, clear: false } })
}

/// What makes one list of another, whatever the order.
pub(crate) fn by_difference(attribute: &Attribute, old: &[Member], new: &[Value]) -> Change {
    let old_keys: HashSet<String> = old.iter().map(|member| key(attribute, &member.element)).collect();
    let new_keys: HashSet<String> = new.iter().map(|element| key(attribute, element)).collect();
    let goes = |member: &&Member| !new_keys.contains(&key(attribute, &member.element));
    let gone: Vec<&Member> = old.iter().filter(goes).collect();
    let mut seen = HashSet::new();
    let comes = |element: &&Value| {
        let key = key(attribute, element);
        !old_keys.contains(&key) && seen.insert(key)
    };
    let come: Vec<Value> = new.iter().filter(comes).cloned().collect();
    // Who is there before and after neither comes nor goes, whatever else is said of them.
    let before: HashSet<&str> = old.iter().filter_map(|member| value_of(&member.element)).collect();
    let after: HashSet<&str> = new.iter().filter_map(value_of).collect();
    let add = come.iter().filter(|element| value_of(element).is_none_or(|value| !before.contains(value)));
    let remove =
        gone.iter().filter_map(|member| value_of(&member.element)).filter(|value| !after.contains(value));
    let delta =
        Delta { add: add.cloned().collect(), remove: remove.map(str::to_owned).collect(), clear: false };
    Change { gone: gone.iter().map(|member| member.pos).collect(), come, delta }
}

/// The elements without those that come twice.
pub(crate) fn distinct(attribute: &Attribute, mut elements: Vec<Value>) -> Vec<Value> {
    let mut seen = HashSet::new();
    elements.retain(|element| seen.insert(key(attribute, element)));
    elements
}
