//! What a check works with: a store, two tenants, and words for what goes wrong.

use std::fmt::Debug;
use std::sync::Arc;

use scim_core::{
    AttrPath, Profile, Projection, Resource, ResourceId, SchemaUri, ScimError, ScimResource, attr,
};
use scim_filter::query::{Cursor, Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};
use scim_patch::PatchRequest;
use serde_json::{Value, json};

use super::StoreKit;
use crate::context::Context;
use crate::store::listing::Found;
use crate::store::page::with_common;
use crate::store::{Query, ResourceStore, Start, StoreError, Stored, Write, Written, complete, page};

pub(super) type Check = Result<(), Problem>;

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Problem {
    Wrong(String),
    Skipped(String),
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unsupported(what) => Self::Skipped(what),
            StoreError::Rejected(error) if error.status() == 501 => Self::Skipped(error.to_string()),
            error => Self::Wrong(format!("unexpected error: {error}")),
        }
    }
}

impl From<ScimError> for Problem {
    fn from(error: ScimError) -> Self {
        Self::Wrong(format!("unexpected error: {error}"))
    }
}

pub(super) fn wrong(what: impl Into<String>) -> Problem {
    Problem::Wrong(what.into())
}

pub(super) fn skip(why: &str) -> Problem {
    Problem::Skipped(why.to_owned())
}

/// Whether two things are equal, with a word for what they are.
pub(super) fn same<T: PartialEq + Debug>(what: &str, is: T, should_be: T) -> Check {
    if is == should_be { Ok(()) } else { Err(wrong(format!("{what}: {is:?} instead of {should_be:?}"))) }
}

pub(super) fn holds(what: &str, holds: bool) -> Check {
    if holds { Ok(()) } else { Err(wrong(what)) }
}

/// Whether an error is the one that has to come.
pub(super) fn fails<T>(
    what: &str,
    result: Result<T, StoreError>,
    expected: impl FnOnce(&StoreError) -> bool,
) -> Check {
    match result {
        Ok(_) => Err(wrong(format!("{what} succeeded"))),
        Err(error) if expected(&error) => Ok(()),
        Err(error @ StoreError::Unsupported(_)) => Err(error.into()),
        Err(error) => Err(wrong(format!("{what} failed with the wrong error: {error}"))),
    }
}

pub(super) fn not_found(error: &StoreError) -> bool {
    matches!(error, StoreError::NotFound)
}

pub(super) struct World<'a, S: ResourceStore> {
    pub(super) kit: &'a StoreKit<S::Resource>,
    pub(super) store: &'a S,
    pub(super) cx: Context,
    /// Of another tenant.
    pub(super) other: Context,
}

/// A page by cursor or index, as ids.
pub(super) struct Page {
    pub(super) ids: Vec<String>,
    pub(super) next: Option<Cursor>,
    pub(super) total: Option<u64>,
}

impl<'a, S: ResourceStore> World<'a, S> {
    pub(super) fn new(kit: &'a StoreKit<S::Resource>, store: &'a S) -> Result<Self, ScimError> {
        let cx = || {
            let tenant = StoreKit::<S::Resource>::tenant()?;
            Ok::<_, ScimError>(Context::new(tenant, &kit.resource_type, &kit.schemas))
        };
        Ok(Self { kit, store, cx: cx()?, other: cx()? })
    }

