//! Teams of the application as groups of SCIM. It goes as with the users, but for the members, which have a table of their own.
//!
//! A PATCH of the members reads the team and writes it back, which is good for teams of some hundred people. For more, see
//! `ResourceStore::patch` and `PatchRequest::delta`.

use scim_core::value::text::fold;
use scim_core::{Group, Member, Projection, ResourceId, SchemaSet, ScimError, Version, attr};
use scim_server::Context;
use scim_server::rules::RecreatePolicy;
use scim_server::store::{Listing, Query, ResourceStore, StoreError, Stored, Write, Written};
use scim_sqlx::{Child, Columns, ColumnsError, IdColumn, StoreResult};
use sqlx::types::Json;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool};
use uuid::Uuid;

/// The teams of all customers.
pub struct Teams {
    pool: SqlitePool,
    columns: Columns,
}

#[derive(sqlx::FromRow)]
struct Team {
    id: String,
    name: String,
    external_id: Option<String>,
    revision: i64,
    /// The ids of users.
    members: Json<Vec<String>>,
}

/// Teams with their members, in one statement.
const SELECT: &str = "SELECT id, name, external_id, revision,
        (SELECT json_group_array(user_id) FROM team_members WHERE team_id = teams.id) AS members
    FROM teams WHERE teams.company = ";

impl Team {
    fn to_scim(&self) -> Result<Stored<Group>, StoreError> {
        let group = Group {
            display_name: self.name.as_str().into(),
            external_id: self.external_id.as_deref().map(str::parse).transpose()?,
            members: self.members.iter().map(|id| Member::new(id.as_str())).collect(),
            ..Group::default()
        };
        let version = Version::new(self.revision.to_string())?;
        Ok(Stored::new(ResourceId::new(self.id.as_str())?, version, group))
    }

    fn apply(&mut self, group: Group) {
        self.name = group.display_name.into();
        self.external_id = group.external_id.map(|id| id.as_str().to_owned());
        let mut members: Vec<String> =
            group.members.into_iter().filter_map(|member| member.value).map(Into::into).collect();
        members.sort();
        members.dedup();
        self.members = Json(members);
    }
}

impl Teams {
    /// Says which column answers a question about which attribute; the members are rows of another table.
    ///
    /// # Errors
    /// When an attribute does not go with its column.
    pub fn new(pool: SqlitePool) -> Result<Self, ColumnsError> {
        let members = Child::new("team_members", "team_id", "teams.id").exact("value", "user_id");
        let columns = Columns::builder(SchemaSet::group(), IdColumn::text("teams.id"))
            .text(attr::DISPLAY_NAME, "name_key")
            .exact(attr::EXTERNAL_ID, "external_id")
            .many(attr::MEMBERS, members)
            .build()?;
        Ok(Self { pool, columns })
    }

    async fn find(db: &mut SqliteConnection, cx: &Context, id: &ResourceId) -> Result<Team, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new(SELECT);
        sql.push_bind(cx.tenant().as_str()).push(" AND id = ").push_bind(id.as_str());
        sql.build_query_as().fetch_optional(db).await.or_unavailable()?.ok_or(StoreError::NotFound)
    }

    async fn save(db: &mut SqliteConnection, cx: &Context, team: &Team) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO teams (id, company, name, external_id, name_key, revision) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, external_id = excluded.external_id,
                name_key = excluded.name_key, revision = excluded.revision";
        sqlx::query(sql)
            .bind(&team.id)
            .bind(cx.tenant().as_str())
            .bind(&team.name)
            .bind(&team.external_id)
            .bind(fold(&team.name))
            .bind(team.revision)
            .execute(&mut *db)
            .await
            .or_unavailable()?;

        let sql =
            "DELETE FROM team_members WHERE team_id = ? AND user_id NOT IN (SELECT value FROM json_each(?))";
        sqlx::query(sql).bind(&team.id).bind(&team.members).execute(&mut *db).await.or_unavailable()?;
        for member in team.members.iter() {
            // Only people of the same company: an id from elsewhere is nobody.
            let sql = "INSERT INTO team_members SELECT ?, id FROM users WHERE id = ? AND company = ?
                ON CONFLICT DO UPDATE SET user_id = excluded.user_id";
            let insert = sqlx::query(sql).bind(&team.id).bind(member).bind(cx.tenant().as_str());
            if insert.execute(&mut *db).await.or_unavailable()?.rows_affected() == 0 {
                return Err(
                    ScimError::invalid_value(format!("`members`: there is no user `{member}`")).into()
                );
            }
        }
        Ok(())
    }
}

