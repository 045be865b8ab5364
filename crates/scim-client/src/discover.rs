//! What the server says of itself, RFC 7644 §4.

use http::Method;
use scim_core::schema::Schema;
use scim_core::{ResourceType, ServiceProviderConfig};
use serde_json::{Map, Value};

use crate::client::Client;
use crate::error::{Error, UnexpectedKind};
use crate::exchange::Ask;

/// What the server says of itself: [`Client::discover`].
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Discovery {
    /// What it can do, if it says so.
    pub config: Option<ServiceProviderConfig>,
    /// Its resource types, as far as they can be read.
    pub resource_types: Vec<ResourceType>,
    /// Its schemas, as far as they can be read.
    pub schemas: Vec<Schema>,
    /// What it does not say, or not so that it can be read.
    pub problems: Vec<Error>,
}

impl Client {
    /// Reads what the server says of itself, and adapts to it: see [`Dialect::learn`](crate::Dialect::learn).
    ///
    /// Many servers have only some of these documents, and some get them wrong: what is missing is in
    /// [`Discovery::problems`], and the dialect stays as it is.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// let discovery = client.discover().await?;
    /// for problem in &discovery.problems {
    ///     println!("not discovered: {problem}");
    /// }
    /// if !client.dialect().patch {
    ///     println!("changes are sent as PUT");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when the wire fails, there is no token, or it is refused (401).
    pub async fn discover(&self) -> Result<Discovery, Error> {
        let mut found = Discovery::default();
        match self.config().await {
            Ok((config, said)) => {
                self.learn(|dialect| dialect.learn(&said));
                found.config = Some(config);
            }
            Err(error) => found.problem(error)?,
        }
        for (path, types) in [("/ResourceTypes", true), ("/Schemas", false)] {
            let (elements, asked) = match self.elements(path).await {
                Ok(elements) => elements,
                Err(error) => {
                    found.problem(error)?;
                    continue;
                }
            };
            for (at, element) in (1..).zip(elements) {
                let outcome = if types {
                    serde_json::from_value(element)
                        .map(|one| found.resource_types.push(one))
                        .map_err(|error| error.to_string())
                } else {
                    Schema::from_json(&element)
                        .map(|one| found.schemas.push(one))
                        .map_err(|error| error.to_string())
                };
                if let Err(why) = outcome {
                    let detail = format!("number {at}: {why}");
                    let odd = crate::error::Unexpected::new(UnexpectedKind::Malformed, 200, &asked, detail);
                    found.problems.push(odd.into());
                }
            }
        }
        Ok(found)
    }

    /// The configuration, and what is to be learned from it: what is not said is not denied. Some servers have it under its
    /// name in SCIM 1.1.
    async fn config(&self) -> Result<(ServiceProviderConfig, ServiceProviderConfig), Error> {
        let read = async |path: &str| {
            let success = self.exchange(&Ask::new(Method::GET, path)).await.0?;
            let map = success.json(&self.0.limits)?;
            let known = |name: &str| map.keys().any(|key| key.eq_ignore_ascii_case(name));
            if !known("patch") && !known("filter") {
                return Err(success.odd(UnexpectedKind::NotScim, "it has neither `patch` nor `filter`"));
            }
            let (patch, bulk, etag) = (known("patch"), known("bulk"), known("etag"));
            let config: ServiceProviderConfig = serde_json::from_value(Value::Object(map))
                .map_err(|error| success.odd(UnexpectedKind::Malformed, error.to_string()))?;
            let mut said = config.clone();
            said.patch.supported |= !patch;
            said.bulk.supported |= !bulk;
            said.etag.supported |= !etag;
            Ok((config, said))
        };
        match read("/ServiceProviderConfig").await {
            Err(error) if error.status() == Some(404) => {
                read("/ServiceProviderConfigs").await.map_err(|_| error)
            }
            outcome => outcome,
        }
    }

    /// The elements of a list, which may come without its envelope, or under the name that they have themselves.
    async fn elements(&self, path: &str) -> Result<(Vec<Value>, String), Error> {
        let success = self.exchange(&Ask::new(Method::GET, path)).await.0?;
        if let Ok(Value::Array(all)) = scim_core::json::read(&success.body, &self.0.limits) {
            return Ok((all, success.asked));
        }
        let mut map: Map<String, Value> = success.json(&self.0.limits)?;
        let name = map.keys().find(|name| name.eq_ignore_ascii_case("Resources")).cloned();
        match name.and_then(|name| map.remove(&name)) {
            Some(Value::Array(all)) => Ok((all, success.asked)),
            _ => Err(success.odd(UnexpectedKind::NotScim, "it has no `Resources`")),
        }
    }
}

impl Discovery {
    /// Notes what is missing, unless it concerns more than this document.
    fn problem(&mut self, error: Error) -> Result<(), Error> {
        match error {
            Error::Scim(_) | Error::UnexpectedResponse(_) if error.status() != Some(401) => {
                self.problems.push(error);
                Ok(())
            }
            error => Err(error),
        }
    }
}
