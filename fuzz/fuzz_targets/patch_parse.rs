//! Any bytes are read or refused; what is read is canonical: written and read again, it is the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Limits, Profile};
use scim_patch::PatchRequest;
use scim_testing::patches::custom;

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = scim_core::json::read(bytes, &Limits::default()) else { return };
    let _ = PatchRequest::parse(body.clone(), custom(), &Profile::rfc());
    let Ok(patch) = PatchRequest::parse(body, custom(), &Profile::lenient()) else { return };
    if patch.is_empty() {
        return;
    }
    let written = serde_json::to_value(&patch).unwrap();
    let again = PatchRequest::parse(written.clone(), custom(), &Profile::lenient()).unwrap();
    assert_eq!(serde_json::to_value(&again).unwrap(), written);
});
