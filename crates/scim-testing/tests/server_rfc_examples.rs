//! The examples of RFC 7644 §3 and §4 and of RFC 9865 §2 and §3, section by section, sent to a service as they are printed.
//!
//! An answer is what is printed, but for ids, versions and times, and for the differences that a test names with a reason.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use scim_testing::corpus;
use scim_testing::server::*;
use serde_json::{Value, json};

const BABS: &str = "2819c223-7f76-453a-919d-413861904646";
const JAMES: &str = "08e1d05d-121c-4561-8b96-473d93df9210";
const GUIDES: &str = "acbf3ae7-8463-4692-b4fd-9b4da3f908ce";

/// The ids that are printed, and those of the service.
#[derive(Default)]
struct Ids(Vec<(String, String)>);

impl Ids {
    fn learn(&mut self, printed: &str, real: impl Into<String>) {
        self.0.push((printed.to_owned(), real.into()));
    }

    /// A path with the ids of the service.
    fn path(&self, printed: &str) -> String {
        self.real(&json!(printed)).as_str().unwrap().to_owned()
    }

    /// A document with the ids of the service.
    fn real(&self, document: &Value) -> Value {
        let mut text = document.to_string();
        for (printed, real) in &self.0 {
            text = text.replace(printed, real);
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// A request body as it is printed.
fn printed(name: &str) -> Value {
    corpus::json(name)
}

/// Leaves out what differs from service to service: the texts of versions and times, which have to be there on both sides.
fn normal(mut document: Value) -> Value {
    fn walk(value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let moment = || name == "created" || name == "lastModified";
                    match value {
                        Value::String(text) if name == "version" && text.starts_with("W/\"") => {
                            "a version".clone_into(text);
                        }
                        Value::String(text)
                            if moment() && text.parse::<chrono::DateTime<chrono::Utc>>().is_ok() =>
                        {
                            "a time".clone_into(text);
                        }
                        other => walk(other),
                    }
                }
            }
            Value::Array(elements) => elements.iter_mut().for_each(walk),
            _ => {}
        }
    }
    walk(&mut document);
    document
}

/// Asserts that the answer is what is printed, after the named differences.
#[track_caller]
fn assert_printed(answer: &Value, name: &str, ids: &Ids, differences: &[Difference<'_>]) {
    let mut expected = ids.real(&corpus::json(name));
    for (reason, edit) in differences {
        let before = expected.clone();
        edit(&mut expected);
        assert_ne!(before, expected, "no difference any more: {reason}");
    }
    assert_eq!(normal(answer.clone()), normal(expected), "{name}");
}

/// Why the answer is not the one that is printed, and in what.
type Difference<'a> = (&'a str, &'a dyn Fn(&mut Value));

/// C-66: `schemas` is in every representation of a resource (RFC 7643 §3 has it as required).
fn schemas_too(list: &mut Value) {
    for one in list["Resources"].as_array_mut().unwrap() {
        let group = one.get("userName").is_none() && one["displayName"] == "Smith Family";
        one["schemas"] = json!([if group { GROUP } else { USER }]);
    }
}

fn put(document: &mut Value, name: &str, value: Value) {
    document[name] = value;
}

/// A user as 3.5.1 and 3.5.2 find them, and the tag of this version.
fn babs(server: &Server, ids: &mut Ids, members: Value) -> (String, String) {
    let answer = server.send("POST", "/Users", user("bjensen", members));
    assert_eq!(answer.status, 201, "{}", answer.body);
    ids.learn(BABS, answer.id());
    (format!("/Users/{}", answer.id()), answer.text("/meta/version").to_owned())
}

#[test]
fn rfc7644_3_3_creating_a_user() {
    let server = Server::strict();
    let headers = [("accept", "application/scim+json"), ("content-type", "application/scim+json")];
    let answer = server.send_with("POST", "/Users", &headers, printed("rfc7644/3.3-create-request.json"));
    let mut ids = Ids::default();
    ids.learn(BABS, answer.id());
    assert_eq!((answer.status, answer.header("content-type")), (201, Some("application/scim+json")));
    assert_eq!(answer.header("location"), Some(format!("{BASE}/Users/{}", answer.id()).as_str()));
    assert_eq!(answer.header("etag"), Some(answer.text("/meta/version")));
    assert_printed(&answer.body, "rfc7644/3.3-create-response.json", &ids, &[]);
}

#[test]
fn rfc7644_3_4_1_reading_a_user() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let id = server.created("/Users", printed("rfc7644/3.4.1-get-response.json"));
    ids.learn(BABS, &*id);
    let answer =
        server.send_with("GET", &format!("/Users/{id}"), &[("accept", "application/scim+json")], Value::Null);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/scim+json")));
    assert_eq!(answer.header("location"), Some(format!("{BASE}/Users/{id}").as_str()));
    assert_eq!(answer.header("etag"), Some(answer.text("/meta/version")));
    assert_printed(&answer.body, "rfc7644/3.4.1-get-response.json", &ids, &[]);
}

