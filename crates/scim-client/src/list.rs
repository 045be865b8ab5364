//! Telling a list from what is none, RFC 7644 §3.4.2.

use scim_core::ListResponse;
use serde_json::value::RawValue;

use crate::answer::is_json;
use crate::endpoint::Endpoint;
use crate::error::{Error, UnexpectedKind};
use crate::exchange::Success;

/// A page whose resources are not read yet.
pub(crate) type List<'a> = ListResponse<&'a RawValue>;

/// The page that an answer is: what has neither resources nor their number is none, and must not be taken for "nobody".
pub(crate) fn list<'a, T>(success: &'a Success, endpoint: &Endpoint<T>) -> Result<List<'a>, Error> {
    let limits = &endpoint.client.0.limits;
    if !is_json(&success.headers) {
        return Err(success.unreadable("", limits));
    }
    let list: List<'a> =
        serde_json::from_slice(&success.body).map_err(|error| success.unreadable(error, limits))?;
    if list.resources.is_empty() && list.total_results.is_none() {
        let map = success.json(limits)?;
        let listed = map.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("Resources")
                || name.eq_ignore_ascii_case("schemas")
                    && value.as_array().is_some_and(|all| {
                        all.iter()
                            .filter_map(serde_json::Value::as_str)
                            .any(|one| scim_core::SchemaUri::LIST_RESPONSE == *one)
                    })
        });
        if !listed {
            return Err(success.odd(UnexpectedKind::NotScim, success.excerpt()));
        }
    }
    Ok(list)
}
