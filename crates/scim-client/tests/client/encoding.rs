//! What the client encodes, the server decodes.

use std::sync::LazyLock;

use proptest::prelude::*;
use scim_client::Client;
use scim_core::{AttrPath, Email, ExternalId, Limits, Profile, ResourceId, User, attr};
use scim_filter::Filter;
use scim_filter::query::{Page, ProjectionParams, Query, Sort, Start};

use crate::support::{Script, in_process, page, scim, user};

static SERVER: LazyLock<Client> = LazyLock::new(in_process);

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Any text, and often one that means something in a URL, a filter or JSON.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,12}", "[&?#%+=/\\\\\"' .;:@\\[\\]é漢🔑]{1,8}"]
}

fn id() -> impl Strategy<Value = ResourceId> {
    text().prop_filter_map("an id", |text| match text.as_str() {
        "." | ".." => None,
        text => ResourceId::new(text).ok(),
    })
}

fn path() -> impl Strategy<Value = AttrPath> {
    prop::sample::select(vec![attr::USER_NAME, attr::EMAILS_VALUE, attr::DEPARTMENT, attr::NAME_FAMILY_NAME])
}

fn filter() -> impl Strategy<Value = Filter> {
    let leaf = prop_oneof![
        (path(), text()).prop_map(|(path, text)| Filter::eq(path, text)),
        (path(), text()).prop_map(|(path, text)| Filter::co(path, text)),
        path().prop_map(Filter::pr),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.and(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.or(b)),
            inner.prop_map(|inner| !inner),
        ]
    })
}

fn query() -> impl Strategy<Value = Query> {
    let projection = prop_oneof![
        Just(ProjectionParams::Default),
        prop::collection::vec(path(), 1..3).prop_map(ProjectionParams::Attributes),
        prop::collection::vec(path(), 1..3).prop_map(ProjectionParams::ExcludedAttributes),
    ];
    let start =
        prop_oneof![Just(Start::Default), Just(Start::FirstCursor), (1..u64::MAX).prop_map(Start::Index)];
    (prop::option::of(filter()), prop::option::of(path()), start, prop::option::of(1..u64::MAX), projection)
        .prop_map(|(filter, sort, start, count, projection)| Query {
            filter,
            sort: sort.map(Sort::by),
            page: Page { start, count },
            projection,
            in_uri: true,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn queries_in_urls_and_in_bodies(query in query(), flag in prop::bool::ANY) {
        let script = Script::new([page(Some(0), &[]), page(Some(0), &[])]);
        let base = if flag { "https://example.com/scim/v2/?aadOptscim062020" } else { "https://example.com/scim/v2" };
        let client = Client::builder(base).transport(script.clone()).build().unwrap();
        let users = client.users().untyped();
        run(users.list(query.clone()).next()).unwrap();
        run(users.search(query.clone()).next()).unwrap();
        let got = script.got();
        let uri: http::Uri = got[0].uri.parse().unwrap();
        prop_assert_eq!(uri.path(), "/scim/v2/Users");
        let sent = Query::parse(uri.query().unwrap_or_default(), &Limits::default(), &Profile::rfc()).unwrap();
        prop_assert_eq!(&sent.query, &query);
        prop_assert_eq!(sent.ignored.len(), usize::from(flag));
        let sent = Query::from_search_request(got[1].body.clone(), &Limits::default(), &Profile::rfc()).unwrap();
        prop_assert_eq!(sent.query, Query { in_uri: false, ..query });
    }

    #[test]
    fn ids_in_paths(id in id()) {
        let script = Script::new([scim(200, user(id.as_str(), "b"))]);
        run(script.client().users().get(&id)).unwrap();
        let uri: http::Uri = script.got()[0].uri.parse().unwrap();
        prop_assert!(uri.query().is_none());
        let segment = uri.path().strip_prefix("/scim/v2/Users/").unwrap();
        prop_assert!(!segment.contains('/'));
        // What a server's URL parser makes of it.
        let pairs = format!("id={segment}");
        let decoded = url::form_urlencoded::parse(pairs.as_bytes()).next().unwrap().1;
        prop_assert_eq!(decoded, id.as_str());
    }

    #[test]
    fn users_come_back_as_they_were_sent(name in text(), title in text(), mail in text(), external in text(), active: Option<bool>) {
        let new = User {
            user_name: name.as_str().into(),
            title: Some(title.as_str().into()).filter(|_| !title.is_empty()),
            external_id: ExternalId::new(external.as_str()).ok(),
            active,
            emails: if mail.is_empty() { Vec::new() } else { vec![Email::new(mail.as_str())] },
            ..User::default()
        };
        run(async {
            let users = SERVER.users();
            let created = match users.create(&new).await {
                Ok(created) => created,
                // A name that is taken, or is none.
                Err(error) => {
                    assert!(matches!(error.status(), Some(400 | 409)), "{error}");
                    return;
                }
            };
            let id = created.id.clone().unwrap();
            let read = users.get(&id).await.unwrap();
            assert_eq!((&read.user_name, &read.title, &read.emails), (&new.user_name, &new.title, &new.emails));
            assert_eq!(read.external_id, new.external_id);
            let found = users.find(&Filter::eq(attr::USER_NAME, name.as_str())).await.unwrap();
            assert_eq!(found.unwrap().id, Some(id.clone()));
            users.modify(&id, |user| user.set(&attr::NICK_NAME, title.as_str().into())).await.unwrap();
            let replaced = users.replace(&id, &read.resource, None).await.unwrap();
            assert_eq!((&replaced.user_name, &replaced.nick_name), (&new.user_name, &None));
            users.delete(&id, None).await.unwrap();
        });
    }
}
