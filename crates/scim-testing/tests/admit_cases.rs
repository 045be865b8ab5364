//! What the gate in makes of a body, case by case: under the lenient profile, under the RFCs' own, and with one switch
//! alone turned on or off. Every refusal's text is in a snapshot.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use scim_core::admit::{
    CLOSED_CANONICAL_VALUES, COMPLEX_AS_STRING, EMPTY_STRINGS, EXTENSION_NOT_LISTED, FIRST_PRIMARY_WINS,
    LOOSE_REFERENCES, NULL_REF, NULL_SUB_ATTRIBUTE, ODD_ANSWERS, OLD_URNS, SCHEMAS_MISSING, SINGLE_FOR_LIST,
    STRING_BOOLEANS, STRING_NUMBERS,
};
use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema};
use scim_core::{Deviation, Intent, Profile, Resource, SchemaSet, ScimError, ScimType, Switch, Unknown};
use serde_json::{Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const THING: &str = "urn:example:params:scim:schemas:Thing:1.0";

/// A type with an attribute of each kind.
static THINGS: LazyLock<SchemaSet> = LazyLock::new(|| {
    let new = |name: &str, kind| Attribute::new(name.parse().unwrap(), kind);
    let list = |name: &str, kind| new(name, kind).with_multi_valued(true);
    let immutable = |name: &str| new(name, AttrType::String).with_mutability(Mutability::Immutable);
    let schema = Schema::new(
        THING.parse().unwrap(),
        "Thing",
        "",
        vec![
            new("count", AttrType::Integer),
            new("weight", AttrType::Decimal),
            new("seen", AttrType::DateTime),
            new("key", AttrType::Binary),
            new("link", AttrType::Reference),
            list("tags", AttrType::String),
            immutable("serial"),
            immutable("exact").with_case_exact(true),
            new("made", AttrType::DateTime).with_mutability(Mutability::Immutable),
            new("box", AttrType::Complex)
                .with_sub_attribute(immutable("serial"))
                .with_sub_attribute(new("colour", AttrType::String))
                .with_sub_attribute(new("size", AttrType::Integer).with_mutability(Mutability::ReadOnly)),
            new("birth", AttrType::Complex)
                .with_mutability(Mutability::Immutable)
                .with_sub_attribute(new("place", AttrType::String))
                .with_sub_attribute(new("checked", AttrType::Boolean).with_mutability(Mutability::ReadOnly)),
            list("phones", AttrType::Complex)
                .with_sub_attribute(new("value", AttrType::String))
                .with_sub_attribute(new("type", AttrType::String))
                .with_sub_attribute(new("verified", AttrType::Boolean).with_mutability(Mutability::ReadOnly)),
            new("lock", AttrType::Complex)
                .with_sub_attribute(
                    new("code", AttrType::String)
                        .with_mutability(Mutability::WriteOnly)
                        .with_returned(Returned::Never),
                )
                .with_sub_attribute(new("hint", AttrType::String)),
            list("legs", AttrType::Complex)
                .with_sub_attribute(new("value", AttrType::String).with_required(true))
                .with_sub_attribute(new("length", AttrType::Integer)),
        ],
    );
    SchemaSet::new(Arc::new(schema.unwrap()), []).unwrap()
});

/// What becomes of a body.
#[derive(Clone, Debug)]
enum Outcome {
    /// A resource with these members beside `schemas`.
    Is(Value),
    /// A refusal.
    No(ScimType),
}

use Outcome::{Is, No};

#[derive(Clone, Copy)]
enum For {
    Create,
    Replace,
    Response,
}

use For::{Create, Replace, Response};

struct Case {
    name: &'static str,
    intent: For,
    body: Value,
    lenient: Outcome,
    /// The leniencies that it took, as `id at`.
    reports: Vec<String>,
    rfc: Outcome,
    /// The switch that lets it through.
    switch: Option<&'static Switch>,
}

impl Case {
    /// Both profiles do the same, and report nothing.
    fn both(name: &'static str, intent: For, body: Value, outcome: Outcome) -> Self {
        Self { name, intent, body, lenient: outcome.clone(), reports: Vec::new(), rfc: outcome, switch: None }
    }

    /// A switch lets it through; without it, it is refused.
    fn switched(
        name: &'static str,
        intent: For,
        body: Value,
        switch: &'static Switch,
        at: &[&str],
        lenient: Value,
        rfc: ScimType,
    ) -> Self {
        let reports = at.iter().map(|at| format!("{} {at}", switch.id())).collect();
        Self { name, intent, body, lenient: Is(lenient), reports, rfc: No(rfc), switch: Some(switch) }
    }

    /// Both profiles accept it; a switch has it reported.
    fn noted(
        name: &'static str,
        intent: For,
        body: Value,
        switch: &'static Switch,
        at: &[&str],
        is: Value,
    ) -> Self {
        let reports = at.iter().map(|at| format!("{} {at}", switch.id())).collect();
        Self { name, intent, body, lenient: Is(is.clone()), reports, rfc: Is(is), switch: Some(switch) }
    }

    /// The lenient profile passes over what the other refuses; nothing is reported.
    fn ignored(name: &'static str, intent: For, body: Value, lenient: Value, rfc: ScimType) -> Self {
        Self { name, intent, body, lenient: Is(lenient), reports: Vec::new(), rfc: No(rfc), switch: None }
    }

    fn set(&self) -> &'static SchemaSet {
        let text = self.body.to_string();
        if text.contains(THING) {
            &THINGS
        } else if text.contains("displayName") && !text.contains("userName") || text.contains("members") {
            SchemaSet::group()
        } else {
            SchemaSet::user()
        }
    }

    fn run(&self, profile: &Profile) -> Result<(Value, Vec<String>), ScimError> {
        let existing;
        let intent = match self.intent {
            Create => Intent::Create,
            Response => Intent::Response,
            Replace => {
                existing = existing_of(self.set());
                Intent::Replace(&existing)
            }
        };
        let admitted = self.set().admit(self.body.clone(), intent, profile)?;
        let mut map = admitted.resource.into_map();
        map.remove("schemas");
        let reports = admitted.deviations.iter().map(|d| format!("{} {}", d.id(), d.at())).collect();
        Ok((Value::Object(map), reports))
    }

    #[track_caller]
    fn check(&self, profile: &Profile, expected: &Outcome, reports: &[String], under: &str) -> Vec<String> {
        let name = format!("{} ({under})", self.name);
        let problem = match (self.run(profile), expected) {
            (Ok((is, _)), Is(expected)) if is != *expected => format!("is {is}, not {expected}"),
            (Ok((_, took)), Is(_)) if took != reports => format!("reports {took:?}, not {reports:?}"),
            (Ok(_), Is(_)) => return Vec::new(),
            (Err(error), No(scim_type)) if (error.status(), error.scim_type()) == (400, Some(scim_type)) => {
                return Vec::new();
            }
            (Ok((is, took)), No(_)) => format!("is accepted as {is} {took:?}"),
            (Err(error), _) => format!("is refused: {error}, not {expected:?}"),
        };
        vec![format!("{name}: {problem}")]
    }
}

