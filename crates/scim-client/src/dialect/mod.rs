//! What a server cannot do, and how it wants things said.

mod known;

use std::collections::BTreeMap;

use scim_core::{AttrPath, ScimError, ServiceProviderConfig};
use serde::{Deserialize, Serialize};

/// What a server cannot do, and how it wants things said: data that can be saved, shown and restored.
///
/// A client begins with one of the known dialects, or with [`Dialect::rfc`]; [`Client::discover`](crate::Client::discover)
/// and answers such as 413 and 501 teach it more. What it has learned is worth keeping:
///
/// ```
/// use scim_client::Dialect;
///
/// let mut dialect = Dialect::atlassian();
/// dialect.member_chunk = Some(500);
/// let saved = serde_json::to_string(&dialect)?;
/// assert_eq!(serde_json::from_str::<Dialect>(&saved)?, dialect);
/// // What a file from an earlier version does not say is as the RFCs have it.
/// assert_eq!(serde_json::from_str::<Dialect>("{}")?.patch, Dialect::rfc().patch);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// Endpoints are named as `/Users` and `/Groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Dialect {
    /// What it is called, for people.
    pub name: String,
    /// Whether the server takes PATCH. Where it does not, a change is a GET and a PUT.
    pub patch: bool,
    /// How a PATCH is written.
    pub patch_form: PatchForm,
    /// Endpoints whose resources are changed with GET and PUT, though the server may take PATCH elsewhere.
    pub put_instead_of_patch: Vec<String>,
    /// Endpoints that take no PUT.
    pub no_put: Vec<String>,
    /// How many members may come and go in one request; halved by each answer 413.
    pub member_chunk: Option<usize>,
    /// How many resources a page is asked for at the most.
    pub page_cap: Option<u64>,
    /// Whether lists come page by page at all.
    pub paging: bool,
    /// Whether lists are read by cursor (RFC 9865).
    pub cursor: bool,
    /// The attributes that an endpoint can be searched by; an endpoint that is not named is taken at its word.
    pub filterable: BTreeMap<String, Vec<AttrPath>>,
    /// The attributes that cannot be changed once a resource is there, such as the name of a group.
    pub immutable: BTreeMap<String, Vec<AttrPath>>,
    /// The attributes that come back otherwise than they were sent; a look-up is not judged by them.
    pub rewritten: Vec<AttrPath>,
    /// Whether a list or a resource shows the members of a group.
    pub shows_members: bool,
    /// What a bulk request may hold; nothing where there is no bulk.
    pub bulk: Option<BulkLimits>,
    /// Whether resources have versions that `If-Match` may name.
    pub etag: bool,
    /// What becomes of a resource that is deleted; it is gone where nothing is said.
    pub delete: BTreeMap<String, Deletion>,
    /// Whether a look-up that finds nothing is answered with 404, in place of an empty list.
    pub lookup_404_is_none: bool,
    /// Whether every 404 means that the resource is gone, even with a body that is not of SCIM.
    pub any_404_is_not_found: bool,
}

/// How a PATCH is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PatchForm {
    /// As the RFC has it.
    #[default]
    Rfc,
    /// With a path in every operation, which selects one element at the most.
    Explicit,
    /// As Entra ID writes.
    Entra,
    /// As Entra ID writes with its flag `aadOptscim062020`.
    EntraScim062020,
}

/// What a bulk request may hold (RFC 7644 §3.7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkLimits {
    /// Operations.
    pub max_operations: usize,
    /// Bytes.
    pub max_payload_size: usize,
}

/// What becomes of a resource that is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Deletion {
    /// It is gone.
    #[default]
    Removes,
    /// It is there, with `active` false.
    Deactivates,
    /// It is deactivated and no longer visible under its id; whoever creates it again gets another id.
    Unlinks,
    /// It is suspended and cannot come back.
    Suspends,
}

impl Default for Dialect {
    /// [`Dialect::rfc`].
    fn default() -> Self {
        Self::rfc()
    }
}

impl From<PatchForm> for scim_patch::Dialect {
    fn from(form: PatchForm) -> Self {
        match form {
            PatchForm::Rfc => Self::Rfc,
            PatchForm::Explicit => Self::Explicit,
            PatchForm::Entra => Self::Entra,
            PatchForm::EntraScim062020 => Self::EntraScim062020,
        }
    }
}

impl Dialect {
    /// Whether a change of a resource of this endpoint is sent as PATCH.
    #[must_use]
    pub fn patches(&self, endpoint: &str) -> bool {
        self.patch && !self.put_instead_of_patch.iter().any(|one| one == endpoint)
    }

    /// What becomes of a resource of this endpoint that is deleted.
    #[must_use]
    pub fn deletion(&self, endpoint: &str) -> Deletion {
        self.delete.get(endpoint).copied().unwrap_or_default()
    }

    /// Takes over what the server says of itself. It can take abilities away and set bounds; what is known to be missing
    /// does not come back because a document says so.
    ///
    /// `filter.maxResults` is no page size: servers advertise 10,000 and send 100.
    pub fn learn(&mut self, config: &ServiceProviderConfig) {
        self.patch &= config.patch.supported;
        self.etag &= config.etag.supported;
        if let Some(bulk) = &mut self.bulk {
            let bound = |now: usize, said: u64| match usize::try_from(said) {
                Ok(0) => now,
                Ok(said) => said,
                Err(_) => now,
            };
            bulk.max_operations = bound(bulk.max_operations, config.bulk.max_operations);
            bulk.max_payload_size = bound(bulk.max_payload_size, config.bulk.max_payload_size);
        }
        if !config.bulk.supported {
            self.bulk = None;
        }
        if let Some(pagination) = &config.pagination {
            let default = pagination.default_pagination_method.as_deref();
            self.cursor = pagination.cursor && (!pagination.index || default == Some("cursor"));
            if let Some(most) = pagination.max_page_size.filter(|most| *most > 0) {
                self.page_cap = Some(self.page_cap.map_or(most, |cap| cap.min(most)));
            }
        }
    }

    /// # Errors
    /// When the endpoint does not search by one of these attributes.
    pub(crate) fn check_filter(&self, endpoint: &str, paths: &[AttrPath]) -> Result<(), ScimError> {
        let Some(known) = self.filterable.get(endpoint) else { return Ok(()) };
        match paths.iter().find(|path| !known.contains(&(*path).clone().without_schema())) {
            Some(path) => Err(ScimError::invalid_filter(format!(
                "`{endpoint}` of this server cannot be searched by `{path}`"
            ))),
            None => Ok(()),
        }
    }

    /// # Errors
    /// When one of these attributes cannot be changed.
    pub(crate) fn check_change<'a>(
        &self,
        endpoint: &str,
        mut paths: impl Iterator<Item = &'a AttrPath>,
    ) -> Result<(), ScimError> {
        let Some(fixed) = self.immutable.get(endpoint) else { return Ok(()) };
        match paths.find(|path| fixed.contains(&(*path).clone().without_schema())) {
            Some(path) => Err(ScimError::mutability(path, "cannot be changed on this server")),
            None => Ok(()),
        }
    }
}
