//! What is allocated, and what is not. One test a file: the counter counts every thread.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use scim_core::{Resource, SchemaSet};
use scim_filter::Filter;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// How many times this allocates.
fn allocations<T>(work: impl FnOnce() -> T) -> usize {
    let region = Region::new(ALLOCATOR);
    let result = std::hint::black_box(work());
    let change = region.change();
    drop(result);
    change.allocations + change.reallocations
}

#[test]
fn reading_allocates_what_it_returns_and_asking_allocates_nothing() {
    for (text, most) in [
        // The value.
        (r#"userName eq "bjensen""#, 1),
        ("active eq true", 0),
        ("title pr", 0),
        // The value, and the list.
        (r#"title pr and userType eq "Employee""#, 2),
        // Two values, a list and a box.
        (r#"emails[type eq "work" and value co "@example.com"]"#, 4),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J""#, 1),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "x""#, 1),
    ] {
        let count = allocations(|| Filter::parse(text));
        assert!(count <= most, "{text}: {count}");
    }
    let user = user();
    for text in [
        r#"userName eq "BJENSEN@example.com""#,
        r#"id eq "2819c223-7f76-453a-919d-413861904646""#,
        r#"displayName co "jen" and title pr and nickName ne "x""#,
        r#"userName gt "a" and userName sw "bj" and userName ew ".com""#,
        r#"emails[type eq "work" and value co "@example.com"]"#,
        r#"meta.lastModified ge "2011-05-13T04:42:34Z" and active eq true"#,
        r#"groups.$ref ew "e9e30dba-f08f-4109-8486-d5c6a331660a""#,
        "not (addresses eq null) and name pr",
    ] {
        let filter = text.parse::<Filter>().unwrap().check(SchemaSet::user()).unwrap();
        let count = allocations(|| assert!(filter.matches(&user), "{text}"));
        assert_eq!(count, 0, "{text}");
    }
    let mut user = user;
    for (value, texts) in [
        (
            "Ünïcode Straße",
            [
                r#"displayName eq "ÜNÏCODE STRASSE""#,
                r#"displayName co "ï""#,
                r#"displayName sw "u\u0308n""#,
                r#"displayName ew "sse" and displayName gt "a""#,
            ],
        ),
        (
            "한국어 이름",
            [
                r#"displayName eq "한국어 이름""#,
                r#"displayName co "어""#,
                r#"displayName sw "한""#,
                r#"displayName ne "x""#,
            ],
        ),
    ] {
        user.set(&scim_core::attr::DISPLAY_NAME, value.into()).unwrap();
        for text in texts {
            let filter = text.parse::<Filter>().unwrap().check(SchemaSet::user()).unwrap();
            let count = allocations(|| assert!(filter.matches(&user), "{text}"));
            assert_eq!(count, 0, "{text}");
        }
    }
}

fn user() -> Resource {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../scim-testing/testdata/rfc7643/8.2-user-full.json");
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    Resource::from_canonical(json.as_object().unwrap().clone(), SchemaSet::user())
}