/// What a replaced resource was before.
fn existing_of(set: &SchemaSet) -> Resource {
    let body = match set.base().name() {
        "User" => json!({
            "schemas": [USER, ENTERPRISE],
            "id": "7",
            "userName": "bjensen",
            "externalId": "x-7",
            "title": "Tour Guide",
            "password": "old",
            "active": false,
            "groups": [{"value": "g-1", "display": "Tour Guides"}],
            "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z"},
            ENTERPRISE: {"department": "Tours", "manager": {"value": "1", "displayName": "Boss"}},
        }),
        "Group" => json!({
            "schemas": [GROUP],
            "id": "g-1",
            "displayName": "Tour Guides",
            "members": [{"value": "7", "type": "User", "display": "Babs"}],
        }),
        _ => json!({
            "schemas": [THING],
            "id": "t-1",
            "serial": "abc",
            "exact": "abc",
            "made": "2010-01-23T04:56:22Z",
            "count": 1,
            "box": {"serial": "b-1", "colour": "red", "size": 3},
            "lock": {"code": "1234", "hint": "four digits"},
            "birth": {"place": "here", "checked": true},
            "phones": [{"value": "1", "type": "home", "verified": true}, {"value": "2", "verified": true}],
        }),
    };
    set.admit(body, Intent::Response, &Profile::rfc()).unwrap().resource
}

fn with(mut body: Value, members: Value) -> Value {
    let Value::Object(members) = members else { panic!("not an object: {members}") };
    body.as_object_mut().unwrap().extend(members);
    body
}

fn user(members: Value) -> Value {
    with(json!({"schemas": [USER], "userName": "bjensen"}), members)
}

/// A user as it comes out.
fn is_user(members: Value) -> Value {
    with(json!({"userName": "bjensen"}), members)
}

fn enterprise(members: Value) -> Value {
    user(json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: members}))
}

fn group(members: Value) -> Value {
    with(json!({"schemas": [GROUP], "displayName": "Tour Guides"}), members)
}

fn is_group(members: Value) -> Value {
    with(json!({"displayName": "Tour Guides"}), members)
}

fn thing(members: Value) -> Value {
    with(json!({"schemas": [THING]}), members)
}

/// What a replaced user keeps without saying so.
fn still_user(members: Value) -> Value {
    with(
        json!({
            "id": "7",
            "userName": "bjensen",
            "password": "old",
            "active": false,
            "groups": [{"value": "g-1", "display": "Tour Guides"}],
            "meta": {"resourceType": "User", "created": "2010-01-23T04:56:22Z"},
        }),
        members,
    )
}

fn still_thing(members: Value) -> Value {
    with(
        json!({"id": "t-1", "serial": "abc", "exact": "abc", "made": "2010-01-23T04:56:22Z", "lock": {"code": "1234"}, "birth": {"place": "here", "checked": true}}),
        members,
    )
}

const SYNTAX: ScimType = ScimType::InvalidSyntax;
const VALUE: ScimType = ScimType::InvalidValue;
const MUTABILITY: ScimType = ScimType::Mutability;

