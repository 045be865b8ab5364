//! Filters of SCIM 2.0 (RFC 7644 §3.4.2): which resources are asked for.

mod ast;
pub mod check;
mod display;
mod error;
mod eval;
mod filter;
mod literal;
mod parse;
mod path;
pub mod query;

// The public interface is:
pub use ast::{CompareOp, Filter};
pub use check::{CheckOptions, ElementFilter, Typed, TypedFilter, UnknownAttribute, Warning};
pub use error::FilterError;
pub use filter::{BARE_VALUES, COMPARISON_AFTER_BRACKETS, MISSING_BLANK, Parsed};
pub use literal::{Literal, Number};
pub use path::{ParsedPath, Path};
