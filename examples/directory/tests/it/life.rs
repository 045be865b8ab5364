//! A directory on a file, from its creation to its end, and databases that cannot be used.

use scim_sqlx::Database;
use serde_json::json;

use crate::file::File;
use crate::process::{Process, is_base_url, lines, run};
use crate::sqlite::client::Client;

#[tokio::test]
async fn what_was_acknowledged_outlives_the_process() {
    let file = File::new();
    let mut process = Process::on(&file.url(), &[]);
    let (base, key) = (process.line(), process.line());
    assert!(is_base_url(&base) && key.starts_with("scim_"), "{base} {}", key.len());
    // A second one, made by another process while the first one serves.
    let people = lines(&file.url(), &["create", "People"]);
    assert!(people.len() == 2 && is_base_url(&people[0]) && people[1].starts_with("scim_"), "{people:?}");
    let (first, second) = (Client::new(&base, &key), Client::new(&people[0], &people[1]));
    let user = first.user("bjensen").await.is(201);
    let group = second.group("Guides").await.is(201);
    second.get("/Users?filter=userName+eq+%22bjensen%22").await.is(200);
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "7"}]}]);
    second.patch(&format!("/Groups/{}", group.id()), add).await.is(204);
    process.kill();

    let mut process = Process::on(&file.url(), &[]);
    let again = [process.line(), process.line()];
    // The port is another one, the directories are the same, and no key is shown.
    let tenant = |url: &str| url.rsplit('/').next().unwrap().to_owned();
    assert_eq!(again.each_ref().map(|url| tenant(url)), [tenant(&base), tenant(&people[0])]);
    let (first, second) = (first.with(&again[0], &key), second.with(&again[1], &people[1]));
    assert_eq!(first.get(&format!("/Users/{}", user.id())).await.is(200).body, {
        let mut body = user.body.clone();
        body["meta"]["location"] = json!(format!("{}/Users/{}", again[0], user.id()));
        body
    });
    let group = second.get(&format!("/Groups/{}", group.id())).await.is(200);
    assert_eq!(group.body["members"][0]["value"], "7");
    first.user("BJENSEN").await.is(409);
    // Each sees its own.
    first.get(&format!("/Groups/{}", group.id())).await.is(404);
    first.with(&again[1], &key).get("/Users").await.is(404);
    let (out, log) = process.kill();
    assert_eq!(out, "");
    assert!(log.contains("its keys are not shown again") && log.contains("rotate-key"), "{log}");
    assert!(log.contains(&file.url()), "{log}");
    for secret in [&key, &people[1]] {
        assert!(!log.contains(secret.rsplit('_').next().unwrap()), "{log}");
        let bytes =
            [std::fs::read(&file.0).unwrap(), std::fs::read(format!("{}-wal", file.0.display())).unwrap()];
        let secret = secret.rsplit('_').next().unwrap().as_bytes();
        assert!(!bytes.concat().windows(secret.len()).any(|part| part == secret));
    }
}

#[tokio::test]
async fn keys_change_while_it_serves() {
    let file = File::new();
    let mut process = Process::on(&file.url(), &["--key-cache", "0"]);
    let (base, old) = (process.line(), process.line());
    let client = Client::new(&base, &old);
    client.get("/Users").await.is(200);
    let list = || lines(&file.url(), &["list"]);
    let rotate = |more: &[&str]| lines(&file.url(), &[&["rotate-key", "DEFAULT"], more].concat()).remove(0);
    let shown = |key: &str| format!("  key {}_..., created ", key.rsplit_once('_').unwrap().0);
    let listed = list();
    assert_eq!(listed.len(), 4, "{listed:?}");
    assert_eq!((listed[0].as_str(), listed[1].trim()), ("default", base.as_str()));
    assert!(listed[3].starts_with(&shown(&old)) && listed[3].ends_with("does not expire"), "{listed:?}");

    let new = rotate(&[]);
    let with = |key: &str| client.with(&base, key);
    with(&old).get("/Users").await.is(200);
    with(&new).get("/Users").await.is(200);
    let listed = list();
    assert!(listed[3].starts_with(&shown(&old)) && listed[3].contains(", expires "), "{listed:?}");
    assert!(listed[4].starts_with(&shown(&new)) && listed[4].ends_with("does not expire"), "{listed:?}");

    let newest = rotate(&["--overlap", "0s"]);
    with(&old).get("/Users").await.is(401);
    with(&new).get("/Users").await.is(401);
    with(&newest).get("/Users").await.is(200);
    assert_eq!(list().len(), 4);

    let begin = newest.rsplit_once('_').unwrap().0;
    lines(&file.url(), &["revoke-key", "default", begin]);
    with(&newest).get("/Users").await.is(401);
    assert!(list()[3].contains("no key opens it"));
    let back = rotate(&[]);
    with(&back).user("bjensen").await.is(201);
    // Somebody has found it, and has to be kept out.
    lines(&file.url(), &["revoke-key", "default", &back]);
    with(&back).get("/Users").await.is(401);

    let refused = run(&["delete", "default", "--database", &file.url()]);
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("--yes"));
    lines(&file.url(), &["delete", "default", "--yes"]);
    assert_eq!(list(), Vec::<String>::new());
    let (_, log) = process.kill();
    for key in [old, new, newest, back] {
        assert!(!log.contains(key.rsplit('_').next().unwrap()), "{log}");
    }
}

