//! SCIM 2.0 on a database.

#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod document;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod members;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod outbox;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod tokens;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use document::{Database, DocumentStore};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use outbox::{Feed, Kind as ChangeKind, Line as ChangeLine, Position};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use tokens::{DatabaseTokens, Grant, TokenInfo};
