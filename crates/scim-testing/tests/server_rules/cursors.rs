//! RFC 9865: pages by cursor.

use std::time::Duration;

use scim_filter::query::Cursor;
use scim_server::auth::Scopes;

use super::*;

/// Seven users.
fn with_seven() -> Server {
    let server = Server::new();
    for n in [3, 1, 6, 0, 5, 2, 4] {
        let _id =
            server.created("/Users", user(&format!("user{n}"), json!({"title": format!("t{}", n % 2)})));
    }
    server
}

/// The pages that follow one another, beginning with an empty cursor.
fn pages(server: &Server, path: &str, parameters: &[(&str, &str)]) -> Vec<Answer> {
    let mut pages: Vec<Answer> = Vec::new();
    let mut cursor = String::new();
    loop {
        let all = [parameters, &[("cursor", cursor.as_str())]].concat();
        let answer = server.query(path, &all);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let next = answer.body.get("nextCursor").map(|next| next.as_str().unwrap().to_owned());
        pages.push(answer);
        assert!(pages.len() < 20, "no end");
        match next {
            Some(next) => cursor = next,
            None => return pages,
        }
    }
}

fn first_cursor(server: &Server) -> String {
    server.get("/Users?cursor=&count=2").text("/nextCursor").to_owned()
}

#[test]
fn r9865_2_02_cursors_are_made_of_unreserved_characters() {
    let server = with_seven();
    for (path, parameters) in
        [("/Users", &[("count", "2")][..]), ("/", &[("count", "2"), ("sortBy", "userName")])]
    {
        let pages = pages(&server, path, parameters);
        assert!(pages.len() > 2);
        for page in &pages[..pages.len() - 1] {
            let cursor = page.text("/nextCursor");
            assert!(
                !cursor.is_empty()
                    && cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
                "{cursor}"
            );
        }
    }
}

#[test]
fn r9865_2_03_a_negative_count_is_0() {
    let server = with_seven();
    let answer = server.get("/Users?cursor=&count=-3");
    assert_eq!((answer.resources().len(), &answer.body["totalResults"]), (0, &json!(7)));
}

#[test]
fn r9865_2_04_a_count_of_0_gives_the_total() {
    let server = with_seven();
    for path in ["/Users?cursor&count=0", "/Users?cursor=&count=0", "/?cursor=&count=0"] {
        let answer = server.get(path);
        assert_eq!((answer.resources().len(), &answer.body["totalResults"]), (0, &json!(7)), "{path}");
    }
}

#[test]
fn r9865_2_05_a_page_is_no_longer_than_count() {
    let server = with_seven();
    for count in 1..9_usize {
        let text = count.to_string();
        let pages = pages(&server, "/Users", &[("count", &text)]);
        assert!(pages.iter().all(|page| page.resources().len() <= count));
        assert!(pages.iter().all(|page| page.body["itemsPerPage"] == page.resources().len()));
        assert_eq!(pages.iter().map(|page| page.resources().len()).sum::<usize>(), 7);
    }
}

#[test]
fn r9865_2_06_every_page_but_the_last_has_a_next_cursor() {
    let server = with_seven();
    let _id = server.created("/Groups", group("Guides", json!({})));
    for (path, count, expected) in [
        ("/Users", "1", 7),
        ("/Users", "2", 4),
        ("/Users", "7", 1),
        ("/Users", "100", 1),
        ("/", "4", 2),
        ("/", "3", 3),
    ] {
        let pages = pages(&server, path, &[("count", count)]);
        assert_eq!(pages.len(), expected, "{path} {count}");
        let mut ids: Vec<&str> = pages.iter().flat_map(|page| page.column("id")).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((all, ids.len()), if path == "/" { (8, 8) } else { (7, 7) }, "{path} {count}");
    }
    let filtered = pages(&server, "/Users", &[("count", "2"), ("filter", "title eq \"t0\"")]);
    assert_eq!(filtered.iter().map(|page| page.resources().len()).collect::<Vec<_>>(), [2, 2]);
    let empty = pages(&server, "/Users", &[("count", "2"), ("filter", "title eq \"t9\"")]);
    assert_eq!((empty.len(), empty[0].resources().len()), (1, 0));
}

