//! Replacing a resource, RFC 7644 §3.5.1.

use scim_core::{Intent, Projection, ResourceId, ScimError};
use scim_filter::query::ParsedQuery;
use serde_json::Value;

use super::{failed, supplied};
use crate::auth::Access;
use crate::context::Operation;
use crate::engine::Call;
use crate::engine::after::Committed;
use crate::engine::headers::Conditions;
use crate::engine::respond::{Failure, Reply};
use crate::rules::EventKind;
use crate::store::{Precondition, StoreError, complete};

/// So often is a PUT tried again when somebody else was faster, and its sender did not name a version.
const TRIES: usize = 16;

impl Call {
    pub(in crate::engine) async fn replace(
        &self,
        at: usize,
        id: &ResourceId,
        body: Value,
        parsed: &ParsedQuery,
        conditions: &Conditions,
    ) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Replace, Some(&mounted.name));
        self.require(mounted, Access::Write)?;
        let cx = self.cx(mounted, Operation::Replace);
        let projection = self.projection(&cx, parsed)?;
        let expected = self.expected(&cx, mounted, id, conditions).await?;
        let mut body = Some(body);
        for attempt in 1..=TRIES {
            let current =
                mounted.store.get(&cx, id, &Projection::everything()).await.map_err(|e| failed(id, e))?;
            if !expected.is_met_by(&current.version) {
                return Err(ScimError::precondition_failed().into());
            }
            // Kept for another try as long as there is one.
            let body = if attempt < TRIES { body.clone() } else { body.take() };
            let Some(body) = body else { break };
            let all = complete(&current).await?;
            let intent = Intent::Replace(&all);
            let admitted = cx.schemas().admit(body, intent, cx.profile())?;
            let mut new = admitted.resource;
            let password = self.take_password(&cx, &mut new)?;
            let want = projection.clone().with_supplied(supplied(cx.schemas(), &new));
            let write =
                self.write(mounted, Precondition::OneOf(vec![current.version.clone()])).with_answer(&want);
            let written = match mounted.store.replace(&cx, id, new, &write).await {
                Err(StoreError::VersionMismatch) => continue,
                other => other.map_err(|error| failed(id, error))?,
            };
            self.deviated(admitted.deviations);
            let committed = Committed::written(EventKind::Changed, &written, true);
            let kept = self.keep_password(&cx, &written, password).await;
            self.committed(&cx, mounted, committed).await.and(kept)?;
            return self.written(200, mounted, written.stored, &want).await;
        }
        Err(ScimError::unavailable("too many others are writing this resource").into())
    }
}