#[rustfmt::skip] // a table
fn cases() -> Vec<Case> {
    let manager_at = format!("{ENTERPRISE}:manager");
    let manager_at = [manager_at.as_str()];
    vec![
        // Documents.
        Case::both("a plain user", Create, user(json!({"title": "Guide"})), Is(is_user(json!({"title": "Guide"})))),
        Case::both("an array", Create, json!([user(json!({}))]), No(SYNTAX)),
        Case::both("a string", Create, json!("userName"), No(SYNTAX)),
        Case::both("null", Create, json!(null), No(SYNTAX)),
        Case::both("names in another case", Create,
            json!({"SCHEMAS": [USER], "username": "b", "NAME": {"givenname": "B"}}), Is(json!({"userName": "b", "name": {"givenName": "B"}}))),
        Case::both("a name twice but for case", Create, user(json!({"USERNAME": "b"})), No(SYNTAX)),
        Case::both("a name twice with the same value", Create, user(json!({"USERNAME": "bjensen"})), No(SYNTAX)),
        Case::both("a sub-attribute twice but for case", Create, user(json!({"name": {"givenName": "B", "GIVENNAME": "C"}})), No(SYNTAX)),
        Case::both("a sub-attribute of an element twice", Create, user(json!({"emails": [{"value": "a", "Value": "b"}]})), No(SYNTAX)),
        Case::both("an extension twice but for case", Create,
            enterprise(json!({"department": "a"})).as_object().cloned().map(|mut map| {
                map.insert(ENTERPRISE.to_uppercase(), json!({"division": "b"}));
                Value::Object(map)
            }).unwrap(), No(SYNTAX)),

        // What is required.
        Case::both("no userName", Create, json!({"schemas": [USER], "title": "Guide"}), No(VALUE)),
        Case::both("userName is null", Create, user(json!({"userName": null})), No(VALUE)),
        Case::both("userName is empty", Create, user(json!({"userName": ""})), No(VALUE)),
        Case::both("displayName of a group is empty", Create, json!({"schemas": [GROUP], "displayName": ""}), No(VALUE)),
        Case::both("no required sub-attribute", Create, thing(json!({"legs": [{"length": 3}]})), No(VALUE)),
        Case::both("a required sub-attribute is null", Replace, thing(json!({"legs": [{"value": null, "length": 3}]})), No(VALUE)),
        Case::both("no required sub-attribute in an answer", Response, thing(json!({"legs": [{"length": 3}]})), Is(json!({"legs": [{"length": 3}]}))),
        Case::both("no userName in a replacement", Replace, json!({"schemas": [USER], "title": "Guide"}), No(VALUE)),
        Case::both("no userName in an answer", Response, json!({"schemas": [USER], "id": "7"}), Is(json!({"id": "7"}))),

        // Types.
        Case::both("number for a string", Create, user(json!({"title": 7})), No(VALUE)),
        Case::both("boolean for a string", Create, user(json!({"title": true})), No(VALUE)),
        Case::both("list of one for a string", Create, user(json!({"title": ["Guide"]})), No(VALUE)),
        Case::both("object for a string", Create, user(json!({"title": {"value": "Guide"}})), No(VALUE)),
        Case::both("number for a boolean", Create, user(json!({"active": 1})), No(VALUE)),
        Case::both("other text for a boolean", Create, user(json!({"active": "yes"})), No(VALUE)),
        Case::both("digit as text for a boolean", Create, user(json!({"active": "1"})), No(VALUE)),
        Case::both("fraction for an integer", Create, thing(json!({"count": 1.5})), No(VALUE)),
        Case::both("point for an integer", Create, thing(json!({"count": 1.0})), No(VALUE)),
        Case::both("text of a fraction for an integer", Create, thing(json!({"count": "1.5"})), No(VALUE)),
        Case::both("other text for an integer", Create, thing(json!({"count": "many"})), No(VALUE)),
        Case::both("other text for a decimal", Create, thing(json!({"weight": "heavy"})), No(VALUE)),
        Case::both("NaN for a decimal", Create, thing(json!({"weight": "NaN"})), No(VALUE)),
        Case::both("integer for a decimal", Create, thing(json!({"weight": 2})), Is(json!({"weight": 2}))),
        Case::both("date without time", Create, thing(json!({"seen": "2010-01-23"})), No(VALUE)),
        Case::both("number for a dateTime", Create, thing(json!({"seen": 1_264_222_582})), No(VALUE)),
        Case::both("dateTime without zone", Create, thing(json!({"seen": "2010-01-23T04:56:22"})), Is(json!({"seen": "2010-01-23T04:56:22"}))),
        Case::both("text that is not base64", Create, thing(json!({"key": "a b"})), No(VALUE)),
        Case::both("base64 without padding", Create, thing(json!({"key": "TQ"})), Is(json!({"key": "TQ"}))),
        Case::both("number for a reference", Create, thing(json!({"link": 7})), No(VALUE)),
        Case::both("number for a complex", Create, user(json!({"name": 7})), No(VALUE)),
        Case::both("text for a complex without value", Create, user(json!({"name": "Barbara"})), No(VALUE)),
        Case::both("number for a manager", Create, enterprise(json!({"manager": 7})), No(VALUE)),
        Case::both("two managers", Create, enterprise(json!({"manager": [{"value": "1"}, {"value": "2"}]})), No(VALUE)),
        Case::both("number for a list", Create, user(json!({"emails": 7})), No(VALUE)),
        Case::both("text for a complex list", Create, user(json!({"emails": "b@example.com"})), No(VALUE)),
        Case::both("texts in a complex list", Create, user(json!({"emails": ["b@example.com"]})), No(VALUE)),
        Case::both("list in a list", Create, user(json!({"emails": [[{"value": "b@example.com"}]]})), No(VALUE)),
        Case::both("number in a list of texts", Create, thing(json!({"tags": ["a", 7]})), No(VALUE)),
        Case::both("null in a complex list", Create, user(json!({"emails": [null]})), No(VALUE)),
        Case::both("extension is a text", Create, enterprise(json!("Tours")), No(VALUE)),
        Case::both("extension is a list", Create, enterprise(json!([{"department": "Tours"}])), No(VALUE)),

        // No value.
        Case::both("nulls", Create, user(json!({"title": null, "emails": null, "name": null, "active": null})), Is(is_user(json!({})))),
        Case::both("empty lists and objects", Create, user(json!({"emails": [], "name": {}, "roles": []})), Is(is_user(json!({})))),
        Case::both("a complex of nulls", Create, user(json!({"name": {"givenName": null, "familyName": null}})), Is(is_user(json!({})))),
        Case::both("a null in a complex", Create, user(json!({"name": {"givenName": null, "familyName": "J"}})), Is(is_user(json!({"name": {"familyName": "J"}})))),
        Case::both("an empty extension", Create, enterprise(json!({})), Is(is_user(json!({})))),
        Case::both("an extension of nulls", Create, enterprise(json!({"department": null})), Is(is_user(json!({})))),
        Case::both("a null extension", Create, enterprise(json!(null)), Is(is_user(json!({})))),
        Case::both("an empty element", Create, user(json!({"emails": [{}, {"value": "a"}]})), Is(is_user(json!({"emails": [{"value": "a"}]})))),
        Case::both("an empty text", Create, user(json!({"title": ""})), Is(is_user(json!({"title": ""})))),
        Case::both("an empty text in an element", Create, user(json!({"emails": [{"value": "a", "display": ""}]})), Is(is_user(json!({"emails": [{"value": "a", "display": ""}]})))),
        Case::both("an empty member", Create, group(json!({"members": [{}]})), No(VALUE)),
        Case::both("a member whose value is null", Create, group(json!({"members": [{"value": null}]})), No(VALUE)),
        Case::noted("a null sub-attribute of an element", Create, user(json!({"emails": [{"value": "a", "display": null}]})),
            &NULL_SUB_ATTRIBUTE, &["emails[0].display"], is_user(json!({"emails": [{"value": "a"}]}))),
        Case::noted("a null display of a member", Create, group(json!({"members": [{"value": "u1"}, {"value": "u2", "display": null}]})),
            &NULL_SUB_ATTRIBUTE, &["members[1].display"], is_group(json!({"members": [{"value": "u1"}, {"value": "u2"}]}))),
        Case::noted("a null $ref of a member", Create, group(json!({"members": [{"value": "u1", "$ref": null}]})),
            &NULL_REF, &["members[0].$ref"], is_group(json!({"members": [{"value": "u1"}]}))),

        // Leniencies.
        Case::switched("True for a boolean", Create, user(json!({"active": "True"})), &STRING_BOOLEANS, &["active"], is_user(json!({"active": true})), VALUE),
        Case::switched("false for a boolean", Replace, user(json!({"active": "false"})), &STRING_BOOLEANS, &["active"], still_user(json!({"active": false})), VALUE),
        Case::switched("True for primary", Create, user(json!({"emails": [{"value": "a", "primary": "True"}]})),
            &STRING_BOOLEANS, &["emails[0].primary"], is_user(json!({"emails": [{"value": "a", "primary": true}]})), VALUE),
        Case::switched("TRUE in an answer", Response, user(json!({"active": "TRUE"})), &STRING_BOOLEANS, &["active"], is_user(json!({"active": true})), VALUE),
        Case::switched("text for an integer", Create, thing(json!({"count": "42"})), &STRING_NUMBERS, &["count"], json!({"count": 42}), VALUE),
        Case::switched("text for a negative integer", Create, thing(json!({"count": "-42"})), &STRING_NUMBERS, &["count"], json!({"count": -42}), VALUE),
        Case::switched("text for a decimal", Create, thing(json!({"weight": "1.5"})), &STRING_NUMBERS, &["weight"], json!({"weight": 1.5}), VALUE),
        Case::switched("text for an integer of an element", Create, thing(json!({"legs": [{"value": "a"}, {"value": "b", "length": "3"}]})),
            &STRING_NUMBERS, &["legs[1].length"], json!({"legs": [{"value": "a"}, {"value": "b", "length": 3}]}), VALUE),
        Case::switched("manager as a text", Create, enterprise(json!({"manager": "7"})), &COMPLEX_AS_STRING, &manager_at,
            is_user(json!({ENTERPRISE: {"manager": {"value": "7"}}})), VALUE),
        Case::switched("manager as a list of one", Create, enterprise(json!({"manager": [{"value": "7", "$ref": "../Users/7"}]})), &COMPLEX_AS_STRING, &manager_at,
            is_user(json!({ENTERPRISE: {"manager": {"value": "7", "$ref": "../Users/7"}}})), VALUE),
        Case::switched("manager as an empty text", Create, enterprise(json!({"manager": "", "department": "Tours"})), &COMPLEX_AS_STRING, &manager_at,
            is_user(json!({ENTERPRISE: {"department": "Tours"}})), VALUE),
        Case::switched("name as a list of one", Create, user(json!({"name": [{"givenName": "B"}]})), &COMPLEX_AS_STRING, &["name"],
            is_user(json!({"name": {"givenName": "B"}})), VALUE),
        // The empty text is a relative URI (RFC 3986 §4.2), so only the lenient profile takes it for none.
        Case { rfc: Is(is_user(json!({"profileUrl": ""}))), ..
            Case::switched("empty text for a reference", Create, user(json!({"profileUrl": ""})), &EMPTY_STRINGS, &["profileUrl"], is_user(json!({})), VALUE) },
        Case::switched("empty text for a dateTime", Create, thing(json!({"seen": ""})), &EMPTY_STRINGS, &["seen"], json!({}), VALUE),
        Case::both("empty text for a boolean", Create, user(json!({"active": ""})), No(VALUE)),
        Case::both("empty text for an integer", Create, thing(json!({"count": ""})), No(VALUE)),
        Case::switched("empty text for a list", Create, user(json!({"emails": ""})), &EMPTY_STRINGS, &["emails"], is_user(json!({})), VALUE),
        Case::switched("object for a list", Create, user(json!({"emails": {"value": "a"}})), &SINGLE_FOR_LIST, &["emails"], is_user(json!({"emails": [{"value": "a"}]})), VALUE),
        Case::switched("object for members", Create, group(json!({"members": {"value": "u1"}})), &SINGLE_FOR_LIST, &["members"], is_group(json!({"members": [{"value": "u1"}]})), VALUE),
        Case::switched("text for a list of texts", Create, thing(json!({"tags": "a"})), &SINGLE_FOR_LIST, &["tags"], json!({"tags": ["a"]}), VALUE),

        // `schemas`.
        Case::switched("no schemas", Create, json!({"userName": "b"}), &SCHEMAS_MISSING, &["schemas"], json!({"userName": "b"}), VALUE),
        Case::switched("null schemas", Create, json!({"schemas": null, "userName": "b"}), &SCHEMAS_MISSING, &["schemas"], json!({"userName": "b"}), VALUE),
        Case::switched("empty schemas", Replace, user(json!({"schemas": []})), &SCHEMAS_MISSING, &["schemas"], still_user(json!({})), VALUE),
        Case::switched("a schema twice", Create, user(json!({"schemas": [USER, USER]})), &SCHEMAS_MISSING, &["schemas[1]"], is_user(json!({})), VALUE),
        Case::both("no schemas in an answer", Response, json!({"id": "7", "userName": "b"}), Is(json!({"id": "7", "userName": "b"}))),
        Case::both("schemas in another case", Create, user(json!({"schemas": [USER.to_uppercase()]})), Is(is_user(json!({})))),
        Case::both("a number in schemas", Create, user(json!({"schemas": [USER, 7]})), No(VALUE)),
        Case::both("only an extension in schemas", Create, user(json!({"schemas": [ENTERPRISE]})), No(VALUE)),
        Case::both("the schema of another type", Create, user(json!({"schemas": [GROUP]})), No(VALUE)),
        Case::both("only an unknown schema", Create, user(json!({"schemas": ["urn:example:unknown:1.0:User"]})), No(VALUE)),
        Case::both("an extension without data", Create, user(json!({"schemas": [USER, ENTERPRISE]})), Is(is_user(json!({})))),
        Case::switched("an extension that is not listed", Create, user(json!({ENTERPRISE: {"department": "Tours"}})), &EXTENSION_NOT_LISTED,
            &[ENTERPRISE], is_user(json!({ENTERPRISE: {"department": "Tours"}})), VALUE),
        Case::switched("an unknown schema beside the base", Create, user(json!({"schemas": [USER, "urn:example:unknown:1.0:User"]})), &EXTENSION_NOT_LISTED,
            &["schemas[1]"], is_user(json!({})), VALUE),
        Case::switched("a Microsoft schema on a group", Create,
            group(json!({"schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]})), &EXTENSION_NOT_LISTED,
            &["schemas[1]"], is_group(json!({})), VALUE),
        Case::switched("the core of 1.1", Create, user(json!({"schemas": ["urn:scim:schemas:core:1.0"]})), &OLD_URNS, &["schemas[0]"], is_user(json!({})), VALUE),
        Case::switched("the core of 1.1 called 2.0", Create, user(json!({"schemas": ["urn:scim:schemas:core:2.0"]})), &OLD_URNS, &["schemas[0]"], is_user(json!({})), VALUE),

        // What no schema has.
        Case::ignored("an unknown attribute", Create, user(json!({"shoeSize": 43})), is_user(json!({})), SYNTAX),
        Case::ignored("an unknown sub-attribute", Create, user(json!({"name": {"givenName": "B", "pet": "C"}})), is_user(json!({"name": {"givenName": "B"}})), SYNTAX),
        Case::ignored("an unknown sub-attribute of a member", Create, group(json!({"members": [{"value": "u1", "displayName": "Babs"}]})),
            is_group(json!({"members": [{"value": "u1"}]})), SYNTAX),
        Case::ignored("an unknown attribute of an extension", Create, enterprise(json!({"department": "T", "desk": 4})),
            is_user(json!({ENTERPRISE: {"department": "T"}})), SYNTAX),
        Case::ignored("an extension's attribute at the top", Create, user(json!({"department": "Tours"})), is_user(json!({})), SYNTAX),
        Case::ignored("a dotted name", Create, user(json!({"name.givenName": "B"})), is_user(json!({})), SYNTAX),
        Case::both("an unknown attribute of an answer", Response, user(json!({"shoeSize": 43, "name": {"pet": "C"}})),
            Is(is_user(json!({"shoeSize": 43, "name": {"pet": "C"}})))),

        // readOnly.
        Case::both("id and meta are not the client's", Create, user(json!({"id": "1", "meta": {"version": "x"}})), Is(is_user(json!({})))),
        Case::both("readOnly values of any type", Create, user(json!({"id": 7, "meta": "x", "groups": 3})), Is(is_user(json!({})))),
        Case::both("empty readOnly values", Replace, user(json!({"id": "", "meta": null, "groups": []})), Is(still_user(json!({})))),
        Case::both("another id in a replacement", Replace, user(json!({"id": "8"})), Is(still_user(json!({})))),
        Case::both("readOnly sub-attributes", Create, thing(json!({"box": {"colour": "red", "size": "wrong"}})), Is(json!({"box": {"colour": "red"}}))),
        Case::both("the name of a manager", Create, enterprise(json!({"manager": {"value": "1", "displayName": "Boss"}})),
            Is(is_user(json!({ENTERPRISE: {"manager": {"value": "1"}}})))),
        Case::both("readOnly values of an answer", Response, user(json!({"id": "7", "meta": {"version": "W/\"1\""}, "groups": [{"value": "g"}]})),
            Is(is_user(json!({"id": "7", "meta": {"version": "W/\"1\""}, "groups": [{"value": "g"}]})))),
        Case::switched("a bad date in the meta of an answer", Response, user(json!({"meta": {"created": "yesterday"}})), &ODD_ANSWERS,
            &["meta.created"], is_user(json!({"meta": {"created": "yesterday"}})), VALUE),
        Case::switched("a number for an id in an answer", Response, user(json!({"id": 5})), &ODD_ANSWERS, &["id"], is_user(json!({"id": "5"})), VALUE),
        Case::switched("two primaries in an answer", Response,
            user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]})), &ODD_ANSWERS, &["emails"],
            is_user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]})), VALUE),
        Case::switched("null for an element in an answer", Response, user(json!({"emails": [{"value": "a"}, null]})), &ODD_ANSWERS,
            &["emails[1]"], is_user(json!({"emails": [{"value": "a"}]})), VALUE),
        Case::switched("blanks in a reference", Create, user(json!({"profileUrl": "not a uri"})), &LOOSE_REFERENCES,
            &["profileUrl"], is_user(json!({"profileUrl": "not a uri"})), VALUE),

        // A replacement.
        Case::both("what is left out is cleared, but for what must not be lost", Replace, user(json!({})), Is(still_user(json!({})))),
        Case::both("null is the same as left out", Replace, user(json!({"title": null, "password": null, "active": null, "externalId": null})), Is(still_user(json!({})))),
        Case::both("a new password", Replace, user(json!({"password": "new"})), Is(still_user(json!({"password": "new"})))),
        Case::both("a new state", Replace, user(json!({"active": true})), Is(still_user(json!({"active": true})))),
        Case::both("the members of a group are cleared", Replace, group(json!({})), Is(is_group(json!({"id": "g-1"})))),
        Case::both("a member with another display", Replace, group(json!({"members": [{"value": "7", "type": "User", "display": "Barbara"}]})),
            Is(is_group(json!({"id": "g-1", "members": [{"value": "7", "type": "User", "display": "Barbara"}]})))),
        Case::both("immutable values, the same", Replace, thing(json!({"serial": "abc", "exact": "abc"})), Is(still_thing(json!({"box": {"serial": "b-1"}})))),
        Case::both("immutable values, left out", Replace, thing(json!({})), Is(still_thing(json!({"box": {"serial": "b-1"}})))),
        Case::both("immutable values, null", Replace, thing(json!({"serial": null, "exact": null})), Is(still_thing(json!({"box": {"serial": "b-1"}})))),
        Case::both("an immutable value changes", Replace, thing(json!({"serial": "xyz"})), No(MUTABILITY)),
        Case::both("the case of a caseExact immutable value changes", Replace, thing(json!({"exact": "ABC"})), No(MUTABILITY)),
        Case::both("an immutable instant changes", Replace, thing(json!({"made": "2010-01-23T04:56:23Z"})), No(MUTABILITY)),
        Case::both("an immutable sub-attribute changes", Replace, thing(json!({"box": {"serial": "b-2"}})), No(MUTABILITY)),
        Case::both("a complex with an immutable sub-attribute", Replace, thing(json!({"box": {"colour": "blue"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "blue"}})))),
        // What the server worked out stays while what it was worked out from does.
        Case::both("a complex value, the same", Replace, thing(json!({"box": {"serial": "b-1", "colour": "RED"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "RED", "size": 3}})))),
        Case::both("a complex value, the same but for what cannot change", Replace, thing(json!({"box": {"colour": "red"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "red", "size": 3}})))),
        Case::both("a writeOnly sub-attribute, left out", Replace, thing(json!({"box": {"colour": "red"}, "lock": {"hint": "none"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "red", "size": 3}, "lock": {"code": "1234", "hint": "none"}})))),
        Case::both("a writeOnly sub-attribute, new", Replace, thing(json!({"box": {"colour": "red"}, "lock": {"code": "9"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "red", "size": 3}, "lock": {"code": "9"}})))),
        Case::both("an immutable value as the client can write it", Replace, thing(json!({"box": {"colour": "red"}, "birth": {"place": "here"}})),
            Is(still_thing(json!({"box": {"serial": "b-1", "colour": "red", "size": 3}})))),
        Case::both("an immutable complex value changes", Replace, thing(json!({"birth": {"place": "there"}})), No(MUTABILITY)),
        Case::both("a part of an immutable complex value is missing", Replace, thing(json!({"birth": {"checked": true}})),
            Is(still_thing(json!({"box": {"serial": "b-1"}})))),
        Case::both("elements that stay keep what the server worked out", Replace,
            thing(json!({"phones": [{"value": "2"}, {"value": "1", "type": "work"}, {"value": "3", "verified": true}]})),
            Is(still_thing(json!({"box": {"serial": "b-1"}, "phones": [{"value": "2", "verified": true}, {"value": "1", "type": "work"}, {"value": "3"}]})))),
        Case::both("the same manager", Replace, enterprise(json!({"manager": {"value": "1", "displayName": "Mine"}})),
            Is(still_user(json!({ENTERPRISE: {"manager": {"value": "1", "displayName": "Boss"}}})))),
        Case::both("another manager", Replace, enterprise(json!({"manager": {"value": "2"}})),
            Is(still_user(json!({ENTERPRISE: {"manager": {"value": "2"}}})))),

        // Lists.
        Case::both("two primary elements", Create, user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]})), No(VALUE)),
        Case::both("one primary element", Create, user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": false}]})),
            Is(is_user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": false}]})))),
        Case::both("equal elements", Create, user(json!({"emails": [{"value": "a", "display": "1"}, {"value": "A", "display": "2"}]})),
            Is(is_user(json!({"emails": [{"value": "a", "display": "1"}]})))),
        Case::both("equal texts", Create, thing(json!({"tags": ["a", "b", "A"]})), Is(json!({"tags": ["a", "b"]}))),
        Case::both("ids of members are told apart by case", Create, group(json!({"members": [{"value": "a"}, {"value": "A"}]})),
            Is(is_group(json!({"members": [{"value": "a"}, {"value": "A"}]})))),
        Case::both("equal members", Create, group(json!({"members": [{"value": "a"}, {"value": "a", "type": "User"}]})),
            Is(is_group(json!({"members": [{"value": "a"}]})))),
        Case::both("values that are not canonical", Create, user(json!({"emails": [{"value": "a", "type": "boat"}]})),
            Is(is_user(json!({"emails": [{"value": "a", "type": "boat"}]})))),

        // Kept as written.
        Case::both("odd formats", Create, user(json!({"locale": "en_US", "timezone": "Mars/Olympus", "addresses": [{"country": "USA"}], "phoneNumbers": [{"value": "call me"}]})),
            Is(is_user(json!({"locale": "en_US", "timezone": "Mars/Olympus", "addresses": [{"country": "USA"}], "phoneNumbers": [{"value": "call me"}]})))),
        Case::both("a relative reference", Create, enterprise(json!({"manager": {"$ref": "../Users/7"}})),
            Is(is_user(json!({ENTERPRISE: {"manager": {"$ref": "../Users/7"}}})))),
        Case::both("a manager that does not exist", Create, enterprise(json!({"manager": {"value": "nobody"}})),
            Is(is_user(json!({ENTERPRISE: {"manager": {"value": "nobody"}}})))),
    ]
}

