//! RFC 7644: messages as data.

use scim_core::{
    AttrPath, BulkMethod, BulkOperation, BulkRequest, BulkResponse, BulkResult, Limits, ListResponse,
    SchemaSet, SchemaUri, ScimError, ScimType,
};
use serde_json::{Value, json};

use super::*;

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn bulk(operations: Value) -> Result<BulkRequest, ScimError> {
    BulkRequest::from_json(json!({"schemas": [BULK_REQUEST], "Operations": operations}), &Limits::default())
}

#[track_caller]
fn bulk_refused(operation: &Value) {
    let error = bulk(json!([operation])).unwrap_err();
    assert_eq!(
        (error.status(), error.scim_type()),
        (400, Some(&ScimType::InvalidSyntax)),
        "{operation}: {error}"
    );
}

#[test]
fn r7644_3_1_01_messages_name_their_schema() {
    let prefix = "urn:ietf:params:scim:api:messages:2.0:";
    for message in [
        to_json(&ListResponse::<Value>::default()),
        to_json(&BulkRequest::default()),
        to_json(&BulkResponse::default()),
        to_json(&ScimError::not_found("7")),
    ] {
        let schemas = message["schemas"].as_array().unwrap();
        assert_eq!(schemas.len(), 1, "{message}");
        assert!(schemas[0].as_str().unwrap().starts_with(prefix), "{message}");
    }
    for uri in [SchemaUri::SEARCH_REQUEST, SchemaUri::PATCH_OP] {
        assert!(uri.as_str().starts_with(prefix));
    }
}

#[test]
fn r7644_3_4_2_04_a_page_has_its_numbers_and_its_resources() {
    let empty = ListResponse::<Value> { total_results: Some(0), ..ListResponse::default() };
    let json = to_json(&empty);
    assert_eq!((&json["totalResults"], &json["Resources"]), (&json!(0), &json!([])));
    let page = ListResponse {
        total_results: Some(100),
        start_index: Some(11),
        items_per_page: Some(2),
        resources: vec![json!({"id": "1"}), json!({"id": "2"})],
        ..ListResponse::default()
    };
    assert_eq!(
        to_json(&page),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 100,
            "startIndex": 11,
            "itemsPerPage": 2,
            "Resources": [{"id": "1"}, {"id": "2"}],
        })
    );
    // Read, whatever is there will do.
    for (text, total, resources) in [
        (r#"{"totalResults":0}"#, Some(0), 0),
        (r#"{"totalResults":1,"Resources":null,"startIndex":null,"itemsPerPage":null}"#, Some(1), 0),
        (r#"{"totalResults":"2","resources":[{},{}],"itemsPerPage":50}"#, Some(2), 2),
        (r#"{"RESOURCES":[{}]}"#, None, 1),
    ] {
        let page: ListResponse<Value> = serde_json::from_str(text).unwrap();
        assert_eq!((page.total_results, page.resources.len()), (total, resources), "{text}");
    }
}

#[test]
fn r7644_3_4_2_5_02_lists_of_attributes_are_in_standard_notation() {
    let paths: Vec<AttrPath> = serde_json::from_value(json!([
        "userName",
        "name.familyName",
        "urn:ietf:params:scim:schemas:core:2.0:User:emails.value",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ]))
    .unwrap();
    let canonical: Vec<String> =
        paths.iter().map(|path| SchemaSet::user().resolve(path).unwrap().path().to_string()).collect();
    assert_eq!(
        canonical,
        [
            "userName",
            "name.familyName",
            "emails.value",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        ]
    );
    for wrong in ["", "emails[type eq \"work\"]", "user name", "a.b.c", "urn:x:", ".value", "name."] {
        assert_eq!(
            wrong.parse::<AttrPath>().unwrap_err().scim_type(),
            Some(&ScimType::InvalidPath),
            "{wrong}"
        );
    }
    for unknown in ["shoeSize", "name.shoeSize", "urn:example:none:1.0:User:userName", "department"] {
        let error = SchemaSet::user().resolve(&path(unknown)).unwrap_err();
        assert_eq!((error.status(), error.scim_type()), (400, Some(&ScimType::InvalidPath)), "{unknown}");
    }
}

#[test]
fn r7644_3_7_01_a_bulk_request_has_schemas_and_operations() {
    let operation = json!({"method": "DELETE", "path": "/Users/7"});
    let good = json!({"schemas": [BULK_REQUEST], "failOnErrors": 3, "Operations": [operation]});
    let read = BulkRequest::from_json(good.clone(), &Limits::default()).unwrap();
    assert_eq!(read.fail_on_errors, Some(3));
    assert_eq!(to_json(&read), good);
    assert_eq!(bulk(json!([operation])).unwrap().fail_on_errors, None);

    for wrong in [
        json!({"Operations": [operation]}),
        json!({"schemas": [], "Operations": [operation]}),
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]}),
        json!({"schemas": [BULK_REQUEST]}),
        json!({"schemas": [BULK_REQUEST], "Operations": null}),
        json!({"schemas": [BULK_REQUEST], "Operations": operation}),
        json!({"schemas": [BULK_REQUEST], "Operations": ["DELETE"]}),
        json!([]),
        json!("bulk"),
    ] {
        let error = BulkRequest::from_json(wrong.clone(), &Limits::default()).unwrap_err();
        assert_eq!(
            (error.status(), error.scim_type()),
            (400, Some(&ScimType::InvalidSyntax)),
            "{wrong}: {error}"
        );
    }
    for wrong in [json!(-1), json!(1.5), json!("1"), json!(true)] {
        let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": wrong, "Operations": [operation]});
        let error = BulkRequest::from_json(body, &Limits::default()).unwrap_err();
        assert_eq!((error.status(), error.scim_type()), (400, Some(&ScimType::InvalidValue)), "{wrong}");
    }
    // No error limit in an answer.
    let result = BulkResult {
        method: Some(BulkMethod::Delete),
        bulk_id: None,
        version: None,
        location: None,
        status: 204,
        response: None,
    };
    let answer = to_json(&BulkResponse { operations: vec![result] });
    assert_eq!(answer["Operations"][0]["status"], "204");
    assert!(answer.get("failOnErrors").is_none());
}

