//! The client with which an identity platform pushes users and groups into other people's SCIM 2.0 servers (RFC 7644,
//! RFC 9865): it adapts to what each of them cannot do, leaves them alone when they ask for it, and tells "the user is gone"
//! from "a gateway answered with a page".
//!
//! # A client of one target
//!
//! ```no_run
//! use scim_client::{Client, Dialect, Error};
//! use scim_core::{User, attr};
//! use scim_filter::Filter;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! // One for each tenant: it is cheap to clone and has no type parameters.
//! let client = Client::builder("https://saas.example/scim/v2").bearer("the customer's token").build()?;
//!
//! // What the server says of itself. Keep `client.dialect()` and give it to the builder next time.
//! client.discover().await?;
//!
//! // A joiner: the look-up and the key make it safe to run again after any failure.
//! let key = Filter::eq(attr::USER_NAME, "bjensen@example.com");
//! let user = match client.users().find(&key).await? {
//!     Some(user) => user,
//!     None => {
//!         let new = User { user_name: "bjensen@example.com".into(), active: Some(true), ..User::default() };
//!         client.users().create_once(&new, &key).await?
//!     }
//! };
//!
//! // A mover, and a leaver: PATCH in the form that the target takes, or GET and PUT where it takes none.
//! let id = user.id.clone().expect("servers give an id");
//! client.users().modify(&id, |user| user.set(&attr::TITLE, "Tour Guide".into())).await?;
//! client.users().modify(&id, |user| user.set(&attr::ACTIVE, false.into())).await?;
//!
//! // Members of a group, in portions that the target takes.
//! let guides = client.groups().find(&Filter::eq(attr::DISPLAY_NAME, "Tour Guides")).await?;
//! if let Some(group) = guides.and_then(|group| group.id) {
//!     client.groups().patch_members(&group, &[id], &[]).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What an error means
//!
//! | error | what happened | what to do |
//! |---|---|---|
//! | [`Error::Scim`] | the server said no | [`Error::is_not_found`], 409, 412, ... |
//! | [`Error::Transport`] | the wire failed, after all repetitions | [`Error::is_retryable`]: later |
//! | [`Error::UnexpectedResponse`] | the answer made no sense: a page, a gateway, a filter that was ignored | look at it; nothing was concluded from it |
//! | [`Error::Request`] | nothing was sent: this server does not take it | do it otherwise |
//! | [`Error::Token`] | there is no token | [`Error::is_retryable`]: later; else ask the customer |
//!
//! # Any transport
//!
//! Without the feature `reqwest`, or instead of it, requests go through any `tower::Service`: a proxy, a signer, or the
//! server itself in the same process.
//!
//! ```
//! use scim_client::Client;
//! use scim_core::{Group, User};
//! use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
//! use scim_server::{BaseUrl, MemoryStore, ScimService};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let tokens = MemoryTokens::new();
//! let key = ApiKey::generate()?;
//! tokens.add(key.record(Principal::new("acme".parse()?).with_scopes(Scopes::all())));
//! let base = "https://example.com/scim/v2";
//! let server = ScimService::builder(BaseUrl::new(base)?, BearerTokens::new(tokens))
//!     .resource(MemoryStore::<User>::new())
//!     .resource(MemoryStore::<Group>::new())
//!     .without_session_revocation()
//!     .build()?;
//!
//! let client = Client::builder(base).bearer(key.expose()).transport(server).build()?;
//! let user = client.users().create(&User { user_name: "bjensen".into(), ..User::default() }).await?;
//! assert!(user.id.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! # Tokens that expire
//!
//! A [`TokenProvider`] is asked before each request, and once more where the server refuses its token. With the feature
//! `oauth2` there is one for the client credentials of OAuth 2.0 (RFC 6749 §4.4):
//!
//! ```no_run
//! # #[cfg(feature = "oauth2")] {
//! use scim_client::{Client, ClientCredentials};
//!
//! // Kept until shortly before it expires, and fetched once however many requests wait for it.
//! let tokens = ClientCredentials::builder("https://login.example/oauth2/token", "our-client", "the customer's secret")
//!     .scope("scim.write")
//!     .build()?;
//! let client = Client::builder("https://saas.example/scim/v2").token_provider(tokens).build()?;
//! # }
//! # Ok::<(), scim_client::Error>(())
//! ```
//!
//! # The parts
//!
//! | part | what it is |
//! |---|---|
//! | [`Client`], [`Builder`] | one server and one tenant: address, token, time, rate |
//! | [`Endpoint`], [`Pages`], [`ResourceStream`], [`Me`] | the operations: [`users`](Client::users), [`groups`](Client::groups), [`resources`](Client::resources), [`me`](Client::me) |
//! | [`Root`] | users, groups and all others in one list: [`root`](Client::root) |
//! | [`Client::bulk`], [`BulkOutcome`] | many operations in few requests |
//! | [`Client::discover`], [`Dialect`] | what the server cannot do; known dialects, and what is learned |
//! | [`TokenProvider`], [`Timer`], [`Retry`], [`Rate`] | what a platform has its own of |
//! | [`Error`], [`Unexpected`], [`TransportError`] | what went wrong |
//!
//! # What it sends and what it takes
//!
//! Requests are strict: canonical JSON without what the server keeps to itself, filters and ids encoded exactly. Answers are
//! read leniently: names in any case, `"True"`, numbers for texts, `null` for lists, errors in the forms of SCIM 1.1 and of
//! sloppy servers. Redirects are not followed, since the token must not leave for another host; but for `/Me`, which may
//! redirect to a resource below the base URL (RFC 7644 §3.11).
//!
//! # Incomplete support
//!
//! - Of OAuth 2.0 there are client credentials with a secret. Clients that prove who they are with a signed assertion
//!   (RFC 7523) or a certificate (RFC 8705), and other grants, are for a [`TokenProvider`] of your own.
//! - One bad resource makes its page an error for the typed endpoints, such as a user whose `userName` is empty; an
//!   [untyped](Endpoint::untyped) one reads it.
//! - A server that answers a wrong base URL with a 404 of SCIM cannot be told from one whose resource is gone: begin with
//!   [`Client::discover`].

mod answer;
mod base;
mod builder;
mod bulk;
mod client;
#[cfg(feature = "oauth2")]
mod client_credentials;
mod create;
mod dialect;
mod discover;
mod endpoint;
mod error;
mod exchange;
mod find;
mod list;
mod me;
mod pages;
mod patch;
mod rate;
mod read;
mod retry;
mod root;
mod stream;
mod timer;
mod token;
mod transport;
mod write;

// The public interface is:
pub use builder::Builder;
pub use bulk::BulkOutcome;
pub use client::Client;
#[cfg(feature = "oauth2")]
pub use client_credentials::{ClientCredentials, ClientCredentialsBuilder, TokenEndpointError};
pub use dialect::{BulkLimits, Deletion, Dialect, PatchForm};
pub use discover::Discovery;
pub use endpoint::Endpoint;
pub use error::{Error, Refusal, Unexpected, UnexpectedKind};
pub use me::Me;
pub use pages::{Page, Pages};
pub use patch::MembersPatched;
pub use rate::Rate;
pub use read::Fetched;
pub use retry::Retry;
pub use root::Root;
pub use stream::ResourceStream;
pub use timer::Timer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
pub use token::TokenProvider;
pub use transport::{BoxError, RequestBody, TransportError, TransportErrorKind};
