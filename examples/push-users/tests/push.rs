//! Files against a server in the process.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by unwrapping it"
)]

use std::sync::atomic::{AtomicBool, Ordering};

use push_users::{Options, Summary, push, read};
use scim_client::Client;
use scim_core::{User, attr};
use scim_filter::Filter;
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};

const BASE: &str = "https://example.com/scim/v2";

fn client() -> Client {
    let (key, tokens) = (ApiKey::generate().unwrap(), MemoryTokens::new());
    tokens.add(key.record(Principal::new("acme".parse().unwrap()).with_scopes(Scopes::all())));
    let server = ScimService::builder(BaseUrl::new(BASE).unwrap(), BearerTokens::new(tokens))
        .resource(MemoryStore::<User>::new())
        .without_session_revocation()
        .build();
    Client::builder(BASE).bearer(key.expose()).transport(server.unwrap()).build().unwrap()
}

async fn run(client: &Client, file: &str, dry_run: bool) -> Summary {
    let rows = read(file.as_bytes()).unwrap();
    let options = Options { key: attr::USER_NAME, dry_run };
    push(client, &rows, &options, &AtomicBool::new(false), |_, outcome| {
        if let Err(error) = outcome {
            assert!(error.to_string().contains("userName"), "{error}");
        }
    })
    .await
}

const CSV: &str = "userName,externalId,givenName,familyName,email,active,\
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department\n\
    ana,1,Ana,\"de la, Cruz\",ana@example.com,True,Tours\n\
    bob,2,Bob,,,true,\n";

#[tokio::test]
async fn users_come_change_and_are_disabled() {
    let client = client();
    let dry = run(&client, CSV, true).await;
    assert_eq!(dry, Summary { created: 2, ..Summary::default() });
    assert_eq!(run(&client, CSV, true).await, dry, "nothing was written");
    assert_eq!(run(&client, CSV, false).await, dry);
    assert_eq!(run(&client, CSV, false).await, Summary { unchanged: 2, ..Summary::default() });

    let changed = CSV.replace("ana@", "ana.cruz@").replace("bob,2,Bob,,,true", "bob,2,Bob,,,false");
    let summary = run(&client, &changed, false).await;
    assert_eq!(summary, Summary { updated: 1, disabled: 1, ..Summary::default() });
    let ana = client.users().find(&Filter::eq(attr::USER_NAME, "ana")).await.unwrap().unwrap();
    assert_eq!((ana.emails.len(), ana.emails[0].value.as_deref()), (1, Some("ana.cruz@example.com")));
    assert_eq!(ana.name.as_ref().unwrap().family_name.as_deref(), Some("de la, Cruz"));
    assert_eq!(ana.enterprise.as_ref().unwrap().department.as_deref(), Some("Tours"));

    let lines =
        "{\"userName\": \"ana\", \"title\": \"Guide\", \"externalId\": null}\n\n{\"userName\": \"eve\"}\n";
    let summary = run(&client, lines, false).await;
    assert_eq!(summary, Summary { updated: 1, created: 1, ..Summary::default() });
    let ana = client.users().find(&Filter::eq(attr::USER_NAME, "ana")).await.unwrap().unwrap();
    assert_eq!((ana.title.as_deref(), &ana.external_id), (Some("Guide"), &None));
}

#[tokio::test]
async fn a_row_that_fails_does_not_stop_the_others_and_ctrl_c_does() {
    let client = client();
    let summary = run(&client, "userName,title\n,nobody\nana,Guide\n", false).await;
    assert_eq!(summary, Summary { failed: 1, created: 1, ..Summary::default() });

    let rows = read(b"userName\na\nb\nc\n").unwrap();
    let stop = AtomicBool::new(false);
    let options = Options { key: attr::USER_NAME, dry_run: false };
    let summary = push(&client, &rows, &options, &stop, |_, _| stop.store(true, Ordering::Relaxed)).await;
    assert_eq!(summary, Summary { created: 1, skipped: 2, ..Summary::default() });
}

#[test]
fn bad_files() {
    let said: Vec<String> = [
        "userName,favouriteColour\na,red\n",
        "userName,active\na,perhaps\n",
        "userName,title\na\n",
        "{\"userName\": \"a\"}\n{\"active\": true}\n",
        "{\"userName\": \"a\"}\n{\n",
    ]
    .iter()
    .map(|file| read(file.as_bytes()).unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(said.join("\n"));
}
