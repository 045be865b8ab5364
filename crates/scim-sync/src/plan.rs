//! What has to be done about one object, and why: a pure function.

use std::fmt;

use scim_core::Resource;
use serde_json::Value;

use crate::link::Link;
use crate::log::ErrorCode;
use crate::object::{Change, Kind, SourceObject};
use crate::rules::{CompiledMapping, CompiledRules, MappingError, Nulls, Row, ScopeReason, Values};

/// What is known about the resource in the target.
#[derive(Clone, Copy, Debug)]
pub enum Current<'a> {
    /// It was not looked at.
    NotRead,
    /// There is none.
    Absent,
    /// It is this one.
    Found(&'a Resource),
}

/// What has to be done, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// What has to be done about an object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Nothing.
    Skip,
    /// To look for it in the target by the matching attributes, and to plan again.
    LookUp,
    /// To create it with these values.
    Create(Vec<ValueChange>),
    /// To change these values.
    Update(Vec<ValueChange>),
    /// To switch it off.
    Disable(Vec<ValueChange>),
    /// To delete it.
    Delete,
    /// It cannot be provisioned as it is.
    Fail(ErrorCode),
}

/// One value that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueChange {
    /// Which row of the mapping it is of.
    pub row: usize,
    /// What the target has, as far as it is known.
    pub old: Option<Value>,
    /// What it shall have; nothing for a value that goes.
    pub new: Option<Value>,
}

/// Why something is done, or not.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// It has no value for any matching attribute.
    NoMatchingValue,
    /// It is not in scope.
    OutOfScope(ScopeReason),
    /// The same, and the rules say to leave such objects alone.
    LeftAlone(ScopeReason),
    /// It is gone from the source, and the target never had it.
    NeverLinked,
    /// It is gone from the source.
    Deleted,
    /// It was out of scope before it was deleted, and Entra does not delete such objects.
    NoLongerManaged,
    /// Nobody has looked whether the target has it.
    Unknown,
    /// It is in scope, and the target does not have it.
    New,
    /// Values differ.
    Differs,
    /// It came back into scope.
    Returned,
    /// Target and source are the same.
    Equal,
    /// There is no mapping that would switch it off.
    CannotDisable,
    /// The rules say not to create, update or delete this kind of objects.
    Forbidden(&'static str),
    /// A value cannot be made, or does not fit.
    Mapping(String),
}

/// What has to be done about an object.
///
/// `link` is what the job remembers of it; `current` is its resource in the target, where somebody has looked. Without
/// either, the answer is [`Action::LookUp`] for an object in scope.
#[must_use]
pub fn plan(rules: &CompiledRules, change: &Change, link: Option<&Link>, current: Current<'_>) -> Decision {
    let object = match change {
        Change::Present(object) => object,
        Change::Deleted { kind, .. } => return gone(rules, *kind, link),
    };
    let mapping = rules.mapping(object.kind);
    let scope = rules.scope(object);
    let Some(why) = scope.reason() else {
        return match mapping.values(object, false) {
            Ok(values) => in_scope(rules, object, mapping, &values, link, current),
            Err(error) => unmappable(&error),
        };
    };
    let Some(link) = link else {
        // As Entra has it, what cannot be matched is skipped before anybody asks about its scope.
        return match mapping.values(object, true) {
            Ok(values) if !has_matching(mapping, &values) => skip(Reason::NoMatchingValue),
            _ => skip(Reason::OutOfScope(why)),
        };
    };
    if rules.rules().skip_out_of_scope_deletions && why != ScopeReason::NotActive {
        return skip(Reason::LeftAlone(why));
    }
    if object.kind == Kind::Group {
        let forbidden = Reason::Forbidden("deleting groups is switched off");
        return match rules.rules().mapping(object.kind).delete {
            true => Decision { action: Action::Delete, reason: Reason::OutOfScope(why) },
            false => skip(forbidden),
        };
    }
    disable(rules, object, mapping, link, current, why)
}

fn skip(reason: Reason) -> Decision {
    Decision { action: Action::Skip, reason }
}

fn unmappable(error: &MappingError) -> Decision {
    let code = error.code().parse().unwrap_or(ErrorCode::InternalError);
    Decision { action: Action::Fail(code), reason: Reason::Mapping(error.to_string()) }
}

fn gone(rules: &CompiledRules, kind: Kind, link: Option<&Link>) -> Decision {
    let Some(link) = link else { return skip(Reason::NeverLinked) };
    let options = rules.rules();
    if !options.mapping(kind).delete {
        return skip(Reason::Forbidden("deleting is switched off"));
    }
    if options.entra_faithful && !link.in_scope {
        return skip(Reason::NoLongerManaged);
    }
    Decision { action: Action::Delete, reason: Reason::Deleted }
}

fn has_matching(mapping: &CompiledMapping, values: &Values<'_>) -> bool {
    mapping.matching().iter().any(|row| values.get(*row).is_some())
}

