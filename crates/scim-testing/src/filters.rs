//! Generated filters, paths, resources and queries.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use scim_core::schema::{AttrType, Attribute};
use scim_core::{AttrName, AttrPath, Resolved, Resource, SchemaSet, SchemaUri, attr};
use scim_filter::query::{Page, ProjectionParams, Query, Sort, SortOrder};
use scim_filter::{CheckOptions, CompareOp, Filter, Literal, Path};
use serde_json::{Map, Value, json};

use crate::arbitrary::paths_of;
use crate::schemas::{EVERY, every_type};

/// Any filter in normal form, about attributes that no schema has.
pub fn filter() -> impl Strategy<Value = Filter> {
    let value_path =
        (attr_path(), joined(term().boxed())).prop_map(|(path, inner)| Filter::value_path(path, inner));
    joined(prop_oneof![4 => term(), 1 => value_path].boxed())
}

/// Any path of a PATCH operation.
pub fn path() -> impl Strategy<Value = Path> {
    prop_oneof![
        attr_path().prop_map(Path::from),
        schema_path().prop_map(Path::from),
        (attr_path(), joined(term().boxed()), option::of(name())).prop_map(|(attr, filter, sub)| Path {
            attr,
            filter: Some(filter),
            sub
        }),
    ]
}

/// Any query, as a body.
pub fn query() -> impl Strategy<Value = Query> {
    let sort = (attr_path(), any::<bool>()).prop_map(|(by, up)| Sort {
        by,
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    });
    let page = prop_oneof![
        Just(Page::default()),
        any::<u64>().prop_map(Page::from_index),
        Just(Page::first_cursor()),
        "[a-zA-Z0-9._~-]{1,20}"
            .prop_filter_map("a cursor", |text| Some(Page::from_cursor(text.parse().ok()?))),
    ];
    let projection = prop_oneof![
        Just(ProjectionParams::Default),
        vec(attr_path(), 1..4).prop_map(ProjectionParams::Attributes),
        vec(attr_path(), 1..4).prop_map(ProjectionParams::ExcludedAttributes),
    ];
    (option::of(filter()), option::of(sort), page, option::of(any::<u64>()), projection).prop_map(
        |(filter, sort, page, count, projection)| Query {
            filter,
            sort,
            page: Page { count, ..page },
            projection,
            in_uri: false,
        },
    )
}

/// A text of the pieces that filters are made of, in any order.
pub fn filter_text() -> impl Strategy<Value = String> {
    let pieces = [
        "a", "userName", "emails", ".", ":", "urn:x", "$ref", " ", " ", " ", "(", ")", "[", "]", "not",
        " and ", " or ", "eq", " pr", " co ", "\"", "\"x\"", "\\", "\\u00e9", "\\ud800", "1", "-", "1.5e3",
        "true", "null", "é", "\t", "%20",
    ];
    vec(select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

/// A filter that makes sense for [`every_type`], with values that [`user`] has too.
pub fn user_filter() -> impl Strategy<Value = Filter> {
    let sub_term = |subs: &'static [(&'static str, Kind)]| {
        select(subs).prop_flat_map(|(name, kind)| comparison(AttrPath::from_static(name), kind))
    };
    let value_path = prop_oneof![
        joined(sub_term(EMAIL).boxed()).prop_map(|inner| Filter::value_path(attr::EMAILS, inner)),
        joined(sub_term(COMPLEX).boxed()).prop_map(|inner| Filter::value_path(every("complex"), inner)),
        joined(sub_term(ELEMENT).boxed()).prop_map(|inner| Filter::value_path(every("strings"), inner)),
    ];
    let top = select(top_paths()).prop_flat_map(|(path, kind)| comparison(path, kind));
    joined(prop_oneof![4 => top, 1 => value_path].boxed())
}

