//! RFC 7643 §1 and §2: attributes and their types.

use scim_core::admit::{CLOSED_CANONICAL_VALUES, FIRST_PRIMARY_WINS};
use scim_core::multi_valued::{is_primary, same_element, same_value};
use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, Uniqueness};
use scim_core::value::{binary, datetime, is_unassigned, reference};
use scim_core::{
    AttrName, AttrPath, Group, Intent, Profile, Resource, ResourceId, SchemaSet, ScimType, User, attr,
};
use serde_json::{Value, json};

use super::*;

fn attribute(name: &str, kind: AttrType) -> Attribute {
    Attribute::new(name.parse().unwrap(), kind)
}

fn schema_of(attributes: Value) -> Result<Schema, ScimError> {
    Schema::from_json(&json!({"id": THING, "name": "Thing", "attributes": attributes}))
}

#[test]
fn r7643_1_1_01_quotes_of_the_text_are_not_on_the_wire() {
    fn check(value: &Value) {
        match value {
            Value::String(text) => assert!(!text.contains(['"', '\'', '`']), "{text}"),
            Value::Array(elements) => elements.iter().for_each(check),
            Value::Object(members) => {
                for (name, value) in members {
                    assert!(!name.contains(['"', '\'', '`']), "{name}");
                    if name != "description" {
                        check(value);
                    }
                }
            }
            _ => {}
        }
    }
    for schema in [
        Schema::user(),
        Schema::group(),
        Schema::enterprise_user(),
        Schema::service_provider_config(),
        Schema::resource_type(),
        Schema::meta_schema(),
    ] {
        check(&to_json(&*schema));
    }
    check(&to_json(&ScimError::new(404)));
}

#[test]
fn r7643_1_2_01_simple_attributes_have_no_sub_attributes() {
    let simple =
        attribute("colour", AttrType::String).with_sub_attribute(attribute("hue", AttrType::Integer));
    let error = Schema::new(THING.parse().unwrap(), "Thing", "", vec![simple]).unwrap_err();
    assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue));
    assert!(SchemaSet::user().resolve(&path("userName.value")).is_err());
    assert!(SchemaSet::user().resolve(&path("name.givenName")).is_ok());
    refused(
        SchemaSet::user(),
        &user_with(json!({"title": {"value": "Tour Guide"}})),
        &ScimType::InvalidValue,
    );
}

#[test]
fn r7643_2_1_01_every_resource_names_its_schemas() {
    let user = User { user_name: "bjensen".into(), ..User::default() };
    let group = Group { display_name: "Tour Guides".into(), ..Group::default() };
    for (json, uri) in [
        (to_json(&user), USER),
        (to_json(&group), GROUP),
        (to_json(&Resource::new(SchemaSet::user())), USER),
        (
            to_json(&scim_core::ServiceProviderConfig::default()),
            scim_core::SchemaUri::SERVICE_PROVIDER_CONFIG.as_str(),
        ),
        (
            to_json(&scim_core::ResourceType::new("User", "/Users", SchemaSet::user())),
            scim_core::SchemaUri::RESOURCE_TYPE.as_str(),
        ),
        (to_json(&*Schema::user()), scim_core::SchemaUri::SCHEMA.as_str()),
    ] {
        assert_eq!(json["schemas"], json!([uri]), "{json}");
    }
    refused_by(&Profile::rfc(), SchemaSet::user(), &json!({"userName": "bjensen"}), &ScimType::InvalidValue);
}

#[test]
fn r7643_2_1_02_names_start_with_a_letter() {
    for name in ["a", "Z", "userName", "x509Certificates", "with-dash", "with_line", "a$b", "a1", "$ref"] {
        assert!(name.parse::<AttrName>().is_ok(), "{name}");
    }
    for name in ["", "1st", "-a", "_a", "a b", "a.b", "a:b", "naïve", "a\u{0}", "$", "a/b", "a@b"] {
        assert!(name.parse::<AttrName>().is_err(), "{name}");
        let schema = schema_of(json!([{"name": name, "type": "string"}]));
        assert_eq!(schema.unwrap_err().scim_type(), Some(&ScimType::InvalidValue), "{name}");
    }
}

