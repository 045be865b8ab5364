//! What a source hands over: users and groups as the directory has them, before anything is mapped.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The two kinds of objects that are provisioned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person's account.
    User,
    /// A group of them.
    Group,
}

/// The id of an object in the source; never an id of the target, which is a [`ResourceId`](scim_core::ResourceId).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceId(Arc<str>);

/// A user or a group, in full.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceObject {
    /// Whether it is a user or a group.
    pub kind: Kind,
    /// Its id in the source.
    pub id: SourceId,
    /// Its attributes, by the names that mappings and scoping filters use, such as `userPrincipalName`. References are
    /// not among them.
    pub attributes: Map<String, Value>,
    /// Whether it lies in the recycle bin.
    pub soft_deleted: bool,
    /// The roles of the application that it has, directly or as a direct member of a group that has them.
    pub assignments: Vec<Assignment>,
    /// A user's manager.
    pub manager: Option<SourceId>,
    /// A group's direct members.
    pub members: Members,
}

/// The members of a group, as a source hands them over.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Members {
    /// Nothing about them has changed, or the object has none by its kind.
    #[default]
    Unchanged,
    /// These are all.
    All(Vec<SourceId>),
    /// These came and went since the watermark. Saying again what is known already does no harm.
    Delta {
        /// Who came.
        added: Vec<SourceId>,
        /// Who went.
        removed: Vec<SourceId>,
    },
}

/// One role of the application that somebody has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Assignment {
    /// The role.
    pub role: Role,
    /// The assigned group that it comes through; none for a direct assignment.
    pub through: Option<SourceId>,
}

/// A role of the application.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The role that is none: its id is all zeros in Entra.
    DefaultAccess,
    /// Any other.
    Named(String),
}

/// What happened to an object of the source.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is there, as it is now.
    Present(SourceObject),
    /// It is gone for good.
    Deleted {
        /// What it was.
        kind: Kind,
        /// Its id.
        id: SourceId,
    },
}

impl Kind {
    /// `user` or `group`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl SourceId {
    /// Takes any text.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceId({:?})", &self.0)
    }
}

impl From<&str> for SourceId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl From<String> for SourceId {
    fn from(id: String) -> Self {
        Self(id.into())
    }
}

impl FromStr for SourceId {
    type Err = std::convert::Infallible;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Ok(id.into())
    }
}

impl SourceObject {
    /// A user without attributes.
    pub fn user(id: impl Into<SourceId>) -> Self {
        Self::new(Kind::User, id.into())
    }

    /// A group without attributes, whose members have not changed.
    pub fn group(id: impl Into<SourceId>) -> Self {
        Self::new(Kind::Group, id.into())
    }

    fn new(kind: Kind, id: SourceId) -> Self {
        Self {
            kind,
            id,
            attributes: Map::new(),
            soft_deleted: false,
            assignments: Vec::new(),
            manager: None,
            members: Members::Unchanged,
        }
    }

    /// The same with this attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// An attribute that has a value: `null`, `""` and `[]` are none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(list) => !list.is_empty(),
            _ => true,
        })
    }

    /// Whether it is neither in the recycle bin nor switched off (`accountEnabled`).
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.soft_deleted && self.attributes.get("accountEnabled") != Some(&Value::Bool(false))
    }

    /// How people call it, for logs: its user principal name, its display name, or its id.
    #[must_use]
    pub fn display_name(&self) -> &str {
        let names: &[&str] = match self.kind {
            Kind::User => &["userPrincipalName", "displayName"],
            Kind::Group => &["displayName"],
        };
        let name = names.iter().find_map(|name| self.get(name)?.as_str());
        name.unwrap_or(self.id.as_str())
    }
}

impl Change {
    /// What it happened to.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Present(object) => object.kind,
            Self::Deleted { kind, .. } => *kind,
        }
    }

    /// The id of what it happened to.
    #[must_use]
    pub fn id(&self) -> &SourceId {
        match self {
            Self::Present(object) => &object.id,
            Self::Deleted { id, .. } => id,
        }
    }
}
