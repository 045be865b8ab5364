//! What identity providers send, one request after the other: `testdata/idp/*/*.json`.
//!
//! Under `lenient` every request is accepted, reports what it takes, and the last leaves the resource as the tape says;
//! sent again, it changes nothing. Under `rfc` the first request that the RFC refuses is refused as it says.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::{Profile, Resource, SchemaSet};
use scim_patch::{PatchError, PatchRequest};
use scim_testing::corpus;
use serde_json::{Value, json};

const SENDERS: [&str; 5] = ["entra", "entra-062020", "okta", "onelogin", "sailpoint"];

fn tapes() -> Vec<(String, Value)> {
    let files = SENDERS.iter().flat_map(|sender| corpus::files(&format!("idp/{sender}")));
    // Whole exchanges are for the server's tests.
    let files = files.filter(|file| !file.contains("/http-"));
    files.map(|file| (file.clone(), corpus::json(&file))).collect()
}

fn start(tape: &Value) -> (Resource, &'static SchemaSet) {
    let schemas = match tape["type"].as_str() {
        Some("user") => SchemaSet::user(),
        Some("group") => SchemaSet::group(),
        other => panic!("{other:?}"),
    };
    (Resource::from_canonical(tape["start"].as_object().unwrap().clone(), schemas), schemas)
}

fn step(
    step: &Value,
    resource: &mut Resource,
    schemas: &SchemaSet,
    profile: &Profile,
) -> Result<PatchRequest, PatchError> {
    let patch = PatchRequest::parse(step["request"].clone(), schemas, profile)?;
    let copied = patch.apply(resource, schemas)?;
    patch.apply_to(resource, schemas)?;
    assert_eq!(copied.resource, *resource);
    Ok(patch)
}

#[test]
fn under_lenient_they_lead_where_they_should() {
    for (file, tape) in tapes() {
        let (mut resource, schemas) = start(&tape);
        let mut last = None;
        for (at, one) in tape["steps"].as_array().unwrap().iter().enumerate() {
            let patch = step(one, &mut resource, schemas, &Profile::lenient())
                .unwrap_or_else(|error| panic!("{file} {at}: {error}"));
            let ids: Vec<&str> = patch.deviations().iter().map(scim_core::Deviation::id).collect();
            assert_eq!(json!(ids), one["deviations"], "{file} {at}");
            last = Some(patch);
        }
        assert_eq!(Value::Object(resource.as_map().clone()), tape["end"], "{file}");
        let again = last.unwrap().apply(&resource, schemas).unwrap();
        assert_eq!((again.changed, again.resource), (Vec::new(), resource), "{file}, sent again");
    }
}

#[test]
fn under_rfc_they_are_refused_as_it_says() {
    for (file, tape) in tapes() {
        let (mut resource, schemas) = start(&tape);
        let mut refused = Value::Null;
        for (at, one) in tape["steps"].as_array().unwrap().iter().enumerate() {
            let before = resource.clone();
            if let Err(error) = step(one, &mut resource, schemas, &Profile::rfc()) {
                assert_eq!(resource, before, "{file} {at}");
                let keyword = error.scim_type().unwrap().as_str().to_owned();
                refused = json!({"step": at, "operation": error.operation(), "scimType": keyword});
                break;
            }
        }
        assert_eq!(refused, tape["rfc"], "{file}");
        if refused.is_null() {
            assert_eq!(Value::Object(resource.as_map().clone()), tape["end"], "{file}");
        }
    }
}

#[test]
fn every_sender_has_tapes() {
    for sender in SENDERS {
        assert!(!corpus::files(&format!("idp/{sender}")).is_empty(), "{sender}");
    }
}
