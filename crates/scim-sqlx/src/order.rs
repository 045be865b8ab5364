//! Orders and pages, RFC 7644 §3.4.2.3 and §3.4.2.4, RFC 9865 §2.

use scim_core::{AttrPath, Resolved, ScimError};
use scim_filter::TypedFilter;
use scim_filter::query::{SortOrder, TypedSort};
use scim_server::store::{Query, Start, StoreError};
use sqlx::QueryBuilder;

use crate::columns::{Columns, Held, Kind};
use crate::condition::{as_text, condition};
use crate::cursor::Last;
use crate::dialect::Dialect;
use crate::sql::{Bind, Sql};

/// What rows are put in order by, before their ids.
pub(crate) struct SortBy<'a> {
    /// An expression, NULL where there is no value.
    pub(crate) sql: String,
    pub(crate) kind: Kind,
    pub(crate) sort: &'a TypedSort,
}

impl Columns {
    /// Writes all of a query that follows the `AND` after your own conditions: the filter, where the page starts, the order and
    /// the size of the page. [`listing`](Self::listing) makes the answer of the rows.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    /// use scim_filter::Filter;
    /// use scim_server::store::Query;
    /// use scim_sqlx::{Columns, IdColumn};
    /// use sqlx::{QueryBuilder, Sqlite};
    ///
    /// let columns =
    ///     Columns::builder(SchemaSet::user(), IdColumn::integer("users.id")).boolean(attr::ACTIVE, "enabled").build()?;
    /// let query = Query::of(Some(Filter::eq(attr::ACTIVE, true).check(SchemaSet::user())?), 100);
    ///
    /// let mut sql = QueryBuilder::<Sqlite>::new("SELECT * FROM users WHERE users.tenant = ");
    /// sql.push_bind("acme").push(" AND ");
    /// columns.push_query(&query, &mut sql).unwrap();
    /// assert_eq!(
    ///     sql.sql(),
    ///     "SELECT * FROM users WHERE users.tenant = ? AND (users.enabled IS NOT NULL AND users.enabled = ?) \
    ///      ORDER BY users.id LIMIT 100 OFFSET 0"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`push_where`](Self::push_where), [`push_after`](Self::push_after) and [`push_order_by`](Self::push_order_by);
    /// nothing is written then.
    pub fn push_query<DB: Dialect>(
        &self,
        query: &Query,
        sql: &mut QueryBuilder<DB>,
    ) -> Result<(), StoreError> {
        let mut all = self.filter::<DB>(query.filter.as_ref())?;
        if let Start::After(Some(_)) = query.start {
            all.sql(" AND ");
            self.after::<DB>(&mut all, query)?;
        }
        self.order_by::<DB>(&mut all, query.sort.as_ref())?;
        all.push_to(sql);
        self.push_page(query, sql);
        Ok(())
    }

    /// Writes the filter of a query as one closed condition, which holds for all rows where there is no filter: for
    /// `SELECT count(*)`.
    ///
    /// # Errors
    /// As [`push_where`](Self::push_where).
    pub fn push_filter<DB: Dialect>(
        &self,
        filter: Option<&TypedFilter>,
        sql: &mut QueryBuilder<DB>,
    ) -> Result<(), StoreError> {
        self.filter::<DB>(filter)?.push_to(sql);
        Ok(())
    }

    /// Writes the `ORDER BY` of an order: ascending, what has no value stands last, and descending first; what is equal stands
    /// in the order of the ids. Without an order, the ids decide.
    ///
    /// # Errors
    /// 400 `invalidValue` for an attribute that has no column to sort by; nothing is written then.
    pub fn push_order_by<DB: Dialect>(
        &self,
        sort: Option<&TypedSort>,
        sql: &mut QueryBuilder<DB>,
    ) -> Result<(), StoreError> {
        let mut all = Sql::default();
        self.order_by::<DB>(&mut all, sort)?;
        all.push_to(sql);
        Ok(())
    }

    /// Writes the condition that a row stands on the page that a cursor names, or behind it; it is closed, and holds for all
    /// rows where there is no cursor.
    ///
    /// # Errors
    /// 400 `invalidCursor` for a cursor that [`listing`](Self::listing) has not made for such a query, `invalidValue` as
    /// [`push_order_by`](Self::push_order_by).
    pub fn push_after<DB: Dialect>(
        &self,
        query: &Query,
        sql: &mut QueryBuilder<DB>,
    ) -> Result<(), StoreError> {
        let mut all = Sql::default();
        self.after::<DB>(&mut all, query)?;
        all.push_to(sql);
        Ok(())
    }

    /// Writes the `LIMIT` of a page, and its `OFFSET` where it starts at a position. A page by cursor takes one row more than was
    /// asked for, by which [`listing`](Self::listing) knows that another page follows.
    pub fn push_page<DB: Dialect>(&self, query: &Query, sql: &mut QueryBuilder<DB>) {
        let count = i64::try_from(query.count).unwrap_or(i64::MAX);
        match &query.start {
            Start::Index(from) => {
                let offset = i64::try_from(from.saturating_sub(1)).unwrap_or(i64::MAX);
                sql.push(format_args!(" LIMIT {count} OFFSET {offset}"));
            }
            Start::After(_) => {
                sql.push(format_args!(" LIMIT {}", count.saturating_add(1)));
            }
        }
    }

