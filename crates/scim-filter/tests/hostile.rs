//! Input that means harm, on a stack of 256 KiB: refused or read, in linear time, and never the end of the process.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::fmt::Write;
use std::thread;

use scim_core::{Limits, Profile, Resource, SchemaSet};
use scim_filter::{CheckOptions, Filter, FilterError, Path, UnknownAttribute};

/// Limits as far up as they go.
fn raised() -> Limits {
    Limits {
        filter_bytes: usize::MAX,
        filter_depth: usize::MAX,
        filter_terms: usize::MAX,
        ..Limits::default()
    }
}

fn on_a_small_stack(test: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(256 << 10).spawn(test).unwrap().join().unwrap();
}

/// Reads, copies, prints, compares and drops.
fn read(text: &str, limits: &Limits) -> Result<Filter, FilterError> {
    let filter = Filter::parse_with(text, limits, &Profile::lenient())?.filter;
    let shown = filter.to_string();
    assert_eq!(filter.clone(), filter);
    let again = Filter::parse_with(&shown, limits, &Profile::rfc()).map(|parsed| parsed.filter);
    assert_eq!(again.as_ref(), Ok(&filter));
    assert!(!format!("{filter:?}").is_empty());
    Ok(filter)
}

/// Reads a text of a megabyte. No clock is asked: what is not linear would take a million million steps here, and would
/// not come back.
fn assert_linear(make: impl Fn(usize) -> String) {
    let text = make(1_000_000);
    drop(Filter::parse_with(&text, &raised(), &Profile::lenient()));
    drop(Path::parse_with(&text, &raised(), &Profile::lenient()));
}

#[test]
fn sec_s02_depth_is_refused_before_a_tree_exists() {
    on_a_small_stack(|| {
        for unit in
            ["(", "not (", "not(", "NOT  ( ", "a[", "a[(", "a[not (", "(a pr and ", "not (a pr or b pr and "]
        {
            for end in ["", "a pr", "a pr)", ")"] {
                let text = unit.repeat(100_000) + end;
                assert!(read(&text, &Limits::default()).is_err());
                assert!(read(&text, &raised()).is_err(), "{unit}");
                assert!(Path::parse_with(&text, &raised(), &Profile::lenient()).is_err());
            }
        }
        let balanced = "(".repeat(100_000) + "a pr" + &")".repeat(100_000);
        assert!(read(&balanced, &raised()).unwrap_err().to_string().contains("nested deeper than 40"));
    });
}

#[test]
fn sec_s02_the_deepest_filter_that_is_read_is_safe() {
    on_a_small_stack(|| {
        for unit in ["not (", "not (x pr or y pr and ", "(x pr or y pr and "] {
            let text =
                |depth: usize| unit.repeat(depth) + "a[not (b pr or c pr and d pr)]" + &")".repeat(depth);
            assert!(read(&text(Filter::MAX_DEPTH - 2), &raised()).is_ok());
            let error = read(&text(Filter::MAX_DEPTH - 1), &raised()).unwrap_err();
            assert!(error.to_string().starts_with("nested deeper than 40"), "{error}");
            assert!(read(&text(30), &Limits::default()).is_ok());
            let deepest = read(&text(Filter::MAX_DEPTH - 2), &raised()).unwrap();
            let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
            let typed = deepest.check_with(SchemaSet::user(), &options).unwrap();
            assert_ne!(typed.matches(&Resource::new(SchemaSet::user())), {
                let opposite = (!deepest).check_with(SchemaSet::user(), &options).unwrap();
                opposite.clone().matches(&Resource::new(SchemaSet::user()))
            });
            assert!(!format!("{:?}", typed.root()).is_empty());
            assert!(read(&text(31), &Limits::default()).is_err());
        }
    });
}

#[test]
fn sec_s03_a_deep_tree_that_fails_late_is_dropped_safely() {
    on_a_small_stack(|| {
        let text = "not (".repeat(38) + "a pr" + &")".repeat(38) + " and ?";
        assert!(read(&text, &raised()).is_err());
        let text = "a pr and ".repeat(1_000_000);
        assert!(read(&text, &raised()).is_err());
    });
}

