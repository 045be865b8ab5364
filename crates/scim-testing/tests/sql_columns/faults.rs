//! A database that refuses, and one that is gone.

use std::time::Duration;

use scim_core::attr;
use scim_server::store::StoreError;
use scim_sqlx::StoreResult;
use scim_testing::postgres::Cluster;
use sqlx::postgres::PgPoolOptions;

#[tokio::test]
async fn postgres_names_the_constraint() {
    let Some(cluster) = Cluster::start() else { return };
    let pool = PgPoolOptions::new().connect(&cluster.url()).await.unwrap();
    let run = async |sql: &'static str| sqlx::query(sql).execute(&pool).await;
    run("CREATE TABLE users (tenant TEXT, login_key TEXT, badge INT UNIQUE, UNIQUE (tenant, login_key))")
        .await
        .unwrap();
    run("CREATE UNIQUE INDEX users_email ON users (lower(login_key || 'x'))").await.unwrap();
    run("INSERT INTO users VALUES ('t', 'a', 1)").await.unwrap();
    let unique = [("users_tenant_login_key_key", attr::USER_NAME), ("users_email", attr::EMAILS_VALUE)];
    let outcome = async |sql| run(sql).await.or_conflict(&unique);
    let conflict = |outcome| match outcome {
        Err(StoreError::Conflict(attribute)) => attribute.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(conflict(outcome("INSERT INTO users VALUES ('t', 'a', 2)").await), "userName");
    assert_eq!(conflict(outcome("INSERT INTO users VALUES ('u', 'A', 2)").await), "emails.value");
    let other = outcome("INSERT INTO users VALUES ('t', 'b', 1)").await;
    assert!(matches!(other, Err(StoreError::Internal(_))), "{other:?}");
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable_until_it_is_back() {
    let Some(mut cluster) = Cluster::start() else { return };
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
    let pool = options.connect(&cluster.url()).await.unwrap();
    let query = || sqlx::query("SELECT 1").execute(&pool);
    query().await.or_unavailable().unwrap();
    cluster.kill();
    for _ in 0..2 {
        let gone = query().await.or_unavailable();
        assert!(matches!(gone, Err(StoreError::Unavailable { .. })), "{gone:?}");
    }
    cluster.restart().unwrap();
    let pool_is_back = async {
        while query().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), pool_is_back).await.unwrap();
}
