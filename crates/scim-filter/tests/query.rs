//! Queries: from a query string, from a body, and back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use scim_core::{Limits, Profile, Resource, SchemaSet, ScimError, attr};
use scim_filter::query::{Page, ParsedQuery, Query, Sort};
use scim_filter::{CheckOptions, Filter};
use serde_json::{Value, json};

fn parse(text: &str) -> Result<ParsedQuery, ScimError> {
    Query::parse(text, &Limits::default(), &Profile::lenient())
}

fn body(body: Value) -> Result<ParsedQuery, ScimError> {
    Query::from_search_request(body, &Limits::default(), &Profile::lenient())
}

#[test]
fn query_strings_as_they_are_sent() {
    let texts = [
        "",
        "filter=userName%20eq%20%22bjensen%22",
        "filter=userName+eq+%22x%22&",
        "&&filter=title+pr&&count=5&",
        "FILTER=title+pr&StartIndex=2&COUNT=3&sortby=userName&SORTORDER=Descending",
        "filter=emails.value+eq+%22a%2Bb%40x%22",
        "filter=emails.value+eq+%22a%252Bb%22",
        "filter=displayName+eq+%22100%25+%26+more%3D%22",
        "filter=displayName%20eq%20%22J%C3%B6rg%22",
        "filter=displayName eq \"unencoded\"",
        "filter=a+eq+%22b=c%22",
        "attributes=userName,emails.value,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "attributes=userName,%20name&attributes=emails,,&attributes=",
        "excludedAttributes=members",
        "attributes=",
        "startIndex=0&count=-5",
        "startIndex=99999999999999999999999999&count=99999999999999999999999999",
        "cursor&count=10",
        "cursor=&count=10",
        "cursor=VZUTiyhEQJ94IR&count=10",
        "sortOrder=descending",
        "unknown=1&_=2&filter=title+pr",
        "filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22x%22",
    ];
    let shown: Vec<String> = texts
        .iter()
        .map(|text| {
            let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let written = parsed.query.to_query_string();
            assert_eq!(parse(&written).unwrap().query, parsed.query, "{written}");
            let sent = parsed.query.to_search_request();
            let expected = Query { in_uri: false, ..parsed.query.clone() };
            assert_eq!(body(sent.clone()).unwrap().query, expected, "{sent}");
            let mut line = format!("{text}\n    {written}");
            for ignored in &parsed.ignored {
                line += &format!("\n    ignored: {ignored}");
            }
            for deviation in &parsed.deviations {
                line += &format!("\n    {deviation}");
            }
            line
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn query_strings_that_are_refused() {
    let long = format!("filter={}", "x".repeat(40_000));
    let many = format!("attributes={}", vec!["userName"; 257].join(","));
    let texts = [
        "filter=userName+is+%22x%22",
        "filter=",
        "filter=title+pr&filter=title+pr",
        "count=1&Count=1",
        "count=ten",
        "count=",
        "count=1.0",
        "startIndex=+1",
        "startIndex=1e3",
        "startIndex=-",
        "sortBy=",
        "sortBy=user%20name",
        "sortBy=userName&sortOrder=down",
        "attributes=user%20name",
        "attributes=emails%5Btype%20eq%20%22work%22%5D",
        "attributes=userName&excludedAttributes=emails",
        "cursor=a%20b",
        "cursor=%22",
        "cursor=x&startIndex=1",
        "filter=%",
        "filter=%2",
        "filter=%zz",
        "filter=%ff",
        "%ff=1",
        &long,
        &many,
    ];
    let said: Vec<String> = texts
        .iter()
        .map(|text| {
            let shown: String = text.chars().take(60).collect();
            format!("{shown}\n    {}", parse(text).unwrap_err())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn section_3_4_3_bodies() {
    for file in ["rfc7644/3.4.3-search-request", "rfc9865/3-search-request"] {
        let file = format!("{}/../scim-testing/testdata/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let sent: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let query = body(sent.clone()).unwrap().query;
        assert_eq!(query.to_search_request(), sent);
    }
}

#[test]
fn bodies_that_are_refused_or_forgiven() {
    let with = |more: Value| {
        let mut body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let bad = [
        json!([]),
        json!({}),
        json!({"schemas": []}),
        json!({"schemas": "urn:ietf:params:scim:api:messages:2.0:SearchRequest"}),
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]}),
        with(json!({"filter": 5})),
        with(json!({"filter": "x"})),
        with(json!({"filter": "title%20pr"})),
        with(json!({"count": "10"})),
        with(json!({"count": 1.5})),
        with(json!({"startIndex": -1e-7})),
        with(json!({"startIndex": true})),
        with(json!({"attributes": "userName"})),
        with(json!({"attributes": [1]})),
        with(json!({"attributes": ["user name"]})),
        with(json!({"attributes": ["a"], "excludedAttributes": ["b"]})),
        with(json!({"cursor": "", "startIndex": 1})),
        with(json!({"count": 1, "COUNT": 2})),
        with(json!({"sortBy": {}})),
    ];
    let said: Vec<String> = bad
        .into_iter()
        .map(|mut sent| {
            // An application may have chosen to keep the order of members.
            sent.sort_all_objects();
            format!("{sent}\n    {}", body(sent.clone()).unwrap_err())
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    let good = with(json!({"Filter": null, "STARTINDEX": -1, "count": -1, "more": {}, "attributes": []}));
    let parsed = body(good).unwrap();
    assert_eq!(parsed.query, Query { page: Page::from_index(1).with_count(0), ..Query::default() });
    assert_eq!(parsed.ignored, ["more"]);
}

#[test]
fn a_query_is_checked_as_a_whole() {
    let options = CheckOptions { in_uri: true, ..CheckOptions::default() };
    let check = |text: &str| parse(text).unwrap().query.check(SchemaSet::user(), &options);
    let typed = check("filter=title+pr&sortBy=emails&attributes=emails&count=1").unwrap();
    assert!(typed.filter.is_some());
    assert_eq!(typed.sort.unwrap().target().unwrap().path(), &attr::EMAILS_VALUE);
    assert_eq!(typed.projection.attributes().unwrap()[0].path(), &attr::EMAILS);
    let said: Vec<String> = [
        "filter=password+eq+%22x%22",
        "filter=nothing+pr",
        "sortBy=password",
        "sortBy=nothing",
        "sortBy=name",
        "sortBy=urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ]
    .map(|text| check(text).unwrap_err().to_string())
    .into();
    insta::assert_snapshot!(said.join("\n"));
    let readable = [attr::ID];
    let blind = CheckOptions { readable: Some(&readable), ..options };
    assert_eq!(Sort::by(attr::TITLE).check(SchemaSet::user(), &blind).unwrap_err().status(), 403);
}

#[test]
fn section_7_5_2_a_query_remembers_where_it_came_from() {
    let plain = CheckOptions::default();
    for (query, status) in [
        (parse("filter=password+pr").unwrap().query, "403 sensitive"),
        (parse("sortBy=password").unwrap().query, "403 sensitive"),
        (Query::of(Filter::pr(attr::PASSWORD)), "400 invalidFilter"),
        (
            body(json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
                "filter": "password pr"
            }))
            .unwrap()
            .query,
            "400 invalidFilter",
        ),
    ] {
        let error = query.check(SchemaSet::user(), &plain).unwrap_err().to_string();
        assert!(error.starts_with(status), "{error}");
    }
}

#[test]
fn ent13_order_and_attributes_may_leave_out_the_urn() {
    let profile = Profile::lenient();
    let options = CheckOptions { profile: Some(&profile), ..CheckOptions::default() };
    let query = parse("filter=department+pr&sortBy=costCenter&attributes=id,manager,nothing").unwrap().query;
    let typed = query.check(SchemaSet::user(), &options).unwrap();
    let said: Vec<_> = typed.deviations.iter().map(ToString::to_string).collect();
    assert_eq!(typed.filter.unwrap().deviations()[0].at(), "department");
    assert_eq!(typed.sort.unwrap().target().unwrap().path(), &attr::COST_CENTER);
    assert_eq!(typed.projection.attributes().unwrap().len(), 2);
    assert_eq!(
        said,
        ["costCenter", "manager"].map(|at| format!(
            "ENT-13 at `{at}`: extension attribute without its URN, or with a dot after it"
        ))
    );
    assert!(query.check(SchemaSet::user(), &CheckOptions::default()).is_err());
}

#[test]
fn c55_numbers_of_a_body_may_be_large_or_written_as_floats() {
    for (start_index, count, expected) in [
        ("-99999999999999999999", "18446744073709551616", Page::from_index(1).with_count(u64::MAX)),
        ("18446744073709551616", "-18446744073709551616", Page::from_index(u64::MAX).with_count(0)),
        ("-0", "-0", Page::from_index(1).with_count(0)),
        ("10.0", "1e2", Page::from_index(10).with_count(100)),
        ("1e300", "-1e300", Page::from_index(u64::MAX).with_count(0)),
    ] {
        let text = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"startIndex":{start_index},"count":{count}}}"#
        );
        assert_eq!(body(serde_json::from_str(&text).unwrap()).unwrap().query.page, expected, "{text}");
    }
}

#[test]
fn ent18_a_probe_is_a_filter_like_any_other() {
    let query = parse("filter=userName+eq+%221c0ffee0-0000-0000-0000-000000000000%22").unwrap().query;
    let user = Resource::new(SchemaSet::user());
    let typed = query.check(SchemaSet::user(), &CheckOptions::default()).unwrap();
    assert!(!typed.filter.unwrap().matches(&user));
    assert!(
        Query::of(Filter::pr(attr::SCHEMAS))
            .check(SchemaSet::user(), &CheckOptions::default())
            .unwrap()
            .filter
            .unwrap()
            .matches(&user)
    );
}

#[test]
fn both_attribute_lists_are_refused_unless_the_first_may_win() {
    let text = "attributes=userName&excludedAttributes=emails";
    assert!(Query::parse(text, &Limits::default(), &Profile::lenient()).is_err());
    let profile = Profile::rfc().with(&scim_filter::query::ATTRIBUTES_WIN);
    let parsed = Query::parse(text, &Limits::default(), &profile).unwrap();
    assert_eq!(
        parsed.query.projection,
        scim_filter::query::ProjectionParams::Attributes(vec![attr::USER_NAME])
    );
    assert_eq!(parsed.deviations[0].id(), "R7644-3.9-03");
}
