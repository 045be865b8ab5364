//! Users of every type in plain tables, on SQLite and PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

use scim_core::value::{datetime, text};
use scim_core::{AttrName, AttrPath, Resource, ResourceId, Version, attr};
use scim_filter::TypedFilter;
use scim_server::store::{Listing, Query, Stored};
use scim_sqlx::{Bind, Child, Columns, Dialect, IdColumn};
use scim_testing::postgres::Cluster;
use scim_testing::schemas::{EVERY, every_type};
use serde_json::{Map, Value};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{PgPool, Postgres, QueryBuilder, Sqlite, SqlitePool};

const TABLES: &[&str] = &[
    "CREATE TABLE users (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, user_name_key TEXT, title_key TEXT,
     active BOOLEAN, family_key TEXT, given_key TEXT, string_key TEXT, exact TEXT, truth BOOLEAN,
     number DOUBLE PRECISION, whole BIGINT, moment TIMESTAMPTZ, reference TEXT)",
    "CREATE TABLE user_emails (user_id TEXT, place BIGINT, address_key TEXT, kind_key TEXT, is_primary BOOLEAN)",
    "CREATE TABLE strings (user_id TEXT, place BIGINT, string_key TEXT)",
    "CREATE TABLE integers (user_id TEXT, place BIGINT, whole BIGINT)",
    "CREATE TABLE complexes (user_id TEXT, place BIGINT, whole BIGINT, kind_key TEXT, exact TEXT, is_primary BOOLEAN)",
];

/// A path in the extension with everything.
pub(crate) fn every(name: &'static str) -> AttrPath {
    AttrPath::of_name(AttrName::from_static(name)).with_schema(EVERY)
}

pub(crate) fn columns() -> Columns {
    Columns::builder(every_type(), IdColumn::text("users.id"))
        .text(attr::USER_NAME, "user_name_key")
        .text(attr::TITLE, "title_key")
        .boolean(attr::ACTIVE, "active")
        .text(attr::NAME_FAMILY_NAME, "family_key")
        .text(attr::NAME_GIVEN_NAME, "given_key")
        .text(every("string"), "string_key")
        .exact(every("exact"), "exact")
        .boolean(every("boolean"), "truth")
        .float(every("decimal"), "number")
        .integer(every("integer"), "whole")
        .timestamp(every("dateTime"), "moment")
        .exact(every("reference"), "reference")
        .many(
            attr::EMAILS,
            Child::new("user_emails", "user_id", "users.id")
                .text("value", "address_key")
                .text("type", "kind_key")
                .boolean("primary", "is_primary")
                .position("place"),
        )
        .many(
            every("strings"),
            Child::new("strings", "user_id", "users.id").text("value", "string_key").position("place"),
        )
        .many(
            every("integers"),
            Child::new("integers", "user_id", "users.id").integer("value", "whole").position("place"),
        )
        .many(
            every("complex"),
            Child::new("complexes", "user_id", "users.id")
                .integer("value", "whole")
                .text("type", "kind_key")
                .exact("exact", "exact")
                .boolean("primary", "is_primary")
                .position("place"),
        )
        .nothing_else()
        .build()
        .unwrap()
}

/// Gives each user an id of its own, and decimals that a column of double precision holds.
pub(crate) fn settle(users: Vec<Resource>) -> Vec<Stored<Resource>> {
    let mut settled = Vec::new();
    for (at, user) in users.into_iter().enumerate() {
        let mut map = user.as_map().clone();
        // In another order than that of the rows, and with texts that collations like to shuffle.
        let id = format!("{}{}-{at}", ["b", "A", "a", "B", "ä"][at * 3 % 5], at % 3);
        map.insert("id".to_owned(), id.clone().into());
        if let Some(Value::Number(number)) =
            map.get_mut(EVERY.as_str()).and_then(|every| every.get_mut("decimal"))
        {
            *number = serde_json::Number::from_f64(number.as_f64().unwrap()).unwrap();
        }
        let user = Resource::from_canonical(map, every_type());
        settled.push(Stored::new(ResourceId::new(id).unwrap(), Version::new("1").unwrap(), user));
    }
    settled
}

