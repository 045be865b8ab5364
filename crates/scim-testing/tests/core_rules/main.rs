//! The requirements on the data of SCIM, one test each, named after the ids in `testdata/rules/core.txt`; those that
//! data alone cannot show are in `testdata/known-differences.txt`. `tests/rules_ledger.rs` sees to it that none is left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod rfc7643_1_2;
mod rfc7643_3;
mod rfc7643_4;
mod rfc7643_5_6;
mod rfc7643_7_8_10;
mod rfc7644;
mod rfc9865;
mod search_request;

use std::sync::Arc;

use scim_core::schema::{Attribute, Schema};
use scim_core::{Admitted, AttrPath, Intent, Profile, Resource, SchemaSet, ScimError, ScimType};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const THING: &str = "urn:example:params:scim:schemas:Thing:1.0";

/// The smallest user, and these members.
fn user_with(members: Value) -> Value {
    with(json!({"schemas": [USER], "userName": "bjensen"}), members)
}

/// The smallest group, and these members.
fn group_with(members: Value) -> Value {
    with(json!({"schemas": [GROUP], "displayName": "Tour Guides"}), members)
}

fn with(mut body: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("not an object: {members}") };
    body.as_object_mut().unwrap().extend(members);
    body
}

/// A set of one schema, [`THING`], with these attributes.
fn things(attributes: Vec<Attribute>) -> SchemaSet {
    SchemaSet::new(Arc::new(Schema::new(THING.parse().unwrap(), "Thing", "", attributes).unwrap()), [])
        .unwrap()
}

fn thing_with(members: Value) -> Value {
    with(json!({"schemas": [THING]}), members)
}

fn create(set: &SchemaSet, body: Value, profile: &Profile) -> Result<Admitted, ScimError> {
    set.admit(body, Intent::Create, profile)
}

/// The resource that a body becomes, under the RFCs' own profile.
fn created(set: &SchemaSet, body: Value) -> Resource {
    let text = body.to_string();
    create(set, body, &Profile::rfc()).unwrap_or_else(|error| panic!("{text}: {error}")).resource
}

/// The JSON that a body becomes, without `schemas`.
fn members(set: &SchemaSet, body: Value) -> Value {
    let mut map = created(set, body).into_map();
    map.remove("schemas");
    Value::Object(map)
}

/// Asserts that both profiles refuse a body with 400 and this keyword.
#[track_caller]
fn refused(set: &SchemaSet, body: &Value, scim_type: &ScimType) {
    for profile in [Profile::rfc(), Profile::lenient()] {
        refused_by(&profile, set, body, scim_type);
    }
}

#[track_caller]
fn refused_by(profile: &Profile, set: &SchemaSet, body: &Value, scim_type: &ScimType) {
    match create(set, body.clone(), profile) {
        Ok(admitted) => panic!("{body} became {}", Value::Object(admitted.resource.into_map())),
        Err(error) => {
            assert_eq!((error.status(), error.scim_type()), (400, Some(scim_type)), "{body}: {error}");
        }
    }
}

fn path(text: &str) -> AttrPath {
    text.parse().unwrap()
}

/// The definition at a path.
fn definition(set: &SchemaSet, text: &str) -> Arc<Attribute> {
    Arc::clone(set.resolve(&path(text)).unwrap().leaf().unwrap())
}

fn to_json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap()
}
