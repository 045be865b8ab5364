//! Bytes through both gates: whatever comes in is refused or becomes a resource that keeps its promises.
#![no_main]

use libfuzzer_sys::fuzz_target;
use scim_core::{
    BulkRequest, BulkResponse, Group, Intent, Limits, ListResponse, Profile, Projection, Resource,
    ResourceType, SchemaSet, ScimError, ServiceProviderConfig, Unknown, User, attr, json, schema::Schema,
};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(raw) = json::read(bytes, &Limits::default()) else { return };
    for set in [SchemaSet::user(), SchemaSet::group()] {
        for profile in [Profile::lenient(), Profile::rfc(), Profile::lenient().with_unknown(Unknown::Keep)] {
            gates(set, &raw, &profile);
        }
    }
    // Everything that is read typed: no input may do harm, and what is written is read again as the same.
    typed::<User>(bytes);
    typed::<Group>(bytes);
    typed::<ServiceProviderConfig>(bytes);
    typed::<ResourceType>(bytes);
    typed::<ListResponse<Value>>(bytes);
    typed::<BulkResponse>(bytes);
    typed::<ScimError>(bytes);
    if let Ok(schema) = Schema::from_json(&raw) {
        assert_eq!(serde_json::from_value::<Schema>(serde_json::to_value(&schema).unwrap()).unwrap(), schema);
    }
    if let Ok(request) = BulkRequest::from_json(raw, &Limits::default()) {
        let written = serde_json::to_value(&request).unwrap();
        assert_eq!(BulkRequest::from_json(written, &Limits::default()).unwrap(), request);
    }
});

fn gates(set: &SchemaSet, raw: &Value, profile: &Profile) {
    let mut existing = Resource::new(set);
    existing.set(&attr::EXTERNAL_ID, Value::from("x")).unwrap();
    for intent in [Intent::Create, Intent::Replace(&existing), Intent::Response] {
        let admitted = match set.admit(raw.clone(), intent, profile) {
            Ok(admitted) => admitted.resource,
            Err(error) => {
                assert_eq!(error.status(), 400);
                assert!(error.scim_type().is_some() && error.detail().is_some());
                continue;
            }
        };
        let again = set.admit(Value::Object(admitted.as_map().clone()), intent, profile).unwrap();
        assert_eq!(again.resource, admitted, "admitted twice");
        // What is kept as it came, although it does not fit, is met again.
        let odd =
            |id| [scim_core::admit::ODD_ANSWERS.id(), scim_core::admit::LOOSE_REFERENCES.id()].contains(&id);
        assert!(again.deviations.iter().all(|deviation| odd(deviation.id())), "{:?}", again.deviations);
        let all = Projection::default();
        let seen = set.project(&admitted, &all).to_resource();
        assert_eq!(set.project(&seen, &all).to_resource(), seen, "projected twice");
        assert!(set != SchemaSet::user() || seen.get(&attr::PASSWORD).is_none());
    }
}

fn typed<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
    if let Ok(read) = serde_json::from_slice::<T>(bytes) {
        let written = serde_json::to_string(&read).unwrap();
        // What has no schemas gets them when it is written, so the second reading is the one that counts.
        let again: T = serde_json::from_str(&written).unwrap();
        assert_eq!(serde_json::to_string(&again).unwrap(), written);
    }
}