#[tokio::test]
async fn nothing_of_a_deleted_directory_is_left() {
    let file = File::new();
    let (gone, stays) = (lines(&file.url(), &["create", "gone"]), lines(&file.url(), &["create", "stays"]));
    let mut process = Process::on(&file.url(), &["--key-cache", "0"]);
    // The address that `create` printed was that of a service to come.
    let bases = [process.line(), process.line()];
    let (first, second) = (Client::new(&bases[0], &gone[1]), Client::new(&bases[1], &stays[1]));
    for client in [&first, &second] {
        let user = client.user("bjensen-who-was-here").await.is(201);
        let group = client.group("Guides").await.is(201);
        let add = json!([{"op": "add", "path": "members", "value": [{"value": user.id()}]}]);
        client.patch(&format!("/Groups/{}", group.id()), add).await.is(204);
    }
    let output = run(&["delete", "gone", "--yes", "--database", &file.url()]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("with 2 users and groups"), "{output:?}");
    first.get("/Users").await.is(401);
    assert_eq!(second.get("/Users").await.is(200).body["totalResults"], 1);
    assert_eq!(
        second.get("/Groups").await.is(200).body["Resources"][0]["members"].as_array().unwrap().len(),
        1
    );
    process.kill();

    let database = Database::sqlite(file.0.to_str().unwrap()).await.unwrap();
    let tenant = scim_core::TenantId::new(gone[0].rsplit('/').next().unwrap()).unwrap();
    let feed = scim_sqlx::Feed::new(&database);
    assert!(feed.read(Some(&tenant), scim_sqlx::Position::START, 9).await.unwrap().is_empty());
    assert_eq!(database.erase(&tenant).await.unwrap(), 0);
    database.close().await;
}

#[tokio::test]
async fn directories_that_are_wanted_are_made_once() {
    let file = File::new();
    let wanted = ["--directory", "People", "--token", "a-key-for-tests-only"];
    for round in 0..2 {
        let mut process = Process::on(&file.url(), &wanted);
        let client = Client::new(&process.line(), "a-key-for-tests-only");
        assert_eq!(client.get("/Users").await.is(200).body["totalResults"], round);
        client.user(&format!("user-{round}")).await.is(201);
        assert_eq!(process.kill().0, "");
    }
    assert_eq!(lines(&file.url(), &["list"]).iter().filter(|line| line.contains("key ")).count(), 1);
}

#[test]
fn a_database_that_cannot_be_used_is_named_and_no_password() {
    let file = File::new();
    let says = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!text.contains("t1me"), "{text}");
        text.lines().last().unwrap().to_owned()
    };
    let serve =
        |database: &str| says(&["serve", "--listen", "127.0.0.1:0", "--log", "off", "--database", database]);
    let kinds =
        "the database is neither `memory` nor `sqlite:FILE` nor `postgres://USER:PASSWORD@HOST/DATABASE`";
    assert_eq!(serve("mysql://root:t1meMa@db.example/people"), kinds);
    assert_eq!(serve("directory.db"), kinds);
    // Nobody listens at the port for discarding.
    assert_eq!(
        serve("postgres://scim:t1meMa@127.0.0.1:9/people?password=t1me"),
        "the database at postgres://scim@127.0.0.1:9/people cannot be used: error communicating with database: \
         Connection refused (os error 111)"
    );
    assert_eq!(
        serve("sqlite:/no/such/folder/directory.db"),
        "the database at sqlite:/no/such/folder/directory.db cannot be used: error returned from database: (code: 14) \
         unable to open database file"
    );
    std::fs::write(&file.0, "This is a letter to somebody, and no database.\n".repeat(100)).unwrap();
    let failed = format!("the database at {} cannot be used: ", file.url());
    assert_eq!(
        serve(&file.url()),
        format!("{failed}error returned from database: (code: 26) file is not a database")
    );
    // What was there is still there.
    assert!(std::fs::read_to_string(&file.0).unwrap().starts_with("This is a letter"));

    let missing = says(&["list", "--database", "sqlite:/no/such/file.db"]);
    assert_eq!(
        missing,
        "there is no database at sqlite:/no/such/file.db: `directory serve` and `directory create` make one"
    );
    let memory = says(&["list", "--database", "memory"]);
    assert!(memory.starts_with("what is in memory is known to the process that serves it only"), "{memory}");
}

#[test]
fn commands_about_what_is_not_there_say_so() {
    let file = File::new();
    lines(&file.url(), &["create", "People"]);
    let says = |arguments: &[&str]| {
        let output = run(&[arguments, &["--database", &file.url()]].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap().lines().last().unwrap().to_owned()
    };
    assert_eq!(says(&["create", "people"]), "there is a directory `people` already");
    assert_eq!(says(&["rotate-key", "Others"]), "there is no directory `Others`");
    assert_eq!(says(&["delete", "Others", "--yes"]), "there is no directory `Others`");
    assert_eq!(says(&["revoke-key", "People", "scim_x"]), "the directory has no key that begins so");
    lines(&file.url(), &["rotate-key", "People"]);
    assert_eq!(says(&["revoke-key", "People", "scim_"]), "several keys of the directory begin so");
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let file = File::new();
    lines(&file.url(), &["create", "People"]);
    let pool = sqlx::SqlitePool::connect(&file.url()).await.unwrap();
    sqlx::query("INSERT INTO scim_schema (version) VALUES (99)").execute(&pool).await.unwrap();
    pool.close().await;
    for command in [&["serve", "--listen", "127.0.0.1:0", "--log", "off"][..], &["list"]] {
        let output = run(&[command, &["--database", &file.url()]].concat());
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(
            String::from_utf8(output.stderr).unwrap().lines().last().unwrap(),
            format!(
                "the database at {} cannot be used: the tables are of version 99, and this program knows versions up to 1: it \
                 is too old for them",
                file.url()
            )
        );
    }
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new();
    lines(&file.url(), &["create", "People"]);
    assert_eq!(std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
}
