//! Strategies for proptest: names, resources, JSON of all sorts, schemas and projections.

#![allow(clippy::panic, reason = "a strategy that makes nonsense has to stop the test")]

use std::collections::BTreeSet;
use std::fmt::Display;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, SchemaExtension};
use scim_core::value::datetime::DateTime;
use scim_core::value::secret::Secret;
use scim_core::{
    Address, AttrPath, EnterpriseUser, ExternalId, Group, GroupMembership, Manager, Member, Meta, Name,
    Projection, Resolved, ResourceId, SchemaSet, SchemaUri, Text, User, Version, X509Certificate,
};
use serde_json::{Map, Number, Value, json};

/// What a strategy builds has to be well-formed.
fn sure<T, E: Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// A text with its letters in random case.
pub fn any_case(text: impl Into<String>) -> impl Strategy<Value = String> {
    let text: String = text.into();
    vec(any::<bool>(), text.len()).prop_map(move |upper| {
        let flip =
            |(c, upper): (char, bool)| if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        text.chars().zip(upper).map(flip).collect()
    })
}

/// A value for certain, or perhaps.
fn some_if<S: Strategy + 'static>(certain: bool, value: S) -> BoxedStrategy<Option<S::Value>>
where
    S::Value: 'static,
{
    if certain { value.prop_map(Some).boxed() } else { weighted(0.6, value).boxed() }
}

/// The name of an attribute.
pub fn attr_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Za-z][A-Za-z0-9_$-]{0,12}",
        Just("$ref".to_owned()),
        select(NAMES).prop_flat_map(any_case),
    ]
}

/// The URI of a schema.
pub fn schema_uri() -> impl Strategy<Value = String> {
    prop_oneof![
        select(URIS).prop_flat_map(any_case),
        "urn:[a-z]{2,6}(:[A-Za-z][A-Za-z0-9.-]{0,6}){1,4}",
        "https?://[a-z]{1,6}\\.example(/[A-Za-z0-9.]{1,5}){0,3}",
    ]
}

/// The path of an attribute or sub-attribute, below a URN or not.
pub fn attr_path() -> impl Strategy<Value = String> {
    (weighted(0.3, schema_uri()), attr_name(), of(attr_name())).prop_map(|(uri, name, sub)| {
        let uri = uri.map(|uri| uri + ":").unwrap_or_default();
        let sub = sub.map(|sub| format!(".{sub}")).unwrap_or_default();
        format!("{uri}{name}{sub}")
    })
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const URIS: &[&str] = &[
    USER,
    ENTERPRISE,
    "urn:ietf:params:scim:schemas:core:2.0:Group",
    "urn:scim:schemas:core:1.0",
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:extension:enterprise:1.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:example:unknown:1.0:User",
];

const NAMES: &[&str] = &[
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "name",
    "givenName",
    "formatted",
    "displayName",
    "profileUrl",
    "active",
    "password",
    "emails",
    "addresses",
    "groups",
    "members",
    "x509Certificates",
    "value",
    "display",
    "type",
    "primary",
    "$ref",
    "created",
    "version",
    "manager",
    "department",
    "Resources",
    "totalResults",
    "Operations",
    "method",
    "path",
    "bulkId",
    "data",
    "status",
    "scimType",
    "attributes",
    "subAttributes",
    "multiValued",
    "supported",
    "patch",
    "bulk",
    "authenticationSchemes",
    "schemaExtensions",
];

/// A text as people write it, with letters of several scripts.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z0-9@. _'-]{1,16}",
        2 => "[a-zA-ZäÄßéÉçñØİıσςΣ漢字🙂 ]{1,8}",
        1 => "\\PC{1,8}",
    ]
}

/// A text that decides things, such as `true`, a number, a URN or nothing.
fn telling_text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(
            &["", " ", "true", "False", "TRUE", "null", "7", "-1", "1.5", "1e3", "[]", "{}", "bulkId:1"][..]
        )
        .prop_map(str::to_owned),
        select(
            &[
                "2011-05-13T04:42:34Z",
                "2011-05-13",
                "TWFu",
                "TQ",
                "../Users/7",
                "W/\"1\"",
                "POST",
                "string",
                "complex"
            ][..]
        )
        .prop_map(str::to_owned),
        schema_uri(),
        attr_path(),
        text(),
        any::<String>(),
    ]
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-3i64..50).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Quarters, which a text and a float hold alike.
        any::<i32>().prop_map(|number| {
            Number::from_f64(f64::from(number) + 0.25).map_or(Value::Null, Value::Number)
        }),
    ]
}

