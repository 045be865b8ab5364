//! The examples of RFC 7643, RFC 7644 and RFC 9865: read, written back, and let through the gate.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use scim_core::schema::Schema;
use scim_core::{
    BulkMethod, BulkRequest, BulkResponse, Group, Intent, Limits, ListResponse, Profile, Resource,
    ResourceType, SchemaSet, ScimError, ScimResource, ScimType, ServiceProviderConfig, User, json,
};
use scim_testing::corpus;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What an example is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    User,
    Group,
    Config,
    ResourceType,
    Schema,
    /// A list of these.
    List(Of),
    BulkRequest,
    BulkResponse,
    Error,
    /// Not data of core: PATCH and search requests, a fragment.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Users,
    Groups,
    ResourceTypes,
    Any,
}

#[rustfmt::skip] // a table
const EXAMPLES: &[(&str, Kind)] = &[
    ("rfc7643/8.1-user-minimal.json", Kind::User),
    ("rfc7643/8.2-user-full.json", Kind::User),
    ("rfc7643/8.3-user-enterprise.json", Kind::User),
    ("rfc7643/8.4-group.json", Kind::Group),
    ("rfc7643/8.5-service-provider-config.json", Kind::Config),
    ("rfc7643/8.6-resource-type-group.json", Kind::ResourceType),
    ("rfc7643/8.6-resource-type-user.json", Kind::ResourceType),
    ("rfc7643/8.7.1-schema-enterprise-user.json", Kind::Schema),
    ("rfc7643/8.7.1-schema-group.json", Kind::Schema),
    ("rfc7643/8.7.1-schema-user.json", Kind::Schema),
    ("rfc7643/8.7.2-schema-resource-type.json", Kind::Schema),
    ("rfc7643/8.7.2-schema-schema.json", Kind::Schema),
    ("rfc7643/8.7.2-schema-service-provider-config.json", Kind::Schema),
    ("rfc7644/3.12-mutability-error.json", Kind::Error),
    ("rfc7644/3.12-not-found-error.json", Kind::Error),
    ("rfc7644/3.14-create-request.json", Kind::User),
    ("rfc7644/3.14-create-response.json", Kind::User),
    ("rfc7644/3.3-create-request.json", Kind::User),
    ("rfc7644/3.3-create-response.json", Kind::User),
    ("rfc7644/3.4.1-get-response.json", Kind::User),
    ("rfc7644/3.4.2-list-response.json", Kind::List(Of::Users)),
    ("rfc7644/3.4.2.4-page-response.json", Kind::List(Of::Any)),
    ("rfc7644/3.4.3-search-request.json", Kind::Other),
    ("rfc7644/3.4.3-search-response.json", Kind::List(Of::Any)),
    ("rfc7644/3.5.1-put-request.json", Kind::User),
    ("rfc7644/3.5.1-put-response.json", Kind::User),
    ("rfc7644/3.5.2-patch-request.json", Kind::Other),
    ("rfc7644/3.5.2.1-add-attributes-request.json", Kind::Other),
    ("rfc7644/3.5.2.1-add-member-request.json", Kind::Other),
    ("rfc7644/3.5.2.2-remove-all-members-request.json", Kind::Other),
    ("rfc7644/3.5.2.2-remove-and-add-member-request-as-printed.json", Kind::Other),
    ("rfc7644/3.5.2.2-remove-and-add-member-request.json", Kind::Other),
    ("rfc7644/3.5.2.2-remove-email-request.json", Kind::Other),
    ("rfc7644/3.5.2.2-remove-member-request.json", Kind::Other),
    ("rfc7644/3.5.2.3-remove-and-add-members-request.json", Kind::Other),
    ("rfc7644/3.5.2.3-replace-address-request.json", Kind::Other),
    ("rfc7644/3.5.2.3-replace-attributes-request.json", Kind::Other),
    ("rfc7644/3.5.2.3-replace-members-request.json", Kind::Other),
    ("rfc7644/3.5.2.3-replace-street-address-request.json", Kind::Other),
    ("rfc7644/3.6-get-deleted-error.json", Kind::Error),
    ("rfc7644/3.7.1-circular-bulk-request.json", Kind::BulkRequest),
    ("rfc7644/3.7.1-circular-list-response.json", Kind::List(Of::Groups)),
    ("rfc7644/3.7.2-bulk-id-extension-request.json", Kind::BulkRequest),
    ("rfc7644/3.7.2-bulk-id-get-response.json", Kind::Group),
    ("rfc7644/3.7.2-bulk-id-request.json", Kind::BulkRequest),
    ("rfc7644/3.7.2-bulk-id-response.json", Kind::BulkResponse),
    ("rfc7644/3.7.3-all-failed-response.json", Kind::BulkResponse),
    ("rfc7644/3.7.3-bulk-request-as-printed.json", Kind::BulkRequest),
    ("rfc7644/3.7.3-bulk-request.json", Kind::BulkRequest),
    ("rfc7644/3.7.3-bulk-response.json", Kind::BulkResponse),
    ("rfc7644/3.7.3-fail-on-errors-response.json", Kind::BulkResponse),
    ("rfc7644/3.7.3-failed-status.json", Kind::Other),
    ("rfc7644/3.7.4-payload-too-large-error.json", Kind::Error),
    ("rfc7644/3.9-attributes-response.json", Kind::User),
    ("rfc7644/4-resource-types-response.json", Kind::List(Of::ResourceTypes)),
    ("rfc7644/7.5.2-sensitive-error.json", Kind::Error),
    ("rfc9865/2-first-page-response.json", Kind::List(Of::Any)),
    ("rfc9865/2-next-page-response.json", Kind::List(Of::Any)),
    ("rfc9865/2.3-cursor-only-response.json", Kind::List(Of::Any)),
    ("rfc9865/3-search-request.json", Kind::Other),
    ("rfc9865/3-search-response.json", Kind::List(Of::Any)),
    ("rfc9865/4-service-provider-config-excerpt.json", Kind::Config),
];