    fn filter<DB: Dialect>(&self, filter: Option<&TypedFilter>) -> Result<Sql, StoreError> {
        let Some(filter) = filter else {
            let mut all = Sql::default();
            all.constant(true);
            return Ok(all);
        };
        condition::<DB>(self, filter)
    }

    fn order_by<DB: Dialect>(&self, all: &mut Sql, sort: Option<&TypedSort>) -> Result<(), StoreError> {
        all.sql(" ORDER BY ");
        if let Some(SortBy { sql, kind, sort }) = self.sort_by(sort)? {
            let collation = collation::<DB>(kind);
            let (way, missing) = match sort.order() {
                SortOrder::Ascending => ("ASC", "LAST"),
                SortOrder::Descending => ("DESC", "FIRST"),
            };
            all.sql(format!("{sql}{collation} {way} NULLS {missing}, "));
        }
        all.sql(self.id.clone());
        Ok(())
    }

    /// What an order is about; nothing where only the ids decide.
    pub(crate) fn sort_by<'a>(&self, sort: Option<&'a TypedSort>) -> Result<Option<SortBy<'a>>, ScimError> {
        let Some((sort, target)) = sort.and_then(|sort| Some((sort, sort.target()?))) else {
            return Ok(None);
        };
        let unsortable =
            || ScimError::invalid_value(format!("`sortBy`: `{}` cannot be sorted by here", target.path()));
        let rows = self.rows(target);
        let held = self.held(target.path(), rows).map_err(|_| unsortable())?;
        let (sql, kind) = match held {
            Held::Column { kind: Kind::Presence, .. } => return Err(unsortable()),
            Held::Column { sql, kind: kind @ (Kind::IntegerKey | Kind::UuidKey) } => (as_text(sql), *kind),
            Held::Column { sql, kind } => (sql.clone(), *kind),
            Held::Constant { only_if: None, .. } | Held::Never => return Ok(None),
            Held::Constant { only_if: Some(_), .. } => return Err(unsortable()),
        };
        let Some(rows) = rows else { return Ok(Some(SortBy { sql, kind, sort })) };
        let position = rows.position.as_ref().ok_or_else(unsortable)?;
        let primary = primary(target).and_then(|path| self.held(&path, Some(rows)).ok());
        let primary = match primary {
            Some(Held::Column { sql, .. }) => format!("CASE WHEN {sql} THEN 0 ELSE 1 END, "),
            Some(Held::Constant { .. } | Held::Never) | None => String::new(),
        };
        let sql = format!("(SELECT {sql} FROM {} ORDER BY {primary}{position} LIMIT 1)", rows.from);
        Ok(Some(SortBy { sql, kind, sort }))
    }

    /// That a row stands after the last one of the page before.
    fn after<DB: Dialect>(&self, all: &mut Sql, query: &Query) -> Result<(), StoreError> {
        let by = self.sort_by(query.sort.as_ref())?;
        let Start::After(Some(cursor)) = &query.start else {
            all.constant(true);
            return Ok(());
        };
        let last = Last::read::<DB>(cursor, self.id_kind, by.as_ref())?;
        let id = &self.id;
        let Some(by) = by else {
            all.sql(format!("({id} > ")).bind(last.id).sql(")");
            return Ok(());
        };
        let (value, collation) = (&by.sql, collation::<DB>(by.kind));
        let ascending = by.sort.order() == SortOrder::Ascending;
        let Some(wanted) = last.value else {
            let others = if ascending { " AND " } else { " OR " };
            let missing = if ascending { "NULL" } else { "NOT NULL" };
            all.sql(format!("({value} IS {missing}{others}{id} > ")).bind(last.id).sql(")");
            return Ok(());
        };
        let sign = if ascending { ">" } else { "<" };
        all.sql("(");
        if ascending {
            all.sql(format!("{value} IS NULL OR "));
        }
        all.sql(format!("{value} {sign} "));
        self.wanted(all, &by, &wanted);
        all.sql(format!("{collation} OR ({value} = "));
        self.wanted(all, &by, &wanted);
        all.sql(format!("{} AND {id} > ", exactly::<DB>(by.kind))).bind(last.id).sql("))");
        Ok(())
    }

    /// The value that the last row had, or that it has where the value is too long for a cursor.
    fn wanted(&self, all: &mut Sql, by: &SortBy<'_>, wanted: &Wanted) {
        match wanted {
            Wanted::Value(bind) => all.bind(bind.clone()),
            Wanted::OfRow(id) => {
                let table = self.id.rsplit_once('.').map_or(self.id.as_str(), |(table, _)| table);
                all.sql(format!("(SELECT {} FROM {table} WHERE {} = ", by.sql, self.id))
                    .bind(id.clone())
                    .sql(")")
            }
        };
    }
}

/// The value of the last row of a page.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Value(Bind),
    OfRow(Bind),
}

fn collation<DB: Dialect>(kind: Kind) -> &'static str {
    if is_text(kind) { DB::BY_CODE_POINT } else { "" }
}

fn exactly<DB: Dialect>(kind: Kind) -> &'static str {
    if is_text(kind) { DB::EXACTLY } else { "" }
}

fn is_text(kind: Kind) -> bool {
    matches!(kind, Kind::Folded | Kind::Exact | Kind::IntegerKey | Kind::UuidKey)
}

/// The path of `primary` beside a sub-attribute.
fn primary(target: &Resolved) -> Option<AttrPath> {
    target.with_sub_attribute("primary").map(|primary| primary.path().clone())
}
