//! What changed: read from the source, completed with what is gone, and with what failed before.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Course;
use crate::job::JobError;
use crate::object::{Change, Kind, Members, SourceId, SourceObject};
use crate::source::{Next, Source, SourceError, Watermark};
use crate::state::State;

/// What changed.
pub(crate) struct Import {
    /// One change an object.
    pub(crate) changes: Vec<Change>,
    /// Where to go on.
    pub(crate) watermark: Option<Watermark>,
    /// Whether it is everything that there is.
    pub(crate) complete: bool,
}

/// Changes, one an object.
#[derive(Default)]
struct Collected {
    changes: Vec<Change>,
    places: HashMap<(Kind, SourceId), usize>,
}

impl Collected {
    /// Takes the later of two changes of one object; what both say of members is put together.
    fn add(&mut self, change: Change) {
        match self.places.entry((change.kind(), change.id().clone())) {
            Entry::Vacant(place) => {
                place.insert(self.changes.len());
                self.changes.push(change);
            }
            Entry::Occupied(place) => {
                let Some(known) = self.changes.get_mut(*place.get()) else { return };
                let change = match (&mut *known, change) {
                    (Change::Present(earlier), Change::Present(mut later)) => {
                        let members = std::mem::take(&mut earlier.members);
                        later.members = together(members, later.members);
                        Change::Present(later)
                    }
                    (_, later) => later,
                };
                *known = change;
            }
        }
    }

    fn has(&self, kind: Kind, id: &SourceId) -> bool {
        self.places.contains_key(&(kind, id.clone()))
    }
}

fn together(earlier: Members, later: Members) -> Members {
    match (earlier, later) {
        (earlier, Members::Unchanged) => earlier,
        (Members::Unchanged, later) | (_, later @ Members::All(_)) => later,
        (Members::All(mut all), Members::Delta { added, removed }) => {
            let gone: std::collections::HashSet<_> = removed.into_iter().collect();
            all.retain(|member| !gone.contains(member) && !added.contains(member));
            all.extend(added);
            Members::All(all)
        }
        (Members::Delta { added, removed }, Members::Delta { added: also, removed: too }) => {
            let mut net: HashMap<SourceId, bool> = HashMap::new();
            for (ids, comes) in [(removed, false), (added, true), (too, false), (also, true)] {
                net.extend(ids.into_iter().map(|id| (id, comes)));
            }
            let (mut added, mut removed) = (Vec::new(), Vec::new());
            for (id, comes) in net {
                if comes { added.push(id) } else { removed.push(id) }
            }
            added.sort();
            removed.sort();
            Members::Delta { added, removed }
        }
    }
}

impl<S: Source, T: State> Course<'_, S, T> {
    /// Reads what changed since the watermark. Where the source knows it no longer, the answer is none: everything has to
    /// be read.
    pub(crate) async fn import(&self, since: Option<&Watermark>) -> Result<Option<Import>, JobError> {
        let source = &self.inner.source;
        let mut all = Collected::default();
        let mut page = None;
        let (watermark, complete) = loop {
            let batch = match source.changes(since, page.as_deref()).await {
                Ok(batch) => batch,
                Err(SourceError::WatermarkLost) if since.is_some() => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            batch.changes.into_iter().for_each(|change| all.add(change));
            self.inner.progress.update(|progress| progress.pages_done += 1);
            match batch.next {
                Next::Page(next) => page = Some(next),
                Next::Done { watermark, complete } => break (watermark, complete),
            }
        };
        if complete {
            self.add_gone(&mut all).await?;
        }
        // What has a resource since a cycle that did not come to its end may have left since, unseen.
        let unfinished = self.inner.ledger.linked().await?;
        let due = self.due().into_iter().map(|escrow| (escrow.kind, escrow.source_id.clone()));
        for (kind, id) in due.chain(unfinished) {
            if !all.has(kind, &id) {
                all.add(self.fetch(kind, &id).await?);
            }
        }
        // In the order of their ids, so that of two that want the same the same one gets it in every cycle.
        all.changes.sort_by(|a, b| (a.kind(), a.id()).cmp(&(b.kind(), b.id())));
        Ok(Some(Import { changes: all.changes, watermark: Some(watermark), complete }))
    }

    /// What is linked and was not handed over is gone.
    async fn add_gone(&self, all: &mut Collected) -> Result<(), JobError> {
        for kind in [Kind::User, Kind::Group] {
            let mut after: Option<String> = None;
            loop {
                let (links, next) = self.inner.ledger.links(kind, after.as_deref()).await?;
                for link in links {
                    if !all.has(kind, &link.source) {
                        all.add(Change::Deleted { kind, id: link.source });
                    }
                }
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        Ok(())
    }

    /// One object as the source has it now.
    pub(crate) async fn fetch(&self, kind: Kind, id: &SourceId) -> Result<Change, JobError> {
        Ok(match self.inner.source.get(kind, id).await? {
            Some(object) => Change::Present(object),
            None => Change::Deleted { kind, id: id.clone() },
        })
    }

    /// A group with all of its members.
    pub(crate) async fn whole(&self, object: &SourceObject) -> Result<Option<SourceObject>, JobError> {
        Ok(self.inner.source.get(object.kind, &object.id).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<SourceId> {
        ids.iter().copied().map(SourceId::from).collect()
    }

    fn delta(added: &[&str], removed: &[&str]) -> Members {
        Members::Delta { added: ids(added), removed: ids(removed) }
    }

    #[test]
    fn what_two_changes_say_of_members_is_put_together() {
        let cases = [
            (Members::Unchanged, delta(&["a"], &[]), delta(&["a"], &[])),
            (delta(&["a"], &[]), Members::Unchanged, delta(&["a"], &[])),
            (delta(&["a"], &["b"]), delta(&["b"], &["a"]), delta(&["b"], &["a"])),
            (delta(&["a"], &[]), Members::All(ids(&["c"])), Members::All(ids(&["c"]))),
            (Members::All(ids(&["a", "b"])), delta(&["c"], &["a"]), Members::All(ids(&["b", "c"]))),
            (Members::All(ids(&["a"])), delta(&["a"], &[]), Members::All(ids(&["a"]))),
        ];
        for (earlier, later, expected) in cases {
            assert_eq!(together(earlier.clone(), later.clone()), expected, "{earlier:?} then {later:?}");
        }
    }

    #[test]
    fn the_later_change_of_an_object_counts() {
        let mut all = Collected::default();
        let id = SourceId::from("1");
        all.add(Change::Present(SourceObject::user("1").with("title", "a")));
        all.add(Change::Present(SourceObject::user("1").with("title", "b")));
        all.add(Change::Present(SourceObject::group("1")));
        assert_eq!(all.changes.len(), 2);
        assert!(matches!(&all.changes[0], Change::Present(user) if user.attributes["title"] == "b"));
        all.add(Change::Deleted { kind: Kind::User, id });
        assert!(matches!(all.changes[0], Change::Deleted { .. }));
    }
}