/// A user of [`every_type`] with few values, so that filters and resources meet.
pub fn user() -> impl Strategy<Value = Resource> {
    let email = (option::of(text()), option::of(text()), option::of(any::<bool>())).prop_map(
        |(value, kind, primary)| {
            object([
                ("value", value.map(Value::from)),
                ("type", kind.map(Value::from)),
                ("primary", primary.map(Value::from)),
            ])
        },
    );
    let complex = (option::of(integer()), option::of(text()), option::of(text()), option::of(any::<bool>()))
        .prop_map(|(value, kind, exact, primary)| {
            object([
                ("value", value.map(Value::from)),
                ("type", kind.map(Value::from)),
                ("exact", exact.map(Value::from)),
                ("primary", primary.map(Value::from)),
            ])
        });
    let name = (option::of(text()), option::of(text())).prop_map(|(family, given)| {
        object([("familyName", family.map(Value::from)), ("givenName", given.map(Value::from))])
    });
    let singles = (
        option::of(text()),
        option::of(text()),
        option::of(any::<bool>()),
        option::of(select(DECIMALS)),
        option::of(integer()),
        option::of(select(DATES)),
        option::of(text()),
    );
    let lists = (vec(text(), 0..3), vec(integer(), 0..3), vec(complex, 0..3));
    let every = (singles, lists).prop_map(
        |((string, exact, boolean, decimal, integer, date, reference), (strings, integers, complex))| {
            object([
                ("string", string.map(Value::from)),
                ("exact", exact.map(Value::from)),
                ("boolean", boolean.map(Value::from)),
                ("decimal", decimal.and_then(|text| serde_json::from_str(text).ok())),
                ("integer", integer.map(Value::from)),
                ("dateTime", date.map(Value::from)),
                ("reference", reference.map(Value::from)),
                ("strings", list(strings.into_iter().map(Value::from).collect())),
                ("integers", list(integers.into_iter().map(Value::from).collect())),
                ("complex", list(complex)),
            ])
        },
    );
    (select(TEXTS), option::of(text()), option::of(any::<bool>()), name, vec(email, 0..3), every).prop_map(
        |(user_name, title, active, name, emails, every)| {
            let user = object([
                ("schemas", Some(json!([every_type().base().id()]))),
                ("id", Some(json!(user_name))),
                ("userName", Some(json!(user_name))),
                ("title", title.map(Value::from)),
                ("active", active.map(Value::from)),
                ("name", Some(name)),
                ("emails", list(emails)),
                (EVERY.as_str(), Some(every)),
            ]);
            let map = match user {
                Value::Object(map) => map,
                _ => Map::new(),
            };
            Resource::from_canonical(map, every_type())
        },
    )
}

/// A resource of any schemas with few values, so that filters and resources meet; what is common to all is left out.
pub fn resource_of(set: &SchemaSet) -> BoxedStrategy<Resource> {
    let base = members_of(own(set));
    let extensions: Vec<_> = set
        .extensions()
        .iter()
        .map(|extension| {
            let uri = extension.schema().id().as_str().to_owned();
            members_of(extension.schema().attributes().to_vec())
                .prop_map(move |members| (!members.is_empty()).then(|| (uri.clone(), Value::Object(members))))
        })
        .collect();
    let set = set.clone();
    (base, extensions)
        .prop_map(move |(mut map, extensions)| {
            map.extend(extensions.into_iter().flatten());
            map.insert("schemas".to_owned(), json!([set.base().id()]));
            Resource::from_canonical(map, &set)
        })
        .boxed()
}

/// A filter about these schemas that a check lets through; nothing about `id` and `meta`, which each store has its own of.
pub fn filter_of(set: &SchemaSet) -> BoxedStrategy<Filter> {
    let paths = comparable(set);
    let top = select(paths.clone()).prop_flat_map(|(path, kind)| comparison(path, kind)).boxed();
    let inside: Vec<_> = paths.into_iter().filter(|(path, _)| path.sub().is_some()).collect();
    if inside.is_empty() {
        return joined(top).boxed();
    }
    // All terms in a pair of brackets are about one attribute.
    let value_path = select(inside.clone()).prop_flat_map(move |(of, _)| {
        let of = of.without_sub();
        let within: Vec<_> = inside
            .iter()
            .filter(|(path, _)| path.clone().without_sub() == of)
            .filter_map(|(path, kind)| Some((AttrPath::of_name(path.sub()?.clone()), *kind)))
            .collect();
        let term = select(within).prop_flat_map(|(path, kind)| comparison(path, kind));
        joined(term.boxed()).prop_map(move |inner| Filter::value_path(of.clone(), inner))
    });
    joined(prop_oneof![3 => top, 1 => value_path].boxed()).boxed()
}

