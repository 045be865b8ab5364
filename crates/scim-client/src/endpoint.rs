//! The operations on the resources of one endpoint, RFC 7644 §3.3 to §3.6.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use http::{Method, StatusCode};
use scim_core::{AttrPath, Resource, ResourceId, SchemaSet, ScimError, ScimResource, Version};
use scim_filter::Filter;
use scim_filter::query::{ProjectionParams, Query};

use crate::base::resource_path;
use crate::client::Client;
use crate::error::{Error, UnexpectedKind};
use crate::exchange::{Ask, Condition, Success};
use crate::pages::Pages;
use crate::read::{Fetched, Reader};
use crate::write;

/// The resources at one endpoint: [`Client::users`], [`Client::groups`], [`Client::resources`].
///
/// ```
/// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
/// use scim_core::{User, attr};
/// use scim_filter::Filter;
///
/// let users = client.users();
/// let filter = Filter::eq(attr::USER_NAME, "bjensen");
/// let mut user = match users.find(&filter).await? {
///     Some(user) => user,
///     None => users.create(&User { user_name: "bjensen".into(), ..User::default() }).await?,
/// };
/// user.active = Some(false);
/// let id = user.id.clone().expect("servers give an id");
/// users.replace(&id, &user.resource, user.version.as_ref()).await?;
/// # Ok(())
/// # }
/// ```
pub struct Endpoint<T> {
    pub(crate) client: Client,
    pub(crate) path: Arc<str>,
    pub(crate) reader: Reader,
    pub(crate) projection: ProjectionParams,
    kind: PhantomData<fn() -> T>,
}

impl<T> Endpoint<T> {
    pub(crate) fn new(client: Client, path: Arc<str>, schemas: SchemaSet, direct: bool) -> Self {
        let reader = Reader { schemas, direct, types: None };
        Self { client, path, reader, projection: ProjectionParams::Default, kind: PhantomData }
    }

    /// The same resources without a type.
    #[must_use]
    pub fn untyped(&self) -> Endpoint<Resource> {
        let schemas = self.reader.schemas.clone();
        Endpoint::new(self.client.clone(), Arc::clone(&self.path), schemas, false)
    }

    /// The same resources, of which answers hold only these attributes (RFC 7644 §3.9).
    ///
    /// A part of a resource is a [`Resource`] and no `User`: written back, a `User` with holes would wipe what was not read.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// use scim_core::attr;
    /// use scim_filter::query::{ProjectionParams, Query};
    ///
    /// let without_members = ProjectionParams::ExcludedAttributes(vec![attr::MEMBERS]);
    /// let mut pages = client.groups().projected(without_members).list(Query::default());
    /// while let Some(page) = pages.next().await? {
    ///     for group in &page.resources {
    ///         println!("{:?}", group.get(&attr::DISPLAY_NAME));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn projected(&self, projection: ProjectionParams) -> Endpoint<Resource> {
        Endpoint { projection, ..self.untyped() }
    }

    pub(crate) fn resource_path(&self, id: &ResourceId) -> Result<String, Error> {
        resource_path(&self.path, id).map_err(Error::request)
    }

    /// The parameters of a request about one resource.
    pub(crate) fn parameters(&self) -> String {
        match &self.projection {
            ProjectionParams::Default => String::new(),
            projection => Query { projection: projection.clone(), ..Query::default() }.to_query_string(),
        }
    }

    pub(crate) fn matching(&self, version: Option<&Version>) -> Condition {
        match version {
            Some(version) if self.client.dialect().etag => Condition::IfMatch(version.clone()),
            _ => Condition::None,
        }
    }
}

impl<T: ScimResource> Endpoint<T> {
    /// Reads a resource (RFC 7644 §3.4.1).
    ///
    /// # Errors
    /// [`Error::is_not_found`] where there is none.
    pub async fn get(&self, id: &ResourceId) -> Result<Fetched<T>, Error> {
        let ask = Ask::new(Method::GET, self.resource_path(id)?).with_query(self.parameters());
        let success = self.client.exchange(&ask).await.0?;
        self.read(&success, Some(id))
    }

    /// Reads a resource, unless it is still at this version (RFC 7644 §3.14).
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn get_if_changed(
        &self,
        id: &ResourceId,
        version: &Version,
    ) -> Result<Option<Fetched<T>>, Error> {
        let condition = match self.client.dialect().etag {
            true => Condition::IfNoneMatch(version.clone()),
            false => Condition::None,
        };
        let ask = Ask::new(Method::GET, self.resource_path(id)?)
            .with_query(self.parameters())
            .with_condition(condition);
        let success = self.client.exchange(&ask).await.0?;
        if success.status == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        self.read(&success, Some(id)).map(Some)
    }

