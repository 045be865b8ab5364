//! The application with SCIM on port 8080, with its data in a file: `cargo run -p existing-users-table -- app.db`.
//!
//! It prints the base URL and a key for the directory of the customer `acme`:
//!
//! ```sh
//! curl -H "Authorization: Bearer $KEY" --json '{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen"}' 'http://127.0.0.1:8080/scim/v2/Users'
//! curl -H "Authorization: Bearer $KEY" 'http://127.0.0.1:8080/scim/v2/Users?filter=userName+eq+%22BJensen%22'
//! ```

use std::error::Error;
use std::io::{self, Write};

use existing_users_table::scim;
use scim_server::auth::{ApiKey, MemoryTokens, Principal, Scopes};
use sqlx::SqlitePool;
use sqlx::sqlite::SqliteConnectOptions;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or_else(|| "app.db".to_owned());
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let pool = SqlitePool::connect_with(options).await?;
    scim::create_tables(&pool).await?;

    // A key is shown once, and only a hash of it is kept; a real application keeps the hashes in a table.
    let key = ApiKey::generate()?;
    let keys = MemoryTokens::new();
    keys.add(key.record(Principal::new("acme".parse()?).with_scopes(Scopes::all())));

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 8080)).await?;
    let base = format!("http://{}/scim/v2", listener.local_addr()?);
    let app = scim::app(&pool, &base, keys)?;
    writeln!(io::stdout(), "{base}\n{}", key.expose())?;
    Ok(axum::serve(listener, app).await?)
}
