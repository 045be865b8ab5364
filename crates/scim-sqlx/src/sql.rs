//! A piece of SQL with the values that belong into it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;

use crate::dialect::Dialect;

/// A value that a statement is sent with, never part of its text.
#[derive(Clone, Debug, PartialEq)]
pub enum Bind {
    /// A text.
    Text(String),
    /// An integer of 64 bits.
    Integer(i64),
    /// A floating-point number, which is finite.
    Float(f64),
    /// A boolean.
    Boolean(bool),
    /// An instant, within the years 0 to 9999 and no finer than [`Dialect::TICK_NANOS`].
    Instant(DateTime<Utc>),
    /// A UUID in its usual form: lower case, with hyphens.
    Uuid(String),
}

/// A piece of SQL, and the values that belong into it.
///
/// It is written whole before any of it reaches a [`QueryBuilder`], so that a refused filter leaves nothing behind there.
#[derive(Clone, Debug, Default)]
pub struct Sql(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(Cow<'static, str>),
    Bind(Bind),
}

impl Sql {
    /// Adds SQL, which is never to hold anything that a peer has sent.
    pub fn sql(&mut self, sql: impl Into<Cow<'static, str>>) -> &mut Self {
        let sql = sql.into();
        match self.0.last_mut() {
            Some(Part::Text(text)) => text.to_mut().push_str(&sql),
            _ => self.0.push(Part::Text(sql)),
        }
        self
    }

    /// Adds a value.
    pub fn bind(&mut self, value: Bind) -> &mut Self {
        self.0.push(Part::Bind(value));
        self
    }

    /// A condition that holds for every row, or for none.
    pub(crate) fn constant(&mut self, holds: bool) -> &mut Self {
        self.sql(if holds { "(1 = 1)" } else { "(1 = 0)" })
    }

    pub(crate) fn push_to<DB: Dialect>(self, query: &mut QueryBuilder<DB>) {
        for part in self.0 {
            match part {
                Part::Text(text) => {
                    query.push(text);
                }
                Part::Bind(value) => DB::push_bind(query, value),
            }
        }
    }
}
