//! RFC 7643 §3: resources, their common attributes and their schemas.

use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, SchemaExtension, Uniqueness};
use scim_core::{
    Deviation, EnterpriseUser, ExternalId, Intent, Profile, Projection, Resource, ResourceId, ResourceType,
    SchemaSet, ScimType, ServiceProviderConfig, User, Version, attr,
};
use serde_json::{Value, json};

use super::*;

const SCHEMAS_MISSING: &str = "R7643-3-01";

fn listed(resource: &Resource) -> Vec<String> {
    let mut listed: Vec<String> = resource.schemas().map(str::to_owned).collect();
    listed.sort();
    listed
}

#[test]
fn r7643_3_01_schemas_is_present_and_not_empty() {
    for body in [
        json!({"userName": "b"}),
        json!({"userName": "b", "schemas": []}),
        json!({"userName": "b", "schemas": null}),
    ] {
        refused_by(&Profile::rfc(), SchemaSet::user(), &body, &ScimType::InvalidValue);
        let admitted = create(SchemaSet::user(), body, &Profile::lenient()).unwrap();
        assert_eq!(listed(&admitted.resource), [USER]);
        assert_eq!(admitted.deviations.iter().map(Deviation::id).collect::<Vec<_>>(), [SCHEMAS_MISSING]);
    }
    for wrong in [json!(7), json!({"value": USER}), json!([7]), json!([null]), json!([""])] {
        refused(SchemaSet::user(), &json!({"userName": "b", "schemas": wrong}), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_3_02_no_schema_is_listed_twice() {
    for twice in [json!([USER, USER]), json!([USER, USER.to_uppercase()])] {
        let body = json!({"userName": "b", "schemas": twice});
        refused_by(&Profile::rfc(), SchemaSet::user(), &body, &ScimType::InvalidValue);
        let admitted = create(SchemaSet::user(), body, &Profile::lenient()).unwrap();
        assert_eq!(listed(&admitted.resource), [USER]);
        assert_eq!(admitted.deviations.iter().map(Deviation::id).collect::<Vec<_>>(), [SCHEMAS_MISSING]);
    }
    let mut user = User { user_name: "b".into(), ..User::default() };
    user.schemas =
        vec![USER.parse().unwrap(), ENTERPRISE.parse().unwrap(), USER.to_uppercase().parse().unwrap()];
    user.set_extension(&EnterpriseUser { department: Some("Tours".into()), ..EnterpriseUser::default() })
        .unwrap();
    assert_eq!(to_json(&user)["schemas"].as_array().unwrap().len(), 2);
}

#[test]
fn r7643_3_03_the_order_of_schemas_does_not_matter() {
    let body = |schemas: Value| user_with(json!({"schemas": schemas, ENTERPRISE: {"department": "Tours"}}));
    let one = created(SchemaSet::user(), body(json!([USER, ENTERPRISE])));
    let two = created(SchemaSet::user(), body(json!([ENTERPRISE, USER])));
    assert_eq!(listed(&one), listed(&two));
    assert_eq!(one.get(&attr::DEPARTMENT), two.get(&attr::DEPARTMENT));
    assert_eq!(one.get(&attr::USER_NAME), two.get(&attr::USER_NAME));
    assert_eq!(one.as_map().len(), two.as_map().len());
}

#[test]
fn r7643_3_05_common_attributes_exist_though_no_schema_lists_them() {
    for schema in [Schema::user(), Schema::group()] {
        for name in ["id", "externalId", "meta", "schemas"] {
            assert!(schema.attribute(name).is_none(), "{name}");
        }
    }
    let set = things(vec![Attribute::new("colour".parse().unwrap(), AttrType::String)]);
    for set in [SchemaSet::user(), SchemaSet::group(), &set] {
        for name in ["id", "externalId", "meta", "schemas", "meta.location"] {
            assert!(set.resolve(&path(name)).is_ok(), "{name}");
        }
    }
    let body = thing_with(json!({"externalId": "x-1", "colour": "red"}));
    assert_eq!(members(&set, body), json!({"externalId": "x-1", "colour": "red"}));
}

#[test]
fn r7643_3_1_01_id_external_id_and_meta_are_defined_for_all_types_but_two() {
    for set in [SchemaSet::user(), SchemaSet::group()] {
        for name in ["id", "externalId", "meta"] {
            assert!(set.resolve(&path(name)).is_ok(), "{name}");
        }
    }
    let config = to_json(&ServiceProviderConfig::default());
    assert!(config.get("id").is_none() && config.get("externalId").is_none());
    let kind = to_json(&ResourceType::new("User", "/Users", SchemaSet::user()));
    assert!(kind.get("externalId").is_none());
    // `meta` is there all the same, as RFC 7643 §8.5 and §8.6 show it.
    let meta = json!({"resourceType": "ServiceProviderConfig", "location": "https://example.com/v2/ServiceProviderConfig"});
    let config: ServiceProviderConfig = serde_json::from_value(json!({"meta": meta})).unwrap();
    assert_eq!(to_json(&config)["meta"], meta);
}

#[test]
fn r7643_3_1_03_what_a_legacy_schema_says_of_common_attributes_does_not_count() {
    let set = things(vec![
        Attribute::new("ID".parse().unwrap(), AttrType::Integer).with_returned(Returned::Request),
        Attribute::new("externalId".parse().unwrap(), AttrType::String).with_mutability(Mutability::ReadOnly),
        Attribute::new("colour".parse().unwrap(), AttrType::String),
    ]);
    let id = definition(&set, "id");
    assert_eq!(
        (id.kind(), id.mutability(), id.returned()),
        (AttrType::String, Mutability::ReadOnly, Returned::Always)
    );
    assert!(id.case_exact());
    assert_eq!(definition(&set, "externalId").mutability(), Mutability::ReadWrite);
    let body = thing_with(json!({"id": "7", "externalId": "x"}));
    assert_eq!(members(&set, body), json!({"externalId": "x"}));
}

#[test]
fn r7643_3_1_04_every_returned_resource_has_its_id() {
    for set in [SchemaSet::user(), SchemaSet::group()] {
        let id = definition(set, "id");
        assert_eq!(id.mutability(), Mutability::ReadOnly);
        assert_eq!(id.returned(), Returned::Always);
        assert_eq!(id.uniqueness(), Uniqueness::Server);
        assert!(id.case_exact());
    }
    assert!(ResourceId::new("").is_err());
    let stored =
        SchemaSet::user().admit(user_with(json!({"id": "7"})), Intent::Response, &Profile::rfc()).unwrap();
    let resolve = |text: &str| SchemaSet::user().resolve(&path(text)).unwrap();
    for projection in [
        Projection::default(),
        Projection::only([resolve("userName")]),
        Projection::except([resolve("id"), resolve("userName")]),
    ] {
        assert_eq!(to_json(&SchemaSet::user().project(&stored.resource, &projection))["id"], "7");
    }
    // The client does not choose it.
    assert_eq!(created(SchemaSet::user(), user_with(json!({"id": "8"}))).id(), None);
}

#[test]
fn r7643_3_1_08_a_resource_may_have_an_external_id() {
    for set in [SchemaSet::user(), SchemaSet::group()] {
        let external_id = definition(set, "externalId");
        assert_eq!(external_id.kind(), AttrType::String);
        assert_eq!(external_id.mutability(), Mutability::ReadWrite);
        assert_eq!(external_id.returned(), Returned::Default);
        assert_eq!(external_id.uniqueness(), Uniqueness::None);
        assert!(external_id.case_exact() && !external_id.required() && !external_id.multi_valued());
    }
    assert_eq!(
        created(SchemaSet::user(), user_with(json!({"externalId": "X-1"}))).external_id(),
        Some("X-1")
    );
    assert_eq!(created(SchemaSet::user(), user_with(json!({}))).external_id(), None);
    assert_ne!(ExternalId::new("a").unwrap(), ExternalId::new("A").unwrap());
}

#[test]
fn r7643_3_1_12_meta_is_read_only_and_returned_by_default() {
    for name in
        ["meta", "meta.resourceType", "meta.created", "meta.lastModified", "meta.location", "meta.version"]
    {
        let definition = definition(SchemaSet::user(), name);
        assert_eq!(definition.mutability(), Mutability::ReadOnly, "{name}");
        assert_eq!(definition.returned(), Returned::Default, "{name}");
        assert!(!definition.multi_valued(), "{name}");
    }
    assert!(definition(SchemaSet::user(), "meta.resourceType").case_exact());
    assert_eq!(definition(SchemaSet::user(), "meta").sub_attributes().len(), 5);
    let body = user_with(json!({"meta": {"resourceType": "Group", "created": "2011-05-13T04:42:34Z"}}));
    assert_eq!(created(SchemaSet::user(), body).get(&attr::META), None);
}

#[test]
fn r7643_3_1_13_created_and_last_modified_are_date_times() {
    for name in ["created", "lastModified"] {
        assert_eq!(definition(SchemaSet::user(), &format!("meta.{name}")).kind(), AttrType::DateTime);
        let body = user_with(json!({"meta": {name: "2011-05-13T04:42:34.120+02:00"}}));
        let read = SchemaSet::user().admit(body.clone(), Intent::Response, &Profile::rfc()).unwrap();
        assert_eq!(read.resource.as_map()["meta"][name], "2011-05-13T04:42:34.120+02:00");
        assert!(serde_json::from_value::<User>(body).is_ok());
        let body = user_with(json!({"meta": {name: "yesterday"}}));
        let error = SchemaSet::user().admit(body.clone(), Intent::Response, &Profile::rfc()).unwrap_err();
        assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue));
        // A typed answer is read all the same: it is the server's own business what it says there.
        assert_eq!(serde_json::from_value::<User>(body).unwrap().meta, None);
    }
}

#[test]
fn r7643_3_1_17_versions_are_compared_exactly() {
    assert!(definition(SchemaSet::user(), "meta.version").case_exact());
    assert_ne!(Version::new("a1").unwrap(), Version::new("A1").unwrap());
    let body = user_with(json!({"meta": {"version": "W/\"a330bc54f0671c9\""}}));
    let read = SchemaSet::user().admit(body, Intent::Response, &Profile::rfc()).unwrap().resource;
    assert_eq!(read.version(), Some(Version::new("a330bc54f0671c9").unwrap()));
    assert_eq!(read.get(&attr::META_VERSION), Some(&json!("W/\"a330bc54f0671c9\"")));
}

#[test]
fn r7643_3_3_01_schemas_names_the_base_schema() {
    for schemas in [json!([ENTERPRISE]), json!([GROUP])] {
        let body = json!({"schemas": schemas, "userName": "b", ENTERPRISE: {"department": "Tours"}});
        refused(SchemaSet::user(), &body, &ScimType::InvalidValue);
    }
    assert_eq!(listed(&Resource::new(SchemaSet::group())), [GROUP]);
    let user = User { user_name: "b".into(), schemas: vec![ENTERPRISE.parse().unwrap()], ..User::default() };
    assert!(to_json(&user)["schemas"].as_array().unwrap().contains(&json!(USER)));
}

#[test]
fn r7643_3_3_02_schemas_may_list_extensions() {
    for extension in [json!({}), json!({ENTERPRISE: {"department": "Tours"}})] {
        let body = with(user_with(json!({"schemas": [USER, ENTERPRISE]})), extension);
        assert!(create(SchemaSet::user(), body, &Profile::rfc()).unwrap().deviations.is_empty());
    }
    let body = user_with(json!({"schemas": [USER, "urn:example:unknown:1.0:User"]}));
    refused_by(&Profile::rfc(), SchemaSet::user(), &body, &ScimType::InvalidValue);
    let admitted = create(SchemaSet::user(), body, &Profile::lenient()).unwrap();
    assert_eq!(listed(&admitted.resource), [USER]);
    assert_eq!(admitted.deviations[0].id(), "ENT-14");
}

#[test]
fn r7643_3_3_03_extensions_sit_below_their_uri() {
    let body = user_with(json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Tours"}}));
    let resource = created(SchemaSet::user(), body);
    assert_eq!(resource.as_map()[ENTERPRISE], json!({"department": "Tours"}));
    assert_eq!(resource.get(&attr::DEPARTMENT), Some(&json!("Tours")));
    // Nowhere else, and nothing of the base schema is in there.
    let top = user_with(json!({"department": "Tours"}));
    refused_by(&Profile::rfc(), SchemaSet::user(), &top, &ScimType::InvalidSyntax);
    let inside = user_with(json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"title": "Guide"}}));
    refused_by(&Profile::rfc(), SchemaSet::user(), &inside, &ScimType::InvalidSyntax);
    let mut resource = Resource::new(SchemaSet::user());
    resource.set(&attr::DEPARTMENT, json!("Tours")).unwrap();
    assert_eq!(resource.as_map()[ENTERPRISE], json!({"department": "Tours"}));
    assert_eq!(listed(&resource), [USER, ENTERPRISE]);
}

