//! A store with an end.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use scim_core::{Projection, ResourceId, ScimError, TenantId, User};
use scim_patch::PatchRequest;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_server::{Context, CursorKey};

use crate::store::Store;

/// Users, of which a directory has so many at the most. Those who create at the same moment may slip by, and so may those who
/// create within a second in several processes.
pub(crate) struct Users {
    store: Store<User>,
    most: Option<u64>,
    counted: Mutex<HashMap<TenantId, Counted>>,
}

/// How many users there were when they were counted, with those that were created since.
#[derive(Clone, Copy)]
struct Counted {
    users: u64,
    at: Instant,
}

/// A large directory is not counted for each user who comes.
const COUNT_AGAIN: Duration = Duration::from_secs(1);

impl Users {
    pub(crate) fn new(store: Store<User>, most: Option<u64>) -> Self {
        Self { store, most, counted: Mutex::default() }
    }

    /// Refuses one more user where there are as many as there may be.
    async fn room(&self, directory: &TenantId, most: u64) -> Result<(), StoreError> {
        let known = self.counted.lock().unwrap_or_else(PoisonError::into_inner).get(directory).copied();
        // Who is deleted makes room at once.
        if known.is_some_and(|known| known.users < most && known.at.elapsed() < COUNT_AGAIN) {
            return Ok(());
        }
        let (at, users) = (Instant::now(), self.store.count(directory).await?);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.insert(directory.clone(), Counted { users, at });
        if users < most {
            return Ok(());
        }
        Err(ScimError::forbidden(format!("the directory is full: it has {most} users at the most")).into())
    }

    fn one_more(&self, directory: &TenantId) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = counted.get_mut(directory) {
            known.users = known.users.saturating_add(1);
        }
    }
}

impl ResourceStore for Users {
    type Resource = User;

    async fn create(&self, cx: &Context, new: User, write: &Write<'_>) -> Result<Written<User>, StoreError> {
        let Some(most) = self.most else {
            return self.store.create(cx, new, write).await;
        };
        self.room(cx.tenant(), most).await?;
        let written = self.store.create(cx, new, write).await?;
        self.one_more(cx.tenant());
        Ok(written)
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