#[test]
fn r9865_2_06_a_search_goes_on_by_cursor_too() {
    let server = with_seven();
    for path in ["/Users/.search", "/.search"] {
        let search = |cursor: &str| {
            let body = json!({"schemas": [SEARCH_REQUEST], "cursor": cursor, "count": 4});
            server.send("POST", path, body)
        };
        let first = search("");
        let last = search(first.text("/nextCursor"));
        assert_eq!((first.resources().len(), last.resources().len()), (4, 3), "{path}");
        assert_eq!(last.body.get("nextCursor"), None, "{path}");
    }
}

#[test]
fn r9865_2_07_the_first_page_has_no_previous_cursor() {
    let server = with_seven();
    assert_eq!(server.get("/Users?cursor=&count=2").body.get("previousCursor"), None);
    assert_eq!(server.get("/?cursor=&count=2").body.get("previousCursor"), None);
    assert!(server.get("/Users?cursor=&count=2").body["nextCursor"].is_string());
}

#[test]
fn r9865_2_1_01_errors_have_their_own_keywords() {
    let server = with_seven();
    let cursor = first_cursor(&server);
    let with = |cursor: &str, rest: &str| server.get(&format!("/Users?cursor={cursor}&count=2{rest}"));
    assert_eq!(with(&cursor, "").status, 200);
    let mut forged = cursor.clone();
    let last = if forged.pop() == Some('A') { 'B' } else { 'A' };
    let cut = forged.clone();
    forged.push(last);
    for wrong in [forged.as_str(), cut.as_str(), "x", "VZUTiyhEQJ94IR"] {
        with(wrong, "").assert_error(400, Some("invalidCursor"));
    }
    for other in ["&sortBy=userName", "&filter=title%20pr"] {
        with(&cursor, other).assert_error(400, Some("invalidCursor"));
    }
    let filtered =
        server.get("/Users?cursor=&count=2&filter=title%20eq%20%22t1%22").text("/nextCursor").to_owned();
    assert_eq!(with(&filtered, "&filter=TITLE%20eq%20%22t1%22").status, 200);
    with(&filtered, "&filter=title%20eq%20%22T1%22").assert_error(400, Some("invalidCursor"));
    server.get(&format!("/Groups?cursor={cursor}&count=2")).assert_error(400, Some("invalidCursor"));
    with(&cursor, "&startIndex=1").assert_error(400, Some("invalidValue"));
    server.get("/Users?cursor=&count=2.5").assert_error(400, Some("invalidValue"));
    // A run keeps its count.
    for other in ["count=3", "count=1", "count=0", ""] {
        let answer = server.get(&format!("/Users?cursor={cursor}&{other}"));
        answer.assert_error(400, Some("invalidCount"));
    }
    let timeout = server.get("/ServiceProviderConfig").body["pagination"]["cursorTimeout"].as_u64().unwrap();
    server.clock.advance(Duration::from_secs(timeout - 1));
    assert_eq!(with(&cursor, "").status, 200);
    server.clock.advance(Duration::from_secs(2));
    with(&cursor, "").assert_error(400, Some("expiredCursor"));
}

#[test]
fn r9865_2_2_01_pages_keep_the_order() {
    let server = with_seven();
    for path in ["/Users", "/"] {
        for (order, expected) in [("ascending", [0, 1, 2, 3, 4, 5, 6]), ("descending", [6, 5, 4, 3, 2, 1, 0])]
        {
            let parameters = [("count", "2"), ("sortBy", "userName"), ("sortOrder", order)];
            let pages = pages(&server, path, &parameters);
            let names: Vec<&str> = pages.iter().flat_map(|page| page.column("userName")).collect();
            assert_eq!(names, expected.map(|n| format!("user{n}")), "{path} {order}");
        }
    }
}

/// A store that has cursors only.
struct CursorsOnly;

impl ResourceStore for CursorsOnly {
    type Resource = Resource;

    async fn create(&self, _: &Context, _: Resource, _: &Write<'_>) -> Result<Written<Resource>, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn get(&self, _: &Context, _: &ResourceId, _: &Projection) -> Result<Stored<Resource>, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn query(&self, _: &Context, query: &Query) -> Result<Listing<Stored<Resource>>, StoreError> {
        use scim_server::store::Start;
        let last = matches!(&query.start, Start::After(Some(cursor)) if cursor.as_str() == "on");
        let id = ResourceId::new(if last { "2" } else { "1" })?;
        let one = Stored::new(id, scim_core::Version::new("1")?, Resource::new(&thing_set()));
        let next = if last { None } else { Some("on".parse::<Cursor>()?) };
        Ok(Listing::cursor(vec![one], next).with_total(2))
    }

