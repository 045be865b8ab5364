//! Whatever is read as a path prints as one that is read as the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Limits, Profile};
use scim_filter::Path;

fuzz_target!(|text: &str| {
    match Path::parse_with(text, &Limits::default(), &Profile::lenient()) {
        Ok(parsed) => {
            let shown = parsed.path.to_string();
            assert_eq!(Path::parse(&shown).expect("prints what can be read"), parsed.path);
        }
        Err(error) => assert!(text.is_char_boundary(error.position().expect("has a place"))),
    }
});