/// An order by any attribute of these schemas that lets it, or none.
pub fn sort_of(set: &SchemaSet) -> BoxedStrategy<Option<Sort>> {
    let options = CheckOptions::default();
    let by = |path: AttrPath| Sort { by: path, order: SortOrder::Ascending };
    let paths = paths_of(set).into_iter().map(|target| target.path().clone());
    let paths: Vec<AttrPath> = paths.filter(|path| by(path.clone()).check(set, &options).is_ok()).collect();
    let sort = (select(paths), any::<bool>()).prop_map(|(by, up)| Sort {
        by,
        order: if up { SortOrder::Ascending } else { SortOrder::Descending },
    });
    option::of(sort).boxed()
}

/// The attributes of the base schema, without those that are common to all.
fn own(set: &SchemaSet) -> Vec<Arc<Attribute>> {
    set.base().attributes().to_vec()
}

fn members_of(attributes: Vec<Arc<Attribute>>) -> BoxedStrategy<Map<String, Value>> {
    let each: Vec<_> = attributes
        .into_iter()
        .map(|attribute| {
            let name = attribute.name().as_str().to_owned();
            option::weighted(0.8, few_of(&attribute))
                .prop_map(move |value| Some((name.clone(), value.filter(|value| !is_nothing(value))?)))
        })
        .collect();
    each.prop_map(|members| members.into_iter().flatten().collect()).boxed()
}

/// One of few values that fit a definition.
fn few_of(attribute: &Attribute) -> BoxedStrategy<Value> {
    let one = match attribute.kind() {
        AttrType::String | AttrType::Reference => text().prop_map(Value::from).boxed(),
        AttrType::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        AttrType::Decimal => {
            select(DECIMALS).prop_filter_map("a number", |text| serde_json::from_str(text).ok()).boxed()
        }
        AttrType::Integer => integer().prop_map(Value::from).boxed(),
        AttrType::DateTime => select(DATES).prop_map(Value::from).boxed(),
        AttrType::Binary => select(BINARIES).prop_map(Value::from).boxed(),
        AttrType::Complex => members_of(attribute.sub_attributes().to_vec()).prop_map(Value::Object).boxed(),
    };
    if !attribute.multi_valued() {
        return one;
    }
    vec(one, 0..4).prop_map(|all| all.into_iter().filter(|one| !is_nothing(one)).collect()).boxed()
}

fn is_nothing(value: &Value) -> bool {
    *value == json!({}) || *value == json!([])
}

/// The paths that a filter may name, and what compares with them.
fn comparable(set: &SchemaSet) -> Vec<(AttrPath, Kind)> {
    let kind = |target: &Resolved| match target.leaf().map(|leaf| leaf.kind()) {
        Some(AttrType::String | AttrType::Reference) => Kind::Text,
        Some(AttrType::Boolean) => Kind::Boolean,
        Some(AttrType::Decimal | AttrType::Integer) => Kind::Number,
        Some(AttrType::DateTime) => Kind::Date,
        Some(AttrType::Binary) => Kind::Binary,
        Some(AttrType::Complex) | None => Kind::Present,
    };
    let is_own = |path: &AttrPath| {
        path.schema().is_some()
            || path.name().is_some_and(|name| !["id", "meta", "schemas"].contains(&name.as_str()))
    };
    let all = paths_of(set).into_iter().map(|target| (target.path().clone(), kind(&target)));
    all.filter(|(path, _)| is_own(path) && Filter::pr(path.clone()).check(set).is_ok()).collect()
}

/// Terms joined by `and`, `or` and `not`.
fn joined(term: BoxedStrategy<Filter>) -> impl Strategy<Value = Filter> {
    term.prop_recursive(4, 24, 4, |inner| {
        let some = vec(inner.clone(), 2..4);
        prop_oneof![
            some.clone().prop_filter_map("some", |all| all.into_iter().reduce(Filter::and)),
            some.prop_filter_map("some", |any| any.into_iter().reduce(Filter::or)),
            inner.prop_map(|inner| !inner),
        ]
    })
}

