//! Managers and members: written last, when whoever they refer to has a resource.

use std::collections::{HashMap, HashSet};

use futures_util::StreamExt;
use scim_core::ResourceId;
use serde_json::json;

use super::story::Story;
use super::{Course, Import, Part, Stop, Triage, Trouble};
use crate::guard::Removals;
use crate::job::JobError;
use crate::ledger::Writes;
use crate::link::{Link, Reference};
use crate::log::{LogStatus, LoggedAction, ModifiedProperty, StepType};
use crate::object::{Change, Kind, Members, SourceId, SourceObject};
use crate::progress::Phase;
use crate::rules::Nulls;
use crate::source::Source;
use crate::state::{State, StateError};
use crate::target::Failure;

/// How many members a record names.
const NAMED: usize = 50;

/// So many members of a group may be refused one by one.
const MOST_REFUSED: u32 = 20;

/// Whose references are written.
enum Owner<'c> {
    Changed(&'c SourceObject),
    /// It waited for something that has a resource now, whether or not it changed itself.
    Late(Kind, SourceId),
}

impl<S: Source, T: State> Course<'_, S, T> {
    pub(super) async fn references(&self, import: &Import, triage: &Triage) -> Result<(), StateError> {
        let mut late = HashSet::new();
        if !self.inner.rules.rules().entra_faithful {
            // Who is provisioned on demand brings nobody else along.
            if !self.partial && self.act {
                late = self.late().await?;
            }
            if self.act {
                self.follow(&mut late).await?;
            }
        }
        let changed = triage.references.iter().filter_map(|at| match import.changes.get(*at)? {
            Change::Present(object) => Some(object),
            Change::Deleted { .. } => None,
        });
        // What changed of an object is not enough where it has been waiting.
        let changed = changed.filter(|object| !late.contains(&(object.kind, object.id.clone())));
        let mut owners: Vec<Owner<'_>> = changed.map(Owner::Changed).collect();
        owners.extend(late.iter().map(|(kind, id)| Owner::Late(*kind, id.clone())));
        self.enter(Phase::References, owners.len());
        let owners = owners.as_slice();
        // By place, as objects are.
        let work = futures_util::stream::iter(0..owners.len()).map(|place| async move {
            match (self.stop(), owners.get(place)) {
                (None, Some(owner)) => self.owner(owner, triage).await,
                _ => Ok(()),
            }
        });
        let mut work = work.buffer_unordered(self.inner.options.concurrency.max(1));
        while let Some(done) = work.next().await {
            done?;
            self.advance();
        }
        if self.act && !self.partial && self.stop().is_none() {
            self.followed().await?;
        }
        Ok(())
    }

    /// Whoever waited, or referred to what is gone, was looked at: done, or in escrow.
    async fn followed(&self) -> Result<(), StateError> {
        let ledger = &self.inner.ledger;
        let mut writes = Writes::default();
        if !self.note(|notes| notes.linked.is_empty()) || !ledger.linked().await?.is_empty() {
            ledger.clear_linked(&mut writes);
        }
        for (kind, id) in ledger.moved().await? {
            // What has no resource yet is followed when it has one.
            if ledger.link(kind, &id).await?.is_some() {
                ledger.remove_moved(kind, &id, &mut writes);
            }
        }
        ledger.commit(writes).await
    }

    /// Who waited for what has a resource now.
    async fn late(&self) -> Result<HashSet<(Kind, SourceId)>, StateError> {
        let mut late = HashSet::new();
        for (_, id) in self.inner.ledger.linked().await? {
            for kind in [Kind::User, Kind::Group] {
                let waiting = self.inner.ledger.waiting(&id, kind).await?;
                late.extend(waiting.into_iter().map(|owner| (kind, owner)));
            }
        }
        Ok(late)
    }

    async fn owner(&self, owner: &Owner<'_>, triage: &Triage) -> Result<(), StateError> {
        let start = self.inner.timer.elapsed();
        if let Owner::Late(kind, _) = owner {
            // Rules may have changed since it began to wait.
            let maps = match kind {
                Kind::User => self.manager_row().is_some(),
                Kind::Group => self.maps_members(),
            };
            if !maps || !self.inner.rules.rules().mapping(*kind).enabled {
                return Ok(());
            }
        }
        match owner {
            Owner::Changed(object) => self.owner_object(object, triage, start).await,
            Owner::Late(kind, id) => match self.fetch(*kind, id).await {
                Ok(Change::Present(object)) => self.owner_object(&object, triage, start).await,
                Ok(Change::Deleted { .. }) => Ok(()),
                Err(JobError::State(error)) => Err(error),
                Err(error) => {
                    self.stop_with(Stop::Interrupted(error.to_string()));
                    Ok(())
                }
            },
        }
    }

    async fn owner_object(
        &self,
        object: &SourceObject,
        triage: &Triage,
        start: std::time::Duration,
    ) -> Result<(), StateError> {
        let mut story = Story::about(object.kind, object.id.as_str(), object.display_name().to_owned());
        let outcome = match object.kind {
            Kind::User => self.manager(object, &mut story).await,
            Kind::Group => self.members(object, triage, &mut story).await,
        };
        if matches!(outcome, Err(Trouble::Failure(..))) {
            self.note(|notes| notes.counts.reference_failures += 1);
        }
        if let Err(Trouble::Failure(_, failure)) = &outcome
            && failure.is_not_found()
            && self.act
            && !self.inner.rules.rules().entra_faithful
        {
            // It is gone from the target: the next attempt looks for it, and creates it where there is none.
            if let Some(link) = self.inner.ledger.link(object.kind, &object.id).await?
                && self.is_gone(&link).await.unwrap_or(false)
            {
                self.unlink(&link).await?;
            }
        }
        let failed = outcome.is_err();
        let part = Part { reference: true, last: true };
        self.conclude(object.kind, &object.id, outcome, &mut story, part).await?;
        if failed || !story.changed.is_empty() {
            self.write(story, self.inner.timer.elapsed().saturating_sub(start));
        }
        Ok(())
    }

    async fn manager(&self, object: &SourceObject, story: &mut Story) -> Result<(), Trouble> {
        let ledger = &self.inner.ledger;
        let Some(row) = self.manager_row() else { return Ok(()) };
        let Some(mut link) = ledger.link(Kind::User, &object.id).await? else { return Ok(()) };
        if !link.in_scope {
            return Ok(());
        }
        let mut writes = Writes::default();
        let wanted = match &object.manager {
            None => None,
            Some(manager) => match ledger.link(Kind::User, manager).await? {
                Some(manager) => Some(Reference { source: manager.source, target: manager.target }),
                None => {
                    ledger.wait(manager, Kind::User, &object.id, &mut writes);
                    None
                }
            },
        };
        let keeps = wanted.is_none() && self.inner.rules.rules().nulls == Nulls::Keep;
        if wanted == link.manager || keeps {
            if self.act {
                ledger.commit(writes).await?;
            }
            return Ok(());
        }
        story.target = Some(link.target.clone());
        story.action = LoggedAction::Update;
        let shown = |reference: &Option<Reference>| reference.as_ref().map(|one| json!(one.source.as_str()));
        let mapping = self.inner.rules.mapping(Kind::User);
        story.changed.push(ModifiedProperty {
            display_name: mapping.rows().get(row).map(|row| row.target().to_owned()).unwrap_or_default(),
            old_value: shown(&link.manager),
            new_value: shown(&wanted),
        });
        if !self.act {
            return Ok(());
        }
        link.unsure = true;
        self.keep(&link).await?;
        let old = link.manager.take();
        let (before, after) = (old.as_ref().map(|one| &one.target), wanted.as_ref().map(|one| &one.target));
        let written = self.target.set_manager(mapping, row, &link.target, before, after).await;
        written.map_err(|failure| Trouble::at(StepType::ReferenceResolution, failure))?;
        story.step(StepType::ReferenceResolution, LogStatus::Success, "its manager was written", Vec::new());
        if let Some(old) = &old {
            ledger.remove_report(&old.source, &object.id, &mut writes);
        }
        if let Some(new) = &wanted {
            ledger.put_report(&new.source, &object.id, &mut writes);
            ledger.stop_waiting(&new.source, Kind::User, &object.id, &mut writes);
        }
        link.manager = wanted;
        link.unsure = false;
        ledger.put_link(&link, &mut writes)?;
        ledger.commit(writes).await?;
        self.note(|notes| notes.counts.managers += 1);
        Ok(())
    }

    async fn members(
        &self,
        object: &SourceObject,
        triage: &Triage,
        story: &mut Story,
    ) -> Result<(), Trouble> {
        let ledger = &self.inner.ledger;
        let link = ledger.link(Kind::Group, &object.id).await?;
        let is_new = self.note(|notes| notes.linked.contains(&(Kind::Group, object.id.clone())));
        let Some(mut link) = link.or_else(|| self.imagined(object)) else { return Ok(()) };
        if self.act && !link.in_scope {
            return Ok(());
        }
        let faithful = self.inner.rules.rules().entra_faithful;
        let reads = link.members_unsure || !faithful && self.full && !is_new;
        // Where earlier changes may not have been written, what changed since is not enough.
        let whole_due = link.members_due
            || link.members_unsure
            || self.escrows.contains_key(&(Kind::Group, object.id.clone()));
        // Where nobody knows what the target has, and it does not say, whoever shall be a member is sent again.
        let again = self.act && reads && !self.read_members(&mut link, story).await? && link.members_unsure;
        let whole;
        let object = match (&object.members, whole_due && !self.partial) {
            // Only what changed was handed over, and the target has nothing of it.
            (Members::Unchanged | Members::Delta { .. }, true) => match self.whole(object).await {
                Ok(Some(all)) => {
                    whole = all;
                    &whole
                }
                Ok(None) => return Ok(()),
                Err(JobError::State(error)) => return Err(error.into()),
                Err(error) => {
                    self.stop_with(Stop::Interrupted(error.to_string()));
                    return Ok(());
                }
            },
            _ => object,
        };
        let (mut candidates, mut removed) = self.member_changes(object).await?;
        if let (true, Members::All(all)) = (again, &object.members) {
            candidates = all.iter().filter(|member| **member != object.id).cloned().collect();
        }
        let before = removed.len();
        if self.act && reads {
            self.moved_members(object, &mut candidates, &mut removed).await?;
        }
        let moved = removed.len().saturating_sub(before) as u64;
        let mut added: Vec<(SourceId, ResourceId)> = Vec::new();
        let mut writes = Writes::default();
        for member in candidates {
            match ledger.any_link(&member).await? {
                Some(link) => added.push((member, link.target)),
                None if !self.act && triage.is_new(&member) => {
                    added.push((member, link.target.clone()));
                }
                None => ledger.wait(&member, Kind::Group, &object.id, &mut writes),
            }
        }
        if let Members::Delta { removed, .. } = &object.members {
            for member in removed {
                ledger.stop_waiting(member, Kind::Group, &object.id, &mut writes);
            }
        }
        if self.act {
            ledger.commit(writes).await?;
        }
        if added.is_empty() && removed.is_empty() {
            return self.members_written(&mut link).await;
        }
        story.target = self.act.then(|| link.target.clone());
        story.action = LoggedAction::Update;
        story.changed.push(shown(&added, &removed));
        let planned = triage.planned_members.get(&object.id).copied().unwrap_or(0);
        // Who stays under another id does not go.
        let unplanned = (removed.len() as u64).saturating_sub(planned + moved);
        let more = Removals { members: unplanned, ..Removals::default() };
        if self.act && self.too_many(triage, more).await? {
            return Ok(());
        }
        if self.act {
            self.write_members(&mut link, &added, &removed, story).await?;
            if again && self.partial {
                // Of the others nobody knows anything yet.
                link.members_unsure = true;
                self.keep(&link).await?;
            }
            self.members_written(&mut link).await?;
        }
        Ok(())
    }

    /// From now on, what changes of the members is enough.
    async fn members_written(&self, link: &mut Link) -> Result<(), Trouble> {
        if self.act && (link.members_due || link.members_unsure) && !self.partial {
            (link.members_due, link.members_unsure) = (false, false);
            self.keep(link).await?;
        }
        Ok(())
    }

    /// The link of a group that a cycle would create.
    fn imagined(&self, object: &SourceObject) -> Option<Link> {
        if self.act {
            return None;
        }
        let id = ResourceId::new(object.id.as_str()).ok()?;
        Some(Link::new(object.kind, object.id.clone(), id))
    }

    /// Who has to come, by what is known of the source, and who has to go, by what this job has put there.
    pub(super) async fn member_changes(
        &self,
        object: &SourceObject,
    ) -> Result<(Vec<SourceId>, Vec<(SourceId, String)>), StateError> {
        let ledger = &self.inner.ledger;
        match &object.members {
            Members::Unchanged => Ok((Vec::new(), Vec::new())),
            Members::All(all) => {
                let mut there: HashMap<SourceId, String> =
                    ledger.members(&object.id).await?.into_iter().collect();
                let mut seen = HashSet::with_capacity(all.len());
                let mut come = Vec::new();
                for member in all.iter().filter(|member| **member != object.id) {
                    if seen.insert(member) && there.remove(member).is_none() {
                        come.push(member.clone());
                    }
                }
                let mut go: Vec<_> = there.into_iter().collect();
                go.sort();
                Ok((come, go))
            }
            Members::Delta { added, removed } => {
                let (mut come, mut go) = (Vec::new(), Vec::new());
                for member in added.iter().filter(|member| **member != object.id) {
                    if ledger.member(&object.id, member).await?.is_none() {
                        come.push(member.clone());
                    }
                }
                for member in removed {
                    if let Some(id) = ledger.member(&object.id, member).await? {
                        go.push((member.clone(), id));
                    }
                }
                Ok((come, go))
            }
        }
    }

    /// Members that are there under the id of a resource that they have no longer, whether or not they have another one.
    async fn moved_members(
        &self,
        object: &SourceObject,
        come: &mut Vec<SourceId>,
        go: &mut Vec<(SourceId, String)>,
    ) -> Result<(), StateError> {
        let ledger = &self.inner.ledger;
        let leaving: HashSet<SourceId> = go.iter().map(|(member, _)| member.clone()).collect();
        for (member, id) in ledger.members(&object.id).await? {
            if leaving.contains(&member) {
                continue;
            }
            if ledger.any_link(&member).await?.is_none_or(|now| now.target.as_str() != id) {
                come.push(member.clone());
                go.push((member, id));
            }
        }
        Ok(())
    }

    /// Takes the target's word for who is a member, as far as it is somebody of ours, and says whether it had a word to say.
    async fn read_members(&self, link: &mut Link, story: &mut Story) -> Result<bool, Trouble> {
        let ledger = &self.inner.ledger;
        // An empty list would be taken for a group that somebody emptied.
        if !self.target.client.dialect().shows_members {
            return Ok(false);
        }
        let actual = match self.target.members(&link.target).await {
            Ok(actual) => actual,
            Err(failure) if failure.is_too_long() => {
                let text =
                    "the target's list of members is too long to be read: what this job remembers counts";
                story.step(StepType::ReferenceResolution, LogStatus::Warning, text, Vec::new());
                return Ok(false);
            }
            Err(failure) => return Err(Trouble::at(StepType::ReferenceResolution, failure)),
        };
        let mut known: HashMap<String, SourceId> = HashMap::new();
        for (source, id) in ledger.members(&link.source).await? {
            known.insert(id, source);
        }
        let mut writes = Writes::default();
        for id in actual {
            if known.remove(&id).is_some() {
                continue;
            }
            let Ok(id) = ResourceId::new(id) else { continue };
            let owner = match ledger.source_of(Kind::User, &id).await? {
                Some(owner) => Some(owner),
                None => ledger.source_of(Kind::Group, &id).await?,
            };
            // Members that nobody knows are left alone.
            if let Some(owner) = owner {
                ledger.put_member(&link.source, &owner, &id, &mut writes);
            }
        }
        for member in known.values() {
            ledger.remove_member(&link.source, member, &mut writes);
        }
        link.members_unsure = false;
        ledger.put_link(link, &mut writes)?;
        ledger.commit(writes).await?;
        Ok(true)
    }

    /// Sends the changes in portions, and remembers each.
    async fn write_members(
        &self,
        link: &mut Link,
        added: &[(SourceId, ResourceId)],
        removed: &[(SourceId, String)],
        story: &mut Story,
    ) -> Result<(), Trouble> {
        let ledger = &self.inner.ledger;
        let failed = |failure: Failure| Trouble::at(StepType::ReferenceResolution, failure);
        let batch = self.inner.options.member_batch.max(1);
        link.members_unsure = true;
        self.keep(link).await?;
        let go = removed
            .iter()
            .filter_map(|(member, id)| Some((member.clone(), ResourceId::new(id.as_str()).ok()?)));
        let go: Vec<_> = go.collect();
        let mut refused = None;
        for (members, comes) in [(&*go, false), (added, true)] {
            let one = self.portions(link, members, comes, batch).await?;
            refused = refused.or(one);
        }
        if let Some(failure) = refused {
            return Err(failed(failure));
        }
        link.members_unsure = false;
        let mut writes = Writes::default();
        for (member, _) in added {
            ledger.stop_waiting(member, Kind::Group, &link.source, &mut writes);
        }
        ledger.put_link(link, &mut writes)?;
        ledger.commit(writes).await?;
        let details = vec![
            ("added".to_owned(), added.len().to_string()),
            ("removed".to_owned(), removed.len().to_string()),
        ];
        story.step(StepType::ReferenceResolution, LogStatus::Success, "its members were written", details);
        Ok(())
    }

    /// Sends members in portions. One whom the target refuses must not keep the others out, or in: it is found by halves,
    /// and what the target says of it comes back.
    async fn portions(
        &self,
        link: &Link,
        members: &[(SourceId, ResourceId)],
        comes: bool,
        batch: usize,
    ) -> Result<Option<Failure>, Trouble> {
        let ledger = &self.inner.ledger;
        let mut portions: Vec<&[(SourceId, ResourceId)]> = members.chunks(batch).rev().collect();
        let (mut first, mut refused) = (None, 0);
        while let Some(portion) = portions.pop() {
            let ids: Vec<_> = portion.iter().map(|(_, id)| id.clone()).collect();
            let mut writes = Writes::default();
            for (member, id) in portion {
                match comes {
                    true => ledger.put_member(&link.source, member, id, &mut writes),
                    false => ledger.remove_member(&link.source, member, &mut writes),
                }
            }
            let written = match comes {
                true => {
                    // Noted before, so that it is known whose ids these are, whatever becomes of the request.
                    ledger.commit(writes).await?;
                    self.target.change_members(&link.target, &ids, &[]).await
                }
                false => match self.target.change_members(&link.target, &[], &ids).await {
                    Ok(()) => Ok(ledger.commit(writes).await?),
                    failed => failed,
                },
            };
            match written {
                Ok(()) => self.note(|notes| {
                    let count = match comes {
                        true => &mut notes.counts.members_added,
                        false => &mut notes.counts.members_removed,
                    };
                    *count += portion.len() as u64;
                }),
                Err(failure) if failure.is_of_content() && refused < MOST_REFUSED => match portion.len() {
                    0 | 1 => {
                        refused += 1;
                        first.get_or_insert(failure);
                    }
                    len => {
                        let (left, right) = portion.split_at(len / 2);
                        portions.extend([right, left]);
                    }
                },
                Err(failure) => return Err(Trouble::at(StepType::ReferenceResolution, failure)),
            }
        }
        Ok(first)
    }

    /// What was created anew has another id: whoever referred to the old one has to be looked at.
    async fn follow(&self, late: &mut HashSet<(Kind, SourceId)>) -> Result<(), StateError> {
        let ledger = &self.inner.ledger;
        for (kind, member) in ledger.moved().await? {
            let Some(now) = ledger.link(kind, &member).await? else { continue };
            for group in ledger.groups_of(&member).await? {
                let known = ledger.member(&group, &member).await?;
                let Some(mut link) = ledger.link(Kind::Group, &group).await? else { continue };
                if known.is_some_and(|known| known != now.target.as_str()) {
                    link.members_unsure = true;
                    let mut writes = Writes::default();
                    ledger.put_link(&link, &mut writes)?;
                    ledger.commit(writes).await?;
                    late.insert((Kind::Group, group));
                }
            }
            for user in ledger.reports_of(&member).await? {
                let Some(link) = ledger.link(Kind::User, &user).await? else { continue };
                if link.manager.is_some_and(|one| one.source == member && one.target != now.target) {
                    late.insert((Kind::User, user));
                }
            }
        }
        Ok(())
    }
}

/// What a record says of changed members.
fn shown(added: &[(SourceId, ResourceId)], removed: &[(SourceId, String)]) -> ModifiedProperty {
    let named = |ids: &mut dyn Iterator<Item = &SourceId>| {
        ids.take(NAMED).map(|id| json!(id.as_str())).collect::<Vec<_>>()
    };
    let side = |ids: Vec<serde_json::Value>, count: usize| {
        (count > 0).then(|| json!({"count": count, "members": ids}))
    };
    ModifiedProperty {
        display_name: "members".to_owned(),
        old_value: side(named(&mut removed.iter().map(|(id, _)| id)), removed.len()),
        new_value: side(named(&mut added.iter().map(|(id, _)| id)), added.len()),
    }
}
