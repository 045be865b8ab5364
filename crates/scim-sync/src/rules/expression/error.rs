//! What is wrong with an expression, and what goes wrong with a value.

use std::fmt;

/// Why an expression is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpressionError {
    words: String,
    position: usize,
}

impl ExpressionError {
    pub(super) fn new(position: usize, words: impl Into<String>) -> Self {
        Self { words: words.into(), position }
    }

    /// The byte at which the text goes wrong.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.words, self.position)
    }
}

impl std::error::Error for ExpressionError {}

/// Why an expression has no value for an object. Names are said, values are not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::rules) enum EvalError {
    /// A condition cannot be decided.
    #[error("`{0}` has no value, so `IIF` cannot decide; `Switch` takes \"\" as a key for that")]
    Undecided(String),
    /// A value is of a kind that the function does not take.
    #[error("`{function}` takes {expected} here, not {found}")]
    Type {
        /// The function.
        function: &'static str,
        /// What it takes.
        expected: &'static str,
        /// What it got.
        found: &'static str,
    },
    /// A condition is neither true nor false.
    #[error("the condition of `IIF` is neither true nor false")]
    NoCondition,
    /// Several roles where one is needed.
    #[error("the user has several roles of the application, and `SingleAppRoleAssignment` takes one")]
    SeveralRoles,
    /// A text grows beyond all measure.
    #[error("the text that `{0}` makes is longer than {MAX_TEXT} bytes")]
    TooLong(&'static str),
}

/// The longest text that a function makes, in bytes.
pub(super) const MAX_TEXT: usize = 1 << 20;
