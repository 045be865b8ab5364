//! How a map of columns is put together.

use scim_core::{AttrPath, SchemaSet};

use super::child::Child;
use super::column::{Column, Constant, IdColumn, Kind, Source};
use super::{Columns, ColumnsError, build};

/// Says where the values of attributes are; [`Columns::builder`] begins.
///
/// Of an attribute with several values, columns of the resource's own row are the only element, which is there where one of
/// them is not NULL: `emails.value` in a column `email`, `emails.type` a constant. A list in a table of its own is a
/// [`Child`]. `pr` of a whole, as in `emails pr`, asks about all of its parts, so that each has to be mapped.
///
/// Columns that are named without a table are those of the table in the name of the id.
#[derive(Clone, Debug)]
pub struct ColumnsBuilder {
    pub(super) schemas: SchemaSet,
    pub(super) id: IdColumn,
    pub(super) sources: Vec<(AttrPath, Source)>,
    pub(super) children: Vec<(AttrPath, Child)>,
    pub(super) nothing_else: bool,
}

impl ColumnsBuilder {
    pub(super) fn new(schemas: &SchemaSet, id: IdColumn) -> Self {
        Self { schemas: schemas.clone(), id, sources: Vec::new(), children: Vec::new(), nothing_else: false }
    }

    /// A text that is compared without regard to case, such as `userName`, in a column that holds what
    /// [`fold`](scim_core::value::text::fold) makes of it, beside the text as it is.
    ///
    /// Where that column is yet to come, `Column::sql("lower(user_name)")` is the same for ASCII, and what the database makes of
    /// other letters.
    #[must_use]
    pub fn text(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Folded)
    }

    /// A text that is compared as it is, such as `externalId`.
    #[must_use]
    pub fn exact(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Exact)
    }

    /// An id in a column of integers, such as `manager.value`.
    #[must_use]
    pub fn integer_id(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::IntegerKey)
    }

    /// An id in a column of UUIDs, as [`IdColumn::uuid`].
    #[must_use]
    pub fn uuid(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::UuidKey)
    }

    /// A boolean.
    #[must_use]
    pub fn boolean(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Boolean)
    }

    /// An integer of at most 64 bits.
    #[must_use]
    pub fn integer(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Integer)
    }

    /// A decimal in a column of double precision: `REAL` on SQLite, `DOUBLE PRECISION` on PostgreSQL.
    #[must_use]
    pub fn float(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Float)
    }

    /// A dateTime of the years 0 to 9999: `TIMESTAMPTZ` on PostgreSQL, and on SQLite the text that sqlx writes for a
    /// `DateTime<Utc>`.
    ///
    /// SQLite's own `CURRENT_TIMESTAMP` is another text, which is made into that one by
    /// `Column::sql("strftime('%Y-%m-%dT%H:%M:%S+00:00', users.created_at)")`.
    #[must_use]
    pub fn timestamp(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Timestamp)
    }

    /// An attribute of which only the presence may be asked (`photos pr`): it has a value where the column is not NULL.
    #[must_use]
    pub fn presence(self, path: AttrPath, column: impl Into<Column>) -> Self {
        self.with(path, column, Kind::Presence)
    }

    /// A multi-valued attribute in a table of its own.
    #[must_use]
    pub fn many(mut self, path: AttrPath, child: Child) -> Self {
        self.children.push((path, child));
        self
    }

    /// A value that does not depend on the row, such as `meta.resourceType`.
    ///
    /// A sub-attribute has it where a column of the same attribute has a value: without an address, the type of the address is
    /// not `work` either. `meta` is always there.
    #[must_use]
    pub fn constant(mut self, path: AttrPath, value: impl Into<Constant>) -> Self {
        self.sources.push((path, Source::Constant(value.into())));
        self
    }

    /// An attribute that has a value in no resource of yours; it may be a complex attribute or an extension, of which other
    /// parts are mapped.
    #[must_use]
    pub fn never(mut self, path: AttrPath) -> Self {
        self.sources.push((path, Source::Never));
        self
    }

    /// States that no attribute that is not named here ever has a value in a resource of yours. Without this, a question about
    /// one is refused, since the answer is not known.
    #[must_use]
    pub fn nothing_else(mut self) -> Self {
        self.nothing_else = true;
        self
    }

    /// Checks names and types.
    ///
    /// # Errors
    /// When an attribute is not one of the schemas, is mapped twice, or is of another type than its column, and when something
    /// is not the name of a column.
    pub fn build(self) -> Result<Columns, ColumnsError> {
        build::build(self)
    }

    fn with(mut self, path: AttrPath, column: impl Into<Column>, kind: Kind) -> Self {
        self.sources.push((path, Source::Column(column.into(), kind)));
        self
    }
}
