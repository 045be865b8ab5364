//! Who is asking, as a resource: RFC 7644 §3.11.

use scim_core::{ResourceId, ScimError};

use crate::engine::Call;
use crate::engine::respond::Failure;

impl Call {
    /// The resource of who is asking.
    pub(in crate::engine) async fn me(&self) -> Result<(usize, ResourceId), Failure> {
        let Some(me) = &self.engine.me else {
            return Err(ScimError::not_implemented("`/Me` is not offered here").into());
        };
        let nobody = || ScimError::new(404).with_detail("these credentials belong to no resource");
        let (name, id) = me.resolve((*self.principal).clone()).await?.ok_or_else(nobody)?;
        let at = self.types.iter().position(|mounted| *mounted.name == *name).ok_or_else(nobody)?;
        Ok((at, id))
    }
}
