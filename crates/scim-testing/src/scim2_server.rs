//! A server that others wrote (`scim2-server`, in Python), in a process of its own on 127.0.0.1, gone when the test is.
//!
//! Which version is in `testdata/interop/requirements.txt`; `.ci/run` installs it.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The executable `scim2-server`, in the virtual environment where it was installed.
pub const EXECUTABLE: &str = "SCIM_TEST_SCIM2_SERVER";

/// A running server, with nothing in it yet.
pub struct Scim2Server {
    process: Child,
    base_url: String,
    token: String,
    log: Arc<Mutex<String>>,
}

/// Why there is no server.
#[derive(Debug)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Starts a server. Where there is none installed, the test is to be left out, loudly; in CI that is a failure.
///
/// # Panics
/// In CI (`CI=true`) when none is installed, and everywhere when the one that is installed does not start.
#[must_use]
#[expect(clippy::panic, reason = "this is for tests")]
pub fn start() -> Option<Scim2Server> {
    match (std::env::var_os(EXECUTABLE), std::env::var_os("CI")) {
        (Some(executable), _) => match Scim2Server::start(&PathBuf::from(executable)) {
            Ok(server) => Some(server),
            Err(missing) => panic!("{EXECUTABLE} is set: {missing}"),
        },
        (None, Some(_)) => panic!("scim2-server is needed in CI: set {EXECUTABLE}"),
        (None, None) => {
            // Past the harness, which keeps what tests that pass have to say.
            let line = format!("!!!! NOT TESTED AGAINST scim2-server: {EXECUTABLE} is not set !!!!\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
            None
        }
    }
}

impl Scim2Server {
    /// Starts this executable.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(executable: &Path) -> Result<Self, Missing> {
        let failed = |error: &dyn fmt::Display| Missing(format!("{}: {error}", executable.display()));
        // Nobody else's test gets through with it, should a port be taken twice.
        let token = format!("scim-test-{:016x}", RandomState::new().hash_one(std::process::id()));
        let mut said = String::new();
        // It cannot say which port it took, so one is looked for; somebody may be faster.
        for _ in 0..10 {
            let port = free_port().map_err(|error| failed(&error))?;
            let mut process = Command::new(executable)
                .args(["--hostname", "127.0.0.1", "--port", &port.to_string(), "--bearer-token", &token])
                .env("PYTHONUNBUFFERED", "1")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| failed(&error))?;
            let (Some(stdout), Some(stderr)) = (process.stdout.take(), process.stderr.take()) else {
                return Err(failed(&"no output"));
            };
            let log = Arc::default();
            let reading = read(stderr, Arc::clone(&log));
            let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
            if lines.by_ref().any(|line| line.starts_with("Serving SCIM on ")) {
                // What it says later is read, so that it never waits for a reader.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { process, base_url: format!("http://127.0.0.1:{port}/v2"), token, log });
            }
            let _ = process.kill();
            let _ = process.wait();
            let _ = reading.join();
            said = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
        }
        Err(failed(&said))
    }

    /// The base URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The bearer token that it takes, and no other.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// What it logged: requests, and what went wrong inside.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Scim2Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Keeps what is said, as far as anybody reads it.
fn read(mut from: ChildStderr, log: Arc<Mutex<String>>) -> std::thread::JoinHandle<()> {
    const MOST: usize = 1 << 20;
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < MOST {
                log.push_str(&String::from_utf8_lossy(buffer.get(..read).unwrap_or_default()));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_comes_and_goes() {
        let Some(server) = start() else { return };
        let address = server.base_url().trim_start_matches("http://").trim_end_matches("/v2").to_owned();
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(std::net::TcpStream::connect(&address).is_err());
    }

    #[test]
    fn what_does_not_start_says_why() {
        let missing = Scim2Server::start(Path::new("/nowhere/scim2-server")).err().unwrap();
        assert_eq!(missing.to_string(), "/nowhere/scim2-server: No such file or directory (os error 2)");
        let missing = Scim2Server::start(Path::new("/bin/false")).err().unwrap();
        assert_eq!(missing.to_string(), "/bin/false: ");
    }
}
