//! Who hears of what was committed.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use scim_core::{AttrPath, Resource, ResourceId};

use super::change::ListChange;
use crate::context::Context;

/// Hears of every write after it was committed.
///
/// It hears of what was asked for: not of the groups that whoever is deleted is taken out of.
pub trait Observer: Send + Sync + 'static {
    /// The long lists that it reads element by element, such as `members`; all other attributes are always there.
    fn needs(&self) -> Vec<AttrPath> {
        Vec::new()
    }

    /// Hears of a write. The sender waits for it.
    fn committed(&self, cx: &Context, event: &Event) -> impl Future<Output = ()> + Send;
}

/// What was committed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The resource.
    pub id: ResourceId,
    /// What it was; nothing for a new one.
    pub before: Option<Arc<Resource>>,
    /// What it is; nothing for one that was deleted.
    pub after: Option<Arc<Resource>>,
    /// The attributes that changed.
    pub changed: Vec<AttrPath>,
    /// What became of long lists whose elements are not part of `before` and `after`.
    pub lists: Vec<ListChange>,
    /// Whether `active` became `true`, or an active resource came to be.
    pub activated: bool,
    /// Whether `active` became `false`, or an active resource was deleted.
    pub deactivated: bool,
}

impl Event {
    /// Something that happened, for a test of an observer; the fields say what else is known of it.
    #[must_use]
    pub fn new(kind: EventKind, id: ResourceId) -> Self {
        Self {
            kind,
            id,
            before: None,
            after: None,
            changed: Vec::new(),
            lists: Vec::new(),
            activated: false,
            deactivated: false,
        }
    }
}

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// It came to be, or came back.
    Created,
    /// It changed.
    Changed,
    /// It was deleted or retired.
    Deleted,
}

/// Somebody who has left: their account was disabled or deleted, and whatever they are signed in with has to end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Leaver {
    /// The account.
    pub id: ResourceId,
    /// What it was before.
    pub before: Option<Arc<Resource>>,
    /// Whether the account is gone and not only disabled.
    pub deleted: bool,
}

impl Leaver {
    /// Somebody whose account was disabled, for a test of a handler.
    ///
    /// ```
    /// use scim_core::ResourceId;
    /// use scim_server::rules::Leaver;
    ///
    /// let mut leaver = Leaver::new(ResourceId::new("7")?);
    /// leaver.deleted = true;
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn new(id: ResourceId) -> Self {
        Self { id, before: None, deleted: false }
    }
}

/// Ends the sessions, tokens and keys of leavers.
///
/// It is called after an account was disabled, before the sender gets its answer, and again when a sender repeats itself;
/// and before an account is deleted as well as after: it has to be idempotent. When it fails it is tried again a few times,
/// and then the sender gets a 503; repeating the request then repeats the call. An account is not deleted before it has worked.
///
/// A function of the right shape is one:
///
/// ```
/// use scim_server::Context;
/// use scim_server::rules::{Deprovision, Leaver};
///
/// fn takes(_: impl Deprovision) {}
/// takes(|_cx: Context, leaver: Leaver| async move {
///     println!("ending the sessions of {}", leaver.id);
///     Ok(())
/// });
/// ```
pub trait Deprovision: Send + Sync + 'static {
    /// Ends what the leaver is signed in with.
    ///
    /// # Errors
    /// Any, for the log.
    fn deprovision(
        &self,
        cx: Context,
        leaver: Leaver,
    ) -> impl Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send;
}

impl<F, T> Deprovision for F
where
    F: Fn(Context, Leaver) -> T + Send + Sync + 'static,
    T: Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send,
{
    fn deprovision(
        &self,
        cx: Context,
        leaver: Leaver,
    ) -> impl Future<Output = Result<(), Box<dyn StdError + Send + Sync>>> + Send {
        self(cx, leaver)
    }
}
