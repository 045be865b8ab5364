//! A checked filter as one condition, RFC 7644 §3.4.2.2.

mod fit;
mod join;
mod leaf;
#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use scim_core::schema::{AttrType, Attribute};
use scim_core::{AttrPath, Resolved, ScimError};
use scim_filter::check::Operand;
use scim_filter::{CompareOp, Typed, TypedFilter};
use scim_server::store::StoreError;
use sqlx::QueryBuilder;

use self::join::Join;
use crate::columns::{Columns, Constant, Held, Kind, Rows, Unmapped};
use crate::dialect::Dialect;
use crate::sql::Sql;

pub(crate) use self::fit::{Fit, instant as fit_instant};
pub(crate) use self::leaf::{as_text, integer_key, uuid_key};

impl Columns {
    /// Writes a filter as one condition: it holds for the rows whose resources [`match`](TypedFilter::matches), is never NULL,
    /// and is closed by parentheses, so that no `or` of a peer's reaches what stands beside it.
    ///
    /// ```
    /// use scim_core::{SchemaSet, attr};
    /// use scim_filter::Filter;
    /// use scim_sqlx::{Columns, IdColumn};
    /// use sqlx::{Postgres, QueryBuilder};
    ///
    /// let columns = Columns::builder(SchemaSet::user(), IdColumn::uuid("users.id"))
    ///     .text(attr::TITLE, "title_key")
    ///     .build()?;
    /// let mut query = QueryBuilder::<Postgres>::new("SELECT count(*) FROM users WHERE ");
    /// let filter = Filter::ne(attr::TITLE, "Boss' secretary").check(SchemaSet::user())?;
    /// columns.push_where(&filter, &mut query).unwrap();
    /// assert_eq!(
    ///     query.sql(),
    ///     "SELECT count(*) FROM users WHERE (NOT (users.title_key IS NOT NULL AND users.title_key = $1))"
    /// );
    ///
    /// let filter = Filter::pr(attr::NICK_NAME).check(SchemaSet::user())?;
    /// let refused = columns.push_where(&filter, &mut query).unwrap_err();
    /// assert_eq!(refused.to_string(), "400 invalidFilter: `nickName` cannot be asked about here");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// 400 `invalidFilter` for an attribute that has no column, or one that cannot answer; nothing is written then.
    pub fn push_where<DB: Dialect>(
        &self,
        filter: &TypedFilter,
        query: &mut QueryBuilder<DB>,
    ) -> Result<(), StoreError> {
        let sql = condition::<DB>(self, filter)?;
        sql.push_to(query);
        Ok(())
    }
}

/// The condition, as it is written into a statement.
pub(crate) fn condition<DB: Dialect>(columns: &Columns, filter: &TypedFilter) -> Result<Sql, StoreError> {
    let empty_is_present = filter.empty_string_is_present();
    let lists = list_terms(columns, filter.root());
    let fence = if lists > DB::MOST_JOINS { " LIMIT 1 OFFSET 0" } else { "" };
    let translator = Translator::<DB> { columns, empty_is_present, fence, database: PhantomData };
    let mut sql = Sql::default();
    match translator.tree(&mut sql, filter.root(), None) {
        Ok(()) => Ok(sql),
        Err(refused) => Err(StoreError::Rejected(refused.into())),
    }
}

/// How many terms ask the rows of a list.
fn list_terms(columns: &Columns, typed: &Typed) -> usize {
    match typed {
        Typed::And(list) | Typed::Or(list) => list.iter().map(|typed| list_terms(columns, typed)).sum(),
        Typed::Not(inner) => list_terms(columns, inner),
        Typed::Present(target) | Typed::Compare(target, ..) | Typed::Element(target, _) => {
            match (columns.rows(target), target.attribute()) {
                (Some(_), _) => 1,
                // An extension, which may have as many lists.
                (None, None) => columns.count_lists(),
                (None, Some(_)) => 0,
            }
        }
        Typed::Constant(_) => 0,
    }
}

/// Why there is no translation.
enum Refused {
    Unmapped(AttrPath),
    /// The column cannot answer this.
    Cannot(AttrPath, CompareOp),
}

impl From<Unmapped> for Refused {
    fn from(Unmapped(path): Unmapped) -> Self {
        Self::Unmapped(path)
    }
}

impl From<Refused> for ScimError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unmapped(path) => Self::invalid_filter(format!("`{path}` cannot be asked about here")),
            Refused::Cannot(path, op) => {
                Self::invalid_filter(format!("`{path}` cannot be asked about with `{op}` here"))
            }
        }
    }
}

struct Translator<'a, DB> {
    columns: &'a Columns,
    empty_is_present: bool,
    /// What ends a subquery that is not to become a join.
    fence: &'static str,
    database: PhantomData<DB>,
}

