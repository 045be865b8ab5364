//! A rule that writes down what it was asked, and refuses on request.

use std::sync::{Mutex, MutexGuard, PoisonError};

use scim_core::{AttrPath, Resource, ScimError};

use crate::context::Context;
use crate::rules::{Change, Guard};
use crate::store::Ownership;

#[derive(Default)]
pub(super) struct Recorder {
    refuses: bool,
    list: Option<AttrPath>,
    asked: Mutex<Vec<Asked>>,
}

/// What a rule was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) id: Option<String>,
    pub(super) ownership: Option<Ownership>,
    pub(super) before: Option<Resource>,
    pub(super) after: Option<Resource>,
    pub(super) count: u64,
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Recorder {
    pub(super) fn refusing() -> Self {
        Self { refuses: true, ..Self::default() }
    }

    pub(super) fn of_list(list: AttrPath) -> Self {
        Self { list: Some(list), ..Self::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked since the last time.
    pub(super) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.lock())
    }
}

impl Guard for Recorder {
    fn is_idle(&self) -> bool {
        false
    }

    fn check(&self, _cx: &Context, change: &Change<'_>) -> Result<(), ScimError> {
        let (mut count, mut added, mut removed) = (0, Vec::new(), Vec::new());
        if let Some(list) = &self.list {
            count = change.count(list);
            let ids = change.added(list).into_iter().filter_map(|element| element.get("value")?.as_str());
            added.extend(ids.map(str::to_owned));
            removed.extend(change.removed(list).into_iter().map(str::to_owned));
        }
        self.lock().push(Asked {
            id: change.id.map(|id| id.as_str().to_owned()),
            ownership: change.ownership,
            before: change.before.cloned(),
            after: change.after.cloned(),
            count,
            added,
            removed,
        });
        if self.refuses { Err(ScimError::forbidden("the kit refuses")) } else { Ok(()) }
    }
}
