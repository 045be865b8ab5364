//! Where values are: columns, expressions and constants.

use crate::columns::ColumnsError;

/// A column, or an expression over columns, of your own table.
///
/// A name converts into it: letters, digits, `_`, and dots between table and column. What else SQL can say about a row is an
/// expression. Both are part of the program (`&'static str`): nothing that a peer sends becomes a name.
///
/// ```
/// use scim_sqlx::Column;
///
/// let name: Column = "users.email_key".into();
/// let expression = Column::sql("lower(users.email)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    sql: &'static str,
    is_name: bool,
}

impl Column {
    /// An expression, such as `lower(users.email)`. Its columns are best named with their table.
    #[must_use]
    pub const fn sql(sql: &'static str) -> Self {
        Self { sql, is_name: false }
    }

    /// The column as it is written into a statement. A name without a table is taken to be of this one.
    pub(super) fn written(self, table: Option<&str>) -> Result<String, ColumnsError> {
        if !self.is_name {
            return Ok(format!("({})", self.sql));
        }
        check_name(self.sql)?;
        match table {
            Some(table) if !self.sql.contains('.') => Ok(format!("{table}.{}", self.sql)),
            _ => Ok(self.sql.to_owned()),
        }
    }

    /// The table in the name of a column.
    pub(super) fn table(self) -> Option<&'static str> {
        if !self.is_name {
            return None;
        }
        self.sql.rsplit_once('.').map(|(table, _)| table)
    }
}

impl From<&'static str> for Column {
    fn from(name: &'static str) -> Self {
        Self { sql: name, is_name: true }
    }
}

/// A name of up to three parts: schema, table and column.
pub(super) fn check_name(name: &str) -> Result<(), ColumnsError> {
    let is_part = |part: &str| {
        let starts = part.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
        starts && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if name.split('.').count() <= 3 && name.split('.').all(is_part) {
        return Ok(());
    }
    Err(ColumnsError::new(format!(
        "`{name}` is not the name of a column: use `Column::sql` for an expression"
    )))
}

/// The column that has the id of a resource.
///
/// Ids are texts to SCIM; numbers and UUIDs are asked for as such, so that their index is used.
#[derive(Clone, Copy, Debug)]
pub struct IdColumn {
    pub(super) column: Column,
    pub(super) kind: Kind,
}

impl IdColumn {
    /// A column of texts.
    #[must_use]
    pub fn text(column: impl Into<Column>) -> Self {
        Self { column: column.into(), kind: Kind::Exact }
    }

    /// A column of integers, which are ids as they print: `7`.
    #[must_use]
    pub fn integer(column: impl Into<Column>) -> Self {
        Self { column: column.into(), kind: Kind::IntegerKey }
    }

    /// A column of UUIDs: of type `uuid` on PostgreSQL, texts in the usual form elsewhere.
    #[must_use]
    pub fn uuid(column: impl Into<Column>) -> Self {
        Self { column: column.into(), kind: Kind::UuidKey }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What `fold` makes of texts.
    Folded,
    /// Texts as they are.
    Exact,
    /// Integers that are texts to SCIM.
    IntegerKey,
    /// UUIDs that are texts to SCIM.
    UuidKey,
    Boolean,
    Integer,
    Float,
    Timestamp,
    /// Something of which only the presence may be asked.
    Presence,
}

/// A value that every resource has which has one at all, such as the type of the only e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constant {
    /// A text.
    Text(&'static str),
    /// A list of texts.
    Texts(&'static [&'static str]),
    /// A boolean.
    Boolean(bool),
}

impl From<&'static str> for Constant {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}

impl From<&'static [&'static str]> for Constant {
    fn from(texts: &'static [&'static str]) -> Self {
        Self::Texts(texts)
    }
}

impl From<bool> for Constant {
    fn from(boolean: bool) -> Self {
        Self::Boolean(boolean)
    }
}

/// Where the value of an attribute is.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    Column(Column, Kind),
    Constant(Constant),
    Never,
}
