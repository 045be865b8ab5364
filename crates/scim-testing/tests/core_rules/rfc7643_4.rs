//! RFC 7643 §4: users, groups and enterprise users.

use scim_core::multi_valued::{same_element, same_value};
use scim_core::schema::{AttrType, Attribute, Mutability, Returned, Schema, SchemaExtension, Uniqueness};
use scim_core::{
    EnterpriseUser, Group, Intent, Manager, Profile, Projection, Resource, SchemaSet, ScimType, User, attr,
};
use serde_json::{Value, json};

use super::*;

fn enterprise(members: Value) -> Value {
    user_with(json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: members}))
}

fn read(set: &SchemaSet, body: Value) -> Resource {
    set.admit(body, Intent::Response, &Profile::rfc()).unwrap().resource
}

/// Whether a user's attribute comes back as it was sent, under the stricter profile.
#[track_caller]
fn kept(name: &str, value: Value) {
    assert_eq!(members(SchemaSet::user(), user_with(json!({name: value})))[name], value);
}

#[test]
fn r7643_4_1_1_01_user_name_is_required_unique_and_without_case() {
    let user_name = definition(SchemaSet::user(), "userName");
    assert!(user_name.required() && !user_name.case_exact() && !user_name.multi_valued());
    assert_eq!(user_name.uniqueness(), Uniqueness::Server);
    for body in
        [json!({"schemas": [USER]}), user_with(json!({"userName": ""})), user_with(json!({"userName": null}))]
    {
        refused(SchemaSet::user(), &body, &ScimType::InvalidValue);
        assert!(serde_json::from_value::<User>(body).is_err());
    }
    assert!(same_value(&user_name, &json!("BJensen"), &json!("bjensen")));
    assert_eq!(members(SchemaSet::user(), user_with(json!({"userName": "BJensen"})))["userName"], "BJensen");
}

#[test]
fn r7643_4_1_1_03_a_name_comes_formatted_or_in_parts_or_both() {
    kept("name", json!({"formatted": "Ms. Barbara J Jensen, III"}));
    kept("name", json!({"familyName": "Jensen", "givenName": "Barbara"}));
    kept("name", json!({"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen"}));
}

#[test]
fn r7643_4_1_1_07_languages_locales_and_time_zones_are_taken() {
    for language in ["en-US", "da, en-gb;q=0.8, en;q=0.7", "*"] {
        kept("preferredLanguage", json!(language));
    }
    for locale in ["en-US", "zh-Hans-CN", "sl-IT-nedis", "x-whatever"] {
        kept("locale", json!(locale));
    }
    for zone in ["America/Los_Angeles", "Etc/GMT+12", "UTC"] {
        kept("timezone", json!(zone));
    }
}

#[test]
fn r7643_4_1_1_08_a_locale_may_be_written_with_an_underscore() {
    kept("locale", json!("en_US"));
}

#[test]
fn r7643_4_1_1_09_a_password_is_never_shown() {
    let password = definition(SchemaSet::user(), "password");
    assert_eq!((password.mutability(), password.returned()), (Mutability::WriteOnly, Returned::Never));
    let user = created(SchemaSet::user(), user_with(json!({"password": "t1meMa$heen"})));
    assert_eq!(user.get(&attr::PASSWORD), Some(&json!("t1meMa$heen")));
    let at = || SchemaSet::user().resolve(&attr::PASSWORD).unwrap();
    let other = SchemaSet::user().resolve(&attr::USER_NAME).unwrap();
    for projection in [
        Projection::default(),
        Projection::only([at()]),
        Projection::except([other]),
        Projection::default().with_supplied([at()]),
        Projection::only([at()]).with_supplied([at()]),
    ] {
        let shown = SchemaSet::user().project(&user, &projection);
        assert!(!serde_json::to_string(&shown).unwrap().contains("t1me"));
        assert!(!shown.to_resource().as_map().contains_key("password"));
        assert!(!projection.wants(&at()));
    }
    assert!(!format!("{user:?} {user:#?}").contains("t1me"));
    let typed: User = user.to_typed().unwrap();
    assert!(!format!("{typed:?}").contains("t1me"));
    // A definition that would let a writeOnly attribute out is none.
    let leak =
        Attribute::new("pin".parse().unwrap(), AttrType::String).with_mutability(Mutability::WriteOnly);
    assert!(Schema::new(THING.parse().unwrap(), "Thing", "", vec![leak]).is_err());
}

#[test]
fn r7643_4_1_2_01_email_addresses_come_back_as_written_and_compare_folded() {
    kept("emails", json!([{"value": "Babs@JENSEN.org"}]));
    let emails = definition(SchemaSet::user(), "emails");
    assert!(same_element(
        &emails,
        &json!({"value": "Babs@JENSEN.org"}),
        &json!({"value": "babs@jensen.org"})
    ));
}

#[test]
fn r7643_4_1_2_02_phone_numbers_come_as_uri_or_not() {
    kept(
        "phoneNumbers",
        json!([{"value": "tel:+1-201-555-0123;ext=7"}, {"value": "555-555-4444", "type": "mobile"}]),
    );
}

