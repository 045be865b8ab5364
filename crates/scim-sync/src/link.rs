//! What a job knows about one object: which resource of the target it is, and what was last written to it.

use std::collections::BTreeMap;

use scim_core::ResourceId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::object::{Kind, SourceId};

/// An object of the source, and the resource of the target that it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Link {
    /// What it is.
    pub kind: Kind,
    /// Its id in the source.
    pub source: SourceId,
    /// Its id in the target.
    pub target: ResourceId,
    /// Whether it was in scope when it was last looked at.
    pub in_scope: bool,
    /// What the target has, as far as this job has read or written it: by the targets of mappings.
    pub values: BTreeMap<String, Value>,
    /// The manager that the target has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<Reference>,
    /// Whether members of the group have still to be written, so that what changed of them does not suffice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub members_due: bool,
    /// Whether a write began of which nobody knows how it ended: what the target has must be read before it is relied on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
    /// The same, of the members of a group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub members_unsure: bool,
    /// What the target refused to change: it is not asked for the same again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, Value>,
}

/// Another object, by both of its ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Its id in the source.
    pub source: SourceId,
    /// Its id in the target when the reference was written.
    pub target: ResourceId,
}

impl Link {
    /// A new one, of which nothing is known but the ids.
    #[must_use]
    pub fn new(kind: Kind, source: SourceId, target: ResourceId) -> Self {
        Self {
            kind,
            source,
            target,
            in_scope: true,
            values: BTreeMap::new(),
            manager: None,
            members_due: kind == Kind::Group,
            unsure: false,
            members_unsure: false,
            refused: BTreeMap::new(),
        }
    }
}
