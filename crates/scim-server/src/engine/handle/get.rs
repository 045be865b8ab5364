//! Reading one resource, RFC 7644 §3.4.1.

use scim_core::{ResourceId, ScimError};
use scim_filter::query::ParsedQuery;

use super::failed;
use crate::auth::Access;
use crate::context::Operation;
use crate::engine::Call;
use crate::engine::headers::{Conditions, Tags};
use crate::engine::respond::{Failure, Reply};

impl Call {
    pub(in crate::engine) async fn get(
        &self,
        at: usize,
        id: &ResourceId,
        parsed: &ParsedQuery,
        conditions: &Conditions,
    ) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Get, Some(&mounted.name));
        self.require(mounted, Access::Read)?;
        let cx = self.cx(mounted, Operation::Get);
        let want = self.projection(&cx, parsed)?;
        let stored = mounted.store.get(&cx, id, &want).await.map_err(|error| failed(id, error))?;
        if let Some(Tags::These(tags)) = &conditions.if_match
            && !tags.contains(&stored.version)
        {
            return Err(ScimError::precondition_failed().into());
        }
        if conditions.if_none_match.as_ref().is_some_and(|tags| tags.name(&stored.version)) {
            return Ok(Reply { version: Some(stored.version), ..Reply::empty(304) });
        }
        self.reply(200, mounted, stored, &want).await
    }
}
