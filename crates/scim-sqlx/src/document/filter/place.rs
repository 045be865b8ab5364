//! Where values are in the documents that are searched, and how each database reaches them.

use scim_core::{Resolved, SchemaUri};

use super::Compiler;
use crate::document::key;

/// Where a path starts.
pub(super) enum Place {
    Resource,
    /// An element, inside of brackets.
    Element(Spot),
    /// A row of members, by its alias.
    Member(String),
}

/// Where a value is.
#[derive(Clone, Debug)]
pub(in crate::document) enum Spot {
    /// A text, as a fixed expression.
    Column(&'static str),
    /// A text, as an expression over an alias.
    Text(String),
    /// Below a document.
    Path { base: String, keys: Vec<String> },
    /// What an alias of `json_each` and the like stands for.
    Element(String),
}

impl Spot {
    /// The attribute or extension of a resource.
    pub(in crate::document) fn of_resource(target: &Resolved) -> Self {
        let extension = target.extension().map(SchemaUri::as_str);
        let name = target.attribute().map(|attribute| attribute.name().as_str());
        let keys = extension.into_iter().chain(name).map(|name| key::name(name).into_owned()).collect();
        Self::Path { base: "r.search".to_owned(), keys }
    }

    /// The version as it is answered, or as it is compared where case does not count.
    pub(in crate::document) fn version(target: &Resolved) -> Self {
        if key::is_exact(target) {
            Self::Column("('W/\"' || CAST(r.version AS TEXT) || '\"')")
        } else {
            Self::Column("('w/\"' || CAST(r.version AS TEXT) || '\"')")
        }
    }

    /// A part of it.
    pub(in crate::document) fn child(&self, name: &str) -> Self {
        let name = key::name(name).into_owned();
        match self {
            Self::Path { base, keys } => {
                Self::Path { base: base.clone(), keys: keys.iter().cloned().chain([name]).collect() }
            }
            Self::Element(alias) => Self::Path { base: format!("{alias}.value"), keys: vec![name] },
            // A text has no parts.
            Self::Column(_) | Self::Text(_) => Self::Text("NULL".to_owned()),
        }
    }
}

impl Compiler<'_> {
    /// A path of keys for SQLite, bound. The keys have no character that has a meaning in it.
    fn json_path(&mut self, keys: &[String]) -> String {
        let mut path = "$".to_owned();
        for key in keys {
            path.push_str(".\"");
            path.push_str(key);
            path.push('"');
        }
        self.sql.arg(path)
    }

    /// A document that a path starts from. What is no document has no parts, where SQLite would rather fail.
    fn base(&self, base: &str) -> String {
        match base.strip_suffix(".value") {
            Some(alias) if !self.dialect.is_postgres() => {
                format!("(CASE WHEN {alias}.type IN ('object', 'array') THEN {base} END)")
            }
            _ => base.to_owned(),
        }
    }

    /// The part of a document at a path, for PostgreSQL.
    fn part(&mut self, base: &str, keys: &[String]) -> String {
        let mut part = base.to_owned();
        for key in keys {
            part.push_str(" -> ");
            part.push_str(&self.sql.arg(key.as_str()));
        }
        format!("({part})")
    }

    /// The text of a simple value; null where there is none.
    pub(in crate::document) fn text(&mut self, spot: &Spot) -> String {
        match (spot, self.dialect.is_postgres()) {
            (Spot::Column(text), _) => (*text).to_owned(),
            (Spot::Text(text), _) => text.clone(),
            (Spot::Element(alias), false) => format!("{alias}.value"),
            (Spot::Element(alias), true) => format!("({alias}.value #>> '{{}}')"),
            (Spot::Path { base, keys }, false) => {
                let base = self.base(base);
                let path = self.json_path(keys);
                format!("json_extract({base}, {path})")
            }
            (Spot::Path { base, keys }, true) => {
                let part = self.part(base, keys);
                format!("({part} #>> '{{}}')")
            }
        }
    }

    /// What stands after `FROM` for the elements of a list; of what is none, itself.
    pub(in crate::document) fn elements(&mut self, spot: &Spot, alias: &str) -> String {
        match (spot, self.dialect.is_postgres()) {
            (Spot::Path { base, keys }, false) => {
                let base = self.base(base);
                let path = self.json_path(keys);
                format!("json_each({base}, {path}) AS {alias}")
            }
            (Spot::Path { base, keys }, true) => {
                let part = self.part(base, keys);
                format!("jsonb_path_query({part}, '$[*]') WITH ORDINALITY AS {alias} (value, key)")
            }
            (spot, _) => {
                let text = self.text(spot);
                format!("(SELECT {text} AS value, 'text' AS type, 0 AS key) AS {alias}")
            }
        }
    }

    /// Whether there is a row.
    ///
    /// SQLite 3.51 makes a join of an `EXISTS` that stands by itself, and then counts the rows that an `OFFSET` skips before it
    /// has looked at them; as part of an expression it stays what it is.
    pub(super) fn row_exists(&self, select: &str) -> String {
        if self.dialect.is_postgres() {
            format!("(EXISTS ({select}))")
        } else {
            format!("(1 = EXISTS ({select}))")
        }
    }

    /// Whether a simple value is there.
    pub(super) fn present(&mut self, spot: &Spot) -> String {
        let text = self.text(spot);
        if self.empty_is_present {
            format!("({text} IS NOT NULL)")
        } else {
            format!("COALESCE({text} <> '', FALSE)")
        }
    }

    /// Whether there is any value within a complex one, or an extension.
    pub(super) fn present_within(&mut self, spot: &Spot) -> String {
        let (base, keys) = match spot {
            Spot::Path { base, keys } => (base.clone(), keys.clone()),
            Spot::Element(alias) => (format!("{alias}.value"), Vec::new()),
            Spot::Column(_) | Spot::Text(_) => return self.present(spot),
        };
        if self.dialect.is_postgres() {
            let part = self.part(&base, &keys);
            let wanted = if self.empty_is_present { "" } else { " && @ != \"\"" };
            return format!(
                "COALESCE(jsonb_path_exists({part}, '$.** ? (@.type() == \"string\"{wanted})'), FALSE)"
            );
        }
        let base = self.base(&base);
        let path = self.json_path(&keys);
        let wanted = if self.empty_is_present { "" } else { " AND t.value <> ''" };
        self.row_exists(&format!(
            "SELECT 1 FROM json_tree({base}, {path}) AS t WHERE t.type = 'text'{wanted}"
        ))
    }

    /// Whether there is anything at a place that brackets look into; nothing where that is sure.
    pub(super) fn is_there(&mut self, spot: &Spot) -> Option<String> {
        let Spot::Path { base, keys } = spot else { return None };
        if self.dialect.is_postgres() {
            return Some(format!("({} IS NOT NULL)", self.part(base, keys)));
        }
        let base = self.base(base);
        let path = self.json_path(keys);
        Some(format!("(json_type({base}, {path}) IS NOT NULL)"))
    }
}
