//! The difference of two users leads from one to the other, but for the order of elements.
//!
//! The input is two documents, one a line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Intent, Limits, Profile, Resource};
use scim_patch::PatchRequest;
use scim_testing::patches::custom;
use serde_json::Value;

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(sorted).collect();
            elements.sort_by_key(ToString::to_string);
            Value::Array(elements)
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect(),
        other => other.clone(),
    }
}

fn read(text: &str) -> Option<Resource> {
    let json = scim_core::json::read(text.as_bytes(), &Limits::default()).ok()?;
    // As a client writes it: nothing that it cannot write, nothing that is not there.
    Some(custom().admit(json, Intent::Create, &Profile::lenient()).ok()?.resource)
}

fuzz_target!(|text: &str| {
    let Some((before, after)) = text.split_once('\n') else { return };
    let (Some(before), Some(after)) = (read(before), read(after)) else { return };
    let patch = PatchRequest::diff(&before, &after, custom());
    match patch.apply(&before, custom()) {
        Ok(patched) => {
            let plain = |resource: &Resource| sorted(&Value::Object(resource.as_map().clone()));
            assert_eq!(plain(&patched.resource), plain(&after));
        }
        // What is immutable stays.
        Err(error) => assert_eq!(error.scim_type().map(|t| t.as_str()), Some("mutability"), "{error}"),
    }
});
