//! The binary, started.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

/// A process that does not outlive its test.
pub(crate) struct Process {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn in_memory(arguments: &[&str]) -> Self {
        Self::on("memory", arguments)
    }

    pub(crate) fn on(database: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_directory"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("DIRECTORY_DATABASE", database)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it as a power cut would, and returns what is left on standard output, and all that went to the log.
    pub(crate) fn kill(&mut self) -> (String, String) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let (mut out, mut log) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (out, log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_directory"))
        .args(arguments)
        .env_remove("DIRECTORY_DATABASE")
        .output()
        .unwrap()
}

/// A command on a database, and the lines that it prints.
#[track_caller]
pub(crate) fn lines(database: &str, arguments: &[&str]) -> Vec<String> {
    let output = run(&[arguments, &["--database", database]].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

pub(crate) fn is_base_url(line: &str) -> bool {
    line.starts_with("http://127.0.0.1:") && line.contains("/scim/directory/") && !line.contains(' ')
}
