//! Provisions a company into a SCIM server, from nothing to a verdict: `cargo run --release -p provision`.
//!
//! | file | what it does |
//! |---|---|
//! | `run` | the acts, one after the other |
//! | `trouble` | the acts in which something goes wrong on purpose |
//! | `session` | what the acts share, and one cycle with its bar and its table |
//! | `company`, `target`, `server`, `faults` | the two ends |
//! | `compare` | the verdict: both ends are read, whatever the job remembers |
//! | `show`, `tally`, `on_demand`, `bar`, `screen` | what people see |

mod arguments;
mod bar;
mod clock;
mod company;
mod compare;
mod faults;
mod folder;
mod on_demand;
mod run;
mod screen;
mod server;
mod session;
mod show;
mod stop;
mod tally;
mod target;
mod trouble;

pub use self::arguments::Arguments;
pub use self::run::{Ending, run};
pub use self::screen::Screen;
pub use self::stop::Stop;

/// Why nothing could be tried, or why it could not go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
