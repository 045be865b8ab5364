//! The binary, as a process.

use std::process::Command;

use serde_json::json;

use crate::process::{Process, is_base_url, run};
use crate::sqlite::client::{Client, USER};

#[tokio::test]
async fn it_prints_a_base_url_and_a_key_and_then_never_again() {
    let mut process = Process::in_memory(&[]);
    let (base, key) = (process.line(), process.line());
    assert!(is_base_url(&base) && key.starts_with("scim_"), "{base} {}", key.len());
    let client = Client::new(&base, &key);
    client.post("/Users", json!({"schemas": [USER], "userName": "bjensen", "active": "True"})).await.is(201);
    client.with(&base, "not-the-key-of-this").get("/Users").await.is(401);
    let (out, log) = process.kill();
    assert_eq!(out, "");
    assert!(!log.contains(&key) && !log.contains("bjensen") && !log.contains("not-the-key"), "{log}");
    let secret = key.rsplit('_').next().unwrap();
    assert!(!log.contains(secret), "{log}");
    let created =
        log.lines().find(|line| line.contains("operation=\"create\"")).unwrap_or_else(|| panic!("{log}"));
    let tenant = base.rsplit('/').next().unwrap();
    assert!(
        created.contains(tenant) && created.contains("status=201") && created.contains("ENT-02"),
        "{created}"
    );
    assert!(log.lines().any(|line| line.contains("status=401")), "{log}");
}

#[tokio::test]
async fn a_given_key_is_not_printed() {
    let mut process = Process::in_memory(&["--token", "a-key-for-tests-only"]);
    let base = process.line();
    assert!(is_base_url(&base), "{base}");
    Client::new(&base, "a-key-for-tests-only").get("/Users").await.is(200);
    let (out, log) = process.kill();
    assert_eq!(out, "");
    assert!(!log.contains("a-key-for-tests-only"), "{log}");
}

#[tokio::test]
async fn several_directories_are_printed_one_after_another() {
    for arguments in [&["--directories", "2"][..], &["--directory", "People", "--directory", "Contractors"]] {
        let mut process = Process::in_memory(arguments);
        let lines: Vec<String> = (0..4).map(|_| process.line()).collect();
        assert!(is_base_url(&lines[0]) && is_base_url(&lines[2]) && lines[0] != lines[2], "{lines:?}");
        Client::new(&lines[0], &lines[1]).get("/Users").await.is(200);
        Client::new(&lines[2], &lines[3]).get("/Users").await.is(200);
        Client::new(&lines[2], &lines[1]).get("/Users").await.is(404);
        assert_eq!(process.kill().0, "");
    }
}

#[tokio::test]
async fn policies_are_arguments() {
    let mut process = Process::in_memory(&[
        "--token",
        "a-key-for-tests-only",
        "--atlassian",
        "--page-max",
        "7",
        "--verified-domain",
        "example.com",
        "--max-members",
        "1",
        "--max-users",
        "1",
        "--without",
        "filter",
        "--delete",
        "retire",
        "--recreate",
        "user-name",
        "--profile",
        "rfc",
        "--rate-limit",
        "1000",
        "--key-days",
        "1",
        "--log",
        "off",
    ]);
    let client = Client::new(&process.line(), "a-key-for-tests-only");
    let config = client.get("/ServiceProviderConfig").await.is(200).body;
    assert_eq!((&config["filter"]["maxResults"], &config["filter"]["supported"]), (&json!(7), &json!(false)));
    assert_eq!((&config["bulk"]["supported"], &config["sort"]["supported"]), (&json!(false), &json!(false)));
    client.user("eve@evil.example").await.is(400);
    client.post("/Users", json!({"schemas": [USER], "userName": "a", "active": "True"})).await.is(400);
    let user = client.user("babs@example.com").await.is(201);
    client.user("adam@example.com").await.is(403);
    client.delete(&format!("/Users/{}", user.id())).await.is(204);
    assert_eq!(client.user("babs@example.com").await.is(201).id(), user.id());
    assert_eq!(process.kill(), (String::new(), String::new()));
}

#[cfg(unix)]
#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let mut process = Process::in_memory(&["--log", "off"]);
    let (base, key) = (process.line(), process.line());
    // A client that keeps its connection does not keep the process.
    let client = Client::new(&base, &key);
    client.get("/Users").await.is(200);
    let told = Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(process.wait().success());
}

#[test]
fn what_makes_no_sense_is_refused() {
    let says = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(!output.status.success() && output.stdout.is_empty(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(says(&["serve", "--listen", "0.0.0.0:0"]).contains("in the clear"));
    assert!(says(&["serve", "--token", "short"]).contains("shorter than 16 bytes"));
    assert!(
        says(&["serve", "--directories", "2", "--token", "a-key-for-tests-only"]).contains("keys of its own")
    );
    assert!(says(&["serve", "--directories", "2", "--directory", "People"]).contains("cannot be used with"));
    assert!(
        says(&[
            "serve",
            "--public-url",
            "ftp://app.example",
            "--listen",
            "127.0.0.1:0",
            "--database",
            "memory"
        ])
        .contains("is no base URL")
    );
    assert!(says(&["serve", "--directories", "0"]).contains("0 is not in 1..=65535"));
    assert!(says(&["serve", "--without", "patch"]).contains("possible values"));
}
