//! RFC 7643 §7, §8.7 and §10: schemas.

use scim_core::admit::CLOSED_CANONICAL_VALUES;
use scim_core::multi_valued::same_value;
use scim_core::schema::{AttrType, Attribute, Schema, SchemaExtension};
use scim_core::{Profile, SchemaSet, SchemaUri, ScimType, attr};
use scim_testing::corpus;
use serde_json::{Value, json};

use super::*;

fn all() -> [Arc<Schema>; 6] {
    [
        Schema::user(),
        Schema::group(),
        Schema::enterprise_user(),
        Schema::service_provider_config(),
        Schema::resource_type(),
        Schema::meta_schema(),
    ]
}

/// Calls `check` with every definition that a schema document holds, at any depth.
fn each(definitions: &Value, check: &mut impl FnMut(&Value)) {
    for definition in definitions.as_array().unwrap() {
        check(definition);
        if let Some(subs) = definition.get("subAttributes") {
            each(subs, check);
        }
    }
}

#[test]
fn r7643_7_01_the_id_of_a_schema_is_its_uri() {
    for schema in all() {
        assert_eq!(to_json(&*schema)["id"], schema.id().as_str());
    }
    let read = Schema::from_json(&json!({"id": THING, "name": "Thing", "attributes": []})).unwrap();
    assert_eq!(read.id(), THING);
    for wrong in [
        json!({"name": "Thing", "attributes": []}),
        json!({"id": "Thing", "attributes": []}),
        json!({"id": 7}),
    ] {
        assert_eq!(
            Schema::from_json(&wrong).unwrap_err().scim_type(),
            Some(&ScimType::InvalidValue),
            "{wrong}"
        );
    }
}

#[test]
fn r7643_7_02_a_definition_says_all_that_applies() {
    for schema in all() {
        let json = to_json(&*schema);
        assert!(json["name"].is_string() && json["description"].is_string());
        each(&json["attributes"], &mut |definition| {
            for name in ["name", "type", "description", "mutability", "returned"] {
                assert!(definition[name].is_string(), "{name}: {definition}");
            }
            for name in ["multiValued", "required"] {
                assert!(definition[name].is_boolean(), "{name}: {definition}");
            }
            let kind = definition["type"].as_str().unwrap();
            if matches!(kind, "string" | "reference" | "binary") {
                assert!(definition["caseExact"].is_boolean(), "{definition}");
            }
            // RFC 7643 §2.3.2 and §2.3.8: neither has a case, and neither is unique.
            assert_eq!(
                definition.get("uniqueness").is_none(),
                matches!(kind, "boolean" | "complex"),
                "{definition}"
            );
            assert_eq!(definition.get("subAttributes").is_some(), kind == "complex", "{definition}");
        });
    }
}

#[test]
fn r7643_7_03_only_the_schema_of_schemas_nests() {
    let nested = json!([{"name": "a", "type": "complex", "subAttributes": [
        {"name": "b", "type": "complex", "subAttributes": [{"name": "c", "type": "string"}]}
    ]}]);
    let schema = |id: &str| Schema::from_json(&json!({"id": id, "name": "x", "attributes": nested}));
    assert_eq!(schema(THING).unwrap_err().scim_type(), Some(&ScimType::InvalidValue));
    assert!(schema(SchemaUri::SCHEMA.as_str()).is_ok());
    let attributes = Schema::meta_schema();
    let attributes = attributes.attribute("attributes").unwrap();
    assert!(!attributes.sub("subAttributes").unwrap().sub_attributes().is_empty());
}

#[test]
fn r7643_7_04_complex_attributes_declare_their_sub_attributes() {
    fn check(attribute: &Attribute) {
        assert_eq!(
            attribute.kind() == AttrType::Complex,
            !attribute.sub_attributes().is_empty(),
            "{}",
            attribute.name()
        );
        attribute.sub_attributes().iter().for_each(|sub| check(sub));
    }
    for schema in all() {
        schema.attributes().iter().for_each(|attribute| check(attribute));
    }
    for set in [SchemaSet::user(), SchemaSet::group()] {
        set.attributes().for_each(|attribute| check(attribute));
    }
}

