//! RFC 7644: queries.

use scim_core::{Limits, Profile};
use scim_filter::query::Query;
use scim_filter::{CheckOptions, UnknownAttribute};

use super::*;

#[test]
fn r7644_3_4_2_1_02_the_resource_type_can_be_asked_for() {
    assert_matches(
        &example("8.2-user-full"),
        &[r#"meta.resourceType eq "User""#],
        &[r#"meta.resourceType eq "Group""#],
    );
}

#[test]
fn r7644_3_4_2_1_04_what_a_type_lacks_has_no_value() {
    let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
    for (text, expected) in [
        (r#"userName eq "x""#, false),
        ("userName pr", false),
        (r#"userName ne "x" and displayName pr"#, true),
    ] {
        let filter: Filter = text.parse().unwrap();
        assert_eq!(filter.check_with(SchemaSet::group(), &options).unwrap().matches(&group()), expected);
    }
}

#[test]
fn r7644_3_4_2_2_02_only_what_matches_is_returned() {
    let users = ["a", "b", "ab"].map(|name| user(json!({"userName": name})));
    let filter = checked(r#"userName co "b""#).unwrap();
    let found: Vec<bool> = users.iter().map(|user| filter.matches(user)).collect();
    assert_eq!(found, [false, true, true]);
}

#[test]
fn r7644_3_4_2_2_03_names_and_operators_in_any_case() {
    assert_matches(
        &user(json!({"userName": "b", "title": "t", "emails": [{"type": "work"}]})),
        &[
            r#"USERNAME EQ "b" AND Title Pr"#,
            r#"NOT (username nE "b") Or EMAILS[TYPE Sw "w"]"#,
            r#"uSeRnAmE gE "a" aNd username LT "c""#,
        ],
        &[],
    );
}

#[test]
fn r7644_3_4_2_2_04_a_filter_is_at_least_one_expression() {
    assert_refused(&["", " ", "()", "userName", "userName eq", "eq \"x\"", "\"x\"", "not"]);
    assert!(checked("userName pr").is_ok());
}

#[test]
fn r7644_3_4_2_2_05_all_else_is_an_invalid_filter() {
    assert_refused(&[
        "userName == \"x\"",
        "a,b",
        "[type pr]",
        "emails[a[b pr]]",
        "not title pr",
        "title pr &&",
    ]);
}

#[test]
fn r7644_3_4_2_2_06_eq_is_identity_and_ne_its_negation() {
    assert_matches(
        &user(json!({"title": "x"})),
        &[r#"title eq "x""#, r#"title ne "y""#, r#"nickName ne "x""#],
        &[r#"title ne "x""#, r#"title eq "xx""#, r#"nickName eq "x""#],
    );
}

#[test]
fn r7644_3_4_2_2_07_substrings() {
    assert_matches(
        &user(json!({"title": "abc"})),
        &[
            r#"title co "b""#,
            r#"title sw "ab""#,
            r#"title ew "bc""#,
            r#"title co "abc""#,
            r#"title sw "abc""#,
            r#"title ew "abc""#,
        ],
        &[r#"title co "ac""#, r#"title sw "bc""#, r#"title ew "ab""#, r#"title sw "abcd""#],
    );
}

#[test]
fn r7644_3_4_2_2_08_presence() {
    assert_matches(
        &user(
            json!({"title": "x", "active": false, "nickName": "", "name": {"givenName": "x"}, "emails": [{}]}),
        ),
        &["title pr", "active pr", "name pr", "name.givenName pr"],
        &["nickName pr", "name.familyName pr", "emails pr", "locale pr"],
    );
}

#[test]
fn r7644_3_4_2_2_09_order_by_type() {
    let every = json!({
        "title": "b",
        "urn:example:params:scim:every:1.0:Every": {"integer": 10, "dateTime": "2011-05-13T06:42:34+02:00"}
    });
    assert_matches(
        &user(every),
        &[
            r#"title gt "a" and title ge "b" and title lt "c" and title le "b""#,
            "urn:example:params:scim:every:1.0:Every:integer gt 9",
            r#"urn:example:params:scim:every:1.0:Every:dateTime le "2011-05-13T04:42:34Z""#,
        ],
        &[
            r#"title gt "b" or title lt "b""#,
            "urn:example:params:scim:every:1.0:Every:integer lt 9",
            r#"urn:example:params:scim:every:1.0:Every:dateTime gt "2011-05-13T05:00:00Z""#,
        ],
    );
}

#[test]
fn r7644_3_4_2_2_10_no_order_of_booleans_and_binaries() {
    for op in ["gt", "ge", "lt", "le"] {
        assert_refused(&[&format!("active {op} true"), &format!("x509Certificates.value {op} \"eA==\"")]);
    }
}

#[test]
fn r7644_3_4_2_2_11_groups_then_not_then_and_then_or() {
    let user = user(json!({"title": "x"}));
    assert_matches(
        &user,
        &[
            "title pr or title pr and locale pr",
            "not (locale pr) or locale pr and locale pr",
            "not (locale pr) and title pr",
        ],
        &[
            "(title pr or title pr) and locale pr",
            "not (locale pr or title pr)",
            "locale pr and locale pr or locale pr",
        ],
    );
}

#[test]
fn r7644_3_4_2_2_12_parentheses_group() {
    let grouped: Filter = "a pr and (b pr or c pr)".parse().unwrap();
    assert_ne!(grouped, "a pr and b pr or c pr".parse().unwrap());
    assert_eq!(grouped, "((a pr) and ((b pr or c pr)))".parse().unwrap());
}

#[test]
fn r7644_3_4_2_2_13_one_element_satisfies_the_whole_value_path() {
    assert_matches(
        &user(json!({"emails": [{"type": "work", "value": "a"}, {"type": "home", "value": "b"}]})),
        &[r#"emails[type eq "work" and value eq "a"]"#, r#"emails.type eq "work" and emails.value eq "b""#],
        &[r#"emails[type eq "work" and value eq "b"]"#],
    );
}

#[test]
fn r7644_3_4_2_2_14_a_value_path_names_sub_attributes() {
    assert_refused(&[
        "emails[userName pr]",
        "emails[emails.type pr]",
        "emails[colour pr]",
        "userName[value pr]",
    ]);
}

#[test]
fn r7644_3_4_2_2_15_any_value_will_do() {
    assert_matches(
        &user(json!({"emails": [{"value": "a@x"}, {"value": "b@y"}]})),
        &[r#"emails.value sw "a""#, r#"emails.value sw "b""#, r#"emails co "@y""#],
        &[r#"emails.value sw "c""#],
    );
}

#[test]
fn r7644_3_4_2_2_16_complex_attributes_are_compared_by_sub_attribute() {
    assert_refused(&["name eq \"x\"", "meta co \"x\"", "addresses sw \"x\""]);
    assert!(checked("name.familyName eq \"x\"").is_ok());
    assert!(checked("emails co \"example.com\"").is_ok());
}

#[test]
fn r7644_3_4_2_2_18_unknown_operators_are_named() {
    let error = checked(r#"userName regex "x""#).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "400 invalidFilter: `regex` is not an operator, at byte 9");
}

#[test]
fn r7644_3_4_2_2_20_strings_honour_case_exact() {
    assert_matches(
        &user(json!({"userName": "MiXed", "externalId": "MiXed"})),
        &[r#"userName eq "mixed""#, r#"externalId eq "MiXed""#],
        &[r#"externalId eq "mixed""#, r#"externalId co "ixe""#],
    );
}

#[test]
fn r7644_3_4_2_2_21_extensions_are_found_by_schemas() {
    let with = r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#;
    assert_matches(&example("8.3-user-enterprise"), &[with], &[]);
    assert_matches(&example("8.2-user-full"), &[], &[with]);
}

#[test]
fn r7644_3_4_3_03_a_body_has_the_same_grammar_and_no_percent_encoding() {
    let read = |filter: &str| {
        let body =
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": filter});
        Query::from_search_request(body, &Limits::default(), &Profile::rfc())
    };
    assert_eq!(
        read("title eq \"50%20+\"").unwrap().query.filter,
        Some("title eq \"50%20+\"".parse().unwrap())
    );
    assert!(read("title%20pr").is_err());
    assert!(read("title+pr").is_err());
}

#[test]
fn r7644_3_10_01_every_part_of_a_path_in_any_case() {
    assert_matches(
        &example("8.3-user-enterprise"),
        &[
            "URN:IETF:params:scim:schemas:core:2.0:USER:NAME.FAMILYNAME pr",
            "urn:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:user:Manager.DisplayName pr",
        ],
        &[],
    );
}

#[test]
fn r7644_7_8_01_texts_are_prepared_before_they_are_compared() {
    assert_matches(
        &user(json!({"displayName": "Jos\u{e9} Stra\u{df}e"})),
        &[r#"displayName eq "JOSE\u0301 STRASSE""#, r#"displayName co "e\u0301 s""#],
        &[r#"displayName eq "jose strasse""#],
    );
}
