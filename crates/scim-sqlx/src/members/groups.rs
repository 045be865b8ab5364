//! The `groups` of users, worked out from the members of groups (RFC 7643 §4.1.2).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use scim_core::{ResourceId, TenantId};
use serde_json::{Value, json};

use super::{CHUNK, From};
use crate::document::db::{Dialect, Fault, Sql, Tx};
use crate::document::key;
use crate::outbox;

/// The groups of the one whose id is `$3`, as a column that [`read`] reads: one statement for a user with all that is said of it.
pub(crate) fn column(dialect: Dialect) -> String {
    let through = containing(dialect);
    let all = if dialect.is_postgres() {
        "json_agg(json_build_array(f.id, f.kind, f.label, f.seq))::text"
    } else {
        "json_group_array(json_array(f.id, f.kind, f.label, f.seq))"
    };
    format!(
        "(WITH RECURSIVE g (id, kind) AS (\
        SELECT m.group_id, CAST(0 AS BIGINT) FROM scim_members m WHERE m.tenant = $1 AND m.value = $3 \
        UNION SELECT m.group_id, CAST(1 AS BIGINT) FROM g CROSS JOIN {through}) \
        SELECT {all} FROM (SELECT g.id, MIN(g.kind) AS kind, {OF_GROUP} FROM g GROUP BY g.id) f)"
    )
}

/// The groups of one user, direct ones first, in the order in which they came to be.
pub(crate) fn read(column: Option<&str>) -> Result<Vec<Value>, Fault> {
    let Some(text) = column else { return Ok(Vec::new()) };
    let mut rows: Vec<(String, i64, Option<String>, Option<i64>)> = serde_json::from_str(text)?;
    rows.sort_unstable_by(|a, b| (a.1, a.3, &a.0).cmp(&(b.1, b.3, &b.0)));
    Ok(rows.into_iter().map(|(id, kind, label, _)| element(&id, kind, label)).collect())
}

fn element(id: &str, kind: i64, label: Option<String>) -> Value {
    let kind = if kind == 0 { "direct" } else { "indirect" };
    let mut element = json!({"value": id, "type": kind});
    if let (Some(label), Value::Object(element)) = (label, &mut element) {
        element.insert("display".to_owned(), label.into());
    }
    element
}

/// What is said of a group, and its place.
const OF_GROUP: &str = "(SELECT r.label FROM scim_resources r WHERE r.tenant = $1 AND r.id = g.id) AS label, \
    (SELECT r.seq FROM scim_resources r WHERE r.tenant = $1 AND r.id = g.id) AS seq";

/// The rows of what contains a group.
fn containing(dialect: Dialect) -> &'static str {
    if dialect.is_postgres() {
        "LATERAL (SELECT m.group_id FROM scim_members m WHERE m.tenant = $1 AND m.value = g.id OFFSET 0) m"
    } else {
        "scim_members m WHERE m.tenant = $1 AND m.value = g.id"
    }
}

/// The groups that these are in, directly and through other groups, after what begins it. Groups may be members of each other:
/// each is reached once.
///
/// PostgreSQL takes a recursion for much larger than it is, and would rather go through all there is than look up a few rows:
/// `OFFSET 0` and the selections in place leave it no choice.
fn through(dialect: Dialect) -> String {
    let containing = containing(dialect);
    format!(
        " UNION SELECT g.member, m.group_id, CAST(1 AS BIGINT) FROM g CROSS JOIN {containing}) \
        SELECT g.member, g.id, MIN(g.kind), {OF_GROUP} \
        FROM g GROUP BY g.member, g.id ORDER BY 1, 3, 5"
    )
}

/// The groups of several users.
pub(crate) async fn groups_of(
    mut from: From<'_>,
    tenant: &TenantId,
    members: &[ResourceId],
) -> Result<HashMap<String, Vec<Value>>, Fault> {
    let mut found: HashMap<String, Vec<Value>> = HashMap::new();
    for chunk in members.chunks(CHUNK) {
        let text = "WITH RECURSIVE g (member, id, kind) AS (\
            SELECT m.value, m.group_id, CAST(0 AS BIGINT) FROM scim_members m WHERE m.tenant = $1 AND m.value IN (";
        let mut sql = Sql::new(text).with(tenant.as_str());
        sql.bind_all(chunk.iter().map(ResourceId::as_str)).push(")").push(&through(from.dialect()));
        let sql = if chunk.len() == 1 { sql } else { sql.once() };
        for row in from.rows(sql).await? {
            let group = element(&row.text(1)?, row.int(2)?, row.maybe(3)?);
            found.entry(row.text(0)?).or_default().push(group);
        }
    }
    Ok(found)
}

/// The groups of one user.
pub(crate) async fn groups_of_one(
    from: From<'_>,
    tenant: &TenantId,
    member: &ResourceId,
) -> Result<Vec<Value>, Fault> {
    let mut found = groups_of(from, tenant, std::slice::from_ref(member)).await?;
    Ok(found.remove(member.as_str()).unwrap_or_default())
}

/// Takes somebody who is gone out of all groups; their versions change.
pub(crate) async fn forget(
    tx: &mut Tx,
    tenant: &TenantId,
    member: &ResourceId,
    now: DateTime<Utc>,
) -> Result<(), Fault> {
    let (tenant, member) = (tenant.as_str(), member.as_str());
    // In one order, so that two that are gone at once do not wait for each other.
    let mut sql = Sql::new(
        "SELECT r.id, r.type FROM scim_resources r WHERE r.tenant = $1 AND r.id IN \
        (SELECT m.group_id FROM scim_members m WHERE m.tenant = $1 AND m.value = $2) ORDER BY r.id",
    );
    sql.push(tx.dialect().for_update());
    for row in tx.rows(sql.with(tenant).with(member)).await? {
        let (group, kind) = (row.text(0)?, row.text(1)?);
        let delete = "DELETE FROM scim_members WHERE tenant = $1 AND group_id = $2 AND value = $3";
        let gone = tx.run(Sql::new(delete).with(tenant).with(group.as_str()).with(member)).await?;
        if gone == 0 {
            continue;
        }
        let update = "UPDATE scim_resources SET version = version + 1, modified = $3, members = members - $4 \
            WHERE tenant = $1 AND id = $2";
        let sql = Sql::new(update).with(tenant).with(group.as_str()).with(key::instant(now));
        tx.run(sql.with(i64::try_from(gone).unwrap_or(i64::MAX))).await?;
        let entry = outbox::Entry { tenant, kind: &kind, id: &group, what: outbox::Kind::Changed };
        outbox::append(tx, &entry, &["members".to_owned()], now).await?;
    }
    Ok(())
}
