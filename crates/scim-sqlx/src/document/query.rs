//! Finding resources.

use std::collections::HashMap;

use scim_core::{Resource, ResourceId, ScimResource};
use scim_filter::Typed;
use scim_server::Context;
use scim_server::store::{Listing, Query, Start, StoreError, Stored, page};
use serde_json::Value;

use super::db::{Fault, Row, Sql};
use super::entry::{COLUMNS, Entry};
use super::filter::condition;
use super::order::{Last, Order, malformed};
use super::store::DocumentStore;
use crate::members::{self, From};

/// So many members may be looked at for one query that SQL cannot answer by itself.
const SCANNED_MEMBERS: u64 = 100_000;

/// A statement up to its `WHERE`, and what it finds.
struct Plan {
    /// With the tenant and the type bound as `$1` and `$2`.
    sql: Sql,
    condition: String,
    exact: bool,
    selective: bool,
    order: Option<Order>,
}

impl<R: ScimResource> DocumentStore<R> {
    fn plan(&self, cx: &Context, query: &Query) -> Plan {
        let dialect = self.db.pool.dialect();
        let mut sql = Sql::default().with(cx.tenant().as_str()).with(&*self.kind).once();
        let (mut text, mut exact, mut selective) = (String::new(), true, false);
        let mut scope = "r.tenant = $1 AND r.type = $2 AND r.retired = 0";
        if let Some(filter) = &query.filter {
            let condition = condition(&mut sql, dialect, &self.facets, filter);
            text = format!(" AND {}", condition.text);
            (exact, selective) = (condition.exact, condition.selective);
            if !dialect.is_postgres() {
                // SQLite would rather go through all in their order than look up the few.
                if condition.names_ids {
                    scope = "r.tenant = $1 AND +r.type = $2 AND +r.retired = 0";
                } else if condition.names_places {
                    scope = "+r.tenant = $1 AND +r.type = $2 AND +r.retired = 0";
                }
            }
        }
        let order = Order::of(&mut sql, dialect, &self.facets, query.sort.as_ref());
        let condition = format!("{scope}{text}");
        Plan { sql, condition, exact, selective, order }
    }

