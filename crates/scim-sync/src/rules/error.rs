//! What is wrong with rules, and with the values that they make.

use std::fmt;

use super::expression::EvalError;

/// Why rules cannot be used: everything that is wrong with them.
///
/// ```
/// use scim_sync::{Mapping, Rules};
///
/// let mut rules = Rules::entra_to_atlassian();
/// rules.users.mappings.push(Mapping::expression("title", "ToUper([jobTitle])"));
/// rules.users.mappings.push(Mapping::direct("id", "objectId"));
/// let error = rules.compile().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "users, mapping 7 `title`: there is no function `ToUper`; did you mean `ToUpper`?, at byte 0; \
///      users, mapping 8 `id`: the target gives it, so it cannot be mapped"
/// );
/// assert_eq!(error.problems()[0].position(), Some(0));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesError {
    problems: Vec<RulesProblem>,
}

/// One thing that is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesProblem {
    place: String,
    words: String,
    position: Option<usize>,
}

impl RulesError {
    /// An error where there is a problem.
    pub(super) fn of(problems: Vec<RulesProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }

    /// The problems, in the order of the rules; there is at least one.
    #[must_use]
    pub fn problems(&self) -> &[RulesProblem] {
        &self.problems
    }
}

impl RulesProblem {
    pub(super) fn new(place: &str, words: impl Into<String>) -> Self {
        Self { place: place.to_owned(), words: words.into(), position: None }
    }

    pub(super) fn at(mut self, position: Option<usize>) -> Self {
        self.position = position;
        self
    }

    /// The mapping or the filter, such as ``users, mapping 2 `active` ``; counted from 1.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The byte in the expression or path at which it goes wrong.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for RulesError {}

impl fmt::Display for RulesProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.words)
    }
}

/// Why the values of an object cannot be written. Names are said, values are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingError {
    target: String,
    kind: MappingErrorKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MappingErrorKind {
    /// The expression has no value.
    Expression(EvalError),
    /// The value is not of the attribute's type.
    Type(Misfit),
    /// A required attribute has no value.
    Missing,
}

/// What an attribute takes, and what it should have taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub(super) expected: &'static str,
    pub(super) found: &'static str,
}

impl MappingError {
    pub(super) fn new(target: &str, kind: MappingErrorKind) -> Self {
        Self { target: target.to_owned(), kind }
    }

    /// The attribute of the target.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The code for logs: `SchemaPropertyCanOnlyAcceptValue`, `MissingValues` or `MandatoryFieldsMissing`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            MappingErrorKind::Expression(EvalError::Undecided(_)) => "MissingValues",
            MappingErrorKind::Missing => "MandatoryFieldsMissing",
            MappingErrorKind::Expression(_) | MappingErrorKind::Type(_) => "SchemaPropertyCanOnlyAcceptValue",
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            MappingErrorKind::Expression(error) => write!(f, "`{}`: {error}", self.target),
            MappingErrorKind::Type(misfit) => write!(f, "`{}` {misfit}", self.target),
            MappingErrorKind::Missing => write!(f, "`{}` is required and has no value", self.target),
        }
    }
}

impl std::error::Error for MappingError {}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "takes {}, not {}", self.expected, self.found)
    }
}
