//! Resources in memory or in a database, whichever it is.

use scim_core::{Projection, ResourceId, ScimResource, TenantId};
use scim_patch::PatchRequest;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::{Context, CursorKey, MemoryStore};
use scim_sqlx::DocumentStore;

/// Resources in memory or in a database.
#[derive(Clone, Debug)]
pub(crate) enum Store<R> {
    Memory(MemoryStore<R>),
    Database(DocumentStore<R>),
}

macro_rules! either {
    ($store:expr, $inner:ident => $body:expr) => {
        match $store {
            Store::Memory($inner) => $body,
            Store::Database($inner) => $body,
        }
    };
}

impl<R: ScimResource> Store<R> {
    /// How many resources a directory has.
    pub(crate) async fn count(&self, directory: &TenantId) -> Result<u64, StoreError> {
        match self {
            Self::Memory(store) => Ok(store.len(directory) as u64),
            Self::Database(store) => store.count(directory).await,
        }
    }
}

impl<R: ScimResource> ResourceStore for Store<R> {
    type Resource = R;

    async fn create(&self, cx: &Context, new: R, write: &Write<'_>) -> Result<Written<R>, StoreError> {
        either!(self, store => store.create(cx, new, write).await)
    }

    async fn get(&self, cx: &Context, id: &ResourceId, want: &Projection) -> Result<Stored<R>, StoreError> {
        either!(self, store => store.get(cx, id, want).await)
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, StoreError> {
        either!(self, store => store.query(cx, query).await)
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: R,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        either!(self, store => store.replace(cx, id, new, write).await)
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<R>, StoreError> {
        either!(self, store => store.delete(cx, id, write).await)
    }

    async fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> Result<Written<R>, StoreError> {
        either!(self, store => store.patch(cx, id, patch, write).await)
    }

    async fn names(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> Result<Vec<(ResourceId, Option<String>)>, StoreError> {
        either!(self, store => store.names(cx, ids).await)
    }

    fn cursor_key(&self) -> Option<CursorKey> {
        either!(self, store => store.cursor_key())
    }
}
