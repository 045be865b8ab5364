//! A PostgreSQL of a test's own: a cluster in a temporary folder, on 127.0.0.1, gone when the test is.

use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The folder with `initdb` and `postgres`, where they are not on the PATH and not in Debian's place.
pub const BIN_DIR: &str = "SCIM_TEST_POSTGRES_BIN";

/// A running cluster.
pub struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
    server: Option<Child>,
}

/// Why there is no cluster.
#[derive(Debug)]
pub struct Missing(String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Cluster {
    /// Starts a cluster. Where there is no PostgreSQL, the test is to be left out, loudly; in CI that is a failure.
    ///
    /// # Panics
    /// In CI (`CI=true`) when it cannot be started.
    #[must_use]
    #[expect(clippy::panic, clippy::print_stderr, reason = "this is for tests")]
    pub fn start() -> Option<Self> {
        match Self::try_start() {
            Ok(cluster) => Some(cluster),
            Err(missing) if std::env::var_os("CI").is_some() => {
                panic!("PostgreSQL is needed in CI: {missing}")
            }
            Err(missing) => {
                eprintln!("!!!! NOT TESTED ON POSTGRESQL: {missing} !!!!");
                None
            }
        }
    }

    /// Starts a cluster.
    ///
    /// # Errors
    /// When PostgreSQL is not there, or does not start.
    pub fn try_start() -> Result<Self, Missing> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let bin = find_bin()?;
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("scim-postgres-{}-{number}", std::process::id()));
        let failed = |what: &str, error: &dyn fmt::Display| Missing(format!("{what}: {error}"));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).map_err(|error| failed("no folder", &error))?;
        // It refuses to run as root.
        let user = if is_root() { Some(unprivileged()?) } else { None };
        if let Some((uid, gid)) = user {
            chown(&dir, Some(uid), Some(gid)).map_err(|error| failed("no owner", &error))?;
        }
        let port = free_port().map_err(|error| failed("no port", &error))?;
        let mut cluster = Self { bin, dir, port, user, server: None };
        let made = cluster
            .command("initdb")
            .args(["-A", "trust", "-U", "scim", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(cluster.dir.join("data"))
            .stdout(Stdio::null())
            .output()
            .map_err(|error| failed("initdb", &error))?;
        if !made.status.success() {
            return Err(failed("initdb", &String::from_utf8_lossy(&made.stderr)));
        }
        cluster.restart()?;
        Ok(cluster)
    }

    /// Where to connect to, as user `scim`, who may do everything.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://scim@127.0.0.1:{}/postgres", self.port)
    }

    /// Kills the server as a power cut would (`SIGKILL`).
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts the server again, on the same port.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> Result<(), Missing> {
        self.kill();
        let failed = |error: &dyn fmt::Display| Missing(format!("postgres: {error}"));
        // After a kill the old one's children may hold on to its memory for a moment: it says so and ends.
        let mut said = String::new();
        for _ in 0..100 {
            let mut server = self
                .command("postgres")
                .arg("-D")
                .arg(self.dir.join("data"))
                .args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={}", self.port)])
                .args(["-c", "unix_socket_directories=", "-c", "max_connections=200"])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .map_err(|error| failed(&error))?;
            let Some(stderr) = server.stderr.take() else { return Err(failed(&"no output")) };
            let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
            said.clear();
            for line in lines.by_ref() {
                if line.contains("ready to accept connections") {
                    // What it says later is read, so that it never waits for a reader.
                    std::thread::spawn(move || lines.for_each(drop));
                    self.server = Some(server);
                    return Ok(());
                }
                said.push_str(&line);
                said.push('\n');
            }
            let _ = server.wait();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(failed(&said))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir(&self.dir).env("LC_ALL", "C").stdin(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// On the PATH, in a folder that a variable names, or in Debian's place.
fn find_bin() -> Result<PathBuf, Missing> {
    let has = |dir: &Path| dir.join("initdb").is_file() && dir.join("postgres").is_file();
    if let Some(dir) = std::env::var_os(BIN_DIR).map(PathBuf::from) {
        return if has(&dir) { Ok(dir) } else { Err(Missing(format!("{BIN_DIR} has no `initdb`"))) };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(dir) = std::env::split_paths(&path).find(|dir| has(dir)) {
        return Ok(dir);
    }
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|dir| has(dir))
        .collect();
    debian.sort();
    debian
        .pop()
        .ok_or_else(|| Missing(format!("`initdb` was not found: install PostgreSQL or set {BIN_DIR}")))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The user `postgres`, or else `nobody`.
fn unprivileged() -> Result<(u32, u32), Missing> {
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).ok_or_else(|| Missing("there is no user but root".to_owned()))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_comes_goes_and_comes_again() {
        let Some(mut cluster) = Cluster::start() else { return };
        let connect = |cluster: &Cluster| std::net::TcpStream::connect(("127.0.0.1", cluster.port)).is_ok();
        assert!(connect(&cluster));
        cluster.kill();
        assert!(!connect(&cluster));
        cluster.restart().unwrap();
        assert!(connect(&cluster));
        let dir = cluster.dir.clone();
        drop(cluster);
        assert!(!dir.exists());
    }
}
