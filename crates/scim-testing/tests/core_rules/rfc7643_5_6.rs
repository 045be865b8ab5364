//! RFC 7643 §5 and §6: what a service provider says of itself.

use scim_core::schema::{AttrType, Attribute, Mutability, Schema, SchemaExtension};
use scim_core::{
    AuthenticationScheme, BulkConfig, ExtensionOf, FilterConfig, ResourceType, SchemaSet,
    ServiceProviderConfig, Supported,
};
use serde_json::{Value, json};

use super::*;

fn config_set() -> SchemaSet {
    SchemaSet::new(Schema::service_provider_config(), []).unwrap()
}

fn type_set() -> SchemaSet {
    SchemaSet::new(Schema::resource_type(), []).unwrap()
}

/// What is written even of a configuration that says nothing.
fn empty() -> Value {
    to_json(&ServiceProviderConfig::default())
}

fn round_trip(json: &Value) -> Value {
    let config: ServiceProviderConfig = serde_json::from_value(json.clone()).unwrap();
    to_json(&config)
}

/// A required object with the required boolean `supported`.
#[track_caller]
fn has_supported(name: &str) {
    let outer = definition(&config_set(), name);
    assert_eq!((outer.kind(), outer.required(), outer.multi_valued()), (AttrType::Complex, true, false));
    let inner = definition(&config_set(), &format!("{name}.supported"));
    assert_eq!((inner.kind(), inner.required()), (AttrType::Boolean, true));
    assert_eq!(empty()[name]["supported"], json!(false));
    assert_eq!(round_trip(&json!({name: {"supported": true}}))[name]["supported"], json!(true));
}

/// A required integer.
#[track_caller]
fn has_count(outer: &str, name: &str) {
    let definition = definition(&config_set(), &format!("{outer}.{name}"));
    assert_eq!((definition.kind(), definition.required()), (AttrType::Integer, true));
    assert_eq!(empty()[outer][name], json!(0));
    assert_eq!(
        round_trip(&json!({outer: {"supported": true, name: 1_048_576}}))[outer][name],
        json!(1_048_576)
    );
}

/// A string or reference of an authentication scheme, required or not.
#[track_caller]
fn scheme_has(name: &str, kind: AttrType, required: bool) {
    let definition = definition(&config_set(), &format!("authenticationSchemes.{name}"));
    assert_eq!((definition.kind(), definition.required()), (kind, required));
    let written = to_json(&AuthenticationScheme::default());
    assert_eq!(written.get(name).is_some(), required);
    let scheme = json!({"type": "oauth2", "name": "n", "description": "d", "specUri": "http://example.com/s", "documentationUri": "http://example.com/d"});
    let config = round_trip(&json!({"authenticationSchemes": [scheme]}));
    assert_eq!(config["authenticationSchemes"][0][name], scheme[name]);
}

#[test]
fn r7643_5_02_the_configuration_is_read_only_and_needs_no_id() {
    let schema = Schema::service_provider_config();
    fn check(attribute: &Attribute) {
        assert_eq!(attribute.mutability(), Mutability::ReadOnly, "{}", attribute.name());
        attribute.sub_attributes().iter().for_each(|sub| check(sub));
    }
    schema.attributes().iter().for_each(|attribute| check(attribute));
    assert!(schema.attribute("id").is_none());
    assert!(empty().get("id").is_none());
}

#[test]
fn r7643_5_03_a_help_page_may_be_named() {
    let definition = definition(&config_set(), "documentationUri");
    assert_eq!((definition.kind(), definition.required()), (AttrType::Reference, false));
    assert!(empty().get("documentationUri").is_none());
    let config = round_trip(&json!({"documentationUri": "http://example.com/help/scim.html"}));
    assert_eq!(config["documentationUri"], "http://example.com/help/scim.html");
}

#[test]
fn r7643_5_04_patch_supported() {
    has_supported("patch");
    let config = ServiceProviderConfig { patch: Supported::yes(), ..ServiceProviderConfig::default() };
    assert_eq!(to_json(&config)["patch"], json!({"supported": true}));
}

#[test]
fn r7643_5_05_bulk_supported() {
    has_supported("bulk");
}

#[test]
fn r7643_5_06_bulk_max_operations() {
    has_count("bulk", "maxOperations");
    let bulk = BulkConfig { supported: true, max_operations: 10, ..BulkConfig::default() };
    assert_eq!(to_json(&bulk)["maxOperations"], json!(10));
}

#[test]
fn r7643_5_07_bulk_max_payload_size() {
    has_count("bulk", "maxPayloadSize");
}

#[test]
fn r7643_5_08_filter_supported() {
    has_supported("filter");
}

#[test]
fn r7643_5_09_filter_max_results() {
    has_count("filter", "maxResults");
    let filter = FilterConfig { supported: true, max_results: 200, ..FilterConfig::default() };
    assert_eq!(to_json(&filter), json!({"supported": true, "maxResults": 200}));
}

#[test]
fn r7643_5_10_change_password_supported() {
    has_supported("changePassword");
}

#[test]
fn r7643_5_11_sort_supported() {
    has_supported("sort");
}

#[test]
fn r7643_5_12_etag_supported() {
    has_supported("etag");
}

