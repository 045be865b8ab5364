//! Users of the application as users of SCIM: five methods over the table that is there.
//!
//! What a directory sends was checked against the schemas before it comes here, and what goes out gets its links, `meta` and
//! `ETag` after. Attributes that the table has no place for are left out; the answer shows the directory what was kept.

use scim_core::value::text::fold;
use scim_core::{Projection, ResourceId, SchemaSet, User, Version, attr};
use scim_server::Context;
use scim_server::rules::RecreatePolicy;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_sqlx::{Column, Columns, ColumnsError, IdColumn, StoreResult};
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, SqliteExecutor, SqlitePool};
use uuid::Uuid;

/// The users of all customers.
pub struct Users {
    pool: SqlitePool,
    columns: Columns,
}

/// A row of the table, as the rest of the application may have it already.
#[derive(sqlx::FromRow)]
struct Account {
    id: String,
    login: String,
    full_name: Option<String>,
    email: Option<String>,
    enabled: bool,
    created_at: DateTime<Utc>,
    external_id: Option<String>,
    revision: i64,
}

impl Account {
    /// What a directory sees of an account.
    fn to_scim(&self) -> Result<Stored<User>, StoreError> {
        let email =
            self.email.as_deref().map(|email| scim_core::Email::new(email).with_type("work").with_primary());
        let user = User {
            user_name: self.login.as_str().into(),
            display_name: self.full_name.as_deref().map(Into::into),
            emails: email.into_iter().collect(),
            active: Some(self.enabled),
            external_id: self.external_id.as_deref().map(str::parse).transpose()?,
            ..User::default()
        };
        let version = Version::new(self.revision.to_string())?;
        Ok(Stored::new(ResourceId::new(self.id.as_str())?, version, user).with_created(self.created_at))
    }

    /// Takes over what a directory says. The application has room for one address: the primary one, or else the first.
    fn apply(&mut self, user: User) {
        let primary = user.emails.iter().position(|email| email.primary == Some(true)).unwrap_or(0);
        let email = user.emails.into_iter().nth(primary).and_then(|email| email.value);
        self.login = user.user_name.into();
        self.full_name = user.display_name.map(Into::into);
        self.email = email.map(Into::into);
        self.enabled = user.active.unwrap_or(true);
        self.external_id = user.external_id.map(|id| id.as_str().to_owned());
    }
}

impl Users {
    /// Says which column answers a question about which attribute. About any other, the answer is 400 `invalidFilter`.
    ///
    /// # Errors
    /// When an attribute does not go with its column: the application does not start then.
    pub fn new(pool: SqlitePool) -> Result<Self, ColumnsError> {
        let columns = Columns::builder(SchemaSet::user(), IdColumn::text("users.id"))
            .text(attr::USER_NAME, "login_key")
            .text(attr::DISPLAY_NAME, Column::sql("lower(users.full_name)"))
            .exact(attr::EXTERNAL_ID, "external_id")
            .boolean(attr::ACTIVE, "enabled")
            .text(attr::EMAILS_VALUE, "email_key")
            .constant(attr::EMAILS_TYPE, "work")
            .constant(attr::EMAILS_PRIMARY, true)
            .never(attr::EMAILS_DISPLAY)
            .timestamp(attr::META_CREATED, "created_at")
            .build()?;
        Ok(Self { pool, columns })
    }

    async fn find(db: impl SqliteExecutor<'_>, cx: &Context, id: &ResourceId) -> Result<Account, StoreError> {
        sqlx::query_as("SELECT * FROM users WHERE company = ? AND id = ?")
            .bind(cx.tenant().as_str())
            .bind(id.as_str())
            .fetch_optional(db)
            .await
            .or_unavailable()?
            .ok_or(StoreError::NotFound)
    }

