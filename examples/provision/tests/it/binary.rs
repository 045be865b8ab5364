//! The binary, as a process.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

use crate::support::{Place, keys};

fn run(place: &Place, arguments: &[&str]) -> (Output, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_provision"))
        .current_dir(place.path(""))
        .env_remove("SCIM_TOKEN")
        .args(["--company", place.company()])
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

#[test]
fn it_ends_with_a_verdict_and_its_status() {
    let place = Place::new();
    let (output, out, err) = run(&place, &[]);
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    assert!(out.ends_with("\n\nVerdict: good. The target is what the source says.\n"), "{out}");
    assert!(
        out.contains("provision-run/run-1/log.jsonl") && place.path("provision-run/run-1/log.jsonl").exists()
    );
    let key = keys(&out);
    assert_eq!(
        (key.len(), out.matches(&key[0]).count(), err.matches(&key[0]).count()),
        (1, 1, 0),
        "{out}{err}"
    );
    assert!(!out.contains('\u{1b}') && err.is_empty(), "{out}{err}");
}

#[test]
fn what_cannot_be_tried_is_said() {
    let place = Place::new();
    let nobody = ["--target", "http://127.0.0.1:9", "--token", "t1meMa$heen"];
    let (output, out, err) = run(&place, &nobody);
    assert_eq!(output.status.code(), Some(1), "{out}{err}");
    assert!(
        out.contains("nobody answers") && out.contains("warning: the token is among the arguments"),
        "{out}"
    );
    assert!(!out.contains("t1meMa") && !err.contains("t1meMa"), "{out}{err}");

    std::fs::write(place.path("tiny/users.json"), "[\n{\"id\": 7}\n]").unwrap();
    let (output, _, err) = run(&place, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err.starts_with("users.json, line 2: "), "{err}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_it_cleanly() {
    let place = Place::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_provision"))
        .current_dir(place.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    // The company of the example is large enough for a cycle that is under way.
    while !text.ends_with("\nInitial cycle\n") {
        assert!(out.read_line(&mut text).unwrap() > 0, "{text}");
    }
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    out.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{text}");
    assert!(
        text.contains("Ctrl-C: what is under way is finished") && text.contains("goes on from here"),
        "{text}"
    );
}
