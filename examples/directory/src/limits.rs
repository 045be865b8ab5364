//! A store with an end.

use scim_core::{Projection, ResourceId, ScimError, User};
use scim_patch::PatchRequest;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::{Context, CursorKey, MemoryStore};

/// Users, of which a directory has so many at the most. Those who create at the same moment may slip by.
pub(crate) struct Users {
    pub(crate) store: MemoryStore<User>,
    pub(crate) most: Option<usize>,
}

impl ResourceStore for Users {
    type Resource = User;

    async fn create(&self, cx: &Context, new: User, write: &Write<'_>) -> Result<Written<User>, StoreError> {
        if let Some(most) = self.most.filter(|most| self.store.len(cx.tenant()) >= *most) {
            let full = format!("the directory is full: it has {most} users at the most");
            return Err(ScimError::forbidden(full).into());
        }
        self.store.create(cx, new, write).await
    }

    async fn get(
        &self,
        cx: &Context,
        id: &ResourceId,
        want: &Projection,
    ) -> Result<Stored<User>, StoreError> {
        self.store.get(cx, id, want).await
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<User>>, StoreError> {
        self.store.query(cx, query).await
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: User,
        write: &Write<'_>,
    ) -> Result<Written<User>, StoreError> {
        self.store.replace(cx, id, new, write).await
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<User>, StoreError> {
        self.store.delete(cx, id, write).await
    }

    async fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<User>, StoreError> {
        self.store.patch(cx, id, patch, write).await
    }

    async fn names(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, StoreError> {
        self.store.names(cx, ids).await
    }

    fn cursor_key(&self) -> Option<CursorKey> {
        self.store.cursor_key()
    }
}
