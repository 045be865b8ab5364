//! Somebody who was let in, and what they may do.

use std::collections::BTreeMap;

use scim_core::TenantId;

/// Somebody who was let in: for which tenant, as whom, and to do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    tenant: TenantId,
    subject: Option<String>,
    scopes: Scopes,
}

/// What somebody may do. Empty is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    everywhere: Access,
    by_type: BTreeMap<String, Access>,
}

/// What somebody may do with the resources of a type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Nothing.
    #[default]
    None,
    /// Read.
    Read,
    /// Read and write.
    Write,
}

impl Principal {
    /// Somebody of this tenant who may do nothing yet.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self { tenant, subject: None, scopes: Scopes::default() }
    }

    /// With these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// With a name of their own, for `/Me`, cursors and logs.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The customer.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Who it is, if the authenticator says so.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    /// What they may do.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}

impl Scopes {
    /// Everything, for all resource types.
    #[must_use]
    pub fn all() -> Self {
        Self { everywhere: Access::Write, by_type: BTreeMap::new() }
    }

    /// Reading, for all resource types.
    #[must_use]
    pub fn read_only() -> Self {
        Self { everywhere: Access::Read, by_type: BTreeMap::new() }
    }

    /// The same with this access to one resource type, more or less than to the others.
    ///
    /// ```
    /// use scim_server::auth::{Access, Scopes};
    ///
    /// let scopes = Scopes::read_only().with("Group", Access::Write);
    /// assert!(scopes.allows("Group", Access::Write) && !scopes.allows("User", Access::Write));
    /// ```
    #[must_use]
    pub fn with(mut self, resource_type: impl Into<String>, access: Access) -> Self {
        self.by_type.insert(resource_type.into(), access);
        self
    }

    /// Whether they allow this.
    #[must_use]
    pub fn allows(&self, resource_type: &str, access: Access) -> bool {
        *self.by_type.get(resource_type).unwrap_or(&self.everywhere) >= access
    }
}