#[test]
fn as_the_table_says() {
    let mut wrong = Vec::new();
    let mut names = std::collections::BTreeSet::new();
    for case in cases() {
        assert!(names.insert(case.name), "{} stands twice", case.name);
        wrong.extend(case.check(&Profile::lenient(), &case.lenient, &case.reports, "lenient"));
        wrong.extend(case.check(&Profile::rfc(), &case.rfc, &[], "rfc"));
        if let Some(switch) = case.switch {
            let with = Profile::rfc().with(switch);
            wrong.extend(case.check(&with, &case.lenient, &case.reports, "rfc with the switch"));
            // Else an answer would be kept as it came.
            let without = Profile::lenient().without(switch).without(&ODD_ANSWERS);
            wrong.extend(case.check(&without, &case.rfc, &[], "lenient without the switch"));
        }
    }
    assert!(names.len() >= 80, "{}", names.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_comes_back_passes_again_without_a_word() {
    for case in cases() {
        if let (Ok((_, _)), Create) = (case.run(&Profile::lenient()), case.intent) {
            let first = case.set().admit(case.body.clone(), Intent::Create, &Profile::lenient()).unwrap();
            // A text that is no URI comes back as it was written, and is none to the RFCs.
            if first.deviations.iter().any(|deviation| deviation.id() == LOOSE_REFERENCES.id()) {
                continue;
            }
            let again = Value::Object(first.resource.clone().into_map());
            let again = case.set().admit(again, Intent::Create, &Profile::rfc()).unwrap();
            assert_eq!(again.resource.as_map(), first.resource.as_map(), "{}", case.name);
            assert!(again.deviations.is_empty(), "{}", case.name);
        }
    }
}

#[test]
fn every_refusal_has_its_text() {
    let mut text = String::new();
    for case in cases() {
        let lenient = case.run(&Profile::lenient()).err().map(|error| error.to_string());
        let rfc = case.run(&Profile::rfc()).err().map(|error| error.to_string());
        if lenient.is_none() && rfc.is_none() {
            continue;
        }
        writeln!(text, "{}", case.name).unwrap();
        if lenient == rfc {
            writeln!(text, "    both: {}", rfc.unwrap()).unwrap();
        } else {
            for (name, error) in [("lenient", lenient), ("rfc", rfc)] {
                writeln!(text, "    {name}: {}", error.as_deref().unwrap_or("-")).unwrap();
            }
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    // In the order of the alphabet, in which serde_json keeps names without its feature `preserve_order`.
    let body = json!({
        "active": "yes",
        "emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}, {"value": 4}],
        "hats": 2,
        "name": {"givenName": ["B"]},
        "profileUrl": 3,
        "schemas": [USER],
        "title": 7,
        ENTERPRISE: {"division": 1},
    });
    let say = |profile: &Profile| SchemaSet::user().admit(body.clone(), Intent::Create, profile).unwrap_err();
    let (lenient, rfc) = (say(&Profile::lenient()), say(&Profile::rfc()));
    let detail = rfc.detail().unwrap();
    for at in ["title", "active", "profileUrl", "emails", "userName", "name.givenName", "division"] {
        assert!(detail.contains(at), "{at}: {detail}");
    }
    insta::assert_snapshot!(format!("lenient: {lenient}\nrfc: {rfc}"));

    // Not without bound, and the sender's text is cut and escaped.
    let many: Vec<Value> = (0..10_000).map(|_| json!({"value": 1})).collect();
    let error =
        SchemaSet::user().admit(user(json!({"emails": many})), Intent::Create, &Profile::rfc()).unwrap_err();
    assert!(error.detail().unwrap().len() < 4096, "{error}");
    let odd = format!("x\n\u{7}\u{202e}{}", "y".repeat(5000));
    for body in [
        user(json!({"active": odd})),
        user(json!({"schemas": [USER, odd]})),
        user(json!({odd.clone(): 1})),
        user(json!({"name": {odd.clone(): 1}})),
        user(json!({"profileUrl": {odd.clone(): 1}})),
    ] {
        let error = SchemaSet::user().admit(body, Intent::Create, &Profile::rfc()).unwrap_err();
        let detail = error.detail().unwrap();
        assert!(detail.len() < 600, "{detail}");
        assert!(!detail.contains(char::is_control) && !detail.contains('\u{202e}'), "{detail}");
    }
}

#[test]
fn an_immutable_value_is_the_same_without_what_the_client_cannot_read() {
    let new = |name: &str| Attribute::new(name.parse().unwrap(), AttrType::String);
    let seal = Attribute::new("seal".parse().unwrap(), AttrType::Complex)
        .with_mutability(Mutability::Immutable)
        .with_sub_attribute(new("text"))
        .with_sub_attribute(
            new("code").with_mutability(Mutability::WriteOnly).with_returned(Returned::Never),
        );
    let schema = Schema::new(THING.parse().unwrap(), "Thing", "", vec![seal]).unwrap();
    let set = SchemaSet::new(Arc::new(schema), []).unwrap();
    let stored = thing(json!({"seal": {"text": "a", "code": "1"}}));
    let stored = set.admit(stored, Intent::Response, &Profile::rfc()).unwrap().resource;
    let replace = |seal: Value| {
        let body = thing(json!({"seal": seal}));
        set.admit(body, Intent::Replace(&stored), &Profile::rfc())
            .map(|admitted| admitted.resource.into_map())
    };
    for same in [json!({"text": "A"}), json!({"text": "a", "code": "1"}), json!(null)] {
        assert_eq!(&replace(same).unwrap(), stored.as_map());
    }
    for other in [json!({"text": "b"}), json!({"text": "a", "code": "2"}), json!({"code": "1"})] {
        assert_eq!(replace(other).unwrap_err().scim_type(), Some(&MUTABILITY));
    }
}

#[test]
fn no_message_repeats_what_is_never_returned() {
    let hush = |name: &str, kind| {
        Attribute::new(name.parse().unwrap(), kind)
            .with_mutability(Mutability::WriteOnly)
            .with_returned(Returned::Never)
    };
    let code = Attribute::new("code".parse().unwrap(), AttrType::Integer);
    let attributes = vec![
        hush("pin", AttrType::Integer),
        hush("pins", AttrType::Integer).with_multi_valued(true),
        hush("word", AttrType::String).with_canonical_values(["open"]),
        hush("key", AttrType::Binary),
        hush("lock", AttrType::Complex).with_sub_attribute(code),
        Attribute::new("shown".parse().unwrap(), AttrType::Integer),
    ];
    let schema = Schema::new(THING.parse().unwrap(), "Thing", "", attributes).unwrap();
    let set = SchemaSet::new(Arc::new(schema), []).unwrap();
    let profile = Profile::rfc().with(&CLOSED_CANONICAL_VALUES);
    let mut said = String::new();
    for body in [
        json!({"pin": "hush-hush"}),
        json!({"pins": "hush-hush"}),
        json!({"pins": ["hush-hush"]}),
        json!({"word": "hush-hush"}),
        json!({"key": "hush hush"}),
        json!({"lock": "hush-hush"}),
        json!({"lock": {"code": "hush-hush"}}),
    ] {
        let error = set.admit(thing(body), Intent::Create, &profile).unwrap_err().to_string();
        assert!(!error.contains("hush"), "{error}");
        writeln!(said, "{error}").unwrap();
    }
    let at = set.resolve(&"lock.code".parse().unwrap()).unwrap();
    let error = set.admit_value(&at, json!("hush-hush"), &profile).unwrap_err().to_string();
    assert!(!error.contains("hush"), "{error}");
    // What follows is shown again.
    let error = set.admit(thing(json!({"pin": 1, "shown": "seen"})), Intent::Create, &profile).unwrap_err();
    assert!(error.to_string().contains("`seen`"), "{error}");
    insta::assert_snapshot!(said);
}

#[test]
fn unknown_attributes_are_kept_when_the_profile_says_so() {
    let body = user(
        json!({"shoeSize": 43, "name": {"givenName": "B", "pet": {"a": 1}}, "urn:example:x:1.0:User": {"a": [1]}}),
    );
    for profile in [Profile::rfc(), Profile::lenient()] {
        let keep = profile.clone().with_unknown(Unknown::Keep);
        let kept = SchemaSet::user().admit(body.clone(), Intent::Create, &keep).unwrap().resource;
        assert_eq!(kept.as_map()["shoeSize"], 43);
        assert_eq!(kept.as_map()["name"], json!({"givenName": "B", "pet": {"a": 1}}));
        let refuse = profile.clone().with_unknown(Unknown::Refuse);
        let error = SchemaSet::user().admit(body.clone(), Intent::Create, &refuse).unwrap_err();
        assert_eq!(error.scim_type(), Some(&SYNTAX));
        let ignore = profile.with_unknown(Unknown::Ignore);
        let ignored = SchemaSet::user().admit(body.clone(), Intent::Create, &ignore).unwrap().resource;
        assert_eq!(ignored.as_map().get("shoeSize"), None);
        assert_eq!(ignored.as_map()["name"], json!({"givenName": "B"}));
    }
}

#[test]
fn switches_that_are_off_in_both_profiles() {
    let two = user(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}]}));
    for profile in [Profile::rfc(), Profile::lenient()] {
        let first = profile.with(&FIRST_PRIMARY_WINS);
        let admitted = SchemaSet::user().admit(two.clone(), Intent::Create, &first).unwrap();
        let emails = &admitted.resource.as_map()["emails"];
        assert_eq!(emails[0], json!({"value": "a", "primary": true}));
        assert_ne!(emails[1]["primary"], true);
        assert_eq!(admitted.deviations.iter().map(Deviation::id).collect::<Vec<_>>(), ["PING-01"]);
    }
    let boat = user(json!({"emails": [{"value": "a", "type": "boat"}]}));
    for profile in [Profile::rfc(), Profile::lenient()] {
        let closed = profile.with(&CLOSED_CANONICAL_VALUES);
        let error = SchemaSet::user().admit(boat.clone(), Intent::Create, &closed).unwrap_err();
        assert_eq!(error.scim_type(), Some(&VALUE));
        // What has no canonical values is open all the same.
        assert!(
            SchemaSet::user()
                .admit(user(json!({"roles": [{"type": "boat"}]})), Intent::Create, &closed)
                .is_ok()
        );
    }
}