fn in_scope(
    rules: &CompiledRules,
    object: &SourceObject,
    mapping: &CompiledMapping,
    values: &Values<'_>,
    link: Option<&Link>,
    current: Current<'_>,
) -> Decision {
    let options = rules.rules().mapping(object.kind);
    match (link, current) {
        (None, _) if !has_matching(mapping, values) => skip(Reason::NoMatchingValue),
        (None, Current::NotRead) => Decision { action: Action::LookUp, reason: Reason::Unknown },
        (_, Current::Absent) if !options.create => skip(Reason::Forbidden("creating is switched off")),
        (_, Current::Absent) => {
            if let Err(error) = mapping.check_creation(values) {
                return unmappable(&error);
            }
            Decision { action: Action::Create(creation(mapping, values)), reason: Reason::New }
        }
        (link, current) => {
            let nulls = rules.rules().nulls;
            let changes = differences(mapping, values, link, current, nulls, |_| true);
            let returned = link.is_some_and(|link| !link.in_scope);
            if changes.is_empty() {
                return skip(if returned { Reason::Returned } else { Reason::Equal });
            }
            if !options.update {
                return skip(Reason::Forbidden("updating is switched off"));
            }
            let reason = if returned { Reason::Returned } else { Reason::Differs };
            Decision { action: Action::Update(changes), reason }
        }
    }
}

/// What goes into a new resource: every value, and defaults where there is none.
fn creation(mapping: &CompiledMapping, values: &Values<'_>) -> Vec<ValueChange> {
    let rows = mapping.rows().iter().enumerate().filter(|(_, row)| row.reference().is_none());
    rows.filter_map(|(at, row)| {
        let new = values.get(at).or(row.default())?.clone();
        Some(ValueChange { row: at, old: None, new: Some(new) })
    })
    .collect()
}

fn disable(
    rules: &CompiledRules,
    object: &SourceObject,
    mapping: &CompiledMapping,
    link: &Link,
    current: Current<'_>,
    why: ScopeReason,
) -> Decision {
    if matches!(current, Current::Absent) {
        return skip(Reason::OutOfScope(why));
    }
    let values = match mapping.values(object, true) {
        Ok(values) => values,
        // What else is wrong with somebody who left must not keep the account open.
        Err(_) => mapping.values_of_active(object),
    };
    let off = mapping.rows().iter().enumerate().any(|(at, row)| {
        row.is_active() && !row.only_creation() && values.get(at) == Some(&Value::Bool(false))
    });
    if !off {
        return skip(Reason::CannotDisable);
    }
    let is_active = |at: usize| mapping.rows().get(at).is_some_and(Row::is_active);
    let changes = differences(mapping, &values, Some(link), current, Nulls::Keep, is_active);
    if changes.is_empty() {
        return skip(Reason::OutOfScope(why));
    }
    if !rules.rules().mapping(object.kind).update {
        return skip(Reason::Forbidden("updating is switched off"));
    }
    Decision { action: Action::Disable(changes), reason: Reason::OutOfScope(why) }
}

/// The values that are not as they shall be.
fn differences(
    mapping: &CompiledMapping,
    values: &Values<'_>,
    link: Option<&Link>,
    current: Current<'_>,
    nulls: Nulls,
    concerns: impl Fn(usize) -> bool,
) -> Vec<ValueChange> {
    let mut changes = Vec::new();
    for (at, row) in mapping.rows().iter().enumerate() {
        if row.only_creation() || row.reference().is_some() || !concerns(at) {
            continue;
        }
        let known = || link.and_then(|link| link.values.get(row.target()));
        let old = match current {
            Current::Found(resource) => row.value(resource),
            Current::NotRead | Current::Absent => known(),
        };
        let new = match values.get(at) {
            Some(new) => Some(new),
            // Only what this job has put there is taken away again.
            None if nulls == Nulls::Clear && values.is_null(at) && known().is_some() => None,
            None => continue,
        };
        let same = match (old, new) {
            (Some(old), Some(new)) => row.is_same(old, new),
            (old, new) => old.is_none() && new.is_none(),
        };
        if same {
            continue;
        }
        let refused = link.and_then(|link| link.refused.get(row.target()));
        if refused.is_some_and(|refused| refused == new.unwrap_or(&Value::Null)) {
            continue;
        }
        changes.push(ValueChange { row: at, old: old.cloned(), new: new.cloned() });
    }
    changes
}

impl Decision {
    /// Whether somebody or something leaves the target.
    #[must_use]
    pub fn removes(&self) -> bool {
        matches!(self.action, Action::Disable(_) | Action::Delete)
    }

    /// Whether an account is switched off, of somebody in scope or out of it.
    pub(crate) fn switches_off(&self, mapping: &CompiledMapping) -> bool {
        let (Action::Update(changes) | Action::Disable(changes)) = &self.action else { return false };
        let off = |change: &ValueChange| {
            change.new == Some(Value::Bool(false))
                && mapping.rows().get(change.row).is_some_and(Row::is_active)
        };
        changes.iter().any(off)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMatchingValue => f.write_str("it has no value for any matching attribute"),
            Self::OutOfScope(why) => write!(f, "it is out of scope: {why}"),
            Self::LeftAlone(why) => write!(f, "it is out of scope, and the rules leave it alone: {why}"),
            Self::NeverLinked => f.write_str("it is gone from the source and was never provisioned"),
            Self::Deleted => f.write_str("it is gone from the source"),
            Self::NoLongerManaged => f.write_str("it was out of scope before it was deleted"),
            Self::Unknown => f.write_str("it has to be looked for in the target"),
            Self::New => f.write_str("it is in scope and not in the target"),
            Self::Differs => f.write_str("values differ"),
            Self::Returned => f.write_str("it came back into scope"),
            Self::Equal => f.write_str("target and source are the same"),
            Self::CannotDisable => f.write_str("no mapping of `active` would switch it off"),
            Self::Forbidden(what) => f.write_str(what),
            Self::Mapping(problem) => f.write_str(problem),
        }
    }
}
