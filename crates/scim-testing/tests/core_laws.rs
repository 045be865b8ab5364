//! What holds for all names, documents, schemas and resources.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use scim_core::multi_valued::{same_element, same_value};
use scim_core::schema::{AttrType, Attribute, Returned, Schema};
use scim_core::value::text;
use scim_core::{
    Admitted, AttrName, AttrPath, BulkRequest, BulkResponse, Group, Intent, Limits, ListResponse, Profile,
    Resource, ResourceType, SchemaSet, SchemaUri, ScimError, ServiceProviderConfig, Text, User, json,
};
use scim_testing::arbitrary;
use serde_json::{Map, Value};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    }
}

fn profiles() -> [Profile; 2] {
    [Profile::lenient(), Profile::rfc()]
}

fn map(admitted: Admitted) -> Map<String, Value> {
    admitted.resource.into_map()
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// A set and a body for it.
fn set_and_body(loose: bool) -> impl Strategy<Value = (SchemaSet, Value)> {
    let set = prop_oneof![
        Just(SchemaSet::user().clone()),
        Just(SchemaSet::group().clone()),
        arbitrary::schema_set(),
        arbitrary::schema_set(),
    ];
    set.prop_flat_map(move |set| {
        let body = arbitrary::body_of(&set, loose);
        (Just(set), body)
    })
}

/// A resource as a server holds it.
fn stored() -> impl Strategy<Value = Resource> {
    set_and_body(false)
        .prop_map(|(set, body)| set.admit(body, Intent::Response, &Profile::rfc()).unwrap().resource)
}

fn set_of(resource: &Resource) -> &SchemaSet {
    resource.schema_set().unwrap()
}

/// The definitions of a set by the place of their values in a document.
fn defined<'a>(set: &'a SchemaSet, map: &'a Map<String, Value>) -> Vec<(&'a Attribute, &'a Value)> {
    let mut all: Vec<(&Attribute, &Value)> = set
        .attributes()
        .filter_map(|attribute| Some((&**attribute, map.get(attribute.name().as_str())?)))
        .collect();
    for extension in set.extensions() {
        let Some(Value::Object(container)) = map.get(extension.schema().id().as_str()) else { continue };
        for attribute in extension.schema().attributes() {
            all.extend(container.get(attribute.name().as_str()).map(|value| (&**attribute, value)));
        }
    }
    all
}

fn elements(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |elements| elements.iter().collect())
}

