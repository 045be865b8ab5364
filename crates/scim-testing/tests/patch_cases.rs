//! PATCH, case by case: `testdata/patch/*.jsonl`, each under both profiles and through both doors.
//!
//! A line has a name, the resource to start from (`on`), the operations (`ops`) or a whole body, and what has to come of
//! it: the top-level members that are another value `then` (null: none), or an `error`. `rfc` is the error under
//! `Profile::rfc()`, where that is another; `<U>`, `<E>` and `<X>` stand for the URNs of the schemas.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use std::collections::BTreeSet;

use scim_core::{AttrPath, Profile, Resource, SchemaSet, SchemaUri, ScimError};
use scim_patch::{PatchError, PatchRequest};
use scim_testing::corpus;
use scim_testing::patches::{CUSTOM, fixture};
use serde_json::{Value, json};

fn cases() -> Vec<(String, Value)> {
    let mut cases = Vec::new();
    for file in corpus::files("patch") {
        for line in corpus::text(&file).lines().filter(|line| !line.is_empty()) {
            let line = line
                .replace("<U>", SchemaUri::USER.as_str())
                .replace("<E>", SchemaUri::ENTERPRISE_USER.as_str())
                .replace("<X>", CUSTOM.as_str());
            let case: Value =
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{file}: {error}: {line}"));
            cases.push((format!("{file}: {}", case["name"].as_str().unwrap()), case));
        }
    }
    cases
}

fn body(case: &Value) -> Value {
    case.get("body").cloned().unwrap_or_else(
        || json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": case["ops"]}),
    )
}

fn lenient(case: &Value) -> Profile {
    match case.get("profile").and_then(Value::as_str) {
        Some("entra") => Profile::lenient().with(&scim_patch::normalize::ENTRA),
        _ => Profile::lenient(),
    }
}

/// Through both doors, which have to agree.
fn patched(
    patch: &PatchRequest,
    before: &Resource,
    schemas: &SchemaSet,
) -> Result<(Resource, Vec<AttrPath>), PatchError> {
    let copied = patch.apply(before, schemas);
    let mut in_place = before.clone();
    match (copied, patch.apply_to(&mut in_place, schemas)) {
        (Ok(copied), Ok(changed)) => {
            assert_eq!(copied.resource, in_place);
            assert_eq!(copied.changed, changed);
            Ok((in_place, changed))
        }
        (Err(a), Err(b)) => {
            assert_eq!(a, b);
            assert_eq!(in_place, *before, "not everything was put back");
            Err(a)
        }
        (a, b) => panic!("the doors disagree: {a:?} and {b:?}"),
    }
}

fn run(name: &str, case: &Value, profile: &Profile, then: &Value, error: &Value) -> Option<PatchError> {
    let (before, schemas) = fixture(case["on"].as_str().unwrap());
    let result = PatchRequest::parse(body(case), schemas, profile)
        .and_then(|patch| patched(&patch, &before, schemas).map(|(after, changed)| (patch, after, changed)));
    match (result, error) {
        (Ok((patch, after, changed)), Value::Null) => {
            let mut expected = before.clone().into_map();
            for (key, value) in then.as_object().unwrap_or_else(|| panic!("{name}: nothing expected")) {
                match value {
                    Value::Null => drop(expected.remove(key)),
                    value => drop(expected.insert(key.clone(), value.clone())),
                }
            }
            assert_eq!(Value::Object(after.into_map()), Value::Object(expected), "{name}");
            if let Some(expected) = case["changed"].as_array() {
                let changed: BTreeSet<String> = changed.iter().map(ToString::to_string).collect();
                let expected: BTreeSet<String> =
                    expected.iter().map(|path| path.as_str().unwrap().to_owned()).collect();
                assert_eq!(changed, expected, "{name}");
            }
            if then.as_object().is_some_and(|then| !then.is_empty()) {
                assert!(!changed.is_empty(), "{name}: nothing is said to be changed");
            }
            if let Some(cleared) = case["clears"].as_str() {
                assert!(patch.clears(&cleared.parse().unwrap()), "{name}");
            }
            again(name, &patch, &before, schemas, profile);
            None
        }
        (Err(refused), Value::String(keyword)) => {
            let found = refused.scim_type().map(|scim_type| scim_type.as_str().to_owned());
            assert_eq!(found.as_ref(), Some(keyword), "{name}: {refused}");
            Some(refused)
        }
        (Ok((_, after, _)), error) => panic!("{name}: expected {error}, got {after:?}"),
        (Err(refused), _) => panic!("{name}: {refused}"),
    }
}

/// What was normalised is canonical: written and read again it is the same, and does the same.
fn again(name: &str, patch: &PatchRequest, before: &Resource, schemas: &SchemaSet, profile: &Profile) {
    if patch.is_empty() {
        return;
    }
    let written = serde_json::to_value(patch).unwrap();
    let read = PatchRequest::parse(written.clone(), schemas, profile)
        .unwrap_or_else(|error| panic!("{name}: {error}: {written}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), written, "{name}");
    let unusual: Vec<&str> =
        read.deviations().iter().map(scim_core::Deviation::id).filter(|id| *id != "ENT-06").collect();
    assert!(unusual.is_empty(), "{name}: {unusual:?} in {written}");
    assert_eq!(patched(&read, before, schemas), patched(patch, before, schemas), "{name}");
}

#[test]
fn under_lenient() {
    for (name, case) in cases() {
        let error = run(&name, &case, &lenient(&case), &case["then"], &case["error"]);
        if let (Some(error), Some(at)) = (error, case["at"].as_u64()) {
            assert_eq!(error.operation(), usize::try_from(at).ok(), "{name}: {error}");
        }
        if let Some(expected) = case["deviations"].as_array() {
            let (_, schemas) = fixture(case["on"].as_str().unwrap());
            let patch = PatchRequest::parse(body(&case), schemas, &lenient(&case)).unwrap();
            let ids: Vec<&str> = patch.deviations().iter().map(scim_core::Deviation::id).collect();
            assert_eq!(json!(ids), json!(expected), "{name}");
        }
    }
}

#[test]
fn under_rfc() {
    for (name, case) in cases() {
        if case.get("profile").is_some() {
            continue;
        }
        let error =
            if case["rfc"].is_null() && case["rfcThen"].is_null() { &case["error"] } else { &case["rfc"] };
        let then = if case["rfcThen"].is_null() { &case["then"] } else { &case["rfcThen"] };
        let name = format!("{name} (rfc)");
        run(&name, &case, &Profile::rfc(), then, error);
    }
}

#[test]
fn names_are_unique_and_there_are_many() {
    let cases = cases();
    let names: BTreeSet<&str> = cases.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.len() >= 150, "{}", cases.len());
}

#[test]
fn every_refusal_has_its_words() {
    let mut lines = BTreeSet::new();
    for (_, case) in cases() {
        let (before, schemas) = fixture(case["on"].as_str().unwrap());
        for profile in [lenient(&case), Profile::rfc()] {
            let patch = PatchRequest::parse(body(&case), schemas, &profile);
            if let Err(error) = patch.and_then(|patch| patch.apply(&before, schemas)) {
                let text = error.to_string();
                assert!(!text.contains('\n'), "{text}");
                lines.insert(format!("{:?}", ScimError::from(error).to_string()));
            }
        }
    }
    insta::assert_snapshot!(lines.into_iter().collect::<Vec<_>>().join("\n"));
}
