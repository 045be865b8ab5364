//! A row of the table of resources.

use chrono::{DateTime, SecondsFormat, Utc};
use scim_core::{Resource, ResourceId, SchemaSet, Version, attr};
use scim_server::store::{Ownership, StoreError};
use serde_json::{Map, Value, json};

use super::db::{Fault, Row};
use super::{key, search};

/// The columns of an [`Entry`], in order.
pub(super) const COLUMNS: &str =
    "r.seq, r.id, r.version, r.created, r.modified, r.ownership, r.members, r.doc";

/// A resource as its row has it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) seq: i64,
    pub(super) id: ResourceId,
    pub(super) number: i64,
    pub(super) created: DateTime<Utc>,
    pub(super) modified: DateTime<Utc>,
    pub(super) ownership: Ownership,
    /// How many members there are.
    pub(super) members: u64,
    /// Without long lists, and without what the store says itself.
    pub(super) doc: Map<String, Value>,
}

impl Entry {
    pub(super) fn read(row: &Row) -> Result<Self, Fault> {
        let damaged = || StoreError::Internal("a row of a resource is damaged".into());
        let time = |text: String| key::read_instant(&text).ok_or_else(damaged);
        let Value::Object(doc) = serde_json::from_str(&row.text(7)?)? else { return Err(damaged().into()) };
        Ok(Self {
            seq: row.int(0)?,
            id: ResourceId::new(row.text(1)?)?,
            number: row.int(2)?,
            created: time(row.text(3)?)?,
            modified: time(row.text(4)?)?,
            ownership: match row.int(5)? {
                0 => Ownership::Directory,
                1 => Ownership::Linked,
                _ => Ownership::Application,
            },
            members: u64::try_from(row.int(6)?).unwrap_or(0),
            doc,
        })
    }

    pub(super) fn version(&self) -> Result<Version, Fault> {
        Ok(Version::new(self.number.to_string())?)
    }

    pub(super) fn ownership(&self) -> i64 {
        match self.ownership {
            Ownership::Directory => 0,
            Ownership::Linked => 1,
            Ownership::Application => 2,
        }
    }

    /// The resource with its `id` and `meta`.
    pub(super) fn resource(&self, kind: &str, schemas: &SchemaSet) -> Result<Resource, Fault> {
        let mut map = self.doc.clone();
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        map.insert("id".to_owned(), self.id.as_str().into());
        let meta = json!({
            "resourceType": kind,
            "created": time(self.created),
            "lastModified": time(self.modified),
            "version": self.version()?.as_str(),
        });
        map.insert("meta".to_owned(), meta);
        Ok(Resource::from_canonical(map, schemas))
    }
}

/// The columns that resources are found by.
pub(super) struct Keys {
    pub(super) external_id: Option<String>,
    pub(super) user_name: Option<String>,
    pub(super) display_name: Option<String>,
    /// What others call it.
    pub(super) label: Option<String>,
    pub(super) search: String,
}

impl Keys {
    pub(super) fn of(doc: &Map<String, Value>, schemas: &SchemaSet, kind: &str) -> Self {
        let first = |path| {
            let target = schemas.resolve(path).ok()?;
            search::keys(&target, doc).first().map(|key| key::indexed(key))
        };
        let text = |name: &str| doc.get(name).and_then(Value::as_str);
        Self {
            external_id: first(&attr::EXTERNAL_ID),
            user_name: first(&attr::USER_NAME),
            display_name: first(&attr::DISPLAY_NAME),
            label: text("displayName").or_else(|| text("userName")).map(str::to_owned),
            search: search::project(doc, schemas, kind).to_string(),
        }
    }
}

/// Whether two documents are the same. The order of `schemas` means nothing.
pub(super) fn same_content(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let schemas = |map: &Map<String, Value>| {
        let mut uris: Vec<String> = map
            .get("schemas")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|uri| uri.as_str().map(str::to_owned))
            .collect();
        uris.sort_unstable();
        uris
    };
    let count = |map: &Map<String, Value>| map.keys().filter(|name| *name != "schemas").count();
    schemas(old) == schemas(new)
        && count(old) == count(new)
        && old.iter().filter(|(name, _)| *name != "schemas").all(|(name, value)| new.get(name) == Some(value))
}
