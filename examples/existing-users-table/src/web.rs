//! The application as it was before: people sign in, and are who they are. Nothing in here knows of SCIM.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Router, http::header::AUTHORIZATION};
use sqlx::SqlitePool;
use uuid::Uuid;

/// The routes of the application.
pub fn routes(pool: SqlitePool) -> Router {
    Router::new().route("/login", post(login)).route("/whoami", get(whoami)).with_state(pool)
}

/// Begins a session. (A real application asks for more than a name.)
async fn login(State(pool): State<SqlitePool>, login: String) -> Result<String, StatusCode> {
    let token = Uuid::new_v4().to_string();
    let begun = sqlx::query("INSERT INTO sessions SELECT ?, id FROM users WHERE login = ? AND enabled")
        .bind(&token)
        .bind(login)
        .execute(&pool)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    if begun.rows_affected() == 0 { Err(StatusCode::FORBIDDEN) } else { Ok(token) }
}

/// Answers with the name of whoever is signed in.
async fn whoami(State(pool): State<SqlitePool>, headers: HeaderMap) -> Result<String, StatusCode> {
    let token = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok());
    sqlx::query_scalar("SELECT login FROM sessions JOIN users ON users.id = sessions.user_id WHERE token = ?")
        .bind(token)
        .fetch_optional(&pool)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?
        .ok_or(StatusCode::UNAUTHORIZED)
}
