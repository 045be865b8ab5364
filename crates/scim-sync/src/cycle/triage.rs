//! What a cycle is going to do, before it does anything.

use std::collections::{HashMap, HashSet};

use scim_core::value::text;
use serde_json::Value;

use super::{Course, Import};
use crate::guard::Removals;
use crate::job::JobError;
use crate::log::ErrorCode;
use crate::object::{Change, Kind, Members, SourceId};
use crate::plan::{Action, Current, Reason, plan};
use crate::rules::ReferenceTo;
use crate::source::Source;
use crate::state::State;
use crate::target::{Failure, matching_path};

/// What a cycle is going to do.
#[derive(Default)]
pub(crate) struct Triage {
    lanes: [Lanes; 2],
    /// Objects that have the matching value of another one that comes before them.
    duplicates: HashMap<(Kind, SourceId), SourceId>,
    /// Objects whose references have to be looked at.
    pub(crate) references: Vec<usize>,
    /// What goes.
    pub(crate) removals: Removals,
    /// How many members each group is planned to lose.
    pub(crate) planned_members: HashMap<SourceId, u64>,
    /// Objects that are planned to be switched off or deleted.
    leaving: HashSet<(Kind, SourceId)>,
    /// The objects of `references`.
    referring: HashSet<(Kind, SourceId)>,
    /// Objects that are in scope and not linked.
    coming: HashSet<SourceId>,
    /// Objects that nothing has to be done about.
    pub(crate) unchanged: u64,
}

/// Places of changes.
#[derive(Default)]
struct Lanes {
    known: Vec<usize>,
    new: Vec<usize>,
}

impl Triage {
    fn lanes(&self, kind: Kind) -> &Lanes {
        let [users, groups] = &self.lanes;
        match kind {
            Kind::User => users,
            Kind::Group => groups,
        }
    }

    fn lanes_mut(&mut self, kind: Kind) -> &mut Lanes {
        let [users, groups] = &mut self.lanes;
        match kind {
            Kind::User => users,
            Kind::Group => groups,
        }
    }

    /// The objects that have a resource already.
    pub(crate) fn known(&self, kind: Kind) -> &[usize] {
        &self.lanes(kind).known
    }

    /// The others.
    pub(crate) fn unlinked(&self, kind: Kind) -> &[usize] {
        &self.lanes(kind).new
    }

    /// Whether an object of this id may have a resource after the cycle that has none before.
    pub(crate) fn is_new(&self, id: &SourceId) -> bool {
        self.coming.contains(id)
    }

    /// Whether an object is planned to be switched off or deleted.
    pub(crate) fn leaves(&self, change: &Change) -> bool {
        self.leaving.contains(&(change.kind(), change.id().clone()))
    }

    /// Whether the references of an object are looked at.
    pub(crate) fn refers(&self, change: &Change) -> bool {
        self.referring.contains(&(change.kind(), change.id().clone()))
    }

    /// Who has the same matching value.
    pub(crate) fn duplicate_of(&self, change: &Change) -> Option<&SourceId> {
        if self.duplicates.is_empty() {
            return None;
        }
        self.duplicates.get(&(change.kind(), change.id().clone()))
    }
}

/// The failure of an object that has the matching value of another one.
pub(crate) fn duplicate(change: &Change, other: &SourceId) -> Failure {
    let text = format!("another {}, {other}, has the same matching value", change.kind());
    Failure::new(ErrorCode::DuplicateSourceEntries, text)
}