/// Any JSON, with names and texts that could matter; a few levels deep.
pub fn hostile_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        2 => any::<bool>().prop_map(Value::Bool),
        2 => number(),
        4 => telling_text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let name = prop_oneof![
            6 => select(NAMES).prop_map(str::to_owned),
            1 => select(NAMES).prop_flat_map(any_case),
            2 => schema_uri(),
            1 => any::<String>(),
        ];
        prop_oneof![
            1 => vec(inner.clone(), 0..5).prop_map(Value::Array),
            3 => vec((name, inner), 0..7).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A JSON object that starts as a user and goes on as [`hostile_json`].
pub fn hostile_user() -> impl Strategy<Value = Value> {
    let schemas = prop_oneof![
        3 => Just(json!([USER])),
        1 => Just(json!([USER, ENTERPRISE])),
        1 => vec(schema_uri(), 0..3).prop_map(Value::from),
        1 => hostile_json(),
    ];
    let member = (select(NAMES), hostile_json());
    (schemas, vec(member, 0..6), any::<bool>()).prop_map(|(schemas, members, named)| {
        let mut map = Map::new();
        map.insert("schemas".to_owned(), schemas);
        if named {
            map.insert("userName".to_owned(), "bjensen".into());
        }
        for (name, value) in members {
            map.entry(name).or_insert(value);
        }
        Value::Object(map)
    })
}

/// A text of a typed resource; short ones and long ones are kept in different ways.
pub fn word() -> impl Strategy<Value = Text> {
    prop_oneof![4 => text(), 1 => "[a-zé漢]{5,26}"].prop_map(Text::from)
}

fn id() -> impl Strategy<Value = String> {
    "[A-Za-z0-9-]{1,12}"
}

fn reference() -> impl Strategy<Value = String> {
    prop_oneof!["\\.\\./(Users|Groups)/[a-z0-9]{1,6}", "https://example\\.com/v2/Users/[a-z0-9]{1,6}"]
}

/// A moment, as it may be written.
pub fn date_time() -> impl Strategy<Value = String> {
    let zone = select(&["Z", "", "+02:00", "-11:30", "+14:00"][..]);
    let fraction = prop_oneof![Just(String::new()), "\\.[0-9]{1,9}"];
    (1900..2100, 1..13, 1..29, 0..24, 0..60, 0..60, fraction, zone).prop_map(
        |(year, month, day, hour, minute, second, fraction, zone)| {
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
        },
    )
}

fn link() -> impl Strategy<Value = Text> {
    reference().prop_map(Text::from)
}

fn moment() -> impl Strategy<Value = DateTime> {
    date_time().prop_map(|text| sure(text.parse()))
}

fn meta() -> impl Strategy<Value = Meta> {
    (of(moment()), of(moment()), of(link()), "[a-z0-9]{1,8}").prop_map(
        |(created, last_modified, location, version)| Meta {
            resource_type: Some("User".into()),
            created,
            last_modified,
            location,
            version: Some(sure(Version::new(version))),
            ..Meta::default()
        },
    )
}

/// What no schema has: names that no standard attribute has, values that are something.
fn extra() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        number().prop_filter("something", |number| !number.is_null()),
        text().prop_map(Value::String),
        vec(text(), 1..3).prop_map(Value::from),
        text().prop_map(|text| json!({"inner": text})),
    ];
    vec(("x-[a-z]{1,6}", value), 0..3).prop_map(|members| members.into_iter().collect())
}

/// Elements with values of their own, none equal to another, at most one of them primary.
fn elements<T: std::fmt::Debug + 'static>(
    make: impl Fn(Text, Option<Text>, Option<Text>, Option<bool>) -> T + 'static,
) -> BoxedStrategy<Vec<T>> {
    let kind = of(select(&["work", "home", "Other", "boat"][..]).prop_map(Text::from));
    let rest = vec((of(word()), kind, of(Just(false))), 0..4);
    (rest, of(any::<Index>()))
        .prop_map(move |(rest, primary)| {
            let count = rest.len().max(1);
            rest.into_iter()
                .enumerate()
                .map(|(at, (display, kind, mark))| {
                    let primary =
                        if primary.is_some_and(|one| one.index(count) == at) { Some(true) } else { mark };
                    make(format!("value-{at}").into(), display, kind, primary)
                })
                .collect()
        })
        .boxed()
}

