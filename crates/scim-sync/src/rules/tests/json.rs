//! Rules as JSON.

use serde_json::json;

use crate::rules::{Clause, Operator, Rules, ScopingFilter};

#[test]
fn the_default_as_json() {
    let rules = Rules::entra_to_atlassian();
    insta::assert_snapshot!(serde_json::to_string_pretty(&rules).unwrap());
}

#[test]
fn what_is_written_is_read() {
    let mut rich = Rules::entra_to_scim();
    rich.users.filters = vec![ScopingFilter::new(
        "A",
        [Clause::new("department", Operator::Equals, "Sales"), Clause::bare("country", Operator::IsNotNull)],
    )];
    rich.users.mappings[2].default = Some(json!("Nobody"));
    for rules in [Rules::default(), Rules::entra_to_atlassian(), rich] {
        let written = serde_json::to_string(&rules).unwrap();
        assert_eq!(serde_json::from_str::<Rules>(&written).unwrap(), rules);
    }
    assert_eq!(serde_json::from_str::<Rules>("{}").unwrap(), Rules::default());
}

#[test]
fn what_is_unknown_is_refused() {
    let mapping = |value| json!({"users": {"mappings": [value]}});
    let said: Vec<String> = [
        json!({"skipOutOfScopeDeletion": true}),
        json!({"users": {"mapping": []}}),
        mapping(json!({"target": "title", "source": {"direct": "x"}, "matchin": 1})),
        mapping(json!({"target": "title", "source": {"dirct": "x"}})),
        mapping(json!({"target": "title"})),
        mapping(json!({"target": "title", "source": {"reference": "owner"}})),
        json!({"users": {"filters": [{"title": "A", "clauses": [{"attribute": "x", "operator": "LIKE"}]}]}}),
        json!({"users": {"filters": [{"title": "A", "clauses": [], "any": true}]}}),
        json!({"assignment": "some"}),
    ]
    .map(|json| serde_json::from_value::<Rules>(json).unwrap_err().to_string())
    .to_vec();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn the_fingerprint_follows_the_rules() {
    let rules = Rules::entra_to_atlassian();
    assert_eq!(rules.fingerprint(), rules.clone().fingerprint());
    assert_eq!(rules.fingerprint().len(), 64);
    let mut changed = rules.clone();
    changed.users.mappings[5].matching = Some(2);
    assert_ne!(rules.fingerprint(), changed.fingerprint());
    changed = rules.clone();
    changed.users.filters.push(ScopingFilter::new("A", []));
    assert_ne!(rules.fingerprint(), changed.fingerprint());
}
