//! SCIM 2.0 on a database: filters as SQL over tables that you have, and stores that bring their own.
//!
//! # My own users table
//!
//! [`Columns`] says which column answers a question about which attribute. A store over the table then asks the database, and
//! no filter, order or page is worked out in memory:
//!
//! ```
//! use scim_core::{SchemaSet, User, attr};
//! use scim_server::Context;
//! use scim_server::store::{Listing, Query, StoreError, Stored};
//! use scim_sqlx::{Columns, IdColumn, StoreResult};
//! use sqlx::{QueryBuilder, SqlitePool};
//!
//! # #[derive(sqlx::FromRow)]
//! struct Account { id: i64, login: String, enabled: bool }
//! # impl Account {
//! #     fn to_scim(&self) -> Result<Stored<User>, StoreError> {
//! #         let user = User { user_name: self.login.as_str().into(), active: Some(self.enabled), ..User::default() };
//! #         Ok(Stored::new(self.id.to_string().parse()?, "1".parse()?, user))
//! #     }
//! # }
//!
//! struct Users {
//!     pool: SqlitePool,
//!     columns: Columns,
//! }
//!
//! # fn new(pool: SqlitePool) -> Result<Users, Box<dyn std::error::Error>> {
//! let columns = Columns::builder(SchemaSet::user(), IdColumn::integer("users.id"))
//!     .text(attr::USER_NAME, "login_key")
//!     .boolean(attr::ACTIVE, "enabled")
//!     .text(attr::EMAILS_VALUE, "email_key")
//!     .constant(attr::EMAILS_TYPE, "work")
//!     .build()?;
//! # Ok(Users { pool, columns })
//! # }
//!
//! impl Users {
//!     /// As `ResourceStore::query`.
//!     async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<User>>, StoreError> {
//!         let mut sql = QueryBuilder::new("SELECT * FROM users WHERE users.company = ");
//!         sql.push_bind(cx.tenant().as_str()).push(" AND ");
//!         self.columns.push_query(query, &mut sql)?;
//!         let accounts: Vec<Account> = sql.build_query_as().fetch_all(&self.pool).await.or_unavailable()?;
//!         let users = accounts.iter().map(Account::to_scim).collect::<Result<_, _>>()?;
//!         self.columns.listing(query, users, None)
//!     }
//! }
//! ```
//!
//! The whole of it, with teams, sessions and a router of axum, is `examples/existing-users-table` in the repository.
//!
//! What SQL answers is what [`TypedFilter::matches`](scim_filter::TypedFilter::matches) answers in memory, for every filter
//! that a check lets through; what has no column is refused with 400 `invalidFilter` and never left out. Values are only ever
//! bound, names are those of your program, and a filter is one closed condition, so that none reaches past the tenant.
//!
//! - A text that compares without regard to case, such as `userName`, needs a column of its own that holds what
//!   [`fold`](scim_core::value::text::fold) makes of it, and the unique index is over that.
//! - On PostgreSQL, `COLLATE "C"` on the columns that are put in order, or asked how they begin, lets an index answer.
//! - On PostgreSQL, `jit = off` is worth setting for the connections of the pool: a filter of hundreds of terms takes
//!   milliseconds to answer, and can take a minute to compile.
//! - The encoding of a SQLite database is UTF-8, as it is unless somebody has asked for another.
//! - [`StoreResult`] turns a violated unique index into 409 and a database that is gone into 503.
//!
//! # No table yet
//!
//! [`Database`] brings its own tables, for users, groups and any other resource type, on SQLite and PostgreSQL. The stores are all
//! that a service needs, and so are the keys:
//!
//! ```
//! use scim_core::TenantId;
//! use scim_server::auth::BearerTokens;
//! use scim_server::rules::Leaver;
//! use scim_server::{BaseUrl, ScimService};
//! use scim_sqlx::{Database, DatabaseTokens, Grant};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), scim_server::store::StoreError> {
//! # let file = std::env::temp_dir().join(format!("scim-lib-{}.db", std::process::id()));
//! # let file = file.to_string_lossy();
//! // Or `Database::postgres("postgres://...")`, which any number of servers may share.
//! let database = Database::sqlite(&file).await?;
//! database.migrate().await?;
//!
//! let tokens = DatabaseTokens::new(&database);
//! let key = tokens.create(&Grant::all(TenantId::new("acme")?)).await?;
//! println!("shown once: {}", key.expose());
//!
//! let scim = ScimService::builder(BaseUrl::new("https://app.example/scim/v2")?, BearerTokens::new(tokens))
//!     .resource(database.users())
//!     .resource(database.groups())
//!     .on_deprovision(|_cx, leaver: Leaver| async move {
//!         println!("sign {} out everywhere", leaver.id);
//!         Ok(())
//!     })
//!     .build()?;
//! // In axum: Router::new().nest_service("/scim/v2", scim)
//! # let _ = scim;
//! # database.close().await;
//! # let _ = std::fs::remove_file(&*file);
//! # Ok(())
//! # }
//! ```
//!
//! - Each member of a group is a row: adding one to a million writes one row, and reads none of the others. A group is answered
//!   row by row, and without its members when somebody asks so.
//! - [`Feed`] lists the changes, for observers that must not miss a leaver after a crash.
//! - `examples/directory` in the repository is a service on either database, with directories, keys and policies.

mod columns;
mod condition;
mod conflict;
mod cursor;
mod dialect;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod document;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod members;
mod order;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod outbox;
mod sql;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod tokens;

pub use columns::{Child, Column, Columns, ColumnsBuilder, ColumnsError, Constant, IdColumn};
pub use conflict::StoreResult;
pub use dialect::Dialect;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use document::{Database, DocumentStore};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use outbox::{Feed, Kind as ChangeKind, Line as ChangeLine, Position};
pub use sql::{Bind, Sql};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub use tokens::{DatabaseTokens, Grant, TokenInfo};
