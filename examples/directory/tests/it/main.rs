//! The service over HTTP: as identity providers talk to it, with each of its policies, and as a process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]
#![allow(clippy::duplicate_mod, reason = "the same tests on a file and in memory")]

mod binary;
mod file;
mod life;
mod process;
mod processes;

/// On a file of SQLite.
#[path = "."]
mod sqlite {
    pub(crate) use crate::file::File as Place;

    #[path = "client.rs"]
    pub(crate) mod client;
    #[path = "flows.rs"]
    mod flows;
    #[path = "keys.rs"]
    mod keys;
    #[path = "policies.rs"]
    mod policies;
}

/// The same in memory.
#[path = "."]
mod memory {
    pub(crate) struct Place;

    impl Place {
        pub(crate) fn new() -> Self {
            Self
        }

        pub(crate) fn location(&self) -> directory::Location {
            directory::Location::Memory
        }
    }

    #[path = "client.rs"]
    mod client;
    #[path = "flows.rs"]
    mod flows;
    #[path = "keys.rs"]
    mod keys;
    #[path = "policies.rs"]
    mod policies;
}