macro_rules! element {
    ($type:ident) => {
        elements(|value, display, kind, primary| scim_core::$type {
            value: Some(value),
            display,
            kind,
            primary,
            ..scim_core::$type::default()
        })
    };
}

fn name() -> BoxedStrategy<Name> {
    (word(), of(word()), of(word()), of(word()), of(word()), of(word()), extra())
        .prop_map(|(formatted, family, given, middle, prefix, suffix, extra)| Name {
            formatted: Some(formatted),
            family_name: family,
            given_name: given,
            middle_name: middle,
            honorific_prefix: prefix,
            honorific_suffix: suffix,
            extra,
        })
        .boxed()
}

/// The enterprise extension, with at least one attribute.
pub fn enterprise_user() -> impl Strategy<Value = EnterpriseUser> {
    let manager =
        (id().prop_map(Text::from), of(link()), of(word())).prop_map(|(value, reference, display_name)| {
            Manager { value: Some(value), reference, display_name, ..Manager::default() }
        });
    (word(), of(word()), of(word()), of(word()), of(word()), of(manager)).prop_map(
        |(number, cost_center, organization, division, department, manager)| EnterpriseUser {
            employee_number: Some(number),
            cost_center,
            organization,
            division,
            department,
            manager,
            ..EnterpriseUser::default()
        },
    )
}

/// A user with any of its attributes, an extension and what no schema has; as a server would answer.
pub fn user() -> BoxedStrategy<User> {
    // Boxed piece by piece: the whole is too large for the stack of a test.
    let who = (id(), of(id()), word(), of(name()), of(meta()), of(enterprise_user()), extra()).boxed();
    let words =
        (of(word()), of(word()), of(link()), of(word()), of(word()), of(word()), of(word()), of(word()));
    let state = (of(any::<bool>()), of(word()));
    let addresses = elements(|value, formatted, kind, primary| Address {
        street_address: Some(value),
        formatted,
        kind,
        primary,
        ..Address::default()
    });
    let groups = elements(|value, display, kind, _| GroupMembership {
        value: Some(value),
        display,
        kind,
        ..GroupMembership::default()
    });
    let certificates = elements(|value, display, kind, primary| X509Certificate {
        value: Some(scim_core::value::binary::encode(value.as_bytes()).into()),
        display,
        kind,
        primary,
        ..X509Certificate::default()
    });
    let lists = (element!(Email), element!(PhoneNumber), element!(Im), element!(Photo), addresses, groups);
    let more = (element!(Entitlement), element!(Role), certificates);
    (who, words, state, lists, more)
        .prop_map(|(who, words, state, lists, more)| {
            let (id, external_id, user_name, name, meta, enterprise, extra) = who;
            let (
                display_name,
                nick_name,
                profile_url,
                title,
                user_type,
                preferred_language,
                locale,
                timezone,
            ) = words;
            let (active, password) = state;
            let (emails, phone_numbers, ims, photos, addresses, groups) = lists;
            let (entitlements, roles, x509_certificates) = more;
            let mut user = User {
                schemas: vec![SchemaUri::USER],
                id: Some(sure(ResourceId::new(format!("u{id}")))),
                external_id: external_id.map(|id| sure(ExternalId::new(id))),
                user_name,
                name,
                display_name,
                nick_name,
                profile_url,
                title,
                user_type,
                preferred_language,
                locale,
                timezone,
                active,
                password: password.map(|password| Secret::from(password.as_str())),
                emails,
                phone_numbers,
                ims,
                photos,
                addresses,
                groups,
                entitlements,
                roles,
                x509_certificates,
                meta,
                enterprise,
                extra,
            };
            if user.enterprise.is_some() {
                user.schemas.push(SchemaUri::ENTERPRISE_USER);
            }
            user
        })
        .boxed()
}

/// A group with any of its attributes.
pub fn group() -> impl Strategy<Value = Group> {
    let members = elements(|value, display, kind, primary| Member {
        value: Some(value),
        reference: primary.map(|_| "../Users/7".into()),
        display,
        kind,
        ..Member::default()
    });
    (id(), of(id()), word(), members, of(meta()), extra()).prop_map(
        |(id, external_id, display_name, members, meta, extra)| Group {
            schemas: vec![SchemaUri::GROUP],
            id: Some(sure(ResourceId::new(format!("g{id}")))),
            external_id: external_id.map(|id| sure(ExternalId::new(id))),
            display_name,
            members,
            meta,
            extra,
        },
    )
}

