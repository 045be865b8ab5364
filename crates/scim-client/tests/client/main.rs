//! The client against servers: a whole one, and those that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by unwrapping it"
)]

mod dialects;
mod encoding;
mod errors;
mod life_cycle;
mod lists;
mod me;
mod retry;
mod root;
mod shapes;
mod sockets;
mod support;
#[cfg(feature = "oauth2")]
mod tokens;