    /// Writes an account, be it new or not.
    async fn save(db: impl SqliteExecutor<'_>, cx: &Context, account: &Account) -> Result<(), StoreError> {
        let sql = "INSERT INTO users (id, company, login, full_name, email, enabled, created_at, external_id, login_key,
                email_key, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET login = excluded.login, full_name = excluded.full_name,
                email = excluded.email, enabled = excluded.enabled, external_id = excluded.external_id,
                login_key = excluded.login_key, email_key = excluded.email_key, revision = excluded.revision";
        sqlx::query(sql)
            .bind(&account.id)
            .bind(cx.tenant().as_str())
            .bind(&account.login)
            .bind(&account.full_name)
            .bind(&account.email)
            .bind(account.enabled)
            .bind(account.created_at)
            .bind(&account.external_id)
            .bind(fold(&account.login))
            .bind(account.email.as_deref().map(fold))
            .bind(account.revision)
            .execute(db)
            .await
            // A login that is taken is 409 `uniqueness`; a database that is busy or gone is 503.
            .or_conflict(&[("users.login_key", attr::USER_NAME)])?;
        Ok(())
    }
}

impl ResourceStore for Users {
    type Resource = User;

    async fn create(&self, cx: &Context, new: User, write: &Write<'_>) -> Result<Written<User>, StoreError> {
        if write.recreate() != RecreatePolicy::Conflict {
            return Err(StoreError::Unsupported("nobody is brought back here".to_owned()));
        }
        let mut account = Account {
            id: Uuid::new_v4().to_string(),
            login: String::new(),
            full_name: None,
            email: None,
            enabled: true,
            created_at: cx.now(),
            external_id: None,
            revision: 1,
        };
        account.apply(new);
        let stored = account.to_scim()?;
        write.check(cx, None, Some(&stored.resource))?;
        Self::save(&self.pool, cx, &account).await?;
        Ok(Written::created(stored))
    }

    async fn get(
        &self,
        cx: &Context,
        id: &ResourceId,
        _want: &Projection,
    ) -> Result<Stored<User>, StoreError> {
        Self::find(&self.pool, cx, id).await?.to_scim()
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<User>>, StoreError> {
        // The filter is one closed condition, so that no `or` in it gets past the company.
        let mut sql = QueryBuilder::new("SELECT * FROM users WHERE users.company = ");
        sql.push_bind(cx.tenant().as_str()).push(" AND ");
        self.columns.push_query(query, &mut sql)?;
        let accounts: Vec<Account> = sql.build_query_as().fetch_all(&self.pool).await.or_unavailable()?;
        let users = accounts.iter().map(Account::to_scim).collect::<Result<_, _>>()?;

        let mut total = None;
        if query.total {
            let mut sql = QueryBuilder::new("SELECT count(*) FROM users WHERE users.company = ");
            sql.push_bind(cx.tenant().as_str()).push(" AND ");
            self.columns.push_filter(query.filter.as_ref(), &mut sql)?;
            let count: i64 = sql.build_query_scalar().fetch_one(&self.pool).await.or_unavailable()?;
            total = Some(count.unsigned_abs());
        }
        self.columns.listing(query, users, total)
    }

    /// PUT comes here, and so does PATCH, which is worked out by then.
    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: User,
        write: &Write<'_>,
    ) -> Result<Written<User>, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.or_unavailable()?;
        let mut account = Self::find(&mut *transaction, cx, id).await?;
        let before = account.to_scim()?;
        write.check_version(&before.version)?;
        account.apply(new);
        account.revision += 1;
        let after = account.to_scim()?;
        if after.resource == before.resource {
            return Ok(Written::unchanged(before));
        }
        write.check(cx, Some(&before), Some(&after.resource))?;
        Self::save(&mut *transaction, cx, &account).await?;
        transaction.commit().await.or_unavailable()?;
        Ok(Written::updated(before, after))
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<User>, StoreError> {
        if write.retires() {
            return Err(StoreError::Unsupported("what is deleted is gone here".to_owned()));
        }
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.or_unavailable()?;
        let before = Self::find(&mut *transaction, cx, id).await?.to_scim()?;
        write.check_version(&before.version)?;
        write.check(cx, Some(&before), None)?;
        let delete = sqlx::query("DELETE FROM users WHERE id = ?").bind(id.as_str());
        delete.execute(&mut *transaction).await.or_unavailable()?;
        transaction.commit().await.or_unavailable()?;
        Ok(before)
    }
}
