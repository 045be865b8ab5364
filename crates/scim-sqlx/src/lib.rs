//! SCIM 2.0 on a database.

mod document;
mod members;
mod outbox;
mod tokens;

pub use document::{Database, DocumentStore};
pub use outbox::{Feed, Kind as ChangeKind, Line as ChangeLine, Position};
pub use tokens::{DatabaseTokens, Grant, TokenInfo};
