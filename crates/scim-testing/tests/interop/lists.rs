//! Filters, orders and pages.

use scim_core::{Group, Member, Resource, SchemaSet, User, attr};
use scim_filter::Filter;
use scim_filter::query::{Page, ProjectionParams, Query, Sort, SortOrder};
use serde_json::json;

use crate::{Peer, bjensen, create_users};

#[tokio::test]
async fn users_are_found_listed_sorted_and_paged() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    create_users(client, 23).await;
    client.users().create(&bjensen()).await.unwrap();
    for users in [client.users().untyped(), client.resources::<Resource>("Users", SchemaSet::user().clone())]
    {
        let found = users.find(&Filter::eq(attr::EXTERNAL_ID, "e+1&=\"2\"")).await.unwrap().unwrap();
        assert_eq!(found.get(&attr::USER_NAME), Some(&json!("bjensen@example.com")));
    }
    let users = client.users();
    for (filter, count) in [
        ("userName eq \"USER-07\"", 1),
        ("userName sw \"user-1\"", 10),
        ("userName co \"ser-2\" or name.familyName eq \"jensen\"", 4),
        ("emails[type eq \"work\" and value ew \"@example.com\"]", 1),
        ("emails.value eq \"home@example.com\" and active eq true", 1),
        ("not (externalId pr)", 23),
        ("userName ge \"user-20\" and userName lt \"user-22\"", 2),
        ("meta.created gt \"2011-05-13T04:42:34Z\"", 24),
        ("title pr", 0),
    ] {
        let filter = Filter::parse(filter).unwrap();
        for pages in [users.list(Query::of(filter.clone())), users.search(Query::of(filter.clone()))] {
            assert_eq!(pages.collect(100).await.unwrap().len(), count, "{filter}");
        }
    }
    let sorted = |order| Query {
        sort: Some(Sort { order, ..Sort::by(attr::USER_NAME) }),
        page: Page::default().with_count(5),
        ..Query::default()
    };
    let names = async |pages: scim_client::Pages<User>| -> Vec<String> {
        let all = pages.collect(100).await.unwrap();
        all.iter().map(|user| user.user_name.to_string()).collect()
    };
    let mut expected: Vec<String> = (0..23).map(|n| format!("user-{n:02}")).collect();
    expected.insert(0, "bjensen@example.com".to_owned());
    assert_eq!(names(users.list(sorted(SortOrder::Ascending))).await, expected);
    expected.reverse();
    assert_eq!(names(users.search(sorted(SortOrder::Descending))).await, expected);

    let mut pages = users.list(Query { page: Page::default().with_count(10), ..Query::default() });
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        assert_eq!(page.total, Some(24));
        sizes.push(page.resources.len());
    }
    assert_eq!(sizes, [10, 10, 4]);
    let count = Query { page: Page::default().with_count(0), ..Query::default() };
    let mut pages = users.list(count);
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(pages.total(), Some(24));
    let part = users.projected(ProjectionParams::Attributes(vec![attr::DISPLAY_NAME]));
    let part = part.list(Query::of(Filter::eq(attr::USER_NAME, "user-03"))).collect(1).await.unwrap();
    assert!(part[0].id.is_some() && part[0].get(&attr::USER_NAME).is_none());
}

#[tokio::test]
async fn users_and_groups_are_listed_at_once() {
    let Some(peer) = Peer::start() else { return };
    let client = &peer.client;
    let ids = create_users(client, 3).await;
    let members = ids.iter().map(|id| Member::new(id.as_str())).collect();
    let group = Group { display_name: "Guides".into(), members, ..Group::default() };
    client.groups().create(&group).await.unwrap();
    let by_two = Query { page: Page::default().with_count(2), ..Query::default() };
    for pages in [client.root().list(by_two.clone()), client.root().search(by_two)] {
        let all = pages.collect(10).await.unwrap();
        let of = |name: &str| all.iter().filter(|one| one.resource_type.as_deref() == Some(name)).count();
        assert_eq!((of("User"), of("Group")), (3, 1));
    }
    let groups = Query::of(Filter::parse("meta.resourceType eq \"Group\"").unwrap());
    let found = client.root().search(groups).collect(1).await.unwrap();
    assert_eq!(found[0].get(&attr::DISPLAY_NAME), Some(&json!("Guides")));
}
