//! Lists that need not fit into memory: read piece by piece while an answer is written.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use scim_core::{AttrPath, Resource, ScimResource};
use serde_json::Value;

use super::erased::BoxFuture;
use super::{StoreError, Stored};

/// Reads a long list piece by piece.
///
/// It holds on to nothing between two pieces: each says itself where the next one begins.
pub trait ListSource: Send + Sync + 'static {
    /// The elements after a place that this source named, or from the front; about so many.
    ///
    /// # Errors
    /// The answer breaks off.
    fn page(
        &self,
        after: Option<&str>,
        count: usize,
    ) -> impl Future<Output = Result<ListPage, StoreError>> + Send;
}

/// A piece of a long list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListPage {
    /// The elements, as they stand in a resource.
    pub elements: Vec<Value>,
    /// Where the next piece begins; nothing when this is the last.
    pub next: Option<String>,
}

/// A list of a resource that is read piece by piece.
#[derive(Clone)]
pub struct LongList {
    attribute: AttrPath,
    source: Arc<dyn ErasedSource>,
}

trait ErasedSource: Send + Sync {
    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        count: usize,
    ) -> BoxFuture<'a, Result<ListPage, StoreError>>;
}

impl<S: ListSource> ErasedSource for S {
    fn page<'a>(
        &'a self,
        after: Option<&'a str>,
        count: usize,
    ) -> BoxFuture<'a, Result<ListPage, StoreError>> {
        Box::pin(ListSource::page(self, after, count))
    }
}

impl LongList {
    /// The list of this attribute, such as [`attr::MEMBERS`](scim_core::attr::MEMBERS).
    #[must_use]
    pub fn new(attribute: AttrPath, source: impl ListSource) -> Self {
        Self { attribute, source: Arc::new(source) }
    }

    /// The attribute.
    #[must_use]
    pub fn attribute(&self) -> &AttrPath {
        &self.attribute
    }

    /// The elements after a place that an earlier piece named, or from the front.
    ///
    /// # Errors
    /// Those of the source.
    pub async fn page(&self, after: Option<&str>, count: usize) -> Result<ListPage, StoreError> {
        self.source.page(after, count).await
    }

    /// All elements.
    ///
    /// # Errors
    /// Those of the source.
    pub async fn all(&self) -> Result<Vec<Value>, StoreError> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.page(after.as_deref(), PIECE).await?;
            all.extend(page.elements);
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(all),
            }
        }
    }
}

impl fmt::Debug for LongList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongList").field("attribute", &self.attribute).finish_non_exhaustive()
    }
}

/// Elements in one piece.
pub(crate) const PIECE: usize = 1_000;

/// The resource with its long lists, for what has to see all of it.
pub(crate) async fn complete<R: ScimResource>(stored: &Stored<R>) -> Result<Arc<Resource>, StoreError> {
    let resource = R::to_resource(&stored.resource)?;
    if stored.long_lists.is_empty() {
        return Ok(resource);
    }
    let mut resource = (*resource).clone();
    for list in &stored.long_lists {
        let elements = list.all().await?;
        if !elements.is_empty() {
            resource.set(list.attribute(), Value::Array(elements))?;
        }
    }
    Ok(Arc::new(resource))
}