#[test]
fn r7644_3_7_02_a_bulk_operation_has_its_members() {
    let data = json!({"userName": "Alice"});
    let good = json!([
        {"method": "POST", "path": "/Users", "bulkId": "qwerty", "data": data},
        {"method": "PUT", "path": "/Users/7", "version": "W/\"1\"", "data": data},
        {"method": "PATCH", "path": "/Users/7", "data": {}},
        {"method": "DELETE", "path": "/Users/7"},
    ]);
    let read = bulk(good.clone()).unwrap();
    let methods: Vec<BulkMethod> = read.operations.iter().map(|operation| operation.method).collect();
    assert_eq!(methods, [BulkMethod::Post, BulkMethod::Put, BulkMethod::Patch, BulkMethod::Delete]);
    assert_eq!(to_json(&read)["Operations"], good);
    assert_eq!(
        bulk(json!([{"METHOD": "delete", "Path": "/Users/7"}])).unwrap().operations[0].method,
        BulkMethod::Delete
    );

    for missing in [
        json!({"path": "/Users", "bulkId": "q", "data": data}),
        json!({"method": "GET", "path": "/Users/7"}),
        json!({"method": 7, "path": "/Users/7"}),
        json!({"method": "POST", "bulkId": "q", "data": data}),
        json!({"method": "POST", "path": "", "bulkId": "q", "data": data}),
        json!({"method": "POST", "path": "/Users", "data": data}),
        json!({"method": "POST", "path": "/Users", "bulkId": "", "data": data}),
        json!({"method": "POST", "path": "/Users", "bulkId": null, "data": data}),
        json!({"method": "POST", "path": "/Users", "bulkId": "q"}),
        json!({"method": "PUT", "path": "/Users/7"}),
        json!({"method": "PATCH", "path": "/Users/7", "data": null}),
    ] {
        bulk_refused(&missing);
    }
    let twice = json!([
        {"method": "POST", "path": "/Users", "bulkId": "q", "data": data},
        {"method": "POST", "path": "/Users", "bulkId": "q", "data": data},
    ]);
    assert_eq!(bulk(twice).unwrap_err().scim_type(), Some(&ScimType::InvalidSyntax));
    let operation = BulkOperation {
        method: BulkMethod::Delete,
        bulk_id: None,
        version: None,
        path: "/Users/7".into(),
        data: None,
    };
    assert_eq!(to_json(&operation), json!({"method": "DELETE", "path": "/Users/7"}));
}

#[test]
fn r7644_3_12_01_every_keyword_has_its_name() {
    let keywords = [
        (ScimType::InvalidFilter, "invalidFilter"),
        (ScimType::TooMany, "tooMany"),
        (ScimType::Uniqueness, "uniqueness"),
        (ScimType::Mutability, "mutability"),
        (ScimType::InvalidSyntax, "invalidSyntax"),
        (ScimType::InvalidPath, "invalidPath"),
        (ScimType::NoTarget, "noTarget"),
        (ScimType::InvalidValue, "invalidValue"),
        (ScimType::InvalidVers, "invalidVers"),
        (ScimType::Sensitive, "sensitive"),
        (ScimType::InvalidCursor, "invalidCursor"),
        (ScimType::ExpiredCursor, "expiredCursor"),
        (ScimType::InvalidCount, "invalidCount"),
    ];
    for (scim_type, keyword) in keywords {
        assert_eq!(scim_type.as_str(), keyword);
        assert_eq!(ScimType::from(keyword), scim_type);
        assert_eq!(to_json(&ScimError::new(400).with_type(scim_type))["scimType"], keyword);
    }
    // The registry may grow.
    let read: ScimError = serde_json::from_value(json!({"status": "400", "scimType": "tooHot"})).unwrap();
    assert_eq!(read.scim_type().unwrap().as_str(), "tooHot");
}

#[test]
fn r7644_3_12_05_the_status_is_a_string() {
    for status in [400, 401, 403, 404, 409, 412, 413, 429, 500, 501, 503] {
        assert_eq!(to_json(&ScimError::new(status))["status"], json!(status.to_string()));
    }
    assert_eq!(to_json(&ScimError::uniqueness(&path("userName")))["status"], "409");
    for sent in [json!("404"), json!(404)] {
        let read: ScimError = serde_json::from_value(json!({"status": sent})).unwrap();
        assert_eq!(read.status(), 404);
    }
}

#[test]
fn r7644_3_12_06_the_keyword_is_optional() {
    assert!(to_json(&ScimError::not_found("7")).get("scimType").is_none());
    assert_eq!(to_json(&ScimError::invalid_value("no"))["scimType"], "invalidValue");
    let read: ScimError = serde_json::from_value(json!({"status": "404", "scimType": null})).unwrap();
    assert_eq!(read.scim_type(), None);
}

#[test]
fn r7644_3_12_07_the_detail_is_optional() {
    assert!(to_json(&ScimError::new(404)).get("detail").is_none());
    assert_eq!(to_json(&ScimError::forbidden("not you"))["detail"], "not you");
    // What is for the log does not reach the peer.
    let error = ScimError::internal("db at 10.0.0.7 is down");
    assert!(!to_json(&error).to_string().contains("10.0.0.7"));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("10.0.0.7"));
}