#[test]
fn r7643_4_1_2_03_messaging_addresses_come_back_as_written_and_compare_folded() {
    kept("ims", json!([{"value": "SomeAimHandle", "type": "aim"}, {"value": "x", "type": "other"}]));
    let ims = definition(SchemaSet::user(), "ims");
    assert!(same_element(&ims, &json!({"value": "SomeAim"}), &json!({"value": "someaim"})));
    assert_eq!(
        definition(SchemaSet::user(), "ims.type").canonical_values(),
        ["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"]
    );
}

#[test]
fn r7643_4_1_2_04_other_types_are_accepted() {
    kept("emails", json!([{"value": "b@example.com", "type": "boat"}]));
    kept("phoneNumbers", json!([{"value": "1", "type": "satellite"}]));
    kept("addresses", json!([{"region": "CA", "type": "summer"}]));
}

#[test]
fn r7643_4_1_2_07_addresses_may_have_line_breaks() {
    kept(
        "addresses",
        json!([{"formatted": "100 Universal City Plaza\nHollywood", "streetAddress": "a\r\nb"}]),
    );
}

#[test]
fn r7643_4_1_2_08_groups_of_a_user_are_read_only() {
    for name in ["groups", "groups.value", "groups.$ref", "groups.display", "groups.type"] {
        assert_eq!(definition(SchemaSet::user(), name).mutability(), Mutability::ReadOnly, "{name}");
    }
    let reference = definition(SchemaSet::user(), "groups.$ref");
    assert_eq!(
        (reference.kind(), reference.reference_types()),
        (AttrType::Reference, &["Group".to_owned()][..])
    );
    assert_eq!(definition(SchemaSet::user(), "groups.type").canonical_values(), ["direct", "indirect"]);

    let groups = json!([{"value": "g-1", "$ref": "../Groups/g-1", "type": "direct"}]);
    let stored = read(SchemaSet::user(), user_with(json!({"id": "7", "groups": groups})));
    assert_eq!(stored.get(&attr::GROUPS), Some(&groups));
    for sent in [json!([]), json!(null), json!([{"value": "admins"}]), json!("admins")] {
        let body = user_with(json!({"groups": sent}));
        assert_eq!(created(SchemaSet::user(), body.clone()).get(&attr::GROUPS), None, "{sent}");
        let replaced = SchemaSet::user().admit(body, Intent::Replace(&stored), &Profile::rfc()).unwrap();
        assert_eq!(replaced.resource.get(&attr::GROUPS), Some(&groups), "{sent}");
    }
}

#[test]
fn r7643_4_1_2_10_a_certificate_is_base64_one_an_element() {
    assert_eq!(definition(SchemaSet::user(), "x509Certificates.value").kind(), AttrType::Binary);
    kept("x509Certificates", json!([{"value": "MIIDQzCCAqyg"}, {"value": "MIIDQzCCAqyh"}]));
    for wrong in [
        "-----BEGIN CERTIFICATE-----\nMIIDQzCCAqyg\n-----END CERTIFICATE-----",
        "MIIDQzCCAqyg,MIIDQzCCAqyh",
        "MIIDQzCCAqyg MIIDQzCCAqyh",
    ] {
        refused(
            SchemaSet::user(),
            &user_with(json!({"x509Certificates": [{"value": wrong}]})),
            &ScimType::InvalidValue,
        );
    }
    refused(
        SchemaSet::user(),
        &user_with(json!({"x509Certificates": [{"value": ["MIIDQzCCAqyg", "MIIDQzCCAqyh"]}]})),
        &ScimType::InvalidValue,
    );
    // Base64 tells texts apart by case.
    let certificates = definition(SchemaSet::user(), "x509Certificates");
    assert!(!same_element(&certificates, &json!({"value": "TWFu"}), &json!({"value": "twfu"})));
}

#[test]
fn r7643_4_1_2_12_several_sizes_of_a_photo_may_be_there() {
    kept(
        "photos",
        json!([
            {"value": "https://photos.example.com/profilephoto/F", "type": "photo"},
            {"value": "https://photos.example.com/profilephoto/T", "type": "thumbnail"},
            {"value": "https://photos.example.com/profilephoto/F", "type": "thumbnail"},
        ]),
    );
    assert_eq!(definition(SchemaSet::user(), "photos.type").canonical_values(), ["photo", "thumbnail"]);
}

#[test]
fn r7643_4_2_01_the_display_name_of_a_group_is_required() {
    assert!(definition(SchemaSet::group(), "displayName").required());
    for body in [
        json!({"schemas": [GROUP]}),
        group_with(json!({"displayName": null})),
        group_with(json!({"displayName": ""})),
    ] {
        refused(SchemaSet::group(), &body, &ScimType::InvalidValue);
        assert!(serde_json::from_value::<Group>(body).is_err());
    }
}

