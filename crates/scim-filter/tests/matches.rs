//! Which resources a filter matches: one test for each question that the RFCs leave open, and Figure 2 on the examples.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::fs;
use std::sync::Arc;

use scim_core::schema::{AttrType, Attribute, Schema, SchemaExtension};
use scim_core::{Resource, SchemaSet, SchemaUri};
use scim_filter::{CheckOptions, Filter, UnknownAttribute};
use serde_json::{Value, json};

/// Users with numbers, dates, binaries and plain lists.
fn schemas() -> SchemaSet {
    let of = |name: &str, kind| Attribute::new(name.parse().unwrap(), kind);
    let attributes = vec![
        of("number", AttrType::Decimal),
        of("count", AttrType::Integer),
        of("counts", AttrType::Integer).with_multi_valued(true),
        of("since", AttrType::DateTime),
        of("key", AttrType::Binary),
        of("tags", AttrType::String).with_multi_valued(true),
        of("codes", AttrType::String).with_multi_valued(true).with_case_exact(true),
        of("link", AttrType::Reference).with_reference_types(["external"]),
    ];
    let more = Schema::new("urn:x:more".parse().unwrap(), "More", "", attributes).unwrap();
    let user = Arc::clone(SchemaSet::user().base());
    let enterprise = SchemaSet::user().extension(&SchemaUri::ENTERPRISE_USER).unwrap().clone();
    SchemaSet::new(user, [enterprise, SchemaExtension::optional(Arc::new(more))]).unwrap()
}

fn user(json: Value) -> Resource {
    let Value::Object(map) = json else { panic!("not an object") };
    Resource::from_canonical(map, &schemas())
}

fn example(name: &str) -> Resource {
    let file = format!("{}/../scim-testing/testdata/rfc7643/{name}.json", env!("CARGO_MANIFEST_DIR"));
    user(serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap())
}

fn matches(text: &str, resource: &Resource) -> bool {
    text.parse::<Filter>().unwrap().check(&schemas()).unwrap().matches(resource)
}

/// Asserts which of these filters match, and that the negation of each says the opposite.
#[track_caller]
fn assert_matches(resource: &Resource, yes: &[&str], no: &[&str]) {
    for (texts, expected) in [(yes, true), (no, false)] {
        for text in texts {
            assert_eq!(matches(text, resource), expected, "{text}");
            assert_eq!(matches(&format!("not ({text})"), resource), !expected, "not ({text})");
        }
    }
}

#[test]
fn section_3_4_2_2_figure_2_on_the_full_user() {
    assert_matches(
        &example("8.2-user-full"),
        &[
            r#"userName eq "bjensen@example.com""#,
            r#"name.familyName co "ens""#,
            r#"userName sw "BJ""#,
            r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "b""#,
            "title pr",
            r#"meta.lastModified gt "2011-05-13T04:42:33Z""#,
            r#"meta.lastModified ge "2011-05-13T04:42:34Z""#,
            r#"meta.lastModified le "2011-05-13T04:42:34.000Z""#,
            r#"title pr and userType eq "Employee""#,
            r#"title pr or userType eq "Intern""#,
            r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
            r#"userType eq "Employee" and (emails.type eq "work")"#,
            r#"userType eq "Employee" and emails[type eq "work" and value co "@example.com"]"#,
            r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
        ],
        &[
            r#"name.familyName co "O'Malley""#,
            r#"meta.lastModified lt "2011-05-13T04:42:34Z""#,
            r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#,
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            r#"emails[type eq "home" and value co "@example.com"]"#,
        ],
    );
}

