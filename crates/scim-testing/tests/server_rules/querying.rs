//! RFC 7644 §3.4.2, §3.4.3 and §3.9: queries, and what their answers show.

use scim_server::Features;

use super::*;

#[test]
fn r7644_3_4_2_01_queries_run_against_a_resource_a_type_and_the_root() {
    let server = with_people();
    let _id = server.created("/Groups", group("Guides", json!({})));
    let first = server.get("/Users").resources()[0]["id"].as_str().unwrap().to_owned();
    let one = server.get(&format!("/Users/{first}?attributes=userName"));
    assert_eq!((one.status, one.text("/userName"), one.body.get("displayName")), (200, "carol", None));
    assert_eq!(server.query("/Users", &[("filter", "userName eq \"bob\"")]).column("userName"), ["Bob"]);
    assert_eq!(server.get("/").body["totalResults"], 5);
}

#[test]
fn r7644_3_4_2_02_unknown_parameters_are_ignored() {
    let server = with_people();
    let plain = server.get("/Users");
    for query in ["colour=red", "colour", "_=1&&x=%5B", "Filtre=userName"] {
        let answer = server.get(&format!("/Users?{query}"));
        assert_eq!((answer.status, &answer.body), (200, &plain.body), "{query}");
    }
    let first = plain.resources()[0]["id"].as_str().unwrap();
    assert_eq!(server.get(&format!("/Users/{first}?colour=red")).body, plain.resources()[0]);
}

#[test]
fn r7644_3_4_2_03_lists_say_what_they_are() {
    let server = with_people();
    let search = json!({"schemas": [SEARCH_REQUEST]});
    for answer in [
        server.get("/Users"),
        server.get("/Groups"),
        server.get("/"),
        server.send("POST", "/.search", search.clone()),
        server.send("POST", "/Users/.search", search),
    ] {
        assert_eq!((answer.status, &answer.body["schemas"]), (200, &json!([LIST_RESPONSE])));
        assert!(answer.body["totalResults"].is_u64());
    }
}

#[test]
fn r7644_3_4_2_05_no_match_is_a_success() {
    let server = with_people();
    for path in ["/Users", "/"] {
        let answer = server.query(path, &[("filter", "userName eq \"nobody\"")]);
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(0)));
        assert!(answer.resources().is_empty());
        assert_eq!((&answer.body["startIndex"], &answer.body["itemsPerPage"]), (&json!(1), &json!(0)));
    }
}

#[test]
fn r7644_3_4_2_1_01_the_root_covers_all_types() {
    let server = with_people();
    let _id = server.created("/Groups", group("Guides", json!({})));
    let all = server.get("/");
    let mut types: Vec<&str> =
        all.resources().iter().map(|one| one["meta"]["resourceType"].as_str().unwrap()).collect();
    types.sort_unstable();
    assert_eq!(types, ["Group", "User", "User", "User", "User"]);
    let of = |filter: &str| server.query("/", &[("filter", filter)]).body["totalResults"].clone();
    assert_eq!(of("meta.resourceType eq \"Group\""), 1);
    assert_eq!(of("(meta.resourceType eq \"User\") or (meta.resourceType eq \"Group\")"), 5);
    // What a type does not have has no value there.
    assert_eq!(of("userName pr"), 4);
    assert_eq!(of("displayName sw \"g\" or displayName sw \"b\""), 2);
    assert_eq!(of("not (userName pr)"), 1);
}

#[test]
fn r7644_3_4_2_1_01_without_it_the_root_is_501() {
    let server = Server::build(|builder| builder.features(Features::all().with_root_search(false)));
    server.get("/").assert_error(501, None);
    server.send("POST", "/.search", json!({"schemas": [SEARCH_REQUEST]})).assert_error(501, None);
}

#[test]
fn r7644_3_4_2_1_03_too_many_results_are_refused() {
    let server = with_things_that_say(|| StoreError::TooMany("say more about what you look for".to_owned()));
    let search = json!({"schemas": [SEARCH_REQUEST]});
    for answer in [server.get("/Things"), server.get("/"), server.send("POST", "/Things/.search", search)] {
        answer.assert_error(400, Some("tooMany"));
    }
}

