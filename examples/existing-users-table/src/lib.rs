//! SCIM for an application that has its own users, teams and sessions.
//!
//! SCIM is how the directory of a customer (Entra ID, Okta and others) keeps the accounts of its people in your application:
//! who joins gets an account, who changes teams changes teams, and who leaves is locked out at once. The directory is the
//! client, which sends `POST /Users`, `PATCH /Groups/{id}` and so on; your application is the server.
//!
//! | file | what it is |
//! |---|---|
//! | `schema.sql` | the application's tables, and the five columns that they gain |
//! | [`web`] | the application as it was: people sign in, and are who they are |
//! | [`users`] | **start here**: users of the application as users of SCIM |
//! | [`teams`] | teams as groups |
//! | [`scim`](mod@scim) | both put together, and what happens to the sessions of those who leave |
//!
//! `cargo run -p existing-users-table` prints a base URL and a key, which is all that a directory is to be told.

pub mod scim;
pub mod teams;
pub mod users;
pub mod web;
