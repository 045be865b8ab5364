//! Managers and members.

use std::collections::HashSet;

use scim_core::ResourceId;
use scim_sync::{Kind, Members, ReferenceTo, Row, SourceId, SourceObject};
use serde_json::Value;

use super::Comparison;

impl Comparison<'_> {
    /// Those of an object in scope that has a resource.
    pub(super) fn references(&mut self, object: &SourceObject) {
        let rules = self.rules;
        let rows = rules.mapping(object.kind).rows();
        for row in rows.iter().filter(|row| !row.only_creation()) {
            let difference = match row.reference() {
                Some(ReferenceTo::Manager) => self.manager(object, row),
                Some(ReferenceTo::Members) => self.members(object, row),
                _ => None,
            };
            let Some(difference) = difference else { continue };
            match self.refused.get(&(object.kind, object.id.clone())) {
                Some(escrow) => self.verdict.explain(escrow.code.as_str(), object.display_name()),
                None => self.verdict.differ(object, difference),
            }
        }
    }

    /// A manager who is there; one who is not is no reference, and what was there before may stay.
    fn manager(&mut self, object: &SourceObject, row: &Row) -> Option<String> {
        let wanted = self.homes.get(object.manager.as_ref()?)?;
        let resource = self.ends.get(Kind::User, self.homes.get(&object.id)?)?;
        let actual = row.value(resource).and_then(Value::as_str);
        if actual == Some(wanted.as_str()) {
            self.verdict.managers += 1;
            return None;
        }
        Some(format!("its manager is {} and not {wanted}", actual.unwrap_or("nobody")))
    }

    /// Every direct member who is there, and nobody else. Who is out of scope may have stayed a member.
    fn members(&mut self, object: &SourceObject, row: &Row) -> Option<String> {
        let Members::All(all) = &object.members else { return None };
        let resource = self.ends.get(Kind::Group, self.homes.get(&object.id)?)?;
        let listed = row.read(resource).and_then(|list| list.as_array().cloned()).unwrap_or_default();
        let mut actual: HashSet<ResourceId> =
            listed.iter().filter_map(|id| ResourceId::new(id.as_str()?).ok()).collect();
        let mut missing = Vec::new();
        for member in all.iter().filter(|member| **member != object.id) {
            let Some(home) = self.homes.get(member) else { continue };
            if actual.remove(home) {
                self.verdict.memberships += 1;
            } else if self.is_inside(member) {
                missing.push(member.clone());
            }
        }
        if self.shared {
            actual.retain(|id| self.ends.is_claimed(Kind::User, id) || self.ends.is_claimed(Kind::Group, id));
        }
        match (missing.first(), actual.iter().next()) {
            (None, None) => None,
            (Some(one), _) => Some(format!("{} of its members are missing, such as {one}", missing.len())),
            (None, Some(one)) => Some(format!("{} of its members are too many, such as {one}", actual.len())),
        }
    }

    fn is_inside(&self, id: &SourceId) -> bool {
        self.inside.contains(id)
    }
}