    pub(super) fn text(&self) -> Result<&'a AttrPath, Problem> {
        self.kit.text.as_ref().ok_or_else(|| skip("the type has no plain text"))
    }

    pub(super) fn unique(&self) -> Result<&'a AttrPath, Problem> {
        self.kit.unique.as_ref().ok_or_else(|| skip("the type has no unique text"))
    }

    pub(super) fn list(&self) -> Result<&'a AttrPath, Problem> {
        self.kit.list.as_ref().ok_or_else(|| skip("the type has no members"))
    }

    pub(super) fn is_required(&self, path: &AttrPath) -> bool {
        let resolved = self.kit.schemas.resolve(path);
        resolved.is_ok_and(|resolved| resolved.leaf().is_some_and(|leaf| leaf.required()))
    }

    pub(super) fn made(&self, n: usize, attributes: &[(&AttrPath, Value)]) -> Result<S::Resource, Problem> {
        Ok(self.kit.made(n, attributes)?)
    }

    pub(super) async fn create(&self, n: usize) -> Result<Stored<S::Resource>, Problem> {
        self.create_with(n, &[]).await
    }

    pub(super) async fn create_with(
        &self,
        n: usize,
        attributes: &[(&AttrPath, Value)],
    ) -> Result<Stored<S::Resource>, Problem> {
        let new = self.made(n, attributes)?;
        Ok(self.store.create(&self.cx, new, &Write::unchecked()).await?.stored)
    }

    pub(super) async fn get(&self, id: &ResourceId) -> Result<Stored<S::Resource>, StoreError> {
        self.store.get(&self.cx, id, &Projection::default()).await
    }

    /// The value of an attribute, as the store has it now.
    pub(super) async fn value(&self, id: &ResourceId, path: &AttrPath) -> Result<Option<Value>, Problem> {
        let stored = self.get(id).await?;
        Ok(complete(&stored).await?.get(path).cloned())
    }

    pub(super) async fn patch(
        &self,
        id: &ResourceId,
        operations: Value,
        write: &Write<'_>,
    ) -> Result<Written<S::Resource>, StoreError> {
        let body = json!({"schemas": [SchemaUri::PATCH_OP], "Operations": operations});
        let patch = PatchRequest::parse(body, &self.kit.schemas, &Profile::rfc())?;
        self.store.patch(&self.cx, id, &patch, write).await
    }

    pub(super) fn query(
        &self,
        filter: Option<&Filter>,
        sort: Option<(&AttrPath, SortOrder)>,
    ) -> Result<Query, Problem> {
        let filter = filter.map(|filter| filter.check(&self.kit.schemas)).transpose();
        let filter = filter.map_err(ScimError::from)?;
        let sort = sort.map(|(by, order)| {
            Sort { by: by.clone(), order }.check(&self.kit.schemas, &CheckOptions::default())
        });
        Ok(Query { sort: sort.transpose()?, ..Query::of(filter, 1000) })
    }

    /// What the store answers, where it leaves the work to the engine with the engine's work done.
    pub(super) async fn page(&self, query: &Query) -> Result<Page, Problem> {
        let listing = self.store.query(&self.cx, query).await?;
        let listing = listing.try_map(|stored| -> Result<_, ScimError> {
            let resource = dynamic(&stored)?;
            let stored = stored.try_map(|_| Ok::<_, ScimError>(resource))?;
            let whole = with_common(&stored, self.cx.resource_type());
            stored.try_map(|_| Ok(whole))
        })?;
        let listing = match listing.0 {
            Found::All(items) => page(items, query)?,
            found => crate::store::Listing(found),
        };
        let ids = |items: Vec<Stored<Resource>>| -> Vec<String> {
            items.into_iter().map(|stored| stored.id.as_str().to_owned()).collect()
        };
        match (listing.0, &query.start) {
            (Found::Page { items, total }, Start::Index(_)) => {
                Ok(Page { ids: ids(items), next: None, total: Some(total) })
            }
            (Found::Cursor { items, next, total }, Start::After(_)) => {
                Ok(Page { ids: ids(items), next, total })
            }
            (Found::Page { .. }, _) => Err(wrong("a page by index where one by cursor was asked for")),
            _ => Err(wrong("a page by cursor where one by index was asked for")),
        }
    }

    /// The ids of all that a filter lets through.
    pub(super) async fn find(&self, filter: &str) -> Result<Vec<String>, Problem> {
        let filter = Filter::parse(filter).map_err(ScimError::from)?;
        let query = self.query(Some(&filter), None)?;
        let mut ids = self.page(&query).await?.ids;
        ids.sort_unstable();
        Ok(ids)
    }

    pub(super) async fn delete(&self, id: &ResourceId) -> Result<(), Problem> {
        self.store.delete(&self.cx, id, &Write::unchecked()).await?;
        Ok(())
    }
}

pub(super) fn dynamic<R: ScimResource>(stored: &Stored<R>) -> Result<Arc<Resource>, ScimError> {
    R::to_resource(&stored.resource)
}

/// The same content but for what the store says itself.
pub(super) fn same_content(what: &str, is: &Resource, should_be: &Resource) -> Check {
    let content = |resource: &Resource| {
        let mut map = resource.as_map().clone();
        for own in [attr::ID, attr::META, attr::SCHEMAS, attr::GROUPS] {
            map.remove(own.name().map_or("", |name| name.as_str()));
        }
        map
    };
    same(what, content(is), content(should_be))
}

pub(super) fn replace(path: &AttrPath, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path.to_string(), "value": value.into()}])
}

pub(super) fn sorted<'a, R: 'a>(stored: impl IntoIterator<Item = &'a Stored<R>>) -> Vec<String> {
    let mut ids: Vec<String> = stored.into_iter().map(|stored| stored.id.as_str().to_owned()).collect();
    ids.sort_unstable();
    ids
}
