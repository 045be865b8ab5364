//! Laws of PATCH over generated resources and requests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use proptest::prelude::*;
use scim_core::multi_valued::same_element;
use scim_core::{Profile, Resource, SchemaSet, attr};
use scim_patch::{Delta, Dialect, DiffOptions, PatchRequest};
use scim_testing::patches::custom;
use scim_testing::patches::generated::{group, membership, request, user};
use serde_json::Value;

const DIALECTS: [Dialect; 4] = [Dialect::Rfc, Dialect::Entra, Dialect::EntraScim062020, Dialect::Explicit];

/// The same but for the order of elements, which means nothing.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(sorted).collect();
            elements.sort_by_key(ToString::to_string);
            Value::Array(elements)
        }
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect(),
        other => other.clone(),
    }
}

fn same(a: &Resource, b: &Resource) -> bool {
    sorted(&Value::Object(a.as_map().clone())) == sorted(&Value::Object(b.as_map().clone()))
}

/// The difference leads from one to the other, in memory and over the wire, in every dialect, whole and in pieces.
fn leads(before: &Resource, after: &Resource, schemas: &SchemaSet) -> Result<(), TestCaseError> {
    let patch = PatchRequest::diff(before, after, schemas);
    let result = patch.apply(before, schemas).unwrap_or_else(|error| panic!("{error}: {}", wire(&patch)));
    prop_assert!(same(&result.resource, after), "{:?} is not {after:?} by {}", result.resource, wire(&patch));
    prop_assert_eq!(result.changed.is_empty(), patch.is_empty(), "{}", wire(&patch));
    prop_assert!(PatchRequest::diff(&result.resource, after, schemas).is_empty());
    for dialect in DIALECTS {
        for chunk in [None, Some(1), Some(3)] {
            let options = DiffOptions { dialect, chunk };
            let mut now = before.clone();
            for patch in PatchRequest::diff_with(before, after, schemas, &options) {
                let sent = wire(&patch);
                let profile = match dialect {
                    Dialect::Rfc | Dialect::Explicit => Profile::rfc(),
                    _ => Profile::lenient(),
                };
                let read = PatchRequest::parse(serde_json::from_str(&sent).unwrap(), schemas, &profile);
                let read = read.unwrap_or_else(|error| panic!("{error}: {sent}"));
                read.apply_to(&mut now, schemas).unwrap_or_else(|error| panic!("{error}: {sent}"));
            }
            prop_assert!(same(&now, after), "{dialect:?} {chunk:?}: {now:?} is not {after:?}");
        }
    }
    Ok(())
}

fn wire(patch: &PatchRequest) -> String {
    serde_json::to_string(patch).unwrap()
}

/// A delta, taken literally.
fn literally(delta: &Delta, list: &mut Vec<Value>, schemas: &SchemaSet) {
    let members = schemas.resolve(&attr::MEMBERS).unwrap();
    let attribute = members.attribute().unwrap();
    if delta.clear {
        list.clear();
    }
    list.retain(|member| !delta.remove.iter().any(|id| member["value"] == **id));
    for new in &delta.add {
        if !list.iter().any(|member| same_element(attribute, member, new)) {
            list.push(new.clone());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_difference_of_users_leads_there((before, after) in (user(), user())) {
        leads(&before, &after, custom())?;
    }

    #[test]
    fn a_difference_of_groups_leads_there((before, after) in (group(10), group(10))) {
        leads(&before, &after, SchemaSet::group())?;
    }

    #[test]
    fn all_or_nothing_through_both_doors((before, body, rfc) in (user(), request(), any::<bool>())) {
        let profile = if rfc { Profile::rfc() } else { Profile::lenient() };
        let Ok(patch) = PatchRequest::parse(body, custom(), &profile) else { return Ok(()) };
        let mut in_place = before.clone();
        match (patch.apply(&before, custom()), patch.apply_to(&mut in_place, custom())) {
            (Ok(copied), Ok(changed)) => {
                prop_assert_eq!(&copied.resource, &in_place);
                prop_assert_eq!(&copied.changed, &changed);
                if changed.is_empty() {
                    prop_assert_eq!(&in_place, &before);
                }
                let difference = PatchRequest::diff(&before, &in_place, custom());
                prop_assert!(same(&difference.apply(&before, custom()).unwrap().resource, &in_place));
            }
            (Err(a), Err(b)) => {
                prop_assert_eq!(a, b);
                prop_assert_eq!(in_place, before);
            }
            (a, b) => prop_assert!(false, "the doors disagree: {a:?} {b:?}"),
        }
    }

    #[test]
    fn normalising_twice_is_normalising_once((before, body) in (user(), request())) {
        let Ok(once) = PatchRequest::parse(body, custom(), &Profile::lenient()) else { return Ok(()) };
        if once.is_empty() {
            return Ok(());
        }
        let sent = wire(&once);
        let twice = PatchRequest::parse(serde_json::from_str(&sent).unwrap(), custom(), &Profile::lenient())
            .unwrap_or_else(|error| panic!("{error}: {sent}"));
        prop_assert_eq!(wire(&twice), sent);
        let (a, b) = (once.apply(&before, custom()), twice.apply(&before, custom()));
        prop_assert_eq!(a.is_ok(), b.is_ok());
        if let (Ok(a), Ok(b)) = (a, b) {
            prop_assert_eq!(a, b);
        }
    }

    #[test]
    fn a_delta_agrees_with_the_request((before, body) in (group(12), membership())) {
        let schemas = SchemaSet::group();
        let Ok(patch) = PatchRequest::parse(body, schemas, &Profile::lenient()) else { return Ok(()) };
        let mut in_place = before.clone();
        patch.apply_to(&mut in_place, schemas).unwrap();
        prop_assert_eq!(&patch.apply(&before, schemas).unwrap().resource, &in_place);
        let Some(delta) = patch.delta(&attr::MEMBERS) else { return Ok(()) };
        let list = |resource: &Resource| -> Vec<Value> { resource.get_all(&attr::MEMBERS).cloned().collect() };
        let mut members = list(&before);
        literally(&delta, &mut members, schemas);
        prop_assert_eq!(sorted(&Value::Array(members)), sorted(&Value::Array(list(&in_place))));
    }

    /// A run of operations on one list is merged; one by one they do the same.
    #[test]
    fn a_run_does_what_its_operations_do((before, body) in (group(12), membership())) {
        let schemas = SchemaSet::group();
        let Ok(together) = PatchRequest::parse(body.clone(), schemas, &Profile::lenient()) else { return Ok(()) };
        let mut one_by_one = before.clone();
        for operation in body["Operations"].as_array().unwrap() {
            let body = serde_json::json!({"schemas": body["schemas"], "Operations": [operation]});
            let patch = PatchRequest::parse(body, schemas, &Profile::lenient()).unwrap();
            patch.apply_to(&mut one_by_one, schemas).unwrap();
        }
        prop_assert_eq!(together.apply(&before, schemas).unwrap().resource, one_by_one);
    }
}