#[test]
fn rfc7644_3_4_2_user_names_of_all_users() {
    let server = Server::strict();
    let mut ids = Ids::default();
    ids.learn(BABS, server.created("/Users", user("bjensen", json!({"title": "Guide"}))));
    ids.learn("c75ad752-64ae-4823-840d-ffa80929976c", server.created("/Users", user("jsmith", json!({}))));
    let answer = server.get("/Users?attributes=userName");
    let differences: &[Difference<'_>] = &[
        ("C-66: `schemas` is always returned", &schemas_too),
        ("C-55: every page by index says which it is", &|list| {
            put(list, "startIndex", json!(1));
            put(list, "itemsPerPage", json!(2));
        }),
    ];
    assert_eq!(answer.status, 200);
    assert_printed(&answer.body, "rfc7644/3.4.2-list-response.json", &ids, differences);
}

#[test]
fn rfc7644_3_4_2_1_two_types_at_the_root() {
    let server = Server::strict();
    let _id = server.created("/Users", user("bjensen", json!({})));
    let _id = server.created("/Groups", group("Guides", json!({})));
    // As printed, the values have no quotes, which the grammar asks for.
    let bare =
        server.query("/", &[("filter", "(meta.resourceType eq User) or (meta.resourceType eq Group)")]);
    bare.assert_error(400, Some("invalidFilter"));
    let quoted = "(meta.resourceType eq \"User\") or (meta.resourceType eq \"Group\")";
    assert_eq!(server.query("/", &[("filter", quoted)]).body["totalResults"], 2);
}

#[test]
fn rfc7644_3_4_2_2_filters() {
    let server = Server::strict();
    let mail = |value: &str| json!([{"value": value, "type": "work"}]);
    let plain = json!({
        "name": {"familyName": "O'Malley"}, "title": "Guide", "userType": "Employee", "emails": mail("b@example.com"),
    });
    let _id = server.created("/Users", user("bjensen", plain));
    let intern = json!({"userType": "Intern", "emails": mail("j@elsewhere.example")});
    let _id = server.created("/Users", user("JSmith", intern));
    let boss = json!({
        "schemas": [USER, ENTERPRISE], ENTERPRISE: {"division": "Parks"},
        "ims": [{"value": "m@foo.com", "type": "xmpp"}],
    });
    let _id = server.created("/Users", user("boss", boss));
    // All three were made in August 2011.
    for (filter, expected) in [
        ("userName Eq \"bjensen\"", "bjensen"),
        ("Username eq \"bjensen\"", "bjensen"),
        ("userName eq \"bjensen\"", "bjensen"),
        ("name.familyName co \"O'Malley\"", "bjensen"),
        ("userName sw \"J\"", "JSmith"),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName sw \"J\"", "JSmith"),
        ("title pr", "bjensen"),
        ("meta.lastModified gt \"2011-05-13T04:42:34Z\"", "bjensen JSmith boss"),
        ("meta.lastModified ge \"2011-05-13T04:42:34Z\"", "bjensen JSmith boss"),
        ("meta.lastModified lt \"2011-05-13T04:42:34Z\"", ""),
        ("meta.lastModified le \"2011-05-13T04:42:34Z\"", ""),
        ("title pr and userType eq \"Employee\"", "bjensen"),
        ("title pr or userType eq \"Intern\"", "bjensen JSmith"),
        ("schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"", "boss"),
        (
            "userType eq \"Employee\" and (emails co \"example.com\" or emails.value co \"example.org\")",
            "bjensen",
        ),
        (
            "userType ne \"Employee\" and not (emails co \"example.com\" or emails.value co \"example.org\")",
            "JSmith boss",
        ),
        ("userType eq \"Employee\" and (emails.type eq \"work\")", "bjensen"),
        ("userType eq \"Employee\" and emails[type eq \"work\" and value co \"@example.com\"]", "bjensen"),
        (
            "emails[type eq \"work\" and value co \"@example.com\"] or ims[type eq \"xmpp\" and value co \"@foo.com\"]",
            "bjensen boss",
        ),
    ] {
        let by_get = server.query("/Users", &[("filter", filter)]);
        assert_eq!(by_get.column("userName").join(" "), expected, "{filter}");
        let search = json!({"schemas": [SEARCH_REQUEST], "filter": filter});
        assert_eq!(server.send("POST", "/Users/.search", search).body, by_get.body, "{filter}");
    }
    let unknown = server.query("/Users", &[("filter", "userName regex \"j.*\"")]);
    unknown.assert_error(400, Some("invalidFilter"));
    assert!(unknown.text("/detail").contains("regex"), "{}", unknown.body);
}

