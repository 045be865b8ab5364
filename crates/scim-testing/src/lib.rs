//! What the tests, fuzz targets and benches of this workspace share.

pub mod arbitrary;
pub mod company;
pub mod corpus;
pub mod filters;
pub mod naive;
pub mod patches;
pub mod postgres;
pub mod schemas;
pub mod scim2_server;
pub mod server;

/// The code in the README is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadmeDoctests;
