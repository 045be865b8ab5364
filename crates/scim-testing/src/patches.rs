//! Resources, schemas and cases for PATCH.

use std::sync::{Arc, LazyLock};

use scim_core::schema::{AttrType, Attribute, Mutability, Schema, SchemaExtension};
use scim_core::{AttrName, Resource, SchemaSet, SchemaUri, ScimError};
use serde_json::{Value, json};

/// The URI of the extension in [`custom`].
pub const CUSTOM: SchemaUri = SchemaUri::from_static("urn:example:params:scim:patch:1.0:User");

/// Users with the enterprise extension, and one that has immutable, required and readOnly parts.
#[must_use]
pub fn custom() -> &'static SchemaSet {
    static SCHEMAS: LazyLock<SchemaSet> = LazyLock::new(|| built(build()));
    &SCHEMAS
}

fn build() -> Result<SchemaSet, ScimError> {
    let of = |name, kind| Attribute::new(AttrName::from_static(name), kind);
    let attributes = vec![
        of("badge", AttrType::String).with_mutability(Mutability::Immutable),
        of("size", AttrType::Integer),
        of("since", AttrType::DateTime),
        of("tags", AttrType::String).with_multi_valued(true),
        of("codes", AttrType::String).with_multi_valued(true).with_mutability(Mutability::Immutable),
        of("cards", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(of("number", AttrType::String).with_required(true))
            .with_sub_attribute(of("colour", AttrType::String))
            .with_sub_attribute(of("issuer", AttrType::String).with_mutability(Mutability::ReadOnly)),
        of("locker", AttrType::Complex)
            .with_sub_attribute(of("room", AttrType::String).with_required(true))
            .with_sub_attribute(
                of("key", AttrType::String).with_case_exact(true).with_mutability(Mutability::Immutable),
            )
            .with_sub_attribute(of("floor", AttrType::Integer)),
    ];
    let custom = Schema::new(CUSTOM, "Custom", "What a PATCH has to be careful with.", attributes)?;
    let user = SchemaSet::user();
    let extensions = user.extensions().iter().cloned().chain([SchemaExtension::optional(Arc::new(custom))]);
    SchemaSet::new(Arc::clone(user.base()), extensions)
}

#[allow(clippy::panic, reason = "a mistake in the definitions above is one in the tests")]
fn built(result: Result<SchemaSet, ScimError>) -> SchemaSet {
    result.unwrap_or_else(|error| panic!("{error}"))
}

/// The resource that a case starts from, and its schemas.
///
/// # Panics
/// When there is none of this name.
#[must_use]
#[allow(clippy::panic, reason = "a case that names nothing has to fail")]
pub fn fixture(name: &str) -> (Resource, &'static SchemaSet) {
    let user = SchemaUri::USER;
    let (document, schemas) = match name {
        "user" => (
            json!({
                "schemas": [user, SchemaUri::ENTERPRISE_USER], "id": "2819", "externalId": "ext-1",
                "userName": "bjensen", "name": {"familyName": "Jensen", "givenName": "Barbara"},
                "displayName": "Babs", "nickName": "Babs", "title": "Guide", "active": true,
                "emails": [
                    {"value": "b@example.com", "type": "work", "primary": true},
                    {"value": "babs@jensen.org", "type": "home"},
                ],
                "addresses": [
                    {"type": "work", "locality": "Hollywood", "country": "US", "primary": true},
                    {"type": "home", "locality": "Rome"},
                ],
                "phoneNumbers": [{"value": "555-0001", "type": "work"}],
                "groups": [{"value": "g1", "display": "Guides"}],
                "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z"},
                SchemaUri::ENTERPRISE_USER.as_str(): {
                    "employeeNumber": "701984", "department": "Tours",
                    "manager": {"value": "26118915", "displayName": "John Smith"},
                },
            }),
            SchemaSet::user(),
        ),
        "bare" => (json!({"schemas": [user], "id": "1", "userName": "u"}), SchemaSet::user()),
        "bareCustom" => (json!({"schemas": [user], "id": "1", "userName": "u"}), custom()),
        "custom" => (
            json!({
                "schemas": [user, CUSTOM], "id": "1", "userName": "u",
                CUSTOM.as_str(): {
                    "badge": "7", "tags": ["a", "b"],
                    "cards": [{"number": "1", "colour": "red", "issuer": "HQ"}],
                    "locker": {"room": "r", "key": "k", "floor": 1},
                },
            }),
            custom(),
        ),
        "group" => (
            json!({
                "schemas": [SchemaUri::GROUP], "id": "g1", "displayName": "Guides",
                "members": [
                    {"value": "a", "type": "User", "display": "A"},
                    {"value": "b", "type": "User", "display": "B"},
                    {"value": "c"},
                ],
            }),
            SchemaSet::group(),
        ),
        "bareGroup" => {
            (json!({"schemas": [SchemaUri::GROUP], "id": "g1", "displayName": "Guides"}), SchemaSet::group())
        }
        other => panic!("there is no fixture {other}"),
    };
    let Value::Object(map) = document else { panic!("{name} is no object") };
    (Resource::from_canonical(map, schemas), schemas)
}

