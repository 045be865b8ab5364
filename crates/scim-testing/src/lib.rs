//! What the tests, fuzz targets and benches of this workspace share.

pub mod corpus;
pub mod filters;
pub mod naive;
pub mod patches;
pub mod schemas;