/// A row: the table and its values.
type Row = (&'static str, Vec<Option<Bind>>);

fn rows(tenant: &str, user: &Stored<Resource>) -> Vec<Row> {
    let map = user.resource.as_map();
    let empty = Map::new();
    let object = |name: &str| map.get(name).and_then(Value::as_object).unwrap_or(&empty);
    let (name, every) = (object("name"), object(EVERY.as_str()));
    let id = || Some(Bind::Text(format!("{tenant}/{}", user.id.as_str())));
    let mut rows = vec![(
        "users",
        vec![
            id(),
            Some(Bind::Text(tenant.to_owned())),
            folded(map.get("userName")),
            folded(map.get("title")),
            boolean(map.get("active")),
            folded(name.get("familyName")),
            folded(name.get("givenName")),
            folded(every.get("string")),
            exact(every.get("exact")),
            boolean(every.get("boolean")),
            every.get("decimal").and_then(Value::as_f64).map(Bind::Float),
            integer(every.get("integer")),
            every.get("dateTime").and_then(Value::as_str).and_then(datetime::parse).map(Bind::Instant),
            exact(every.get("reference")),
        ],
    )];
    let list = |from: &Map<String, Value>, name: &str| {
        let list = from.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        list.into_iter().zip(0..).map(|(value, place)| (value, Some(Bind::Integer(place))))
    };
    for (email, place) in list(map, "emails") {
        let values = vec![
            id(),
            place,
            folded(email.get("value")),
            folded(email.get("type")),
            boolean(email.get("primary")),
        ];
        rows.push(("user_emails", values));
    }
    for (string, place) in list(every, "strings") {
        rows.push(("strings", vec![id(), place, folded(Some(&string))]));
    }
    for (whole, place) in list(every, "integers") {
        rows.push(("integers", vec![id(), place, integer(Some(&whole))]));
    }
    for (complex, place) in list(every, "complex") {
        let values = vec![
            id(),
            place,
            integer(complex.get("value")),
            folded(complex.get("type")),
            exact(complex.get("exact")),
            boolean(complex.get("primary")),
        ];
        rows.push(("complexes", values));
    }
    rows
}

fn folded(value: Option<&Value>) -> Option<Bind> {
    value.and_then(Value::as_str).map(|value| Bind::Text(text::fold(value).into_owned()))
}

fn exact(value: Option<&Value>) -> Option<Bind> {
    value.and_then(Value::as_str).map(|value| Bind::Text(value.to_owned()))
}

fn boolean(value: Option<&Value>) -> Option<Bind> {
    value.and_then(Value::as_bool).map(Bind::Boolean)
}

fn integer(value: Option<&Value>) -> Option<Bind> {
    value.and_then(Value::as_i64).map(Bind::Integer)
}

fn insert<DB: Dialect>(table: &str, values: Vec<Option<Bind>>) -> QueryBuilder<DB>
where
    DB::Arguments: Default,
{
    let mut sql = QueryBuilder::new(format!("INSERT INTO {table} VALUES ("));
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            sql.push(", ");
        }
        match value {
            Some(value) => DB::push_bind(&mut sql, value),
            None => {
                sql.push("NULL");
            }
        }
    }
    sql.push(")");
    sql
}

/// Both databases; PostgreSQL may be missing outside of CI.
pub(crate) struct Databases {
    pub(crate) columns: Columns,
    pub(crate) sqlite: SqlitePool,
    pub(crate) postgres: Option<(PgPool, Cluster)>,
    tenants: AtomicU32,
}

/// The users of a tenant.
pub(crate) struct Tenant<'a> {
    pub(crate) name: String,
    pub(crate) users: Vec<Stored<Resource>>,
    on: &'a Databases,
}

