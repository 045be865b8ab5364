//! Whether something has a value, as far as the caller may know: `pr`, and comparisons with `null`.

use scim_core::schema::{AttrType, Attribute};
use scim_core::{AttrPath, Resolved};

use super::Typed;
use super::judge::Judge;
use super::resolve::is_secret;
use crate::error::FilterError;

impl Judge<'_> {
    pub(super) fn judge_present(
        &mut self,
        path: &AttrPath,
        within: Option<&Resolved>,
    ) -> Result<Typed, FilterError> {
        match self.locate(path, within)? {
            Some(target) => self.present(target),
            None => Ok(Typed::Constant(false)),
        }
    }

    /// Whether an attribute or extension has a value. Where some of its parts may not be asked about, the question is
    /// about the others; where none may, it is refused.
    pub(super) fn present(&self, target: Resolved) -> Result<Typed, FilterError> {
        let allowed = self.authorise(&target);
        if allowed.is_ok() && !self.hides_something(&target) {
            return Ok(Typed::Present(target));
        }
        let mut parts = Vec::new();
        self.open_parts(&target, &mut parts);
        match (parts.len(), parts.pop()) {
            (1, Some(part)) => Ok(part),
            (_, Some(last)) => {
                parts.push(last);
                Ok(Typed::Or(parts))
            }
            (_, None) => {
                allowed?;
                Err(self.never(&target))
            }
        }
    }

    /// Whether an attribute or extension has parts that are never returned.
    fn hides_something(&self, target: &Resolved) -> bool {
        let hides = |attribute: &Attribute| {
            is_secret(attribute) || attribute.sub_attributes().iter().any(|sub| is_secret(sub))
        };
        match (target.leaf(), target.extension().and_then(|uri| self.schemas.extension(uri))) {
            (Some(leaf), _) => hides(leaf),
            (None, Some(extension)) => {
                extension.schema().attributes().iter().any(|attribute| hides(attribute))
            }
            (None, None) => false,
        }
    }

    /// Collects the parts that may be asked about, each as large as can be.
    fn open_parts(&self, target: &Resolved, parts: &mut Vec<Typed>) {
        let below: Vec<AttrPath> = match (target.leaf(), target.extension()) {
            (Some(leaf), _) if target.sub_attribute().is_none() && leaf.kind() == AttrType::Complex => {
                let path = target.path();
                leaf.sub_attributes().iter().map(|sub| path.clone().with_sub(sub.name().clone())).collect()
            }
            (None, Some(uri)) => {
                let attributes = self.schemas.extension(uri).map(|extension| extension.schema().attributes());
                let path = |attribute: &Attribute| {
                    AttrPath::of_name(attribute.name().clone()).with_schema(uri.clone())
                };
                attributes.into_iter().flatten().map(|attribute| path(attribute)).collect()
            }
            _ => return,
        };
        for part in below.iter().filter_map(|path| self.schemas.resolve(path).ok()) {
            if part.leaf().is_some_and(|leaf| is_secret(leaf)) {
                continue;
            }
            if self.authorise(&part).is_ok() && !self.hides_something(&part) {
                parts.push(Typed::Present(part));
            } else {
                self.open_parts(&part, parts);
            }
        }
    }
}
