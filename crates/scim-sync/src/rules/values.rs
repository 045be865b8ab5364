//! What an object's attributes become.

use std::borrow::Cow;

use serde_json::Value;

/// The values that a mapping makes of one object, one for each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Values<'a>(Vec<Flow<'a>>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Flow<'a> {
    /// The row says nothing of the value.
    Ignored,
    /// There is none.
    Null,
    /// This one.
    Value(Cow<'a, Value>),
}

impl<'a> Values<'a> {
    pub(super) fn new(values: Vec<Flow<'a>>) -> Self {
        Self(values)
    }

    /// The value of the row at this index; none where it is null.
    #[must_use]
    pub fn get(&self, row: usize) -> Option<&Value> {
        match self.0.get(row)? {
            Flow::Value(value) => Some(value),
            Flow::Ignored | Flow::Null => None,
        }
    }

    /// Whether the row says that there is no value: not so where nothing is said (`SourceOf::None`, a reference, or
    /// `IgnoreFlowIfNullOrEmpty`), so that what is in the target stays whatever becomes of nulls.
    #[must_use]
    pub fn is_null(&self, row: usize) -> bool {
        matches!(self.0.get(row), Some(Flow::Null))
    }

    /// The value of each row, in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<&Value>> {
        (0..self.0.len()).map(|row| self.get(row))
    }
}
