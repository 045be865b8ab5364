//! Resources of several types at once, RFC 7644 §3.4.2.1.

use std::sync::Arc;

use scim_core::schema::Schema;
use scim_core::{Resource, SchemaSet, SchemaUri};
use scim_filter::query::{ProjectionParams, Query};
use serde_json::Value;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::pages::Pages;

/// The resources of all types, at the root of the server: [`Client::root`].
///
/// They have no type of Rust; [`Fetched::resource_type`](crate::Fetched::resource_type) says what each of them is. Not many
/// servers offer such queries; the others refuse them with 501, 403 or 404.
///
/// ```
/// # async fn run(client: scim_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use scim_filter::Filter;
/// use scim_filter::query::Query;
///
/// // Everybody and everything that changed since yesterday.
/// let changed = Filter::parse("meta.lastModified gt \"2026-01-01T00:00:00Z\"")?;
/// let mut pages = client.root().list(Query::of(changed));
/// while let Some(page) = pages.next().await? {
///     for resource in &page.resources {
///         println!("{:?} {:?}", resource.resource_type, resource.id);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Root {
    client: Client,
    types: Vec<(String, SchemaSet)>,
    projection: ProjectionParams,
}

impl Client {
    /// The resources of all types at once.
    #[must_use]
    pub fn root(&self) -> Root {
        Root {
            client: self.clone(),
            types: vec![
                ("User".to_owned(), SchemaSet::user().clone()),
                ("Group".to_owned(), SchemaSet::group().clone()),
            ],
            projection: ProjectionParams::Default,
        }
    }
}

impl Root {
    /// The same, where resources of this type (RFC 7643 §6) have these schemas. Users and groups are known; what is not is
    /// read as it comes.
    #[must_use]
    pub fn with_type(mut self, name: impl Into<String>, schemas: SchemaSet) -> Self {
        let name = name.into();
        self.types.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        self.types.push((name, schemas));
        self
    }

    /// The same, of which answers hold only these attributes (RFC 7644 §3.9).
    #[must_use]
    pub fn projected(mut self, projection: ProjectionParams) -> Self {
        self.projection = projection;
        self
    }

    /// All resources that a query asks for, page by page, with GET (RFC 7644 §3.4.2).
    #[must_use]
    pub fn list(&self, query: Query) -> Pages<Resource> {
        Pages::new(self.endpoint(), query, false)
    }

    /// The same with POST to `/.search` (RFC 7644 §3.4.3): for filters that are long, or that must not be in a URL.
    #[must_use]
    pub fn search(&self, query: Query) -> Pages<Resource> {
        Pages::new(self.endpoint(), query, true)
    }

    fn endpoint(&self) -> Endpoint<Resource> {
        let mut endpoint = Endpoint::new(self.client.clone(), "/".into(), SchemaSet::user().clone(), false);
        endpoint.reader.types = Some(Types(self.types.clone().into()));
        endpoint.projection = self.projection.clone();
        endpoint
    }
}

/// The resource types that are known, where a list has several.
#[derive(Clone, Debug)]
pub(crate) struct Types(Arc<[(String, SchemaSet)]>);

impl Types {
    /// The schemas of a resource: by what it says that it is, else by the schemas it lists. Where neither is known,
    /// nothing is but the common attributes.
    pub(crate) fn schemas_of(&self, resource: &Value) -> Option<SchemaSet> {
        let object = resource.as_object()?;
        let get = |map: &serde_json::Map<String, Value>, name: &str| {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
        };
        let meta = get(object, "meta");
        let said = meta.as_ref().and_then(Value::as_object).and_then(|meta| get(meta, "resourceType"));
        let listed = get(object, "schemas");
        let uris = || listed.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
        let by_name = said
            .as_ref()
            .and_then(Value::as_str)
            .and_then(|said| self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(said)));
        let known = by_name
            .or_else(|| self.0.iter().find(|(_, schemas)| uris().any(|uri| *schemas.base().id() == *uri)));
        if let Some((_, schemas)) = known {
            return Some(schemas.clone());
        }
        let base: SchemaUri = uris().find_map(|uri| uri.parse().ok())?;
        let schema = Schema::new(base, "", "", Vec::new()).ok()?;
        SchemaSet::new(Arc::new(schema), []).ok()
    }

    /// The type of a resource that does not say it.
    pub(crate) fn name_of(&self, resource: &Resource) -> Option<&str> {
        let known =
            self.0.iter().find(|(_, schemas)| resource.schemas().any(|uri| *schemas.base().id() == *uri));
        known.map(|(name, _)| name.as_str())
    }
}