fn term() -> impl Strategy<Value = Filter> {
    prop_oneof![
        attr_path().prop_map(Filter::pr),
        (attr_path(), select(CompareOp::ALL.as_slice()), literal())
            .prop_map(|(path, op, value)| Filter::Compare(path, op, value)),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::from),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?"
            .prop_filter_map("a number", |text| text.parse().ok().map(Literal::Number)),
        any::<String>().prop_map(Literal::from),
        "[a-z\"\\\\\n\u{0}() \\[\\]]{0,12}".prop_map(Literal::from),
    ]
}

fn name() -> impl Strategy<Value = AttrName> {
    let words =
        ["not", "and", "or", "pr", "eq", "true", "null", "userName", "emails", "value", "$ref", "NOT"];
    prop_oneof![
        select(words.to_vec()).prop_map(AttrName::from_static),
        "\\$?[a-zA-Z][a-zA-Z0-9_$-]{0,8}".prop_filter_map("a name", |text| text.parse().ok()),
    ]
}

/// The paths of whole schemas, as far as their URIs do not end like an attribute.
fn schema_path() -> impl Strategy<Value = AttrPath> {
    prop_oneof![select(BARE_URIS).prop_map(str::to_owned), "[a-zA-Z][!-~]{0,3}:[!-~]{0,8}[./?#0-9]"]
        .prop_filter_map("a URI", |text| Some(AttrPath::of_schema(text.parse().ok()?)))
        .prop_filter("no attribute", |path| path.to_string().parse().is_ok_and(|read| *path == read))
}

const BARE_URIS: &[&str] = &[
    "http://schemas.example.com/2006/Ext",
    "urn:example:foo/bar",
    "urn:x:y~z",
    "urn:example:x:Foo+Bar",
    "urn:example:directory:1.0",
    "svn+ssh://example.com/x",
];

fn attr_path() -> impl Strategy<Value = AttrPath> {
    let uri = prop_oneof![
        Just(SchemaUri::ENTERPRISE_USER),
        "urn:[a-z]{1,5}(:[a-zA-Z0-9._-]{1,6}){1,3}".prop_filter_map("a URI", |text| text.parse().ok()),
        select(
            ["http://example.com/2006/11/x", "urn:a/b?c=d;e&f+g%20", "a+b/c:d", "urn:x'y!*@#~::z"].as_slice()
        )
        .prop_filter_map("a URI", |text| text.parse().ok()),
        select(BARE_URIS).prop_filter_map("a URI", |text| text.parse().ok()),
        // Whatever a URI may hold, but for the comma of lists.
        "[a-zA-Z][!-+--~]{0,3}:[!-+--~]{1,8}".prop_filter_map("a URI", |text| text.parse().ok()),
    ];
    (option::weighted(0.3, uri), name(), option::weighted(0.4, name())).prop_map(|(uri, name, sub)| {
        let mut path = AttrPath::of_name(name);
        if let Some(uri) = uri {
            path = path.with_schema(uri);
        }
        match sub {
            Some(sub) => path.with_sub(sub),
            None => path,
        }
    })
}

/// What kind of comparison makes sense.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Boolean,
    Number,
    Date,
    Binary,
    Present,
}

const TEXTS: &[&str] = &["a", "A", "ab", "AB", "b", "Ba", "ä", "Ä", "Straße", "STRASSE", "a b", "10", "9"];
const DECIMALS: &[&str] = &["0", "-0.0", "1", "1.0", "1.5", "-2.25", "1e3", "9007199254740993", "0.1"];
const INTEGERS: &[i64] = &[0, 1, 2, -1, 1000, 9_007_199_254_740_993, 9_007_199_254_740_992];
const DATES: &[&str] = &[
    "2011-05-13T04:42:34Z",
    "2011-05-13T06:42:34+02:00",
    "2011-05-13T04:42:34.5Z",
    "2012-01-01T00:00:00Z",
    "2011-12-31T19:00:00-05:00",
];
const BINARIES: &[&str] = &["YQ==", "YWI=", "YWJj", "//8=", "AA=="];
const EMAIL: &[(&str, Kind)] =
    &[("value", Kind::Text), ("type", Kind::Text), ("primary", Kind::Boolean), ("display", Kind::Present)];
