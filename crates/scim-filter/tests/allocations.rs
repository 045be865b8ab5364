//! What is allocated, and what is not. One test a file: the counter counts every thread.

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

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
fn reading_allocates_what_it_returns() {
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
}
