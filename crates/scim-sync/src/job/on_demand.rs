//! Provision on demand: one user, or one group with some of its members, now, with every step shown.

use super::{Job, JobError};
use crate::cycle::{Course, Import, Triage};
use crate::log::LogRecord;
use crate::object::{Change, Kind, Members, SourceId};
use crate::source::Source;
use crate::state::State;

/// The most members that are provisioned with a group on demand.
const MOST_MEMBERS: usize = 5;

/// What was done on demand, or would be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OnDemand {
    /// The objects, with every step: the user, or the members and the group, and then references.
    pub records: Vec<LogRecord>,
}

impl<S: Source, T: State> Job<S, T> {
    /// Provisions one user, or one group with up to five of its members, and says step by step what was found. Nothing is
    /// remembered of it but what every cycle remembers of an object: the watermark stays where it is.
    ///
    /// With `act` false nothing is written. The deletion guard has no say: it is one object, and somebody asked for it.
    /// Somebody who is in the recycle bin or switched off in the source is switched off in the target too, which Entra does
    /// not do on demand.
    ///
    /// # Errors
    /// [`JobError::NoSuchObject`]; or where the source or the state cannot be read.
    pub async fn provision(
        &self,
        kind: Kind,
        id: &SourceId,
        members: &[SourceId],
        act: bool,
    ) -> Result<OnDemand, JobError> {
        let _one = self.inner.running.lock().await;
        let mut course = Course::new(&self.inner, false, act).await?;
        course.collect = true;
        course.partial = true;
        course.deletes_allowed = true;
        let missing = || JobError::NoSuchObject(kind, id.to_string());
        let mut object = self.inner.source.get(kind, id).await?.ok_or_else(missing)?;
        let mut changes = Vec::new();
        if kind == Kind::Group {
            let chosen: Vec<SourceId> = match &object.members {
                Members::All(all) => {
                    let named = all.iter().filter(|member| members.contains(member));
                    named.take(MOST_MEMBERS).cloned().collect()
                }
                _ => Vec::new(),
            };
            for member in &chosen {
                if let Some(user) = self.inner.source.get(Kind::User, member).await? {
                    changes.push(Change::Present(user));
                }
            }
            // Whoever else is a member is a matter of the cycles.
            object.members = Members::Delta { added: chosen, removed: Vec::new() };
        }
        changes.push(Change::Present(object));
        let import = Import { changes, watermark: None, complete: false };
        let triage: Triage = course.triage(&import).await?;
        course.everything(&import, &triage).await?;
        Ok(OnDemand { records: course.take_records() })
    }
}
