//! Which terms of a filter decide whether a resource matches.

use scim_core::Resource;
use scim_filter::{Filter, FilterError, TypedFilter};

/// Whether a resource matches, and the terms that say so: of an `and` that fails, the first that fails; of an `or` that
/// holds, the first that holds; else all of them.
pub(crate) fn why(
    filter: &Filter,
    check: &impl Fn(&Filter) -> Result<TypedFilter, FilterError>,
    resource: &Resource,
) -> Result<(bool, Vec<String>), FilterError> {
    let (list, stops_at) = match filter {
        Filter::And(all) => (all, false),
        Filter::Or(any) => (any, true),
        Filter::Not(inner) => {
            let (holds, terms) = why(inner, check, resource)?;
            return Ok((!holds, terms));
        }
        term => {
            let holds = check(term)?.matches(resource);
            return Ok((holds, vec![format!("{term} is {holds}")]));
        }
    };
    let mut decisive = Vec::new();
    for filter in list {
        let (holds, terms) = why(filter, check, resource)?;
        if holds == stops_at {
            return Ok((holds, terms));
        }
        decisive.extend(terms);
    }
    Ok((!stops_at, decisive))
}
