//! Which column of your own tables has the value of which attribute.

mod build;
mod builder;
mod child;
mod column;

use std::collections::BTreeMap;
use std::fmt;

use scim_core::{AttrPath, Resolved, SchemaSet};

pub use self::builder::ColumnsBuilder;
pub use self::child::Child;
pub(crate) use self::column::Kind;
pub use self::column::{Column, Constant, IdColumn};

/// Which column of your own tables has the value of which attribute: what filters, orders and pages are translated with.
///
/// It is made once, when the application starts, and knows then whether it fits the schemas.
///
/// ```
/// use scim_core::{SchemaSet, attr};
/// use scim_filter::Filter;
/// use scim_sqlx::{Columns, IdColumn};
/// use sqlx::{QueryBuilder, Sqlite};
///
/// let columns = Columns::builder(SchemaSet::user(), IdColumn::integer("users.id"))
///     .text(attr::USER_NAME, "login_key")
///     .boolean(attr::ACTIVE, "enabled")
///     .text(attr::EMAILS_VALUE, "email_key")
///     .constant(attr::EMAILS_TYPE, "work")
///     .build()?;
///
/// let filter: Filter = r#"userName eq "BJensen" or emails co "@example""#.parse()?;
/// let mut query = QueryBuilder::<Sqlite>::new("SELECT * FROM users WHERE users.tenant = ");
/// query.push_bind("acme").push(" AND ");
/// columns.push_where(&filter.check(SchemaSet::user())?, &mut query).unwrap();
/// assert_eq!(
///     query.sql(),
///     "SELECT * FROM users WHERE users.tenant = ? AND \
///      ((users.login_key IS NOT NULL AND users.login_key = ? COLLATE BINARY) \
///      OR (users.email_key IS NOT NULL AND instr(users.email_key, ?) > 0))"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Columns {
    pub(crate) schemas: SchemaSet,
    pub(crate) id: String,
    pub(crate) id_kind: Kind,
    held: BTreeMap<AttrPath, Held>,
    lists: BTreeMap<AttrPath, Rows>,
    nothing_else: bool,
}

/// Where the value of an attribute is.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    Column {
        sql: String,
        kind: Kind,
    },
    Constant {
        value: Constant,
        /// A condition that is never NULL.
        only_if: Option<String>,
    },
    Never,
}

/// The rows that are the elements of a list.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    /// The table, and which of its rows are those of the resource.
    pub(crate) from: String,
    held: BTreeMap<AttrPath, Held>,
    pub(crate) position: Option<String>,
}

/// An attribute that is not part of the map.
#[derive(Debug)]
pub(crate) struct Unmapped(pub(crate) AttrPath);

impl Columns {
    /// Begins a map for the resources of these schemas, whose ids are in this column.
    #[must_use]
    pub fn builder(schemas: &SchemaSet, id: IdColumn) -> ColumnsBuilder {
        ColumnsBuilder::new(schemas, id)
    }

    /// The rows of the list that the attribute is, or is part of.
    pub(crate) fn rows(&self, target: &Resolved) -> Option<&Rows> {
        self.rows_of(&target.path().clone().without_sub())
    }

    /// The rows of a list.
    pub(crate) fn rows_of(&self, list: &AttrPath) -> Option<&Rows> {
        self.lists.get(list)
    }

    pub(crate) fn count_lists(&self) -> usize {
        self.lists.len()
    }

    /// Where the value is: in the rows of a list, or in the resource's own.
    pub(crate) fn held<'a>(&'a self, path: &AttrPath, rows: Option<&'a Rows>) -> Result<&'a Held, Unmapped> {
        let held = rows.map_or(&self.held, |rows| &rows.held);
        if let Some(held) = held.get(path) {
            return Ok(held);
        }
        let whole = path.clone().without_sub();
        let extension = path.schema().cloned().map(AttrPath::of_schema);
        let is_never = |path: &AttrPath| matches!(self.held.get(path), Some(Held::Never));
        if self.nothing_else || is_never(&whole) || extension.as_ref().is_some_and(is_never) {
            return Ok(&Held::Never);
        }
        Err(Unmapped(path.clone()))
    }

    /// That the only element of an attribute in the resource's own row is there.
    pub(crate) fn exists(&self, whole: &AttrPath) -> String {
        let own = || self.held.iter().filter(|(path, _)| (*path).clone().without_sub() == *whole);
        let columns: Vec<String> = own()
            .filter_map(|(_, held)| match held {
                Held::Column { sql, .. } => Some(format!("{sql} IS NOT NULL")),
                Held::Constant { .. } | Held::Never => None,
            })
            .collect();
        match columns.join(" OR ") {
            columns if !columns.is_empty() => format!("({columns})"),
            _ if own().any(|(_, held)| matches!(held, Held::Constant { .. })) => "(1 = 1)".to_owned(),
            _ => "(1 = 0)".to_owned(),
        }
    }

    /// A column that says whether a whole has a value.
    pub(crate) fn presence_of(&self, path: &AttrPath) -> Option<&Held> {
        self.held.get(path).filter(|held| matches!(held, Held::Column { kind: Kind::Presence, .. }))
    }
}

/// Why a map of columns cannot be: a mistake in the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnsError(String);

impl ColumnsError {
    fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for ColumnsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ColumnsError {}

#[cfg(test)]
mod tests;
