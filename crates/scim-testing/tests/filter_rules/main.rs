//! The requirements on filters, one test each, named after the ids in `testdata/rules/filter.txt`; those that a filter
//! alone cannot show are in `testdata/known-differences.txt`. `tests/rules_ledger.rs` sees to it that none is left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod rfc7643;
mod rfc7644;

use scim_core::{Resource, SchemaSet, ScimError};
use scim_filter::{Filter, TypedFilter};
use scim_testing::corpus;
use scim_testing::schemas::every_type;
use serde_json::{Value, json};

/// A filter that has been read and checked.
fn checked(text: &str) -> Result<TypedFilter, ScimError> {
    Ok(Filter::parse(text)?.check(every_type())?)
}

fn resource(json: Value) -> Resource {
    Resource::from_canonical(json.as_object().unwrap().clone(), every_type())
}

fn example(name: &str) -> Resource {
    resource(corpus::json(&format!("rfc7643/{name}.json")))
}

#[track_caller]
fn assert_matches(resource: &Resource, yes: &[&str], no: &[&str]) {
    for (texts, expected) in [(yes, true), (no, false)] {
        for text in texts {
            let filter = checked(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(filter.matches(resource), expected, "{text}");
        }
    }
}

#[track_caller]
fn assert_refused(texts: &[&str]) {
    for text in texts {
        let error = checked(text).map(drop).expect_err(text);
        let keyword = error.scim_type().map(ToString::to_string);
        assert_eq!((error.status(), keyword.as_deref()), (400, Some("invalidFilter")), "{text}: {error}");
    }
}

/// A user with these members, and nothing else.
fn user(members: Value) -> Resource {
    resource(members)
}

/// A group among the schemas of groups.
fn group() -> Resource {
    let group = json!({"displayName": "Tour Guides", "members": [{"value": "1"}]});
    Resource::from_canonical(group.as_object().unwrap().clone(), SchemaSet::group())
}
