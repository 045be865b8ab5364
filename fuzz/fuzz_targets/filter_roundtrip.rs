//! Whatever is read as a filter prints as one that is read as the same, under every profile and limit.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Limits, Profile};
use scim_filter::{BARE_VALUES, Filter};

fuzz_target!(|text: &str| {
    let raised = Limits {
        filter_bytes: usize::MAX,
        filter_depth: usize::MAX,
        filter_terms: usize::MAX,
        ..Limits::default()
    };
    for profile in [Profile::rfc(), Profile::lenient().with(&BARE_VALUES)] {
        match Filter::parse_with(text, &raised, &profile) {
            Ok(parsed) => {
                let shown = parsed.filter.to_string();
                let again =
                    Filter::parse_with(&shown, &raised, &Profile::rfc()).expect("prints what can be read");
                assert_eq!(again.filter, parsed.filter);
                assert!(again.deviations.is_empty());
                assert_eq!(again.filter.to_string(), shown);
            }
            Err(error) => {
                assert!(text.is_char_boundary(error.position().expect("has a place")));
                assert_eq!(error.caret().expect("has a place").lines().count(), 2);
                assert!(!error.to_string().contains('\n'));
            }
        }
    }
});