#[test]
fn sec_s04_length_depth_and_terms_are_charged() {
    let limits = Limits { filter_bytes: 40, filter_depth: 2, filter_terms: 3, ..Limits::default() };
    let said: Vec<String> = [
        "a pr and b pr and c pr and d pr",
        "a[b pr and c pr or d pr or e pr]",
        "not ((not (a pr)))",
        "(a[(b pr)])",
        "a eq \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
    ]
    .map(|text| Filter::parse_with(text, &limits, &Profile::rfc()).unwrap_err().to_string())
    .into();
    insta::assert_snapshot!(said.join("\n"));
    assert!(Filter::parse_with("(a[b pr or c pr]) and d pr", &limits, &Profile::rfc()).is_ok());
    let path = "a.".repeat(8_000);
    assert!(Path::parse(&path).is_err());
    assert!(Path::parse_with(&path, &raised(), &Profile::lenient()).is_err());
    let terms = |n: usize| vec!["a pr"; n].join(" or ");
    assert!(Filter::parse(&terms(1_000)).is_ok());
    assert!(Filter::parse(&terms(1_001)).is_err());
}

#[test]
fn a_megabyte_of_anything_is_read_or_refused() {
    on_a_small_stack(|| {
        let mut texts: Vec<String> = [
            "a pr and ",
            "a pr or ",
            "a",
            "a.",
            "urn:",
            "u:",
            " ",
            "(",
            ")",
            "[",
            "]",
            "\"",
            "\\",
            "not ",
            "not(",
            "a[b pr] or ",
            "a eq 1 and ",
            "a eq \"\\u00e9\" or ",
            "é",
            "\u{0}",
            "%20",
            "9",
            "-",
            "1e",
            "$",
            ".",
            "a[b pr].c eq 1 or ",
        ]
        .map(|unit| unit.repeat((1 << 20) / unit.len()))
        .into();
        texts.push(format!("a eq \"{}", "x".repeat(1 << 20)));
        texts.push(format!("a eq \"{}\"", "\\n".repeat(1 << 19)));
        texts.push(format!("a eq \"{}", "\\u".repeat(1 << 19)));
        texts.push(format!("a eq {}", "9".repeat(1 << 20)));
        texts.push(format!("a eq 1e{}", "9".repeat(1 << 20)));
        texts.push(format!("a{}pr", " ".repeat(1 << 20)));
        texts.push(format!("not{}a pr", " ".repeat(1 << 20)));
        texts.push(format!("a pr{}b pr", " ".repeat(1 << 20)));
        texts.push(format!("{}a pr or {}", "(".repeat(38), "a pr or ".repeat(100_000)));
        texts.push(format!("{}{}a pr{}", "(a pr or ".repeat(38), "a pr or ".repeat(100_000), ")".repeat(38)));
        for text in texts {
            // How long it takes is for `sec_s20` to say; a parser that is not linear would not come back from here.
            let _ = read(&text, &raised());
            assert!(read(&text, &Limits::default()).is_err());
        }
    });
}

#[test]
fn sec_s20_time_grows_with_the_length_and_no_faster() {
    for unit in ["a pr and ", "(", "not (", " ", "a.", "u:", "\\\"", "a[b eq \"x\"].c eq 1 or ", "é", "not "]
    {
        let times = |bytes: usize| unit.repeat(bytes / unit.len());
        assert_linear(times);
        assert_linear(|n| format!("a eq \"{}", times(n)));
        assert_linear(|n| format!("(a pr {}", times(n)));
    }
}

#[test]
fn sec_s04_a_wide_filter_is_checked_in_linear_time() {
    // As above: what compares every term with every other would not come back.
    const HALF: usize = 50_000;
    for (first, second) in [
        ("phoneNumbers.value eq \"1\"", "emails.value eq \"1\""),
        ("ims.type eq \"x\"", "ims.value eq \"x\""),
        ("emails co \"\"", "roles[primary eq \"True\"]"),
    ] {
        let halves = [vec![first; HALF].join(" and "), vec![second; HALF].join(" and ")];
        let filter = read(&halves.join(" and "), &raised()).unwrap();
        let typed = filter.check(SchemaSet::user()).unwrap();
        assert!(typed.warnings().len() <= 4, "said once: {}", typed.warnings().len());
        assert!(!typed.matches(&Resource::new(SchemaSet::user())));
    }
}

#[test]
fn sec_s18_a_value_cannot_become_a_filter() {
    let mut hostile = String::new();
    for c in (0..=0x2ff).chain([0x2028, 0xfeff, 0x1f600]).filter_map(char::from_u32) {
        write!(hostile, "{c}\" or a pr or \"\\").unwrap();
    }
    let filter = Filter::eq(scim_core::attr::USER_NAME, &hostile);
    let read = Filter::parse_with(&filter.to_string(), &raised(), &Profile::rfc()).unwrap().filter;
    assert_eq!(read, filter);
    assert!(read.as_eq().is_some());
}