#[test]
fn schemas_are_listed_as_they_are_in_use() {
    let listed = |body: Value, profile: &Profile| -> Vec<String> {
        let admitted = SchemaSet::user().admit(body, Intent::Create, profile).unwrap();
        admitted.resource.schemas().map(str::to_owned).collect()
    };
    let lenient = Profile::lenient();
    assert_eq!(listed(json!({"userName": "b"}), &lenient), [USER]);
    assert_eq!(listed(user(json!({ENTERPRISE: {"department": "T"}})), &lenient), [USER, ENTERPRISE]);
    assert_eq!(listed(user(json!({"schemas": [USER.to_uppercase()]})), &Profile::rfc()), [USER]);
    assert_eq!(listed(user(json!({"schemas": [USER, "urn:example:x:1.0:User"]})), &lenient), [USER]);
    // The forms of one vendor that sends the names of 1.1.
    let old = user(json!({
        "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
        "urn:scim:schemas:extension:enterprise:2.0": {"department": "T"},
    }));
    let admitted = SchemaSet::user().admit(old.clone(), Intent::Create, &lenient).unwrap();
    assert_eq!(admitted.resource.as_map()[ENTERPRISE], json!({"department": "T"}));
    assert_eq!(admitted.resource.schemas().collect::<Vec<_>>(), [USER, ENTERPRISE]);
    assert!(admitted.deviations.iter().all(|deviation| deviation.id() == "OL-01"));
    assert!(!admitted.deviations.is_empty());
    assert!(SchemaSet::user().admit(old, Intent::Create, &Profile::rfc()).is_err());
}

