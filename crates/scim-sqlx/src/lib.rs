//! SCIM 2.0 on a database.

mod document;
mod members;
mod outbox;

pub use document::{Database, DocumentStore};
pub use outbox::{Feed, Kind as ChangeKind, Line as ChangeLine, Position};
