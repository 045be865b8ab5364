//! Stores without their types: what the engine holds.

use std::future::Future;
use std::pin::Pin;

use scim_core::{Projection, Resource, ResourceId, ScimResource};
use scim_patch::PatchRequest;

use super::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use crate::context::Context;
use crate::cursor::CursorKey;

/// Ids, and what they are called.
type Names = Vec<(ResourceId, Option<String>)>;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The twin of [`ResourceStore`] that speaks of dynamic resources only.
pub(crate) trait ErasedStore: Send + Sync {
    fn create<'a>(
        &'a self,
        cx: &'a Context,
        new: Resource,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>>;

    fn get<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        want: &'a Projection,
    ) -> BoxFuture<'a, Result<Stored<Resource>, StoreError>>;

    fn query<'a>(
        &'a self,
        cx: &'a Context,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Listing<Stored<Resource>>, StoreError>>;

    fn replace<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        new: Resource,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>>;

    fn delete<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Stored<Resource>, StoreError>>;

    fn patch<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        patch: &'a PatchRequest,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>>;

    fn names<'a>(
        &'a self,
        cx: &'a Context,
        ids: &'a [ResourceId],
    ) -> BoxFuture<'a, Result<Names, StoreError>>;

    fn cursor_key(&self) -> Option<CursorKey>;
}

/// A store of typed resources, seen without its type.
pub(crate) struct Erased<S>(pub(crate) S);

impl<S: ResourceStore> ErasedStore for Erased<S> {
    fn create<'a>(
        &'a self,
        cx: &'a Context,
        new: Resource,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>> {
        Box::pin(async move {
            let new = S::Resource::from_resource(new)?;
            written(self.0.create(cx, new, write).await?)
        })
    }

    fn get<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        want: &'a Projection,
    ) -> BoxFuture<'a, Result<Stored<Resource>, StoreError>> {
        Box::pin(async move { stored(self.0.get(cx, id, want).await?) })
    }

    fn query<'a>(
        &'a self,
        cx: &'a Context,
        query: &'a Query,
    ) -> BoxFuture<'a, Result<Listing<Stored<Resource>>, StoreError>> {
        Box::pin(async move { self.0.query(cx, query).await?.try_map(stored) })
    }

    fn replace<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        new: Resource,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>> {
        Box::pin(async move {
            let new = S::Resource::from_resource(new)?;
            written(self.0.replace(cx, id, new, write).await?)
        })
    }

    fn delete<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Stored<Resource>, StoreError>> {
        Box::pin(async move { stored(self.0.delete(cx, id, write).await?) })
    }

    fn patch<'a>(
        &'a self,
        cx: &'a Context,
        id: &'a ResourceId,
        patch: &'a PatchRequest,
        write: &'a Write<'a>,
    ) -> BoxFuture<'a, Result<Written<Resource>, StoreError>> {
        Box::pin(async move { written(self.0.patch(cx, id, patch, write).await?) })
    }

    fn names<'a>(
        &'a self,
        cx: &'a Context,
        ids: &'a [ResourceId],
    ) -> BoxFuture<'a, Result<Names, StoreError>> {
        Box::pin(self.0.names(cx, ids))
    }

    fn cursor_key(&self) -> Option<CursorKey> {
        self.0.cursor_key()
    }
}

fn stored<R: ScimResource>(stored: Stored<R>) -> Result<Stored<Resource>, StoreError> {
    let dynamic = stored.dynamic()?;
    stored.try_map(|_| Ok(dynamic))
}

fn written<R: ScimResource>(of: Written<R>) -> Result<Written<Resource>, StoreError> {
    Ok(Written {
        stored: stored(of.stored)?,
        before: of.before.map(stored).transpose()?,
        changed: of.changed,
        lists: of.lists,
        no_op: of.no_op,
    })
}