#[test]
fn r7643_7_06_case_is_kept() {
    let body = user_with(json!({"userName": "BJensen", "externalId": "Ab", "title": "Tour GUIDE"}));
    assert_eq!(
        members(SchemaSet::user(), body),
        json!({"userName": "BJensen", "externalId": "Ab", "title": "Tour GUIDE"})
    );
    let same =
        |name: &str, a: &str, b: &str| same_value(&definition(SchemaSet::user(), name), &json!(a), &json!(b));
    assert!(same("title", "Tour GUIDE", "tour guide"));
    assert!(!same("externalId", "Ab", "ab"));
    assert!(!same("profileUrl", "https://example.com/A", "https://example.com/a"));
    assert!(same("title", "STRASSE", "straße"));
}

#[test]
fn r7643_7_17_reference_types_say_where_a_reference_points() {
    let types = |set: &SchemaSet, name: &str| definition(set, name).reference_types().to_vec();
    assert_eq!(types(SchemaSet::user(), "profileUrl"), ["external"]);
    assert_eq!(types(SchemaSet::user(), "photos.value"), ["external"]);
    assert_eq!(types(SchemaSet::user(), "groups.$ref"), ["Group"]);
    assert_eq!(types(SchemaSet::group(), "members.$ref"), ["User", "Group"]);
    assert_eq!(types(SchemaSet::user(), &attr::MANAGER_REF.to_string()), ["User"]);
    let resource_type = SchemaSet::new(Schema::resource_type(), []).unwrap();
    assert_eq!(types(&resource_type, "schema"), ["uri"]);
    let link =
        Attribute::new("link".parse().unwrap(), AttrType::Reference).with_reference_types(["Device", "uri"]);
    let set = things(vec![link]);
    let json = to_json(&**set.base());
    assert_eq!(json["attributes"][0]["referenceTypes"], json!(["Device", "uri"]));
    assert_eq!(Schema::from_json(&json).unwrap(), **set.base());
}

#[test]
fn r7643_7_18_canonical_values_are_suggestions() {
    let kind =
        Attribute::new("kind".parse().unwrap(), AttrType::String).with_canonical_values(["lid", "box"]);
    let set = things(vec![kind]);
    for value in ["lid", "crate"] {
        assert_eq!(members(&set, thing_with(json!({"kind": value})))["kind"], value);
    }
    let closed = Profile::lenient().with(&CLOSED_CANONICAL_VALUES);
    refused_by(&closed, &set, &thing_with(json!({"kind": "crate"})), &ScimType::InvalidValue);
}

#[test]
fn r7643_8_7_1_02_the_bundled_schemas_are_the_printed_ones() {
    for (schema, file) in [
        (Schema::user(), "8.7.1-schema-user"),
        (Schema::group(), "8.7.1-schema-group"),
        (Schema::enterprise_user(), "8.7.1-schema-enterprise-user"),
        (Schema::service_provider_config(), "8.7.2-schema-service-provider-config"),
        (Schema::resource_type(), "8.7.2-schema-resource-type"),
        (Schema::meta_schema(), "8.7.2-schema-schema"),
    ] {
        let printed = corpus::json(&format!("rfc7643/{file}.json"));
        assert_eq!(to_json(&*schema)["id"], printed["id"]);
        assert_eq!(to_json(&*schema)["name"], printed["name"]);
        let names = |json: &Value| -> Vec<String> {
            let all = json["attributes"].as_array().unwrap().iter();
            all.map(|attribute| attribute["name"].as_str().unwrap().to_owned()).collect()
        };
        // Nothing is lost; `tests/rfc_examples.rs` compares every characteristic.
        let ours = names(&to_json(&*schema));
        for name in names(&printed) {
            assert!(ours.contains(&name), "{file}: {name}");
        }
    }
}

#[test]
fn r7643_10_2_1_01_a_urn_means_one_schema() {
    let twice = SchemaSet::new(Schema::user(), [SchemaExtension::optional(Schema::user())]);
    assert_eq!(twice.unwrap_err().scim_type(), Some(&ScimType::InvalidValue));
    let extension = || SchemaExtension::optional(Schema::enterprise_user());
    assert!(SchemaSet::new(Schema::user(), [extension(), extension()]).is_err());
    let ids: std::collections::BTreeSet<_> = all().iter().map(|schema| schema.id().clone()).collect();
    assert_eq!(ids.len(), 6);
}
