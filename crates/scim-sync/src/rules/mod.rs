//! What is provisioned, and how: scope, matching and mappings.

mod coerce;
mod compile;
mod element;
mod error;
mod expression;
mod extension;
mod filter;
mod mapping;
mod ready_made;
mod regex;
mod row;
mod scope;
mod target;
#[cfg(test)]
mod tests;
mod values;
mod verdict;

use serde::{Deserialize, Serialize};

pub use self::compile::{CompiledMapping, CompiledRules};
pub use self::error::{MappingError, RulesError, RulesProblem};
pub use self::expression::{Expression, ExpressionError};
pub use self::mapping::{Apply, Mapping, ReferenceTo, SourceOf};
pub use self::row::Row;
pub use self::scope::{Clause, Operator, ScopingFilter};
pub use self::values::Values;
pub use self::verdict::{Scope, ScopeReason};
use crate::object::Kind;

/// The rules of a job.
///
/// They can be written as JSON and read back. A change of them makes the next cycle an initial one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Rules {
    /// How users become users.
    pub users: ObjectMapping,
    /// How groups become groups.
    pub groups: ObjectMapping,
    /// Who counts, before any filter.
    pub assignment: AssignmentScope,
    /// What the role Default Access is worth.
    pub default_access: DefaultAccess,
    /// Leaves alone who goes out of scope, instead of switching them off.
    pub skip_out_of_scope_deletions: bool,
    /// What happens to a value in the target when the source has none any more.
    pub nulls: Nulls,
    /// Does what Entra does where it departs from keeping the target true: late managers are not set, an id that is gone is
    /// a failure until a restart, and who was switched off first is not deleted later.
    pub entra_faithful: bool,
}

/// How one kind of objects is provisioned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ObjectMapping {
    /// Whether these objects are provisioned at all.
    pub enabled: bool,
    /// Whether new ones are created in the target.
    pub create: bool,
    /// Whether their values are updated in the target, which includes being switched off. Managers and members are written
    /// all the same: leave their mappings out where they must not be.
    pub update: bool,
    /// Whether they are deleted from the target.
    pub delete: bool,
    /// Who is in scope: whoever passes one of them, and everybody where there are none.
    pub filters: Vec<ScopingFilter>,
    /// What becomes of their attributes.
    pub mappings: Vec<Mapping>,
}

/// Whether an assignment to the application is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AssignmentScope {
    /// Only who is assigned, directly or as a direct member of an assigned group.
    #[default]
    Assigned,
    /// Everybody.
    All,
}

/// What an assignment with the role Default Access is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DefaultAccess {
    /// Nothing: such users are *not effectively entitled*, as it was until 2020.
    Exclude,
    /// As much as any role, as it is today.
    #[default]
    Include,
}

/// What happens to a value in the target when the source has none any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Nulls {
    /// It stays: nulls do not flow, as in Entra.
    #[default]
    Keep,
    /// It is removed, where this job has written it or read it there.
    Clear,
}

impl Rules {
    /// The mapping of this kind.
    #[must_use]
    pub fn mapping(&self, kind: Kind) -> &ObjectMapping {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }
}

impl Default for Rules {
    /// Nothing but ids: no attribute is mapped. See [`Rules::entra_to_atlassian`].
    fn default() -> Self {
        Self {
            users: ObjectMapping::default(),
            groups: ObjectMapping::default(),
            assignment: AssignmentScope::default(),
            default_access: DefaultAccess::default(),
            skip_out_of_scope_deletions: false,
            nulls: Nulls::default(),
            entra_faithful: false,
        }
    }
}

impl Default for ObjectMapping {
    /// Everything may be done, and nothing is mapped.
    fn default() -> Self {
        Self {
            enabled: true,
            create: true,
            update: true,
            delete: true,
            filters: Vec::new(),
            mappings: Vec::new(),
        }
    }
}
