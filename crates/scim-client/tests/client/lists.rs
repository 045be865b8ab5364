//! Pages of servers that do not count well.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use scim_client::{Dialect, Error, UnexpectedKind};
use scim_filter::query::{Page, Query};
use serde_json::{Value, json};

use crate::support::{Script, error, page, scim, user};

fn users(ids: std::ops::Range<u32>) -> Vec<Value> {
    ids.map(|id| user(&id.to_string(), &format!("user-{id}"))).collect()
}

/// The ids that a list comes to, and what was asked for.
async fn all(script: &Script, query: Query) -> (Result<Vec<String>, Error>, Vec<String>) {
    let all = script.client().users().list(query).collect(1_000).await;
    let ids = all.map(|all| all.iter().map(|one| one.id.as_ref().unwrap().to_string()).collect());
    (ids, script.lines())
}

fn kind(error: &Error) -> UnexpectedKind {
    match error {
        Error::UnexpectedResponse(odd) => odd.kind(),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_next_page_begins_after_what_came() {
    // Fewer than asked for, a claim that is wrong, and a total that changes.
    let odd = json!({"totalResults": 6, "itemsPerPage": 50, "startIndex": null, "Resources": users(2..3)});
    let script = Script::new([page(Some(9), &users(0..2)), scim(200, odd), page(Some(6), &users(3..6))]);
    let query = Query { page: Page::default().with_count(50), ..Query::default() };
    let (ids, asked) = all(&script, query).await;
    assert_eq!(ids.unwrap(), ["0", "1", "2", "3", "4", "5"]);
    assert_eq!(
        asked,
        ["GET /Users?count=50", "GET /Users?startIndex=3&count=50", "GET /Users?startIndex=4&count=50"]
    );
}

#[tokio::test]
async fn an_empty_page_is_the_end() {
    for total in [Some(100), None] {
        let script = Script::new([page(total, &users(0..2)), page(total, &[])]);
        assert_eq!(all(&script, Query::default()).await.0.unwrap().len(), 2);
    }
    let script = Script::new([page(Some(0), &[])]);
    assert_eq!(all(&script, Query::default()).await.0.unwrap().len(), 0);
}

#[tokio::test]
async fn a_user_that_moved_to_the_next_page_comes_once() {
    let script =
        Script::new([page(Some(4), &users(0..2)), page(Some(5), &users(1..3)), page(Some(5), &users(3..4))]);
    assert_eq!(all(&script, Query::default()).await.0.unwrap(), ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn pages_that_go_round_are_an_error() {
    // The same page, whatever startIndex says.
    let script = Script::new([page(Some(9), &users(0..2)), page(Some(9), &users(0..2))]);
    assert_eq!(kind(&all(&script, Query::default()).await.0.unwrap_err()), UnexpectedKind::EndlessPages);
    // A circle of two.
    let script = Script::new([page(None, &users(0..2)), page(None, &users(2..4)), page(None, &users(0..2))]);
    assert_eq!(kind(&all(&script, Query::default()).await.0.unwrap_err()), UnexpectedKind::EndlessPages);
    // A cursor that comes back.
    let cursor = |ids| scim(200, json!({"Resources": users(ids), "nextCursor": "a+/="}));
    let script = Script::new([cursor(0..1), cursor(1..2)]);
    let (ids, asked) = all(&script, Query::default()).await;
    assert_eq!(kind(&ids.unwrap_err()), UnexpectedKind::EndlessPages);
    assert_eq!(asked[1], "GET /Users?cursor=a%2B%2F%3D");
    // Nothing, for ever.
    let mut n = 0;
    let script = Script::new(
        std::iter::repeat_with(|| {
            n += 1;
            scim(200, json!({"Resources": [], "nextCursor": n.to_string()}))
        })
        .take(10),
    );
    assert_eq!(kind(&all(&script, Query::default()).await.0.unwrap_err()), UnexpectedKind::EndlessPages);
    // New users, for ever.
    let script = Script::new((0..4).map(|n| page(None, &users(n..n + 1))));
    let mut pages = script.client().users().list(Query::default()).with_max_pages(3);
    for _ in 0..3 {
        assert!(pages.next().await.unwrap().is_some());
    }
    assert_eq!(kind(&pages.next().await.unwrap_err()), UnexpectedKind::EndlessPages);
}

#[tokio::test]
async fn more_than_the_bound_is_an_error() {
    let script = Script::new([page(Some(3), &users(0..3))]);
    let error = script.client().users().list(Query::default()).collect(2).await.unwrap_err();
    assert_eq!(kind(&error), UnexpectedKind::TooMany);
}

#[tokio::test]
async fn by_cursor_and_by_post() {
    let mut dialect = Dialect::rfc();
    dialect.cursor = true;
    dialect.page_cap = Some(2);
    let script = Script::new([
        scim(200, json!({"Resources": users(0..2), "nextCursor": "x"})),
        scim(200, json!({"Resources": users(2..3)})),
        scim(200, json!({"Resources": users(0..2), "nextCursor": "x"})),
        scim(200, json!({"Resources": [], "nextCursor": "y"})),
        scim(200, json!({"Resources": users(2..3), "nextCursor": ""})),
    ]);
    let (builder, _) = script.builder();
    let client = builder.dialect(dialect).build().unwrap();
    assert_eq!(client.users().list(Query::default()).collect(9).await.unwrap().len(), 3);
    assert_eq!(client.users().search(Query::default()).collect(9).await.unwrap().len(), 3);
    assert_eq!(script.lines()[..2], ["GET /Users?cursor=&count=2", "GET /Users?count=2&cursor=x"]);
    assert_eq!(script.lines()[2..], ["POST /Users/.search"; 3]);
    let cursors: Vec<_> = script.got()[2..].iter().map(|got| got.body["cursor"].clone()).collect();
    assert_eq!(cursors, ["", "x", "y"]);
}

#[tokio::test]
async fn one_bad_resource_is_named_and_the_page_can_be_asked_for_again() {
    let bad = [user("1", "a"), json!({"id": "2"})];
    let script = Script::new([page(Some(2), &bad), page(Some(2), &bad)]);
    let client = script.client();
    let mut pages = client.users().list(Query::default());
    let error = pages.next().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /Users: unexpected answer 200: it is malformed: resource 2 of the page: the required attribute `userName` is missing at line 1 column 10"
    );
    assert!(pages.next().await.is_err());
    assert_eq!(script.lines(), ["GET /Users"; 2]);
}

#[tokio::test]
async fn as_a_stream() {
    let script = Script::new([page(Some(4), &users(0..2)), page(Some(4), &users(2..3)), error(400)]);
    let mut stream = script.client().users().list(Query::default()).into_stream();
    let mut came = Vec::new();
    while let Some(next) = poll_fn(|cx| Pin::new(&mut stream).poll_next(cx)).await {
        came.push(next.map(|user| user.user_name.to_string()).map_err(|error| error.status()));
    }
    let names = ["user-0", "user-1", "user-2"].map(|name| Ok(name.to_owned()));
    assert_eq!(came, names.into_iter().chain([Err(Some(400))]).collect::<Vec<_>>());
}
