//! Which terms of a filter decide whether a resource matches.

use scim_core::{Resource, SchemaSet};
use scim_filter::{Filter, FilterError};

/// Whether a resource matches, and the terms that say so: of an `and` that fails, the first that fails; of an `or` that
/// holds, the first that holds; else all of them.
pub(crate) fn why(
    filter: &Filter,
    schemas: &SchemaSet,
    resource: &Resource,
) -> Result<(bool, Vec<String>), FilterError> {
    let (list, stops_at) = match filter {
        Filter::And(all) => (all, false),
        Filter::Or(any) => (any, true),
        Filter::Not(inner) => {
            let (holds, terms) = why(inner, schemas, resource)?;
            return Ok((!holds, terms));
        }
        term => {
            let holds = term.check(schemas)?.matches(resource);
            return Ok((holds, vec![format!("{term} is {holds}")]));
        }
    };
    let mut decisive = Vec::new();
    for filter in list {
        let (holds, terms) = why(filter, schemas, resource)?;
        if holds == stops_at {
            return Ok((holds, terms));
        }
        decisive.extend(terms);
    }
    Ok((!stops_at, decisive))
}