/// The body of a valid request for a user that has nothing unknown in it.
pub fn user_body() -> impl Strategy<Value = Value> {
    user().prop_map(|mut user| {
        user.extra.clear();
        if let Some(name) = &mut user.name {
            name.extra.clear();
        }
        sure(serde_json::to_value(user))
    })
}

/// The same document with its names in random case.
pub fn respelled(json: Value) -> impl Strategy<Value = Value> {
    fn respell(value: Value, flips: &mut impl Iterator<Item = bool>) -> Value {
        match value {
            Value::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(name, value)| {
                        let flip = |c: char| {
                            if flips.next().unwrap_or_default() {
                                c.to_ascii_uppercase()
                            } else {
                                c.to_ascii_lowercase()
                            }
                        };
                        (name.chars().map(flip).collect(), respell(value, flips))
                    })
                    .collect(),
            ),
            Value::Array(elements) => {
                Value::Array(elements.into_iter().map(|element| respell(element, flips)).collect())
            }
            simple => simple,
        }
    }
    vec(any::<bool>(), 1..64).prop_map(move |flips| respell(json.clone(), &mut flips.iter().copied().cycle()))
}

/// The body of a user with some of what it lacks written out as `null`, `[]` or `{}`.
pub fn with_nothing(body: Value) -> impl Strategy<Value = Value> {
    let missing = subsequence(NOTHINGS, 0..=NOTHINGS.len());
    (missing, any::<bool>()).prop_map(move |(missing, deep)| {
        let mut body = body.clone();
        let Value::Object(map) = &mut body else { return body };
        for (name, nothing) in missing {
            map.entry(name).or_insert_with(|| sure(serde_json::from_str(nothing)));
        }
        if deep {
            for list in map.values_mut().filter_map(Value::as_array_mut) {
                for element in list.iter_mut().filter_map(Value::as_object_mut) {
                    element.entry("type").or_insert(Value::Null);
                }
                if list.iter().all(Value::is_object) {
                    list.push(json!({}));
                }
            }
        }
        body
    })
}