impl Databases {
    pub(crate) async fn start() -> Self {
        let sqlite = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        let postgres = match Cluster::start() {
            Some(cluster) => Some((PgPoolOptions::new().connect(&cluster.url()).await.unwrap(), cluster)),
            None => None,
        };
        for table in TABLES {
            sqlx::query(*table).execute(&sqlite).await.unwrap();
            if let Some((pool, _)) = &postgres {
                sqlx::query(*table).execute(pool).await.unwrap();
            }
        }
        Self { columns: columns(), sqlite, postgres, tenants: AtomicU32::new(0) }
    }

    pub(crate) async fn tenant(&self, users: Vec<Resource>) -> Tenant<'_> {
        let name = format!("t{}", self.tenants.fetch_add(1, Ordering::Relaxed));
        let mut users = settle(users);
        for user in &mut users {
            for (table, values) in rows(&name, user) {
                insert::<Sqlite>(table, values.clone()).build().execute(&self.sqlite).await.unwrap();
                if let Some((pool, _)) = &self.postgres {
                    insert::<Postgres>(table, values).build().execute(pool).await.unwrap();
                }
            }
            // The database's ids are unique over all tenants.
            let id = format!("{name}/{}", user.id.as_str());
            let mut map = user.resource.as_map().clone();
            map.insert("id".to_owned(), id.clone().into());
            user.id = ResourceId::new(id).unwrap();
            user.resource = std::sync::Arc::new(Resource::from_canonical(map, every_type()));
        }
        Tenant { name, users, on: self }
    }
}

macro_rules! on {
    ($self:ident, $pool:expr, $database:ty, $write:expr) => {{
        let mut sql = QueryBuilder::<$database>::new("SELECT users.id FROM users WHERE tenant = ");
        sql.push_bind($self.name.clone()).push(" AND ");
        let written: Result<(), scim_server::store::StoreError> = $write(&mut sql);
        written.unwrap();
        let text = sql.sql().as_str().to_owned();
        let ids: Vec<String> = sql
            .build_query_scalar()
            .fetch_all($pool)
            .await
            .unwrap_or_else(|error| panic!("{error}: {}", text.chars().take(2_000).collect::<String>()));
        ids
    }};
}

impl Tenant<'_> {
    /// The ids that each database finds, in order.
    pub(crate) async fn matching(&self, filter: &TypedFilter) -> Vec<Vec<String>> {
        self.matching_by(&self.on.columns, filter).await
    }

    pub(crate) async fn matching_by(&self, columns: &Columns, filter: &TypedFilter) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        found.push(on!(self, &self.on.sqlite, Sqlite, |sql| columns.push_where(filter, sql)));
        if let Some((pool, _)) = &self.on.postgres {
            found.push(on!(self, pool, Postgres, |sql| columns.push_where(filter, sql)));
        }
        found.iter_mut().for_each(|ids| ids.sort());
        found
    }

    /// The listing that each database gives.
    pub(crate) async fn listings(&self, queries: [&Query; 2]) -> Vec<Listing<Stored<Resource>>> {
        let columns = &self.on.columns;
        let stored = |ids: Vec<String>| -> Vec<Stored<Resource>> {
            let by_id = |id: &String| self.users.iter().find(|user| user.id.as_str() == id).unwrap().clone();
            ids.iter().map(by_id).collect()
        };
        let ids = on!(self, &self.on.sqlite, Sqlite, |sql| columns.push_query(queries[0], sql));
        let mut listings = vec![columns.listing(queries[0], stored(ids), None).unwrap()];
        if let Some((pool, _)) = &self.on.postgres {
            let ids = on!(self, pool, Postgres, |sql| columns.push_query(queries[1], sql));
            listings.push(columns.listing(queries[1], stored(ids), None).unwrap());
        }
        listings
    }

    /// The ids of those that the evaluator lets through.
    pub(crate) fn expected(&self, filter: &TypedFilter) -> Vec<String> {
        let matching = self.users.iter().filter(|user| filter.matches(&user.resource));
        let mut ids: Vec<String> = matching.map(|user| user.id.as_str().to_owned()).collect();
        ids.sort();
        ids
    }
}