const COMPLEX: &[(&str, Kind)] =
    &[("value", Kind::Number), ("type", Kind::Text), ("exact", Kind::Text), ("primary", Kind::Boolean)];
const ELEMENT: &[(&str, Kind)] = &[("value", Kind::Text)];

fn every(name: &'static str) -> AttrPath {
    AttrPath::of_name(AttrName::from_static(name)).with_schema(EVERY)
}

fn top_paths() -> Vec<(AttrPath, Kind)> {
    let sub = |sub| every("complex").with_sub(AttrName::from_static(sub));
    vec![
        (attr::ID, Kind::Text),
        (attr::USER_NAME, Kind::Text),
        (attr::USER_NAME.with_schema(SchemaUri::USER), Kind::Text),
        (attr::TITLE, Kind::Text),
        (attr::NICK_NAME, Kind::Text),
        (attr::ACTIVE, Kind::Boolean),
        (attr::NAME, Kind::Present),
        (attr::NAME_FAMILY_NAME, Kind::Text),
        (attr::EMAILS, Kind::Text),
        (attr::EMAILS_TYPE, Kind::Text),
        (attr::EMAILS_PRIMARY, Kind::Boolean),
        (AttrPath::of_schema(EVERY), Kind::Present),
        (every("string"), Kind::Text),
        (every("exact"), Kind::Text),
        (every("boolean"), Kind::Boolean),
        (every("decimal"), Kind::Number),
        (every("integer"), Kind::Number),
        (every("dateTime"), Kind::Date),
        (every("binary"), Kind::Binary),
        (every("reference"), Kind::Text),
        (every("strings"), Kind::Text),
        (every("integers"), Kind::Number),
        (every("complex"), Kind::Number),
        (sub("type"), Kind::Text),
        (sub("exact"), Kind::Text),
        (sub("primary"), Kind::Boolean),
    ]
}

/// A comparison of this attribute that a check lets through.
fn comparison(path: AttrPath, kind: Kind) -> BoxedStrategy<Filter> {
    use CompareOp::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    let ops: &'static [CompareOp] = match kind {
        Kind::Text => &CompareOp::ALL,
        Kind::Boolean => &[Eq, Ne],
        Kind::Number | Kind::Date => &[Eq, Ne, Gt, Ge, Lt, Le],
        Kind::Binary => &[Eq, Ne, Co, Sw, Ew],
        Kind::Present => &[],
    };
    let value: BoxedStrategy<Literal> = match kind {
        Kind::Text | Kind::Present => text().prop_map(Literal::from).boxed(),
        Kind::Binary => {
            prop_oneof![text().prop_map(Literal::from), select(BINARIES).prop_map(Literal::from)].boxed()
        }
        Kind::Boolean => {
            prop_oneof![any::<bool>().prop_map(Literal::from), Just(Literal::from("True"))].boxed()
        }
        Kind::Number => prop_oneof![
            integer().prop_map(Literal::from),
            select(DECIMALS).prop_filter_map("a number", |text| text.parse().ok().map(Literal::Number)),
        ]
        .boxed(),
        Kind::Date => select(DATES).prop_map(Literal::from).boxed(),
    };
    let present = prop_oneof![
        Just(Filter::pr(path.clone())),
        Just(Filter::eq(path.clone(), Literal::Null)),
        Just(Filter::ne(path.clone(), Literal::Null)),
    ];
    if ops.is_empty() {
        return present.boxed();
    }
    let compare = (select(ops), value).prop_map(move |(op, value)| Filter::Compare(path.clone(), op, value));
    prop_oneof![4 => compare, 1 => present].boxed()
}

fn text() -> impl Strategy<Value = &'static str> {
    prop_oneof![9 => select(TEXTS), 1 => Just("")]
}

fn integer() -> impl Strategy<Value = i64> {
    select(INTEGERS)
}

/// An object without the members that have no value.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let some = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(some.filter(|(_, value)| *value != json!({})).collect())
}

fn list(values: Vec<Value>) -> Option<Value> {
    let some: Vec<Value> = values.into_iter().filter(|value| *value != json!({})).collect();
    (!some.is_empty()).then_some(Value::Array(some))
}
