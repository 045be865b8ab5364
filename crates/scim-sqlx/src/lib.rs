//! SCIM 2.0 on a database.

mod columns;
mod condition;
mod conflict;
mod cursor;
mod dialect;
mod order;
mod sql;

pub use columns::{Child, Column, Columns, ColumnsBuilder, ColumnsError, Constant, IdColumn};
pub use conflict::StoreResult;
pub use dialect::Dialect;
pub use sql::{Bind, Sql};
mod document;
mod members;
mod outbox;
mod tokens;

pub use document::{Database, DocumentStore};
pub use outbox::{Feed, Kind as ChangeKind, Line as ChangeLine, Position};
pub use tokens::{DatabaseTokens, Grant, TokenInfo};
