//! A complete SCIM 2.0 service over your own storage: every endpoint of RFC 7644, pages by cursor of RFC 9865, every failure as
//! a SCIM error, versions, bulk requests, tenants and tokens.
//!
//! You write five methods over your own users, and mount the service in any application that takes a `tower::Service`.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! use scim_core::{ExternalId, Projection, ResourceId, User, Version, attr};
//! use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
//! use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
//! use scim_server::{BaseUrl, Context, ScimService};
//!
//! /// The application's own account, in its own table.
//! #[derive(Clone)]
//! struct Account {
//!     tenant: String,
//!     login: String,
//!     /// What the directory calls the account; identity providers find their people by it.
//!     external_id: Option<ExternalId>,
//!     full_name: Option<String>,
//!     enabled: bool,
//!     revision: u64,
//! }
//!
//! #[derive(Default)]
//! struct Accounts(Mutex<BTreeMap<u64, Account>>);
//!
//! fn to_scim(number: u64, account: &Account) -> Result<Stored<User>, StoreError> {
//!     let user = User {
//!         user_name: account.login.as_str().into(),
//!         external_id: account.external_id.clone(),
//!         display_name: account.full_name.as_deref().map(Into::into),
//!         active: Some(account.enabled),
//!         ..User::default()
//!     };
//!     let version = Version::new(account.revision.to_string())?;
//!     // Groups have numbers too, and no two resources have one id.
//!     Ok(Stored::new(ResourceId::new(format!("user-{number}"))?, version, user))
//! }
//!
//! fn from_scim(tenant: &str, user: User, revision: u64) -> Account {
//!     Account {
//!         tenant: tenant.to_owned(),
//!         login: user.user_name.to_string(),
//!         external_id: user.external_id,
//!         full_name: user.display_name.map(|name| name.to_string()),
//!         enabled: user.active.unwrap_or(true),
//!         revision,
//!     }
//! }
//!
//! impl Accounts {
//!     /// What a database does with a unique index over tenant and lower-case login.
//!     fn check_unique(
//!         table: &BTreeMap<u64, Account>, tenant: &str, login: &str, own: Option<u64>,
//!     ) -> Result<(), StoreError> {
//!         let taken = table.iter().any(|(number, one)| {
//!             one.tenant == tenant && one.login.to_lowercase() == login.to_lowercase() && Some(*number) != own
//!         });
//!         if taken { Err(StoreError::Conflict(attr::USER_NAME)) } else { Ok(()) }
//!     }
//!
//!     fn find(table: &BTreeMap<u64, Account>, cx: &Context, id: &ResourceId) -> Result<(u64, Account), StoreError> {
//!         let number = id.as_str().strip_prefix("user-").and_then(|number| number.parse().ok());
//!         // `user-07` reads as 7, and is not its id.
//!         let number: u64 = number.filter(|n| id.as_str() == format!("user-{n}")).ok_or(StoreError::NotFound)?;
//!         match table.get(&number) {
//!             Some(found) if found.tenant == cx.tenant().as_str() => Ok((number, found.clone())),
//!             _ => Err(StoreError::NotFound),
//!         }
//!     }
//! }
//!
//! impl ResourceStore for Accounts {
//!     type Resource = User;
//!
//!     async fn create(&self, cx: &Context, new: User, write: &Write<'_>) -> Result<Written<User>, StoreError> {
//!         let mut table = self.0.lock().unwrap();
//!         let account = from_scim(cx.tenant().as_str(), new, 1);
//!         Self::check_unique(&table, &account.tenant, &account.login, None)?;
//!         let number = table.len() as u64 + 1;
//!         let stored = to_scim(number, &account)?;
//!         write.check(cx, None, Some(&stored.resource))?;
//!         table.insert(number, account);
//!         Ok(Written::created(stored))
//!     }
//!
//!     async fn get(&self, cx: &Context, id: &ResourceId, _want: &Projection) -> Result<Stored<User>, StoreError> {
//!         let (number, account) = Self::find(&self.0.lock().unwrap(), cx, id)?;
//!         to_scim(number, &account)
//!     }
//!
//!     async fn query(&self, cx: &Context, _query: &Query) -> Result<Listing<Stored<User>>, StoreError> {
//!         let table = self.0.lock().unwrap();
//!         let own = table.iter().filter(|(_, account)| account.tenant == cx.tenant().as_str());
//!         // The table is small: the engine filters, sorts and cuts out the page.
//!         Ok(Listing::all(own.map(|(number, account)| to_scim(*number, account)).collect::<Result<_, _>>()?))
//!     }
//!
//!     async fn replace(
//!         &self, cx: &Context, id: &ResourceId, new: User, write: &Write<'_>,
//!     ) -> Result<Written<User>, StoreError> {
//!         let mut table = self.0.lock().unwrap();
//!         let (number, account) = Self::find(&table, cx, id)?;
//!         let before = to_scim(number, &account)?;
//!         write.check_version(&before.version)?;
//!         let account = from_scim(cx.tenant().as_str(), new, account.revision + 1);
//!         Self::check_unique(&table, &account.tenant, &account.login, Some(number))?;
//!         let after = to_scim(number, &account)?;
//!         if after.resource == before.resource {
//!             return Ok(Written::unchanged(before));
//!         }
//!         write.check(cx, Some(&before), Some(&after.resource))?;
//!         table.insert(number, account);
//!         Ok(Written::updated(before, after))
//!     }
//!
//!     async fn delete(&self, cx: &Context, id: &ResourceId, write: &Write<'_>) -> Result<Stored<User>, StoreError> {
//!         if write.retires() {
//!             return Err(StoreError::Unsupported("accounts are not kept for a return".into()));
//!         }
//!         let mut table = self.0.lock().unwrap();
//!         let (number, account) = Self::find(&table, cx, id)?;
//!         let before = to_scim(number, &account)?;
//!         write.check_version(&before.version)?;
//!         write.check(cx, Some(&before), None)?;
//!         // Its number stays taken: an id is never used again.
//!         table.insert(number, Account { tenant: String::new(), ..account });
//!         Ok(before)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[cfg(feature = "testing")]
//! # scim_server::testing::check_store(&Accounts::default()).await?;
//! // An API key for one customer, which is shown to them once; only a hash of it is kept.
//! let key = ApiKey::generate()?;
//! let tokens = MemoryTokens::new();
//! tokens.add(key.record(Principal::new("acme".parse()?).with_scopes(Scopes::all())));
//!
//! let scim = ScimService::builder(BaseUrl::new("https://app.example/scim/v2")?, BearerTokens::new(tokens))
//!     .resource(Accounts::default())
//!     .on_deprovision(|_cx, leaver: scim_server::rules::Leaver| async move {
//!         println!("ending the sessions of account {}", leaver.id);
//!         Ok(())
//!     })
//!     .build()?;
//! let app: axum::Router = axum::Router::new().nest_service("/scim/v2", scim);
//!
//! // What an identity provider sends.
//! use tower::ServiceExt as _;
//! let request = http::Request::post("/scim/v2/Users")
//!     .header("authorization", format!("Bearer {}", key.expose()))
//!     .body(axum::body::Body::from(r#"{
//!         "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen", "active": true
//!     }"#))?;
//! let response = app.oneshot(request).await?;
//! assert_eq!(response.status(), 201);
//! assert_eq!(response.headers()["location"], "https://app.example/scim/v2/Users/user-1");
//! # Ok(())
//! # }
//! ```
//!
//! # Where to go from here
//!
//! | You want | Look at |
//! |---|---|
//! | rules of your own, before a write is committed | [`rules::Rule`] |
//! | to hear of what was written | [`rules::Observer`], [`rules::Deprovision`] |
//! | one address per customer | [`BaseUrl::per_tenant`] |
//! | other credentials than API keys | [`auth::Authenticator`], [`auth::PrincipalFromExtensions`] |
//! | groups with very many members | [`store::ResourceStore::patch`], [`store::Write::wants`] |
//! | something to start with | [`MemoryStore`] |
//! | to try your own store | `testing`, behind the feature of that name |
//!
//! # Incomplete support
//!
//! Filters on `type` and `display` of a member, `display` of a group and `displayName` of a manager ask about what was
//! written, not about what an answer adds because the client gave none. Those on `$ref` and `meta.location` know ids.
//!
//! A handler is dropped when its client goes away, as with every `tower::Service`: what follows a commit may not be reached then
//! ([`rules::Deprovision`] says what that means).

pub mod auth;
mod base_url;
mod builder;
mod bulk;
mod context;
mod cursor;
mod engine;
pub mod memory;
mod rate;
pub mod rules;
mod secret;
mod service;
mod settings;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;

pub use base_url::{BaseUrl, BaseUrlError};
pub use builder::{BuildError, Builder, Decided, Undecided};
pub use context::{Context, Operation};
pub use cursor::CursorKey;
pub use engine::body::Body;
pub use memory::MemoryStore;
pub use rate::RateLimit;
pub use secret::KeyError;
pub use service::{ResponseFuture, ScimService};
pub use settings::{Features, TenantSettings};
pub use timer::Timer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
