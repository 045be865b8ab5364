use scim_core::attr;
use sqlx::sqlite::SqlitePoolOptions;

use super::*;

#[tokio::test]
async fn a_value_that_is_taken_names_its_attribute() {
    let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
    let run = async |sql: &'static str| sqlx::query(sql).execute(&pool).await;
    for sql in [
        "CREATE TABLE users (tenant TEXT, login_key TEXT, badge INT, email TEXT, UNIQUE (tenant, login_key), UNIQUE (badge))",
        "CREATE UNIQUE INDEX users_email ON users (tenant, lower(email))",
        "INSERT INTO users VALUES ('t', 'a', 1, 'X')",
    ] {
        run(sql).await.unwrap();
    }
    let unique = [("users.login_key", attr::USER_NAME), ("users_email", attr::EMAILS_VALUE)];
    let outcome = async |sql| format!("{:?}", run(sql).await.or_conflict(&unique).map(|_| ()));
    assert_eq!(outcome("INSERT INTO users VALUES ('t', 'a', 2, 'Y')").await, r#"Err(Conflict("userName"))"#);
    assert_eq!(
        outcome("INSERT INTO users VALUES ('t', 'b', 2, 'x')").await,
        r#"Err(Conflict("emails.value"))"#
    );
    assert!(outcome("INSERT INTO users VALUES ('t', 'b', 1, 'Y')").await.starts_with("Err(Internal"));
    assert!(outcome("INSERT INTO nobody VALUES (1)").await.starts_with("Err(Internal"));
    assert_eq!(outcome("INSERT INTO users VALUES ('u', 'a', 3, 'X')").await, "Ok(())");
}

#[tokio::test]
async fn a_database_that_is_busy_or_gone_is_unavailable() {
    let options = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(20));
    let pool = options.connect("sqlite::memory:").await.unwrap();
    let taken = pool.acquire().await.unwrap();
    let query = || sqlx::query("SELECT 1").execute(&pool);
    let unavailable = |result: Result<_, StoreError>| matches!(result, Err(StoreError::Unavailable { .. }));
    assert!(unavailable(query().await.or_unavailable().map(|_| ())));
    drop(taken);
    assert!(query().await.or_unavailable().is_ok());
    pool.close().await;
    assert!(unavailable(query().await.or_conflict(&[]).map(|_| ())));
}
