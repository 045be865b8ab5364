//! The members of groups, each in a row of its own.

mod change;
mod groups;

use std::collections::HashMap;

use scim_core::schema::Attribute;
use scim_core::{ResourceId, ScimError, TenantId};
use scim_server::store::{ListPage, ListSource, StoreError};
use serde_json::{Map, Value};

pub(crate) use self::change::{Change, by_delta, by_difference, distinct};
pub(crate) use self::groups::{
    column as groups_column, forget, groups_of, groups_of_one, read as read_groups,
};
use crate::document::db::{Dialect, Fault, Pool, Row, Sql, Tx};
use crate::document::search::project_element;

/// The longest `value` of a member, in bytes; an `id` is much shorter.
const MAX_VALUE: usize = 1_024;
/// So many rows are read or written by one statement.
const CHUNK: usize = 400;

/// A group: whose members these are.
#[derive(Clone, Debug)]
pub(crate) struct Of {
    pub(crate) tenant: TenantId,
    pub(crate) group: ResourceId,
}

impl Of {
    fn sql(&self, text: &'static str) -> Sql {
        Sql::new(text).with(self.tenant.as_str()).with(self.group.as_str())
    }
}

/// A member as its row has it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) pos: i64,
    pub(crate) element: Value,
}

impl Member {
    fn read(row: &Row) -> Result<Self, Fault> {
        let (value, rest) = (row.text(1)?, row.maybe(2)?);
        let mut element: Map<String, Value> = match rest {
            Some(rest) => serde_json::from_str(&rest)?,
            None => Map::new(),
        };
        if !value.is_empty() {
            element.insert("value".to_owned(), value.into());
        }
        Ok(Self { pos: row.int(0)?, element: Value::Object(element) })
    }
}

/// Where members are read from.
pub(crate) enum From<'a> {
    Pool(&'a Pool),
    Tx(&'a mut Tx),
}

impl From<'_> {
    fn dialect(&self) -> Dialect {
        match self {
            Self::Pool(pool) => pool.dialect(),
            Self::Tx(tx) => tx.dialect(),
        }
    }

    pub(crate) async fn rows(&mut self, sql: Sql) -> Result<Vec<Row>, Fault> {
        match self {
            Self::Pool(pool) => pool.rows(sql).await,
            Self::Tx(tx) => tx.rows(sql).await,
        }
    }
}

/// The members after a place, at most so many.
async fn page(from: &mut From<'_>, of: &Of, after: i64, count: usize) -> Result<Vec<Member>, Fault> {
    let text = "SELECT pos, value, element FROM scim_members \
        WHERE tenant = $1 AND group_id = $2 AND pos > $3 ORDER BY pos LIMIT $4";
    let sql = of.sql(text).with(after).with(i64::try_from(count).unwrap_or(i64::MAX));
    from.rows(sql).await?.iter().map(Member::read).collect()
}

/// All members.
pub(crate) async fn all(mut from: From<'_>, of: &Of) -> Result<Vec<Member>, Fault> {
    page(&mut from, of, i64::MIN, usize::MAX).await
}

/// The members with these values, by value.
async fn some(tx: &mut Tx, of: &Of, values: &[&str]) -> Result<HashMap<String, Vec<Member>>, Fault> {
    let mut found: HashMap<String, Vec<Member>> = HashMap::new();
    for chunk in values.chunks(CHUNK) {
        let mut sql = of.sql("SELECT pos, value, element FROM scim_members");
        if !tx.dialect().is_postgres() {
            // SQLite takes the group for small, and would go through all of it.
            sql.push(" INDEXED BY scim_members_in_group");
        }
        // Asked for an order, a database would go through all of the group in that order.
        sql.push(" WHERE tenant = $1 AND group_id = $2 AND value IN (");
        sql.bind_all(chunk.iter().copied()).push(")");
        for row in tx.rows(sql.once()).await? {
            found.entry(row.text(1)?).or_default().push(Member::read(&row)?);
        }
    }
    found.values_mut().for_each(|members| members.sort_unstable_by_key(|member| member.pos));
    Ok(found)
}

/// Writes what was found out, row by row.
pub(crate) async fn write(tx: &mut Tx, of: &Of, attribute: &Attribute, change: &Change) -> Result<(), Fault> {
    for chunk in change.gone.chunks(CHUNK) {
        let mut sql = of.sql("DELETE FROM scim_members WHERE tenant = $1 AND group_id = $2 AND pos IN (");
        sql.bind_all(chunk.iter().copied()).push(")");
        tx.run(sql.once()).await?;
    }
    if change.come.is_empty() {
        return Ok(());
    }
    let text = "SELECT pos FROM scim_members WHERE tenant = $1 AND group_id = $2 ORDER BY pos DESC LIMIT 1";
    let mut pos = tx.rows(of.sql(text)).await?.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
    let json = tx.dialect().json();
    for chunk in change.come.chunks(CHUNK) {
        let mut sql =
            of.sql("INSERT INTO scim_members (tenant, group_id, pos, value, element, search) VALUES ");
        for (at, element) in chunk.iter().enumerate() {
            pos += 1;
            let (value, element, search) = columns(attribute, element)?;
            sql.push(if at > 0 { ", ($1, $2, " } else { "($1, $2, " });
            sql.bind(pos).push(", ").bind(value).push(", ").bind(element).push(", ").bind(search).push(json);
            sql.push(")");
        }
        // One that comes alone is the usual case.
        tx.run(if chunk.len() == 1 { sql } else { sql.once() }).await?;
    }
    Ok(())
}

/// Takes all rows of a group away.
pub(crate) async fn clear(tx: &mut Tx, of: &Of) -> Result<(), Fault> {
    tx.run(of.sql("DELETE FROM scim_members WHERE tenant = $1 AND group_id = $2")).await.map(drop)
}

/// The `value`, and the rest as it is answered and as it is searched.
fn columns(
    attribute: &Attribute,
    element: &Value,
) -> Result<(String, Option<String>, Option<String>), Fault> {
    let Value::Object(all) = element else {
        return Err(
            ScimError::invalid_value(format!("an element of `{}` is no object", attribute.name())).into()
        );
    };
    let mut rest = all.clone();
    let value = match rest.remove("value") {
        Some(Value::String(value)) => value,
        _ => String::new(),
    };
    if value.len() > MAX_VALUE {
        let words = format!("a `value` in `{}` is longer than {MAX_VALUE} bytes", attribute.name());
        return Err(ScimError::invalid_value(words).into());
    }
    if rest.is_empty() {
        return Ok((value, None, None));
    }
    let rest = Value::Object(rest);
    let search = project_element(attribute, false, &rest).map(|search| search.to_string());
    Ok((value, Some(rest.to_string()), search))
}

/// The `value` of an element.
pub(crate) fn value_of(element: &Value) -> Option<&str> {
    element.get("value")?.as_str()
}

/// Reads the members of a group while an answer is written.
pub(crate) struct Source {
    pub(crate) pool: Pool,
    pub(crate) of: Of,
}

impl ListSource for Source {
    async fn page(&self, after: Option<&str>, count: usize) -> Result<ListPage, StoreError> {
        let after = after.map_or(Ok(i64::MIN), str::parse)?;
        let members = page(&mut From::Pool(&self.pool), &self.of, after, count).await;
        let members = members.map_err(Fault::into_error)?;
        let next = members.last().filter(|_| members.len() >= count).map(|last| last.pos.to_string());
        Ok(ListPage { elements: members.into_iter().map(|member| member.element).collect(), next })
    }
}