#[test]
fn r7643_3_3_04_an_extension_that_repeats_a_name_stays_apart() {
    let uri = "urn:example:params:scim:schemas:Nick:1.0:User";
    let own = Attribute::new("nickName".parse().unwrap(), AttrType::Integer);
    let extension = Schema::new(uri.parse().unwrap(), "Nick", "", vec![own]).unwrap();
    let set = SchemaSet::new(Schema::user(), [SchemaExtension::optional(Arc::new(extension))]).unwrap();
    assert_eq!(definition(&set, "nickName").kind(), AttrType::String);
    assert_eq!(definition(&set, &format!("{uri}:nickName")).kind(), AttrType::Integer);
    let body = user_with(json!({"schemas": [USER, uri], "nickName": "Babs", uri: {"nickName": 7}}));
    assert_eq!(members(&set, body), json!({"userName": "bjensen", "nickName": "Babs", uri: {"nickName": 7}}));
}

#[test]
fn r7643_3_3_05_the_resource_type_tells_base_and_extensions_apart() {
    let kind = ResourceType::new("User", "/Users", SchemaSet::user());
    assert_eq!(kind.schema.as_ref().unwrap(), USER);
    assert_eq!(kind.schema_extensions.len(), 1);
    assert_eq!(kind.schema_extensions[0].schema.as_ref().unwrap(), ENTERPRISE);
    // The place in `schemas` does not tell.
    let body = user_with(json!({"schemas": [ENTERPRISE, USER], ENTERPRISE: {"department": "Tours"}}));
    let resource = created(SchemaSet::user(), body);
    assert_eq!(resource.schema_set().unwrap().base().id(), USER);
    assert_eq!(resource.get(&path(&format!("{USER}:userName"))), Some(&json!("bjensen")));
}
