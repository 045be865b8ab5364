//! Serves directories over SCIM. See README.md.

mod arguments;
mod commands;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use directory::{Location, Running, StartError};

use arguments::{Arguments, Command, Serve};

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { command, database } = Arguments::parse();
    match run(command, &database).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where there is nowhere to say it, the exit code has to do.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command, database: &str) -> Result<(), Box<dyn std::error::Error>> {
    let database: Location = database.parse()?;
    match command {
        Command::Serve(serve) => self::serve(*serve, database).await,
        command => commands::run(command, &database).await,
    }
}

async fn serve(serve: Serve, database: Location) -> Result<(), Box<dyn std::error::Error>> {
    // The log is no answer: it goes to standard error.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(serve.log).with_target(false).init();
    // Before anybody is told that it runs.
    let stop = told_to_stop()?;
    tracing::info!(%database, "this is where the data is");
    let running = start(serve, database).await?;
    stop.await?;
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

/// Starts to serve, and prints base URLs and keys.
async fn start(serve: Serve, database: Location) -> Result<Running, Box<dyn std::error::Error>> {
    let options = serve.options(database)?;
    let started: Result<Running, StartError> = directory::start(options).await;
    let mut running = started?;
    let mut out = io::stdout().lock();
    for existing in &running.existing {
        let name = &existing.name;
        tracing::info!(tenant = %existing.id, name, "directory is there; its keys are not shown again, and `rotate-key` makes another");
        writeln!(out, "{}", running.base_url_of(&existing.id))?;
    }
    // The keys are forgotten with what they came in.
    for started in std::mem::take(&mut running.started) {
        let name = &started.name;
        writeln!(out, "{}", started.base_url)?;
        if started.new_key {
            tracing::info!(tenant = %started.id, name, "directory created; its API key is printed now and never again");
            writeln!(out, "{}", started.key.expose())?;
        } else {
            tracing::info!(tenant = %started.id, name, "directory is there; its API key was given");
        }
    }
    out.flush()?;
    Ok(running)
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