impl<S: Source, T: State> Course<'_, S, T> {
    /// Plans every change, as far as it can be planned without asking the target.
    pub(crate) async fn triage(&self, import: &Import) -> Result<Triage, JobError> {
        let mut triage = Triage::default();
        let mut values: HashMap<(Kind, usize, String), SourceId> = HashMap::new();
        // Users come first, so that it is known who leaves when groups are looked at.
        for (at, change) in import.changes.iter().enumerate() {
            let (kind, id) = (change.kind(), change.id());
            if !self.inner.rules.rules().mapping(kind).enabled {
                triage.unchanged += 1;
                continue;
            }
            let link = self.inner.ledger.link(kind, id).await?;
            let decision = plan(&self.inner.rules, change, link.as_ref(), Current::NotRead);
            let switches_off = decision.switches_off(self.inner.rules.mapping(kind));
            match &decision.action {
                Action::Delete => triage.removals.deletes += 1,
                _ if switches_off => triage.removals.disables += 1,
                _ => {}
            }
            if decision.removes() || switches_off {
                triage.leaving.insert((kind, id.clone()));
            }
            if let (Action::LookUp, Change::Present(object)) = (&decision.action, change)
                && let Some((row, value)) = self.matching_value(kind, object)
            {
                let first = values.entry((kind, row, value)).or_insert_with(|| id.clone());
                if first != id {
                    triage.duplicates.insert((kind, id.clone()), first.clone());
                }
            }
            let linked = link.is_some();
            if decision.action == Action::LookUp {
                triage.coming.insert(id.clone());
            }
            let again = self.escrows.get(&(kind, id.clone())).is_some_and(|escrow| escrow.reference);
            if let Change::Present(object) = change {
                let comes = match (&decision.action, &decision.reason) {
                    (Action::LookUp | Action::Create(_) | Action::Update(_), _) => true,
                    (_, Reason::Equal | Reason::Returned) => true,
                    (_, Reason::Forbidden(_)) => self.inner.rules.scope(object).reason().is_none(),
                    _ => false,
                };
                let refers = match kind {
                    Kind::User => {
                        let known =
                            link.as_ref().and_then(|link| link.manager.as_ref()).map(|known| &known.source);
                        let unsure = link.as_ref().is_some_and(|link| link.unsure);
                        self.manager_row().is_some()
                            && (self.full || unsure || object.manager.as_ref() != known)
                    }
                    Kind::Group => {
                        self.maps_members()
                            && (self.full
                                || link.as_ref().is_none_or(|link| link.members_due || link.members_unsure)
                                || !matches!(object.members, Members::Unchanged))
                    }
                };
                if comes && (refers || again) {
                    triage.references.push(at);
                    triage.referring.insert((kind, id.clone()));
                    if kind == Kind::Group && linked {
                        let (_, removed) = self.member_changes(object).await?;
                        let leaves = |id: &SourceId| triage.leaving.contains(&(Kind::User, id.clone()));
                        let stay = removed.iter().filter(|(member, _)| !leaves(member)).count();
                        triage.removals.members += stay as u64;
                        triage.planned_members.insert(id.clone(), removed.len() as u64);
                    }
                }
            }
            let settled = link.as_ref().is_none_or(|link| link.in_scope && !link.unsure);
            if matches!(decision.reason, Reason::Equal | Reason::NeverLinked) && settled && !self.full
                || matches!(decision.reason, Reason::NeverLinked)
            {
                // An escrow of it is over.
                if self.escrows.is_empty() || !self.escrows.contains_key(&(kind, id.clone())) {
                    triage.unchanged += 1;
                    continue;
                }
            }
            let lanes = triage.lanes_mut(kind);
            if linked { lanes.known.push(at) } else { lanes.new.push(at) }
        }
        Ok(triage)
    }

    /// The value that an object is looked for by first, so that equal ones compare equal.
    fn matching_value(&self, kind: Kind, object: &crate::object::SourceObject) -> Option<(usize, String)> {
        let mapping = self.inner.rules.mapping(kind);
        let values = mapping.values(object, false).ok()?;
        mapping.matching().iter().find_map(|row| {
            let value = values.get(*row)?;
            let path = matching_path(mapping, *row);
            let exact = path
                .and_then(|path| mapping.schemas().resolve(&path).ok()?.leaf().map(|leaf| leaf.case_exact()));
            let exact = exact.unwrap_or(true);
            Some((
                *row,
                match value {
                    Value::String(text) if !exact => text::fold(text).into_owned(),
                    value => super::object::plain(value),
                },
            ))
        })
    }

    /// Where managers go.
    pub(crate) fn manager_row(&self) -> Option<usize> {
        let rows = self.inner.rules.mapping(Kind::User).rows();
        rows.iter().position(|row| row.reference() == Some(ReferenceTo::Manager))
    }

    /// Whether members go anywhere.
    pub(crate) fn maps_members(&self) -> bool {
        let rows = self.inner.rules.mapping(Kind::Group).rows();
        rows.iter().any(|row| row.reference() == Some(ReferenceTo::Members))
    }
}
