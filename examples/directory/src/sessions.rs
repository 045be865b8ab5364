//! Who is signed in, and how that ends for those who leave.

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scim_core::{ResourceId, TenantId};
use scim_server::Context;
use scim_server::rules::{Deprovision, Leaver};

/// Who is signed in to the product, and who was signed out by their directory. Clones share it.
///
/// It stands for whatever a product has: sessions, tokens, keys. All of them have to end when an account is disabled or deleted.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Arc<Mutex<Table>>);

/// Somebody who was signed out because their account was disabled or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended {
    /// The directory.
    pub directory: TenantId,
    /// The account.
    pub user: ResourceId,
    /// Whether it is gone and not only disabled.
    pub deleted: bool,
    /// How many sessions that ended.
    pub sessions: usize,
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<(TenantId, ResourceId), usize>,
    ended: VecDeque<Ended>,
}

/// So many of those who were signed out are kept in mind.
const MOST: usize = 1_000;

impl Sessions {
    /// Begins a session. A product asks first whether the account is active.
    pub fn begin(&self, directory: TenantId, user: ResourceId) {
        *self.lock().open.entry((directory, user)).or_default() += 1;
    }

    /// How many sessions somebody has.
    #[must_use]
    pub fn open(&self, directory: &TenantId, user: &ResourceId) -> usize {
        self.lock().open.get(&(directory.clone(), user.clone())).copied().unwrap_or_default()
    }

    /// Who was signed out last, the newest at the end.
    #[must_use]
    pub fn ended(&self) -> Vec<Ended> {
        self.lock().ended.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deprovision for Sessions {
    async fn deprovision(&self, cx: Context, leaver: Leaver) -> Result<(), Box<dyn Error + Send + Sync>> {
        let key = (cx.tenant().clone(), leaver.id);
        let mut table = self.lock();
        // Nothing is left to do when it is called again.
        let sessions = table.open.remove(&key).unwrap_or_default();
        if table.ended.len() == MOST {
            table.ended.pop_front();
        }
        let (directory, user) = key;
        tracing::info!(tenant = %directory, %user, deleted = leaver.deleted, sessions, "signed out everywhere");
        table.ended.push_back(Ended { directory, user, deleted: leaver.deleted, sessions });
        Ok(())
    }
}