/// A hundred users, whose names begin with J.
fn with_a_hundred(server: &Server) {
    for n in 0..100 {
        let _id =
            server.created("/Users", user(&format!("j{n:03}"), json!({"displayName": format!("Smith {n}")})));
    }
}

#[test]
fn rfc7644_3_4_2_4_the_first_ten_users_and_the_next() {
    let server = Server::strict();
    with_a_hundred(&server);
    for first in [1, 11] {
        let answer = server.get(&format!("/Users?startIndex={first}&count=10"));
        assert_eq!((answer.status, answer.resources().len()), (200, 10));
        assert_eq!(answer.resources()[0]["userName"], format!("j{:03}", first - 1));
        // The resources are left out in print.
        let mut shown = with(answer.body, json!({"Resources": []}));
        shown["startIndex"] = json!(shown["startIndex"].as_u64().unwrap() - first + 1);
        assert_printed(&shown, "rfc7644/3.4.2.4-page-response.json", &Ids::default(), &[]);
    }
}

#[test]
fn rfc7644_3_4_3_a_search_over_all_types() {
    let server = Server::strict();
    let mut ids = Ids::default();
    ids.learn(
        "2819c223-7f76-413861904646",
        server.created("/Users", user("jsmith", json!({"displayName": "Smith, James"}))),
    );
    ids.learn("c8596b90-7539-4f20968d1908", server.created("/Groups", group("Smith Family", json!({}))));
    let _id = server.created("/Users", user("bjensen", json!({"displayName": "Babs"})));
    let answer = server.send("POST", "/.search", printed("rfc7644/3.4.3-search-request.json"));
    let differences: &[Difference<'_>] = &[
        ("C-66: `schemas` is always returned", &schemas_too),
        ("only the two that are shown are there", &|list| {
            put(list, "totalResults", json!(2));
            put(list, "itemsPerPage", json!(2));
        }),
    ];
    assert_eq!(answer.status, 200);
    // A list is not at a place of its own: there is nothing to be had from `/.search` with GET.
    assert_eq!(answer.header("location"), None);
    assert_printed(&answer.body, "rfc7644/3.4.3-search-response.json", &ids, differences);
}

#[test]
fn rfc7644_3_5_1_replacing_a_user() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let (path, tag) = babs(&server, &mut ids, json!({"roles": [{"value": "guide"}], "title": "Guide"}));
    let request = ids.real(&printed("rfc7644/3.5.1-put-request.json"));
    let answer = server.send_with("PUT", &path, &[("if-match", &tag)], request.clone());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/scim+json")));
    assert_eq!(answer.header("location"), Some(format!("{BASE}{path}").as_str()));
    assert_eq!(answer.header("etag"), Some(answer.text("/meta/version")));
    assert_ne!(answer.header("etag"), Some(tag.as_str()));
    assert_printed(&answer.body, "rfc7644/3.5.1-put-response.json", &ids, &[]);
    // The tag is of a version that is no more.
    server.send_with("PUT", &path, &[("if-match", &tag)], request).assert_error(412, None);
}

/// A group with these of the two users as members; what the ids are, the group's path and its tag.
fn guides(server: &Server, members: &[&str]) -> (Ids, String, String) {
    let mut ids = Ids::default();
    ids.learn(BABS, server.created("/Users", user("bjensen", json!({"displayName": "Babs Jensen"}))));
    ids.learn(JAMES, server.created("/Users", user("jsmith", json!({"displayName": "James Smith"}))));
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let body = ids.real(&group("Guides", json!({"members": members})));
    let answer = server.send("POST", "/Groups", body);
    assert_eq!(answer.status, 201, "{}", answer.body);
    ids.learn(GUIDES, answer.id());
    (ids, format!("/Groups/{}", answer.id()), answer.text("/meta/version").to_owned())
}

/// Sends an example of 3.5.2 to a group that had these members, with the tag of its version; the members it has then.
#[track_caller]
fn on_guides(example: &str, had: &[&str], has: &[&str]) {
    let server = Server::strict();
    let (ids, path, tag) = guides(&server, had);
    let request = ids.real(&printed(&format!("rfc7644/3.5.2{example}-request.json")));
    let answer = server.send_with("PATCH", &path, &[("if-match", &tag)], request);
    // One of the two answers that the RFC allows; the first is printed for 3.5.2.1.
    assert_eq!((answer.status, answer.bytes.len()), (204, 0), "{}", answer.body);
    let now = server.get(&path);
    assert_eq!(answer.header("etag"), Some(now.text("/meta/version")));
    assert_eq!(answer.header("location"), Some(format!("{BASE}{path}").as_str()));
    assert_eq!(answer.header("etag") == Some(&tag), had == has, "{example}");
    let members = now.body["members"].as_array().cloned().unwrap_or_default();
    let members: Vec<&str> = members.iter().map(|one| one["value"].as_str().unwrap()).collect();
    assert_eq!(json!(members), ids.real(&json!(has)), "{example}");
}

