//! ENT-06: elements that are created because a path selects them and they are not there.

use scim_core::{AttrPath, Resolved};
use scim_filter::{CompareOp, ElementFilter, Filter, Literal};
use serde_json::{Map, Value};

use super::{MISSING_ELEMENT, Reader};
use crate::operation::PatchOp;

impl Reader<'_> {
    /// What a missing element starts with: the terms of a filter that is nothing but `eq` terms joined by `and`.
    ///
    /// `None` where nothing is created: without a sub-attribute that is written, or one whose value would contradict the
    /// filter; for elements that point at other resources, since nobody becomes a member by having a name; and where
    /// the profile does not have it.
    pub(super) fn missing_element(
        &mut self,
        op: PatchOp,
        target: &Resolved,
        filter: &ElementFilter,
        value: &Value,
    ) -> Option<Map<String, Value>> {
        if !self.profile.allows(&MISSING_ELEMENT) || (op == PatchOp::Replace && !self.entra) {
            return None;
        }
        let (attribute, sub) = (target.attribute()?, target.sub_attribute()?);
        if attribute.refers_to_resources() {
            return None;
        }
        let mut seed = Map::new();
        let terms = match filter.filter() {
            Filter::And(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        };
        for term in terms {
            let Filter::Compare(path, CompareOp::Eq, literal) = term else { return None };
            let name = attribute.sub(path.name()?.as_str())?.name().as_str();
            let value = json(literal)?;
            if seed.get(name).is_some_and(|earlier| *earlier != value) {
                return None;
            }
            seed.insert(name.to_owned(), value);
        }
        let attribute_path: AttrPath = target.path().clone().without_sub();
        let whole = self.schemas.resolve(&attribute_path).ok()?;
        let seed = Value::Object(seed);
        let seed = if attribute.multi_valued() { Value::Array(vec![seed]) } else { seed };
        let mut seed = match self.schemas.admit_value(&whole, seed, self.profile).ok()?.value {
            Value::Array(mut elements) => match elements.pop()? {
                Value::Object(seed) => seed,
                _ => return None,
            },
            Value::Object(seed) => seed,
            _ => return None,
        };
        let name = sub.name().as_str();
        if seed.get(name).is_some_and(|seeded| seeded != value) {
            return None;
        }
        seed.remove(name);
        self.tolerates(&MISSING_ELEMENT, || attribute_path.to_string()).then_some(seed)
    }
}

fn json(literal: &Literal) -> Option<Value> {
    Some(match literal {
        Literal::Null => return None,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Number(number) => serde_json::from_str(number.as_str()).ok()?,
        Literal::String(text) => Value::String(text.clone()),
    })
}