/// Generated resources and requests for PATCH.
pub mod generated {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use proptest::sample::select;
    use scim_core::{Intent, Profile, Resource, SchemaSet, SchemaUri};
    use serde_json::{Map, Value, json};

    use super::{CUSTOM, custom};

    fn word() -> impl Strategy<Value = String> {
        select(vec!["a", "b", "c", "A", "work", "home", "x y", "ä", "\"", ""]).prop_map(str::to_owned)
    }

    fn full_word() -> impl Strategy<Value = String> {
        word().prop_filter("not empty", |word| !word.is_empty())
    }

    fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
        let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(members.collect())
    }

    fn text() -> impl Strategy<Value = Option<Value>> {
        option::of(word().prop_map(Value::from))
    }

    fn elements() -> impl Strategy<Value = Vec<Value>> {
        let one = (full_word(), text(), text());
        (vec(one, 0..5), option::of(0..5usize)).prop_map(|(all, primary)| {
            let element = |(at, (value, kind, display)): (usize, (String, _, _))| {
                let mark = (Some(at) == primary).then_some(Value::Bool(true));
                object(vec![
                    ("value", Some(value.into())),
                    ("type", kind),
                    ("display", display),
                    ("primary", mark),
                ])
            };
            all.into_iter().enumerate().map(element).collect()
        })
    }

    /// Members of a group, by a few ids.
    pub fn members(most: usize) -> impl Strategy<Value = Vec<Value>> {
        let one = (0..12u8, option::of(select(vec!["User", "Group"])), text());
        vec(one, 0..most).prop_map(|all| {
            let member = |(id, kind, display): (u8, Option<&str>, _)| {
                object(vec![
                    ("value", Some(format!("m{id}").into())),
                    ("type", kind.map(Value::from)),
                    ("display", display),
                ])
            };
            all.into_iter().map(member).collect()
        })
    }

    fn admitted(document: Value, schemas: &SchemaSet) -> Option<Resource> {
        schemas.admit(document, Intent::Create, &Profile::lenient()).ok().map(|admitted| admitted.resource)
    }

    /// Users with both extensions of [`custom`].
    pub fn user() -> impl Strategy<Value = Resource> {
        let name = (text(), text()).prop_map(|(a, b)| object(vec![("givenName", a), ("familyName", b)]));
        let address = (text(), text(), text())
            .prop_map(|(a, b, c)| object(vec![("type", a), ("locality", b), ("country", c)]));
        let enterprise = (text(), option::of(full_word())).prop_map(|(department, manager)| {
            object(vec![("department", department), ("manager", manager.map(|m| json!({"value": m})))])
        });
        let extra =
            (option::of(any::<i32>()), vec(full_word(), 0..4), option::of((full_word(), any::<u8>())))
                .prop_map(|(size, tags, locker)| {
                    object(vec![
                        ("size", size.map(Value::from)),
                        ("tags", Some(json!(tags))),
                        ("locker", locker.map(|(room, floor)| json!({"room": room, "floor": floor}))),
                    ])
                });
        let simple = (full_word(), text(), option::of(any::<bool>()), text());
        (simple, name, elements(), elements(), vec(address, 0..3), enterprise, extra, any::<bool>())
            .prop_filter_map(
                "admitted",
                |(simple, name, emails, roles, addresses, enterprise, extra, listed)| {
                    let (user_name, title, active, password) = simple;
                    let mut document = Map::new();
                    let schemas = if listed {
                        json!([SchemaUri::USER, SchemaUri::ENTERPRISE_USER])
                    } else {
                        json!([SchemaUri::USER])
                    };
                    document.insert("schemas".to_owned(), schemas);
                    document.insert("userName".to_owned(), user_name.into());
                    let (enterprise_uri, custom_uri) = (SchemaUri::ENTERPRISE_USER, CUSTOM);
                    let rest = [
                        ("title", title),
                        ("active", active.map(Value::from)),
                        ("password", password),
                        ("name", Some(name)),
                        ("emails", Some(json!(emails))),
                        ("roles", Some(json!(roles))),
                        ("addresses", Some(json!(addresses))),
                        (enterprise_uri.as_str(), Some(enterprise)),
                        (custom_uri.as_str(), Some(extra)),
                    ];
                    for (name, value) in rest {
                        if let Some(value) = value {
                            document.insert(name.to_owned(), value);
                        }
                    }
                    admitted(Value::Object(document), custom())
                },
            )
    }

    /// Groups.
    pub fn group(most: usize) -> impl Strategy<Value = Resource> {
        (full_word(), members(most)).prop_filter_map("admitted", |(name, members)| {
            let document = json!({"schemas": [SchemaUri::GROUP], "displayName": name, "members": members});
            admitted(document, SchemaSet::group())
        })
    }

    fn path() -> impl Strategy<Value = Value> {
        let fixed = select(vec![
            "userName",
            "title",
            "active",
            "name",
            "name.givenName",
            "emails",
            "emails.display",
            "roles",
            "emails[type eq \"work\"]",
            "emails[type eq \"work\"].value",
            "emails[value eq \"a\"]",
            "emails[type eq \"home\"].primary",
            "emails[primary eq true]",
            "addresses",
            "addresses[type pr].locality",
            "roles[value sw \"a\"].display",
            "roles[primary eq \"True\"].value",
            "members",
            "members[value eq \"m1\"]",
            "members[value eq \"m1\" or value eq \"m2\"]",
            "members[value eq \"m3\"].display",
            "members[type eq \"User\"]",
            "displayName",
            "schemas",
            "id",
            "meta",
            "department",
            "manager",
            "__proto__",
            "shoeSize",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
            "urn:example:params:scim:patch:1.0:User:tags",
            "urn:example:params:scim:patch:1.0:User:locker",
            "urn:example:params:scim:patch:1.0:User:locker.room",
            "urn:example:params:scim:patch:1.0:User:size",
            "urn:example:params:scim:patch:1.0:User:badge",
            "urn:example:params:scim:patch:1.0:User",
        ]);
        fixed.prop_map(Value::from)
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            3 => word().prop_map(Value::from),
            2 => any::<bool>().prop_map(Value::from),
            1 => select(vec!["True", "false", "42", "7"]).prop_map(Value::from),
            1 => any::<i32>().prop_map(Value::from),
            1 => Just(Value::Null),
            1 => Just(json!([])),
            3 => elements().prop_map(Value::from),
            3 => members(4).prop_map(Value::from),
            2 => (text(), text()).prop_map(|(a, b)| object(vec![("givenName", a), ("familyName", b)])),
            1 => (text(), text()).prop_map(|(a, b)| object(vec![("value", a), ("primary", b)])),
            1 => vec(word(), 0..3).prop_map(|all| json!(all)),
        ]
    }

    fn operation() -> impl Strategy<Value = Value> {
        let op = select(vec!["add", "remove", "replace", "Add", "Remove", "Replace", "add", "replace"]);
        let pathless = vec((path(), value()), 0..4).prop_map(|members| {
            let members =
                members.into_iter().filter_map(|(path, value)| Some((path.as_str()?.to_owned(), value)));
            Value::Object(members.collect())
        });
        let with_path = (op.clone(), path(), option::weighted(0.9, value())).prop_map(|(op, path, value)| {
            let value = if op.eq_ignore_ascii_case("remove") { None } else { value };
            object(vec![("op", Some(op.into())), ("path", Some(path)), ("value", value)])
        });
        let listed =
            (path(), value()).prop_map(|(path, value)| json!({"op": "remove", "path": path, "value": value}));
        prop_oneof![
            8 => with_path,
            1 => listed,
            2 => (op, pathless).prop_map(|(op, value)| json!({"op": op, "value": value})),
        ]
    }

    /// Requests, many of which make no sense.
    pub fn request() -> impl Strategy<Value = Value> {
        vec(operation(), 1..5).prop_map(|operations| {
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
        })
    }

    /// Requests that add members and remove them.
    pub fn membership() -> impl Strategy<Value = Value> {
        let one = prop_oneof![
            4 => members(6).prop_map(|all| json!({"op": "add", "path": "members", "value": all})),
            3 => (0..12u8).prop_map(|id| json!({"op": "remove", "path": format!("members[value eq \"m{id}\"]")})),
            2 => vec(0..12u8, 1..8).prop_map(|ids| {
                let ids: Vec<Value> = ids.into_iter().map(|id| json!({"value": format!("m{id}")})).collect();
                json!({"op": "remove", "path": "members", "value": ids})
            }),
            1 => members(3).prop_map(|all| json!({"op": "remove", "path": "members", "value": all})),
            1 => Just(json!({"op": "remove", "path": "members"})),
            1 => members(4).prop_map(|all| json!({"op": "replace", "path": "members", "value": all})),
        ];
        vec(one, 1..6).prop_map(|operations| {
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
        })
    }
}
