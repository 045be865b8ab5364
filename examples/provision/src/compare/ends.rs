//! What the target has, read as a whole.

use std::collections::{HashMap, HashSet};

use scim_client::Client;
use scim_core::value::text::fold;
use scim_core::{Resource, ResourceId, attr};
use scim_filter::query::Query;
use scim_sync::{CompiledRules, Kind, Values};
use serde_json::Value;

use super::is_open;
use crate::Failure;

/// All users and groups of the target.
pub(super) struct Ends {
    users: Side,
    groups: Side,
}

#[derive(Default)]
struct Side {
    all: HashMap<ResourceId, Resource>,
    /// By the row of the mapping and the value that has there, whatever the case.
    index: HashMap<(usize, String), Vec<ResourceId>>,
    claimed: HashSet<ResourceId>,
}

/// What an object is in the target.
pub(super) enum Lookup {
    Found(ResourceId),
    Nobody,
    Several,
    /// It has no value that anybody could look for.
    NoName,
}

impl Ends {
    pub(super) async fn read(client: &Client, rules: &CompiledRules) -> Result<Self, Failure> {
        Ok(Self {
            users: Side::read(client, rules, Kind::User, "/Users").await?,
            groups: Side::read(client, rules, Kind::Group, "/Groups").await?,
        })
    }

    fn side(&self, kind: Kind) -> &Side {
        match kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        }
    }

    pub(super) fn get(&self, kind: Kind, id: &ResourceId) -> Option<&Resource> {
        self.side(kind).all.get(id)
    }

    pub(super) fn claim(&mut self, kind: Kind, id: &ResourceId) {
        let side = match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
        };
        side.claimed.insert(id.clone());
    }

    pub(super) fn is_claimed(&self, kind: Kind, id: &ResourceId) -> bool {
        self.side(kind).claimed.contains(id)
    }

    /// By the first matching attribute that leads to somebody.
    pub(super) fn look_up(&self, rules: &CompiledRules, kind: Kind, values: &Values<'_>) -> Lookup {
        let mut named = false;
        for row in rules.mapping(kind).matching() {
            let Some(value) = values.get(*row) else { continue };
            named = true;
            match self.side(kind).index.get(&(*row, key(value))).map(Vec::as_slice) {
                Some([one]) => return Lookup::Found(one.clone()),
                Some([_, _, ..]) => return Lookup::Several,
                _ => {}
            }
        }
        if named { Lookup::Nobody } else { Lookup::NoName }
    }

    /// Id, name, and whether it is open, of whatever nobody stands for.
    pub(super) fn unclaimed(&self, kind: Kind) -> Vec<(ResourceId, String, bool)> {
        let side = self.side(kind);
        let rest = side.all.iter().filter(|(id, _)| !side.claimed.contains(*id));
        let name = match kind {
            Kind::User => &attr::USER_NAME,
            Kind::Group => &attr::DISPLAY_NAME,
        };
        rest.map(|(id, one)| {
            let name = one.get(name).and_then(Value::as_str).unwrap_or_default();
            (id.clone(), name.to_owned(), kind == Kind::Group || is_open(one))
        })
        .collect()
    }
}

impl Side {
    async fn read(client: &Client, rules: &CompiledRules, kind: Kind, path: &str) -> Result<Self, Failure> {
        let mapping = rules.mapping(kind);
        let endpoint = client.resources::<Resource>(path, mapping.schemas().clone());
        let mut pages = endpoint.list(Query::default());
        let mut side = Self::default();
        while let Some(page) = pages.next().await? {
            for fetched in page.resources {
                let Some(id) = fetched.id.clone() else { continue };
                for row in mapping.matching() {
                    if let Some(value) = mapping.rows().get(*row).and_then(|row| row.value(&fetched)) {
                        side.index.entry((*row, key(value))).or_default().push(id.clone());
                    }
                }
                side.all.insert(id, fetched.into_inner());
            }
        }
        Ok(side)
    }
}

fn key(value: &Value) -> String {
    match value {
        Value::String(text) => fold(text).into_owned(),
        other => other.to_string(),
    }
}
