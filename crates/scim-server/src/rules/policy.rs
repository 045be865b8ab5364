//! Passwords, deletion and return.

use std::future::Future;

use scim_core::value::secret::Secret;
use scim_core::{ResourceId, ScimError};

use crate::context::Context;

/// What becomes of a `password` when nobody takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PasswordPolicy {
    /// It is taken out and forgotten, and the log says that there was one.
    #[default]
    Drop,
    /// The request is refused with 400 `invalidValue`.
    Refuse,
}

/// Takes passwords, which no store, rule, observer or log ever sees.
pub trait PasswordSink: Send + Sync + 'static {
    /// Judges a password before anything is written.
    ///
    /// # Errors
    /// The answer that the sender gets, such as `invalidValue` for one that is too short.
    fn check(&self, _cx: &Context, _password: &Secret) -> Result<(), ScimError> {
        Ok(())
    }

    /// Keeps the password of a resource, after the resource was written; hashed (RFC 7643 §9.2).
    ///
    /// # Errors
    /// The answer that the sender gets.
    fn set(
        &self,
        cx: &Context,
        id: &ResourceId,
        password: Secret,
    ) -> impl Future<Output = Result<(), ScimError>> + Send;
}

/// What DELETE does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeletePolicy {
    /// The resource is gone.
    #[default]
    Hard,
    /// The resource is deactivated and kept out of sight: every request for it answers 404, and its names are free for others.
    /// A [`RecreatePolicy`] may bring it back under its old id.
    Retire,
}

/// What a create does when the person has been here before (a leaver who returns).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecreatePolicy {
    /// A name in use is in use: 409 `uniqueness`.
    #[default]
    Conflict,
    /// An inactive or retired resource with the same `externalId` comes back with its id.
    ReactivateSameExternalId,
    /// An inactive or retired resource with the same `userName` comes back with its id.
    ReactivateSameUserName,
}
