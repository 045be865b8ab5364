//! Names of resources that the principal may not read, such as those of the groups that a user is in (RFC 7643 §4.1.2): they are
//! neither shown nor asked about.

use scim_core::schema::Mutability;
use scim_core::{Resolved, ScimError};
use scim_filter::query::TypedSort;
use scim_filter::{Typed, TypedFilter};

use super::references::Reference;
use super::{Call, Mounted};
use crate::auth::Access;

impl Call {
    /// The name that a reference does not show to this principal. What clients write there is theirs to read.
    pub(super) fn hidden_name<'a>(&self, reference: &'a Reference) -> Option<&'a Resolved> {
        let name = reference.name.as_ref()?;
        let readable = |at: &usize| {
            let mounted = self.engine.types.get(*at);
            mounted.is_some_and(|mounted| self.principal.scopes().allows(&mounted.name, Access::Read))
        };
        let worked_out = name.leaf().is_some_and(|leaf| leaf.mutability() == Mutability::ReadOnly);
        (worked_out && !reference.targets.iter().any(readable)).then_some(name)
    }

    /// Refuses a query that would find out by asking.
    pub(super) fn check_hidden(
        &self,
        mounted: &Mounted,
        filter: Option<&TypedFilter>,
        sort: Option<&TypedSort>,
    ) -> Result<(), ScimError> {
        for name in mounted.references.iter().filter_map(|reference| self.hidden_name(reference)) {
            let sorted = sort.and_then(TypedSort::target).is_some_and(|target| target.path() == name.path());
            if sorted || filter.is_some_and(|filter| asks(filter.root(), name)) {
                let detail = format!("these credentials may not ask about `{}`", name.path());
                return Err(ScimError::forbidden(detail));
            }
        }
        Ok(())
    }
}

fn asks(typed: &Typed, name: &Resolved) -> bool {
    match typed {
        Typed::And(list) | Typed::Or(list) => list.iter().any(|typed| asks(typed, name)),
        Typed::Not(inner) | Typed::Element(_, inner) => asks(inner, name),
        Typed::Present(target) | Typed::Compare(target, ..) => target.path() == name.path(),
        Typed::Constant(_) => false,
    }
}
