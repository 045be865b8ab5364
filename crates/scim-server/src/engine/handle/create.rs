//! Creating a resource, RFC 7644 §3.3.

use scim_core::{AttrPath, Intent, Projection, Resource, ScimError, attr};
use scim_filter::query::ParsedQuery;
use scim_filter::{CheckOptions, Filter};
use serde_json::Value;

use super::supplied;
use crate::auth::Access;
use crate::context::{Context, Operation};
use crate::engine::after::{Committed, is_active};
use crate::engine::listing;
use crate::engine::respond::{Failure, Reply};
use crate::engine::{Call, Mounted};
use crate::rules::{EventKind, RecreatePolicy};
use crate::store::{Ownership, Precondition, Query, StoreError, Stored, Written};

impl Call {
    pub(in crate::engine) async fn create(
        &self,
        at: usize,
        body: Value,
        parsed: &ParsedQuery,
    ) -> Result<Reply, Failure> {
        let mounted = self.mounted(at)?;
        self.note(Operation::Create, Some(&mounted.name));
        self.require(mounted, Access::Write)?;
        let cx = self.cx(mounted, Operation::Create);
        let admitted = cx.schemas().admit(body, Intent::Create, cx.profile())?;
        self.deviated(admitted.deviations);
        let mut new = admitted.resource;
        let password = self.take_password(&cx, &mut new)?;
        let want = self.projection(&cx, parsed)?.with_supplied(supplied(cx.schemas(), &new));

        let written = match self.returning(&cx, mounted, &new, &want).await? {
            Some(written) => written,
            None => self.insert(&cx, mounted, new, &want).await?,
        };
        // One that comes back was there before, and is created all the same as far as its sender knows.
        let committed = Committed::written(EventKind::Created, &written, false);
        let kept = self.keep_password(&cx, &written, password).await;
        // What was written is told, whatever became of the password.
        self.committed(&cx, mounted, committed).await.and(kept)?;
        self.written(201, mounted, written.stored, &want).await
    }

    async fn insert(
        &self,
        cx: &Context,
        mounted: &Mounted,
        new: Resource,
        want: &Projection,
    ) -> Result<Written<Resource>, Failure> {
        let write = self
            .write(mounted, Precondition::None)
            .with_answer(want)
            .with_recreate(self.engine.recreate_policy);
        // A copy is needed only where somebody may be taken over.
        let spare = self.engine.link.is_some().then(|| new.clone());
        match (mounted.store.create(cx, new, &write).await, spare) {
            (Ok(written), _) => Ok(written),
            (Err(StoreError::Conflict(taken)), Some(new)) => {
                match self.take_over(cx, mounted, &taken, new, want).await? {
                    Some(written) => Ok(written),
                    None => Err(ScimError::uniqueness(&taken).into()),
                }
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    /// A leaver who returns: an inactive resource of the same person, with the new one in its place.
    async fn returning(
        &self,
        cx: &Context,
        mounted: &Mounted,
        new: &Resource,
        want: &Projection,
    ) -> Result<Option<Written<Resource>>, Failure> {
        let by = match self.engine.recreate_policy {
            RecreatePolicy::Conflict => return Ok(None),
            RecreatePolicy::ReactivateSameExternalId => attr::EXTERNAL_ID,
            RecreatePolicy::ReactivateSameUserName => attr::USER_NAME,
        };
        let Some(found) = self.same(cx, mounted, &by, new).await? else { return Ok(None) };
        if is_active(&found.resource) || found.ownership == Ownership::Application {
            return Ok(None);
        }
        let mut new = new.clone();
        if new.get(&attr::ACTIVE).is_none() && cx.schemas().resolve(&attr::ACTIVE).is_ok() {
            new.set(&attr::ACTIVE, Value::Bool(true))?;
        }
        let write = self.write(mounted, Precondition::OneOf(vec![found.version.clone()])).with_answer(want);
        match mounted.store.replace(cx, &found.id, new, &write).await {
            Ok(written) => Ok(Some(written)),
            // Somebody else was faster: the name is in use now.
            Err(StoreError::VersionMismatch | StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// An account that was there before the directory, if the application lets it be taken over.
    async fn take_over(
        &self,
        cx: &Context,
        mounted: &Mounted,
        taken: &AttrPath,
        new: Resource,
        want: &Projection,
    ) -> Result<Option<Written<Resource>>, Failure> {
        let Some(found) = self.same(cx, mounted, taken, &new).await? else { return Ok(None) };
        if found.ownership != Ownership::Application {
            return Ok(None);
        }
        let write = self.write(mounted, Precondition::OneOf(vec![found.version.clone()])).with_answer(want);
        match mounted.store.replace(cx, &found.id, new, &write).await {
            Ok(written) => {
                self.check_unchanged(cx, &written)?;
                Ok(Some(written))
            }
            Err(StoreError::VersionMismatch | StoreError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The one resource that has the same value.
    async fn same(
        &self,
        cx: &Context,
        mounted: &Mounted,
        by: &AttrPath,
        new: &Resource,
    ) -> Result<Option<Stored<Resource>>, Failure> {
        let Some(value) = new.get(by).and_then(Value::as_str) else { return Ok(None) };
        let filter = Filter::eq(by.clone(), value);
        let filter = filter.check_with(cx.schemas(), &CheckOptions::default()).map_err(ScimError::from)?;
        let query = Query { want: Projection::everything(), ..Query::of(Some(filter), 2) };
        let listing = mounted.store.query(cx, &query).await?;
        let mut found = listing::finish(listing, &query, mounted)?.into_items();
        // Two are nobody in particular.
        Ok(if found.len() == 1 { found.pop() } else { None })
    }
}