    /// The resource of an answer, which has to be the one that was asked for.
    pub(crate) fn read(&self, success: &Success, id: Option<&ResourceId>) -> Result<Fetched<T>, Error> {
        let fetched = self.reader.one::<T>(success, &self.client.0.limits)?;
        match (&fetched.id, id) {
            (Some(found), Some(id)) if found != id => {
                let detail = format!("it has the id {}", scim_core::quote(found.as_str()));
                Err(success.odd(UnexpectedKind::OtherResource, detail))
            }
            _ => Ok(fetched),
        }
    }

    /// All resources that a query asks for, page by page, with GET (RFC 7644 §3.4.2).
    #[must_use]
    pub fn list(&self, query: Query) -> Pages<T> {
        Pages::new(self.clone(), query, false)
    }

    /// The same with POST to `/.search` (RFC 7644 §3.4.3): for filters that are long, or that must not be in a URL.
    #[must_use]
    pub fn search(&self, query: Query) -> Pages<T> {
        Pages::new(self.clone(), query, true)
    }

    /// Replaces a resource (RFC 7644 §3.5.1), if it is at this version where one is given.
    ///
    /// # Errors
    /// [`Error::is_version_mismatch`] where it is at another version; [`Error::Request`] where the server takes no PUT.
    pub async fn replace(
        &self,
        id: &ResourceId,
        resource: &T,
        version: Option<&Version>,
    ) -> Result<Fetched<T>, Error> {
        if self.client.dialect().no_put.iter().any(|one| **one == *self.path) {
            let error = ScimError::not_implemented(format!("`{}` of this server takes no PUT", self.path));
            return Err(Error::request(error));
        }
        let mut body = write::resource(resource, &self.reader.schemas, true).map_err(Error::request)?;
        body.insert("id".to_owned(), id.as_str().into());
        let ask = Ask::new(Method::PUT, self.resource_path(id)?)
            .with_query(self.parameters())
            .with_body(write::bytes(&body).map_err(Error::request)?)
            .with_condition(self.matching(version));
        let success = self.client.exchange(&ask).await.0?;
        if success.body.is_empty() {
            return self.get(id).await;
        }
        self.read(&success, Some(id))
    }

    /// Deletes a resource (RFC 7644 §3.6), if it is at this version where one is given. What that means to the server is in
    /// [`Dialect::deletion`](crate::Dialect::deletion).
    ///
    /// # Errors
    /// [`Error::is_not_found`] where there was none, unless an earlier attempt of this call may have deleted it.
    pub async fn delete(&self, id: &ResourceId, version: Option<&Version>) -> Result<(), Error> {
        let mut ask =
            Ask::new(Method::DELETE, self.resource_path(id)?).with_condition(self.matching(version));
        ask.blind = true;
        match self.client.exchange(&ask).await {
            (Ok(_), _) => Ok(()),
            (Err(error), true) if error.is_not_found() => Ok(()),
            (Err(error), _) => Err(error),
        }
    }

    /// # Errors
    /// Where a typed answer would be a part of a resource.
    pub(crate) fn whole(&self, query: &Query) -> Result<(), ScimError> {
        if query.projection != ProjectionParams::Default && T::schema_set().is_some() {
            return Err(ScimError::invalid_value(
                "a part of a resource is no typed one: use `projected`, which answers with `Resource`",
            ));
        }
        Ok(())
    }
}

/// The attributes that a filter asks about, without the sub-attributes.
pub(crate) fn filtered(filter: &Filter) -> Vec<AttrPath> {
    let mut paths = Vec::new();
    let mut next = vec![filter];
    while let Some(filter) = next.pop() {
        match filter {
            Filter::And(all) | Filter::Or(all) => next.extend(all),
            Filter::Not(inner) => next.push(inner),
            Filter::Present(path) | Filter::Compare(path, ..) | Filter::ValuePath(path, _) => {
                paths.push(path.clone().without_sub());
            }
        }
    }
    paths
}

impl<T> Clone for Endpoint<T> {
    fn clone(&self) -> Self {
        let projection = self.projection.clone();
        let (client, path, reader) = (self.client.clone(), Arc::clone(&self.path), self.reader.clone());
        Self { client, path, reader, projection, kind: PhantomData }
    }
}

impl<T> fmt::Debug for Endpoint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("client", &self.client)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
