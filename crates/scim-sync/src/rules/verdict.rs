//! Who is in scope, and why not.

use std::fmt;

use super::compile::CompiledRules;
use super::{AssignmentScope, DefaultAccess};
use crate::object::{Role, SourceObject};

/// Whether an object is in scope, and what that was decided by.
///
/// ```
/// use scim_sync::{Rules, ScopeReason, SourceObject};
///
/// let rules = Rules::entra_to_atlassian().compile()?;
/// let user = SourceObject::user("7").with("userPrincipalName", "b@example.com");
/// let scope = rules.scope(&user);
/// assert_eq!(scope.reason(), Some(ScopeReason::NotAssigned));
/// assert_eq!(scope.details()[1], ("Assigned to application".to_owned(), "false".to_owned()));
/// # Ok::<(), scim_sync::RulesError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    rules: &'a CompiledRules,
    object: &'a SourceObject,
    reason: Option<ScopeReason>,
}

/// Why an object is not in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScopeReason {
    /// Objects of its kind are not provisioned.
    NotEnabled,
    /// It lies in the recycle bin, or is switched off.
    NotActive,
    /// It has no role of the application.
    NotAssigned,
    /// Its only role is Default Access, which counts for nothing.
    NotEntitled,
    /// There are filters, and it passes none.
    Filtered,
}

impl<'a> Scope<'a> {
    pub(super) fn new(rules: &'a CompiledRules, object: &'a SourceObject) -> Self {
        let reason = if !rules.rules().mapping(object.kind).enabled {
            Some(ScopeReason::NotEnabled)
        } else if !object.is_active() {
            Some(ScopeReason::NotActive)
        } else if !syncs_all(rules) && object.assignments.is_empty() {
            Some(ScopeReason::NotAssigned)
        } else if !has_role(rules, object) {
            Some(ScopeReason::NotEntitled)
        } else if !rules.filters(object.kind).pass(object) {
            Some(ScopeReason::Filtered)
        } else {
            None
        };
        Self { rules, object, reason }
    }

    /// Whether it is in scope.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.reason.is_none()
    }

    /// Why it is not.
    #[must_use]
    pub fn reason(&self) -> Option<ScopeReason> {
        self.reason
    }

    /// What was looked at, for a log: names and `true` or `false`, every clause of every filter among them.
    #[must_use]
    pub fn details(&self) -> Vec<(String, String)> {
        let Self { rules, object, .. } = *self;
        let mut details: Vec<(String, String)> = [
            ("Active in source system", object.is_active()),
            ("Assigned to application", !object.assignments.is_empty()),
            ("Scope sync all", syncs_all(rules)),
            ("User has required role", has_role(rules, object)),
        ]
        .map(|(name, holds)| (name.to_owned(), holds.to_string()))
        .to_vec();
        details.extend(rules.filters(object.kind).details(object));
        details
    }
}

fn syncs_all(rules: &CompiledRules) -> bool {
    rules.rules().assignment == AssignmentScope::All
}

fn has_role(rules: &CompiledRules, object: &SourceObject) -> bool {
    let counts = |role: &Role| match (role, rules.rules().default_access) {
        (Role::Named(_), _) | (Role::DefaultAccess, DefaultAccess::Include) => true,
        (Role::DefaultAccess, DefaultAccess::Exclude) => false,
    };
    syncs_all(rules) || object.assignments.iter().any(|assignment| counts(&assignment.role))
}

impl fmt::Display for ScopeReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotEnabled => "objects of this kind are not provisioned",
            Self::NotActive => "it is not active in the source",
            Self::NotAssigned => "it is not assigned to the application",
            Self::NotEntitled => "it is not effectively entitled: its only role is Default Access",
            Self::Filtered => "it passes none of the scoping filters",
        })
    }
}
