//! What happens after a commit: observers hear of it, and leavers lose what they are signed in with.

use std::sync::Arc;
use std::time::Duration;

use scim_core::{AttrName, AttrPath, Projection, Resource, ResourceId, ScimError, attr};
use serde_json::Value;

use super::respond::Failure;
use super::{Call, Mounted};
use crate::context::Context;
use crate::rules::{Event, EventKind, Leaver, ListChange};
use crate::store::{Ownership, Precondition, Stored, Written};

/// So often is the end of a leaver's sessions tried.
const TRIES: u32 = 3;

/// What was committed, before anybody heard of it.
pub(super) struct Committed {
    pub(super) kind: EventKind,
    pub(super) id: ResourceId,
    pub(super) before: Option<Arc<Resource>>,
    pub(super) after: Option<Arc<Resource>>,
    pub(super) changed: Option<Vec<AttrPath>>,
    pub(super) lists: Vec<ListChange>,
    pub(super) no_op: bool,
    /// The request said something about `active`.
    pub(super) wrote_active: bool,
}

impl Committed {
    pub(super) fn written(kind: EventKind, written: &Written<Resource>, wrote_active: bool) -> Self {
        Self {
            kind,
            id: written.stored.id.clone(),
            before: written.before.as_ref().map(|before| Arc::clone(&before.resource)),
            after: Some(Arc::clone(&written.stored.resource)),
            changed: written.changed.clone(),
            lists: written.lists.clone(),
            no_op: written.no_op,
            wrote_active,
        }
    }

    pub(super) fn deleted(stored: &Stored<Resource>) -> Self {
        Self {
            kind: EventKind::Deleted,
            id: stored.id.clone(),
            before: Some(Arc::clone(&stored.resource)),
            after: None,
            changed: None,
            lists: Vec::new(),
            no_op: false,
            wrote_active: true,
        }
    }
}

impl Call {
    /// Tells who wants to know.
    pub(super) async fn committed(
        &self,
        cx: &Context,
        mounted: &Mounted,
        what: Committed,
    ) -> Result<(), Failure> {
        let engine = &self.engine;
        let has_active = mounted.schemas.resolve(&attr::ACTIVE).is_ok();
        let was = what.before.as_deref().is_some_and(is_active);
        let is = what.after.as_deref().is_some_and(is_active);
        // A sender that repeats itself may do so because the first time failed half-way.
        // A store that does not say what was there before keeps nobody signed in.
        let was_there = what.before.is_some() || what.kind == EventKind::Changed;
        let left = has_active && was_there && !is && (was || what.wrote_active);
        // Before the observers, of which one may take its time or panic.
        let ended = match &engine.deprovision {
            Some(_) if left => {
                let deleted = what.kind == EventKind::Deleted;
                let leaver = Leaver { id: what.id.clone(), before: what.before.clone(), deleted };
                match self.deprovision(cx, leaver).await {
                    // It has worked once before the deletion, and nobody could repeat this one.
                    Err(_) if deleted => Ok(()),
                    other => other,
                }
            }
            _ => Ok(()),
        };
        if !what.no_op && !engine.observers.is_empty() {
            let changed = match what.changed {
                Some(changed) => changed,
                None => differences(what.before.as_deref(), what.after.as_deref()),
            };
            let event = Event {
                kind: what.kind,
                id: what.id,
                before: what.before,
                after: what.after,
                changed,
                lists: what.lists,
                activated: has_active && is && !was,
                deactivated: has_active && was && !is,
            };
            for observer in &engine.observers {
                observer.committed(cx, &event).await;
            }
        }
        ended
    }

    /// Ends what a leaver is signed in with before the account is deleted: a deletion cannot be repeated, so it must not
    /// happen before this has worked. What began meanwhile is ended after it.
    pub(super) async fn before_deletion(
        &self,
        cx: &Context,
        mounted: &Mounted,
        id: &ResourceId,
        expected: &Precondition,
    ) -> Result<(), Failure> {
        if self.engine.deprovision.is_none() || mounted.schemas.resolve(&attr::ACTIVE).is_err() {
            return Ok(());
        }
        // Whatever is wrong with the request is for the store to say.
        let Ok(current) = mounted.store.get(cx, id, &Projection::default()).await else { return Ok(()) };
        if current.ownership == Ownership::Application || !expected.is_met_by(&current.version) {
            return Ok(());
        }
        let leaver = Leaver { id: current.id, before: Some(current.resource), deleted: true };
        self.deprovision(cx, leaver).await
    }

    async fn deprovision(&self, cx: &Context, leaver: Leaver) -> Result<(), Failure> {
        let Some(handler) = &self.engine.deprovision else { return Ok(()) };
        let mut failed = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                self.engine.timer.sleep(Duration::from_millis(100) * 4_u32.pow(attempt - 1)).await;
            }
            match handler.deprovision(cx.clone(), leaver.clone()).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    tracing::error!(
                        tenant = %cx.tenant(), id = %leaver.id, deleted = leaver.deleted, error = %error,
                        "the access of a leaver could not be ended"
                    );
                    failed = Some(error);
                }
            }
        }
        let error = ScimError::unavailable("signing the account out everywhere failed: repeat the request");
        Err(match failed {
            Some(cause) => error.with_source(cause),
            None => error,
        }
        .into())
    }
}

/// Whether an account may be used: what does not say otherwise may.
pub(super) fn is_active(resource: &Resource) -> bool {
    resource.get(&attr::ACTIVE) != Some(&Value::Bool(false))
}

/// The attributes in which two resources differ.
fn differences(before: Option<&Resource>, after: Option<&Resource>) -> Vec<AttrPath> {
    let empty = serde_json::Map::new();
    let before = before.map_or(&empty, Resource::as_map);
    let after = after.map_or(&empty, Resource::as_map);
    let mut changed = Vec::new();
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(name.as_str()))) {
        let (old, new) = (before.get(name), after.get(name));
        if old == new || matches!(name.as_str(), "meta" | "id" | "schemas") {
            continue;
        }
        match name.parse::<AttrName>() {
            Ok(name) => changed.push(AttrPath::of_name(name)),
            Err(_) => {
                let Ok(uri) = name.parse::<scim_core::SchemaUri>() else { continue };
                let (old, new) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
                let keys = old.into_iter().chain(new).flat_map(serde_json::Map::keys);
                let mut seen = std::collections::BTreeSet::new();
                for key in keys {
                    if old.and_then(|old| old.get(key)) != new.and_then(|new| new.get(key))
                        && seen.insert(key)
                        && let Ok(key) = key.parse::<AttrName>()
                    {
                        changed.push(AttrPath::of_name(key).with_schema(uri.clone()));
                    }
                }
            }
        }
    }
    changed
}
