//! A complete SCIM 2.0 service over your own storage.

pub mod auth;
mod context;
mod cursor;
pub mod memory;
pub mod rules;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod timer;

pub use context::{Context, Operation};
pub use cursor::CursorKey;
pub use memory::MemoryStore;
pub use timer::Timer;
#[cfg(feature = "tokio")]
pub use timer::TokioTimer;
