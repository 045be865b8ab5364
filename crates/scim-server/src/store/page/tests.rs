use scim_core::{SchemaSet, Version, attr};
use scim_filter::query::{Sort, SortOrder};
use scim_filter::{CheckOptions, Filter};

use super::*;

fn row(id: &str, title: Option<&str>) -> Stored<Resource> {
    let mut user = Resource::new(SchemaSet::user());
    user.set(&attr::USER_NAME, id.into()).unwrap();
    if let Some(title) = title {
        user.set(&attr::TITLE, title.into()).unwrap();
    }
    Stored::new(ResourceId::new(id).unwrap(), Version::new("1").unwrap(), user)
}

fn rows() -> Vec<Stored<Resource>> {
    vec![row("c", Some("b")), row("a", None), row("d", Some("A")), row("b", Some("B")), row("e", None)]
}

fn ids(listing: Listing<Stored<Resource>>) -> String {
    listing.into_items().iter().map(|row| row.id.as_str()).collect()
}

fn query(sort: Option<SortOrder>, start: Start, count: usize) -> Query {
    let sort = sort.map(|order| {
        Sort { by: attr::TITLE, order }.check(SchemaSet::user(), &CheckOptions::default()).unwrap()
    });
    Query { sort, start, ..Query::of(None, count) }
}

/// All pages by cursor, and what is written between them.
fn walk(sort: Option<SortOrder>, mut between: impl FnMut(&mut Vec<Stored<Resource>>)) -> Vec<String> {
    let mut rows = rows();
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let listing = page(rows.clone(), &query(sort, Start::After(after), 2)).unwrap();
        let Found::Cursor { next, .. } = &listing.0 else { panic!("no page by cursor") };
        after = next.clone();
        pages.push(ids(listing));
        if after.is_none() {
            return pages;
        }
        between(&mut rows);
    }
}

#[test]
fn c55_pages_by_index_have_the_right_total() {
    let ask = |start, count| {
        let listing = page(rows(), &query(None, Start::Index(start), count)).unwrap();
        let Found::Page { total, .. } = listing.0 else { panic!("no page by index") };
        (ids(listing), total)
    };
    assert_eq!(ask(1, 2), ("ca".to_owned(), 5));
    assert_eq!(ask(4, 9), ("be".to_owned(), 5));
    assert_eq!(ask(6, 9), (String::new(), 5));
    assert_eq!(ask(u64::MAX, 9), (String::new(), 5));
    assert_eq!(ask(1, 0), (String::new(), 5));
    assert_eq!(ask(0, 1), ("c".to_owned(), 5));
}

#[test]
fn orders_put_what_has_no_value_last_and_first() {
    let ask = |order| ids(page(rows(), &query(Some(order), Start::Index(1), 9)).unwrap());
    assert_eq!(ask(SortOrder::Ascending), "dbcae");
    assert_eq!(ask(SortOrder::Descending), "aebcd");
}

#[test]
fn cursors_cover_all_once() {
    assert_eq!(walk(None, |_| {}), ["ab", "cd", "e"]);
    assert_eq!(walk(Some(SortOrder::Ascending), |_| {}), ["db", "ca", "e"]);
    assert_eq!(walk(Some(SortOrder::Descending), |_| {}), ["ae", "bc", "d"]);
}

#[test]
fn cursors_stand_while_others_write() {
    // What was returned last goes, and others come before and after it.
    let mut turn = 0;
    let pages = walk(Some(SortOrder::Ascending), |rows| {
        turn += 1;
        if turn == 1 {
            rows.retain(|row| row.id.as_str() != "b");
            rows.push(row("x", Some("0")));
            rows.push(row("y", Some("z")));
        }
    });
    assert_eq!(pages, ["db", "cy", "ae"]);
    let mut turn = 0;
    let pages = walk(None, |rows| {
        turn += 1;
        if turn == 1 {
            rows.retain(|row| row.id.as_str() != "b");
            rows.push(row("0", None));
        }
    });
    assert_eq!(pages, ["ab", "cd", "e"]);
}

