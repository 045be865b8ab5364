//! Laws of filters, paths, orders and queries, over generated ones.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests")]

use proptest::prelude::*;
use proptest::sample::Index;

use scim_core::{Limits, Profile, Resource, attr};
use scim_filter::query::{Query, Sort, SortOrder};
use scim_filter::{BARE_VALUES, CheckOptions, Filter, Path, UnknownAttribute};
use scim_testing::schemas::every_type;
use scim_testing::{filters as arbitrary, naive};
use serde_json::Value;

fn matches(filter: &Filter, resource: &Resource) -> bool {
    filter.check(every_type()).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(resource)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_filter_is_what_it_prints(filter in arbitrary::filter()) {
        let text = filter.to_string();
        let parsed = Filter::parse_with(&text, &Limits::default(), &Profile::lenient());
        let parsed = parsed.unwrap_or_else(|error| panic!("{text}: {error}"));
        prop_assert_eq!(&parsed.filter, &filter);
        prop_assert!(parsed.deviations.is_empty());
        prop_assert_eq!(Filter::parse(&text), Ok(filter.clone()));
        prop_assert_eq!(Filter::parse(&format!("  ( {text} ) ")), Ok(filter));
    }

    #[test]
    fn a_path_is_what_it_prints(path in arbitrary::path()) {
        let text = path.to_string();
        prop_assert_eq!(Path::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}")), path);
    }

    #[test]
    fn a_query_is_what_it_prints(query in arbitrary::query()) {
        let text = query.to_query_string();
        let limits = Limits { query_bytes: 1 << 20, ..Limits::default() };
        let parsed = Query::parse(&text, &limits, &Profile::rfc()).unwrap_or_else(|error| panic!("{text}: {error}"));
        prop_assert_eq!(&parsed.query, &Query { in_uri: true, ..query.clone() });
        prop_assert!(parsed.ignored.is_empty());
        let parsed = Query::from_search_request(query.to_search_request(), &limits, &Profile::rfc()).unwrap();
        prop_assert_eq!(&parsed.query, &query);
    }

    #[test]
    fn whatever_is_read_prints_as_itself(text in arbitrary::filter_text()) {
        for profile in [Profile::rfc(), Profile::lenient().with(&BARE_VALUES)] {
            match Filter::parse_with(&text, &Limits::default(), &profile) {
                Ok(parsed) => prop_assert_eq!(Filter::parse(&parsed.filter.to_string()), Ok(parsed.filter)),
                Err(error) => prop_assert!(text.is_char_boundary(error.position().unwrap()), "{}", error),
            }
            if let Ok(parsed) = Path::parse_with(&text, &Limits::default(), &profile) {
                prop_assert_eq!(Path::parse(&parsed.path.to_string()), Ok(parsed.path));
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Err(error) = Filter::parse(&text) {
            prop_assert!(text.is_char_boundary(error.position().unwrap()));
            prop_assert_eq!(error.caret().unwrap().lines().count(), 2);
        }
        drop(Query::parse(&text, &Limits::default(), &Profile::lenient()));
    }

    #[test]
    fn any_filter_is_checked_without_harm(filter in arbitrary::filter(), user in arbitrary::user()) {
        let options = CheckOptions { unknown: UnknownAttribute::NoValue, ..CheckOptions::default() };
        if let Ok(typed) = filter.check_with(every_type(), &options) {
            let opposite = (!filter).check_with(every_type(), &options).unwrap();
            prop_assert_ne!(typed.matches(&user), opposite.matches(&user));
        }
    }

    #[test]
    fn two_evaluators_agree(filter in arbitrary::user_filter(), user in arbitrary::user()) {
        let json = Value::Object(user.as_map().clone());
        prop_assert_eq!(matches(&filter, &user), naive::matches(&filter, &json, every_type()), "{} on {}", filter, json);
    }

    #[test]
    fn de_morgan(a in arbitrary::user_filter(), b in arbitrary::user_filter(), user in arbitrary::user()) {
        let and = !(a.clone().and(b.clone()));
        let or = (!a.clone()).or(!b.clone());
        prop_assert_eq!(matches(&and, &user), matches(&or, &user));
        let or = !(a.clone().or(b.clone()));
        let and = (!a.clone()).and(!b);
        prop_assert_eq!(matches(&or, &user), matches(&and, &user));
        prop_assert_eq!(matches(&!!a.clone(), &user), matches(&a, &user));
    }

    #[test]
    fn an_order_is_total_and_stable(
        mut users in proptest::collection::vec(arbitrary::user(), 0..8),
        swaps in proptest::collection::vec(any::<(Index, Index)>(), 0..8),
        by in proptest::sample::select(vec![
            attr::USER_NAME, attr::TITLE, attr::ACTIVE, attr::EMAILS, attr::EMAILS_PRIMARY, attr::NAME_GIVEN_NAME, attr::ID,
        ]),
        up in any::<bool>(),
    ) {
        for (at, user) in users.iter_mut().enumerate() {
            user.set(&attr::EXTERNAL_ID, at.to_string().into()).unwrap();
        }
        let order = if up { SortOrder::Ascending } else { SortOrder::Descending };
        let sort = Sort { by, order }.check(every_type(), &CheckOptions::default()).unwrap();
        let places = |users: &[Resource]| -> Vec<String> {
            users.iter().map(|user| user.external_id().unwrap_or_default().to_owned()).collect()
        };
        let mut sorted = users.clone();
        sort.sort(&mut sorted, |user| user);
        for pair in sorted.windows(2) {
            prop_assert!(sort.key(&pair[0]) <= sort.key(&pair[1]));
            if sort.key(&pair[0]) == sort.key(&pair[1]) {
                prop_assert!(pair[0].external_id() < pair[1].external_id(), "not stable");
            }
        }
        let mut again = sorted.clone();
        sort.sort(&mut again, |user| user);
        prop_assert_eq!(places(&again), places(&sorted));
        // Whatever the order was, the keys come out the same.
        let mut shuffled = users.clone();
        if !shuffled.is_empty() {
            for (a, b) in swaps {
                let len = shuffled.len();
                shuffled.swap(a.index(len), b.index(len));
            }
        }
        sort.sort(&mut shuffled, |user| user);
        let keys = |users: &[Resource]| users.iter().map(|user| sort.key(user)).collect::<Vec<_>>();
        prop_assert_eq!(keys(&shuffled), keys(&sorted));
    }
}
