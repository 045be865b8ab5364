//! A list in a table of its own.

use super::column::{Column, Constant, Kind, Source};

/// A table with one row for each element of a multi-valued attribute, such as the e-mail addresses of users.
///
/// Sub-attributes are named as in the schema; where the elements are simple values, `value` stands for the element.
///
/// ```
/// use scim_sqlx::Child;
///
/// // CREATE TABLE user_emails (user_id BIGINT, address_key TEXT, kind TEXT, is_primary BOOLEAN, position INT)
/// let emails = Child::new("user_emails", "user_id", "users.id")
///     .text("value", "address_key")
///     .text("type", "kind")
///     .boolean("primary", "is_primary")
///     .never("display")
///     .position("position");
/// ```
#[derive(Clone, Debug)]
pub struct Child {
    pub(super) table: &'static str,
    pub(super) key: &'static str,
    pub(super) parent: &'static str,
    pub(super) sources: Vec<(&'static str, Source)>,
    pub(super) position: Option<Column>,
}

impl Child {
    /// The rows of `table` whose column `key` is the column `parent` of the resource's own row, which is named with its table:
    /// `users.id`.
    #[must_use]
    pub fn new(table: &'static str, key: &'static str, parent: &'static str) -> Self {
        Self { table, key, parent, sources: Vec::new(), position: None }
    }

    /// A sub-attribute that is compared without regard to case, in a column that holds what
    /// [`fold`](scim_core::value::text::fold) makes of it.
    #[must_use]
    pub fn text(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Folded)
    }

    /// A sub-attribute that is compared as it is.
    #[must_use]
    pub fn exact(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Exact)
    }

    /// An id in a column of integers, such as `value` of `members`.
    #[must_use]
    pub fn integer_id(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::IntegerKey)
    }

    /// An id in a column of UUIDs.
    #[must_use]
    pub fn uuid(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::UuidKey)
    }

    /// A boolean.
    #[must_use]
    pub fn boolean(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Boolean)
    }

    /// An integer of at most 64 bits.
    #[must_use]
    pub fn integer(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Integer)
    }

    /// A decimal in a column of double precision.
    #[must_use]
    pub fn float(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Float)
    }

    /// A dateTime, as [`ColumnsBuilder::timestamp`](super::ColumnsBuilder::timestamp).
    #[must_use]
    pub fn timestamp(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Timestamp)
    }

    /// A sub-attribute of which only the presence may be asked.
    #[must_use]
    pub fn presence(self, sub: &'static str, column: impl Into<Column>) -> Self {
        self.with(sub, column, Kind::Presence)
    }

    /// A sub-attribute that is the same in every element.
    #[must_use]
    pub fn constant(mut self, sub: &'static str, value: impl Into<Constant>) -> Self {
        self.sources.push((sub, Source::Constant(value.into())));
        self
    }

    /// A sub-attribute that has a value in no element.
    #[must_use]
    pub fn never(mut self, sub: &'static str) -> Self {
        self.sources.push((sub, Source::Never));
        self
    }

    /// The column with the place of an element in its list. A list without one cannot be sorted by.
    #[must_use]
    pub fn position(mut self, column: impl Into<Column>) -> Self {
        self.position = Some(column.into());
        self
    }

    fn with(mut self, sub: &'static str, column: impl Into<Column>, kind: Kind) -> Self {
        self.sources.push((sub, Source::Column(column.into(), kind)));
        self
    }
}