    pub(super) async fn query_now(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, Fault> {
        let plan = self.plan(cx, query);
        match &plan.order {
            Some(order) if plan.exact => self.answer(cx, query, &plan, order).await,
            _ => self.scan(cx, query).await,
        }
    }

    /// The statement for a page, and one row more by cursor, which tells that there is a next page.
    fn page_sql(
        &self,
        query: &Query,
        plan: &Plan,
        order: &Order,
        after: Option<&Last>,
    ) -> Result<Sql, Fault> {
        let dialect = self.db.pool.dialect();
        let mut sql = plan.sql.clone();
        sql.push("SELECT q.* FROM (SELECT ").push(COLUMNS).push(", ").push(order.key());
        sql.push(" AS key FROM scim_resources r WHERE ").push(&plan.condition);
        if plan.selective && dialect.is_postgres() {
            // Few rows are found and put in order, rather than all rows gone through in order.
            sql.push(" OFFSET 0");
        }
        sql.push(") q");
        let count = i64::try_from(query.count).unwrap_or(i64::MAX);
        let by = order.by(dialect);
        match &query.start {
            Start::Index(from) => {
                let skip = i64::try_from(from.saturating_sub(1)).unwrap_or(i64::MAX);
                sql.push(" ORDER BY ").push(&by).push(" LIMIT ").bind(count).push(" OFFSET ").bind(skip);
            }
            Start::After(_) => {
                if let Some(after) = after {
                    let after = order.after(&mut sql, dialect, after)?;
                    sql.push(" WHERE ").push(&after);
                }
                sql.push(" ORDER BY ").push(&by).push(" LIMIT ").bind(count.saturating_add(1));
            }
        }
        Ok(sql)
    }

    /// Where a page by cursor begins.
    async fn last(&self, cx: &Context, query: &Query, order: &Order) -> Result<Option<Last>, Fault> {
        let Start::After(Some(cursor)) = &query.start else { return Ok(None) };
        match (Last::read(cursor)?, order) {
            (Last::Long(id), Order::Key { .. }) => {
                // Its key is what it is now; when it is gone, nobody knows where it stood.
                let mut plan = self.plan(cx, &Query { filter: None, ..query.clone() });
                let Some(order) = &plan.order else { return Err(malformed().into()) };
                plan.sql.push("SELECT ").push(order.key()).push(" FROM scim_resources r WHERE ");
                plan.sql.push(&plan.condition).push(" AND r.id = ").bind(id.as_str());
                let rows = self.db.pool.rows(plan.sql).await?;
                let key = rows.first().ok_or_else(malformed)?.maybe(0)?;
                Ok(Some(Last::Key(id, key)))
            }
            (last, _) => Ok(Some(last)),
        }
    }

    /// How many resources there are on all pages.
    async fn total(&self, plan: &Plan, order: &Order) -> Result<u64, Fault> {
        let mut sql = plan.sql.clone();
        sql.push("SELECT COUNT(*) FROM (SELECT ");
        // What is bound for the order has to be spoken of, for PostgreSQL to know its type.
        sql.push(if matches!(order, Order::Place) { "1" } else { order.key() });
        sql.push(" AS key FROM scim_resources r WHERE ").push(&plan.condition).push(") q");
        let rows = self.db.pool.rows(sql).await?;
        let total = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or(0);
        Ok(u64::try_from(total).unwrap_or(0))
    }

    /// Answers from SQL alone.
    async fn answer(
        &self,
        cx: &Context,
        query: &Query,
        plan: &Plan,
        order: &Order,
    ) -> Result<Listing<Stored<R>>, Fault> {
        let after = self.last(cx, query, order).await?;
        let sql = self.page_sql(query, plan, order, after.as_ref())?;
        let rows = if query.count == 0 { Vec::new() } else { self.db.pool.rows(sql).await? };
        let total = match counted(query, rows.len()) {
            _ if !query.total => None,
            Some(total) => Some(total),
            None => Some(self.total(plan, order).await?),
        };
        let has_more = rows.len() > query.count;
        let rows = rows.get(..query.count.min(rows.len())).unwrap_or_default();
        let items = self.shown(cx, query, entries(rows)?).await?;
        match query.start {
            Start::Index(_) => Ok(Listing::page(items, total.unwrap_or_default())),
            Start::After(_) => {
                let next = match rows.last().filter(|_| has_more) {
                    Some(row) => Some(last_of(row, order)?.write()?),
                    None => None,
                };
                let listing = Listing::cursor(items, next);
                Ok(match total {
                    Some(total) => listing.with_total(total),
                    None => listing,
                })
            }
        }
    }

    /// Looks at rows one by one, where SQL cannot tell: at so many as are let through by what it can say.
    async fn scan(&self, cx: &Context, query: &Query) -> Result<Listing<Stored<R>>, Fault> {
        // Without the order, and what would be bound for it.
        let Plan { mut sql, condition, .. } = self.plan(cx, &Query { sort: None, ..query.clone() });
        let most = self.scan_limit;
        sql.push("SELECT ").push(COLUMNS).push(" FROM scim_resources r WHERE ").push(&condition);
        sql.push(" ORDER BY r.seq LIMIT ").bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1));
        let found = entries(&self.db.pool.rows(sql).await?)?;
        let too_many = |what: &str| {
            let words = format!(
                "the database cannot answer this by itself, and there are too many {what} to go through"
            );
            Fault::from(StoreError::TooMany(words))
        };
        if found.len() > most {
            return Err(too_many("resources"));
        }
        let asks_members = self.facets.list.is_some() && asks(query, "members");
        if asks_members && found.iter().map(|entry| entry.members).sum::<u64>() > SCANNED_MEMBERS {
            return Err(too_many("members"));
        }
        let asks_groups = self.facets.groups && asks(query, "groups");
        let mut groups = if asks_groups { self.groups(cx, &found).await? } else { HashMap::new() };
        let mut rows = Vec::with_capacity(found.len());
        for entry in found {
            let mut resource = entry.resource(&self.kind, cx.schemas())?;
            if asks_members {
                let of = self.of(cx, &entry.id);
                let all = members::all(From::Pool(&self.db.pool), &of).await?;
                put(&mut resource, "members", all.into_iter().map(|member| member.element).collect());
            }
            put(&mut resource, "groups", groups.remove(entry.id.as_str()).unwrap_or_default());
            rows.push(Candidate { entry, resource });
        }
        let mut shown = Vec::new();
        let listing = page(rows, query)?.try_map(|candidate| {
            shown.push(candidate.entry.clone());
            Ok::<_, Fault>(candidate.entry.id)
        })?;
        let mut shown = self.shown(cx, query, shown).await?.into_iter();
        listing.try_map(|_| shown.next().ok_or_else(|| StoreError::NotFound.into()))
    }

    /// Resources as they are answered, in the same order, with what is wanted of them.
    async fn shown(&self, cx: &Context, query: &Query, entries: Vec<Entry>) -> Result<Vec<Stored<R>>, Fault> {
        let mut groups = if self.wants_groups(cx, &query.want) {
            self.groups(cx, &entries).await?
        } else {
            HashMap::new()
        };
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries {
            let groups = groups.remove(entry.id.as_str()).unwrap_or_default();
            all.push(self.stored(cx, &entry, groups, None)?);
        }
        Ok(all)
    }

    async fn groups(&self, cx: &Context, entries: &[Entry]) -> Result<HashMap<String, Vec<Value>>, Fault> {
        let ids: Vec<ResourceId> = entries.iter().map(|entry| entry.id.clone()).collect();
        members::groups_of(From::Pool(&self.db.pool), cx.tenant(), &ids).await
    }
}