#[test]
fn r7643_4_2_02_members_come_and_go_as_wholes() {
    assert_eq!(definition(SchemaSet::group(), "members").mutability(), Mutability::ReadWrite);
    for name in ["members.value", "members.$ref", "members.type"] {
        assert_eq!(definition(SchemaSet::group(), name).mutability(), Mutability::Immutable, "{name}");
    }
    let before = read(
        SchemaSet::group(),
        group_with(json!({"id": "g", "members": [
            {"value": "u1", "type": "User", "$ref": "../Users/u1"},
            {"value": "u2", "type": "User"},
        ]})),
    );
    for members in [
        json!([{"value": "u1", "type": "User", "$ref": "../Users/u1"}]),
        json!([{"value": "u2", "type": "User"}, {"value": "u3", "type": "Group"}]),
        // The same value with other companions is a new element.
        json!([{"value": "u1", "type": "Group", "display": "Babs", "$ref": "../Groups/u1"}]),
    ] {
        let body = group_with(json!({"members": members}));
        let replaced = SchemaSet::group().admit(body, Intent::Replace(&before), &Profile::rfc()).unwrap();
        assert_eq!(replaced.resource.get(&attr::MEMBERS), Some(&members));
    }
    let replaced = SchemaSet::group().admit(group_with(json!({})), Intent::Replace(&before), &Profile::rfc());
    assert_eq!(replaced.unwrap().resource.get(&attr::MEMBERS), None);
}

#[test]
fn r7643_4_2_03_a_sub_attribute_of_members_may_be_required() {
    let kind = Attribute::new("type".parse().unwrap(), AttrType::String).with_required(true);
    let members = Attribute::new("members".parse().unwrap(), AttrType::Complex)
        .with_multi_valued(true)
        .with_sub_attribute(Attribute::new("value".parse().unwrap(), AttrType::String))
        .with_sub_attribute(kind);
    let set = things(vec![members]);
    assert!(
        create(&set, thing_with(json!({"members": [{"value": "u1", "type": "User"}]})), &Profile::rfc())
            .is_ok()
    );
    refused(&set, &thing_with(json!({"members": [{"value": "u1"}]})), &ScimType::InvalidValue);
}

#[test]
fn r7643_4_3_01_a_manager_is_named_by_id() {
    let value = definition(SchemaSet::user(), &attr::MANAGER_VALUE.to_string());
    assert_eq!((value.kind(), value.case_exact()), (AttrType::String, true));
    assert!(!value.required());
    let id = "26118915-6090-4610-87e4-49d8ca9f808d";
    let user = created(SchemaSet::user(), enterprise(json!({"manager": {"value": id}})));
    assert_eq!(user.get(&attr::MANAGER_VALUE), Some(&json!(id)));
    let typed: EnterpriseUser = user.extension().unwrap().unwrap();
    assert_eq!(typed.manager, Some(Manager { value: Some(id.into()), ..Manager::default() }));
}

#[test]
fn r7643_4_3_02_a_manager_has_a_reference() {
    let reference = definition(SchemaSet::user(), &attr::MANAGER_REF.to_string());
    assert_eq!(
        (reference.kind(), reference.reference_types()),
        (AttrType::Reference, &["User".to_owned()][..])
    );
    let user =
        created(SchemaSet::user(), enterprise(json!({"manager": {"value": "7", "$ref": "../Users/7"}})));
    assert_eq!(user.get(&attr::MANAGER_REF), Some(&json!("../Users/7")));
}

#[test]
fn r7643_4_3_03_the_display_name_of_a_manager_is_read_only() {
    let display_name = definition(SchemaSet::user(), &attr::MANAGER_DISPLAY_NAME.to_string());
    assert_eq!((display_name.kind(), display_name.mutability()), (AttrType::String, Mutability::ReadOnly));
    let body = enterprise(json!({"manager": {"value": "7", "displayName": "Boss"}}));
    assert_eq!(created(SchemaSet::user(), body.clone()).get(&attr::MANAGER_DISPLAY_NAME), None);
    assert_eq!(read(SchemaSet::user(), body).get(&attr::MANAGER_DISPLAY_NAME), Some(&json!("Boss")));
}

#[test]
fn r7643_4_3_04_the_rest_of_the_enterprise_is_single_strings() {
    for name in ["employeeNumber", "costCenter", "organization", "division", "department"] {
        let definition = definition(SchemaSet::user(), &format!("{ENTERPRISE}:{name}"));
        assert_eq!((definition.kind(), definition.multi_valued()), (AttrType::String, false), "{name}");
        assert_eq!(definition.mutability(), Mutability::ReadWrite);
        assert_eq!(
            members(SchemaSet::user(), enterprise(json!({name: "x"})))[ENTERPRISE],
            json!({name: "x"})
        );
        refused_by(
            &Profile::rfc(),
            SchemaSet::user(),
            &enterprise(json!({name: ["x", "y"]})),
            &ScimType::InvalidValue,
        );
    }
    // An extension that a resource type requires has to be there.
    let set = SchemaSet::new(Schema::user(), [SchemaExtension::required(Schema::enterprise_user())]).unwrap();
    refused(&set, &user_with(json!({})), &ScimType::InvalidValue);
    assert!(create(&set, enterprise(json!({"department": "Tours"})), &Profile::rfc()).is_ok());
}
