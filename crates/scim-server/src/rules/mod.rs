//! The rules of the application: what may be written, who hears of it, and what becomes of leavers.

mod change;
mod link;
mod observer;
mod policy;

use scim_core::{AttrPath, ScimError};

pub use self::change::{Change, ListChange};
pub use self::link::{LinkPolicy, Never};
pub use self::observer::{Deprovision, Event, EventKind, Leaver, Observer};
pub use self::policy::{DeletePolicy, PasswordPolicy, PasswordSink, RecreatePolicy};
use crate::context::Context;

/// A rule of the application: asked in the transaction of every write, before it is committed.
///
/// It judges by what it is given. The store is in the middle of a write: a rule that asks it for anything waits for itself with
/// a [`MemoryStore`](crate::MemoryStore), and for another connection with a database.
///
/// A function of the right shape is one.
///
/// ```
/// use scim_core::{ScimError, attr};
/// use scim_server::Context;
/// use scim_server::rules::{Change, Rule};
///
/// fn group_names_stay(cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
///     let name = |resource: Option<&scim_core::Resource>| resource.and_then(|r| r.get(&attr::DISPLAY_NAME).cloned());
///     let (before, after) = (name(change.before), name(change.after));
///     if cx.resource_type() == "Group" && before.is_some() && after.is_some() && before != after {
///         return Err(ScimError::mutability(&attr::DISPLAY_NAME, "cannot be changed here"));
///     }
///     Ok(())
/// }
///
/// let _rule: Box<dyn Rule> = Box::new(group_names_stay);
/// ```
pub trait Rule: Send + Sync + 'static {
    /// The long lists that the rule reads element by element, such as `members`; all other attributes are always there.
    /// [`Change::count`], [`Change::added`] and [`Change::removed`] work without.
    fn needs(&self) -> Vec<AttrPath> {
        Vec::new()
    }

    /// Judges a write.
    ///
    /// # Errors
    /// The answer that the sender gets; nothing is written then.
    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError>;
}

impl<F> Rule for F
where
    F: Fn(&Context, &Change<'_>) -> Result<(), ScimError> + Send + Sync + 'static,
{
    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        self(cx, change)
    }
}

/// All that is asked about a write: what [`Write::check`](crate::store::Write::check) calls.
pub(crate) trait Guard: Send + Sync {
    /// Whether it has nothing to say about any write.
    fn is_idle(&self) -> bool;
    fn check(&self, cx: &Context, change: &Change<'_>) -> Result<(), ScimError>;
}
