//! Creating resources, RFC 7644 §3.3: once, whatever the wire does.

use http::{Method, header};
use scim_core::{ResourceId, ScimResource};
use scim_filter::Filter;

use crate::endpoint::Endpoint;
use crate::error::{Error, UnexpectedKind};
use crate::exchange::{Ask, Success};
use crate::read::Fetched;
use crate::write;

impl<T: ScimResource> Endpoint<T> {
    /// Creates a resource (RFC 7644 §3.3).
    ///
    /// It is sent once, and again only where the server has certainly not seen it: see [`create_once`](Self::create_once)
    /// for the rest.
    ///
    /// # Errors
    /// [`Error`]: 409 where it is there already.
    pub async fn create(&self, resource: &T) -> Result<Fetched<T>, Error> {
        let ask = self.creation(resource)?;
        let (outcome, _) = self.client.exchange(&ask).await;
        self.created(&outcome?).await
    }

    fn creation(&self, resource: &T) -> Result<Ask, Error> {
        let body = write::resource(resource, &self.reader.schemas, false).map_err(Error::request)?;
        let body = write::bytes(&body).map_err(Error::request)?;
        Ok(Ask::new(Method::POST, &*self.path).with_query(self.parameters()).with_body(body))
    }

    /// What was created; asked for once more where the answer does not have it.
    async fn created(&self, success: &Success) -> Result<Fetched<T>, Error> {
        if !success.body.is_empty() {
            return self.reader.one(success, &self.client.0.limits);
        }
        // The path below the endpoint counts, and nothing else: the token goes to no other place.
        let location = success.headers.get(header::LOCATION).and_then(|to| to.to_str().ok());
        let id = location.and_then(|to| to.trim_end_matches('/').rsplit('/').next()).unwrap_or_default();
        let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
        match ResourceId::new(id) {
            Ok(id) if plain => self.get(&id).await,
            _ => Err(success.odd(UnexpectedKind::Malformed, "it has neither a body nor a location")),
        }
    }

    /// Creates a resource, also where the wire fails: before it is sent again, a look-up by this key tells whether the first
    /// attempt has done it.
    ///
    /// The key is a filter that only this resource matches, such as `externalId eq "..."`.
    ///
    /// ```
    /// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
    /// use scim_core::{User, attr};
    /// use scim_filter::Filter;
    ///
    /// let user = User { user_name: "bjensen".into(), ..User::default() };
    /// let created = client.users().create_once(&user, &Filter::eq(attr::USER_NAME, "bjensen")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`create`](Self::create) and [`find`](Self::find).
    pub async fn create_once(&self, resource: &T, key: &Filter) -> Result<Fetched<T>, Error> {
        let ask = self.creation(resource)?;
        let inner = &self.client.0;
        let end = inner.timer.elapsed().saturating_add(inner.deadline);
        let mut attempt = 1;
        let mut unclear = false;
        loop {
            let error = match self.client.exchange(&ask).await.0 {
                Ok(success) => return self.created(&success).await,
                Err(error) => error,
            };
            // The first attempt may be why the name is taken now.
            let taken = unclear && error.status() == Some(409);
            let lost = error.is_unclear() && error.is_retryable();
            if !(taken || lost) {
                return Err(error);
            }
            unclear = true;
            let wait = error.retry_after().unwrap_or_else(|| inner.retry.pause(attempt));
            let then = inner.timer.elapsed().checked_add(wait);
            if attempt >= inner.retry.attempts() || then.is_none_or(|then| then >= end) {
                return Err(error);
            }
            inner.timer.sleep(wait).await;
            if let Some(found) = self.find(key).await? {
                return Ok(found);
            }
            if taken || !inner.limiter.spend() {
                return Err(error);
            }
            attempt += 1;
        }
    }
}
