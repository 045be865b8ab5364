//! Both doors do the same, all or nothing, and what they say has changed has.
//!
//! The input is a resource, a line break, and a request.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Intent, Limits, Profile};
use scim_patch::PatchRequest;
use scim_testing::patches::custom;

fuzz_target!(|text: &str| {
    let (resource, body) = text.split_once('\n').unwrap_or(("{}", text));
    let read = |text: &str| scim_core::json::read(text.as_bytes(), &Limits::default());
    let (Ok(resource), Ok(body)) = (read(resource), read(body)) else { return };
    let Ok(admitted) = custom().admit(resource, Intent::Response, &Profile::lenient()) else { return };
    let Ok(patch) = PatchRequest::parse(body, custom(), &Profile::lenient()) else { return };
    let before = admitted.resource;
    let mut in_place = before.clone();
    match (patch.apply(&before, custom()), patch.apply_to(&mut in_place, custom())) {
        (Ok(copied), Ok(changed)) => {
            assert_eq!(copied.resource, in_place);
            assert_eq!(copied.changed, changed);
            assert!(!changed.is_empty() || in_place == before);
        }
        (Err(a), Err(b)) => {
            assert_eq!(a, b);
            assert_eq!(in_place, before);
        }
        _ => panic!("the doors disagree"),
    }
});
