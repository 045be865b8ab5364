//! What real senders write though the grammar does not have it: refused, or accepted and reported.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::{Limits, Profile};
use scim_filter::{BARE_VALUES, COMPARISON_AFTER_BRACKETS, Filter, MISSING_BLANK, Path};

fn show(text: &str, profile: &Profile) -> String {
    match Filter::parse_with(text, &Limits::default(), profile) {
        Ok(parsed) => {
            let deviations = parsed.deviations.iter().map(|deviation| format!("\n    {deviation}"));
            format!("{text}\n    {}{}\n", parsed.filter, deviations.collect::<String>())
        }
        Err(error) => format!("{text}\n    refused: {error}\n"),
    }
}

#[test]
fn ent23_comparisons_after_brackets() {
    let texts = [
        r#"emails[type eq "work"].value eq "x""#,
        r#"emails[type eq "work"].value ne "x""#,
        r#"emails[type eq "work"].value pr"#,
        r#"emails[type eq "work" or type eq "home"].value sw "x""#,
        r#"emails[type eq "work" and primary eq true].value gt "x" and title pr"#,
        r#"not (emails[type eq "work"].value eq "x") or title pr"#,
        r#"addresses[type eq "work"].country eq "DE" and addresses[type eq "home"].country eq "FR""#,
        r#"urn:x:y:emails[type eq "work"].$ref eq "x""#,
        r#"emails[type eq "work"].value"#,
        r#"emails[type eq "work"]. eq "x""#,
        r#"emails[type eq "work"].value.more eq "x""#,
        r#"emails[type eq "work"].value[a pr]"#,
    ];
    insta::assert_snapshot!(texts.map(|text| show(text, &Profile::lenient())).concat());
    for profile in [Profile::rfc(), Profile::lenient().without(&COMPARISON_AFTER_BRACKETS)] {
        assert!(texts.iter().all(|text| Filter::parse_with(text, &Limits::default(), &profile).is_err()));
    }
}

#[test]
fn ent22_bare_values_only_when_asked_for() {
    let texts = [
        "externalId eq jyoung",
        "externalId eq a1b2-c3 and title pr",
        "(externalId eq j.young@example.com)",
        "emails[type eq work]",
        "active eq True",
        "externalId eq 12abc",
        "externalId eq 701984",
        "externalId eq +1",
        "userName eq 'x'",
        r#"userName eq x"y""#,
        r#"userName eq "x"#,
        "userName eq (x)",
        "userName eq ",
    ];
    insta::assert_snapshot!(texts.map(|text| show(text, &Profile::rfc().with(&BARE_VALUES))).concat());
    for profile in [Profile::rfc(), Profile::lenient()] {
        let refused = |text: &&str| Filter::parse_with(text, &Limits::default(), &profile).is_err();
        assert_eq!(texts.iter().filter(|text| refused(text)).count(), texts.len() - 1);
    }
}

#[test]
fn the_example_without_a_blank() {
    let texts = [
        r#"type eq"work""#,
        r#"emails[type eq"work" and value eq"x"]"#,
        r#"a eq"x" and b eq "y""#,
        "a eq1",
        "a eq-1",
        "a eqtrue",
        r#"a pr"x""#,
    ];
    insta::assert_snapshot!(texts.map(|text| show(text, &Profile::lenient())).concat());
    for profile in [Profile::rfc(), Profile::lenient().without(&MISSING_BLANK)] {
        assert!(texts.iter().all(|text| Filter::parse_with(text, &Limits::default(), &profile).is_err()));
    }
    let parsed =
        Path::parse_with(r#"addresses[type eq"work"].street"#, &Limits::default(), &Profile::lenient());
    assert_eq!(
        parsed.unwrap().deviations[0].to_string(),
        "R7644-3.4.2.2-05 at `type`: the blank between an operator and its value is missing"
    );
}

#[test]
fn every_leniency_in_one_filter_is_reported() {
    let text = r#"emails[type eq"work"].value eq x"#;
    let parsed =
        Filter::parse_with(text, &Limits::default(), &Profile::lenient().with(&BARE_VALUES)).unwrap();
    let ids: Vec<&str> = parsed.deviations.iter().map(scim_core::Deviation::id).collect();
    assert_eq!(ids, ["R7644-3.4.2.2-05", "ENT-23", "ENT-22"]);
    assert_eq!(parsed.filter.to_string(), r#"emails[type eq "work" and value eq "x"]"#);
}
