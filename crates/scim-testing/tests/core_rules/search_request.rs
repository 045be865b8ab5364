//! RFC 7644 §3.4.3 and RFC 9865 §3: the body of a query, which `scim-filter` reads and writes.

use scim_core::Limits;
use scim_filter::query::{Page, ParsedQuery, ProjectionParams, Query, Sort, SortOrder};

use super::*;

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

fn search(members: Value) -> Result<ParsedQuery, ScimError> {
    let body = with(json!({"schemas": [SEARCH_REQUEST]}), members);
    Query::from_search_request(body, &Limits::default(), &Profile::rfc())
}

#[track_caller]
fn search_refused(members: Value) {
    let error = search(members.clone()).unwrap_err();
    assert_eq!(
        (error.status(), error.scim_type()),
        (400, Some(&ScimType::InvalidValue)),
        "{members}: {error}"
    );
}

#[test]
fn r7644_3_4_3_05_schemas_names_the_message() {
    assert_eq!(search(json!({})).unwrap().query, Query::default());
    for schemas in [json!([]), json!([USER]), Value::Null] {
        assert!(search(json!({"schemas": schemas})).is_err());
    }
    assert_eq!(Query::default().to_search_request(), json!({"schemas": [SEARCH_REQUEST]}));
}

#[test]
fn r7644_3_4_3_06_attributes_are_a_list_of_paths() {
    let paths: Vec<AttrPath> = ["userName", "emails.value"].map(|path| path.parse().unwrap()).into();
    let query = search(json!({"attributes": ["userName", "emails.value"]})).unwrap().query;
    assert_eq!(query.projection, ProjectionParams::Attributes(paths));
    search_refused(json!({"attributes": "userName"}));
    search_refused(json!({"attributes": ["user name"]}));
}

#[test]
fn r7644_3_4_3_07_excluded_attributes_are_a_list_of_paths() {
    let query = search(json!({"excludedAttributes": ["members"]})).unwrap().query;
    assert_eq!(query.projection, ProjectionParams::ExcludedAttributes(vec!["members".parse().unwrap()]));
    search_refused(json!({"excludedAttributes": {}}));
}

#[test]
fn r7644_3_4_3_08_the_filter_is_a_string() {
    let query = search(json!({"filter": "title pr"})).unwrap().query;
    assert_eq!(query.filter, Some("title pr".parse().unwrap()));
    search_refused(json!({"filter": ["title pr"]}));
}

#[test]
fn r7644_3_4_3_09_sort_by_is_one_path() {
    let query = search(json!({"sortBy": "name.familyName"})).unwrap().query;
    assert_eq!(query.sort, Some(Sort::by("name.familyName".parse().unwrap())));
    search_refused(json!({"sortBy": ["userName"]}));
    search_refused(json!({"sortBy": "userName,title"}));
}

#[test]
fn r7644_3_4_3_10_sort_order_is_one_of_two_words() {
    let query = search(json!({"sortBy": "userName", "sortOrder": "descending"})).unwrap().query;
    assert_eq!(query.sort.unwrap().order, SortOrder::Descending);
    search_refused(json!({"sortBy": "userName", "sortOrder": "upwards"}));
}

#[test]
fn r7644_3_4_3_11_start_index_and_count_are_numbers() {
    let query = search(json!({"startIndex": 11, "count": 10})).unwrap().query;
    assert_eq!(query.page, Page::from_index(11).with_count(10));
    for wrong in [json!("1"), json!(1.5), json!(true), json!([1])] {
        search_refused(json!({"startIndex": wrong}));
        search_refused(json!({"count": wrong}));
    }
}

#[test]
fn r9865_3_01_the_cursor_is_a_member() {
    assert_eq!(search(json!({"cursor": ""})).unwrap().query.page, Page::first_cursor());
    let page = Page::from_cursor("VZUTiyhEQJ94IR".parse().unwrap());
    assert_eq!(search(json!({"cursor": "VZUTiyhEQJ94IR"})).unwrap().query.page, page);
}