impl ResourceStore for Teams {
    type Resource = Group;

    async fn create(
        &self,
        cx: &Context,
        new: Group,
        write: &Write<'_>,
    ) -> Result<Written<Group>, StoreError> {
        if write.recreate() != RecreatePolicy::Conflict {
            return Err(StoreError::Unsupported("no team is brought back here".to_owned()));
        }
        let mut team = Team {
            id: Uuid::new_v4().to_string(),
            name: String::new(),
            external_id: None,
            revision: 1,
            members: Json(Vec::new()),
        };
        team.apply(new);
        let stored = team.to_scim()?;
        write.check(cx, None, Some(&stored.resource))?;
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.or_unavailable()?;
        Self::save(&mut transaction, cx, &team).await?;
        transaction.commit().await.or_unavailable()?;
        Ok(Written::created(stored))
    }

    async fn get(
        &self,
        cx: &Context,
        id: &ResourceId,
        _want: &Projection,
    ) -> Result<Stored<Group>, StoreError> {
        let mut db = self.pool.acquire().await.or_unavailable()?;
        Self::find(&mut db, cx, id).await?.to_scim()
    }

    async fn query(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<Group>>, StoreError> {
        let mut sql = QueryBuilder::new(SELECT);
        sql.push_bind(cx.tenant().as_str()).push(" AND ");
        self.columns.push_query(query, &mut sql)?;
        let teams: Vec<Team> = sql.build_query_as().fetch_all(&self.pool).await.or_unavailable()?;
        let groups = teams.iter().map(Team::to_scim).collect::<Result<_, _>>()?;

        let mut total = None;
        if query.total {
            let mut sql = QueryBuilder::new("SELECT count(*) FROM teams WHERE teams.company = ");
            sql.push_bind(cx.tenant().as_str()).push(" AND ");
            self.columns.push_filter(query.filter.as_ref(), &mut sql)?;
            let count: i64 = sql.build_query_scalar().fetch_one(&self.pool).await.or_unavailable()?;
            total = Some(count.unsigned_abs());
        }
        self.columns.listing(query, groups, total)
    }

    async fn replace(
        &self,
        cx: &Context,
        id: &ResourceId,
        new: Group,
        write: &Write<'_>,
    ) -> Result<Written<Group>, StoreError> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.or_unavailable()?;
        let mut team = Self::find(&mut transaction, cx, id).await?;
        let before = team.to_scim()?;
        write.check_version(&before.version)?;
        team.apply(new);
        team.revision += 1;
        let after = team.to_scim()?;
        if after.resource == before.resource {
            return Ok(Written::unchanged(before));
        }
        write.check(cx, Some(&before), Some(&after.resource))?;
        Self::save(&mut transaction, cx, &team).await?;
        transaction.commit().await.or_unavailable()?;
        Ok(Written::updated(before, after))
    }

    async fn delete(
        &self,
        cx: &Context,
        id: &ResourceId,
        write: &Write<'_>,
    ) -> Result<Stored<Group>, StoreError> {
        if write.retires() {
            return Err(StoreError::Unsupported("what is deleted is gone here".to_owned()));
        }
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.or_unavailable()?;
        let before = Self::find(&mut transaction, cx, id).await?.to_scim()?;
        write.check_version(&before.version)?;
        write.check(cx, Some(&before), None)?;
        let delete = sqlx::query("DELETE FROM teams WHERE id = ?").bind(id.as_str());
        delete.execute(&mut *transaction).await.or_unavailable()?;
        transaction.commit().await.or_unavailable()?;
        Ok(before)
    }
}
