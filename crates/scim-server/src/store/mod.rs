//! What an application implements: where resources are kept.

pub(crate) mod erased;
mod error;
pub(crate) mod listing;
mod long;
pub(crate) mod page;
mod query;
mod write;

use std::future::Future;

use scim_core::{AttrPath, Projection, Resource, ResourceId, ScimResource, attr};
use scim_patch::PatchRequest;

pub use self::error::StoreError;
pub(crate) use self::listing::Found;
pub use self::listing::{Listing, Stored, Written};
pub use self::long::{ListPage, ListSource, LongList};
pub(crate) use self::long::{PIECE, complete};
pub use self::page::{Row, page};
pub use self::query::{Query, Start};
pub use self::write::{Ownership, Precondition, Write};
use crate::context::Context;
use crate::cursor::CursorKey;

/// Where the resources of one type are kept: five methods over your own tables.
///
/// Each call names the tenant ([`Context::tenant`]): a store that forgets it mixes up customers. What is read
/// comes with a [`Projection`]: what it does not [`want`](Projection::wants) need not be fetched. What is written comes with a
/// [`Write`]: the version that the resource has to be at, and the rules of the application, which are part of the same
/// transaction.
///
/// The engine does the rest: names, types and mutability were judged before a store is called, and links, `meta`, entity tags
/// and error bodies are made after.
///
/// Implementers write `async fn`. See [`crate::memory::MemoryStore`] for one that is complete, and the first page of this crate
/// for one over an application's own users.
pub trait ResourceStore: Send + Sync + 'static {
    /// [`User`](scim_core::User), [`Group`](scim_core::Group), a type of your own, or the dynamic
    /// [`Resource`], which loses nothing that the schemas have.
    type Resource: ScimResource;

    /// Keeps a new resource, under an id that the store makes up.
    ///
    /// The id is unique over all types of the tenant and never used again (RFC 7643 §3.1). Before it commits, the store calls
    /// [`Write::check`].
    ///
    /// A store that retires what is deleted looks for it here, where [`Write::recreate`] says so: what returns has its old id,
    /// is checked with what it was as `before`, and is [`Written::updated`]. Whoever is only inactive is found by the engine.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a value that has to be unique is taken within the tenant.
    fn create(
        &self,
        cx: &Context,
        new: Self::Resource,
        write: &Write<'_>,
    ) -> impl Future<Output = Result<Written<Self::Resource>, StoreError>> + Send;

    /// Reads a resource.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the tenant has none with this id.
    fn get(
        &self,
        cx: &Context,
        id: &ResourceId,
        want: &Projection,
    ) -> impl Future<Output = Result<Stored<Self::Resource>, StoreError>> + Send;

    /// Finds resources.
    ///
    /// The filter is never to be left out: [`Listing::all`] lets the engine filter, sort and cut out the page, and a store that
    /// can do neither says [`StoreError::Unsupported`].
    ///
    /// # Errors
    /// As above, and [`StoreError::TooMany`].
    fn query(
        &self,
        cx: &Context,
        query: &Query,
    ) -> impl Future<Output = Result<Listing<Stored<Self::Resource>>, StoreError>> + Send;

    /// Puts a resource in the place of one that is there. It never creates one.
    ///
    /// The version is compared ([`Write::check_version`]) and [`Write::check`] called in the transaction that writes. Where
    /// nothing differs, nothing is written and the version stays: [`Written::unchanged`].
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::VersionMismatch`], [`StoreError::Conflict`].
    fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: Self::Resource,
        write: &Write<'_>,
    ) -> impl Future<Output = Result<Written<Self::Resource>, StoreError>> + Send;

    /// Removes a resource, and says what it was.
    ///
    /// Where [`Write::retires`], the resource is kept out of sight, for its return.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::VersionMismatch`], [`StoreError::Unsupported`] for a store that cannot retire.
    fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> impl Future<Output = Result<Stored<Self::Resource>, StoreError>> + Send;

    /// Changes parts of a resource.
    ///
    /// Provided: reads the whole resource, applies the request, and replaces it at the version that was read, again when
    /// somebody else was faster. A store that keeps long lists in rows of their own does better with
    /// [`PatchRequest::delta`].
    ///
    /// # Errors
    /// As [`replace`](Self::replace), and what [`PatchRequest::apply`] refuses.
    fn patch(
        &self,
        cx: &Context,
        id: &ResourceId,
        patch: &PatchRequest,
        write: &Write<'_>,
    ) -> impl Future<Output = Result<Written<Self::Resource>, StoreError>> + Send {
        async move {
            for _ in 0..PATCH_TRIES {
                let current = self.get(cx, id, &Projection::everything()).await?;
                write.check_version(&current.version)?;
                let before = complete(&current).await?;
                let patched = patch.apply(&before, cx.schemas())?;
                if patched.changed.is_empty() {
                    return Ok(Written::unchanged(current));
                }
                let new = Self::Resource::from_resource(patched.resource)?;
                let write = write.at(current.version.clone());
                match self.replace(cx, id, new, &write).await {
                    Err(StoreError::VersionMismatch) => {}
                    Ok(written) => return Ok(written.with_changed(patched.changed)),
                    other => return other,
                }
            }
            Err(StoreError::Unavailable {
                retry_after: None,
                source: "too many writers of one resource".into(),
            })
        }
    }

    /// What others call these resources when they refer to them: for `display` and `type` of a member, `display` of a group and
    /// `displayName` of a manager. Ids that are not here are left out.
    ///
    /// Provided: reads them one by one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] and the like.
    fn names(
        &self,
        cx: &Context,
        ids: &[ResourceId],
    ) -> impl Future<Output = Result<Vec<(ResourceId, Option<String>)>, StoreError>> + Send {
        async move {
            let wanted = [attr::DISPLAY_NAME, attr::USER_NAME];
            let want = Projection::only(wanted.iter().filter_map(|path| cx.schemas().resolve(path).ok()));
            let mut found = Vec::new();
            for id in ids {
                match self.get(cx, id, &want).await {
                    Ok(stored) => {
                        let resource = ScimResource::to_resource(&stored.resource)?;
                        found.push((id.clone(), name_of(&resource)));
                    }
                    Err(StoreError::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(found)
        }
    }

    /// The key that cursors are sealed with, where the store keeps one: every process that answers for this data has to have
    /// the same. Provided: none; see [`Builder::cursor_key`](crate::Builder::cursor_key).
    fn cursor_key(&self) -> Option<CursorKey> {
        None
    }
}

/// So often is a PATCH tried again when somebody else was faster.
const PATCH_TRIES: usize = 64;

/// What a resource is called where others refer to it: its display name, or else its user name.
#[must_use]
pub fn name_of(resource: &Resource) -> Option<String> {
    let text = |path: &AttrPath| resource.get(path).and_then(|value| value.as_str());
    text(&attr::DISPLAY_NAME).or_else(|| text(&attr::USER_NAME)).map(str::to_owned)
}
