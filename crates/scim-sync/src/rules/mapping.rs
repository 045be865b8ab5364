//! Attribute mappings: what becomes of an attribute.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one attribute of the target is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Mapping {
    /// The target's attribute as a PATCH would name it, such as `emails[type eq "work"].value`.
    pub target: String,
    /// Where its value comes from.
    pub source: SourceOf,
    /// The value of a new resource when the source has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// When it is written.
    #[serde(default)]
    pub apply: Apply,
    /// Makes it a matching attribute: resources are looked for by the one with the lowest number first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<u32>,
}

/// Where the value of a mapping comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SourceOf {
    /// An attribute of the source as it is.
    Direct(String),
    /// Always this.
    Constant(Value),
    /// An expression, such as `Append([mailNickname], "@example.com")`.
    Expression(String),
    /// Nothing: only the default is written, to a new resource.
    None,
    /// Other objects: the ids of their resources.
    Reference(ReferenceTo),
}

/// Which other objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReferenceTo {
    /// The user's manager.
    Manager,
    /// The group's members.
    Members,
}

/// When a mapping is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Apply {
    /// With every creation and every change.
    #[default]
    Always,
    /// Only when the resource is created.
    OnlyDuringCreation,
}

impl Mapping {
    fn new(target: &str, source: SourceOf) -> Self {
        Self { target: target.to_owned(), source, default: None, apply: Apply::Always, matching: None }
    }

    /// The attribute of the source as it is.
    #[must_use]
    pub fn direct(target: &str, attribute: &str) -> Self {
        Self::new(target, SourceOf::Direct(attribute.to_owned()))
    }

    /// Always this value.
    #[must_use]
    pub fn constant(target: &str, value: impl Into<Value>) -> Self {
        Self::new(target, SourceOf::Constant(value.into()))
    }

    /// What an expression makes; see [`Expression`](crate::Expression).
    #[must_use]
    pub fn expression(target: &str, expression: &str) -> Self {
        Self::new(target, SourceOf::Expression(expression.to_owned()))
    }

    /// Nothing but a default, for a new resource.
    #[must_use]
    pub fn none(target: &str, default: impl Into<Value>) -> Self {
        Self::new(target, SourceOf::None).with_default(default)
    }

    /// Other objects.
    #[must_use]
    pub fn reference(target: &str, reference: ReferenceTo) -> Self {
        Self::new(target, SourceOf::Reference(reference))
    }

    /// Gives a new resource this value when the source has none.
    #[must_use]
    pub fn with_default(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }

    /// Makes it a matching attribute; the lowest precedence, from 1 on, comes first.
    #[must_use]
    pub fn with_matching(mut self, precedence: u32) -> Self {
        self.matching = Some(precedence);
        self
    }

    /// Writes it only when the resource is created.
    #[must_use]
    pub fn only_during_creation(mut self) -> Self {
        self.apply = Apply::OnlyDuringCreation;
        self
    }
}