fn entries(rows: &[Row]) -> Result<Vec<Entry>, Fault> {
    rows.iter().map(Entry::read).collect()
}

/// How many there are on all pages, where the rows that were read tell.
fn counted(query: &Query, read: usize) -> Option<u64> {
    let before = match &query.start {
        Start::Index(from) => from.saturating_sub(1),
        Start::After(None) => 0,
        Start::After(Some(_)) => return None,
    };
    // It is the last page, and not one beyond it.
    let ends_here = match &query.start {
        Start::Index(_) => read < query.count && (read > 0 || before == 0),
        Start::After(_) => query.count > 0 && read <= query.count,
    };
    ends_here.then(|| before.saturating_add(read as u64))
}

fn last_of(row: &Row, order: &Order) -> Result<Last, Fault> {
    match order {
        Order::Place => Ok(Last::Place(row.int(0)?)),
        Order::Key { .. } => Ok(Last::Key(row.text(1)?, row.maybe(8)?)),
    }
}

/// A resource that a filter looks at.
struct Candidate {
    entry: Entry,
    resource: Resource,
}

impl scim_server::store::Row for Candidate {
    fn id(&self) -> &ResourceId {
        &self.entry.id
    }

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn place(&self) -> Option<u64> {
        u64::try_from(self.entry.seq).ok()
    }
}

/// Puts a list into a resource, unless it is empty.
pub(super) fn put(resource: &mut Resource, name: &str, elements: Vec<Value>) {
    if !elements.is_empty() {
        resource.as_map_mut().insert(name.to_owned(), Value::Array(elements));
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;

/// Whether a query asks about an attribute, in its filter or its order.
fn asks(query: &Query, name: &str) -> bool {
    fn is(target: &scim_core::Resolved, name: &str) -> bool {
        target.extension().is_none()
            && target.attribute().is_some_and(|attribute| attribute.name().as_str() == name)
    }
    fn within(typed: &Typed, name: &str) -> bool {
        match typed {
            Typed::And(list) | Typed::Or(list) => list.iter().any(|typed| within(typed, name)),
            Typed::Not(inner) => within(inner, name),
            Typed::Present(target) | Typed::Compare(target, ..) | Typed::Element(target, _) => {
                is(target, name)
            }
            Typed::Constant(_) => false,
        }
    }
    query.filter.as_ref().is_some_and(|filter| within(filter.root(), name))
        || query.sort.as_ref().and_then(|sort| sort.target()).is_some_and(|target| is(target, name))
}
