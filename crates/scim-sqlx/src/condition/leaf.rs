//! One comparison with one column, or with a constant.

use std::cmp::Ordering;

use scim_core::value::text;
use scim_filter::CompareOp;
use scim_filter::check::Operand;

use super::fit::{self, Fit};
use crate::columns::{Constant, Kind};
use crate::dialect::Dialect;
use crate::sql::{Bind, Sql};

/// Whether the column has a value that is equal to the operand, contains it and so on; `ne` is the negation of `eq`. Nothing
/// where a column of this kind cannot answer.
pub(super) fn test<DB: Dialect>(
    sql: &mut Sql,
    column: &str,
    kind: Kind,
    op: CompareOp,
    operand: &Operand,
) -> Option<()> {
    let has_value = |sql: &mut Sql| {
        sql.sql(format!("({column} IS NOT NULL AND "));
    };
    match (kind, operand) {
        (Kind::Boolean, Operand::Boolean(wanted)) => {
            has_value(sql);
            sql.sql(format!("{column} = ")).bind(Bind::Boolean(*wanted)).sql(")");
        }
        (Kind::Integer, Operand::Number(wanted)) => ordered(sql, column, op, fit::integer(wanted)),
        (Kind::Float, Operand::Number(wanted)) => ordered(sql, column, op, fit::float(wanted)),
        (Kind::Timestamp, Operand::DateTime(wanted)) => {
            ordered(sql, column, op, fit::instant(*wanted, DB::TICK_NANOS));
        }
        (Kind::IntegerKey | Kind::UuidKey, Operand::Exact(wanted)) if op == CompareOp::Eq => {
            let key = if kind == Kind::IntegerKey { integer_key(wanted) } else { uuid_key(wanted) };
            match key {
                Some(key) => {
                    has_value(sql);
                    sql.sql(format!("{column} = ")).bind(key).sql(")");
                }
                None => {
                    sql.constant(false);
                }
            }
        }
        (Kind::IntegerKey | Kind::UuidKey, Operand::Exact(wanted)) => {
            textual::<DB>(sql, &as_text(column), op, wanted);
        }
        (Kind::Folded, Operand::Folded(wanted)) | (Kind::Exact, Operand::Exact(wanted)) => {
            textual::<DB>(sql, column, op, wanted);
        }
        // What a reference means is more than its text, and no text stands for `co` on a date.
        _ => return None,
    }
    Some(())
}

/// An id that is no text, as a text.
pub(crate) fn as_text(column: &str) -> String {
    format!("CAST({column} AS TEXT)")
}

/// The integer that prints as this text.
pub(crate) fn integer_key(text: &str) -> Option<Bind> {
    text.parse::<i64>().ok().filter(|integer| integer.to_string() == text).map(Bind::Integer)
}

/// The UUID that prints as this text.
pub(crate) fn uuid_key(text: &str) -> Option<Bind> {
    let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    let fits = |(at, b): (usize, u8)| match b {
        b'-' => is_hyphen(at),
        b'0'..=b'9' | b'a'..=b'f' => !is_hyphen(at),
        _ => false,
    };
    (text.len() == 36 && text.bytes().enumerate().all(fits)).then(|| Bind::Uuid(text.to_owned()))
}

/// Numbers and instants, of which a column may not be able to hold the one that was asked for.
fn ordered(sql: &mut Sql, column: &str, op: CompareOp, fit: Fit) {
    let (operator, bind) = match (fit, op) {
        (Fit::Exact(bind), op) => (sign(op), Some(bind)),
        (Fit::After(_), CompareOp::Eq) => ("", None),
        (Fit::After(floor), CompareOp::Lt | CompareOp::Le) => ("<=", Some(floor)),
        (Fit::After(floor), _) => (">", Some(floor)),
        (Fit::Below, CompareOp::Gt | CompareOp::Ge) | (Fit::Above, CompareOp::Lt | CompareOp::Le) => {
            sql.sql(format!("({column} IS NOT NULL)"));
            return;
        }
        (Fit::Below | Fit::Above, _) => ("", None),
    };
    match bind {
        Some(bind) => {
            sql.sql(format!("({column} IS NOT NULL AND {column} {operator} ")).bind(bind).sql(")");
        }
        None => {
            sql.constant(false);
        }
    }
}

