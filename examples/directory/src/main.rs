//! Serves directories over SCIM. See README.md.

mod arguments;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Serve};

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command: Command::Serve(serve) } = Arguments::parse();
    // The log is no answer: it goes to standard error.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(serve.log).with_target(false).init();
    match run(*serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where there is nowhere to say it, the exit code has to do.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(serve: Serve) -> Result<(), Box<dyn std::error::Error>> {
    // Before anybody is told that it runs.
    let stop = told_to_stop()?;
    let mut running = directory::start(serve.options()?).await?;
    let mut out = io::stdout().lock();
    // The keys are forgotten with what they came in.
    for started in std::mem::take(&mut running.started) {
        tracing::info!(tenant = %started.id, name = started.name, "directory created");
        writeln!(out, "{}", started.base_url)?;
        if started.new_key {
            tracing::info!(tenant = %started.id, "its API key is printed now and never again");
            writeln!(out, "{}", started.key.expose())?;
        }
    }
    out.flush()?;
    drop(out);
    stop.await?;
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

/// Ctrl-C, or what a supervisor sends. It is listened for from the call on.
#[cfg(unix)]
fn told_to_stop() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn told_to_stop() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}
