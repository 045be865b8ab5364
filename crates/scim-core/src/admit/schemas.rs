//! The attribute `schemas`, RFC 7643 §3: what is listed and what is there have to match.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::gate::{Gate, Mode};
use super::place::Place;
use super::{EXTENSION_NOT_LISTED, OLD_URNS, SCHEMAS_MISSING};
use crate::deviation::{Switch, Unknown};
use crate::error::{ScimType, quote};
use crate::uri::SchemaUri;

/// URNs that are sent for others: those of SCIM 1.1, those that resemble it, and a slip of the pen.
pub(super) fn alias(uri: &str, base: &SchemaUri) -> Option<(SchemaUri, &'static Switch)> {
    let is = |other: &str| uri.eq_ignore_ascii_case(other);
    if is("urn:scim:schemas:core:1.0") || is("urn:scim:schemas:core:2.0") {
        return Some((base.clone(), &OLD_URNS));
    }
    if is("urn:scim:schemas:core:2.0:User") {
        return Some((SchemaUri::USER, &OLD_URNS));
    }
    if is("urn:scim:schemas:core:2.0:Group") {
        return Some((SchemaUri::GROUP, &OLD_URNS));
    }
    if is("urn:scim:schemas:extension:enterprise:1.0")
        || is("urn:scim:schemas:extension:enterprise:2.0")
        || is("urn:scim:schemas:extension:enterprise:2.0:User")
    {
        return Some((SchemaUri::ENTERPRISE_USER, &OLD_URNS));
    }
    if is("urn:ietf:params:scim:schemas:extension:enterprise:2.0User") {
        return Some((SchemaUri::ENTERPRISE_USER, &EXTENSION_NOT_LISTED));
    }
    None
}

impl Gate<'_> {
    /// Brings `schemas` into its canonical form: the base schema, then the extensions listed or used.
    pub(super) fn schemas(&mut self, map: &mut Map<String, Value>) {
        let listed = map.get_mut("schemas").map(Value::take);
        let set = self.set;
        let base = set.base().id();
        let place = Place::Root("schemas");
        let mut has_base = false;
        let mut uris: Vec<SchemaUri> = Vec::with_capacity(2);
        let mut others: Vec<String> = Vec::new();
        let mut other_names: HashSet<String> = HashSet::new();
        let listed = match listed {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(listed)) => listed,
            Some(other) => {
                map.insert("schemas".to_owned(), other);
                self.problem(ScimType::InvalidValue, &place, "has to be an array of schema URIs");
                return;
            }
        };
        let empty = listed.is_empty();
        for (at, uri) in listed.iter().enumerate() {
            let here = Place::Element(&place, at);
            let Value::String(uri) = uri else {
                self.problem(ScimType::InvalidValue, &here, "has to be a schema URI");
                continue;
            };
            let known = set.extensions().iter().map(|extension| extension.schema().id());
            let known = known.chain([base]).find(|known| **known == **uri).cloned().or_else(|| {
                let (meant, switch) = alias(uri, base)?;
                let ours = meant == *base || set.extension(&meant).is_some();
                (ours && self.tolerates(switch, &here)).then_some(meant)
            });
            match known {
                Some(known) if known == *base => {
                    if has_base && !self.tolerates(&SCHEMAS_MISSING, &here) {
                        self.problem(ScimType::InvalidValue, &here, "stands there twice");
                    }
                    has_base = true;
                }
                Some(known) => {
                    if !uris.contains(&known) {
                        uris.push(known);
                    } else if !self.tolerates(&SCHEMAS_MISSING, &here) {
                        self.problem(ScimType::InvalidValue, &here, "stands there twice");
                    }
                }
                None if self.mode == Mode::Response || self.profile.unknown() == Unknown::Keep => {
                    if other_names.insert(uri.to_ascii_lowercase()) {
                        others.push(uri.clone());
                    }
                }
                None => {
                    if !self.tolerates(&EXTENSION_NOT_LISTED, &here) {
                        let text = format!("is {}, which is not a schema of this resource type", quote(uri));
                        self.problem(ScimType::InvalidValue, &here, text);
                    }
                }
            }
        }
        if self.mode == Mode::Write {
            if empty {
                if !self.tolerates(&SCHEMAS_MISSING, &place) {
                    self.problem(ScimType::InvalidValue, &place, "is required");
                }
            } else if !has_base {
                self.problem(ScimType::InvalidValue, &place, format_args!("lacks `{base}`"));
            }
            has_base = true;
        }
        for extension in set.extensions() {
            let uri = extension.schema().id();
            if map.contains_key(uri.as_str()) && !uris.contains(uri) {
                if self.mode == Mode::Write && !self.tolerates_unlisted(uri.as_str()) {
                    self.problem(
                        ScimType::InvalidValue,
                        &Place::Root(uri.as_str()),
                        "is not listed in `schemas`",
                    );
                }
                uris.push(uri.clone());
            }
        }
        let base = has_base.then(|| base.as_str());
        let written: Vec<Value> = base
            .into_iter()
            .chain(uris.iter().map(SchemaUri::as_str))
            .chain(others.iter().map(String::as_str))
            .map(Value::from)
            .collect();
        if written.is_empty() {
            map.remove("schemas");
        } else {
            map.insert("schemas".to_owned(), Value::Array(written));
        }
    }
}
