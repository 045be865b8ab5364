//! The service over HTTP: as identity providers talk to it, with each of its policies, and as a process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod binary;
mod client;
mod flows;
mod keys;
mod policies;
