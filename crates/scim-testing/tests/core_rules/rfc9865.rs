//! RFC 9865: pages by cursor.

use scim_core::schema::{AttrType, Schema};
use scim_core::{ListResponse, Pagination, SchemaSet, ServiceProviderConfig};
use serde_json::{Value, json};

use super::*;

fn config_set() -> SchemaSet {
    SchemaSet::new(Schema::service_provider_config(), []).unwrap()
}

/// What a configuration with this `pagination` writes back.
fn round_trip(pagination: &Value) -> Value {
    let config: ServiceProviderConfig = serde_json::from_value(json!({"pagination": pagination})).unwrap();
    to_json(&config)["pagination"].clone()
}

#[track_caller]
fn required_flag(name: &str) {
    let definition = definition(&config_set(), &format!("pagination.{name}"));
    assert_eq!((definition.kind(), definition.required()), (AttrType::Boolean, true));
    assert_eq!(to_json(&Pagination::default())[name], json!(false));
    assert_eq!(round_trip(&json!({name: true}))[name], json!(true));
}

#[track_caller]
fn optional_count(name: &str) {
    let definition = definition(&config_set(), &format!("pagination.{name}"));
    assert_eq!((definition.kind(), definition.required()), (AttrType::Integer, false));
    assert!(to_json(&Pagination::default()).get(name).is_none());
    assert_eq!(round_trip(&json!({name: 250}))[name], json!(250));
}

#[test]
fn r9865_2_09_a_cursor_page_may_leave_the_total_out() {
    let page = ListResponse {
        next_cursor: Some("VZUTiyhEQJ94IR".into()),
        resources: vec![json!({})],
        ..ListResponse::default()
    };
    let json = to_json(&page);
    assert!(json.get("totalResults").is_none());
    assert_eq!(json["nextCursor"], "VZUTiyhEQJ94IR");
    let read: ListResponse<Value> = serde_json::from_value(json).unwrap();
    assert_eq!(read, page);
}

#[test]
fn r9865_4_03_pagination_is_there_when_cursors_are_supported() {
    let definition = definition(&config_set(), "pagination");
    assert_eq!(
        (definition.kind(), definition.multi_valued(), definition.required()),
        (AttrType::Complex, false, false)
    );
    assert!(to_json(&ServiceProviderConfig::default()).get("pagination").is_none());
    let config = ServiceProviderConfig {
        pagination: Some(Pagination { cursor: true, ..Pagination::default() }),
        ..ServiceProviderConfig::default()
    };
    assert_eq!(to_json(&config)["pagination"], json!({"cursor": true, "index": false}));
}

#[test]
fn r9865_4_04_pagination_by_cursor() {
    required_flag("cursor");
}

#[test]
fn r9865_4_05_pagination_by_index() {
    required_flag("index");
}

#[test]
fn r9865_4_06_pagination_may_have_a_default_method() {
    let definition = definition(&config_set(), "pagination.defaultPaginationMethod");
    assert_eq!((definition.kind(), definition.required()), (AttrType::String, false));
    assert_eq!(definition.canonical_values(), ["cursor", "index"]);
    assert!(to_json(&Pagination::default()).get("defaultPaginationMethod").is_none());
    assert_eq!(round_trip(&json!({"defaultPaginationMethod": "index"}))["defaultPaginationMethod"], "index");
}

#[test]
fn r9865_4_07_pagination_may_have_a_default_page_size() {
    optional_count("defaultPageSize");
}

#[test]
fn r9865_4_08_pagination_may_have_a_largest_page_size() {
    optional_count("maxPageSize");
}

#[test]
fn r9865_4_09_cursors_may_expire() {
    optional_count("cursorTimeout");
}
