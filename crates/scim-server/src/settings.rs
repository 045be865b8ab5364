//! What differs from tenant to tenant, and what a service offers at all.

use std::collections::HashMap;

use scim_core::{Limits, Profile, SchemaSet};

/// What is different for a tenant.
#[derive(Clone, Debug, Default)]
pub struct TenantSettings {
    pub(crate) profile: Option<Profile>,
    pub(crate) limits: Option<Limits>,
    pub(crate) schemas: HashMap<String, SchemaSet>,
}

impl TenantSettings {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With what this tenant's sender is let get away with.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// With limits of its own.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// With other schemas for a resource type, such as one extension more; discovery shows them.
    #[must_use]
    pub fn with_schemas(mut self, resource_type: impl Into<String>, schemas: SchemaSet) -> Self {
        self.schemas.insert(resource_type.into(), schemas);
        self
    }
}

/// What a service offers beyond the core of the protocol: all of it by default. Discovery tells what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// `/Bulk` (RFC 7644 §3.7).
    pub bulk: bool,
    /// `sortBy` (RFC 7644 §3.4.2.3); ignored without.
    pub sort: bool,
    /// Pages by cursor (RFC 9865); takes a key, see [`Builder::cursor_key`](crate::Builder::cursor_key).
    pub cursors: bool,
    /// Queries at the base URL, over all resource types (RFC 7644 §3.4.2.1).
    pub root_search: bool,
    /// Filters (RFC 7644 §3.4.2.2); refused without.
    pub filter: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { bulk: true, sort: true, cursors: true, root_search: true, filter: true }
    }
}

impl Features {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// With or without bulk requests.
    #[must_use]
    pub fn with_bulk(mut self, bulk: bool) -> Self {
        self.bulk = bulk;
        self
    }

    /// With or without sorting.
    #[must_use]
    pub fn with_sort(mut self, sort: bool) -> Self {
        self.sort = sort;
        self
    }

    /// With or without pages by cursor.
    #[must_use]
    pub fn with_cursors(mut self, cursors: bool) -> Self {
        self.cursors = cursors;
        self
    }

    /// With or without queries over all resource types.
    #[must_use]
    pub fn with_root_search(mut self, root_search: bool) -> Self {
        self.root_search = root_search;
        self
    }

    /// With or without filters.
    #[must_use]
    pub fn with_filter(mut self, filter: bool) -> Self {
        self.filter = filter;
        self
    }
}
