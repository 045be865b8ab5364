//! SCIM, mounted beside the rest of the application.

use std::error::Error;

use axum::Router;
use scim_server::auth::{BearerTokens, MemoryTokens};
use scim_server::rules::Leaver;
use scim_server::{BaseUrl, Context, ScimService};
use sqlx::SqlitePool;

use crate::teams::Teams;
use crate::users::Users;
use crate::web;

/// The application with SCIM: each customer's directory has a key, which says whose users it may see.
///
/// # Errors
/// When something does not fit together, which is found out before anybody is answered.
pub fn app(pool: &SqlitePool, base: &str, keys: MemoryTokens) -> Result<Router, Box<dyn Error>> {
    let sessions = pool.clone();
    let scim = ScimService::builder(BaseUrl::new(base)?, BearerTokens::new(keys))
        .resource(Users::new(pool.clone())?)
        .resource(Teams::new(pool.clone())?)
        // Somebody was disabled or deleted: whatever they are signed in with ends before the directory gets its answer.
        .on_deprovision(move |_cx: Context, leaver: Leaver| {
            let sessions = sessions.clone();
            async move {
                let delete = sqlx::query("DELETE FROM sessions WHERE user_id = ?").bind(leaver.id.as_str());
                delete.execute(&sessions).await?;
                Ok(())
            }
        })
        .build()?;
    Ok(web::routes(pool.clone()).nest_service("/scim/v2", scim))
}

/// Creates the tables that are not there yet.
///
/// # Errors
/// Those of the database.
pub async fn create_tables(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(include_str!("../schema.sql")).execute(pool).await.map(|_| ())
}
