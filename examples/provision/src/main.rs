//! Provisions a company into a SCIM server: an initial cycle, the changes of a day, a cycle with nothing to do, and a
//! comparison of both ends.
//!
//! ```sh
//! cargo run --release -p provision
//! ```

use std::io::Write;
use std::process::ExitCode;

use provision::{Arguments, Ending, Screen, Stop, run};
use scim_sync::printable;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::of_process();
    match run(&arguments, &mut Screen::of_process(), &Stop::at_ctrl_c()).await {
        Ok(Ending::Good) => ExitCode::SUCCESS,
        Ok(Ending::Bad) => ExitCode::FAILURE,
        Ok(Ending::Stopped) => ExitCode::from(130),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{}", printable(&error.to_string()));
            ExitCode::from(2)
        }
    }
}