#[test]
fn r7643_5_13_authentication_schemes_are_a_list() {
    let definition = definition(&config_set(), "authenticationSchemes");
    assert_eq!(definition.kind(), AttrType::Complex);
    assert!(definition.multi_valued() && definition.required());
    assert_eq!(empty()["authenticationSchemes"], json!([]));
}

#[test]
fn r7643_5_14_a_scheme_has_a_type() {
    scheme_has("type", AttrType::String, true);
    let canonical = ["oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest"];
    assert_eq!(definition(&config_set(), "authenticationSchemes.type").canonical_values(), canonical);
}

#[test]
fn r7643_5_15_a_scheme_has_a_name() {
    scheme_has("name", AttrType::String, true);
}

#[test]
fn r7643_5_16_a_scheme_has_a_description() {
    scheme_has("description", AttrType::String, true);
}

#[test]
fn r7643_5_17_a_scheme_may_name_its_specification() {
    scheme_has("specUri", AttrType::Reference, false);
}

#[test]
fn r7643_5_18_a_scheme_may_name_its_documentation() {
    scheme_has("documentationUri", AttrType::Reference, false);
}

#[test]
fn r7643_6_01_a_resource_type_names_schemas_that_exist() {
    let kind = ResourceType::new("User", "/Users", SchemaSet::user());
    assert_eq!(kind.schema.as_ref(), Some(Schema::user().id()));
    assert_eq!(kind.schema_extensions[0].schema.as_ref(), Some(Schema::enterprise_user().id()));
    let json = to_json(&kind);
    assert_eq!(json["schema"], to_json(&*Schema::user())["id"]);
    assert_eq!(json["schemaExtensions"][0]["schema"], to_json(&*Schema::enterprise_user())["id"]);
}

#[test]
fn r7643_6_04_a_resource_type_may_have_an_id() {
    let read: ResourceType =
        serde_json::from_value(json!({"name": "User", "endpoint": "/Users", "schema": USER})).unwrap();
    assert_eq!(read.id, None);
    let mut json = to_json(&read);
    assert!(json.get("id").is_none());
    json["id"] = json!("User");
    assert_eq!(serde_json::from_value::<ResourceType>(json).unwrap().id.as_deref(), Some("User"));
}

#[test]
fn r7643_6_05_a_resource_type_has_a_name() {
    assert!(definition(&type_set(), "name").required());
    assert_eq!(to_json(&ResourceType::new("User", "/Users", SchemaSet::user()))["name"], "User");
    assert!(to_json(&ResourceType::default()).get("name").is_some());
}

#[test]
fn r7643_6_06_a_resource_type_may_have_a_description() {
    assert!(!definition(&type_set(), "description").required());
    assert!(to_json(&ResourceType::default()).get("description").is_none());
    let read: ResourceType = serde_json::from_value(json!({"description": "User Account"})).unwrap();
    assert_eq!(to_json(&read)["description"], "User Account");
}

#[test]
fn r7643_6_07_a_resource_type_has_an_endpoint() {
    assert!(definition(&type_set(), "endpoint").required());
    assert_eq!(to_json(&ResourceType::new("User", "/Users", SchemaSet::user()))["endpoint"], "/Users");
    assert!(to_json(&ResourceType::default()).get("endpoint").is_some());
}

#[test]
fn r7643_6_08_a_resource_type_has_a_base_schema() {
    let definition = definition(&type_set(), "schema");
    assert_eq!((definition.kind(), definition.required()), (AttrType::Reference, true));
    assert_eq!(to_json(&ResourceType::new("Group", "/Groups", SchemaSet::group()))["schema"], GROUP);
}

#[test]
fn r7643_6_09_a_resource_type_may_have_extensions() {
    let definition = definition(&type_set(), "schemaExtensions");
    assert_eq!(
        (definition.kind(), definition.multi_valued(), definition.required()),
        (AttrType::Complex, true, false)
    );
    assert!(
        to_json(&ResourceType::new("Group", "/Groups", SchemaSet::group())).get("schemaExtensions").is_none()
    );
    assert_eq!(
        to_json(&ResourceType::new("User", "/Users", SchemaSet::user()))["schemaExtensions"],
        json!([{"schema": ENTERPRISE, "required": false}])
    );
}

#[test]
fn r7643_6_10_an_extension_names_its_schema() {
    assert!(definition(&type_set(), "schemaExtensions.schema").required());
    let set = SchemaSet::new(Schema::user(), [SchemaExtension::required(Schema::enterprise_user())]).unwrap();
    let kind = ResourceType::new("User", "/Users", &set);
    assert_eq!(kind.schema_extensions[0].schema.as_ref().unwrap(), ENTERPRISE);
}

#[test]
fn r7643_6_11_an_extension_says_whether_it_is_required() {
    let definition = definition(&type_set(), "schemaExtensions.required");
    assert_eq!((definition.kind(), definition.required()), (AttrType::Boolean, true));
    let set = SchemaSet::new(Schema::user(), [SchemaExtension::required(Schema::enterprise_user())]).unwrap();
    assert_eq!(
        to_json(&ResourceType::new("User", "/Users", &set))["schemaExtensions"][0]["required"],
        json!(true)
    );
    assert_eq!(to_json(&ExtensionOf::default())["required"], json!(false));
}
