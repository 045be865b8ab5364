//! What databases do differently.

use sqlx::{Database, QueryBuilder};

use crate::sql::{Bind, Sql};

/// A database that filters are translated for: SQLite and PostgreSQL, or another one of sqlx's, of which it says here how it
/// compares texts.
///
/// Whatever it says, `contains`, `starts_with` and `ends_with` compare code points, take no character of the text for a
/// wildcard, and are true or false where the column has a value; that it has one was asked before.
pub trait Dialect: Database {
    /// What follows a text that is compared for equality, so that no letter is taken for another.
    const EXACTLY: &'static str;

    /// What follows a text that is put in order, so that the order is that of code points.
    const BY_CODE_POINT: &'static str;

    /// Whether a text of this database can hold the character NUL.
    const HOLDS_NUL: bool;

    /// How many nanoseconds a stored instant is exact to.
    const TICK_NANOS: u32;

    /// So many subqueries about lists may the database turn into joins. Those of a filter that has more end in
    /// ` LIMIT 1 OFFSET 0`, which keeps it from trying.
    const MOST_JOINS: usize;

    /// The column contains a text, which is not empty.
    fn contains(sql: &mut Sql, column: &str, text: String);

    /// The column starts with a text, which is not empty.
    fn starts_with(sql: &mut Sql, column: &str, text: String);

    /// The column ends with a text, which is not empty.
    fn ends_with(sql: &mut Sql, column: &str, text: String);

    /// Writes a placeholder, and binds the value to it.
    fn push_bind(query: &mut QueryBuilder<Self>, value: Bind);
}

#[cfg(feature = "sqlite")]
impl Dialect for sqlx::Sqlite {
    const EXACTLY: &'static str = " COLLATE BINARY";
    const BY_CODE_POINT: &'static str = " COLLATE BINARY";
    const HOLDS_NUL: bool = true;
    const TICK_NANOS: u32 = 1;
    /// SQLite 3.51 makes a join of `EXISTS` in which `OFFSET` counts a row once for each element: it returns rows of the page
    /// before again.
    const MOST_JOINS: usize = 0;

    fn contains(sql: &mut Sql, column: &str, text: String) {
        sql.sql(format!("instr({column}, ")).bind(Bind::Text(text)).sql(") > 0");
    }

    /// As a range, which an index answers.
    fn starts_with(sql: &mut Sql, column: &str, text: String) {
        let after = after_all_with(&text);
        sql.sql(format!("{column} >= ")).bind(Bind::Text(text)).sql(Self::BY_CODE_POINT);
        if let Some(after) = after {
            sql.sql(format!(" AND {column} < ")).bind(Bind::Text(after)).sql(Self::BY_CODE_POINT);
        }
    }

    /// Byte by byte, since `substr` of a text stops at a NUL; and with `IS`, since that of an empty blob is NULL.
    fn ends_with(sql: &mut Sql, column: &str, text: String) {
        let len = text.len();
        sql.sql(format!("substr(CAST({column} AS BLOB), -{len}) IS CAST("))
            .bind(Bind::Text(text))
            .sql(" AS BLOB)");
    }

    fn push_bind(query: &mut QueryBuilder<Self>, value: Bind) {
        match value {
            Bind::Text(text) | Bind::Uuid(text) => query.push_bind(text),
            Bind::Integer(integer) => query.push_bind(integer),
            Bind::Float(float) => query.push_bind(float),
            Bind::Boolean(boolean) => query.push_bind(boolean),
            Bind::Instant(instant) => query.push_bind(instant),
        };
    }
}

/// The least text that is greater than all that start with this one; there is none for the greatest characters.
#[cfg(feature = "sqlite")]
fn after_all_with(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    while let Some(last) = text.pop() {
        // The one after the last before the surrogates is the first after them.
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(feature = "postgres")]
impl Dialect for sqlx::Postgres {
    const EXACTLY: &'static str = "";
    const BY_CODE_POINT: &'static str = " COLLATE \"C\"";
    const HOLDS_NUL: bool = false;
    const TICK_NANOS: u32 = 1_000;
    /// Beyond a dozen tables, planning takes more time than it saves.
    const MOST_JOINS: usize = 6;

    fn contains(sql: &mut Sql, column: &str, text: String) {
        sql.sql(format!("strpos({column}, ")).bind(Bind::Text(text)).sql(") > 0");
    }

    /// From version 15 on, an index over a column of collation "C" answers it.
    fn starts_with(sql: &mut Sql, column: &str, text: String) {
        sql.sql(format!("{column} ^@ ")).bind(Bind::Text(text));
    }

    fn ends_with(sql: &mut Sql, column: &str, text: String) {
        let len = text.chars().count();
        sql.sql(format!("right({column}, {len}) = ")).bind(Bind::Text(text));
    }

    fn push_bind(query: &mut QueryBuilder<Self>, value: Bind) {
        match value {
            Bind::Text(text) => query.push_bind(text),
            Bind::Integer(integer) => query.push_bind(integer),
            Bind::Float(float) => query.push_bind(float),
            Bind::Boolean(boolean) => query.push_bind(boolean),
            Bind::Instant(instant) => query.push_bind(instant),
            Bind::Uuid(uuid) => query.push("CAST(").push_bind(uuid).push(" AS uuid)"),
        };
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_all_with_a_start() {
        for (text, after) in [
            ("a", Some("b")),
            ("az", Some("a{")),
            ("\u{d7ff}", Some("\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}", None),
        ] {
            assert_eq!(after_all_with(text).as_deref(), after, "{text:?}");
        }
    }
}
