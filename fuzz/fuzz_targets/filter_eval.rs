//! A filter that is let through by a check is answered for every resource, and its negation the other way round.
//!
//! The input is a filter, a line break, and a JSON object.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{Intent, Limits, Profile};
use scim_filter::{CheckOptions, Filter, UnknownAttribute};
use scim_testing::schemas::every_type;

fuzz_target!(|text: &str| {
    let (filter, resource) = text.split_once('\n').unwrap_or((text, "{}"));
    let limits = Limits::default();
    let Ok(parsed) = Filter::parse_with(filter, &limits, &Profile::lenient()) else { return };
    let Ok(json) = scim_core::json::read(resource.as_bytes(), &limits) else { return };
    let Ok(admitted) = every_type().admit(json, Intent::Response, &Profile::lenient()) else { return };
    for unknown in [UnknownAttribute::Refuse, UnknownAttribute::NoValue] {
        let options = CheckOptions { unknown, ..CheckOptions::default() };
        let negated = !parsed.filter.clone();
        match (parsed.filter.check_with(every_type(), &options), negated.check_with(every_type(), &options)) {
            (Ok(yes), Ok(no)) => assert_ne!(yes.matches(&admitted.resource), no.matches(&admitted.resource)),
            (Err(yes), Err(no)) => assert_eq!(yes, no),
            _ => panic!("a filter and its negation make sense alike"),
        }
    }
});
