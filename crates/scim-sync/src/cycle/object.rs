//! One object, from what the source says to what the target has: everything but references.

use std::collections::BTreeMap;

use scim_core::{Resource, ResourceId};
use serde_json::Value;

use super::story::Story;
use super::{Course, Triage, Trouble};
use crate::guard::Removals;
use crate::ledger::{Intent, Writes};
use crate::link::{Link, Reference};
use crate::log::{ErrorCode, LogStatus, LoggedAction, StepType};
use crate::object::{Change, Kind, SourceId, SourceObject};
use crate::plan::{Action, Current, Decision, Reason, ValueChange, plan};
use crate::rules::CompiledMapping;
use crate::source::Source;
use crate::state::{State, StateError};
use crate::target::{Failure, Found};

/// What is known about the resource in the target.
enum Seen {
    NotRead,
    Absent,
    Found(Box<Resource>),
}

impl Seen {
    fn as_current(&self) -> Current<'_> {
        match self {
            Self::NotRead => Current::NotRead,
            Self::Absent => Current::Absent,
            Self::Found(resource) => Current::Found(resource),
        }
    }
}

impl<S: Source, T: State> Course<'_, S, T> {
    /// Makes the resource of one object what it shall be, or only finds out what there is to do. What came of it is in the
    /// story; an error is one that ends the cycle.
    pub(super) async fn object(
        &self,
        change: &Change,
        triage: &Triage,
        story: &mut Story,
    ) -> Result<(), Trouble> {
        let (kind, id) = (change.kind(), change.id());
        self.begin(change, story);
        let mapping = self.inner.rules.mapping(kind);
        let mut link = self.inner.ledger.link(kind, id).await?;
        let mut seen = self.verify(change, &mut link, story).await?;
        let mut again = false;
        loop {
            let decision = plan(&self.inner.rules, change, link.as_ref(), seen.as_current());
            story.target = link.as_ref().map(|link| link.target.clone());
            match (decision.action.clone(), change) {
                (Action::Skip, _) => return self.skip(change, link, decision.reason, story).await,
                (Action::Fail(code), _) => {
                    let failure = Failure::new(code, decision.reason.to_string());
                    return Err(Trouble::at(StepType::Processing, failure));
                }
                (Action::LookUp, Change::Present(object)) => {
                    seen = self.look_up(object, mapping, &mut link, story).await?;
                }
                (Action::Create(changes), Change::Present(object)) => {
                    story.action = LoggedAction::Create;
                    self.processed(mapping, &decision, &changes, story);
                    if !self.act {
                        return Ok(());
                    }
                    match self.create(object, mapping, &changes, story).await {
                        Err(Trouble::Failure(_, failure))
                            if failure.code == ErrorCode::EntryConflict && !again =>
                        {
                            // Somebody was faster, or it has this name under another matching value.
                            again = true;
                            story.changed.clear();
                            seen = self.look_up(object, mapping, &mut link, story).await?;
                            if link.is_none() {
                                return Err(Trouble::at(StepType::Export, failure));
                            }
                        }
                        outcome => return outcome,
                    }
                }
                (Action::Update(changes) | Action::Disable(changes), Change::Present(_)) => {
                    let disables = matches!(decision.action, Action::Disable(_));
                    story.action = if disables { LoggedAction::Disable } else { LoggedAction::Update };
                    self.processed(mapping, &decision, &changes, story);
                    let Some(mut known) = link.take() else { return Ok(()) };
                    if !self.act {
                        return Ok(());
                    }
                    if decision.switches_off(mapping) && !triage.leaves(change) {
                        let more = Removals { disables: 1, ..Removals::default() };
                        if self.too_many(triage, more).await? {
                            story.skipped(None, "the deletion guard holds it back");
                            return Ok(());
                        }
                    }
                    self.begin_write(&mut known).await?;
                    match self.update(mapping, &mut known, &changes, story).await {
                        Ok(()) => {
                            known.unsure = false;
                            known.in_scope = !disables;
                            return self.keep(&known).await;
                        }
                        Err(failure) if failure.is_not_found() && !again && self.is_gone(&known).await? => {
                            again = true;
                            story.changed.clear();
                            self.lost(known, &failure, story).await?;
                            seen = Seen::NotRead;
                        }
                        Err(failure) => {
                            // What was written before it failed, and what was found out, is kept.
                            self.keep(&known).await?;
                            return Err(Trouble::at(StepType::Export, failure));
                        }
                    }
                }
                (Action::Delete, _) => {
                    story.action = LoggedAction::Delete;
                    self.processed(mapping, &decision, &[], story);
                    let Some(known) = link else { return Ok(()) };
                    return if self.act { self.delete(known, story).await } else { Ok(()) };
                }
                // The planner asks to look for, create and change only what is there.
                (_, Change::Deleted { .. }) => return Ok(()),
            }
        }
    }

    /// The first steps of the story.
    fn begin(&self, change: &Change, story: &mut Story) {
        let Change::Present(object) = change else {
            story.step(StepType::Import, LogStatus::Success, "it is gone from the source", Vec::new());
            return;
        };
        story.step(StepType::Import, LogStatus::Success, "it was read from the source", Vec::new());
        let scope = self.inner.rules.scope(object);
        let (status, text) = match scope.reason() {
            None => (LogStatus::Success, "it is in scope".to_owned()),
            Some(why) => (LogStatus::Skipped, format!("it is out of scope: {why}")),
        };
        story.step(StepType::Scoping, status, text, scope.details());
    }

    fn processed(
        &self,
        mapping: &CompiledMapping,
        decision: &Decision,
        changes: &[ValueChange],
        story: &mut Story,
    ) {
        story.step(StepType::Processing, LogStatus::Success, decision.reason.to_string(), Vec::new());
        story.reason = Some(decision.reason.to_string());
        story.changes(mapping, changes);
    }

    /// In a cycle that begins anew, what is linked is looked at: the target may have lost it, or changed it.
    async fn verify(
        &self,
        change: &Change,
        link: &mut Option<Link>,
        story: &mut Story,
    ) -> Result<Seen, Trouble> {
        let Some(known) = link.as_mut() else { return Ok(Seen::NotRead) };
        if !(self.full || known.unsure) || matches!(change, Change::Deleted { .. }) {
            return Ok(Seen::NotRead);
        }
        let read = self.target.read(known.kind, &known.target).await;
        match read.map_err(|failure| Trouble::at(StepType::Matching, failure))? {
            Some(mut found) => {
                story.step(StepType::Matching, LogStatus::Success, "its resource was read", Vec::new());
                self.target.restore_rewritten(
                    self.inner.rules.mapping(known.kind),
                    known,
                    &mut found.resource,
                );
                let mut now = known.clone();
                now.values = values_of(self.inner.rules.mapping(known.kind), &found.resource);
                now.manager = self.manager_of(known, &found.resource).await?;
                now.unsure = false;
                if self.full {
                    // The target may have learnt to change it.
                    now.refused.clear();
                }
                if now != *known {
                    *known = now;
                    if self.act {
                        self.keep(known).await?;
                    }
                }
                Ok(Seen::Found(Box::new(found.resource)))
            }
            None => {
                if let Some(known) = link.take() {
                    let failure =
                        Failure::new(ErrorCode::InvalidAnchor, "its resource is gone from the target");
                    self.lost(known, &failure, story).await?;
                }
                Ok(Seen::NotRead)
            }
        }
    }

    /// The manager that the target has, as one of ours where he is.
    async fn manager_of(&self, link: &Link, resource: &Resource) -> Result<Option<Reference>, Trouble> {
        let mapping = self.inner.rules.mapping(link.kind);
        let row = self.manager_row().filter(|_| link.kind == Kind::User);
        let Some(row) = row.and_then(|row| mapping.rows().get(row)) else { return Ok(link.manager.clone()) };
        let value = row.read(resource);
        let id = value.as_ref().and_then(|value| value.as_str().or_else(|| value.get("value")?.as_str()));
        let Some(id) = id.and_then(|id| ResourceId::new(id).ok()) else { return Ok(None) };
        if let Some(known) = link.manager.as_ref().filter(|known| known.target == id) {
            return Ok(Some(known.clone()));
        }
        // Somebody whom nobody knows is still somebody else than who it shall be.
        let source =
            self.inner.ledger.source_of(Kind::User, &id).await?.unwrap_or_else(|| SourceId::from(""));
        Ok(Some(Reference { source, target: id }))
    }

    /// Whether a resource that was there before may have members of which nothing is known, and they are looked at.
    fn reads_members(&self, kind: Kind) -> bool {
        kind == Kind::Group && !self.inner.rules.rules().entra_faithful
    }

    /// Notes that a write begins: whoever is killed before it ends does not know what the target has.
    async fn begin_write(&self, link: &mut Link) -> Result<(), Trouble> {
        link.unsure = true;
        self.keep(link).await
    }

    /// Finds out how creations ended that nobody has heard of since: what was created is linked, so that whoever left
    /// meanwhile is seen.
    pub(crate) async fn settle(&self) -> Result<(), StateError> {
        for intent in self.inner.ledger.intents().await? {
            if self.stop().is_some() {
                return Ok(());
            }
            let mapping = self.inner.rules.mapping(intent.kind);
            let row = mapping.rows().iter().position(|row| row.target() == intent.by);
            let found = match row {
                Some(row) => self.target.find(intent.kind, mapping, row, &intent.value).await,
                None => Ok(None),
            };
            let mut writes = Writes::default();
            match found {
                Ok(Some(Found { id, resource })) => {
                    if self.inner.ledger.source_of(intent.kind, &id).await?.is_none()
                        && self.inner.ledger.link(intent.kind, &intent.source).await?.is_none()
                    {
                        let mut link = Link::new(intent.kind, intent.source.clone(), id);
                        link.values = values_of(mapping, &resource);
                        link.members_unsure = self.reads_members(link.kind);
                        self.inner.ledger.put_link(&link, &mut writes)?;
                        self.inner.ledger.put_linked(link.kind, &link.source, &mut writes);
                        self.note(|notes| {
                            notes.linked.insert((link.kind, link.source.clone()));
                            notes.count_links(link.kind, 1);
                        });
                    }
                    self.inner.ledger.remove_intent(intent.kind, &intent.source, &mut writes);
                }
                Ok(None) => self.inner.ledger.remove_intent(intent.kind, &intent.source, &mut writes),
                // It is asked again in the next cycle, and the object is in escrow.
                Err(failure) => {
                    self.judge(intent.kind, &failure, true).await;
                }
            }
            self.inner.ledger.commit(writes).await?;
        }
        Ok(())
    }

    /// The resource that was linked is gone from the target.
    async fn lost(&self, link: Link, failure: &Failure, story: &mut Story) -> Result<(), Trouble> {
        if self.inner.rules.rules().entra_faithful {
            let failure = Failure::new(ErrorCode::InvalidAnchor, failure.message.clone());
            return Err(Trouble::at(StepType::Export, failure));
        }
        let text = "the resource that it was linked to is gone from the target";
        story.step(StepType::Matching, LogStatus::Warning, text, Vec::new());
        if self.act {
            self.unlink(&link).await?;
        }
        Ok(())
    }

    /// Whether a resource is gone indeed: a write may be answered so for what it refers to.
    pub(super) async fn is_gone(&self, link: &Link) -> Result<bool, Trouble> {
        let read = self.target.read(link.kind, &link.target).await;
        Ok(read.map_err(|failure| Trouble::at(StepType::Matching, failure))?.is_none())
    }

    /// Forgets the resource of an object, but not that others refer to it.
    pub(super) async fn unlink(&self, link: &Link) -> Result<(), StateError> {
        let mut writes = Writes::default();
        self.inner.ledger.unlink(link, &mut writes);
        self.inner.ledger.put_moved(link.kind, &link.source, &mut writes);
        self.inner.ledger.commit(writes).await?;
        self.note(|notes| notes.count_links(link.kind, -1));
        Ok(())
    }

    /// Looks for the object by one matching attribute after the other.
    async fn look_up(
        &self,
        object: &SourceObject,
        mapping: &CompiledMapping,
        link: &mut Option<Link>,
        story: &mut Story,
    ) -> Result<Seen, Trouble> {
        let failed = |failure| Trouble::at(StepType::Matching, failure);
        let values = mapping.values(object, false);
        let values = values.map_err(|error| {
            failed(Failure::new(error.code().parse().unwrap_or(ErrorCode::InternalError), error.to_string()))
        })?;
        for row in mapping.matching() {
            let Some(value) = values.get(*row) else { continue };
            let name = mapping.rows().get(*row).map(crate::rules::Row::target).unwrap_or_default();
            let found = self.target.find(object.kind, mapping, *row, value).await.map_err(failed)?;
            let asked = vec![(name.to_owned(), plain(value))];
            let Some(Found { id, resource }) = found else {
                story.step(StepType::Matching, LogStatus::Success, "no resource has this value", asked);
                continue;
            };
            let owner = self.inner.ledger.source_of(object.kind, &id).await?;
            let owner = owner.or_else(|| self.claim(object.kind, &id, &object.id));
            if let Some(owner) = owner.filter(|owner| *owner != object.id) {
                let text =
                    format!("the resource with this value is the one of another {}, {owner}", object.kind);
                return Err(failed(Failure::new(ErrorCode::DuplicateSourceEntries, text)));
            }
            story.step(StepType::Matching, LogStatus::Success, "one resource has this value", asked);
            let mut new = Link::new(object.kind, object.id.clone(), id);
            new.values = values_of(mapping, &resource);
            new.members_unsure = self.reads_members(object.kind);
            if self.act {
                self.linked(&new).await?;
            }
            *link = Some(new);
            return Ok(Seen::Found(Box::new(resource)));
        }
        Ok(Seen::Absent)
    }

    async fn create(
        &self,
        object: &SourceObject,
        mapping: &CompiledMapping,
        changes: &[ValueChange],
        story: &mut Story,
    ) -> Result<(), Trouble> {
        let ledger = &self.inner.ledger;
        let mut writes = Writes::default();
        if let Some(intent) = intent(object, mapping, changes) {
            ledger.put_intent(&intent, &mut writes)?;
            ledger.commit(writes).await?;
        }
        let created = self.target.create(object.kind, mapping, changes).await;
        if created.as_ref().is_err_and(Failure::is_final) {
            let mut writes = Writes::default();
            ledger.remove_intent(object.kind, &object.id, &mut writes);
            ledger.commit(writes).await?;
        }
        let id = created.map_err(|failure| Trouble::at(StepType::Export, failure))?;
        if let Some(owner) = self.claim(object.kind, &id, &object.id).filter(|owner| *owner != object.id) {
            let text = format!("the target gave the resource of another {}, {owner}", object.kind);
            let failure = Failure::new(ErrorCode::DuplicateSourceEntries, text);
            return Err(Trouble::at(StepType::Export, failure));
        }
        let mut link = Link::new(object.kind, object.id.clone(), id);
        note_values(&mut link, mapping, changes);
        story.target = Some(link.target.clone());
        story.step(StepType::Export, LogStatus::Success, "it was created", Vec::new());
        self.linked(&link).await?;
        Ok(())
    }

    /// Changes values; what the target does not change is left out and remembered.
    async fn update(
        &self,
        mapping: &CompiledMapping,
        link: &mut Link,
        changes: &[ValueChange],
        story: &mut Story,
    ) -> Result<(), Failure> {
        let target = self.target;
        match target.update(mapping, link, changes).await {
            Ok(()) => note_values(link, mapping, changes),
            // An account that stays open is never something to get used to.
            Err(failure) if failure.is_refusal() && !switches_off(mapping, changes) => {
                for change in changes {
                    let one = std::slice::from_ref(change);
                    let outcome = match changes {
                        [_] => Err(Failure::new(failure.code, failure.message.clone())),
                        _ => match target.update(mapping, link, one).await {
                            Err(failure) if !failure.is_refusal() => return Err(failure),
                            outcome => outcome,
                        },
                    };
                    match outcome {
                        Ok(()) => note_values(link, mapping, one),
                        Err(failure) => refuse(link, mapping, change, &failure, story),
                    }
                }
            }
            Err(failure) => return Err(failure),
        }
        if story.status == LogStatus::Success {
            story.step(StepType::Export, LogStatus::Success, "it was updated", Vec::new());
        }
        Ok(())
    }

    async fn delete(&self, mut link: Link, story: &mut Story) -> Result<(), Trouble> {
        self.begin_write(&mut link).await?;
        let deleted = self.target.delete(link.kind, &link.target).await;
        let was_there = deleted.map_err(|failure| Trouble::at(StepType::Export, failure))?;
        story.step(StepType::Export, LogStatus::Success, "it was deleted", Vec::new());
        self.forget(&link, was_there).await?;
        Ok(())
    }

    /// Forgets an object that is gone, and that it was a member of groups. Should it come back, they wait for it.
    ///
    /// A target that deletes takes it out of groups. Where it was gone before, it may be in them all the same: that is
    /// remembered, and looked at with the group.
    async fn forget(&self, link: &Link, was_there: bool) -> Result<(), Trouble> {
        let ledger = &self.inner.ledger;
        let mut writes = Writes::default();
        ledger.unlink(link, &mut writes);
        ledger.remove_moved(link.kind, &link.source, &mut writes);
        for group in ledger.groups_of(&link.source).await? {
            // There may be a user and a group of the same id.
            let there = ledger.member(&group, &link.source).await?;
            if there.is_some_and(|there| there == link.target.as_str()) {
                match ledger.link(Kind::Group, &group).await? {
                    // Groups come after users: nobody else writes the link now.
                    Some(mut owner) if !was_there && link.kind == Kind::User => {
                        owner.members_unsure = true;
                        ledger.put_link(&owner, &mut writes)?;
                    }
                    _ => ledger.remove_member(&group, &link.source, &mut writes),
                }
                ledger.wait(&link.source, Kind::Group, &group, &mut writes);
            }
        }
        if link.kind == Kind::User {
            for report in ledger.reports_of(&link.source).await? {
                ledger.wait(&link.source, Kind::User, &report, &mut writes);
            }
        }
        ledger.commit(writes).await?;
        self.note(|notes| notes.count_links(link.kind, -1));
        Ok(())
    }

    async fn skip(
        &self,
        change: &Change,
        link: Option<Link>,
        reason: Reason,
        story: &mut Story,
    ) -> Result<(), Trouble> {
        let text = reason.to_string();
        let code = match reason {
            Reason::NoMatchingValue => ErrorCode::ImportSkipped,
            _ => ErrorCode::EntrySynchronizationSkipped,
        };
        story.quiet = matches!(reason, Reason::Equal | Reason::NeverLinked);
        story.step(StepType::Processing, LogStatus::Skipped, text.as_str(), Vec::new());
        story.skipped(Some(code), text);
        if matches!(reason, Reason::NeverLinked) && self.act {
            let mut writes = Writes::default();
            self.inner.ledger.remove_moved(change.kind(), change.id(), &mut writes);
            self.inner.ledger.commit(writes).await?;
        }
        let Some(mut link) = link.filter(|_| self.act) else { return Ok(()) };
        if matches!(reason, Reason::NoLongerManaged) {
            return self.forget(&link, true).await;
        }
        if let Change::Present(object) = change {
            let in_scope = match reason {
                Reason::Forbidden(_) => self.inner.rules.scope(object).reason().is_none(),
                reason => matches!(reason, Reason::Equal | Reason::Returned),
            };
            // What changes of the members of a group out of scope is not written, and not seen again.
            let members_due = link.members_due || link.kind == Kind::Group && !in_scope;
            if (link.in_scope, link.members_due) != (in_scope, members_due) {
                (link.in_scope, link.members_due) = (in_scope, members_due);
                return self.keep(&link).await;
            }
        }
        Ok(())
    }

    /// Remembers a link that is new.
    async fn linked(&self, link: &Link) -> Result<(), Trouble> {
        let mut writes = Writes::default();
        self.inner.ledger.put_link(link, &mut writes)?;
        self.inner.ledger.put_linked(link.kind, &link.source, &mut writes);
        self.inner.ledger.remove_intent(link.kind, &link.source, &mut writes);
        self.inner.ledger.commit(writes).await?;
        self.note(|notes| {
            notes.linked.insert((link.kind, link.source.clone()));
            notes.count_links(link.kind, 1);
        });
        Ok(())
    }

    pub(super) async fn keep(&self, link: &Link) -> Result<(), Trouble> {
        let mut writes = Writes::default();
        self.inner.ledger.put_link(link, &mut writes)?;
        self.inner.ledger.commit(writes).await?;
        Ok(())
    }
}

