//! Many rows at once: what the store has written for one resource, again under other names.

use scim_core::{Group, Intent, Profile, ResourceId, SchemaSet, ScimResource, TenantId};
use scim_server::Context;
use scim_server::store::{ResourceStore, Write};
use scim_sqlx::DocumentStore;
use serde_json::{Value, json};

use crate::place::{Home, Raw};

/// Stands for a number in the resource that the others are made of.
const MARK: &str = "0000000";

pub(crate) fn tenant() -> TenantId {
    TenantId::new("acme").unwrap()
}

pub(crate) fn users_of(tenant: &TenantId) -> Context {
    Context::new(tenant.clone(), "User", SchemaSet::user())
}

pub(crate) fn groups_of(tenant: &TenantId) -> Context {
    Context::new(tenant.clone(), "Group", SchemaSet::group())
}

/// A user as a directory sends it.
pub(crate) fn user(number: &str) -> Value {
    const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": format!("Babs{number}@example.com"),
        "externalId": format!("E-{number}"),
        "name": {"givenName": format!("Barbara{number}"), "familyName": "Jensen"},
        "displayName": format!("Barbara{number} Jensen"),
        "title": "Tour Guide",
        "preferredLanguage": "en-US",
        "active": true,
        "emails": [
            {"value": format!("Babs{number}@example.com"), "type": "work", "primary": true},
            {"value": format!("babs{number}@jensen.example"), "type": "home"},
        ],
        "phoneNumbers": [{"value": "tel:+1-555-555-5555", "type": "work"}],
        ENTERPRISE: {"employeeNumber": number, "department": "Tours", "costCenter": "4130"},
    })
}

pub(crate) fn number(n: usize) -> String {
    format!("{n:07}")
}

async fn create<R: ScimResource>(store: &DocumentStore<R>, cx: &Context, resource: Value) -> ResourceId {
    let admitted = cx.schemas().admit(resource, Intent::Create, &Profile::lenient()).unwrap().resource;
    let resource = R::from_resource(admitted).unwrap();
    store.create(cx, resource, &Write::unchecked()).await.unwrap().stored.id
}

/// SQL of a random id, of the kind that the store gives.
fn random_id(is_postgres: bool) -> &'static str {
    if is_postgres {
        return "gen_random_uuid()::text";
    }
    "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || \
     substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))"
}

/// SQL of the numbers from one to another, as `c (n)`.
fn numbers(is_postgres: bool, from: usize, to: usize) -> String {
    if is_postgres {
        return format!("WITH c (n) AS (SELECT * FROM generate_series({from}, {to}))");
    }
    format!("WITH RECURSIVE c (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM c WHERE n < {to})")
}

/// SQL that puts the number in.
fn renamed(is_postgres: bool, column: &str) -> String {
    let (n, text, json) = if is_postgres {
        (
            "to_char(n, 'FM0000000')",
            format!("{column}::text"),
            if column.ends_with("search") { "::jsonb" } else { "" },
        )
    } else {
        ("printf('%07d', n)", column.to_owned(), "")
    };
    format!("replace({text}, '{MARK}', {n}){json}")
}

/// Quick, for what could be loaded again.
async fn in_a_hurry(home: &Home) -> Raw {
    let mut raw = home.raw().await;
    let settings = if raw.is_postgres() {
        "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'"
    } else {
        "PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000; PRAGMA wal_autocheckpoint = 100000"
    };
    raw.run(settings.to_owned()).await;
    raw
}

/// What a database does by itself after a while: PostgreSQL looks at its tables, SQLite moves its log into the file.
async fn settle(mut raw: Raw) {
    let sql = if raw.is_postgres() { "VACUUM ANALYZE" } else { "PRAGMA wal_checkpoint(TRUNCATE)" };
    raw.run(sql.to_owned()).await;
    if raw.is_postgres() {
        raw.run("CHECKPOINT".to_owned()).await;
    }
}

