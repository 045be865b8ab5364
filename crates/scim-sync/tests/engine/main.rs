//! The engine against a server in the process: cycles, faults, kills.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "these are tests")]

mod dialects;
mod faults;
mod law;
mod review;
mod scenarios;
mod sources;
mod support;
mod tapes;