#[test]
fn r7643_2_1_03_names_are_compared_without_regard_to_case() {
    let shouted = json!({
        "SCHEMAS": [USER, ENTERPRISE],
        "USERNAME": "bjensen",
        "Name": {"FAMILYNAME": "Jensen"},
        "emailS": [{"VALUE": "b@example.com", "Primary": true}],
        (ENTERPRISE.to_uppercase()): {"Department": "Tours", "MANAGER": {"$REF": "../Users/7"}},
    });
    let plain = json!({
        "schemas": [USER, ENTERPRISE],
        "userName": "bjensen",
        "name": {"familyName": "Jensen"},
        "emails": [{"value": "b@example.com", "primary": true}],
        ENTERPRISE: {"department": "Tours", "manager": {"$ref": "../Users/7"}},
    });
    assert_eq!(Value::Object(created(SchemaSet::user(), shouted.clone()).into_map()), plain);

    assert_eq!(path("EMAILS.Value"), attr::EMAILS_VALUE);
    assert_eq!(path(&format!("{}:department", ENTERPRISE.to_uppercase())), attr::DEPARTMENT);
    let resolved = SchemaSet::user().resolve(&path("EMAILS.vALUE")).unwrap();
    assert_eq!(resolved.path().to_string(), "emails.value");

    let read: User = serde_json::from_value(shouted).unwrap();
    assert_eq!(read.user_name, "bjensen");
    assert_eq!(read.emails[0].primary, Some(true));
    assert_eq!(
        read.extension::<scim_core::EnterpriseUser>().unwrap().unwrap().department.as_deref(),
        Some("Tours")
    );
}

#[test]
fn r7643_2_2_01_what_a_definition_leaves_out_takes_the_defaults() {
    let schema = schema_of(json!([{"name": "colour"}])).unwrap();
    for colour in [&**schema.attribute("colour").unwrap(), &attribute("colour", AttrType::String)] {
        assert_eq!(colour.kind(), AttrType::String);
        assert!(!colour.multi_valued() && !colour.required() && !colour.case_exact());
        assert!(colour.canonical_values().is_empty());
        assert_eq!(colour.mutability(), Mutability::ReadWrite);
        assert_eq!(colour.returned(), Returned::Default);
        assert_eq!(colour.uniqueness(), Uniqueness::None);
    }
}

#[test]
fn r7643_2_3_01_there_are_eight_types() {
    for kind in ["string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"] {
        let mut definition = json!({"name": "x", "type": kind});
        if kind == "complex" {
            definition["subAttributes"] = json!([{"name": "y", "type": "string"}]);
        }
        let schema = schema_of(json!([definition])).unwrap();
        assert_eq!(schema.attribute("x").unwrap().kind().as_str(), kind);
    }
    for kind in ["money", "number", "array", ""] {
        let error = schema_of(json!([{"name": "x", "type": kind}])).unwrap_err();
        assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue), "{kind}");
    }
}

#[test]
fn r7643_2_3_1_01_canonical_values_are_open_or_closed_by_policy() {
    let body = user_with(json!({"emails": [{"value": "b@example.com", "type": "boat"}]}));
    for profile in [Profile::rfc(), Profile::lenient()] {
        let admitted = create(SchemaSet::user(), body.clone(), &profile).unwrap();
        assert_eq!(admitted.resource.get_all(&attr::EMAILS_TYPE).next(), Some(&json!("boat")));
        refused_by(
            &profile.with(&CLOSED_CANONICAL_VALUES),
            SchemaSet::user(),
            &body,
            &ScimType::InvalidValue,
        );
    }
    // `type` is not caseExact, so another case is the same value; it is kept as it was written.
    let body = user_with(json!({"emails": [{"value": "b@example.com", "type": "Work"}]}));
    let admitted = create(SchemaSet::user(), body, &Profile::rfc().with(&CLOSED_CANONICAL_VALUES)).unwrap();
    assert_eq!(admitted.resource.get_all(&attr::EMAILS_TYPE).next(), Some(&json!("Work")));
}

#[test]
fn r7643_2_3_1_02_a_string_may_have_a_format_of_its_own() {
    // `id` has one, RFC 7643 §3.1 ...
    assert!(ResourceId::new("bulkId").is_err());
    assert!(ResourceId::new("2819c223-7f76-453a-919d-413861904646").is_ok());
    // ... and a schema's string has none, but what the application asks of it.
    let body = user_with(json!({"nickName": "\u{1F600} ~ ,;:\n"}));
    assert_eq!(members(SchemaSet::user(), body)["nickName"], "\u{1F600} ~ ,;:\n");
}