/// The user names in this order.
fn sorted(parameters: &[(&str, &str)]) -> Vec<String> {
    with_people().query("/Users", parameters).column("userName").into_iter().map(str::to_owned).collect()
}

#[test]
fn r7644_3_4_2_3_02_sort_by_names_the_attribute() {
    assert_eq!(sorted(&[("sortBy", "displayName")]), ["alice", "Bob", "carol", "dave"]);
    assert_eq!(sorted(&[("sortBy", "meta.created")]), ["carol", "Bob", "alice", "dave"]);
    assert_eq!(sorted(&[("sortBy", "name.familyName")])[..3], ["alice", "dave", "carol"]);
    let server = with_people();
    assert_eq!(server.query("/Users", &[("sortBy", "name")]).status, 400);
    assert_eq!(server.query("/Users", &[("sortBy", "nonsense")]).status, 400);
    let search = json!({"schemas": [SEARCH_REQUEST], "sortBy": "userName", "sortOrder": "descending"});
    assert_eq!(
        server.send("POST", "/Users/.search", search).column("userName"),
        ["dave", "carol", "Bob", "alice"]
    );
}

/// Things by the labels in this order.
fn things_sorted(server: &Server, by: &str, order: &str) -> Vec<String> {
    let answer = server.query("/Things", &[("sortBy", by), ("sortOrder", order)]);
    answer.column("label").into_iter().map(str::to_owned).collect()
}

#[test]
fn r7644_3_4_2_3_03_lists_sort_by_their_primary_or_first_element() {
    let server = with_things();
    for (label, marks) in [
        ("a", json!([{"value": 1}, {"value": 9, "primary": true}])),
        ("b", json!([{"value": 5}, {"value": 0}])),
        ("c", json!([{"value": 7}])),
    ] {
        let _id = server.created("/Things", thing(json!({"label": label, "marks": marks})));
    }
    for by in ["marks.value", "marks"] {
        assert_eq!(things_sorted(&server, by, "ascending"), ["b", "c", "a"], "{by}");
        assert_eq!(things_sorted(&server, by, "descending"), ["a", "c", "b"], "{by}");
    }
}

#[test]
fn r7644_3_4_2_3_04_no_value_is_last_or_first() {
    assert_eq!(
        sorted(&[("sortBy", "name.familyName"), ("sortOrder", "ascending")]),
        ["alice", "dave", "carol", "Bob"]
    );
    assert_eq!(
        sorted(&[("sortBy", "name.familyName"), ("sortOrder", "descending")]),
        ["Bob", "carol", "dave", "alice"]
    );
}

#[test]
fn r7644_3_4_2_3_05_the_order_is_ascending_unless_it_is_descending() {
    assert_eq!(sorted(&[("sortBy", "userName")]), ["alice", "Bob", "carol", "dave"]);
    assert_eq!(
        sorted(&[("sortBy", "userName"), ("sortOrder", "ascending")]),
        ["alice", "Bob", "carol", "dave"]
    );
    assert_eq!(
        sorted(&[("sortBy", "userName"), ("sortOrder", "descending")]),
        ["dave", "carol", "Bob", "alice"]
    );
    let wrong = with_people().query("/Users", &[("sortBy", "userName"), ("sortOrder", "sideways")]);
    wrong.assert_error(400, Some("invalidValue"));
}

