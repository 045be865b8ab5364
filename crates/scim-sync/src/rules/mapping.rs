//! Attribute mappings: what becomes of an attribute.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What one attribute of the target is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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