#[test]
fn rfc7644_3_5_2_paths() {
    for (path, refused) in [
        ("members".to_owned(), None),
        (format!("members[value eq \"{BABS}\"]"), None),
        // The schema of groups calls it `display`; so does the list of defects in print.
        (format!("members[value eq \"{BABS}\"].displayName"), Some("invalidPath")),
    ] {
        let server = Server::strict();
        let (ids, group_path, _) = guides(&server, &[BABS, JAMES]);
        let answer =
            server.send("PATCH", &group_path, ids.real(&patch(json!([{"op": "remove", "path": path}]))));
        match refused {
            None => assert_eq!(answer.status, 204, "{path}: {}", answer.body),
            Some(keyword) => answer.assert_error(400, Some(keyword)),
        }
    }
    for path in ["name.familyName", "addresses[type eq \"work\"]"] {
        let server = Server::strict();
        let members =
            json!({"name": {"familyName": "Jensen"}, "addresses": [{"type": "work", "country": "US"}]});
        let (user_path, _) = babs(&server, &mut Ids::default(), members);
        let answer = server.send("PATCH", &user_path, patch(json!([{"op": "remove", "path": path}])));
        let name = path.split(['.', '[']).next().unwrap();
        assert_eq!((answer.status, answer.body.get(name)), (200, None), "{path}");
    }
}

#[test]
fn rfc7644_3_5_2_1_adding_a_member() {
    on_guides("-patch", &[JAMES], &[JAMES, BABS]);
    on_guides(".1-add-member", &[], &[BABS]);
    on_guides(".1-add-member", &[BABS, JAMES], &[BABS, JAMES]);
}

#[test]
fn rfc7644_3_5_2_1_adding_attributes() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let work = json!({"value": "bjensen@example.com", "type": "work"});
    let (path, tag) = babs(&server, &mut ids, json!({"emails": [work], "nickName": "Barbie"}));
    let request = printed("rfc7644/3.5.2.1-add-attributes-request.json");
    let answer = server.send_with("PATCH", &path, &[("if-match", &tag)], request);
    assert_eq!((answer.status, answer.text("/nickName")), (200, "Babs"));
    assert_eq!(answer.body["emails"], json!([work, {"value": "babs@jensen.org", "type": "home"}]));
}

#[test]
fn rfc7644_3_5_2_2_removing_members() {
    on_guides(".2-remove-member", &[BABS, JAMES], &[JAMES]);
    on_guides(".2-remove-member", &[JAMES], &[JAMES]);
    on_guides(".2-remove-all-members", &[BABS, JAMES], &[]);
    on_guides(".2-remove-and-add-member", &[BABS], &[JAMES]);
    on_guides(".2-remove-and-add-member", &[], &[JAMES]);
}

#[test]
fn rfc7644_3_5_2_2_removing_and_adding_as_printed() {
    // In print, `eq` and its value have no blank between them, which the grammar asks for.
    let request = printed("rfc7644/3.5.2.2-remove-and-add-member-request-as-printed.json");
    for (server, status) in [(Server::strict(), 400), (Server::new(), 204)] {
        let (ids, path, _) = guides(&server, &[BABS]);
        let answer = server.send("PATCH", &path, ids.real(&request));
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}

#[test]
fn rfc7644_3_5_2_2_removing_an_email() {
    let server = Server::strict();
    let home = json!({"value": "babs@example.com", "type": "home"});
    let members = json!({"emails": [{"value": "b@example.com", "type": "work"}, home, {"value": "b@jensen.org", "type": "work"}]});
    let (path, _) = babs(&server, &mut Ids::default(), members);
    let answer = server.send("PATCH", &path, printed("rfc7644/3.5.2.2-remove-email-request.json"));
    assert_eq!(
        (answer.status, &answer.body["emails"]),
        (200, &json!([home, {"value": "b@jensen.org", "type": "work"}]))
    );
}

#[test]
fn rfc7644_3_5_2_3_replacing_members() {
    on_guides(".3-remove-and-add-members", &[JAMES], &[BABS, JAMES]);
    on_guides(".3-replace-members", &[JAMES], &[BABS, JAMES]);
    on_guides(".3-replace-members", &[], &[BABS, JAMES]);
}

#[test]
fn rfc7644_3_5_2_3_replacing_an_address() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let members = json!({"addresses": [
        {"type": "work", "streetAddress": "100 Universal City Plaza", "country": "US"},
        {"type": "home", "streetAddress": "456 Hollywood Blvd", "primary": true},
    ]});
    let (path, tag) = babs(&server, &mut ids, members);
    let request = printed("rfc7644/3.5.2.3-replace-address-request.json");
    let answer = server.send_with("PATCH", &path, &[("if-match", &tag)], request.clone());
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["addresses"][0], request["Operations"][0]["value"]);
    assert_eq!(
        answer.body["addresses"][1],
        json!({"type": "home", "streetAddress": "456 Hollywood Blvd", "primary": false})
    );
    let street = printed("rfc7644/3.5.2.3-replace-street-address-request.json");
    let answer = server.send("PATCH", &path, street);
    let mut expected = request["Operations"][0]["value"].clone();
    expected["streetAddress"] = json!("1010 Broadway Ave");
    assert_eq!((answer.status, &answer.body["addresses"][0]), (200, &expected));
}

