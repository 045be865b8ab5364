//! RFC 7643: what the characteristics of an attribute mean for a comparison.

use serde_json::json;

use super::*;
use scim_testing::schemas::EVERY;

#[test]
fn r7643_2_3_6_03_binaries_compare_exactly() {
    assert_matches(
        &user(json!({"x509Certificates": [{"value": "aGVsbG8="}]})),
        &[r#"x509Certificates.value eq "aGVsbG8=""#, r#"x509Certificates sw "aGV""#],
        &[r#"x509Certificates.value eq "AGVSBG8=""#, r#"x509Certificates sw "AGV""#],
    );
}

#[test]
fn r7643_2_3_7_03_references_compare_exactly() {
    assert_matches(
        &user(json!({"profileUrl": "https://example.com/Babs"})),
        &[r#"profileUrl eq "https://example.com/Babs""#, r#"profileUrl ew "Babs""#],
        &[r#"profileUrl eq "https://example.com/babs""#, r#"profileUrl ew "babs""#],
    );
}

#[test]
fn r7643_7_05_filters_honour_case_exact() {
    let members = json!({"id": "aB", "userName": "aB", EVERY.as_str(): {"exact": "aB", "string": "aB"}});
    assert_matches(
        &user(members),
        &[
            r#"userName eq "AB""#,
            r#"urn:example:params:scim:every:1.0:Every:string co "AB""#,
            r#"urn:example:params:scim:every:1.0:Every:exact co "aB""#,
        ],
        &[
            r#"id eq "AB""#,
            r#"urn:example:params:scim:every:1.0:Every:exact eq "AB""#,
            r#"urn:example:params:scim:every:1.0:Every:exact ew "b""#,
        ],
    );
}

#[test]
fn r7643_4_1_1_12_every_question_about_a_password_is_refused() {
    for op in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
        assert_refused(&[&format!("password {op} \"x\"")]);
    }
    assert_refused(&["password pr", "password eq null"]);
}