fn all(kind: Kind) -> impl Iterator<Item = (&'static str, Value)> {
    EXAMPLES.iter().filter(move |(_, of)| *of == kind).map(|(name, _)| (*name, corpus::json(name)))
}

/// A file without what is no value: `roles` of the PUT request of RFC 7644 §3.5.1 is `[]`.
fn assigned(mut file: Value) -> Value {
    file.as_object_mut().unwrap().retain(|_, value| *value != json!([]));
    file
}

/// A file without what the client cannot write.
fn writable(file: Value) -> Value {
    let mut file = assigned(file);
    let members = file.as_object_mut().unwrap();
    members.retain(|name, _| !["id", "meta", "groups"].contains(&name.as_str()));
    if let Some(manager) = members.get_mut(ENTERPRISE).and_then(|extension| extension.get_mut("manager")) {
        manager.as_object_mut().unwrap().remove("displayName");
    }
    file
}

fn typed<T: Serialize + DeserializeOwned>(name: &str, file: &Value) -> Value {
    let from_value: T =
        serde_json::from_value(file.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let from_text: T =
        serde_json::from_str(&corpus::text(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let written = serde_json::to_value(&from_value).unwrap();
    assert_eq!(written, serde_json::to_value(&from_text).unwrap(), "{name}");
    // What is written is read as the same again.
    let again: T = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(written, serde_json::to_value(&again).unwrap(), "{name}");
    written
}

#[test]
fn every_file_is_in_the_table() {
    let mut files = corpus::files("rfc7643");
    files.extend(corpus::files("rfc7644"));
    files.extend(corpus::files("rfc9865"));
    let mut listed: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
    files.sort();
    listed.sort_unstable();
    assert_eq!(files, listed);
}

#[test]
fn every_file_passes_the_door_for_bytes() {
    for (name, _) in EXAMPLES {
        let text = corpus::text(name);
        assert_eq!(json::read(text.as_bytes(), &Limits::default()).unwrap(), corpus::json(name), "{name}");
    }
}

fn resources<T: ScimResource>(kind: Kind, set: &SchemaSet) {
    for (name, file) in all(kind) {
        assert_eq!(typed::<T>(name, &file), assigned(file.clone()), "{name}");
        assert_eq!(typed::<Resource>(name, &file), file, "{name}");

        // From dynamic to typed and back.
        let dynamic: Resource = serde_json::from_value(file.clone()).unwrap();
        let read: T = dynamic.to_typed().unwrap_or_else(|error| panic!("{name}: {error}"));
        let back = Resource::from_typed(&read).unwrap();
        assert_eq!(Value::Object(back.into_map()), assigned(file.clone()), "{name}");

        for profile in [Profile::lenient(), Profile::rfc()] {
            for (intent, expected) in
                [(Intent::Create, writable(file.clone())), (Intent::Response, assigned(file.clone()))]
            {
                let admitted = set
                    .admit(file.clone(), intent, &profile)
                    .unwrap_or_else(|error| panic!("{name} {intent:?}: {error}"));
                assert_eq!(admitted.deviations, [], "{name}");
                assert_eq!(Value::Object(admitted.resource.into_map()), expected, "{name} {intent:?}");
            }
        }

        // A resource replaced by what was read of it stays as it is.
        let stored = set.admit(file.clone(), Intent::Response, &Profile::rfc()).unwrap().resource;
        let replaced = set.admit(file, Intent::Replace(&stored), &Profile::rfc()).unwrap().resource;
        assert_eq!(replaced.as_map(), stored.as_map(), "{name}");
    }
}

#[test]
fn users() {
    assert_eq!(all(Kind::User).count(), 11);
    resources::<User>(Kind::User, SchemaSet::user());
}

#[test]
fn groups() {
    assert_eq!(all(Kind::Group).count(), 2);
    resources::<Group>(Kind::Group, SchemaSet::group());
}

/// RFC 7644 §3.5.1: the request upon the resource of §3.3 has the state of the answer.
#[test]
fn the_put_of_section_3_5_1() {
    let set = SchemaSet::user();
    let response =
        |name: &str| set.admit(corpus::json(name), Intent::Response, &Profile::rfc()).unwrap().resource;
    let before = response("rfc7644/3.3-create-response.json");
    let after = response("rfc7644/3.5.1-put-response.json");
    let request = corpus::json("rfc7644/3.5.1-put-request.json");
    let mut replaced =
        set.admit(request, Intent::Replace(&before), &Profile::rfc()).unwrap().resource.into_map();
    assert_eq!(replaced.remove("meta"), before.as_map().get("meta").cloned());
    let mut after = after.into_map();
    after.remove("meta");
    assert_eq!(replaced, after);
}

#[test]
fn service_provider_configurations() {
    for (name, file) in all(Kind::Config) {
        let written = typed::<ServiceProviderConfig>(name, &file);
        if name.ends_with("excerpt.json") {
            for (member, value) in file.as_object().unwrap() {
                assert_eq!(written[member], *value, "{name}");
            }
        } else {
            assert_eq!(written, file, "{name}");
            let set = SchemaSet::new(Schema::service_provider_config(), []).unwrap();
            for profile in [Profile::lenient(), Profile::rfc()] {
                let admitted = set.admit(file.clone(), Intent::Response, &profile).unwrap();
                assert_eq!(admitted.deviations, []);
                assert_eq!(Value::Object(admitted.resource.into_map()), file);
            }
        }
    }
}

#[test]
fn resource_types() {
    for (name, file) in all(Kind::ResourceType) {
        assert_eq!(typed::<ResourceType>(name, &file), file, "{name}");
        let set = SchemaSet::new(Schema::resource_type(), []).unwrap();
        for profile in [Profile::lenient(), Profile::rfc()] {
            let admitted = set.admit(file.clone(), Intent::Response, &profile).unwrap();
            assert_eq!(Value::Object(admitted.resource.into_map()), file, "{name}");
        }
    }
}

#[test]
fn lists() {
    for (name, kind) in EXAMPLES {
        let Kind::List(of) = kind else { continue };
        let file = corpus::json(name);
        assert_eq!(typed::<ListResponse<Value>>(name, &file), file, "{name}");
        assert_eq!(typed::<ListResponse<Resource>>(name, &file), file, "{name}");
        match of {
            // The example leaves `schemas` of the resources out; a typed user always writes it.
            Of::Users => {
                let mut written = typed::<ListResponse<User>>(name, &file);
                for user in written["Resources"].as_array_mut().unwrap() {
                    assert_eq!(
                        user.as_object_mut().unwrap().remove("schemas"),
                        Some(json!(["urn:ietf:params:scim:schemas:core:2.0:User"]))
                    );
                }
                assert_eq!(written, file, "{name}");
            }
            Of::Groups => assert_eq!(typed::<ListResponse<Group>>(name, &file), file, "{name}"),
            Of::ResourceTypes => assert_eq!(typed::<ListResponse<ResourceType>>(name, &file), file, "{name}"),
            Of::Any => {}
        }
        // Each resource is a peer's answer.
        let page: ListResponse<Value> = serde_json::from_value(file).unwrap();
        for resource in page.resources {
            let set = match (of, resource.get("userName")) {
                (Of::ResourceTypes, _) => &SchemaSet::new(Schema::resource_type(), []).unwrap(),
                (_, Some(_)) => SchemaSet::user(),
                _ => SchemaSet::group(),
            };
            for profile in [Profile::lenient(), Profile::rfc()] {
                let admitted = set.admit(resource.clone(), Intent::Response, &profile).unwrap();
                assert_eq!(admitted.deviations, [], "{name}");
                assert_eq!(Value::Object(admitted.resource.into_map()), resource, "{name}");
            }
        }
    }
}

#[test]
fn bulk_requests() {
    for (name, file) in all(Kind::BulkRequest) {
        let request = BulkRequest::from_json(file.clone(), &Limits::default())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(serde_json::to_value(&request).unwrap(), file, "{name}");
        for operation in request.operations {
            let set =
                if operation.path.starts_with("/Users") { SchemaSet::user() } else { SchemaSet::group() };
            if !matches!(operation.method, BulkMethod::Post | BulkMethod::Put) {
                continue;
            }
            let data = operation.data.unwrap();
            let as_printed = data["schemas"] == json!(["urn:ietf:params:scim:api:messages:2.0:User"]);
            assert_eq!(as_printed, name.ends_with("as-printed.json") && operation.method == BulkMethod::Post);
            for profile in [Profile::lenient(), Profile::rfc()] {
                match set.admit(data.clone(), Intent::Create, &profile) {
                    Ok(admitted) => {
                        assert!(!as_printed, "{name}");
                        assert_eq!(admitted.deviations, [], "{name}");
                        assert_eq!(
                            Value::Object(admitted.resource.into_map()),
                            writable(data.clone()),
                            "{name}"
                        );
                    }
                    Err(error) => {
                        assert!(as_printed, "{name}: {error}");
                        assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue), "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn bulk_responses() {
    for (name, mut file) in all(Kind::BulkResponse) {
        let written = typed::<BulkResponse>(name, &file);
        // RFC 7644 §3.7.2 shows the status as an object; it is written as a string, as everywhere else.
        for operation in file["Operations"].as_array_mut().unwrap() {
            if let Some(code) = operation["status"].get("code").cloned() {
                assert_eq!(name, "rfc7644/3.7.2-bulk-id-response.json");
                operation["status"] = code;
            }
        }
        assert_eq!(written, file, "{name}");
        let response: BulkResponse = serde_json::from_value(file).unwrap();
        for result in response.operations {
            if let Some(body) = result.response {
                let error: ScimError = serde_json::from_value(body).unwrap();
                assert_eq!(error.status(), result.status, "{name}");
            }
        }
    }
}

#[test]
fn errors() {
    for (name, file) in all(Kind::Error) {
        assert_eq!(typed::<ScimError>(name, &file), file, "{name}");
        let error: ScimError = serde_json::from_value(file.clone()).unwrap();
        assert_eq!(error.status().to_string(), file["status"], "{name}");
        assert_eq!(error.detail(), file["detail"].as_str(), "{name}");
        assert_eq!(
            error.scim_type().map(ScimType::as_str),
            file.get("scimType").and_then(Value::as_str),
            "{name}"
        );
    }
}

/// What differs between two lists of definitions, descriptions aside, as `path: what`.
fn differences(printed: &Value, ours: &Value, at: &str, found: &mut Vec<String>) {
    const NONE: &[Value] = &[];
    // RFC 7643 §2.2, and what means nothing: a list of no canonical values, the case of a number.
    let default = |name: &str| match name {
        "caseExact" | "required" | "multiValued" => json!(false),
        "uniqueness" => json!("none"),
        "mutability" => json!("readWrite"),
        "returned" => json!("default"),
        _ => json!([]),
    };
    let list = |value: &Value| value.as_array().map_or(NONE, Vec::as_slice).to_vec();
    let (printed, ours) = (list(printed), list(ours));
    let find = |all: &[Value], name: &Value| all.iter().find(|one| one["name"] == *name).cloned();
    for definition in &ours {
        let path = format!("{at}{}", definition["name"].as_str().unwrap());
        let Some(print) = find(&printed, &definition["name"]) else {
            found.push(format!("{path}: added"));
            continue;
        };
        let mut names: Vec<&String> =
            definition.as_object().unwrap().keys().chain(print.as_object().unwrap().keys()).collect();
        names.sort();
        names.dedup();
        for name in names {
            let value = |of: &Value| of.get(name).cloned().unwrap_or_else(|| default(name));
            if !["description", "subAttributes"].contains(&name.as_str())
                && value(definition) != value(&print)
            {
                found.push(format!("{path}: {name} is {}, not {}", value(definition), value(&print)));
            }
        }
        differences(&print["subAttributes"], &definition["subAttributes"], &format!("{path}."), found);
    }
    for print in &printed {
        if find(&ours, &print["name"]).is_none() {
            found.push(format!("{at}{}: missing", print["name"].as_str().unwrap()));
        }
    }
}

#[test]
fn schemas() {
    let expected: &[(&str, std::sync::Arc<Schema>, &[&str])] = &[
        ("8.7.1-schema-user", Schema::user(), &["addresses.primary: added"]),
        ("8.7.1-schema-group", Schema::group(), &["members.display: added"]),
        ("8.7.1-schema-enterprise-user", Schema::enterprise_user(), &[]),
        (
            "8.7.2-schema-service-provider-config",
            Schema::service_provider_config(),
            &[
                "authenticationSchemes.primary: added",
                "authenticationSchemes.type: added",
                "etag: added",
                "pagination: added",
            ],
        ),
        (
            "8.7.2-schema-resource-type",
            Schema::resource_type(),
            &["schemaExtensions: required is false, not true"],
        ),
        ("8.7.2-schema-schema", Schema::meta_schema(), &[]),
    ];
    for (file, ours, expected) in expected {
        let printed = corpus::json(&format!("rfc7643/{file}.json"));
        let json = serde_json::to_value(&**ours).unwrap();
        for name in ["schemas", "id", "name"] {
            assert_eq!(json[name], printed[name], "{file}");
        }
        let mut found = Vec::new();
        differences(&printed["attributes"], &json["attributes"], "", &mut found);
        found.sort();
        assert_eq!(found, *expected, "{file}");

        // The printed one can be loaded, and means what it says.
        let loaded = Schema::from_json(&printed).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut found = Vec::new();
        let reloaded = serde_json::to_value(&loaded).unwrap();
        differences(&printed["attributes"], &reloaded["attributes"], "", &mut found);
        assert_eq!(found, [""; 0], "{file}");
        assert_eq!(Schema::from_json(&reloaded).unwrap(), loaded, "{file}");
        assert_eq!(serde_json::from_value::<Schema>(json).unwrap(), **ours, "{file}");

        // The meta-schema describes the schemas.
        let set = SchemaSet::new(Schema::meta_schema(), []).unwrap();
        for profile in [Profile::lenient(), Profile::rfc()] {
            set.admit(printed.clone(), Intent::Response, &profile)
                .unwrap_or_else(|error| panic!("{file}: {error}"));
        }
    }
}