#[test]
fn r7644_3_4_2_3_06_the_order_is_that_of_the_type() {
    let server = with_things();
    for (label, exact, size, weight, seen) in [
        ("a", "b", 10, 1.5, "2011-05-13T04:42:34Z"),
        ("B", "B", 9, 10.0, "2011-05-13T04:42:34+02:00"),
        ("c", "a", -1, 2.0, "2011-05-13T04:42:34.5Z"),
        ("\u{e4}", "\u{c4}", 0, 0.0, "2010-01-01T00:00:00Z"),
    ] {
        let body = json!({"label": label, "exact": exact, "size": size, "weight": weight, "seen": seen});
        let _id = server.created("/Things", thing(body));
    }
    assert_eq!(things_sorted(&server, "label", "ascending"), ["a", "B", "c", "\u{e4}"]);
    assert_eq!(things_sorted(&server, "exact", "ascending"), ["B", "c", "a", "\u{e4}"]);
    assert_eq!(things_sorted(&server, "size", "ascending"), ["c", "\u{e4}", "B", "a"]);
    assert_eq!(things_sorted(&server, "weight", "ascending"), ["\u{e4}", "a", "c", "B"]);
    assert_eq!(things_sorted(&server, "seen", "ascending"), ["\u{e4}", "B", "a", "c"]);
}

/// `startIndex`, `itemsPerPage`, `totalResults` and the user names.
fn page(server: &Server, query: &str) -> (u64, u64, u64, Vec<String>) {
    let answer = server.get(&format!("/Users?{query}"));
    let number = |name: &str| answer.body[name].as_u64().unwrap_or_else(|| panic!("{name}: {}", answer.body));
    let names = answer.column("userName").into_iter().map(str::to_owned).collect();
    (number("startIndex"), number("itemsPerPage"), number("totalResults"), names)
}

fn names_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn r7644_3_4_2_4_02_an_index_below_1_is_1() {
    let server = with_people();
    for index in ["1", "0", "-1", "-9223372036854775808"] {
        let expected = (1, 2, 4, names_of(&["carol", "Bob"]));
        assert_eq!(page(&server, &format!("startIndex={index}&count=2")), expected, "{index}");
    }
    server.get("/Users?startIndex=one").assert_error(400, Some("invalidValue"));
    server.get("/Users?startIndex=1.5").assert_error(400, Some("invalidValue"));
}

#[test]
fn r7644_3_4_2_4_03_a_negative_count_is_0() {
    let server = with_people();
    for count in ["-1", "-500"] {
        assert_eq!(page(&server, &format!("count={count}")), (1, 0, 4, vec![]));
        assert_eq!(server.get(&format!("/?count={count}")).body["totalResults"], 4);
    }
    let search = json!({"schemas": [SEARCH_REQUEST], "count": -1});
    let answer = server.send("POST", "/Users/.search", search);
    assert_eq!((answer.resources().len(), &answer.body["totalResults"]), (0, &json!(4)));
    server.get("/Users?count=many").assert_error(400, Some("invalidValue"));
}

#[test]
fn r7644_3_4_2_4_04_a_count_of_0_gives_the_total() {
    let server = with_people();
    assert_eq!(page(&server, "count=0"), (1, 0, 4, vec![]));
    let filtered = server.query("/Users", &[("count", "0"), ("filter", "title sw \"guide\"")]);
    assert_eq!((filtered.resources().len(), &filtered.body["totalResults"]), (0, &json!(2)));
}

#[test]
fn r7644_3_4_2_4_05_no_more_than_count() {
    let server = with_people();
    for count in 0..6 {
        assert_eq!(page(&server, &format!("count={count}")).1, count.min(4));
        assert_eq!(server.get(&format!("/?count={count}")).resources().len() as u64, count.min(4));
    }
    let small = Server::build(|builder| {
        builder.limits(scim_core::Limits { page_default: 2, page_max: 3, ..scim_core::Limits::default() })
    });
    for n in 0..5 {
        let _id = small.created("/Users", user(&format!("user{n}"), json!({})));
    }
    let config = small.get("/ServiceProviderConfig");
    assert_eq!(config.body["filter"]["maxResults"], 3);
    assert_eq!((page(&small, "count=100").1, page(&small, "count=100").2), (3, 5));
    assert_eq!(page(&small, "").1, 2);
}

