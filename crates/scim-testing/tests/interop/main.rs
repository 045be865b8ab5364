//! The client against a server that others wrote: scim2-server, in Python. What it does otherwise than the RFCs, or than
//! our own server, is said beside the lines that show it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by unwrapping it"
)]

use scim_client::Client;
use scim_core::{Email, ExternalId, Name, Profile, ResourceId, SchemaSet, User};
use scim_patch::PatchRequest;
use scim_testing::scim2_server::{self, Scim2Server};
use serde_json::{Value, json};

mod discovery;
mod engine;
mod groups;
mod lists;
mod refusals;
mod users;

/// A server with nothing in it, and a client of it.
struct Peer {
    server: Scim2Server,
    client: Client,
}

impl Peer {
    fn start() -> Option<Self> {
        let server = scim2_server::start()?;
        let client = Client::builder(server.base_url()).bearer(server.token()).build().unwrap();
        Some(Self { server, client })
    }
}

/// Nothing of what was sent may have broken it.
impl Drop for Peer {
    fn drop(&mut self) {
        let log = self.server.log();
        assert!(std::thread::panicking() || !log.contains("Traceback"), "{log}");
    }
}

fn bjensen() -> User {
    User {
        user_name: "bjensen@example.com".into(),
        external_id: Some(ExternalId::new("e+1&=\"2\"").unwrap()),
        name: Some(Name {
            given_name: Some("Barbara".into()),
            family_name: Some("Jensen".into()),
            ..Name::default()
        }),
        active: Some(true),
        emails: vec![
            Email::new("work@example.com").with_type("work").with_primary(),
            Email::new("home@example.com").with_type("home"),
        ],
        ..User::default()
    }
}

async fn create_users(client: &Client, number: usize) -> Vec<ResourceId> {
    let mut ids = Vec::new();
    for n in 0..number {
        let user = User { user_name: format!("user-{n:02}").into(), ..User::default() };
        ids.push(client.users().create(&user).await.unwrap().id.clone().unwrap());
    }
    ids
}

fn patch(operations: Value, schemas: &SchemaSet) -> PatchRequest {
    let body =
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
    PatchRequest::parse(body, schemas, &Profile::rfc()).unwrap()
}
