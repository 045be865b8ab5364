//! The whole program on a small company.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test says what it expects by unwrapping it"
)]

mod binary;
mod company;
mod day;
mod support;
mod target;
mod trouble;
mod verdict;