const NOTHINGS: &[(&str, &str)] = &[
    ("externalId", "null"),
    ("name", "null"),
    ("name", "{}"),
    ("displayName", "null"),
    ("profileUrl", "null"),
    ("active", "null"),
    ("password", "null"),
    ("emails", "[]"),
    ("emails", "null"),
    ("addresses", "null"),
    ("roles", "[]"),
    ("x509Certificates", "[]"),
    (ENTERPRISE, "{}"),
    (ENTERPRISE, "null"),
    (ENTERPRISE, r#"{"department": null}"#),
];

/// What every schema and every complex attribute has, and every value of it: so there is something for a client to write.
const ALWAYS: &str = "note";

/// A simple definition, or one whose sub-attributes are.
fn definition(name: String, deep: bool) -> BoxedStrategy<Attribute> {
    let mutability = select(
        &[
            Mutability::ReadWrite,
            Mutability::ReadWrite,
            Mutability::ReadOnly,
            Mutability::Immutable,
            Mutability::WriteOnly,
        ][..],
    );
    let returned = select(
        &[Returned::Default, Returned::Default, Returned::Always, Returned::Request, Returned::Never][..],
    );
    let rest = (any::<bool>(), weighted(0.2, Just(())), any::<bool>(), mutability, returned);
    let sized = move |name: String, kind: AttrType, rest: (bool, Option<()>, bool, Mutability, Returned)| {
        let (many, required, exact, mutability, returned) = rest;
        let returned = if mutability == Mutability::WriteOnly { Returned::Never } else { returned };
        Attribute::new(sure(name.parse()), kind)
            .with_multi_valued(many && deep)
            .with_required(required.is_some())
            .with_case_exact(exact)
            .with_mutability(mutability)
            .with_returned(returned)
    };
    let simple = {
        let kinds = &[
            AttrType::String,
            AttrType::Boolean,
            AttrType::Decimal,
            AttrType::Integer,
            AttrType::DateTime,
            AttrType::Binary,
            AttrType::Reference,
        ][..];
        let name = name.clone();
        (select(kinds), rest.clone()).prop_map(move |(kind, rest)| sized(name.clone(), kind, rest)).boxed()
    };
    if !deep {
        return match name.as_str() {
            "primary" => Just(Attribute::new(sure(name.parse()), AttrType::Boolean)).boxed(),
            "$ref" => Just(Attribute::new(sure(name.parse()), AttrType::Reference)).boxed(),
            // What tells elements apart is the client's to write.
            "value" | "type" => {
                simple.prop_map(|attribute| attribute.with_mutability(Mutability::ReadWrite)).boxed()
            }
            _ => simple,
        };
    }
    let subs = subsequence(&["value", "display", "type", "primary", "$ref", "a", "B", "c-1"][..], 1..5)
        .prop_flat_map(|names| {
            names.into_iter().map(|name| definition(name.to_owned(), false)).collect::<Vec<_>>()
        });
    let complex = (subs, rest).prop_map(move |(subs, rest)| {
        let note = Attribute::new(sure(ALWAYS.parse()), AttrType::String);
        let complex = sized(name.clone(), AttrType::Complex, rest).with_sub_attribute(note);
        subs.into_iter().fold(complex, Attribute::with_sub_attribute)
    });
    prop_oneof![simple, complex].boxed()
}

fn definitions() -> impl Strategy<Value = Vec<Attribute>> {
    vec("[a-zA-Z][a-zA-Z0-9_-]{0,5}", 1..7).prop_flat_map(|names| {
        let mut seen: BTreeSet<String> =
            ["id", "externalid", "meta", "schemas", "active", ALWAYS].map(str::to_owned).into();
        let fresh = names.into_iter().filter(|name| seen.insert(name.to_ascii_lowercase()));
        let note = Just(Attribute::new(sure(ALWAYS.parse()), AttrType::String)).boxed();
        fresh.map(|name| definition(name, true)).chain([note]).collect::<Vec<_>>()
    })
}

/// A schema with this URI.
pub fn schema(uri: &'static str) -> impl Strategy<Value = Schema> {
    definitions().prop_map(move |attributes| sure(Schema::new(sure(uri.parse()), "Thing", "", attributes)))
}

/// A base schema and perhaps an extension.
pub fn schema_set() -> impl Strategy<Value = SchemaSet> {
    let extension = schema("urn:example:params:scim:schemas:extension:Thing:1.0:Thing");
    (schema("urn:example:params:scim:schemas:Thing:1.0"), of((extension, weighted(0.2, Just(()))))).prop_map(
        |(base, extension)| {
            let extension = extension.map(|(schema, required)| match required {
                Some(()) => SchemaExtension::required(Arc::new(schema)),
                None => SchemaExtension::optional(Arc::new(schema)),
            });
            sure(SchemaSet::new(Arc::new(base), extension))
        },
    )
}

fn simple_value(attribute: &Attribute) -> BoxedStrategy<Value> {
    match attribute.kind() {
        AttrType::String => text().prop_map(Value::from).boxed(),
        AttrType::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        AttrType::Decimal => number().boxed(),
        AttrType::Integer => (-99i64..100).prop_map(Value::from).boxed(),
        AttrType::DateTime => date_time().prop_map(Value::from).boxed(),
        AttrType::Binary => vec(any::<u8>(), 1..6)
            .prop_map(|bytes| Value::from(scim_core::value::binary::encode(&bytes)))
            .boxed(),
        AttrType::Reference => reference().prop_map(Value::from).boxed(),
        AttrType::Complex => members(attribute.sub_attributes().to_vec()),
    }
}

fn members(attributes: Vec<Arc<Attribute>>) -> BoxedStrategy<Value> {
    let each: Vec<_> = attributes
        .into_iter()
        .map(|attribute| {
            let certain = attribute.required() || ["value", ALWAYS].contains(&attribute.name().as_str());
            let name = attribute.name().as_str().to_owned();
            some_if(certain, value_of(&attribute))
                .prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    each.prop_map(|members| Value::Object(members.into_iter().flatten().collect())).boxed()
}

/// A value that fits a definition.
pub fn value_of(attribute: &Attribute) -> BoxedStrategy<Value> {
    let one = simple_value(attribute);
    if attribute.multi_valued() { vec(one, 1..4).prop_map(only_one_primary).boxed() } else { one }
}

fn only_one_primary(mut elements: Vec<Value>) -> Value {
    let mut first = true;
    for element in elements.iter_mut().filter_map(Value::as_object_mut) {
        if element.get("primary") == Some(&Value::Bool(true)) && !std::mem::take(&mut first) {
            element.insert("primary".to_owned(), Value::Bool(false));
        }
    }
    Value::Array(elements)
}

/// A value that may fit a definition, in one of the forms that senders have, or not.
fn loose_value_of(attribute: &Attribute) -> BoxedStrategy<Value> {
    let right = value_of(attribute);
    let as_text = simple_value(attribute).prop_map(|value| match value {
        Value::String(text) => Value::String(text),
        other => Value::String(other.to_string()),
    });
    prop_oneof![
        12 => right,
        2 => as_text,
        1 => simple_value(attribute),
        1 => simple_value(attribute).prop_map(|value| json!([value])),
        2 => Just(Value::Null),
        1 => select(&["\"\"", "[]", "{}", "[null]", "[{}]"][..]).prop_map(|text| sure(serde_json::from_str(text))),
        1 => hostile_json(),
    ]
    .boxed()
}

/// Bodies by these schemas: with `loose`, in all the forms that senders have, right ones and wrong ones.
pub fn body_of(set: &SchemaSet, loose: bool) -> BoxedStrategy<Value> {
    let attributes = |of: Vec<Arc<Attribute>>| {
        let each: Vec<_> = of
            .into_iter()
            .filter(|attribute| *attribute.name() != "schemas")
            .map(|attribute| {
                let value = if loose { loose_value_of(&attribute) } else { value_of(&attribute) };
                let certain = attribute.required() || *attribute.name() == ALWAYS;
                let name = attribute.name().as_str().to_owned();
                some_if(certain, value).prop_map(move |value| value.map(|value| (name.clone(), value)))
            })
            .collect();
        each.prop_map(|members| members.into_iter().flatten().collect::<Map<String, Value>>())
    };
    let base = attributes(set.attributes().cloned().collect());
    let extensions: Vec<_> = set
        .extensions()
        .iter()
        .map(|extension| {
            let uri = extension.schema().id().as_str().to_owned();
            some_if(extension.is_required(), attributes(extension.schema().attributes().to_vec()))
                .prop_map(move |members| members.map(|members| (uri.clone(), Value::Object(members))))
        })
        .collect();
    let schemas: Vec<Value> = std::iter::once(set.base().id())
        .chain(set.extensions().iter().map(|extension| extension.schema().id()))
        .map(|uri| uri.as_str().into())
        .collect();
    (base, extensions)
        .prop_map(move |(mut map, extensions)| {
            map.insert("schemas".to_owned(), Value::Array(schemas.clone()));
            map.extend(extensions.into_iter().flatten());
            Value::Object(map)
        })
        .boxed()
}

/// Every path that these schemas have.
#[must_use]
pub fn paths_of(set: &SchemaSet) -> Vec<Resolved> {
    let mut paths = Vec::new();
    let mut add = |schema: Option<&SchemaUri>, attribute: &Attribute| {
        let path = AttrPath::of_name(attribute.name().clone());
        let path = schema.map_or(path.clone(), |uri| path.with_schema(uri.clone()));
        paths.push(path.clone());
        paths.extend(attribute.sub_attributes().iter().map(|sub| path.clone().with_sub(sub.name().clone())));
    };
    set.attributes().for_each(|attribute| add(None, attribute));
    for extension in set.extensions() {
        let uri = extension.schema().id();
        extension.schema().attributes().iter().for_each(|attribute| add(Some(uri), attribute));
    }
    paths.extend(
        set.extensions().iter().map(|extension| AttrPath::of_schema(extension.schema().id().clone())),
    );
    paths.iter().map(|path| sure(set.resolve(path))).collect()
}

/// What a reader may ask for.
pub fn projection(set: &SchemaSet) -> impl Strategy<Value = Projection> + use<> {
    let some = |most: usize| {
        let paths = paths_of(set);
        let most = most.min(paths.len());
        subsequence(paths, 0..=most)
    };
    let base = prop_oneof![
        1 => Just(Projection::default()),
        2 => some(4).prop_map(Projection::only),
        2 => some(4).prop_map(Projection::except),
    ];
    (base, some(3)).prop_map(|(projection, supplied)| projection.with_supplied(supplied))
}
