//! Deleting a resource, RFC 7644 §3.6.

use scim_core::ResourceId;

use super::failed;
use crate::auth::Access;
use crate::context::Operation;
use crate::engine::Call;
use crate::engine::after::Committed;
use crate::engine::headers::Conditions;
use crate::engine::respond::{Failure, Reply};
use crate::rules::DeletePolicy;
use crate::store::StoreError;

impl Call {
    pub(in crate::engine) async fn delete(
        &self,
        at: usize,
        id: &ResourceId,
        conditions: &Conditions,
    ) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Delete, Some(&mounted.name));
        self.require(mounted, Access::Write)?;
        let cx = self.cx(mounted, Operation::Delete);
        let expected = self.expected(&cx, mounted, id, conditions).await?;
        // What comes back has a name that is looked up by people's accounts; a group is gone when it is gone.
        let retires = self.engine.delete_policy == DeletePolicy::Retire
            && cx.schemas().resolve(&scim_core::attr::ACTIVE).is_ok();
        let write = self.write(mounted, expected).with_retirement(retires);
        let stored = match mounted.store.delete(&cx, id, &write).await {
            Err(StoreError::NotFound) if self.still_leaving(&cx, mounted, id).await? => {
                return Ok(Reply::empty(204));
            }
            other => other.map_err(|error| failed(id, error))?,
        };
        self.committed(&cx, mounted, Committed::deleted(&stored)).await?;
        Ok(Reply::empty(204))
    }
}
