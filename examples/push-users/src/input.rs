//! The file: CSV or JSON lines.

use scim_core::{AttrPath, Email, Intent, Limits, Profile, Resource, SchemaSet, ScimError, attr, json};
use serde_json::{Value, json};

/// What a line of the file says about a user.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line, from 1.
    pub line: u64,
    /// The attributes that it gives, and their values.
    pub values: Vec<(AttrPath, Value)>,
}

/// Why the file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is no CSV.
    #[error("the file is no CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A line is wrong.
    #[error("line {0}: {1}")]
    Line(u64, ScimError),
    /// A column is wrong.
    #[error("column `{0}`: {1}")]
    Column(String, ScimError),
}

impl Row {
    /// The value of an attribute, if it is a text.
    #[must_use]
    pub fn text(&self, path: &AttrPath) -> Option<&str> {
        self.values.iter().find(|(one, _)| one == path)?.1.as_str()
    }

    /// Writes what the row says into a resource.
    ///
    /// # Errors
    /// [`ScimError`] when a value does not fit its attribute.
    pub fn apply(&self, user: &mut Resource) -> Result<(), ScimError> {
        self.values.iter().try_for_each(|(path, value)| match (path, value) {
            // The work address is one of several: the others stay.
            (path, Value::String(address)) if *path == attr::EMAILS => set_work_address(user, address),
            _ => user.set(path, value.clone()),
        })
    }
}

fn set_work_address(user: &mut Resource, address: &str) -> Result<(), ScimError> {
    let mut emails: Vec<Value> = user.get_all(&attr::EMAILS).cloned().collect();
    let is_work = |email: &&mut Value| {
        email.get("type").and_then(Value::as_str).is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let work = emails.iter_mut().find(is_work);
    match work.and_then(Value::as_object_mut) {
        Some(work) => drop(work.insert("value".to_owned(), address.into())),
        None => {
            let mut email = Email::new(address).with_type("work");
            if !emails.iter().any(|email| email.get("primary") == Some(&Value::Bool(true))) {
                email = email.with_primary();
            }
            emails.push(serde_json::to_value(email).map_err(ScimError::internal)?);
        }
    }
    user.set(&attr::EMAILS, Value::Array(emails))
}

/// Reads a file: JSON lines where it begins with `{`, else CSV.
///
/// In CSV, an empty cell says nothing. In JSON, `null` takes a value away.
///
/// ```
/// use scim_core::attr;
///
/// let rows = push_users::read(b"userName,givenName,active\nbjensen,Barbara,true\n")?;
/// assert_eq!(rows[0].text(&attr::NAME_GIVEN_NAME), Some("Barbara"));
/// # Ok::<(), push_users::InputError>(())
/// ```
///
/// # Errors
/// [`InputError`], with the line or the column.
pub fn read(bytes: &[u8]) -> Result<Vec<Row>, InputError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'{') { json_lines(bytes) } else { csv(bytes) }
}

fn csv(bytes: &[u8]) -> Result<Vec<Row>, InputError> {
    let mut reader = csv::Reader::from_reader(bytes);
    let columns = reader.headers()?.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut values = Vec::new();
        for (path, cell) in columns.iter().zip(&record).filter(|(_, cell)| !cell.trim().is_empty()) {
            values.push((
                path.clone(),
                value(path, cell.trim()).map_err(|error| InputError::Line(line, error))?,
            ));
        }
        rows.push(Row { line, values });
    }
    Ok(rows)
}

/// The attribute of a column: a path, or one of the short names.
fn column(name: &str) -> Result<AttrPath, InputError> {
    let name = name.trim();
    let path = match name {
        "givenName" => attr::NAME_GIVEN_NAME,
        "familyName" => attr::NAME_FAMILY_NAME,
        "email" => attr::EMAILS,
        name => {
            let wrong = |error| InputError::Column(name.to_owned(), error);
            let path = name.parse().map_err(wrong)?;
            SchemaSet::user().resolve(&path).map_err(wrong)?.path().clone()
        }
    };
    Ok(path)
}

/// A cell as a value of its attribute.
fn value(path: &AttrPath, cell: &str) -> Result<Value, ScimError> {
    if *path == attr::EMAILS {
        return Ok(cell.into());
    }
    let resolved = SchemaSet::user().resolve(path)?;
    Ok(SchemaSet::user().admit_value(&resolved, cell.into(), &Profile::lenient())?.value)
}

fn json_lines(bytes: &[u8]) -> Result<Vec<Row>, InputError> {
    let mut rows = Vec::new();
    for (line, bytes) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let bytes = bytes.trim_ascii();
        if !bytes.is_empty() {
            rows.push(json_line(line, bytes).map_err(|error| InputError::Line(line, error))?);
        }
    }
    Ok(rows)
}

fn json_line(line: u64, bytes: &[u8]) -> Result<Row, ScimError> {
    let raw = json::read(bytes, &Limits::default())?;
    let gone: Vec<String> = raw
        .as_object()
        .map(|map| map.iter().filter(|(_, value)| value.is_null()).map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    let admitted = SchemaSet::user().admit(raw, Intent::Create, &Profile::lenient())?;
    let mut values = Vec::new();
    for (name, value) in admitted.resource.into_map() {
        match name.parse::<scim_core::SchemaUri>() {
            _ if name == "schemas" => {}
            Ok(uri) if value.is_object() => values.push((AttrPath::of_schema(uri), value)),
            _ => values.push((name.parse()?, value)),
        }
    }
    for name in gone {
        values.push((SchemaSet::user().resolve(&name.parse()?)?.path().clone(), json!(null)));
    }
    Ok(Row { line, values })
}