/// A value of one attribute, as PATCH carries it: name, path, value, what the lenient profile makes of it and reports,
/// what the RFCs' own makes of it.
type ValueCase = (&'static str, String, Value, Outcome, Vec<String>, Outcome);

#[rustfmt::skip] // a table
fn values() -> Vec<ValueCase> {
    let manager = format!("{ENTERPRISE}:manager");
    let both = |name, path: &str, value: Value, outcome: Outcome| (name, path.to_owned(), value, outcome.clone(), Vec::new(), outcome);
    let lenient = |name, path: &str, value: Value, is: Value, report: &str| (name, path.to_owned(), value, Is(is), vec![report.to_owned()], No(VALUE));
    vec![
        both("a text", "title", json!("Guide"), Is(json!("Guide"))),
        both("null for a required attribute", "userName", json!(null), Is(json!(null))),
        both("null", "title", json!(null), Is(json!(null))),
        both("an empty list", "emails", json!([]), Is(json!(null))),
        both("a complex of nulls", "name", json!({"givenName": null}), Is(json!(null))),
        both("a part of a complex", "name", json!({"GIVENNAME": "B"}), Is(json!({"givenName": "B"}))),
        both("a list", "emails", json!([{"Value": "a", "type": "work"}]), Is(json!([{"value": "a", "type": "work"}]))),
        both("a sub-attribute of a list", "emails.value", json!("a"), Is(json!("a"))),
        both("a number for a sub-attribute", "emails.value", json!(7), No(VALUE)),
        both("a number", "title", json!(7), No(VALUE)),
        both("two primary elements", "emails", json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]), No(VALUE)),
        both("readOnly sub-attributes stay for the caller to judge", &manager, json!({"value": "7", "displayName": "Boss"}), Is(json!({"value": "7", "displayName": "Boss"}))),
        both("a readOnly attribute", "id", json!("7"), Is(json!("7"))),
        both("a bad date", "meta.created", json!("yesterday"), No(VALUE)),
        both("a whole extension", ENTERPRISE, json!({"Department": "T", "division": null}), Is(json!({"department": "T"}))),
        both("a whole extension of a wrong type", ENTERPRISE, json!("T"), No(VALUE)),
        both("an empty extension", ENTERPRISE, json!({}), Is(json!(null))),
        lenient("True", "active", json!("True"), json!(true), "ENT-02 active"),
        lenient("True below an element", "emails.primary", json!("True"), json!(true), "ENT-02 emails.primary"),
        lenient("a manager as a text", &manager, json!("7"), json!({"value": "7"}), &format!("ENT-11 {manager}")),
        lenient("a manager as an empty text", &manager, json!(""), json!(null), &format!("ENT-11 {manager}")),
        lenient("a single element", "emails", json!({"value": "a"}), json!([{"value": "a"}]), "MISC-09 emails"),
        ("an empty text for a reference", "profileUrl".to_owned(), json!(""), Is(json!(null)), vec!["MISC-06 profileUrl".to_owned()], Is(json!(""))),
    ]
}

#[test]
fn values_as_the_table_says() {
    let mut wrong = Vec::new();
    let mut said = String::new();
    for (name, path, value, lenient, reports, rfc) in values() {
        let at = SchemaSet::user().resolve(&path.parse().unwrap()).unwrap();
        for (profile, expected, under) in
            [(Profile::lenient(), &lenient, "lenient"), (Profile::rfc(), &rfc, "rfc")]
        {
            let found = SchemaSet::user().admit_value(&at, value.clone(), &profile);
            let ok = match (&found, expected) {
                (Ok(admitted), Is(expected)) => {
                    let took: Vec<String> =
                        admitted.deviations.iter().map(|d| format!("{} {}", d.id(), d.at())).collect();
                    admitted.value == *expected
                        && (under == "rfc" && took.is_empty() || under == "lenient" && took == reports)
                }
                (Err(error), No(scim_type)) => (error.status(), error.scim_type()) == (400, Some(scim_type)),
                _ => false,
            };
            if !ok {
                wrong.push(format!("{name} ({under}): {found:?}, not {expected:?} {reports:?}"));
            }
            if let Err(error) = found {
                writeln!(said, "{name} ({under}): {error}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    insta::assert_snapshot!(said);
}
