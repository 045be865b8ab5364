//! The resource of whoever asks, RFC 7644 §3.11.

use http::Method;
use scim_core::{ScimResource, User, Version};
use scim_patch::PatchRequest;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::exchange::Ask;
use crate::read::Fetched;
use crate::write;

/// The resource of whoever the token stands for, at `/Me`: [`Client::me`].
///
/// A server may redirect to the resource itself (308, or 307). That is followed once, to a place below the base URL; the
/// token goes nowhere else.
///
/// ```
/// # async fn run(client: scim_client::Client) -> Result<(), scim_client::Error> {
/// let me = client.me().get().await?;
/// println!("{}", me.user_name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Me<T>(Endpoint<T>);

impl Client {
    /// The user that the token stands for.
    #[must_use]
    pub fn me(&self) -> Me<User> {
        Me(Endpoint::new(self.clone(), "/Me".into(), scim_core::SchemaSet::user().clone(), true))
    }
}

impl<T: ScimResource> Me<T> {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error`]; 501 where the server does not know who that is.
    pub async fn get(&self) -> Result<Fetched<T>, Error> {
        let success = self.0.client.exchange(&self.ask(Method::GET)).await.0?;
        self.0.read(&success, None)
    }

    /// Replaces it, if it is at this version where one is given.
    ///
    /// # Errors
    /// As [`Endpoint::replace`].
    pub async fn replace(&self, resource: &T, version: Option<&Version>) -> Result<Fetched<T>, Error> {
        let body = write::resource(resource, &self.0.reader.schemas, true).map_err(Error::request)?;
        let ask = self
            .ask(Method::PUT)
            .with_body(write::bytes(&body).map_err(Error::request)?)
            .with_condition(self.0.matching(version));
        let success = self.0.client.exchange(&ask).await.0?;
        self.0.read(&success, None)
    }

    /// Changes it, if it is at this version where one is given. The answer may have the resource, or nothing.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn patch(
        &self,
        patch: &PatchRequest,
        version: Option<&Version>,
    ) -> Result<Option<Fetched<T>>, Error> {
        let ask = self
            .ask(Method::PATCH)
            .with_body(write::bytes(patch).map_err(Error::request)?)
            .with_condition(self.0.matching(version));
        let success = self.0.client.exchange(&ask).await.0?;
        if success.body.is_empty() { Ok(None) } else { self.0.read(&success, None).map(Some) }
    }

    /// Deletes it, if it is at this version where one is given.
    ///
    /// # Errors
    /// As [`Endpoint::delete`].
    pub async fn delete(&self, version: Option<&Version>) -> Result<(), Error> {
        let mut ask = self.ask(Method::DELETE).with_condition(self.0.matching(version));
        ask.blind = true;
        self.0.client.exchange(&ask).await.0.map(drop)
    }

    fn ask(&self, method: Method) -> Ask {
        let mut ask = Ask::new(method, &*self.0.path);
        ask.follow = true;
        ask
    }
}