#[test]
fn extensions_are_asked_below_their_urn() {
    let user = example("8.3-user-enterprise");
    assert_matches(
        &user,
        &[
            r#"schemas eq "URN:ietf:params:scim:schemas:extension:enterprise:2.0:user""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tour operations""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName co "smith""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "26118915-6090-4610-87e4-49d8ca9f808d""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager[displayName sw "J"]"#,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
        ],
        &["urn:x:more pr", r#"urn:x:more:tags eq "a""#],
    );
}

#[test]
fn c01_nothing_is_equal_to_an_unassigned_value() {
    let nobody = user(json!({"id": "1", "emails": [{"type": "work"}]}));
    assert_matches(
        &nobody,
        &[
            r#"title ne "x""#,
            "title eq null",
            r#"name.familyName ne "x""#,
            r#"emails.value ne "x""#,
            "active ne true",
        ],
        &[
            r#"title eq "x""#,
            r#"title eq """#,
            r#"title co """#,
            r#"title ge """#,
            r#"title lt "x""#,
            "title ne null",
            "urn:x:more:count lt 5",
        ],
    );
}

#[test]
fn c02_ne_asks_all_values_outside_of_brackets_and_one_inside() {
    let two =
        user(json!({"emails": [{"value": "a@x"}, {"value": "b@x"}], "urn:x:more": {"tags": ["a", "b"]}}));
    assert_matches(
        &two,
        &[r#"emails.value ne "c@x""#, r#"emails[value ne "a@x"]"#, r#"urn:x:more:tags ne "c""#],
        &[r#"emails.value ne "a@x""#, r#"emails ne "b@x""#, r#"urn:x:more:tags ne "b""#],
    );
}

#[test]
fn c03_null_means_unassigned() {
    let user = user(json!({"title": "x", "emails": [{"value": "a@x"}]}));
    assert_matches(
        &user,
        &["title ne null", "nickName eq null", "emails ne null", "emails[type eq null]", "name eq null"],
        &["title eq null", "nickName ne null", "emails eq null", "emails[value eq null]"],
    );
}

#[test]
fn c04_what_is_empty_is_not_present_and_the_empty_string_by_choice() {
    let empty = user(
        json!({"title": "", "name": {"givenName": ""}, "emails": [], "phoneNumbers": [{}], "roles": [null]}),
    );
    assert_matches(
        &empty,
        &[],
        &["title pr", "name pr", "name.givenName pr", "emails pr", "phoneNumbers pr", "roles pr"],
    );
    let options = CheckOptions { empty_string_is_present: true, ..CheckOptions::default() };
    let matches = |text: &str| {
        text.parse::<Filter>().unwrap().check_with(&schemas(), &options).unwrap().matches(&empty)
    };
    assert!(
        matches("title pr") && matches("name pr") && matches("name.givenName pr") && matches("title ne null")
    );
    assert!(!matches("emails pr") && !matches("phoneNumbers pr"));
}

#[test]
fn c05_false_is_a_value_and_a_missing_boolean_is_not_false() {
    assert_matches(
        &user(json!({"active": false})),
        &["active pr", "active eq false", "active ne true", r#"active eq "False""#],
        &["active eq true", "active ne false"],
    );
    assert_matches(&user(json!({"id": "1"})), &["active ne false"], &["active pr", "active eq false"]);
}

#[test]
fn c06_one_assigned_part_makes_the_whole_present() {
    let user = user(json!({
        "name": {"familyName": "x"},
        "emails": [{"type": ""}, {"value": "a"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "1"}}
    }));
    assert_matches(
        &user,
        &[
            "name pr",
            "emails pr",
            "emails.value pr",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager pr",
        ],
        &["name.givenName pr", "emails.type pr"],
    );
}

#[test]
fn c07_a_complex_attribute_is_compared_by_its_value() {
    let user = user(json!({"emails": [{"value": "a@x", "type": "b@x"}]}));
    assert_matches(&user, &[r#"emails eq "A@x""#, r#"emails co "@""#], &[r#"emails eq "b@x""#]);
}

#[test]
fn c08_ids_are_exact_and_names_are_not() {
    let user = user(json!({
        "id": "aB", "externalId": "eX", "userName": "MiXed", "groups": [{"value": "gG"}],
        "meta": {"version": "W/\"a\"", "resourceType": "User"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "mM"}}
    }));
    assert_matches(
        &user,
        &[
            r#"id eq "aB""#,
            r#"externalId eq "eX""#,
            r#"userName eq "mixed""#,
            r#"userName ew "XED""#,
            r#"userName co "ixe""#,
            r#"meta.version eq "W/\"a\"""#,
            r#"groups.value eq "gG""#,
        ],
        &[
            r#"id eq "ab""#,
            r#"externalId sw "E""#,
            r#"meta.version eq "w/\"a\"""#,
            r#"meta.resourceType eq "user""#,
            r#"groups.value eq "gg""#,
            r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "mm""#,
        ],
    );
}

#[test]
fn c09_case_is_folded_and_accents_are_composed() {
    let user = user(json!({"displayName": "Straße ÄRGER", "nickName": "e\u{301}t\u{e9}"}));
    assert_matches(
        &user,
        &[
            r#"displayName eq "STRASSE ärger""#,
            r#"displayName co "SSE Ä""#,
            r#"displayName sw "strass""#,
            r#"displayName ew "A\u0308rger""#,
            r#"nickName eq "ÉTE\u0301""#,
        ],
        &[r#"displayName eq "strase arger""#, r#"nickName eq "ete""#],
    );
}

#[test]
fn c10_dates_are_instants() {
    let user = user(json!({"urn:x:more": {"since": "2011-05-13T06:42:34.5+02:00"}}));
    assert_matches(
        &user,
        &[
            r#"urn:x:more:since eq "2011-05-13T04:42:34.500Z""#,
            r#"urn:x:more:since eq "2011-05-13T04:42:34.5""#,
            r#"urn:x:more:since gt "2011-05-13T06:42:34+03:00""#,
            r#"urn:x:more:since lt "2011-05-13T04:42:35Z""#,
            r#"urn:x:more:since ge "2011-05-13T04:42:34.5Z""#,
        ],
        &[
            r#"urn:x:more:since gt "2011-05-13T04:42:34.5Z""#,
            r#"urn:x:more:since eq "2011-05-13T06:42:34.5Z""#,
        ],
    );
}

#[test]
fn c11_texts_are_ordered_by_code_point_after_the_case_rule() {
    let user = user(json!({"userName": "Bob", "externalId": "Bob"}));
    assert_matches(
        &user,
        &[
            r#"userName gt "alice""#,
            r#"userName lt "CAROL""#,
            r#"userName ge "bob""#,
            r#"externalId lt "alice""#,
        ],
        &[r#"userName gt "BOB""#, r#"externalId gt "alice""#],
    );
}

#[test]
fn c12_numbers_are_numbers_whatever_their_spelling() {
    let user =
        user(json!({"urn:x:more": {"number": 1.5, "count": 9_007_199_254_740_993_u64, "counts": [1, 20]}}));
    assert_matches(
        &user,
        &[
            "urn:x:more:number eq 1.50",
            "urn:x:more:number eq 15e-1",
            "urn:x:more:number lt 2",
            "urn:x:more:count eq 9007199254740993",
            "urn:x:more:count eq 9007199254740993.0",
            "urn:x:more:count gt 9007199254740992",
            "urn:x:more:count lt 100000000000000000000000000000000000000000000000000",
            "urn:x:more:counts eq 20",
            "urn:x:more:counts gt 5",
            "urn:x:more:counts lt 5",
        ],
        &["urn:x:more:count eq 9007199254740992", "urn:x:more:counts ne 1", "urn:x:more:counts eq 2"],
    );
}

#[test]
fn c13_binaries_and_references_are_exact_texts() {
    let user = user(json!({"urn:x:more": {"key": "aGVsbG8=", "link": "https://Example.com/A"}}));
    assert_matches(
        &user,
        &[r#"urn:x:more:key eq "aGVsbG8=""#, r#"urn:x:more:key sw "aGV""#, r#"urn:x:more:link co "Example""#],
        &[r#"urn:x:more:key eq "AGVSBG8=""#, r#"urn:x:more:link eq "https://example.com/A""#],
    );
}

#[test]
fn c14_an_attribute_of_another_type_has_no_value() {
    let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    let group = Resource::from_canonical(
        json!({"displayName": "Tour Guides", "members": [{"value": "1"}]}).as_object().unwrap().clone(),
        SchemaSet::group(),
    );
    for (text, expected) in [
        ("userName pr", false),
        ("userName eq null", true),
        ("userName ne null", false),
        (r#"userName eq "x""#, false),
        (r#"userName ne "x""#, true),
        (r#"emails[type eq "work"]"#, false),
        (r#"userName eq "x" or displayName sw "tour""#, true),
        ("members[colour eq 1]", false),
    ] {
        let typed = text.parse::<Filter>().unwrap().check_with(SchemaSet::group(), &options).unwrap();
        assert_eq!(typed.matches(&group), expected, "{text}");
    }
}

#[test]
fn c18_a_comparison_after_brackets_asks_the_same_element() {
    use scim_core::{Limits, Profile};
    let two = user(json!({"emails": [{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@x"}]}));
    for (text, expected) in [
        (r#"emails[type eq "work"].value eq "a@x""#, true),
        (r#"emails[type eq "work"].value eq "b@x""#, false),
        (r#"emails[type eq "home" or type eq "work"].value sw "b""#, true),
        (r#"emails[type eq "home"].value pr"#, true),
        (r#"emails[type eq "home"].display pr"#, false),
    ] {
        let parsed = Filter::parse_with(text, &Limits::default(), &Profile::lenient()).unwrap();
        assert_eq!(parsed.deviations.len(), 1);
        assert_eq!(parsed.filter.check(&schemas()).unwrap().matches(&two), expected, "{text}");
    }
}

#[test]
fn c19_value_stands_for_a_simple_element() {
    let user = user(json!({"urn:x:more": {"tags": ["Red", "blue"], "codes": ["Ab"]}}));
    assert_matches(
        &user,
        &[
            r#"urn:x:more:tags eq "red""#,
            r#"urn:x:more:tags[value eq "red"]"#,
            r#"urn:x:more:tags[value sw "b" and value ew "E"]"#,
            r#"urn:x:more:tags sw "r" and urn:x:more:tags ew "e""#,
        ],
        &[r#"urn:x:more:tags[value sw "r" and value ew "e"]"#, r#"urn:x:more:codes[value eq "ab"]"#],
    );
}

#[test]
fn c22_references_to_resources_are_compared_by_what_they_mean() {
    let user = user(json!({"groups": [{"value": "1", "$ref": "https://example.com/v2/Groups/1"}]}));
    assert_matches(
        &user,
        &[
            r#"groups.$ref eq "https://example.com/v2/Groups/1""#,
            r#"groups.$ref eq "https://example.com/Groups/1""#,
            r#"groups.$ref eq "../Groups/1""#,
            r#"groups.$ref ew "/Groups/1""#,
            r#"groups[$ref ne "../Groups/2"]"#,
        ],
        &[
            r#"groups.$ref eq "../Users/1""#,
            r#"groups.$ref ne "../Groups/1""#,
            r#"groups.$ref ew "/groups/1""#,
        ],
    );
}

#[test]
fn one_element_satisfies_a_whole_value_path() {
    let two = user(
        json!({"emails": [{"type": "work", "value": "a@x", "primary": true}, {"type": "home", "value": "b@x"}]}),
    );
    assert_matches(
        &two,
        &[
            r#"emails[type eq "work" and value eq "a@x"]"#,
            r#"emails.type eq "work" and emails.value eq "b@x""#,
            r#"emails[type eq "home" and not (primary eq true)]"#,
            r#"emails[(type eq "home" or type eq "other") and value sw "b"]"#,
            r#"not (emails[type eq "other"])"#,
        ],
        &[
            r#"emails[type eq "work" and value eq "b@x"]"#,
            r#"emails[type eq "home" and primary pr]"#,
            r#"emails[not (type pr)]"#,
            r#"phoneNumbers[not (type eq "work")]"#,
        ],
    );
}

#[test]
fn entra_asks_for_id_and_manager_together() {
    let user = user(json!({
        "id": "7",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "2819"}}
    }));
    assert_matches(
        &user,
        &[r#"id eq "7" and urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "2819""#],
        &[r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "2820" and id eq "7""#],
    );
}

#[test]
fn policies_of_c_02_c_05_and_c_10() {
    let user = user(json!({
        "userName": "bjensen",
        "emails": [{"value": "a@x", "type": "work", "primary": true}, {"value": "b@x"}],
        "urn:x:more": {"tags": ["red", "blue"], "since": "2011-05-13T04:42:34Z"},
    }));
    let with = |options: CheckOptions<'_>, text: &str| {
        text.parse::<Filter>()
            .unwrap()
            .check_with(&schemas(), &options)
            .map(|typed| typed.matches(&user))
            .ok()
    };
    // The filter, what it says by default, and what it says under the policy.
    let ne = CheckOptions { ne_is_existential: true, ..CheckOptions::default() };
    for (text, plain, policy) in [
        (r#"emails.value ne "a@x""#, false, true),
        (r#"emails ne "a@x""#, false, true),
        (r#"not (emails.value ne "a@x")"#, true, false),
        (r#"emails[value ne "a@x"]"#, true, true),
        (r#"urn:x:more:tags ne "red""#, false, true),
        (r#"roles.value ne "x""#, true, false),
        (r#"userName ne "bjensen""#, false, false),
        (r#"title ne "x""#, true, true),
    ] {
        assert_eq!(with(CheckOptions::default(), text), Some(plain), "{text}");
        assert_eq!(with(ne, text), Some(policy), "{text}");
    }
    let falsy = CheckOptions { missing_boolean_is_false: true, ..CheckOptions::default() };
    for (text, plain, policy) in [
        ("active eq false", false, true),
        ("active ne false", true, false),
        ("active eq true", false, false),
        ("active ne true", true, true),
        ("emails.primary eq false", false, true),
        ("emails.primary ne false", true, false),
        (r#"emails[value eq "b@x" and primary eq false]"#, false, true),
        (r#"emails[value eq "a@x" and primary ne false]"#, true, true),
        ("active pr", false, false),
    ] {
        assert_eq!(with(CheckOptions::default(), text), Some(plain), "{text}");
        assert_eq!(with(falsy, text), Some(policy), "{text}");
    }
    let dates = CheckOptions { text_on_dates: true, ..CheckOptions::default() };
    for (text, policy) in [
        (r#"urn:x:more:since sw "2011-05""#, true),
        (r#"urn:x:more:since co "T05""#, false),
        (r#"urn:x:more:since eq "2011-05-13T06:42:34+02:00""#, true),
    ] {
        assert_eq!(with(dates, text), Some(policy), "{text}");
    }
    assert_eq!(with(CheckOptions::default(), r#"urn:x:more:since sw "2011""#), None);
}