/// What the target has of what is mapped.
fn values_of(mapping: &CompiledMapping, resource: &Resource) -> BTreeMap<String, Value> {
    let rows = mapping.rows().iter().filter(|row| row.reference().is_none());
    rows.filter_map(|row| Some((row.target().to_owned(), row.read(resource)?))).collect()
}

fn switches_off(mapping: &CompiledMapping, changes: &[ValueChange]) -> bool {
    let action = Action::Update(changes.to_vec());
    Decision { action, reason: Reason::Differs }.switches_off(mapping)
}

/// What is written down before something is created.
fn intent(object: &SourceObject, mapping: &CompiledMapping, changes: &[ValueChange]) -> Option<Intent> {
    mapping.matching().iter().find_map(|row| {
        let value = changes.iter().find(|change| change.row == *row)?.new.clone()?;
        let by = mapping.rows().get(*row)?.target().to_owned();
        Some(Intent { kind: object.kind, source: object.id.clone(), by, value })
    })
}

fn note_values(link: &mut Link, mapping: &CompiledMapping, changes: &[ValueChange]) {
    for change in changes {
        let Some(row) = mapping.rows().get(change.row) else { continue };
        link.refused.remove(row.target());
        match &change.new {
            Some(value) => link.values.insert(row.target().to_owned(), value.clone()),
            None => link.values.remove(row.target()),
        };
    }
}

/// Remembers what the target does not change, so that it is not asked for it with every cycle.
fn refuse(
    link: &mut Link,
    mapping: &CompiledMapping,
    change: &ValueChange,
    failure: &Failure,
    story: &mut Story,
) {
    let Some(row) = mapping.rows().get(change.row) else { return };
    let value = change.new.clone().unwrap_or(Value::Null);
    link.refused.insert(row.target().to_owned(), value);
    story.changed.retain(|property| property.display_name != row.target());
    let text = format!("the target does not change `{}`: {}", row.target(), failure.message);
    story.warn(StepType::Export, failure.code, &text);
}

/// A value as a person reads it.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
