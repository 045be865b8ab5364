//! What is asked about every write, in the transaction of the store.

use scim_core::{AttrPath, Resource, ScimError, attr};
use serde_json::Value;

use super::Call;
use super::references::is_bulk_id;
use crate::context::Context;
use crate::rules::{Change, Guard};
use crate::store::{Ownership, Precondition, Write, Written};

/// Ownership first, then the rules of the application in their order.
impl Guard for Call {
    fn is_idle(&self) -> bool {
        false
    }

    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        match change.ownership {
            None | Some(Ownership::Directory) => {}
            Some(Ownership::Linked) => {
                if let (Some(before), Some(after)) = (change.before, change.after)
                    && identifiers_differ(before, after)
                {
                    match &self.engine.link {
                        Some(link) => link.change_identifiers(cx, before, after)?,
                        None => return Err(not_yours()),
                    }
                }
            }
            Some(Ownership::Application) => {
                let (Some(link), Some(before), Some(after)) =
                    (&self.engine.link, change.before, change.after)
                else {
                    // Nobody deletes what was not given to them.
                    return Err(not_yours());
                };
                link.link(cx, before, after)?;
                if identifiers_differ(before, after) {
                    return Err(ScimError::forbidden(
                        "an account cannot be taken over and renamed at once: `userName` and `emails` have to stay",
                    ));
                }
            }
        }
        self.no_bulk_ids(cx, change)?;
        self.engine.rules.iter().try_for_each(|rule| rule.check(cx, change))
    }
}

impl Call {
    /// A `bulkId` that is left is the id of nothing (RFC 7644 §3.7.2).
    fn no_bulk_ids(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        let (Some(after), Some(mounted)) =
            (change.after, self.types.iter().find(|mounted| *mounted.name == *cx.resource_type()))
        else {
            return Ok(());
        };
        let mut added = change.lists.iter().flat_map(|list| &list.delta.add);
        if mounted.references.iter().any(|one| one.has_bulk_id(after)) || added.any(is_bulk_id) {
            return Err(ScimError::invalid_value("a reference with a `bulkId` is for bulk requests only"));
        }
        Ok(())
    }
}

fn not_yours() -> ScimError {
    ScimError::forbidden("this account does not belong to the directory")
}

/// Whether what people are recognised by differs.
fn identifiers_differ(before: &Resource, after: &Resource) -> bool {
    fn value<'a>(resource: &'a Resource, path: &AttrPath) -> Vec<&'a Value> {
        resource.get_all(path).collect()
    }
    let same = |path: &AttrPath| value(before, path) == value(after, path);
    !same(&attr::USER_NAME) || !same(&attr::EMAILS_VALUE)
}

impl Call {
    /// Asks about a write that changed nothing, for which the store did not ask.
    pub(super) fn check_unchanged(&self, cx: &Context, written: &Written<Resource>) -> Result<(), ScimError> {
        if !written.no_op {
            return Ok(());
        }
        let stored = &written.stored;
        let change = Change {
            id: Some(&stored.id),
            ownership: Some(stored.ownership),
            before: Some(&stored.resource),
            after: Some(&stored.resource),
            lists: &written.lists,
        };
        self.check(cx, &change)
    }

    /// A write with the engine's and the application's rules.
    pub(super) fn write<'a>(&'a self, mounted: &'a super::Mounted, expected: Precondition) -> Write<'a> {
        Write::unchecked()
            .with_expected(expected)
            .with_guard(self, &mounted.needs)
            .with_long_lists(&mounted.large)
    }
}
