//! The smallest SCIM server: users and groups in memory, and one API key, which is printed at the start.
//!
//! `cargo run -p hello-server`, or `cargo run -p hello-server -- 9000` for another port than 8080. Then, with the key in `$KEY`:
//!
//! ```sh
//! curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8080/scim/v2/ServiceProviderConfig'
//! curl -H "Authorization: Bearer $KEY" --json '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen"}' 'http://127.0.0.1:8080/scim/v2/Users'
//! curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8080/scim/v2/Users?filter=userName+eq+%22bjensen%22'
//! curl -H "Authorization: Bearer $KEY" --json '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Guides"}' 'http://127.0.0.1:8080/scim/v2/Groups'
//! curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8080/scim/v2/Groups?sortBy=displayName&count=10'
//! ```

use std::error::Error;
use std::io::{self, Write};

use axum::Router;
use scim_core::{Group, User};
use scim_server::auth::{ApiKey, BearerTokens, MemoryTokens, Principal, Scopes};
use scim_server::{BaseUrl, MemoryStore, ScimService};

#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(8080), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let base = format!("http://{}/scim/v2", listener.local_addr()?);
    let key = ApiKey::generate()?;
    let app = app(&base, &key)?;
    writeln!(io::stdout(), "{base}\n{}", key.expose())?;
    Ok(axum::serve(listener, app).await?)
}

fn app(base: &str, key: &ApiKey) -> Result<Router, Box<dyn Error>> {
    let tokens = MemoryTokens::new();
    tokens.add(key.record(Principal::new("acme".parse()?).with_scopes(Scopes::all())));

    let groups = MemoryStore::<Group>::new();
    let scim = ScimService::builder(BaseUrl::new(base)?, BearerTokens::new(tokens))
        .resource(MemoryStore::<User>::new().with_groups(&groups))
        .resource(groups)
        .without_session_revocation()
        .build()?;
    Ok(Router::new().nest_service("/scim/v2", scim))
}
