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
    told_to_stop().await?;
    tracing::info!("stopping");
    running.shutdown().await;
    Ok(())
}

/// Ctrl-C, or what a supervisor sends.
async fn told_to_stop() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
