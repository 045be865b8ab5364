//! Values that are not kind.

use scim_core::{AttrPath, Resource, SchemaUri, attr};
use scim_filter::{CompareOp, Filter};
use scim_server::store::{Query, Start};
use scim_testing::schemas::every_type;
use serde_json::json;

use crate::table::{Databases, every};

fn user(name: &str, exact: Option<&str>) -> Resource {
    let mut map = serde_json::Map::new();
    map.insert("schemas".to_owned(), json!([SchemaUri::USER.as_str()]));
    map.insert("userName".to_owned(), json!(name));
    map.insert("emails".to_owned(), json!([{"value": name, "type": "work"}]));
    if let Some(exact) = exact {
        map.insert(every("exact").schema().unwrap().as_str().to_owned(), json!({"exact": exact}));
    }
    Resource::from_canonical(map, every_type())
}

const TEXTS: &[&str] = &[
    "",
    "%",
    "_",
    "a%b",
    "a_b",
    "axb",
    "\\",
    "a\\%b",
    "'",
    "''",
    "' OR '1'='1",
    "x'; DROP TABLE users; --",
    "$1",
    "?",
    "?1",
    "/* x */",
    "a",
    "ab",
    "abc",
    "A",
    "B",
    "Ä",
    "ä",
    "a\u{308}",
    "z",
    "é",
    "\u{ffff}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{10000}",
    "\u{10ffff}",
    "a\u{10ffff}",
    "b\u{10ffff}\u{10ffff}",
    "日本語",
    "🦀",
    "1",
    "01",
    "1.0",
    "\t\r\n",
];

async fn agree(databases: &Databases, stored: &[&str], asked: &[&str]) {
    agree_on(databases, stored, asked, &[attr::USER_NAME, attr::EMAILS_VALUE, every("exact")]).await;
}

async fn agree_on(databases: &Databases, stored: &[&str], asked: &[&str], paths: &[AttrPath]) {
    let tenant = databases.tenant(stored.iter().map(|text| user(text, Some(text))).collect()).await;
    for path in paths {
        for text in asked {
            for op in CompareOp::ALL {
                let filter = Filter::Compare(path.clone(), op, (*text).into());
                for filter in [filter.clone(), !filter] {
                    let typed = filter.check(every_type()).unwrap();
                    let expected = tenant.expected(&typed);
                    for found in tenant.matching(&typed).await {
                        assert_eq!(found, expected, "{filter:.200}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn texts_that_look_like_sql_are_texts() {
    let databases = Databases::start().await;
    agree(&databases, TEXTS, TEXTS).await;
}

#[tokio::test]
async fn nul_is_a_character_or_in_no_text() {
    let databases = Databases::start().await;
    let asked = ["\0", "a\0", "a\0b", "\0a", "ab\0", "abc\0\0"];
    // PostgreSQL can hold none of these, and so they are not stored there.
    agree(&databases, TEXTS, &asked).await;
    let mut sqlite = databases;
    sqlite.postgres = None;
    let stored = [&asked[..], &["a", "ab", "b", ""]].concat();
    agree(&sqlite, &stored, &[&stored[..], &["b", "c"]].concat()).await;
}

#[tokio::test]
async fn a_megabyte_is_a_text() {
    let databases = Databases::start().await;
    let long = "lange Wörter ".repeat(80_000);
    let longer = format!("{long}!");
    agree_on(&databases, &["lange", &long, "x"], &[&longer], &[attr::USER_NAME]).await;
    agree_on(&databases, &["lange", &long, "x"], &[&long, &longer], &[every("exact")]).await;
}

#[tokio::test]
async fn as_many_terms_as_a_filter_may_have() {
    let databases = Databases::start().await;
    let tenant = databases.tenant(vec![user("n7", None), user("x", None)]).await;
    for path in [attr::USER_NAME, attr::EMAILS_VALUE] {
        let terms = |op: CompareOp| (0..1_000).map(move |n| (op, format!("n{n}")));
        let filter = |(op, text): (CompareOp, String)| Filter::Compare(path.clone(), op, text.into());
        let none = terms(CompareOp::Eq).map(|term| !filter(term)).reduce(Filter::and).unwrap();
        let any = terms(CompareOp::Eq).map(&filter).reduce(Filter::or).unwrap();
        let all = terms(CompareOp::Ne).map(&filter).reduce(Filter::and).unwrap();
        let deep = (0..Filter::MAX_DEPTH)
            .fold(Filter::eq(path.clone(), "x"), |deep, _| !deep.and(Filter::pr(path.clone())));
        for filter in [any, all, none, deep] {
            let typed = filter.check(every_type()).unwrap();
            let expected = tenant.expected(&typed);
            assert_eq!(expected.len(), 1);
            for found in tenant.matching(&typed).await {
                assert_eq!(found, expected, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn sec_s11_or_cannot_escape_the_tenant() {
    let databases = Databases::start().await;
    let others = databases.tenant(vec![user("other", Some("x")), user("admin", None)]).await;
    let own = databases.tenant(vec![user("own", Some("x"))]).await;
    for text in [
        r#"userName eq "nobody" or userName pr"#,
        r#"userName pr or userName pr and userName pr"#,
        r#"not (userName eq "nobody")"#,
        r#"not (userName eq "nobody") or not (userName eq "nobody")"#,
        r#"(userName pr) or (userName pr)"#,
        r#"emails[value pr or type eq "work"] or emails[not (value eq "x")]"#,
        r#"userName eq "x' OR '1'='1" or userName ne ") OR (1=1""#,
        r#"userName ne null or title eq null"#,
        r#"emails.value ne "x" or schemas pr"#,
    ] {
        let typed = Filter::parse(text).unwrap().check(every_type()).unwrap();
        let ids: Vec<&str> = own.users.iter().map(|user| user.id.as_str()).collect();
        for found in own.matching(&typed).await {
            assert_eq!(found, ids, "{text}");
        }
        assert_eq!(others.matching(&typed).await[0].len(), 2);
    }
}

/// SQLite 3.51 counts a row once for each element when it skips rows (`OFFSET`) of an `EXISTS` that it has made a join.
#[tokio::test]
async fn a_user_with_many_addresses_is_on_one_page() {
    let databases = Databases::start().await;
    let mut many = user("a", None);
    let emails: Vec<_> = (0..5).map(|n| json!({"value": format!("{n}@example.com")})).collect();
    many.set(&attr::EMAILS, json!(emails)).unwrap();
    let tenant = databases.tenant(vec![many.clone(), many]).await;
    let filter = Filter::pr(attr::EMAILS).check(every_type()).unwrap();
    let query = Query { start: Start::Index(3), ..Query::of(Some(filter), 2) };
    for listing in tenant.listings([&query, &query]).await {
        assert_eq!(listing.into_items().len(), 0);
    }
}
