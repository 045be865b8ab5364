//! Changing parts of a resource, RFC 7644 §3.5.2.

use scim_core::{ResourceId, ScimError, attr};
use scim_filter::query::{ParsedQuery, ProjectionParams};
use scim_patch::PatchRequest;
use serde_json::Value;

use super::failed;
use crate::auth::Access;
use crate::context::Operation;
use crate::engine::Call;
use crate::engine::after::Committed;
use crate::engine::headers::Conditions;
use crate::engine::respond::{Failure, Reply};
use crate::rules::EventKind;

impl Call {
    pub(in crate::engine) async fn patch(
        &self,
        at: usize,
        id: &ResourceId,
        body: Value,
        parsed: &ParsedQuery,
        conditions: &Conditions,
    ) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Patch, Some(&mounted.name));
        self.require(mounted, Access::Write)?;
        let cx = self.cx(mounted, Operation::Patch);
        let mut request = PatchRequest::parse_with(body, cx.schemas(), cx.profile(), self.limits())
            .map_err(ScimError::from)?;
        self.deviated(request.deviations().iter().cloned());
        let want = self.projection(&cx, parsed)?.with_supplied(request.attributes());
        let wrote_active = request.attributes().iter().any(|target| *target.path() == attr::ACTIVE);
        let password = self.take_password_of_patch(&cx, &mut request)?;
        let expected = self.expected(&cx, mounted, id, conditions).await?;
        // Long lists are not sent back unasked (RFC 7644 §3.5.2 leaves the choice).
        let quiet = !mounted.large.is_empty() && parsed.query.projection == ProjectionParams::Default;
        let mut write = self.write(mounted, expected);
        if !quiet {
            write = write.with_answer(&want);
        }
        let written =
            mounted.store.patch(&cx, id, &request, &write).await.map_err(|error| failed(id, error))?;
        let committed = Committed::written(EventKind::Changed, &written, wrote_active);
        let kept = self.keep_password(&cx, &written, password).await;
        self.committed(&cx, mounted, committed).await.and(kept)?;
        if quiet {
            return Ok(self.done(mounted, &written.stored));
        }
        self.written(200, mounted, written.stored, &want).await
    }
}
