//! The requirements on PATCH, one test a rule of `testdata/rules/patch.txt`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod section_3_5_2;
mod section_3_5_2_1;
mod section_3_5_2_2;
mod section_3_5_2_3;

use scim_core::{Profile, ScimError};
use scim_patch::PatchRequest;
use scim_testing::patches::fixture;
use serde_json::{Value, json};

const DEPARTMENT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
const BADGE: &str = "urn:example:params:scim:patch:1.0:User:badge";

/// What becomes of a fixture, or the keyword of the error, as the RFC has it.
fn patch(on: &str, operations: Value) -> Result<Value, String> {
    send(on, json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}))
}

fn send(on: &str, body: Value) -> Result<Value, String> {
    let (before, schemas) = fixture(on);
    let refused = |error: ScimError| {
        assert_eq!(error.status(), 400);
        error.scim_type().unwrap().as_str().to_owned()
    };
    let patch = PatchRequest::parse(body, schemas, &Profile::rfc()).map_err(|e| refused(e.into()))?;
    let mut in_place = before.clone();
    let result = patch.apply_to(&mut in_place, schemas).map_err(|e| refused(e.into()));
    if result.is_err() {
        assert_eq!(in_place, before);
    }
    result.map(|_| Value::Object(in_place.into_map()))
}

fn refused(keyword: &str) -> Result<Value, String> {
    Err(keyword.to_owned())
}

/// The fixture as it was.
fn unchanged(on: &str) -> Result<Value, String> {
    Ok(Value::Object(fixture(on).0.into_map()))
}