#[test]
fn rfc7644_3_5_2_3_replacing_attributes() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let (path, tag) =
        babs(&server, &mut ids, json!({"emails": [{"value": "old@example.com"}], "title": "Guide"}));
    let request = printed("rfc7644/3.5.2.3-replace-attributes-request.json");
    let answer = server.send_with("PATCH", &path, &[("if-match", &tag)], request.clone());
    assert_eq!((answer.status, answer.text("/nickName"), answer.text("/title")), (200, "Babs", "Guide"));
    assert_eq!(answer.body["emails"], request["Operations"][0]["value"]["emails"]);
}

#[test]
fn rfc7644_3_6_deleting_a_user() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let (path, tag) = babs(&server, &mut ids, json!({}));
    let answer = server.send_with("DELETE", &path, &[("if-match", &tag)], Value::Null);
    assert_eq!((answer.status, answer.bytes.len()), (204, 0));
    let gone = server.get(&path);
    assert_eq!(gone.status, 404);
    assert_error_printed(&gone, "rfc7644/3.6-get-deleted-error.json");
}

/// Errors are what is printed but for the words of `detail`, which are each service's own.
#[track_caller]
fn assert_error_printed(answer: &Answer, name: &str) {
    let mut expected = corpus::json(name);
    assert!(!answer.text("/detail").is_empty());
    expected["detail"] = answer.body["detail"].clone();
    assert_eq!(answer.body, expected, "{name}");
}

#[test]
fn rfc7644_3_7_1_a_circle() {
    let server = Server::strict();
    let bulk = server.send("POST", "/Bulk", printed("rfc7644/3.7.1-circular-bulk-request.json"));
    assert_eq!(bulk.status, 200, "{}", bulk.body);
    let mut ids = Ids::default();
    for (at, printed) in
        ["c3a26dd3-27a0-4dec-a2ac-ce211e105f97", "6c5bb468-14b2-4183-baf2-06d523e03bd3"].iter().enumerate()
    {
        ids.learn(printed, bulk.text(&format!("/Operations/{at}/location")).rsplit('/').next().unwrap());
    }
    // In print the filter has single quotes, and blanks that are not encoded.
    server.query("/Groups", &[("filter", "displayName sw 'Group'")]).assert_error(400, Some("invalidFilter"));
    let answer = server.query("/Groups", &[("filter", "displayName sw \"Group\"")]);
    let differences: &[Difference<'_>] = &[
        ("C-55: every page by index says which it is", &|list| {
            put(list, "startIndex", json!(1));
            put(list, "itemsPerPage", json!(2));
        }),
        ("a member says what it is called, which RFC 7643 §4.2 has as optional", &|list| {
            list["Resources"][0]["members"][0]["display"] = json!("Group B");
            list["Resources"][1]["members"][0]["display"] = json!("Group A");
        }),
    ];
    assert_printed(&answer.body, "rfc7644/3.7.1-circular-list-response.json", &ids, differences);
}

