//! What a key lets its holder do, and how that is kept.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scim_core::TenantId;
use scim_server::auth::{Access, Principal, Scopes};

use super::damaged;
use crate::document::db::Fault;

/// What a new key lets its holder do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub(super) tenant: TenantId,
    pub(super) subject: Option<String>,
    pub(super) everywhere: Access,
    pub(super) by_type: BTreeMap<String, Access>,
    pub(super) expires: Option<DateTime<Utc>>,
}

impl Grant {
    /// Everything that one customer has.
    #[must_use]
    pub fn all(tenant: TenantId) -> Self {
        Self { tenant, subject: None, everywhere: Access::Write, by_type: BTreeMap::new(), expires: None }
    }

    /// Reading all that one customer has.
    #[must_use]
    pub fn read_only(tenant: TenantId) -> Self {
        Self { everywhere: Access::Read, ..Self::all(tenant) }
    }

    /// The same with this access to one resource type, more or less than to the others.
    #[must_use]
    pub fn with(mut self, resource_type: impl Into<String>, access: Access) -> Self {
        self.by_type.insert(resource_type.into(), access);
        self
    }

    /// The same under a name of its own, for cursors and logs.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same up to a time.
    #[must_use]
    pub fn expires_at(mut self, time: DateTime<Utc>) -> Self {
        self.expires = Some(time);
        self
    }

    /// Whose resources it is about.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// From when on a key with it opens nothing, if ever.
    #[must_use]
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.expires
    }

    fn scopes(&self) -> Scopes {
        let scopes = match self.everywhere {
            Access::Write => Scopes::all(),
            Access::Read => Scopes::read_only(),
            Access::None => Scopes::default(),
        };
        self.by_type.iter().fold(scopes, |scopes, (name, access)| scopes.with(name.as_str(), *access))
    }

    pub(super) fn principal(&self) -> Principal {
        let principal = Principal::new(self.tenant.clone()).with_scopes(self.scopes());
        match &self.subject {
            Some(subject) => principal.with_subject(subject.as_str()),
            None => principal,
        }
    }
}

fn word(access: Access) -> &'static str {
    match access {
        Access::None => "none",
        Access::Read => "read",
        Access::Write => "write",
    }
}

/// The access to each type, and that to all others under `*`.
pub(super) fn write_scopes(grant: &Grant) -> String {
    let own = grant.by_type.iter().map(|(name, access)| (name.as_str(), word(*access)));
    let all: BTreeMap<&str, &str> = own.chain([("*", word(grant.everywhere))]).collect();
    serde_json::json!(all).to_string()
}

pub(super) fn read_scopes(text: &str) -> Result<(Access, BTreeMap<String, Access>), Fault> {
    let read: BTreeMap<String, String> = serde_json::from_str(text)?;
    let mut by_type = BTreeMap::new();
    for (name, word) in read {
        let access = match word.as_str() {
            "none" => Access::None,
            "read" => Access::Read,
            "write" => Access::Write,
            _ => return Err(damaged()),
        };
        by_type.insert(name, access);
    }
    let everywhere = by_type.remove("*").unwrap_or_default();
    Ok((everywhere, by_type))
}
