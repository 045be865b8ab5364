//! What the tests, fuzz targets and benches of this workspace share.

pub mod arbitrary;
pub mod corpus;