#[test]
fn rfc7644_3_7_2_a_user_and_its_group() {
    let server = Server::strict();
    let answer = server.send("POST", "/Bulk", printed("rfc7644/3.7.2-bulk-id-request.json"));
    let mut ids = Ids::default();
    for (at, printed) in
        ["92b725cd-9465-4e7d-8c16-01f8e146b87a", "e9e30dba-f08f-4109-8486-d5c6a331660a"].iter().enumerate()
    {
        ids.learn(printed, answer.text(&format!("/Operations/{at}/location")).rsplit('/').next().unwrap());
    }
    assert_eq!(answer.status, 200);
    let differences: &[Difference<'_>] =
        &[("C-84: `status` is a text everywhere else in the RFC", &|answer| {
            for at in 0..2 {
                answer["Operations"][at]["status"] = json!("201");
            }
        })];
    assert_printed(&answer.body, "rfc7644/3.7.2-bulk-id-response.json", &ids, differences);
    let guides = server.get(&ids.path("/Groups/e9e30dba-f08f-4109-8486-d5c6a331660a"));
    let differences: &[Difference<'_>] =
        &[("a member says what it is called, which RFC 7643 §4.2 has as optional", &|group| {
            group["members"][0]["display"] = json!("Alice");
        })];
    assert_printed(&guides.body, "rfc7644/3.7.2-bulk-id-get-response.json", &ids, differences);
}

#[test]
fn rfc7644_3_7_2_a_manager() {
    let server = Server::strict();
    let answer = server.send("POST", "/Bulk", printed("rfc7644/3.7.2-bulk-id-extension-request.json"));
    let at =
        |at: usize| answer.text(&format!("/Operations/{at}/location")).strip_prefix(BASE).unwrap().to_owned();
    let (alice, bob) = (server.get(&at(0)), server.get(&at(1)));
    assert_eq!((alice.text("/userName"), bob.text("/userName")), ("Alice", "Bob"));
    assert_eq!(bob.body[ENTERPRISE]["manager"]["value"], alice.id());
    assert_eq!(bob.body[ENTERPRISE]["employeeNumber"], "11250");
}

/// The three users of 3.7.3, at the versions that its request names or at others.
fn three_users(server: &Server, request: &mut Value, at_these_versions: bool) -> Ids {
    let mut ids = Ids::default();
    let versions = ["W/\"3694e05e9dff591\"", "W/\"edac3253e2c0ef2\"", "W/\"0ee8add0a938e1a\""];
    let printed_ids = [
        "b7c14771-226c-4d05-8860-134711653041",
        "5d8d29d3-342c-4b5f-8683-a3cb6763ffcc",
        "e9025315-6bea-44e1-899c-1e07454e468b",
    ];
    for (at, (printed, version)) in printed_ids.iter().zip(versions).enumerate() {
        let answer = server.send("POST", "/Users", user(&format!("user{at}"), json!({"nickName": "x"})));
        ids.learn(printed, answer.id());
        assert_eq!(request["Operations"][at + 1]["version"], version);
        if at_these_versions {
            request["Operations"][at + 1]["version"] = json!(answer.text("/meta/version"));
        }
    }
    *request = ids.real(request);
    ids
}

#[test]
fn rfc7644_3_7_3_add_update_and_remove() {
    let server = Server::strict();
    let mut request = printed("rfc7644/3.7.3-bulk-request.json");
    let mut ids = three_users(&server, &mut request, true);
    let answer = server.send("POST", "/Bulk", request);
    ids.learn(
        "92b725cd-9465-4e7d-8c16-01f8e146b87a",
        answer.text("/Operations/0/location").rsplit('/').next().unwrap(),
    );
    assert_eq!(answer.status, 200);
    assert_printed(&answer.body, "rfc7644/3.7.3-bulk-response.json", &ids, &[]);
    assert_eq!(server.get("/Users?sortBy=userName").column("userName"), ["Alice", "Bob", "Dave"]);
}

#[test]
fn rfc7644_3_7_3_stops_after_one_error() {
    let server = Server::strict();
    // The URN of the new user is that of a message in print, which is why Alice cannot be created.
    let mut request = printed("rfc7644/3.7.3-bulk-request-as-printed.json");
    let ids = three_users(&server, &mut request, true);
    let answer = server.send("POST", "/Bulk", request);
    let detail = answer.body["Operations"][0]["response"]["detail"].clone();
    let differences: &[Difference<'_>] = &[
        ("each service has its own words", &|answer| {
            answer["Operations"][0]["response"]["detail"] = detail.clone();
        }),
        ("C-68: a wrong URN in `schemas` is a wrong value", &|answer| {
            answer["Operations"][0]["response"]["scimType"] = json!("invalidValue");
        }),
    ];
    assert_printed(&answer.body, "rfc7644/3.7.3-fail-on-errors-response.json", &ids, differences);
    assert_eq!(server.get("/Users").column("userName"), ["user0", "user1", "user2"]);
}

#[test]
fn rfc7644_3_7_3_all_fail() {
    let server = Server::strict();
    let mut request = printed("rfc7644/3.7.3-bulk-request-as-printed.json");
    let ids = three_users(&server, &mut request, false);
    request.as_object_mut().unwrap().remove("failOnErrors");
    assert_eq!(server.delete(&ids.path("/Users/e9025315-6bea-44e1-899c-1e07454e468b")).status, 204);
    let answer = server.send("POST", "/Bulk", request);
    let words = answer.body.clone();
    let differences: &[Difference<'_>] = &[
        ("each service has its own words", &|answer| {
            for at in 0..4 {
                answer["Operations"][at]["response"]["detail"] =
                    words["Operations"][at]["response"]["detail"].clone();
            }
        }),
        ("C-68: a wrong URN in `schemas` is a wrong value", &|answer| {
            answer["Operations"][0]["response"]["scimType"] = json!("invalidValue");
        }),
    ];
    assert_printed(&answer.body, "rfc7644/3.7.3-all-failed-response.json", &ids, differences);
}

#[test]
fn rfc7644_3_7_4_too_large() {
    let limits = scim_core::Limits { body_bytes: 1_048_576, ..scim_core::Limits::default() };
    let server = Server::build(|builder| builder.limits(limits));
    // The length alone is enough: the body is not waited for.
    let headers = [("content-type", "application/scim+json"), ("content-length", "4294967296")];
    let answer = server.send_bytes("POST", "/Bulk", &headers, "{");
    assert_eq!(answer.status, 413);
    assert_error_printed(&answer, "rfc7644/3.7.4-payload-too-large-error.json");
    assert!(answer.text("/detail").contains("1048576"), "{}", answer.body);
}

#[test]
fn rfc7644_3_9_one_attribute() {
    let server = Server::strict();
    let mut ids = Ids::default();
    let (path, tag) = babs(&server, &mut ids, json!({"title": "Guide"}));
    let answer = server.get(&format!("{path}?attributes=userName"));
    assert_eq!((answer.status, answer.header("etag")), (200, Some(tag.as_str())));
    assert_eq!(answer.header("location"), Some(format!("{BASE}{path}").as_str()));
    assert_printed(&answer.body, "rfc7644/3.9-attributes-response.json", &ids, &[]);
}

#[test]
fn rfc7644_3_12_errors() {
    let server = Server::strict();
    let missing = server.get(&format!("/Users/{BABS}"));
    assert_eq!(missing.status, 404);
    assert_error_printed(&missing, "rfc7644/3.12-not-found-error.json");
    // In print a PUT is refused for its `id`; §3.5.1 has it ignored. A PATCH is refused.
    let (path, _) = babs(&server, &mut Ids::default(), json!({}));
    assert_eq!(server.send("PUT", &path, user("bjensen", json!({"id": "other"}))).status, 200);
    let refused =
        server.send("PATCH", &path, patch(json!([{"op": "replace", "path": "id", "value": "other"}])));
    assert_eq!(refused.status, 400);
    assert_error_printed(&refused, "rfc7644/3.12-mutability-error.json");
}

#[test]
fn rfc7644_3_14_versions() {
    let server = Server::strict();
    let answer = server.send("POST", "/Users", printed("rfc7644/3.14-create-request.json"));
    let mut ids = Ids::default();
    ids.learn(BABS, answer.id());
    let differences: &[Difference<'_>] = &[("what was sent is returned, as in §3.3", &|user| {
        put(user, "externalId", json!("bjensen"));
    })];
    assert_printed(&answer.body, "rfc7644/3.14-create-response.json", &ids, differences);
    let tag = answer.header("etag").unwrap();
    assert_eq!(tag, answer.text("/meta/version"));
    let path = format!("/Users/{}?attributes=displayName", answer.id());
    let unchanged = server.send_with("GET", &path, &[("if-none-match", tag)], Value::Null);
    assert_eq!((unchanged.status, unchanged.bytes.len()), (304, 0));
    let title = patch(json!([{"op": "add", "path": "title", "value": "Guide"}]));
    let path = format!("/Users/{}", answer.id());
    assert_eq!(server.send_with("PATCH", &path, &[("if-match", tag)], title.clone()).status, 200);
    server.send_with("PATCH", &path, &[("if-match", tag)], title).assert_error(412, None);
    assert_eq!(server.send_with("GET", &path, &[("if-none-match", tag)], Value::Null).status, 200);
}

