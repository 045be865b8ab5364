//! What becomes of accounts that existed before the directory came.

use scim_core::{Resource, ScimError};

use crate::context::Context;

/// Decides about accounts that existed before the directory came ([`Ownership::Application`](crate::store::Ownership)).
///
/// A directory finds them, since what it may not create it has to see. Whether it may write them is decided here; the first
/// write links an account, and cannot change what identifies it at once.
pub trait LinkPolicy: Send + Sync + 'static {
    /// Whether the directory may take this account over: by its verified domain, an administrator's word, or the like.
    ///
    /// # Errors
    /// The answer that the sender gets when it may not.
    fn link(&self, cx: &Context, existing: &Resource, sent: &Resource) -> Result<(), ScimError>;

    /// Whether the directory may change `userName` or `emails` of an account that it once took over. Provided: it may not.
    ///
    /// # Errors
    /// The answer that the sender gets when it may not.
    fn change_identifiers(
        &self,
        _cx: &Context,
        _before: &Resource,
        _after: &Resource,
    ) -> Result<(), ScimError> {
        Err(ScimError::forbidden("what identifies this account is not the directory's to change"))
    }
}

/// No account is ever taken over: the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Never;

impl LinkPolicy for Never {
    fn link(&self, _cx: &Context, _existing: &Resource, _sent: &Resource) -> Result<(), ScimError> {
        Err(ScimError::forbidden("this account does not belong to the directory"))
    }
}