#[test]
fn r7643_2_3_2_01_a_boolean_is_a_literal() {
    for flag in [true, false] {
        assert_eq!(members(SchemaSet::user(), user_with(json!({"active": flag})))["active"], json!(flag));
    }
    for text in ["true", "False", "TRUE"] {
        let body = user_with(json!({"active": text}));
        refused_by(&Profile::rfc(), SchemaSet::user(), &body, &ScimType::InvalidValue);
        let admitted = create(SchemaSet::user(), body, &Profile::lenient()).unwrap();
        assert_eq!(admitted.resource.get(&attr::ACTIVE), Some(&json!(text.eq_ignore_ascii_case("true"))));
        assert_eq!(admitted.deviations.len(), 1);
        assert_eq!((admitted.deviations[0].id(), admitted.deviations[0].at()), ("ENT-02", "active"));
    }
    for wrong in [json!("yes"), json!("1"), json!(1), json!(0), json!([true]), json!({"value": true})] {
        refused(SchemaSet::user(), &user_with(json!({"active": wrong})), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_2_3_3_01_a_decimal_is_a_number() {
    let set = things(vec![attribute("weight", AttrType::Decimal)]);
    for number in ["0", "-1", "1.5", "1e3", "-2.5E-3"] {
        let number: Value = serde_json::from_str(number).unwrap();
        assert_eq!(members(&set, thing_with(json!({"weight": number})))["weight"], number);
    }
    for wrong in [json!("heavy"), json!(true), json!({"value": 1.5})] {
        refused(&set, &thing_with(json!({"weight": wrong})), &ScimType::InvalidValue);
    }
    refused_by(&Profile::rfc(), &set, &thing_with(json!({"weight": "1.5"})), &ScimType::InvalidValue);
}

#[test]
fn r7643_2_3_4_01_an_integer_has_no_fraction_and_no_exponent() {
    let set = things(vec![attribute("count", AttrType::Integer)]);
    for number in ["0", "-7", "42", "9007199254740993", "-9223372036854775808"] {
        let number: Value = serde_json::from_str(number).unwrap();
        assert_eq!(members(&set, thing_with(json!({"count": number})))["count"], number);
    }
    for wrong in ["1.5", "1.0", "1e3", "-0.1", "true", "\"many\"", "\"1.5\"", "\"1e3\""] {
        let wrong: Value = serde_json::from_str(wrong).unwrap();
        refused(&set, &thing_with(json!({"count": wrong})), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_2_3_5_01_a_date_time_has_date_and_time() {
    let set = things(vec![attribute("seen", AttrType::DateTime)]);
    for text in [
        "2008-01-23T04:56:22Z",
        "2008-01-23T04:56:22",
        "2008-01-23T04:56:22.123456789Z",
        "2008-01-23T04:56:22+05:30",
        "2008-01-23T24:00:00Z",
    ] {
        assert_eq!(members(&set, thing_with(json!({"seen": text})))["seen"], text);
    }
    for wrong in [
        json!("2008-01-23"),
        json!("04:56:22Z"),
        json!("2008-01-23 04:56:22Z"),
        json!("2008-13-01T00:00:00Z"),
        json!("23 Jan 2008"),
        json!(1_201_064_182),
    ] {
        refused(&set, &thing_with(json!({"seen": wrong})), &ScimType::InvalidValue);
    }
    assert_eq!(datetime::parse("2008-01-23T04:56:22Z"), datetime::parse("2008-01-23T05:56:22.0+01:00"));
}

#[test]
fn r7643_2_3_6_01_a_binary_is_base64() {
    let set = things(vec![attribute("key", AttrType::Binary)]);
    for text in ["TWFu", "+/+/", "-_-_", "TWE="] {
        assert_eq!(members(&set, thing_with(json!({"key": text})))["key"], text);
    }
    assert_eq!(binary::decode("-_-_"), binary::decode("+/+/"));
    for wrong in
        [json!("not base64!"), json!("TWFu\n"), json!("TWFu="), json!("T"), json!(7), json!(["TWFu"])]
    {
        refused(&set, &thing_with(json!({"key": wrong})), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_2_3_6_02_padding_may_be_missing() {
    let set = things(vec![attribute("key", AttrType::Binary)]);
    for text in ["TQ", "TQ==", "TWE", "TWE="] {
        assert_eq!(members(&set, thing_with(json!({"key": text})))["key"], text);
    }
    assert_eq!(binary::decode("TQ"), binary::decode("TQ=="));
}

#[test]
fn r7643_2_3_7_01_a_reference_is_a_uri() {
    for uri in [
        "https://example.com/a?b=c#d",
        "../Users/26118915-6090-4610-87e4-49d8ca9f808d",
        "/Users/7",
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "mailto:bjensen@example.com",
    ] {
        assert_eq!(members(SchemaSet::user(), user_with(json!({"profileUrl": uri})))["profileUrl"], uri);
    }
    for wrong in [json!(7), json!(true), json!({"value": "https://example.com"})] {
        refused(SchemaSet::user(), &user_with(json!({"profileUrl": wrong})), &ScimType::InvalidValue);
    }
    // What is inside the text is not judged: senders have odd ones, and compare what they read back with what they sent.
    assert_eq!(members(SchemaSet::user(), user_with(json!({"profileUrl": "babs"})))["profileUrl"], "babs");
    let base = "https://example.com/v2".parse().unwrap();
    assert_eq!(reference::resolve(&base, "../Users/7").unwrap().as_str(), "https://example.com/v2/Users/7");
    assert_eq!(reference::resolve(&base, "https://[").map(String::from), None);
}

#[test]
fn r7643_2_3_7_06_ref_is_optional() {
    for manager in
        [json!({"value": "7"}), json!({"value": "7", "$ref": "../Users/7"}), json!({"$ref": "../Users/7"})]
    {
        let body = user_with(json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": manager}}));
        assert_eq!(members(SchemaSet::user(), body)[ENTERPRISE]["manager"], manager);
    }
    assert!(!definition(SchemaSet::user(), &format!("{ENTERPRISE}:manager.$ref")).required());
    assert!(!definition(SchemaSet::group(), "members.$ref").required());
}

#[test]
fn r7643_2_3_8_01_the_order_of_members_does_not_matter() {
    let one = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"b","name":{"givenName":"B","familyName":"J"}}"#;
    let two = r#"{"name":{"familyName":"J","givenName":"B"},"userName":"b","schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}"#;
    let admit = |text: &str| {
        Value::Object(created(SchemaSet::user(), serde_json::from_str(text).unwrap()).into_map())
    };
    assert_eq!(admit(one), admit(two));
    assert_eq!(serde_json::from_str::<User>(one).unwrap(), serde_json::from_str::<User>(two).unwrap());
    let name = definition(SchemaSet::user(), "name");
    assert!(same_value(
        &name,
        &serde_json::from_str(r#"{"givenName":"B","familyName":"J"}"#).unwrap(),
        &serde_json::from_str(r#"{"familyName":"J","givenName":"B"}"#).unwrap()
    ));
}

#[test]
fn r7643_2_3_8_02_complex_attributes_do_not_nest() {
    let leaf = attribute("leaf", AttrType::String);
    let inner = attribute("inner", AttrType::Complex).with_sub_attribute(leaf);
    let outer = attribute("outer", AttrType::Complex).with_sub_attribute(inner);
    let error = Schema::new(THING.parse().unwrap(), "Thing", "", vec![outer]).unwrap_err();
    assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue));
    assert!("a.b.c".parse::<AttrPath>().is_err());
    refused(
        SchemaSet::user(),
        &user_with(json!({"name": {"givenName": {"formal": "Barbara"}}})),
        &ScimType::InvalidValue,
    );
}

#[test]
fn r7643_2_4_01_lists_hold_objects_or_primitives() {
    let set = things(vec![
        attribute("tags", AttrType::String).with_multi_valued(true),
        attribute("parts", AttrType::Complex)
            .with_multi_valued(true)
            .with_sub_attribute(attribute("size", AttrType::Integer)),
    ]);
    let body = json!({"tags": ["a", "b"], "parts": [{"size": 1}, {"size": 2}]});
    assert_eq!(members(&set, thing_with(body.clone())), body);
    for wrong in [
        json!({"tags": [{"value": "a"}]}),
        json!({"tags": [["a"]]}),
        json!({"parts": [7]}),
        json!({"parts": [[{"size": 1}]]}),
        json!({"parts": "big"}),
    ] {
        refused(&set, &thing_with(wrong), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_2_4_02_default_sub_attributes_keep_their_meaning() {
    let list = |sub: Attribute| {
        let parts = attribute("parts", AttrType::Complex).with_multi_valued(true).with_sub_attribute(sub);
        Schema::new(THING.parse().unwrap(), "Thing", "", vec![parts])
    };
    assert!(list(attribute("primary", AttrType::Boolean)).is_ok());
    assert!(list(attribute("primary", AttrType::String)).is_err());
    assert!(list(attribute("$ref", AttrType::Reference)).is_ok());
    assert!(list(attribute("$ref", AttrType::String)).is_err());
    for name in
        ["emails", "phoneNumbers", "ims", "photos", "entitlements", "roles", "x509Certificates", "addresses"]
    {
        assert_eq!(
            definition(SchemaSet::user(), &format!("{name}.primary")).kind(),
            AttrType::Boolean,
            "{name}"
        );
        assert_eq!(definition(SchemaSet::user(), &format!("{name}.type")).kind(), AttrType::String, "{name}");
    }
}

#[test]
fn r7643_2_4_03_at_most_one_element_is_primary() {
    let body = user_with(json!({"emails": [
        {"value": "a@example.com", "primary": true},
        {"value": "b@example.com", "primary": true},
    ]}));
    refused(SchemaSet::user(), &body, &ScimType::InvalidValue);
    let admitted = create(SchemaSet::user(), body, &Profile::rfc().with(&FIRST_PRIMARY_WINS)).unwrap();
    let emails = admitted.resource.get(&attr::EMAILS).unwrap();
    assert!(is_primary(&emails[0]) && !is_primary(&emails[1]));
    assert_eq!(admitted.deviations[0].id(), "PING-01");

    let body = user_with(json!({"emails": [
        {"value": "a@example.com", "primary": true},
        {"value": "b@example.com", "primary": false},
        {"value": "c@example.com"},
    ]}));
    assert!(create(SchemaSet::user(), body, &Profile::rfc()).is_ok());
}

#[test]
fn r7643_2_4_04_an_absent_primary_reads_as_false() {
    assert!(is_primary(&json!({"value": "a", "primary": true})));
    assert!(!is_primary(&json!({"value": "a"})));
    assert!(!is_primary(&json!({"value": "a", "primary": false})));
    assert!(!is_primary(&json!({"value": "a", "primary": null})));
}

#[test]
fn r7643_2_4_05_what_the_schema_says_of_display_wins() {
    assert_eq!(definition(SchemaSet::user(), "emails.display").mutability(), Mutability::ReadWrite);
    assert_eq!(definition(SchemaSet::user(), "groups.display").mutability(), Mutability::ReadOnly);
    let display = json!({"name": "display", "type": "string", "mutability": "immutable"});
    let schema = schema_of(json!([
        {"name": "parts", "type": "complex", "multiValued": true, "subAttributes": [display]}
    ]));
    let parts = schema.unwrap();
    let parts = parts.attribute("parts").unwrap();
    assert_eq!(parts.sub("display").unwrap().mutability(), Mutability::Immutable);
}

#[test]
fn r7643_2_4_06_references_are_the_same_with_and_without_a_version() {
    let same = reference::same_resource;
    assert!(same("https://example.com/v2/Users/7", "https://example.com/Users/7"));
    assert!(same("https://example.com/v2/Users/7", "https://example.com/v1/Users/7"));
    assert!(same("https://example.com/scim/v2/Users/7", "https://example.com/scim/Users/7"));
    assert!(!same("https://example.com/v2/Users/7", "https://example.com/v2/Users/8"));
    assert!(!same("https://example.com/v2/Users/7", "https://example.com/v2/Groups/7"));
    assert!(!same("https://example.com/v2/Users/7", "https://example.net/v2/Users/7"));
}

#[test]
fn r7643_2_4_09_the_same_type_and_value_appear_once() {
    let body = user_with(json!({"emails": [
        {"value": "a@example.com", "type": "work", "display": "first"},
        {"value": "A@Example.com", "type": "WORK", "display": "second"},
        {"value": "a@example.com", "type": "home"},
        {"value": "b@example.com"},
    ]}));
    assert_eq!(
        members(SchemaSet::user(), body)["emails"],
        json!([
            {"value": "a@example.com", "type": "work", "display": "first"},
            {"value": "a@example.com", "type": "home"},
            {"value": "b@example.com"},
        ])
    );
    let emails = definition(SchemaSet::user(), "emails");
    let same = |a: Value, b: Value| same_element(&emails, &a, &b);
    assert!(same(json!({"value": "a", "type": "work"}), json!({"value": "A"})));
    assert!(!same(json!({"value": "a", "type": "work"}), json!({"value": "a", "type": "home"})));
    assert!(!same(json!({"value": "a", "type": "work"}), json!({"value": "b", "type": "work"})));
}

#[test]
fn r7643_2_4_10_a_type_may_have_canonical_values() {
    assert_eq!(definition(SchemaSet::user(), "emails.type").canonical_values(), ["work", "home", "other"]);
    assert!(definition(SchemaSet::user(), "roles.type").canonical_values().is_empty());
    let kind = attribute("type", AttrType::String).with_canonical_values(["lid", "box"]);
    let parts = attribute("parts", AttrType::Complex).with_multi_valued(true).with_sub_attribute(kind);
    let set = things(vec![parts]);
    assert_eq!(definition(&set, "parts.type").canonical_values(), ["lid", "box"]);
    assert_eq!(
        to_json(&**set.base())["attributes"][0]["subAttributes"][0]["canonicalValues"],
        json!(["lid", "box"])
    );
}

#[test]
fn r7643_2_5_01_unassigned_null_and_the_empty_list_are_one() {
    let absent = created(SchemaSet::user(), user_with(json!({})));
    for body in [
        json!({"title": null, "emails": null, "name": null}),
        json!({"emails": []}),
        json!({"name": {}}),
        json!({"name": {"givenName": null}}),
        json!({"emails": [], "title": null, "active": null, "addresses": null}),
    ] {
        let resource = created(SchemaSet::user(), user_with(body.clone()));
        assert_eq!(resource.as_map(), absent.as_map(), "{body}");
        assert_eq!(resource.get(&attr::EMAILS), None);
    }
    for body in [json!({"title": null, "emails": null, "name": null}), json!({"emails": [], "active": null})]
    {
        let typed: User = serde_json::from_value(user_with(body.clone())).unwrap();
        assert_eq!(typed, serde_json::from_value(user_with(json!({}))).unwrap(), "{body}");
    }
    for none in [json!(null), json!([]), json!({})] {
        assert!(is_unassigned(&none));
    }
    for some in [json!(false), json!(0), json!([null]), json!("")] {
        assert!(!is_unassigned(&some), "{some}");
    }
    // What is required is missing, however its absence is spelled.
    for none in [json!(null), json!([]), json!({})] {
        refused(SchemaSet::user(), &user_with(json!({"userName": none})), &ScimType::InvalidValue);
    }
}

#[test]
fn r7643_2_5_02_null_and_the_empty_list_take_away() {
    let full = created(
        SchemaSet::user(),
        user_with(
            json!({"title": "Guide", "emails": [{"value": "a@example.com"}], "name": {"givenName": "B"}}),
        ),
    );
    for none in [json!(null), json!([])] {
        let mut resource = full.clone();
        resource.set(&attr::EMAILS, none.clone()).unwrap();
        assert_eq!(resource.get(&attr::EMAILS), None);
        assert!(!resource.as_map().contains_key("emails"));
        let replaced = SchemaSet::user().admit(
            user_with(json!({"title": "Guide", "emails": none})),
            Intent::Replace(&full),
            &Profile::rfc(),
        );
        assert_eq!(replaced.unwrap().resource.get(&attr::EMAILS), None);
    }
    let mut resource = full.clone();
    resource.set(&attr::NAME_GIVEN_NAME, json!(null)).unwrap();
    assert_eq!(resource.get(&attr::NAME), None);
}

#[test]
fn r7643_2_5_03_unassigned_attributes_are_left_out() {
    let user = User { user_name: "bjensen".into(), ..User::default() };
    assert_eq!(to_json(&user), json!({"schemas": [USER], "userName": "bjensen"}));
    let admitted = created(
        SchemaSet::user(),
        user_with(json!({"title": null, "emails": [{"value": "a", "display": null}]})),
    );
    assert_eq!(
        to_json(&admitted),
        json!({"schemas": [USER], "userName": "bjensen", "emails": [{"value": "a"}]})
    );
}
