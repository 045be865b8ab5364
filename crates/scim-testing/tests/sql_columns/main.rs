//! Filters, orders and pages in SQL mean what they mean in memory: on SQLite, and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

mod faults;
mod hostile;
mod table;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use scim_core::{AttrName, AttrPath, Resource, attr};
use scim_filter::query::{Sort, SortOrder, TypedSort};
use scim_filter::{CheckOptions, Filter, TypedFilter};
use scim_server::store::{Query, Start};
use scim_sqlx::{Columns, IdColumn};
use scim_testing::filters as arbitrary;
use scim_testing::schemas::every_type;
use serde_json::json;
use tokio::runtime::Runtime;

use table::{Databases, Tenant, every};

fn sorts() -> impl Strategy<Value = Sort> {
    let sub = |sub| every("complex").with_sub(AttrName::from_static(sub));
    let paths: Vec<AttrPath> = vec![
        attr::ID,
        attr::USER_NAME,
        attr::TITLE,
        attr::NICK_NAME,
        attr::ACTIVE,
        attr::NAME_GIVEN_NAME,
        attr::EMAILS,
        attr::EMAILS_TYPE,
        attr::EMAILS_PRIMARY,
        every("string"),
        every("exact"),
        every("boolean"),
        every("decimal"),
        every("integer"),
        every("dateTime"),
        every("reference"),
        every("strings"),
        every("integers"),
        every("complex"),
        sub("exact"),
    ];
    (select(paths), any::<bool>()).prop_map(|(by, up)| Sort {
        by,
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    })
}

#[test]
fn filters_mean_the_same_in_sql() {
    let runtime = Runtime::new().unwrap();
    let databases = runtime.block_on(Databases::start());
    let cases = (vec(arbitrary::user(), 0..8), vec(arbitrary::user_filter(), 12), any::<[bool; 4]>());
    let test = |(users, filters, policies): (Vec<_>, Vec<Filter>, [bool; 4])| {
        runtime.block_on(async {
            let tenant = databases.tenant(users).await;
            let [empty_string_is_present, ne_is_existential, missing_boolean_is_false, _] = policies;
            let options = CheckOptions {
                empty_string_is_present,
                ne_is_existential,
                missing_boolean_is_false,
                ..CheckOptions::default()
            };
            for filter in filters {
                let typed = filter.check_with(every_type(), &options).unwrap();
                let expected = tenant.expected(&typed);
                for found in tenant.matching(&typed).await {
                    prop_assert_eq!(&found, &expected, "{} {:?}", filter, options);
                }
            }
            Ok(())
        })
    };
    runner(150).run(&cases, test).unwrap();
}

#[test]
fn orders_and_pages_are_the_same_in_sql() {
    let runtime = Runtime::new().unwrap();
    let databases = runtime.block_on(Databases::start());
    let filter = proptest::option::weighted(0.3, arbitrary::user_filter());
    let cases = (
        vec(arbitrary::user(), 0..12),
        vec((proptest::option::weighted(0.9, sorts()), filter, 1_usize..5), 6),
    );
    type Asked = (Option<Sort>, Option<Filter>, usize);
    let test = |(users, queries): (Vec<_>, Vec<Asked>)| {
        runtime.block_on(async {
            let tenant = databases.tenant(users).await;
            for (sort, filter, count) in queries {
                let sort = sort.map(|sort| sort.check(every_type(), &CheckOptions::default()).unwrap());
                let filter = filter.map(|filter| filter.check(every_type()).unwrap());
                let expected = in_memory(&tenant, sort.as_ref(), filter.as_ref());
                let by_cursor =
                    by_cursor(&tenant, sort.as_ref(), filter.as_ref(), count, expected.len()).await;
                let by_index = by_index(&tenant, sort.as_ref(), filter.as_ref(), count, expected.len()).await;
                for found in by_cursor.into_iter().chain(by_index) {
                    prop_assert_eq!(&found, &expected, "{:?} {:?} {}", sort, filter, count);
                }
            }
            Ok(())
        })
    };
    runner(100).run(&cases, test).unwrap();
}

