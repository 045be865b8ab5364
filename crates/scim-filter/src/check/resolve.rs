//! Finding what a path means, and whether the caller may ask about it.

use scim_core::schema::{AttrType, Attribute, EXTENSION_PATHS, Mutability, Returned};
use scim_core::{AttrPath, Deviation, Resolved};

use super::judge::Judge;
use super::{UnknownAttribute, Warning, invalid};
use crate::error::{FilterError, Meaning};

impl Judge<'_> {
    /// Finds an attribute, which the caller may still not be allowed to read; `None` for one that has no value because
    /// the schemas lack it. What is never returned is refused.
    pub(crate) fn locate(
        &mut self,
        path: &AttrPath,
        within: Option<&Resolved>,
    ) -> Result<Option<Resolved>, FilterError> {
        let found = match within {
            None => self.schemas.resolve(path).or_else(|error| self.resolve_lenient(path).ok_or(error)),
            Some(parent) => match (path.schema(), path.name(), path.sub()) {
                (None, Some(name), None) if is_simple(parent) => {
                    if *name == *"value" {
                        return Ok(Some(parent.clone()));
                    }
                    self.schemas.resolve(&parent.path().clone().with_sub(name.clone()))
                }
                (None, Some(name), None) => {
                    self.schemas.resolve(&parent.path().clone().with_sub(name.clone()))
                }
                _ => {
                    return Err(invalid(format!("`{path}` is not a sub-attribute of `{}`", parent.path())));
                }
            },
        };
        let target = match found {
            Ok(target) => target,
            Err(_) if self.options.unknown == UnknownAttribute::NoValue => {
                if let Some(parent) = within {
                    self.authorise(parent)?;
                }
                self.warnings.push(Warning::Unknown(path.clone()));
                return Ok(None);
            }
            Err(error) => return Err(invalid(error.detail().unwrap_or_default())),
        };
        if [target.attribute(), target.sub_attribute()].into_iter().flatten().any(|part| is_secret(part)) {
            return Err(self.never(&target));
        }
        Ok(Some(target))
    }

    /// ENT-13, where it is on: finds what else a path can only mean, and reports it.
    fn resolve_lenient(&mut self, path: &AttrPath) -> Option<Resolved> {
        self.options.profile.filter(|profile| profile.allows(&EXTENSION_PATHS))?;
        let found = self.schemas.resolve_lenient(path)?;
        self.deviations.push(Deviation::new(&EXTENSION_PATHS, path.to_string()));
        Some(found)
    }

    /// Refuses what is never returned.
    pub(super) fn never(&self, target: &Resolved) -> FilterError {
        let meaning = if self.options.in_uri { Meaning::Sensitive } else { Meaning::Invalid };
        let words = format!("`{}` is never returned and cannot be asked about", target.path());
        FilterError::meaning(meaning, words)
    }

    /// Refuses what the caller may not read.
    pub(crate) fn authorise(&self, target: &Resolved) -> Result<(), FilterError> {
        let Some(readable) = &self.readable else { return Ok(()) };
        let parent = target.path().clone().without_sub();
        let may_read = readable.iter().any(|allowed| {
            let whole_extension = allowed.attribute().is_none() && allowed.extension() == target.extension();
            allowed.path() == target.path() || *allowed.path() == parent || whole_extension
        });
        if may_read {
            return Ok(());
        }
        let words = format!("`{}` may not be read by this caller", target.path());
        Err(FilterError::meaning(Meaning::Forbidden, words))
    }
}

/// Whether an attribute is never returned, so that no question about it may be answered.
pub(super) fn is_secret(attribute: &Attribute) -> bool {
    attribute.returned() == Returned::Never || attribute.mutability() == Mutability::WriteOnly
}

/// Refuses brackets after what has no elements.
pub(super) fn has_elements(target: &Resolved) -> Result<(), FilterError> {
    match target.attribute() {
        Some(attribute)
            if target.sub_attribute().is_none()
                && (attribute.kind() == AttrType::Complex || attribute.multi_valued()) =>
        {
            Ok(())
        }
        _ => Err(invalid(format!("`{}` has no elements: brackets do not apply", target.path()))),
    }
}

/// Whether the elements of an attribute are simple values.
pub(crate) fn is_simple(target: &Resolved) -> bool {
    target.attribute().is_some_and(|attribute| attribute.kind() != AttrType::Complex)
}