#[test]
fn r7644_3_4_2_4_06_the_answer_says_which_page_it_is() {
    let server = with_people();
    assert_eq!(page(&server, ""), (1, 4, 4, names_of(&["carol", "Bob", "alice", "dave"])));
    assert_eq!(page(&server, "startIndex=2&count=2"), (2, 2, 4, names_of(&["Bob", "alice"])));
    assert_eq!(page(&server, "startIndex=4&count=2"), (4, 1, 4, names_of(&["dave"])));
    assert_eq!(page(&server, "startIndex=5&count=2"), (5, 0, 4, vec![]));
    assert_eq!(page(&server, "startIndex=1000000"), (1_000_000, 0, 4, vec![]));
    let filtered = page(&server, "filter=title%20sw%20%22g%22&startIndex=2&count=1");
    assert_eq!(filtered, (2, 1, 2, names_of(&["Bob"])));
    let root = server.get("/?startIndex=3&count=1");
    assert_eq!((&root.body["startIndex"], &root.body["itemsPerPage"]), (&json!(3), &json!(1)));
    assert_eq!(root.column("userName"), ["alice"]);
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn r7644_3_4_2_5_01_attributes_and_excluded_attributes_are_supported() {
    let server = with_people();
    for one in server.get("/Users?attributes=userName,name.familyName&count=1").resources() {
        assert_eq!(keys(one), ["id", "name", "schemas", "userName"]);
    }
    for one in server.get("/Users?excludedAttributes=name,meta&count=1").resources() {
        assert_eq!(keys(one), ["displayName", "id", "schemas", "title", "userName"]);
    }
    for path in ["/Users/.search", "/.search"] {
        let search = json!({"schemas": [SEARCH_REQUEST], "attributes": ["displayName"], "count": 1});
        assert_eq!(keys(&server.send("POST", path, search).resources()[0]), ["displayName", "id", "schemas"]);
    }
}

#[test]
fn r7644_3_4_2_5_03_always_cannot_be_excluded() {
    let server = with_people();
    for names in ["id", "id,userName", "ID,schemas"] {
        for one in server.get(&format!("/Users?excludedAttributes={names}")).resources() {
            assert!(one["id"].is_string() && one["schemas"].is_array(), "{names}: {one}");
        }
    }
    let things = with_things();
    let _id = things.created("/Things", thing(json!({"badge": "B", "label": "L"})));
    assert_eq!(
        keys(&things.get("/Things?excludedAttributes=badge,label,meta").resources()[0]),
        ["badge", "id", "schemas"]
    );
}

#[test]
fn r7644_3_4_3_02_a_post_to_search_is_a_query() {
    let server = with_people();
    let _id = server.created("/Groups", group("bob's friends", json!({})));
    let search = json!({
        "schemas": [SEARCH_REQUEST], "filter": "displayName sw \"BOB\"", "attributes": ["displayName"],
        "sortBy": "displayName", "startIndex": 1, "count": 10,
    });
    let users = server.send("POST", "/Users/.search", search.clone());
    assert_eq!(users.column("displayName"), ["bob"]);
    assert_eq!(keys(&users.resources()[0]), ["displayName", "id", "schemas"]);
    let root = server.send("POST", "/.search", search);
    assert_eq!(root.column("displayName"), ["bob", "bob's friends"]);
    assert_eq!(server.get("/Users").body["totalResults"], 4);
    server.get("/Users/.search").assert_error(405, None);
}

#[test]
fn r7644_3_4_3_04_a_search_answers_200() {
    let server = with_people();
    for path in ["/Users/.search", "/Groups/.search", "/.search"] {
        let answer = server.send("POST", path, json!({"schemas": [SEARCH_REQUEST]}));
        assert_eq!((answer.status, &answer.body["schemas"]), (200, &json!([LIST_RESPONSE])));
    }
    let other = json!({"schemas": [USER], "userName": "x"});
    Server::strict().send("POST", "/Users/.search", other).assert_error(400, Some("invalidSyntax"));
}

#[test]
fn r7644_3_4_3_12_always_cannot_be_excluded_by_a_search() {
    let server = with_things();
    let _id = server.created("/Things", thing(json!({"badge": "B", "label": "L"})));
    let search = json!({"schemas": [SEARCH_REQUEST], "excludedAttributes": ["id", "badge", "meta", "label"]});
    for path in ["/Things/.search", "/.search"] {
        assert_eq!(
            keys(&server.send("POST", path, search.clone()).resources()[0]),
            ["badge", "id", "schemas"]
        );
    }
}

/// One user with a name and an extension.
fn with_babs() -> (Server, String) {
    let server = Server::new();
    let body = json!({
        "schemas": [USER, ENTERPRISE], "name": {"givenName": "Barbara", "familyName": "Jensen"},
        "emails": [{"value": "b@example.com", "type": "work"}], ENTERPRISE: {"department": "Tours", "division": "Parks"},
    });
    let id = server.created("/Users", user("bjensen", body));
    (server, format!("/Users/{id}"))
}

#[test]
fn r7644_3_9_01_attributes_are_the_always_set_and_what_is_asked_for() {
    let (server, path) = with_babs();
    let shown = |names: &str| {
        let mut body = server.get(&format!("{path}?attributes={names}")).body;
        let always = body.as_object_mut().unwrap();
        assert!(always.remove("id").is_some() && always.remove("schemas").is_some(), "{names}");
        body
    };
    assert_eq!(shown("userName"), json!({"userName": "bjensen"}));
    assert_eq!(shown("NAME.givenname"), json!({"name": {"givenName": "Barbara"}}));
    assert_eq!(shown(&format!("{USER}:userName")), json!({"userName": "bjensen"}));
    assert_eq!(shown("emails.value"), json!({"emails": [{"value": "b@example.com"}]}));
    assert_eq!(shown(&format!("{ENTERPRISE}:department")), json!({ENTERPRISE: {"department": "Tours"}}));
    assert_eq!(shown(ENTERPRISE), json!({ENTERPRISE: {"department": "Tours", "division": "Parks"}}));
    assert_eq!(
        shown("userName,emails"),
        json!({"userName": "bjensen", "emails": [{"value": "b@example.com", "type": "work"}]})
    );
    assert_eq!(shown("title"), json!({}));
    let put = server.send("PUT", &format!("{path}?attributes=userName"), user("babs", json!({"title": "x"})));
    assert_eq!(keys(&put.body), ["id", "schemas", "userName"]);
    let post = server.send("POST", "/Users?attributes=title", user("jsmith", json!({"title": "x"})));
    assert_eq!((post.status, keys(&post.body)), (201, vec!["id", "schemas", "title"]));
}

#[test]
fn r7644_3_9_02_excluded_attributes_are_left_out() {
    let (server, path) = with_babs();
    let all = server.get(&path).body;
    let without = |names: &str| server.get(&format!("{path}?excludedAttributes={names}")).body;
    let minus = |names: &[&str]| {
        let mut body = all.clone();
        names.iter().for_each(|name| assert!(body.as_object_mut().unwrap().remove(*name).is_some()));
        body
    };
    assert_eq!(without("userName"), minus(&["userName"]));
    assert_eq!(without("USERNAME,meta"), minus(&["userName", "meta"]));
    assert_eq!(without(&format!("{USER}:emails")), minus(&["emails"]));
    assert_eq!(without(ENTERPRISE)[ENTERPRISE], Value::Null);
    assert_eq!(without(&format!("{ENTERPRISE}:division"))[ENTERPRISE], json!({"department": "Tours"}));
    assert_eq!(without("name.givenName")["name"], json!({"familyName": "Jensen"}));
    assert_eq!(without("title"), all);
}

#[test]
fn r7644_3_9_03_both_at_once_are_refused() {
    let (server, path) = with_babs();
    let both = "attributes=userName&excludedAttributes=name";
    for path in [path.as_str(), "/Users", "/"] {
        server.get(&format!("{path}?{both}")).assert_error(400, Some("invalidValue"));
    }
    let search =
        json!({"schemas": [SEARCH_REQUEST], "attributes": ["userName"], "excludedAttributes": ["name"]});
    server.send("POST", "/Users/.search", search).assert_error(400, Some("invalidValue"));
    server
        .send("PUT", &format!("{path}?{both}"), user("babs", json!({})))
        .assert_error(400, Some("invalidValue"));
    assert_eq!(server.get(&path).text("/userName"), "bjensen");
}