#[test]
fn cursors_without_a_count_and_with_a_total() {
    let listing = page(rows(), &query(None, Start::After(None), 0)).unwrap();
    assert!(matches!(&listing.0, Found::Cursor { items, next: None, total: Some(5) } if items.is_empty()));
    let filter = Filter::eq(attr::TITLE, "b").check(SchemaSet::user()).unwrap();
    let some = Query { filter: Some(filter), total: false, ..query(None, Start::After(None), 1) };
    let listing = page(rows(), &some).unwrap();
    assert!(matches!(&listing.0, Found::Cursor { next: Some(_), total: None, .. }));
    assert_eq!(ids(listing), "b");
}

#[test]
fn cursors_of_others_are_refused() {
    let texts = ["x", "bm8", "e30", "W10", "W3siYSI6MX1d", "LTE", "WyJhIiwxLDJd"];
    for text in texts {
        let asked = query(None, Start::After(Some(text.parse().unwrap())), 2);
        let error = page(rows(), &asked).map(ids).unwrap_err();
        assert_eq!(error.to_string(), "400 invalidCursor: the cursor is not one of this store's", "{text}");
    }
    let unsorted = Last::Id("a".to_owned()).write().unwrap();
    assert!(page(rows(), &query(Some(SortOrder::Ascending), Start::After(Some(unsorted)), 2)).is_err());
}

#[test]
fn common_attributes_are_laid_over_once() {
    let stored = row("a", None).with_created(Utc::now()).with_last_modified(Utc::now());
    let whole = with_common(&stored, "User");
    assert_eq!(whole.id(), Some("a"));
    assert_eq!(whole.as_map()["meta"]["resourceType"], "User");
    assert_eq!(whole.version(), Some(stored.version.clone()));
    let again = Stored { resource: Arc::clone(&whole), ..stored.clone() };
    assert!(Arc::ptr_eq(&whole, &with_common(&again, "User")));
    let filter = Filter::pr(attr::META_CREATED).check(SchemaSet::user()).unwrap();
    assert!(filter.matches(&whole) && !filter.matches(&stored.resource));
}

/// A long value must not make a page impossible: whoever may write one could so hide what comes after it.
#[test]
fn cursors_stay_short_whatever_the_values() {
    let long = |n: usize| format!("a{}{n}", "x".repeat(10_000));
    let mut rows: Vec<_> = (0..7).map(|n| row(&format!("u{n}"), Some(&long(n / 2)))).collect();
    for order in [SortOrder::Ascending, SortOrder::Descending] {
        let (mut seen, mut after) = (String::new(), None);
        loop {
            let listing = page(rows.clone(), &query(Some(order), Start::After(after), 3)).unwrap();
            let Found::Cursor { next, .. } = &listing.0 else { panic!("no page by cursor") };
            after = next.clone();
            seen += &ids(listing);
            let Some(next) = &after else { break };
            assert!(next.as_str().len() < 1024);
        }
        let whole = ids(page(rows.clone(), &query(Some(order), Start::Index(1), 9)).unwrap());
        assert_eq!(seen, whole);
    }
    let asked = query(Some(SortOrder::Ascending), Start::After(None), 3);
    let Found::Cursor { next, .. } = page(rows.clone(), &asked).unwrap().0 else { panic!("no cursor") };
    let onward = query(Some(SortOrder::Ascending), Start::After(next), 3);
    rows[2] = row("u2", Some("elsewhere"));
    let error = page(rows.clone(), &onward).map(ids).unwrap_err();
    let words = "400 expiredCursor: what the last page ended with is not where it was: start with the first page again";
    assert_eq!(error.to_string(), words);
    rows.remove(2);
    assert_eq!(page(rows, &onward).map(ids).unwrap_err().to_string(), words);
}