/// Asserts that what is left when a gate refuses is a request error with a keyword.
fn is_a_request_error(error: &ScimError) -> Result<(), TestCaseError> {
    prop_assert_eq!(error.status(), 400, "{}", error);
    prop_assert!(error.scim_type().is_some(), "{}", error);
    let detail = error.detail().unwrap_or_default();
    prop_assert!(!detail.is_empty() && !detail.contains(char::is_control), "{}", error);
    prop_assert!(detail.len() < 8192, "{}", detail.len());
    Ok(())
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn a_typed_user_is_read_as_it_was_written(user in arbitrary::user()) {
        let text = serde_json::to_string(&user).unwrap();
        prop_assert_eq!(&serde_json::from_str::<User>(&text).unwrap(), &user);
        prop_assert_eq!(&serde_json::from_value::<User>(serde_json::to_value(&user).unwrap()).unwrap(), &user);
    }

    #[test]
    fn a_typed_group_is_read_as_it_was_written(group in arbitrary::group()) {
        let text = serde_json::to_string(&group).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Group>(&text).unwrap(), &group);
        let dynamic = Resource::from_typed(&group).unwrap();
        prop_assert_eq!(dynamic.to_typed::<Group>().unwrap(), group);
    }

    #[test]
    fn typed_and_dynamic_are_two_forms_of_one_user(user in arbitrary::user()) {
        let dynamic = Resource::from_typed(&user).unwrap();
        prop_assert_eq!(Value::Object(dynamic.as_map().clone()), serde_json::to_value(&user).unwrap());
        prop_assert_eq!(dynamic.to_typed::<User>().unwrap(), user);
    }

    #[test]
    fn what_was_admitted_is_admitted_as_it_is((set, body) in set_and_body(true)) {
        for profile in profiles() {
            for intent in [Intent::Create, Intent::Response] {
                let Ok(first) = set.admit(body.clone(), intent, &profile) else { continue };
                // What is kept as it came, although it does not fit, is met again.
                if first.deviations.iter().any(|d| ["ANSWER-01", "R7643-2.3.7-01"].contains(&d.id())) {
                    continue;
                }
                let first = map(first);
                for again in profiles() {
                    let second = set.admit(Value::Object(first.clone()), intent, &again);
                    prop_assert!(second.is_ok(), "{:?}: {:?}", first, second);
                    let second = second.unwrap();
                    // An empty URI is one to the RFCs, and none to the lenient profile.
                    if second.deviations.iter().any(|deviation| deviation.id() == "MISC-06") {
                        continue;
                    }
                    prop_assert_eq!(&second.deviations, &[]);
                    prop_assert_eq!(map(second), first.clone());
                }
            }
        }
    }

    #[test]
    fn the_case_of_names_never_matters(
        (plain, respelled) in arbitrary::user_body()
            .prop_flat_map(|body| (Just(body.clone()), arbitrary::respelled(body)))
    ) {
        for profile in profiles() {
            for intent in [Intent::Create, Intent::Response] {
                let plain = SchemaSet::user().admit(plain.clone(), intent, &profile).unwrap();
                let respelled = SchemaSet::user().admit(respelled.clone(), intent, &profile).unwrap();
                prop_assert_eq!(&respelled.deviations, &plain.deviations);
                prop_assert_eq!(map(respelled), map(plain));
            }
        }
        prop_assert_eq!(
            serde_json::from_value::<User>(respelled).unwrap().emails,
            serde_json::from_value::<User>(plain).unwrap().emails
        );
    }

    #[test]
    fn the_case_of_names_never_matters_to_any_schema(
        (set, plain, respelled) in set_and_body(false)
            .prop_flat_map(|(set, body)| (Just(set), Just(body.clone()), arbitrary::respelled(body)))
    ) {
        let plain = set.admit(plain, Intent::Create, &Profile::rfc());
        let respelled = set.admit(respelled, Intent::Create, &Profile::rfc());
        prop_assert_eq!(respelled.map(map), plain.map(map));
    }

    #[test]
    fn nothing_is_nothing_however_it_is_spelled(
        (plain, padded) in arbitrary::user_body()
            .prop_flat_map(|body| (Just(body.clone()), arbitrary::with_nothing(body)))
    ) {
        for profile in profiles() {
            let plain = SchemaSet::user().admit(plain.clone(), Intent::Create, &profile).unwrap();
            let padded = SchemaSet::user().admit(padded.clone(), Intent::Create, &profile).unwrap();
            prop_assert!(padded.deviations.iter().all(|deviation| deviation.id() == "OKTA-13"));
            prop_assert_eq!(map(padded), map(plain));
        }
    }

    #[test]
    fn a_fitting_body_fits((set, body) in set_and_body(false)) {
        for profile in profiles() {
            for intent in [Intent::Create, Intent::Response] {
                let admitted = set.admit(body.clone(), intent, &profile);
                prop_assert!(admitted.is_ok(), "{:?}", admitted);
                prop_assert_eq!(&admitted.unwrap().deviations, &[]);
            }
        }
    }

    #[test]
    fn what_the_strict_profile_takes_the_lenient_one_takes((set, body) in set_and_body(true)) {
        for intent in [Intent::Create, Intent::Response] {
            let strict = set.admit(body.clone(), intent, &Profile::rfc());
            if let Ok(strict) = strict {
                prop_assert_eq!(&strict.deviations, &[]);
                let lenient = set.admit(body.clone(), intent, &Profile::lenient());
                prop_assert!(lenient.is_ok(), "{:?}", lenient);
                let lenient = lenient.unwrap();
                if !lenient.deviations.iter().any(|deviation| deviation.id() == "MISC-06") {
                    prop_assert_eq!(map(lenient), map(strict));
                }
            }
        }
    }

    #[test]
    fn a_refusal_is_a_request_error((set, body) in set_and_body(true), other in stored()) {
        for profile in profiles() {
            for intent in [Intent::Create, Intent::Response, Intent::Replace(&other)] {
                if let Err(error) = set.admit(body.clone(), intent, &profile) {
                    is_a_request_error(&error)?;
                }
            }
        }
    }

    #[test]
    fn no_document_breaks_the_gate(
        body in prop_oneof![arbitrary::hostile_json(), arbitrary::hostile_user(), arbitrary::hostile_user()],
        existing in arbitrary::user(),
    ) {
        let existing = Resource::from_typed(&existing).unwrap();
        for set in [SchemaSet::user(), SchemaSet::group()] {
            for profile in profiles() {
                for intent in [Intent::Create, Intent::Response, Intent::Replace(&existing)] {
                    match set.admit(body.clone(), intent, &profile) {
                        Ok(admitted) => {
                            let _ = format!("{admitted:?}");
                            let _ = admitted.resource.to_typed::<User>();
                        }
                        Err(error) => is_a_request_error(&error)?,
                    }
                }
                for at in arbitrary::paths_of(set) {
                    if let Err(error) = set.admit_value(&at, body.clone(), &profile) {
                        is_a_request_error(&error)?;
                    }
                }
            }
        }
    }

    #[test]
    fn no_document_breaks_a_reader(body in arbitrary::hostile_json()) {
        if let Err(error) = Schema::from_json(&body) {
            is_a_request_error(&error)?;
        }
        if let Err(error) = BulkRequest::from_json(body.clone(), &Limits::default()) {
            is_a_request_error(&error)?;
        }
        let _ = serde_json::from_value::<User>(body.clone());
        let _ = serde_json::from_value::<Group>(body.clone());
        let _ = serde_json::from_value::<ServiceProviderConfig>(body.clone());
        let _ = serde_json::from_value::<ResourceType>(body.clone());
        let _ = serde_json::from_value::<ListResponse<User>>(body.clone());
        let _ = serde_json::from_value::<BulkResponse>(body.clone());
        let _ = serde_json::from_value::<ScimError>(body);
    }

    #[test]
    fn showing_twice_is_showing_once(
        (resource, projection) in stored().prop_flat_map(|resource| {
            let projection = arbitrary::projection(set_of(&resource));
            (Just(resource), projection)
        })
    ) {
        let set = set_of(&resource);
        let once = set.project(&resource, &projection).to_resource();
        let twice = set.project(&once, &projection).to_resource();
        prop_assert_eq!(once.as_map(), twice.as_map());
        let written = serde_json::to_value(set.project(&resource, &projection)).unwrap();
        prop_assert_eq!(Value::Object(once.into_map()), written);
    }

    #[test]
    fn a_projection_shows_what_returned_says(
        (resource, projection) in stored().prop_flat_map(|resource| {
            let projection = arbitrary::projection(set_of(&resource));
            (Just(resource), projection)
        })
    ) {
        let set = set_of(&resource);
        let shown = set.project(&resource, &projection).to_resource();
        for (attribute, value) in defined(set, shown.as_map()) {
            prop_assert_ne!(attribute.returned(), Returned::Never, "{}", attribute.name());
            for element in elements(value).into_iter().filter_map(Value::as_object) {
                for name in element.keys() {
                    prop_assert_ne!(attribute.sub(name).unwrap().returned(), Returned::Never, "{}", name);
                }
            }
        }
        // All of it comes from the resource ...
        for at in arbitrary::paths_of(set) {
            for value in shown.get_all(at.path()).filter(|value| !value.is_object() && !value.is_array()) {
                prop_assert!(resource.get_all(at.path()).any(|one| one == value), "{}", at.path());
                prop_assert!(projection.wants(&at), "{}", at.path());
            }
        }
        // ... and what is always returned is there.
        for (name, value) in shown.as_map() {
            prop_assert!(!value.as_object().is_some_and(Map::is_empty), "{} is empty", name);
        }
        for (attribute, _) in defined(set, resource.as_map()) {
            let top = set.attributes().any(|one| one.name() == attribute.name() && std::ptr::eq(&**one, attribute));
            if top && attribute.returned() == Returned::Always && attribute.kind() != AttrType::Complex {
                prop_assert!(shown.as_map().contains_key(attribute.name().as_str()), "{}", attribute.name());
            }
        }
    }

    #[test]
    fn what_nobody_may_see_no_debug_output_shows(user in arbitrary::user()) {
        let mut user = user;
        user.password = Some("hush-hush-hush".into());
        let resource = Resource::from_typed(&user).unwrap();
        for shown in [format!("{user:?}"), format!("{resource:?}"), format!("{resource:#?}")] {
            prop_assert!(!shown.contains("hush"));
        }
    }

    #[test]
    fn the_door_agrees_with_serde_json(value in arbitrary::hostile_json()) {
        let text = value.to_string();
        let expected: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json::read(text.as_bytes(), &Limits::default()).unwrap(), expected);
    }

    #[test]
    fn the_door_stays_shut_where_serde_json_does(bytes in vec(any::<u8>(), 0..64)) {
        let read = json::read(&bytes, &Limits::default());
        match serde_json::from_slice::<Value>(&bytes) {
            Ok(value) => prop_assert_eq!(read.unwrap(), value),
            Err(_) => is_a_request_error(&read.unwrap_err())?,
        }
    }

    #[test]
    fn broken_documents_stay_out(value in arbitrary::hostile_json(), cut in any::<prop::sample::Index>()) {
        let text = value.to_string();
        let bytes = &text.as_bytes()[..cut.index(text.len())];
        match serde_json::from_slice::<Value>(bytes) {
            Ok(value) => prop_assert_eq!(json::read(bytes, &Limits::default()).unwrap(), value),
            Err(_) => is_a_request_error(&json::read(bytes, &Limits::default()).unwrap_err())?,
        }
    }

    #[test]
    fn a_path_is_read_as_it_is_printed(text in arbitrary::attr_path()) {
        let path: AttrPath = text.parse().unwrap();
        prop_assert_eq!(path.to_string(), text.clone());
        prop_assert_eq!(&path.to_string().parse::<AttrPath>().unwrap(), &path);
        let shouted: AttrPath = text.to_ascii_uppercase().parse().unwrap();
        prop_assert_eq!(&shouted, &path);
        prop_assert_eq!(hash(&shouted), hash(&path));
        prop_assert_eq!(shouted.cmp(&path), std::cmp::Ordering::Equal);
        prop_assert_eq!(serde_json::from_value::<AttrPath>(serde_json::to_value(&path).unwrap()).unwrap(), path);
    }

    #[test]
    fn no_text_breaks_a_path(text in any::<String>()) {
        match text.parse::<AttrPath>() {
            Ok(path) => prop_assert_eq!(path.to_string(), text),
            Err(error) => is_a_request_error(&error)?,
        }
    }

    #[test]
    fn names_and_uris_are_alike_in_any_case(
        (name, shouted) in arbitrary::attr_name().prop_flat_map(|name| (Just(name.clone()), arbitrary::any_case(name))),
        (uri, loud) in arbitrary::schema_uri().prop_flat_map(|uri| (Just(uri.clone()), arbitrary::any_case(uri))),
    ) {
        let (a, b): (AttrName, AttrName) = (name.parse().unwrap(), shouted.parse().unwrap());
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(hash(&a), hash(&b));
        let (a, b): (SchemaUri, SchemaUri) = (uri.parse().unwrap(), loud.parse().unwrap());
        prop_assert_eq!(&a, &b);
        prop_assert_eq!(hash(&a), hash(&b));
    }

    #[test]
    fn a_canonical_path_is_its_own(set in arbitrary::schema_set()) {
        for at in arbitrary::paths_of(&set) {
            let again = set.resolve(at.path()).unwrap();
            prop_assert_eq!(again.path().to_string(), at.path().to_string());
            // Before what is at the top, the URN of the base schema says nothing.
            if at.extension().is_none() {
                let long = at.path().clone().with_schema(set.base().id().clone());
                let short = set.resolve(&long).unwrap();
                prop_assert_eq!(short.path().to_string(), at.path().to_string());
            }
        }
    }

    #[test]
    fn a_schema_is_read_as_it_was_written(schema in arbitrary::schema("urn:example:params:scim:schemas:Thing:1.0")) {
        let json = serde_json::to_value(&schema).unwrap();
        let read = Schema::from_json(&json).unwrap();
        prop_assert_eq!(&serde_json::to_value(&read).unwrap(), &json);
        // In any case.
        let text = json.to_string();
        prop_assert_eq!(&serde_json::from_str::<Schema>(&text).unwrap(), &read);
    }

    #[test]
    fn what_was_set_is_there_and_what_was_removed_is_not(
        (set, body, at, value) in set_and_body(false).prop_flat_map(|(set, body)| {
            let paths: Vec<_> = arbitrary::paths_of(&set)
                .into_iter()
                .filter(|at| *at.path() != scim_core::attr::SCHEMAS)
                .filter(|at| at.leaf().is_some())
                .filter(|at| at.sub_attribute().is_none() || !at.attribute().unwrap().multi_valued())
                .collect();
            (Just(set), Just(body), prop::sample::select(paths))
        }).prop_flat_map(|(set, body, at)| {
            let value = arbitrary::value_of(at.leaf().unwrap());
            (Just(set), Just(body), Just(at), value)
        })
    ) {
        let before = set.admit(body, Intent::Response, &Profile::rfc()).unwrap().resource;
        let value = set.admit_value(&at, value, &Profile::rfc()).unwrap().value;
        let path = at.path();

        let mut resource = before.clone();
        resource.set(path, value.clone()).unwrap();
        let is = (!value.is_null()).then_some(&value);
        prop_assert_eq!(resource.get(path), is);
        // The same again changes nothing.
        let mut again = resource.clone();
        again.set(path, value.clone()).unwrap();
        prop_assert_eq!(again.as_map(), resource.as_map());
        // What was set can be admitted.
        let admitted = set.admit(Value::Object(resource.as_map().clone()), Intent::Response, &Profile::rfc());
        prop_assert_eq!(&map(admitted.unwrap()), resource.as_map());
        // Nothing else changed.
        for other in arbitrary::paths_of(&set) {
            let apart = other.attribute().map(|a| a.name()) != at.attribute().map(|a| a.name())
                || other.extension() != at.extension();
            if apart && other.attribute().is_some() && *other.path() != scim_core::attr::SCHEMAS {
                prop_assert_eq!(resource.get(other.path()), before.get(other.path()), "{}", other.path());
            }
        }

        // Setting it to nothing is removing it.
        let mut removed = resource.clone();
        prop_assert_eq!(removed.remove(path), is.cloned());
        prop_assert_eq!(removed.get(path), None);
        prop_assert_eq!(removed.remove(path), None);
        let mut nulled = resource.clone();
        nulled.set(path, Value::Null).unwrap();
        prop_assert_eq!(nulled.as_map(), removed.as_map());
    }

    #[test]
    fn a_resource_replaced_by_itself_stays_as_it_is(resource in stored()) {
        let set = set_of(&resource);
        for profile in profiles() {
            let body = Value::Object(resource.as_map().clone());
            let same = set.admit(body, Intent::Replace(&resource), &profile);
            prop_assert!(same.is_ok(), "{:?}", same);
            prop_assert_eq!(&map(same.unwrap()), resource.as_map());
            // So it does when the client sends back what it may see, but for what it may not.
            let seen = serde_json::to_value(set.project(&resource, &scim_core::Projection::default())).unwrap();
            if let Ok(same) = set.admit(seen, Intent::Replace(&resource), &profile) {
                let again = map(same);
                for (attribute, value) in defined(set, resource.as_map()) {
                    if attribute.mutability() != scim_core::schema::Mutability::ReadWrite {
                        prop_assert!(
                            defined(set, &again).iter().any(|(one, now)| std::ptr::eq(*one, attribute) && *now == value),
                            "{} was lost", attribute.name()
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn replacing_twice_is_replacing_once(
        (existing, body) in stored().prop_flat_map(|resource| {
            let body = arbitrary::body_of(set_of(&resource), false);
            (Just(resource), body)
        })
    ) {
        let set = set_of(&existing);
        if let Ok(once) = set.admit(body.clone(), Intent::Replace(&existing), &Profile::rfc()) {
            let once = once.resource;
            let twice = set.admit(body, Intent::Replace(&once), &Profile::rfc());
            prop_assert!(twice.is_ok(), "{:?}", twice);
            prop_assert_eq!(&map(twice.unwrap()), once.as_map());
            prop_assert_eq!(once.id(), existing.id());
        }
    }

    #[test]
    fn a_value_is_the_same_as_itself(resource in stored()) {
        for (attribute, value) in defined(set_of(&resource), resource.as_map()) {
            prop_assert!(same_value(attribute, value, value), "{}: {}", attribute.name(), value);
            if !attribute.multi_valued() {
                continue;
            }
            let elements = elements(value);
            for (at, a) in elements.iter().enumerate() {
                for (other, b) in elements.iter().enumerate() {
                    // No two elements are the same.
                    prop_assert_eq!(same_element(attribute, a, b), at == other, "{}: {} {}", attribute.name(), a, b);
                }
            }
            let mut turned = value.as_array().unwrap().clone();
            turned.reverse();
            prop_assert!(same_value(attribute, value, &Value::Array(turned)), "{}: {}", attribute.name(), value);
        }
    }

    #[test]
    fn a_text_is_what_it_was_made_from(a in ".{0,40}", b in arbitrary::word()) {
        let text = Text::from(a.as_str());
        prop_assert_eq!(text.as_str(), a.as_str());
        prop_assert_eq!(&Text::from(a.clone()), &text);
        prop_assert_eq!(hash(&text), hash(&a.as_str()));
        prop_assert_eq!(text.cmp(&b), a.as_str().cmp(b.as_str()));
        prop_assert_eq!(serde_json::to_value(&text).unwrap(), Value::from(a.clone()));
        prop_assert_eq!(serde_json::from_value::<Text>(Value::from(a)).unwrap(), text);
    }

    #[test]
    fn folding_decides_equality(a in arbitrary::text(), b in arbitrary::text()) {
        let (fa, fb) = (text::fold(&a), text::fold(&b));
        prop_assert_eq!(text::eq(&a, &b, false), fa == fb);
        prop_assert_eq!(text::cmp(&a, &b, false), fa.cmp(&fb));
        prop_assert_eq!(text::fold(&fa), fa.clone());
        prop_assert!(text::eq(&a, &fa, false) && text::eq_folded(&a, &fa));
        prop_assert_eq!(text::eq(&a, &b, true), a == b);
        let (lower, upper) = (a.to_ascii_lowercase(), a.to_ascii_uppercase());
        prop_assert_eq!(text::fold(&lower), text::fold(&upper));
        let both = format!("{a}{b}");
        if both.is_ascii() {
            prop_assert!(text::starts_with_folded(&both, &fa));
            prop_assert!(text::ends_with_folded(&both, &fb));
            prop_assert!(text::contains_folded(&both, &fa));
        }
    }
}
