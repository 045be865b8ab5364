//! Directories as a product with user provisioning has them: an administrator creates one, copies its base URL and its API key
//! into their identity provider, and users and groups arrive.
//!
//! The binary is `directory serve`; a program or a test can have the same within itself:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), directory::StartError> {
//! let running = directory::start(directory::Options::default()).await?;
//! assert!(running.base_url().starts_with("http://127.0.0.1:"));
//! assert!(running.token().starts_with("scim_"));
//! running.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! | You want | Look at |
//! |---|---|
//! | a directory on a port | [`start`] |
//! | the same where requests fail as a test wants it | [`start_with`] |
//! | it in a file or a database | [`Location`], in [`Options::database`] |
//! | directories within an application of your own | [`router`], [`serve`] |
//! | another directory, another key, no key any more | [`Directories`] |
//! | what may be written | [`Policies`] |
//! | to know who was signed out | [`Sessions`] |

mod http;
mod keys;
mod limits;
mod location;
mod policies;
mod registry;
mod rules;
mod serve;
mod service;
mod sessions;
mod store;

pub use self::http::serve;
pub use self::keys::KeyInfo;
pub use self::location::{Location, LocationError, OpenError, PostgresUrl};
pub use self::policies::Policies;
pub use self::registry::{Directories, Directory, DirectoryError};
pub use self::serve::{NewDirectory, Options, Running, StartError, Started, start, start_with};
pub use self::service::{RouterError, base_url, router};
pub use self::sessions::{Ended, Sessions};
