//! Passwords go to who takes them, and nowhere else (RFC 7643 §4.1.1, §9.2).

use scim_core::value::secret::Secret;
use scim_core::{Resource, ScimError, attr};
use scim_patch::PatchRequest;
use serde_json::Value;

use crate::context::Context;
use crate::engine::Call;
use crate::engine::respond::Failure;
use crate::rules::PasswordPolicy;
use crate::store::Written;

impl Call {
    /// Takes the password out of a resource that was sent.
    pub(super) fn take_password(
        &self,
        cx: &Context,
        resource: &mut Resource,
    ) -> Result<Option<Secret>, ScimError> {
        match resource.remove(&attr::PASSWORD) {
            Some(Value::String(password)) => self.judge(cx, password),
            _ => Ok(None),
        }
    }

    /// Takes the password out of a PATCH; of several, the last one counts.
    pub(super) fn take_password_of_patch(
        &self,
        cx: &Context,
        request: &mut PatchRequest,
    ) -> Result<Option<Secret>, ScimError> {
        match request.take(&attr::PASSWORD).pop() {
            Some(Some(Value::String(password))) => self.judge(cx, password),
            _ => Ok(None),
        }
    }

    fn judge(&self, cx: &Context, password: String) -> Result<Option<Secret>, ScimError> {
        let password = Secret::new(password);
        match (&self.engine.passwords, self.engine.password_policy) {
            (Some(sink), _) => {
                sink.check(cx, &password)?;
                Ok(Some(password))
            }
            (None, PasswordPolicy::Drop) => {
                tracing::info!(tenant = %cx.tenant(), resource_type = cx.resource_type(), "a password was sent and dropped");
                Ok(None)
            }
            (None, PasswordPolicy::Refuse) => {
                Err(ScimError::invalid_value("`password` is not accepted here"))
            }
        }
    }

    /// Hands the password over, after its resource was written.
    pub(super) async fn keep_password(
        &self,
        cx: &Context,
        written: &Written<Resource>,
        password: Option<Secret>,
    ) -> Result<(), Failure> {
        let (Some(sink), Some(password)) = (&self.engine.passwords, password) else { return Ok(()) };
        // Where nothing else changed, nobody was asked whether the account may be written.
        self.check_unchanged(cx, written)?;
        Ok(sink.set(cx, &written.stored.id, password).await?)
    }
}
