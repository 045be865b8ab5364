//! Scoping filters: which objects count, by their attributes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A filter: an object passes when every clause is true of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopingFilter {
    /// What people call it, for logs.
    pub title: String,
    /// What has to be true of an object.
    pub clauses: Vec<Clause>,
}

/// One clause of a filter. It is false of an object that has no value, whatever the operator, except for `IS NULL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Clause {
    /// The attribute of the source.
    pub attribute: String,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with, where the operator compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// How a clause compares; spelled as in Entra's portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// The text holds the value.
    #[serde(rename = "&")]
    And,
    /// The text does not hold the value.
    #[serde(rename = "!&")]
    NotAnd,
    /// The text ends with the value.
    #[serde(rename = "ENDS_WITH")]
    EndsWith,
    /// The text is the value, in the same case.
    #[serde(rename = "EQUALS")]
    Equals,
    /// The text is another one.
    #[serde(rename = "NOT EQUALS")]
    NotEquals,
    /// Both are whole numbers from 0 on, and the attribute's is greater.
    #[serde(rename = "Greater_Than")]
    GreaterThan,
    /// Both are whole numbers from 0 on, and the attribute's is not less.
    #[serde(rename = "Greater_Than_OR_EQUALS")]
    GreaterThanOrEquals,
    /// The text holds the value, in the same case.
    #[serde(rename = "Includes")]
    Includes,
    /// It is `true`.
    #[serde(rename = "IS TRUE")]
    IsTrue,
    /// It is `false`.
    #[serde(rename = "IS FALSE")]
    IsFalse,
    /// It has no value.
    #[serde(rename = "IS NULL")]
    IsNull,
    /// It has a value.
    #[serde(rename = "IS NOT NULL")]
    IsNotNull,
    /// The regular expression matches somewhere in the text.
    #[serde(rename = "REGEX MATCH")]
    RegexMatch,
    /// The regular expression matches nowhere in the text.
    #[serde(rename = "NOT REGEX MATCH")]
    NotRegexMatch,
}

impl ScopingFilter {
    /// A filter that is passed when all of these are true.
    pub fn new(title: impl Into<String>, clauses: impl IntoIterator<Item = Clause>) -> Self {
        Self { title: title.into(), clauses: clauses.into_iter().collect() }
    }
}

impl Clause {
    /// A clause that compares.
    pub fn new(attribute: impl Into<String>, operator: Operator, value: impl Into<String>) -> Self {
        Self { attribute: attribute.into(), operator, value: Some(value.into()) }
    }

    /// A clause that compares with nothing, such as `IS NULL`.
    pub fn bare(attribute: impl Into<String>, operator: Operator) -> Self {
        Self { attribute: attribute.into(), operator, value: None }
    }
}

impl Operator {
    /// The operator as Entra's portal spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::And => "&",
            Self::NotAnd => "!&",
            Self::EndsWith => "ENDS_WITH",
            Self::Equals => "EQUALS",
            Self::NotEquals => "NOT EQUALS",
            Self::GreaterThan => "Greater_Than",
            Self::GreaterThanOrEquals => "Greater_Than_OR_EQUALS",
            Self::Includes => "Includes",
            Self::IsTrue => "IS TRUE",
            Self::IsFalse => "IS FALSE",
            Self::IsNull => "IS NULL",
            Self::IsNotNull => "IS NOT NULL",
            Self::RegexMatch => "REGEX MATCH",
            Self::NotRegexMatch => "NOT REGEX MATCH",
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
