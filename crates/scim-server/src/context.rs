//! Who asks for what: what every call of a store, a rule and an observer is given.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use scim_core::{Profile, SchemaSet, TenantId};

use crate::auth::Principal;

/// Who asks, for which tenant and resource type, and when. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    principal: Arc<Principal>,
    resource_type: Arc<str>,
    schemas: SchemaSet,
    profile: Profile,
    operation: Operation,
    now: DateTime<Utc>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// POST of a new resource.
    Create,
    /// GET of one resource.
    Get,
    /// A query.
    Query,
    /// PUT.
    Replace,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
    /// A bulk request as a whole; its operations are what they are.
    Bulk,
    /// The documents that describe the service.
    Discovery,
}

impl Operation {
    /// A word for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Get => "get",
            Self::Query => "query",
            Self::Replace => "replace",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::Bulk => "bulk",
            Self::Discovery => "discovery",
        }
    }

    /// Whether it changes anything.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Replace | Self::Patch | Self::Delete)
    }
}

impl Context {
    /// For a call that the application makes itself, or a test.
    ///
    /// ```
    /// use scim_core::{SchemaSet, TenantId};
    /// use scim_server::Context;
    ///
    /// let cx = Context::new(TenantId::new("acme")?, "User", SchemaSet::user());
    /// assert_eq!(cx.tenant().as_str(), "acme");
    /// # Ok::<(), scim_core::ScimError>(())
    /// ```
    #[must_use]
    pub fn new(tenant: TenantId, resource_type: &str, schemas: &SchemaSet) -> Self {
        Self {
            principal: Arc::new(Principal::new(tenant)),
            resource_type: resource_type.into(),
            schemas: schemas.clone(),
            profile: Profile::default(),
            operation: Operation::Get,
            now: Utc::now(),
        }
    }

    /// The same at another time, for a test.
    #[must_use]
    pub fn with_now(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    /// The same for another operation.
    #[must_use]
    pub fn with_operation(mut self, operation: Operation) -> Self {
        self.operation = operation;
        self
    }

    pub(crate) fn of(
        principal: Arc<Principal>,
        resource_type: Arc<str>,
        schemas: SchemaSet,
        profile: Profile,
        operation: Operation,
        now: DateTime<Utc>,
    ) -> Self {
        Self { principal, resource_type, schemas, profile, operation, now }
    }

    /// The customer. There is always one: nothing is read or written without it.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        self.principal.tenant()
    }

    /// Who asks.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The name of the resource type, such as `User`.
    #[must_use]
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// The schemas of the resource type, with the adjustments for this tenant.
    #[must_use]
    pub fn schemas(&self) -> &SchemaSet {
        &self.schemas
    }

    /// What this tenant's sender is let get away with.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// What is being done.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The time of the request: one for all that it writes.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("tenant", self.tenant())
            .field("resource_type", &self.resource_type)
            .field("operation", &self.operation)
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