    async fn replace(
        &self,
        _: &Context,
        _: &ResourceId,
        _: Resource,
        _: &Write<'_>,
    ) -> Result<Written<Resource>, StoreError> {
        Err(StoreError::NotFound)
    }

    async fn delete(
        &self,
        _: &Context,
        _: &ResourceId,
        _: &Write<'_>,
    ) -> Result<Stored<Resource>, StoreError> {
        Err(StoreError::NotFound)
    }
}

#[test]
fn r9865_2_3_01_a_store_may_bring_cursors_up_itself() {
    let server = Server::build(|builder| {
        let set = thing_set();
        builder.resource_type(ResourceType::new("Thing", "/Things", &set), set, CursorsOnly)
    });
    let first = server.get("/Things");
    assert_eq!((first.column("id"), &first.body["totalResults"]), (vec!["1"], &json!(2)));
    let next = server.get(&format!("/Things?cursor={}", first.text("/nextCursor")));
    assert_eq!((next.column("id"), next.body.get("nextCursor")), (vec!["2"], None));
}

#[test]
fn r9865_2_4_01_pages_are_by_index_unless_a_cursor_is_asked_for() {
    let server = with_seven();
    let plain = server.get("/Users?count=2");
    assert_eq!((&plain.body["startIndex"], plain.body.get("nextCursor")), (&json!(1), None));
    let pagination = server.get("/ServiceProviderConfig").body["pagination"].clone();
    assert_eq!(pagination["defaultPaginationMethod"], "index");
    assert_eq!((&pagination["cursor"], &pagination["index"]), (&json!(true), &json!(true)));
    assert_eq!((&pagination["defaultPageSize"], &pagination["maxPageSize"]), (&json!(100), &json!(500)));
    let by_cursor = server.get("/Users?cursor&count=2");
    assert_eq!((by_cursor.body.get("startIndex"), by_cursor.resources().len()), (None, 2));
}

#[test]
fn r9865_5_2_01_a_page_shows_what_its_reader_may_see() {
    let server = with_seven();
    let other = server.as_tenant("other");
    for n in 0..4 {
        let _id = other.created("/Users", user(&format!("theirs{n}"), json!({})));
    }
    let path = format!("/Users?cursor={}&count=2", first_cursor(&server));
    other.get(&path).assert_error(400, Some("invalidCursor"));
    let root = server.get("/?cursor=&count=2").text("/nextCursor").to_owned();
    other.get(&format!("/?cursor={root}&count=2")).assert_error(400, Some("invalidCursor"));
}

#[test]
fn r9865_5_2_02_access_is_looked_at_for_every_page() {
    let server = with_seven();
    let path = format!("/Users?cursor={}&count=2", first_cursor(&server));
    server.as_nobody().get(&path).assert_error(401, None);
    let nothing = server.as_principal(server.principal("acme").with_scopes(Scopes::default()));
    nothing.get(&path).assert_error(403, None);
    assert_eq!(server.get(&path).status, 200);
}

#[test]
fn r9865_5_2_03_cursors_are_of_one_subject_and_end_with_its_rights() {
    let server = with_seven();
    let of = |subject: &str, scopes: Scopes| {
        server.as_principal(server.principal("acme").with_subject(subject).with_scopes(scopes))
    };
    let path = format!("/Users?cursor={}&count=2", first_cursor(&of("babs", Scopes::read_only())));
    assert_eq!(of("babs", Scopes::read_only()).get(&path).status, 200);
    of("jim", Scopes::all()).get(&path).assert_error(400, Some("invalidCursor"));
    of("babs", Scopes::default()).get(&path).assert_error(403, None);
}

#[test]
fn r9865_5_2_04_errors_of_cursors_tell_nothing() {
    let server = with_seven();
    let other = server.as_tenant("other");
    let good = first_cursor(&server);
    let foreign = other.get(&format!("/Users?cursor={good}&count=2"));
    let made_up = other.get("/Users?cursor=VZUTiyhEQJ94IR&count=2");
    foreign.assert_error(400, Some("invalidCursor"));
    assert_eq!(foreign.body, made_up.body);
    assert!(!foreign.body.to_string().contains(&good));
}
