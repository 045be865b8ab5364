//! Pushes users from a file to a SCIM server: see `push-users --help`.

mod input;
mod push;
mod terminal;

pub use input::{InputError, Row, read};
pub use push::{Done, Options, Summary, push};
pub use terminal::{Progress, plain};
