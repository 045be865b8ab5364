//! A complete SCIM 2.0 service over your own storage.

pub mod auth;
mod base_url;
mod context;
mod cursor;
mod rate;
pub mod rules;
mod secret;
pub mod store;
mod timer;

pub use base_url::{BaseUrl, BaseUrlError};
pub use context::{Context, Operation};
pub use cursor::CursorKey;
pub use rate::RateLimit;
pub use secret::KeyError;
pub use timer::Timer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