/// Adds users of the numbers from 1 on. Number 0 is there first, made by the store.
pub(crate) async fn users(home: &Home, count: usize) {
    let (store, tenant) = (home.database.users(), tenant());
    create(&store, &users_of(&tenant), user(MARK)).await;
    let mut raw = in_a_hurry(home).await;
    let is_postgres = raw.is_postgres();
    let searched = "scim_resources_search";
    let index = if is_postgres {
        raw.texts(format!("SELECT pg_get_indexdef('{searched}'::regclass)")).await
    } else {
        Vec::new()
    };
    if !index.is_empty() {
        raw.run(format!("DROP INDEX {searched}")).await;
    }
    let with = numbers(is_postgres, 1, count);
    let put = |column| renamed(is_postgres, column);
    let columns = "tenant, type, id, version, created, modified, ownership, retired, members, label, external_id, \
        user_name, display_name, doc, search";
    let of = format!("r.tenant = '{tenant}' AND r.type = 'User'");
    let template = format!("{of} AND r.external_id = 'E-{MARK}'");
    let rows = format!(
        "{with} SELECT tenant, type, {}, version, created, modified, ownership, retired, members, {}, {}, {}, {}, {}, {} \
         FROM c, scim_resources r WHERE {template}",
        random_id(is_postgres),
        put("label"),
        put("external_id"),
        put("user_name"),
        put("display_name"),
        put("doc"),
        put("search"),
    );
    raw.run(format!("INSERT INTO scim_resources ({columns}) {rows}")).await;
    let first = format!("r.external_id >= 'E-{}' AND r.external_id <= 'E-{}'", number(1), number(count));
    raw.run(format!(
        "INSERT INTO scim_unique (tenant, type, attribute, key, id) \
         SELECT r.tenant, r.type, 'userName', r.user_name, r.id FROM scim_resources r WHERE {of} AND {first}"
    ))
    .await;
    raw.run(format!(
        "INSERT INTO scim_outbox (tenant, type, id, kind, changed, at) \
         SELECT r.tenant, r.type, r.id, 'created', '[]', r.created FROM scim_resources r WHERE {of} AND {first}"
    ))
    .await;
    for text in index {
        raw.run(text).await;
    }
    // The store would have written the same.
    let (other, n) = (TenantId::new("check").unwrap(), count / 2);
    create(&store, &users_of(&other), user(&number(n))).await;
    let rows = |tenant: &TenantId| {
        let columns = "version || type || ownership || retired || members || label || external_id || user_name || \
            display_name || doc || search";
        let number = number(n);
        [
            format!(
                "SELECT {columns} FROM scim_resources WHERE tenant = '{tenant}' AND external_id = 'E-{number}'"
            ),
            format!(
                "SELECT u.type || u.attribute || u.key FROM scim_unique u JOIN scim_resources r ON r.id = u.id \
                 WHERE u.tenant = '{tenant}' AND r.external_id = 'E-{number}'"
            ),
            format!(
                "SELECT o.type || o.kind || o.changed FROM scim_outbox o JOIN scim_resources r ON r.id = o.id \
                 WHERE o.tenant = '{tenant}' AND r.external_id = 'E-{number}'"
            ),
        ]
    };
    same(&mut raw, rows(&tenant), rows(&other)).await;
    settle(raw).await;
}

async fn same<const N: usize>(raw: &mut Raw, ours: [String; N], theirs: [String; N]) {
    for (ours, theirs) in ours.into_iter().zip(theirs) {
        let (ours, theirs) = (raw.texts(ours).await, raw.texts(theirs).await);
        assert!(!ours.is_empty() && ours == theirs, "{ours:?} {theirs:?}");
    }
}

fn member(number: &str, id: &str) -> Value {
    json!({"value": id, "display": format!("Barbara{number} Jensen")})
}

fn group(members: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Tour Guides",
        "members": members,
    })
}

/// Makes a group with so many members, who need not be there.
pub(crate) async fn members(home: &Home, count: usize) -> ResourceId {
    let (store, tenant) = (home.database.groups(), tenant());
    let first = uuid::Uuid::new_v4().to_string();
    let group_id = create::<Group>(&store, &groups_of(&tenant), group(&[member(MARK, &first)])).await;
    let mut raw = in_a_hurry(home).await;
    let is_postgres = raw.is_postgres();
    let with = numbers(is_postgres, 2, count);
    let rows = format!(
        "{with} SELECT tenant, group_id, n, {}, {}, {} FROM c, scim_members WHERE tenant = '{tenant}' AND group_id = '{group_id}'",
        random_id(is_postgres),
        renamed(is_postgres, "element"),
        renamed(is_postgres, "search"),
    );
    raw.run(format!("INSERT INTO scim_members (tenant, group_id, pos, value, element, search) {rows}")).await;
    raw.run(format!(
        "UPDATE scim_resources SET members = {count} WHERE tenant = '{tenant}' AND id = '{group_id}'"
    ))
    .await;
    // The store would have written the same.
    let rows = |tenant: &TenantId, upto: usize| {
        let most = if upto == 0 { String::new() } else { format!(" AND pos <= {upto}") };
        [format!(
            "SELECT pos || value || element || search FROM scim_members WHERE tenant = '{tenant}'{most} ORDER BY pos"
        )]
    };
    let there = format!("SELECT value FROM scim_members WHERE tenant = '{tenant}' AND pos <= 3 ORDER BY pos");
    let values = raw.texts(there).await;
    let other = TenantId::new("check").unwrap();
    let numbers = [MARK.to_owned(), number(2), number(3)];
    let three: Vec<Value> = numbers.iter().zip(&values).map(|(number, id)| member(number, id)).collect();
    create::<Group>(&store, &groups_of(&other), group(&three)).await;
    same(&mut raw, rows(&tenant, 3), rows(&other, 0)).await;
    settle(raw).await;
    group_id
}

/// Makes groups, each with some of the users, so that each user is in two.
pub(crate) async fn groups(home: &Home, each: usize) {
    let mut raw = in_a_hurry(home).await;
    let of = "FROM scim_resources WHERE type = 'User' AND tenant = 'acme' ORDER BY id";
    let ids = raw.texts(format!("SELECT id {of}")).await;
    let (store, cx) = (home.database.groups(), groups_of(&tenant()));
    for chunk in ids.chunks(each) {
        let members: Vec<Value> = chunk.iter().map(|id| member("", id)).collect();
        create::<Group>(&store, &cx, group(&members)).await;
        create::<Group>(&store, &cx, group(&members)).await;
    }
    settle(raw).await;
}