/// The application has one address, in the row of the user: here, the title is taken for one.
#[test]
fn an_address_in_the_row_of_the_user_is_a_list() {
    let columns = Columns::builder(every_type(), IdColumn::text("users.id"))
        .text(attr::USER_NAME, "user_name_key")
        .text(attr::NAME_FAMILY_NAME, "family_key")
        .text(attr::NAME_GIVEN_NAME, "given_key")
        .text(attr::EMAILS_VALUE, "title_key")
        .constant(attr::EMAILS_TYPE, "ab")
        .constant(attr::EMAILS_PRIMARY, true)
        .nothing_else()
        .build()
        .unwrap();
    let only = |user: &Resource| {
        let mut map = user.as_map().clone();
        let title = map.remove("title");
        map.retain(|name, _| ["id", "userName", "name"].contains(&name.as_str()));
        if let Some(title) = title {
            map.insert("emails".to_owned(), json!([{"value": title, "type": "ab", "primary": true}]));
        }
        Resource::from_canonical(map, every_type())
    };
    let runtime = Runtime::new().unwrap();
    let databases = runtime.block_on(Databases::start());
    let cases = (vec(arbitrary::user(), 1..6), vec(arbitrary::user_filter(), 24));
    let test = |(users, filters): (Vec<_>, Vec<Filter>)| {
        runtime.block_on(async {
            let mut tenant = databases.tenant(users).await;
            for user in &mut tenant.users {
                user.resource = only(&user.resource).into();
            }
            for filter in filters {
                let typed = filter.check(every_type()).unwrap();
                let expected = tenant.expected(&typed);
                for found in tenant.matching_by(&columns, &typed).await {
                    prop_assert_eq!(&found, &expected, "{}", filter);
                }
            }
            Ok(())
        })
    };
    runner(100).run(&cases, test).unwrap();
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

fn in_memory(tenant: &Tenant<'_>, sort: Option<&TypedSort>, filter: Option<&TypedFilter>) -> Vec<String> {
    let mut users = tenant.users.clone();
    users.retain(|user| filter.is_none_or(|filter| filter.matches(&user.resource)));
    users.sort_by(|a, b| a.id.as_str().cmp(b.id.as_str()));
    if let Some(sort) = sort {
        sort.sort(&mut users, |user| &user.resource);
    }
    users.iter().map(|user| user.id.as_str().to_owned()).collect()
}

fn query(sort: Option<&TypedSort>, filter: Option<&TypedFilter>, count: usize, start: Start) -> Query {
    Query { sort: sort.cloned(), start, ..Query::of(filter.cloned(), count) }
}

/// All pages that follow one another, of each database.
async fn by_cursor(
    tenant: &Tenant<'_>,
    sort: Option<&TypedSort>,
    filter: Option<&TypedFilter>,
    count: usize,
    total: usize,
) -> Vec<Vec<String>> {
    let first = query(sort, filter, count, Start::After(None));
    let mut next = [first.clone(), first];
    let mut found: Vec<Vec<String>> = Vec::new();
    for page in 0..total / count + 2 {
        let listings = tenant.listings([&next[0], &next[1]]).await;
        found.resize(listings.len(), Vec::new());
        let more: Vec<bool> = listings.iter().map(|listing| listing.next().is_some()).collect();
        assert!(more.iter().all(|more| *more == more_than(total, (page + 1) * count)), "{found:?} {sort:?}");
        for (at, listing) in listings.into_iter().enumerate() {
            next[at].start = Start::After(listing.next().cloned());
            found[at].extend(listing.into_items().iter().map(|user| user.id.as_str().to_owned()));
        }
        if !more[0] {
            break;
        }
    }
    found
}

fn more_than(total: usize, seen: usize) -> bool {
    total > seen
}

async fn by_index(
    tenant: &Tenant<'_>,
    sort: Option<&TypedSort>,
    filter: Option<&TypedFilter>,
    count: usize,
    total: usize,
) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for page in 0..=total / count {
        let query = query(sort, filter, count, Start::Index((page * count) as u64 + 1));
        let listings = tenant.listings([&query, &query]).await;
        found.resize(listings.len(), Vec::new());
        for (at, listing) in listings.into_iter().enumerate() {
            found[at].extend(listing.into_items().iter().map(|user| user.id.as_str().to_owned()));
        }
    }
    found
}
