//! The members of a group, and who came and went when.

use std::collections::{BTreeSet, HashMap};

use crate::object::{Members, SourceId};

/// The members of a group.
#[derive(Debug, Default)]
pub(super) struct Roster {
    members: BTreeSet<SourceId>,
    /// From here on it is known who came and went.
    base: u64,
    /// The last time that each came or went, in the order of time.
    log: BTreeSet<(u64, SourceId)>,
    latest: HashMap<SourceId, u64>,
}

impl Roster {
    /// Nobody; and there was no such group before.
    pub(super) fn begin(at: u64) -> Self {
        Self { base: at, ..Self::default() }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &SourceId> {
        self.members.iter()
    }

    pub(super) fn contains(&self, id: &SourceId) -> bool {
        self.members.contains(id)
    }

    pub(super) fn add(&mut self, id: SourceId, at: u64) {
        self.note(&id, at);
        self.members.insert(id);
    }

    pub(super) fn remove(&mut self, id: &SourceId, at: u64) {
        self.note(id, at);
        self.members.remove(id);
    }

    /// What a reader who knows all up to `since` has to hear, and everything where there is no such reader.
    pub(super) fn since(&self, since: Option<u64>) -> Members {
        let Some(since) = since.filter(|since| *since >= self.base) else {
            return Members::All(self.members.iter().cloned().collect());
        };
        // The empty id comes before all others.
        let later = self.log.range((since.saturating_add(1), SourceId::from(""))..).map(|(_, id)| id);
        let (added, removed): (Vec<_>, Vec<_>) = later.cloned().partition(|id| self.members.contains(id));
        if added.is_empty() && removed.is_empty() {
            Members::Unchanged
        } else {
            Members::Delta { added, removed }
        }
    }

    fn note(&mut self, id: &SourceId, at: u64) {
        if at == self.base {
            // Whoever does not know this yet is told everything.
            return;
        }
        if self.log.len() > self.members.len().max(64) {
            // A list of changes longer than the list of members is worth nothing.
            self.log.clear();
            self.latest.clear();
            self.base = at;
            return;
        }
        if let Some(before) = self.latest.insert(id.clone(), at) {
            self.log.remove(&(before, id.clone()));
        }
        self.log.insert((at, id.clone()));
    }
}
