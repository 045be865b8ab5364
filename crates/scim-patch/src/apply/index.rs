//! Where the elements of a long list are, by what they are told apart by: kept over the operations of a request, so that
//! each need not go through the list again.

use std::borrow::Cow;
use std::collections::HashMap;

use scim_core::ScimError;
use scim_core::schema::Attribute;
use scim_filter::check::Operand;
use scim_filter::{CompareOp, Typed};
use serde_json::Value;

use super::identity::{Identity, Key};
use super::work::{Slot, Work};
use crate::operation::Select;

/// Lists up to this length are gone through.
const SHORT: usize = 64;

/// So many times a list is gone through before its elements are entered in a table.
const SCANS: usize = 8;

/// With more elements gone than this, the table is made anew.
const MOST_GONE: usize = 4096;

/// The elements of a list by their keys. What it gives are candidates: elements may have gone meanwhile.
pub(super) struct Index<'r> {
    identity: Identity<'r>,
    by_key: HashMap<Key<'static>, Places>,
    /// The places, as they were counted when they were entered, of the elements that went; in ascending order.
    gone: Vec<usize>,
    /// How many elements were entered.
    count: usize,
}

struct Places {
    first: usize,
    more: Vec<usize>,
}

impl<'r> Index<'r> {
    fn of(attribute: &'r Attribute, list: &[Value]) -> Self {
        let by_key = HashMap::with_capacity(list.len());
        let mut index = Self { identity: Identity::of(attribute), by_key, gone: Vec::new(), count: 0 };
        index.appended(list);
        index
    }

    /// Elements came at the end.
    pub(super) fn appended(&mut self, elements: &[Value]) {
        for element in elements {
            let at = self.count;
            self.count += 1;
            self.by_key
                .entry(self.identity.key(element).to_owned())
                .and_modify(|places| places.more.push(at))
                .or_insert(Places { first: at, more: Vec::new() });
        }
    }

    /// Elements went; whether the table is still of use.
    pub(super) fn taken(&mut self, places: &[usize]) -> bool {
        if self.gone.len() + places.len() > MOST_GONE {
            return false;
        }
        let entered: Vec<usize> = places.iter().map(|at| self.entered(*at)).collect();
        for place in entered {
            if let Err(at) = self.gone.binary_search(&place) {
                self.gone.insert(at, place);
            }
        }
        true
    }

    /// An element was changed; whether it is still found by what it is told apart by.
    pub(super) fn finds(&self, element: &Value, at: usize) -> bool {
        let place = self.entered(at);
        let places = self.by_key.get(&self.identity.key(element));
        places.is_some_and(|places| places.first == place || places.more.binary_search(&place).is_ok())
    }

    /// The place at which the element was entered that is the so manieth now.
    fn entered(&self, at: usize) -> usize {
        let (mut low, mut high) = (0, self.gone.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.gone.get(middle).is_some_and(|gone| gone - middle <= at) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        at + low
    }

    /// Where the elements with these keys are now, in ascending order.
    fn places<'k>(&self, keys: impl IntoIterator<Item = &'k Key<'k>>) -> Vec<usize> {
        let found = keys.into_iter().filter_map(|key| self.by_key.get(key));
        let entered =
            found.flat_map(|places| std::iter::once(places.first).chain(places.more.iter().copied()));
        let mut now: Vec<usize> = entered
            .filter_map(|place| match self.gone.binary_search(&place) {
                Ok(_) => None,
                Err(before) => Some(place - before),
            })
            .collect();
        now.sort_unstable();
        now.dedup();
        now
    }
}

impl<'r> Work<'_, 'r> {
    /// The places of all elements with one of these keys, and perhaps of others; nothing where the list is to be gone
    /// through.
    pub(super) fn look_up<'k>(
        &mut self,
        slot: Slot<'r>,
        attribute: &'r Attribute,
        keys: impl IntoIterator<Item = &'k Key<'k>>,
    ) -> Result<Option<Vec<usize>>, ScimError> {
        let length = self.list(slot).len();
        if length <= SHORT {
            return Ok(None);
        }
        let Some(known) = self.known(slot) else { return Ok(None) };
        known.scans = known.scans.saturating_add(1);
        if known.scans <= SCANS {
            return Ok(None);
        }
        let places = match &known.index {
            Some(index) => index.places(keys),
            None => {
                self.charge(length)?;
                let index = Index::of(attribute, self.list(slot));
                let places = index.places(keys);
                if let Some(known) = self.known(slot) {
                    known.index = Some(index);
                }
                places
            }
        };
        self.charge(places.len())?;
        Ok(Some(places))
    }
}

/// The keys of which every selected element has one, where that can be told.
pub(super) fn keys_of<'s>(attribute: &Attribute, select: &'s Select) -> Option<Vec<Key<'s>>> {
    let identity = Identity::of(attribute);
    match select {
        Select::Filter(filter) => keys_in(&identity, filter.root()),
        Select::Listed(listed) => Some(listed.iter().map(|one| identity.key(one)).collect()),
    }
}

fn keys_in<'s>(identity: &Identity<'_>, filter: &'s Typed) -> Option<Vec<Key<'s>>> {
    match filter {
        Typed::And(all) => all.iter().find_map(|one| keys_in(identity, one)),
        Typed::Or(any) => {
            let keys: Option<Vec<_>> = any.iter().map(|one| keys_in(identity, one)).collect();
            keys.map(|keys| keys.into_iter().flatten().collect())
        }
        Typed::Compare(target, CompareOp::Eq, operand) => {
            let is_value = target.sub_attribute().is_none_or(|sub| *sub.name() == *"value");
            let text = match operand {
                Operand::Exact(text) if identity.exact => text,
                Operand::Folded(text) if !identity.exact => text,
                _ => return None,
            };
            is_value.then(|| vec![Key::Value(Cow::Borrowed(text.as_str()))])
        }
        _ => None,
    }
}
