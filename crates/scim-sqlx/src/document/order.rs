//! Orders and the places of pages in them (RFC 7644 §3.4.2.3, RFC 9865 §2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scim_core::{Resolved, ScimError};
use scim_filter::query::{Cursor, SortOrder, TypedSort};
use serde_json::{Value, json};

use super::db::{Dialect, Sql};
use super::filter::{Compiler, Spot};
use super::key;
use super::store::Facets;

/// What resources are ordered by.
pub(super) enum Order {
    /// The order in which they came to be.
    Place,
    /// A text, nothing last when ascending; then the id.
    Key { text: String, descending: bool },
}

impl Order {
    /// The order, if SQL can say it.
    pub(super) fn of(
        sql: &mut Sql,
        dialect: Dialect,
        facets: &Facets,
        sort: Option<&TypedSort>,
    ) -> Option<Self> {
        let Some(sort) = sort else { return Some(Self::Place) };
        let descending = sort.order() == SortOrder::Descending;
        let text = match sort.target() {
            None => "CAST(NULL AS TEXT)".to_owned(),
            Some(target) => expression(&mut Compiler::new(sql, dialect, facets), target)?,
        };
        Some(Self::Key { text, descending })
    }

    /// The expression of the key.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Place => "NULL",
            Self::Key { text, .. } => text,
        }
    }

    /// What stands after `ORDER BY`, where `q.key` is the key.
    pub(super) fn by(&self, dialect: Dialect) -> String {
        match self {
            Self::Place => "q.seq".to_owned(),
            Self::Key { descending, .. } => {
                let (missing, way) = if *descending { ("IS NOT NULL", " DESC") } else { ("IS NULL", "") };
                format!("(q.key {missing}), q.key{}{way}, q.id", dialect.code_points())
            }
        }
    }

    /// Which rows come after that one.
    pub(super) fn after(&self, sql: &mut Sql, dialect: Dialect, last: &Last) -> Result<String, ScimError> {
        let code_points = dialect.code_points();
        match (self, last) {
            (Self::Place, Last::Place(seq)) => Ok(format!("q.seq > {}", sql.arg(*seq))),
            (Self::Key { descending, .. }, Last::Key(id, key)) => {
                let id = sql.arg(id.as_str());
                let Some(key) = key else {
                    let missing = format!("(q.key IS NULL AND q.id > {id})");
                    return Ok(if *descending {
                        format!("(q.key IS NOT NULL OR {missing})")
                    } else {
                        missing
                    });
                };
                let key = sql.arg(key.as_str());
                let same = format!("(q.key{code_points} = {key} AND q.id > {id})");
                Ok(if *descending {
                    format!("(q.key{code_points} < {key} OR {same})")
                } else {
                    format!("(q.key IS NULL OR q.key{code_points} > {key} OR {same})")
                })
            }
            _ => Err(malformed()),
        }
    }
}

/// The value that decides: of a list, that of the primary element, or else of the first.
fn expression(compiler: &mut Compiler<'_>, target: &Resolved) -> Option<String> {
    let attribute = target.attribute()?;
    let sub = target.sub_attribute();
    if sub.is_some_and(|sub| sub.multi_valued()) {
        return None;
    }
    if target.extension().is_none() {
        match (attribute.name().as_str(), sub.map(|sub| sub.name().as_str())) {
            ("id", _) => return Some("r.id".to_owned()),
            ("meta", Some("created")) => return Some("r.created".to_owned()),
            ("meta", Some("lastModified")) => return Some("r.modified".to_owned()),
            ("meta", Some("version")) => {
                let version = Spot::version(target);
                return Some(compiler.text(&version));
            }
            ("members", _) if compiler.has_list() => return None,
            ("groups", _) if compiler.has_groups() => return None,
            _ => {}
        }
    }
    let spot = Spot::of_resource(target);
    let below = |spot: &Spot| match sub {
        Some(sub) => spot.child(sub.name().as_str()),
        None => spot.clone(),
    };
    if !attribute.multi_valued() {
        return Some(compiler.text(&below(&spot)));
    }
    let element = Spot::Element("s".to_owned());
    let from = compiler.elements(&spot, "s");
    let text = compiler.text(&below(&element));
    let order = if attribute.sub("primary").is_some() {
        let primary = compiler.text(&element.child("primary"));
        format!("CASE WHEN {primary} = '{}' THEN 0 ELSE 1 END, s.key", key::boolean(true))
    } else {
        "s.key".to_owned()
    };
    Some(format!("(SELECT {text} FROM {from} ORDER BY {order} LIMIT 1)"))
}

/// What a cursor says: which resource was the last one of its page.
pub(super) enum Last {
    Place(i64),
    Key(String, Option<String>),
    /// One whose key has no room in a cursor: it is asked for again.
    Long(String),
}

/// The longest key that is written into a cursor, in bytes.
const LONG: usize = 1_000;

impl Last {
    pub(super) fn write(&self) -> Result<Cursor, ScimError> {
        let json = match self {
            Self::Place(seq) => json!(seq),
            Self::Key(id, Some(key)) if key.len() > LONG => json!([id]),
            Self::Key(id, key) => json!([id, key]),
            Self::Long(id) => json!([id]),
        };
        URL_SAFE_NO_PAD.encode(json.to_string()).parse()
    }

    pub(super) fn read(cursor: &Cursor) -> Result<Self, ScimError> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor.as_str()).map_err(|_| malformed())?;
        match serde_json::from_slice(&bytes).map_err(|_| malformed())? {
            Value::Number(seq) => seq.as_i64().map(Self::Place).ok_or_else(malformed),
            Value::Array(parts) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::String(id), Value::String(key)]) => Ok(Self::Key(id, Some(key))),
                Ok([Value::String(id), Value::Null]) => Ok(Self::Key(id, None)),
                Ok(_) => Err(malformed()),
                Err(parts) => match <[Value; 1]>::try_from(parts) {
                    Ok([Value::String(id)]) => Ok(Self::Long(id)),
                    _ => Err(malformed()),
                },
            },
            _ => Err(malformed()),
        }
    }
}

pub(super) fn malformed() -> ScimError {
    ScimError::invalid_cursor("the cursor is not one of this store's")
}
