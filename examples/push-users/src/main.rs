//! Creates, updates or disables users on any SCIM server, from a file.
//!
//! ```sh
//! export SCIM_TOKEN=...
//! cargo run -p push-users -- --target http://127.0.0.1:8080/scim/v2 --dry-run people.csv
//! ```
//!
//! The status is 0 when all is well, 1 when a user failed, 2 when nothing could be tried, 130 after Ctrl-C.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use push_users::{Options, Progress, plain, push, read};
use scim_client::{Client, Dialect};
use scim_core::AttrPath;

/// Creates, updates or disables users on any SCIM server.
///
/// The file is CSV or JSON lines. The headers of CSV are attribute paths such as `name.formatted`, or givenName, familyName
/// and email; an empty cell says nothing. A user whose `active` is false is disabled.
#[derive(Parser)]
struct Arguments {
    /// The base URL of the server, such as https://saas.example/scim/v2
    #[arg(long)]
    target: String,
    /// The token; other people on this machine see it with `ps`, so SCIM_TOKEN or --token-file is better
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true, conflicts_with = "token_file")]
    token: Option<String>,
    /// A file that holds the token
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// What the server is: rfc, entra, entra-062020, okta, atlassian, aws-identity-center, slack, google, github
    #[arg(long, default_value = "rfc")]
    dialect: String,
    /// The attribute that a user is found by
    #[arg(long, default_value = "userName")]
    key: String,
    /// Says what would happen, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// The users
    file: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{}", plain(&error.to_string()));
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let dialect = Dialect::known(&arguments.dialect)
        .ok_or_else(|| format!("`{}` is no dialect that is known", arguments.dialect))?;
    let file =
        std::fs::read(&arguments.file).map_err(|error| format!("{}: {error}", arguments.file.display()))?;
    let rows = read(&file)?;
    let mut builder = Client::builder(arguments.target).dialect(dialect).user_agent("push-users");
    if let Some(token) = token(arguments.token, arguments.token_file)? {
        builder = builder.bearer(token);
    }
    let client = builder.build()?;
    let options = Options { key: arguments.key.parse::<AttrPath>()?, dry_run: arguments.dry_run };
    client.discover().await?;

    let stop = Arc::new(AtomicBool::new(false));
    tokio::spawn(stop_at_ctrl_c(Arc::clone(&stop)));
    let mut progress = Progress::of(rows.len());
    let mut out = std::io::stdout();
    let summary = push(&client, &rows, &options, &stop, |row, outcome| {
        if let Err(error) = outcome {
            progress.clear();
            let _ = writeln!(out, "line {}: {}", row.line, plain(&error.to_string()));
        }
        progress.step();
    })
    .await;
    progress.clear();
    let would = if arguments.dry_run { " (nothing was written)" } else { "" };
    writeln!(
        out,
        "{} created, {} updated, {} disabled, {} unchanged, {} failed, {} not tried{would}",
        summary.created,
        summary.updated,
        summary.disabled,
        summary.unchanged,
        summary.failed,
        summary.skipped
    )?;
    Ok(if stop.load(Ordering::Relaxed) {
        ExitCode::from(130)
    } else if summary.failed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn token(given: Option<String>, file: Option<PathBuf>) -> Result<Option<String>, String> {
    match (given, file) {
        (_, Some(file)) => std::fs::read_to_string(&file)
            .map(|token| Some(token.trim().to_owned()))
            .map_err(|error| format!("{}: {error}", file.display())),
        (given, None) => Ok(given.filter(|token| !token.is_empty())),
    }
}

/// The first time, the user that is under way is finished; the second time, nothing is.
async fn stop_at_ctrl_c(stop: Arc<AtomicBool>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if stop.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    }
}
