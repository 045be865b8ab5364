//! Comparisons of one value with another.

use scim_core::schema::AttrType;
use scim_core::{Resolved, attr};
use scim_filter::check::Operand;
use scim_filter::{CompareOp, Typed};
use serde_json::{Map, Value};

use super::place::Spot;
use super::{Compiler, Test};
use crate::document::db::Dialect;
use crate::document::key;

/// What a comparison comes to, where values are their keys.
pub(super) enum Compared {
    By(CompareOp, String),
    Never,
    /// Only the values themselves can tell.
    Unknown,
}

impl Compared {
    pub(super) fn of(target: &Resolved, op: CompareOp, operand: &Operand) -> Self {
        let Some(kind) = target.leaf().map(|leaf| leaf.kind()) else { return Self::Unknown };
        let exact = key::is_exact(target);
        let key = match (kind, operand) {
            (AttrType::Boolean, Operand::Boolean(value)) => key::boolean(*value).to_owned(),
            (AttrType::Integer | AttrType::Decimal, Operand::Number(number)) => {
                key::number(number.number().as_str())
            }
            (AttrType::DateTime, Operand::DateTime(time)) => key::instant(*time),
            (AttrType::String | AttrType::Reference | AttrType::Binary, Operand::Exact(text)) if exact => {
                text.clone()
            }
            (AttrType::String | AttrType::Reference | AttrType::Binary, Operand::Folded(text)) if !exact => {
                text.clone()
            }
            // A part of the text of a date; a reference that may be spelled otherwise.
            _ => return Self::Unknown,
        };
        let Some((start, _)) = key.split_once('\0') else { return Self::By(op, key) };
        // No stored text has the character, which comes before all others.
        match op {
            CompareOp::Gt | CompareOp::Ge => Self::By(CompareOp::Gt, start.to_owned()),
            CompareOp::Lt | CompareOp::Le => Self::By(CompareOp::Le, start.to_owned()),
            CompareOp::Eq | CompareOp::Ne | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => Self::Never,
        }
    }
}

impl Compiler<'_> {
    /// Compares the text at a place with a key.
    pub(super) fn compare(&mut self, spot: &Spot, op: CompareOp, key: &str) -> String {
        let text = self.text(spot);
        let value = self.sql.arg(key);
        let code_points = self.dialect.code_points();
        let test = match op {
            CompareOp::Eq | CompareOp::Ne => format!("{text} = {value}"),
            CompareOp::Gt => format!("{text}{code_points} > {value}"),
            CompareOp::Ge => format!("{text}{code_points} >= {value}"),
            CompareOp::Lt => format!("{text}{code_points} < {value}"),
            CompareOp::Le => format!("{text}{code_points} <= {value}"),
            // Every value has an empty part.
            CompareOp::Co | CompareOp::Sw | CompareOp::Ew if key.is_empty() => format!("{text} IS NOT NULL"),
            CompareOp::Co => match self.dialect {
                #[cfg(feature = "sqlite")]
                Dialect::Sqlite => format!("instr({text}, {value}) > 0"),
                #[cfg(feature = "postgres")]
                Dialect::Postgres => format!("strpos({text}{code_points}, {value}) > 0"),
            },
            CompareOp::Sw => match self.dialect {
                #[cfg(feature = "sqlite")]
                Dialect::Sqlite => format!("substr({text}, 1, length({value})) = {value}"),
                #[cfg(feature = "postgres")]
                Dialect::Postgres => format!("starts_with({text}, {value})"),
            },
            CompareOp::Ew => match self.dialect {
                #[cfg(feature = "sqlite")]
                Dialect::Sqlite => format!("substr({text}, -length({value})) = {value}"),
                #[cfg(feature = "postgres")]
                Dialect::Postgres => format!("right({text}, char_length({value})) = {value}"),
            },
        };
        match spot {
            // A column that is never null, whose index has to be seen.
            Spot::Column(_) => format!("({test})"),
            _ => format!("COALESCE({test}, FALSE)"),
        }
    }

    /// An `eq` that an index answers.
    pub(super) fn by_index(&mut self, target: &Resolved, test: &Test<'_>) -> Option<String> {
        if let Test::Compare(CompareOp::Eq, operand) = test {
            let column = match target.path() {
                path if *path == attr::USER_NAME => Some("r.user_name"),
                path if *path == attr::EXTERNAL_ID => Some("r.external_id"),
                path if *path == attr::DISPLAY_NAME => Some("r.display_name"),
                _ => None,
            };
            let simple = target.leaf().is_some_and(|leaf| !leaf.multi_valued());
            if let (Some(column), true, Compared::By(_, key)) =
                (column, simple, Compared::of(target, CompareOp::Eq, operand))
            {
                let value = self.sql.arg(key::indexed(&key));
                return Some(format!("({column} IS NOT NULL AND {column} = {value})"));
            }
        }
        if !self.dialect.is_postgres() {
            return None;
        }
        // One containment is one look-up in the index of all values.
        let attribute = target.attribute()?;
        let mut found = match test {
            Test::Compare(CompareOp::Eq, operand) => {
                let value = equal(target, operand)?;
                match target.sub_attribute() {
                    Some(sub) => {
                        let value = if sub.multi_valued() { Value::Array(vec![value]) } else { value };
                        object(sub.name().as_str(), value)
                    }
                    None => value,
                }
            }
            Test::Element(inner) if attribute.kind() == AttrType::Complex => Value::Object(all_equal(inner)?),
            _ => return None,
        };
        if attribute.multi_valued() {
            found = Value::Array(vec![found]);
        }
        found = object(attribute.name().as_str(), found);
        if let Some(uri) = target.extension() {
            found = object(uri.as_str(), found);
        }
        let value = self.sql.arg(found.to_string());
        Some(format!("(r.search @> {value}::jsonb)"))
    }
}

fn object(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key::name(name).into_owned(), value)]))
}

fn equal(target: &Resolved, operand: &Operand) -> Option<Value> {
    match Compared::of(target, CompareOp::Eq, operand) {
        Compared::By(CompareOp::Eq, key) => Some(Value::String(key)),
        _ => None,
    }
}

/// The element that has all that `eq`s ask for, each of another sub-attribute.
fn all_equal(typed: &Typed) -> Option<Map<String, Value>> {
    match typed {
        Typed::Compare(target, CompareOp::Eq, operand) => {
            let sub = target.sub_attribute().filter(|sub| !sub.multi_valued())?;
            let name = key::name(sub.name().as_str()).into_owned();
            Some(Map::from_iter([(name, equal(target, operand)?)]))
        }
        Typed::And(all) => {
            let mut element = Map::new();
            for one in all {
                for (name, value) in all_equal(one)? {
                    if element.insert(name, value).is_some() {
                        return None;
                    }
                }
            }
            Some(element)
        }
        _ => None,
    }
}
