//! PATCH of SCIM 2.0.

pub mod apply;
mod delta;
pub mod diff;
mod error;
pub mod normalize;
mod operation;
mod request;
mod wire;

// The public interface is:
pub use apply::Patched;
pub use delta::Delta;
pub use diff::{Dialect, DiffOptions};
pub use error::PatchError;
pub use operation::{Change, Operation, PatchOp};
pub use request::PatchRequest;