#[test]
fn rfc7644_4_resource_types() {
    let answer = Server::strict().get("/ResourceTypes");
    let differences: &[Difference<'_>] = &[
        ("C-55: `itemsPerPage` is the number that is there", &|list| put(list, "itemsPerPage", json!(2))),
        ("C-92: not every user is in a company", &|list| {
            list["Resources"][0]["schemaExtensions"][0]["required"] = json!(false);
        }),
        ("a description is the application's to write", &|list| {
            for at in 0..2 {
                list["Resources"][at].as_object_mut().unwrap().remove("description");
            }
        }),
    ];
    assert_eq!(answer.status, 200);
    assert_printed(&answer.body, "rfc7644/4-resource-types-response.json", &Ids::default(), differences);
}

#[test]
fn rfc7644_7_5_2_a_secret_in_a_uri() {
    // `name` is as good as any attribute here; what nobody may ask about in a URI is a password.
    let answer = Server::strict().query("/Users", &[("filter", "password eq \"t1meMa$heen\"")]);
    assert_eq!(answer.status, 403);
    assert_error_printed(&answer, "rfc7644/7.5.2-sensitive-error.json");
}

/// A page by cursor as it is printed: the resources are left out there, and the cursors are each service's own.
#[track_caller]
fn assert_page_printed(answer: &Answer, name: &str, differences: &[Difference<'_>]) {
    let mut shown = with(answer.body.clone(), json!({"Resources": []}));
    let mut own: Vec<Difference<'_>> = differences.to_vec();
    assert!(!answer.text("/nextCursor").is_empty());
    shown["nextCursor"] = json!("a cursor");
    own.push(("each service has its own cursors", &|page| page["nextCursor"] = json!("a cursor")));
    assert_printed(&shown, name, &Ids::default(), &own);
}

/// RFC 9865 §2: a service may leave out the total of pages by cursor.
fn no_total(page: &mut Value) {
    page.as_object_mut().unwrap().remove("totalResults");
}

#[test]
fn rfc9865_2_the_first_ten_and_the_next() {
    let server = Server::strict();
    with_a_hundred(&server);
    // As printed, the value has no quotes, which the grammar asks for.
    server.get("/Users?filter=userName%20sw%20J&cursor&count=10").assert_error(400, Some("invalidFilter"));
    let first = server.get("/Users?filter=userName%20sw%20%22J%22&cursor&count=10");
    let without_total: Difference<'_> = ("the total is left out with cursors (RFC 9865 §2)", &no_total);
    assert_eq!((first.status, first.resources().len()), (200, 10));
    assert_page_printed(&first, "rfc9865/2-first-page-response.json", &[without_total]);
    // In print the second request spells the attribute in another way.
    let next = format!("/Users?filter=username%20sw%20%22J%22&cursor={}&count=10", first.text("/nextCursor"));
    let next = server.get(&next);
    assert_eq!((next.status, next.resources().len()), (200, 10));
    assert_eq!(next.resources()[0]["userName"], "j010");
    assert_page_printed(
        &next,
        "rfc9865/2-next-page-response.json",
        &[
            without_total,
            ("`previousCursor` is optional (RFC 9865 §2)", &|page| {
                page.as_object_mut().unwrap().remove("previousCursor");
            }),
        ],
    );
}

#[test]
fn rfc9865_2_3_without_parameters() {
    let server = Server::strict();
    with_a_hundred(&server);
    let _id = server.created("/Users", user("one too many", json!({})));
    let answer = server.get("/Users");
    // As §2.4 advises, pages are by index where nothing else is asked for.
    let differences: &[Difference<'_>] = &[
        ("by index", &|page| {
            page.as_object_mut().unwrap().remove("nextCursor");
            put(page, "startIndex", json!(1));
        }),
        ("there are not as many", &|page| put(page, "totalResults", json!(101))),
    ];
    let shown = with(answer.body, json!({"Resources": []}));
    assert_printed(&shown, "rfc9865/2.3-cursor-only-response.json", &Ids::default(), differences);
}

#[test]
fn rfc9865_3_a_search() {
    let server = Server::strict();
    with_a_hundred(&server);
    let request = printed("rfc9865/3-search-request.json");
    // The endpoint is `/Users`, not `/User` as printed.
    server.send("POST", "/User/.search", request.clone()).assert_error(404, None);
    let answer = server.send("POST", "/Users/.search", request.clone());
    assert_eq!((answer.status, answer.resources().len()), (200, 10));
    let without_total: Difference<'_> = ("the total is left out with cursors (RFC 9865 §2)", &no_total);
    assert_page_printed(&answer, "rfc9865/3-search-response.json", &[without_total]);
    let next =
        server.send("POST", "/Users/.search", with(request, json!({"cursor": answer.text("/nextCursor")})));
    assert_eq!((next.status, next.resources()[0]["displayName"].as_str()), (200, Some("Smith 10")));
}

#[test]
fn rfc9865_4_what_there_is() {
    let config = Server::strict().get("/ServiceProviderConfig").body;
    let shown = json!({"schemas": config["schemas"], "pagination": config["pagination"]});
    let differences: &[Difference<'_>] = &[
        ("as §2.4 advises", &|config| config["pagination"]["defaultPaginationMethod"] = json!("index")),
        ("other limits", &|config| config["pagination"]["maxPageSize"] = json!(500)),
    ];
    assert_printed(&shown, "rfc9865/4-service-provider-config-excerpt.json", &Ids::default(), differences);
}
