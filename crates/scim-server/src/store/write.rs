//! What comes with a write: the expected version, what the answer needs, and the rules of the application.

use std::sync::Arc;

use scim_core::{Projection, Resolved, Resource, ScimResource, Version};

use super::{StoreError, Stored};
use crate::context::Context;
use crate::rules::{Change, Guard, ListChange, RecreatePolicy};

/// What comes with a write.
#[derive(Clone)]
pub struct Write<'a> {
    expected: Precondition,
    answer: Option<&'a Projection>,
    needs: &'a [Resolved],
    /// The long lists of the type, where they are known: all else is always wanted.
    long: Option<&'a [Resolved]>,
    guard: Option<&'a dyn Guard>,
    retires: bool,
    recreate: RecreatePolicy,
}

/// The versions at which a write may happen (RFC 7644 §3.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Any.
    #[default]
    None,
    /// One of these.
    OneOf(Vec<Version>),
}

/// Whose a resource is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ownership {
    /// The directory's: it created the resource, and may change all of it.
    #[default]
    Directory,
    /// The application's, which let the directory in: what identifies it stays with the application
    /// ([`LinkPolicy::change_identifiers`](crate::rules::LinkPolicy::change_identifiers)).
    Linked,
    /// The application's: it was there before, and the directory may not write it unless a
    /// [`LinkPolicy`](crate::rules::LinkPolicy) lets it.
    Application,
}

impl Ownership {
    /// Whose the resource is after the directory has written it, which took a [`Write::check`].
    #[must_use]
    pub fn after_write(self) -> Self {
        match self {
            Self::Application => Self::Linked,
            other => other,
        }
    }
}

impl Precondition {
    /// Whether a resource at this version may be written. Versions compare by their opaque part.
    ///
    /// ```
    /// use scim_core::Version;
    /// use scim_server::store::Precondition;
    ///
    /// let sent = Precondition::OneOf(vec![r#"W/"7""#.parse()?]);
    /// assert!(sent.is_met_by(&r#""7""#.parse()?));
    /// assert!(!sent.is_met_by(&Version::new("8")?));
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn is_met_by(&self, current: &Version) -> bool {
        match self {
            Self::None => true,
            Self::OneOf(versions) => versions.contains(current),
        }
    }
}

impl<'a> Write<'a> {
    /// A write of the application's own: no version, no rules, no answer.
    #[must_use]
    pub fn unchecked() -> Self {
        Self {
            expected: Precondition::None,
            answer: None,
            needs: &[],
            long: None,
            guard: None,
            retires: false,
            recreate: RecreatePolicy::Conflict,
        }
    }

    /// The same write at this version only.
    #[must_use]
    pub fn at(&self, version: Version) -> Self {
        self.clone().with_expected(Precondition::OneOf(vec![version]))
    }

    /// The same write under this condition.
    #[must_use]
    pub fn with_expected(mut self, expected: Precondition) -> Self {
        self.expected = expected;
        self
    }

    /// The same write with an answer that shows this.
    #[must_use]
    pub fn with_answer(mut self, answer: &'a Projection) -> Self {
        self.answer = Some(answer);
        self
    }

    pub(crate) fn with_guard(mut self, guard: &'a dyn Guard, needs: &'a [Resolved]) -> Self {
        self.guard = (!guard.is_idle()).then_some(guard);
        self.needs = needs;
        self
    }

    pub(crate) fn with_long_lists(mut self, long: &'a [Resolved]) -> Self {
        self.long = Some(long);
        self
    }

    /// The same write, where a deleted resource is kept out of sight.
    #[must_use]
    pub fn with_retirement(mut self, retires: bool) -> Self {
        self.retires = retires;
        self
    }

    /// The same write, where a retired resource may come back.
    #[must_use]
    pub fn with_recreate(mut self, recreate: RecreatePolicy) -> Self {
        self.recreate = recreate;
        self
    }

    /// At which versions the write may happen.
    #[must_use]
    pub fn expected(&self) -> &Precondition {
        &self.expected
    }

    /// Compares the version, in the transaction that writes.
    ///
    /// # Errors
    /// [`StoreError::VersionMismatch`].
    pub fn check_version(&self, current: &Version) -> Result<(), StoreError> {
        if self.expected.is_met_by(current) { Ok(()) } else { Err(StoreError::VersionMismatch) }
    }

    /// Whether the resources before and after the write have to hold this attribute, because the answer shows it or a rule or an
    /// observer reads it. It is worth asking for the long lists of a type, such as the members of a group; all else is always
    /// wanted.
    #[must_use]
    pub fn wants(&self, path: &Resolved) -> bool {
        let is_it = |need: &Resolved| {
            need.extension() == path.extension()
                && need.attribute().map(|a| a.name()) == path.attribute().map(|a| a.name())
        };
        self.answer.is_some_and(|answer| answer.wants(path))
            || self.needs.iter().any(is_it)
            || self.long.is_some_and(|long| !long.iter().any(is_it))
    }

    /// Asks the rules of the application, in the transaction that writes, when all is known and nothing is committed.
    ///
    /// `before` is what is there, with its owner (nothing for a new resource); `after` is what will be there (nothing for one
    /// that is deleted).
    ///
    /// # Errors
    /// [`StoreError::Rejected`]: nothing may be written.
    pub fn check<R: ScimResource>(
        &self,
        cx: &Context,
        before: Option<&Stored<R>>,
        after: Option<&Arc<R>>,
    ) -> Result<(), StoreError> {
        self.check_lists(cx, before, after, &[])
    }

    /// Asks the rules about a write that changes long lists, of which `before` and `after` need not hold the elements.
    ///
    /// # Errors
    /// [`StoreError::Rejected`]: nothing may be written.
    pub fn check_lists<R: ScimResource>(
        &self,
        cx: &Context,
        before: Option<&Stored<R>>,
        after: Option<&Arc<R>>,
        lists: &[ListChange],
    ) -> Result<(), StoreError> {
        if self.guard.is_none() {
            return Ok(());
        }
        let after = after.map(R::to_resource).transpose()?;
        self.check_dynamic(cx, before, after.as_deref(), lists)
    }

    /// The same for who has the dynamic form of what will be there.
    pub(crate) fn check_dynamic<R: ScimResource>(
        &self,
        cx: &Context,
        before: Option<&Stored<R>>,
        after: Option<&Resource>,
        lists: &[ListChange],
    ) -> Result<(), StoreError> {
        let Some(guard) = self.guard else { return Ok(()) };
        let was = before.map(Stored::dynamic).transpose()?;
        let change = Change {
            id: before.map(|before| &before.id),
            ownership: before.map(|before| before.ownership),
            before: was.as_deref(),
            after,
            lists,
        };
        guard.check(cx, &change).map_err(StoreError::Rejected)
    }

    /// Whether a deleted resource is to be kept out of sight, for its return.
    #[must_use]
    pub fn retires(&self) -> bool {
        self.retires
    }

    /// Which retired resource a new one brings back.
    #[must_use]
    pub fn recreate(&self) -> RecreatePolicy {
        self.recreate
    }
}
