//! Attributes of extensions that no schema is known of: custom ones, which hold texts.

use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Schema, SchemaExtension};
use scim_core::{AttrName, SchemaSet, SchemaUri};
use scim_filter::Path;

use super::error::RulesProblem;
use super::mapping::Mapping;
use crate::object::Kind;

/// The standard schemas of a kind, and an extension for each unknown URN before a target.
pub(super) fn schemas(kind: Kind, mappings: &[Mapping], problems: &mut Vec<RulesProblem>) -> SchemaSet {
    let standard = match kind {
        Kind::User => SchemaSet::user(),
        Kind::Group => SchemaSet::group(),
    };
    let mut custom: Vec<(SchemaUri, Vec<AttrName>)> = Vec::new();
    for mapping in mappings {
        // What cannot be read is said with the mapping.
        let Ok(path) = Path::parse(&mapping.target) else { continue };
        let (Some(uri), Some(name), None, None) =
            (path.attr.schema(), path.attr.name(), path.attr.sub(), &path.filter)
        else {
            continue;
        };
        if !is_custom(uri, standard) || standard.resolve(&path.attr).is_ok() {
            continue;
        }
        match custom.iter_mut().find(|(own, _)| own == uri) {
            Some((_, names)) if names.contains(name) => {}
            Some((_, names)) => names.push(name.clone()),
            None => custom.push((uri.clone(), vec![name.clone()])),
        }
    }
    if custom.is_empty() {
        return standard.clone();
    }
    let extensions = custom.into_iter().map(|(uri, names)| {
        let attributes = names.into_iter().map(|name| Attribute::new(name, AttrType::String)).collect();
        Ok(SchemaExtension::optional(Arc::new(Schema::new(uri, NAME, "Custom attributes", attributes)?)))
    });
    let set = extensions.collect::<Result<Vec<_>, _>>().and_then(|custom| {
        let all = standard.extensions().iter().cloned().chain(custom);
        SchemaSet::new(Arc::clone(standard.base()), all)
    });
    set.unwrap_or_else(|error| {
        let words = error.detail().unwrap_or("the custom attributes make no schema").to_owned();
        problems.push(RulesProblem::new(&format!("{kind}s"), words));
        standard.clone()
    })
}

/// Whether a URN is neither one of the set nor in the standard's own names, in which what is unknown is a slip.
pub(super) fn is_custom(uri: &SchemaUri, schemas: &SchemaSet) -> bool {
    const OWN: [&str; 3] = [
        "urn:ietf:params:scim:schemas:core:",
        "urn:ietf:params:scim:schemas:extension:enterprise:",
        "urn:ietf:params:scim:api:",
    ];
    let text = uri.as_str().to_ascii_lowercase();
    uri != schemas.base().id()
        && !schemas.extensions().iter().any(|known| known.schema().id() == uri && !is_made(known.schema()))
        && !OWN.iter().any(|own| text.starts_with(own))
}

/// Whether a schema was made here.
fn is_made(schema: &Schema) -> bool {
    schema.name() == NAME
}

const NAME: &str = "Custom";