fn sign(op: CompareOp) -> &'static str {
    match op {
        CompareOp::Gt => ">",
        CompareOp::Ge => ">=",
        CompareOp::Lt => "<",
        CompareOp::Le => "<=",
        CompareOp::Eq | CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => "=",
    }
}

fn textual<DB: Dialect>(sql: &mut Sql, column: &str, op: CompareOp, wanted: &str) {
    let is_part = matches!(op, CompareOp::Co | CompareOp::Sw | CompareOp::Ew);
    let storable = match wanted.split_once('\0').filter(|_| !DB::HOLDS_NUL) {
        None => Ok(wanted),
        Some((before, _)) => Err(before),
    };
    if is_part && wanted.is_empty() {
        sql.sql(format!("({column} IS NOT NULL)"));
        return;
    }
    let open = format!("({column} IS NOT NULL AND ");
    match (op, storable) {
        (CompareOp::Eq | CompareOp::Ne, Ok(wanted)) => {
            sql.sql(open).sql(format!("{column} = ")).bind(Bind::Text(wanted.to_owned())).sql(DB::EXACTLY);
        }
        (CompareOp::Co, Ok(wanted)) => DB::contains(sql.sql(open), column, wanted.to_owned()),
        (CompareOp::Sw, Ok(wanted)) => DB::starts_with(sql.sql(open), column, wanted.to_owned()),
        (CompareOp::Ew, Ok(wanted)) => DB::ends_with(sql.sql(open), column, wanted.to_owned()),
        (CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le, Ok(wanted)) => {
            let operator = sign(op);
            sql.sql(open)
                .sql(format!("{column} {operator} "))
                .bind(Bind::Text(wanted.to_owned()))
                .sql(DB::BY_CODE_POINT);
        }
        // Nothing that is stored has the NUL, so that all is on one side of it: what begins as the text does up to there and
        // goes on is greater, for any character is greater than NUL.
        (CompareOp::Gt | CompareOp::Ge | CompareOp::Lt | CompareOp::Le, Err(before)) => {
            let operator = if matches!(op, CompareOp::Gt | CompareOp::Ge) { ">" } else { "<=" };
            sql.sql(open)
                .sql(format!("{column} {operator} "))
                .bind(Bind::Text(before.to_owned()))
                .sql(DB::BY_CODE_POINT);
        }
        (CompareOp::Eq | CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew, Err(_)) => {
            sql.constant(false);
            return;
        }
    }
    sql.sql(")");
}

/// Whether a constant passes; nothing where the comparison is none of texts and booleans.
pub(super) fn constant(value: &Constant, op: CompareOp, operand: &Operand) -> Option<bool> {
    let texts = match value {
        Constant::Boolean(value) => {
            return matches!(operand, Operand::Boolean(_)).then(|| *operand == Operand::Boolean(*value));
        }
        Constant::Text(text) => std::slice::from_ref(text),
        Constant::Texts(texts) => texts,
    };
    let passes = |value: &str, wanted: &str| match op {
        CompareOp::Eq | CompareOp::Ne => value == wanted,
        CompareOp::Co => value.contains(wanted),
        CompareOp::Sw => value.starts_with(wanted),
        CompareOp::Ew => value.ends_with(wanted),
        CompareOp::Gt => value > wanted,
        CompareOp::Ge => value >= wanted,
        CompareOp::Lt => value.cmp(wanted) == Ordering::Less,
        CompareOp::Le => value <= wanted,
    };
    match operand {
        Operand::Folded(wanted) => Some(texts.iter().any(|value| passes(&text::fold(value), wanted))),
        Operand::Exact(wanted) => Some(texts.iter().any(|value| passes(value, wanted))),
        Operand::Boolean(_) | Operand::Number(_) | Operand::DateTime(_) | Operand::Reference(_) => None,
    }
}