/// `rows` is the list whose one element is asked about, inside of brackets.
impl<DB: Dialect> Translator<'_, DB> {
    fn tree(&self, sql: &mut Sql, typed: &Typed, rows: Option<&Rows>) -> Result<(), Refused> {
        match typed {
            Typed::And(all) => self.joined(sql, all, Join::And, rows),
            Typed::Or(any) => self.joined(sql, any, Join::Or, rows),
            Typed::Not(inner) => {
                sql.sql("(NOT ");
                self.tree(sql, inner, rows)?;
                sql.sql(")");
                Ok(())
            }
            Typed::Present(target) => self.present(sql, target, rows),
            Typed::Compare(target, CompareOp::Ne, operand) => {
                sql.sql("(NOT ");
                self.compare(sql, target, CompareOp::Eq, operand, rows)?;
                sql.sql(")");
                Ok(())
            }
            Typed::Compare(target, op, operand) => self.compare(sql, target, *op, operand, rows),
            Typed::Element(target, inner) => self.element(sql, target, inner),
            Typed::Constant(holds) => {
                sql.constant(*holds);
                Ok(())
            }
        }
    }

    /// Asks the elements of a list, where the attribute has rows of its own and is not asked about inside of brackets.
    fn within(
        &self,
        sql: &mut Sql,
        target: &Resolved,
        rows: Option<&Rows>,
        ask: impl FnOnce(&mut Sql, Option<&Rows>) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        match (rows, self.columns.rows(target)) {
            (None, Some(own)) => {
                sql.sql(format!("EXISTS (SELECT 1 FROM {} AND ", own.from));
                ask(sql, Some(own))?;
                sql.sql(self.fence).sql(")");
                Ok(())
            }
            _ => ask(sql, rows),
        }
    }

    fn compare(
        &self,
        sql: &mut Sql,
        target: &Resolved,
        op: CompareOp,
        operand: &Operand,
        rows: Option<&Rows>,
    ) -> Result<(), Refused> {
        self.within(sql, target, rows, |sql, rows| {
            let path = target.path();
            let cannot = || Refused::Cannot(path.clone(), op);
            match self.columns.held(path, rows)? {
                Held::Column { sql: column, kind } => {
                    leaf::test::<DB>(sql, column, *kind, op, operand).ok_or_else(cannot)
                }
                Held::Constant { value, only_if } => {
                    let passes = leaf::constant(value, op, operand).ok_or_else(cannot)?;
                    self.constant(sql, passes, only_if.as_deref());
                    Ok(())
                }
                Held::Never => {
                    sql.constant(false);
                    Ok(())
                }
            }
        })
    }

    fn constant(&self, sql: &mut Sql, passes: bool, only_if: Option<&str>) {
        match only_if {
            Some(only_if) => sql.sql(format!("({only_if} AND ")).constant(passes).sql(")"),
            None => sql.constant(passes),
        };
    }

    /// One element satisfies all of this: a row of the list, or the only element in the resource's own row.
    fn element(&self, sql: &mut Sql, target: &Resolved, inner: &Typed) -> Result<(), Refused> {
        self.within(sql, target, None, |sql, rows| {
            if rows.is_some() {
                return self.tree(sql, inner, rows);
            }
            let exists = self.columns.exists(target.path());
            sql.sql(format!("({exists} AND "));
            self.tree(sql, inner, None)?;
            sql.sql(")");
            Ok(())
        })
    }

    fn present(&self, sql: &mut Sql, target: &Resolved, rows: Option<&Rows>) -> Result<(), Refused> {
        if let (None, Some(held)) = (rows, self.columns.presence_of(target.path())) {
            self.has_value(sql, held);
            return Ok(());
        }
        let Some(leaf) = target.leaf() else { return self.extension_present(sql, target) };
        self.within(sql, target, rows, |sql, rows| {
            if leaf.kind() != AttrType::Complex {
                self.has_value(sql, self.columns.held(target.path(), rows)?);
                return Ok(());
            }
            let parts =
                leaf.sub_attributes().iter().map(|sub| target.path().clone().with_sub(sub.name().clone()));
            let parts = parts.map(|path| self.columns.held(&path, rows)).collect::<Result<Vec<_>, _>>()?;
            sql.sql("(");
            for held in parts.iter().filter(|held| !matches!(held, Held::Never)) {
                self.has_value(sql, held);
                sql.sql(" OR ");
            }
            sql.constant(false).sql(")");
            Ok(())
        })
    }

    /// Whether any attribute of an extension has a value.
    fn extension_present(&self, sql: &mut Sql, target: &Resolved) -> Result<(), Refused> {
        let schemas = &self.columns.schemas;
        let extension = target.extension().and_then(|uri| Some((uri, schemas.extension(uri)?)));
        let Some((uri, extension)) = extension else { return Err(Refused::Unmapped(target.path().clone())) };
        let path =
            |attribute: &Attribute| AttrPath::of_name(attribute.name().clone()).with_schema(uri.clone());
        sql.sql("(");
        for attribute in extension.schema().attributes() {
            if let Ok(part) = schemas.resolve(&path(attribute)) {
                self.present(sql, &part, None)?;
                sql.sql(" OR ");
            }
        }
        sql.constant(false).sql(")");
        Ok(())
    }

    fn has_value(&self, sql: &mut Sql, held: &Held) {
        match held {
            Held::Column { sql: column, kind: Kind::Folded | Kind::Exact } if !self.empty_is_present => {
                sql.sql(format!("({column} IS NOT NULL AND {column} <> '')"));
            }
            Held::Column { sql: column, .. } => {
                sql.sql(format!("({column} IS NOT NULL)"));
            }
            Held::Constant { value, only_if } => {
                let is_something = |text: &&str| self.empty_is_present || !text.is_empty();
                let passes = match value {
                    Constant::Boolean(_) => true,
                    Constant::Text(text) => is_something(text),
                    Constant::Texts(texts) => texts.iter().any(is_something),
                };
                self.constant(sql, passes, only_if.as_deref());
            }
            Held::Never => {
                sql.constant(false);
            }
        }
    }
}
